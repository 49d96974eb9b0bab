"""What the kernels have in common: many texts folded, squeezed and parted at once, byte by byte.

A kernel answers for the texts that it understands; the odd ones, a few in a hundred, go to the function of one text
that it stands in for. So it always says what that function says, and is only faster.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.folding import fold
from crmcore.matching.encoding.coded import each
from crmcore.matching.encoding.strings import Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Normalise

    Bools = NDArray[np.bool_]
    Int64s = NDArray[np.int64]
    Uint8s = NDArray[np.uint8]
    Kernel = Callable[[Strings], "Answer"]

__all__ = ["LONGEST", "WORDS", "Answer", "Tokens", "among", "bulk", "in_ascii", "squeezed", "table_of"]

LONGEST = 200
"""Bytes of a text that a kernel looks at; whatever is longer is odd."""
BLANK, LINE_BREAK = ord(" "), ord("\n")


@attrs.frozen(kw_only=True, eq=False)
class Answer:
    """What a kernel makes of texts.

    Attributes:
        normal: the normal forms.
        known: bool, (texts,), whether there is one.
        odd: bool, (texts,), whether somebody else has to say so.

    """

    normal: Strings
    known: Bools
    odd: Bools


def bulk(kernel: Kernel, key: Callable[[str], str | None]) -> Normalise:
    """Return what normalises many texts by a kernel, and the odd ones by the function that it stands in for."""

    def normalise(values: Strings) -> tuple[Strings, Bools]:
        answer = kernel(values)
        odd = np.flatnonzero(answer.odd)
        if not len(odd):
            return answer.normal, answer.known
        normal, known = each(key)(values.take(odd))
        place, all_known = np.arange(len(values)), answer.known.copy()
        place[odd], all_known[odd] = len(values) + np.arange(len(odd)), known
        return Strings.join([answer.normal, normal]).take(place), all_known

    return normalise


def table_of(kept: str, *, lower: bool = True, else_: int = BLANK) -> Uint8s:
    """Return what becomes of each byte, uint8, (256,): of those not *kept*, *else_*; capitals become small.

    >>> bytes(table_of("abc")[np.frombuffer(b"aB-d", np.uint8)])
    b'ab  '
    """
    table = np.full(256, else_, np.uint8)
    for sign in kept.encode():
        table[sign] = sign
        if lower:
            table[ord(chr(sign).upper())] = sign
    return table


WORDS = table_of("abcdefghijklmnopqrstuvwxyz0123456789")
"""Letters in lower case and digits; a blank for everything else."""


def in_ascii(values: Strings, signs: Mapping[int, str]) -> tuple[Strings, Bools]:
    """Fold Latin letters with accents, and say which texts hold anything beyond, bool, (texts,).

    Args:
        values: the texts.
        signs: what else becomes what, by its code: punctuation.

    """
    beyond = values.any_of(values.data >= 0x80)
    odd = (values.lengths > LONGEST) | (beyond & values.any_of(values.data == LINE_BREAK))
    at = np.flatnonzero(beyond & ~odd)
    if not len(at):
        return values, odd
    folded = Strings.of("\n".join(values.take(at)).translate({**_latin(), **signs}).split("\n"))
    strange = folded.any_of((folded.data >= 0x80) | (folded.data < BLANK) | (folded.data == 0x7F))
    place = np.arange(len(values))
    place[at] = len(values) + np.arange(len(at))
    odd[at] = strange
    return Strings.join([values, folded]).take(place), odd


@cache
def _latin() -> dict[int, str]:
    """Letters that fold to the same whatever stands beside them, and to what."""
    letters = [chr(code) for code in range(0xC0, 0x250) if unicodedata.category(chr(code))[0] == "L"]
    return {ord(letter): "".join(sign if sign.isalnum() else " " for sign in fold(letter)) for letter in letters}


def squeezed(values: Strings, table: Uint8s) -> Strings:
    """Put each byte through a table, make one blank of several, and take those at the ends off."""
    data = table[values.data]
    blank = data == BLANK
    after_blank = np.empty(len(data), bool)
    after_blank[1:] = blank[:-1]
    after_blank[values.offsets[:-1][values.lengths > 0]] = True
    kept = Strings(data, values.offsets).keep(~(blank & after_blank))
    last = kept.offsets[1:][kept.lengths > 0] - 1
    last = last[kept.data[last] == BLANK]
    if not len(last):
        return kept
    inner = np.ones(len(kept.data), bool)
    inner[last] = False
    return kept.keep(inner)


@attrs.frozen(eq=False)
class Tokens:
    """The words of squeezed texts.

    Attributes:
        words: text after text.
        owner: int64, (words,), whose each is.

    """

    words: Strings
    owner: Int64s

    @classmethod
    def of(cls, values: Strings) -> Tokens:
        """Part texts at their blanks."""
        signs = values.data != BLANK
        begins = np.zeros(len(values.data), bool)
        begins[values.offsets[:-1][values.lengths > 0]] = True
        begins[1:] |= ~signs[:-1]
        starts = np.flatnonzero(begins)
        ends = np.append(starts, len(values.data))[1:]
        words = values.slices(starts, ends - starts - ~signs[ends - 1])
        return cls(words, np.searchsorted(values.offsets, starts, side="right") - 1)

    def joined(self, texts: int) -> Strings:
        """Put the words of so many texts together again, with a blank between two."""
        ends = self.words.offsets[1:] + np.arange(1, len(self.words) + 1)  # a blank behind each
        data = np.full(len(self.words.data) + len(self.words), BLANK, np.uint8)
        data[np.arange(len(self.words.data)) + np.repeat(np.arange(len(self.words)), self.words.lengths)] = (
            self.words.data
        )
        words = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(self.owner, minlength=texts))))
        offsets = np.concatenate((np.zeros(1, np.int64), ends))[words]
        inner = np.ones(len(data), bool)
        inner[offsets[1:][np.diff(offsets) > 0] - 1] = False
        return Strings(data, offsets).keep(inner)


def among(values: Strings, words: Iterable[str]) -> Bools:
    """Say which texts have the hash of one of the words, bool, (texts,)."""
    listed = Strings.of(sorted(words))
    found = np.zeros(len(values), bool)
    short = np.flatnonzero(values.lengths <= int(listed.lengths.max(initial=0)))
    found[short] = np.isin(hash64(values.take(short)), hash64(listed))
    return found
