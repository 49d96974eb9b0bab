"""What snapshots tell of a history: which stays there were, and between which instants each began and ended.

Many systems tell where somebody is, and not how they got there. Who is in one stage at one look and in another at the
next has moved in between; when, is known only within those two instants. A look that also tells since when they are
there makes it exact. What came and went between two looks is not seen; the bounds hold for what was.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from crmcore._given import several
from crmcore.errors import InputError
from crmcore.model._chosen import chosen
from crmcore.model.stage_history import StageHistory, Status, Step, Verb
from crmcore.query.moments import in_utc, utc_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

__all__ = ["Bounds", "ObservedHistory", "ObservedStay", "Seen", "When", "observed"]


class When(StrEnum):
    """Which instant within its bounds stands for a step, where one has to."""

    EARLIEST = "earliest"
    MIDDLE = "middle"
    LATEST = "latest"


def _status(given: Status | str) -> Status:
    return chosen(Status, given, what="status")


@attrs.frozen(kw_only=True)
class Seen:
    """Where one application, deal or prospect was at one look.

    Attributes:
        at: when it was looked.
        stage: where it was; of an ended one, where it ended.
        status: as what.
        since: since when it has been so, if that was told.

    """

    at: datetime = attrs.field(converter=in_utc)
    stage: str
    status: Status = attrs.field(default=Status.ACTIVE, converter=_status)
    since: datetime | None = attrs.field(default=None, converter=utc_or_none)

    def __attrs_post_init__(self) -> None:
        if self.since is not None and self.since > self.at:
            raise InputError(f"at {self.at.isoformat()} it was told to be so since {self.since.isoformat()}, later")


@attrs.frozen(kw_only=True)
class Bounds:
    """Between which instants something happened, both included; None where nothing bounds it."""

    earliest: datetime | None
    latest: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it can have happened at an instant."""
        at = in_utc(at)
        return (self.earliest is None or self.earliest <= at) and at <= self.latest

    def chosen(self, when: When) -> datetime:
        """Return one instant within; the latest where there is no earliest."""
        if self.earliest is None or when is When.LATEST:
            return self.latest
        return self.earliest if when is When.EARLIEST else self.earliest + (self.latest - self.earliest) / 2


@attrs.frozen(kw_only=True)
class ObservedStay:
    """One stay, as far as it was seen.

    Attributes:
        stage: where.
        entered, left: when; `left` is None while it lasts.
        status: as what it was left: active where it moved on.

    """

    stage: str
    entered: Bounds
    left: Bounds | None = None
    status: Status = Status.ACTIVE

    def lasted(self, at: datetime) -> tuple[timedelta, timedelta | None]:
        """Return the least and the most that it has lasted at an instant, or did in all; None for no bound."""
        at = in_utc(at)
        first, last = (at, at) if self.left is None else (self.left.earliest or self.left.latest, self.left.latest)
        least = max(first - self.entered.latest, timedelta(0))
        return least, None if self.entered.earliest is None else max(last - self.entered.earliest, timedelta(0))


@attrs.frozen(kw_only=True)
class ObservedHistory:
    """A history as far as it was seen.

    Attributes:
        stays: one after the other.
        status: at the last look.
        looks: how often it was looked.

    """

    stays: tuple[ObservedStay, ...]
    status: Status
    looks: tuple[Seen, ...]

    def history(self, *, by: str, when: When | str = When.LATEST) -> StageHistory:
        """Return it as a history, with one instant for each step; it was recorded when it was seen.

        A return to the same stage, of which nobody saw where it was in between, is a stay of its own in `stays` only.

        Args:
            by: who looked, such as the name of the system.
            when: which instant within its bounds stands for a step. The latest is when it was certainly so.

        """
        when, made = chosen(When, when, what="instant within bounds"), list[Step]()
        status: Status | None = None
        stage = ""
        for before, look in _changes(self.looks):
            at = _bounds(before, look).chosen(when)
            told = {"occurred_at": at, "recorded_at": max(at, look.at), "by": by, "reason": "observed"}
            for verb, where in _verbs(status, stage, look, is_again=_is_again(before, look)):
                made.append(Step(verb=verb, stage=where, **told))
                status = look.status
                stage = where
        return StageHistory.of(made)


def observed(looks: Iterable[Seen], *, began_at: datetime | None = None) -> ObservedHistory:
    """Make stays with bounds of looks, in whatever order they come.

    Args:
        looks: where it was, and when that was seen.
        began_at: before when it cannot have been anywhere, such as when the application was made.

    Raises:
        InputError: there is none, or two of one instant contradict each other, or one contradicts an earlier one.

    >>> from datetime import UTC, datetime
    >>> def day(number):
    ...     return datetime(2026, 3, number, tzinfo=UTC)
    >>> looks = [Seen(at=day(8), stage="onsite"), Seen(at=day(1), stage="screen"), Seen(at=day(5), stage="screen")]
    >>> found = observed(looks)
    >>> screen, onsite = found.stays
    >>> screen.left.earliest.day, screen.left.latest.day, onsite.left
    (5, 8, None)
    >>> [None if each is None else each.days for each in onsite.lasted(day(10))]
    [2, 5]
    """
    began_at = utc_or_none(began_at)
    looks = several(looks, Seen, "looks")
    ordered = sorted(looks, key=lambda look: look.at)
    if not ordered:
        raise InputError("there is nothing that was seen; pass one look or more")
    stays: list[ObservedStay] = []
    for before, look in _changes(ordered):
        bounds = _bounds(before, look, began_at=began_at)
        stays = [*_left(stays, bounds, before, look), *_entered(bounds, before, look)]
    return ObservedHistory(stays=tuple(stays), status=ordered[-1].status, looks=tuple(ordered))


def _changes(looks: Iterable[Seen]) -> Iterator[tuple[Seen | None, Seen]]:
    """Yield each look that is not as the one before it, with that one."""
    for before, look in pairwise((None, *looks)):
        assert look is not None  # noqa: S101 - only the first is None
        if before is not None:
            _check(before, look)
        if before is None or _is_other(before, look) or _is_again(before, look):
            yield before, look


def _check(one: Seen, other: Seen) -> None:
    if one.at == other.at and (one.stage, one.status) != (other.stage, other.status):
        raise InputError(f"at {one.at.isoformat()} it was seen in {one.stage!r} and in {other.stage!r}")
    if other.since is not None and _is_other(one, other) and other.since < one.at:
        raise InputError(
            f"it was told to be in {other.stage!r} since {other.since.isoformat()}, and was seen elsewhere at "
            f"{one.at.isoformat()}"
        )


def _is_other(one: Seen, other: Seen) -> bool:
    return (one.stage, one.status) != (other.stage, other.status)


def _is_again(before: Seen | None, look: Seen) -> bool:
    """Whether it came back to the same stage in between: it is there since after it was seen there."""
    return before is not None and not _is_other(before, look) and look.since is not None and look.since > before.at


def _bounds(before: Seen | None, look: Seen, *, began_at: datetime | None = None) -> Bounds:
    if look.since is not None and (before is None or look.since >= before.at):
        return Bounds(earliest=look.since, latest=look.since)
    return Bounds(earliest=began_at if before is None else before.at, latest=look.at)


def _left(stays: list[ObservedStay], bounds: Bounds, before: Seen | None, look: Seen) -> list[ObservedStay]:
    """Return the stays with the last one ended, if it lasted."""
    if before is None or not stays or stays[-1].left is not None:
        return stays
    ends_here = look.stage == before.stage and look.status is not Status.ACTIVE
    goes_on = look.stage != before.stage and look.status is Status.ACTIVE
    left = bounds if ends_here or goes_on else attrs.evolve(bounds, earliest=before.at)
    return [*stays[:-1], attrs.evolve(stays[-1], left=left, status=look.status if ends_here else Status.ACTIVE)]


def _entered(bounds: Bounds, before: Seen | None, look: Seen) -> list[ObservedStay]:
    """Return the stay that began, if one did; what was first seen ended has left its stage as well."""
    if look.status is Status.ACTIVE:
        return [ObservedStay(stage=look.stage, entered=bounds)]
    if before is not None and before.stage == look.stage and before.status is Status.ACTIVE:
        return []
    entered = Bounds(earliest=None if before is None else before.at, latest=bounds.latest)
    return [ObservedStay(stage=look.stage, entered=entered, left=bounds, status=look.status)]


ENDED_BY = {
    Status.HIRED: Verb.HIRE,
    Status.REJECTED: Verb.REJECT,
    Status.WITHDRAWN: Verb.WITHDRAW,
    Status.TRANSFERRED: Verb.TRANSFER,
}


def _verbs(status: Status | None, stage: str, look: Seen, *, is_again: bool) -> Iterator[tuple[Verb, str]]:
    """Yield the steps that lead to what was seen, all of one instant."""
    if status is look.status and stage == look.stage and not is_again:
        return
    if status is None:
        yield Verb.ENTER, look.stage
    elif status is Status.HIRED:
        yield Verb.UNHIRE, look.stage
    elif status is not Status.ACTIVE:
        yield Verb.REOPEN, look.stage
    elif stage != look.stage:
        yield Verb.MOVE, look.stage
    if look.status is not Status.ACTIVE:
        yield ENDED_BY[look.status], look.stage
