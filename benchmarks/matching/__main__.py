"""Run crmcore and its peer on the same files, alternately, each in a process and an environment of its own."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

from .children import Engine, run
from .datasets import ROOT, DataSet, blinded, contacts, named
from .environments import splink_python
from .rules import rules
from .tables import figures, machine, markdown, scores, write_into

PEERS = Path(__file__).parent / "peers"
PUBLISHED = ("historical_50k", "febrl3", "fake_1000")


def main(arguments: list[str] | None = None) -> None:
    """Read the wishes, measure, print, and keep the figures as JSON."""
    wishes = _wishes(arguments)
    engines = [
        Engine(name="crmcore", python=Path(sys.executable), script=PEERS / "crmcore_here.py"),
        Engine(name="crmcore dedupe", python=Path(sys.executable), script=PEERS / "crmcore_command.py"),
    ]
    if not wishes.alone:
        engines.append(Engine(name="Splink", python=splink_python(), script=PEERS / "splink_5.py"))
    if wishes.peer_only:
        engines = engines[2:]
    kept = {"machine": machine(), "runs": wishes.runs, "figures": {}}
    print(f"{kept['machine']}; {_often(wishes.runs)}\n")
    for dataset in _datasets(wishes):
        if dataset.missing:
            print(f"## {dataset.name}: skipped, {dataset.missing}\n")
            continue
        lines = measure(dataset, engines, runs=wishes.runs)
        if wishes.blinded and not wishes.peer_only:
            blind = blinded(dataset)
            lines += figures(f"blinded: {engines[0].name}", [run(engines[0], blind)], blind.truth(), reference=None)
        kept["figures"][dataset.name] = lines
        if wishes.page:
            write_into(wishes.page, dataset.name, lines, note=f"{kept['machine']}; {_often(wishes.runs)}.")
        print(f"## {dataset.name}\n\n{markdown(lines)}\n", flush=True)
    wishes.out.parent.mkdir(parents=True, exist_ok=True)
    wishes.out.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
    print(f"kept in {wishes.out}")


def measure(dataset: DataSet, engines: list[Engine], *, runs: int) -> list[dict[str, object]]:
    """Run the engines in turn, again and again, so that a busy moment strikes all alike; sum up each."""
    done = {engine.name: [] for engine in engines}
    for _ in range(runs):
        for engine in engines:
            done[engine.name].append(run(engine, dataset))
    truth = dataset.truth()
    reference = median(each.process for each in done[engines[0].name])
    lines = [line for engine in engines for line in figures(engine.name, done[engine.name], truth, reference=reference)]
    lines += [{"engine": name, "threshold": "rule", **scores(labels, truth)} for name, labels in rules(dataset)]
    return lines


def _often(runs: int) -> str:
    return "one run" if runs == 1 else f"median of {runs} alternating runs (least to most)"


def _datasets(wishes: argparse.Namespace) -> list[DataSet]:
    return [named(name) for name in wishes.data] + [contacts(people, seed=wishes.seed) for people in wishes.people]


def _wishes(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--data", nargs="*", choices=PUBLISHED, default=list(PUBLISHED), help="published data sets")
    parser.add_argument(
        "--people", nargs="*", type=int, default=[7300], help="sizes of the generated sample; 365000 is a million rows"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the generated sample")
    parser.add_argument("--runs", type=int, default=3, help="how often each engine runs")
    parser.add_argument("--alone", action="store_true", help="measure crmcore only")
    parser.add_argument(
        "--blinded", action="store_true", help="also run crmcore on shuffled rows without ids: the control for leaks"
    )
    parser.add_argument("--peer-only", action="store_true", help="measure the peer only")
    parser.add_argument("--out", type=Path, default=ROOT / ".benchmarks" / "matching.json", help="where the figures go")
    parser.add_argument("--page", type=Path, help="a page of the documentation whose tables are to be replaced")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
