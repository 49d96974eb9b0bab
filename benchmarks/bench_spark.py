"""What Spark costs: contacts deduplicated in this process and on a local Spark, and whether the people are the same.

python -m benchmarks.bench_spark                  100,000 rows, two threads
python -m benchmarks.bench_spark --people 3650    10,000 rows
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

AT = "row_before"


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what comes of some work, its seconds, and those of processors, of this process and its children."""
    began, spent = time.perf_counter(), _processors()
    found = work()
    return found, time.perf_counter() - began, _processors() - spent


def _processors() -> float:
    """Return the processor seconds of this process and of all that it started, as far as Linux tells."""
    ticks = os.sysconf("SC_CLK_TCK")
    parents: dict[int, tuple[int, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(stat.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / ticks
    return sum(spent for process, (_, spent) in parents.items() if _descends(process, parents))


def _descends(process: int, parents: dict[int, tuple[int, float]]) -> bool:
    while process in parents and process != os.getpid():
        process = parents[process][0]
    return process == os.getpid()


def numbered(labels: NDArray[np.int64]) -> list[int]:
    """Return labels numbered by first appearance."""
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    found: list[int] = np.argsort(np.argsort(first))[place].tolist()
    return found


def session(threads: int) -> Any:
    """Start Spark in a process beside this one."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "4g",
        "spark.sql.shuffle.partitions": str(threads),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    spark = SparkSession.builder.master(f"local[{threads}]").config(map=settings).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def main() -> int:
    """Measure, print a line of JSON, and fail where the people differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=36_500)
    parser.add_argument("--threads", type=int, default=2)
    told = parser.parse_args()

    import pyarrow as pa

    from crmcore.matching import Matcher
    from crmcore.matching.engines.spark import SparkEngine
    from crmcore.testing.sample import generate

    cells = {name: [cell or None for cell in column] for name, column in generate(people=told.people).columns.items()}
    table = pa.table(cells)
    matcher, *fit = measured(lambda: Matcher.fit(table, ignore=()))
    here, *local = measured(lambda: matcher.dedupe(table))
    spark = session(told.threads)
    frame = spark.createDataFrame(table.append_column(AT, pa.array(range(table.num_rows)))).cache()
    frame.count()
    matcher = matcher.evolve(ignored=(AT,))

    def there() -> Any:
        result = matcher.dedupe(frame, engine=SparkEngine(spark))
        return result.records.select(AT, "cluster_id").toArrow().sort_by(AT)["cluster_id"].to_numpy()

    first, *cold = measured(there)
    again, *warm = measured(there)
    same = numbered(first) == numbered(again) == numbered(here.cluster_ids)
    line = {"rows": table.num_rows, "people": len(here.clusters), "same": same, "threads": told.threads}
    for name, (seconds, processors) in {"fit": fit, "local": local, "spark first": cold, "spark again": warm}.items():
        line |= {name: round(seconds, 1), f"{name}, processors": round(processors, 1)}
    line["driver, peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(json.dumps(line))
    spark.stop()
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
