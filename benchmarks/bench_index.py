"""An index: what one record costs; ``python -m benchmarks.bench_index --people 365000``.

A table of generated contacts is matched but for some rows; these are looked up, added and removed. Times are of the
processor, for each call, since a machine is seldom quiet, and of the clock.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pyarrow as pa
from pyarrow import csv

from benchmarks.matching.datasets import contacts
from crmcore.matching import Matcher
from crmcore.matching.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HELD_BACK = 3000
SHOWN = (50, 90, 99, 100)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=36_500, help="of whom the table has some three rows each")
    path = contacts(parser.parse_args(arguments).people).path
    names = path.open(encoding="utf-8").readline().strip().split(",")
    types = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True)
    table = csv.read_csv(path, convert_options=types)
    held = np.sort(np.random.default_rng(0).choice(table.num_rows, min(HELD_BACK, table.num_rows // 10), replace=False))
    records = table.take(held).to_pylist()
    kept = np.ones(table.num_rows, bool)
    kept[held] = False
    table = table.filter(pa.array(kept))
    print(f"{table.num_rows:,} rows, {peak()} MB")
    matcher = timed("fit", lambda: Matcher.fit(table))
    result = timed("dedupe", lambda: matcher.dedupe(table))
    index = timed("index", lambda: Index.of(matcher, result))
    each("find", index.find, records)
    each("find again", index.find, records)
    each("find, half typed", lambda record: index.find(begun(record), typing=True), records)
    print(agreement(index, result, table))
    keyed = [(f"held back {at}", record) for at, record in enumerate(records)]
    each("add", lambda pair: index.add(pair[1], key=pair[0]), keyed)
    each("change", lambda pair: index.change(*pair), keyed)
    each("remove", lambda pair: index.remove(pair[0]), keyed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.index"
        timed("save", lambda: index.save(path))
        print(f"{path.stat().st_size / 1e6:,.0f} MB on disk")
        timed("load", lambda: Index.load(path))


def begun(record: dict[str, Any]) -> dict[str, Any]:
    """Return what of a record somebody may have typed so far."""
    return {
        "first_name": (record.get("first_name") or "")[:2],
        "last_name": (record.get("last_name") or "")[:5],
        "email": (record.get("email") or "")[:6],
    }


def agreement(index: Index, result: Any, table: pa.Table) -> str:
    """Say how much of what the batch run found likely is found one by one, and what else is."""
    pairs = result.pairs.above(0.5)
    rows = np.random.default_rng(1).choice(len(result.keys), HELD_BACK, replace=False)
    expected: dict[int, set[str]] = {int(row): set() for row in rows}
    for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
        for one, other in ((left, right), (right, left)):
            if one in expected:
                expected[one].add(result.keys[other])
    wanted = missed = more = 0
    records = table.take(rows).to_pylist()
    for row, record in zip(rows.tolist(), records, strict=True):
        found = {hit.key for hit in index.find(record, key=result.keys[row], limit=None, least=0.5)}
        wanted += len(expected[row])
        missed += len(expected[row] - found)
        more += len(found - expected[row])
    return f"of {wanted:,} likely pairs of the batch run, {missed} are missed; {more} more are found"


def timed(name: str, run: Callable[[], Any]) -> Any:
    """Run and print seconds and the peak of memory."""
    before, began = time.process_time(), time.perf_counter()
    found = run()
    clock, processor = time.perf_counter() - began, time.process_time() - before
    print(f"{name}: {clock:.1f} s, processor {processor:.1f} s, peak {peak()} MB", flush=True)
    return found


def each(name: str, run: Callable[[Any], Any], items: Iterable[Any]) -> None:
    """Print percentiles of milliseconds a call."""
    processor, clock = [], []
    for item in items:
        began, before = time.perf_counter(), time.thread_time()
        run(item)
        processor.append(1e3 * (time.thread_time() - before))
        clock.append(1e3 * (time.perf_counter() - began))
    shown = (
        f"{kind} {' '.join(f'p{share} {np.percentile(took, share):.2f}' for share in SHOWN)}"
        for kind, took in (("processor", processor), ("clock", clock))
    )
    print(f"{name}, ms: {'; '.join(shown)}", flush=True)


def peak() -> int:
    """Return the peak of memory, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


if __name__ == "__main__":
    main()
