"""From tokens to filters: which bits of a row are set.

A token of a field determines a stream of positions: HKDF-Expand of the field's key, with the token (and the year of
birth, where that is the salt) as info, read as 16-bit numbers, highest byte first, modulo the length. A row in which
the field has n tokens sets the first k = max(1, round(bits / n)) positions of each. All positions are independent; the
two hashes that stand for k in double hashing leave patterns by which filters were broken (Niedermeyer et al., 2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.clk.secret import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.clk._tokens import Tokens
    from crmcore.ports import Entropy

    Bools = NDArray[np.bool_]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint8s = NDArray[np.uint8]

__all__ = ["Filling", "folded", "make_filters", "turned_over"]

CHUNK = 4096
"""Rows worked on at once: some 30 MiB of positions."""
KEPT = 200_000
"""Streams that are kept for the next chunk, of 400 bytes at most each."""
WORDS = 1 << 16
SALTS = 10_001
"""No salt, and the years 0 to 9999."""


@attrs.frozen(kw_only=True, eq=False)
class Filling:
    """One field, made ready.

    Attributes:
        key: of the field.
        bits: how many positions a row draws.
        codes: int32, (rows, slots), the values of each row, or -1.
        tokens: of each value.

    """

    key: bytes
    bits: int
    codes: Int32s
    tokens: Tokens
    _streams: dict[tuple[int, int], bytes] = attrs.field(factory=dict, init=False, repr=False)

    def positions(self, rows: slice, salt: Int64s, *, length: int) -> tuple[Int64s, Int64s]:
        """Return (row of the slice, position) of the bits that are set, int64, (draws,) both.

        Args:
            rows: some of the rows.
            salt: int64, (rows of the slice,), their years of birth, or -1 where there is no salt.
            length: of the filter, a power of two.

        """
        codes = self.codes[rows]
        row, token = self.tokens.on(*_filled(codes))
        if not len(row):
            return row, token
        number = np.bincount(row, minlength=len(codes))[row]
        k = np.maximum((2 * self.bits + number) // (2 * number), 1)
        drawn, which = np.unique(token * SALTS + salt[row] + 1, return_inverse=True)
        most = np.zeros(len(drawn), np.int64)
        np.maximum.at(most, which, k)
        named = zip(drawn.tolist(), most.tolist(), strict=True)
        stream = np.frombuffer(b"".join(self._stream(at // SALTS, at % SALTS, size) for at, size in named), ">u2")
        start = (np.cumsum(most) - most)[which]
        at = np.arange(int(k.sum())) - np.repeat(np.cumsum(k) - k, k)
        return np.repeat(row, k), stream[np.repeat(start, k) + at].astype(np.int64) & (length - 1)

    def _stream(self, token: int, salt: int, k: int) -> bytes:
        found = self._streams.get((token, salt), b"")
        if len(found) < 2 * k:
            if len(self._streams) >= KEPT:
                self._streams.clear()
            text = self.tokens.texts[token].encode("utf-8", "surrogatepass")
            season = b"%04d" % (salt - 1) if salt else b""
            info = len(text).to_bytes(4, "big") + text + season
            found = self._streams[token, salt] = expand(self.key, info, 2 * k)
        return found[: 2 * k]


def _filled(codes: Int32s) -> tuple[Int64s, Int64s]:
    """Return (row, value) of the cells that hold one."""
    row, slot = np.nonzero(codes >= 0)
    return row, codes[row, slot].astype(np.int64)


def make_filters(
    fillings: Sequence[Filling], salt: Int64s, *, length: int, least: float, finish: Callable[[Bools], Bools]
) -> Uint8s:
    """Return the filters of all rows, packed, uint8, (rows, bytes); all zeros for a row that has too little.

    Args:
        fillings: the fields.
        salt: int64, (rows,), years of birth, or -1.
        length: of a filter, a power of two.
        least: share of the bits whose fields a row must have.
        finish: what is done to filters, bool, (rows, length), before they are packed.

    """
    total = sum(filling.bits for filling in fillings)
    packed = []
    for begin in range(0, max(len(salt), 1), CHUNK):
        rows = slice(begin, begin + CHUNK)
        bits = np.zeros((len(salt[rows]), length), bool)
        known = np.zeros(len(bits), np.int64)
        for filling in fillings:
            bits[filling.positions(rows, salt[rows], length=length)] = True
            known += filling.bits * (filling.codes[rows] >= 0).any(axis=1)
        enough = np.flatnonzero(known >= least * total)
        finished = finish(bits[enough])
        chunk = np.zeros((len(bits), finished.shape[1] // 8), np.uint8)
        chunk[enough] = np.packbits(finished, axis=1)
        packed.append(chunk)
    return np.concatenate(packed)


def folded(bits: Bools, *, folds: int) -> Bools:
    """Fold filters: left half exclusive or right half, again and again.

    >>> folded(np.array([[True, False, True, True]]), folds=1).tolist()
    [[False, True]]
    """
    for _ in range(folds):
        half = bits.shape[1] // 2
        bits = bits[:, :half] ^ bits[:, half:]
    return bits


def turned_over(bits: Bools, *, chance: float, entropy: Entropy) -> Bools:
    """Turn each bit over with a chance, which counts in parts of 65,536."""
    if not chance:
        return bits
    drawn = np.frombuffer(entropy(2 * bits.size), "<u2").reshape(bits.shape)
    return bits ^ (drawn < round(chance * WORDS))
