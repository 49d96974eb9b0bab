"""Letters in folded texts: neither case, accents nor script count (:func:`crmcore.hygiene.folding.fold`).

Every way of matching takes time in proportion to the text; there are no patterns that can explode. A pattern with
question marks takes that much again for each of its letters, sixty places of the text at a time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, assert_never

from crmcore.errors import InputError
from crmcore.hygiene.folding import fold, fold_words
from crmcore.query.tree import TextMatch

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["folded_text", "is_like", "matcher"]


def folded_text(how: TextMatch, text: str) -> str:
    """Return the letters that are looked for; raise InputError where none are left.

    >>> folded_text(TextMatch.CONTAINS, " Müller"), folded_text(TextMatch.WORDS, "C++, Java")
    ('muller', 'c java')
    >>> folded_text(TextMatch.LIKE, "M?LLER*")
    'm?ller*'
    """
    letters = fold_words(text) if how is TextMatch.WORDS else fold(text)
    if not letters:
        raise InputError("a text to look for needs at least one letter, digit or sign that folding leaves")
    return letters


def matcher(how: TextMatch, text: str) -> Callable[[str], bool]:
    """Return what says whether a value, as it is kept, has the letters.

    >>> matcher(TextMatch.CONTAINS, "mull")("Zoë Müller"), matcher(TextMatch.WORDS, "java")("JavaScript, Python")
    (True, False)
    """
    letters = folded_text(how, text)
    match how:
        case TextMatch.IS:
            return lambda value: fold(value) == letters
        case TextMatch.CONTAINS:
            return lambda value: letters in fold(value)
        case TextMatch.STARTS:
            return lambda value: fold(value).startswith(letters)
        case TextMatch.ENDS:
            return lambda value: fold(value).endswith(letters)
        case TextMatch.WORDS:
            phrase = f" {letters} "
            return lambda value: phrase in f" {fold_words(value)} "
        case TextMatch.LIKE:
            is_so = _form(letters)
            return lambda value: is_so(fold(value))
        case _:
            assert_never(how)


def is_like(text: str, pattern: str) -> bool:
    """Say whether a whole folded text has the form of a folded pattern, where ``*`` is any letters and ``?`` is one.

    Between two stars, the first place where the letters fit is as good as any later one, so nothing is tried twice.

    >>> is_like("senior java developer", "senior*dev?loper"), is_like("developer", "dev*pers")
    (True, False)
    """
    return _form(pattern)(text)


def _form(pattern: str) -> Callable[[str], bool]:
    """Return what says whether a whole folded text has the form."""
    head, *rest = pattern.split("*")
    if not rest:
        return lambda text: len(text) == len(head) and _fits(text, 0, head)
    tail, least = rest[-1], len(pattern) - pattern.count("*")

    @cache
    def finders() -> list[Callable[[str, int, int], int]]:  # not before a text is long enough for so many letters
        return [_finder(letters) for letters in rest[:-1] if letters]

    def is_so(text: str) -> bool:
        if len(text) < least or not _fits(text, 0, head) or not _fits(text, len(text) - len(tail), tail):
            return False
        at, end = len(head), len(text) - len(tail)
        for found in finders():
            at = found(text, at, end)
            if at < 0:
                return False
        return True

    return is_so


def _fits(text: str, at: int, letters: str) -> bool:
    if "?" not in letters:
        return text.startswith(letters, at)
    return all(wanted in {"?", text[at + place]} for place, wanted in enumerate(letters))


def _finder(letters: str) -> Callable[[str, int, int], int]:
    """Return what says where the letters end at their first place from a start on; -1: not before the end."""
    if "?" not in letters:

        def found(text: str, start: int, end: int) -> int:
            at = text.find(letters, start, end)
            return -1 if at < 0 else at + len(letters)

        return found
    return _bits_finder(letters)


def _bits_finder(letters: str) -> Callable[[str, int, int], int]:
    """Return the same for letters with question marks: the places of each letter are the bits of one number.

    Shifted by where the letter stands and taken together they leave the places at which all of them fit.
    """
    sure = max(letters.split("?"), key=len)
    ahead = letters.index(sure)
    places_of = {
        letter: (_ones(letter), [place for place, one in enumerate(letters) if one == letter])
        for letter in dict.fromkeys(letters.replace("?", ""))
    }

    def found(text: str, start: int, end: int) -> int:
        last = end - len(letters)
        first = text.find(sure, start + ahead, end) - ahead
        if last < start or not start <= first <= last:
            return -1
        if _fits(text, first, letters):  # as mostly
            return first + len(letters)
        backwards = text[start:end][::-1].encode("ascii", "replace")
        fitting = (1 << last - start + 1) - 1
        for ones, places in places_of.values():
            bits = int(backwards.translate(ones), 2)
            for place in places:
                fitting &= bits >> place
            if not fitting:
                return -1
        return start + (fitting & -fitting).bit_length() - 1 + len(letters)

    return found


def _ones(letter: str) -> bytes:
    """Return the table by which the letter becomes a 1, and any other a 0."""
    return bytes(ord("1") if chr(code) == letter else ord("0") for code in range(256))
