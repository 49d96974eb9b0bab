"""Letters in folded texts: neither case, accents nor script count (:func:`crmcore.hygiene.folding.fold`).

Every way of matching takes time in proportion to the text; there are no patterns that can explode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from crmcore.errors import InputError
from crmcore.hygiene.folding import fold, fold_words
from crmcore.query.tree import Text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["folded_text", "is_like", "matcher"]


def folded_text(how: Text, text: str) -> str:
    """Return the letters that are looked for; raise InputError where none are left.

    >>> folded_text(Text.CONTAINS, " Müller"), folded_text(Text.WORDS, "C++, Java"), folded_text(Text.LIKE, "M?LLER*")
    ('muller', 'c java', 'm?ller*')
    """
    letters = fold_words(text) if how is Text.WORDS else fold(text)
    if not letters:
        raise InputError("a text to look for needs at least one letter, digit or sign that folding leaves")
    return letters


def matcher(how: Text, text: str) -> Callable[[str], bool]:
    """Return what says whether a value, as it is kept, has the letters.

    >>> matcher(Text.CONTAINS, "mull")("Zoë Müller"), matcher(Text.WORDS, "java")("JavaScript, Python")
    (True, False)
    """
    letters = folded_text(how, text)
    match how:
        case Text.IS:
            return lambda value: fold(value) == letters
        case Text.CONTAINS:
            return lambda value: letters in fold(value)
        case Text.STARTS:
            return lambda value: fold(value).startswith(letters)
        case Text.ENDS:
            return lambda value: fold(value).endswith(letters)
        case Text.WORDS:
            phrase = f" {letters} "
            return lambda value: phrase in f" {fold_words(value)} "
        case Text.LIKE:
            return lambda value: is_like(fold(value), letters)
        case _:
            assert_never(how)


def is_like(text: str, pattern: str) -> bool:
    """Say whether a whole folded text has the form of a folded pattern, where ``*`` is any letters and ``?`` is one.

    Between two stars, the first place where the letters fit is as good as any later one, so nothing is tried twice.

    >>> is_like("senior java developer", "senior*dev?loper"), is_like("developer", "dev*pers")
    (True, False)
    """
    head, *rest = pattern.split("*")
    if not rest:
        return len(text) == len(head) and _fits(text, 0, head)
    *middle, tail = rest
    if len(text) < len(head) + len(tail) or not _fits(text, 0, head) or not _fits(text, len(text) - len(tail), tail):
        return False
    at, end = len(head), len(text) - len(tail)
    for letters in middle:
        at = _found(text, letters, at, end)
        if at < 0:
            return False
    return True


def _fits(text: str, at: int, letters: str) -> bool:
    if "?" not in letters:
        return text.startswith(letters, at)
    return all(wanted in {"?", text[at + place]} for place, wanted in enumerate(letters))


def _found(text: str, letters: str, start: int, end: int) -> int:
    """Return where the letters end at their first place from *start* on; -1 where they are not found before *end*."""
    if "?" not in letters:
        at = text.find(letters, start, end)
        return -1 if at < 0 else at + len(letters)
    for at in range(start, end - len(letters) + 1):
        if _fits(text, at, letters):
            return at + len(letters)
    return -1
