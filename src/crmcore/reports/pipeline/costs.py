"""Cost per hire: costs are handed in, hires counted; a rule says which costs count, and by what they are divided."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs
from pydantic import Field

from crmcore.errors import InputError
from crmcore.model.money import Money
from crmcore.model.record import Id, Value
from crmcore.model.scalars import Instant, Slug, Text
from crmcore.reports.pipeline.presets import HIRES
from crmcore.reports.pipeline.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from crmcore.reports.pipeline.figures import Figure
    from crmcore.reports.pipeline.table import StageTable

__all__ = ["COST_RULES", "CPHC", "CPHI", "RCR", "Cost", "CostFactor", "CostFigure", "CostRule"]


class CostFactor(StrEnum):
    """What money was spent on, as ANSI/SHRM 06001.2012 tells costs apart."""

    ADVERTISING = "advertising"
    AGENCY_FEES = "agency_fees"
    BACKGROUND_CHECKS = "background_checks"
    CAMPUS_RECRUITING = "campus_recruiting"
    CONSULTING = "consulting"
    EVENTS = "events"
    HEALTH_SCREENS = "health_screens"
    IMMIGRATION = "immigration"
    OUTSOURCING = "outsourcing"
    REFERRAL_AWARDS = "referral_awards"
    RELOCATION = "relocation"
    SIGN_ON = "sign_on"
    SOURCING = "sourcing"
    TECHNOLOGY = "technology"
    TRAVEL = "travel"
    OTHER_EXTERNAL = "other_external"
    RECRUITING_STAFF = "recruiting_staff"
    SOURCING_STAFF = "sourcing_staff"
    MANAGERS_TIME = "managers_time"
    OVERHEAD = "overhead"
    TRAINING = "training"
    OTHER_INTERNAL = "other_internal"

    @property
    def is_internal(self) -> bool:
        """Whether it is spent within the organisation."""
        return self in INTERNAL


INTERNAL = frozenset(
    {
        CostFactor.RECRUITING_STAFF,
        CostFactor.SOURCING_STAFF,
        CostFactor.MANAGERS_TIME,
        CostFactor.OVERHEAD,
        CostFactor.TRAINING,
        CostFactor.OTHER_INTERNAL,
    }
)


class Cost(Value):
    """One thing that was paid for."""

    factor: CostFactor
    amount: Money
    at: Instant
    job: Id | None = Field(default=None, description="The job that it was paid for, where it was for one.")
    note: Text = ""


class CostRule(Value):
    """Which costs count, and by what they are divided.

    >>> print(CPHC.describe())
    Cost per hire, comparable. After ANSI/SHRM 06001.2012 and ISO/TS 30407:2017. Costs by the number of hires. Left out
    are: health_screens, immigration.
    """

    key: Slug
    name: Text
    after: Text = ""
    leaves_out: tuple[CostFactor, ...] = ()
    by_compensation: bool = Field(default=False, description="Divided by what the hires earn in their first year.")

    def over(
        self,
        table: StageTable,
        costs: Iterable[Cost],
        *,
        within: Window | None = None,
        at: datetime | None = None,
        compensation: Mapping[str, Money] | None = None,
    ) -> CostFigure:
        """Divide what was spent in a window by the hires of the window.

        Args:
            table: what happened; hires that were undone do not count.
            costs: of one currency; those outside of the window do not count.
            within: the window.
            at: what occurred later is left out.
            compensation: by the id of the application, what each hire earns in the first year.

        Raises:
            InputError: costs of several currencies, or a hire whose compensation is asked for and not given.

        """
        window = within or Window()
        hires = HIRES.over(table, within=window, at=at)
        spent = [cost for cost in costs if _lies_in(cost.at, window) and (at is None or cost.at <= at)]
        counted = tuple(cost for cost in spent if cost.factor not in self.leaves_out)
        by = _earned(hires, compensation or {}) if self.by_compensation else [Decimal(hires.count)]
        currencies = {cost.amount.currency for cost in counted}
        if self.by_compensation:
            currencies |= {each.currency for each in (compensation or {}).values()}
        if len(currencies) > 1:
            raise InputError(f"costs in several currencies are not added up: {', '.join(sorted(currencies))}")
        total, divisor = sum((cost.amount.amount for cost in counted), Decimal(0)), sum(by, Decimal(0))
        return CostFigure(
            rule=self,
            window=window,
            value=total / divisor if divisor else None,
            total=total,
            currency=next(iter(currencies), ""),
            costs=counted,
            left_out=tuple(cost for cost in spent if cost.factor in self.leaves_out),
            hires=hires,
        )

    def describe(self) -> str:
        """Return the rule in words."""
        by = "what the hires earn in their first year" if self.by_compensation else "the number of hires"
        out = f" Left out are: {', '.join(self.leaves_out)}." if self.leaves_out else ""
        return f"{self.name}. After {self.after}. Costs by {by}.{out}"


@attrs.frozen(kw_only=True)
class CostFigure:
    """A cost per hire.

    Attributes:
        rule: its definition.
        window: the time that it is about.
        value: the number, exact as far as decimals are; None where nobody was hired.
        total, currency: what was spent.
        costs, left_out: what counts of that which was spent in the window, and what the rule leaves out.
        hires: who counts; `explain` lists them.

    """

    rule: CostRule
    window: Window
    value: Decimal | None
    total: Decimal
    currency: str
    costs: tuple[Cost, ...]
    left_out: tuple[Cost, ...]
    hires: Figure


def _lies_in(at: datetime, window: Window) -> bool:
    return (window.since is None or at >= window.since) and (window.until is None or at < window.until)


def _earned(hires: Figure, compensation: Mapping[str, Money]) -> list[Decimal]:
    ids = hires.explain().ids
    if missing := [each for each in ids if each not in compensation]:
        raise InputError(f"what the hires earn is not given for: {', '.join(missing[:5])}; pass compensation")
    return [compensation[each].amount for each in ids]


_AFTER = "ANSI/SHRM 06001.2012 and ISO/TS 30407:2017"

CPHI = CostRule(key="cost-per-hire-internal", name="Cost per hire, internal", after=_AFTER)
"""For one organisation: whatever it counts as a cost; not to be compared with another one's."""
CPHC = CostRule(
    key="cost-per-hire-comparable",
    name="Cost per hire, comparable",
    after=_AFTER,
    leaves_out=(CostFactor.HEALTH_SCREENS, CostFactor.IMMIGRATION),
)
"""For several organisations: without what not all have. The two factors are those that SHRM's own interpretation of the
standard names as outside; whoever holds the standard gives the rest of its list by ``CPHC.evolve(leaves_out=...)``."""
RCR = CostRule(key="recruiting-cost-ratio", name="Recruiting cost ratio", after=_AFTER, by_compensation=True)
"""What was spent for each unit of first-year pay."""

COST_RULES: Mapping[str, CostRule] = {rule.key: rule for rule in (CPHI, CPHC, RCR)}
"""All of them by their keys."""
