"""What a leaf says of one value, as SQL: that it certainly satisfies it, and that it certainly does not.

Both are NULL where the value is, so neither is true of what is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crmcore.hygiene.folding import fold
from crmcore.query import Between, Compare, FieldType, In, Match, Op, Recurs
from crmcore.query.dates import Boundary, first_day, next_day
from crmcore.query.texts import folded_text
from crmcore.query.tree import TextMatch
from crmcore.storage.sql.projection import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.storage.sql._saying import Saying

__all__ = ["Leaf", "Said", "said"]

Leaf = Compare | Between | In | Match | Recurs
DEEP = 50
"""Places that the text of :meth:`~crmcore.storage.sql._saying.Saying.spaced` takes."""
_OPERATORS = {Op.EQ: "=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
LONGEST_PATTERN = 10_000
"""Letters of a pattern that databases match; SQLite takes 50,000, and more are judged one by one."""


class Said(NamedTuple):
    """When a value certainly satisfies a leaf, and when it certainly does not."""

    true: str
    false: str
    is_exact: bool = True
    depth: int = 8
    """Places on the parser's stack, see :mod:`~crmcore.storage.sql._bounds`."""

    @property
    def is_plain(self) -> bool:
        """Whether a known value either satisfies it or does not."""
        return self.false == f"NOT ({self.true})"


def said(leaf: Leaf, value: str, folded: str, saying: Saying, beginning: str = "", *, is_item: bool = False) -> Said:
    """Return what a leaf says of a value.

    Args:
        leaf: resolved; not of a type that may hold anything.
        value: the text of the value.
        folded: that of the folded value.
        saying: of the statement.
        beginning: the text of the first folded letters, by which an index finds it; "" where there is none.
        is_item: whether it lies in a table of items, which has no index of the value itself.

    """
    match leaf:
        case Match(_, how, text):
            return _matched(how, text, folded, saying, beginning)
        case Recurs(_, str() as first, str() as last):
            return _recurring(first, last, value, saying)
        case Compare(_, op, day) if leaf.type is FieldType.DATE:
            return _dated(op, day, value, saying)
        case Between() if leaf.type is FieldType.DATE:
            end = next_day(leaf.last) if leaf.includes_last else first_day(leaf.last)
            return _within(Boundary(first_day(leaf.first)), Boundary(end), value, saying)
        case In(_, days) if leaf.type is FieldType.DATE:
            return _one_of_dates(days, value, saying)
        case Compare(_, Op.EQ, str() as text) if beginning and is_item:
            begins = saying.value(fold(text)[:BEGINNING])
            return _or_not(f"({beginning} = {begins} AND {value} = {saying.value(text)})")
        case Compare(_, op, other):
            return _or_not(f"{value} {_OPERATORS[op]} {saying.value(other)}")
        case Between(_, first, last):
            if leaf.includes_last:
                return _or_not(f"{value} BETWEEN {saying.value(first)} AND {saying.value(last)}")
            return _or_not(f"({value} >= {saying.value(first)} AND {value} < {saying.value(last)})")
        case In(_, ()):
            return Said("(1 = 0)", f"{value} IS NOT NULL")
        case In(_, values) if leaf.folds:
            return _folding(values, folded, saying, beginning)
        case In(_, values) if beginning and is_item:
            begins = saying.listed(sorted({fold(text)[:BEGINNING] for text in values}))
            return _or_not(f"({beginning} {begins} AND {value} {saying.listed(values)})")
        case In(_, values):
            return _or_not(f"{value} {saying.listed(values)}")
        case _:
            raise TypeError("the expression is not resolved; resolved() puts plain values in")


def _folding(texts: Sequence[str], folded: str, saying: Saying, beginning: str) -> Said:
    """Return what says that a value is one of some texts to a reader; the index finds it by how they begin."""
    letters = sorted({folded_text(TextMatch.IS, text) for text in texts})
    if not beginning:
        return _or_not(f"{folded} {saying.listed(letters)}")
    begins = f"{beginning} {saying.listed(sorted({text[:BEGINNING] for text in letters}))}"
    if max(map(len, letters)) < BEGINNING:
        return _or_not(begins)
    return _or_not(f"({begins} AND {folded} {saying.listed(letters)})")


def _or_not(holds: str, depth: int = 8) -> Said:
    return Said(holds, f"NOT ({holds})", depth=depth)


def _before(boundary: Boundary, value: str, saying: Saying) -> str:
    """Return when all days of a date lie before; an index on the dates serves it."""
    if not boundary.straddling:
        return f"{value} IS NOT NULL"
    besides = ", ".join(map(saying.value, boundary.straddling))
    return f"({value} < {saying.value(boundary.day)} AND {value} NOT IN ({besides}))"


def _from(boundary: Boundary, value: str, saying: Saying) -> str:
    return f"{value} >= {saying.value(boundary.least)}"


def _dated(op: Op, day: str, value: str, saying: Saying) -> Said:
    first, after = Boundary(first_day(day)), Boundary(next_day(day))
    match op:
        case Op.LT:
            return Said(_before(first, value, saying), _from(first, value, saying))
        case Op.GE:
            return Said(_from(first, value, saying), _before(first, value, saying))
        case Op.LE:
            return Said(_before(after, value, saying), _from(after, value, saying))
        case Op.GT:
            return Said(_from(after, value, saying), _before(after, value, saying))
        case _ if len(day) == len("YYYY-MM-DD"):
            return _one_of_dates((day,), value, saying)
        case _:
            return _within(first, after, value, saying)


def _within(first: Boundary, end: Boundary, value: str, saying: Saying) -> Said:
    return Said(
        f"({_from(first, value, saying)} AND {_before(end, value, saying)})",
        f"({_before(first, value, saying)} OR {_from(end, value, saying)})",
    )


def _one_of_dates(days: Sequence[str], value: str, saying: Saying) -> Said:
    """Return what says that a date lies in one of some days, months and years; it may be one where it is longer."""
    if not days:
        return Said("(1 = 0)", f"{value} IS NOT NULL")
    longer = sorted({day[:length] for day in days for length in (4, 7) if length < len(day)})
    holds = [
        f"{value if length == len('YYYY-MM-DD') else f'substr({value}, 1, {length})'} {saying.listed(some)}"
        for length in (10, 7, 4)
        if (some := [day for day in days if len(day) == length])
    ]
    true = f"({' OR '.join(holds)})"
    return Said(true, f"NOT ({true} OR {value} {saying.listed(longer)})" if longer else f"NOT {true}")


def _recurring(first: str, last: str, value: str, saying: Saying) -> Said:
    least, most, word = saying.value(first), saying.value(last), "AND" if first <= last else "OR"
    day = f"substr({value}, 6)"
    within = f"({day} >= {least} {word} {day} <= {most})"
    return Said(f"(length({value}) = 10 AND {within})", f"(length({value}) = 10 AND NOT {within})")


def _matched(how: TextMatch, text: str, folded: str, saying: Saying, beginning: str) -> Said:
    letters = folded_text(how, text)
    is_short = beginning and len(letters) < BEGINNING
    if is_short and how is TextMatch.STARTS:
        folded = beginning
    match how:
        case TextMatch.IS if beginning:
            begins = f"{beginning} = {saying.value(letters[:BEGINNING])}"
            return _or_not(begins if is_short else f"({begins} AND {folded} = {saying.value(letters)})")
        case TextMatch.IS:
            return _or_not(f"{folded} = {saying.value(letters)}")
        case TextMatch.CONTAINS:
            return _or_not(saying.has(folded, letters))
        case TextMatch.STARTS:
            beyond = letters[:-1] + chr(ord(letters[-1]) + 1)  # the letters are ASCII
            return _or_not(f"({folded} >= {saying.value(letters)} AND {folded} < {saying.value(beyond)})")
        case TextMatch.ENDS:
            return _or_not(saying.ends(folded, letters))
        case TextMatch.WORDS:
            words = [saying.has_word(folded, word) for word in dict.fromkeys(letters.split()[:3])]
            if " " not in letters:
                return _or_not(words[0])
            holds = [*words, saying.has(saying.spaced(folded), f" {letters} ")]  # the quick ones first: they rule out
            return _or_not(f"({' AND '.join(holds)})", depth=DEEP)
        case TextMatch.LIKE:
            return _like(letters, folded, saying)


def _like(letters: str, folded: str, saying: Saying) -> Said:
    pattern = letters
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    if len(pattern) > LONGEST_PATTERN:
        return Said(f"{folded} IS NOT NULL", f"{folded} IS NOT NULL", is_exact=False)
    for sign, escaped in (("\\", "\\\\"), ("%", "\\%"), ("_", "\\_"), ("*", "%"), ("?", "_")):
        pattern = pattern.replace(sign, escaped)
    return _or_not(f"{folded} LIKE {saying.value(pattern)} ESCAPE '\\'")
