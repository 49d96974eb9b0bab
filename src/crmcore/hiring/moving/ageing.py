"""Which have stood in their stage for too long, by the thresholds of that stage."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from crmcore._given import several
from crmcore.errors import InputError
from crmcore.model.staged import Staged
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from crmcore.model.pipeline import Pipeline
    from crmcore.model.stage_history import Stay

__all__ = ["Age", "Staleness", "ages"]


class Staleness(StrEnum):
    """How long it has stood, against what its stage allows."""

    FRESH = "fresh"
    DUE = "due"
    """Something should be done."""
    STALE = "stale"


@attrs.frozen(kw_only=True)
class Age:
    """How long one has been in its stage.

    Attributes:
        id: of the application, deal or prospect.
        stage: where.
        since: since when.
        lasted: for how long.
        freshness: fresh, due or stale.
        due_at, stale_at: when it becomes so, or did; None where its stage sets no threshold.

    """

    id: str
    stage: str
    since: datetime
    lasted: timedelta
    freshness: Staleness
    due_at: datetime | None
    stale_at: datetime | None

    @property
    def next_at(self) -> datetime | None:
        """When it will be worse, if nothing is done; None where it cannot be, or is stale already."""
        now = self.since + self.lasted
        return min((at for at in (self.due_at, self.stale_at) if at is not None and at > now), default=None)


def ages(records: Iterable[Staged], *, within: Mapping[str, Pipeline], at: datetime) -> tuple[Age, ...]:
    """Return the ages of those that were in a stage at an instant, the longest standing first.

    An ended one has no age: its stay ended with it. What is reopened begins a new stay. Days are of 24 hours.

    Args:
        records: applications, deals or prospects.
        within: their pipelines by id.
        at: the instant, past or present.

    Raises:
        InputError: the instant has no time zone, or a pipeline is missing.

    """
    at = in_utc(at)
    records = several(records, Staged, "records")
    found = [
        _age(record, stay, within=within, at=at)
        for record in records
        for stay in record.history.stays
        if _lasts(stay, at)
    ]
    return tuple(sorted(found, key=lambda age: (-age.lasted, age.id)))


def _lasts(stay: Stay, at: datetime) -> bool:
    return stay.entered_at <= at and (stay.left_at is None or at < stay.left_at)


def _age(record: Staged, stay: Stay, *, within: Mapping[str, Pipeline], at: datetime) -> Age:
    if record.pipeline not in within:
        raise InputError(f"pipeline {record.pipeline!r} of {record.kind} {record.id!r} was not handed in")
    stage = within[record.pipeline].stage(stay.stage)
    due_at = None if stage.ages_after is None else stay.entered_at + timedelta(days=stage.ages_after)
    stale_at = None if stage.stale_after is None else stay.entered_at + timedelta(days=stage.stale_after)
    is_stale = stale_at is not None and at >= stale_at
    is_due = due_at is not None and at >= due_at
    return Age(
        id=record.id,
        stage=stay.stage,
        since=stay.entered_at,
        lasted=at - stay.entered_at,
        freshness=Staleness.STALE if is_stale else Staleness.DUE if is_due else Staleness.FRESH,
        due_at=due_at,
        stale_at=stale_at,
    )
