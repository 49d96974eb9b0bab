"""The values of what is asked about: of a field, of an aggregate, of a scoring function."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import fsum
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from crmcore.errors import UncheckedQuestion
from crmcore.query.scalars import scalar_of
from crmcore.query.tree import Aggregate, How, Scored
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmcore.query.tree import Term
    from crmcore.query.types import Facts, Scalar


__all__ = ["Values", "score_of", "total", "values_of"]

Values: TypeAlias = "Callable[[Facts], Sequence[Scalar]]"
"""Reads known values from facts."""


def values_of(term: Term, where: tuple[Callable[[Facts], bool], Callable[[Facts], bool]] | None = None) -> Values:
    """Return what reads the known values of a term from facts; *where* are the judges of an aggregate's condition."""
    match term:
        case str():
            return lambda facts: facts.get(term, ())  # type: ignore[return-value]
        case Scored():
            return _scored(term)
        case Aggregate():
            return _aggregated(term, None if where is None else where[0])
        case _:
            assert_never(term)


def _scored(term: Scored) -> Values:
    scorer = term.scorer
    if scorer is None:
        raise UncheckedQuestion(f"scoring function {term.function!r} is not resolved; resolved() takes the functions")

    def scored(facts: Facts) -> tuple[float, ...]:
        number = score_of(scorer(facts, term.to), term.function)
        return () if number is None else (number,)

    return scored


def score_of(given: object, function: str) -> float | None:
    """Return the score that a scoring function gave; None where it gave none, or what arithmetic has for none, a NaN.

    Raises:
        InputError: it gave no number, or one that is not finite; names the function.

    >>> score_of(-0.0, "near"), score_of(Fraction(1, 2), "near"), score_of(float("nan"), "near")
    (0.0, 0.5, None)
    """
    is_nan = given.is_nan() if isinstance(given, Decimal) else isinstance(given, Real) and given != given  # noqa: PLR0124
    if given is None or is_nan:
        return None
    return float(scalar_of(given, FieldType.NUMBER, field=f"score {function[:80]}"))


def _aggregated(term: Aggregate, where: Callable[[Facts], bool] | None) -> Values:
    def items(facts: Facts) -> Any:
        held: Any = facts.get(term.relation, ())
        return held if where is None else [item for item in held if where(item)]

    match term.how:
        case How.COUNT:
            return lambda facts: (len(items(facts)),)
        case How.FIRST | How.LAST:
            return lambda facts: _picked(term, items(facts))
        case How.SUM | How.MEAN | How.MIN | How.MAX:
            return lambda facts: _taken_together(
                term.how, [value for item in items(facts) for value in item.get(term.field, ())]
            )
        case _:
            assert_never(term.how)


def _picked(term: Aggregate, items: Sequence[Any]) -> Sequence[Scalar]:
    """Return the values of the first or last item: of a tie, the first one as they stand, or the last one."""
    dated = [(item.get(term.by, ()), item) for item in items]
    dated = [(by, item) for by, item in dated if by]
    if not dated:
        return ()
    if term.how is How.FIRST:
        return min(dated, key=lambda pair: min(pair[0]))[1].get(term.field, ())  # type: ignore[no-any-return]
    return max(reversed(dated), key=lambda pair: max(pair[0]))[1].get(term.field, ())  # type: ignore[no-any-return]


def _taken_together(how: How, values: list[Any]) -> tuple[Scalar, ...]:
    if not values:
        return ()
    match how:
        case How.MIN:
            return (min(values),)
        case How.MAX:
            return (max(values),)
        case How.SUM:
            return (total(values),)
        case _:
            return (total(values) / len(values),)


def total(values: Sequence[float]) -> float:
    """Return the exact sum of numbers, rounded once to a double: the same in whatever order they come.

    A sum beyond the largest double is an infinity, which is greater than any number that can be asked for.
    """
    try:
        return float(sum(values)) if all(value.__class__ is int for value in values) else fsum(values) + 0.0
    except OverflowError:  # of a part of the sum at least
        exact = sum(map(Fraction, values))
    try:
        return float(exact)
    except OverflowError:
        return float("inf") if exact > 0 else float("-inf")
