"""The notebooks run from their first cell to their last, and hold no output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def cells(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))

    assert (4, 5) == (notebook["nbformat"], notebook["nbformat_minor"])
    return list(notebook["cells"])


def test_there_are_some():
    """The tests below look at something."""
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path):
    """Cell after cell, in one namespace, as when all of it is run."""
    namespace: dict[str, Any] = {}
    for cell in cells(path):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}: {cell['id']}", "exec"), namespace)  # noqa: S102 - ours


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_holds_no_output(path: Path):
    """So that what is shown is what the version at hand gives, and a change of it is a change of the text."""
    code = [cell for cell in cells(path) if cell["cell_type"] == "code"]

    assert [] == [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None]
    assert len({cell["id"] for cell in cells(path)}) == len(cells(path))
