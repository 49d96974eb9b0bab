"""Tables seen through a guard: payloads come with their keys, and sealed fields are asked by their blind indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.errors import KeyUnavailable
    from crmcore.storage._rows import Change, ChangeRow, EventRow, Question, RecordRow
    from crmcore.storage._tenant_seals import TenantSeals

__all__ = ["LockedTables", "SealedTables"]

Row = TypeVar("Row", "RecordRow", "EventRow")


class LockedTables:
    """A sealed tenant's tables without its keys: what is not sealed can be read, and the history be verified."""

    def __init__(self, tables: Any, refusal: Callable[[], KeyUnavailable]) -> None:
        self._tables = tables
        self._refusal = refusal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    def select(self, kind: str, question: Question) -> Sequence[RecordRow]:
        """Refuse questions: what is sealed is found by nothing that can be asked here."""
        if question.where is not None or question.order:
            raise self._refusal()
        found: Sequence[RecordRow] = self._tables.select(kind, question)
        return found

    def count(self, kind: str, question: Question) -> int:
        """Refuse questions, as above; all records can be counted."""
        if question.where is not None:
            raise self._refusal()
        return int(self._tables.count(kind, question))

    def left_to_judge(self, kind: str, question: Question) -> int:
        """Refuse questions, as above; where nothing is asked, nobody is judged."""
        if question.where is not None:
            raise self._refusal()
        return int(self._tables.left_to_judge(kind, question))


class SealedTables:
    """A sealed tenant's tables, with its keys; whatever holds no payload goes through as it is."""

    def __init__(self, tables: Any, seals: TenantSeals) -> None:
        self._tables = tables
        self._seals = seals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tables, name)

    def rows(self, kind: str, ids: Sequence[str]) -> Mapping[str, RecordRow]:
        """Return the rows under those ids, with their keys."""
        return self._named(self._tables.rows(kind, ids))

    def page(self, kind: str, after: str, limit: int, *, removed: bool = False) -> Sequence[RecordRow]:
        """Return the first rows past *after*, with their keys."""
        return self.keyed(self._tables.page(kind, after, limit, removed=removed))

    def select(self, kind: str, question: Question) -> Sequence[RecordRow]:
        """Return the rows that a question asks for, with their keys."""
        asked = self._blind(kind, question)
        return () if asked is None else self.keyed(self._tables.select(kind, asked))

    def count(self, kind: str, question: Question) -> int:
        """Return how many rows a question asks for."""
        asked = self._blind(kind, question)
        return 0 if asked is None else int(self._tables.count(kind, asked))

    def left_to_judge(self, kind: str, question: Question) -> int:
        """Return how many rows are judged in this process when the question is asked once."""
        asked = self._blind(kind, question)
        return 0 if asked is None else int(self._tables.left_to_judge(kind, asked))

    def explain(self, kind: str, question: Question) -> Any:
        """Return how the records of a question are found."""
        return self._tables.explain(kind, self._blind(kind, question) or question._replace(where=None))

    def _blind(self, kind: str, question: Question) -> Question | None:
        """Return the question about blind indexes; None where nothing is kept yet."""
        if question.where is None:
            return question
        blind = self._seals.blind_if_any(self._tables)
        if blind is None:
            return None
        judge = question.judge
        return question._replace(
            where=self._seals.blind_question(kind, question.where, blind),
            judge=None if judge is None else lambda rows: judge(self.keyed(rows)),
            sealed=self._seals.fields,
        )

    def about(self, kind: str, ids: Sequence[str]) -> Sequence[EventRow]:
        """Return all events about those records, with their keys."""
        return self.keyed(self._tables.about(kind, ids))

    def before(self, kind: str, ids: Sequence[str], unit: int) -> Mapping[str, RecordRow]:
        """Return what stood under those ids after that unit, with their keys."""
        return self._named(self._tables.before(kind, ids, unit))

    def trail(self, kind: str, id: str) -> Sequence[ChangeRow]:  # noqa: A002 - the field's own name
        """Return all changes of one record, with the keys to what stood before them."""
        rows: Sequence[ChangeRow] = self._tables.trail(kind, id)
        texts = self._seals.with_keys(self._tables, [row.before for row in rows])
        return [row._replace(before=text) for row, text in zip(rows, texts, strict=True)]

    def changes(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ChangeRow]:  # noqa: A002
        """Return the first changes past number *after*, with the keys to what stood before them."""
        rows: Sequence[ChangeRow] = self._tables.changes(after, limit, kind, id)
        texts = self._seals.with_keys(self._tables, [row.before for row in rows])
        return [row._replace(before=text) for row, text in zip(rows, texts, strict=True)]

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[EventRow]:  # noqa: A002
        """Return the first events past number *after*, with their keys."""
        return self.keyed(self._tables.told(after, limit, kind, id))

    def told_at(self, numbers: AbstractSet[int]) -> Mapping[int, EventRow]:
        """Return the events of those numbers, with their keys."""
        found: Mapping[int, EventRow] = self._tables.told_at(numbers)
        return dict(zip(found, self.keyed(list(found.values())), strict=True))

    def add_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Add to the history; the keys stay behind."""
        self._tables.add_changes([row._replace(before=_bare(row.before)) for row in rows])

    def add_events(self, rows: Sequence[EventRow]) -> None:
        """Add what happened; the keys stay behind."""
        self._tables.add_events([row._replace(payload=str(row.payload)) for row in rows])

    def write(self, changes: Sequence[Change]) -> None:
        """Write the rows; sealed fields are found by their blind indexes."""
        self._tables.write(self._blinded(changes))

    def project(self, kind: str, changes: Sequence[Change]) -> None:
        """Write what records are found by, which is blind indexes for sealed fields."""
        self._tables.project(kind, self._blinded(changes))

    def _blinded(self, changes: Sequence[Change]) -> Sequence[Change]:
        blind = self._seals.blind(self._tables)
        return [
            change._replace(
                row=change.row._replace(payload=_bare(change.row.payload)),
                facts=change.facts and self._seals.blind_facts(change.row.kind, change.facts, blind),
            )
            for change in changes
        ]

    def keyed(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows whose payloads have their keys with them."""
        texts = self._seals.with_keys(self._tables, [row.payload for row in rows])
        return [row._replace(payload=cast("str", text)) for row, text in zip(rows, texts, strict=True)]

    def _named(self, found: Mapping[str, RecordRow]) -> Mapping[str, RecordRow]:
        return dict(zip(found, self.keyed(list(found.values())), strict=True))


def _bare(payload: str | None) -> str | None:
    """Return a payload without the keys to it."""
    return None if payload is None else str(payload)
