"""How alike two values are, one pair at a time: the levels of `crmcore.matching._similarity`, to the letter.

There, arrays of pairs are compared at once, which pays from some dozens on; who looks for one record has a handful.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Indel, JaroWinkler

from crmcore.hygiene.nicknames import groups_of
from crmcore.matching import _similarity, _skills
from crmcore.matching._given_names import groups_near
from crmcore.matching._texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcore.matching._features import Kind

    Level = Callable[[str, str], int]

__all__ = ["LEVELS", "level_of"]

KEPT = 1 << 16
"""Pairs of names whose levels are remembered: the same few names meet all the time."""
LONGEST = 16
"""Bytes of codes and dates that are compared sign by sign."""


def level_of(kind: Kind) -> Level:
    """Return what grades two different normal forms of a kind.

    >>> from crmcore.matching._features import GIVEN_NAME
    >>> level_of(GIVEN_NAME)("bill", "william")
    3
    """
    if kind.top == 1:
        return exact
    found = next((own for of_many, own in LEVELS.items() if of_many is kind.levels), None)
    return _by_arrays(kind) if found is None else found


def _by_arrays(kind: Kind) -> Level:
    """Grade pairs by what grades arrays of them, for kinds that have nothing faster."""

    def level(one: str, other: str) -> int:
        return int(kind.levels(Texts([one, other]), np.array([0], np.int32), np.array([1], np.int32))[0])

    return level


def exact(_one: str, _other: str) -> int:
    """Unequal is different."""
    return 0


@lru_cache(KEPT)
def name(one: str, other: str) -> int:
    """Grade names."""
    if (len(one) == 1 or len(other) == 1) and one[0] == other[0]:
        return 1
    score = np.float32(JaroWinkler.normalized_similarity(one, other, score_cutoff=0.76))
    return _steps(score, 0.76, 0.86, 0.93)


@lru_cache(KEPT)
def family_name(one: str, other: str) -> int:
    """Grade family names."""
    if min(len(one), len(other)) > 1 and _contained(one, other):
        return 3
    return name(one, other)


@lru_cache(KEPT)
def given_name(one: str, other: str) -> int:
    """Grade given names."""
    if groups_of(one) & groups_of(other):
        return 3
    level = name(one, other)
    if level < 2 and (_is_end(one, other) or _meant(one) & _meant(other)):
        return 2
    return level


def _meant(value: str) -> frozenset[int]:
    return groups_of(value) or groups_near(value)


def _is_end(one: str, other: str) -> bool:
    """Tell whether one is the end of the other, at least three letters and two fewer."""
    if min(len(one), len(other)) < 3 or abs(len(one) - len(other)) < 2:
        return False
    return one.endswith(other) or other.endswith(one)


def date(one: str, other: str) -> int:
    """Grade dates as YYYYMMDD."""
    same_year = one[:4] == other[:4]
    month = one[4:6] == other[4:6] or "00" in {one[4:6], other[4:6]}
    day = one[6:8] == other[6:8] or "00" in {one[6:8], other[6:8]}
    slips, off = _slips(one, other), _parts_off_by_one(one, other)
    crossed = same_year and one[4:6] == other[6:8] and one[6:8] == other[4:6]
    if slips <= 1 or off == 1 or crossed:
        return 3
    return 2 if slips <= 2 or off == 2 or (same_year and (month or day)) else int(same_year)


def code(one: str, other: str) -> int:
    """Grade identifiers."""
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 1:
        return 0
    slips = _slips(one, other)
    return int(slips <= 1 or (slips == 255 and OSA.distance(one, other, score_cutoff=1) <= 1))


def postcode(one: str, other: str) -> int:
    """Grade postcodes."""
    half = min((max(len(one), len(other)) + 1) // 2, LONGEST)
    return max(2 * code(one, other), int(_bytes(one)[:half] == _bytes(other)[:half]))


def email(one: str, other: str) -> int:
    """Grade e-mail addresses."""
    mine, theirs = one[: one.rfind("@")], other[: other.rfind("@")]
    close = OSA.distance(one, other, score_cutoff=2) <= 2
    if mine == theirs:
        return 2 if close or len(mine) >= 5 else 0
    if not close and not JaroWinkler.normalized_similarity(mine, theirs, score_cutoff=0.88):
        return 0
    initials = _ALONE.search(mine), _ALONE.search(theirs)
    if initials[0] and initials[1] and initials[0][0] != initials[1][0]:
        return 0
    return 2 if close and _NOT_DIGIT.sub("", mine) == _NOT_DIGIT.sub("", theirs) else 1


_ALONE = re.compile(r"(?<![a-z])[a-z](?![a-z])")
_NOT_DIGIT = re.compile(r"[^0-9]")


@lru_cache(KEPT)
def place(one: str, other: str) -> int:
    """Grade names of places."""
    if _contained(one, other):
        return 2
    return _steps(np.float32(JaroWinkler.normalized_similarity(one, other, score_cutoff=0.8)), 0.8, 0.92)


@lru_cache(KEPT)
def text(one: str, other: str) -> int:
    """Grade texts with sorted words."""
    if _contained(one, other):
        return 2
    return _steps(np.float32(Indel.normalized_similarity(one, other, score_cutoff=0.65)), 0.65, 0.85)


@lru_cache(KEPT)
def words(one: str, other: str) -> int:
    """Grade bags of words."""
    level = _steps(np.float32(fuzz.token_set_ratio(one, other, score_cutoff=70)), 70, 95)
    initial = min(len(one), len(other)) == 1 and one[0] == other[0]
    return max(level, int(initial))


def skills(one: str, other: str) -> int:
    """Grade sets of skills by what both hold of what either holds."""
    mine, theirs = (set(value.split(" ", _skills.MOST)[: _skills.MOST]) for value in (one, other))
    common, either = len(mine & theirs), len(mine | theirs)
    return (1 + (3 * common >= either) + (3 * common >= 2 * either)) if common else 0


LEVELS: Mapping[Callable[..., object], Level] = {
    _similarity.exact: exact,
    _similarity.name: name,
    _similarity.family_name: family_name,
    _similarity.given_name: given_name,
    _similarity.date: date,
    _similarity.code: code,
    _similarity.postcode: postcode,
    _similarity.email: email,
    _similarity.place: place,
    _similarity.text: text,
    _similarity.words: words,
    _skills.overlap: skills,
}
"""What grades arrays of pairs -> what grades one."""


def _steps(score: np.float32, *thresholds: float) -> int:
    return sum(bool(score >= np.float32(threshold)) for threshold in thresholds)


def _contained(one: str, other: str) -> bool:
    """Tell whether the words of one value all stand in the other."""
    mine, theirs = set(one.split()), set(other.split())
    return mine <= theirs or theirs <= mine


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")[:LONGEST].ljust(LONGEST, b"\0")


def _slips(one: str, other: str) -> int:
    """Count the differing places of values of ASCII of one length, neighbours that are swapped as one; else 255."""
    if len(one) != len(other) or len(one) > LONGEST or not (one.isascii() and other.isascii()):
        return 255
    differ = [at for at, (mine, theirs) in enumerate(zip(one, other, strict=True)) if mine != theirs]
    if len(differ) == 2:
        first, second = differ
        if second == first + 1 and one[first] == other[second] and one[second] == other[first]:
            return 1
    return len(differ)


def _parts_off_by_one(one: str, other: str) -> int:
    """Count which of year, month and day are off by one; 255 where one is off by more, or not known."""
    off = 0
    for part in (slice(0, 4), slice(4, 6), slice(6, 8)):
        here, there = int(one[part]), int(other[part])
        if abs(here - there) > 1 or (here != there and 0 in {here, there}):
            return 255
        off += here != there
    return off
