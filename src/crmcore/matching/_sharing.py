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
from crmcore.matching.blocking import pairs_within
from crmcore.matching.encoding.coded import known_first

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Coded

    Int64s = NDArray[np.int64]

__all__ = ["POINTS", "shared_values", "without_values"]

POINTS = frozenset({Role.EMAIL, Role.PHONE, Role.LINKEDIN, Role.GITHUB, Role.URL})
"""Roles of what reaches one person, unless it is shared."""
FEWEST_SURNAMES = 4
"""Different surnames from which a value is shared by more than one household."""
MOST_SURNAMES = 40
"""So many of the surnames of a value, the commonest, are compared with each other."""
SUSPECTS = 1000
"""Values whose surnames are compared at once."""


def shared_values(points: Coded, surnames: Coded) -> NDArray[np.bool_]:
    """Tell which values are nobody's own, bool, (values of *points*,).

    They stand with at least `FEWEST_SURNAMES` surnames that are no slips of each other, and the two commonest make up
    at most half of their rows.

    Args:
        points, surnames: two columns of one table.

    """
    value, name, rows = _often_with(points, surnames)
    order = np.lexsort((-rows, value))
    value, name, rows = value[order], name[order], rows[order]
    begin = np.flatnonzero(np.diff(value, prepend=-1))
    different = np.diff(np.append(begin, len(value)))
    total = np.add.reduceat(rows, begin) if len(begin) else different
    commonest = rows[begin] + rows[begin + 1]
    suspect = np.flatnonzero(2 * commonest <= total)
    begin, different = begin[suspect], np.minimum(different[suspect], MOST_SURNAMES)
    shared = np.zeros(len(points.values), bool)
    texts = Texts(surnames.values)
    for at in range(0, len(begin), SUSPECTS):
        some = slice(at, at + SUSPECTS)
        unlike = different[some] - _like_one_before(texts, name, begin[some], different[some])
        shared[value[begin[some][unlike >= FEWEST_SURNAMES]]] = True
    return shared


def _often_with(points: Coded, surnames: Coded) -> tuple[Int64s, Int64s, Int64s]:
    """Return the values that stand with many surnames, those surnames, and in how many rows each, int64, (found,)."""
    family = surnames.codes[:, 0].astype(np.int64)
    row, slot = np.nonzero((points.codes >= 0) & (family >= 0)[:, None])
    size = max(len(surnames.values), 1)
    packed = np.sort(points.codes[row, slot].astype(np.int64) * size + family[row])
    first = np.flatnonzero(np.diff(packed, prepend=-1))
    rows = np.diff(np.append(first, len(packed)))
    value, name = np.divmod(packed[first], size)
    many = np.bincount(value, minlength=len(points.values)) >= FEWEST_SURNAMES
    kept = np.flatnonzero(many.take(value))
    return value[kept], name[kept], rows[kept]


def _like_one_before(texts: Texts, names: Int64s, starts: Int64s, sizes: Int64s) -> Int64s:
    """Count, in each run of names, those that are like one before them, int64, (runs,)."""
    earlier, later = pairs_within(np.arange(len(names)), starts, sizes)
    a, b = names[later], names[earlier]
    like = np.zeros(len(names) + 1, np.int64)
    like[later[family_name(texts.ready(a, b), a, b) > 0] + 1] = 1
    before = np.cumsum(like)
    counted: Int64s = before[starts + sizes] - before[starts]
    return counted


def without_values(data: Coded, dropped: NDArray[np.bool_]) -> Coded:
    """Return the column without some of its values: where they stood, nothing is known."""
    if not dropped.any():
        return data
    codes = np.where(np.append(dropped, False)[data.codes], np.int32(-1), data.codes)
    return attrs.evolve(data, codes=known_first(codes))
