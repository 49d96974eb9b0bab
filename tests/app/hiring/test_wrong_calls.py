"""What makes no sense is refused with an error of the library, and changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError
from crmcore.hiring import templates
from crmcore.hiring.screening import SkillCriterion
from crmcore.model.hiring import Job
from tests.app.hiring.world import FORM, in_memory, person, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore import CRM


WRONG = {
    "another kind": lambda crm: crm.move(crm.get(Job, "j"), "screen", actor="eva"),
    "nothing to move": lambda crm: crm.move(None, "screen", actor="eva"),
    "nobody to hire": lambda crm: crm.hire(None, actor="eva"),
    "nobody who is hired": lambda crm: crm.hired(None),
    "nothing offered": lambda crm: crm.offer_of(None),
    "no job": lambda crm: crm.pipeline(None),
    "job and person swapped": lambda crm: crm.apply("j", person(1), actor="eva"),
    "a table for a person": lambda crm: crm.apply({"name": "Ada"}, "j", actor="eva"),
    "no person": lambda crm: crm.apply(None, "j", actor="eva"),
    "a field that there is not": lambda crm: crm.apply(person(1), "j", colour="red", actor="eva"),
    "a field that is not the caller's": lambda crm: crm.apply(person(1), "j", id="mine", actor="eva"),
    "an origin that there is not": lambda crm: crm.apply(person(1), "j", origin="heaven", actor="eva"),
    "a band in words": lambda crm: crm.open_job(templates.general, "Any", band="60k", actor="eva"),
    "a team in a list": lambda crm: crm.open_job(templates.general, "Any", team=["eva"], actor="eva"),
    "a template by its name": lambda crm: crm.open_job("engineering", "Any", actor="eva"),
    "no actor": lambda crm: crm.apply(person(1), "j", actor=None),
    "an empty actor": lambda crm: crm.apply(person(1), "j", actor=""),
    "a time in words": lambda crm: crm.apply(person(1), "j", at="2026-01-01", actor="eva"),
    "a day": lambda crm: crm.apply(person(1), "j", at=date(2026, 1, 1), actor="eva"),
    "a time without zone": lambda crm: crm.apply(person(1), "j", at=crm.clock.now().replace(tzinfo=None), actor="eva"),
    "a time to come": lambda crm: crm.apply(person(1), "j", at=crm.clock.now() + timedelta(days=1), actor="eva"),
    "no reason to reject any": lambda crm: crm.reject_all([], "", actor="eva"),
    "no reason to close a seat": lambda crm: crm.close_opening("o-0", reason="", actor="eva"),
    "seats for openings": lambda crm: crm.open_job(templates.general, "Any", seats=2, actor="eva"),
    "criteria in a list": lambda crm: crm.set_screening_rules("j", [SkillCriterion(key="p", name="P")], actor="eva"),
    "one job for a list of people": lambda crm: crm.move_all(crm.get(Job, "j"), "screen", actor="eva"),
    "no more seats": lambda crm: crm.add_openings("j", 0, actor="eva"),
    "more seats in words": lambda crm: crm.add_openings("j", "two", actor="eva"),
    "fewer seats": lambda crm: crm.reopen_job("j", -1, actor="eva"),
    "a job for a seat": lambda crm: crm.reopen_opening(crm.get(Job, "j"), actor="eva"),
    "no form": lambda crm: crm.receive(None, "j", actor="eva"),
    "a table for a form": lambda crm: crm.receive({"name": "Ada"}, "j", actor="eva"),
    "a questionnaire in words": lambda crm: crm.receive(FORM, "j", questionnaire=3, actor="eva"),
    "a funnel that there is not": lambda crm: crm.pipeline("j").funnel("sideways"),
    "a measure by its name": lambda crm: crm.pipeline("j").measure("TIME_TO_HIRE"),
}


@in_memory
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_is_refused_as_input(crm: CRM, wrong: Callable[[CRM], object]):
    """With an error of the library, whatever is wrong; and nothing is written."""
    before = state(crm)

    with pytest.raises(InputError):
        wrong(crm)
    assert before == state(crm)


@in_memory
@pytest.mark.parametrize("reason", ["", " \t", None])
def test_nobody_is_rejected_for_no_reason(crm: CRM, reason: object):
    """What cannot be told to the person cannot be counted either."""
    application = crm.apply(person(1), "j", actor="eva")
    before = state(crm)

    with pytest.raises(InputError, match="a reason is needed"):
        crm.reject(application, reason, actor="eva")
    assert before == state(crm)


@in_memory
def test_a_hire_has_no_fields_but_its_own(crm: CRM):
    """A slip in what the organisation adds is told by its name."""
    hired = crm.hire(crm.apply(person(1), "j", actor="eva"), actor="eva")
    with pytest.raises(InputError, match="departmnt"):
        crm.hired(hired, departmnt="Data")

    assert "Data" == crm.hired(hired, department="Data").department
