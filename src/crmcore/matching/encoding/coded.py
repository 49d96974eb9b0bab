"""Columns of one kind as whole numbers, the same ones whatever order the rows came in.

Every distinct value is normalised, parsed and compared once, never once a row. The commonest value is 0; which of two
equally common ones comes first is decided by their hashes, not by which row was seen first.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.encoding.order import stable_order
from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]
    Hash = Callable[[Strings], Uint64s]
    Normalise = Callable[[Strings], tuple[Strings, Bools]]

__all__ = ["MAX_VALUES_A_CELL", "Coded", "Raw", "code", "distinct", "each", "known_first", "without_repeats"]

MAX_VALUES_A_CELL = 6
"""Further values of a multi-valued cell are not compared: pairs of sets cost slots squared."""


@attrs.frozen(kw_only=True, eq=False)
class Raw:
    """A column as it came.

    Attributes:
        codes: int32, (rows, slots); an index into `values`, or -1 where nothing stands.
        values: the texts, mostly each once.

    """

    codes: Int32s
    values: Strings

    def counts(self) -> Int64s:
        """int64, (values,): in how many cells each value stands."""
        return _occurrences(self.codes, len(self.values))


@attrs.frozen(kw_only=True, eq=False)
class Coded:
    """One or several columns as codes of normal forms.

    Attributes:
        codes: int32, (rows, slots); an index into `values`, or -1 where nothing stands. A row holds each value once.
        values: the distinct normal forms, the commonest first, equally common ones by their keys.
        keys: uint64, (values,), the hash of each, by which other tables and machines know it.

    """

    codes: Int32s
    values: Strings
    keys: Uint64s

    @property
    def slots(self) -> int:
        """How many values a row can hold."""
        return int(self.codes.shape[1])

    @property
    def known(self) -> Bools:
        """bool, (rows,): whether the row holds any value."""
        known: Bools = np.logical_or.reduce([slot >= 0 for slot in self.codes.T])
        return known

    def counts(self) -> Int64s:
        """int64, (values,): in how many rows each value stands; counted once, and not to be written to."""
        return self._counts

    @cached_property
    def _counts(self) -> Int64s:
        counts = _occurrences(self.codes, len(self.values))
        counts.flags.writeable = False
        return counts

    def on(self, rows: Int64s) -> Coded:
        """Return the same values, and the codes of some rows only."""
        return attrs.evolve(self, codes=self.codes[rows])


def each(key: Callable[[str], str | None]) -> Normalise:
    """Return what normalises many texts by a function of one.

    >>> normal, known = each(lambda text: text.strip().lower() or None)(Strings.of([" ADA", " "]))
    >>> list(normal), known.tolist()
    (['ada', ''], [True, False])
    """

    def normalise(values: Strings) -> tuple[Strings, Bools]:
        found = [key(text) for text in values]
        known = np.fromiter((text is not None for text in found), bool, len(found))
        return Strings.of([text or "" for text in found]), known

    return normalise


def code(columns: Sequence[Raw], normalise: Normalise, *, hashed: Hash = hash64) -> Coded:
    """Code one or several columns of the same kind as one multi-valued column of normal forms.

    Args:
        columns: as they came, of equally many rows.
        normalise: from texts to their normal forms, and which of them are any.
        hashed: how a text is known; texts of one number are told apart by their bytes.

    """
    normal, known = normalise(Strings.join([column.values for column in columns]))
    if not known.all():
        normal = normal.take(np.flatnonzero(known))
    number, first, keys = distinct(normal, hashed=hashed)
    values = np.full(len(known) + 1, -1, np.int32)
    values[np.flatnonzero(known)] = number
    codes, before = [], 0
    for column in columns:
        codes.append(np.where(column.codes < 0, np.int32(-1), values[column.codes + before]))
        before += len(column.values)
    side_by_side = without_repeats(np.concatenate(codes, axis=1))
    rank, order = _ranks(side_by_side, len(keys))
    return Coded(codes=rank[side_by_side], values=normal.take(first[order]), keys=keys[order])


def distinct(strings: Strings, *, hashed: Hash = hash64) -> tuple[Int32s, Int64s, Uint64s]:
    """Find texts that are equal.

    Returns:
        the number of each text, int32, (texts,); where each distinct one stands, int64, (distinct,); its hash, uint64,
        (distinct,). Numbers rise with the hashes; those of texts of one hash, with their bytes.

    """
    keys = hashed(strings)
    order = np.argsort(keys)
    rising = keys[order]
    begins = np.concatenate((np.ones(min(len(rising), 1), bool), rising[1:] != rising[:-1]))
    number = np.empty(len(keys), np.int32)
    number[order] = np.cumsum(begins, dtype=np.int32) - 1
    first = order[begins]
    again = np.flatnonzero(first[number] != np.arange(len(number)))
    same = strings.take(first[number[again]]).same_as(strings.take(again))
    if not same.all():
        return _told_apart(strings, keys)
    return number, first, rising[begins]


def _told_apart(strings: Strings, keys: Uint64s) -> tuple[Int32s, Int64s, Uint64s]:
    """Do the same where two texts share a hash, which hardly ever happens by itself."""
    named = list(zip(keys.tolist(), strings, strict=True))
    place = {name: at for at, name in reversed(list(enumerate(named)))}
    ordered = sorted(place)
    number = {name: at for at, name in enumerate(ordered)}
    return (
        np.fromiter(map(number.__getitem__, named), np.int32, len(named)),
        np.array([place[name] for name in ordered], np.int64),
        np.array([key for key, _ in ordered], np.uint64),
    )


def _ranks(codes: Int32s, values: int) -> tuple[Int32s, Int64s]:
    """Return the new number of each value, which stand by their hashes, and the values in that order.

    The commonest come first; those of no row have the number -1, as -1 itself has.
    """
    counts = _occurrences(codes, values)
    order = stable_order(counts.max(initial=0) - counts)[: np.count_nonzero(counts)]
    rank = np.full(values + 1, -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank, order


def _occurrences(codes: Int32s, values: int) -> Int64s:
    """Count the cells in which each value stands, int64, (values,)."""
    return np.bincount(codes[codes >= 0], minlength=values)


def known_first(codes: Int32s) -> Int32s:
    """Move the values of each row to the left, in their order.

    >>> known_first(np.array([[-1, 7, -1, 2]], np.int32)).tolist()
    [[7, 2, -1, -1]]
    """
    found, held = np.full_like(codes, -1), np.zeros(len(codes), np.intp)
    for slot in codes.T:
        rows = np.flatnonzero(slot >= 0)
        place = held.take(rows)
        found[rows, place] = slot.take(rows)
        held[rows] = place + 1
    return found


def without_repeats(codes: Int32s) -> Int32s:
    """Keep each value of a row once, the values to the left, and no slot that is empty in every row."""
    if codes.shape[1] == 1:
        return codes
    for slot in range(1, codes.shape[1]):
        repeated = (codes[:, :slot] == codes[:, slot : slot + 1]).any(axis=1)
        codes[repeated, slot] = -1
    codes = known_first(codes)
    used = max(int((codes >= 0).any(axis=0).sum()), 1)
    return np.ascontiguousarray(codes[:, : min(used, MAX_VALUES_A_CELL)])
