"""A comparison of one's own: how the values of some columns are compared where no role fits them.

In ten lines: what two values are alike, and what that is called. Everything else is learned from the table, as for the
comparisons that come with the roles: how often one person's values agree, how often those of two people do by chance,
and how rare each value is.
"""

from __future__ import annotations

from math import isclose
from operator import index
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.hygiene.roles import Role
from crmcore.matching._kinds import Kind
from crmcore.matching._normal import plain_key
from crmcore.matching.blocking.coarse import AS_IT_IS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from crmcore.matching._texts import Texts

    Codes = NDArray[np.integer[Any]]
    Form = Callable[[str], str | None]

__all__ = ["Comparison"]

USUALLY_DIFFERENT = 0.95
"""How often the values of two people differ altogether, where nobody says how often."""


def _columns(columns: str | Iterable[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


@attrs.frozen(kw_only=True)
class Comparison:
    """How the values of one column are compared, or of several as one set of values.

    Attributes:
        columns: the headers; any value of one record's against any of the other's.
        level: from two unequal normal forms to how alike they are: 0 is different, and each further number means the
            next of the *labels*; without it, unequal is different. It is asked once for every two values that meet, in
            either order, and has to say the same of both.
        labels: what each level means, from 0; the last one is equality.
        normalise: from a value to the form that is compared; None or "" where it says nothing.
        chance: how often two different people reach each level, roughly; a table of some size outvotes it.
        differs: at most this share of the records of one person differ in it altogether, 0 to 1.
        keys: name -> a coarser form of the normal form by which candidates are found, besides the normal form itself.
        name: what explanations call it; without one, the first column.
        role: what it means, if that is known: evidence that people of one household or firm share counts for less.

    Raises:
        InputError: there is no column, or as many labels, levels and chances do not go together.

    >>> badge = Comparison(
    ...     columns="badge",
    ...     level=lambda one, other: int(one[:3] == other[:3]),
    ...     labels=("different", "of one department", "the same"),
    ...     differs=0.1,
    ... )
    >>> badge.kind.labels, badge.kind.key(" HR7-12 ")
    (('different', 'of one department', 'the same'), 'hr7 12')
    """

    columns: tuple[str, ...] = attrs.field(converter=_columns)
    level: Callable[[str, str], int] | None = None
    labels: tuple[str, ...] = attrs.field(default=("different", "the same"), converter=tuple)
    normalise: Form = plain_key
    chance: tuple[float, ...] = attrs.field(default=(), converter=tuple)
    differs: float = 0.5
    keys: Mapping[str, Form] = attrs.field(factory=dict)
    name: str = ""
    role: Role = attrs.field(default=Role.CATEGORY, converter=Role)

    def __attrs_post_init__(self) -> None:
        if not self.columns:
            raise InputError("a comparison needs a column; name at least one in columns=")
        if len(self.labels) < 2 or (self.level is None and len(self.labels) > 2):
            raise InputError(
                f"the comparison {self.called!r} has {len(self.labels)} labels; give one for each level from 0 and one"
                " for equality, two without level="
            )
        if self.chance and (
            len(self.chance) != len(self.labels) or min(self.chance) <= 0 or not isclose(sum(self.chance), 1.0)
        ):
            raise InputError(
                f"the chances of the comparison {self.called!r} are {self.chance}; give one above 0 for each of its"
                f" {len(self.labels)} labels, 1 in all"
            )
        if not 0 < self.differs < 1:
            raise InputError(f"differs of the comparison {self.called!r} must be between 0 and 1, not {self.differs}")

    @property
    def called(self) -> str:
        """What explanations call it."""
        return self.name or self.columns[0]

    @property
    def kind(self) -> Kind:
        """The same as the comparisons that come with the roles are written."""
        alike = (1 - USUALLY_DIFFERENT) / (len(self.labels) - 1)
        return Kind(
            key=_Normalised(self.normalise),
            levels=_Levels(self),
            labels=self.labels,
            chance=self.chance or (USUALLY_DIFFERENT, *(alike for _ in self.labels[1:])),
            differs=self.differs,
            keys={"": AS_IT_IS, **self.keys},
        )


@attrs.frozen
class _Normalised:
    """The normal form of a value, or None where it says nothing."""

    form: Form

    def __call__(self, text: str) -> str | None:
        return self.form(text) or None


@attrs.frozen
class _Levels:
    """The levels of pairs of values, asked for one by one."""

    comparison: Comparison

    def __call__(self, texts: Texts, a: Codes, b: Codes) -> NDArray[np.uint8]:
        level, top = self.comparison.level, len(self.comparison.labels) - 1
        if level is None:
            return np.zeros(len(a), np.uint8)
        pairs = zip(texts.spelled(a).tolist(), texts.spelled(b).tolist(), strict=True)
        return np.array([self._checked(one, other, level(one, other), top) for one, other in pairs], np.uint8)

    def _checked(self, one: str, other: str, level: int, top: int) -> int:
        try:
            number = index(level)
            told = str(number)
        except TypeError:
            number, told = -1, kind_of(level)
        if not 0 <= number < top:
            raise InputError(
                f"the comparison {self.comparison.called!r} gave {told} for two values of {len(one)} and {len(other)}"
                f" letters; unequal values have a level from 0 to {top - 1}, and {top} is equality"
            )
        return number
