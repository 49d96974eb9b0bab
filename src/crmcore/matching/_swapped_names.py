"""Pairs where one row's given name is the other's family name, and the other way round, slips of the pen included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._levels import LevelCache
from crmcore.matching._similarity import name
from crmcore.matching._texts import Texts
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Levels = NDArray[np.uint8]
    Uint64s = NDArray[np.uint64]

__all__ = ["SwappedNames"]

NOBODY = -2
"""The given name that a family name is not: less than what stands for a missing one."""
ALIKE = 2
"""The level from which a name in the other's column may be that name with a slip."""
COMMON = 0.6
"""Names that are as alike as that have this share of the letters of the shorter one in common, and more."""


@attrs.frozen(kw_only=True, eq=False)
class SwappedNames:
    """Finds such pairs.

    Attributes:
        given, family: positions of the two comparisons.
        as_given: int32, (family values + 1,), the given-name code of each family name, -2 where there is none.
        first_family: where the family names begin in `texts`.
        texts: the given names, then the family names.
        levels: how alike any two of them are.

    """

    given: int
    family: int
    as_given: Int32s
    first_family: int
    texts: Texts
    levels: LevelCache

    @classmethod
    def of(cls, features: Sequence[Feature], *, expected_pairs: int = 0) -> SwappedNames | None:
        """Return the finder, or None where the table lacks either name."""
        at = {feature.role: position for position, feature in enumerate(features)}
        given, family = at.get(Role.GIVEN_NAME), at.get(Role.FAMILY_NAME)
        if given is None or family is None:
            return None
        as_given = np.append(_places(features[family].data.keys, features[given].data.keys), np.int32(NOBODY))
        names = [features[at].data.values for at in (given, family)]
        return cls(
            given=given,
            family=family,
            as_given=as_given,
            first_family=len(names[0]),
            texts=Texts(Strings.join(names)),
            levels=LevelCache(expected_pairs // 10),
        )

    def find(self, mine: Int32s, other: Int32s) -> Bools:
        """Return whether the names of each pair are swapped, bool, (pairs,).

        Args:
            mine, other: int32, (slots, pairs): the codes of each comparison's first value stand at its position.

        """
        crossed: Bools = self.as_given.take(mine[self.family], mode="wrap") == other[self.given]
        at = np.flatnonzero(crossed)
        mine, other = mine[:, at], other[:, at]
        back = self.as_given[other[self.family]] == mine[self.given]
        crossed[at] = back & (mine[self.family] != other[self.family])
        return crossed

    def nearly(self, mine: Int32s, other: Int32s, rows: Int64s) -> tuple[Int64s, Levels, Levels]:
        """Find pairs whose names would be alike if those of one row changed places, though they are not swapped.

        One of the two has to begin alike: a slip in the first letter is rare, and two are rarer.

        Args:
            mine, other: as for `find`.
            rows: int64, which pairs to look at; both their names are known and differ.

        Returns:
            some of *rows*, and the levels that given and family name reach across, one less for the swap: uint8. The
            slip is the given name's: whose it is depends on which row is taken to be right.

        """
        given, family = (mine[self.given].take(rows), other[self.given].take(rows)), self.first_family
        last = family + mine[self.family].take(rows), family + other[self.family].take(rows)
        self.texts.ready(*given, *last)
        start = self.texts.start
        hope = start.take(given[0]) == start.take(last[1])
        hope |= start.take(given[1]) == start.take(last[0])
        for a, b in zip(given, last[::-1], strict=True):
            hope[hope] = self._may_be_alike(a[hope], b[hope])
        rows, (first, second), last = rows[hope], (each[hope] for each in given), (last[0][hope], last[1][hope])
        across = self._across(first, last[1]), self._across(second, last[0])
        found = (across[0] >= ALIKE) & (across[1] >= ALIKE)
        less, more = np.minimum(*across)[found], np.maximum(*across)[found]
        return rows[found], less - np.uint8(1), more - np.uint8(1)

    def _may_be_alike(self, a: Int32s, b: Int32s) -> Bools:
        short = np.minimum(self.texts.length.take(a), self.texts.length.take(b))
        may: Bools = (self.texts.common_letters(a, b) >= COMMON * short) & (short > 1)
        return may

    def _across(self, given: Int32s, family: Int32s) -> Levels:
        return self.levels.levels(given, family, lambda a, b: name(self.texts, a, b))


def _places(wanted: Uint64s, among: Uint64s) -> Int32s:
    """Return where each number stands among others, int32, (wanted,), or -2."""
    if not len(among):
        return np.full(len(wanted), NOBODY, np.int32)
    order = np.argsort(among)
    place = order[np.minimum(np.searchsorted(among, wanted, sorter=order), len(among) - 1)]
    return np.where(among[place] == wanted, place, NOBODY).astype(np.int32)
