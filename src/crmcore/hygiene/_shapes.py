"""Tells what single cells look like, quickly and roughly, for guessing what their column holds.

A shape is a suspicion, not a verdict: the cleaners decide about values. Every pattern runs in linear time.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold_words

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Shape", "shapes_of", "words_of"]

_LONGEST = 400


class Shape(StrEnum):
    """What one cell looks like; a cell may have several shapes, or none."""

    EMAIL = "e-mail addresses"
    LINKEDIN = "LinkedIn addresses"
    GITHUB = "GitHub addresses"
    URL = "web addresses"
    UUID = "UUIDs"
    DATE = "dates"
    INSTANT = "dates with a time"
    YEAR = "years"
    PHONE = "phone numbers"
    NATIONAL_ID = "national ids"
    MONEY = "amounts of money"
    NUMBER = "numbers"
    CODE = "codes"
    YES_NO = "yes or no"
    GENDER = "genders"
    PREFIX = "titles before names"
    STATUS = "states of a process"
    TIME_ZONE = "time zones"
    LOCALE = "locales"
    POSTCODE = "postcodes"
    COUNTRY = "countries"
    NUMBERED_STREET = "streets with a number"
    STREET = "streets"
    HOUSE_NUMBER = "house numbers"
    COMPANY = "company names"
    JOB_TITLE = "job titles"
    SKILL = "skills"
    GIVEN = "given names"
    NAME_WORD = "single words like names"
    NAME_WORDS = "several words like names"
    LONG_TEXT = "running text"


_EMAIL = re.compile(r"(?:mailto:|[^<>@]{0,80}<)?[^\s@<>]{1,64}@[^\s@<>]+\.[^\s@<>.]{2,}>?[.,;]?", re.IGNORECASE)
_URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)
_PROFILE = re.compile(r"(?:https?://)?(?:[a-z]{2,3}\.)?(linkedin|github)\.com/\S+", re.IGNORECASE)
_UUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_MONTHS = (
    r"(?:jan|feb|f[eé]v|mar|m[aä]r|mrt|apr|avr|abr|ma[iyg]|mei|ju[nlig]|giu|lug|a(?:ug|go|o[uû])"
    r"|se[pt]|set|o[ck]t|ott|nov|de[czs]|d[ée]c|di[cz]|ene|gen)\w*"
)
_DATE = re.compile(
    r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})"
    r"|(?:1[5-9]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[. -]{{0,2}}(?:de )?{_MONTHS}[., -]{{0,2}}(?:de )?\d{{2,4}}"
    rf"|{_MONTHS}[. ]{{1,2}}\d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})",
    re.IGNORECASE,
)
_TIME = re.compile(r"[T ,]{1,2}\d{1,2}:\d{2}(?::\d{2})?[\d.,]*\s?(?:[ap]m|z|utc|gmt|[+-]\d{2}:?\d{2})?", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_PHONE = re.compile(
    r"(?:tel\.?:?\s?)?[+(]?[\d][\d ()./\-\u2010-\u2015\u00a0]{5,24}\d(?:\s?(?:x|ext\.?|extn\.?|#)\s?\d{1,6})?",
    re.IGNORECASE,
)
_NATIONAL_ID = re.compile(
    r"\d{3}-\d{2}-\d{4}|[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]|\d{6}[-+]\d{4}"
    r"|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]"
)
_CURRENCY = r"(?:[$€£¥]|usd|eur|gbp|chf|aud|cad|inr|pln|sek)"
_AMOUNT = r"\d[\d.,' ]*[km]?"
_PER = r"(?:\s?(?:/|per|p\.?)\s?\w+)?"
_MONEY = re.compile(
    rf"{_CURRENCY}\s?{_AMOUNT}(?:\s?[-\u2013]\s?{_CURRENCY}?\s?{_AMOUNT})?{_PER}|{_AMOUNT}\s?{_CURRENCY}{_PER}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?\d+(?:[.,']\d+)*(?:e[-+]?\d+)?%?", re.IGNORECASE)
_CODE = re.compile(r"(?=[^\s]*\d)[A-Za-z]{0,12}[-_/.:#]?\d[\w\-_/.:#]*|(?=[^\s]*\d)\w[\w\-_/.:#]*")
_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{2}-\d{3}|\d{5}-\d{4}"
    r"|\d{3} \d{2}|\d{5}-\d{3}|(?:D|CH|A|F|B|L|NL)-\d{4,5}",
    re.IGNORECASE,
)
_TIME_ZONE = re.compile(
    r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc)/[A-Za-z_+\-/0-9]+|UTC|GMT|(?:UTC|GMT)[+-]\d{1,2}(?::\d{2})?"
)
_LOCALE = re.compile(r"[a-z]{2}[-_][A-Z]{2}")
_HOUSE_NUMBER = re.compile(r"\d{1,5}\s?[a-z]?(?:\s?[-/]\s?\d{0,5}\s?[a-z]?)?", re.IGNORECASE)


def shapes_of(cell: str) -> frozenset[Shape]:
    """Return what *cell* looks like; only its first 400 characters are read.

    >>> sorted(shapes_of("ada@example.org")), sorted(shapes_of("1815-12-10"))
    ([<Shape.EMAIL: 'e-mail addresses'>], [<Shape.DATE: 'dates'>])
    """
    text = cell[:_LONGEST].strip()
    if ("@" in text or "/" in text or "www." in text) and (web := _network_shape(text)):
        return frozenset(web)
    found = set(_numeric_shapes(text)) if any(map(str.isdigit, text)) else set()
    if any(map(str.isalpha, text)):
        found.update(_worded_shapes(text))
    elif text in ("0", "1"):
        found.add(Shape.YES_NO)
    return frozenset(found)


def words_of(cell: str) -> list[str]:
    """Return the folded words at the beginning of *cell*."""
    return fold_words(cell[:_LONGEST]).split()


def _network_shape(text: str) -> tuple[Shape, ...]:
    if _EMAIL.fullmatch(text):
        return (Shape.EMAIL,)
    if match := _PROFILE.fullmatch(text):
        return (Shape.URL, Shape.LINKEDIN if match[1].lower() == "linkedin" else Shape.GITHUB)
    return (Shape.URL,) if _URL.fullmatch(text) else ()


def _numeric_shapes(text: str) -> Iterator[Shape]:
    if match := _DATE.match(text):
        if match.end() == len(text):
            yield Shape.DATE
            if not text.isdigit():
                return
        elif _TIME.fullmatch(text, match.end()):
            yield Shape.INSTANT
            return
    if text.isdigit() and text.isascii():
        yield Shape.NUMBER
        yield Shape.CODE
        if _YEAR.fullmatch(text):
            yield Shape.YEAR
        if len(text) <= 5:
            yield Shape.HOUSE_NUMBER
        elif len(text) >= 9 and text[0] == "0":
            yield Shape.PHONE
        return
    for shape, pattern in _NUMERIC:
        if pattern.fullmatch(text):
            yield shape
    if _is_phone(text):
        yield Shape.PHONE


def _is_phone(text: str) -> bool:
    if not _PHONE.fullmatch(text) or _NATIONAL_ID.fullmatch(text) or not 7 <= sum(map(str.isdigit, text)) <= 20:
        return False
    return text[0] in "+(0" or any(mark in text for mark in " ()/-")


_NUMERIC = (
    (Shape.UUID, _UUID),
    (Shape.NATIONAL_ID, _NATIONAL_ID),
    (Shape.MONEY, _MONEY),
    (Shape.NUMBER, _NUMBER),
    (Shape.POSTCODE, _POSTCODE),
    (Shape.HOUSE_NUMBER, _HOUSE_NUMBER),
    (Shape.CODE, _CODE),
)


def _worded_shapes(text: str) -> Iterator[Shape]:
    words = words_of(text)
    if not words:
        return
    if len(words) > 12:
        yield Shape.LONG_TEXT
        return
    if len(words) <= 3:
        yield from _closed_shapes(text, words)
    has_digit = any(map(str.isdigit, text))
    endings = _street_endings()
    if not _words("street").isdisjoint(words) or words[0].endswith(endings) or words[-1].endswith(endings):
        yield Shape.NUMBERED_STREET if has_digit else Shape.STREET
    if not _words("company").isdisjoint(words[1:]):
        yield Shape.COMPANY
    if not _words("job_title").isdisjoint(words):
        yield Shape.JOB_TITLE
    if not _words("skill").isdisjoint(words):
        yield Shape.SKILL
    if not has_digit and all(map(_is_name_mark, text)):
        yield Shape.NAME_WORD if len(text.split()) == 1 else Shape.NAME_WORDS
        if words[0] in _given_names() or ("," in text and words[-1] in _given_names()):
            yield Shape.GIVEN


def _closed_shapes(text: str, words: list[str]) -> Iterator[Shape]:
    phrase = " ".join(words)
    for shape, kind in ((Shape.YES_NO, "yes_no"), (Shape.GENDER, "gender"), (Shape.STATUS, "status")):
        if phrase in _words(kind):
            yield shape
    if all(word in _words("prefix") for word in words):
        yield Shape.PREFIX
    if _TIME_ZONE.fullmatch(text):
        yield Shape.TIME_ZONE
    if _LOCALE.fullmatch(text):
        yield Shape.LOCALE
    if phrase in _countries():
        yield Shape.COUNTRY


def _is_name_mark(character: str) -> bool:
    return character.isalpha() or character in " .'`-,()\"" or not character.isascii()


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(
        word for row_kind, words in read_rows("column_words") if row_kind == kind for word in words.split("; ")
    )


@cache
def _street_endings() -> tuple[str, ...]:
    return tuple(_words("street_ending"))


@cache
def _given_names() -> frozenset[str]:
    return frozenset(
        words[0] for row in read_rows("nicknames") for name in row[1].split("; ") if (words := fold_words(name).split())
    )


@cache
def _countries() -> frozenset[str]:
    return frozenset(
        fold_words(name) for row in read_rows("countries") for name in (*row[:3], *row[3].split("; ")) if name
    )
