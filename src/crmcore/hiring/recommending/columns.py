"""Criteria held against many applicants at once: the twin of `crmcore.hiring.screening.judging`, over arrays."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from crmcore import _given
from crmcore.errors import InputError, NotFound
from crmcore.hiring.recommending.features import NEVER, Areas, LevelIndex, Pay, Starts, Studies, Work
from crmcore.hiring.recommending.kernels import covered, distances_km, marked
from crmcore.hiring.recommending.ranking import UNKNOWN, ScoreColumns, summed
from crmcore.hiring.screening._keys import skill_key
from crmcore.hiring.screening._languages import speaks, speaks_wider
from crmcore.hiring.screening.applicant import NOT_LOOKING, Applicant
from crmcore.hiring.screening.judging import phrases
from crmcore.hiring.screening.screener import Screener
from crmcore.hygiene.folding import fold_words
from crmcore.model.custom import CustomField
from crmcore.model.hiring.criteria import (
    AvailabilityCriterion,
    DegreeCriterion,
    ExperienceCriterion,
    LanguageCriterion,
    PayCriterion,
    PlaceCriterion,
    QuestionCriterion,
    SkillCriterion,
    days_in,
)
from crmcore.model.hiring.degrees import DEGREE_RANKS
from crmcore.model.hiring.screening import FULL
from crmcore.query.columns.masks import masks
from crmcore.query.columns.table import Table
from crmcore.query.moments import in_utc
from crmcore.query.spheres import is_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from crmcore.hiring.recommending.kernels import Flags, Ints
    from crmcore.hiring.screening.screener import Screening
    from crmcore.model.hiring.criteria import ScreeningCriterion
    from crmcore.model.hiring.screening import ScreeningRules
    from crmcore.query.tree import Expression

__all__ = ["ApplicantColumns", "criterion_key"]

_HAIR_KM = 1e-6
"""Distances closer to the radius than this are judged one by one, as for one applicant."""
_HAIR_PAY = 1e-9
MOST_KEPT = 64
"""Criteria whose shares are kept: 800 kB each for a hundred thousand people."""


def criterion_key(criterion: ScreeningCriterion) -> str:
    """Return what two criteria have in common that ask the same, whatever they weigh and are called."""
    return criterion.model_dump_json(exclude={"key", "label", "importance", "weight"})


class ApplicantColumns:
    """Many applicants, held by columns; a column is made when a criterion first looks at it, and kept.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Skill
    >>> from crmcore.model.hiring.screening import ScreeningRules
    >>> levels = ("beginner", "expert", "expert")
    >>> people = [Applicant(id=f"c-{n}", skills=(Skill(name="sql", level=one),)) for n, one in enumerate(levels)]
    >>> expert = SkillCriterion(key="sql", name="SQL", level="expert")
    >>> rules = ScreeningRules(id="r-1", name="Analyst", criteria=[expert])
    >>> scores = ApplicantColumns(people).scores(rules, at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> scores.value.tolist(), [one.id for one in scores.top(2)]
    ([2500, 10000, 10000], ['c-1', 'c-2'])
    """

    def __init__(self, applicants: Iterable[Applicant], *, custom_fields: Iterable[CustomField] = ()) -> None:
        """Take applicants.

        Args:
            applicants: each id once.
            custom_fields: the definitions that questions may name.

        Raises:
            InputError: two applicants have one id.

        """
        self.applicants: Sequence[Applicant] = _given.several(applicants, Applicant, "applicants")
        self.ids = tuple(one.id for one in self.applicants)
        if len(set(self.ids)) < len(self.ids):
            (twice, _), *_ = Counter(self.ids).most_common(1)
            raise InputError(f"applicant {twice!r} is there twice; screening ranks each person once")
        self._custom_fields = _given.several(custom_fields, CustomField, "custom_fields")
        self._kept: dict[tuple[str, Any], Ints] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<ApplicantColumns of {len(self):,}>"

    def scores(self, rules: ScreeningRules, *, at: datetime) -> ScoreColumns:
        """Return what the rules say of everybody: the same numbers as :class:`Screener` gives for each.

        Raises:
            LawBroken: a criterion asks for what the law protects.
            InputError: a question cannot be asked of an applicant, or *at* has no time zone.

        """
        at = in_utc(at)
        screener = Screener(rules, at=at, custom_fields=self._custom_fields)
        shares = [self.shares(one, at=at, question=screener.questions.get(one.key)) for one in rules.criteria]
        return summed(self.ids, self._order, shares, rules=rules)

    def explained(self, who: str, rules: ScreeningRules, *, at: datetime) -> Screening:
        """Return why one of them has the score that they have.

        Raises:
            NotFound: there is nobody of that id here.

        """
        at = in_utc(at)
        if who not in self._rows:
            raise NotFound("applicant", who)
        screener = Screener(rules, at=at, custom_fields=self._custom_fields)
        return screener.screen(self.applicants[self._rows[who]])

    def shares(self, criterion: ScreeningCriterion, *, at: datetime, question: Expression | None = None) -> Ints:
        """Return the share of one criterion for everybody, in parts of 10,000; less than 0 is not known.

        Args:
            criterion: which.
            at: as of when.
            question: the one of a `QuestionCriterion`, checked and resolved at that instant.

        """
        at = in_utc(at)
        key = criterion_key(criterion), at if question is not None else at.date()
        if key not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = self._judged(criterion, at.date(), question)
        return self._kept[key]

    def _judged(self, criterion: ScreeningCriterion, on: date, question: Expression | None) -> Ints:
        match criterion:
            case SkillCriterion():
                return self._skill(criterion, on)
            case LanguageCriterion():
                return self._language(criterion)
            case PlaceCriterion():
                return self._place(criterion)
            case PayCriterion():
                return self._paid(criterion)
            case AvailabilityCriterion():
                return self._available(criterion)
            case DegreeCriterion():
                return self._degree(criterion, on)
            case ExperienceCriterion():
                return self._experienced(criterion, on)
            case QuestionCriterion():
                assert question is not None  # noqa: S101 - the screener has put it
                return _of(*masks(question, self._table))
            case _:
                assert_never(criterion)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {who: row for row, who in enumerate(self.ids)}

    @cached_property
    def _order(self) -> Ints:
        """The place of each id among all, by which equals are put in order."""
        order = np.empty(len(self.ids), np.int64)
        order[sorted(range(len(self.ids)), key=self.ids.__getitem__)] = np.arange(len(self.ids))
        return order

    @cached_property
    def _skills(self) -> LevelIndex:
        return LevelIndex.of([[(skill.name, skill.rank) for skill in one.skills] for one in self.applicants], skill_key)

    @cached_property
    def _languages(self) -> LevelIndex:
        return LevelIndex.of([[(it.key, it.rank) for it in one.languages] for one in self.applicants], lambda key: key)

    @cached_property
    def _areas(self) -> Areas:
        return Areas.of(self.applicants)

    @cached_property
    def _pay(self) -> Pay:
        return Pay.of(self.applicants)

    @cached_property
    def _starts(self) -> Starts:
        return Starts.of(one.available_from for one in self.applicants)

    @cached_property
    def _is_gone(self) -> Flags:
        return np.array([one.availability in NOT_LOOKING for one in self.applicants], np.bool_)

    @cached_property
    def _studies(self) -> Studies:
        return Studies.of(self.applicants)

    @cached_property
    def _work(self) -> Work:
        return Work.of(self.applicants)

    @cached_property
    def _table(self) -> Table:
        askable = Applicant.askable_with(self._custom_fields)
        return Table.from_facts([askable.reading(one) for one in self.applicants], askable.subject)

    def _wish(self, field: str) -> tuple[Flags, Flags]:
        """Return who wishes it, and of whom it is not known."""
        wishes = [getattr(one, field) for one in self.applicants]
        return np.array([one is True for one in wishes], np.bool_), np.array([one is None for one in wishes], np.bool_)

    def _skill(self, criterion: SkillCriterion, on: date) -> Ints:
        names, skills, work = (criterion.name, *criterion.also_called), self._skills, self._work
        codes = [code for key in set(map(skill_key, names)) if (code := skills.names.code(key)) is not None]
        shares, held = self._graded(skills, codes, criterion.rank)
        practised = work.naming(phrases(names), summaries=True)
        if criterion.years is not None:
            sure, possible = self._worked(practised, np.arange(len(work.persons)), on)
            years = _years(days_in(criterion.years), sure, possible)
            years[~marked(work.persons, len(self))] = UNKNOWN
            shares = _least(shares, years)
        has_it = held | marked(work.persons[practised], len(self))
        return np.where(has_it, shares, skills.unlisted(is_all=criterion.is_list_complete))

    def _language(self, criterion: LanguageCriterion) -> Ints:
        names = set(map(fold_words, criterion.also_called))
        known = [*enumerate(self._languages.names.values)]
        codes = [code for code, key in known if speaks(criterion.language, names, key)]
        wider = [code for code, key in known if speaks_wider(criterion.language, key)]
        shares, held = self._graded(self._languages, codes, criterion.rank)
        perhaps, is_wider = self._graded(self._languages, wider, criterion.rank)
        open_ = _least(perhaps, np.full(len(self), UNKNOWN))
        unlisted = self._languages.unlisted(is_all=criterion.is_list_complete)
        return np.where(held, shares, np.where(is_wider, open_, unlisted))

    def _graded(self, ranked: LevelIndex, codes: Iterable[int], rank: int) -> tuple[Ints, Flags]:
        """Return the shares, not known of those who have none of the names, and who has one."""
        persons, ranks = ranked.entries(codes)
        held, is_open = marked(persons, len(self)), marked(persons[ranks == 0], len(self))
        best = np.zeros(len(self), np.int64)
        np.maximum.at(best, persons, ranks)
        shares = np.full(len(self), FULL, np.int64)
        if rank:
            shares = np.where(best >= rank, FULL, np.where(is_open, UNKNOWN, FULL * best // rank))
        shares[~held] = UNKNOWN
        return shares, held

    def _place(self, criterion: PlaceCriterion) -> Ints:
        areas, size = self._areas, len(self)
        is_there = np.zeros(len(areas.persons), np.bool_)
        is_open = is_there.copy()
        if criterion.point is not None and criterion.km is not None:
            is_there |= self._near(criterion.point, criterion.km)
            is_open |= np.isnan(areas.latitudes)
        for names, lie_in in ((criterion.cities, areas.in_cities), (criterion.countries, areas.in_countries)):
            if names:
                is_named, is_untold = lie_in(names)
                is_there |= is_named & ~is_untold
                is_open |= is_untold
        true = marked(areas.persons[is_there], size)
        unknown = marked(areas.persons[is_open & ~is_there], size) | ~marked(areas.persons, size)
        for is_enough, field in ((criterion.or_relocates, "may_relocate"), (criterion.or_remote, "is_remote_wanted")):
            if is_enough:
                wants, untold = self._wish(field)
                true, unknown = true | wants, unknown | untold
        return _of(true, ~true & ~unknown)

    def _near(self, point: tuple[float, float], km: float) -> Flags:
        areas = self._areas
        distances = distances_km(areas.latitudes, areas.longitudes, point)
        is_near_by = distances <= km
        for row in np.flatnonzero(np.abs(distances - km) <= _HAIR_KM).tolist():
            is_near_by[row] = is_near((float(areas.latitudes[row]), float(areas.longitudes[row])), point, km=km)
        return is_near_by

    def _paid(self, criterion: PayCriterion) -> Ints:
        pay, band = self._pay, criterion.band
        kind = pay.numbers.get((band.currency, band.period.value), UNKNOWN - 1)
        most = float(band.maximum)
        below, fits = pay.minima <= most, pay.maxima <= most
        near = np.minimum(np.abs(pay.minima - most), np.abs(pay.maxima - most)) <= _HAIR_PAY * max(1.0, most)
        near |= np.abs(pay.minima - most) <= _HAIR_PAY * max(1.0, most)
        near |= np.abs(pay.maxima - most) <= _HAIR_PAY * max(1.0, most)
        for row in np.flatnonzero(near).tolist():
            least, highest = pay.exact[row]
            below[row] = least is not None and least <= band.maximum
            fits[row] = highest is not None and highest <= band.maximum
        has_minimum, is_comparable = ~np.isnan(pay.minima), pay.kinds == kind
        true = is_comparable & np.where(has_minimum, below, fits)
        return _of(true, is_comparable & has_minimum & ~below)

    def _available(self, criterion: AvailabilityCriterion) -> Ints:
        by, starts = criterion.by.toordinal(), self._starts
        is_told = starts.earliest < NEVER
        gone = self._is_gone
        return _of((starts.latest <= by) & ~gone, gone | (is_told & (starts.earliest > by)))

    def _degree(self, criterion: DegreeCriterion, on: date) -> Ints:
        studies, size = self._studies, len(self)
        rank = DEGREE_RANKS[criterion.level] if criterion.level else 0
        wanted = phrases(criterion.subjects)
        is_done, is_not_done = studies.ended_last <= on.toordinal(), studies.ended_first > on.toordinal()
        reaches, reaches_open = studies.ranks_least >= rank, studies.ranks_most >= rank
        fits = np.full(len(is_done), fill_value=True)
        if wanted:
            fits = studies.words.has(studies.subjects, wanted) | studies.words.has(studies.degrees, wanted)
        fits_open = ~fits & studies.words.is_blank(studies.subjects)
        true = is_done & reaches & fits
        false = is_not_done | (~reaches & ~reaches_open) | (~fits & ~fits_open)
        is_met = marked(studies.persons[true], size)
        is_open = marked(studies.persons[~true & ~false], size) | ~marked(studies.persons, size)
        return _of(is_met, ~is_met & ~is_open)

    def _experienced(self, criterion: ExperienceCriterion, on: date) -> Ints:
        work, wanted = self._work, phrases(criterion.titles)
        every = np.arange(len(work.persons))
        fit = work.naming(wanted) if wanted else every
        may = np.union1d(fit, every[work.words.is_blank(work.titles)]) if wanted else every
        sure, possible = self._worked(fit, may, on)
        shares = _years(days_in(criterion.years), sure, possible)
        shares[~marked(work.persons, len(self))] = UNKNOWN
        return shares

    def _worked(self, sure: Ints, possible: Ints, on: date) -> tuple[Ints, Ints]:
        """Return for everybody the days certainly worked in some employments, and those possible in others."""
        work, until = self._work, on.toordinal()
        certain, _ = work.spans(sure, until=until)
        _, may = work.spans(possible, until=until)
        return (
            covered(work.persons[sure], *certain, size=len(self)),
            covered(work.persons[possible], *may, size=len(self)),
        )


def _of(true: Flags, false: Flags) -> Ints:
    return np.where(true, FULL, np.where(false, 0, UNKNOWN)).astype(np.int64)


def _least(one: Ints, other: Ints) -> Ints:
    """Return the least of two shares for each; what falls short settles it, else what is not known leaves it open."""
    short = np.minimum(np.where(one < 0, FULL, one), np.where(other < 0, FULL, other))
    return np.where((short == FULL) & ((one < 0) | (other < 0)), UNKNOWN, short)


def _years(needed: int, sure: Ints, possible: Ints) -> Ints:
    return np.where(sure >= needed, FULL, np.where(possible >= needed, UNKNOWN, FULL * possible // needed))
