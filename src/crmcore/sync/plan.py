"""What an import is going to do, decided before anything is written."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

import attrs

from crmcore.model.contact import ContactRecord
from crmcore.model.events import Event
from crmcore.model.record import Record
from crmcore.model.source import SourceRecord
from crmcore.ports import NewId, RowReject
from crmcore.query.moments import in_utc
from crmcore.sync import _writes
from crmcore.sync._grouping import PossibleDuplicate, grouped
from crmcore.sync.drafts import Draft, without_source
from crmcore.sync.golden import Disagreement, resolve
from crmcore.sync.survivorship import Precedence

__all__ = ["ImportPlan", "PlannedAction", "PlannedContact", "PossibleDuplicate", "Summary", "build_plan"]


class PlannedAction(StrEnum):
    """What happens to one contact."""

    CREATE = "create"
    MERGE = "merge"


@attrs.frozen(kw_only=True)
class PlannedContact:
    """One contact that the import makes or changes.

    Attributes:
        action: whether it is new.
        record: the golden record; of a stored one it carries the version that was seen.
        before: the stored record, or None.
        drafts: the rows that go into it, in the order of the source.
        disagreements: what had to be decided.

    """

    action: PlannedAction
    record: ContactRecord
    before: ContactRecord | None
    drafts: tuple[Draft, ...]
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def changes_contact(self) -> bool:
        """Whether the contact itself differs from what is stored."""
        return self.record != self.before


@attrs.frozen(kw_only=True)
class Summary:
    """The plan in numbers; its text is one line.

    >>> print(Summary(created=2, created_rows=3, merged=1, merged_rows=1, unchanged=0, duplicates=0, rejects=()))
    2 new from 3 rows, 1 merges into 1
    """

    created: int
    created_rows: int
    merged: int
    merged_rows: int
    unchanged: int
    duplicates: int
    rejects: tuple[RowReject, ...]

    @property
    def rejected_rows(self) -> int:
        """How many rows are left out as a whole."""
        return sum(reject.whole_row for reject in self.rejects)

    @property
    def rejected_cells(self) -> int:
        """How many single cells are left out of rows that go in."""
        return len(self.rejects) - self.rejected_rows

    def __str__(self) -> str:
        parts = [f"{self.created:,} new"]
        if self.created_rows != self.created:
            parts[0] += f" from {self.created_rows:,} rows"
        if self.merged_rows:
            verb = "merges" if self.merged_rows == 1 else "merge"
            parts.append(f"{self.merged_rows:,} {verb} into {self.merged:,}")
        if self.unchanged:
            parts.append(f"{self.unchanged:,} unchanged")
        parts.extend(self._left_out())
        if self.duplicates:
            parts.append(f"{self.duplicates:,} possible duplicates among the stored contacts")
        return ", ".join(parts)

    def _left_out(self) -> Iterator[str]:
        counts = (
            (f"{self.rejected_rows:,} rejected", self.rejected_rows),
            (
                f"{self.rejected_cells:,} cell{'s' * (self.rejected_cells != 1)} left out",
                self.rejected_cells,
            ),
        )
        texts = [text for text, count in counts if count]
        if texts:
            first = min(self.rejects, key=lambda reject: (not reject.whole_row, reject.line))
            several = len({reject.source for reject in self.rejects}) > 1
            where = f"line {first.line}" + (f" of {first.source}" if several and first.source else "")
            where += f", {first.column}" if first.column else ""
            texts[0] += f" (first: {where}: {first.message})"
        yield from texts


@attrs.frozen(kw_only=True, slots=False)
class ImportPlan:
    """Everything that an import will write, as data; making it again from the same input gives the same digest.

    Attributes:
        contacts: what is made or changed, in the order of the first row of each.
        unchanged: rows that are stored already, exactly as they are.
        rejects: rows and cells that are left out, and why.
        possible_duplicates: stored contacts that the new rows suggest are one person; they are never merged silently.
        imported: the stored source records that rows of this import replace, by id.
        sources: the names of the sources.

    """

    contacts: tuple[PlannedContact, ...]
    unchanged: tuple[Draft, ...]
    rejects: tuple[RowReject, ...]
    possible_duplicates: tuple[PossibleDuplicate, ...]
    imported: Mapping[str, SourceRecord]
    sources: tuple[str, ...]

    @cached_property
    def summary(self) -> Summary:
        """The plan in numbers."""
        new = [planned for planned in self.contacts if planned.action is PlannedAction.CREATE]
        old = [planned for planned in self.contacts if planned.action is PlannedAction.MERGE]
        return Summary(
            created=len(new),
            created_rows=sum(len(planned.drafts) for planned in new),
            merged=len(old),
            merged_rows=sum(len(planned.drafts) for planned in old),
            unchanged=len(self.unchanged),
            duplicates=len(self.possible_duplicates),
            rejects=self.rejects,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what the plan does; the ids that new contacts happen to get do not count."""
        sha = hashlib.sha256()
        for planned in self.contacts:
            content = planned.record.model_copy(update={"id": "new"}) if planned.before is None else planned.record
            rows = [(draft.source.id, draft.source.hash) for draft in planned.drafts]
            sha.update(content.model_dump_json().encode())
            sha.update(json.dumps([planned.action, rows]).encode())
        sha.update(json.dumps([draft.source.id for draft in self.unchanged]).encode())
        sha.update(json.dumps([attrs.astuple(reject) for reject in self.rejects]).encode())
        return sha.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the plan in numbers, and what is left out, with stable keys."""
        summary = self.summary
        return {
            "sources": list(self.sources),
            "new": summary.created,
            "new_rows": summary.created_rows,
            "merged_into": summary.merged,
            "merged_rows": summary.merged_rows,
            "unchanged_rows": summary.unchanged,
            "rejected_rows": summary.rejected_rows,
            "rejected_cells": summary.rejected_cells,
            "possible_duplicates": [attrs.asdict(one) for one in self.possible_duplicates],
            "digest": self.digest,
            "rejects": [attrs.asdict(reject) for reject in self.rejects],
        }

    def writes(self, *, run_id: str, at: datetime, actor: str, new_id: NewId) -> Iterator[Record | Event]:
        """Yield the records to put and the events to emit, in an order in which no record points to a later one.

        Records carry the version that was seen when the plan was made, so that a store refuses a stale plan.

        Args:
            run_id: the id of the import run.
            at: when the import takes place.
            actor: who imports.
            new_id: gives the events their ids.

        """
        yield from _writes.of(self, run_id=run_id, at=in_utc(at), actor=actor, new_id=new_id)


def build_plan(
    existing: Sequence[ContactRecord],
    incoming: Sequence[Draft],
    clusters: Sequence[Sequence[int]],
    *,
    rejects: Sequence[RowReject] = (),
    imported: Mapping[str, SourceRecord] | None = None,
    precedence: Precedence = Precedence(),  # noqa: B008 - frozen
) -> ImportPlan:
    """Decide what each row does. Nothing is written, and nothing is merged that is stored twice.

    Args:
        existing: stored contacts that the rows may belong to.
        incoming: the rows.
        clusters: who is the same: indices into *existing* followed by *incoming*. What is in no cluster stands alone.
        rejects: rows and cells that reading and intake left out.
        imported: stored source records by id; a row that is among them with the same hash is unchanged, one with
            another hash is a new version of that row and goes to the same contact.
        precedence: the rules of survivorship.

    Raises:
        InputError: *clusters* names an index that is not there, or one twice.

    """
    known = imported or {}
    groups = grouped(existing, incoming, clusters, known)
    planned = [_planned(group.into, group.drafts, precedence, known) for group in groups.merged]
    return ImportPlan(
        contacts=tuple(planned),
        unchanged=groups.unchanged,
        rejects=tuple(rejects),
        possible_duplicates=groups.possible_duplicates,
        imported={draft.source.id: known[draft.source.id] for draft in incoming if draft.source.id in known},
        sources=tuple(sorted({draft.source.source for draft in incoming})),
    )


def _planned(
    before: ContactRecord | None, drafts: tuple[Draft, ...], precedence: Precedence, known: Mapping[str, SourceRecord]
) -> PlannedContact:
    incoming = [draft.contact for draft in drafts]
    if before is None:
        golden = resolve(incoming, precedence=precedence, id=incoming[0].id)
        return PlannedContact(
            action=PlannedAction.CREATE,
            record=golden.record,
            before=None,
            drafts=drafts,
            disagreements=golden.disagreements,
        )
    cleared = before
    for draft in drafts:
        if draft.source.id in known:
            paths = [path for path, _ in draft.contact.values()]
            cleared = without_source(cleared, record=draft.source.id, stated=paths)
    golden = resolve([cleared, *incoming], precedence=precedence, id=before.id)
    return PlannedContact(
        action=PlannedAction.MERGE,
        record=golden.record,
        before=before,
        drafts=drafts,
        disagreements=golden.disagreements,
    )
