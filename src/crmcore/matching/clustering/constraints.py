"""What must be obeyed: rows that are one person, and rows that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import ContradictoryDecisions, InputError
from crmcore.matching._chains import beside, shortest_chain
from crmcore.matching.clustering.components import connected_components

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]

__all__ = ["Constraints", "obeying"]


def _pairs(pairs: ArrayLike) -> Int64s:
    """Return pairs of rows as int64, (pairs, 2), the smaller row first."""
    found = np.asarray(pairs, np.int64).reshape(-1, 2)
    return np.sort(found, axis=1)


@attrs.frozen(kw_only=True, eq=False)
class Constraints:
    """What people decided of rows, and what is known of where rows come from.

    Decisions count for more than sources: two rows of one source that somebody joined stay joined.

    Attributes:
        together: int64, (pairs, 2), rows that are one person, whatever they hold.
        apart: int64, (pairs, 2), rows that are not, nor anybody who is one with them.
        keep_both: int64, (pairs, 2), rows that are one person, and stay two records.
        source: int64, (rows,), the source of each row, if no source holds anybody twice; -1 for none; else None.

    >>> Constraints(together=[(0, 1), (1, 2)], apart=[(3, 0)]).units(5).tolist()
    [0, 0, 0, 3, 4]
    >>> Constraints(together=[(0, 1), (1, 2)], apart=[(2, 0)]).units(5)
    Traceback (most recent call last):
    ...
    crmcore.errors.ContradictoryDecisions: 'row 0' is the same as 'row 1', which is the same as 'row 2', but 'row 0' and 'row 2' are said to be different; withdraw one of these decisions
    """  # noqa: E501 - an error is one line

    together: Int64s = attrs.field(factory=lambda: _pairs([]), converter=_pairs)
    apart: Int64s = attrs.field(factory=lambda: _pairs([]), converter=_pairs)
    keep_both: Int64s = attrs.field(factory=lambda: _pairs([]), converter=_pairs)
    source: Int64s | None = None

    @property
    def one(self) -> Int64s:
        """All pairs of rows that are one person, int64, (pairs, 2)."""
        return np.concatenate((self.together, self.keep_both))

    def units(self, rows: int) -> Int64s:
        """Return the first row of those that are one person by decision, int64, (rows,).

        Raises:
            ContradictoryDecisions: two of them are said to be different; it names the rows that lead from one to the
                other.
            InputError: a decision is about a row that is not there, or the sources are not those of the rows.

        """
        self._check(rows)
        unit = connected_components(rows, self.one[:, 0], self.one[:, 1])
        wrong = np.flatnonzero(unit[self.apart[:, 0]] == unit[self.apart[:, 1]])
        if len(wrong):
            pairs = beside((one, other) for one, other in self.one.tolist())
            chain = shortest_chain(pairs, *self.apart[wrong[0]].tolist())
            raise ContradictoryDecisions([f"row {row}" for row in chain])
        return unit

    def _check(self, rows: int) -> None:
        for row in np.concatenate((self.one, self.apart)).ravel().tolist():
            if not 0 <= row < rows:
                raise InputError(f"a decision is about row {row}, and there are {rows} rows")
        if self.source is not None and np.shape(self.source) != (rows,):
            raise InputError(f"{rows} rows need {rows} sources, not {np.shape(self.source)}")

    def at(self, place: Int64s) -> Constraints:
        """Return what holds of the rows that stand for others: what cannot be said of them is left to `obeying`.

        Args:
            place: int64, (rows,): which row stands for each.

        """
        places = int(place.max(initial=-1)) + 1
        source = None
        if self.source is not None:
            source = np.full(places, -1, np.int64)
            source[place] = self.source
            source[np.bincount(place, minlength=places) > 1] = -1
        one, apart = place[self.one], place[self.apart]
        unit = connected_components(places, one[:, 0], one[:, 1])
        return Constraints(together=one, apart=apart[unit[apart[:, 0]] != unit[apart[:, 1]]], source=source)


def obeying(label: Int64s, constraints: Constraints) -> Int64s:
    """Part those groups, and only those, that hold rows which must not be together; the first row keeps the label.

    Args:
        label: int64, (rows,).
        constraints: which do not contradict each other; rows that are one by them are joined first.

    >>> obeying(np.array([7, 7, 7, 8]), Constraints(apart=[(0, 1)])).tolist()
    [7, 9, 7, 8]
    """
    unit = constraints.units(len(label))
    label = label[unit]
    wrong = set(label[constraints.apart[label[constraints.apart[:, 0]] == label[constraints.apart[:, 1]], 0]].tolist())
    if constraints.source is not None:
        held = np.unique(np.stack((unit, label, constraints.source))[:, constraints.source >= 0], axis=1)
        order = np.lexsort((held[2], held[1]))
        twice = (held[1:, order][:, 1:] == held[1:, order][:, :-1]).all(axis=0)
        wrong |= set(held[1, order][1:][twice].tolist())
    if not wrong:
        return label
    label, fresh = label.copy(), int(label.max()) + 1
    for old in sorted(wrong):
        members = np.flatnonzero(label == old)
        piece = _pieces(members, unit, constraints)
        moved = piece > 0
        label[members[moved]] = fresh + piece[moved] - 1
        fresh += int(piece.max())
    return label


def _pieces(members: Int64s, unit: Int64s, constraints: Constraints) -> Int64s:
    """Return into which piece each member of a group falls, int64, (members,): the first that may hold its unit."""
    source = np.full(len(unit), -1) if constraints.source is None else constraints.source
    ends = unit[constraints.apart]
    apart: dict[int, set[int]] = {}
    for one, other in ends[np.isin(ends, unit[members]).all(axis=1)].tolist():
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    held: list[set[int]] = []
    full: dict[int, int] = {}
    found: dict[int, int] = {}
    sources: dict[int, set[int]] = {}
    for row in members.tolist():
        sources.setdefault(int(unit[row]), set()).update({int(source[row])} - {-1})
    for one, mine in sources.items():
        at = max((full.get(each, 0) for each in mine), default=0)
        while at < len(held) and held[at] & apart.get(one, set()):
            at += 1
        if at == len(held):
            held.append(set())
        held[at].add(one)
        found[one] = at
        full.update(dict.fromkeys(mine, at + 1))
    return np.array([found[int(unit[row])] for row in members.tolist()], np.int64)
