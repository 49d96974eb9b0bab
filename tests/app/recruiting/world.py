"""Who and what the tests of recruiting are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore import ContactRecord, EmailAddress, PersonName
from crmcore.model import Skill
from crmcore.model.hiring import Job, Opening
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

if TYPE_CHECKING:
    from crmcore import CRM

in_memory = pytest.mark.parametrize("crm", ["memory"], indirect=True)
"""For what is a matter of rules, on one store alone."""

STAGES = (
    Stage(key="applied", label="Applied", category="application"),
    Stage(key="onsite", label="On site", category="interview"),
)
COURTING = Pipeline(
    id="courting",
    name="Courting",
    purpose="prospects",
    stages=[
        Stage(key="found", label="Found", category="prospect"),
        Stage(key="met", label="Met", category="prospect", capacity=1),
    ],
)


def person(number: int, *skills: str, **more: object) -> ContactRecord:
    """Return somebody with an address, and skills as ``python:expert``."""
    known = [Skill(name=name, level=level or None) for name, _, level in (each.partition(":") for each in skills)]
    mail = f"ada{number}@home.dev"
    return ContactRecord(
        id=f"c-{number}", name=PersonName(given="Ada", family=f"Number{number}"), skills=known, **more
    ).add(EmailAddress(raw=mail, normal=mail))


def peopled(crm: CRM) -> None:
    """Put in three people, an open job of one seat, and a pipeline of prospects."""
    on = Occasion(event_id="e-job", at=crm.clock.now(), actor="eva")
    job, event = Job(id="j", title="Data engineer", pipeline="p").step("open", on=on)
    with crm.unit(actor="eva") as unit:
        unit.put(Pipeline(id="p", name="Engineering", stages=STAGES))
        unit.put(COURTING)
        unit.put(job)
        unit.emit(event)
        unit.put(Opening(id="o-1", job="j").open(on=on)[0])
        for number in (1, 2, 3):
            unit.put(person(number))
