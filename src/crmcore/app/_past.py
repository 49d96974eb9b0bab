"""What a database remembers: past states, the story of a record, taking changes back, and the audit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, TypeVar, overload

import attrs

from crmcore.app._audit import access_note, audit_rows, last_checkpoint
from crmcore.app._history import RecordHistory
from crmcore.app._undo import brought_back, removal_of, undone
from crmcore.app._work import Working
from crmcore.errors import InputError
from crmcore.model.occasion import Occasion
from crmcore.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.app._audit import AuditRow
    from crmcore.ports import Reader
    from crmcore.stored import Checkpoint

__all__ = ["Past"]

R = TypeVar("R", bound=Record)


@attrs.frozen(kw_only=True, eq=False)
class Past(Working):
    """The half of :class:`~crmcore.app.CRM` that looks back; the other half moves on."""

    def as_of(self, when: date, *, in_hindsight: bool = False) -> Reader:
        """Return a reader of the state at an instant.

        Args:
            when: an aware datetime; or a date, which stands for its end, in UTC.
            in_hindsight: False: what was stored then. True: what was true then by all that is known now, back-dated
                facts included.

        A get costs two steps in an index, whatever the number of records and of changes since; in hindsight it reads
        the record's own changes. A find reads all records of the kind.

        """
        if not isinstance(when, datetime):
            when = datetime.combine(when, time.max, UTC)
        return self.store.history.as_of(when, in_hindsight=in_hindsight)

    @overload
    def history(self, record: R, /) -> RecordHistory[R]: ...
    @overload
    def history(self, kind: type[R], id: str, /) -> RecordHistory[R]: ...
    def history(self, record: R | type[R], id: str | None = None, /) -> RecordHistory[R]:  # noqa: A002 - the field's name
        """Return the story of a record: of one in hand, or by kind and id, as for a removed one."""
        if isinstance(record, Record):
            return RecordHistory(kind=type(record), id=record.id, history=self.store.history)
        if id is None:
            raise InputError(f"whose history? Give a record, or {record.__name__} and an id")
        return RecordHistory(kind=record, id=id, history=self.store.history)

    def undo(self, record: R, *, version: int, actor: str, reason: str = "") -> R:
        """Set back what one change changed; later changes of other values stay. It is itself a change, with an event.

        Undoing a removal brings the record back; undoing a creation removes it; undoing an undo does it again.

        Args:
            record: the record, as of any version; what is stored counts.
            version: the version that the change brought about.
            actor, reason: who takes it back, and why; by default "undo of version ...".

        Returns:
            The record as it is stored now (after a removal: as `remove` returns it).

        Raises:
            Overtaken: later changes concern the same values; nothing was written.
            NotFound: no such version, or the record was removed since.
            LawBroken: the content was erased, or what comes together breaks a law of the record.

        """
        story = self.history(record)
        step = story.at(version)
        with self.store.unit(actor=actor, reason=reason or f"undo of version {version}") as unit:
            now = undone(unit, step, of=story)
            unit.emit(self._on(actor, reason).tells("record.undone", now, undone=version, version=now.version))
        return now

    def bring_back(self, kind: type[R], id: str, *, actor: str, reason: str = "") -> R:  # noqa: A002 - the field's name
        """Bring a removed record back as it was last; return it.

        Raises:
            NotFound: there never was such a record.
            LawBroken: it is not removed, or its content was erased.

        """
        removal = removal_of(self.history(kind, id))
        with self.store.unit(actor=actor, reason=reason or "brought back") as unit:
            now = brought_back(unit, removal)
            unit.emit(self._on(actor, reason).tells("record.restored", now, version=now.version))
        return now

    def verify(self, *, since: Checkpoint | None = None) -> Checkpoint:
        """Check the whole history against its hashes; return how far it reaches.

        Args:
            since: a checkpoint that was kept elsewhere. Without one, a cut tail, and a history that was rewritten as a
                whole, cannot be seen.

        Raises:
            Tampered: names the first unit at which the history is not what was written.

        """
        return self.store.history.verify(since=since)

    def checkpoint(self) -> Checkpoint:
        """Return where the history ends now, to be kept elsewhere; `str` makes a line of it, `Checkpoint.of` reads it.

        Nothing is checked, so it takes milliseconds.
        """
        return last_checkpoint(self.store.history)

    def audit_log(self, *, after: int = 0) -> Iterator[AuditRow]:
        """Yield who did what to which record, and why, in the units past number *after*; no row holds content."""
        return audit_rows(self.store.history, after=after)

    def read(
        self,
        kind: type[R],
        id: str,  # noqa: A002 - the field's own name
        *,
        actor: str,
        fields: Iterable[str],
        purpose: str = "",
        reason: str = "",
    ) -> R:
        """Return a record whose reading is to be noted; where that cannot be written down, nothing is read.

        Args:
            kind, id: the record.
            actor: who reads.
            fields: which fields are shown, by name or by key of the catalogue.
            purpose: what for, as a plain word such as ``offer``.
            reason: why, in words.

        Raises:
            NotFound: it is not there; nothing is noted.
            InputError: a purpose or field that is none.

        """
        on = self._on(actor, reason)
        note = access_note(kind, id, fields=fields, purpose=purpose, is_denied=False, on=on)
        with self.store.unit(actor=actor, reason=reason) as unit:
            record = unit.get(kind, id)
            unit.emit(note)
        return record

    def note_denied(
        self,
        kind: type[Record],
        id: str,  # noqa: A002 - the field's own name
        *,
        actor: str,
        fields: Iterable[str] = (),
        purpose: str = "",
        reason: str = "",
    ) -> None:
        """Write down that somebody was refused; see :meth:`read`. Whether the record is there does not matter."""
        on = self._on(actor, reason)
        note = access_note(kind, id, fields=fields, purpose=purpose, is_denied=True, on=on)
        with self.store.unit(actor=actor, reason=reason) as unit:
            unit.emit(note)

    def _on(self, actor: str, reason: str) -> Occasion:
        return Occasion(event_id=self.new_id(), at=self.clock.now(), actor=actor, reason=reason)
