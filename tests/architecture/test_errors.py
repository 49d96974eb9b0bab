"""The error tree: drawn in the docstring as it is, and each error also the builtin that one would catch."""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import pickle
import re
from pathlib import Path

import pytest

from crmcore import errors
from tests.architecture import sources

LINE = re.compile(r"^    (?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: \((?P<builtin>\w+)\))?", flags=re.MULTILINE)


def drawn() -> dict[str, tuple[str | None, str | None]]:
    """Return name -> (parent, builtin) as the module's docstring draws them."""
    found: dict[str, tuple[str | None, str | None]] = {}
    above: list[str] = []
    for match in LINE.finditer(errors.__doc__ or ""):
        depth = len(match["indent"]) // 4
        found[match["name"]] = (above[depth - 1] if depth else None, match["builtin"])
        above[depth:] = [match["name"]]
    return found


def classes() -> dict[str, type[BaseException]]:
    """Return the error classes that the module defines."""
    return {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__ == errors.__name__
    }


def test_the_drawing_is_complete() -> None:
    """The docstring's tree, ``__all__`` and the classes of the module name the same errors."""
    assert set(drawn()) == set(classes()) == set(errors.__all__)


@pytest.mark.parametrize("name", sorted(classes()))
def test_an_error_hangs_where_it_is_drawn(name: str) -> None:
    """Its parent is the one drawn above it, and it is the builtin in the brackets."""
    parent, builtin = drawn()[name]
    kind = classes()[name]

    assert issubclass(kind, classes()[parent] if parent else Exception)
    assert builtin is None or issubclass(kind, getattr(builtins, builtin))


CARRYING = (
    errors.UnreadableFile("people.csv", "empty", "the file is empty"),
    errors.UnknownColumn("emial", ["email"]),
    errors.UnknownField("emial", ["email"], of="contact"),
    errors.UnknownChoice("refered", ["referred"], field="origin", of="contact"),
    errors.QuerySyntaxError("expected a field", text="= 1", span=(0, 1)),
    errors.UnsupportedData(object()),
    errors.NotFound("contact", "c1"),
    errors.Conflict(kind="contact", id="c1", expected=1, actual=2, stored=None, offered=None),
    errors.MissingExtra("read spreadsheets", "sheets"),
)


@pytest.mark.parametrize("error", CARRYING, ids=lambda error: type(error).__name__)
def test_an_error_that_carries_facts_speaks_a_sentence(error: errors.CrmcoreError) -> None:
    """Its text is a sentence, not a repr of its arguments, also for the kinds of builtin that print themselves oddly."""
    assert re.search(r"[a-z] [a-z]", str(error))
    assert not str(error).startswith(("'", '"', "("))


@pytest.mark.parametrize("error", CARRYING, ids=lambda error: type(error).__name__)
def test_an_error_goes_from_one_process_to_another(error: errors.CrmcoreError) -> None:
    """With all that it carries, and its notes."""
    told = copy.copy(error)
    told.add_note("seen by a worker")
    there = pickle.loads(pickle.dumps(told))  # noqa: S301 - its own bytes

    assert type(error) is type(there)
    assert (str(error), ["seen by a worker"]) == (str(there), there.__notes__)
    assert error.__dict__.keys() == there.__dict__.keys() - {"__notes__"}


BUILTINS = {
    name for name, value in vars(builtins).items() if inspect.isclass(value) and issubclass(value, BaseException)
}
OUTSIDE = {"SimulatedFault"}
"""What tests let stores fail with: no error of crmcore's, so that no code takes it for one."""
PROMISED = [
    path for path in sources.modules() if not path.stem.startswith("_") and path.parent != sources.SRC / "errors"
]


@pytest.mark.parametrize("path", PROMISED, ids=sources.short)
def test_the_tree_has_no_branch_elsewhere(path: Path) -> None:
    """No room promises an error of its own; machinery may have one that never leaves it."""
    kinds = BUILTINS | set(errors.__all__)
    elsewhere = [
        node.name
        for node in ast.walk(sources.tree(path))
        if isinstance(node, ast.ClassDef) and {ast.unparse(base).rpartition(".")[2] for base in node.bases} & kinds
    ]

    assert [] == [name for name in elsewhere if name not in OUTSIDE]
