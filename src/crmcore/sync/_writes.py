"""An import plan as records to put and events to emit."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs

from crmcore.hygiene.roles import Role
from crmcore.model.events import Event
from crmcore.model.source import ImportRun, RejectedCell
from crmcore.model.timeline import Note
from crmcore.sync._cells import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pydantic import JsonValue

    from crmcore.model.contact import ContactRecord
    from crmcore.model.record import Record
    from crmcore.ports import Cell, NewId
    from crmcore.sync.drafts import Draft
    from crmcore.sync.plan import ImportPlan, PlannedContact

__all__ = ["of"]

SHOWN_REJECTS = 10_000
"""As many rejects as one run keeps; the numbers count all of them."""


def of(plan: ImportPlan, *, run_id: str, at: datetime, actor: str, new_id: NewId) -> Iterator[Record | Event]:
    """Yield the run, then each contact with its rows, its notes and its event."""
    run = _Run(plan=plan, id=run_id, at=at, actor=actor, new_id=new_id)
    record = run.record()
    yield record
    run = attrs.evolve(run, at=record.started_at)  # checked, and in UTC
    for planned in plan.contacts:
        yield from run.contact(planned)
    yield run.event("import.done", kind=ImportRun.kind, id=run_id, data={"summary": str(plan.summary)})


@attrs.frozen(kw_only=True)
class _Run:
    """The circumstances that all writes of one import share."""

    plan: ImportPlan
    id: str
    at: datetime
    actor: str
    new_id: NewId

    def record(self) -> ImportRun:
        """Tell what was read and what comes of it."""
        summary = self.plan.summary
        rejects = [
            RejectedCell(
                line=one.line,
                column=one.column and one.column[:1000],
                code=one.code,
                message=one.message[:1000],
                raw=one.raw[:1000],
            )
            for one in self.plan.rejects[:SHOWN_REJECTS]
        ]
        return ImportRun(
            id=self.id,
            sources=self.plan.sources,
            plan_digest=self.plan.digest,
            started_at=self.at,
            actor=self.actor,
            rows=summary.created_rows + summary.merged_rows + summary.unchanged + summary.rejected_rows,
            created=summary.created,
            merged_rows=summary.merged_rows,
            updated=sum(one.before is not None and one.changes_contact for one in self.plan.contacts),
            unchanged=summary.unchanged,
            rejected_rows=summary.rejected_rows,
            rejects=tuple(rejects),
        )

    def contact(self, planned: PlannedContact) -> Iterator[Record | Event]:
        """Yield one contact with all that belongs to it."""
        if planned.changes_contact:
            yield planned.record
        yield from self.rows(planned)
        if planned.changes_contact:
            yield self.told(planned)

    def rows(self, planned: PlannedContact) -> Iterator[Record]:
        """Yield the rows as evidence, of several versions of one row the last, and the notes that are new."""
        latest = {draft.source.id: draft for draft in planned.drafts}
        for draft in latest.values():
            earlier = self.plan.imported.get(draft.source.id)
            version = earlier.version if earlier is not None else 0
            arrived = {"version": version, "contact": planned.record.id, "run": self.id, "imported_at": self.at}
            yield draft.source.model_copy(update=arrived)  # not evolve(): all of it has been checked, and once a row
        for row, text in dict.fromkeys((one.source.id, text) for one in planned.drafts for text in one.notes):
            earlier = self.plan.imported.get(row)
            if earlier is None or text not in _texts(earlier.cells):
                yield self.note(latest[row], text, planned.record)

    def note(self, draft: Draft, text: str, contact: ContactRecord) -> Note:
        """Make the note of one text of one row; a text that comes back after it was gone is a note of its own."""
        mark = hashlib.sha256(f"{self.id}\x1f{draft.source.id}\x1f{text}".encode()).hexdigest()[:32]
        at = draft.source.observed_at or self.at
        return Note(id=f"note-{mark}", subjects=(contact.id,), at=at, author=self.actor, body=text)

    def told(self, planned: PlannedContact) -> Event:
        """Tell that a contact is new, or what changed in it."""
        data: dict[str, JsonValue] = {"run": self.id, "rows": [draft.source.id for draft in planned.drafts]}
        if planned.before is None:
            return self.event("contact.created", kind=planned.record.kind, id=planned.record.id, data=data)
        before, after = dict(planned.before.values()), dict(planned.record.values())
        changed = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        return self.event(
            "contact.merged", kind=planned.record.kind, id=planned.record.id, data={**data, "changed": [*changed]}
        )

    def event(self, type: str, *, kind: str, id: str, data: dict[str, JsonValue]) -> Event:  # noqa: A002
        """Make an event of this import."""
        return Event(
            id=self.new_id(),
            type=type,
            subject_kind=kind,
            subject_id=id,
            occurred_at=self.at,
            recorded_at=self.at,
            actor=self.actor,
            reason=f"import {self.id}",
            data=data,
        )


def _texts(cells: Mapping[str, Cell]) -> set[str]:
    """Return every text of a row as a note would have it."""
    return {text for cell in cells.values() for text in parts_of(cell, Role.NOTES)}
