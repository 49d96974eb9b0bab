"""What a question costs in SQLite, beside the same question written by hand in SQL for the same tables.

    python benchmarks/bench_query_sql.py                     200,000 contacts, about a minute
    python benchmarks/bench_query_sql.py --contacts 1000000  several minutes, nearly all of them for making the tables

The tables that contacts are searched in are filled by the plain driver with what a seeded generator draws; nothing else
of a record is there, as counting reads nothing else. By hand is what somebody writes who knows the tables and their
indexes. Both count, in turn, and must count the same; times are medians of the runs.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crmcore.model import ContactRecord
from crmcore.query import Aggregate, Compare, F, How, Match, Op, TextMatch
from crmcore.storage import SqlStore
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.query import Expression

RUNS = 5
NOW = datetime(2026, 5, 20, 9, tzinfo=UTC)
SINCE = (NOW - timedelta(days=90)).isoformat(timespec="microseconds").replace("+00:00", "Z")
TILL = NOW.isoformat(timespec="microseconds").replace("+00:00", "Z")
SKILLS = ["Python", "Java", "SQL", "C++", "Go", "Rust", *(f"Skill {number}" for number in range(60))]
CITIES = ["Utrecht", "Amsterdam", "Zürich", *(f"City {number}" for number in range(200))]
WORDS = "Senior Junior Lead Engineer Developer Nurse Welder Recruiter Analyst Data Cloud Sales".split()

CASES: dict[str, tuple[Expression, str]] = {
    "python at level 4": (
        F.skills.any(name="python", level__ge=4),
        """m.id IN (SELECT id FROM crm_contact__skills WHERE tenant = 'acme' AND "skill~begins" = 'python'
        AND skill_level >= 4)""",
    ),
    "a family name, folded": (
        Match("family_name", TextMatch.IS, "name 42"),
        """m."family_name~begins" = 'name 42'""",
    ),
    "cities that begin so": (
        Match("city", TextMatch.STARTS, "zür"),
        """m.id IN (SELECT id FROM crm_contact__addresses WHERE tenant = 'acme' AND "city~begins" >= 'zur'
        AND "city~begins" < 'zus')""",
    ),
    "letters in the headline": (
        Match("headline", TextMatch.CONTAINS, "welder"),
        """instr(COALESCE(m."headline~folded", lower(m.headline)), 'welder')""",
    ),
    "born before 1980": (
        F.born < "1980",
        "m.born < '1980-01-01' AND m.born NOT IN ('1980', '1980-01')",
    ),
    "pay in a range": (F.salary_minimum.between(40_000, 50_000), "m.salary_minimum BETWEEN 40000 AND 50000"),
    "no python": (
        ~F.skills.any(name="python"),
        """m.id NOT IN (SELECT id FROM crm_contact__skills WHERE tenant = 'acme' AND ("skill~begins" = 'python'
        OR "skill~begins" IS NULL))""",
    ),
    "three skills or more": (
        Compare(Aggregate(relation="skills", how=How.COUNT), Op.GE, 3),
        "(SELECT COUNT(*) FROM crm_contact__skills s WHERE s.tenant = 'acme' AND s.id = m.id) >= 3",
    ),
    "no mail for 90 days": (
        ~F.activity("email.sent").within(days=90).exists(),
        f"""m.id NOT IN (SELECT subject_id FROM crm_event WHERE tenant = 'acme' AND subject_kind = 'contact'
        AND type = 'email.sent' AND occurred_at BETWEEN '{SINCE}' AND '{TILL}')""",
    ),
    "java in Utrecht, not written to": (
        F.skills.any(name="java") & F.location.any(city="utrecht") & ~F.activity("email.sent").within(days=90).exists(),
        f"""m.id IN (SELECT id FROM crm_contact__skills WHERE tenant = 'acme' AND "skill~begins" = 'java')
        AND m.id IN (SELECT id FROM crm_contact__addresses WHERE tenant = 'acme' AND "city~begins" = 'utrecht')
        AND m.id NOT IN (SELECT subject_id FROM crm_event WHERE tenant = 'acme' AND subject_kind = 'contact'
        AND type = 'email.sent' AND occurred_at BETWEEN '{SINCE}' AND '{TILL}')""",
    ),
    "one of two owners, with an e-mail": (
        F.owner.in_(["u-1", "u-2"]) & F.email.is_known(),
        """m.owner IN ('u-1', 'u-2') AND EXISTS (SELECT 1 FROM crm_contact__emails e WHERE e.tenant = 'acme'
        AND e.id = m.id AND +e.email IS NOT NULL)""",
    ),
}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=200_000)
    contacts = parser.parse_args().contacts
    clock = ManualClock()
    clock.set(NOW)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "crm.db")
        with SqlStore(f"sqlite:///{path}", tenant="acme", clock=clock) as store:
            with store.unit(actor="suite", key="begin"):
                pass
            begun = perf_counter()
            with closing(sqlite3.connect(path)) as connection:
                fill(connection, contacts)
            print(
                f"{contacts:,} contacts with skills, addresses, e-mails, events: {perf_counter() - begun:.0f} s to make"
            )
            compare(store, path)


def compare(store: SqlStore, path: Path) -> None:
    """Print what counting costs, by the store and by hand."""
    ratios = []
    with closing(sqlite3.connect(path)) as connection:
        for name, (question, by_hand) in CASES.items():
            sql = f"SELECT COUNT(*) FROM crm_contact m WHERE m.tenant = 'acme' AND {by_hand}"
            ours, theirs, number = [], [], 0
            for _ in range(RUNS):
                begun = perf_counter()
                number = store.count(ContactRecord, question)
                between = perf_counter()
                (counted,) = connection.execute(sql).fetchone()
                theirs.append(perf_counter() - between)
                ours.append(between - begun)
                if number != counted:
                    raise SystemExit(f"{name}: {number:,} by the store, {counted:,} by hand")
            if (told := store.explain(ContactRecord, question)).remainder:
                raise SystemExit(f"{name}: {told.remainder} is judged one by one")
            ratios.append(median(ours) / median(theirs))
            print(
                f"{name:34} {number:>9,} of them {median(ours) * 1e3:9.2f} ms   "
                f"by hand {median(theirs) * 1e3:9.2f} ms   ratio {ratios[-1]:5.2f}"
            )
    print(f"median ratio {median(ratios):.2f}, highest {max(ratios):.2f}")


def fill(connection: sqlite3.Connection, contacts: int) -> None:
    """Fill the tables that contacts are searched in."""
    connection.execute("PRAGMA synchronous=OFF")
    for table, rows in (
        ("crm_contact", (main_row(number) for number in range(contacts))),
        ("crm_contact__skills", skills(contacts)),
        ("crm_contact__addresses", addresses(contacts)),
        ("crm_contact__emails", ({**key(n), "item": 0, "email": f"p{n}@x.example"} for n in range(0, contacts, 2))),
        ("crm_event", events(contacts)),
    ):
        insert(connection, table, rows)
    connection.commit()


def insert(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    """Add rows, each with the same columns."""
    first = next(rows)
    columns = ", ".join(f'"{name}"' for name in first)
    sql = f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" for _ in first)})'
    connection.execute(sql, tuple(first.values()))
    connection.executemany(sql, (tuple(row.values()) for row in rows))


def key(number: int) -> dict[str, Any]:
    """Return what a row belongs to."""
    return {"tenant": "acme", "id": f"contact-{number:08}"}


def main_row(number: int) -> dict[str, Any]:
    """Return what a contact has one of."""
    dice = random.Random(number)
    family, headline = f"Name {dice.randrange(20_000)}", " ".join(dice.sample(WORDS, 4))
    born = f"{dice.randrange(1955, 2005)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 28):02}"
    return {
        **key(number),
        "family_name": family,
        "family_name~begins": family.lower(),
        "headline": headline if number % 3 else None,
        "born": (born, born[:7], born[:4], None)[dice.randrange(4)],
        "salary_minimum": float(dice.randrange(20_000, 120_000)) if number % 2 else None,
        "owner": f"u-{dice.randrange(50)}",
    }


def skills(contacts: int) -> Iterator[dict[str, Any]]:
    """Yield about two skills a contact."""
    dice = random.Random(1)
    for number in range(contacts):
        for item, name in enumerate(dice.sample(SKILLS, dice.randrange(5))):
            level = dice.randrange(1, 5) if dice.random() < 0.8 else None
            row = {"item": item, "skill": name, "skill_level": level, "skill~begins": name.lower()}
            yield {**key(number), **row}


def addresses(contacts: int) -> Iterator[dict[str, Any]]:
    """Yield an address for most contacts."""
    dice = random.Random(2)
    for number in range(contacts):
        if number % 5:
            city = dice.choice(CITIES)
            twin = None if city.isascii() else "zurich"
            begins = twin or city.lower()
            yield {**key(number), "item": 0, "city": city, "city~folded": twin, "city~begins": begins}


def events(contacts: int) -> Iterator[dict[str, Any]]:
    """Yield an event a contact, over two years."""
    dice = random.Random(3)
    for number in range(contacts):
        at = NOW - timedelta(minutes=dice.randrange(2 * 365 * 24 * 60))
        yield {
            "tenant": "acme",
            "seq": number + 1,
            "unit": 1,
            "id": f"e-{number}",
            "type": dice.choice(("email.sent", "call.made", "contact.created")),
            "subject_kind": "contact",
            "subject_id": f"contact-{dice.randrange(contacts):08}",
            "payload": "",
            "salt": "",
            "digest": "",
            "occurred_at": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }


if __name__ == "__main__":
    main()
