"""What the words of a person's name are: titles, particles, suffixes; and how they are written."""

from __future__ import annotations

import re
from functools import cache

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold_words

__all__ = ["is_particle", "is_prefix", "is_suffix", "key_of", "recase", "words"]

_ROMAN = re.compile(r"[ivx]+\.?", re.IGNORECASE)
_APOSTROPHE = re.compile(r"^(o|d|l|dell|dall|n|m)'(?=\w{2})", re.IGNORECASE)
_CHUNK = re.compile(r"([-\s./])")


@cache
def words(kind: str) -> frozenset[str]:
    """Return the folded words of one kind of ``name_words.tsv``."""
    return frozenset(
        word for row_kind, listed in read_rows("name_words") if row_kind == kind for word in listed.split("; ")
    )


def key_of(token: str) -> str:
    """Return the word without dots and marks: "Ph.D." is "phd", "Dipl.-Ing." is "dipl ing"."""
    return fold_words(token.replace(".", " " if "-" in token else "").replace("'", ""))


def is_prefix(token: str, *, left: int) -> bool:
    """Tell whether a word before *left* others is a title; "Don" and "Prince" are so only before two or more."""
    key = key_of(token)
    return key in words("prefix") and (left >= 2 or (left >= 1 and key not in words("unsure_prefix")))


def is_suffix(token: str, *, left: int, certain: bool = False) -> bool:
    """Tell whether a word after *left* others is a suffix.

    "Ma" and "Do" are also family names: they count only after a comma (*certain*), or in capitals or with dots.
    """
    key = key_of(token)
    if key not in words("suffix") or left < 1:
        return False
    if certain or key not in words("unsure_suffix"):
        return True
    return left >= 2 and (token.isupper() or "." in token)


def is_particle(token: str) -> bool:
    """Tell whether a word begins a family name, as "van" and "de la"; doubtful ones only where written small."""
    key = fold_words(token).replace(" ", "")
    return key in words("particle") and (key not in words("unsure_particle") or token[:1].islower())


def recase(token: str, *, family: bool) -> str:
    """Write a word that stood all in capitals or all small as names are written.

    >>> [recase(word, family=True) for word in ("MCDONALD", "o'neil", "SMITH-JONES", "van", "macleod", "III")]
    ['McDonald', "O'Neil", 'Smith-Jones', 'van', 'MacLeod', 'III']
    """
    if family and fold_words(token) in words("particle"):
        return token.lower()
    if fold_words(token) in words("suffix") and _ROMAN.fullmatch(token):
        return token.upper()
    return "".join(map(_capital, _CHUNK.split(token)))


def _capital(part: str) -> str:
    small = part.lower()
    if match := _APOSTROPHE.match(small):
        head = match[0]
        return (head[0].upper() + head[1:] if len(head) > 2 or head[0] in "od" else head) + _capital(
            small[match.end() :]
        )
    if small.startswith("mc") and len(small) > 4:
        return "Mc" + small[2:3].upper() + small[3:]
    if small in words("mac"):
        return "Mac" + small[3:4].upper() + small[4:]
    return small[:1].upper() + small[1:]
