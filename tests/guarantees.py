"""Writes docs/guarantees.md from a run of the tests that prove the promises: ``python -m tests.guarantees --date 2026-01-31``.

Tests tell figures by the fixture `figures`, under the id of a promise of `tests.promises`. The page has one part for each
promise, with the tests that prove it, what they counted, and what the same harness counted with the protection off.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.promises import PROMISES, Promise

__all__ = ["PAGE", "THOROUGH", "Collector", "Figures", "page"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guarantees.md"
THOROUGH = "CRMCORE_GUARANTEES"
"""The environment variable that asks for the whole run rather than a sample."""
PROPERTY = "guarantee"

HEAD = """# Guarantees

What a store promises, and what a run of the tests counted. Written by `make guarantees`; not by hand.

This run: {day}, {system}. {note}A short sample of the same tests is part of every `make test`.
The word *lost* counts acknowledged units that were not there afterwards; *partial* counts states that are not exactly those
after some number of whole units, in every row of every table, search columns and hashes included.
"""


@attrs.frozen
class Figures:
    """Tells the figures of one test."""

    _record: Callable[[str, object], None]
    test: str

    def __call__(self, promise: str, where: str, **counts: float) -> None:
        """Tell what was counted for a promise; *where* is the store, or the case."""
        self._tell(promise, where, counts, is_control=False)

    def control(self, promise: str, where: str, **counts: float) -> None:
        """Tell what was counted with the protection switched off."""
        self._tell(promise, where, counts, is_control=True)

    def _tell(self, promise: str, where: str, counts: Mapping[str, float], *, is_control: bool) -> None:
        told = {"promise": promise, "where": where, "counts": dict(counts), "control": is_control, "test": self.test}
        self._record(PROPERTY, told)


@attrs.define
class Collector:
    """A pytest plugin that gathers the figures of tests that passed, also from other processes."""

    told: list[dict[str, Any]] = attrs.field(factory=list)
    seconds: float = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the figures of one test."""
        self.seconds += report.duration
        if report.when == "call" and report.passed:
            self.told.extend(dict(value) for name, value in report.user_properties if name == PROPERTY)


def page(told: Sequence[Mapping[str, Any]], *, day: date, system: str, note: str = "") -> str:
    """Return the text of the page; *note* says what a reader must know of how the run was made."""
    parts = [HEAD.format(day=day.isoformat(), system=system, note=f"{note} " if note else "")]
    parts += ["\n".join(_part(promise, told)) for promise in PROMISES]
    return "\n".join(parts)


def _part(promise: Promise, told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    mine = [one for one in told if one["promise"] == promise.id]
    yield f"## {promise.id}: {promise.says}\n"
    yield "| Where | Counted |"
    yield "|---|---|"
    yield from _rows(mine, is_control=False)
    yield ""
    if promise.control:
        yield f"Negative control: {promise.control}\n"
        yield "| Where | Counted |"
        yield "|---|---|"
        yield from _rows(mine, is_control=True)
        yield ""
    yield "Tests: " + ", ".join(f"`{test}`" for test in promise.tests) + "."
    if promise.limits:
        yield f"\nLimits: {promise.limits}"
    yield ""


def _rows(told: Sequence[Mapping[str, Any]], *, is_control: bool) -> Iterator[str]:
    for one in told:
        if one["control"] == is_control:
            counts = ", ".join(f"{_number(count)} {name}" for name, count in one["counts"].items())
            yield f"| {one['where']} | {counts} |"


def _number(count: float) -> str:
    return f"{count:,}"


def _system() -> str:
    import apsw

    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} and {apsw.sqlite_lib_version()}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {versions}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests and write the page; with *only*, run some of them and take the rest from the figures kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", type=date.fromisoformat, required=True, help="the day of the run, as YYYY-MM-DD")
    parser.add_argument("--figures", type=Path, help="a JSON file in which figures are kept from run to run")
    parser.add_argument("--note", default="", help="what a reader must know of how the run was made")
    parser.add_argument("only", nargs="*", help="tests to run; all by default")
    asked = parser.parse_args(arguments)
    os.environ[THOROUGH] = "1"
    collector = Collector()
    tests = asked.only or sorted({test.partition("::")[0] for promise in PROMISES for test in promise.tests})
    status = pytest.main(["-q", "--timeout=1800", "-p", "no:cacheprovider", *tests], plugins=[collector])
    kept = json.loads(asked.figures.read_text()) if asked.figures and asked.figures.exists() else []
    ran = {one["test"] for one in collector.told}
    told = [one for one in kept if one["test"] not in ran] + collector.told
    if asked.figures:
        asked.figures.write_text(json.dumps(told, indent=1))
    if status == pytest.ExitCode.OK:
        note = asked.note or f"It took {collector.seconds / 60:.0f} minutes of the tests' own time."
        PAGE.write_text(page(told, day=asked.date, system=_system(), note=note), encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
