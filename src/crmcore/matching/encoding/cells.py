"""One cell of a table, whatever a library made of it, as a text, several texts, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.ports import Cell

__all__ = ["cell_of", "cells_of"]


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
    if isinstance(value, list | tuple | set | frozenset):
        ordered = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        texts = tuple(text for item in ordered if isinstance(text := cell_of(item), str))
        return texts or None
    text = str(value)
    return None if text in {"NaT", "<NA>", "nan", "NaN"} else text.removesuffix(" 00:00:00")
