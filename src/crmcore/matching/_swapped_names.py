"""Pairs where one row's given name is the other's family name, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Uint64s = NDArray[np.uint64]

__all__ = ["SwappedNames"]

NOBODY = -2
"""The given name that a family name is not: less than what stands for a missing one."""


@attrs.frozen(kw_only=True, eq=False)
class SwappedNames:
    """Finds such pairs.

    Attributes:
        given, family: positions of the two comparisons.
        as_given: int32, (family values + 1,), the given-name code of each family name, -2 where there is none.

    """

    given: int
    family: int
    as_given: Int32s

    @classmethod
    def of(cls, features: Sequence[Feature]) -> SwappedNames | None:
        """Return the finder, or None where the table lacks either name."""
        at = {feature.role: position for position, feature in enumerate(features)}
        given, family = at.get(Role.GIVEN_NAME), at.get(Role.FAMILY_NAME)
        if given is None or family is None:
            return None
        as_given = np.append(_places(features[family].data.keys, features[given].data.keys), np.int32(NOBODY))
        return cls(given=given, family=family, as_given=as_given)

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


def _places(wanted: Uint64s, among: Uint64s) -> Int32s:
    """Return where each number stands among others, int32, (wanted,), or -2."""
    if not len(among):
        return np.full(len(wanted), NOBODY, np.int32)
    order = np.argsort(among)
    place = order[np.minimum(np.searchsorted(among, wanted, sorter=order), len(among) - 1)]
    return np.where(among[place] == wanted, place, NOBODY).astype(np.int32)
