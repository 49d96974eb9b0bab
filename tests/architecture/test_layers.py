"""Who may import whom, and what an import costs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture import sources

HEAVY = {
    "alembic", "altair", "duckdb", "email_validator", "jinja2", "narwhals", "numpy", "pandas", "phonenumbers",
    "polars", "pyarrow", "python_calamine", "rapidfuzz", "rich", "sqlalchemy", "typer", "xlsxwriter",
}  # fmt: skip
LOADED = "import sys, json, {module}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
FEW_MODULES = 60


def loaded(module: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after importing one module."""
    command = [sys.executable, "-c", LOADED.format(module=module)]
    return set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def test_imports_point_down() -> None:
    """The contracts of pyproject.toml hold: no room knows one above it, no stranger knows another."""
    assert 0 == lint_imports(config_filename=str(sources.ROOT / "pyproject.toml"), no_cache=True)


def test_every_room_stands_in_the_contract() -> None:
    """A new room is on a floor from its first day."""
    contracts = tomllib.loads((sources.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    floors = next(contract for contract in contracts["contracts"] if contract["type"] == "layers")["layers"]
    named = {room.strip().removeprefix("crmcore.") for floor in floors for room in floor.split("|")}
    standing = {path.stem for path in sources.SRC.glob("*.py")} | {
        path.parent.name for path in sources.SRC.glob("*/__init__.py")
    }

    assert set() == standing - named - {"__init__", "__main__"}
    assert set() == named - standing


@pytest.mark.parametrize("path", sources.modules(), ids=sources.short)
def test_no_room_goes_in_by_the_front_door(path: Path) -> None:
    """Inside the house, names are taken from where they live; the front door is for guests."""
    taken = {
        alias.name
        for node in ast.walk(sources.tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "crmcore" and not node.level
        for alias in node.names
    }
    rooms = {found.stem for found in sources.SRC.iterdir()}

    assert set() == taken - rooms - {"__version__"}


@pytest.mark.parametrize(
    "module",
    ["crmcore", "crmcore.errors", "crmcore.ports", "crmcore.model", "crmcore.hygiene", "crmcore.query"],
)
def test_the_lower_floors_load_nothing_heavy(module: str) -> None:
    """Importing them loads no arrays, no database and no optional dependency."""
    assert set() == loaded(module) & HEAVY


@pytest.mark.parametrize("module", ["crmcore.storage", "crmcore.integrations", "crmcore.reports", "crmcore.sync"])
def test_a_room_loads_no_extra_before_it_is_used(module: str) -> None:
    """Importing a room works on the base install; an extra is loaded on use."""
    extras = {"sqlalchemy", "jinja2", "typer", "rich", "pyarrow", "xlsxwriter", "python_calamine"}

    assert set() == loaded(module) & extras


def test_the_measure_sees_a_heavy_import() -> None:
    """The negative control: a module that loads numpy is seen to."""
    assert "numpy" in loaded("numpy.random")


def test_the_front_door_loads_no_validation() -> None:
    """Opening the front door alone loads no pydantic either; the first name taken through it does."""
    assert "pydantic" not in loaded("crmcore")


def test_the_front_door_opens_at_once() -> None:
    """A fresh interpreter loads few modules for it, all of them of the standard library and small."""
    code = "import sys; before = set(sys.modules); import crmcore; print(len(set(sys.modules) - before))"
    count = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert int(count) < FEW_MODULES
