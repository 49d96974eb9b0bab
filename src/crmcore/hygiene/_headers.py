"""Reads the meaning of a column from its header."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import attrs

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold_words
from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HeaderReading", "read_header"]

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTER_DIGIT = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_LONGEST_HEADER = 200
_OF = frozenset(("of", "for", "de", "du", "des", "d", "del", "della", "di", "da", "do", "van", "von", "der"))


@attrs.frozen(kw_only=True)
class HeaderReading:
    """What a header says.

    Attributes:
        role: the meaning, or None where the header says nothing known.
        confidence: 0 to 1.
        stranger: the word by which the column is about somebody or something else, or ''.
        phrase: the known phrase that was found, folded.

    """

    role: Role | None
    confidence: float
    stranger: str = ""
    phrase: str = ""


@lru_cache(maxsize=1024)
def read_header(header: str) -> HeaderReading:
    """Return what *header* says, by the phrases of ``headers.tsv``.

    >>> read_header("Primary Email").role, read_header("soc_sec_id").role, read_header("GebDatum").role
    (<Role.EMAIL: 'email'>, <Role.NATIONAL_ID: 'national_id'>, <Role.DATE_OF_BIRTH: 'date_of_birth'>)
    >>> read_header("Emergency contact phone").stranger
    'emergency'
    """
    words = _words(header[:_LONGEST_HEADER])
    phrases = _phrases()
    if role := _exact(words):
        return HeaderReading(role=role, confidence=0.9, phrase=" ".join(words))
    unnumbered = [word for word in words if not word.isdigit()]
    if role := _exact(unnumbered):
        return HeaderReading(role=role, confidence=0.88, phrase=" ".join(unnumbered))
    if stranger := next((word for word in unnumbered if word in _words_of("stranger")), ""):
        return HeaderReading(role=None, confidence=0.6, stranger=stranger)
    told = _without_qualifiers(unnumbered)
    if role := _exact(told):
        return HeaderReading(role=role, confidence=0.85, phrase=" ".join(told))
    if phrase := _longest_within(unnumbered):
        return HeaderReading(role=phrases[phrase], confidence=0.6, phrase=phrase)
    return HeaderReading(role=None, confidence=0.0)


def _words(header: str) -> list[str]:
    spaced = fold_words(_CAMEL.sub(" ", header))
    return _LETTER_DIGIT.sub(" ", spaced).split()


def _exact(words: list[str]) -> Role | None:
    if not words:
        return None
    return _phrases().get(" ".join(words)) or _joined_phrases().get("".join(words))


def _without_qualifiers(words: list[str]) -> list[str]:
    """Drop qualifiers from both ends only: "work email (private)" is an e-mail, "date work started" is untouched."""
    qualifiers = _words_of("qualifier")
    start, end = 0, len(words)
    while end - start > 1 and words[end - 1] in qualifiers:
        end -= 1
    while end - start > 1 and words[start] in qualifiers:
        start += 1
    return words[start:end]


def _longest_within(words: list[str]) -> str:
    """Return the known phrase inside that is most likely what the column holds.

    The thing itself stands before "of" ("e-mail du candidat") and otherwise last ("home address city"); a refusal goes
    before the channel that it names ("do not call or e-mail").
    """
    if refusal := next((phrase for phrase in _inner_phrases(words) if _refuses(phrase)), ""):
        return refusal
    cut = next((place for place, word in enumerate(words) if place and word in _OF), 0)
    parts = [words[:cut], words] if cut else [words]
    return next((phrase for part in parts for phrase in _inner_phrases(part)), "")


def _refuses(phrase: str) -> bool:
    return _phrases()[phrase] is Role.OPT_OUT and (" " in phrase or phrase == "unsubscribed")


def _inner_phrases(words: list[str]) -> Iterator[str]:
    """Yield known phrases: those that end latest first, and of these the longest first."""
    phrases = _phrases()
    for end in range(len(words), 0, -1):
        for start in range(end):
            phrase = " ".join(words[start:end])
            if phrase in phrases and phrase not in _words_of("whole"):
                yield phrase


@cache
def _phrases() -> dict[str, Role]:
    found: dict[str, Role] = {}
    for role, phrases in read_rows("headers"):
        for phrase in phrases.split("; "):
            found.setdefault(phrase, Role(role))
    return found


@cache
def _joined_phrases() -> dict[str, Role]:
    """Return the same phrases without blanks, for "firstname" and "SOCSECID"."""
    found: dict[str, Role] = {}
    for phrase, role in _phrases().items():
        found.setdefault(phrase.replace(" ", ""), role)
    return found


@cache
def _words_of(kind: str) -> frozenset[str]:
    return frozenset(
        word for row_kind, words in read_rows("header_words") if row_kind == kind for word in words.split("; ")
    )
