"""Screening in a database: decisions are logged in one unit, looked at by people, and never asked for twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmcore import CRM
from crmcore.errors import IllegalStep, InputError, LawBroken, NotFound
from crmcore.hiring.moving import Outcome
from crmcore.hiring.screening import LanguageCriterion, QuestionCriterion, SkillCriterion
from crmcore.model import Candidate, ContactRecord, CustomField, DoNotContact
from crmcore.model.hiring import Application, Job, Question, Questionnaire, ScreeningDecision, ScreeningRules
from crmcore.model.occasion import Occasion
from crmcore.query import F
from crmcore.testing import ManualClock
from tests.app.recruiting.world import person

PYTHON = SkillCriterion(key="python", name="Python", level="advanced", importance="must", weight=3)
GERMAN = LanguageCriterion(key="german", language="de")


@pytest.fixture
def people(crm: CRM) -> CRM:
    """An expert, a beginner and somebody of whom nothing is known, and rules that ask for Python."""
    with crm.unit(actor="eva") as unit:
        for number, skill in ((4, "python:expert"), (5, "python:beginner")):
            unit.put(person(number, skill))
    crm.set_screening_rules("j", PYTHON, advance_at=70, actor="eva")
    return crm


def told(crm: CRM) -> list[str]:
    """Return the types of the events on screening."""
    return [stored.event.type for stored in crm.store.history.events() if stored.event.type.startswith("screening.")]


def test_an_application_is_screened_by_the_rules_of_its_job(people: CRM):
    """The decision and its event are stored; a person confirms or overrules, never who proposed it."""
    expert = people.screen(people.apply("c-4", "j", actor="eva"))
    beginner = people.screen(people.apply("c-5", "j", actor="eva"))

    assert ("advance", "settled") == (expert.outcome, expert.status)
    assert ("reject", "proposed", None) == (beginner.record.proposal, beginner.status, beginner.outcome)
    assert "python (weight 3, must): 33 % met; skills/python: python, beginner" in str(beginner)
    with pytest.raises(LawBroken, match="'screening' proposed it"):
        beginner.confirm(actor="screening")
    assert "reject" == beginner.confirm(actor="eva").outcome
    assert "proposed" == beginner.contest("I know more", actor="c-5").status
    assert "advance" == beginner.overrule("advance", "she does", actor="ann").outcome
    assert "advance" == people.screening_of(beginner.record.application).outcome
    assert ["rules_set", "settled", "proposed", "confirmed", "contested", "overruled"] == [
        each.removeprefix("screening.") for each in told(people)
    ]


def test_what_says_the_same_is_not_logged_twice(people: CRM):
    """Nobody is asked again what they have decided; new inputs are another matter."""
    application = people.apply("c-5", "j", actor="eva")
    first = people.screen(application).confirm(actor="eva")
    people.clock.advance(days=1)

    assert first.id == people.screen(application).id
    with people.unit(actor="eva") as unit:
        unit.put(unit.get(ContactRecord, "c-5").evolve(skills=person(5, "python:expert").skills))
    again = people.screen(application)
    assert (True, "advance", "confirmed") == (again.id != first.id, again.outcome, first.status)
    assert again.id == people.screening_of(application).id


def test_who_is_not_there_stops_nobody_who_is(people: CRM):
    """An application whose person, or whose candidate, was taken away since is told as not found."""
    for who in ("c-4", "c-5"):
        with people.unit(actor="eva") as unit:
            unit.put(Candidate(id=f"k-{who}", contact=who))
    stays, gone, lost = (
        people.apply(f"c-{n}", "j", candidate=k, actor="eva") for n, k in ((4, "k-c-4"), (5, None), (1, "k"))
    )
    with people.unit(actor="eva") as unit:
        unit.remove(unit.get(ContactRecord, "c-5"))
    came = {item.id: item.outcome for item in people.screen_all("j").items}

    assert {stays.id: Outcome.DONE, gone.id: Outcome.NOT_FOUND, lost.id: Outcome.NOT_FOUND} == came


def test_a_proposal_that_waits_is_dropped_for_a_new_one_unless_it_was_contested(people: CRM):
    """There is one open proposal at a time; who contests is heard first."""
    application = people.apply("c-5", "j", actor="eva")
    first = people.screen(application)
    people.set_screening_rules("j", PYTHON, GERMAN, advance_at=70, actor="eva")
    second = people.screen(application)
    assert ("dropped", "proposed") == (first.status, second.status)
    second.confirm(actor="eva").contest(actor="c-5")
    people.set_screening_rules("j", PYTHON, actor="eva")

    with pytest.raises(LawBroken, match="was contested; a person looks at it"):
        people.screen(application)
    assert second.id == people.screening_of(application).id


def test_all_applications_of_a_job_are_screened_with_a_result_for_each(people: CRM):
    """Those who have ended are left alone; a second time says what is known."""
    for number in (1, 4, 5):
        people.apply(f"c-{number}", "j", actor="eva")
    people.withdraw(people.apply("c-2", "j", actor="eva"), actor="eva")
    first = people.screen_all("j")

    assert ["advance", "reject", "review"] == sorted(item.after.proposal for item in first.of(Outcome.DONE))
    assert [1, 1, 1] == [decision.version for decision in first.changed]
    assert "3 repeated" == str(people.screen_all("j")).splitlines()[0]
    assert 3 == people.store.count(ScreeningDecision)


def test_answers_and_stored_custom_fields_can_be_asked_for(crm: CRM):
    """The definitions are read from the database: those stored, and the questions of the job."""
    permit = Question(key="permit", text="May you work here?", type="yes_no")
    with crm.unit(actor="eva") as unit:
        unit.put(CustomField(id="f-1", key="team", label="Team"))
        unit.put(Questionnaire(id="q", job="j").asking(permit))
        unit.put(unit.get(ContactRecord, "c-1").evolve(custom={"team": "data"}))
    answer = {
        "asked": {"key": "permit", "text": permit.text, "type": "yes_no", "questionnaire": "q", "revision": 1},
        "value": True,
    }
    application = crm.apply("c-1", "j", answers=[answer], actor="eva")
    crm.set_screening_rules(
        "j",
        QuestionCriterion(key="team", where=F["custom.team"] == "data"),
        QuestionCriterion(key="permit", where=F["custom.answer_permit"] == True, importance="must"),  # noqa: E712
        advance_at=100,
        actor="eva",
    )

    assert "advance" == crm.screen(application).outcome


def test_other_rules_are_tried_on_what_was_decided(people: CRM):
    """On the last decision of each application, and nothing is stored."""
    for number in (4, 5):
        people.screen(people.apply(f"c-{number}", "j", actor="eva"))
    easier = people.set_screening_rules("j", PYTHON, GERMAN, actor="eva")
    people.screen_all("j")
    tried = people.replay_screening(
        "j", easier.evolve(criteria=[SkillCriterion(key="python", name="Python", importance="must")])
    )

    assert ["advance"] == [reversal.after for reversal in tried.reversals]
    assert easier == people.get(ScreeningRules, easier.id)


def test_rules_of_a_job_are_one_record_with_its_history(people: CRM):
    """Setting them anew keeps what was; what the law protects is never asked for."""
    before = people.set_screening_rules("j", PYTHON, actor="eva")
    after = people.set_screening_rules("j", GERMAN, actor="eva")

    assert (before.id, before.version + 1) == (after.id, after.version)
    with pytest.raises(LawBroken, match="asks for 'gender'"):
        people.set_screening_rules("j", QuestionCriterion(key="fit", where=F.gender == "male"), actor="eva")
    assert after == people.get(ScreeningRules, after.id)


def test_a_job_without_rules_or_with_several_says_so(crm: CRM):
    """Others can be handed in; those of another job are refused."""
    application = crm.apply("c-1", "j", actor="eva")
    with pytest.raises(InputError, match="'j' has no screening rules; say what it asks by set_screening_rules"):
        crm.screen(application)
    with crm.unit(actor="eva") as unit:
        for id_, job in (("r-1", "j"), ("r-2", "j"), ("r-3", "other")):
            unit.put(ScreeningRules(id=id_, name="Rules", job=job, criteria=[GERMAN]))
    with pytest.raises(InputError, match="several screening rules: 'r-1', 'r-2'"):
        crm.screen(application)
    with pytest.raises(InputError, match="'r-3' are of job 'other'"):
        crm.screen(application, "r-3")

    assert "r-2" == crm.screen(application, "r-2").record.rules


def test_who_suits_a_job_is_recommended_from_all_who_are_stored(people: CRM):
    """But for those who applied, work here, want no contact or are turned down."""
    with people.unit(actor="eva") as unit:
        unit.put(person(6, "python:expert", linked_user="u-1"))
        unit.put(person(7, "python:expert", do_not_contact=DoNotContact(reason="by phone")))
        unit.put(person(8, "python:expert"))
        unit.put(person(9, "python:advanced"))
        unit.put(Candidate(id="k-9", contact="c-9", available_from="2026-05"))
    people.apply("c-8", "j", actor="eva")

    assert ["c-4", "c-9"] == [one.id for one in people.recommend("j", limit=2)]
    assert ["c-9"] == [one.id for one in people.recommend("j", among=F.family_name == "Number9")]


def test_why_somebody_suits_a_job_is_told_and_nothing_is_logged(people: CRM):
    """With the score that they were recommended by."""
    best = people.recommend("j")[0]
    why = people.fit(best.id, "j")

    assert (best.id, best.value, best.proposal) == (why.applicant, why.value, why.proposal)
    assert "skills/python: python, expert" in str(why)
    assert 0 == people.store.count(ScreeningDecision)


def test_which_jobs_suit_somebody_is_told_of_open_ones(people: CRM):
    """Jobs may ask questions of one key and of different types; those applied for are left out."""
    now = people.clock.now()
    with people.unit(actor="eva") as unit:
        for number, type_ in ((2, "yes_no"), (3, "text"), (4, "text")):
            job = Job(id=f"j-{number}", title="Data engineer", pipeline="p")
            on = Occasion(event_id=f"e-{number}", at=now, actor="eva")
            unit.put(job.step("open", on=on)[0] if number < 4 else job)
            unit.put(Questionnaire(id=f"q-{number}", job=job.id).asking(Question(key="permit", text="?", type=type_)))
            unit.put(
                ScreeningRules(id=f"r-{number}", name="Rules", job=job.id, criteria=[PYTHON, GERMAN][: number - 1])
            )

    assert [("j", 10_000), ("j-2", 10_000), ("j-3", 8750)] == [(one.job, one.value) for one in people.jobs_for("c-4")]
    people.apply("c-4", "j", actor="eva")
    assert ["j-2"] == [one.job for one in people.jobs_for("c-4", limit=1)]
    assert () == people.jobs_for("c-4", among=F.title == "Analyst")


def test_what_was_decided_stays_as_of_when_it_was(people: CRM):
    """A decision told late is judged as of then; what makes no sense is refused."""
    now = people.clock.now()
    people.clock.advance(days=10)
    application = people.apply("c-4", "j", actor="eva", at=now)

    assert now + timedelta(days=1) == people.screen(application, at=now + timedelta(days=1)).record.at
    with pytest.raises(NotFound):
        people.screening("nowhere").confirm(actor="eva")
    with pytest.raises(InputError, match="pass one as it was read"):
        people.screen(7)
    with pytest.raises(IllegalStep):
        people.screening_of(application).drop(actor="eva")
    assert people.screening_of(people.apply("c-1", "j", actor="eva")) is None


def test_custom_fields_of_the_database_can_be_asked_for():
    """Those that it was opened with go before those that are stored."""
    field = CustomField(id="f-1", key="team", label="Team")
    with CRM.open("memory:", clock=ManualClock(), custom_fields=[field]) as crm:
        with crm.unit(actor="eva") as unit:
            unit.put(field.evolve(id="f-2", type="number"))
            unit.put(person(1, custom={"team": "data"}))
            unit.put(Job(id="j", title="Data engineer", pipeline="p"))
        crm.set_screening_rules("j", QuestionCriterion(key="team", where=F["custom.team"] == "data"), actor="eva")

        assert ["c-1"] == [one.id for one in crm.recommend("j")]
        assert 0 == crm.store.count(Application)


def test_rules_that_cannot_screen_are_not_stored(crm: CRM):
    """A slip in the name of an answer is told at once, not once an applicant; the rules so far go on."""
    asked = Question(key="years", text="For how many years?", type="number")
    with crm.unit(actor="eva") as unit:
        unit.put(Questionnaire(id="q", job="j").asking(asked))
    held = crm.set_screening_rules("j", PYTHON, actor="eva")

    for wrong in (F["custom.answer_yeers"] >= 5, F["custom.answer_years"] == "many"):
        with pytest.raises(InputError):
            crm.set_screening_rules("j", QuestionCriterion(key="years", where=wrong), actor="eva")
    assert held == crm.get(ScreeningRules, held.id)
