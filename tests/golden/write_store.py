"""Write the golden store of the present schema: one small, hostile database, the same bytes at each run.

    python tests/golden/write_store.py

It writes `schema-N/store.sql` and `schema-N/content.json`, N being the version of the schema; see README.md.
"""

# ruff: noqa: S608 - the names are those of our own tables

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path

from crmcore.model.contact import ContactRecord
from crmcore.model.events import Event
from crmcore.model.organisation import Organisation
from crmcore.model.record import Record
from crmcore.model.schema import KINDS
from crmcore.storage import SqlStore
from crmcore.storage.sql._preparing import VERSION_TABLE
from crmcore.storage.sql.schema import SCHEMA_VERSION, metadata, shape
from crmcore.testing import ManualClock

FOLDER = Path(__file__).parent
PAYLOADS: dict[str, dict[str, object]] = {
    "grace": {
        "name": {"given": "Grace", "family": "Hopper"},
        "emails": [{"raw": "Grace@Navy.example", "normal": "grace@navy.example", "is_primary": True}],
        "phones": [{"raw": "+1 202 555 0101", "normal": "+12025550101"}],
        "skills": [{"name": "COBOL"}, {"name": "compilers"}],
    },
    "zoe": {
        "name": {"given": "Zoë 👩‍💻 𝕌", "family": "O'Ünïcode\u200b\"; DROP TABLE crm_unit; --"},
        "emails": [{"raw": f"z{n}@x.example", "normal": f"z{n}@x.example"} for n in range(30)],
        "custom": {"big": 2**63 - 1, "small": -(2**63), "several": ["ß", "ẞ"]},
    },
}


def counting() -> Callable[[int], bytes]:
    """Return entropy that is the same at each run."""
    numbers = count()

    def entropy(size: int) -> bytes:
        return sha256(str(next(numbers)).encode()).digest()[:size]

    return entropy


def fill(path: Path, clock: ManualClock) -> None:
    """Write two tenants: records of several kinds, changes, removals, one brought back, events, a back-dated unit."""
    url, entropy = f"sqlite:///{path}", counting()
    note = KINDS["note"]
    with SqlStore(url, tenant="acme", clock=clock, entropy=entropy) as store:
        with store.unit(actor="import", reason="people.csv", source="people.csv", key="run-1") as unit:
            people = [unit.put(made(ContactRecord, id_, payload)) for id_, payload in PAYLOADS.items()]
            for number, person in enumerate(people):
                unit.emit(told(f"e-{number}", person, clock.now()))
            for number, (body, at) in enumerate(
                [("é" * 20_000 + "\t\x01\x7f\u2028\ufeff" + "x" * 20_000, datetime(1, 1, 1, tzinfo=UTC)),
                 ("y", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)), ("going", clock.now())]
            ):  # fmt: skip
                unit.put(made(note, f"n-{number}", {"body": body, "at": at, "author": "ada", "subjects": ["grace"]}))
        clock.advance(days=1)
        with store.unit(actor="ada", reason="phone screen", occurred_at=datetime(2025, 12, 24, tzinfo=UTC)) as unit:
            unit.put(unit.get(ContactRecord, "grace").evolve(born=date(1906, 12, 9)))
            unit.remove(unit.get(note, "n-2"))
            unit.put(made(Organisation, "o-1", {"name": "Navy", "domains": ["navy.example"]}))
            gone = unit.remove(unit.get(ContactRecord, "zoe"))
        clock.advance(hours=1)
        with store.unit(actor="bob", reason="by mistake") as unit:
            unit.put(gone)
    with SqlStore(url, tenant="other", clock=clock, entropy=entropy) as store, store.unit(actor="eve") as unit:
        unit.put(made(ContactRecord, "grace", {"name": {"given": "Another", "family": "Grace"}}))


def made(cls: type[Record], id_: str, payload: dict[str, object]) -> Record:
    """Return a record of plain data."""
    return cls.model_validate({"id": id_, **payload})


def told(id_: str, record: Record, at: datetime) -> Event:
    """Return an event about a record."""
    return Event(
        id=id_, type="contact.created", subject_kind=record.kind, subject_id=record.id, occurred_at=at, recorded_at=at,
        actor="import", reason="people.csv", data={"name": "Zoë 👩‍💻", "seen": -0.0},
    )  # fmt: skip


def answers(path: Path) -> dict[str, object]:
    """Return what the store answers now."""
    records: dict[str, list[object]] = {}
    events: dict[str, list[object]] = {}
    for tenant in ("acme", "other"):
        with SqlStore(f"sqlite:///{path}", tenant=tenant) as store:
            rows = (row for table, row in store.state() if table == "record")
            records[tenant] = [
                [kind, id_, version, None if payload is None else shown(store.get(KINDS[str(kind)], str(id_)))]
                for kind, id_, version, _, payload, _ in rows
            ]
            events[tenant] = [told.event.model_dump(mode="json") for told in store.history.events()]
    return {"records": records, "events": events}


def dumped(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the statements that make the database again, but for what is searched: it is made from the payloads."""
    for name in ("application_id", "user_version"):
        yield f"PRAGMA {name}={connection.execute(f'PRAGMA {name}').fetchone()[0]};"
    yield "BEGIN;"
    tables = [*(table.name for table in metadata.sorted_tables), VERSION_TABLE]
    for kind in ("table", "index"):
        made = "SELECT tbl_name, sql FROM sqlite_schema WHERE type = ? AND sql IS NOT NULL ORDER BY name"
        yield from (f"{sql};" for table, sql in connection.execute(made, (kind,)) if table in tables)
    for table in tables:
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        quoted = " || ',' || ".join(f'quote("{column}")' for column in columns)
        for (values,) in (
            connection.execute(f'SELECT {quoted} FROM "{table}" ORDER BY 1') if table != shape.name else ()
        ):
            yield f'INSERT INTO "{table}" VALUES ({values});'
    yield "COMMIT;"


def shown(record: Record) -> object:
    """Return the content of a record as plain data."""
    return record.model_dump(mode="json", exclude={"id", "version"})


def main() -> None:
    """Write both files."""
    home = FOLDER / f"schema-{SCHEMA_VERSION}"
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "crm.db")
        fill(path, ManualClock())
        told = json.dumps(answers(path), ensure_ascii=False, indent=1, sort_keys=True)
        with closing(sqlite3.connect(path)) as connection:
            text = "\n".join(dumped(connection))
    (home / "store.sql").write_text(text + "\n", encoding="utf-8")
    (home / "content.json").write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
