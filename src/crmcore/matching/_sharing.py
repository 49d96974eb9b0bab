"""Contact points that belong to nobody: an agency's inbox, a switchboard, a company's page, a number typed to get on.

They are told by the table itself. One person has one surname, or two over the years, and now and then a slip; a value
that stands with many surnames, no two of which make up most of its rows, is not anybody's own. It is no evidence either
way then: people do not become one by it, and having other values beside it tells nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._similarity import family_name
from crmcore.matching._texts import Texts
from crmcore.matching.encoding.coded import known_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Coded

__all__ = ["POINTS", "shared_values", "without_values"]

POINTS = frozenset({Role.EMAIL, Role.PHONE, Role.LINKEDIN, Role.GITHUB, Role.URL})
"""Roles of what reaches one person, unless it is shared."""
FEWEST_SURNAMES = 4
"""Different surnames from which a value is shared by more than one household."""
MOST_SURNAMES = 40
"""So many of the surnames of a value, the commonest, are compared with each other."""


def shared_values(points: Coded, surnames: Coded) -> NDArray[np.bool_]:
    """Tell which values are nobody's own, bool, (values of *points*,).

    They stand with at least `FEWEST_SURNAMES` surnames that are no slips of each other, and the two commonest make up
    at most half of their rows.

    Args:
        points, surnames: two columns of one table.

    """
    family = surnames.codes[:, 0].astype(np.int64)
    row, slot = np.nonzero((points.codes >= 0) & (family >= 0)[:, None])
    size = max(len(surnames.values), 1)
    packed = np.sort(points.codes[row, slot].astype(np.int64) * size + family[row])
    first = np.flatnonzero(np.concatenate(([True], packed[1:] != packed[:-1]))) if len(packed) else packed
    rows = np.diff(np.append(first, len(packed)))
    value, name = np.divmod(packed[first], size)
    different = np.bincount(value, minlength=len(points.values))
    total = np.bincount(value, rows, len(points.values))
    order = np.lexsort((-rows, value))
    begin = np.cumsum(different) - different
    top = np.arange(len(order)) - np.repeat(begin, different) < 2
    commonest = np.bincount(value[order][top], rows[order][top], len(points.values))
    shared: NDArray[np.bool_] = (different >= FEWEST_SURNAMES) & (2 * commonest <= total)
    suspects = np.flatnonzero(shared).tolist()
    texts = list(surnames.values) if suspects else []
    for at in suspects:
        names = name[order[begin[at] : begin[at] + different[at]]]
        shared[at] = _unlike([texts[each] for each in names[:MOST_SURNAMES].tolist()]) >= FEWEST_SURNAMES
    return shared


def _unlike(names: Sequence[str]) -> int:
    """Count the names that are like none before them."""
    texts = Texts(names)
    later, earlier = np.tril_indices(len(names), -1)
    alike = family_name(texts, later, earlier) > 0
    return len(names) - len(set(later[alike].tolist()))


def without_values(data: Coded, dropped: NDArray[np.bool_]) -> Coded:
    """Return the column without some of its values: where they stood, nothing is known."""
    if not dropped.any():
        return data
    codes = np.where(np.append(dropped, False)[data.codes], np.int32(-1), data.codes)
    return attrs.evolve(data, codes=known_first(codes))
