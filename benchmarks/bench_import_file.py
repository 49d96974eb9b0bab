"""Rows a second from a file to the database: read, clean, match into a plan, commit; then the same file again.

    python benchmarks/bench_import_file.py [--people 7300] [--runs 3]

The second import finds everything there already, so it shows what a nightly export costs. Each run is a process of its
own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

PHASES = ("plan", "commit", "plan again", "commit again")


def main() -> None:
    """Run the import in children and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=7300, help="size of the generated sample; 7300 is 20,000 rows")
    parser.add_argument("--runs", type=int, default=3, help="how often the import runs")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.once:
        print(json.dumps(once(wishes.people)))
        return
    command = [sys.executable, __file__, "--once", "--people", str(wishes.people)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
        for _ in range(wishes.runs)
    ]
    rows = runs[0]["rows"]
    print(f"{rows:,} rows, median of {wishes.runs} runs")
    for phase in PHASES:
        seconds = median(each[phase] for each in runs)
        print(f"{phase:14} {seconds:8.2f} s {rows / seconds:12,.0f} rows/s")
    print(f"peak memory    {median(each['peak'] for each in runs) / 1e6:8,.0f} MB")
    print(f"database       {median(each['bytes'] for each in runs) / 1e6:8,.0f} MB")


def once(people: int) -> dict[str, float]:
    """Import the sample twice into a new database; return the seconds of each phase."""
    from crmcore import CRM
    from crmcore.testing.sample import write_sample

    with tempfile.TemporaryDirectory() as place:
        file, database = Path(place) / "people.csv", Path(place) / "crm.db"
        figures: dict[str, float] = {"rows": write_sample(file, people=people)}
        with CRM.open(f"sqlite:///{database}") as crm:
            for again in ("", " again"):
                started = perf_counter()
                plan = crm.plan_import(file)
                planned = perf_counter()
                crm.commit(plan)
                figures[f"plan{again}"], figures[f"commit{again}"] = planned - started, perf_counter() - planned
        figures["bytes"] = sum(part.stat().st_size for part in Path(place).glob("crm.db*"))
        figures["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return figures


if __name__ == "__main__":
    main()
