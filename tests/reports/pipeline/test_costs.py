"""Costs by hires, as two standards have it, with what counts and what does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crmcore.errors import InputError
from crmcore.model.money import Money
from crmcore.reports.pipeline import Window
from crmcore.reports.pipeline.costs import COST_RULES, CPHC, CPHI, RCR, Cost, CostFactor, CostRule
from tests.reports.pipeline.hiring_spring import day, table

WINDOW = Window(since=day(30), until=day(60))
COSTS = [
    Cost(factor="advertising", amount=Money(amount=900, currency="EUR"), at=day(30)),
    Cost(factor="recruiting_staff", amount=Money(amount=1200, currency="EUR"), at=day(59)),
    Cost(factor="immigration", amount=Money(amount=300, currency="EUR"), at=day(40)),
    Cost(factor="advertising", amount=Money(amount=5000, currency="EUR"), at=day(60)),
]
EARNED = {key: Money(amount=40_000, currency="EUR") for key in ("a-1", "a-2", "a-5")}


def test_costs_by_hires_worked_out_by_hand() -> None:
    """2,400 were spent for three hires, 300 of which are not comparable; they earn 120,000."""
    numbers = [rule.over(table(), COSTS, within=WINDOW, compensation=EARNED).value for rule in (CPHI, CPHC, RCR)]

    assert [Decimal(800), Decimal(700), Decimal("0.02")] == numbers


def test_a_cost_figure_lists_what_is_behind_it() -> None:
    """Costs that count, costs that do not, and the hires."""
    figure = CPHC.over(table(), COSTS, within=WINDOW)

    assert [COSTS[0], COSTS[1]] == list(figure.costs)
    assert [COSTS[2]] == list(figure.left_out)
    assert ("a-1", "a-2", "a-5") == figure.hires.explain().ids


def test_nobody_hired_costs_nothing_that_could_be_told() -> None:
    """Without hires there is no number, and the total is told."""
    figure = CPHI.over(table(), COSTS, within=Window(since=day(60)))

    assert (None, Decimal(5000)) == (figure.value, figure.total)


def test_currencies_are_not_added_up() -> None:
    """Nothing is converted in silence."""
    other = Cost(factor="travel", amount=Money(amount=1, currency="USD"), at=day(31))

    with pytest.raises(InputError, match="EUR, USD"):
        CPHI.over(table(), [*COSTS, other], within=WINDOW)


def test_a_ratio_needs_what_every_hire_earns() -> None:
    """A hire without pay would make the ratio wrong."""
    with pytest.raises(InputError, match="a-5"):
        RCR.over(table(), COSTS, within=WINDOW, compensation={key: EARNED[key] for key in ("a-1", "a-2")})


@pytest.mark.parametrize("rule", COST_RULES.values(), ids=COST_RULES)
def test_a_cost_rule_survives_json(rule: CostRule) -> None:
    """A rule is data."""
    assert rule == CostRule.model_validate_json(rule.model_dump_json())
    assert {factor for factor in CostFactor if factor.is_internal}
