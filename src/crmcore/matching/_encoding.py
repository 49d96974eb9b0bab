"""Each column as whole numbers: every distinct value is normalised, parsed and compared once, never once a row."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, cast

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.ports import Cell

__all__ = ["Encoded", "encode", "encode_texts", "recode", "stand_ins"]


MAX_VALUES_A_CELL = 6
"""Further values of a multi-valued cell are not compared: pairs of sets cost slots squared."""


@attrs.frozen(kw_only=True)
class Encoded:
    """A column of values as codes.

    Attributes:
        codes: int32, (rows, slots); an index into `values`, or -1 where nothing stands. A row holds each value once.
        values: the distinct normal forms.

    """

    codes: NDArray[np.int32]
    values: list[str]

    @property
    def slots(self) -> int:
        """How many values a row can hold."""
        return int(self.codes.shape[1])

    @property
    def known(self) -> NDArray[np.bool_]:
        """bool, (rows,): whether the row holds any value."""
        known: NDArray[np.bool_] = np.any(self.codes >= 0, axis=1)
        return known

    def counts(self) -> NDArray[np.int64]:
        """int64, (values,): in how many rows each value stands."""
        flat = self.codes.ravel()
        return np.bincount(flat[flat >= 0], minlength=len(self.values))


def encode_texts(values: Sequence[str | None]) -> tuple[NDArray[np.int32], list[str | None]]:
    """Return one code a value, int32, (values,), and the distinct values in order of first appearance.

    >>> codes, distinct = encode_texts(["b", None, "a", "b"])
    >>> codes.tolist(), distinct
    ([0, 1, 2, 0], ['b', None, 'a'])
    """
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


def encode(columns: Sequence[Sequence[Cell]], normalise: Callable[[str], str | None]) -> Encoded:
    """Encode one or several columns of the same kind as one multi-valued column of normal forms."""
    slots = [slot for column in columns for slot in _slots(column)]
    raw_codes, raw = encode_texts(slots[0] if len(slots) == 1 else [text for slot in slots for text in slot])
    codes, values = recode(raw_codes, [None if text is None else normalise(text) for text in raw])
    table = np.ascontiguousarray(codes.reshape(len(slots), -1).T)
    return Encoded(codes=_without_repeats(table), values=values)


def stand_ins(codes: NDArray[np.int32], *, more_than: int) -> NDArray[np.int64]:
    """Return, for each row, the first of more than *more_than* rows with the very same codes, or the row itself.

    Args:
        codes: int32, (rows, slots).
        more_than: rows that have no more copies than this stand for themselves.

    >>> stand_ins(np.array([[7], [3], [7], [7]], np.int32), more_than=2).tolist()
    [0, 1, 0, 0]
    """
    mixer = np.random.default_rng(0).integers(1, 2**62, codes.shape[1], dtype=np.int64) | 1
    digest = codes.astype(np.int64) @ mixer  # wraps around; equality is checked below
    order = np.argsort(digest, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(digest[order]) != 0))) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    first, many = np.empty(len(order), np.int64), np.empty(len(order), bool)
    first[order] = np.repeat(order[starts], sizes)
    many[order] = np.repeat(sizes > more_than, sizes)
    return np.where(many & (codes == codes[first]).all(axis=1), first, np.arange(len(order)))


def _slots(column: Sequence[Cell]) -> list[Sequence[str | None]]:
    """Split a column of cells into columns of single texts."""
    if tuple not in set(map(type, column)):
        return [cast("Sequence[str | None]", column)]
    widest = max(len(cell) for cell in column if isinstance(cell, tuple))
    wide = [cell if isinstance(cell, tuple) else (cell,) for cell in column]
    return [
        [cell[slot] if slot < len(cell) else None for cell in wide] for slot in range(min(widest, MAX_VALUES_A_CELL))
    ]


def _without_repeats(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep each value of a row once, the values to the left, and no slot that is empty in every row."""
    if codes.shape[1] == 1:
        return codes
    for slot in range(1, codes.shape[1]):
        repeated = (codes[:, :slot] == codes[:, slot : slot + 1]).any(axis=1)
        codes[repeated, slot] = -1
    order = np.argsort(codes < 0, axis=1, kind="stable")
    codes = np.take_along_axis(codes, order, axis=1)
    used = max(int((codes >= 0).any(axis=0).sum()), 1)
    return np.ascontiguousarray(codes[:, : min(used, MAX_VALUES_A_CELL)])
