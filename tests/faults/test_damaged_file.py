"""A damaged file is told, or answers as before; it is never served as whole with something else in it."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from crmcore.errors import StoreError
from crmcore.model.contact import ContactRecord
from crmcore.query import F
from crmcore.storage import SqlStore
from crmcore.storage.sql import check
from crmcore.storage.sql.projection import Projection
from crmcore.testing.stores import Card
from tests.faults.workload import BULK, CODEC, Bid, Setting
from tests.guarantees import Figures

SEED = 20260131
ROOT = Path(__file__).parents[2]
TABLES = [table.name for tables in Projection(CODEC) for table in tables.tables]
"""That records are searched in."""


def answers(store: SqlStore) -> tuple[object, ...]:
    """Return every row but the books of the outbox, salts and hashes included, and what a few questions find."""
    return (
        [row for row in store.state() if row[0] not in {"consumer", "delivery"}],
        [store.find(ContactRecord, F.email == f"p{number}@home.example").records for number in range(6)],
        [store.find(Bid, F.person == f"p-{number}").records for number in range(4)],
        store.find(Card, F.email == "shared@x.example").records,
    )


def outcome(path: Path, expected: tuple[object, ...], *, verify: bool = True) -> str:
    """Say whether a file is refused, answers as before, or answers something else."""
    try:
        with Setting().open(f"sqlite:///{path}") as store:
            if verify:
                store.history.verify()
            return "as before" if answers(store) == expected else "silently wrong"
    except StoreError:
        return "refused"


def searched(path: Path) -> list[tuple[object, ...]]:
    """Return what records are found by: each row of the tables of the kinds, and who has each word by its index."""
    raw = sqlite3.connect(path)
    raw.text_factory = bytes  # a letter may be damaged
    rows = [row for name in TABLES for row in raw.execute(f'SELECT * FROM "{name}" ORDER BY tenant, id')]  # noqa: S608
    for name in TABLES:
        if name.endswith("___words"):
            texts = raw.execute(f'SELECT "~words" FROM "{name}"')  # noqa: S608
            words = {word for (text,) in texts for word in text.decode().split()}
            asked = f'SELECT rowid FROM "{name}_fts" WHERE "{name}_fts" MATCH ?'  # noqa: S608
            rows += [(word, *raw.execute(asked, (f'"{word}"',))) for word in sorted(words)]
    raw.close()
    return rows


def outcome_of_check(path: Path, expected: list[tuple[object, ...]]) -> str:
    """Say whether ``crmcore db check`` refuses a file, or finds it sound and all records are found as before."""
    try:
        if not check(f"sqlite:///{path}", codec=CODEC).is_sound:
            return "refused"
    except StoreError:
        return "refused"
    return "as before" if searched(path) == expected else "silently wrong"


def made(path: Path) -> tuple[bytes, tuple[object, ...]]:
    """Return the bytes of a file of the workload, closed in order, and what it answers."""
    setting = Setting()
    with setting.open(f"sqlite:///{path}") as store:
        setting.run(store, last=BULK - 1)
        expected = answers(store)
    return path.read_bytes(), expected


@pytest.fixture
def whole(tmp_path: Path) -> tuple[bytes, tuple[object, ...]]:
    """Return the bytes of a file and what it answers; they are the same each time, and so are the places drawn of it."""
    return made(tmp_path / "whole.db")


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_workload_makes_the_same_file(
    tmp_path: Path, whole: tuple[bytes, tuple[object, ...]], seed: str
) -> None:
    """With the same clock and randomness, another process makes the same bytes, the order of indexes included."""
    path = tmp_path / "again.db"
    code = f"from pathlib import Path; from tests.faults.test_damaged_file import made; made(Path({str(path)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT)

    assert whole[0] == path.read_bytes()


def test_a_flipped_bit_is_told_or_harmless(
    tmp_path: Path, whole: tuple[bytes, tuple[object, ...]], figures: Figures, thorough: bool
) -> None:
    """One bit of the file flips: opening or verifying raises, or every answer is as before; so do checks of what is searched."""
    content, expected = whole
    rng, path, found, searches = random.Random(SEED), tmp_path / "flipped.db", Counter[str](), Counter[str]()
    path.write_bytes(content)
    found_by = searched(path)
    assert "as before" == outcome_of_check(path, found_by)
    used = [place for place in range(len(content)) if content[place]]
    for _ in range(2000 if thorough else 60):
        place = rng.choice(used)
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        found[outcome(path, expected)] += 1
        path.write_bytes(damaged)  # opening a store may have written
        searches[outcome_of_check(path, found_by)] += 1
    for where, counted in (("", found), (": search columns and words, by `crmcore db check`", searches)):
        figures(
            "D6",
            f"SQLite, bit flips{where}",
            flips=sum(counted.values()),
            refused=counted["refused"],
            **{"silently wrong": counted["silently wrong"]},
        )

    assert (0, 0) == (found["silently wrong"], searches["silently wrong"])
    assert searches["refused"] > found["refused"] > 0


def test_a_cut_file_is_told(
    tmp_path: Path, whole: tuple[bytes, tuple[object, ...]], figures: Figures, thorough: bool
) -> None:
    """The end of the file is missing, or two pages changed places: it is refused."""
    content, expected = whole
    path, found = tmp_path / "cut.db", Counter[str]()
    pages = len(content) // 4096
    for page in range(1, pages, 1 if thorough else 7):
        path.write_bytes(content[: page * 4096])
        found[outcome(path, expected)] += 1
        other = (page + 5) % pages or 1
        swapped = bytearray(content)
        swapped[page * 4096 : page * 4096 + 4096], swapped[other * 4096 : other * 4096 + 4096] = (
            content[other * 4096 : other * 4096 + 4096],
            content[page * 4096 : page * 4096 + 4096],
        )
        path.write_bytes(swapped)
        found[outcome(path, expected)] += 1
    figures(
        "D6",
        "SQLite, cut or swapped pages",
        files=sum(found.values()),
        refused=found["refused"],
        **{"silently wrong": found["silently wrong"]},
    )

    assert 0 == found["silently wrong"]


def test_without_verifying_a_changed_content_is_served(
    tmp_path: Path, whole: tuple[bytes, tuple[object, ...]], figures: Figures
) -> None:
    """The negative control: SQLite itself keeps no checksums, so a changed letter is served unless the digests are asked."""
    content, expected = whole
    path = tmp_path / "changed.db"
    path.write_bytes(content)
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE crm_record SET payload = replace(payload, 'Mathematician', 'Mathematicien')")
    raw.close()

    assert "refused" == outcome(path, expected)
    assert "silently wrong" == outcome(path, expected, verify=False)

    figures.control("D6", "SQLite without verify()", **{"silently wrong": 1})
