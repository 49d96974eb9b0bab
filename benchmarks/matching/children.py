"""Run a peer as a child process: wall seconds, peak memory, and what it answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .datasets import DataSet

__all__ = ["Engine", "Run", "run"]


@attrs.frozen(kw_only=True)
class Engine:
    """Something that deduplicates: an interpreter and the script that it runs."""

    name: str
    python: Path
    script: Path


@attrs.frozen(kw_only=True)
class Run:
    """One run of one engine: seconds by phase, of the whole process, its peak in bytes, labels by threshold."""

    process: float
    peak: int
    seconds: dict[str, float]
    labels: dict[str, NDArray[np.int64]]
    version: str


def run(engine: Engine, dataset: DataSet) -> Run:
    """Hand the engine a job and wait; its output is shown only if it fails."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        job = {"dataset": dataset.model, "path": str(dataset.path), "folder": place, "ignore": list(dataset.ignore)}
        (folder / "job.json").write_text(json.dumps(job))
        with (folder / "output.txt").open("w+b") as output:
            started = perf_counter()
            command = [str(engine.python), str(engine.script), str(folder / "job.json")]
            child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
            # wait4 gives the usage of this one child; getrusage(RUSAGE_CHILDREN) would give the largest of all so far.
            _, status, usage = os.wait4(child.pid, 0)
            process = perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                output.seek(0)
                raise SystemExit(f"{engine.name} failed on {dataset.name}:\n{output.read().decode()[-4000:]}")
        answer = json.loads((folder / "answer.json").read_text())
        return Run(
            process=process,
            peak=usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            seconds=answer["seconds"],
            labels={str(each): np.load(folder / f"labels-{each}.npy") for each in answer["thresholds"]},
            version=answer["version"],
        )
