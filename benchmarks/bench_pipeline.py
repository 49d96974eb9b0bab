"""What the measures of pipelines cost over a million steps, beside the same in SQL of DuckDB, in the same run.

    python benchmarks/bench_pipeline.py                    a million steps, about a minute
    python benchmarks/bench_pipeline.py --steps 100000

Both have what happened in memory, in columns of whole numbers and instants, and derive stays, statuses and anchors anew
for each measure. Both must give the same number, to nine digits; times are the best of the runs. DuckDB has the threads
that the machine has, unless told otherwise.
"""

from __future__ import annotations

import argparse
import sys
from math import isclose
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import attrs
import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.pipeline.generating import END, SINCE, spring
from benchmarks.pipeline.sql import QUERIES, loaded
from crmcore.reports.pipeline import Window
from crmcore.reports.pipeline.presets import PRESETS

if TYPE_CHECKING:
    from crmcore.reports.pipeline import Measure, StageTable

RUNS = 3


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    begun = perf_counter()
    told = spring(arguments.steps)
    made = perf_counter()
    table = told.table()
    print(f"{table.steps.size:,} steps: {made - begun:.1f} s to draw, {perf_counter() - made:.1f} s to read; {table}")
    connection = duckdb.connect()
    if arguments.threads:
        connection.execute(f"SET threads = {arguments.threads}")
    loaded(connection, told)
    print(f"{'measure':36} {'rows':>9} {'number':>14} {'crmcore':>9} {'DuckDB':>9} {'ratio':>6}")
    slowest = 0.0
    for key, measure in PRESETS.items():
        if arguments.only in key:
            slowest = max(slowest, compare(key, measure, table, connection))
    print(f"the slowest takes {slowest:.3f} s")


def compare(key: str, measure: Measure, table: StageTable, connection: Any) -> float:
    """Print one measure, taken by both; return the seconds of ours."""
    needs = measure.per_days or measure.window == "clipped"
    within = Window(since=SINCE, until=END) if needs else None
    ours, theirs = [], []
    for _ in range(RUNS):
        fresh = attrs.evolve(table)  # without what an earlier measure has derived
        begun = perf_counter()
        figure = measure.over(fresh, within=within, at=END if measure.asks_for_now else None)
        ours.append(perf_counter() - begun)
        begun = perf_counter()
        (value,) = connection.execute(QUERIES[key]).fetchone()
        theirs.append(perf_counter() - begun)
    if figure.value is None or value is None or not isclose(figure.value, float(value), rel_tol=1e-9, abs_tol=1e-12):
        raise SystemExit(f"{key}: {figure.value} here, {value} there")
    mine, other = min(ours), min(theirs)
    print(f"{key:36} {figure.count:9,} {figure.value:14.6g} {mine:7.3f} s {other:7.3f} s {other / mine:6.2f}")
    return mine


if __name__ == "__main__":
    main()
