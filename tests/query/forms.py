"""Trees of every node, term and value, checked or not, for the forms that questions are written in."""

from __future__ import annotations

from hypothesis import strategies as st

from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    How,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Moment,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Span,
    TextMatch,
    Unit,
    Words,
)
from crmcore.query.text import KEYWORDS

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6),
    st.sampled_from(["python", 'say "no"', "a\\b", "line\nnext\t\x01", "`", "'", "\u2028", "2019-03"]),
)
KEYS = st.one_of(
    st.sampled_from(
        ["name", "level", "at", "custom.shoe_size", "data.to", "email.sent", "é", "a-b", "", "custom", "Not"]
    ),
    st.sampled_from(sorted(KEYWORDS)),
    TEXTS,
)
KINDS = st.sampled_from(["email.sent", "application.moved", "custom.ping", "note", "odd kind.x", "any.thing"])
UNITS = st.sampled_from(list(Unit))
DAYS = st.sampled_from([unit for unit in Unit if unit not in {Unit.SECOND, Unit.MINUTE, Unit.HOUR}])
AMOUNTS = st.one_of(st.integers(-3, 3), st.sampled_from([-1_000_000, 90, 1_000_000]))
SPANS = st.builds(Span, AMOUNTS, UNITS)
ZONES = st.sampled_from(["UTC", "UTC", "Europe/Amsterdam", "Etc/GMT+5"])
MOMENTS = st.builds(Moment, span=SPANS, start_of=st.none() | DAYS, zone=ZONES)
WHOLES = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.one_of(WHOLES, st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.one_of(TEXTS, NUMBERS, st.booleans(), MOMENTS)


@st.composite
def periods(draw: st.DrawFn) -> tuple[Moment, Moment, bool]:
    """Return the ends of "last 90 days", "next 3 months", "this quarter" and their like."""
    zone = draw(ZONES)
    unit = draw(DAYS)
    plus = draw(st.integers(-2, 2))
    if draw(st.booleans()):
        first, last = (Moment(start_of=unit, span=Span(plus + more, unit), zone=zone) for more in (0, 1))
        return first, last, False
    edges = Moment(span=Span(plus, unit), zone=zone), Moment(zone=zone)
    return (*(edges if plus < 0 else edges[::-1]), True)


def _whens(term: st.SearchStrategy) -> st.SearchStrategy[Between]:
    return st.one_of(
        st.builds(lambda term, ends: Between(term, *ends), term, periods()),
        st.builds(Between, term, VALUES, VALUES, st.booleans()),
    )


@st.composite
def happenings(draw: st.DrawFn, inner: st.SearchStrategy[Expression]) -> Expression:
    """Return what is asked of events: of which type, which of them, and when."""
    parts = [Compare("type", Op.EQ, draw(KINDS))]
    parts += draw(st.lists(inner, max_size=1))
    parts += draw(st.lists(_whens(st.just("at")), max_size=1))
    return parts[0] if len(parts) == 1 else And(parts)


def _terms(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy:
    count = st.builds(
        lambda where: Aggregate(relation="activity", how=How.COUNT, where=where), happenings(inner) | st.none()
    )
    other = st.builds(
        lambda relation, how, field, by, where: Aggregate(relation=relation, how=how, field=field, by=by, where=where),
        KEYS, st.sampled_from(How), KEYS, st.sampled_from(["", "at", "started"]), st.none() | inner,
    )  # fmt: skip
    return st.one_of(KEYS, count, other, st.builds(Scored, KEYS, TEXTS))


def leaves(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Return leaves whose aggregates ask by *inner*."""
    terms = _terms(inner)
    return st.one_of(
        st.builds(Compare, terms, st.sampled_from(Op), VALUES),
        _whens(terms),
        st.builds(
            lambda term, values, folds: In(term, values, folds=folds),
            terms,
            st.lists(VALUES, max_size=3),
            st.booleans(),
        ),
        st.builds(Missing, terms),
        st.builds(Match, terms, st.sampled_from(TextMatch), TEXTS),
        st.builds(Recurs, terms, MOMENTS | TEXTS, MOMENTS | TEXTS),
        NEARS,
        st.builds(Sample, TEXTS, WHOLES, WHOLES, WHOLES),
        st.builds(Words, TEXTS),
        st.builds(InSegment, TEXTS),
    )


DEGREES = st.floats(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False)
NEARS = st.builds(
    lambda km, of, keys: Near(km=km, of=of, latitude=keys[0], longitude=keys[1]),
    DEGREES,
    TEXTS | st.tuples(DEGREES, DEGREES),
    st.just(("latitude", "longitude")) | st.tuples(KEYS, KEYS),
)


def _branches(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, max_size=3)
    return st.one_of(
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, inner),
        st.builds(Some, KEYS, inner),
        st.builds(lambda relation: Some(relation, And(())), KEYS),
        st.builds(lambda where: Some("activity", where), happenings(inner)),
        st.builds(lambda where: Not(Some("activity", where)), happenings(inner)),
        st.builds(lambda relation, where: Not(Some(relation, Not(where))), KEYS, inner),
        st.builds(Lasting, inner, SPANS | TEXTS),
        leaves(inner),
    )


def trees(leaves_at_most: int = 8) -> st.SearchStrategy[Expression]:
    """Return trees of all nodes; most of them would not pass a check, and all of them can be written."""
    return st.recursive(leaves(st.just(Missing("a"))), _branches, max_leaves=leaves_at_most)
