"""What a question costs on columns, beside the same question written by hand in polars, and on one record.

    python benchmarks/bench_query.py                    a million people, two or three minutes
    python benchmarks/bench_query.py --people 100000    a tenth of them

The people are made by a seeded generator: as many different headlines and e-mail addresses as people, half a million
names, few cities, owners and tags, some three skills each, gaps everywhere. Both sides hold their data in memory in the
form that suits them, polars in its frame, crmcore in a Table made from that frame; making it, and what it packs
or folds when a column is asked for the first time, is timed and shown apart. Then both answer in turn, and their masks
are compared row by row.

A question in polars is written as an experienced user writes it: lower case where crmcore folds case, accents and
script, which are more work; lists by the list and struct functions. Times are medians, by the clock and of the
processors: where others use the machine, the clock says how long they kept it. Polars uses all cores, crmcore one.

The row predicate is timed on facts, and on records; of the five leaves also where every one of them must be judged.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import narwhals  # noqa: F401 - so that it is loaded before the clock runs
import numpy as np
import polars as pl
import pyarrow as pa

from crmcore.model import (
    ContactRecord,
    PersonName,
    PostalAddress,
    SalaryExpectation,
    Skill,
    SkillLevel,
    Touch,
)
from crmcore.query import F, Near, ago, ahead, asking, checked, compiled, now, resolved
from crmcore.query.columns import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.query import Expression

RUNS = 9
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
UTRECHT = (52.0907, 5.1214)
GIVEN = """Maria Mark Ada Grace Barbara Edsger Donald Alan Margaret Ken Dennis Radia Zoë José Łukasz Søren Aïcha Wei
    Noor Jan Piet Sanne Daan Emma Finn Sofie Lotte Bram Ruben Fatima Omar Yusuf Chloé René Jürgen Ömer Ana Luís Inés
    Björn""".split()
SYLLABLES = "ba de la mi no ra su ti van den berg ho lm ström ko wal ski ro dri guez mül ler ja cob sen o neil".split()
TITLES = """Engineer Developer Consultant Recruiter Manager Analyst Designer Nurse Teacher Accountant Technician
    Architect Researcher Driver Planner""".split()
RANKS = ["Senior", "Junior", "Lead", "Principal", "Interim", "Freelance", "Hands-on", "Certified"]
TRADES = (
    "Python Java Data Cloud Sales Finance Energy Logistics Security Web Mobile Health Legal Marketing Design".split()
)
CITIES = ["Utrecht", "Amsterdam", "Rotterdam", *(f"City {number}" for number in range(297))]
TAGS = ["vip", "python", "left", "silver medal", *(f"tag {number}" for number in range(46))]
LEVELS = list(SkillLevel)
SKILLS = ["Python", "SQL", "Java", *(f"Skill {number}" for number in range(497))]


def people(count: int) -> pl.DataFrame:
    """Return the frame of so many people, the same for the same number."""
    dice = np.random.default_rng(7)

    def one_of(several: list[str]) -> np.ndarray:
        return np.array(several, object)[(dice.random(count) ** 2 * len(several)).astype(int)]

    def gaps(share: float) -> np.ndarray:
        return dice.random(count) < share

    surnames = np.array([a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES], object)
    surname = surnames[dice.integers(0, len(surnames), count)]
    given, number = (
        np.array(GIVEN, object)[dice.integers(0, len(GIVEN), count)],
        np.arange(count).astype(str).astype(object),
    )
    headline = one_of(RANKS) + " " + one_of(TRADES) + " " + one_of(TITLES) + " at Company " + number
    at = np.datetime64("2026-06-01", "us") - (dice.random(count) ** 3 * 8e13 + 1).astype("timedelta64[us]") * 2
    born = np.datetime64("1958-01-01") + dice.integers(0, 17_000, count).astype("timedelta64[D]")
    frame = pl.DataFrame(
        {
            "id": "contact-" + number,
            "name": given + " " + surname,
            "headline": _with_gaps(headline, gaps(0.1)),
            "email": _with_gaps(surname + "." + number + "@example.org", gaps(0.2)),
            "city": _with_gaps(one_of(CITIES), gaps(0.15)),
            "owner": [f"user-{one}" for one in dice.integers(0, 200, count).tolist()],
            "level": pl.Series(dice.integers(0, 8, count), dtype=pl.Int64),
            "salary": pl.Series(
                np.where(gaps(0.3), np.nan, np.round(abs(dice.normal(52_000, 14_000, count)), -2))
            ).fill_nan(None),
        }
    )
    known = ~gaps(0.2)
    return frame.with_columns(
        pl.Series("touched_at", at).dt.replace_time_zone("UTC").set(pl.Series(gaps(0.05)), None),
        pl.Series("born", born).set(pl.Series(gaps(0.25)), None),
        pl.Series("latitude", np.where(known, dice.normal(52.1, 0.6, count), np.nan)).fill_nan(None),
        pl.Series("longitude", np.where(known, dice.normal(5.3, 0.8, count), np.nan)).fill_nan(None),
        pl.Series("tags", _lists(dice.poisson(1.2, count), lambda size: _skewed(dice, TAGS, size))),
        pl.Series("skills", _lists(dice.poisson(3, count), lambda size: _skills(dice, size))),
    )


def _with_gaps(values: np.ndarray, gaps: np.ndarray) -> list[Any]:
    return np.where(gaps, None, values).tolist()


def _skewed(dice: np.random.Generator, several: list[str], size: int) -> pa.Array:
    return pa.array(several).take(pa.array((dice.random(size) ** 2 * len(several)).astype(int)))


def _skills(dice: np.random.Generator, size: int) -> pa.Array:
    level = pa.array(dice.integers(1, 5, size), mask=dice.random(size) < 0.3)
    return pa.StructArray.from_arrays([_skewed(dice, SKILLS, size), level], ["name", "level"])


def _lists(counts: np.ndarray, made: Callable[[int], pa.Array]) -> pl.Series:
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pl.Series(pa.ListArray.from_arrays(pa.array(offsets), made(int(offsets[-1]))))


def _close(km: float) -> pl.Expr:
    latitude, longitude = pl.col("latitude").radians(), pl.col("longitude").radians()
    here, there = (float(np.radians(degrees)) for degrees in UTRECHT)
    across, along = ((latitude - here) / 2).sin(), ((longitude - there) / 2).sin()
    return (
        2 * 6371.0088 * (across * across + latitude.cos() * float(np.cos(here)) * along * along).sqrt().arcsin() <= km
    )


def _skilled(name: str, level: int) -> pl.Expr:
    item = pl.element().struct
    return (
        pl.col("skills")
        .list.eval((item.field("name").str.to_lowercase() == name) & (item.field("level") >= level))
        .list.any()
    )


def _recurring() -> pl.Expr:
    day = pl.col("born").dt.month().cast(pl.Int32) * 100 + pl.col("born").dt.day()
    return day.is_between(601, 701)


RECENT = pl.col("touched_at").is_between(NOW - timedelta(days=90), NOW)
QUESTIONS: list[tuple[str, Expression, pl.Expr]] = [
    ("lives in Utrecht", F.city == "Utrecht", pl.col("city") == "Utrecht"),
    (
        "belongs to one of five",
        F.owner.in_([f"user-{one}" for one in range(5)]),
        pl.col("owner").is_in([f"user-{one}" for one in range(5)]),
    ),
    ("salary between", F.salary.between(48_000, 60_000), pl.col("salary").is_between(48_000, 60_000)),
    ("touched in 90 days", F.touched_at.within(days=90), RECENT),
    ("born before 1990", F.born < "1990", pl.col("born") < date(1990, 1, 1)),
    ("birthday in 30 days", F.born.recurs(now(), ahead(days=30)), _recurring()),
    ("no e-mail", F.email.is_missing(), pl.col("email").is_null()),
    (
        "tagged vip or python",
        F.tags.in_(["vip", "python"]),
        pl.col("tags").list.contains("vip") | pl.col("tags").list.contains("python"),
    ),
    ("knows Python at 4", F.skills.any(name="python", level__ge=4), _skilled("python", 4)),
    ("four skills or more", F.skills.count() >= 4, pl.col("skills").list.len() >= 4),
    (
        "headline has engineer",
        F.headline.contains("engineer"),
        pl.col("headline").str.to_lowercase().str.contains("engineer", literal=True),
    ),
    (
        "headline has 'data arch'",
        F.headline.contains("data arch"),
        pl.col("headline").str.to_lowercase().str.contains("data arch", literal=True),
    ),
    ("name starts with mar", F.name.starts_with("mar"), pl.col("name").str.to_lowercase().str.starts_with("mar")),
    ("within 30 km of Utrecht", Near(km=30, of=UTRECHT), _close(30)),
    (
        "five leaves",
        F.city.in_(["Utrecht", "Amsterdam"])
        & F.skills.any(name="python", level__ge=4)
        & (F.salary < 60_000)
        & (F.touched_at >= ago(days=365))
        & ~(F.tags == "left"),
        pl.col("city").is_in(["Utrecht", "Amsterdam"])
        & _skilled("python", 4)
        & (pl.col("salary") < 60_000)
        & (pl.col("touched_at") >= NOW - timedelta(days=365))
        & (pl.col("tags").list.len() > 0)
        & ~pl.col("tags").list.contains("left"),
    ),
]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=RUNS)
    wishes = parser.parse_args()
    frame = people(wishes.people)
    gc.collect()
    gc.freeze()
    columns(frame, wishes.runs)
    rows(frame.head(50_000))


def columns(frame: pl.DataFrame, runs: int) -> None:
    """Print each question on the columns and in polars."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = perf_counter()
    table = Table.of(frame)
    print(
        f"{len(table):,} people; a Table of the frame: {(perf_counter() - started) * 1e3:.1f} ms, nothing is packed yet"
    )
    print(f"{'':26}{'first':>8}{'crmcore':>10}{'polars':>8}{'ratio':>7}{'crmcore':>11}{'polars':>8}{'ratio':>7}")
    print(f"{'milliseconds':26}{'time':>8}{'of clock':>10}{'':>15}{'of CPUs':>11}{'':15}{'selected':>12}")
    clock, cpus, longest = [], [], [0.0, 0.0]
    for name, question, by_hand in QUESTIONS:
        started = perf_counter()
        found = question.mask(table, now=NOW)
        first = perf_counter() - started
        expected = frame.select(by_hand.fill_null(value=False)).to_series().to_numpy()
        if not (found == expected).all():
            raise SystemExit(f"{name}: {int((found != expected).sum())} rows differ")
        mine, other = [], []
        for _ in range(runs):
            mine.append(taken(lambda: question.mask(table, now=NOW)))  # noqa: B023
            other.append(taken(lambda: frame.select(by_hand)))  # noqa: B023
        (my_clock, my_cpus), (their_clock, their_cpus) = _medians(mine), _medians(other)
        longest = [max(longest[0], my_clock), max(longest[1], my_cpus)]
        clock.append(my_clock / their_clock)
        cpus.append(my_cpus / their_cpus)
        print(
            f"{name:26}{first * 1e3:8.0f}{my_clock:10.2f}{their_clock:8.2f}{clock[-1]:7.2f}"
            f"{my_cpus:11.2f}{their_cpus:8.2f}{cpus[-1]:7.2f}{found.sum():12,}"
        )
    print(f"{'longest; worst ratio':34}{longest[0]:10.2f}{max(clock):15.2f}{longest[1]:11.2f}{max(cpus):15.2f}")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory grew by {(after - before) / 1024:,.0f} MB for the packed columns, and the answers of both")


def rows(frame: pl.DataFrame) -> None:
    """Print the row predicate on facts and on records."""
    table = Table.of(frame)
    facts = list(table.facts())
    question = QUESTIONS[-1][1]
    selects = compiled(resolved(checked(question, table.subject), NOW))
    print(f"\nthe row predicate, {len(facts):,} records:")
    told("five leaves, on facts", selects, facts)
    told("... where all are true", selects, [one for one in facts if selects(one)] * 200)
    records = list(contacts(facts))
    on_record = (
        F.city.in_(["Utrecht", "Amsterdam"])
        & F.skills.any(name="python", level__ge=4)
        & (F.salary_minimum < 60_000)
        & (F.touched_at >= ago(days=365))
        & ~(F.tag == "left")
    )
    selects = asking(on_record, ContactRecord, now=NOW)
    selected = [one for one in records if selects(one)]
    told("five leaves, on records", selects, records)
    told("... where all are true", selects, selected * 200)
    told("... by question(record)", lambda one: on_record(one, now=NOW), records)
    told("... where all are true", lambda one: on_record(one, now=NOW), selected * 200)


def contacts(facts: list[Any]) -> Iterator[ContactRecord]:
    """Yield the records of those people."""
    for one in facts:
        at, salary = one["touched_at"], one["salary"]
        yield ContactRecord(
            id=one["id"][0],
            name=PersonName(given=one["name"][0].partition(" ")[0], family=one["name"][0].partition(" ")[2]),
            headline=one["headline"][0] if one["headline"] else "",
            addresses=tuple(PostalAddress(raw=city, normal=city.lower(), city=city) for city in one["city"]),
            skills=tuple(
                Skill(name=name, level=LEVELS[level[0] - 1] if level else None)
                for name, level in {skill["name"][0]: skill["level"] for skill in one["skills"]}.items()
            ),
            salary=SalaryExpectation(minimum=Decimal(int(salary[0])), currency="EUR") if salary else None,
            touches=tuple(Touch(source="ats", at=datetime.fromisoformat(one)) for one in at),
            tags=tuple(dict.fromkeys(one["tags"])),
        )


def told(name: str, selects: Callable[[Any], bool], records: list[Any]) -> None:
    """Print what one record takes."""
    clock, cpu = _medians([taken(lambda: [selects(one) for one in records]) for _ in range(RUNS)])
    each = 1e3 / len(records)
    print(f"{name:26} {clock * each:6.2f} us a record by the clock, {cpu * each:6.2f} of CPU; of {len(records):,}")


def _medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    clock, cpus = zip(*times, strict=True)
    return median(clock) * 1e3, max(median(cpus) * 1e3, 1e-6)


def taken(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long it takes by the clock, and how long it keeps processors busy, of all its threads."""
    started, busy = perf_counter(), process_time()
    work()
    return perf_counter() - started, process_time() - busy


if __name__ == "__main__":
    main()
