"""One criterion held against one applicant: what share of it is met, or that nobody knows, and what was seen.

The twin over columns is `crmcore.hiring.recommending.columns`; a test holds the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import attrs

from crmcore.hiring.screening._keys import city_key, country_key, skill_key
from crmcore.hiring.screening._languages import speaks, speaks_wider
from crmcore.hiring.screening.applicant import NOT_LOOKING
from crmcore.hiring.screening.experience import days_worked, is_named, words_of
from crmcore.hygiene.folding import fold_words
from crmcore.model.hiring.criteria import (
    AvailabilityCriterion,
    DegreeCriterion,
    ExperienceCriterion,
    LanguageCriterion,
    PayCriterion,
    PlaceCriterion,
    QuestionCriterion,
    ScreeningCriterion,
    SkillCriterion,
    days_in,
)
from crmcore.model.hiring.degrees import DEGREE_RANKS, degree_span
from crmcore.model.hiring.screening import FULL
from crmcore.query.spheres import is_near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from crmcore.hiring.screening.applicant import Applicant, Area
    from crmcore.model.career import Education, Employment

__all__ = ["Judged", "Observed", "answer_of", "graded", "judged", "least", "phrases"]


@attrs.frozen
class Observed:
    """One value that a finding rests on: the path of the field, as in the contact, and what stood there.

    >>> print(Observed("skills/python", "python, expert", ("cv.pdf",)))
    skills/python: python, expert (cv.pdf)
    """

    field: str
    value: str
    sources: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.field}: {self.value}" + (f" ({', '.join(self.sources)})" if self.sources else "")


@attrs.frozen
class Judged:
    """How much of a criterion is met.

    Attributes:
        share: parts of 10,000; None where it is not known.
        seen: what it was judged by.
        is_unlikely: whether it is not known and others of its sort are; then it counts nothing when people are ranked.

    """

    share: int | None
    seen: tuple[Observed, ...] = ()
    is_unlikely: bool = False


def judged(
    criterion: ScreeningCriterion, applicant: Applicant, *, on: date, ask: Callable[[QuestionCriterion], Judged]
) -> Judged:
    """Hold a criterion against an applicant, as of a day; *ask* answers those that are questions."""
    match criterion:
        case SkillCriterion():
            return _skill(criterion, applicant, on)
        case LanguageCriterion():
            return _language(criterion, applicant)
        case PlaceCriterion():
            return _place(criterion, applicant)
        case PayCriterion():
            return _pay(criterion, applicant)
        case AvailabilityCriterion():
            return _available(criterion, applicant)
        case DegreeCriterion():
            return _degree(criterion, applicant.educations, on)
        case ExperienceCriterion():
            return _experience(criterion, applicant, on)
        case QuestionCriterion():
            return ask(criterion)
        case _:
            assert_never(criterion)


def graded(rank: int, ranks: Iterable[int | None]) -> int | None:
    """Return the share of a level that the highest of some ranks reaches, at least one of which there is.

    One that reaches it settles it; else one that is not known leaves it open.

    >>> graded(3, [1, 3]), graded(3, [1, 2]), graded(3, [1, None]), graded(0, [None])
    (10000, 6666, None, 10000)
    """
    known = list(ranks)
    best = max((one for one in known if one is not None), default=0)
    if best >= rank:
        return FULL
    return None if None in known else FULL * best // rank


def years_share(needed: int, sure: int, possible: int) -> int | None:
    """Return the share of some days that are reached, given how many are certain and how many possible.

    >>> years_share(100, 100, 150), years_share(100, 50, 150), years_share(100, 50, 80)
    (10000, None, 8000)
    """
    if sure >= needed:
        return FULL
    return None if possible >= needed else FULL * possible // needed


def least(*shares: int | None) -> int | None:
    """Return the least of what is met; what falls short settles it, else what is not known leaves it open.

    >>> least(6_000, 8_000), least(6_000, None), least(FULL, None)
    (6000, 6000, None)
    """
    short = min((share for share in shares if share is not None), default=FULL)
    return short if short < FULL or None not in shares else None


def answer_of(answers: Iterable[bool | None]) -> bool | None:
    """Return Kleene's Or: one that is true settles it, else one that is not known leaves it open."""
    held = list(answers)
    return True if True in held else None if None in held else False


def phrases(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as folded words, each once, none of them empty."""
    return tuple(dict.fromkeys(filter(None, map(words_of, names))))


def _of(answer: bool | None) -> int | None:
    return None if answer is None else FULL if answer else 0


def _skill(criterion: SkillCriterion, applicant: Applicant, on: date) -> Judged:
    names = (criterion.name, *criterion.also_called)
    keys, called = {skill_key(name) for name in names}, phrases(names)
    held = [skill for skill in applicant.skills if skill_key(skill.name) in keys]
    practised = [one for one in applicant.employments if is_named(called, one.title, one.summary)]
    if not held and not practised:
        return _unlisted("skills", [skill.name for skill in applicant.skills], is_all=criterion.is_list_complete)
    seen = [Observed(f"skills/{skill.key}", _levelled(skill.name, skill.level)) for skill in held]
    share = graded(criterion.rank, (skill.rank for skill in held)) if held else None
    if criterion.years is None:
        return Judged(share, (*seen, *(() if held else map(_worked, practised))))
    sure, _ = days_worked(practised, until=on)
    _, possible = days_worked(applicant.employments, until=on)
    years = years_share(days_in(criterion.years), sure, possible) if applicant.employments else None
    return Judged(least(share, years), (*seen, *map(_worked, practised)))


def _language(criterion: LanguageCriterion, applicant: Applicant) -> Judged:
    names = set(map(fold_words, criterion.also_called))
    held = [one for one in applicant.languages if speaks(criterion.language, names, one.key)]
    wider = [] if held else [one for one in applicant.languages if speaks_wider(criterion.language, one.key)]
    if not held and not wider:
        return _unlisted("languages", [one.key for one in applicant.languages], is_all=criterion.is_list_complete)
    seen = tuple(Observed(f"languages/{one.key}", _levelled(one.key, one.level)) for one in held or wider)
    share = graded(criterion.rank, (one.rank for one in held or wider))
    return Judged(share if held else least(share, None), seen)


def _unlisted(field: str, listed: Sequence[str], *, is_all: bool) -> Judged:
    """Judge what is not in a list: nobody lists all, so that it fails only where the list is said to be complete."""
    if not listed:
        return Judged(None)
    seen = (Observed(field, f"not among {', '.join(listed[:10])}"),)
    return Judged(0, seen) if is_all else Judged(None, seen, is_unlikely=True)


def _levelled(name: str, level: object) -> str:
    return f"{name}, {level or 'level not known'}"


def _place(criterion: PlaceCriterion, applicant: Applicant) -> Judged:
    cities, countries = {city_key(one) for one in criterion.cities}, {country_key(one) for one in criterion.countries}
    answers = [_lies_in(criterion, area, cities, countries) for area in applicant.areas] or [None]
    seen = [Observed("addresses", _where(area)) for area in applicant.areas]
    for allowed, field in ((criterion.or_relocates, "may_relocate"), (criterion.or_remote, "is_remote_wanted")):
        if allowed:
            wish: bool | None = getattr(applicant, field)
            answers.append(wish)
            seen += [] if wish is None else [Observed(field, "yes" if wish else "no")]
    return Judged(_of(answer_of(answers)), tuple(seen))


def _lies_in(criterion: PlaceCriterion, area: Area, cities: set[str], countries: set[str]) -> bool | None:
    answers: list[bool | None] = []
    if criterion.point is not None and criterion.km is not None:
        known = area.latitude is not None and area.longitude is not None
        here = (area.latitude or 0.0, area.longitude or 0.0)
        answers.append(is_near(here, criterion.point, km=criterion.km) if known else None)
    for wanted, key in ((cities, city_key(area.city)), (countries, country_key(area.country))):
        if wanted:
            answers.append(key in wanted if key else None)
    return answer_of(answers)


def _where(area: Area) -> str:
    point = "" if area.latitude is None or area.longitude is None else f"{area.latitude:.2f}, {area.longitude:.2f}"
    return "; ".join(filter(None, (area.city, area.region, area.country, point))) or "nothing known"


def _pay(criterion: PayCriterion, applicant: Applicant) -> Judged:
    pay, band = applicant.salary, criterion.band
    if pay is None:
        return Judged(None)
    range_ = " to ".join("?" if amount is None else f"{amount:f}" for amount in (pay.minimum, pay.maximum))
    seen = (Observed("salary", f"{range_} {pay.currency} a {pay.period.value}"),)
    if (pay.currency, pay.period) != (band.currency, band.period):
        return Judged(None, seen)
    if pay.minimum is not None:
        return Judged(FULL if pay.minimum <= band.maximum else 0, seen)
    fits = pay.maximum is not None and pay.maximum <= band.maximum
    return Judged(FULL if fits else None, seen)


def _available(criterion: AvailabilityCriterion, applicant: Applicant) -> Judged:
    if applicant.availability in NOT_LOOKING:
        return Judged(0, (Observed("availability", applicant.availability.value),))
    begins = applicant.available_from
    if begins is None:
        return Judged(None)
    seen = (Observed("available_from", str(begins)),)
    if begins.latest <= criterion.by:
        return Judged(FULL, seen)
    return Judged(0 if begins.earliest > criterion.by else None, seen)


def _degree(criterion: DegreeCriterion, educations: Sequence[Education], on: date) -> Judged:
    if not educations:
        return Judged(None)
    wanted = phrases(criterion.subjects)
    rank = DEGREE_RANKS[criterion.level] if criterion.level else 0
    answer = answer_of(_is_degree(one, rank, wanted, on) for one in educations)
    shown = (", ".join(filter(None, (one.degree, one.subject, one.institution))) for one in educations)
    seen = [Observed(f"educations/{one.key}", text) for one, text in zip(educations, shown, strict=True)]
    return Judged(_of(answer), tuple(seen))


def _is_degree(one: Education, rank: int, wanted: tuple[str, ...], on: date) -> bool | None:
    reaches = _reaches(one.degree, rank)
    is_named_so = not wanted or is_named(wanted, one.subject, one.degree)
    is_subject = True if is_named_so else False if words_of(one.subject) else None
    answers = (_is_finished(one, on), reaches, is_subject)
    return False if False in answers else None if None in answers else True


def _reaches(degree: str, rank: int) -> bool | None:
    span = degree_span(degree)
    if rank == 0 or (span is not None and DEGREE_RANKS[span[0]] >= rank):
        return True
    return None if span is None or DEGREE_RANKS[span[1]] >= rank else False


def _is_finished(one: Education, on: date) -> bool | None:
    """Say whether a course was over by a day: one without an end is, one that ends some time in that year may be."""
    if one.is_current:
        return False
    if one.ended is None or one.ended.latest <= on:
        return True
    return False if one.ended.earliest > on else None


def _experience(criterion: ExperienceCriterion, applicant: Applicant, on: date) -> Judged:
    if not applicant.employments:
        return Judged(None)
    wanted = phrases(criterion.titles)
    fit = [one for one in applicant.employments if not wanted or is_named(wanted, one.title)]
    untold = [one for one in applicant.employments if wanted and not words_of(one.title)]
    sure, _ = days_worked(fit, until=on)
    _, possible = days_worked([*fit, *untold], until=on)
    seen = tuple(map(_worked, fit)) or (Observed("employments", f"not among {_titles(applicant.employments)}"),)
    return Judged(years_share(days_in(criterion.years), sure, possible), seen)


def _titles(employments: Sequence[Employment]) -> str:
    return ", ".join(one.title or "?" for one in employments[:10])


def _worked(one: Employment) -> Observed:
    years = f"{one.started or '?'} to {'now' if one.is_current else one.ended or '?'}"
    return Observed(f"employments/{one.key}", f"{one.title or '?'}, {one.company or '?'}, {years}")
