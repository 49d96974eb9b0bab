"""Run an engine as a child process: seconds, peak memory, and what it answered, or why it did not."""

from __future__ import annotations

import json
import signal
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

__all__ = ["Engine", "Failed", "Run", "run"]

LAUNCHER = Path(__file__).parent / "launch.py"
LIMIT = 1800
"""Seconds after which a child is stopped."""
OUTSIDE = ("import", "read")
"""Phases before the table is in memory."""


@attrs.frozen(kw_only=True)
class Engine:
    """Something that deduplicates: an interpreter and the script that it runs.

    Attributes:
        name: as it is shown.
        python, script: what is started.
        mode: a word that the script understands; "" for its usual way.
        links: it can also link two tables.
        told: it is told the truth, of the pairs that it asks about.

    """

    name: str
    python: Path
    script: Path
    mode: str = ""
    links: bool = True
    told: bool = False


@attrs.frozen(kw_only=True)
class Run:
    """One run of one engine.

    Attributes:
        process: seconds from the start of the interpreter to its end.
        peak: bytes, the largest resident memory of any one of its processes.
        seconds: by phase.
        found: by threshold, labels (rows,), or of two tables links (pairs, 2).
        pairs: left, right, probability and match weight of the scored pairs, if they were asked for.

    """

    process: float
    peak: int
    seconds: dict[str, float]
    found: dict[str, NDArray[np.int64]]
    version: str
    pairs: dict[str, NDArray[np.generic]] | None = None

    @property
    def in_memory(self) -> float:
        """Seconds from the table in memory to its clusters."""
        return sum(taken for phase, taken in self.seconds.items() if phase not in OUTSIDE)


class Failed(Exception):
    """An engine gave no answer; the reason in a line, and the last that it said."""

    def __init__(self, reason: str, output: str) -> None:
        self.reason, self.output = reason, output
        super().__init__(f"{reason}\n{output}")


def run(engine: Engine, dataset: DataSet, *, limit: int = LIMIT, processors: int = 0, pairs: bool = False) -> Run:
    """Hand the engine a job and wait; raise Failed if it fails or does not end within *limit* seconds."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        job = {
            "dataset": dataset.model,
            "path": str(dataset.path),
            "right": str(dataset.right or ""),
            "folder": place,
            "ignore": list(dataset.ignore),
            "mode": engine.mode,
            "pairs": pairs,
        }
        if engine.told:
            np.save(folder / "truth.npy", dataset.truth())
        (folder / "job.json").write_text(json.dumps(job))
        told, output = folder / "told.json", folder / "output.txt"
        command = [str(engine.python), str(engine.script), str(folder / "job.json")]
        settings = [str(told), str(output), str(limit), str(processors)]
        subprocess.run([sys.executable, "-IS", str(LAUNCHER), *settings, *command], check=True)
        usage = json.loads(told.read_text())
        if usage["code"]:
            said = output.read_text(errors="replace").strip()
            raise Failed(_reason(usage, said, limit), said[-4000:])
        answer = json.loads((folder / "answer.json").read_text())
        return Run(
            process=usage["process"],
            peak=usage["peak"],
            seconds=answer["seconds"],
            found={str(each): np.load(folder / f"{answer['kind']}-{each}.npy") for each in answer["thresholds"]},
            version=answer["version"],
            pairs=dict(np.load(folder / "pairs.npz")) if pairs else None,
        )


def _reason(usage: dict[str, int], said: str, limit: int) -> str:
    peak = f"at {usage['peak'] / 1e6:,.0f} MB"
    if usage["stopped"]:
        return f"stopped after {limit:,} s, {peak}"
    if usage["code"] < 0:
        return f"ended by {signal.Signals(-usage['code']).name}, {peak}"
    return f"failed, {peak}: {said.splitlines()[-1][:200] if said else 'without a word'}"
