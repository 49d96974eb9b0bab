"""How work flows: what it costs, and whether it is right; ``python -m benchmarks.bench_flow``.

Three parts, each by its word or all together: ``cost`` times every question on a million stays; ``bottlenecks`` plants
slow stages, or none, in simulated pipelines of several shapes and sizes; ``forecasts`` makes forecasts of their past
again and holds them against what came. Nothing in the library was chosen by these pipelines alone: the laws of their
stages differ in family, and so do the numbers of jobs, the sizes and the factors.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.matching.tables import machine, markdown, write_into
from crmcore.reports.pipeline.flow import (
    Backtest,
    backtest,
    bottlenecks,
    forecast,
    steadiness,
    time_in_stage,
    time_to_hire,
)
from crmcore.reports.pipeline.flow.backtest import wilson
from crmcore.testing.pipelines import STAGES, Slowing, StageLaw, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmcore.reports.pipeline.flow import IntervalEstimate


def stages(law: str, shape: float, advance: float, days: Sequence[float], *, back: float = 0.0) -> tuple[StageLaw, ...]:
    """Return stages of one family of laws."""
    return tuple(
        StageLaw(key=f"s{n}", days=mean, advance=advance, law=law, shape=shape, back=back if n else 0.0, withdraw=0.03)
        for n, mean in enumerate(days)
    )


SHAPES = {
    "usual": STAGES,
    "exponential": stages("gamma", 1.0, 0.5, (3, 7, 12, 5)),
    "heavy tails": stages("lognormal", 1.0, 0.5, (3, 7, 12, 5, 9)),
    "regular": stages("weibull", 2.5, 0.6, (2, 5, 8, 8, 6, 4, 3), back=0.05),
    "bursts": stages("gamma", 0.6, 0.55, (4, 6, 9, 7)),
    "long tails": stages("lognormal", 1.4, 0.6, (2, 6, 10, 4)),
}
UNLIKE = {"speed_spread": 0.3, "lean_spread": 0.3, "open_days": 150.0}
OFFICE = {"office_days": True}
SLOW_FROM = 275.0
SIZES = (2.0, 6.0, 20.0)
"""Applications a week for each of eight jobs."""
DAYS = 365.0
HEADERS = {
    "cost": ("1,000,000 stays", "processor seconds "),
    "bottlenecks": ("pipelines", "applications in 90 days ", "slower by ", "runs ", "flagged wrongly", "found"),
    "forecasts": (
        "pipelines", "forecasts ", "hires ", "came / expected", "in 50 %", "in 80 %", "in 95 %", "ECE ", "Brier ",
        "by stage ",
    ),
}  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure and print, and write the tables into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(HEADERS), help=f"some of {', '.join(HEADERS)}")
    parser.add_argument("--runs", type=int, default=200, help="simulations of each kind of pipeline")
    parser.add_argument("--seed", type=int, default=0, help="of the first simulation of each kind")
    parser.add_argument("--page", type=Path, help="a page of the documentation whose tables are to be replaced")
    wishes = parser.parse_args(arguments)
    for part in wishes.parts:
        began = time.perf_counter()
        lines = {"cost": cost, "bottlenecks": found_slow, "forecasts": foretold}[part](wishes.runs, wishes.seed)
        note = f"{machine()}; {time.perf_counter() - began:,.0f} s."
        header = HEADERS[part]
        rows = [dict(zip(header, line, strict=True)) for line in lines]
        print(f"{note}\n\n{markdown(rows, header=header)}\n", flush=True)
        if wishes.page:
            write_into(wishes.page, f"flow-{part}", rows, note=note, header=header)


def cost(_runs: int, _seed: int) -> list[tuple[str, ...]]:
    """Time every question, best of three, on what the table has already worked out of itself."""
    made = simulate(jobs=400, days=730.0, per_week=12.5, seed=1)
    table, at, since = made.table, made.ends, made.day(640)
    size = len(table)
    seats = {f"job-{number}": 2 for number in range(10)}
    questions: dict[str, Callable[[], object]] = {
        "time in stage": lambda: time_in_stage(table, at=at),
        "time in stage, in a window, with medians": lambda: [
            each.median for each in time_in_stage(table, at=at, since=since).values()
        ],
        "time to hire, with its curve": lambda: time_to_hire(table, at=at).passage("hired"),
        "bottlenecks": lambda: bottlenecks(table, at=at),
        "forecast of 28 days": lambda: forecast(table, at=at, by=made.day(758)),
        "forecast of 28 days, with ten jobs' seats": lambda: forecast(table, at=at, by=made.day(758), seats=seats),
        "steadiness": lambda: steadiness(table, since=since, at=at),
    }
    print(f"{size:,} stays", flush=True)
    return [
        (name, f"{min(timed(question) for _ in range(3)) * 1e6 / size:.2f}") for name, question in questions.items()
    ]


def timed(question: Callable[[], object]) -> float:
    """Return the seconds of the processor that a question takes, since a machine is seldom quiet."""
    began = time.process_time()
    question()
    return time.process_time() - began


def found_slow(runs: int, seed: int) -> list[tuple[str, ...]]:
    """Look for slow stages in pipelines that have one, and in such as have none."""
    lines = []
    for name, laws in SHAPES.items():
        for differ in ({}, UNLIKE, OFFICE):
            lines += [hunt(name, laws, size, factor=1.0, runs=runs, seed=seed, **differ) for size in SIZES]
        some = {"runs": max(runs // 2, 1), "seed": seed}
        for factor in (1.5, 2.0, 3.0):
            lines += [hunt(name, laws, size, factor=factor, **some) for size in SIZES]
        lines += [hunt(name, laws, size, factor=2.0, **some, **OFFICE) for size in SIZES]
    return [*lines, *summed(lines)]


def hunt(
    name: str, laws: tuple[StageLaw, ...], per_week: float, *, factor: float, runs: int, seed: int, **differ: float
) -> tuple:
    """Return how often stages were flagged: one that is slow, and one that is not."""
    slow = laws[len(laws) // 2].key
    jobs = 18 if "open_days" in differ else 8
    slowings = [Slowing(stage=slow, factor=factor, from_day=SLOW_FROM)] if factor > 1 else []
    wrongly = found = 0
    drawn = {"jobs": jobs, "days": DAYS, "per_week": per_week, "stages": laws, "slowings": slowings, **differ}
    for number in range(runs):
        made = simulate(seed=seed + number, **drawn)
        flagged = {each.stage for each in bottlenecks(made.table, at=made.ends).flagged}
        found += bool(slowings) and slow in flagged
        wrongly += bool(flagged - ({slow} if slowings else set()))
    alike = "" if not differ else ", office days" if "office_days" in differ else ", unlike jobs"
    line = (
        name + alike, f"{8 * per_week * 90 / 7:,.0f}", f"{factor:g}" if slowings else "none slow", f"{runs:,}",
        shown(wilson(wrongly, runs)), shown(wilson(found, runs)) if slowings else "",
    )  # fmt: skip
    print(line, flush=True)
    TALLY.append((factor, per_week, runs, wrongly, found))
    return line


TALLY: list[tuple[float, float, int, int, int]] = []


def summed(_lines: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return all pipelines without a slow stage together, and those with one by size and factor."""
    null = [each for each in TALLY if each[0] == 1.0]
    runs, wrongly = sum(each[2] for each in null), sum(each[3] for each in null)
    lines = [("**all, none slow**", "", "", f"{runs:,}", shown(wilson(wrongly, runs)), "")]
    for factor, per_week in sorted({each[:2] for each in TALLY if each[0] > 1}):
        some = [each for each in TALLY if each[:2] == (factor, per_week)]
        runs = sum(each[2] for each in some)
        lines.append(
            ("**all shapes**", f"{8 * per_week * 90 / 7:,.0f}", f"{factor:g}", f"{runs:,}",
             shown(wilson(sum(each[3] for each in some), runs)), shown(wilson(sum(each[4] for each in some), runs)))
        )  # fmt: skip
    return lines


def foretold(runs: int, first: int) -> list[tuple[str, ...]]:
    """Hold forecasts of the past against what came."""
    lines, every = [], []
    for name, laws in SHAPES.items():
        for differ in ({}, UNLIKE, OFFICE):
            parts = []
            for seed in range(first, first + max(runs // 10, 1)):
                made = simulate(jobs=8, days=430.0, per_week=5.0, stages=laws, seed=10_000 + seed, **differ)
                parts.append(backtest(made.table, begins=made.day(150), at=made.ends, days=28.0, seed=seed))
            alike = "" if not differ else ", office days" if "office_days" in differ else ", unlike jobs"
            lines.append(line_of(name + alike, Backtest.joined(parts)))
            print(lines[-1], flush=True)
            every.extend(parts)
    return [*lines, line_of("**all**", Backtest.joined(every))]


def line_of(name: str, held: Backtest) -> tuple[str, ...]:
    """Return a back-test as a row."""
    ratio = f"{held.bias.value:.3f} ({held.bias.low:.3f} to {held.bias.high:.3f})"
    within = [shown(part.exact) for part in held.coverages()]
    off = [f"{number:.4f}" for number in (held.ece, held.brier, held.brier_weighted)]
    return name, f"{len(held):,}", f"{held.came.sum():,}", ratio, *within, *off


def shown(share: IntervalEstimate) -> str:
    """Write a share and its interval."""
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"


if __name__ == "__main__":
    main()
