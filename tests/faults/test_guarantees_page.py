"""The page of guarantees is whole: each promise has its tests, its figures, and a control that failed as it must."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest

from tests.guarantees import PAGE, page
from tests.promises import PROMISES, Promise

ROOT = Path(__file__).parents[2]


def names(path: str) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def part(promise: Promise) -> str:
    """Return what the page says of a promise; "" where it does not name it."""
    text = PAGE.read_text(encoding="utf-8")
    _, found, rest = text.partition(f"## {promise.id}: ")
    return rest.partition("\n## ")[0] if found else ""


def figures(text: str) -> list[str]:
    """Return the cells of a part that count something."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [cells[-1] for cells in rows if cells[-1][:1].isdigit()]


@pytest.mark.parametrize("promise", PROMISES, ids=[promise.id for promise in PROMISES])
def test_each_promise_has_its_tests(promise: Promise) -> None:
    """Every test that a promise names exists."""
    assert promise.tests
    assert [] == [test for test in promise.tests if test.partition("::")[2] not in names(test.partition("::")[0])]


@pytest.mark.parametrize("promise", PROMISES, ids=[promise.id for promise in PROMISES])
def test_each_promise_has_its_figures(promise: Promise) -> None:
    """The page tells figures of each promise, of its control too, and names its tests and limits."""
    counted, _, control = part(promise).partition("Negative control: ")

    assert figures(counted)
    assert bool(promise.control) == bool(figures(control))
    assert all(f"`{test}`" in part(promise) for test in promise.tests)
    assert promise.says in part(promise)
    assert promise.limits in part(promise)


def test_no_figure_of_the_page_breaks_a_promise() -> None:
    """Where the protections are on, nothing is lost, partial, corrupt, wrong or violated; only the relaxed mode loses."""
    kept = [part(promise).partition("Negative control")[0] for promise in PROMISES if promise.id != "D3"]
    words = ("lost", "partial", "corrupt", "silently wrong", "violations", "broken rings", "anomalies", "not typed")
    counts = [count for text in kept for row in figures(text) for count in row.split(", ")]

    assert counts
    assert [] == [count for count in counts if count.partition(" ")[2] in words and not count.startswith("0 ")]


def test_a_promise_without_figures_is_seen() -> None:
    """The negative control: a page from a run that told nothing has the promise, but no row that counts."""
    text = page([], day=date(2026, 1, 31), system="nowhere")

    assert [] == figures(text.partition("## D1: ")[2].partition("\n## ")[0])
