"""The front door: what it promises is there, typed, and nothing else."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crmcore
from tests.architecture import sources

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def promised_nouns(path: Path) -> set[str]:
    """Return the classes, and the unions and aliases in capitals and small letters, that a module defines and promises."""
    body = sources.tree(path).body
    promised: set[str] = set()
    defined: set[str] = set()
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                defined.add(name)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                promised.update(ast.literal_eval(value))
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                defined.add(name)
            case _:
                pass
    return {name for name in promised & defined if not name.isupper() and not name.islower()}


def namesakes(homes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the names that have several homes, with these."""
    found: dict[str, set[str]] = {}
    for name, home in homes:
        found.setdefault(name, set()).add(home)
    return {name: sorted(where) for name, where in found.items() if len(where) > 1}


def test_one_word_names_one_thing() -> None:
    """No two rooms, nor rooms in rooms, promise different things under one name, but for two verbs on other data."""
    homes: dict[str, dict[int, str]] = {}
    for package in PACKAGES:
        module = importlib.import_module(f"crmcore.{package}")
        for name in getattr(module, "__all__", ()):
            homes.setdefault(name, {})[id(getattr(module, name))] = package
    doubled = namesakes((name, package) for name, found in homes.items() for package in found.values())

    assert doubled == {"dedupe": ["matching", "matching.clk"], "link": ["matching", "matching.clk"]}


def test_a_class_has_its_name_to_itself() -> None:
    """No two promised modules define classes, or types, of one name; functions may be alike: their module is read too."""
    promised = [
        path
        for path in sources.modules()
        if not any(part.startswith("_") and part != "__init__.py" for part in path.relative_to(sources.SRC).parts)
    ]

    assert {} == namesakes((name, sources.short(path)) for path in promised for name in promised_nouns(path))


def test_a_class_that_shares_its_name_is_seen(tmp_path: Path) -> None:
    """The negative control: a class and an alias of one name, in two modules, are told; functions and constants not."""
    texts = {
        "one.py": '__all__ = ["MOST", "Plan", "plan"]\nMOST = 1\nclass Plan: ...\ndef plan(): ...\n',
        "two.py": '__all__ = ["MOST", "Plan", "plan"]\nMOST = 2\nPlan = int | str\ndef plan(): ...\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    homes = [(noun, name) for name in texts for noun in promised_nouns(tmp_path / name)]

    assert namesakes(homes) == {"Plan": ["one.py", "two.py"]}
