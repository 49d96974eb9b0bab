"""The front door: what it promises is there, typed, and nothing else."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import crmcore
from tests.architecture import sources

ROOMS = sorted(path.parent.name for path in sources.SRC.glob("*/__init__.py"))
PACKAGES = sorted(".".join(path.parent.relative_to(sources.SRC).parts) for path in sources.SRC.rglob("*/__init__.py"))
LAZY = sorted(
    ".".join(path.parent.relative_to(sources.SRC.parent).parts)
    for path in sources.SRC.rglob("__init__.py")
    if "lazily(" in path.read_text(encoding="utf-8")
)
MOST_NAMES = 60


def type_checker_sees(path: Path) -> set[str]:
    """Return the names that ``if TYPE_CHECKING`` imports in a file."""
    found: set[str] = set()
    for node in sources.tree(path).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found.update(
                alias.asname or alias.name
                for line in ast.walk(node)
                if isinstance(line, ast.ImportFrom)
                for alias in line.names
            )
    return found


@pytest.mark.parametrize("name", crmcore.__all__)
def test_every_promised_name_is_there(name: str) -> None:
    """A name in ``__all__`` resolves, and is public under that name where it lives."""
    value = getattr(crmcore, name)

    assert getattr(value, "__name__", name) in (name, f"crmcore.{name}")


def test_dir_shows_what_is_promised() -> None:
    """``dir(crmcore)`` offers the promised names before any of them was taken."""
    code = "import crmcore; assert set(crmcore.__all__) <= set(dir(crmcore))"

    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("room", LAZY)
def test_the_type_checker_sees_the_same_door(room: str) -> None:
    """What a type checker is told equals what is promised, but for what a room has at once."""
    module = importlib.import_module(room)

    assert module.__file__ is not None
    assert set(module.__all__) - {"__version__"} == type_checker_sees(Path(module.__file__))


def test_a_room_that_is_opened_loads_nothing() -> None:
    """Nor does a room of nouns: a table of people is matched without loading what hiring is about."""
    code = (
        "import sys, crmcore.matching; print([name for name in sys.modules if name.startswith('crmcore.model.hiring')])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert "[]\n" == done.stdout


def test_the_door_is_narrow() -> None:
    """The front door has some 40 names; the rest is reached through the rooms."""
    assert len(crmcore.__all__) <= MOST_NAMES


def test_an_unknown_name_is_an_attribute_error_that_helps() -> None:
    """A slip of the pen is answered with the nearest promised name."""
    with pytest.raises(AttributeError, match="did you mean 'UnreadableFile'"):
        _ = crmcore.UnreadableFiel  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_package() -> None:
    """``crmcore.__version__`` is what the installer knows."""
    assert version("crmcore") == crmcore.__version__


@pytest.mark.parametrize("package", PACKAGES)
def test_a_room_promises_only_what_it_has(package: str) -> None:
    """Every name in the ``__all__`` of a room, or of a room in a room, resolves, and stands there once."""
    module = importlib.import_module(f"crmcore.{package}")
    promised = list(getattr(module, "__all__", ()))

    assert [] == [name for name in promised if not hasattr(module, name)]
    assert len(set(promised)) == len(promised)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_with_a_map(room: str) -> None:
    """The docstring of a room says more than a line and holds a runnable example."""
    text = importlib.import_module(f"crmcore.{room}").__doc__ or ""

    assert len(text.splitlines()) > 5
    assert ">>> " in text


def test_one_word_names_one_thing() -> None:
    """No two rooms promise different things under one name."""
    homes: dict[str, dict[str, object]] = {}
    for room in ROOMS:
        module = importlib.import_module(f"crmcore.{room}")
        for name in getattr(module, "__all__", ()):
            homes.setdefault(name, {})[room] = getattr(module, name)
    doubled = {name: sorted(found) for name, found in homes.items() if len({id(value) for value in found.values()}) > 1}

    assert {} == doubled
