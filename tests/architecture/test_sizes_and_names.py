"""The house's shape: sizes, names and docstrings, measured on the syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture import sources

FILE_LINES = 500
FUNCTION_LINES = 60
DRAWERS = {"utils", "util", "common", "core", "base", "helpers", "helper", "manager", "service", "services", "misc"}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines that a function takes, without its docstring."""
    return span(function) - (span(function.body[0]) if ast.get_docstring(function) is not None else 0)


def span(node: ast.stmt) -> int:
    """Return the lines from the first to the last of a statement."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def public(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Return the public classes and functions of a body, and the public methods of those classes."""
    found = []
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        found.append(node)
        if isinstance(node, ast.ClassDef):
            found.extend(public(node.body))
    return found


def inherits_its_sentence(node: ast.AST) -> bool:
    """Say whether the function is an overload or an override, whose sentence stands elsewhere."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in getattr(node, "decorator_list", [])}
    return bool(names & {"overload", "override", "setter"})


@pytest.mark.parametrize("path", sources.modules(), ids=sources.short)
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    """No module reaches 500 lines; migrations are exempt."""
    if "migrations" not in path.parts:
        assert FILE_LINES > len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", sources.modules(), ids=sources.short)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    """No function reaches 60 lines, its docstring aside."""
    assert [] == [
        f"{function.name}: {length(function)}"
        for function in sources.functions(path)
        if length(function) >= FUNCTION_LINES
    ]


@pytest.mark.parametrize("path", sources.modules(), ids=sources.short)
def test_no_module_is_a_drawer(path: Path) -> None:
    """A name says what a thing is; a drawer for odds and ends says nothing."""
    words = {part.removesuffix(".py").strip("_") for part in path.relative_to(sources.SRC).parts}

    assert set() == words & DRAWERS


@pytest.mark.parametrize("path", sources.modules(), ids=sources.short)
def test_every_public_name_has_its_sentence(path: Path) -> None:
    """A module, and each class, function and method that it promises, opens with a docstring."""
    module = sources.tree(path)
    promised = [] if path.stem.startswith("_") and path.stem != "__init__" else public(module.body)
    missing = [
        f"line {node.lineno}: {node.name}"
        for node in promised
        if ast.get_docstring(node) is None and not inherits_its_sentence(node)
    ]

    assert [] == missing
    assert ast.get_docstring(module) is not None


@pytest.mark.parametrize("path", sources.test_files(), ids=sources.short)
def test_every_test_states_its_behaviour(path: Path) -> None:
    """Each test has a docstring that says what holds."""
    missing = [
        f"line {function.lineno}: {function.name}"
        for function in sources.functions(path)
        if function.name.startswith("test_") and ast.get_docstring(function) is None
    ]

    assert [] == missing


def test_the_measure_sees_a_long_function() -> None:
    """The negative control: a function of 60 lines is measured as such, its docstring left out."""
    body = "\n".join(["    x = 1"] * (FUNCTION_LINES - 1))
    function = ast.parse(f'def long():\n    """Say.\n\n    More.\n    """\n{body}\n').body[0]

    assert isinstance(function, ast.FunctionDef)
    assert length(function) == FUNCTION_LINES
