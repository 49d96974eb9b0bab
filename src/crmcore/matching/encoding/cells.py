"""One cell of a table, whatever a library made of it, as a text, several texts, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crmcore.ports import Cell

__all__ = ["cell_of", "cells_of"]

LONGEST_NUMBER = 10_000
"""Bits beyond which a whole number is written with the base 16: from 4300 digits on, Python refuses the base 10."""
_MANY = (list, tuple, set, frozenset)


def cells_of(values: Sequence[object]) -> list[Cell]:
    """Return each value as a cell.

    >>> cells_of(["Ada", 7.0, ["a", None], float("nan")])
    ['Ada', '7', ('a',), None]
    """
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return cast("list[Cell]", list(values))
    return [cell_of(value) for value in values]


def cell_of(value: object) -> Cell:
    """Return a value as a cell: numbers, flags, days, missing marks and collections become texts or nothing."""
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "as_py"):
        return cell_of(value.as_py())
    if isinstance(value, np.generic | np.ndarray) and value.dtype.kind not in "mM":
        return cell_of(value.tolist())
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if value != value else str(int(value)) if value.is_integer() else repr(value)  # noqa: PLR0124 - NaN
    if isinstance(value, _MANY):
        return tuple(_texts(value, depth=1)) or None
    if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
        return hex(value)
    text = str(value)
    return None if text in {"NaT", "<NA>", "nan", "NaN"} else text.removesuffix(" 00:00:00")


def _texts(values: Iterable[object], *, depth: int) -> Iterator[str]:
    """Read the items of a collection, and those of collections in it that lie no deeper than *depth*."""
    for item in sorted(values, key=str) if isinstance(values, set | frozenset) else values:
        if isinstance(item, _MANY):
            yield from _texts(item, depth=depth - 1) if depth else ()
        elif isinstance(text := cell_of(item), str):
            yield text
        elif text is not None:
            yield from text
