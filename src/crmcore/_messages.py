"""How messages say things: the nearest of some names, the class of a value, a place in a text with carets below."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["kind_of", "offered", "pointed_at"]


def kind_of(value: object) -> str:
    """Return what a message calls a value that is of the wrong class; never the value, which may be personal.

    >>> kind_of(3), kind_of("x"), kind_of(None)
    ('an int', 'a str', 'None')
    """
    name = value.__class__.__name__
    return "None" if value is None else f"{'an' if name[:1] in 'aeiouAEIOU' else 'a'} {name}"


def offered(name: str, names: Sequence[str]) -> str:
    """Return the nearest of some names as a question, whatever their case; where none is near, what there is."""
    by_small = {one.lower(): one for one in reversed(names)}
    near = [by_small[one] for one in get_close_matches(name.lower(), by_small, n=1 if name.lower() in by_small else 3)]
    if near:
        return f"did you mean {' or '.join(map(repr, near))}?"
    listed = ", ".join(map(repr, sorted(names)[:20])) or "none"
    return f"there are: {listed}{f' and {len(names) - 20} more' if len(names) > 20 else ''}"


def pointed_at(text: str, span: tuple[int, int]) -> str:
    r"""Return the part of the line where a span begins, with carets below.

    >>> print(pointed_at("a = 1 and\nb == 2", (12, 14)))
      b == 2
        ^^
    """
    start, end = span
    first = max(text.rfind("\n", 0, start) + 1, start - 60)
    stop = text.find("\n", start, start + 80)
    line = text[first : stop if stop >= 0 else start + 80]
    shown = "".join(letter if letter.isprintable() else " " for letter in line)
    at = start - first
    return f"  {shown}\n  {' ' * _columns(shown[:at])}{'^' * max(1, _columns(shown[at : at + end - start]))}"


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide letters two, and marks upon others none."""
    return sum(2 if east_asian_width(one) in "WF" else 0 if category(one) in {"Mn", "Me"} else 1 for one in text)
