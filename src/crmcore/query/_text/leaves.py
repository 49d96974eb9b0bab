"""Leaves of the tree, which hold no question: comparisons, periods, distances, samples, segments, words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.query._text.cursor import FIELD
from crmcore.query._text.lexing import MOST_LISTED, Sort
from crmcore.query._text.values import period, sees_period, value
from crmcore.query.tree import (
    Between,
    Compare,
    Expression,
    In,
    InSegment,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Recurs,
    Sample,
    Term,
    TextMatch,
    Words,
)

if TYPE_CHECKING:
    from crmcore.query._text.cursor import Cursor

__all__ = ["AT", "MATCHES", "NEGATED_OPS", "OPS", "anniversary", "compared", "instant", "near", "own_leaf", "window"]

AT = "at"
"""The field that says when something happened."""

OPS = {"=": Op.IS, "==": Op.EQ, "<": Op.LT, "<=": Op.LE, ">": Op.GT, ">=": Op.GE}
NEGATED_OPS = {"<>": Op.IS, "!=": Op.IS, "!==": Op.EQ}
MATCHES = {
    TextMatch.CONTAINS: ("contains",),
    TextMatch.STARTS: ("starts", "with"),
    TextMatch.ENDS: ("ends", "with"),
    TextMatch.LIKE: ("like",),
}


def instant(cursor: Cursor) -> str:
    """Read since when something is so."""
    if not (cursor.sees_sort(Sort.TIME) or cursor.sees_sort(Sort.TEXT)):
        cursor.fail_here()
    return str(cursor.take().value)


def window(cursor: Cursor) -> Between | None:
    """Read when something happened, where it is said."""
    start = cursor.peek().start
    if sees_period(cursor) or cursor.sees("between"):
        return _between(cursor, AT, start)
    return None


def _between(cursor: Cursor, term: Term, start: int) -> Between:
    """Read ``in last 90 days`` or ``between a and b``."""
    if cursor.accept("in"):
        first, last, includes_last = period(cursor)
    else:
        cursor.expect("between")
        first = value(cursor)
        cursor.expect("and")
        includes_last = not cursor.accept("before")
        last = value(cursor)
    return cursor.noted(Between(term, first, last, includes_last), start)


def own_leaf(cursor: Cursor, start: int) -> Expression | None:
    """Read a leaf that begins with a word of its own, where one stands."""
    if cursor.accept("in"):
        cursor.expect("segment")
        return cursor.noted(InSegment(cursor.expect_text()), start)
    if cursor.sees("words") and cursor.peek(1).sort is Sort.TEXT:
        cursor.take()
        return cursor.noted(Words(cursor.expect_text()), start)
    if cursor.sees("sample") and cursor.peek(1).sort is Sort.TEXT:
        return _sample(cursor, start)
    if cursor.sees("within") and (cursor.peek(1).sort is Sort.NUMBER or cursor.peek(1).word == "-"):
        return near(cursor, start)
    return None


def _sample(cursor: Cursor, start: int) -> Expression:
    cursor.take()
    salt, first = cursor.expect_text(), cursor.expect_whole(signed=True)
    cursor.expect("to")
    end = cursor.expect_whole(signed=True)
    cursor.expect("of")
    return cursor.noted(Sample(salt, first, end, cursor.expect_whole(signed=True)), start)


def near(cursor: Cursor, start: int) -> Expression:
    """Read ``within 30 km of "Utrecht"``."""
    cursor.expect("within")
    km = _number(cursor)
    cursor.expect("km", "of")
    of = _point(cursor) if cursor.sees("(") else cursor.expect_text()
    if not cursor.accept("by"):
        return cursor.noted(Near(km=km, of=of), start)
    latitude = cursor.expect_name(FIELD)
    cursor.expect(",")
    longitude = cursor.expect_name(FIELD)
    return cursor.noted(Near(km=km, of=of, latitude=latitude, longitude=longitude), start)


def _point(cursor: Cursor) -> tuple[float, float]:
    cursor.expect("(")
    latitude = _number(cursor)
    cursor.expect(",")
    longitude = _number(cursor)
    cursor.expect(")")
    return latitude, longitude


def _number(cursor: Cursor) -> float:
    sign = -1 if cursor.accept("-") else 1
    return sign * float(cursor.expect_sort(Sort.NUMBER).value)


def anniversary(cursor: Cursor, term: Term, start: int) -> Expression:
    """Read ``between today and in 30 days`` after ``anniversary of born``."""
    cursor.expect("between")
    first = value(cursor)
    cursor.expect("and")
    return cursor.noted(Recurs(term, first, value(cursor)), start)


def compared(cursor: Cursor, term: Term, start: int) -> Expression:
    """Read what is asked of a term."""
    for sign, op in OPS.items():
        if cursor.accept(sign):
            return cursor.noted(Compare(term, op, value(cursor)), start)
    for sign, op in NEGATED_OPS.items():
        if cursor.accept(sign):
            return _negated(cursor, Compare(term, op, value(cursor)), start)
    if cursor.accept("is"):
        return _being(cursor, term, start)
    if cursor.accept("has"):
        cursor.expect("words")
        return cursor.noted(Match(term, TextMatch.WORDS, cursor.expect_text()), start)
    is_negated = cursor.accept("not")
    leaf = _listed_or_matched(cursor, term, start)
    return _negated(cursor, leaf, start) if is_negated else leaf


def _negated(cursor: Cursor, leaf: Expression, start: int) -> Expression:
    return cursor.noted(Not(cursor.noted(leaf, start)), start)


def _being(cursor: Cursor, term: Term, start: int) -> Expression:
    """Read what ``is`` says; ``is not`` turns it round, and ``null`` is SQL's word for missing."""
    is_negated = cursor.accept("not")
    if cursor.accept("known"):
        leaf: Expression = Missing(term)
        is_negated = not is_negated
    elif cursor.accept("missing") or cursor.accept("null"):
        leaf = Missing(term)
    elif cursor.peek().word in {"true", "false"}:
        leaf = Compare(term, Op.IS, cursor.take().word == "true")
    else:
        leaf = Match(term, TextMatch.IS, cursor.expect_text())
    return _negated(cursor, leaf, start) if is_negated else cursor.noted(leaf, start)


def _listed_or_matched(cursor: Cursor, term: Term, start: int) -> Expression:
    if sees_period(cursor) or cursor.sees("between"):
        return _between(cursor, term, start)
    if cursor.accept("in"):
        folds = not cursor.accept("exactly")
        return cursor.noted(In(term, _values(cursor), folds=folds), start)
    how = next((how for how, (word, *_) in MATCHES.items() if cursor.sees(word)), None)
    if how is None:
        cursor.fail_here()
    cursor.expect(*MATCHES[how])
    return cursor.noted(Match(term, how, cursor.expect_text()), start)


def _values(cursor: Cursor) -> list[Any]:
    found = []
    cursor.expect("(")
    while not cursor.sees(")"):
        start = cursor.peek().start
        found.append(value(cursor))
        if len(found) > MOST_LISTED:
            cursor.fail(f"a list of more than {MOST_LISTED:,} values; send the question as JSON", (start, cursor.end))
        if not cursor.accept(","):
            break
    cursor.expect(")")
    return found
