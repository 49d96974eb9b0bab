"""Verbs on many read all that they need at once: twice as many people cost no more questions to the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore import CRM
from crmcore.hiring.screening import SkillCriterion
from crmcore.model import Candidate
from crmcore.model.hiring import Application, Job, ScreeningRules
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline
from tests.app.recruiting.world import person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

on_sqlite = pytest.mark.parametrize("crm", ["sqlite"], indirect=True)
VERBS: dict[str, Callable[[CRM], object]] = {
    "screen_all": lambda crm: crm.screen_all("j"),
    "replay_screening": lambda crm: crm.replay_screening("j", rules(crm)),
    "recommend": lambda crm: crm.recommend("j"),
    "jobs_for": lambda crm: crm.jobs_for("c-1"),
    "clear_out": lambda crm: crm.pool("data").clear_out(actor="eva"),
    "hindrances": lambda crm: crm.pool("data").hindrances("email"),
    "repr": lambda crm: repr(crm.pool("data")),
    "medallists": lambda crm: crm.medallists(),
}


def rules(crm: CRM, job: str = "j") -> ScreeningRules:
    """Give a job rules, and return them."""
    asks = SkillCriterion(key="python", name="Python", level="advanced")
    return crm.set_screening_rules(job, asks, advance_at=70, actor="eva")


def grown(crm: CRM, people: range) -> None:
    """Put in people who are candidates, members and applicants, and a job with rules for each of them."""
    on = Occasion(event_id="e", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        within = unit.get(Pipeline, "p")
        for number in people:
            unit.put(person(number, "python:expert"))
            unit.put(Candidate(id=f"k-{number}", contact=f"c-{number}"))
            unit.put(Application.begin(id=f"a-{number}", contact=f"c-{number}", job="j", within=within, on=on)[0])
            unit.put(Job(id=f"j-{number}", title="Analyst", pipeline="p").step("open", on=on)[0])
    for number in people:
        rules(crm, f"j-{number}")
    crm.pool("data").admit_all([f"c-{number}" for number in people], "fair", actor="eva")
    crm.screen_all("j")


@contextmanager
def asked() -> Iterator[list[str]]:
    """Collect the questions that go to a database; what is written is none."""
    said: list[str] = []

    def listen(*execution: object) -> None:
        if str(execution[2]).startswith(("SELECT", "WITH")):
            said.append(str(execution[2]))

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


@on_sqlite
def test_twice_as_many_people_are_read_with_as_many_questions(crm: CRM) -> None:
    """Of each verb on many."""
    rules(crm)
    crm.create_pool("Data people", id="data", actor="eva")
    counts: list[dict[str, int]] = []
    for people in (range(10, 20), range(20, 40)):
        grown(crm, people)
        counts.append({})
        for name, verb in VERBS.items():
            with asked() as said:
                verb(crm)
            counts[-1][name] = len(said)

    assert counts[0] == counts[1]
