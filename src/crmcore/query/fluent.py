"""Questions in Python: ``F.email == "ada@example.org"``.

>>> from crmcore.query import F
>>> (F.city == "Utrecht") & (F["custom.shoe_size"] >= 40)
And(parts=(Compare(field='city', op=<Op.EQ: 'eq'>, value='Utrecht'),
           Compare(field='custom.shoe_size', op=<Op.GE: 'ge'>, value=40)))
>>> ~F.tag.in_(["left", "moved"])
Not(part=In(field='tag', values=('left', 'moved')))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, final

from crmcore.errors import InputError
from crmcore.query.tree import And, Compare, In, Missing, Not, Op

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Asked", "F"]


@final
class Asked:
    """One field in a question that is being put; comparing it gives an expression."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key

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
        """Ask whether some known value is one of *values*."""
        return In(self._key, values)

    def between(self, first: object, last: object) -> And:
        """Ask for a value from *first* to *last*, both included.

        Of a field with several values, one may reach the first and another the last.
        """
        return And((self >= first, self <= last))

    def is_missing(self) -> Missing:
        """Ask whether no value is known."""
        return Missing(self._key)

    def is_known(self) -> Not:
        """Ask whether some value is known."""
        return Not(Missing(self._key))

    def _stands(self, op: Op, value: object) -> Compare:
        if value is None:
            raise InputError(f"None is no value to compare with; ask F[{self._key!r}].is_missing() or .is_known()")
        if isinstance(value, Asked):
            raise InputError(f"field {self._key!r} is compared with a field; compare it with a value")
        return Compare(self._key, op, value)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"field {self._key!r} is neither true nor false; compare it, or ask F[{self._key!r}].is_known()"
        )

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"a field has no {name!r}; a key with a dot is written F[{f'{self._key}.{name}'!r}]")

    def __repr__(self) -> str:
        return f"F[{self._key!r}]"


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
            raise InputError(f"the key of a field is a text, not a {key.__class__.__name__}")
        return Asked(key)

    def __repr__(self) -> str:
        return "F"


F = _Fields()
"""Where a question begins: ``F.<field> <comparison> <value>``."""
