"""Segments of a database: asking at once, saving what is asked, and following who enters and who leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs

from crmcore.app._past import Past
from crmcore.app._segment_view import SegmentView, asked, defined
from crmcore.errors import InputError, NotFound
from crmcore.model.contact import ContactRecord
from crmcore.model.segment import Segment
from crmcore.model.subjects import Subjects
from crmcore.query import InSegment
from crmcore.query.judging import Asking
from crmcore.segments import (
    Follower,
    Overlap,
    Universe,
    members,
    overlaps,
    previewed,
    searched,
    segment_changes,
    segments_of,
    used_by,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from crmcore.model.custom import CustomField
    from crmcore.model.segment import Standing
    from crmcore.query import Expression
    from crmcore.segments import Followed, Freshness, Preview, Searched, SegmentChange
    from crmcore.storage.sql.explaining import QueryPlan

    Question = Expression | str | Mapping[str, Any]

__all__ = ["Segmenting"]


@runtime_checkable
class _Explaining(Protocol):
    """A store that says how it finds records."""

    def explain(self, kind: type[ContactRecord], where: Expression) -> QueryPlan: ...


@attrs.frozen(kw_only=True, eq=False)
class Segmenting(Past):
    """The part of :class:`~crmcore.app.CRM` that asks who belongs together.

    A question is an expression, its text, or its JSON. Where it comes from somebody who may not see all, give the
    keys of what they may not see as `hidden`, as :func:`~crmcore.query.checked` takes them: a question that would tell
    of those, by itself or by a segment, raises FieldHidden.

    Attributes:
        asking: the places and the scoring functions that questions may name.
        custom_fields: those that contacts can be asked by.

    """

    asking: Asking = attrs.field(factory=Asking)
    custom_fields: tuple[CustomField, ...] = ()
    _following: list[Follower] = attrs.field(factory=list, init=False, repr=False)

    def select(self, question: Question, *, hidden: AbstractSet[str] = frozenset()) -> Iterator[ContactRecord]:
        """Return the contacts for whom a question is true now, one by one, by id.

        Raises:
            InputError: it cannot be asked, or asks for a segment whose searches are written down: use :meth:`search`.

        """
        return self.store.stream(ContactRecord, self._plain(question, hidden, is_shown=True))

    def preview(self, question: Question, *, sample: int = 10, hidden: AbstractSet[str] = frozenset()) -> Preview:
        """Return how many contacts a question finds now, some of them, and what it costs; nothing is saved.

        Raises:
            InputError: as :meth:`select`.

        """
        return previewed(self.store, ContactRecord, self._plain(question, hidden, is_shown=True), sample=sample)

    def explain_sql(self, question: Question, *, hidden: AbstractSet[str] = frozenset()) -> QueryPlan:
        """Return how the database finds the contacts: the statement, its plan, the indexes, what is judged in process.

        Raises:
            InputError: the store is no database, or the question cannot be asked.

        """
        if not isinstance(self.store, _Explaining):
            raise InputError("this store takes no SQL; it judges its records one by one")
        return self.store.explain(ContactRecord, self._plain(question, hidden))

    def search(
        self,
        question: Question,
        *,
        actor: str,
        job: str = "",
        reason: str = "",
        hidden: AbstractSet[str] = frozenset(),
    ) -> Searched:
        """Search for applicants, and write down by which criteria, for which job, when and with what result."""
        follower = self._follower()
        asks = asked(question, follower, hidden=hidden)
        on = self._on(actor, reason)
        return searched(self.store, ContactRecord, asks, follower.plain(asks, at=on.at), on=on, job=job)

    def save_segment(
        self,
        key: str,
        where: Question | None = None,
        *,
        actor: str,
        reason: str = "",
        hidden: AbstractSet[str] = frozenset(),
        **more: Any,
    ) -> SegmentView:
        """Save a segment, or let a saved one ask something else; what was put in by hand stays.

        Args:
            key: its name in expressions.
            where: what it asks; without it, it is made by hand.
            actor, reason: who saves it, and why.
            hidden: what whoever saves it may not see, nor ask a segment about.
            more: other fields of :class:`~crmcore.model.Segment`, such as `name`, `purpose` or `includes`.

        Raises:
            InputError: it cannot be asked, or asks for itself.
            FieldHidden: it would tell of what is hidden, or did so and is not given another question.
            Conflict: somebody else saved it meanwhile.

        """
        follower = self._follower()
        asks = None if where is None else asked(where, follower, hidden=hidden)
        held = self._saved(key)
        if held is not None and where is None:
            follower.demand_seen(InSegment(key), hidden=hidden)
        version = self._removed_version(key) if held is None else held.version
        segment = defined(key, asks, held=held, version=version, more=more)
        follower.check(segment)
        with self.store.unit(actor=actor, reason=reason) as unit:
            unit.put(segment)
        return self.segment(key, hidden=hidden)

    def segment(self, key: str, *, hidden: AbstractSet[str] = frozenset()) -> SegmentView:
        """Return a saved segment; raise NotFound, or FieldHidden where it tells of what is hidden."""
        view = SegmentView(
            key=key,
            store=self.store,
            clock=self.clock,
            new_id=self.new_id,
            follower=self._follower(),
            hidden=hidden,
        )
        _ = view.record  # there is one, and it may be seen
        return view

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All saved segments that are not in the archive, by key."""
        return tuple(one for one in self.store.stream(Segment) if not one.is_archived)

    def follow_segments(self) -> Followed:
        """Let memberships take in all that has happened, and all that time has brought about; may be called anywhere.

        Several processes may do so at once. Call it after changes, or every minute.
        """
        return self._follower().follow()

    def segment_changes(self, since: int = 0, *, segment: str | None = None) -> Iterator[SegmentChange]:
        """Yield who entered and who left past a cursor, in the order in which it was told; each exactly once."""
        return segment_changes(self.store.history, since=since, segment=segment)

    def segments_of(self, contact: ContactRecord | str) -> list[Standing]:
        """Return to which segments a contact belongs, since when and why."""
        return segments_of(self.store, contact if isinstance(contact, str) else contact.id)

    def segment_overlaps(self, *keys: str) -> list[Overlap]:
        """Return how many members every two of these segments share."""
        return overlaps({key: {one.record for one in members(self.store, key)} for key in keys})

    def used_by(self, *, field: str | None = None, segment: str | None = None) -> list[str]:
        """Return the keys of the segments that would be hit by a change of a field, or of another segment."""
        return used_by(self.store.stream(Segment), self._follower().subject, field=field, segment=segment)

    def segment_freshness(self) -> Freshness:
        """Return as of when memberships are, and how much has happened since."""
        return self._follower().freshness()

    def _saved(self, key: str) -> Segment | None:
        try:
            return self.store.get(Segment, key)
        except NotFound:
            return None

    def _removed_version(self, key: str) -> int:
        """Return the version of a segment that was taken away, over which a new one is put; 0 where there was none."""
        versions = self.store.history.versions(Segment, key)
        return versions[-1].change.version if versions else 0

    def _plain(self, question: Question, hidden: AbstractSet[str], *, is_shown: bool = False) -> Expression:
        """Return a question as the store takes it, asked now; *is_shown*: whether people see whom it finds."""
        follower = self._follower()
        asks = asked(question, follower, hidden=hidden)
        if is_shown:
            follower.demand_unlogged(asks)
        return follower.plain(asks, at=self.clock.now())

    def _follower(self) -> Follower:
        if not self._following:
            subjects = Subjects(custom_fields=self.custom_fields)
            population = Universe(self.store, ContactRecord, subjects=subjects)
            self._following.append(
                Follower(self.store, population, clock=self.clock, asking=self.asking, new_id=self.new_id)
            )
        return self._following[0]
