"""Questions in Python: ``F.email == "ada@example.org"``.

>>> from crmcore.query import F
>>> (F.city == "Utrecht") & (F["custom.shoe_size"] >= 40)
And(parts=(Compare(field='city', op=<Op.EQ: 'eq'>, value='Utrecht'),
           Compare(field='custom.shoe_size', op=<Op.GE: 'ge'>, value=40)))
>>> ~F.tag.in_(["left", "moved"])
Not(part=In(field='tag', values=('left', 'moved'), folds=False))
>>> F.skills.any(name="python", level__ge=4)
Some(relation='skills', where=And(parts=(Compare(field='name', op=<Op.IS: 'is'>, value='python'),
                                         Compare(field='level', op=<Op.GE: 'ge'>, value=4))))
>>> F.activity("email.sent").exists()
Some(relation='activity', where=Compare(field='type', op=<Op.EQ: 'eq'>, value='email.sent'))

``==`` and ``in_`` are exact. Named arguments ask as a reader would: text is the same whatever its case, accents or
script.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, final

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query._times import ago, ahead, before, forth, now, span_of, start_of
from crmcore.query.moments import Moment
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Combinable,
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
    Recurs,
    Sample,
    Scored,
    Some,
    TextMatch,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crmcore.query.tree import Term

__all__ = ["Asked", "F", "Items", "ago", "ahead", "lasting", "now", "sample", "score", "segment", "start_of", "words"]


def _all_of(where: Expression | None) -> Expression:
    return And(()) if where is None else where


def lasting(where: Expression, **span: int) -> Lasting:
    """Ask whether it has been so for at least that long: ``lasting(F.owner == "u-1", days=30)``."""
    return Lasting(where, span_of(span))


def segment(key: str) -> InSegment:
    """Ask whether the record belongs to a segment; ``~segment("key")`` asks for everybody else."""
    return InSegment(key)


def words(text: str) -> Words:
    """Ask whether all the words stand in the texts that a record is searched by."""
    return Words(text)


def sample(salt: str, *, percent: int) -> Sample:
    """Ask whether the record falls into a sample, the same one for ever: ``sample("spring", percent=10)``."""
    return Sample(salt, 0, percent, 100)


T = TypeVar("T", bound="Term")


class _Valued(Generic[T]):
    """What has values to compare: a field, or what is taken from items."""

    __slots__ = ("_of",)

    def __init__(self, of: T) -> None:
        self._of = of

    def __eq__(self, value: object) -> Compare:  # type: ignore[override]
        return self._stands(Op.EQ, value)

    def __ne__(self, value: object) -> Not:  # type: ignore[override]
        return Not(self._stands(Op.EQ, value))

    def __lt__(self, value: object) -> Compare:
        return self._stands(Op.LT, value)

    def __le__(self, value: object) -> Compare:
        return self._stands(Op.LE, value)

    def __gt__(self, value: object) -> Compare:
        return self._stands(Op.GT, value)

    def __ge__(self, value: object) -> Compare:
        return self._stands(Op.GE, value)

    __hash__ = None  # type: ignore[assignment]

    def in_(self, values: Iterable[object]) -> In:
        """Ask whether some known value is one of *values*, exactly, as ``==`` does."""
        return In(self._of, values)

    def is_one_of(self, values: Iterable[object]) -> In:
        """Ask for a value that is the same as one of *values* to a reader, as :meth:`is_` does for one."""
        return In(self._of, values, folds=True)

    def between(self, first: object, last: object) -> Between:
        """Ask for one value from *first* to *last*, both included."""
        return Between(self._of, first, last)

    def is_missing(self) -> Missing:
        """Ask whether no value is known."""
        return Missing(self._of)

    def is_known(self) -> Not:
        """Ask whether some value is known."""
        return Not(Missing(self._of))

    def is_(self, value: object) -> Compare:
        """Ask for a value that is the same to a reader: of texts, neither case, accents nor script count."""
        return self._stands(Op.IS, value)

    def contains(self, text: str) -> Match:
        """Ask for letters anywhere in a text; neither case, accents nor script count, here and below."""
        return Match(self._of, TextMatch.CONTAINS, text)

    def starts_with(self, text: str) -> Match:
        """Ask for letters at the beginning of a text."""
        return Match(self._of, TextMatch.STARTS, text)

    def ends_with(self, text: str) -> Match:
        """Ask for letters at the end of a text."""
        return Match(self._of, TextMatch.ENDS, text)

    def has_words(self, text: str) -> Match:
        """Ask for words one after the other, each as a whole."""
        return Match(self._of, TextMatch.WORDS, text)

    def like(self, pattern: str) -> Match:
        """Ask for a whole text of a form in which ``*`` stands for any letters and ``?`` for one."""
        return Match(self._of, TextMatch.LIKE, pattern)

    def in_this(self, unit: str, *, zone: str = "UTC", plus: int = 0) -> Between:
        """Ask for a time in this day, week, month, quarter or year, or in one that comes *plus* later (-1: last)."""
        first, end = (start_of(unit, plus=plus + more, zone=zone) for more in (0, 1))
        return Between(self._of, first, end, includes_last=False)

    def recurs(self, first: Moment | str, last: Moment | str) -> Recurs:
        """Ask whether the anniversary of a date lies between two days, such as ``now()`` and ``ahead(days=30)``."""
        return Recurs(self._of, first, last)

    def _stands(self, op: Op, value: object) -> Compare:
        if value is None:
            raise InputError(f"None is no value to compare with; ask {self!r}.is_missing() or .is_known()")
        if isinstance(value, _Valued):
            raise InputError(f"{self!r} is compared with a field; compare it with a value")
        return Compare(self._of, op, value)

    def __repr__(self) -> str:
        return f"F[{self._of!r}]"

    def _no_question(self, _: object = None) -> NoReturn:
        raise TypeError(f"{self!r} is no question by itself; where it is true or false ask {self!r} == True")

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _no_question

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self!r} is neither true nor false; compare it, or ask {self!r}.is_known()")


@final
class Asked(_Valued[str]):
    """One field, or one relation, in a question that is being put."""

    __slots__ = ()

    def within(self, *, km: float | None = None, of: Any = None, **span: int) -> Some | Between:
        """Ask for an item within so many *km* of a place, or for a time within the last ``days=90``."""
        if km is None and of is None:
            return Between(self._of, before(forth(span)), now())
        if km is None or of is None or span:
            raise InputError('within asks for a distance, such as km=30, of="Utrecht", or a time, such as days=90')
        return Some(self._of, Near(km=km, of=of))

    def within_next(self, **span: int) -> Between:
        """Ask for a time within the next ``days=30``."""
        return Between(self._of, now(), Moment(span=forth(span)))

    def __call__(self, type: str) -> Items:  # noqa: A002 - the field's own name
        """Return the items of that type: ``F.activity("email.sent")``."""
        return Items(self._of, Compare("type", Op.EQ, type))

    def where(self, *conditions: Expression, **named: object) -> Items:
        """Return the items that satisfy the conditions; without any, all of them."""
        return Items(self._of, _joined(conditions, named))

    def any(self, *conditions: Expression, **named: object) -> Some:
        """Ask whether some item satisfies them all: ``F.skills.any(name="python", level__ge=4)``."""
        return Some(self._of, _all_of(_joined(conditions, named)))

    def none(self, *conditions: Expression, **named: object) -> Not:
        """Ask whether no item does."""
        return Not(self.any(*conditions, **named))

    def all(self, *conditions: Expression, **named: object) -> Not:
        """Ask whether every item satisfies them all; so it is where there is none."""
        return Not(Some(self._of, Not(_all_of(_joined(conditions, named)))))

    def count(self, *conditions: Expression, **named: object) -> Taken:
        """Ask for the number of items that satisfy them all."""
        return self.where(*conditions, **named).count()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _OF_ITEMS:
            return getattr(Items(self._of, None), name)
        raise AttributeError(f"a field has no {name!r}; a key with a dot is written F[{f'{self._of}.{name}'!r}]")


@final
class Items:
    """Some items of a relation, in a question that is being put."""

    __slots__ = ("_relation", "_where")

    def __init__(self, relation: str, where: Expression | None) -> None:
        self._relation = relation
        self._where = where

    def where(self, *conditions: Expression, **named: object) -> Items:
        """Return those of them that satisfy the conditions too."""
        more = _joined(conditions, named)
        return self if more is None else Items(self._relation, more if self._where is None else self._where & more)

    def within(self, *, by: str = "at", **span: int) -> Items:
        """Return those of the last ``days=90``, by the field that says when."""
        return self.where(Between(by, before(forth(span)), now()))

    def exists(self) -> Some:
        """Ask whether there is one."""
        return Some(self._relation, _all_of(self._where))

    def any(self, *conditions: Expression, **named: object) -> Some:
        """Ask whether one of them satisfies all the conditions: ``F.activity("email.sent").any(actor="u-1")``."""
        return self.where(*conditions, **named).exists()

    def none(self, *conditions: Expression, **named: object) -> Not:
        """Ask whether none of them does."""
        return Not(self.any(*conditions, **named))

    def all(self, *conditions: Expression, **named: object) -> Not:
        """Ask whether every one of them does; so it is where there is none."""
        return Not(self.any(Not(_all_of(_joined(conditions, named)))))

    def count(self) -> Taken:
        """Ask for their number."""
        return Taken(Aggregate(relation=self._relation, how=How.COUNT, where=self._where))

    def sum(self, field: str) -> Taken:
        """Ask for the sum of a field."""
        return self._taken(How.SUM, field)

    def min(self, field: str) -> Taken:
        """Ask for the least value of a field."""
        return self._taken(How.MIN, field)

    def max(self, field: str) -> Taken:
        """Ask for the greatest value of a field."""
        return self._taken(How.MAX, field)

    def mean(self, field: str) -> Taken:
        """Ask for the mean of a field."""
        return self._taken(How.MEAN, field)

    def first(self, field: str, *, by: str = "at") -> Taken:
        """Ask for the value of a field in the first item, by the field that says when."""
        return self._taken(How.FIRST, field, by)

    def last(self, field: str, *, by: str = "at") -> Taken:
        """Ask for the value of a field in the last item, by the field that says when."""
        return self._taken(How.LAST, field, by)

    def _taken(self, how: How, field: str, by: str = "") -> Taken:
        return Taken(Aggregate(relation=self._relation, how=how, field=field, by=by, where=self._where))

    def __bool__(self) -> NoReturn:
        raise TypeError("items are neither true nor false; ask for .exists() or .count()")

    def _no_question(self, _: object = None) -> NoReturn:
        raise TypeError("items are no question by themselves; ask for .exists() or .any(...)")

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = _no_question


_OF_ITEMS = frozenset({"exists", "first", "last", "max", "mean", "min", "sum"})


@final
class Taken(_Valued[Aggregate | Scored]):
    """What is taken from items, or computed, in a question that is being put."""

    __slots__ = ()


def score(function: str, to: str) -> Taken:
    """Ask for what a scoring function says: ``score("skills_like", "python, data") >= 0.8``."""
    return Taken(Scored(function, to))


def _comparing(op: Op) -> Callable[[str, Any], Expression]:
    return lambda key, value: Compare(key, op, value)


def _matching(how: TextMatch) -> Callable[[str, Any], Expression]:
    return lambda key, value: Match(key, how, value)


def _known(key: str, value: object) -> Expression:
    if not isinstance(value, bool):
        raise InputError(f"{key}__known is True or False")
    return Not(Missing(key)) if value else Missing(key)


_NAMED: dict[str, Callable[[str, Any], Expression]] = {
    **{op.value: _comparing(op) for op in Op},
    **{how.value: _matching(how) for how in TextMatch if how is not TextMatch.IS},
    "in": partial(In, folds=True),
    "known": _known,
    "ne": lambda key, value: Not(Compare(key, Op.EQ, value)),
}


def _joined(conditions: tuple[Expression, ...], named: dict[str, object]) -> Expression | None:
    """Join expressions and ``level__ge=4``; None where there is nothing."""
    parts = list(conditions)
    for name, value in named.items():
        key, _, how = name.partition("__")
        if (how or "is") not in _NAMED:
            raise InputError(f"{name!r} asks by {how!r}; ask by one of {', '.join(_NAMED)}")
        if value is None:
            raise InputError(f"None is no value to compare with; ask {key}__known=False")
        parts.append(_NAMED[how or "is"](key, value))
    if not all(isinstance(part, Combinable) for part in parts):
        raise InputError("conditions are expressions, or named as in level__ge=4")
    return None if not parts else parts[0] if len(parts) == 1 else And(parts)


@final
class _Fields:
    """Every field by its key: ``F.email``, or ``F["custom.shoe_size"]`` where the key is no Python name."""

    __slots__ = ()
    __iter__ = None
    __contains__ = None

    def __getattr__(self, key: str) -> Asked:
        if key.startswith("_"):
            raise AttributeError(f"F has no {key!r}; a field of that key is written F[{key!r}]")
        return Asked(key)

    def __getitem__(self, key: str) -> Asked:
        if not isinstance(key, str):
            raise InputError(f"the key of a field is a text, not {kind_of(key)}")
        return Asked(key)

    def __repr__(self) -> str:
        return "F"


F = _Fields()
"""Where a question begins: ``F.<field> <comparison> <value>``, ``F.<relation>.any(...)``."""
