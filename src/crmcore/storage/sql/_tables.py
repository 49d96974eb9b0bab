"""One tenant's tables in a SQL database, through one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.storage._rows import Head, RecordRow, State, ToldRow
from crmcore.storage.sql import _statements as sql
from crmcore.storage.sql._errors import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Executable

    from crmcore.storage._rows import Change, EventRow, UnitRow

__all__ = ["SqlTables", "WritableSqlTables"]

IDS = 500
"""Ids in one statement; SQLite before 3.32 takes 999 parameters."""


class SqlTables:
    """Reads one tenant's rows."""

    def __init__(self, connection: Connection, *, tenant: str, where: str) -> None:
        self._connection = connection
        self._tenant = tenant
        self._where = where

    def states(self, kind: str, ids: Sequence[str]) -> Mapping[str, State]:
        """Return what stands under those ids."""
        states: dict[str, State] = {}
        for start in range(0, len(ids), IDS):
            rows = self._rows(sql.LOCKED_STATES, kind=kind, ids=ids[start : start + IDS])
            states.update((id_, State(version, bool(live))) for id_, version, live in rows)
        return states

    def row(self, kind: str, id: str) -> RecordRow | None:  # noqa: A002 - the field's own name
        """Return the row, removed or not."""
        rows = self._rows(sql.RECORD, kind=kind, id=id)
        return RecordRow(*rows[0]) if rows else None

    def found(self, kind: str, field: str, value: str) -> Sequence[RecordRow]:
        """Return the rows with that lookup key, by id."""
        return [RecordRow(*row) for row in self._rows(sql.FOUND, kind=kind, field=field, value=value)]

    def page(self, kind: str, after: str, limit: int) -> Sequence[RecordRow]:
        """Return the first rows past *after* that are not removed."""
        return [RecordRow(*row) for row in self._rows(sql.PAGE, kind=kind, after=after, limit=limit)]

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ToldRow]:  # noqa: A002
        """Return the first events past number *after*, of that subject where one is given."""
        statement = sql.told(kind=kind is not None, one=id is not None)
        given = {name: value for name, value in (("kind", kind), ("id", id)) if value is not None}
        return [ToldRow(*row) for row in self._rows(statement, after=after, limit=limit, **given)]

    def everything(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept."""
        for name, statement in sql.EVERYTHING:
            with translated(self._where):
                result = self._connection.execute(statement, {"tenant": self._tenant})
            while True:
                with translated(self._where):
                    rows = result.fetchmany(IDS)
                if not rows:
                    break
                yield from ((name, tuple(row)) for row in rows)

    def _rows(self, statement: Executable, **values: Any) -> Sequence[Any]:
        with translated(self._where):
            return self._connection.execute(statement, {"tenant": self._tenant, **values}).fetchall()

    def _write(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            with translated(self._where):
                self._connection.execute(statement, rows)


class WritableSqlTables(SqlTables):
    """Reads and writes one tenant's rows, within the transaction of one unit of work."""

    def write(self, changes: Sequence[Change], before: Mapping[tuple[str, str], State]) -> None:
        """Write the rows and their keys; rows first, because keys refer to them."""
        new = [change for change in changes if (change.row.kind, change.row.id) not in before]
        old = [change for change in changes if (change.row.kind, change.row.id) in before]
        if new:
            self._make_tenant()
        self._write(sql.INSERT_RECORD, [{"tenant": self._tenant, **change.row._asdict()} for change in new])
        self._write(
            sql.UPDATE_RECORD,
            [
                {
                    **self._place(change),
                    "version": change.row.version,
                    "schema_version": change.row.schema_version,
                    "payload": change.row.payload,
                }
                for change in old
            ],
        )
        self._write(sql.DELETE_LOOKUP, [self._place(change) for change in old])
        self._write(
            sql.INSERT_LOOKUP,
            [
                {"tenant": self._tenant, "kind": change.row.kind, "id": change.row.id, "field": field, "value": value}
                for change in changes
                for field, value in change.keys
            ],
        )

    def known_events(self, ids: Sequence[str]) -> set[str]:
        """Return those event ids that are stored already."""
        return {
            row[0]
            for start in range(0, len(ids), IDS)
            for row in self._rows(sql.KNOWN_EVENTS, ids=ids[start : start + IDS])
        }

    def head(self) -> Head:
        """Return the last numbers given out; a server locks the row until the end of the unit."""
        self._make_tenant()
        return Head(*self._rows(sql.LOCKED_HEAD)[0])

    def append(self, unit: UnitRow | None, events: Sequence[EventRow], head: Head) -> None:
        """Add the unit and its events, and move the head."""
        if unit is not None:
            self._write(sql.INSERT_UNIT, [{"tenant": self._tenant, **unit._asdict()}])
        self._write(sql.INSERT_EVENT, [{"tenant": self._tenant, **event._asdict()} for event in events])
        self._write(sql.MOVE_HEAD, [{"tenant_": self._tenant, "last_unit": head.unit, "last_seq": head.seq}])

    def _place(self, change: Change) -> dict[str, str]:
        return {"tenant_": self._tenant, "kind_": change.row.kind, "id_": change.row.id}

    def _make_tenant(self) -> None:
        if not self._rows(sql.HEAD):
            first = {"tenant": self._tenant, "last_unit": 0, "last_seq": 0}
            self._write(sql.make_tenant(self._connection.dialect.name), [first])
