"""The one folding of text that keys and look-ups use: no case, no accents, no script, no odd blanks."""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

__all__ = ["fold", "fold_words", "squeeze"]

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def fold(text: str) -> str:
    r"""Return *text* in lower-case ASCII with single blanks, for comparing and never for showing.

    Compatibility forms are unified (NFKC), case is folded, every other script is transliterated (anyascii), control and
    direction marks and unpaired surrogates are dropped, runs of blanks become one. Punctuation stays. Folding twice
    changes nothing more. German umlauts lose their dots ("ü" is "u", as in "Muller"), "ß" is "ss".

    >>> fold("  Łukasz\u00a0MÜLLER-Groß ")
    'lukasz muller-gross'
    >>> fold("王小明"), fold("Мария"), fold("O\u2019Neil")
    ('wangxiaoming', 'mariya', "o'neil")
    """
    if text.isascii():
        return squeeze(text).lower()
    unified = unicodedata.normalize("NFKC", squeeze(text)).casefold()
    return squeeze(anyascii(unified)).lower()


def fold_words(text: str) -> str:
    """Return the folded words of *text*, with every run of other characters made one blank.

    >>> fold_words("St.-Gallen / O'Brien")
    'st gallen o brien'
    """
    return " ".join(_NOT_WORD.sub(" ", fold(text)).split())


def squeeze(text: str) -> str:
    r"""Return *text* trimmed, with every run of blanks made one and invisible characters dropped.

    Line breaks and tabs count as blanks; NUL, direction marks, zero-width characters and unpaired surrogates go.

    >>> squeeze(" Ada\x00 \u202eLovelace\n")
    'Ada Lovelace'
    """
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(filter(_is_shown, text)).split())


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _INVISIBLE
