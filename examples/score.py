"""How much of the truth did ``crmcore dedupe`` find? Compares its clusters file with the truth of a sample.

Usage: ``python examples/score.py people.truth.csv clusters.csv``; both are as crmcore writes them.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from crmcore.matching.evaluation import pairwise_scores


def labels(path: Path, column: str) -> list[int]:
    """Read one label a row, in the order of the rows that the file numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        numbered = {int(line["row"]): int(line[column]) for line in csv.DictReader(file)}
    return [numbered[row] for row in range(len(numbered))]


def main(truth: str, clusters: str) -> None:
    """Print precision, recall and F1 over all pairs of rows."""
    found = pairwise_scores(labels(Path(clusters), "cluster"), labels(Path(truth), "person"))
    sys.stdout.write(
        f"Against the known truth, pair by pair: {found.precision:.1%} of the pairs that were joined are right "
        f"(precision), {found.recall:.1%} of the pairs that are there were found (recall); F1 {found.f1:.3f}.\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
