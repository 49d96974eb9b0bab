"""An index: what one record costs; ``python -m benchmarks.bench_index --people 365000 --page docs/benchmarks.md``.

A table of generated contacts is matched but for some rows; these and others are looked up, added, changed and removed.
Times are of the processor, for each call, since a machine is seldom quiet, and of the clock.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
from pyarrow import csv

from benchmarks.matching.datasets import contacts
from benchmarks.matching.tables import machine, markdown, write_into
from crmcore.matching import Matcher
from crmcore.matching.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Record = dict[str, Any]

HELD_BACK = 3000
ASKED = 1500
COMMONEST = 25
HEADER = ("call", "calls", "processor p50", "p90", "p99", "longest", "clock p50", "p99 ")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print, and write the table into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=36_500, help="of whom the table has some three rows each")
    parser.add_argument("--page", type=Path, help="a page of the documentation whose table is to be replaced")
    wishes = parser.parse_args(arguments)
    table, held_back = parted(wishes.people)
    told = [f"{table.num_rows:,} records"]
    matcher = Matcher.fit(table)
    result = matcher.dedupe(table)
    index = timed("made", lambda: Index.of(matcher, result), told)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.index"
        timed("saved", lambda: index.save(path), told)
        told.append(f"{path.stat().st_size / 1e6:,.0f} MB on disk")
        timed("loaded", lambda: Index.load(path), told)
    told.append(agreement(index, result, table))
    lines = [*finding(index, table, held_back), *typing(index, held_back), *changing(index, held_back)]
    note = f"{machine()}; {'; '.join(told)}."
    print(f"{note}\n\n{markdown(lines, header=HEADER)}")
    if wishes.page:
        write_into(wishes.page, "index", lines, note=note, header=HEADER)


def parted(people: int) -> tuple[pa.Table, list[Record]]:
    """Return a table, and records that were taken out of it."""
    path = contacts(people).path
    names = path.open(encoding="utf-8").readline().strip().split(",")
    types = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    table = csv.read_csv(path, convert_options=types)
    held = np.sort(np.random.default_rng(0).choice(table.num_rows, min(HELD_BACK, table.num_rows // 10), replace=False))
    kept = np.ones(table.num_rows, bool)
    kept[held] = False
    return table.filter(pa.array(kept)), without_gaps(table.take(held))


def without_gaps(table: pa.Table) -> list[Record]:
    """Return rows as mappings of what they hold."""
    return [{name: cell for name, cell in row.items() if cell is not None} for row in table.to_pylist()]


def finding(index: Index, table: pa.Table, held_back: list[Record]) -> list[Record]:
    """Look up whole records, slips of the pen, bare names and strangers."""
    random = np.random.default_rng(2)
    rows = without_gaps(table.take(np.sort(random.choice(table.num_rows, ASKED, replace=False))))
    names = [(row["first_name"], row["last_name"]) for row in held_back if {"first_name", "last_name"} <= row.keys()]
    common = [[name for name, _ in Counter(each).most_common(COMMONEST)] for each in zip(*names, strict=True)]
    return [
        timed_each("find: a record that was held back", index.find, held_back),
        timed_each("find: a row with two more slips", index.find, [slipped(row, random) for row in rows]),
        timed_each("find: a name", index.find, [named(*both) for both in names]),
        timed_each(
            "find: the commonest names", index.find, [named(one, two) for one in common[0] for two in common[1]]
        ),
        timed_each("find: somebody unknown", index.find, [stranger(at) for at in range(ASKED)]),
    ]


def typing(index: Index, held_back: list[Record]) -> list[Record]:
    """Look up what is half typed."""

    def find(record: Record) -> Any:
        return index.find(record, typing=True)

    first = timed_each("typing: the first time in each column", find, [{name: "ab"} for name in ("last_name", "email")])
    family = [row["last_name"] for row in held_back if row.get("last_name")][:ASKED]
    return [
        first,
        *(
            timed_each(
                f"typing: a family name as far as letter {width}",
                find,
                [{"last_name": name[:width]} for name in family],
            )
            for width in (1, 3, 6)
        ),
        timed_each("typing: some letters of names and address", find, [begun(row) for row in held_back]),
    ]


def changing(index: Index, held_back: list[Record]) -> list[Record]:
    """Add, change and remove what was held back."""
    random = np.random.default_rng(3)
    keyed = [(f"held back {at}", record) for at, record in enumerate(held_back)]
    return [
        timed_each("add", lambda pair: index.add(pair[1], key=pair[0]), keyed),
        timed_each("change", lambda pair: index.change(*pair), [(key, slipped(row, random)) for key, row in keyed]),
        timed_each("remove", lambda pair: index.remove(pair[0]), keyed),
    ]


def slipped(record: Record, random: np.random.Generator) -> Record:
    """Return a record with two neighbouring letters swapped in two of its cells."""
    found = dict(record)
    for name in random.choice(sorted(found), 2, replace=False):
        text = found[name]
        at = int(random.integers(0, max(len(text) - 1, 1)))
        found[name] = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    return found


def named(given: str, family: str) -> Record:
    """Return a record that is but a name."""
    return {"first_name": given, "last_name": family}


def stranger(at: int) -> Record:
    """Return a record of whom nothing is in the table."""
    return {
        **named(f"Xq{at}vor", f"Zz{at}nak"),
        "email": f"zz{at}@nowhere{at}.example",
        "phone": f"+44 20 70{at:06}",
    }


def begun(record: Record) -> Record:
    """Return what of a record somebody may have typed so far."""
    return {name: record.get(name, "")[:width] for name, width in (("first_name", 2), ("last_name", 5), ("email", 6))}


def agreement(index: Index, result: Any, table: pa.Table) -> str:
    """Say how much of what the batch run found likely is found one by one, and what else is."""
    pairs = result.pairs.above(0.5)
    rows = np.random.default_rng(1).choice(len(result.keys), min(HELD_BACK, len(result.keys)), replace=False)
    expected: dict[int, set[str]] = {int(row): set() for row in rows}
    for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        for one, other in ((left, right), (right, left)):
            if one in expected:
                expected[one].add(result.keys[other])
    wanted = missed = more = 0
    for row, record in zip(rows.tolist(), table.take(rows).to_pylist(), strict=True):
        found = {hit.key for hit in index.find(record, key=result.keys[row], limit=None, least=0.5)}
        wanted += len(expected[row])
        missed += len(expected[row] - found)
        more += len(found - expected[row])
    return f"of {wanted:,} likely pairs of the batch run, `find` misses {missed}, and finds {more} more"


def timed(name: str, run: Callable[[], Any], told: list[str]) -> Any:
    """Run, and say how many seconds that took, and what it has taken of memory so far."""
    before, began = time.process_time(), time.perf_counter()
    found = run()
    clock, processor = time.perf_counter() - began, time.process_time() - before
    told.append(f"{name} in {clock:.1f} s ({processor:.1f} s of the processor)")
    print(f"{told[-1]}, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000} MB", flush=True)
    return found


def timed_each(name: str, run: Callable[[Any], Any], items: Sequence[Any]) -> Record:
    """Return percentiles of what a call takes."""
    processor, clock = [], []
    gc.collect()
    for item in items:
        began, before = time.perf_counter(), time.thread_time()
        run(item)
        processor.append(1e3 * (time.thread_time() - before))
        clock.append(1e3 * (time.perf_counter() - began))
    shares = {"processor p50": (processor, 50), "p90": (processor, 90), "p99": (processor, 99)}
    shares |= {"longest": (processor, 100), "clock p50": (clock, 50), "p99 ": (clock, 99)}
    shown = {column: f"{np.percentile(took, share):.2f} ms" for column, (took, share) in shares.items()}
    return {"call": name, "calls": f"{len(items):,}", **shown}


if __name__ == "__main__":
    main()
