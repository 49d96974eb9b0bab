"""Applicants and rules of every sort, for the tests of screening and recommending."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from crmcore.hiring.screening.applicant import Applicant
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model import Candidate, ContactRecord, CustomField, Education, Employment, Language, PostalAddress, Skill
from crmcore.model.hiring import Band
from crmcore.model.hiring.criteria import (
    AvailabilityCriterion,
    DegreeCriterion,
    ExperienceCriterion,
    LanguageCriterion,
    PayCriterion,
    PlaceCriterion,
    QuestionCriterion,
    SkillCriterion,
)
from crmcore.model.hiring.screening import ScreeningRules
from crmcore.model.money import SalaryExpectation
from crmcore.query import F

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERMIT = CustomField(id="f-1", key="work_permit", label="Work permit")

SKILLS = ("Python", "python ", "SQL", "Go", "golang", "Data Engineering", "data-engineering", "C++")
LANGUAGES = ("de", "de-AT", "en", "nl", "de-CH-1996", "Swiss German", "Elvish")
LEVELS = (None, "beginner", "intermediate", "advanced", "expert")
CEFR = (None, "a1", "a2", "b1", "b2", "c1", "c2", "native")
TITLES = (
    "",
    "Py\x07thon\nIngénieur",
    "Data Engineer",
    "Senior data-engineer (m/f)",
    "Go developer",
    "C/C++ developer",
    ".",
    "Cook",
    "Python trainer",
)
POINTS = ((52.09, 5.12), (52.37, 4.90), (48.14, 11.58), (-33.9, 151.2), None)
WORDS = ("", "Utrecht", "utrecht", "München", "Munich", "Sydney")
DEGREES = ("", "MSc", "B.A.", "PhD", "Nanodegree", "Licenciatura", "HND")
SUBJECTS = ("", "Computer Science", "History", "computer-science & law")
AMOUNTS = (None, "40000", "79999.99", "80000", "80000.00000000000000000001", "120000")

years = st.integers(2015, 2027)
dates = st.one_of(
    st.none(),
    st.builds(PartialDate, years),
    st.builds(PartialDate, years, st.integers(1, 12)),
    st.builds(PartialDate, years, st.integers(1, 12), st.integers(1, 28)),
)


@st.composite
def periods(draw) -> dict:
    """A beginning and an end that do not contradict each other."""
    started, ended = draw(dates), draw(dates)
    if started and ended and ended.before(started):
        started, ended = ended, started
    return {"started": started, "ended": ended, "is_current": ended is None and draw(st.booleans())}


@st.composite
def people(draw) -> Applicant:
    """Any applicant, made from records."""
    skills = {Skill(name=name.strip()).key: name for name in draw(st.lists(st.sampled_from(SKILLS), max_size=4))}
    languages = draw(st.lists(st.sampled_from(LANGUAGES), unique=True, max_size=3))
    amounts = draw(st.tuples(*[st.sampled_from(AMOUNTS)] * 2))
    low, high = sorted(amounts, key=lambda one: Decimal(one or 0)) if None not in amounts else amounts
    contact = ContactRecord(
        id="c-1",
        skills=tuple(Skill(name=name.strip(), level=draw(st.sampled_from(LEVELS))) for name in skills.values()),
        languages=tuple(
            Language(
                **({"tag": tag} if tag.islower() or "-" in tag else {"name": tag}), level=draw(st.sampled_from(CEFR))
            )
            for tag in languages
        ),
        employments=tuple(
            Employment(
                company=f"company {number}",
                title=draw(st.sampled_from(TITLES)),
                summary=draw(st.sampled_from(TITLES)),
                **draw(periods()),
            )
            for number in range(draw(st.integers(0, 3)))
        ),
        educations=tuple(
            Education(
                institution=f"school {number}",
                degree=draw(st.sampled_from(DEGREES)),
                subject=draw(st.sampled_from(SUBJECTS)),
                **draw(periods()),
            )
            for number in range(draw(st.integers(0, 2)))
        ),
        addresses=tuple(
            PostalAddress(
                raw=f"street {number}",
                normal=f"street {number}",
                city=draw(st.sampled_from(WORDS)),
                country=draw(st.sampled_from(("", "NL", "de", "Nederland", "Utopia"))),
                **dict(zip(("latitude", "longitude"), point or (None, None), strict=True)),
            )
            for number, point in enumerate(draw(st.lists(st.sampled_from(POINTS), max_size=2)))
        ),
        salary=None
        if low is high is None
        else SalaryExpectation(
            minimum=low,
            maximum=high,
            currency=draw(st.sampled_from(("EUR", "USD"))),
            period=draw(st.sampled_from(("year", "month"))),
        ),
        custom=draw(st.sampled_from(({}, {"work_permit": "eu"}, {"work_permit": "none"}))),
    )
    candidate = Candidate(
        id="k-1",
        contact="c-1",
        availability=draw(st.sampled_from(("unknown", "looking", "not_looking", "placed"))),
        available_from=draw(dates),
        may_relocate=draw(st.sampled_from((None, True, False))),
        is_remote_wanted=draw(st.sampled_from((None, True, False))),
    )
    return Applicant.of(contact, draw(st.sampled_from((None, candidate))))


def criteria() -> st.SearchStrategy:
    """Any criterion, without its key."""
    weighed = {"weight": st.integers(1, 9), "importance": st.sampled_from(("must", "nice")), "key": st.just("x")}
    numbers = st.sampled_from((None, Decimal(1), Decimal("2.5"), Decimal(5)))
    called = st.lists(st.sampled_from(("deutsch", "golang", "python")), max_size=1)
    return st.one_of(
        st.builds(
            SkillCriterion,
            name=st.sampled_from(SKILLS),
            also_called=called,
            level=st.sampled_from(LEVELS),
            years=numbers,
            is_list_complete=st.booleans(),
            **weighed,
        ),
        st.builds(
            LanguageCriterion,
            language=st.sampled_from(LANGUAGES[:5]),
            also_called=called,
            level=st.sampled_from(CEFR[:-1]),
            is_list_complete=st.booleans(),
            **weighed,
        ),
        st.builds(
            PlaceCriterion,
            latitude=st.just(52.09),
            longitude=st.just(5.12),
            km=st.sampled_from((1.0, 50.0, 20_000.0)),
            cities=st.lists(st.sampled_from(WORDS[1:]), max_size=2),
            countries=st.lists(st.sampled_from(("NL", "DE", "Netherlands", "utopia")), max_size=1),
            or_relocates=st.booleans(),
            or_remote=st.booleans(),
            **weighed,
        ),
        st.builds(PlaceCriterion, cities=st.just(("utrecht",)), **weighed),
        st.builds(PayCriterion, band=st.just(Band.of("EUR", 50_000, 80_000)), **weighed),
        st.builds(AvailabilityCriterion, by=st.sampled_from((date(2024, 6, 1), date(2026, 6, 1))), **weighed),
        st.builds(
            DegreeCriterion,
            level=st.sampled_from(("bachelor", "master")),
            subjects=st.lists(st.sampled_from(("computer science", "law")), max_size=1),
            **weighed,
        ),
        st.builds(DegreeCriterion, subjects=st.just(("history",)), **weighed),
        st.builds(
            ExperienceCriterion,
            years=numbers.filter(bool),
            titles=st.lists(st.sampled_from(("data engineer", "cook")), max_size=1),
            **weighed,
        ),
        st.builds(
            QuestionCriterion,
            where=st.sampled_from(
                (
                    F["custom.work_permit"] == "eu",
                    F.skills.any(name="sql", level__ge=2) | (F.country == "NL"),
                    ~F.language.is_known() & (F.may_relocate == True),  # noqa: E712
                )
            ),
            **weighed,
        ),
    )


@st.composite
def rules(draw) -> ScreeningRules:
    """Any rules."""
    asked = draw(st.lists(criteria(), min_size=1, max_size=5))
    reject, advance = sorted(draw(st.tuples(*[st.integers(0, 100)] * 2)))
    return ScreeningRules(
        id="r-1",
        name="Any",
        criteria=[one.evolve(key=f"k{number}") for number, one in enumerate(asked)],
        unknown_counts=draw(st.sampled_from((0, 3_333, 5_000, 10_000))),
        reject_below=reject,
        advance_at=advance,
    )
