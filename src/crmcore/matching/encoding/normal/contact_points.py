"""E-mail addresses and telephone numbers in bulk."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching import _normal
from crmcore.matching.encoding.normal._bytes import LONGEST, Answer, among
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]
    Uint8s = NDArray[np.uint8]

__all__ = ["before_at", "emails", "local_names", "phones"]

_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[ord("A") : ord("Z") + 1] += 32


def _marks(signs: bytes) -> Bools:
    marks = np.zeros(256, bool)
    marks[list(signs)] = True
    return marks


_ODD_IN_EMAIL = _marks(bytes([*range(0x21), *b"<:+", *range(0x7F, 256)]))
_ODD_BEHIND_EMAIL = _marks(b".,;>")
_DIGIT = _marks(b"0123456789")
_IN_PHONE = _marks(b"0123456789 ()-/.+")
_ZERO, _BEFORE_PLUS = _marks(b"0"), _marks(b" ()-/.")


def emails(values: Strings) -> Answer:
    """Stand in for `email_key`: names, tags, blanks and whatever is no address are odd."""
    odd = (values.lengths > LONGEST) | values.any_of(_ODD_IN_EMAIL[values.data])
    at = np.flatnonzero(values.data == ord("@"))
    owner = np.searchsorted(values.offsets, at, side="right") - 1
    last = np.full(len(values), -1, np.int64)
    last[owner] = at  # the last one of several stays
    odd |= (last <= values.offsets[:-1]) | (last >= values.offsets[1:] - 1)
    filled = np.flatnonzero(values.lengths)
    odd[filled] |= _ODD_BEHIND_EMAIL[values.data[values.offsets[1:][filled] - 1]]
    normal = Strings(_LOWER[values.data], values.offsets)
    odd |= among(normal, _normal.PLACEHOLDER_EMAILS)
    return Answer(normal=normal, known=np.ones(len(values), bool), odd=odd)


def local_names(values: Strings) -> Answer:
    """Stand in for `local_name`."""
    answer = emails(values)
    return Answer(normal=before_at(answer.normal), known=answer.known, odd=answer.odd)


def before_at(values: Strings) -> Strings:
    """Return what stands before the last @ of each text; all of it where there is none.

    >>> list(before_at(Strings.of(["ada@x.example", "ada"])))
    ['ada', 'ada']
    """
    at = np.flatnonzero(values.data == ord("@"))
    ends = values.offsets[1:].copy()
    ends[np.searchsorted(values.offsets, at, side="right") - 1] = at  # the last one of several stays
    return values.slices(values.offsets[:-1], ends - values.offsets[:-1])


def phones(values: Strings) -> Answer:
    """Stand in for `phone_key`: whatever has letters, one single dot, or few digits is odd."""
    odd = (values.lengths > LONGEST) | values.any_of(~_IN_PHONE[values.data])
    dots = np.flatnonzero(values.data == ord("."))
    odd |= np.bincount(np.searchsorted(values.offsets, dots, side="right") - 1, minlength=len(values)) == 1
    digits = values.keep(_DIGIT[values.data])
    starts, ends = digits.offsets[:-1], digits.offsets[1:]
    padded = np.concatenate((digits.data, np.zeros(16, np.uint8)))
    opens_00 = (padded[starts] == ord("0")) & (padded[starts + 1] == ord("0"))
    abroad = (padded[starts] == ord("0")) & (padded[starts + 1] == ord("1")) & (padded[starts + 2] == ord("1"))
    odd |= abroad & (digits.lengths > _normal.LONGEST_NATIONAL)
    international = _begins_with_plus(values) | opens_00

    def without_zeros(starts: Int64s) -> Int64s:
        return _behind(padded, starts, ends, _ZERO)

    national = without_zeros(starts)
    odd |= ends - national < 5
    national = np.where(international, national + _country_width(padded, national), national)
    national = without_zeros(np.maximum(without_zeros(np.minimum(national, ends)), ends - 9))
    normal = digits.slices(national, ends - national)
    return Answer(normal=normal, known=_tells(padded, national, ends), odd=odd)


def _begins_with_plus(values: Strings) -> Bools:
    """Say which texts have a plus before their first digit, but for what may stand there, bool, (texts,)."""
    padded = np.append(values.data, np.uint8(0))
    first = _behind(padded, values.offsets[:-1], values.offsets[1:], _BEFORE_PLUS)
    begins: Bools = (padded.take(first) == ord("+")) & (first < values.offsets[1:])
    return begins


def _behind(padded: Uint8s, starts: Int64s, ends: Int64s, skipped: Bools) -> Int64s:
    """Return where the first byte stands that is not to be skipped, or the end, int64, (texts,)."""
    found = starts.copy()
    rows = np.flatnonzero(skipped.take(padded.take(found)) & (found < ends))
    while len(rows):  # mostly one sign or two
        found[rows] += 1
        at = found.take(rows)
        rows = rows.compress(skipped.take(padded.take(at)) & (at < ends.take(rows)))
    return found


def _country_width(padded: Uint8s, starts: Int64s) -> Int64s:
    """Return how many digits of each number are its country code, int64, (numbers,)."""
    first, second, third = (padded[starts + at].astype(np.int64) - ord("0") for at in range(3))
    widths: Int64s = _widths()[np.clip(100 * first + 10 * second + third, 0, 999)]
    return widths


@cache
def _widths() -> Int64s:
    widths = np.zeros(1000, np.int64)
    for number in range(1000):
        digits = f"{number:03}"
        widths[number] = len(digits) - len(_normal.without_country(digits))
    return widths


def _tells(padded: Uint8s, starts: Int64s, ends: Int64s) -> Bools:
    """Say which numbers are long enough, of three digits at least, and not only counted up, bool, (numbers,)."""
    seen, counted_up = np.zeros(len(starts), np.uint16), np.ones(len(starts), bool)
    before = np.zeros(len(starts), np.int16)
    for place in range(9):
        there = starts + place < ends
        digit = padded[np.where(there, starts + place, len(padded) - 1)].astype(np.int16) - ord("0")
        seen |= np.where(there, np.uint16(1) << np.clip(digit, 0, 9).astype(np.uint16), np.uint16(0))
        if place:
            counted_up &= ~there | ((digit - before) % 10 == 1)
        before = digit
    tells: Bools = (ends - starts >= 5) & (np.bitwise_count(seen) >= 3) & ~counted_up
    return tells
