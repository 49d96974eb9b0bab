"""Recruiting contacts that never lived, with the truth of who is who: for demonstrations, tests and benchmarks.

The rows are what a merge of seven places looks like: an applicant tracking system, a job board, a CV parser, a
recruiter's spreadsheet, a phone book, the export of a professional network, and what agencies send. Each place has its
own habits: which columns it fills, how it writes phones and dates, how careful it is. A person has one to eight rows
over the years 2012 to 2025 and meanwhile moves, marries, and changes employers, addresses and numbers. What is hard,
and how much of it there is, stands in `Difficulty`: nothing in it was chosen by what a matcher finds easy.

Names, cities and number formats are real ones; people, employers and hosts are not. Mail hosts end in ``.example``,
which is reserved: a message sent by mistake reaches nobody. Phone numbers are random digits in allocated ranges: do not
dial them.

The same arguments give the same bytes on every machine and Python (see `_sample_draw`); a later version of crmcore may
improve the sample, so a published figure should name the version.

>>> sample = generate(people=100, seed=1)
>>> len(sample), len(set(sample.truth)), list(sample.columns)[:5]
(283, 100, ['source', 'source_id', 'first_name', 'last_name', 'email'])
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.testing._sample_draw import Draw, Weighted
from crmcore.testing._sample_lives import lives
from crmcore.testing._sample_rows import write_row
from crmcore.testing._sample_sources import SOURCES
from crmcore.testing._sample_tables import tables
from crmcore.testing._sample_world import World

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["COLUMNS", "Difficulty", "SampleTable", "generate", "truth_path", "write_sample"]

COLUMNS = (
    "source",
    "source_id",
    "first_name",
    "last_name",
    "email",
    "email_2",
    "phone",
    "mobile",
    "company",
    "job_title",
    "street",
    "city",
    "postcode",
    "country",
    "linkedin",
    "github",
    "skills",
    "tags",
    "date_of_birth",
    "updated_at",
    "opt_out",
)
_WRITTEN = COLUMNS[2:]
_ROWS = (27, 29, 18, 11, 6, 4, 3, 2)


@attrs.frozen(kw_only=True)
class Difficulty:
    """How hard the sample is. Rates are those of a usual source; a careful one has fewer mistakes, a careless one more.

    Attributes:
        typos: a name carries a slip (keyboard, scanner, hearing); other values have a part of the rate.
        nicknames: a short form stands for a given name that has one.
        initials: only the first letter of the given name is there.
        swaps: given name and surname stand in each other's column; four times the rate where the surname comes first.
        surname_variants: a surname with a particle, a hyphen or two parts is written in another way.
        stale: the row shows what was true up to four years before it was written.
        missing: 1 is usual; above 1 fewer cells are filled (each rate is raised to this power), below 1 more.
        placeholders: a cell says ``n/a``, ``test@test.com`` or the like.
        shared: someone in a family with a common mailbox gives that one.
        families: people who live with others of the sample: spouses, brothers and sisters, twins, parents, fathers and
            sons of one name. They share the address, the fixed line, mostly the surname, at times a mailbox or
            a mobile.
        namesakes: people who have someone's full name, mostly in the same city, at times at the same employer.

    """

    typos: float = 0.09
    nicknames: float = 0.16
    initials: float = 0.05
    swaps: float = 0.02
    surname_variants: float = 0.3
    stale: float = 0.25
    missing: float = 1.0
    placeholders: float = 0.012
    shared: float = 0.2
    families: float = 0.14
    namesakes: float = 0.08


@attrs.frozen(kw_only=True)
class SampleTable:
    """Columns of equal length, and for each row the number of the person that it is about."""

    columns: dict[str, list[str | None]]
    truth: list[int]

    def __len__(self) -> int:
        return len(self.truth)


def generate(people: int = 8000, *, seed: int = 0, difficulty: Difficulty | None = None) -> SampleTable:
    """Make the rows of some people: about two and a half a person, merged source by source.

    Args:
        people: how many; 8,000 give about 20,000 rows.
        seed: another seed gives other people.
        difficulty: how hard; the usual one when left out.

    Raises:
        InputError: `people` is negative.

    """
    rows: list[tuple[int, int, dict[str, str]]] = []

    def keep(person: int, source: int, row: dict[str, str]) -> None:
        rows.append((person, source, row))

    order = _merged(_make(people, seed=seed, difficulty=difficulty or Difficulty(), keep=keep))
    columns: dict[str, list[str | None]] = {
        "source": [SOURCES.items[rows[at][1]].name for at, _ in order],
        "source_id": [SOURCES.items[rows[at][1]].numbering.format(number) for at, number in order],
    }
    for name in _WRITTEN:
        columns[name] = [rows[at][2].get(name) for at, _ in order]
    return SampleTable(columns=columns, truth=[rows[at][0] for at, _ in order])


def write_sample(
    path: str | os.PathLike[str],
    *,
    people: int = 8000,
    seed: int = 0,
    truth: bool = False,
    difficulty: Difficulty | None = None,
) -> int:
    """Write the rows of `generate` as CSV (tab-separated where the name ends in ``.tsv``); return how many.

    With `truth`, a second file (`truth_path`) has the columns ``row`` (from 0) and ``person``: it stands apart so that
    the sample can be matched as it is. Memory: the lines of the file, about 300 bytes a row.
    """
    target = Path(path)
    delimiter = "\t" if target.suffix.lower() == ".tsv" else ","
    lines: list[str] = []
    origin: list[tuple[int, int]] = []
    write = csv.writer(_Lines(lines), delimiter=delimiter, lineterminator="\n").writerow

    def keep(person: int, source: int, row: dict[str, str]) -> None:
        origin.append((person, source))
        write(map(row.get, _WRITTEN))

    order = _merged(_make(people, seed=seed, difficulty=difficulty or Difficulty(), keep=keep))
    with target.open("w", encoding="utf-8", newline="") as file:
        file.write(delimiter.join(COLUMNS) + "\n")
        for at, number in order:
            source = SOURCES.items[origin[at][1]]
            file.write(f"{source.name}{delimiter}{source.numbering.format(number)}{delimiter}{lines[at]}")
    if truth:
        with truth_path(target).open("w", encoding="utf-8", newline="") as file:
            file.write("row,person\n")
            file.writelines(f"{row},{origin[at][0]}\n" for row, (at, _) in enumerate(order))
    return len(order)


def truth_path(path: str | os.PathLike[str]) -> Path:
    """Say where the truth of a sample is written.

    >>> truth_path("people.csv").name
    'people.truth.csv'
    """
    return Path(path).with_suffix(".truth.csv")


def _make(
    people: int, *, seed: int, difficulty: Difficulty, keep: Callable[[int, int, dict[str, str]], None]
) -> list[tuple[int, float]]:
    """Hand each row to `keep` as it is made; return its source's position and the key that orders it there."""
    if people < 0:
        raise InputError(f"a sample needs a number of people from 0 up, not {people}")
    world = World(Draw(seed), tables())
    draw, rows_each, keys = world.draw, Weighted.of(enumerate(_ROWS, start=1)), []
    position = {source.name: at for at, source in enumerate(SOURCES.items)}
    for person in lives(world, difficulty, people):
        for _ in range(draw.weigh(rows_each)):
            source = draw.weigh(SOURCES)
            keep(person.number, position[source.name], write_row(world, person, source, difficulty))
            keys.append((position[source.name], draw.random()))
    return keys


def _merged(keys: list[tuple[int, float]]) -> list[tuple[int, int]]:
    """Order the rows source by source, shuffled within; give each one's position and its number in its source."""
    order = sorted(range(len(keys)), key=keys.__getitem__)
    numbers = [0] * len(SOURCES.items)
    merged = []
    for at in order:
        source = keys[at][0]
        numbers[source] += 1
        merged.append((at, numbers[source]))
    return merged


class _Lines:
    """The least that a csv writer needs: each line that it writes is appended to a list."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append
