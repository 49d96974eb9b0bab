"""The tree: what a question is, and what it means where something is not known.

An expression is one of the plain frozen nodes below. Its meaning is decided here, once, for every compiler.

Values
    A record's field has zero or more *known* values. A comparison is **true** if some known value satisfies it,
    **false** if there are known values and all of them certainly do not, else **unknown**. So ``F.email != "x"``, which
    is ``Not`` of ``==``, says: at least one e-mail is known, and none is x.

    Values compare as the scalars of :mod:`crmcore.query.scalars`: text by code point, numbers as doubles, integers
    exactly, False before True. Only **dates** may be uncertain by themselves: "2019" is some day of that year. It is
    certainly before "2020-01-01" and certainly not before "2019-01-01"; whether it is before "2019-06-01" is unknown.
    It ``==`` "2019", as every day and month of that year does; whether it is "2019-03" is unknown.

Joining
    :class:`And`, :class:`Or` and :class:`Not` are Kleene's: one false part makes an And false and one true part an Or
    true, whatever is unknown beside it; else an unknown part makes the whole unknown; Not leaves unknown as it is.
    ``And(())`` is true and ``Or(())`` is false.

Items
    A relation (skills, employments, applications, the activity) is a closed list: :class:`Some` is the Or of its items,
    so it is false where there is none. *All* is ``~Some(~...)``, and true where there is none. An :class:`Aggregate`
    is asked about like a field; it counts the items of which *where* is true.

The rest
    :class:`Missing` is true or false, never unknown. So is :class:`InSegment`: one belongs to a segment where what it
    asks is true, and else one does not. Members and others are together everybody, whatever is not known.
    :class:`In` is true if some known value equals one of the list; where it *folds*, as a Match does.
    A :class:`Between` asks one value for both ends. A :class:`Match` folds both sides: case, accents and script do not
    count (:func:`crmcore.hygiene.folding.fold`). A :class:`Moment` is a value that depends on the time of asking; an
    expression is resolved at an instant before any compiler sees it.

A record is **selected** only where the expression is true.

>>> from crmcore.query import And, Compare, Missing, Op
>>> Compare("email", Op.EQ, "ada@example.org") & ~Missing("phone")
And(parts=(Compare(field='email', op=<Op.EQ: 'eq'>, value='ada@example.org'), Not(part=Missing(field='phone'))))
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast

import attrs

from crmcore._messages import kind_of
from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from crmcore.query.moments import Moment, Span
    from crmcore.query.resolving import Places, Scorer
    from crmcore.query.types import Facts, FieldType, Subject

__all__ = [
    "Aggregate",
    "And",
    "Between",
    "Combinable",
    "Compare",
    "Expression",
    "How",
    "In",
    "InSegment",
    "Lasting",
    "Match",
    "Missing",
    "Near",
    "Not",
    "Op",
    "Or",
    "Recurs",
    "Sample",
    "Scored",
    "Some",
    "Term",
    "TextMatch",
    "Words",
]


MAX_NODES = 10_000
"""Nodes of one expression."""


class Op(StrEnum):
    """How a value stands to the one in the question."""

    EQ = "eq"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IS = "is"
    """The same to a reader: checking makes a folded :class:`Match` of it where values are texts, and EQ elsewhere."""


class TextMatch(StrEnum):
    """How a folded value stands to the folded text in the question."""

    IS = "is"
    CONTAINS = "contains"
    STARTS = "starts"
    ENDS = "ends"
    WORDS = "words"
    """The words of the text stand in it one after the other, each as a whole; words are runs of letters and digits."""
    LIKE = "like"
    """The whole value has the form of the text, in which ``*`` stands for any letters and ``?`` for one."""


class How(StrEnum):
    """What becomes of the items that an aggregate takes together."""

    COUNT = "count"
    """How many there are; known even where there is none."""
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    FIRST = "first"
    """The values of the item that is least in the field *by*; of equal ones the one that stands first."""
    LAST = "last"
    """The values of the item that is greatest in the field *by*; of equal ones the one that stands last."""


@cache
def _says() -> Callable[[Expression, Any, datetime], bool]:
    from crmcore.query.judging import says  # which is made of all this

    return says


class Combinable:
    """What every node can do: be joined by ``&`` and ``|``, be turned round by ``~``, and refuse to be a bool."""

    __slots__ = ()

    def __and__(self, other: Expression) -> And:
        if not isinstance(other, Combinable):
            return NotImplemented
        return And((*_before(self, And), other))

    def __or__(self, other: Expression) -> Or:
        if not isinstance(other, Combinable):
            return NotImplemented
        return Or((*_before(self, Or), other))

    def __invert__(self) -> Not:
        return Not(cast("Expression", self))

    def __call__(self, record: Any, *, now: datetime) -> bool:
        """Say whether a record in hand is selected, at that instant.

        What lies outside the record is not known here: other records, what happened, how long it has been so. Ask the
        store that holds it, or :func:`crmcore.query.asking`, which also takes places, scoring functions and segments.

        Raises:
            InputError: it cannot be asked of such a record, or names what lies outside it.

        """
        return _says()(cast("Expression", self), record, now)

    def mask(
        self,
        table: object,
        *,
        now: datetime | None = None,
        subject: Subject | None = None,
        segments: Callable[[str], Expression] | None = None,
        places: Places | None = None,
        scorers: Mapping[str, Scorer] | None = None,
    ) -> NDArray[np.bool_]:
        """Return which rows of a data frame, or of a :class:`~crmcore.query.columns.Table`, are selected.

        The question is checked against the columns and resolved first. Of several questions put to one frame, a Table
        packs each column once.

        Args:
            table: of polars, pandas, pyarrow, a mapping of columns, rows that are mappings, or a Table.
            now: the instant of asking; only a question that depends on it needs it.
            subject: what the columns mean; told by their types where it is left out.
            segments, places, scorers: as :func:`~crmcore.query.resolving.resolved` takes them.

        """
        from crmcore.query.columns.masks import asked

        return asked(
            cast("Expression", self),
            table,
            now=now,
            subject=subject,
            segments=segments,
            places=places,
            scorers=scorers,
        )

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an expression is a question, neither true nor false by itself; join expressions with & | ~ in place of "
            "and, or, not, with each comparison in brackets: (F.city == 'Utrecht') & (F.level >= 4); and write "
            "F.level.between(1, 5) in place of 1 <= F.level <= 5, of which Python would keep one half"
        )


def _before(question: Combinable, joined: type[And | Or]) -> tuple[Expression, ...]:
    """Return the parts that one more is joined to; refuse too many, of which each more would copy all before."""
    if not isinstance(question, joined):
        return (cast("Expression", question),)
    if len(question.parts) >= MAX_NODES:
        raise InputError(f"the expression has more than {MAX_NODES:,} nodes; ask for a list of values with in_([...])")
    return question.parts


def _typed(value: object) -> tuple[type, object, object]:
    """Tell 1 from True and from 1.0, and the hour before a clock goes back from the one after: equal to Python."""
    return value.__class__, value, getattr(value, "fold", 0)


def _all_typed(values: tuple[object, ...]) -> tuple[tuple[type, object, object], ...]:
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
    if not isinstance(values, Iterable):
        raise InputError(f"a list of values is needed, not one of type {values.__class__.__name__}: put it in []")
    return tuple(values)


def _side_by_side(parts: Iterable[Expression]) -> tuple[Expression, ...]:
    if not isinstance(parts, Iterable):
        raise InputError(f"expressions are joined as a list, not {kind_of(parts)}: And([one, other])")
    return tuple(parts)


@attrs.frozen(kw_only=True)
class Aggregate:
    """A term: one value taken from the items of a relation for which *where* is true.

    Attributes:
        relation: where the items are.
        how: what is made of them.
        field: of which of their values; "" for a count. An item without a value does not take part.
        by: by which field an item is first or last; "" otherwise. An item without a value of it does not take part.
        where: which items; None for all.

    """

    relation: str
    how: How = attrs.field(converter=How)
    field: str = ""
    by: str = ""
    where: Expression | None = None


@attrs.frozen
class Scored:
    """A term: the number that a scoring function, plugged in under that name, gives the record for *to*.

    *to* is a text or the id of another record; the function may have no answer, which is then unknown.
    """

    function: str
    to: str
    scorer: Callable[[Facts, str], float | None] | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)
    """The function itself, filled in by resolving; it is no part of what is asked."""


Term: TypeAlias = str | Aggregate | Scored
"""What is asked about: the key of a field, or what is computed."""

Value: TypeAlias = Any
"""What a term is held against: before checking anything, afterwards a scalar or a Moment."""


def _type() -> Any:
    """Return the type of a term's values, filled in by checking; it is no part of what is asked."""
    return attrs.field(default=None, kw_only=True, eq=False, repr=False)


@attrs.frozen
class Compare(Combinable):
    """Some known value of the term stands so to *value*."""

    field: Term
    op: Op = attrs.field(converter=_op)
    value: Value = attrs.field(eq=_typed)
    type: FieldType | None = _type()  # noqa: RUF009 - attrs makes a field of it


@attrs.frozen
class Between(Combinable):
    """Some known value of the term lies between the two; the first is included."""

    field: Term
    first: Value = attrs.field(eq=_typed)
    last: Value = attrs.field(eq=_typed)
    includes_last: bool = True
    type: FieldType | None = _type()  # noqa: RUF009 - attrs makes a field of it


@attrs.frozen
class In(Combinable):
    """Some known value of the term is one of *values*."""

    field: Term
    values: tuple[Value, ...] = attrs.field(converter=_listed, eq=_all_typed)
    folds: bool = attrs.field(default=False, kw_only=True)
    """Whether it is so to a reader, as with :attr:`Op.IS`; checking takes it off where values are no texts."""
    type: FieldType | None = _type()  # noqa: RUF009 - attrs makes a field of it

    def __attrs_post_init__(self) -> None:
        """Make a plain list of one without a text, which has nothing to fold."""
        if self.folds and not any(isinstance(value, str) for value in self.values):
            object.__setattr__(self, "folds", False)


@attrs.frozen
class Missing(Combinable):
    """No value of the term is known."""

    field: Term


@attrs.frozen
class Match(Combinable):
    """Some known text of the term has such letters; neither case, accents nor script count."""

    field: Term
    how: TextMatch = attrs.field(converter=TextMatch)
    text: str


@attrs.frozen
class Recurs(Combinable):
    """Some known day of the term has its anniversary between the two days, both included; such as a birthday.

    A date of which the day is not known is uncertain. Who was born on 29 February has the anniversary on the 28th where
    the year has no such day.

    Attributes:
        field: a term whose values are dates.
        first, last: Moments, or resolved to "MM-DD"; where the first is greater, the turn of the year lies between.

    """

    field: Term
    first: Moment | str
    last: Moment | str


@attrs.frozen(kw_only=True)
class Near(Combinable):
    """The point lies within so many kilometres of the centre, along the surface of a sphere.

    Unknown where either field has no value, or several.

    Attributes:
        latitude, longitude: fields, in degrees.
        km: the radius.
        of: latitude and longitude in degrees, or the name of a place, which resolving looks up.

    """

    km: float
    of: tuple[float, float] | str
    latitude: str = "latitude"
    longitude: str = "longitude"


@attrs.frozen
class Sample(Combinable):
    """The record falls into a part of a division that is the same for ever: from bucket *first* up to before *end*.

    Attributes:
        salt: another one divides otherwise.
        of: into how many buckets records are divided by their ids.

    """

    salt: str
    first: int
    end: int
    of: int = 100


@attrs.frozen
class Words(Combinable):
    """All the words stand in the record's searched texts, in any order; the last one may be the beginning of a word.

    True or false, never unknown.
    """

    text: str


@attrs.frozen
class Some(Combinable):
    """Some item of the relation satisfies *where*: Kleene's Or over its items, false where there is none."""

    relation: str
    where: Expression


@attrs.frozen
class Lasting(Combinable):
    """It is so, and has been so for at least such a time, as far as the record's history tells."""

    where: Expression
    span: Span | str
    """A span, or resolved to the instant since when."""


@attrs.frozen
class InSegment(Combinable):
    """The record belongs to the segment of that key: what the segment asks is true of it.

    True or false, never unknown: where what the segment asks is not known, the record does not belong to it.
    """

    segment: str
    asks: Expression | None = attrs.field(default=None, kw_only=True, repr=False)
    """What the segment asks, put in by resolving; the forms of text and of JSON have the key alone."""


@attrs.frozen
class And(Combinable):
    """Every part holds."""

    parts: tuple[Expression, ...] = attrs.field(converter=_side_by_side)


@attrs.frozen
class Or(Combinable):
    """Some part holds."""

    parts: tuple[Expression, ...] = attrs.field(converter=_side_by_side)


@attrs.frozen
class Not(Combinable):
    """The part is false."""

    part: Expression


Expression: TypeAlias = (
    Compare
    | Between
    | In
    | Missing
    | Match
    | Recurs
    | Near
    | Sample
    | Words
    | Some
    | Lasting
    | InSegment
    | And
    | Or
    | Not
)
"""The closed union: a compiler is one ``match`` over it that ends in ``assert_never``."""
