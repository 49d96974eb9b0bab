"""The question asked of one record at a time.

A record is handed over as its *facts*: the key of a field -> its known values, the key of a relation -> its items. A
question is taken as :func:`~crmcore.query.checking.checked` and :func:`~crmcore.query.resolving.resolved` return it.

One that was not checked knows no types. Plain texts, numbers and truths are compared as they are; what reads as a date
or an instant, or depends on the time, raises UncheckedQuestion: its meaning would be another one.

Each node becomes two functions, *certainly true* and *certainly false*; what is neither is unknown. So Not is a swap,
and the three values cost no more than two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from crmcore.errors import UncheckedQuestion
from crmcore.query._folding import folded
from crmcore.query._terms import Values, values_of
from crmcore.query._values import STANDS, certainties, demand_plain
from crmcore.query.sampling import bucket
from crmcore.query.spheres import is_near
from crmcore.query.tree import (
    And,
    Between,
    Compare,
    Expression,
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
    Some,
    Words,
)
from crmcore.query.types import FieldType
from crmcore.query.words import WORDS, asked_words, has_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.query.types import Facts

    Judge: TypeAlias = Callable[[Facts], bool]
    Judges: TypeAlias = tuple[Judge, Judge]

__all__ = ["BEGAN", "PAST", "UNTIL", "compiled", "holds", "judges", "selects"]

PAST = "~past"
"""The relation to the earlier states of a record, newest first, which a question about how long is asked of."""
UNTIL = "~until"
"""The field of an earlier state that says when it ended: an instant."""
BEGAN = "~began"
"""The field that says since when the record is there without a break: an instant."""


def holds(expression: Expression, facts: Facts) -> bool | None:
    """Say whether the expression is true or false of the record, or None where that is not known.

    Raises:
        UncheckedQuestion: what it asks depends on types, on the time or on a place; check and resolve it first.

    >>> from crmcore.query import F
    >>> facts = {"city": ("Delft", "Utrecht")}
    >>> holds(F.city == "Utrecht", facts), holds(F.level >= 4, facts), holds(F.level.is_missing(), facts)
    (True, None, True)
    """
    true, false = judges(expression)
    return True if true(facts) else False if false(facts) else None


def selects(expression: Expression, facts: Facts) -> bool:
    """Say whether the record is selected: the expression is true of it, not merely unknown."""
    return compiled(expression)(facts)


def compiled(expression: Expression) -> Judge:
    """Return :func:`selects` for one expression and many records: built once, about a microsecond a record.

    >>> from crmcore.query import F
    >>> in_utrecht = compiled(F.city == "Utrecht")
    >>> in_utrecht({"city": ("Utrecht",)}), in_utrecht({})
    (True, False)
    """
    return judges(expression)[0]


def judges(expression: Expression) -> Judges:
    """Return what tells whether the expression is certainly true, and whether it is certainly false."""
    return folded(expression, _judges)


_OF_ONE_SORT = frozenset(FieldType) - {FieldType.DATE, FieldType.ANY}
"""Types of which all values compare as they are; None, before checking, is not among them."""


def _judges(node: Expression, parts: tuple[Judges, ...]) -> Judges:
    if isinstance(node, Compare | Between | In):
        demand_plain(node)
    match node:
        case Compare(_, Op.IS):
            raise UncheckedQuestion("the expression is not checked; checked() says what is the same to a reader")
        case Compare(str() as field, Op.EQ, value) if node.type in _OF_ONE_SORT:
            return _equal(field, value)
        case Compare(str() as field, op, value) if node.type in _OF_ONE_SORT:
            return _ordered(field, STANDS[op], value)
        case In(str() as field, values, folds=False) if node.type in _OF_ONE_SORT:
            return _listed(field, frozenset(values))
        case Compare() | Between() | In() | Match() | Recurs():
            true, false = certainties(node)
            return _some_value(values_of(node.field, *parts), true, false)
        case Missing(field):
            return _missing(values_of(field, *parts))
        case Near():
            return _near(node)
        case Sample():
            return _sampled(node)
        case Words(text):
            return _worded(asked_words(text))
        case Some(relation):
            return _some_item(relation, *parts[0])
        case Lasting():
            return _lasting(node, *parts[0])
        case And():
            return _every([true for true, _ in parts]), _any([false for _, false in parts])
        case Or():
            return _any([true for true, _ in parts]), _every([false for _, false in parts])
        case Not():
            true, false = parts[0]
            return false, true
        case InSegment(segment) if not parts:
            raise UncheckedQuestion(f"segment {segment!r} is not resolved; resolved() puts in what it asks")
        case InSegment():
            return _member(parts[0][0])
        case _:
            assert_never(node)


def _equal(field: str, value: object) -> Judges:
    def true(facts: Facts) -> bool:
        return value in facts.get(field, ())

    def false(facts: Facts) -> bool:
        known = facts.get(field)
        return bool(known) and value not in known  # type: ignore[operator]

    return true, false


def _ordered(field: str, stands: Callable[[Any, Any], bool], value: object) -> Judges:
    def true(facts: Facts) -> bool:
        for one in facts.get(field, ()):  # noqa: SIM110 - any() over a generator takes twice as long
            if stands(one, value):
                return True
        return False

    def false(facts: Facts) -> bool:
        known = facts.get(field)
        if not known:
            return False
        for one in known:  # noqa: SIM110 - as above
            if stands(one, value):
                return False
        return True

    return true, false


def _listed(field: str, values: frozenset[object]) -> Judges:
    def true(facts: Facts) -> bool:
        return not values.isdisjoint(facts.get(field, ()))

    def false(facts: Facts) -> bool:
        known = facts.get(field)
        return bool(known) and values.isdisjoint(known)  # type: ignore[arg-type]

    return true, false


def _some_value(values: Values, is_true: Callable[[Any], bool], is_false: Callable[[Any], bool] | None) -> Judges:
    """Return the judges of a leaf: true of some value, false of all; without *is_false* a value is one or the other."""

    def true(facts: Facts) -> bool:
        for one in values(facts):  # noqa: SIM110 - as above
            if is_true(one):
                return True
        return False

    def false(facts: Facts) -> bool:
        known = values(facts)
        if not known:
            return False
        for one in known:  # noqa: SIM110 - as above
            if is_true(one) if is_false is None else not is_false(one):
                return False
        return True

    return true, false


def _missing(values: Values) -> Judges:
    return (lambda facts: not values(facts)), (lambda facts: bool(values(facts)))


def _near(node: Near) -> Judges:
    of = node.of
    if isinstance(of, str):
        raise UncheckedQuestion(f"place {of!r} is not resolved; resolved() looks it up")

    def point(facts: Facts) -> tuple[float, float] | None:
        latitude, longitude = facts.get(node.latitude, ()), facts.get(node.longitude, ())
        return (latitude[0], longitude[0]) if len(latitude) == len(longitude) == 1 else None  # type: ignore[return-value]

    def true(facts: Facts) -> bool:
        found = point(facts)
        return found is not None and is_near(found, of, km=node.km)

    def false(facts: Facts) -> bool:
        found = point(facts)
        return found is not None and not is_near(found, of, km=node.km)

    return true, false


def _sampled(node: Sample) -> Judges:
    def true(facts: Facts) -> bool:
        known = facts.get("id", ())
        return bool(known) and node.first <= bucket(known[0], salt=node.salt, of=node.of) < node.end  # type: ignore[arg-type]

    def false(facts: Facts) -> bool:
        return bool(facts.get("id")) and not true(facts)

    return true, false


def _worded(words: tuple[str, ...]) -> Judges:
    def true(facts: Facts) -> bool:
        held = facts.get(WORDS)
        return bool(held) and has_words(held[0], words)  # type: ignore[index, arg-type]

    return true, lambda facts: not true(facts)


def _some_item(relation: str, is_true: Judge, is_false: Judge) -> Judges:
    def true(facts: Facts) -> bool:
        for item in facts.get(relation, ()):  # noqa: SIM110 - as above
            if is_true(item):  # type: ignore[arg-type]
                return True
        return False

    def false(facts: Facts) -> bool:
        for item in facts.get(relation, ()):  # noqa: SIM110 - as above
            if not is_false(item):  # type: ignore[arg-type]
                return False
        return True

    return true, false


def _lasting(node: Lasting, is_true: Judge, is_false: Judge) -> Judges:
    since = node.span
    if not isinstance(since, str):
        raise UncheckedQuestion("a question about how long is not resolved; resolved() says since when")

    def is_old_enough(facts: Facts) -> bool:
        return facts.get(BEGAN, ("~",))[0] <= since  # type: ignore[operator]

    def states(facts: Facts) -> list[Facts]:  # asked last: they are read from the history
        past: Any = facts.get(PAST, ())
        return [state for state in past if state[UNTIL][0] > since]

    def true(facts: Facts) -> bool:
        return is_true(facts) and is_old_enough(facts) and all(map(is_true, states(facts)))

    def false(facts: Facts) -> bool:
        return is_false(facts) or not is_old_enough(facts) or any(map(is_false, states(facts)))

    return true, false


def _member(is_true: Judge) -> Judges:
    return is_true, lambda facts: not is_true(facts)


def _every(parts: list[Judge]) -> Judge:
    if len(parts) == 1:
        return parts[0]

    def judge(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - all() over a generator takes twice as long
            if not part(facts):
                return False
        return True

    return judge


def _any(parts: list[Judge]) -> Judge:
    if len(parts) == 1:
        return parts[0]

    def judge(facts: Facts) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(facts):
                return True
        return False

    return judge
