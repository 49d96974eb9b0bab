"""A question put at an instant: all that lies outside the record is put in, so that compilers see plain values."""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeGuard

import attrs

from crmcore.errors import InputError
from crmcore.query._folding import folded, nodes_of, rebuilt, term_of
from crmcore.query._values import held_against
from crmcore.query.moments import Moment, Span, in_utc
from crmcore.query.rewriting import rewritten, with_values
from crmcore.query.scalars import scalar_of
from crmcore.query.tree import Between, Compare, Expression, In, InSegment, Lasting, Near, Recurs, Scored
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crmcore.query.types import Facts

    Scorer: TypeAlias = Callable[[Facts, str], float | None]

__all__ = ["Places", "depends_on_time", "expanded", "is_timed", "resolved", "supplied", "timed"]


class Places(Protocol):
    """Knows where places are."""

    def __call__(self, name: str, /) -> tuple[float, float]:
        """Return the latitude and longitude of a place, in degrees; raise InputError where it is not known."""
        ...


def expanded(expression: Expression, segments: Callable[[str], Expression]) -> Expression:
    """Return the expression with what it asks put into every segment, those inside it included.

    A segment that has it already keeps it.

    Args:
        expression: the question.
        segments: key -> what the segment asks, checked; raises for a key that there is none of.

    Raises:
        InputError: a segment asks for itself, by whatever way; names the way.

    """
    done: dict[str, Expression] = {}

    def put_in(question: Expression) -> Expression:
        return rewritten(question, lambda leaf: attrs.evolve(leaf, asks=done[leaf.segment]) if _is_open(leaf) else leaf)

    way = {"": (expression, _segments_in(expression))}  # to the segment in hand; none has an empty key
    while way:
        key, (question, inside) = next(reversed(way.items()))
        inner = next((inner for inner in inside if inner not in done), None)
        if inner is None:
            done[key] = put_in(question)
            del way[key]
        elif inner in way:
            keys = [*way, inner]
            raise InputError(f"segments ask for each other in a circle: {' > '.join(keys[keys.index(inner) :])}")
        else:
            asked = segments(inner)
            way[inner] = asked, _segments_in(asked)
    return done[""]


def _segments_in(question: Expression) -> Iterator[str]:
    return iter([node.segment for node in nodes_of(question) if _is_open(node)])


def _is_open(node: Expression) -> TypeGuard[InSegment]:
    """Say whether it is a segment of which it is not yet put in what it asks."""
    return isinstance(node, InSegment) and node.asks is None


def resolved(
    expression: Expression,
    now: datetime,
    *,
    segments: Callable[[str], Expression] | None = None,
    places: Places | None = None,
    scorers: Mapping[str, Scorer] | None = None,
) -> Expression:
    """Return the checked expression with plain values for everything that depends on when and where one asks.

    Args:
        expression: as :func:`~crmcore.query.checking.checked` returns it.
        now: the instant of asking; aware.
        segments: key -> what a segment asks, checked.
        places: where a place of that name is; by default the cities of :meth:`crmcore.hygiene.Gazetteer.built_in`.
        scorers: the functions that score a record, by name.

    Raises:
        InputError: something that the expression asks for was not given, or is not known there.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import catalogue
    >>> from crmcore.query import F, checked
    >>> question = checked(F.touched_at > Moment(span=Span(-90, "day")), catalogue().by_key, of="contact")
    >>> resolved(question, datetime(2026, 5, 20, tzinfo=UTC))
    Compare(field='touched_at', op=<Op.GT: 'gt'>, value='2026-02-19T00:00:00.000000Z')
    """
    now = in_utc(now)
    question = supplied(expression, segments=segments, places=places, scorers=scorers)
    return _since(rewritten(question, lambda leaf: timed(leaf, now)), now)


def supplied(
    expression: Expression,
    *,
    segments: Callable[[str], Expression] | None = None,
    places: Places | None = None,
    scorers: Mapping[str, Scorer] | None = None,
) -> Expression:
    """Return the checked expression with all put in that lies outside the record, except the time of asking.

    Raises:
        InputError: something that the expression asks for was not given, or is not known there.

    """
    if segments is not None or any(_is_open(node) for node in nodes_of(expression)):
        expression = expanded(expression, segments or _no_segments)

    def put_in(leaf: Expression) -> Expression:
        if isinstance(term := term_of(leaf), Scored):
            return attrs.evolve(leaf, field=attrs.evolve(term, scorer=_scorer(term.function, scorers or {})))  # type: ignore[arg-type]
        if isinstance(leaf, Near) and isinstance(leaf.of, str):
            return attrs.evolve(leaf, of=(places or _cities())(leaf.of))
        return leaf

    return rewritten(expression, put_in)


def timed(leaf: Expression, now: datetime) -> Expression:
    """Return a leaf with plain values for its moments."""
    match leaf:
        case Compare() | Between() | In():
            is_date = leaf.type is FieldType.DATE
            return with_values(leaf, lambda value: _plain(value, now, is_date=is_date)) if is_timed(leaf) else leaf
        case Recurs():
            return _anniversaries(leaf, now)
        case _:
            return leaf


def _plain(value: object, now: datetime, *, is_date: bool) -> object:
    if not isinstance(value, Moment):
        return value
    return value.day(now) if is_date else scalar_of(value.instant(now), FieldType.INSTANT, field="now")


def depends_on_time(expression: Expression) -> bool:
    """Say whether the answer may change while nothing is changed."""
    return any(is_timed(node) for node in nodes_of(expression))


def is_timed(node: Expression) -> bool:
    """Say whether the node itself, whatever its parts, depends on the time of asking."""
    match node:
        case Compare() | Between() | In():
            return any(isinstance(value, Moment) for value in held_against(node))
        case Recurs():
            return isinstance(node.first, Moment)
        case Lasting():
            return isinstance(node.span, Span)
        case _:
            return False


def _since(expression: Expression, now: datetime) -> Expression:
    """Put in since when something must have lasted."""

    def step(node: Expression, parts: tuple[Expression, ...]) -> Expression:
        node = rebuilt(node, parts)
        if isinstance(node, Lasting) and isinstance(node.span, Span):
            since = Span(-node.span.amount, node.span.unit).after(now)
            return attrs.evolve(node, span=str(scalar_of(since, FieldType.INSTANT, field="now")))
        return node

    return folded(expression, step)


def _anniversaries(leaf: Recurs, now: datetime) -> Expression:
    if not (isinstance(leaf.first, Moment) and isinstance(leaf.last, Moment)):
        return leaf
    first, last = (date.fromisoformat(moment.day(now)) for moment in (leaf.first, leaf.last))
    if first > last:  # now and then, as months have more and fewer days: nobody's anniversary
        return In(leaf.field, (), type=FieldType.DATE)
    if (last - first).days >= 365:
        return attrs.evolve(leaf, first="01-01", last="12-31")
    is_feast = (last.month, last.day) == (2, 28) and not isleap(last.year)
    return attrs.evolve(leaf, first=f"{first:%m-%d}", last="02-29" if is_feast else f"{last:%m-%d}")


def _scorer(name: str, scorers: Mapping[str, Scorer]) -> Scorer:
    if name not in scorers:
        raise InputError(f"there is no scoring function {name!r}; there are: {', '.join(sorted(scorers)) or 'none'}")
    return scorers[name]


def _no_segments(key: str) -> Expression:
    raise InputError(f"segment {key!r} is asked for, and no segments were given")


@cache
def _cities() -> Places:
    """Return the cities that come with crmcore; read when the first place is asked for by its name."""
    from crmcore.hygiene.gazetteer import Gazetteer

    return Gazetteer.built_in()
