"""The tree: what a question is, and what it means where something is not known.

An expression is one of six plain frozen nodes. Its meaning is decided here, once, for every compiler:

- A record's field has zero or more *known* values. A comparison is **true** if some known value satisfies it, **false**
  if there are known values and none does, and **unknown** if there is none. ``F.email != "x"`` is ``Not`` of ``==``: no
  e-mail is x, and at least one is known.
- :class:`And`, :class:`Or` and :class:`Not` are Kleene's: one false part makes an And false and one true part an Or
  true, whatever is unknown beside it; else an unknown part makes the whole unknown; Not leaves unknown as it is.
  ``And(())`` is true and ``Or(())`` is false.
- :class:`Missing` is true or false, never unknown.
- :class:`In` is true if some known value is in the list; with an empty list it is false where something is known and
  unknown where nothing is.
- A record is **selected** only where the expression is true.
- Values compare as the scalars of :mod:`crmcore.query.scalars`: text by code point, numbers as doubles, integers
  exactly, False before True.

>>> from crmcore.query import And, Compare, Missing, Op
>>> Compare("email", Op.EQ, "ada@example.org") & ~Missing("phone")
And(parts=(Compare(field='email', op=<Op.EQ: 'eq'>, value='ada@example.org'), Not(part=Missing(field='phone'))))
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast

import attrs

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["And", "Compare", "Expression", "In", "Missing", "Not", "Op", "Or"]


class Op(StrEnum):
    """How a value stands to the one in the question."""

    EQ = "eq"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


class _Question:
    """What every node can do: be joined by ``&`` and ``|``, be turned round by ``~``, and refuse to be a bool."""

    __slots__ = ()

    def __and__(self, other: Expression) -> And:
        if not isinstance(other, _Question):
            return NotImplemented
        before = self.parts if isinstance(self, And) else (cast("Expression", self),)
        return And((*before, other))

    def __or__(self, other: Expression) -> Or:
        if not isinstance(other, _Question):
            return NotImplemented
        before = self.parts if isinstance(self, Or) else (cast("Expression", self),)
        return Or((*before, other))

    def __invert__(self) -> Not:
        return Not(cast("Expression", self))

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an expression is a question, neither true nor false by itself; join expressions with & | ~ in place of "
            "and, or, not, with each comparison in brackets: (F.city == 'Utrecht') & (F.level >= 4)"
        )


def _typed(value: object) -> tuple[type, object]:
    """Tell 1 from True and from 1.0, which are equal to Python."""
    return value.__class__, value


def _all_typed(values: tuple[object, ...]) -> tuple[tuple[type, object], ...]:
    return tuple(map(_typed, values))


def _op(op: object) -> Op:
    try:
        return Op(op)  # type: ignore[arg-type]
    except ValueError as error:
        raise InputError(f"a comparison is one of {', '.join(Op)}") from error


def _listed(values: Iterable[object]) -> tuple[object, ...]:
    if isinstance(values, (str, bytes)):
        raise InputError(
            "a list of values is needed, not one text, which would be taken letter by letter: put it in []"
        )
    return tuple(values)


def _side_by_side(parts: Iterable[Expression]) -> tuple[Expression, ...]:
    return tuple(parts)


@attrs.frozen
class Compare(_Question):
    """Some known value of the field stands so to *value*."""

    field: str
    op: Op = attrs.field(converter=_op)
    value: object = attrs.field(eq=_typed)


@attrs.frozen
class In(_Question):
    """Some known value of the field is one of *values*."""

    field: str
    values: tuple[object, ...] = attrs.field(converter=_listed, eq=_all_typed)


@attrs.frozen
class Missing(_Question):
    """No value of the field is known."""

    field: str


@attrs.frozen
class And(_Question):
    """Every part holds."""

    parts: tuple[Expression, ...] = attrs.field(converter=_side_by_side)


@attrs.frozen
class Or(_Question):
    """Some part holds."""

    parts: tuple[Expression, ...] = attrs.field(converter=_side_by_side)


@attrs.frozen
class Not(_Question):
    """The part is false."""

    part: Expression


Expression: TypeAlias = Compare | In | Missing | And | Or | Not
"""The closed union: a compiler is one ``match`` over it that ends in ``assert_never``."""
