"""Different texts of a column, each kept once; what is asked of letters is asked once of each.

Folded texts lie one after the other in one long run of bytes, each between two marks that no folded text contains. One
search of it finds the letters in all of them.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.hygiene.folding import fold
from crmcore.query.texts import folded_text
from crmcore.query.tree import TextMatch
from crmcore.query.words import has_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags
    from crmcore.query.types import Scalar

__all__ = ["Dictionary", "encoded", "key_of"]

_BEGIN, _END = b"\x02", b"\x03"
_FEW = 3
"""So many texts are looked for one by one."""
_MANY = 64
"""Where one place in so many may fit, all are looked at side by side."""
_PORTION = 64
"""So many texts are folded together."""
_SQUEEZED = re.compile("  |\x02 | \x02")
"""A blank that folding takes away."""
_BLANKS = bytes(code if chr(code).isalnum() or code in b"\x02\x03" else ord(" ") for code in range(128)) + bytes(128)
"""Makes a blank of whatever is in no word."""


class Dictionary:
    """The different values of a column, each with a code: texts, or scalars of any type."""

    def __init__(self, values: Sequence[Any], codes: dict[Any, int] | None = None) -> None:
        self.values = values
        if codes is not None:
            self._codes = codes

    @cached_property
    def _codes(self) -> dict[Any, int]:
        return {key_of(value): code for code, value in enumerate(self.values)}

    def code(self, value: Scalar) -> int | None:
        """Return the code of a value; None of one that does not occur."""
        return self._codes.get(key_of(value))

    @cached_property
    def by_rank(self) -> NDArray[np.intp]:
        """The codes of the values in the order of their code points."""
        return np.fromiter(sorted(range(len(self.values)), key=self.values.__getitem__), np.intp, len(self.values))

    @cached_property
    def ranks(self) -> NDArray[np.int32]:
        """The place of each value, by its code, in that order."""
        ranks = np.zeros(len(self.values) + 1, np.int32)
        ranks[self.by_rank] = np.arange(len(self.values), dtype=np.int32)
        return ranks

    @cached_property
    def sorted(self) -> list[Any]:
        """The values in that order."""
        return [self.values[code] for code in self.by_rank.tolist()]

    def told(self, is_so: Callable[[Any], bool]) -> Flags:
        """Return what the function says of each value, and one False more for the filler of an empty dictionary."""
        return np.fromiter((*map(is_so, self.values), False), bool, len(self.values) + 1)

    def one_of(self, values: Iterable[Scalar]) -> Flags:
        """Return which values are among those."""
        flags = np.zeros(len(self.values) + 1, bool)
        flags[[code for value in values if (code := self.code(value)) is not None]] = True
        return flags

    def folding_to(self, texts: Iterable[str]) -> Flags:
        """Return which values are one of the texts to a reader."""
        wanted = {fold(text).encode("ascii") for text in texts}
        if len(wanted) <= _FEW:
            found: Flags = np.logical_or.reduce([self._folded.having(_BEGIN + text + _END) for text in wanted])
            return found
        return np.fromiter((*(letters in wanted for letters in self._folded.texts()), False), bool)

    def matching(self, how: TextMatch, text: str) -> Flags:
        """Return which values have the letters, as :func:`crmcore.query.texts.matcher` says of one."""
        letters = folded_text(how, text).encode("ascii")
        match how:
            case TextMatch.IS:
                return self._folded.having(_BEGIN + letters + _END)
            case TextMatch.CONTAINS:
                return self._folded.having(letters)
            case TextMatch.STARTS:
                return self._folded.having(_BEGIN + letters)
            case TextMatch.ENDS:
                return self._folded.having(letters + _END)
            case TextMatch.WORDS:
                return self._worded.having(b" " + letters + b" ")
            case TextMatch.LIKE:
                return self._folded.like(letters.decode())

    def having_words(self, words: tuple[str, ...]) -> Flags:
        """Return which values, searched texts, have the words, as :func:`crmcore.query.words.has_words` says of one."""
        strung = self._searched
        if strung is None:
            return self.told(lambda text: bool(text) and has_words(text, words))
        *whole, last = words
        flags = strung.having(f" {last}".encode())
        for word in whole:
            flags &= strung.having(f" {word} ".encode())
        return flags

    @cached_property
    def _searched(self) -> _Strung | None:
        """The values as they are; None where one has a mark or is not ASCII, which no searched text is."""
        text = "".join(self.values)
        if not text.isascii() or "\x02" in text or "\x03" in text:
            return None
        return _strung(self.values)

    @cached_property
    def _folded(self) -> _Strung:
        return _strung(text for first in range(0, len(self.values), _PORTION) for text in self._folded_from(first))

    def _folded_from(self, first: int) -> Iterable[str]:
        """Return some texts folded; at once, where folding changes nothing but the case."""
        texts = self.values[first : first + _PORTION]
        together = "\x02".join(texts)
        plain = "".join(texts)
        if plain.isascii() and plain.isprintable() and not _SQUEEZED.search(f"\x02{together}\x02"):
            return together.lower().split("\x02")
        return map(fold, texts)

    @cached_property
    def _worded(self) -> _Strung:
        apart = self._folded.letters.translate(_BLANKS).split()  # a mark is no blank, and so sticks to a word
        return _Strung(b" ".join(apart).replace(_BEGIN, _BEGIN + b" ").replace(_END, b" " + _END))


class _Strung:
    """Texts between marks in one run of bytes."""

    def __init__(self, letters: bytes) -> None:
        self.letters = letters
        self._array = np.frombuffer(letters, np.uint8)
        self._begins = np.flatnonzero(self._array == ord(_BEGIN))
        self._ends = np.flatnonzero(self._array == ord(_END))

    def texts(self) -> list[bytes]:
        """Return the texts, in their order."""
        return self.letters[1:-1].split(_END + _BEGIN)

    def having(self, letters: bytes) -> Flags:
        """Return which texts have the letters; a mark among them stands for where the text begins or ends."""
        flags = np.zeros(len(self._begins) + 1, bool)
        for found in self._found(letters):
            if len(found) < len(self._begins):
                flags[np.searchsorted(self._begins, found, side="right") - 1] = True
            else:  # fewer texts than places: each text looks for its first place
                nearest = np.append(found, len(self.letters)).take(np.searchsorted(found, self._begins))
                flags[:-1] |= nearest < self._ends
        return flags

    def _found(self, letters: bytes) -> Iterator[NDArray[np.intp]]:
        """Yield the places of the letters, in portions.

        As many letters as make a machine word are compared at once, at every first, second, ... place of a word by
        turns; the others only where those fit. Where one text in three has them it takes little longer than where none
        has.
        """
        width = next(size for size in (4, 2, 1) if size <= len(letters))
        word = np.frombuffer(letters, f"u{width}", 1)[0]
        for phase in range(width):
            whole = (len(self.letters) - phase) // width
            if whole <= 0:
                return
            found = np.flatnonzero(np.frombuffer(self.letters, f"u{width}", whole, phase) == word) * width + phase
            for at in range(width, len(letters)):
                found = found[self._array.take(found + at, mode="clip") == letters[at]]
            yield found

    def like(self, pattern: str) -> Flags:
        """Return which texts have the form, as :func:`crmcore.query.texts.is_like` says of one."""
        head, *rest = pattern.encode("ascii").split(b"*")
        *middle, tail = rest or [b""]
        begins, ends = self._begins + 1 + len(head), self._ends - len(tail)
        flags = (begins <= ends) if rest else (begins == ends)
        flags &= self._fits(self._begins + 1, head) & self._fits(ends, tail)
        for letters in filter(None, middle):  # its first place after the last one is as good as any later one
            begins = self._first(letters, begins) + len(letters)
            flags &= begins <= ends
        return np.append(flags, np.False_)

    def _fits(self, places: NDArray[np.intp], letters: bytes) -> Flags:
        """Return at which places the letters stand, of which a question mark is any."""
        flags = np.ones(len(places), bool)
        for at, letter in enumerate(letters):
            if letter != ord("?"):
                flags &= self._array.take(places + at, mode="clip") == letter
        return flags

    def _fitting(self, letters: bytes) -> NDArray[np.intp]:
        """Return all places at which the letters stand, of which a question mark is any; the same time for each one."""
        size = len(self.letters) - len(letters) + 1
        if size <= 0:
            return np.zeros(0, np.intp)
        flags = np.ones(size, bool)
        for at, letter in enumerate(letters):
            if letter != ord("?"):
                flags &= self._array[at : at + size] == letter
        return np.flatnonzero(flags)

    def _first(self, letters: bytes, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return where the letters stand first from each place on; beyond all texts where they do not."""
        sure = max(letters.split(b"?"), key=len)
        if not sure:
            return places
        found = np.concatenate([np.zeros(0, np.intp), *self._found(sure)])
        if len(found) * _MANY < len(self.letters):
            found = np.sort(found) - letters.index(sure)
            found = found[self._fits(found, letters)]
        else:
            found = self._fitting(letters)
        found = np.append(found, len(self.letters))
        return found.take(np.searchsorted(found, places), mode="clip")


def _strung(texts: Iterable[str]) -> _Strung:
    """Return ASCII texts without marks, strung together; none at all makes nothing."""
    between = (_END + _BEGIN).decode()
    text = between.join(texts)
    return _Strung(_BEGIN + text.encode("ascii") + _END)


def key_of(value: Scalar) -> Hashable:
    """Return what tells a value of any type from others: 1 and 1.0 are one number, and True is none."""
    return value if value.__class__ is str else (value.__class__ is bool, value)


def encoded(values: Sequence[Any]) -> tuple[NDArray[np.int32], Dictionary]:
    """Return the code of each value, and the dictionary."""
    keys = values if set(map(type, values)) <= {str} else [key_of(value) for value in values]
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    different = [key if key.__class__ is str else key[1] for key in codes]
    return np.fromiter(map(codes.__getitem__, keys), np.int32, len(keys)), Dictionary(different, codes)
