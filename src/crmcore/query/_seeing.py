"""What a leaf sees as time goes on: the values of its term, and the instants at which its moments pass them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

import attrs

from crmcore.query._reaching import ALWAYS, reaches_day, reaches_instant
from crmcore.query._terms import values_of
from crmcore.query._values import held_against
from crmcore.query.courses import Course, earlier
from crmcore.query.dates import first_day, next_day
from crmcore.query.moments import LAST, Moment
from crmcore.query.resolving import timed
from crmcore.query.rows import judges
from crmcore.query.tree import Aggregate, Between, Compare, How, In, Op, Recurs
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from crmcore.query.tree import Expression, Term
    from crmcore.query.types import Facts, Scalar

    Follow: TypeAlias = Callable[[Facts, "Period"], Course]
    """Follows one node over the facts of one record or item."""
    Spell: TypeAlias = tuple[datetime | None, datetime | None]
    """From when, None for never; up to before when, None for ever."""
    See: TypeAlias = Callable[[Facts, "Period"], "Seen"]

__all__ = ["Period", "Seen", "edges_of", "seen_by", "spells_of"]

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


@attrs.frozen
class Period:
    """For how long answers are followed: from *now* on, and up to *until* what would change for ever."""

    now: datetime
    until: datetime
    _plain: dict[tuple[int, datetime], tuple[Expression, Expression]] = attrs.field(factory=dict, init=False)

    def plain(self, leaf: Expression, at: datetime) -> Expression:
        """Return the leaf resolved at an instant; many items share it."""
        kept = self._plain.get((id(leaf), at))
        if kept is None:
            self._plain[id(leaf), at] = kept = (leaf, timed(leaf, at))  # with the leaf, so that its id stays its own
        return kept[1]


@attrs.frozen
class Seen:
    """The values of a term from now on: the first ones have no instant."""

    values: Sequence[tuple[datetime | None, Sequence[Scalar]]]
    until: datetime | None = None

    def at(self, instant: datetime) -> Sequence[Scalar]:
        """Return the values at an instant."""
        if len(self.values) == 1:
            return self.values[0][1]
        return [values for at, values in self.values if at is None or at <= instant][-1]


def seen_by(term: Term, where: Follow | None) -> See:
    """Return what reads the values of a term; *where* follows the condition of an aggregate that time changes."""
    if where is not None and isinstance(term, Aggregate):
        return _taken_as_time_goes(term, where)
    fixed = term.where if isinstance(term, Aggregate) else None
    read = values_of(term, None if fixed is None else judges(fixed))
    return lambda facts, _: Seen([(None, read(facts))])


def _taken_as_time_goes(term: Aggregate, where: Follow) -> See:
    take = values_of(attrs.evolve(term, where=None))

    def see(facts: Facts, period: Period) -> Seen:
        items: Any = facts.get(term.relation, ())
        courses = [where(item, period) for item in items]
        until: datetime | None = None
        for course in courses:
            until = earlier(until, course.until)
        is_in = [course.first is True for course in courses]
        changes = sorted((at, place, to is True) for place, course in enumerate(courses) for at, to in course.changes)

        def taken() -> Sequence[Scalar]:
            if term.how is How.COUNT:
                return (sum(is_in),)
            return take({term.relation: tuple(item for item, included in zip(items, is_in, strict=True) if included)})

        values: list[tuple[datetime | None, Sequence[Scalar]]] = [(None, taken())]
        for number, (at, place, comes_in) in enumerate(changes, start=1):
            is_in[place] = comes_in
            if number == len(changes) or changes[number][0] != at:
                values.append((at, taken()))
        return Seen(values, until)

    return see


def edges_of(leaf: Expression, values: Iterable[Any], period: Period) -> Iterator[datetime]:
    """Yield the instants of asking at which the leaf may say something else of one of the values."""
    match leaf:
        case Recurs(_, Moment() as first, Moment() as last):
            yield from _anniversaries(first, last, values, period)
        case Compare() | Between() | In():
            for moment in held_against(leaf):
                if isinstance(moment, Moment):
                    yield from _edges(moment, leaf.type, values)
        case _:
            return


def spells_of(leaf: Compare | Between | In, value: str) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield from when, and up to before when, an instant satisfies a leaf; None for ever."""
    at = datetime.fromisoformat(value)
    right_after = at + TICK if at <= LAST else at  # beyond the last moment nothing comes
    match leaf:
        case Compare(_, op, moment):
            spells = [_spell(moment, op, at, right_after)]
        case In(_, values):
            spells = [
                _spell(one, Op.EQ, at, right_after)
                if isinstance(one, Moment)
                else (ALWAYS if one == value else None, None)
                for one in values
            ]
        case Between(_, first, last, includes_last):
            op = Op.LE if includes_last else Op.LT
            spells = [_both(_end(first, Op.GE, value, at, right_after), _end(last, op, value, at, right_after))]
        case _:
            assert_never(leaf)
    yield from ((begin, end) for begin, end in spells if begin is not None and (end is None or begin < end))


def _spell(moment: Moment, op: Op, at: datetime, right_after: datetime) -> Spell:
    """Return when an instant stands so to a moment, which never goes back."""
    match op:
        case Op.LT:
            return reaches_instant(moment, right_after), None
        case Op.LE:
            return reaches_instant(moment, at), None
        case Op.GT:
            return ALWAYS, reaches_instant(moment, at)
        case Op.GE:
            return ALWAYS, reaches_instant(moment, right_after)
        case _:
            return reaches_instant(moment, at), reaches_instant(moment, right_after)


def _end(end: object, op: Op, value: str, at: datetime, right_after: datetime) -> Spell:
    """Return when an instant stands so to one end of a range, which may be a text."""
    if isinstance(end, Moment):
        return _spell(end, op, at, right_after)
    text = str(end)
    stands = value >= text if op is Op.GE else value <= text if op is Op.LE else value < text
    return (ALWAYS if stands else None), None


def _both(one: Spell, other: Spell) -> Spell:
    begins = [begin for begin, _ in (one, other)]
    begin = None if None in begins else max(begin for begin in begins if begin is not None)
    return begin, earlier(one[1], other[1])


def _edges(moment: Moment, type_: FieldType | None, values: Iterable[Any]) -> Iterator[datetime]:
    for value in values:
        if type_ is FieldType.DATE:
            found = [reaches_day(moment, day) for day in _days(value)]
        else:
            instant = datetime.fromisoformat(value)
            found = [reaches_instant(moment, edge) for edge in (instant, instant + TICK)] if instant <= LAST else []
        yield from (at for at in found if at is not None)


def _days(text: str) -> set[date]:
    """Return the days at which something becomes certain, or no longer so, of a partial date."""
    edges = {date.fromisoformat(day) for day in (first_day(text), next_day(text)) if day != "~"}
    return edges | {day + DAY for day in edges if day < LAST.date()} | {day - DAY for day in edges if day > date.min}


def _anniversaries(first: Moment, last: Moment, values: Iterable[Any], period: Period) -> Iterator[datetime]:
    """Yield when an anniversary comes into what is asked for, and when it goes out again."""
    year, end = (int(moment.day(at)[:4]) for moment, at in ((first, period.now), (last, period.until)))
    for month_and_day in {value[5:] for value in values if len(value) == len("YYYY-MM-DD")}:
        for number in range(max(year - 1, 1), min(end + 1, LAST.year - 1) + 1):
            day = _anniversary(number, month_and_day)
            for moment, edge in ((first, day + DAY), (last, day)):
                if (at := reaches_day(moment, edge)) is not None:
                    yield at


def _anniversary(year: int, month_and_day: str) -> date:
    try:
        return date.fromisoformat(f"{year:04}-{month_and_day}")
    except ValueError:  # the 29th of February
        return date(year, 2, 28)
