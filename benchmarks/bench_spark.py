"""What Spark costs: contacts deduplicated in this process and on a local Spark, and whether what is found is the same.

python -m benchmarks.bench_spark                  100,000 rows, two threads
python -m benchmarks.bench_spark --people 3650    10,000 rows
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

AT = "row_before"


class Cost(NamedTuple):
    """What some work took: seconds, processor seconds of all processes, and megabytes by who had them at their most."""

    clock: float
    processors: float
    python: float
    java: float


def measured(work: Callable[[], Any]) -> tuple[Any, Cost]:
    """Return what comes of some work, and what it took of this process and of all that it started."""
    most = {"python": 0.0, "java": 0.0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.25):
            for name, megabytes in _memory().items():
                most[name] = max(most[name], megabytes)

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, spent = time.perf_counter(), _processors()
    try:
        found = work()
        clock, processors = time.perf_counter() - began, _processors() - spent
    finally:
        done.set()
        watcher.join()
    return found, Cost(clock, processors, **most)


def _processors() -> float:
    """Return the processor seconds of this process and of all that it started, as far as Linux tells."""
    ticks = os.sysconf("SC_CLK_TCK")
    return sum(sum(map(int, fields[11:15])) / ticks for fields in _family().values())


def _memory() -> dict[str, float]:
    """Return the megabytes of Python and of Java processes; what processes share is divided between them."""
    held = {"python": 0.0, "java": 0.0}
    for process in _family():
        with suppress(OSError):  # it has ended
            told = Path(f"/proc/{process}/smaps_rollup").read_text()
            kind = "java" if Path(f"/proc/{process}/comm").read_text() == "java\n" else "python"
            held[kind] += int(told.partition("\nPss:")[2].split()[0]) / 1024
    return held


def _family() -> dict[int, list[str]]:
    """Return what Linux tells of this process and of all that it started."""
    told = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            told[int(stat.parent.name)] = stat.read_text().rpartition(") ")[2].split()
    return {process: fields for process, fields in told.items() if _descends(process, told)}


def _descends(process: int, told: dict[int, list[str]]) -> bool:
    while process in told and process != os.getpid():
        process = int(told[process][1])
    return process == os.getpid()


def people(cluster: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row the first row of its person."""
    _, first, place = np.unique(cluster, return_index=True, return_inverse=True)
    found: NDArray[np.int64] = first[place]
    return found


def as_locally(result: Any) -> dict[str, Any]:
    """Return the people of a result of Spark, how sure they are, and its pairs, by the rows of the table."""
    records = result.records.select(AT, "record", "cluster_id", "confidence").toArrow().sort_by(AT)
    at = np.empty(records.num_rows, np.int64)
    at[records["record"].to_numpy()] = records[AT].to_numpy()
    pairs = result.pairs.select("left", "right", "match_weight").toArrow()
    ends = np.sort(np.array([at[pairs[end].to_numpy()] for end in ("left", "right")]), axis=0)
    order = np.lexsort(ends[::-1])
    return {
        "clusters": people(records["cluster_id"].to_numpy()),
        "confidence": records["confidence"].to_numpy(),
        "pairs": ends[:, order],
        "weights": pairs["match_weight"].to_numpy()[order],
    }


def session(threads: int, memory: str) -> Any:
    """Start Spark in a process beside this one."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": memory,
        "spark.sql.shuffle.partitions": str(threads),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    spark = SparkSession.builder.master(f"local[{threads}]").config(map=settings).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def main() -> int:
    """Measure, print lines of JSON, and fail where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=36_500)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2g", help="what Java may take for objects")
    told = parser.parse_args()
    if importlib.util.find_spec("pyspark") is None:
        print("skipped: needs Spark, pip install 'crmcore[spark]'")
        return 0

    import pyarrow as pa

    from crmcore.matching import Matcher
    from crmcore.matching.engines.spark import SparkEngine
    from crmcore.testing.sample import generate

    cells = {name: [cell or None for cell in column] for name, column in generate(people=told.people).columns.items()}
    table = pa.table(cells)
    matcher, fitted = measured(lambda: Matcher.fit(table))
    here, local = measured(lambda: matcher.dedupe(table))
    expected = {
        "clusters": people(here.cluster_ids),
        "confidence": here.confidence,
        "pairs": np.array([here.pairs.left, here.pairs.right]),
        "weights": here.pairs.match_weight,
    }
    spark = session(told.threads, told.memory)
    engine = SparkEngine(spark)
    shuffled = table.append_column(AT, pa.array(range(table.num_rows)))
    shuffled = shuffled.take(np.random.default_rng(0).permutation(table.num_rows))
    frame = spark.createDataFrame(shuffled).cache()
    frame.count()
    learned, learning = measured(lambda: Matcher.fit(frame, ignore=[AT], engine=engine))
    costs = {"fit": fitted, "local": local, "fit on Spark": learning}
    same = {"model": learned.model == matcher.model}
    for name in ("Spark, first run", "Spark, second run"):
        found, costs[name] = measured(lambda: as_locally(learned.dedupe(frame, engine=engine)))
        same |= {f"{part}, {name}": bool(np.array_equal(found[part], expected[part])) for part in expected}
    print(json.dumps({"rows": table.num_rows, "people": len(here.clusters), "pairs": len(here.pairs), "same": same}))
    for name, cost in costs.items():
        print(json.dumps({name: {each: round(much, 1) for each, much in cost._asdict().items()}}))
        if name.startswith("Spark"):
            ratios = {"clock": cost.clock / local.clock, "processors": cost.processors / local.processors}
            print(json.dumps({f"{name}, ratio": {each: round(ratio, 1) for each, ratio in ratios.items()}}))
    spark.stop()
    return 0 if all(same.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
