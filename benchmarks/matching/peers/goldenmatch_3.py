"""GoldenMatch 3 in a process and an environment of its own; see `contract`.

Its two ways without settings, as its own comparison with Splink runs them (benseverndev-oss/goldenmatch,
scripts/bench_er_headtohead/run_goldenmatch.py): *zero-config* lets it choose everything, *probabilistic* takes its
Fellegi-Sunter configuration, which is the better one there. It is handed the table without ids and truth, an empty cell
as a missing value, which is how its own reader takes it; it asks nobody and nothing outside of this process. A refusal
is reported as such.
"""

from __future__ import annotations

import os
from time import perf_counter

STARTED = perf_counter()
os.environ.setdefault("GOLDENMATCH_AUTOCONFIG_MEMORY", "0")  # nothing learned from an earlier run

import goldenmatch as gm  # noqa: E402 - the import of the peer is part of what is measured
import pyarrow as pa  # noqa: E402
from contract import Job  # noqa: E402

IDS = {"unique_id", "rec_id"}


def main() -> None:
    """Read, configure, match; note the seconds of each."""
    job = Job(STARTED)
    job.lap("import")
    tables = [
        pa.table({name: pa.array(cells, pa.string()) for name, cells in table.items() if name not in IDS})
        for table in job.tables()
    ]
    job.lap("read")
    config = None
    if job.mode == "probabilistic":
        config = gm.auto_configure_probabilistic_df(pa.concat_tables(tables))
        for key in config.get_matchkeys():
            if getattr(key, "type", None) == "weighted":
                key.rerank = False  # would fetch a language model
        job.lap("configure")
    if job.right is None:
        clusters = gm.dedupe_df(tables[0], config=config).clusters
        job.lap("match")
        job.labels("default", [cluster["members"] for cluster in clusters.values()], tables[0].num_rows)
    else:
        matched = gm.match_df(*tables, config=config).matched
        job.lap("match")
        rows = tables[0].num_rows
        job.links("default", links_of(matched, rows))
    job.done(gm.__version__)


def links_of(matched: pa.Table | None, rows: int) -> list[tuple[int, int]]:
    """Return the links; the right table's rows are numbered on from the left one's."""
    if matched is None or not matched.num_rows:
        return []
    left, right = (matched[name].to_pylist() for name in ("__target_row_id__", "__ref_row_id__"))
    return sorted({(a, b - rows) for a, b in zip(left, right, strict=True)})


if __name__ == "__main__":
    main()
