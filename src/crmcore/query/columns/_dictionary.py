"""Different texts of a column, each kept once; what is asked of letters is asked once of each.

Folded texts lie one after the other in one long string, each between two marks that no folded text contains. One search
of the long string by Python's own routines finds the letters in all of them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.hygiene.folding import fold
from crmcore.query.texts import folded_text, is_like
from crmcore.query.tree import Text
from crmcore.query.words import has_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from numpy.typing import NDArray

    from crmcore.query.columns._layouts import Flags
    from crmcore.query.types import Scalar

__all__ = ["Dictionary", "encoded", "key_of"]

_BEGIN, _END = "\x02", "\x03"
_ASCII = "".join(map(chr, range(128)))
_BLANKS = str.maketrans(_ASCII, "".join(sign if sign.isalnum() or sign in _BEGIN + _END else " " for sign in _ASCII))
"""Makes a blank of whatever is in no word."""


class Dictionary:
    """The different values of a column, each with a code: texts, or scalars of any type."""

    def __init__(self, codes: dict[Any, int], values: Sequence[Any]) -> None:
        self._codes = codes
        self.values = values

    def code(self, value: Scalar) -> int | None:
        """Return the code of a value; None of one that does not occur."""
        return self._codes.get(value if value.__class__ is str else key_of(value))

    @cached_property
    def by_rank(self) -> NDArray[np.intp]:
        """The codes of the values in the order of their code points."""
        return np.fromiter(sorted(range(len(self.values)), key=self.values.__getitem__), np.intp, len(self.values))

    @cached_property
    def ranks(self) -> NDArray[np.intp]:
        """The place of each value, by its code, in that order."""
        ranks = np.zeros(len(self.values) + 1, np.intp)
        ranks[self.by_rank] = np.arange(len(self.values))
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

    def matching(self, how: Text, text: str) -> Flags:
        """Return which values have the letters, as :func:`crmcore.query.texts.matcher` says of one."""
        letters = folded_text(how, text)
        match how:
            case Text.IS:
                return self._folded.having(f"{_BEGIN}{letters}{_END}")
            case Text.CONTAINS:
                return self._folded.having(letters)
            case Text.STARTS:
                return self._folded.having(_BEGIN + letters)
            case Text.ENDS:
                return self._folded.having(letters + _END)
            case Text.WORDS:
                return self._worded.having(f" {letters} ")
            case Text.LIKE:
                return self._folded.like(letters)

    def having_words(self, words: tuple[str, ...]) -> Flags:
        """Return which values, searched texts, have the words, as :func:`crmcore.query.words.has_words` says of one."""
        strung = self._searched
        if strung is None:
            return self.told(lambda text: bool(text) and has_words(text, words))
        *whole, last = words
        flags = strung.having(f" {last}")
        for word in whole:
            flags &= strung.having(f" {word} ")
        return flags

    @cached_property
    def _searched(self) -> _Strung | None:
        """The values as they are; None where one has a mark or is not ASCII, which no searched text is."""
        text = "".join(self.values)
        if not text.isascii() or _BEGIN in text or _END in text:
            return None
        return _Strung("".join(f"{_BEGIN}{value}{_END}" for value in self.values))

    @cached_property
    def _folded(self) -> _Strung:
        return _Strung(f"{_BEGIN}{f'{_END}{_BEGIN}'.join(map(fold, self.values))}{_END}" if self.values else "")

    @cached_property
    def _worded(self) -> _Strung:
        apart = self._folded.text.translate(_BLANKS).split()  # a mark is no blank, and so sticks to a word
        strung = " ".join(apart).replace(_BEGIN, f"{_BEGIN} ").replace(_END, f" {_END}")
        return _Strung(strung)


class _Strung:
    """Texts between marks in one string."""

    def __init__(self, text: str) -> None:
        self.text = text
        letters = np.frombuffer(text.encode("ascii"), np.uint8)
        self.begins = np.flatnonzero(letters == ord(_BEGIN))
        self.ends = np.flatnonzero(letters == ord(_END))

    def having(self, letters: str) -> Flags:
        """Return which texts have the letters; a mark among them stands for where the text begins or ends."""
        pieces = self.text.split(letters)
        flags = np.zeros(len(self.begins) + 1, bool)
        if len(pieces) > 1:
            lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))[:-1]
            found = np.cumsum(lengths) + np.arange(len(lengths)) * len(letters)
            flags[np.searchsorted(self.begins, found, side="right") - 1] = True
        return flags

    def like(self, pattern: str) -> Flags:
        """Return which texts have the form; only those with its longest letters in a row are looked at."""
        sure = max(pattern.replace("?", "*").split("*"), key=len)
        flags = self.having(sure) if sure else np.append(np.ones(len(self.begins), bool), False)
        for place in np.flatnonzero(flags):
            flags[place] = is_like(self.text[self.begins[place] + 1 : self.ends[place]], pattern)
        return flags


def key_of(value: Scalar) -> Hashable:
    """Return what tells a value of any type from others: 1 and 1.0 are one number, and True is none."""
    return value if value.__class__ is str else (value.__class__ is bool, value)


def encoded(values: Sequence[Any]) -> tuple[NDArray[np.int32], Dictionary]:
    """Return the code of each value, and the dictionary."""
    keys = values if set(map(type, values)) <= {str} else [key_of(value) for value in values]
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    different = [key if key.__class__ is str else key[1] for key in codes]
    return np.fromiter(map(codes.__getitem__, keys), np.int32, len(keys)), Dictionary(codes, different)
