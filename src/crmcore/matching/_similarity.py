"""How alike two distinct values are, as a small whole number: the agreement level.

Each function takes the values and two arrays of codes, (pairs,), pairwise different, and returns uint8 levels,
(pairs,), from 0 (different) upwards; the level above all of them is left for equal values. Strings are compared only
where a cheap bound leaves a chance. `crmcore.matching.index._likeness` says the same of one pair at a time: they change
together.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, Indel, JaroWinkler
from rapidfuzz.process import cpdist

from crmcore.hygiene.nicknames import groups_of, nickname_groups
from crmcore.matching._given_names import groups_near
from crmcore.matching.encoding.normal.contact_points import before_at
from crmcore.matching.encoding.strings import hash64

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from crmcore.matching._texts import Texts
    from crmcore.matching.encoding.strings import Strings

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.integer[Any]]
    Levels = NDArray[np.uint8]
    Uint64s = NDArray[np.uint64]
    Kinds = list[tuple[type, tuple[int, ...]]]

__all__ = [
    "code",
    "date",
    "email",
    "exact",
    "family_name",
    "given_name",
    "name",
    "place",
    "postcode",
    "text",
    "words",
]


def _scores(
    texts: Texts, a: Codes, b: Codes, hope: Bools, *, scorer: Callable[..., Any], cutoff: float
) -> NDArray[np.float32]:
    """Score the pairs that have hope, float32, (pairs,); the others, and those below *cutoff*, are 0."""
    scores = np.zeros(len(a), np.float32)
    rows = np.flatnonzero(hope)
    if len(rows):
        left, right = texts.spelled(a.take(rows)), texts.spelled(b.take(rows))
        scores[rows] = cpdist(left, right, scorer=scorer, score_cutoff=cutoff, dtype=np.float32)
    return scores


def _steps(scores: NDArray[np.float32], *thresholds: float) -> Levels:
    """Count how many of the rising *thresholds* each score reaches."""
    steps = np.zeros(len(scores), np.uint8)
    for threshold in thresholds:
        steps += scores >= np.float32(threshold)
    return steps


def _jaro_winkler(texts: Texts, a: Codes, b: Codes, least: float) -> NDArray[np.float32]:
    """Return Jaro-Winkler similarities from *least* on, else 0.

    With m common characters, Jaro is at most (m / |a| + m / |b| + 1) / 3; each of the first four letters that is equal
    lifts it by a tenth of what is missing to 1.
    """
    common = texts.common_letters(a, b)
    jaro = (common * (1 / texts.length.take(a) + 1 / texts.length.take(b)) + 1) / 3
    rows = np.flatnonzero(jaro + 0.4 * (1 - jaro) >= least - 1e-6)
    a, b, some = a.take(rows), b.take(rows), jaro.take(rows)
    hope = some + 0.1 * texts.same_lead(a, b) * (1 - some) >= least - 1e-6
    scores = np.zeros(len(common), np.float32)
    scores[rows] = _scores(texts, a, b, hope, scorer=JaroWinkler.normalized_similarity, cutoff=least)
    return scores


def _close(texts: Texts, a: Codes, b: Codes, most: int) -> Bools:
    """Whether at most *most* slips (wrong, missing, extra or swapped signs) lie between two values."""
    mine, other = texts.length.take(a), texts.length.take(b)
    rows = np.flatnonzero(np.abs(mine - other) <= most)
    longer = np.maximum(mine, other).take(rows)
    rows = rows.compress(longer - texts.common_letters(a.take(rows), b.take(rows)) <= most)
    close = np.zeros(len(a), bool)
    if len(rows):
        left, right = texts.spelled(a.take(rows)), texts.spelled(b.take(rows))
        close[rows] = cpdist(left, right, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8) <= most
    return close


def _contained(texts: Texts, a: Codes, b: Codes) -> Bools:
    """Whether the words of one value all stand in the other."""
    rows = np.flatnonzero(texts.may_share_words(a, b))
    contained = np.zeros(len(a), bool)
    for row, one, other in zip(
        rows.tolist(), texts.spelled(a.take(rows)).tolist(), texts.spelled(b.take(rows)).tolist(), strict=True
    ):
        mine, theirs = set(one.split()), set(other.split())
        contained[row] = mine <= theirs or theirs <= mine
    return contained


def exact(_texts: Texts, a: Codes, _b: Codes) -> Levels:
    """Unequal is different."""
    return np.zeros(len(a), np.uint8)


def name(texts: Texts, a: Codes, b: Codes) -> Levels:
    """3: a slip of the pen (Jaro-Winkler from .93); 2: from .86; 1: from .76, or an initial; 0: different."""
    levels = _steps(_jaro_winkler(texts, a, b, 0.76), 0.76, 0.86, 0.93)
    short = (texts.length.take(a) == 1) | (texts.length.take(b) == 1)
    levels[short & (texts.start.take(a) == texts.start.take(b))] = 1
    return levels


def family_name(texts: Texts, a: Codes, b: Codes) -> Levels:
    """As `name`, and a name that is a part of the other, as García of García Márquez, is level 3."""
    levels = name(texts, a, b)
    levels[_contained(texts, a, b) & (np.minimum(texts.length.take(a), texts.length.take(b)) > 1)] = 3
    return levels


def given_name(texts: Texts, a: Codes, b: Codes) -> Levels:
    """As `name`, and two forms of one name, such as Bill and William, are level 3; with a slip in one, level 2.

    So are a name and its end, which is how many are called: Tunde for Babatunde, Rina for Caterina.
    """
    levels = name(texts, a, b)
    ends = _is_end(texts, a, b)
    levels[ends] = np.maximum(levels[ends], 2)
    wide = (_words_of_groups(),)
    kinds: Kinds = [(np.uint64, ()), (np.uint64, wide), (np.uint64, ()), (np.uint64, wide)]
    right, of_right, meant, of_meant = texts.facet("forms of given names", _forms, kinds, sparing=True).of(a, b)
    some = _in_common(meant, of_meant, a, b)
    levels[some] = np.maximum(levels[some], 2)
    levels[_in_common(right, of_right, a, b)] = 3
    return levels


def _is_end(texts: Texts, a: Codes, b: Codes) -> NDArray[np.intp]:
    """Return the positions of the pairs of which one is the end of the other, at least three letters and two fewer."""
    short, long = np.minimum(*(lengths := (texts.length.take(a), texts.length.take(b)))), np.maximum(*lengths)
    rows = np.flatnonzero((short >= 3) & (long - short >= 2) & (texts.common_letters(a, b) >= short))
    pairs = zip(texts.spelled(a.take(rows)).tolist(), texts.spelled(b.take(rows)).tolist(), strict=True)
    return rows[[mine.endswith(other) or other.endswith(mine) for mine, other in pairs]] if len(rows) else rows


def _in_common(marks: Uint64s, groups: Uint64s, a: Codes, b: Codes) -> NDArray[np.intp]:
    """Return the positions of the pairs that have a group in common."""
    rows = np.flatnonzero(marks.take(a) & marks.take(b))
    common = groups.take(a.take(rows), axis=0) & groups.take(b.take(rows), axis=0)
    return rows.compress(common.any(axis=1))


def _forms(values: Strings) -> tuple[Uint64s, Uint64s, Uint64s, Uint64s]:
    """Return the groups of forms of one given name that each value belongs to, and those but for a slip.

    Each as marks, uint64, (values,): values without a common bit have no common group; and as one bit a group, uint64,
    (values, words).
    """
    right = [groups_of(value) for value in values]
    meant = [groups or groups_near(value) for groups, value in zip(right, values, strict=True)]
    found = []
    for held in (right, meant):
        groups = np.array([_bits_of(each) for each in held], np.uint64).reshape(len(held), _words_of_groups())
        found += [np.bitwise_or.reduce(groups, axis=1), groups]
    return found[0], found[1], found[2], found[3]


@cache
def _bits_of(groups: frozenset[int]) -> tuple[int, ...]:
    number = sum(1 << group for group in groups)
    return tuple(number >> 64 * word & 2**64 - 1 for word in range(_words_of_groups()))


def _words_of_groups() -> int:
    return len(nickname_groups()) // 64 + 1


def date(texts: Texts, a: Codes, b: Codes) -> Levels:
    """Levels of YYYYMMDD.

    3: one slip of a digit, day and month swapped, or one of year, month and day off by one; 2: two slips, two of the
    three off by one, or year and one more part agree or are unknown; 1: the same year; 0: different.
    """
    mine, other = texts.signs(a), texts.signs(b)
    year, month, day = (_agree(mine, other, part) for part in (slice(0, 4), slice(4, 6), slice(6, 8)))
    unknown = ord("0")
    month |= (mine[:, 4:6] == unknown).all(axis=1) | (other[:, 4:6] == unknown).all(axis=1)
    day |= (mine[:, 6:8] == unknown).all(axis=1) | (other[:, 6:8] == unknown).all(axis=1)
    crossed = year & (mine[:, 4:6] == other[:, 6:8]).all(axis=1) & (mine[:, 6:8] == other[:, 4:6]).all(axis=1)
    slips = texts.slips(a, b)
    off = _parts_off_by_one(mine, other)
    levels = year.astype(np.uint8)
    levels[(slips <= 2) | (off == 2) | (year & (month | day))] = 2
    levels[(slips <= 1) | (off == 1) | crossed] = 3
    return levels


def _parts_off_by_one(mine: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Count which of year, month and day are off by one, uint8, (pairs,); 255 where one is off by more, or not known.

    1989 for 1990 is one wrong stroke of the finger or of the memory, though three digits of it differ.
    """
    off = np.zeros(len(mine), np.uint8)
    for part in (slice(0, 4), slice(4, 6), slice(6, 8)):
        here, there = (_number(signs[:, part]) for signs in (mine, other))
        apart = np.abs(here - there)
        off[apart == 1] += 1
        off[(apart > 1) | ((here != there) & ((here == 0) | (there == 0)))] = 100
    return np.where(off >= 100, np.uint8(255), off)


def _number(digits: NDArray[np.uint8]) -> NDArray[np.int32]:
    number = np.zeros(len(digits), np.int32)
    for digit in digits.T:
        number = number * 10 + (digit.astype(np.int32) - ord("0"))
    return number


def _agree(mine: NDArray[np.uint8], other: NDArray[np.uint8], part: slice) -> Bools:
    agree: Bools = np.all(mine[:, part] == other[:, part], axis=1)
    return agree


def code(texts: Texts, a: Codes, b: Codes) -> Levels:
    """1: one slip (a wrong, missing, extra or swapped sign) in a code of four or more; 0: different."""
    slips = texts.slips(a, b)
    close = slips <= 1
    uneven = np.flatnonzero((slips == 255) & (np.abs(texts.length.take(a) - texts.length.take(b)) <= 1))
    close[uneven] = _close(texts, a[uneven], b[uneven], 1)
    long_enough = np.minimum(texts.length.take(a), texts.length.take(b)) >= 4
    return np.asarray(close & long_enough, np.uint8)


def postcode(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: one slip; 1: the same first half, which is the same district; 0: different."""
    half = (np.maximum(texts.length.take(a), texts.length.take(b)) + 1) // 2
    differ = texts.signs(a) != texts.signs(b)
    first = np.where(differ.any(axis=1), differ.argmax(axis=1), 16)
    same_district = np.asarray(first >= np.minimum(half, 16), np.uint8)
    levels: Levels = np.maximum(code(texts, a, b) * np.uint8(2), same_district)
    return levels


def email(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: the same name before the @, or up to two slips in all; 1: an alike name before the @; 0: different.

    What counts up is no slip: names whose numbers differ are alike at most. And s.deng is not l.deng.
    """
    names = texts.parts("names before the @", before_at).ready(a, b)
    same = names.same(a, b)
    apart = np.flatnonzero(~same)
    mine, other = a.take(apart), b.take(apart)
    close = _close(texts, mine, other, 2)
    marks = names.facet("initials and numbers", _initials_and_numbers, [(np.uint8, ()), (np.uint64, ())])
    initials, numbers = marks.of(mine, other)
    contradicts = (initials[mine] != initials[other]) & (initials[mine] > 0) & (initials[other] > 0)
    levels = np.zeros(len(a), np.uint8)
    found = ((_jaro_winkler(names, mine, other, 0.88) > 0) | close).astype(np.uint8)
    found[close & (numbers[mine] == numbers[other])] = 2
    found[contradicts] = 0
    levels[apart] = found
    levels[same & ((names.length.take(a) >= 5) | _close(texts, a, b, 2))] = 2
    return levels


def _initials_and_numbers(some: Strings) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Return the first letter that stands alone in each value, and the hash of all its digits; 0 for none."""
    letter = (some.data >= ord("a")) & (some.data <= ord("z"))
    first, last = np.zeros(len(letter) + 1, bool), np.zeros(len(letter) + 1, bool)
    first[some.offsets[:-1]] = last[some.offsets[1:]] = True
    after = np.concatenate(([False], letter[:-1])) & ~first[:-1]
    before = np.concatenate((letter[1:], [False])) & ~last[1:]
    alone = np.flatnonzero(letter & ~after & ~before)
    owner = np.searchsorted(some.offsets, alone, side="right") - 1
    initials = np.zeros(len(some), np.uint8)
    initials[owner[::-1]] = some.data[alone[::-1]]
    digits = some.keep((some.data >= ord("0")) & (some.data <= ord("9")))
    return initials, np.where(digits.lengths > 0, hash64(digits), np.uint64(0))


def place(texts: Texts, a: Codes, b: Codes) -> Levels:
    """2: a slip, or one name's words contain the other's; 1: alike; 0: different."""
    levels = _steps(_jaro_winkler(texts, a, b, 0.8), 0.8, 0.92)
    levels[_contained(texts, a, b)] = 2
    return levels


def text(texts: Texts, a: Codes, b: Codes) -> Levels:
    """Levels of texts with sorted words. 2: nearly the same words, or contained; 1: half of it alike; 0: different."""
    total = texts.length.take(a) + texts.length.take(b)
    hope = 2 * texts.common_letters(a, b) >= 0.65 * total
    levels = _steps(_scores(texts, a, b, hope, scorer=Indel.normalized_similarity, cutoff=0.65), 0.65, 0.85)
    levels[_contained(texts, a, b)] = 2
    return levels


def words(texts: Texts, a: Codes, b: Codes) -> Levels:
    """Levels of bags of words. 2: one contains the other, but for a slip; 1: half alike, or initial; 0: different."""
    hope = np.ones(len(a), bool)
    levels = _steps(_scores(texts, a, b, hope, scorer=fuzz.token_set_ratio, cutoff=70), 70, 95)
    short = (texts.length.take(a) == 1) | (texts.length.take(b) == 1)
    initial = short & (texts.start.take(a) == texts.start.take(b))
    levels[initial] = np.maximum(levels[initial], 1)
    return levels
