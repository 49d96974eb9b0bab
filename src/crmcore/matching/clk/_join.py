"""All pairs of filters that are alike enough, without looking at most of them.

With a and b bits set, i of them in both, two filters have a Dice coefficient of 2 i / (a + b); with noise it is that of
the filters without it, estimated. Either way a threshold on it is a line: i >= c0 + c1 (a + b). So

* b is within bounds that a gives: filters in the order of their set bits are joined in blocks, and whole blocks are
  never formed (the length filter of Bayardo, Ma and Srikant, 2007);
* by the first k bits alone, i <= i_k + (bits of a and b beyond k) / 2: a product of two small matrices tells which
  pairs may reach the line, one in thousands;
* those are counted out bit by bit. The answer is exact, whatever k is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Floats32 = NDArray[np.float32]
    Int64s = NDArray[np.int64]
    Uint8s = NDArray[np.uint8]

__all__ = ["Filters", "Line", "pairs_across", "pairs_within"]

LEFT, RIGHT = 1024, 4096
"""Filters of a block on each side: 16 MiB of sums."""
COUNTED = 1 << 16
"""Pairs counted out at once."""
SAMPLE = 256
"""Filters of each side from which the number of bits looked at first is chosen."""
COUNTING = 16.0
"""What counting a pair out costs, in products of whole filters."""
SLACK = 0.05
"""More than single precision can be off: sums stay below 10,000."""


@attrs.frozen(kw_only=True)
class Line:
    """What makes a pair alike enough.

    Attributes:
        threshold: Dice coefficient, above 0 and at most 1.
        width: bits of a filter.
        turned: chance with which each bit of each filter was turned over.

    """

    threshold: float
    width: int
    turned: float = 0.0

    @property
    def slope(self) -> float:
        """c1: bits in common that are needed for each bit that is set in either."""
        return self.turned + (1 - 2 * self.turned) * self.threshold / 2

    @property
    def level(self) -> float:
        """c0: bits in common that are needed where none is set; not above 0."""
        return -self.turned * self.width * (self.turned + (1 - 2 * self.turned) * self.threshold)

    def score(self, common: Int64s, both: Int64s) -> Floats:
        """Return the Dice coefficient before bits were turned over, as far as can be told, float64, (pairs,).

        Of filters A and B with each bit turned over with chance p, and s = 1 - 2 p, the expected number of common bits
        is p^2 width + p s (|A| + |B|) + s^2 |A and B|.

        Args:
            common: int64, (pairs,), bits that both have.
            both: int64, (pairs,), bits of one and of the other, added up.

        """
        p, s = self.turned, 1 - 2 * self.turned
        total = (both - 2 * p * self.width) / s
        shared = (common - p * p * self.width - p * s * total) / (s * s)
        found = 2 * shared / np.where(total > 0, total, 1.0)
        return np.where(total > 0, np.clip(found, 0.0, 1.0), 0.0)

    def partners(self, least: int, most: int) -> tuple[float, float]:
        """Return how many bits at least and at most a filter has that pairs with one of *least* to *most* bits."""
        low = (self.level + self.slope * least) / (1 - self.slope)
        return low - SLACK, (most * (1 - self.slope) - self.level) / self.slope + SLACK


@attrs.frozen(eq=False)
class Filters:
    """Different filters in the order of their set bits.

    Attributes:
        bits: uint8, (filters, bytes).
        set_bits: int64, (filters,), rising.
        group: int64, (rows,), the filter of each row; -1 where it has none.

    """

    bits: Uint8s
    set_bits: Int64s
    group: Int64s

    @classmethod
    def of(cls, bits: Uint8s) -> Filters:
        """Find the different ones among the filters of rows, uint8, (rows, bytes); empty ones are left out."""
        set_bits = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
        kept = np.flatnonzero(set_bits)
        keyed = np.empty(len(kept), np.dtype([("set", ">u2"), ("bits", np.void, bits.shape[1])]))
        keyed["set"] = set_bits[kept]
        keyed["bits"] = np.ascontiguousarray(bits[kept]).view(keyed.dtype["bits"])[:, 0]
        whole = keyed.view(np.dtype((np.void, keyed.dtype.itemsize)))
        _, first, place = np.unique(whole, return_index=True, return_inverse=True)
        group = np.full(len(bits), -1, np.int64)
        group[kept] = place
        return cls(bits[kept[first]], set_bits[kept[first]], group)

    def __len__(self) -> int:
        return len(self.bits)

    @property
    def words(self) -> NDArray[np.uint64]:
        """uint64, (filters, words): the same bits."""
        return self.bits.view(np.uint64)


def pairs_across(left: Filters, right: Filters, line: Line, *, most: int) -> tuple[Int64s, Int64s, Floats]:
    """Return (left, right, score) of the pairs of filters at or above the line.

    Raises:
        InputError: there are more than *most* of them.

    """
    return _gathered(_blocks(left, right, line), line, left, right, most=most)


def pairs_within(filters: Filters, line: Line, *, most: int) -> tuple[Int64s, Int64s, Floats]:
    """Return (left, right, score) of the pairs of different filters, left < right; raise as `pairs_across`."""
    found = ((a[a < b], b[a < b]) for a, b in _blocks(filters, filters, line, above=True))
    return _gathered(found, line, filters, filters, most=most)


def _gathered(
    candidates: Iterator[tuple[Int64s, Int64s]], line: Line, left: Filters, right: Filters, *, most: int
) -> tuple[Int64s, Int64s, Floats]:
    """Count the candidates out, and keep those at or above the line."""
    lefts, rights, scores = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    total, words = 0, (left.words, right.words)
    for a, b in candidates:
        for begin in range(0, len(a), COUNTED):
            i, j = a[begin : begin + COUNTED], b[begin : begin + COUNTED]
            common = np.bitwise_count(words[0][i] & words[1][j]).sum(axis=1, dtype=np.int64)
            score = line.score(common, left.set_bits[i] + right.set_bits[j])
            kept = score >= line.threshold
            lefts.append(i[kept])
            rights.append(j[kept])
            scores.append(score[kept])
            total += int(kept.sum())
            if total > most:
                raise InputError(
                    f"more than {most:,} pairs reach the threshold of {line.threshold}; raise the threshold, or allow "
                    "more with most_pairs="
                )
    return np.concatenate(lefts), np.concatenate(rights), np.concatenate(scores)


def _blocks(left: Filters, right: Filters, line: Line, *, above: bool = False) -> Iterator[tuple[Int64s, Int64s]]:
    """Yield (left, right) of pairs that may reach the line, and all that do, block by block.

    Args:
        left, right: the filters.
        line: what is asked for.
        above: both are the same, and pairs with left > right are of no interest.

    """
    looked = _bits_first(left, right, line)
    for begin in range(0, len(left), LEFT):
        rows = slice(begin, begin + LEFT)
        low, high = line.partners(int(left.set_bits[rows][0]), int(left.set_bits[rows][-1]))
        first = int(np.searchsorted(right.set_bits, low))
        last = int(np.searchsorted(right.set_bits, high, side="right"))
        ours = _reach(left, rows, looked, line)
        ours[:, -2] -= line.level
        for start in range(max(first, begin) if above else first, last, RIGHT):
            columns = slice(start, min(start + RIGHT, last))
            theirs = _reach(right, columns, looked, line)
            theirs[:, [-2, -1]] = theirs[:, [-1, -2]]
            a, b = np.divmod(np.flatnonzero(ours @ theirs.T > -SLACK), len(theirs))
            yield a + begin, b + start


def _reach(filters: Filters, rows: slice, looked: int, line: Line) -> Floats32:
    """Return the first bits of filters, what may be added to them, and 1, float32, (rows, looked + 2)."""
    part = filters.bits[rows, : looked // 8]
    set_bits = filters.set_bits[rows]
    out = np.empty((len(part), looked + 2), np.float32)
    out[:, :looked] = np.unpackbits(part, axis=1)
    beyond = set_bits - np.bitwise_count(part).sum(axis=1, dtype=np.int64)
    out[:, -2] = beyond / 2 - line.slope * set_bits
    out[:, -1] = 1
    return out


def _bits_first(left: Filters, right: Filters, line: Line) -> int:
    """Choose how many bits to look at first, from some filters: what costs least, for the answer is the same."""
    if not len(left) or not len(right):
        return line.width
    i, j = (np.unique(np.linspace(0, len(side) - 1, SAMPLE).astype(np.int64)) for side in (left, right))
    a, b = left.words[i], right.words[j]
    common = np.cumsum(np.bitwise_count(a[:, None] & b[None]), axis=2, dtype=np.int64)
    beyond = [
        words.sum(axis=1, dtype=np.int64)[:, None] - np.cumsum(words, axis=1, dtype=np.int64)
        for words in (np.bitwise_count(a), np.bitwise_count(b))
    ]
    needed = line.level + line.slope * (left.set_bits[i][:, None] + right.set_bits[j][None])
    reach = common + (beyond[0][:, None] + beyond[1][None]) / 2 >= needed[:, :, None]
    looked = np.arange(1, reach.shape[2] + 1) / reach.shape[2]
    return 64 * (int((looked + COUNTING * reach.mean(axis=(0, 1))).argmin()) + 1)
