"""Columns, or lists of cells, as codes: every distinct value is worked on once, never once a row."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching.encoding.coded import code
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.normal import normaliser_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Coded
    from crmcore.ports import Cell

__all__ = ["encode", "encode_texts", "recode"]


def encode_texts(values: Sequence[str | None]) -> tuple[NDArray[np.int32], list[str | None]]:
    """Return one code a value, int32, (values,), and the distinct values; a column's are not read one by one.

    >>> codes, distinct = encode_texts(["b", None, "a", "b"])
    >>> codes.tolist(), distinct
    ([0, 1, 2, 0], ['b', None, 'a'])
    """
    if isinstance(values, Column) and values.raw.codes.shape[1] == 1:
        texts: list[str | None] = [*values.raw.values, None]
        codes = values.raw.codes[:, 0]
        return np.where(codes < 0, np.int32(len(texts) - 1), codes), texts
    index: defaultdict[str | None, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(index.__getitem__, values), np.int32, len(values))
    return codes, list(index)


def recode(codes: NDArray[np.int32], normal: Sequence[str | None]) -> tuple[NDArray[np.int32], list[str]]:
    """Map *codes* of raw values to codes of their normal forms; None becomes -1."""
    index: dict[str, int] = {}
    table = np.fromiter(
        (-1 if text is None else index.setdefault(text, len(index)) for text in normal), np.int32, len(normal)
    )
    return table[codes], list(index)


def encode(columns: Sequence[Sequence[Cell]], normalise: Callable[[str], str | None]) -> Coded:
    """Encode one or several columns of the same kind as one multi-valued column of normal forms."""
    return code([raw_of(column) for column in columns], normaliser_of(normalise))
