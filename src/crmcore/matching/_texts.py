"""Distinct values made ready for comparing: bounds on their likeness that cost a few operations on whole numbers.

Most values of a table are never compared: they stand in one row, or are equal where they meet. So what is to be known
of a value is worked out, from its bytes, when the first pair asks for it.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.matching.encoding.normal._bytes import Tokens
from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import DTypeLike, NDArray

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.integer[Any]]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]
    Made = tuple[NDArray[Any], ...]
    Kinds = Sequence[tuple[DTypeLike, tuple[int, ...]]]

__all__ = ["SIGNS", "WIDTH", "Facet", "Texts"]

WIDTH = 32
"""Bytes that the bag of letters is made from; what is beyond may be any, which keeps the bound true."""
SIGNS = 16
"""Bytes of a value that are compared place by place."""
LEAD = 4
"""Bytes that two values may begin with alike to count for more."""
MANY = 1 << 12
"""Values from which on it pays to work all of them out at once, as soon as a quarter has been asked for."""
PIECE = 1 << 15
"""Values that are then worked out together: what a step makes of them is still at hand for the next."""


def _bit_tables() -> tuple[Uint64s, Uint64s]:
    """Return the bit for the first and for a further occurrence of each ASCII character."""
    first, further = np.full(256, 1 << 62, np.uint64), np.full(256, 1 << 62, np.uint64)
    first[0] = further[0] = 0
    for at in range(26):
        first[ord("a") + at], further[ord("a") + at] = 1 << at, 1 << (26 + at)
    for digit in range(10):
        first[ord("0") + digit] = further[ord("0") + digit] = 1 << (52 + digit)
    return first, further


_FIRST, _FURTHER = _bit_tables()


class Facet:
    """Something about each value, worked out for those that have been asked for.

    Args:
        strings: the values.
        make: from some of them to arrays of what is to be known, one entry a value.
        kinds: the type of each array, and how many numbers an entry has where it has several.
        sparing: whether only what is asked for is worked out, however much that is.

    >>> lengths = Facet(Strings.of(["ada", "eve", "bo"]), lambda some: (some.lengths,), [(np.int64, ())])
    >>> lengths.of(np.array([2, 0]))[0].tolist()
    [3, 0, 2]
    """

    def __init__(
        self, strings: Strings, make: Callable[[Strings], Made], kinds: Kinds, *, sparing: bool = False
    ) -> None:
        self._strings, self._make = strings, make
        self._most_asked = len(strings) // 4 if len(strings) >= MANY and not sparing else len(strings)
        self._asked, self._all_ready = 0, False
        self.arrays = tuple(np.zeros((len(strings), *shape), kind) for kind, shape in kinds)
        self._ready = np.zeros(len(strings), bool)
        self._lock = Lock()

    def of(self, *codes: Codes) -> Made:
        """Return the arrays, (values,), in which the entries of these values are filled in."""
        for some in codes:
            if not (self._all_ready or self._ready.take(some).all()):
                self._fill(some)
        return self.arrays

    def _fill(self, codes: Codes) -> None:
        with self._lock:
            fresh = np.sort(codes.compress(~self._ready.take(codes)))
            fresh = fresh.compress(np.diff(fresh, prepend=-1) != 0)
            self._asked += len(fresh)
            if self._asked > self._most_asked:
                for begin in range(0, len(self._strings), PIECE):
                    self._keep(slice(begin, begin + PIECE), self._strings.run(begin, begin + PIECE))
                self._all_ready = True
            else:
                self._keep(fresh, self._strings.take(fresh))

    def _keep(self, codes: slice | Codes, texts: Strings) -> None:
        for array, part in zip(self.arrays, self._make(texts), strict=True):
            array[codes] = part
        self._ready[codes] = True


class Texts:
    """Distinct normal forms, with bounds that rule out most unlike pairs before any string is looked at.

    Before bounds are asked for, the values have to be made `ready`; a list of them is ready at once.

    Args:
        values: the values.
        part: what of each value is meant, if not all of it.

    Attributes:
        length: int32, (values,), in characters.
        start: uint32, (values,), the same for values that begin with the same character.

    """

    def __init__(self, values: Strings | Sequence[str], *, part: Callable[[Strings], Strings] | None = None) -> None:
        self._strings, self._part = values if isinstance(values, Strings) else Strings.of(values), part
        long = bool(len(self._strings)) and int(self._strings.lengths.max()) > WIDTH
        self._facets: dict[str, Facet] = {}
        self._parts: dict[str, Texts] = {}
        kinds: list[tuple[DTypeLike, tuple[int, ...]]]
        kinds = [(np.int32, ()), (np.uint32, ()), (np.uint32, ()), (np.uint64, ()), (np.int32, ())]
        if not long:
            kinds.pop()
        self._base = self.facet("bounds", lambda some: _bounds(some)[: len(kinds)], kinds)
        self.length, self.start, self._lead, self._bags, *self._beyond = self._base.arrays
        if not isinstance(values, Strings):
            self.ready(np.arange(len(values)))

    def __len__(self) -> int:
        return len(self._strings)

    def ready(self, *codes: Codes) -> Texts:
        """Make values ready, and return the texts."""
        self._base.of(*codes)
        return self

    def facet(self, name: str, make: Callable[[Strings], Made], kinds: Kinds, *, sparing: bool = False) -> Facet:
        """Return what *make* makes of values, which is kept under a name; see `Facet`."""
        found = self._facets.get(name)
        if found is None:
            part = self._part
            whole = make if part is None else lambda some: make(part(some))
            found = Facet(self._strings, whole, kinds, sparing=sparing)
            found = self._facets.setdefault(name, found)
        return found

    def parts(self, name: str, part: Callable[[Strings], Strings]) -> Texts:
        """Return texts of what *part* takes of each value, by the same codes; no longer distinct, and made once."""
        found = self._parts.get(name)
        return self._parts.setdefault(name, Texts(self._strings, part=part)) if found is None else found

    def spelled(self, codes: Codes) -> NDArray[np.object_]:
        """Return values as Python strings, object, (codes,)."""
        (texts,) = self.facet("spelled", _spelled, [(object, ())], sparing=True).of(codes)
        found: NDArray[np.object_] = texts.take(codes)
        return found

    def same(self, a: Codes, b: Codes) -> Bools:
        """Whether two values are one text, which only parts of values can be, bool, (pairs,)."""
        keys = self.facet("keys", lambda some: (hash64(some),), [(np.uint64, ())]).of(a, b)[0]
        same: Bools = keys.take(a) == keys.take(b)
        return same

    def common_letters(self, a: Codes, b: Codes) -> Int32s:
        """Return an upper bound on the number of characters that two values have in common, int32, (pairs,)."""
        mine, other = self._bags.take(a), self._bags.take(b)
        unseen = self.length.take(a) - np.bitwise_count(mine)
        missed = self.length.take(b) - np.bitwise_count(other)
        for beyond in self._beyond:  # what is seen of one value may be among what is beyond the width of the other
            unseen += beyond.take(b)
            missed += beyond.take(a)
        bound: Int32s = np.minimum(unseen, missed, out=unseen)
        bound += np.bitwise_count(mine & other)
        return bound

    def same_lead(self, a: Codes, b: Codes) -> NDArray[np.uint8]:
        """Return an upper bound on how many of the first four characters are the same on end, uint8, (pairs,)."""
        differ = self._lead.take(a) ^ self._lead.take(b)
        same = np.zeros(len(differ), np.uint8)
        for count in range(1, LEAD + 1):
            same += (differ & np.uint32(256**count - 1)) == 0
        return same

    def may_share_words(self, a: Codes, b: Codes) -> Bools:
        """Whether the words of one value may all stand in the other, bool, (pairs,)."""
        marks = self.facet("words", _word_marks, [(np.uint64, ())]).of(a, b)[0]
        mine, other = marks.take(a), marks.take(b)
        both = mine & other
        contained: Bools = (both == mine) | (both == other)
        return contained

    def signs(self, codes: Codes) -> NDArray[np.uint8]:
        """Return the first 16 bytes of values, uint8, (codes, 16); 0 behind the end."""
        signs: NDArray[np.uint8] = self._signs.of(codes)[0].take(codes, axis=0)
        return signs

    @property
    def _signs(self) -> Facet:
        return self.facet("signs", _first_signs, [(np.uint8, (SIGNS,)), (bool, ())])

    def slips(self, a: Codes, b: Codes) -> NDArray[np.uint8]:
        """Count the differing places of values of one length, neighbours that are swapped as one, uint8, (pairs,).

        255 where the lengths differ, or are more than 16, or a sign is not of ASCII.
        """
        short = self._signs.of(a, b)[1]
        count = np.full(len(a), 255, np.uint8)
        at = np.flatnonzero((self.length.take(a) == self.length.take(b)) & short.take(a) & short.take(b))
        mine, other = self.signs(a.take(at)), self.signs(b.take(at))
        differ = mine != other
        slips = np.bitwise_count(differ.view(np.uint64)).sum(axis=1, dtype=np.uint8)  # a byte a place, 0 or 1
        two = np.flatnonzero(slips == 2)
        place = differ[two].argmax(axis=1)
        inner = place < SIGNS - 1
        rows, place = two[inner], place[inner]
        swapped = (mine[rows, place] == other[rows, place + 1]) & (mine[rows, place + 1] == other[rows, place])
        slips[rows[swapped]] = 1
        count[at] = slips
        return count


def _spelled(some: Strings) -> Made:
    return (some.objects(np.arange(len(some))),)


def _bounds(some: Strings) -> Made:
    """Return length, first character, first bytes, bag of letters, and how many bytes are beyond the bag's width."""
    starts, sizes = some.offsets[:-1], some.lengths
    padded = np.concatenate((some.data, np.zeros(LEAD, np.uint8)))
    lead = np.ndarray((len(padded) - LEAD + 1,), "<u4", buffer=padded, strides=(1,))[starts]
    lead &= _low_bytes(sizes)
    first = lead & 0xFF
    start = lead & _low_bytes(1 + (first >= 0xC0) + (first >= 0xE0).astype(np.int64) + (first >= 0xF0))
    return some.characters, start, lead, _bags(some), np.maximum(sizes - WIDTH, 0)


def _low_bytes(count: NDArray[Any]) -> NDArray[np.uint32]:
    """Return numbers whose lowest bytes are all ones, four at most."""
    masks = np.array([256**width - 1 for width in range(LEAD + 1)], np.uint32)
    low: NDArray[np.uint32] = masks.take(np.minimum(count, LEAD))
    return low


def _bags(some: Strings) -> Uint64s:
    sizes = np.minimum(some.lengths, WIDTH)
    order = np.argsort(-sizes.astype(np.int8), kind="stable")
    starts, longest_first = some.offsets[:-1][order], sizes[order]
    there = np.searchsorted(-longest_first, -np.arange(1, WIDTH + 1), side="right")  # values that have a byte there
    found = np.zeros(len(some), np.uint64)
    for place, count in enumerate(there.tolist()):
        if not count:
            break
        letter = some.data.take(starts[:count] + place)
        bit, bags = _FIRST.take(letter), found[:count]
        seen = (bags & bit) != 0
        bags |= np.where(seen, _FURTHER.take(letter), bit)
    bags = np.empty_like(found)
    bags[order] = found
    return bags


def _word_marks(some: Strings) -> Made:
    """Return one bit of 64 for each word of each value, uint64."""
    beyond = np.flatnonzero(some.any_of(some.data >= 0x80))
    if len(beyond):  # they may hold blanks of many kinds
        place = np.arange(len(some))
        place[beyond] = len(some) + np.arange(len(beyond))
        parted = Strings.of([" ".join(value.split()) for value in some.take(beyond)])
        some = Strings.join([some, parted]).take(place)
    tokens = Tokens.of(Strings(np.maximum(some.data, np.uint8(ord(" "))), some.offsets))
    words = np.flatnonzero(tokens.words.lengths)
    owner = tokens.owner[words]
    marks = np.zeros(len(some), np.uint64)
    if len(words):
        bits = np.uint64(1) << (hash64(tokens.words.take(words)) & np.uint64(63))
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        marks[owner[first]] = np.bitwise_or.reduceat(bits, first)
    return (marks,)


def _first_signs(some: Strings) -> Made:
    """Return the first bytes of each value, and whether they are all of it, and characters."""
    sizes = some.lengths
    place = np.arange(SIGNS)
    padded = np.concatenate((some.data, np.zeros(SIGNS, np.uint8)))
    signs = padded[some.offsets[:-1][:, None] + place]
    signs[place >= sizes[:, None]] = 0
    return signs, (sizes <= SIGNS) & (signs < 0x80).all(axis=1)
