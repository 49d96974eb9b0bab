"""Run a peer as a child process: wall seconds, peak memory, and what it answered."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .datasets import DataSet

__all__ = ["Engine", "Run", "run"]

LAUNCHER = Path(__file__).parent / "launch.py"


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
        told, output = folder / "told.json", folder / "output.txt"
        command = [str(engine.python), str(engine.script), str(folder / "job.json")]
        subprocess.run([sys.executable, "-IS", str(LAUNCHER), str(told), str(output), *command], check=True)
        usage = json.loads(told.read_text())
        if usage["code"]:
            raise SystemExit(f"{engine.name} failed on {dataset.name}:\n{output.read_text(errors='replace')[-4000:]}")
        answer = json.loads((folder / "answer.json").read_text())
        return Run(
            process=usage["process"],
            peak=usage["peak"],
            seconds=answer["seconds"],
            labels={str(each): np.load(folder / f"labels-{each}.npy") for each in answer["thresholds"]},
            version=answer["version"],
        )
