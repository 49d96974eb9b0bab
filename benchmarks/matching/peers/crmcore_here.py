"""crmcore in a process of its own: one job in, labels and seconds out; under the contract of the peers.

No settings: the default `dedupe`, or `link` one to one, told only which column is the truth so that it does not look.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

STARTED = perf_counter()

import numpy as np  # noqa: E402 - the import is part of what is measured
import pyarrow as pa  # noqa: E402
import pyarrow.csv  # noqa: E402
import pyarrow.parquet  # noqa: E402

from crmcore import __version__  # noqa: E402
from crmcore.matching import dedupe, link  # noqa: E402


def read(path: Path) -> pa.Table:
    """Bring the file in as text: every column a string, an empty cell a missing value."""
    if path.suffix == ".parquet":
        return pa.parquet.read_table(path)
    with path.open(encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split(",")
    types = dict.fromkeys(names, pa.string())
    options = pa.csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    return pa.csv.read_csv(path, convert_options=options)


def main(job_path: str) -> None:
    """Read and deduplicate; note the seconds of each."""
    job = json.loads(Path(job_path).read_text())
    folder = Path(job["folder"])
    seconds = {"import": perf_counter() - STARTED}
    started = perf_counter()
    tables = [read(Path(path)) for path in (job["path"], job["right"]) if path]
    seconds["read"] = perf_counter() - started
    started = perf_counter()
    if job["right"]:
        result = link(*tables, ignore=job["ignore"], one_to_one=True)
        kind, found = "links", np.stack((result.links.left, result.links.right), axis=1)
    else:
        result = dedupe(tables[0], ignore=job["ignore"])
        kind, found = "labels", result.cluster_ids
    seconds["match"] = perf_counter() - started
    np.save(folder / f"{kind}-default.npy", np.asarray(found, dtype=np.int64))
    if job["pairs"]:
        np.savez(folder / "pairs.npz", **result.pairs.columns)
    answer = {"seconds": seconds, "thresholds": ["default"], "kind": kind, "version": __version__}
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
