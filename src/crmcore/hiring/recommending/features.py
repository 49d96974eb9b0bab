"""What criteria look at, as arrays: made of many applicants once, and held against any number of rules.

Collections lie flat: one entry an item, with the row of its person. Words are numbered, so that a phrase is looked for
once in each different text and not once a person.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.recommending.ranking import UNKNOWN, UNLIKELY
from crmcore.hiring.screening._keys import city_key, country_key
from crmcore.hiring.screening.experience import LONGEST_DAYS, words_of
from crmcore.model.hiring.degrees import DEGREE_RANKS, degree_span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from crmcore.hiring.recommending.kernels import Flags, Ints
    from crmcore.hiring.screening.applicant import Applicant
    from crmcore.hygiene.partial_date import PartialDate
    from crmcore.model.career import Education

__all__ = ["Areas", "LevelIndex", "Numbered", "Pay", "Starts", "Studies", "Texts", "Work"]

_BLANK = "  \n"
"""What a text without words is folded to."""
NEVER = 10**7
"""Stands for a day that nobody told; later than any."""


@lru_cache(maxsize=65_536)
def _days(date: PartialDate) -> tuple[int, int]:
    """Return the first and the last day that a date can mean, as ordinals."""
    return date.earliest.toordinal(), date.latest.toordinal()


class Numbered:
    """Values numbered in the order in which they first come; each is prepared once, however often it comes."""

    def __init__(self, prepare: Callable[[str], str]) -> None:
        self._prepare = prepare
        self._raw: dict[str, int] = {}
        self._codes: dict[str, int] = {}

    def add(self, raw: str) -> int:
        """Return the number of a value, new or known."""
        code = self._raw.get(raw)
        if code is None:
            code = self._raw[raw] = self._codes.setdefault(self._prepare(raw), len(self._codes))
        return code

    @property
    def values(self) -> list[str]:
        """The different values, prepared, by their numbers."""
        return [*self._codes]

    def code(self, prepared: str) -> int | None:
        """Return the number of a prepared value; None where nobody has it."""
        return self._codes.get(prepared)


class Texts:
    """Texts numbered as they come; all are folded into one when first something is looked for in any of them."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def add(self, raw: str) -> int:
        """Return the number of a text, new or known."""
        return self._codes.setdefault(raw, len(self._codes))

    def has(self, codes: Ints, phrases: Iterable[str]) -> Flags:
        """Return which of some numbered texts have one of the folded phrases; each different text is looked at once."""
        is_in = np.zeros(len(self._codes), np.bool_)
        for phrase in phrases:
            is_in[list(self._with(f" {phrase} "))] = True
        return is_in[codes]

    def is_blank(self, codes: Ints) -> Flags:
        """Return which of some numbered texts have no word at all."""
        _, starts = self._folded
        is_blank: Flags = np.diff(starts) == len(_BLANK)
        return is_blank[codes]

    def _with(self, padded: str) -> Iterator[int]:
        folded, starts = self._folded
        at = folded.find(padded)
        while at >= 0:
            code = bisect_right(starts, at) - 1
            yield code
            at = folded.find(padded, starts[code + 1])

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        """The folded words of all texts, one after the other, and where each begins, with the end of the last."""
        parts = [f" {words_of(raw)} \n" for raw in self._codes]
        return "".join(parts), [0, *accumulate(map(len, parts))]


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


@attrs.frozen(kw_only=True)
class LevelIndex:
    """Skills or languages: for each name the persons who have it, and at which rank.

    Attributes:
        names: the different names.
        begins: where the entries of each name begin, with the end of the last; shape (names + 1,).
        persons, ranks: of each entry; rank 0 where the level is not known. Shape (entries,).
        has_any: which persons list any at all.

    """

    names: Numbered
    begins: Ints
    persons: Ints
    ranks: Ints
    has_any: Flags

    @classmethod
    def of(cls, listed: Sequence[Iterable[tuple[str, int | None]]], prepare: Callable[[str], str]) -> LevelIndex:
        """Take each person's (name, rank) pairs."""
        names = Numbered(prepare)
        flat = [(names.add(name), who, rank or 0) for who, items in enumerate(listed) for name, rank in items]
        entries = np.array(flat, np.int64).reshape(-1, 3)
        entries = entries[np.argsort(entries[:, 0], kind="stable")]
        has_any = np.zeros(len(listed), np.bool_)
        has_any[entries[:, 1]] = True
        return cls(
            names=names,
            begins=np.searchsorted(entries[:, 0], np.arange(len(names.values) + 1)),
            persons=np.ascontiguousarray(entries[:, 1]),
            ranks=np.ascontiguousarray(entries[:, 2]),
            has_any=has_any,
        )

    def unlisted(self, *, is_all: bool) -> Ints:
        """Return the shares of what none of them lists; *is_all* is whether the lists are complete."""
        return np.where(self.has_any, 0 if is_all else UNLIKELY, UNKNOWN)

    def entries(self, codes: Iterable[int]) -> tuple[Ints, Ints]:
        """Return the persons and ranks of the entries of some names."""
        parts = [slice(int(self.begins[code]), int(self.begins[code + 1])) for code in codes]
        if not parts:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return np.concatenate([self.persons[one] for one in parts]), np.concatenate([self.ranks[one] for one in parts])


@attrs.frozen(kw_only=True)
class Areas:
    """Where people live; shape (areas,)."""

    persons: Ints
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    cities: Ints
    countries: Ints
    towns: Numbered
    lands: Numbered

    @classmethod
    def of(cls, applicants: Sequence[Applicant]) -> Areas:
        """Take them all."""
        towns, lands = Numbered(city_key), Numbered(country_key)
        flat = [(who, area) for who, one in enumerate(applicants) for area in one.areas]
        points = [
            (area.latitude, area.longitude)
            if area.latitude is not None and area.longitude is not None
            else (np.nan, np.nan)
            for _, area in flat
        ]
        degrees = np.array(points, np.float64).reshape(-1, 2)
        return cls(
            persons=_ints(who for who, _ in flat),
            latitudes=degrees[:, 0],
            longitudes=degrees[:, 1],
            cities=_ints(towns.add(area.city) for _, area in flat),
            countries=_ints(lands.add(area.country) for _, area in flat),
            towns=towns,
            lands=lands,
        )

    def in_cities(self, wanted: Iterable[str]) -> tuple[Flags, Flags]:
        """Return which areas lie in one of some cities, and of which it is not known."""
        return _one_of(self.cities, self.towns, map(city_key, wanted))

    def in_countries(self, wanted: Iterable[str]) -> tuple[Flags, Flags]:
        """Return which areas lie in one of some countries, and of which it is not known."""
        return _one_of(self.countries, self.lands, map(country_key, wanted))


def _one_of(codes: Ints, numbered: Numbered, wanted: Iterable[str]) -> tuple[Flags, Flags]:
    known = [code for word in wanted if (code := numbered.code(word)) is not None]
    empty = numbered.code("")
    return np.isin(codes, known), codes == (-1 if empty is None else empty)


@attrs.frozen(kw_only=True)
class Pay:
    """What people expect to earn; shape (persons,). Amounts are NaN where none was told."""

    kinds: Ints
    """Number of the currency and the period; -1 where nothing is told."""
    numbers: dict[tuple[str, str], int]
    minima: NDArray[np.float64]
    maxima: NDArray[np.float64]
    exact: Sequence[tuple[Decimal | None, Decimal | None]]

    @classmethod
    def of(cls, applicants: Sequence[Applicant]) -> Pay:
        """Take them all."""
        numbers: dict[tuple[str, str], int] = {}
        told = [one.salary for one in applicants]
        exact = [(None, None) if pay is None else (pay.minimum, pay.maximum) for pay in told]
        amounts = [[np.nan if amount is None else float(amount) for amount in pair] for pair in exact]
        both = np.array(amounts, np.float64).reshape(-1, 2)
        kinds = _ints(
            -1 if pay is None else numbers.setdefault((pay.currency, pay.period.value), len(numbers)) for pay in told
        )
        return cls(kinds=kinds, numbers=numbers, minima=both[:, 0], maxima=both[:, 1], exact=exact)


@attrs.frozen(kw_only=True)
class Starts:
    """When people could start: the first and the last day that it can mean; shape (persons,)."""

    earliest: Ints
    latest: Ints

    @classmethod
    def of(cls, dates: Iterable[PartialDate | None]) -> Starts:
        """Take them all; `NEVER` where nobody told."""
        table = np.array([(NEVER, NEVER) if day is None else _days(day) for day in dates], np.int64).reshape(-1, 2)
        return cls(earliest=table[:, 0], latest=table[:, 1])


@attrs.frozen(kw_only=True)
class Studies:
    """Courses of study; shape (courses,)."""

    persons: Ints
    ranks_least: Ints
    """The least and the most that the degree can be; 0 and more than any where nobody knows."""
    ranks_most: Ints
    ended_first: Ints
    """The first and the last day that the end can mean; 0 where nobody told, `NEVER` while it lasts."""
    ended_last: Ints
    subjects: Ints
    degrees: Ints
    words: Texts

    @classmethod
    def of(cls, applicants: Sequence[Applicant]) -> Studies:
        """Take them all."""
        words, levels = Texts(), Numbered(_degree_ranks)
        flat = [(who, course) for who, one in enumerate(applicants) for course in one.educations]
        codes = _ints(levels.add(course.degree) for _, course in flat)
        ranks = np.array([tuple(map(int, one.split())) for one in levels.values], np.int64).reshape(-1, 2)
        ended = np.array([_over(course) for _, course in flat], np.int64).reshape(-1, 2)
        return cls(
            persons=_ints(who for who, _ in flat),
            ranks_least=ranks[codes, 0],
            ranks_most=ranks[codes, 1],
            ended_first=ended[:, 0],
            ended_last=ended[:, 1],
            subjects=_ints(words.add(course.subject) for _, course in flat),
            degrees=_ints(words.add(course.degree) for _, course in flat),
            words=words,
        )


def _over(course: Education) -> tuple[int, int]:
    if course.is_current:
        return NEVER, NEVER
    return (0, 0) if course.ended is None else _days(course.ended)


def _degree_ranks(degree: str) -> str:
    span = degree_span(degree)
    return f"0 {len(DEGREE_RANKS) + 1}" if span is None else " ".join(str(DEGREE_RANKS[level]) for level in span)


@attrs.frozen(kw_only=True)
class Work:
    """Employments; shape (employments,). Days are ordinals."""

    persons: Ints
    started_first: Ints
    """The first day that the start can mean; -1 where nobody told."""
    started_last: Ints
    ended_first: Ints
    """The day after the first that the end can mean; `NEVER` while it lasts, 0 where nobody told."""
    ended_last: Ints
    titles: Ints
    summaries: Ints
    words: Texts

    @classmethod
    def of(cls, applicants: Sequence[Applicant]) -> Work:
        """Take them all."""
        words = Texts()
        flat = [(who, job) for who, one in enumerate(applicants) for job in one.employments]
        days = [
            (
                *((-1, -1) if job.started is None else _days(job.started)),
                *(((NEVER if job.is_current else 0) - 1, NEVER - 1) if job.ended is None else _days(job.ended)),
            )
            for _, job in flat
        ]
        table = np.array(days, np.int64).reshape(-1, 4)
        return cls(
            persons=_ints(who for who, _ in flat),
            started_first=table[:, 0],
            started_last=table[:, 1],
            ended_first=table[:, 2] + 1,
            ended_last=table[:, 3] + 1,
            titles=_ints(words.add(job.title) for _, job in flat),
            summaries=_ints(words.add(job.summary) for _, job in flat),
            words=words,
        )

    def naming(self, phrases: Iterable[str], *, summaries: bool = False) -> Ints:
        """Return the employments whose title, or summary too, has one of some folded phrases."""
        called = tuple(phrases)
        is_named = self.words.has(self.titles, called)
        return np.flatnonzero(is_named | self.words.has(self.summaries, called) if summaries else is_named)

    def spans(self, which: Ints, *, until: int) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """Return the begins and ends that are certain, and those that are possible, of some employments."""
        sure_end = np.minimum(self.ended_first[which], until)
        may_end = np.minimum(self.ended_last[which], until)
        first, last = self.started_first[which], self.started_last[which]
        is_told = first >= 0
        sure = np.where(is_told, last, sure_end)
        may = np.where(is_told, first, may_end - LONGEST_DAYS)
        return (sure, np.maximum(sure_end, sure)), (may, np.maximum(may_end, may))
