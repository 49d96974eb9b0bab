"""Words that records are searched by: folded when a record is written and when somebody asks, alike on every store.

Databases fold and cut text each in its own way; here they get words that are cut and folded already, so their full-text
indexes only look them up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmcore.errors import InputError
from crmcore.hygiene.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WORDS", "asked_words", "has_words", "searched_text"]

WORDS = "~words"
"""The part of the facts that holds the words; no attribute of a record is called so."""
LONGEST_TEXT = 20_000
"""Letters of the words of one record, each word once; what is beyond is not found."""
MOST_ASKED = 20

LONGEST_WORD = 60
_WORD = re.compile(rf"[a-z0-9]{{1,{LONGEST_WORD}}}")
_WORDS_ONLY = bytes(ord(chr(code).lower()) if chr(code).isalnum() else ord(" ") for code in range(128)) + bytes(128)
"""What becomes of each ASCII byte: a small letter, a digit or a blank."""


def searched_text(texts: Iterable[str]) -> str:
    """Return the folded words of some texts, each once, in order, with a blank around each; "" where there is none.

    >>> searched_text(["Zoë Müller", "Köln, zoe@x.example"])
    ' example koln muller x zoe '
    """
    words = set(_folded_words(" ".join(texts)[: 2 * LONGEST_TEXT]))
    text = " ".join(sorted(words))
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rpartition(" ")[0]
    return f" {text} " if text else ""


def asked_words(text: str) -> tuple[str, ...]:
    """Return the folded words that are asked for; the last one may be the beginning of a word.

    Raises:
        InputError: there is no word in it, or more than 20.

    >>> asked_words("Müller, Köl")
    ('muller', 'kol')
    """
    words = tuple(_folded_words(text[:LONGEST_TEXT]))
    if not words:
        raise InputError("there is no word in what is searched for; give letters or digits, or leave words out")
    if len(words) > MOST_ASKED:
        raise InputError(f"{len(words)} words are searched for at once; give at most {MOST_ASKED}")
    return words


def has_words(text: str, words: tuple[str, ...]) -> bool:
    """Say whether a searched text has all the words, the last one as a whole or as a beginning."""
    *whole, last = words
    return all(f" {word} " in text for word in whole) and f" {last}" in text


def _folded_words(text: str) -> list[str]:
    """Return the words of a text in lower-case ASCII; a word of more than 60 letters is several."""
    if not text.isascii():
        return _WORD.findall(fold(text))
    words = text.encode("ascii").translate(_WORDS_ONLY).decode("ascii").split()  # a quarter of the pattern's time
    return words if max(map(len, words), default=0) <= LONGEST_WORD else _WORD.findall(" ".join(words))
