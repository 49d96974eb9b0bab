"""Run crmcore and its peers on the same files, in turn, each in a process and an environment of its own."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from .checks import calibration_check, processors_check, shuffle_check
from .children import LIMIT, Engine, Failed, run
from .datasets import PUBLISHED, ROOT, DataSet, blinded, contacts, named
from .engines import OURS, PEERS, engines
from .rules import rules
from .tables import failure, figures, machine, markdown, scores, write_into

SIZES = (7_300, 36_500, 365_000)
"""People of the generated sample: some 20,000, 100,000 and a million rows."""
TEN_MILLION = 3_650_000


def main(arguments: list[str] | None = None) -> None:
    """Read the wishes, measure, print, and keep the figures as JSON."""
    wishes = _wishes(arguments)
    found, lacking = engines(tuple(wishes.peers), ours=not wishes.peers_only)
    note = f"{machine()}; {_often(wishes.runs)}"
    kept: dict[str, Any] = {"machine": machine(), "runs": wishes.runs, "lacking": lacking, "figures": {}, "checks": {}}
    print(f"{note}\n")
    for dataset in _datasets(wishes):
        if dataset.missing:
            print(f"## {dataset.name}: skipped, {dataset.missing}\n")
            continue
        lines = measure(dataset, found, runs=wishes.runs, limit=wishes.limit)
        lines += [failure(name, reason) for name, reason in lacking.items()]
        if wishes.blinded and not wishes.peers_only and dataset.right is None:
            blind = blinded(dataset)
            again = run(found[0], blind, limit=wishes.limit)
            lines += figures(f"blinded: {found[0].name}", [again], blind.truth(), reference=None)
        kept["figures"][dataset.name] = lines
        if wishes.page and not write_into(wishes.page, dataset.name, lines, note=f"{note}."):
            print(f"{wishes.page} has no place for {dataset.name}", file=sys.stderr)
        print(f"## {dataset.name}\n\n{markdown(lines)}\n", flush=True)
        if checks := check(dataset, found, wishes):
            kept["checks"][dataset.name] = checks
            print("\n".join(_told(line) for line in checks), "\n", flush=True)
    wishes.out.parent.mkdir(parents=True, exist_ok=True)
    wishes.out.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
    print(f"kept in {wishes.out}")


def measure(dataset: DataSet, found: list[Engine], *, runs: int, limit: int) -> list[dict[str, Any]]:
    """Run the engines in turn, again and again, so that a busy moment strikes all alike; sum up each.

    A peer that fails, or does not end in time, gets a line with the reason and is not tried again; where crmcore fails
    so does the benchmark.
    """
    taking_part = [engine for engine in found if engine.links or dataset.right is None]
    done: dict[str, list[Any]] = {engine.name: [] for engine in taking_part}
    failed: dict[str, str] = {}
    for _ in range(runs):
        for engine in taking_part:
            if engine.name in failed:
                continue
            try:
                done[engine.name].append(run(engine, dataset, limit=limit))
            except Failed as failure_:
                if engine.name in OURS:
                    raise
                failed[engine.name] = failure_.reason
                print(f"{engine.name} on {dataset.name}: {failure_}", file=sys.stderr)
    truth = dataset.truth()
    left_rows = None if dataset.right is None else len(dataset.column(dataset.header()[0]))
    first = done[taking_part[0].name] if taking_part else []
    reference = median(each.process for each in first) if first else None
    lines: list[dict[str, Any]] = []
    for engine in taking_part:
        if engine.name in failed:
            lines.append(failure(engine.name, failed[engine.name]))
        else:
            lines += figures(engine.name, done[engine.name], truth, reference=reference, left_rows=left_rows)
    return lines + [{"engine": name, "threshold": "rule", **scores(it, truth)} for name, it in rules(dataset).items()]


def check(dataset: DataSet, found: list[Engine], wishes: argparse.Namespace) -> list[dict[str, Any]]:
    """Do the checks that were asked for, with crmcore."""
    ours = next((engine for engine in found if engine.name == OURS[0]), None)
    lines: list[dict[str, Any]] = []
    if ours is None:
        return lines
    if wishes.shuffle and dataset.right is None:
        lines += shuffle_check(ours, dataset, times=wishes.shuffle, limit=wishes.limit)
    if wishes.workers and dataset.right is None:
        lines += processors_check(ours, dataset, numbers=wishes.workers, limit=wishes.limit)
    if wishes.calibration:
        lines += calibration_check(ours, dataset, limit=wishes.limit)
    return lines


def _told(line: dict[str, Any]) -> str:
    values = [f"{name} {value:.4f}" if isinstance(value, float) else f"{name} {value}" for name, value in line.items()]
    return f"- {', '.join(values).removeprefix('check ')}"


def _often(runs: int) -> str:
    return "one run" if runs == 1 else f"median of {runs} alternating runs (least to most)"


def _datasets(wishes: argparse.Namespace) -> list[DataSet]:
    people = [*(SIZES if wishes.all else wishes.people), *([TEN_MILLION] if wishes.ten_million else [])]
    return [named(name) for name in wishes.data] + [contacts(number, seed=wishes.seed) for number in people]


def _wishes(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--data", nargs="*", choices=PUBLISHED, default=list(PUBLISHED), help="published data sets")
    parser.add_argument(
        "--people",
        nargs="*",
        type=int,
        default=[SIZES[0]],
        help="sizes of the generated sample; 365000 is a million rows",
    )
    parser.add_argument("--all", action="store_true", help="the sample at 20,000, at 100,000 and at a million rows")
    parser.add_argument("--ten-million", action="store_true", help="and at ten million rows")
    parser.add_argument("--seed", type=int, default=0, help="seed of the generated sample")
    parser.add_argument(
        "--peers", nargs="*", choices=PEERS, default=list(PEERS), help="peers to measure; none: ours only"
    )
    parser.add_argument("--peers-only", action="store_true", help="do not measure crmcore")
    parser.add_argument("--runs", type=int, default=3, help="how often each engine runs")
    parser.add_argument("--limit", type=int, default=LIMIT, help="seconds after which a run is stopped")
    parser.add_argument(
        "--blinded", action="store_true", help="also run crmcore on shuffled rows without ids: the control for leaks"
    )
    parser.add_argument(
        "--shuffle", type=int, default=0, metavar="N", help="check that N shuffles give the same clusters"
    )
    parser.add_argument(
        "--workers",
        nargs="*",
        type=int,
        default=[],
        metavar="N",
        help="check that so many processors give the same clusters",
    )
    parser.add_argument("--calibration", action="store_true", help="compare probabilities with the truth")
    parser.add_argument("--out", type=Path, default=ROOT / ".benchmarks" / "matching.json", help="where the figures go")
    parser.add_argument("--page", type=Path, help="a page of the documentation whose tables are to be replaced")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
