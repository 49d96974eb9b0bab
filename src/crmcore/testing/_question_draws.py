"""Questions drawn by chance about whatever subject: every node and every term, with few values, so that facts are met.

Chance is handed in: a seeded generator where many questions are wanted quickly, Hypothesis where they are to shrink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs

from crmcore.query.checking import TEXTS, UNORDERED
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.tree import (
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
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Term,
    TextMatch,
    Words,
)
from crmcore.query.types import FieldType
from crmcore.query.words import asked_words
from crmcore.testing._question_values import (
    CENTRES,
    DAYS_OF_THE_YEAR,
    LETTERS,
    MOMENTS,
    PATTERNS,
    RADII,
    SPANS,
    VALUES,
    WORDS_ASKED,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Subject

__all__ = ["Asker", "Chance", "Seeded"]

T = TypeVar("T")


class Chance(Protocol):
    """Decides."""

    def below(self, count: int, /) -> int:
        """Return a number from 0 up to before *count*."""
        ...


class Seeded:
    """Chance that is the same for the same seed, on any machine: the generator of splitmix64."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, count: int, /) -> int:
        """Return a number from 0 up to before *count*."""
        from crmcore.query.sampling import mixed

        self._state = (self._state + 0x9E3779B97F4A7C15) & (1 << 64) - 1
        return mixed(self._state) % count


_ORDERS = (Op.LT, Op.LE, Op.GT, Op.GE)
_OTHER_SORTS = {FieldType.DATE, FieldType.INSTANT}


@attrs.frozen
class Asker:
    """Draws questions that can be checked.

    Attributes:
        chance: what decides.
        values: type or key of a field -> the values to ask for; the key comes first.
        segments, places, functions: the names of what may be asked for.
        without: nodes, terms and Moment, that are not to be drawn.

    """

    chance: Chance
    values: Mapping[str, Sequence[Any]] = VALUES
    segments: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    without: AbstractSet[type] = frozenset()

    def question(self, subject: Subject, *, depth: int = 3) -> Expression:
        """Return a question about the subject that nests so deep at most."""
        return self._node(subject, depth, _Place())

    def one_of(self, several: Sequence[T]) -> T:
        """Return one of them; the first ones are the plainest."""
        return several[self.chance.below(len(several))]

    def some(self, most: int, one: Callable[[], T]) -> list[T]:
        """Return up to *most* of what is drawn."""
        return [one() for _ in range(self.chance.below(most + 1))]

    def _node(self, about: Subject, depth: int, place: _Place) -> Expression:
        sorts = [sort for sort in (_LEAVES if depth <= 0 else _NODES) if sort not in self.without]
        drawn = self._drawn(self.one_of(sorts), about, depth, place)
        return drawn if drawn is not None else Missing(self._key(about))

    def _drawn(self, sort: type, about: Subject, depth: int, place: _Place) -> Expression | None:
        def inside() -> Expression:
            return self._node(about, depth - 1, place)

        if sort in {And, Or}:
            return sort(self.some(3, inside))
        if sort is Not:
            return Not(inside())
        if sort is Some:
            return self._item(about, depth, place)
        if sort is Lasting:
            if place.is_item or place.is_past:
                return None
            return Lasting(self._node(about, depth - 1, attrs.evolve(place, is_past=True)), self.one_of(SPANS))
        if sort is Missing:
            return Missing(self._term(about, depth, place)[0])
        if sort is Match:
            return self._match(about, depth, place)
        if sort is Recurs:
            return self._recurs(about, depth, place)
        if sort is Near:
            return self._near(about)
        if sort is Sample:
            first = self.chance.below(3)
            fits = "id" in about.fields and not place.is_past
            return Sample(self.one_of(("spring", "ü")), first, first + self.chance.below(3), 4) if fits else None
        if sort is Words:
            is_searched = about.has_words and (bool(about.outside) or not place.is_item) and not place.is_past
            return Words(self.one_of(WORDS_ASKED)) if is_searched else None
        if sort is InSegment:
            fits = bool(self.segments) and not (place.is_item or place.is_past)
            return InSegment(self.one_of(self.segments)) if fits else None
        return self._leaf(sort, about, depth, place)

    def _leaf(self, sort: type, about: Subject, depth: int, place: _Place) -> Expression:
        """Return a leaf that holds a term against values."""
        term, type_ = self._term(about, depth, place)

        def value() -> Any:
            return self._value(term, type_, place)

        def one() -> Any:
            """Return a value that an instant may be equal to: the start of a day is refused there."""
            drawn = value()
            return (
                attrs.evolve(drawn, start_of=None)
                if isinstance(drawn, Moment) and type_ is FieldType.INSTANT
                else drawn
            )

        has_order = type_ not in UNORDERED and not (type_ is FieldType.ANY and isinstance(term, Aggregate))
        if sort is In:
            folds = self.chance.below(2) > 0
            letters = folds and type_ in TEXTS
            return In(term, self.some(3, lambda: self.one_of(LETTERS) if letters else one()), folds=folds)
        if sort is Between and has_order:
            first, last = value(), value()
            if type_ is not FieldType.ANY or isinstance(first, str) is isinstance(last, str):
                is_day = type_ is FieldType.INSTANT and isinstance(last, Moment) and last.start_of is Unit.DAY
                return Between(term, first, last, bool(self.chance.below(3)) and not is_day)
        op = self.one_of((Op.EQ, Op.IS, *(_ORDERS if has_order else ())))
        if op is Op.IS and type_ in TEXTS:
            return Compare(term, op, self.one_of(LETTERS))
        return Compare(term, op, one() if op in {Op.EQ, Op.IS} else value())

    def _item(self, about: Subject, depth: int, place: _Place) -> Some | None:
        if not (relations := _within(about, place)):
            return None
        relation = self.one_of(relations)
        return Some(relation, self._node(about.relations[relation], depth - 1, attrs.evolve(place, is_item=True)))

    def _match(self, about: Subject, depth: int, place: _Place) -> Match | None:
        found = self._term_of(TEXTS, about, depth, place)
        if found is None:
            return None
        how = self.one_of(tuple(TextMatch))
        letters = PATTERNS if how is TextMatch.LIKE else WORDS_ASKED if how is TextMatch.WORDS else LETTERS
        return Match(found, how, self.one_of(letters))

    def _recurs(self, about: Subject, depth: int, place: _Place) -> Recurs | None:
        found = self._term_of({FieldType.DATE}, about, depth, place)
        if found is None:
            return None
        if place.is_past or Moment in self.without or self.chance.below(2):
            return Recurs(found, self.one_of(DAYS_OF_THE_YEAR), self.one_of(DAYS_OF_THE_YEAR))
        zone = self.one_of(("UTC", "Pacific/Kiritimati"))
        first = self.one_of((0, -40, 100))
        last = first + self.one_of((0, 1, 30, 364, 365, 1_000))
        return Recurs(found, *(Moment(span=Span(days, Unit.DAY), zone=zone) for days in (first, last)))

    def _near(self, about: Subject) -> Near | None:
        if not {"latitude", "longitude"} <= set(about.fields):
            return None
        centres: tuple[tuple[float, float] | str, ...] = (*CENTRES, *self.places)
        return Near(km=self.one_of(RADII), of=self.one_of(centres))

    def _key(self, about: Subject) -> str:
        return self.one_of(tuple(about.fields))

    def _term(self, about: Subject, depth: int, place: _Place) -> tuple[Term, FieldType]:
        sort = self.chance.below(8)
        if sort > 4 and Aggregate not in self.without and _within(about, place) and depth > 0:
            return self._aggregate(about, depth, place)
        if sort == 4 and Scored not in self.without and self.functions and not place.is_past and not place.is_item:
            return Scored(self.one_of(self.functions), self.one_of(("a", "c-1"))), FieldType.NUMBER
        key = self._key(about)
        return key, about.fields[key].type

    def _term_of(self, types: AbstractSet[FieldType], about: Subject, depth: int, place: _Place) -> Term | None:
        """Return a term of one of the types, now and then an aggregate; None where there is no such field."""
        term, type_ = self._term(about, depth, place)
        if type_ in types:
            return term
        keys = [key for key, field in about.fields.items() if field.type in types]
        return self.one_of(keys) if keys else None

    def _aggregate(self, about: Subject, depth: int, place: _Place) -> tuple[Aggregate, FieldType]:
        relation = self.one_of(_within(about, place))
        items = about.relations[relation]
        where = self._node(items, depth - 2, attrs.evolve(place, is_item=True)) if self.chance.below(2) else None
        how = self.one_of(tuple(How))
        ordered = [
            key
            for key, field in items.fields.items()
            if field.type not in UNORDERED and field.type is not FieldType.ANY
        ]
        numbers = [key for key in ordered if items.fields[key].type in {FieldType.NUMBER, FieldType.INTEGER}]
        if how in {How.SUM, How.MEAN} and numbers:
            return Aggregate(relation=relation, how=how, field=self.one_of(numbers), where=where), FieldType.NUMBER
        if how in {How.MIN, How.MAX} and ordered:
            key = self.one_of(ordered)
            return Aggregate(relation=relation, how=how, field=key, where=where), items.fields[key].type
        if how in {How.FIRST, How.LAST} and ordered:
            key, by = self._key(items), self.one_of(ordered)
            return Aggregate(relation=relation, how=how, field=key, by=by, where=where), items.fields[key].type
        return Aggregate(relation=relation, how=How.COUNT, where=where), FieldType.INTEGER

    def _value(self, term: Term, type_: FieldType, place: _Place) -> Any:
        if type_ in _OTHER_SORTS and not place.is_past and Moment not in self.without and self.chance.below(3) == 2:
            return self.one_of(MOMENTS)
        if isinstance(term, Aggregate) and term.how is How.COUNT:
            return self.chance.below(4)
        if isinstance(term, Scored):
            return self.one_of((0.0, 0.1, 0.5, 1))
        key = term.field if isinstance(term, Aggregate) else term
        return self.one_of(self.values.get(key) or self.values[type_])


@attrs.frozen
class _Place:
    """Where in a question something stands: within items, or within what must have lasted."""

    is_item: bool = False
    is_past: bool = False


def _within(about: Subject, place: _Place) -> list[str]:
    """Return the relations that can be asked about there: what has lasted, a record's own history must tell."""
    return [key for key in sorted(about.relations) if not (place.is_past and key in about.outside)]


_LEAVES: tuple[type, ...] = (Missing, Compare, Compare, Compare, In, Between, Match, Match, Recurs, Near, Sample, Words,
                             InSegment)  # fmt: skip
_NODES: tuple[type, ...] = (*_LEAVES, Not, Not, And, And, Or, Or, Some, Some, Some, Some, Lasting)
for _words in WORDS_ASKED:
    asked_words(_words)  # an asked word that is none would make no question
