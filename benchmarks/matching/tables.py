"""The figures as a table for people and as JSON for machines."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.matching.clustering import connected_components
from crmcore.matching.evaluation import Scores, b_cubed, pairwise_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .children import Run

__all__ = ["HEADER", "failure", "figures", "machine", "markdown", "scores", "write_into"]

HEADER = ("engine", "threshold", "whole process", "ratio", "in memory", "peak MB", "P", "R", "F1", "B³ F1")


def figures(
    name: str,
    runs: list[Run],
    truth: NDArray[np.int64],
    *,
    reference: float | None,
    left_rows: int | None = None,
) -> list[dict[str, Any]]:
    """Sum up the runs of one engine on one data set: a line a threshold; time belongs to the first."""
    lines = []
    for place, (threshold, found) in enumerate(runs[0].found.items()):
        line: dict[str, Any] = {"engine": f"{name} {runs[0].version}", "threshold": threshold}
        line |= scores(found, truth, left_rows=left_rows)
        line["same answer in every run"] = all(np.array_equal(each.found[threshold], found) for each in runs)
        if place == 0:
            whole = median(each.process for each in runs)
            line["whole process"] = whole
            line["spread"] = [min(each.process for each in runs), max(each.process for each in runs)]
            line["ratio"] = whole / reference if reference else None
            line["in memory"] = median(each.in_memory for each in runs)
            line["peak MB"] = median(each.peak for each in runs) / 1e6
            line["seconds"] = {phase: median(each.seconds[phase] for each in runs) for phase in runs[0].seconds}
        lines.append(line)
    return lines


def scores(found: NDArray[np.int64], truth: NDArray[np.int64], *, left_rows: int | None = None) -> dict[str, float]:
    """Score labels pairwise and by B-cubed; of two tables, links one by one, and by B-cubed what hangs together."""
    if left_rows is None:
        pairs = pairwise_scores(found, truth)
        return {"P": pairs.precision, "R": pairs.recall, "F1": pairs.f1, "B³ F1": b_cubed(found, truth).f1}
    right = found[:, 1] + left_rows
    hits = int((truth[found[:, 0]] == truth[right]).sum())
    true = _pairs(truth) - _pairs(truth[:left_rows]) - _pairs(truth[left_rows:])
    pairs = Scores(precision=hits / len(found) if len(found) else 1.0, recall=hits / true if true else 1.0)
    closed = b_cubed(connected_components(len(truth), found[:, 0], right), truth)
    return {"P": pairs.precision, "R": pairs.recall, "F1": pairs.f1, "B³ F1": closed.f1}


def _pairs(labels: NDArray[np.int64]) -> int:
    sizes = np.unique(labels, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


def failure(name: str, reason: str) -> dict[str, Any]:
    """Make the line of an engine that gave no answer."""
    return {"engine": name, "threshold": reason}


def markdown(lines: list[dict[str, Any]], *, header: tuple[str, ...] = HEADER) -> str:
    """Lay the lines out as a Markdown table."""
    rows = [header, tuple("---" for _ in header), *(tuple(_cell(line, name) for name in header) for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(line: dict[str, Any], name: str) -> str:
    value = line.get(name)
    if value is None:
        return ""
    if name == "whole process":
        low, high = line["spread"]
        return f"{value:.2f} s ({low:.2f} to {high:.2f})" if low < high else f"{value:.2f} s"
    if name == "threshold" and line.get("same answer in every run") is False:
        return f"{value}; the runs differ"
    if name == "in memory":
        return f"{value:.2f} s"
    if name == "ratio":
        return f"{value:.2f}"
    if name == "peak MB":
        return f"{value:,.0f}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def write_into(
    page: Path, name: str, lines: list[dict[str, Any]], *, note: str, header: tuple[str, ...] = HEADER
) -> bool:
    """Replace the table between the page's marks for a data set; say whether the page has such marks."""
    begin, end = f"<!-- figures: {name} -->", "<!-- end of figures -->"
    before, mark, rest = page.read_text(encoding="utf-8").partition(begin)
    if not mark:
        return False
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{note}\n\n{markdown(lines, header=header)}\n{end}{after}", encoding="utf-8")
    return True


def machine() -> str:
    """Describe the machine in a line."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
