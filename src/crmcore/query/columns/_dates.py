"""Partial dates as numbers, YYYYMMDD with 00 for a part that is not known, which stand in the order of their texts.

What is certain of each is what :mod:`crmcore.query.dates` says of its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.query._values import days_of
from crmcore.query.dates import Boundary, first_day, next_day
from crmcore.query.tree import Between, Compare, In, Op, Recurs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags

__all__ = ["certain_of_dates", "date_number", "date_text"]

_NEVER = 2**31 - 1
"""The number that stands for "~", the end of all time."""


def date_number(text: str) -> int:
    """Return the number of a partial date.

    >>> date_number("2019"), date_number("2019-03-07")
    (20190000, 20190307)
    """
    return _NEVER if text == "~" else int(text.replace("-", "").ljust(8, "0"))


def date_text(number: int) -> str:
    """Return the partial date of a number.

    >>> date_text(20190300), date_text(10000)
    ('2019-03', '0001')
    """
    digits = f"{number:08}"
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:]) if part != "00")


def certain_of_dates(node: Compare | Between | In | Recurs, dates: NDArray[Any], *, so: bool, are_full: bool) -> Flags:
    """Return of which dates the leaf is certainly true, or, where not *so*, certainly false.

    *are_full* says that of every one the day is known.
    """
    if isinstance(node, Recurs):
        return _anniversary(node, dates, so=so)
    if isinstance(node, In):
        return _one_of(node.values, dates, so=so)
    if isinstance(node, Compare) and node.op is not Op.EQ:
        day = first_day(node.value) if node.op in {Op.LT, Op.GE} else next_day(node.value)
        return _before(day, dates, are_full) if (node.op in {Op.LT, Op.LE}) is so else _reached(day, dates)
    if isinstance(node, Compare):
        begin, end = first_day(node.value), next_day(node.value)
    else:
        begin, end = first_day(node.first), next_day(node.last) if node.includes_last else first_day(node.last)
    if so:
        return _reached(begin, dates) & _before(end, dates, are_full)
    return _before(begin, dates, are_full) | _reached(end, dates)


def _before(day: str, dates: NDArray[Any], are_full: bool) -> Flags:
    """Return the dates of which every day lies before."""
    before: Flags = dates < date_number(day)
    for straddling in () if are_full else Boundary(day).straddling:
        before &= dates != date_number(straddling)
    return before


def _reached(day: str, dates: NDArray[Any]) -> Flags:
    """Return the dates of which every day lies from the day on."""
    reached: Flags = dates >= date_number(Boundary(day).least)
    return reached


def _one_of(values: Sequence[str], dates: NDArray[Any], *, so: bool) -> Flags:
    """Return which dates lie within one of *values*, or, where not *so*, share no day with any."""
    wanted = np.fromiter(map(date_number, values), np.int64, len(values))
    within = np.isin(dates, wanted)
    for wider in (100, 10_000):
        within |= np.isin(dates // wider * wider, wanted)
    if so:
        return within
    return ~(within | np.isin(dates, np.concatenate([wanted // 10_000 * 10_000, wanted // 100 * 100])))


def _anniversary(node: Recurs, dates: NDArray[Any], *, so: bool) -> Flags:
    first, last = (int(day.replace("-", "")) for day in days_of(node))
    days = dates % 10_000
    within = (days >= first) & (days <= last) if first <= last else (days >= first) | (days <= last)
    flags: Flags = (days % 100 != 0) & (within if so else ~within)
    return flags
