"""The score over columns is the score of the explainable one, applicant by applicant, and the best are in order."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError, LawBroken, NotFound
from crmcore.hiring.recommending import ApplicantColumns, RuleColumns
from crmcore.hiring.recommending.kernels import covered, distances_km
from crmcore.hiring.screening import (
    Applicant,
    ExperienceCriterion,
    PlaceCriterion,
    QuestionCriterion,
    Screener,
    ScreeningRules,
)
from crmcore.hiring.screening.experience import _covered
from crmcore.model import Skill
from crmcore.model.hiring.criteria import SkillCriterion
from crmcore.query import F
from crmcore.query.spheres import distance_km
from tests.hiring.screening.applicants import AT, PERMIT, people, rules


def numbered(applicants: list[Applicant]) -> list[Applicant]:
    """Give each its own id, in an order that is not that of the list."""
    return [one.evolve(id=f"c-{(number * 7) % 10}-{number}") for number, one in enumerate(applicants)]


@settings(max_examples=80, deadline=None)
@given(st.lists(people(), min_size=1, max_size=6), rules())
def test_columns_say_what_is_said_of_each(applicants, asked):
    """Low, value, high and the proposal, of every applicant."""
    applicants = numbered(applicants)
    screener = Screener(asked, at=AT, custom_fields=[PERMIT])
    by_row = [screener.screen(one) for one in applicants]
    scores = ApplicantColumns(applicants, custom_fields=[PERMIT]).scores(asked, at=AT)

    assert [one.low for one in by_row] == scores.low.tolist()
    assert [one.value for one in by_row] == scores.value.tolist()
    assert [one.high for one in by_row] == scores.high.tolist()
    assert [one.proposal for one in by_row] == [scores.proposal(row) for row in range(len(scores))]


@settings(max_examples=40, deadline=None)
@given(people(), st.lists(rules(), min_size=1, max_size=4))
def test_the_rules_of_many_jobs_say_what_each_says(applicant, several):
    """From the other side: one applicant, many jobs."""
    several = [one.evolve(id=f"r-{number}", job=f"j-{number}") for number, one in enumerate(several)]
    by_row = [Screener(one, at=AT, custom_fields=[PERMIT]).screen(applicant) for one in several]
    scores = RuleColumns(several, at=AT, custom_fields=[PERMIT]).scores(applicant)

    assert [(one.low, one.value, one.high) for one in by_row] == list(
        zip(scores.low.tolist(), scores.value.tolist(), scores.high.tolist(), strict=True)
    )
    assert [one.proposal for one in by_row] == [scores.proposal(row) for row in range(len(scores))]


@settings(max_examples=40, deadline=None)
@given(st.lists(people(), min_size=1, max_size=8), rules(), st.integers(0, 9), st.booleans())
def test_the_best_are_those_of_a_full_sort(applicants, asked, count, rejected):
    """Best first; of equal value the surer one, then by id; the rejected only where they are asked for."""
    applicants = numbered(applicants)
    scores = ApplicantColumns(applicants, custom_fields=[PERMIT]).scores(asked, at=AT)
    rows = [row for row in range(len(scores)) if rejected or scores.proposal(row) != "reject"]
    rows.sort(key=lambda row: (-scores.value[row], -scores.low[row], scores.ids[row]))

    assert [scores.ids[row] for row in rows[:count]] == [one.id for one in scores.top(count, rejected=rejected)]


@settings(max_examples=30, deadline=None)
@given(st.lists(people(), min_size=2, max_size=6), rules(), st.randoms(use_true_random=False))
def test_the_order_of_the_applicants_does_not_show(applicants, asked, dice):
    """Nor does who else is there: each has the same score, and the best are the same."""
    applicants = numbered(applicants)
    shuffled = dice.sample(applicants, len(applicants))
    one, other = (ApplicantColumns(each, custom_fields=[PERMIT]) for each in (applicants, shuffled))

    assert one.scores(asked, at=AT).top(9, rejected=True) == other.scores(asked, at=AT).top(9, rejected=True)
    assert one.explained(shuffled[0].id, asked, at=AT) == other.explained(shuffled[0].id, asked, at=AT)


spans = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 60), st.integers(0, 20)), max_size=12)


@given(spans)
def test_spans_are_united_person_by_person(told):
    """As the slow twin does it for each."""
    who = np.array([person for person, _, _ in told], np.int64)
    begin = np.array([begin for _, begin, _ in told], np.int64)
    end = begin + np.array([days for _, _, days in told], np.int64)
    slow = [_covered((b, b + days) for p, b, days in told if p == person) for person in range(4)]

    assert slow == covered(who, begin, end, size=4).tolist()


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distances_are_those_of_one_pair(latitude, longitude, other_latitude, other_longitude):
    """To less than a millimetre."""
    one = distance_km((latitude, longitude), (other_latitude, other_longitude))
    many = distances_km(np.array([latitude]), np.array([longitude]), (other_latitude, other_longitude))

    assert one == pytest.approx(many[0], abs=1e-6)


def test_who_stands_on_the_border_is_judged_alike():
    """The radius is the distance itself, to the last bit."""
    here, there = (52.0907, 5.1214), (52.3702, 4.8952)
    km = distance_km(here, there)
    place = PlaceCriterion(key="x", latitude=there[0], longitude=there[1], km=km)
    asked = ScreeningRules(id="r", name="x", criteria=[place])
    who = Applicant(id="c", areas=[{"latitude": here[0], "longitude": here[1]}])

    assert [10_000] == ApplicantColumns([who]).scores(asked, at=AT).value.tolist()
    assert 10_000 == Screener(asked, at=AT).screen(who).value


def test_who_has_the_years_to_the_day_has_them():
    """Three years have 1,095 days at the least, and a day less is less."""
    asked = ScreeningRules(id="r", name="x", criteria=[ExperienceCriterion(key="x", years="3")])
    work = [{"company": "A", "started": "2020-01-01", "ended": ended} for ended in ("2022-12-30", "2022-12-29")]
    people = [Applicant(id=f"c-{number}", employments=[job]) for number, job in enumerate(work)]

    assert [10_000, 9_990] == ApplicantColumns(people).scores(asked, at=AT).value.tolist()
    assert [10_000, 9_990] == [Screener(asked, at=AT).screen(one).value for one in people]


def test_a_criterion_is_held_against_everybody_once():
    """Two jobs that ask the same share the work, whatever it weighs."""
    columns = ApplicantColumns([Applicant(id="c", skills=(Skill(name="sql"),))])
    for weight in (1, 5):
        criterion = SkillCriterion(key=f"k{weight}", name="SQL", weight=weight)
        columns.scores(ScreeningRules(id="r", name="x", criteria=[criterion]), at=AT)

    assert 1 == len(columns._kept)


def test_who_is_there_twice_is_found_at_once():
    """Among many, too: the last two of fifty thousand."""
    people = [Applicant(id=f"c-{number:05}") for number in (*range(50_000), 49_999)]
    began = time.perf_counter()

    with pytest.raises(InputError, match="'c-49999' is there twice"):
        ApplicantColumns(people)
    assert 5 > time.perf_counter() - began


def test_nobody_is_there_twice_and_nothing_is_ranked_among_nobody():
    """Two applicants with one id are refused; none at all are none."""
    asked = ScreeningRules(id="r", name="x", criteria=[SkillCriterion(key="a", name="sql")])

    with pytest.raises(InputError, match="'c' is there twice"):
        ApplicantColumns([Applicant(id="c"), Applicant(id="c")])
    with pytest.raises(InputError, match="two rules"):
        RuleColumns([asked, asked], at=AT)
    assert () == ApplicantColumns([]).scores(asked, at=AT).top(5)
    assert () == RuleColumns([], at=AT).scores(Applicant(id="c")).top(5)
    with pytest.raises(NotFound, match="no applicant with id 'd'"):
        ApplicantColumns([Applicant(id="c")]).explained("d", asked, at=AT)
    with pytest.raises(InputError, match="0 or more"):
        ApplicantColumns([]).scores(asked, at=AT).top(-1)


def test_columns_refuse_what_the_law_protects():
    """As the screener does: whoever ranks by gender ranks nobody."""
    asked = ScreeningRules(id="r", name="x", criteria=[QuestionCriterion(key="a", where=F.gender == "male")])

    with pytest.raises(LawBroken, match="gender"):
        ApplicantColumns([Applicant(id="c")]).scores(asked, at=AT)
