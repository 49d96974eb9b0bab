"""How we stand with somebody: whose they are, who last wrote to whom and how, and what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from crmcore._given import one, one_or_none, several
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.timeline import Activity, ActivityType, Entry, Task, Timeline
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from crmcore.model.timeline import Viewer

__all__ = ["LastTouch", "NextTouch", "Relationship", "TouchDirection", "relationship"]

TouchDirection: TypeAlias = Literal["in", "out"]


@attrs.frozen(kw_only=True)
class LastTouch:
    """The last time that somebody reached somebody, one way and over one channel.

    Attributes:
        direction: ``in`` from them to us, ``out`` from us to them.
        channel: such as email or call.
        at: when.
        by: who wrote it down.
        entry: the id of the activity.

    """

    direction: TouchDirection
    channel: str
    at: datetime
    by: str
    entry: str


@attrs.frozen(kw_only=True)
class NextTouch:
    """What is to be done next.

    Attributes:
        at: when it is due, or when they may be approached again.
        what: the title of the task, or why nothing is to be done before.
        who: whom the task is given to.
        task: its id; None where it is the end of a snooze.

    """

    at: datetime
    what: str
    who: str | None
    task: str | None


@attrs.frozen(kw_only=True)
class Relationship:
    """How we stand with one contact at an instant.

    Attributes:
        contact: the id.
        owner: whose they are; None for nobody's.
        touches: the last one for each direction and channel, latest first.
        next: what is to come, or overdue; None where nothing is planned.
        snoozed_until: until when they are left in peace; None where they are not, or not any more.

    """

    contact: str
    owner: str | None
    touches: tuple[LastTouch, ...]
    next: NextTouch | None
    snoozed_until: datetime | None

    @property
    def last(self) -> LastTouch | None:
        """The last touch of all."""
        return self.touches[0] if self.touches else None

    @property
    def last_in(self) -> LastTouch | None:
        """When we last heard of them."""
        return next((touch for touch in self.touches if touch.direction == "in"), None)

    @property
    def last_out(self) -> LastTouch | None:
        """When they last heard of us."""
        return next((touch for touch in self.touches if touch.direction == "out"), None)

    @property
    def by_channel(self) -> Mapping[tuple[str, str], LastTouch]:
        """(direction, channel) -> the last touch."""
        return {(touch.direction, touch.channel): touch for touch in self.touches}

    @property
    def awaits_answer(self) -> bool:
        """Whether they reached us last, and nobody has answered over any channel."""
        heard, told = self.last_in, self.last_out
        return heard is not None and (told is None or told.at < heard.at)


def relationship(
    contact: ContactRecord,
    entries: Iterable[Entry],
    *,
    at: datetime,
    candidate: Candidate | None = None,
    viewer: Viewer | None = None,
) -> Relationship:
    """Return how we stand with a contact at an instant, from the entries of the timeline.

    An activity that does not say which way it went counts as ours where a person wrote it down: a meeting and a call
    reach them as well as us. What the system did reaches nobody. Entries about others are left out.

    Args:
        contact: whom it is about.
        entries: notes, activities and tasks, in whatever order; what lies after *at* has not happened.
        at: the instant of asking.
        candidate: where they are snoozed.
        viewer: who looks; without one everything counts.

    Raises:
        InputError: *at* has no time zone.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import ContactRecord
    >>> def wrote(day, inbound):
    ...     at = datetime(2026, 3, day, tzinfo=UTC)
    ...     return Activity(id=f"e-{day}", subjects=("c-7",), at=at, author="eva", type="email", is_inbound=inbound)
    >>> about = relationship(
    ...     ContactRecord(id="c-7", owner="u-1"), [wrote(1, False), wrote(5, True)], at=datetime(2026, 3, 9, tzinfo=UTC)
    ... )
    >>> about.owner, about.last_in.at.day, about.last_out.at.day, about.awaits_answer
    ('u-1', 5, 1, True)
    """
    at = in_utc(at)
    contact = one(contact, ContactRecord, "contact")
    entries = several(entries, Entry, "entries")
    candidate = one_or_none(candidate, Candidate, "candidate")
    seen = Timeline.of(entry for entry in entries if contact.id in entry.subjects)
    if viewer is not None:
        seen = seen.seen_by(viewer)
    snoozed = (
        candidate.snoozed_until if candidate and candidate.snoozed_until and candidate.snoozed_until > at else None
    )
    return Relationship(
        contact=contact.id,
        owner=contact.owner,
        touches=_touches(seen, at),
        next=_next(seen, at, snoozed),
        snoozed_until=snoozed,
    )


def direction_of(activity: Activity) -> TouchDirection | None:
    """Return which way an activity went; None for what the system did."""
    if activity.type is ActivityType.SYSTEM:
        return None
    return "in" if activity.is_inbound else "out"


def _touches(seen: Timeline, at: datetime) -> tuple[LastTouch, ...]:
    last: dict[tuple[str, str], LastTouch] = {}
    for entry in seen:
        if isinstance(entry, Activity) and entry.at <= at and (way := direction_of(entry)) is not None:
            touch = LastTouch(direction=way, channel=entry.type.value, at=entry.at, by=entry.author, entry=entry.id)
            last[way, entry.type.value] = touch
    return tuple(sorted(last.values(), key=lambda touch: (touch.at, touch.entry), reverse=True))


def _next(seen: Timeline, at: datetime, snoozed: datetime | None) -> NextTouch | None:
    """Return the open task that is due first; no earlier than the snooze ends, unless none is due."""
    open_ = [
        (entry.due_at, entry.id, entry)
        for entry in seen
        if isinstance(entry, Task)
        and entry.due_at is not None
        and (entry.completed_at is None or entry.completed_at > at)
    ]
    if not open_:
        return None if snoozed is None else NextTouch(at=snoozed, what="snoozed", who=None, task=None)
    due, task, entry = min(open_, key=lambda one: one[:2])
    return NextTouch(at=max(due, snoozed or due), what=entry.title, who=entry.assignee, task=task)
