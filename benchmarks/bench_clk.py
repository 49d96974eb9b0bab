"""Linking by filters: how well, how fast and in how much memory; ``python -m benchmarks.bench_clk --rows 100000``.

Accuracy is on Febrl 4, for each hardening, beside clear text; speed on the generated contacts, split in two at random.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import attrs
import numpy as np

from benchmarks.matching.datasets import named
from crmcore.matching import clk, link
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from collections.abc import Callable

HARDENED: tuple[dict[str, Any], ...] = ({}, {"salt": "birth_year"}, {"epsilon": 3.0}, {"epsilon": 2.0}, {"folds": 1})
NOT_IN_SCHEMA = ("soc_sec_id", "address_2", "state")
SECRET = clk.Secret(bytes(range(32)))


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="rows of each of the two tables that are timed")
    rows = parser.parse_args(arguments).rows
    accuracy()
    speed(rows)


def accuracy() -> None:
    """Link Febrl 4 by filters, at the default threshold and at the one that is suggested, and in clear text."""
    left = named("febrl4")
    if left.missing:
        print(f"febrl4: skipped, {left.missing}")
        return
    sides = left, attrs.evolve(left, path=left.right, right=None)
    tables = [{name: side.column(name) for name in side.header()} for side in sides]
    people = [[value.split("-")[1] for value in table["rec_id"]] for table in tables]
    for changes in HARDENED:
        schema = clk.Schema.people().evolve(**changes)
        made = [clk.encode(table, schema=schema, secret=SECRET, handles="rec_id") for table in tables]
        told = clk.suggest_threshold(*made).threshold
        scored(f"{changes or 'plain'}, all pairs from 0.8", people, lambda m=made: clk.link(*m))
        scored(f"  one to one from {told}", people, lambda m=made, t=told: clk.link(*m, threshold=t, one_to_one=True))
    scored("clear text, the same fields", people, lambda: link(*tables, ignore=["rec_id", *NOT_IN_SCHEMA]).links)


def scored(name: str, people: list[list[str]], run: Callable[[], Any]) -> None:
    """Print precision, recall and F1 of links; everybody stands once on either side."""
    begin = time.perf_counter()
    links = run()
    seconds = time.perf_counter() - begin
    right = sum(people[0][a] == people[1][b] for a, b in zip(links.left.tolist(), links.right.tolist(), strict=True))
    precision, recall = right / max(len(links), 1), right / len(people[0])
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    print(f"{name}: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}, {seconds:.2f} s")


def speed(rows: int) -> None:
    """Encode and link two tables of generated contacts."""
    sample = generate(people=rows * 3 // 4, seed=0)
    order = np.random.default_rng(0).permutation(len(sample.truth))
    parts = [order[:rows].tolist(), order[rows : 2 * rows].tolist()]
    tables = [{name: [cells[at] for at in part] for name, cells in sample.columns.items()} for part in parts]
    before, begin = peak(), time.perf_counter()
    sides = [clk.encode(table, schema=clk.Schema.contacts(), secret=SECRET) for table in tables]
    encoded = time.perf_counter()
    links = clk.link(*sides)
    done = time.perf_counter()
    pairs = len(sides[0]) * len(sides[1])
    print(
        f"{len(sides[0]):,} x {len(sides[1]):,} contacts: encode {encoded - begin:.1f} s, link {done - encoded:.1f} s "
        f"({pairs / (done - encoded) / 1e6:.0f} million pairs a second), {len(links):,} links, "
        f"{peak() - before} MiB more"
    )


def peak() -> int:
    """Return the most memory that the process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
