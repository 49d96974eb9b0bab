"""One tenant's tables in a SQL database, through one connection."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from crmcore.errors import StoreUnavailable
from crmcore.storage._layout import LAYOUT
from crmcore.storage._rows import ChangeRow, Claim, EventRow, Head, KeyRow, RecordRow, UnitRow
from crmcore.storage.sql import _sqlite
from crmcore.storage.sql import _statements as sql
from crmcore.storage.sql._answering import Answering
from crmcore.storage.sql._bulk import insert, remove
from crmcore.storage.sql._errors import translated
from crmcore.storage.sql._events import COLUMNS, check_dates, dated
from crmcore.storage.sql._twins import rows_of
from crmcore.storage.sql.schema import change as change_table
from crmcore.storage.sql.schema import claim as claim_table
from crmcore.storage.sql.schema import event as event_table
from crmcore.storage.sql.schema import key as key_table
from crmcore.storage.sql.schema import metadata
from crmcore.storage.sql.schema import record as record_table
from crmcore.storage.sql.schema import unit as unit_table

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Connection, Executable

    from crmcore.storage._rows import Change, Question
    from crmcore.storage.sql.explaining import QueryPlan
    from crmcore.storage.sql.projection import KindTables, Projection

__all__ = ["SqlTables", "WritableSqlTables"]

IDS = 500
"""Ids in one statement; SQLite before 3.32 takes 999 parameters."""


class SqlTables:
    """Reads one tenant's rows."""

    def __init__(self, connection: Connection, *, tenant: str, where: str, projection: Projection) -> None:
        self._connection = connection
        self._tenant = tenant
        self._where = where
        self._projection = projection

    def rows(self, kind: str, ids: Sequence[str]) -> Mapping[str, RecordRow]:
        """Return the rows under those ids, removed or not."""
        if len(ids) == 1:
            asked = sql.POINT[self._connection.dialect.name], (self._tenant, kind, ids[0])
            with translated(self._where):
                return {row[1]: RecordRow(*row) for row in self._connection.exec_driver_sql(*asked)}
        dialect = self._connection.dialect.name
        listed = json.dumps(ids) if dialect == "sqlite" else list(ids)
        with translated(self._where):
            found = self._connection.exec_driver_sql(sql.SEVERAL[dialect], (self._tenant, kind, listed))
            return {row[1]: RecordRow(*row) for row in found}

    def page(self, kind: str, after: str, limit: int, *, removed: bool = False) -> Sequence[RecordRow]:
        """Return the first rows past *after*, by id."""
        return [RecordRow(*row) for row in self._rows(sql.page(removed=removed), kind=kind, after=after, limit=limit)]

    def select(self, kind: str, question: Question) -> Sequence[RecordRow]:
        """Return the rows that a question asks for, in its order."""
        if question.where is None and not question.order and not question.words:
            return self.page(kind, "" if question.after is None else question.after[1], question.limit)
        return self._answering(kind).select(question)

    def count(self, kind: str, question: Question) -> int:
        """Return how many rows a question asks for."""
        return self._answering(kind).count(question)

    def left_to_judge(self, kind: str, question: Question) -> int:
        """Return how many rows are judged in this process when the question is asked once."""
        return self._answering(kind).left_to_judge(question)

    def explain(self, kind: str, question: Question) -> QueryPlan:
        """Return how the rows of a question are found."""
        return self._answering(kind).explain(question)

    def _answering(self, kind: str) -> Answering:
        return Answering(self._connection, self._projection, kind, tenant=self._tenant, where=self._where)

    def trail(self, kind: str, id: str) -> Sequence[ChangeRow]:  # noqa: A002 - the field's own name
        """Return all changes of one record, in order."""
        return [ChangeRow(*row) for row in self._rows(sql.TRAIL, kind=kind, id=id)]

    def before(self, kind: str, ids: Sequence[str], unit: int) -> Mapping[str, RecordRow]:
        """Return what stood under those ids after that unit, for those that were changed since."""
        rows = [ChangeRow(*row) for row in self._among(sql.BEFORE, "ids", ids, kind=kind, unit=unit)]
        return {row.id: row.replaced("") for row in rows}

    def changes(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[ChangeRow]:  # noqa: A002
        """Return the first changes past number *after*, of that record where one is given."""
        statement = sql.changes(kind=kind is not None, one=id is not None)
        return [ChangeRow(*row) for row in self._rows(statement, after=after, limit=limit, **_given(kind, id))]

    def told(self, after: int, limit: int, kind: str | None, id: str | None) -> Sequence[EventRow]:  # noqa: A002
        """Return the first events past number *after*, of that subject where one is given."""
        statement = sql.told(kind=kind is not None, one=id is not None)
        return [EventRow(*row) for row in self._rows(statement, after=after, limit=limit, **_given(kind, id))]

    def about(self, kind: str, ids: Sequence[str]) -> Sequence[EventRow]:
        """Return all events about those records; those about one of them in order."""
        rows = self._among(sql.ABOUT, "ids", ids, kind=kind)
        return [EventRow(*row) for row in rows]

    def units(self, after: int, limit: int) -> Sequence[UnitRow]:
        """Return the first units past number *after*."""
        return [UnitRow(*row) for row in self._rows(sql.UNITS, after=after, limit=limit)]

    def units_at(self, numbers: AbstractSet[int]) -> Mapping[int, UnitRow]:
        """Return the units with those numbers."""
        return {row[0]: UnitRow(*row) for row in self._among(sql.UNITS_AT, "numbers", sorted(numbers))}

    def unit_with_key(self, key: str) -> UnitRow | None:
        """Return the unit with that idempotency key."""
        rows = self._rows(sql.UNIT_WITH_KEY, key=key)
        return UnitRow(*rows[0]) if rows else None

    def last_unit(self, recorded_at: str) -> int:
        """Return the number of the last unit that was recorded at that instant or before."""
        rows = self._rows(sql.LAST_UNIT, recorded_at=recorded_at)
        return int(rows[0][0]) if rows else 0

    def kinds(self) -> Sequence[str]:
        """Return the kinds of which there is or was a record, sorted; one step in the index for each."""
        kinds: list[str] = []
        while rows := self._rows(sql.NEXT_KIND, after=kinds[-1] if kinds else ""):
            kinds.append(rows[0][0])
        return kinds

    def head_now(self) -> Head | None:
        """Return the last numbers given out; None before the first unit."""
        rows = self._rows(sql.HEAD)
        return Head(*rows[0][:5]) if rows and rows[0][0] else None

    def secret(self) -> bytes:
        """Return the tenant's secret."""
        rows = self._rows(sql.HEAD)
        try:
            return bytes.fromhex(rows[0][5]) if rows else b""
        except (TypeError, ValueError) as error:
            raise StoreUnavailable(
                f"{self._where}: the secret that signs cursors is damaged; restore it from a backup"
            ) from error

    def data_keys(self, ids: Sequence[str]) -> Mapping[str, KeyRow]:
        """Return the data keys of those ids."""
        if len(ids) == 1:
            asked = sql.KEY_POINT[self._connection.dialect.name], (self._tenant, ids[0])
            with translated(self._where):
                return {row[0]: KeyRow(*row) for row in self._connection.exec_driver_sql(*asked)}
        return {row[0]: KeyRow(*row) for row in self._among(sql.KEYS, "ids", ids)}

    def tenant_key(self) -> KeyRow | None:
        """Return the tenant's own key."""
        rows = self._rows(sql.TENANT_KEY)
        return KeyRow(*rows[0]) if rows else None

    def check_sound(self) -> None:
        """Let SQLite compare its pages, tables and indexes; a server checks its pages itself, as it reads them."""
        if self._connection.dialect.name == "sqlite":
            with translated(self._where):
                faults = _sqlite.damage(self._connection)
            if faults:
                raise StoreUnavailable(f"{self._where}: the file is damaged; restore it from a backup ({faults[0]})")
        check_dates(self._streamed(sql.DATES))

    def everything(self) -> Generator[tuple[str, tuple[object, ...]], None, None]:
        """Yield (table, row) for all that is kept."""
        for name, statement in sql.EVERYTHING:
            yield from ((name, tuple(row)) for row in self._streamed(statement))

    def _streamed(self, statement: Executable) -> Generator[Any, None, None]:
        """Yield rows some at a time: a server would else send all at once, and the driver keep them."""
        with translated(self._where):
            result = self._connection.execute(
                statement, {"tenant": self._tenant}, execution_options={"stream_results": True}
            )
        try:
            while True:
                with translated(self._where):
                    rows = result.fetchmany(IDS)
                if not rows:
                    break
                yield from rows
        finally:
            result.close()

    def _among(self, statement: Executable, name: str, wanted: Sequence[object], **values: Any) -> Iterator[Any]:
        """Yield the rows of a statement with a list of any length, some at a time."""
        for start in range(0, len(wanted), IDS):
            yield from self._rows(statement, **values, **{name: wanted[start : start + IDS]})

    def _rows(self, statement: Executable, **values: Any) -> Sequence[Any]:
        with translated(self._where):
            return self._connection.execute(statement, {"tenant": self._tenant, **values}).fetchall()

    def _write(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            with translated(self._where):
                self._connection.execute(statement, rows)


class WritableSqlTables(SqlTables):
    """Reads and writes one tenant's rows, within the transaction of one unit of work."""

    finished: UnitRow | None = None
    """The unit, once all of it is written and it waits for the commit."""

    def begin(self, secret: bytes) -> Head:
        """Return the last numbers given out; a server holds the other units of the tenant off until the end."""
        rows = self._rows(sql.LOCKED_HEAD)
        if not rows:
            first = {"last_unit": 0, "last_change": 0, "last_event": 0, "recorded_at": "", "hash": ""}
            new = {"tenant": self._tenant, **first, "secret": secret.hex()}
            self._write(sql.make_tenant(self._connection.dialect.name), [new])
            rows = self._rows(sql.LOCKED_HEAD)
        return Head(*rows[0][:5])

    def begin_load(self, secret: bytes) -> bool:
        """Hold the other writers of the tenant off, and say whether nothing is kept yet."""
        self.begin(secret)
        rows = self.everything()
        is_empty = next(rows, None) is None
        rows.close()
        return is_empty

    def load(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Add rows of any table but the records, as another store yielded them."""
        if table == "event":
            self._load_events([EventRow(*row) for row in rows])
            return
        self._insert(metadata.tables[f"crm_{table}"], tuple(LAYOUT[table]), [(self._tenant, *row) for row in rows])

    def _load_events(self, rows: Sequence[EventRow]) -> None:
        units = self.units_at({row.unit for row in rows if not row.payload})
        erased = {number: unit.occurred_at for number, unit in units.items()}
        self._insert(event_table, COLUMNS, [(self._tenant, *dated(row, erased.get(row.unit, ""))) for row in rows])

    def write(self, changes: Sequence[Change]) -> None:
        """Write the rows, what they are found by, and their claims; rows first, because claims refer to them."""
        mine = self._tenant
        self._insert(record_table, RecordRow._fields, [(mine, *change.row) for change in changes if change.is_new])
        self._write(
            sql.UPDATE_RECORD,
            [
                {
                    "tenant_": mine,
                    "kind_": change.row.kind,
                    "id_": change.row.id,
                    "version": change.row.version,
                    "schema_version": change.row.schema_version,
                    "payload": change.row.payload,
                }
                for change in changes
                if not change.is_new
            ],
        )
        by_kind: dict[str, list[Change]] = {}
        for change in changes:
            by_kind.setdefault(change.row.kind, []).append(change)
        for kind, changed in by_kind.items():
            self.project(kind, changed)
        released = [claim for change in changes for claim in change.released]
        self._write(
            sql.RELEASE,
            [{"tenant_": mine, "kind_": c.kind, "rule_": c.rule, "value_": c.value} for c in released],
        )
        taken = [(mine, *claim, change.row.id) for change in changes for claim in change.taken]
        self._insert(claim_table, (*Claim._fields, "id"), taken)

    def project(self, kind: str, changes: Sequence[Change]) -> None:
        """Exchange the rows that the records are searched by, in those tables in which they differ."""
        tables = self._projection[kind]
        stood = [change for change in changes if not change.is_new]
        rows = _projected(self._tenant, tables, changes)
        for root, table in (("", tables.main), *tables.children.items()):
            stale = [(self._tenant, change.row.id) for change in stood if root in change.touched]
            if stale:
                with translated(self._where):
                    remove(self._connection, table, ("tenant", "id"), stale)
            if root in rows:
                generated = table.info.get("generated", ())
                columns = tuple(column.name for column in table.columns if column.name not in generated)[1:]
                self._insert(table, columns, rows[root])

    def holders(self, claims: AbstractSet[Claim]) -> Mapping[Claim, str]:
        """Return who holds those claims."""
        holders: dict[Claim, str] = {}
        for kind in sorted({claim.kind for claim in claims}):
            values = sorted({claim.value for claim in claims if claim.kind == kind})
            for row in self._among(sql.HOLDERS, "values", values, kind=kind):
                if (claim := Claim(*row[:3])) in claims:
                    holders[claim] = row[3]
        return holders

    def held(self, kind: str, ids: Sequence[str]) -> Mapping[str, tuple[Claim, ...]]:
        """Return the claims that those records hold."""
        held: dict[str, list[Claim]] = {}
        for row in self._among(sql.HELD, "ids", list(dict.fromkeys(ids)), kind=kind):
            held.setdefault(row[3], []).append(Claim(*row[:3]))
        return {id_: tuple(sorted(claims)) for id_, claims in held.items()}

    def current_keys(self, subjects: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], KeyRow]:
        """Return the latest data key of each subject that has one."""
        return {
            (kind, row[2]): KeyRow(*row)
            for kind in sorted({kind for kind, _ in subjects})
            for row in self._among(sql.CURRENT_KEYS, "ids", [id_ for of, id_ in subjects if of == kind], kind=kind)
        }

    def add_keys(self, rows: Sequence[KeyRow]) -> None:
        """Add data keys."""
        self._insert(key_table, KeyRow._fields, [(self._tenant, *row) for row in rows])

    def known_events(self, ids: Sequence[str]) -> AbstractSet[str]:
        """Return those event ids that are stored already."""
        return {row[0] for row in self._among(sql.KNOWN_EVENTS, "ids", ids)}

    def begin_unit(self, unit: UnitRow) -> None:
        """Add the unit, before anything that it wrote."""
        self._insert(unit_table, UnitRow._fields, [(self._tenant, *unit)])

    def add_changes(self, rows: Sequence[ChangeRow]) -> None:
        """Add to the history."""
        self._insert(change_table, ChangeRow._fields, [(self._tenant, *row) for row in rows])

    def add_events(self, rows: Sequence[EventRow]) -> None:
        """Add what happened."""
        self._insert(event_table, COLUMNS, [(self._tenant, *dated(row)) for row in rows])

    def finish_unit(self, unit: UnitRow, head: Head) -> None:
        """Write the unit's hash, and move the head."""
        self._write(sql.HASH_UNIT, [{"tenant_": self._tenant, "number_": unit.number, "hash": unit.hash}])
        self._write(sql.MOVE_HEAD, [{"tenant_": self._tenant, **head._asdict()}])
        self.finished = unit

    def _insert(self, table: Any, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        if rows:
            with translated(self._where):
                insert(self._connection, table, ("tenant", *columns), rows)


def _given(kind: str | None, id_: str | None) -> dict[str, str]:
    return {name: value for name, value in (("kind", kind), ("id", id_)) if value is not None}


def _projected(tenant: str, tables: KindTables, changes: Sequence[Change]) -> Mapping[str, list[tuple[Any, ...]]]:
    """Return the rows of each table of a kind that changes, in the order of its columns."""
    rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for change in changes:
        if change.facts is None:
            continue
        id_, touched = change.row.id, change.touched
        for root, held in rows_of(tables, change.facts, touched):
            if root:
                rows[root] += [(tenant, id_, place, *item) for place, item in enumerate(held)]
            else:
                rows[root].append((tenant, *held[0]))
    return rows
