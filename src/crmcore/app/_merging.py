"""Two stored contacts that are one person: one record of both, to which all that named either belongs; and undone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs
from pydantic import ValidationError

from crmcore.app._each import ids_of
from crmcore.app._history import RecordHistory
from crmcore.app._recruiting import Recruiting
from crmcore.app._removed import removed_version
from crmcore.app._undo import undone
from crmcore.errors import InputError, LawBroken
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import PoolMembership
from crmcore.model.hiring.pool import membership_id, repointed
from crmcore.model.references import references_to, renamed
from crmcore.model.schema import KINDS
from crmcore.model.segment import Segment
from crmcore.query import F
from crmcore.sync import Precedence, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmcore.app._work import Work
    from crmcore.ports import History
    from crmcore.stored import StoredChange, StoredEvent

__all__ = ["Merging"]

ABSORBED, UNMERGED = "contact.absorbed", "contact.unmerged"


@attrs.frozen(kw_only=True, eq=False)
class Merging(Recruiting):
    """The part of :class:`~crmcore.app.CRM` that makes one contact of two.

    Attributes:
        precedence: which of several values survives.

    """

    precedence: Precedence = attrs.field(factory=Precedence)

    def merge(
        self,
        survivor: ContactRecord | str,
        absorbed: ContactRecord | str,
        *,
        actor: str,
        reason: str = "",
        at: datetime | None = None,
    ) -> ContactRecord:
        """Make one contact of two that are one person; return it as it is stored.

        Its values are those of both, by the rules of survivorship; a refusal of either holds. Whatever named the one
        that goes names the survivor: applications, offers, interviews, scorecards, screening decisions, prospects,
        referrals, memberships, leads, deals, tasks, notes, files, imported rows, and lists of segments. Who is a
        candidate by both is one candidate. Steps, credits and events keep the id of which they were told.

        Args:
            survivor: who stays, under that id.
            absorbed: who goes; :meth:`unmerge` brings them back.
            actor, reason, at: see the class.

        Raises:
            Taken: only one of both can stay as it is, such as two active applications to one job: end one first.
            LawBroken: a record cannot name the survivor, such as a referral of one by the other: take it away first.
            InputError: they are one record.
            Conflict: one that was handed in was changed since it was read.

        """
        over = self._removed_memberships(survivor, absorbed)
        with self._work(actor, reason, at) as work:
            kept, gone = work.latest(ContactRecord, survivor), work.latest(ContactRecord, absorbed)
            if kept.id == gone.id:
                raise InputError(f"contact {kept.id!r} cannot be merged into itself")
            work.unit.remove(gone)  # first: `unmerge` goes on from here
            work.unit.put(resolve([kept, gone], precedence=self.precedence, id=kept.id).record)
            moved = Counter[str]()
            _unite_candidates(work, kept.id, gone.id)
            _repoint_memberships(work, kept.id, gone.id, moved, over)
            _repoint_segments(work, kept.id, gone.id, moved)
            _rename(work, ContactRecord.kind, gone.id, kept.id, moved)
            work.unit.emit(work.on.tells("contact.merged", kept, absorbed=gone.id, moved=dict(sorted(moved.items()))))
            work.unit.emit(work.next().tells(ABSORBED, gone, into=kept.id))
            return work.unit.get(ContactRecord, kept.id)

    def unmerge(self, absorbed: ContactRecord | str, *, actor: str, reason: str = "") -> ContactRecord:
        """Take a merge back: bring back the contact that went, with all that named it; return it as it is stored.

        Later changes of other values stay; what came to the survivor since stays with the survivor.

        Args:
            absorbed: the one that went, as it was read before, or its id.
            actor, reason: who takes it back, and why.

        Raises:
            LawBroken: it was merged into no other, or the merge was taken back already.
            Overtaken: later changes concern the same values; nothing was written.

        """
        history = self.store.history
        (absorbed,) = ids_of(ContactRecord, [absorbed])
        told = _fates(history, absorbed)
        if not told or told[-1].event.type == UNMERGED:
            raise LawBroken(f"contact {absorbed!r} was merged into no other, or is itself again")
        into = str(told[-1].event.data["into"])
        if onwards := _absorbed_into(history, into):
            raise LawBroken(f"contact {into!r} has itself been merged into {onwards!r} since; take that back first")
        steps = []
        for change in reversed(self._changes_with(absorbed, told[-1].unit.number)):
            story = RecordHistory(kind=KINDS[change.kind], id=change.id, history=history)
            steps.append((story.at(change.version), story))
        with self._work(actor, reason or f"undo of the merge of {absorbed}") as work:
            for step, story in steps:
                undone(work.unit, step, of=story)
            back = work.unit.get(ContactRecord, absorbed)
            work.unit.emit(work.on.tells(UNMERGED, back, survivor=into))
            return back

    def survivor_of(self, contact: str) -> str:
        """Return the id under which a contact stands now: its own, or that of whom it was merged into, however often.

        Links from outside, and credits, keep the id that they were given.
        """
        (now,) = ids_of(ContactRecord, [contact])
        while into := _absorbed_into(self.store.history, now):
            now = into
        return now

    def _removed_memberships(self, survivor: ContactRecord | str, absorbed: ContactRecord | str) -> dict[str, int]:
        """Return over which version a membership is put that the survivor had by a merge that was taken back."""
        stays, goes = ids_of(ContactRecord, [survivor, absorbed])
        pools = {each.pool for each in self.store.stream(PoolMembership, F.contact == goes)}
        ids = [membership_id(pool, stays) for pool in pools]
        return {id_: removed_version(self.store.history, PoolMembership, id_) for id_ in ids}

    def _changes_with(self, absorbed: str, unit: int) -> list[StoredChange]:
        """Return the changes of the unit in which a contact was absorbed; its removal is the first."""
        removals = self.store.history.changes(ContactRecord, absorbed)
        first = next(change for change in removals if change.unit.number == unit)
        changes = []
        for change in self.store.history.changes(after=first.seq - 1):
            if change.unit.number != unit:
                break
            changes.append(change)
        return changes


def _fates(history: History, contact: str) -> list[StoredEvent]:
    """Return what tells of a contact that it was absorbed, and that it was not."""
    return [each for each in history.events(ContactRecord, contact) if each.event.type in {ABSORBED, UNMERGED}]


def _absorbed_into(history: History, contact: str) -> str:
    """Return which contact a contact was merged into, or "" where it stands by itself, restored or not."""
    if not removed_version(history, ContactRecord, contact):
        return ""
    told = _fates(history, contact)
    return str(told[-1].event.data["into"]) if told and told[-1].event.type == ABSORBED else ""


def _rename(work: Work, kind: str, before: str, after: str, moved: Counter[str]) -> None:
    """Let every record that names one name another, by the relations of the catalogue."""
    for link in references_to(kind):
        for record in [*work.unit.stream(link.kind, F[link.key] == before)]:
            try:
                new = renamed(record, link.path, before=before, after=after)
            except ValidationError as error:
                why = "; ".join(
                    fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_input=False)
                )
                raise LawBroken(f"{record.kind} {record.id!r} cannot name {after!r} for {before!r}: {why}") from error
            work.unit.put(new)
            moved[link.kind.kind] += 1


def _repoint_memberships(
    work: Work, survivor: str, absorbed: str, moved: Counter[str], over: Mapping[str, int]
) -> None:
    held = work.unit.stream(PoolMembership, F.contact.in_([survivor, absorbed]))
    written, removed, told = repointed(held, survivor=survivor, absorbed=absorbed, on=work.next())
    for membership in removed:
        work.unit.remove(membership)
        moved[PoolMembership.kind] += 1
    work.all_told((each.evolve(version=each.version or over.get(each.id, 0)) for each in written), told)


def _repoint_segments(work: Work, survivor: str, absorbed: str, moved: Counter[str]) -> None:
    """Who is in a segment, or out of it, by hand stays so under the other id; who is in both lists is out."""
    for segment in [*work.unit.stream(Segment, F.of == ContactRecord.kind)]:
        if absorbed in (*segment.includes, *segment.excludes):
            new = segment
            for path in ("includes", "excludes"):
                new = renamed(new, path, before=absorbed, after=survivor)
            work.unit.put(new)
            moved[Segment.kind] += 1


def _unite_candidates(work: Work, survivor: str, absorbed: str) -> None:
    """Make one candidate of two; the application and the lead that name the one that goes name the other."""
    kept = next(work.unit.stream(Candidate, F.contact == survivor), None)
    if kept is None:
        return
    for gone in [*work.unit.stream(Candidate, F.contact == absorbed)]:
        work.unit.remove(gone)
        kept = work.unit.put(kept.filled_from(gone))
        _rename(work, Candidate.kind, gone.id, kept.id, Counter())
