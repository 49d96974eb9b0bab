"""The command ``crmcore dedupe`` from a file to a file of clusters, under the contract of the peers.

It does more than the library call: it finds the encoding and the columns, and keeps what it rejects.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from time import perf_counter

STARTED = perf_counter()

from crmcore import __version__  # noqa: E402 - the import is part of what is measured
from crmcore.cli import main as crmcore  # noqa: E402


def main(job_path: str) -> None:
    """Run the command, then read its clusters back for the evaluator."""
    job = json.loads(Path(job_path).read_text())
    folder = Path(job["folder"])
    seconds = {"import": perf_counter() - STARTED}
    started = perf_counter()
    ignored = [part for column in job["ignore"] for part in ("--ignore", column)]
    code = crmcore(["dedupe", job["path"], "--clusters", str(folder / "clusters.csv"), "--quiet", *ignored])
    if code:
        raise SystemExit(code)
    seconds["match"] = perf_counter() - started
    keep_labels(folder)
    answer = {"seconds": seconds, "thresholds": ["default"], "kind": "labels", "version": __version__}
    (folder / "answer.json").write_text(json.dumps(answer))


def keep_labels(folder: Path) -> None:
    """Turn the file of clusters into labels by row."""
    import numpy as np

    with (folder / "clusters.csv").open(encoding="utf-8", newline="") as file:
        labels = {int(line["row"]): int(line["cluster"]) for line in csv.DictReader(file)}
    if sorted(labels) != list(range(len(labels))):
        raise SystemExit("some rows of the file have no cluster")
    np.save(folder / "labels-default.npy", np.array([labels[row] for row in range(len(labels))], dtype=np.int64))


if __name__ == "__main__":
    main(sys.argv[1])
