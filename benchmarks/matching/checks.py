"""What must not matter, and whether probabilities mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.matching.evaluation import compare, reliability
from crmcore.matching.results import Pairs

from .children import run
from .datasets import shuffled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .children import Engine
    from .datasets import DataSet

__all__ = ["calibration_check", "processors_check", "shuffle_check"]


def shuffle_check(engine: Engine, dataset: DataSet, *, times: int, limit: int) -> list[dict[str, Any]]:
    """Shuffle the rows, again and again; count the pairs of rows that come out otherwise than in the given order."""
    (given,) = run(engine, dataset, limit=limit).found.values()
    lines = []
    for seed in range(1, times + 1):
        copy, order = shuffled(dataset, seed=seed)
        (found,) = run(engine, copy, limit=limit).found.values()
        back = np.empty_like(found)
        back[order] = found
        lines.append({"check": f"shuffle {seed}", **_changed(given, back)})
    return lines


def processors_check(engine: Engine, dataset: DataSet, *, numbers: list[int], limit: int) -> list[dict[str, Any]]:
    """Run on so many processors each; count the pairs that come out otherwise than on the first number."""
    runs = [run(engine, dataset, limit=limit, processors=number) for number in numbers]
    (given,) = runs[0].found.values()
    lines = []
    for number, each in zip(numbers, runs, strict=True):
        (found,) = each.found.values()
        lines.append({"check": f"{number} processors", "in memory": each.in_memory, **_changed(given, found)})
    return lines


def calibration_check(engine: Engine, dataset: DataSet, *, limit: int) -> list[dict[str, Any]]:
    """Compare the probabilities of the scored pairs with the truth, in ten bins."""
    done = run(engine, dataset, limit=limit, pairs=True)
    pairs, truth = Pairs(**done.pairs), dataset.truth()
    if dataset.right is None:
        bins = reliability(pairs, truth)
    else:
        left = len(dataset.column(dataset.header()[0]))
        bins = reliability(pairs, truth[:left], right=truth[left:])
    lines: list[dict[str, Any]] = [{"check": "calibration", "expected error": bins.expected_error, "brier": bins.brier}]
    columns = bins.columns
    for at, number in enumerate(bins.pairs):
        if number:
            said = {name: float(columns[name][at]) for name in ("said", "true", "low", "high")}
            lines.append(
                {"check": f"pairs at {columns['from'][at]:.1f} to {columns['to'][at]:.1f}", "pairs": number, **said}
            )
    return lines


def _changed(given: NDArray[np.int64], found: NDArray[np.int64]) -> dict[str, Any]:
    difference = compare(given, found)
    return {
        "same clusters": not (difference.gained or difference.lost),
        "gained": difference.gained,
        "lost": difference.lost,
    }
