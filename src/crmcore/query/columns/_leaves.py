"""What a leaf says of the values of a column, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.errors import InputError
from crmcore.query._values import STANDS, certainties, demand_plain, held_against
from crmcore.query.columns._column import CODED, Column, instant_number
from crmcore.query.columns._dates import certain_of_dates
from crmcore.query.scalars import scalar_of
from crmcore.query.tree import Between, Compare, In, Match, Op, Recurs
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmcore.query.columns._dictionary import Dictionary
    from crmcore.query.columns._layouts import Flags

__all__ = ["Leaf", "certain_values"]

Leaf = Compare | Between | In | Match | Recurs

_FEW = 4
"""So many values of a list are compared one by one."""


def certain_values(node: Leaf, column: Column, *, so: bool) -> Flags:
    """Return of which values of the column the leaf is certainly true, or, where not *so*, certainly false."""
    _demand_sort(node, column)
    if column.type is FieldType.DATE and not isinstance(node, Match):
        return certain_of_dates(node, column.data, so=so, are_full=column.are_full)
    if column.dictionary is not None:
        flags = _among_texts(node, column.type, column.dictionary, column.data)
    else:
        flags = _among_numbers(node, column)
    return flags if so else np.logical_not(flags, out=flags)


def _demand_sort(node: Leaf, column: Column) -> None:
    """Refuse a question about another sort of values than the table holds."""
    if isinstance(node, Compare | Between | In):
        demand_plain(node)
        for value in held_against(node) if node.type is None else ():
            scalar_of(value, column.type, field=str(node.field)[:80])
    asked = FieldType.DATE if isinstance(node, Recurs) else FieldType.TEXT if isinstance(node, Match) else node.type
    if asked is None or _sort(asked) == _sort(column.type):
        return
    raise InputError(
        f"the question was checked for values of type {asked}, and the column of {node.field!r:.80} holds "
        f"{column.type}; check it against the subject of the table"
    )


def _sort(type_: FieldType) -> FieldType:
    return FieldType.TEXT if type_ in CODED and type_ is not FieldType.ANY else type_


def _among_texts(node: Leaf, type_: FieldType, dictionary: Dictionary, codes: NDArray[Any]) -> Flags:
    match node:
        case Match(_, how, text):
            flags = dictionary.matching(how, text)
        case Compare(_, Op.EQ, value) if (code := dictionary.code(value)) is not None:
            equal: Flags = np.equal(codes, code)
            return equal
        case Compare(_, Op.EQ):
            return np.zeros(len(codes), bool)
        case In(_, values) if node.folds:
            flags = dictionary.folding_to(values)
        case In(_, values):
            flags = dictionary.one_of(values)
        case _ if type_ is FieldType.ANY:
            flags = dictionary.told(certainties(node)[0])
        case _:
            flags = _in_order(node, dictionary)
    return flags.take(codes, mode="clip")


def _in_order(node: Leaf, dictionary: Dictionary) -> Flags:
    """Say which texts stand so to those of the node, by their places in the sorted dictionary."""
    from bisect import bisect_left, bisect_right

    ordered, end = dictionary.sorted, len(dictionary.values)
    match node:
        case Compare(_, Op.LT, value):
            first, last = 0, bisect_left(ordered, value)
        case Compare(_, Op.LE, value):
            first, last = 0, bisect_right(ordered, value)
        case Compare(_, Op.GT, value):
            first, last = bisect_right(ordered, value), end
        case Compare(_, Op.GE, value):
            first, last = bisect_left(ordered, value), end
        case Between(_, least, greatest, includes_last):
            bisect = bisect_right if includes_last else bisect_left
            first, last = bisect_left(ordered, least), bisect(ordered, greatest)
        case _:
            raise TypeError(f"a {node.__class__.__name__} of texts is not about their order")
    flags = np.zeros(end + 1, bool)
    flags[dictionary.by_rank[first : max(first, last)]] = True
    return flags


def _among_numbers(node: Leaf, column: Column) -> Flags:
    data, plain = column.data, _plain(column.type)
    match node:
        case Compare(_, op, value):
            flags: Flags = STANDS[op](data, plain(value))
        case Between(_, first, last, includes_last):
            flags = data >= plain(first)
            flags &= data <= plain(last) if includes_last else data < plain(last)
        case In(_, values):
            flags = _listed(data, [plain(value) for value in values])
        case _:
            raise TypeError(f"a {node.__class__.__name__} is not about values of type {column.type}")
    return flags


def _plain(type_: FieldType) -> Callable[[Any], Any]:
    return instant_number if type_ is FieldType.INSTANT else lambda value: value


def _listed(data: NDArray[Any], values: list[Any]) -> Flags:
    if len(values) > _FEW:
        return np.isin(data, np.array(values, data.dtype))
    flags = np.zeros(len(data), bool)
    for value in values:
        flags |= data == value
    return flags
