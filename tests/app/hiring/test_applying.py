"""Applying by hand and by a form: person and application are stored together, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from crmcore import ContactRecord, EmailAddress, PersonName, PhoneNumber
from crmcore.errors import CrmcoreError, InputError, LawBroken, NotFound, Taken
from crmcore.hiring import templates
from crmcore.hiring.applying import Ambiguous, ApplicationForm, Applied, Refused
from crmcore.model.hiring import Application, Job, Question, Questionnaire
from crmcore.model.occasion import Occasion
from tests.app.hiring.world import FORM, person, state

if TYPE_CHECKING:
    from crmcore import CRM


def test_an_application_that_cannot_begin_leaves_nobody_behind(crm: CRM):
    """The person and the application, or neither."""
    crm.apply(person(1), "j", actor="eva")
    before = state(crm)

    with pytest.raises(Taken):
        crm.apply("c-1", "j", actor="eva")
    with pytest.raises(CrmcoreError, match="no stage 'nowhere'"):
        crm.apply(person(2), "j", stage="nowhere", actor="eva")
    assert before == state(crm)


def test_a_closed_job_takes_nobody(crm: CRM):
    """The error says what the job is."""
    job = crm.get(Job, "j").step("hold", on=Occasion(event_id="e-hold", at=crm.clock.now(), actor="eva"))[0]
    with crm.unit(actor="eva") as unit:
        unit.put(job)

    with pytest.raises(LawBroken, match="job 'j' is on_hold; nobody can apply to it"):
        crm.apply(person(1), "j", actor="eva")


def test_nobody_applies_who_is_not_known(crm: CRM):
    """An id that leads to nobody is refused, and nothing is written."""
    before = state(crm)

    with pytest.raises(NotFound, match="no contact with id 'nobody'"):
        crm.apply("nobody", "j", actor="eva")
    assert before == state(crm)


def test_a_form_makes_person_and_application_or_neither(crm: CRM):
    """The second time it is the same person, who has applied already."""
    first = crm.receive(FORM, "j", actor="careers page")
    before = state(crm)
    again = crm.receive(FORM, "j", actor="careers page")

    assert isinstance(first, Applied)
    assert crm.get(Application, first.application.id) == first.application
    assert (first.is_new_contact, first.application.contact) == (True, first.contact.id)
    assert isinstance(again, Refused)
    assert "there is an active application to this job" == again.why
    assert before == state(crm)


def test_a_form_that_may_be_from_two_people_asks_who_it_is(crm: CRM):
    """E-mail says one, phone says another: nobody is chosen silently, and somebody can say."""
    phone = PhoneNumber(raw="+31 6 12345678", normal="+31612345678")
    mail = EmailAddress(raw="ada@home.dev", normal="ada@home.dev")
    with crm.unit(actor="eva") as unit:
        unit.put(ContactRecord(id="a", name=PersonName(given="Ada", family="Lovelace"), emails=(mail,)))
        unit.put(ContactRecord(id="b", name=PersonName(given="Ada", family="Lovelace"), phones=(phone,)))
    form = ApplicationForm(name="Ada Lovelace", emails=["ada@home.dev"], phones=["+31 6 12345678"])
    before = state(crm)
    found = crm.receive(form, "j", actor="careers page")

    assert isinstance(found, Ambiguous)
    assert (["a", "b"], before) == (sorted(claim.contact for claim in found.claims), state(crm))
    decided = crm.receive(form, "j", contact="b", actor="eva")
    assert isinstance(decided, Applied)
    assert ("b", 2) == (decided.application.contact, crm.get(ContactRecord, "b").version)


def test_an_identifier_of_many_is_nobodys(crm: CRM):
    """A switchboard's number leads to none of the thirty who have it."""
    phone = PhoneNumber(raw="+31 20 1234567", normal="+31201234567")
    with crm.unit(actor="eva") as unit:
        for number in range(30):
            unit.put(ContactRecord(id=f"s-{number}", phones=(phone,)))
    plan = crm.receive(ApplicationForm(name="Bo Bergman", phones=["+31 20 1234567"]), "j", actor="careers page")

    assert isinstance(plan, Applied)
    assert plan.is_new_contact


def test_a_form_is_from_somebody_known_or_somebody_new(crm: CRM):
    """Not from both; and by the record as well as by its id."""
    crm.apply(person(1), "j", actor="eva")
    other = crm.open_job(templates.general, "Analyst", actor="eva")
    with pytest.raises(InputError, match="either"):
        crm.receive(FORM, other, contact="c-1", is_new=True, actor="eva")
    came = crm.receive(FORM, other, contact=crm.get(ContactRecord, "c-1"), actor="eva")

    assert isinstance(came, Applied)
    assert "c-1" == came.contact.id


def test_a_form_is_read_by_the_questionnaire_of_the_job(crm: CRM):
    """So that answers are neither lost nor read by nothing; one that belongs to a posting is named."""
    answered = attrs.evolve(FORM, answers={"permit": "yes"})
    with pytest.raises(InputError, match="has answers, and job 'j' no questionnaire"):
        crm.receive(answered, "j", actor="careers page")
    asks = Question(key="permit", text="May you work here?", type="yes_no", is_required=True)
    with crm.unit(actor="eva") as unit:
        unit.put(Questionnaire(id="q", job="j").asking(asks))
        unit.put(Questionnaire(id="fair", job="j", posting="x").asking(asks.evolve(is_required=False)))
    unanswered = crm.receive(FORM, "j", actor="careers page")
    assert isinstance(unanswered, Refused)
    assert "answers" == unanswered.code
    at_fair = crm.receive(attrs.evolve(FORM, emails=["x@home.dev"]), "j", questionnaire="fair", actor="fair")
    assert isinstance(at_fair, Applied)
    came = crm.receive(answered, "j", is_new=True, actor="careers page")

    assert isinstance(came, Applied)
    assert ["permit"] == [answer.asked.key for answer in came.application.answers]
    with crm.unit(actor="eva") as unit:
        unit.put(Questionnaire(id="q-2", job="j"))
    with pytest.raises(InputError, match="several questionnaires: 'q', 'q-2'"):
        crm.receive(answered, "j", actor="careers page")
