"""What SQL can say of a question: when it is certainly true, and when certainly false, exactly or as an upper bound.

An upper bound selects all records of which it is so, and perhaps others; those are judged one by one afterwards. Bounds
may be joined by AND and OR: of upper bounds, an upper bound comes out. None is ever negated: Not exchanges two of them.

A bound that is NULL counts as not true, as it does in a WHERE; :func:`unless` says the contrary of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ALWAYS",
    "DEEPEST",
    "MAYBE",
    "NEVER",
    "STATEMENT",
    "UNSAID",
    "Bound",
    "Condition",
    "all_of",
    "any_of",
    "unless",
    "within",
]

DEEPEST = 70
"""Places on the parser's stack that a condition may take: SQLite before 3.46 has a hundred, and no more."""
STATEMENT = 12
"""Places that a statement within a condition takes."""


@attrs.frozen
class Bound:
    """One condition.

    Attributes:
        sql: its text.
        is_exact: whether it is true of no other records.
        depth: places on the parser's stack that it takes.

    """

    sql: str
    is_exact: bool = True
    depth: int = 6


@attrs.frozen
class Condition:
    """When a node is certainly true, and when it is certainly false.

    Attributes:
        true, false: the bounds of both.
        possible: of what is not certainly false, where *false* is exact: what :func:`unless` says of it, in words that
            an index may serve.

    """

    true: Bound
    false: Bound
    possible: Bound = attrs.field()

    @possible.default
    def _unless_false(self) -> Bound:
        return attrs.evolve(self.false, sql=unless(self.false), depth=self.false.depth + 1)


def all_of(bounds: Iterable[Bound]) -> Bound:
    """Return the bound that says what all of them say."""
    parts = list(bounds)
    if any(part == NEVER for part in parts):
        return NEVER
    is_exact = all(part.is_exact for part in parts)
    parts = sorted((part for part in parts if part.sql != ALWAYS.sql), key=lambda part: part.depth)
    while (joined := _joined(" AND ", parts, ALWAYS)).depth > DEEPEST:
        is_exact = False
        parts.pop()
    return attrs.evolve(joined, is_exact=is_exact)


def any_of(bounds: Iterable[Bound]) -> Bound:
    """Return the bound that says what one of them says."""
    parts = list(bounds)
    if any(part == ALWAYS for part in parts):
        return ALWAYS
    if any(part.sql == ALWAYS.sql for part in parts):
        return MAYBE
    is_exact = all(part.is_exact for part in parts)
    joined = _joined(" OR ", [part for part in parts if part != NEVER], NEVER)
    return MAYBE if joined.depth > DEEPEST else attrs.evolve(joined, is_exact=is_exact)


def _joined(word: str, parts: list[Bound], nothing: Bound) -> Bound:
    """Join conditions as a balanced tree, as SQLite allows expressions to be 1,000 deep; the deep ones to the left.

    What stands to the left of a word takes one place on the parser's stack, what stands to the right takes three.
    """
    if not parts:
        return nothing
    while len(parts) > 1:
        pairs = [sorted(parts[at : at + 2], key=lambda part: -part.depth) for at in range(0, len(parts), 2)]
        parts = [_pair(word, *pair) if len(pair) > 1 else pair[0] for pair in pairs]
    return parts[0]


def _pair(word: str, left: Bound, right: Bound) -> Bound:
    depth = max(left.depth + 1, right.depth + 3)
    return Bound(f"({left.sql}{word}{right.sql})", depth=depth)


def within(opening: str, bound: Bound, closing: str) -> Bound:
    """Return a bound with text around it, such as a statement; what is too deep then says nothing."""
    depth = bound.depth + STATEMENT
    return MAYBE if depth > DEEPEST else Bound(f"{opening}{bound.sql}{closing}", bound.is_exact, depth)


def unless(bound: Bound) -> str:
    """Return the text that is true where the bound is not; never NULL."""
    return f"({bound.sql}) IS NOT TRUE"


ALWAYS = Bound("(1 = 1)")
NEVER = Bound("(1 = 0)")
MAYBE = Bound("(1 = 1)", is_exact=False)
"""What says nothing: all records are judged."""
UNSAID = Condition(MAYBE, MAYBE)
