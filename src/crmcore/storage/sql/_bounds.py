"""What SQL can say of a question: when it is certainly true, and when certainly false, exactly or as an upper bound.

An upper bound selects all records of which it is so, and perhaps others; those are judged one by one afterwards. Bounds
may be joined by AND and OR: of upper bounds, an upper bound comes out. None is ever negated: Not exchanges two of them.

A bound that is NULL counts as not true, as it does in a WHERE; :func:`unless` says the contrary of one.

PostgreSQL makes a join of each statement in a condition that is joined by AND to the rest, which finds records by the
rarest of what is asked for; but the time to plan it grows with the third power of how many there are. So only so many
are left to be joined, those that lead to records first; the others are said apart, and looked up record by record.
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
    "MOST_JOINED",
    "NEVER",
    "STATEMENT",
    "UNSAID",
    "Bound",
    "Condition",
    "all_of",
    "any_of",
    "found",
    "none_found",
    "unless",
]

DEEPEST = 70
"""Places on the parser's stack that a condition may take: SQLite before 3.46 has a hundred, and no more."""
STATEMENT = 12
"""Places that a statement within a condition takes."""
MOST_JOINED = 40
"""Statements that a server joins to the records: so many are planned in a tenth of a second, 400 in a minute.

Of large tables and common values, a join is several times faster than to look each record up.
"""


@attrs.frozen
class Bound:
    """One condition.

    Attributes:
        sql: its text.
        is_exact: whether it is true of no other records.
        depth: places on the parser's stack that it takes.
        joins: statements in it that a server makes joins of, where nothing but AND stands between them and the rest.
        leads: whether an index may lead from one of them to the records.
        apart: its text such that none is joined; "" where that is the same.

    """

    sql: str
    is_exact: bool = True
    depth: int = 6
    joins: int = 0
    leads: bool = False
    apart: str = ""

    def unjoined(self) -> Bound:
        """Return the same, such that a server makes no join of it."""
        return attrs.evolve(self, sql=self.apart, joins=0, leads=False, apart="") if self.apart else self


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
        return unless(self.false)


def all_of(bounds: Iterable[Bound]) -> Bound:
    """Return the bound that says what all of them say."""
    parts = list(dict.fromkeys(bounds))
    if NEVER in parts:
        return NEVER
    is_exact = all(part.is_exact for part in parts)
    parts = sorted(_within_joins(part for part in parts if part.sql != ALWAYS.sql), key=lambda part: part.depth)
    while (joined := _joined(" AND ", parts, ALWAYS)).depth > DEEPEST:
        is_exact = False
        parts.pop()
    return attrs.evolve(joined, is_exact=is_exact)


def any_of(bounds: Iterable[Bound]) -> Bound:
    """Return the bound that says what one of them says."""
    parts = [bound.unjoined() for bound in dict.fromkeys(bounds)]
    if ALWAYS in parts:
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
    both = Bound(f"({left.sql}{word}{right.sql})", depth=depth)
    if not (joins := left.joins + right.joins):
        return both
    apart = f"({left.unjoined().sql}{word}{right.unjoined().sql})"
    return attrs.evolve(both, joins=joins, leads=left.leads or right.leads, apart=apart)


def _within_joins(parts: Iterable[Bound]) -> list[Bound]:
    """Return the parts with no more statements to be joined than a server plans well; those that lead go first."""
    kept, joins = [], 0
    for part in sorted(parts, key=lambda part: not part.leads):
        is_joined = not joins or joins + part.joins <= MOST_JOINED
        joins += part.joins if is_joined else 0
        kept.append(part if is_joined else part.unjoined())
    return kept


def found(outer: str, inner: str, rows: str, holds: Bound, *, is_sqlite: bool) -> Bound:
    """Return the bound that one of some rows holds something; what is too deep says nothing.

    Args:
        outer: the text of the value that links a record to them; their own is *inner*.
        inner: see there.
        rows: the statement from the tables on, with the first of its conditions.
        holds: of a row.
        is_sqlite: which joins none, and plans each statement by itself.

    """
    if (depth := holds.depth + STATEMENT) > DEEPEST:
        return MAYBE
    sql = f"{outer} IN (SELECT {inner} FROM {rows} AND {holds.sql})"  # noqa: S608 - names of the catalogue
    if is_sqlite:
        return Bound(sql, holds.is_exact, depth)
    each = f"EXISTS (SELECT 1 FROM {rows} AND {inner} = {outer} AND {holds.sql})"  # noqa: S608 - as above
    return Bound(sql, holds.is_exact, depth, joins=1 + holds.joins, leads=True, apart=f"({each}) IS TRUE")


def none_found(outer: str, inner: str, rows: str, holds: Bound, *, is_sqlite: bool) -> Bound:
    """Return the bound that no row does; a server is better at looking for each record by itself."""
    if (depth := holds.depth + STATEMENT) > DEEPEST:
        return MAYBE
    if is_sqlite:
        return unless(found(outer, inner, rows, holds, is_sqlite=True))
    sql = f"NOT EXISTS (SELECT 1 FROM {rows} AND {inner} = {outer} AND {holds.sql})"  # noqa: S608 - as above
    return Bound(sql, holds.is_exact, depth, joins=1 + holds.joins, apart=f"({sql}) IS TRUE")


def unless(bound: Bound) -> Bound:
    """Return the bound that is true where an exact one is not; its text is never NULL."""
    return Bound(f"({bound.unjoined().sql}) IS NOT TRUE", bound.is_exact, bound.depth + 1)


ALWAYS = Bound("(1 = 1)")
NEVER = Bound("(1 = 0)")
MAYBE = Bound("(1 = 1)", is_exact=False)
"""What says nothing: all records are judged."""
UNSAID = Condition(MAYBE, MAYBE)
