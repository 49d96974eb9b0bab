"""Where somebody lives as one matter, though it stands in several columns.

Comparisons are taken for independent of each other, and the parts of an address are not. Who moves has another street,
another postcode and another city at once: what differs of an address speaks against one person once, as much as the
part of it that speaks most. And a postcode lies in its city, its region and its country: that all of them agree says no
more than the one that says most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Whereabouts"]

_NESTED = frozenset({Role.CITY, Role.POSTCODE, Role.REGION, Role.COUNTRY})
_ADDRESS = _NESTED | {Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS}


@attrs.frozen(kw_only=True)
class Whereabouts:
    """The comparisons of a table that are parts of one address.

    Attributes:
        address: their positions among all comparisons.
        nested: where in `address` those stand of which one implies the other.

    """

    address: tuple[int, ...]
    nested: tuple[int, ...]

    @classmethod
    def among(cls, roles: Sequence[Role]) -> Whereabouts | None:
        """Find them; None where there are no two."""
        address = tuple(at for at, role in enumerate(roles) if role in _ADDRESS)
        nested = tuple(place for place, at in enumerate(address) if roles[at] in _NESTED)
        return cls(address=address, nested=nested) if len(address) > 1 else None

    def count_once(self, parts: Floats) -> Floats:
        """Return the evidence with that of one address counted once.

        Args:
            parts: float64, (comparisons, pairs), in bits.

        >>> address = Whereabouts.among([Role.CITY, Role.POSTCODE, Role.STREET])
        >>> address.count_once(np.array([[6.0, -4.0, 6.0], [12.0, -3.0, -3.0], [9.0, -5.0, -2.0]])).T.tolist()
        [[0.0, 12.0, 9.0], [0.0, 0.0, -5.0], [6.0, -3.0, 0.0]]
        """
        out = parts.copy()
        out[list(self.address)] = self.once(parts[list(self.address)])
        return out

    def once(self, rows: Floats) -> Floats:
        """Do the same with the evidence of the address alone, float64, (parts of the address, pairs), in place."""
        twice = np.flatnonzero((rows < 0).sum(axis=0) > 1)
        some = rows[:, twice]
        rows[:, twice] = np.where((some < 0) & ~_first_of(some, some.min(axis=0)), 0.0, some)
        if len(self.nested) < 2:
            return rows
        nested = np.array(self.nested)
        twice = np.flatnonzero((rows[nested] > 0).sum(axis=0) > 1)
        some = rows[np.ix_(nested, twice)]
        rows[np.ix_(nested, twice)] = np.where((some > 0) & ~_first_of(some, some.max(axis=0)), 0.0, some)
        return rows


def _first_of(rows: Floats, extreme: Floats) -> NDArray[np.bool_]:
    """Tell where each column's extreme stands first, bool, of the shape of *rows*."""
    found: NDArray[np.bool_] = np.arange(len(rows))[:, None] == (rows == extreme).argmax(axis=0)
    return found
