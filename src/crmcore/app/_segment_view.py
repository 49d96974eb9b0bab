"""One saved segment of a database, and what one does with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

import attrs
from pydantic import ValidationError

from crmcore.errors import InputError
from crmcore.model.occasion import Occasion
from crmcore.model.segment import Segment, SegmentType
from crmcore.query import InSegment, checked, from_json
from crmcore.query.moments import utc_or_none
from crmcore.query.text import parsed
from crmcore.segments import members, members_as_of, previewed, searched, segment_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from crmcore.model.record import Record
    from crmcore.model.segment import Standing
    from crmcore.ports import Clock, NewId, Store
    from crmcore.query import Expression
    from crmcore.segments import Explained, Followed, Follower, Preview, Searched, SegmentChange

__all__ = ["SegmentView", "asked", "defined"]


def asked(
    question: Expression | str | Mapping[str, Any], follower: Follower, *, hidden: AbstractSet[str]
) -> Expression:
    """Return a checked question that was given as an expression, as text or as JSON; refuse one that tells too much."""
    if isinstance(question, str):
        asks = parsed(question, follower.subject, hidden=hidden)
    else:
        given = from_json(question) if isinstance(question, Mapping) else question
        asks = checked(given, follower.subject, hidden=hidden)
    follower.demand_seen(asks, hidden=hidden)
    return asks


def defined(
    key: str, asks: Expression | None, *, held: Segment | None, version: int, more: Mapping[str, Any]
) -> Segment:
    """Return a segment as it is to be saved.

    Args:
        key: its name.
        asks: what it is to ask; None to leave that as it is, or to make it by hand.
        held: the one that is saved now.
        version: the version over which it is put.
        more: other fields.

    Raises:
        InputError: a field that there is not, or a value that it cannot have; says which, never the value.

    """
    try:
        if held is not None:
            return (held if asks is None else held.asking(asks)).evolve(**more)
        type_ = SegmentType.MANUAL if asks is None else SegmentType.DYNAMIC
        return Segment.model_validate({"type": type_, "where": asks, **more, "id": key, "version": version})
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'all of it'}: {fault['msg']}" for fault in faults)
        raise InputError(f"segment {key[:100]!r} cannot be saved: {told}") from None


@attrs.frozen(kw_only=True, eq=False)
class SegmentView:
    """One saved segment; it is read again whenever it is needed.

    Attributes:
        key: its name.
        hidden: what whoever has it may not see; it is of no use to them where it tells of that.

    """

    key: str
    _store: Store = attrs.field(alias="store", repr=False)
    _clock: Clock = attrs.field(alias="clock", repr=False)
    _new_id: NewId = attrs.field(alias="new_id", repr=False)
    _follower: Follower = attrs.field(alias="follower", repr=False)
    hidden: AbstractSet[str] = attrs.field(default=frozenset(), repr=False)

    @property
    def record(self) -> Segment:
        """The segment as it is saved now."""
        held = self._store.get(Segment, self.key)
        self._demand_seen()
        return held

    def preview(self, *, sample: int = 10) -> Preview:
        """Return how many records it asks for at this moment, and some of them; nothing is saved.

        Raises:
            InputError: as :meth:`members`.

        """
        asks = self._follower.plain(self._shown().asks, at=self._clock.now())
        return previewed(self._store, self._follower.kind, asks, sample=sample)

    def explain(self, record: Record | str, *, at: datetime | None = None) -> Explained:
        """Return why a record belongs to it or not, by which values, and when that may change."""
        self._demand_seen()
        id_ = record if isinstance(record, str) else record.id
        return self._follower.explain(self.key, id_, at=utc_or_none(at) or self._clock.now())

    def members(self) -> Iterator[Standing]:
        """Yield its members as they were last followed, since when and why each is one.

        Raises:
            InputError: the segment writes its searches down; :meth:`search` says who asks, and for which job.

        """
        return members(self._store, self._shown().id)

    def search(self, *, actor: str, job: str = "", reason: str = "") -> Searched:
        """Return whom it finds now, and write down by which criteria, for which job, when and with what result."""
        on, asks = self._on(actor, reason), self.record.asks
        plain = self._follower.plain(asks, at=on.at)
        return searched(self._store, self._follower.kind, asks, plain, on=on, job=job, segment=self.key)

    def as_of(self, when: date, *, in_hindsight: bool = False) -> Iterator[Standing]:
        """Yield who belonged to it; of a date, at its end in UTC. See :func:`crmcore.segments.members_as_of`.

        It need not be there any more.

        Raises:
            InputError: as :meth:`members`.

        """
        self._demand_seen()
        self._demand_unlogged()
        if not isinstance(when, datetime):
            when = datetime.combine(when, time.max, UTC)
        return members_as_of(self._store, self.key, when, in_hindsight=in_hindsight)

    def changes(self, since: int = 0) -> Iterator[SegmentChange]:
        """Yield who entered it and who left it past a cursor."""
        self._demand_seen()
        return segment_changes(self._store.history, since=since, segment=self.key)

    def refresh(self) -> Followed:
        """Let memberships take in what has happened; it does so for all segments, which may ask for each other."""
        return self._follower.follow()

    def include(self, *ids: str, actor: str, reason: str = "") -> Segment:
        """Put records in, whatever it asks."""
        return self._changed(lambda held: held.including(*ids), actor, reason)

    def exclude(self, *ids: str, actor: str, reason: str = "") -> Segment:
        """Take records out, whatever it asks."""
        return self._changed(lambda held: held.excluding(*ids), actor, reason)

    def leave_to_itself(self, *ids: str, actor: str, reason: str = "") -> Segment:
        """Let what it asks decide again about these."""
        return self._changed(lambda held: held.leaving_to_itself(*ids), actor, reason)

    def archive(self, *, actor: str, reason: str = "") -> Segment:
        """End it: its members leave it when segments are followed next, and nobody enters; what it asks stays."""
        return self._changed(lambda held: held.evolve(is_archived=True), actor, reason)

    def bring_back(self, *, actor: str, reason: str = "") -> Segment:
        """Take it out of the archive; who belongs to it enters it anew."""
        return self._changed(lambda held: held.evolve(is_archived=False), actor, reason)

    def to_manual(self, *, actor: str, reason: str = "") -> Segment:
        """Keep those whom it asks for at this moment as a list, to be changed by hand from now on."""
        ids = self._ids(self._clock.now())
        return self._changed(lambda held: held.as_manual(ids), actor, reason)

    def to_snapshot(self, *, actor: str, reason: str = "") -> Segment:
        """Keep those whom it asks for at this moment for ever; of a snapshot, take it anew."""
        at = self._clock.now()
        ids = self._ids(at)
        return self._changed(lambda held: held.as_snapshot(ids, at=at), actor, reason)

    def copy(self, key: str, *, actor: str, reason: str = "") -> SegmentView:
        """Save a copy of it under another key; raise Conflict where there is one."""
        self._demand_seen()
        with self._store.unit(actor=actor, reason=reason or f"copy of {self.key}") as unit:
            unit.put(unit.get(Segment, self.key).evolve(id=key, version=0))
        return attrs.evolve(self, key=key)

    def _demand_seen(self) -> None:
        self._follower.demand_seen(InSegment(self.key), hidden=self.hidden)

    def _demand_unlogged(self) -> None:
        self._follower.demand_unlogged(InSegment(self.key))

    def _shown(self) -> Segment:
        """Return the segment as it is saved now, if people may be shown whom it finds."""
        held = self.record
        self._demand_unlogged()
        return held

    def _ids(self, at: datetime) -> list[str]:
        """Return whom it asks for at an instant; a snapshot, by what it asked when it was taken."""
        held = self.record
        asks = held.asks if held.taken_at is None or held.expression is None else held.expression
        plain = self._follower.plain(asks, at=at)
        return [one.id for one in self._store.stream(self._follower.kind, plain)]

    def _changed(self, change: Callable[[Segment], Segment], actor: str, reason: str) -> Segment:
        changed = change(self.record)
        if not changed.is_archived:  # what cannot be asked any more can be ended all the same
            self._follower.check(changed)
        with self._store.unit(actor=actor, reason=reason) as unit:
            return unit.put(changed)

    def _on(self, actor: str, reason: str) -> Occasion:
        return Occasion(event_id=self._new_id(), at=self._clock.now(), actor=actor, reason=reason)
