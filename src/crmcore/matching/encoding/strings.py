"""Many texts in one buffer of bytes, and the number by which every machine knows each of them.

A million Python strings cost sixty bytes each before the first letter. Here a column of texts is its UTF-8 bytes, end
to end, and where each begins: what Arrow holds, so nothing is copied from there, and kernels run over the bytes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.integer[Any]]
    Int64s = NDArray[np.int64]
    Uint8s = NDArray[np.uint8]
    Uint64s = NDArray[np.uint64]

__all__ = ["GOLDEN", "Strings", "hash64", "mixed"]

ENCODING = ("utf-8", "surrogatepass")
"""Half a surrogate pair is a sign like any other: tables do hold them."""
WORD = 8
"""Bytes that are copied at once."""
BLOCK = 1 << 13
"""Texts whose bytes are copied one after the other, so that the later bytes of a text are still at hand."""
LONG_RUN = 1 << 12
"""Bytes beyond which a text is copied by itself: a book in a cell is no reason to ask all others for more bytes."""
PIECE = 1 << 22
"""Bytes gathered at once: what points at them takes eight times as much."""


@attrs.frozen(eq=False, repr=False)
class Strings:
    """Texts as bytes.

    Attributes:
        data: uint8, (bytes,), the texts in UTF-8, end to end.
        offsets: int64, (texts + 1,), where each begins; the first is 0, the last is the number of bytes.

    >>> names = Strings.of(["Ada", "", "Zoë"])
    >>> len(names), names.at(2), names.lengths.tolist(), list(names.take(np.array([2, 0])))
    (3, 'Zoë', [3, 0, 4], ['Zoë', 'Ada'])
    """

    data: Uint8s
    offsets: Int64s

    @classmethod
    def of(cls, values: Sequence[str]) -> Strings:
        """Encode Python strings."""
        joined = "".join(values)
        ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
        offsets = np.concatenate((np.zeros(1, np.int64), ends))
        data = np.frombuffer(joined.encode(*ENCODING), np.uint8)
        if not joined.isascii():
            offsets = np.append(np.flatnonzero(_begins_sign(data)), len(data))[offsets]
        return cls(data, offsets)

    @classmethod
    def from_arrow(cls, array: Any) -> Strings:
        """Take over the buffers of an Arrow array of texts without copying them; what is null becomes empty."""
        import pyarrow as pa

        if pa.types.is_string(array.type):
            width: type[np.signedinteger[Any]] = np.int32
        else:
            array, width = array.cast(pa.large_string()), np.int64
        _, offsets, data = array.buffers()
        if not len(array) or offsets is None:
            return cls(np.empty(0, np.uint8), np.zeros(len(array) + 1, np.int64))
        held = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1].astype(np.int64)
        signs = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
        return cls(signs[held[0] : held[-1]], held - held[0])

    @classmethod
    def join(cls, parts: Sequence[Strings]) -> Strings:
        """Put several lists of texts one after the other."""
        if len(parts) == 1:
            return parts[0]
        starts = np.cumsum([0, *(len(part.data) for part in parts)])
        offsets = [part.offsets[:-1] + start for part, start in zip(parts, starts.tolist(), strict=False)]
        data = [np.empty(0, np.uint8), *(part.data for part in parts)]
        return cls(np.concatenate(data), np.append(np.concatenate([np.empty(0, np.int64), *offsets]), starts[-1]))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[str]:
        return iter(_decoded(self))

    def __repr__(self) -> str:
        return f"<{len(self)} texts, {len(self.data)} bytes>"

    @property
    def lengths(self) -> Int64s:
        """int64, (texts,), in bytes."""
        return np.diff(self.offsets)

    @property
    def characters(self) -> Int64s:
        """int64, (texts,), their lengths in characters."""
        if not (self.data >= 0x80).any():
            return self.lengths
        characters: Int64s = np.diff(_marked_before(_begins_sign(self.data), self.offsets))
        return characters

    def tails(self) -> Uint64s:
        """Return a cheap, weak number for each text, of its length and its last eight bytes, uint64, (texts,)."""
        padded = np.concatenate((np.zeros(8, np.uint8), self.data))
        words = np.ndarray((len(padded) - 7,), "<u8", buffer=padded, strides=(1,))
        strange = np.uint64(8) * (np.uint64(8) - np.minimum(self.lengths, 8).astype(np.uint64))
        last = np.where(self.lengths > 0, words[self.offsets[1:]] >> (strange & np.uint64(63)), np.uint64(0))
        return mixed(last ^ self.lengths.astype(np.uint64) * np.uint64(GOLDEN))

    def at(self, position: int) -> str:
        """Return one text."""
        return bytes(self.data[self.offsets[position] : self.offsets[position + 1]]).decode(*ENCODING)

    def run(self, first: int, last: int) -> Strings:
        """Return the texts from *first* until before *last*, without copying them."""
        offsets = self.offsets[first : last + 1]
        return Strings(self.data[offsets[0] : offsets[-1]], offsets - offsets[0])

    def take(self, at: Codes) -> Strings:
        """Return the texts at these positions, which may come in any order and again."""
        starts = self.offsets[:-1][at]
        return self.slices(starts, self.offsets[1:][at] - starts)

    def slices(self, starts: Int64s, lengths: Int64s) -> Strings:
        """Return runs of the bytes as texts, int64, (texts,) each; they have to be whole characters."""
        offsets = _running(lengths)
        data = self.data if len(self.data) >= WORD else np.concatenate((self.data, np.zeros(WORD, np.uint8)))
        out = np.empty(int(offsets[-1]) + WORD, np.uint8)
        long = np.flatnonzero(lengths > LONG_RUN)
        short = np.where(lengths > LONG_RUN, 0, lengths) if len(long) else lengths
        for begin in range(0, len(lengths), BLOCK):
            some = slice(begin, begin + BLOCK)
            _copy_words(data, out, starts[some], offsets[:-1][some], short[some])
        for at in long.tolist():  # behind the words, which run over into what follows
            out[offsets[at] : offsets[at + 1]] = data[starts[at] : starts[at] + lengths[at]]
        return Strings(out[:-WORD], offsets)

    def objects(self, at: Codes) -> NDArray[np.object_]:
        """Return the texts at these positions as Python strings, object, (positions,)."""
        found = np.empty(len(at), object)
        found[:] = _decoded(self.take(at))
        return found

    def any_of(self, marked: Bools) -> Bools:
        """Say of each text whether one of its bytes is marked, bool, (texts,).

        Args:
            marked: bool, (bytes,).

        """
        found = np.zeros(len(self), bool)
        found[np.searchsorted(self.offsets, np.flatnonzero(marked), side="right") - 1] = True
        return found

    def keep(self, kept: Bools) -> Strings:
        """Return the texts without the bytes that are not marked, bool, (bytes,)."""
        return Strings(self.data[kept], _marked_before(kept, self.offsets))

    def same_as(self, other: Strings) -> Bools:
        """Say of each text whether it equals the one at its place in *other*, which is as long, bool, (texts,)."""
        equal: Bools = self.lengths == other.lengths
        if not equal.all():
            at = np.flatnonzero(equal)
            equal[at] = self.take(at).same_as(other.take(at))
        else:
            equal &= ~self.any_of(self.data != other.data)
        return equal


def _copy_words(data: Uint8s, out: Uint8s, starts: Int64s, places: Int64s, lengths: Int64s) -> None:
    """Copy runs of bytes to rising places end to end, 8 bytes at a time, the first ones of all runs last.

    What is copied too much behind a run falls upon the first bytes of the runs behind it, which are still to come.
    """
    source, target = (np.ndarray((len(held) - WORD + 1,), "<u8", buffer=held, strides=(1,)) for held in (data, out))
    last = len(source) - 1
    longest = int(lengths.max(initial=0))
    for at in range(max(longest - 1, 0) // WORD * WORD, -1, -WORD):
        if at:
            some = np.flatnonzero(lengths > at)
            origins, to = starts.take(some) + at, places.take(some) + at
        else:
            origins, to = starts, places
        if int(origins.max()) <= last:
            target[to] = source[origins]
        else:  # a word that begins near the end is read earlier, and moved
            near = np.minimum(origins, last)
            target[to] = source[near] >> (np.minimum(origins - near, WORD - 1) * WORD).astype(np.uint64)


def _begins_sign(data: Uint8s) -> Bools:
    """Say which bytes begin a character, bool, (bytes,)."""
    begins: Bools = (data & 0xC0) != 0x80
    return begins


def _running(lengths: Int64s) -> Int64s:
    """Return the sums before each place and before the end, int64, (places + 1,)."""
    running = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=running[1:])
    return running


def _marked_before(marked: Bools, places: Int64s) -> Int64s:
    """Count the marked bytes before each place, int64, (places,); the end is a place, too.

    They are counted eight at a time: there are many more bytes than texts.

    >>> _marked_before(np.array([True, False, True] * 4), np.array([0, 1, 8, 11, 12])).tolist()
    [0, 1, 5, 7, 8]
    """
    packed = np.append(np.packbits(marked), np.uint8(0))
    running = _running(np.bitwise_count(packed))
    block = places >> 3
    within = packed[block].astype(np.uint16) >> (8 - (places & 7)).astype(np.uint16)
    before: Int64s = running[block] + np.bitwise_count(within)
    return before


def _decoded(strings: Strings) -> list[str]:
    out: list[str] = []
    begin = 0
    while begin < len(strings):
        end = max(int(np.searchsorted(strings.offsets, strings.offsets[begin] + PIECE, side="right")) - 1, begin + 1)
        low, high = int(strings.offsets[begin]), int(strings.offsets[end])
        data = strings.data[low:high]
        text = bytes(data).decode(*ENCODING)
        places = strings.offsets[begin : end + 1] - low
        if len(text) < len(data):
            places = _marked_before(_begins_sign(data), places)
        out += [text[a:b] for a, b in pairwise(places.tolist())]
        begin = end
    return out


GOLDEN = 0x9E3779B97F4A7C15
MIX = 0xD6E8FEB86659FD93
LEAF = 512
"""Bytes beyond which a text is hashed by the hashes of its leaves: a book in a cell costs no more steps than a line."""


def hash64(strings: Strings) -> Uint64s:
    """Return a number for each text: the same text has the same one on every machine, uint64, (texts,); never 0.

    With a word w of 8 bytes at a time, little-endian, the last one filled up with zeros, and h beginning as
    (bytes + 1) x GOLDEN, h = mix(h ^ w), where mix(x) is y ^ y >> 29 of y = (x ^ x >> 32) x MIX of x x MIX, all modulo
    2^64. A text of more than 512 bytes is cut into leaves of 512; it has mix(bytes x GOLDEN ^ g), g being the number of
    the leaves' numbers as bytes. Not for secrets: whoever wants to, can find two texts of one number.

    >>> hash64(Strings.of(["Ada", "Eve", "Ada"])).tolist()
    [16464477324130748881, 14672700810761472430, 16464477324130748881]
    """
    lengths = strings.lengths
    hashed = _short_hashes(strings.data, strings.offsets[:-1], np.minimum(lengths, LEAF), lengths)
    long = np.flatnonzero(lengths > LEAF)
    if len(long):
        hashed[long] = _long_hashes(strings, long)
    hashed += hashed == 0
    return hashed


def _short_hashes(data: Uint8s, starts: Int64s, lengths: Int64s, told: Int64s) -> Uint64s:
    """Hash the *lengths* bytes from *starts*; *told* is what each is said to be long."""
    padded = np.concatenate((data, np.zeros(8, np.uint8)))
    words = np.ndarray((len(padded) - 7,), "<u8", buffer=padded, strides=(1,))
    hashed: Uint64s = (told + 1).astype(np.uint64) * np.uint64(GOLDEN)
    alive = np.flatnonzero(lengths)
    for at in range(0, int(lengths.max(initial=0)), 8):
        alive = alive[lengths[alive] > at] if at else alive
        left = np.minimum(lengths[alive] - at, 8).astype(np.uint64)
        mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - np.uint64(8) * left)
        hashed[alive] = mixed(hashed[alive] ^ (words[starts[alive] + at] & mask))
    return hashed


def _long_hashes(strings: Strings, long: Int64s) -> Uint64s:
    lengths = strings.lengths[long]
    leaves = -(-lengths // LEAF)
    ends = np.cumsum(leaves)
    places = np.arange(int(ends[-1])) - np.repeat(ends - leaves, leaves)
    starts = np.repeat(strings.offsets[long], leaves) + places * LEAF
    sizes = np.minimum(np.repeat(lengths, leaves) - places * LEAF, LEAF)
    numbers = _short_hashes(strings.data, starts, sizes, sizes)
    numbers += numbers == 0
    above = Strings(numbers.astype("<u8").view(np.uint8), np.concatenate((np.zeros(1, np.int64), ends * 8)))
    return mixed((lengths.astype(np.uint64) * np.uint64(GOLDEN)) ^ hash64(above))


def mixed(x: Uint64s) -> Uint64s:
    """Stir numbers so that each bit of one changes half of those of the other, uint64."""
    x = x * np.uint64(MIX)
    x ^= x >> np.uint64(32)
    x *= np.uint64(MIX)
    x ^= x >> np.uint64(29)
    return x
