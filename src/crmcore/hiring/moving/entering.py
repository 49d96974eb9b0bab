"""Entering a stage one after the other: each is judged by who is in it once those before it have come and gone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from crmcore.model.stage_history import Status
from crmcore.model.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.model.pipeline import Entrant, Pipeline

__all__ = ["Entering", "Verb", "moved", "reopened"]

T = TypeVar("T", bound=Staged)

if TYPE_CHECKING:
    Verb: TypeAlias = Callable[[T, Pipeline, Occasion, Callable[[str], Entrant | None]], tuple[T, Event]]
    """A record, its pipeline, when, and who enters a stage -> the record that has entered one, and the event."""


@attrs.frozen(kw_only=True)
class Entering(Generic[T]):
    """Takes one record after the other into a stage, and keeps count of who came and went; nothing is written.

    Attributes:
        verb: by which they enter.
        pipeline: a record -> its pipeline.
        judged: a record, a stage, and how many more than before all this are in it beside the record -> what guards and
            capacity are judged by; None where they are not looked at.
        beside: a record -> whose room the stages are: a pipeline, or a job.
        came: (whose, stage) -> how many more are in it by now.

    """

    verb: Verb[T]
    pipeline: Callable[[T], Pipeline]
    judged: Callable[[T, str, int], Entrant | None]
    beside: Callable[[T], str]
    came: Counter[tuple[str, str]] = attrs.field(factory=Counter)

    def __call__(self, record: T, on: Occasion) -> tuple[T, Event]:
        """Take in one; raise as its verb does."""

        def entrant(stage: str) -> Entrant | None:
            is_there = record.status is Status.ACTIVE and record.stage == stage  # it takes up no room beside itself
            return self.judged(record, stage, self.came[self.beside(record), stage] - is_there)

        changed, event = self.verb(record, self.pipeline(record), on, entrant)
        for one, more in ((record, -1), (changed, 1)):
            if one.status is Status.ACTIVE:
                self.came[self.beside(one), one.stage] += more
        return changed, event


def moved(to: str | None = None) -> Verb[T]:
    """Return what moves a record to a stage, or to the one after its own."""

    def verb(record: T, within: Pipeline, on: Occasion, entrant: Callable[[str], Entrant | None]) -> tuple[T, Event]:
        stage = within.following(record.stage_at(on.at)).key if to is None else to
        return record.move(stage, within=within, on=on, entrant=entrant(stage))

    return verb


def reopened(stage: str | None = None) -> Verb[T]:
    """Return what takes a record up again, in a stage or where it ended."""

    def verb(record: T, within: Pipeline, on: Occasion, entrant: Callable[[str], Entrant | None]) -> tuple[T, Event]:
        to = stage or record.stage_at(on.at)
        return record.reopen(within=within, on=on, stage=to, entrant=entrant(to))

    return verb
