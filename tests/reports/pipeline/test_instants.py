"""One rule for instants: what occurs at the very instant that is asked about has occurred, whoever is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmcore.model.money import Money
from crmcore.reports.pipeline import Window, funnel
from crmcore.reports.pipeline.costs import CPHI, Cost
from crmcore.reports.pipeline.flow import forecast, steadiness, time_in_stage
from crmcore.reports.pipeline.flow.stays import Stays
from crmcore.reports.pipeline.presets import HIRES, TIME_IN_STAGE
from tests.reports.pipeline.flow.made import application, day, table

TICK = timedelta(microseconds=1)
TOLD = table(
    application(1, ("enter", "applied", 0), ("move", "screen", 2), ("hire", "screen", 5)),
    application(2, ("enter", "applied", 1), ("reject", "applied", 5)),
    application(3, ("enter", "applied", 5)),
)
COST = Cost(factor="events", amount=Money(amount=900, currency="EUR"), at=day(5))


@pytest.mark.parametrize(("at", "hires", "there", "spent"), [(day(5) - TICK, 0, 1, None), (day(5), 1, 1, 900)])
def test_as_of_an_instant_what_occurs_then_has_occurred(at, hires, there, spent) -> None:
    """Measures, funnels, costs and flow see the hire, the rejection and the arrival of the instant, and not before it."""
    stays = Stays.of(TOLD, at=at)
    under_way = {stays.applications[who] for who in stays.application[stays.lasts]}

    assert hires == HIRES.over(TOLD, at=at).value
    assert spent == CPHI.over(TOLD, [COST], at=at).value
    assert there == funnel(TOLD, mode="snapshot", at=at).stage("applied").there
    assert under_way == ({"a-003"} if hires else {"a-001", "a-002"})
    assert len(TIME_IN_STAGE.over(TOLD, at=at).explain()) == len(stays) == len(TOLD.as_of(at))
    assert sum(each.lasting for each in time_in_stage(TOLD, at=at).values()) == len(under_way)


def test_a_window_takes_in_its_beginning_and_not_its_end() -> None:
    """What occurs where two windows meet belongs to the second, of measures and of flow."""
    early, late = Window(since=day(0), until=day(5)), Window(since=day(5), until=day(9))

    assert (0, 1) == (HIRES.over(TOLD, within=early).value, HIRES.over(TOLD, within=late).value)
    since = time_in_stage(TOLD, at=day(9), since=day(5))
    held = steadiness(TOLD, since=day(5), at=day(9))
    assert {"applied": 2, "screen": 1} == {stage: found.count for stage, found in since.items()}
    assert (1, 2) == (held.began, held.ended)


def test_an_application_that_ends_as_a_forecast_is_made_is_no_more_under_way() -> None:
    """Nor is a hire of that instant foretold."""
    assert ("a-003",) == forecast(TOLD, at=day(5), by=day(9)).applications
