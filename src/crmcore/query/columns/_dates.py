"""Partial dates as numbers, YYYYMMDD with 00 for a part that is not known, which stand in the order of their texts.

What is certain of each is what :mod:`crmcore.query.dates` says of its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.query.dates import Boundary, first_day, next_day
from crmcore.query.tree import Between, Compare, In, Op, Recurs

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def certain_of_dates(node: Compare | Between | In | Recurs, dates: NDArray[Any]) -> tuple[Flags, Flags]:
    """Return of which dates the leaf is certainly true, and of which it is certainly false."""
    match node:
        case Recurs():
            return _anniversary(node, dates)
        case In(_, values):
            return _one_of(values, dates)
        case Between(_, first, last, includes_last):
            before, reached = _divided(first_day(first), dates)
            before_end, past_end = _divided(next_day(last) if includes_last else first_day(last), dates)
            return reached & before_end, before | past_end
        case Compare(_, op, value):
            if op is Op.EQ:
                return _one_of((value,), dates)
            before, reached = _divided(first_day(value) if op in {Op.LT, Op.GE} else next_day(value), dates)
            return (before, reached) if op in {Op.LT, Op.LE} else (reached, before)


def _divided(day: str, dates: NDArray[Any]) -> tuple[Flags, Flags]:
    """Return which dates lie before the day, and which from it on."""
    boundary = Boundary(day)
    before = dates < date_number(day)
    for straddling in boundary.straddling:
        before &= dates != date_number(straddling)
    return before, dates >= date_number(boundary.least)


def _one_of(values: Iterable[str], dates: NDArray[Any]) -> tuple[Flags, Flags]:
    """Say which dates lie within one of *values*, and which share no day with any."""
    wanted = np.fromiter(map(date_number, values), np.int64)
    years, months = dates // 10_000 * 10_000, dates // 100 * 100
    within = _among(dates, wanted) | _among(months, wanted) | _among(years, wanted)
    wider = np.concatenate([wanted // 10_000 * 10_000, wanted // 100 * 100])
    return within, ~(within | _among(dates, wider))


def _among(dates: NDArray[Any], wanted: NDArray[np.int64]) -> Flags:
    return dates == wanted[0] if len(wanted) == 1 else np.isin(dates, wanted)


def _anniversary(node: Recurs, dates: NDArray[Any]) -> tuple[Flags, Flags]:
    first, last = (int(str(day).replace("-", "")) for day in (node.first, node.last))
    days = dates % 10_000
    full = days % 100 != 0
    within = (days >= first) & (days <= last) if first <= last else (days >= first) | (days <= last)
    return full & within, full & ~within
