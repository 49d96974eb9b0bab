"""Texts with fields in double braces: read once, filled in as often as one likes; nothing in them is ever executed.

The syntax is the part of Mustache that has no code in it: ``{{field}}``, a section ``{{#field}}...{{/field}}`` that is
shown where the field has a value other than no, its opposite ``{{^field}}...{{/field}}``, and remarks ``{{! ... }}``.
What a field holds is never read for braces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from crmcore._messages import pointed_at
from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Field", "Literal", "Node", "Section", "filled", "named", "parsed", "wanted"]

TAG = re.compile(r"\{\{(?P<sign>[#^/]?)[ \t]*(?P<name>[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)[ \t]*\}\}|\{\{![^{}]*\}\}")
LINE = re.compile(f"[ \\t]*(?:{TAG.pattern})")
ALONE = re.compile(r"(?P<blanks>[ \t]*)(?P<tag>\{\{[#^/!][^{}]*\}\})[ \t]*(?:\r?\n|\Z)")
DEEPEST = 20
"""Sections within sections; more is a slip, or meant to do harm."""


@attrs.frozen
class Literal:
    """Text as it is."""

    text: str


@attrs.frozen
class Field:
    """Where the value of a field goes."""

    name: str


@attrs.frozen
class Section:
    """What is shown where a field has a value, or where it has none."""

    name: str
    without: bool
    nodes: tuple[Node, ...]


Node = Literal | Field | Section


def parsed(text: str, *, of: str) -> tuple[Node, ...]:
    """Read a text; a section's tag or a remark that has a line to itself takes that line away.

    Raises:
        InputError: braces that are no field, a section that is not closed; with the place.

    """
    open_: list[tuple[str, bool, int, list[Node]]] = [("", False, 0, [])]
    at = 0
    for found, until in _tags(text, of=of):
        open_[-1][3].append(Literal(text[at : found.start()]))
        at = until
        sign, name = found["sign"], found["name"]
        if name is None:
            continue
        if sign == "/":
            _close(open_, name, text, found, of=of)
        elif sign:
            open_.append((name, sign == "^", found.start(), []))
            if len(open_) > DEEPEST:
                raise _wrong(text, found.span(), of, f"more than {DEEPEST} sections within each other")
        else:
            open_[-1][3].append(Field(name))
    if len(open_) > 1:
        name, _, start, _ = open_[-1]
        raise _wrong(text, (start, start + 2), of, f"section {name!r} is not closed; write {{{{/{name}}}}} after it")
    return _joined((*open_[0][3], Literal(text[at:])))


def _close(
    open_: list[tuple[str, bool, int, list[Node]]], name: str, text: str, found: re.Match[str], *, of: str
) -> None:
    if len(open_) == 1 or open_[-1][0] != name:
        inner = f"; {open_[-1][0]!r} is still open" if len(open_) > 1 else ""
        raise _wrong(text, found.span(), of, f"there is no section {name!r} to close{inner}")
    _, without, _, nodes = open_.pop()
    open_[-1][3].append(Section(name, without, _joined(nodes)))


def _tags(text: str, *, of: str) -> Iterator[tuple[re.Match[str], int]]:
    """Yield each tag, and where the text goes on; a match may begin before its braces, with the blanks of its line."""
    at = 0
    while (start := text.find("{{", at)) >= 0:
        found = TAG.match(text, start)
        if found is None:
            raise _wrong(text, (start, start + 2), of, "expected {{field}}, {{#field}}, {{^field}} or {{/field}}")
        line = max(text.rfind("\n", at, start) + 1, at)
        alone = ALONE.match(text, line) if line == 0 or text[line - 1] == "\n" else None
        if alone is not None and alone.start("tag") == start and alone["tag"] == found[0]:
            found, at = LINE.match(text, line) or found, alone.end()
        else:
            at = found.end()
        yield found, at


def _joined(nodes: Sequence[Node]) -> tuple[Node, ...]:
    return tuple(node for node in nodes if not isinstance(node, Literal) or node.text)


def _wrong(text: str, span: tuple[int, int], of: str, why: str) -> InputError:
    line, column = text.count("\n", 0, span[0]) + 1, span[0] - text.rfind("\n", 0, span[0])
    return InputError(f"{of}, line {line}, column {column}: {why}\n{pointed_at(text, span)}")


def named(nodes: Sequence[Node]) -> Iterator[str]:
    """Yield each name in the order in which it is written."""
    for node in nodes:
        if isinstance(node, Section):
            yield node.name
            yield from named(node.nodes)
        elif isinstance(node, Field):
            yield node.name


def wanted(nodes: Sequence[Node], has: Callable[[str], bool]) -> Iterator[str]:
    """Yield the names of fields that would be written, where those that have a value are known."""
    for node in nodes:
        if isinstance(node, Section):
            if has(node.name) != node.without:
                yield from wanted(node.nodes, has)
        elif isinstance(node, Field):
            yield node.name


def filled(nodes: Sequence[Node], values: Mapping[str, str], has: Callable[[str], bool]) -> str:
    """Return the text with the values in it, each as it is given."""
    parts: list[str] = []
    for node in nodes:
        match node:
            case Literal(text):
                parts.append(text)
            case Field(name):
                parts.append(values[name])
            case Section(name, without, inner):
                parts.append(filled(inner, values, has) if has(name) != without else "")
    return "".join(parts)
