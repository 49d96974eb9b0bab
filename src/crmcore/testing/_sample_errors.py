"""How values go wrong: at the keyboard, in a scanner, by ear, and on the way through software that knows no accents."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcore.testing._sample_draw import Draw

__all__ = ["misheard", "mistyped", "plain", "scanned", "wrong_digit"]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: "".join(
        _ROWS[r][c]
        for r in range(max(row - 1, 0), min(row + 2, 3))
        for c in range(max(column - 1, 0), min(column + 2, len(_ROWS[r])))
        if (r, c) != (row, column)
    )
    for row, letters in enumerate(_ROWS)
    for column, letter in enumerate(letters)
}
_SCANNED = tuple(
    tuple(pair.split(">"))
    for pair in ("rn>m m>rn l>1 I>l o>0 O>0 cl>d e>c h>b S>5 vv>w w>vv B>8 ü>ii ä>a é>6 t>f u>n i>j a>o".split())
)
_HEARD = tuple(
    tuple(pair.split(">"))
    for pair in (
        "ph>f f>ph ck>k c>k k>c y>i i>y ie>ei ei>ie sch>sh tt>t ll>l nn>n mm>m ss>s z>s s>z dt>t th>t ou>u ee>ea "
        "ai>ay er>ar w>v v>w son>sen sen>son mac>mc ey>y ts>tz"
    ).split()
)
_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "ı": "i", "đ": "d"})
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "ø": "oe"})


def mistyped(draw: Draw, text: str) -> str:
    """Slip once at the keyboard: two letters swapped, one missed, doubled, or struck beside.

    >>> from crmcore.testing._sample_draw import Draw
    >>> [mistyped(Draw(seed), "Schneider") for seed in range(4)]
    ['Schneiser', 'Sxhneider', 'Schneidwr', 'Shneider']
    """
    if len(text) < 3:
        return text
    at = draw.between(0, len(text) - 2)
    kind = draw.random()
    if kind < 0.3:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind < 0.55:
        return text[:at] + text[at + 1 :]
    if kind < 0.7:
        return text[: at + 1] + text[at:]
    beside = _NEIGHBOURS.get(text[at].lower())
    return text[:at] + (draw.pick(beside) if beside else "") + text[at + 1 :]


def scanned(draw: Draw, text: str) -> str:
    """Misread one group of letters as a scanner would."""
    return _replaced(draw, text, _SCANNED)


def misheard(draw: Draw, text: str) -> str:
    """Spell one sound in another way."""
    return _replaced(draw, text, _HEARD)


def _replaced(draw: Draw, text: str, rules: tuple[tuple[str, ...], ...]) -> str:
    start = draw.between(0, len(rules) - 1)
    for step in range(len(rules)):
        old, new = rules[(start + step) % len(rules)]
        at = text.find(old)
        if at >= 0:
            return text[:at] + new + text[at + len(old) :]
    return text


def wrong_digit(draw: Draw, digits: str) -> str:
    """Mistype a number: one digit changed, or two neighbours swapped."""
    at = draw.between(1, len(digits) - 2)
    if draw.chance(0.5):
        return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    return digits[:at] + "0123456789"[draw.between(0, 9)] + digits[at + 1 :]


@cache
def plain(text: str, *, german: bool = False) -> str:
    """Drop accents; German and Danish letters may become two.

    >>> plain("Jürgen Łukasiewicz"), plain("Jürgen", german=True)
    ('Jurgen Lukasiewicz', 'Juergen')
    """
    if text.isascii():
        return text
    folded = (text.translate(_GERMAN) if german else text).translate(_SPECIAL)
    return unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
