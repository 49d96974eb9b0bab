"""What a store costs beside the plain driver: the same rows into the same tables, the same records out of them.

    python benchmarks/bench_storage.py                      20,000 contacts, SQLite and PostgreSQL, a minute or two
    python benchmarks/bench_storage.py --contacts 100000    the figures of the documentation
    python benchmarks/bench_storage.py --million            a million contacts in SQLite: size, and what does not grow

By hand is: the rows that the store wrote, read back as tuples, written with the driver's executemany (SQLite) or COPY
(PostgreSQL) into empty tables of the same schema, in one transaction with the same settings; a second line adds what
pydantic takes to write the records' JSON, without which there are no rows. For reading it is the
driver's plain statement on the record's table, with pydantic making the same record of the answer. Both sides take
turns. The benchmark's own records are kept from the garbage collector (gc.freeze), which would bill them to whoever
allocates.
"""

from __future__ import annotations

import argparse
import gc
import random
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crmcore.model import (
    ContactRecord,
    EmailAddress,
    Employment,
    Link,
    PersonName,
    PhoneNumber,
    PostalAddress,
    Provenance,
    Skill,
)
from crmcore.query import F
from crmcore.storage import SqlStore, model_codec
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUNS = 3
READS = 2_000
PAGES = 60
PAGE = 100
AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
GIVEN = "Ada Grace Barbara Edsger Donald Alan Margaret Ken Dennis Radia".split()
CITIES = "Utrecht London Berlin Paris Madrid Oslo Rome Lisbon".split()
SKILLS = [f"skill {number}" for number in range(300)]


def contacts(count: int) -> Iterator[ContactRecord]:
    """Yield full contacts, each with two e-mails, a phone, an address, a profile, skills, a job, tags and sources."""
    dice = random.Random(7)
    source = Provenance(source="ats", observed_at=AT)
    for number in range(count):
        given, family = dice.choice(GIVEN), f"Name{dice.randrange(20_000)}"
        email = f"{given}.{family}.{number}@example.org".lower()
        yield ContactRecord(
            id=f"contact-{number:08}",
            name=PersonName(given=given, family=family),
            headline=f"Engineer of {dice.choice(SKILLS)}",
            emails=(
                EmailAddress(raw=email, normal=email, type="work", is_primary=True),
                EmailAddress(raw=f"home.{email}", normal=f"home.{email}", type="home"),
            ),
            phones=(PhoneNumber(raw=f"+4420{number:08}", normal=f"+4420{number:08}", region="GB"),),
            addresses=(
                PostalAddress(
                    raw=f"{number} High St", normal=f"{number} high st", city=dice.choice(CITIES), country="GB"
                ),
            ),
            links=(Link(raw="", normal=f"linkedin.com/in/{number}", site="linkedin", handle=str(number)),),
            skills=tuple(Skill(name=name) for name in sorted(dice.sample(SKILLS, 4))),
            employments=(Employment(company="Acme", title="Engineer"),),
            tags=("it", "senior"),
            owner="user-1",
        ).observed(source)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--million", action="store_true", help="a million contacts in SQLite, instead")
    parser.add_argument("--steps", default="10000,100000,1000000", help="the sizes of --million")
    wishes = parser.parse_args()
    if wishes.million:
        growing([int(step) for step in wishes.steps.split(",")])
        return
    records = list(contacts(wishes.contacts))
    gc.collect()
    gc.freeze()
    split(records)
    with tempfile.TemporaryDirectory() as place:
        compare("SQLite", Sqlite(Path(place)), records)
    from tests.postgres import NoPostgres, own_postgres

    try:
        with own_postgres() as server:
            compare("PostgreSQL", Postgres(server), records)
    except NoPostgres as reason:
        print(f"PostgreSQL: not measured ({reason})")


def split(records: Sequence[ContactRecord]) -> None:
    """Print what the parts of a write and a read cost by themselves."""
    codec, sample = model_codec(), records[:5_000]
    rows = [codec.encode(record, version=1) for record in sample]
    print(f"a full contact is {sum(len(row.payload) for row in rows) / len(rows):,.0f} letters of JSON")
    for name, work in (
        ("to JSON, and checked by the rule", lambda: [codec.encode(record, version=1) for record in sample]),
        ("what it is searched by", lambda: [codec.facts(record) for record in sample]),
        ("from JSON, validated", lambda: [codec.decode(ContactRecord, row) for row in rows]),
    ):
        print(f"  {name:34} {median(seconds(work) for _ in range(RUNS)) / len(sample) * 1e6:7.1f} us a record")


def compare(name: str, place: Sqlite | Postgres, records: Sequence[ContactRecord]) -> None:
    """Print writing and reading, by the store and by hand, in turn."""
    ours, theirs = [], []
    for _ in range(RUNS):
        with place.fresh() as store:
            ours.append(seconds(lambda: put_all(store, records)))
            tables = place.dump()
        with place.fresh():
            theirs.append(seconds(lambda: place.load(tables)))  # noqa: B023
    told(f"{name}: insert {len(records):,} contacts", ours, theirs, per=len(records))
    told(
        f"{name}: ... by hand from records, not rows",
        ours,
        [one + json_of(records) for one in theirs],
        per=len(records),
    )
    with place.fresh() as store:
        put_all(store, records)
        dice = random.Random(1)
        ids = [dice.choice(records).id for _ in range(READS)]
        for what, mine, other, count in (
            ("get by id", lambda: [store.get(ContactRecord, id_) for id_ in ids], lambda: place.gets(ids), READS),
            ("page of 100 by id", lambda: pages(store), place.pages, PAGES),
            ("page of 100 by family name", lambda: pages(store, order_by="family_name"), None, PAGES),
            ("find by e-mail", lambda: emails(store, records), None, READS),
        ):
            mine()
            mines, others = [], []
            for _ in range(RUNS):
                mines.append(seconds(mine))
                others.append(seconds(other) if other else 0.0)
            told(f"{name}: {what}", mines, others, per=count)


def json_of(records: Sequence[ContactRecord]) -> float:
    """Return the seconds that pydantic takes to write the records, which a writer by hand has to let it do."""
    return seconds(lambda: [record.model_dump_json(exclude_defaults=True) for record in records])


def told(what: str, ours: Sequence[float], theirs: Sequence[float], *, per: int) -> None:
    """Print one line: microseconds each by the store and by hand, and the ratio of the medians."""
    mine, other = median(ours), median(theirs)
    by_hand = f"by hand {other / per * 1e6:9.1f} us   ratio {other / mine:5.2f}" if other else ""
    print(f"{what:44} {mine / per * 1e6:9.1f} us   {by_hand}")


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def put_all(store: SqlStore, records: Sequence[ContactRecord]) -> None:
    """Put all in one unit of work."""
    with store.unit(actor="benchmark") as unit:
        for record in records:
            unit.put(record)


def pages(store: SqlStore, *, order_by: str = "") -> None:
    """Read pages, each after the one before."""
    after = None
    for _ in range(PAGES):
        page = store.find(ContactRecord, order_by=order_by or (), limit=PAGE, after=after)
        after = page.next


def emails(store: SqlStore, records: Sequence[ContactRecord]) -> None:
    """Find contacts by their addresses."""
    for record in records[:READS]:
        assert store.find(ContactRecord, F.email == record.emails[0].normal)[0].id == record.id


def made(row: tuple[Any, ...]) -> ContactRecord:
    """Make the record of a row (id, version, payload), as one would by hand."""
    return ContactRecord.model_validate_json(f'{{"id":"{row[0]}","version":{row[1]},{row[2][1:]}')


POINT = "SELECT id, version, payload FROM crm_record WHERE tenant = {0} AND kind = {0} AND id = {0}"
AFTER = (
    "SELECT id, version, payload FROM crm_record WHERE tenant = {0} AND kind = {0} AND id > {0} "
    "AND payload IS NOT NULL ORDER BY id LIMIT {0}"
)


KEPT = ("crm_shape", "crm_alembic")
"""What stands in the tables of a new database already."""
Rows = dict[str, tuple[str | None, list[tuple[Any, ...]]]]
"""Table -> its columns, where they must be named, and its rows."""


class ByHand:
    """Reading with the driver's plain statements."""

    mark = "?"
    connection: Any

    def gets(self, ids: Sequence[str]) -> list[ContactRecord]:
        """Read records by their ids."""
        statement = POINT.format(self.mark)
        return [made(self.connection.execute(statement, ("default", "contact", id_)).fetchone()) for id_ in ids]

    def pages(self) -> None:
        """Read pages, each after the one before."""
        after = ""
        for _ in range(PAGES):
            rows = self.connection.execute(AFTER.format(self.mark), ("default", "contact", after, PAGE)).fetchall()
            after = [made(row) for row in rows][-1].id if rows else after


class Sqlite(ByHand):
    """A new file each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = 0

    def _new(self) -> Path:
        for old in self._folder.glob("*"):
            old.unlink()
        self._files += 1
        return self._folder / f"{self._files}.db"

    def fresh(self) -> SqlStore:
        """Return an empty store."""
        path = self._new()
        store = SqlStore(f"sqlite:///{path}")
        self.connection = sqlite3.connect(path)
        return store

    def dump(self) -> Rows:
        """Return the rows of every table; those of FTS5 come of themselves."""
        named = self.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'crm%'")
        names = [name for (name,) in named if "_fts" not in name and name not in KEPT]
        rows = {name: (None, self.connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names}
        self.connection.close()
        return rows

    def load(self, tables: Rows) -> None:
        """Write the rows by executemany, in one transaction, with the store's settings."""
        self.connection.isolation_level = None
        for pragma in ("synchronous=FULL", "secure_delete=ON", "foreign_keys=OFF"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute("BEGIN IMMEDIATE")
        for name, (_, rows) in tables.items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                self.connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        self.connection.execute("COMMIT")
        self.connection.close()


class Postgres(ByHand):
    """A new database each time."""

    mark = "%s"

    def __init__(self, server: Any) -> None:
        self._server = server

    def fresh(self) -> SqlStore:
        """Return an empty store."""
        self._name = self._server.create_database()
        store = SqlStore(self._server.url(self._name))
        self.connection = self._server.connect(self._name)
        self.connection.autocommit = True
        return store

    def dump(self) -> Rows:
        """Return the rows of every table; generated columns come of themselves."""
        columns = self.connection.execute(
            "SELECT table_name, string_agg('\"' || column_name || '\"', ',' ORDER BY ordinal_position) "
            "FROM information_schema.columns WHERE table_name LIKE 'crm%' AND is_generated = 'NEVER' GROUP BY 1"
        ).fetchall()
        rows = {
            name: (listed, self.connection.execute(f'SELECT {listed} FROM "{name}"').fetchall())
            for name, listed in columns
            if name not in KEPT
        }
        self.connection.close()
        return rows

    def load(self, tables: Rows) -> None:
        """Write the rows by COPY, in one transaction."""
        first = ("crm_tenant", "crm_unit", "crm_record", "crm_event", "crm_consumer")
        with self.connection.transaction():
            for name in sorted(tables, key=lambda name: (first.index(name) if name in first else len(first), name)):
                listed, rows = tables[name]
                if rows:
                    with self.connection.cursor().copy(f'COPY "{name}" ({listed}) FROM STDIN') as copy:
                        for row in rows:
                            copy.write_row(row)
        self.connection.close()


def growing(steps: Sequence[int]) -> None:
    """Print, while a SQLite file grows, its size and what a read costs."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "crm.db"
        clock = ManualClock(AT)
        source, there = contacts(steps[-1]), 0
        with SqlStore(f"sqlite:///{path}", clock=clock) as store:
            for step in steps:
                taken = seconds(lambda: fill(store, source, step - there, clock))  # noqa: B023 - called at once
                per_second, there = (step - there) / taken, step
                past = clock.now()
                clock.advance(hours=1)
                touch(store, step)
                report(store, path, step, past, per_second)


def fill(store: SqlStore, source: Iterator[ContactRecord], count: int, clock: ManualClock) -> None:
    """Put so many contacts, ten thousand a unit."""
    while count > 0:
        clock.advance(seconds=1)
        with store.unit(actor="benchmark") as unit:
            for _ in range(min(count, 10_000)):
                unit.put(next(source))
        count -= 10_000


def touch(store: SqlStore, there: int) -> None:
    """Change some contacts, so that the past differs from the present."""
    dice = random.Random(there)
    with store.unit(actor="benchmark", reason="a later change") as unit:
        for number in sorted(dice.sample(range(there), 1_000)):
            contact = unit.get(ContactRecord, f"contact-{number:08}")
            unit.put(contact.evolve(headline="changed"))


def report(store: SqlStore, path: Path, there: int, past: datetime, per_second: float) -> None:
    """Print one line of figures at a size."""
    dice = random.Random(3)
    ids = [f"contact-{number:08}" for number in sorted(dice.sample(range(there), 1_000))]
    size = sum(file.stat().st_size for file in path.parent.glob("crm.db*"))
    then = store.history.as_of(past + timedelta(minutes=1))
    middle = store.find(ContactRecord, order_by="family_name", limit=PAGE)
    figures = {
        "get": [seconds(lambda: store.get(ContactRecord, id_)) for id_ in ids],  # noqa: B023 - called at once
        "as of": [seconds(lambda: then.get(ContactRecord, id_)) for id_ in ids],  # noqa: B023
        "find e-mail": [
            seconds(lambda: store.find(ContactRecord, F.phone == f"+4420{int(id_[-8:]):08}"))  # noqa: B023
            for id_ in ids
        ],
        "page by id": [seconds(lambda: store.find(ContactRecord, limit=PAGE)) for _ in range(20)],
        "page by name": [
            seconds(lambda: store.find(ContactRecord, order_by="family_name", limit=PAGE, after=middle.next))
            for _ in range(20)
        ],
    }
    spelled = "   ".join(f"{name} {median(values) * 1e6:8.0f} us" for name, values in figures.items())
    print(f"{there:>9,} contacts   {size / 2**30:5.2f} GiB   {per_second:6,.0f} a second   {spelled}", flush=True)


if __name__ == "__main__":
    main()
