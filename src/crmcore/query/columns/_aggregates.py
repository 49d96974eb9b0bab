"""What is taken from the items of each row: their number, a sum, a least or greatest, the first or the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import attrs
import numpy as np

from crmcore.query._terms import total
from crmcore.query.columns._column import Column, ordered_by
from crmcore.query.columns._layouts import Several, Single
from crmcore.query.tree import Aggregate, How
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags, Places
    from crmcore.query.columns.table import Table

__all__ = ["aggregated"]

_EXACT = 2.0**53
_FRACTIONS = 2.0**20
"""Numbers that are whole when multiplied by it, such as 48,000.5, are summed up exactly if the sum stays small."""


def aggregated(term: Aggregate, layout: Several, items: Table, where: Flags | None) -> Column:
    """Return the values of the term, of the items that are flagged in *where*, or of all."""
    match term.how:
        case How.COUNT:
            counts = layout.counts if where is None else layout.count(where)
            return Column(type=FieldType.INTEGER, data=counts.astype(np.int64), layout=Single(layout.size))
        case How.FIRST | How.LAST:
            chosen, known = _picked(items.column(term.by), layout, where, is_last=term.how is How.LAST)
            return items.column(term.field).taken(chosen, known)
        case How.MIN | How.MAX:
            return _extreme(items.column(term.field), layout, where, is_greatest=term.how is How.MAX)
        case How.SUM | How.MEAN:
            return _summed(items.column(term.field), layout, where, is_mean=term.how is How.MEAN)
        case _:
            assert_never(term.how)


@attrs.frozen
class _Groups:
    """The values of some items, one row after the other.

    Attributes:
        places: where the values stand in the column; None for all of them.
        items: the item of each value; None where it stands at the value's own place.
        rows: the rows that have any.
        begins, counts: where the values of each of these rows begin, and how many there are.

    """

    places: Places | None
    items: Places | None
    rows: Places
    begins: Places
    counts: Places

    def of(self, data: NDArray[Any]) -> NDArray[Any]:
        """Return the values themselves."""
        return data if self.places is None else data.take(self.places)

    def items_at(self, positions: Places) -> Places:
        """Return the items of the values at some positions among them."""
        if self.items is not None:
            return self.items.take(positions)
        return positions if self.places is None else self.places.take(positions)


def _grouped(column: Column, layout: Several, where: Flags | None) -> _Groups:
    """Return the values of the flagged items, or of all, by rows."""
    places: Places | None
    items: Places | None = None
    if isinstance(column.layout, Single):
        flags = column.layout.known if where is None else column.layout.some(where)
        places = None if flags is None else np.flatnonzero(flags)
        each = layout.counts if flags is None else layout.count(flags)
    else:
        places, items = column.layout.values(where)
        each = np.bincount(layout.parents.take(items), minlength=layout.size)
    rows = np.flatnonzero(each)
    counts = each.take(rows).astype(np.intp)
    return _Groups(places, items, rows, np.cumsum(counts) - counts, counts)


def _spread(size: int, rows: Places, values: NDArray[Any]) -> tuple[NDArray[Any], Single]:
    """Return one value a row, with a filler where there is none."""
    data = np.zeros(size, values.dtype)
    data[rows] = values
    known = np.zeros(size, bool)
    known[rows] = True
    return data, Single(size, known)


def _extreme(column: Column, layout: Several, where: Flags | None, *, is_greatest: bool) -> Column:
    groups = _grouped(column, layout, where)
    if not len(groups.rows):
        return _nothing(column, layout.size)
    take = np.maximum if is_greatest else np.minimum
    values = take.reduceat(ordered_by(column, groups.of(column.data)), groups.begins)
    if column.dictionary is not None:
        values = column.dictionary.by_rank.take(values).astype(np.int32)
    data, single = _spread(layout.size, groups.rows, values)
    return attrs.evolve(column, data=data, layout=single)


def _nothing(column: Column, size: int) -> Column:
    return attrs.evolve(column, data=np.zeros(size, column.data.dtype), layout=Single(size, np.zeros(size, bool)))


def _summed(column: Column, layout: Several, where: Flags | None, *, is_mean: bool) -> Column:
    groups = _grouped(column, layout, where)
    sums = _totals(groups.of(column.data), groups.begins, groups.counts) if len(groups.rows) else np.zeros(0)
    with np.errstate(over="ignore"):
        data, single = _spread(layout.size, groups.rows, sums / groups.counts if is_mean else sums)
    return Column(type=FieldType.NUMBER, data=data, layout=single)


def _totals(values: NDArray[Any], begins: Places, counts: Places) -> NDArray[np.float64]:
    """Return the exact sum of each group, rounded once, as :func:`crmcore.query._terms.total` gives it."""
    most = int(counts.max())
    if values.dtype == np.int64:
        largest = max(abs(int(values.max())), abs(int(values.min())))
        if largest * most < 2**63:
            return np.add.reduceat(values, begins).astype(np.float64)
    elif most <= 2 or _sums_exactly(values, most):
        with np.errstate(over="ignore"):
            return np.add.reduceat(values, begins)
    listed, ends = values.tolist(), [*begins.tolist()[1:], len(values)]
    groups = zip(begins.tolist(), ends, strict=True)
    return np.fromiter((total(listed[first:end]) for first, end in groups), np.float64, len(begins))


def _sums_exactly(values: NDArray[Any], most: int) -> bool:
    """Say whether no sum of so many can be rounded: all are multiples of one small fraction, and small enough."""
    if float(np.abs(values).max()) * most * _FRACTIONS >= _EXACT:
        return False
    scaled = values * _FRACTIONS
    return bool((scaled == np.rint(scaled)).all())


def _picked(by: Column, layout: Several, where: Flags | None, *, is_last: bool) -> tuple[Places, Flags]:
    """Return the item that comes first or last of each row, a filler where there is none, and which rows have one."""
    chosen, known = np.zeros(layout.size, np.intp), np.zeros(layout.size, bool)
    groups = _grouped(by, layout, where)
    if not len(groups.rows):
        return chosen, known
    keys = ordered_by(by, groups.of(by.data))
    best = (np.maximum if is_last else np.minimum).reduceat(keys, groups.begins)
    at = groups.items_at(np.flatnonzero(keys == np.repeat(best, groups.counts)))
    if not is_last:  # where several are assigned to one row, the last one stays
        at = at[::-1]
    chosen[layout.parents.take(at)] = at
    known[groups.rows] = True
    return chosen, known
