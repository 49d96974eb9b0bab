"""Whoever enters a stage by choice is judged by its guards and its room, whichever verb it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import Conflict, IllegalStep, InputError, LawBroken
from crmcore.hiring import templates
from crmcore.hiring.applying import ApplicationForm, Applied
from crmcore.hiring.templates import JobTemplate
from crmcore.model.hiring import Application, Job
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Guard, Pipeline, Purpose, Stage
from crmcore.model.stage_history import Status
from crmcore.query import F
from tests.app.hiring.world import STAGES, in_memory, person, state

if TYPE_CHECKING:
    from crmcore import CRM, ContactRecord


@pytest.fixture
def full(crm: CRM) -> CRM:
    """A job whose screen is full, and another with the same stages, which is as full."""
    on = Occasion(event_id="e-2", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Job(id="k", title="Analyst", pipeline="q").step("open", on=on)[0])
        unit.put(Pipeline(id="q", name="Analysts", stages=STAGES))
        for number in range(1, 4):
            unit.put(person(number))
    for job in ("j", "k"):
        for number in (8, 9):
            who = person(number) if job == "j" else f"c-{number}"
            crm.move(crm.apply(who, job, actor="eva"), "screen", actor="eva")
    return crm


def rejected(crm: CRM, who: ContactRecord | str = "c-1") -> Application:
    """Return an application that was rejected in the first stage."""
    return crm.reject(crm.apply(who, "j", actor="eva"), "skills", actor="eva")


ENTERING = {
    "move": lambda crm, who, to: crm.move(crm.apply(who, "j", actor="eva"), to, actor="eva"),
    "reopen": lambda crm, who, to: crm.reopen(rejected(crm, who), stage=to, actor="eva"),
    "apply": lambda crm, who, to: crm.apply(who, "j", stage=to, actor="eva"),
    "transfer": lambda crm, who, to: crm.transfer(crm.apply(who, "j", actor="eva"), "k", stage=to, actor="eva"),
}


@in_memory
def test_no_job_opens_with_a_guard_that_cannot_be_asked(crm: CRM):
    """It would keep everybody out of its stage, and nobody would know before somebody came there."""
    wrong = Guard(key="sent", reason="no offer was sent", where=F.offerz.any(F.status == "sent"))
    offer = Stage(key="offer", label="Offer", category="offer", guards=(wrong,))
    template = JobTemplate(pipeline=templates.general.pipeline.with_stage(offer))
    before = state(crm)

    with pytest.raises(InputError, match=r"guard 'sent' of stage 'offer' cannot be asked: application has no .*offers"):
        crm.open_job(template, "Data engineer", actor="eva")
    assert before == state(crm)


@pytest.mark.parametrize("enter", ENTERING.values(), ids=ENTERING)
def test_nobody_enters_a_full_stage_or_past_a_guard(full: CRM, enter):
    """The guard asks of the application as it would be stored; refused, nothing of it is."""
    with pytest.raises(IllegalStep, match="cannot enter 'screen': the stage is full: 2 of 2"):
        enter(full, "c-1", "screen")
    with pytest.raises(IllegalStep, match="cannot enter 'offer': nobody has seen the person"):
        enter(full, "c-2", "offer")

    kept = [one for one in full.store.stream(Application) if one.contact in {"c-1", "c-2"}]
    assert {("j", "applied")} >= {(one.job, one.stage) for one in kept}


def test_what_is_refused_at_the_beginning_leaves_nothing(full: CRM):
    """Neither the person who was stored with it, nor the end of what was to be transferred."""
    here = full.apply("c-1", "j", recruiter="eva", actor="eva")
    before = state(full)

    with pytest.raises(IllegalStep, match="nobody has seen the person; other stages are: applied"):
        full.apply(person(4), "j", stage="offer", actor="eva")
    with pytest.raises(IllegalStep, match="the stage is full"):
        full.transfer(here, "k", stage="screen", actor="eva")
    assert before == state(full)
    assert "offer" == full.transfer(here, "k", stage="offer", actor="eva").stage  # its recruiter goes along
    assert "offer" == full.apply("c-2", "j", stage="offer", recruiter="eva", actor="eva").stage


@in_memory
def test_who_names_no_stage_is_always_taken_in(full: CRM):
    """By hand, by a form and by a transfer: a first stage that is full turns nobody away."""
    for id_ in ("p", "q"):
        pipeline = full.get(Pipeline, id_)
        with full.unit(actor="eva") as unit:
            unit.put(pipeline.with_stage(pipeline.first.evolve(capacity=1)))
    first = full.apply("c-1", "j", actor="eva")
    with pytest.raises(IllegalStep, match=r"the stage is full: 1 of 1 are in it$"):
        full.apply("c-2", "j", stage="applied", actor="eva")
    full.apply("c-2", "j", actor="eva")
    form = ApplicationForm(name="Grace Hopper", emails=["grace@home.dev"])
    assert isinstance(full.receive(form, "j", actor="careers page"), Applied)
    full.transfer(first, "k", actor="eva")
    full.transfer(next(one for one in full.pipeline("j").applications() if one.contact == "c-2"), "k", actor="eva")

    assert 2 == sum(one.stage == "applied" for one in full.pipeline("k").applications())


@in_memory
def test_who_is_reopened_where_it_ended_is_judged_there(full: CRM):
    """Somebody else has taken the place meanwhile; the error says where else."""
    gone = full.reject(next(one for one in full.pipeline("j").applications()), "skills", actor="eva")
    full.move(full.apply("c-1", "j", actor="eva"), "screen", actor="eva")
    with pytest.raises(IllegalStep, match=r"the stage is full: 2 of 2 .* other stages are: applied, offer") as caught:
        full.reopen(gone, actor="eva")

    assert ("applied", "offer") == caught.value.allowed
    assert "applied" == full.reopen(gone, stage="applied", actor="eva").stage


@in_memory
def test_what_undoes_a_hire_is_not_judged(full: CRM):
    """The person goes back to where they were, though others have come since: the mistake was ours."""
    hired = full.hire(next(iter(full.pipeline("j").applications())), actor="eva")
    full.move(full.apply("c-1", "j", actor="eva"), "screen", actor="eva")
    undone = full.unhire(hired, reason="too early", actor="eva")

    assert (Status.ACTIVE, "screen") == (undone.status, undone.stage)
    assert 3 == sum(one.stage == "screen" for one in full.pipeline("j").applications())


@in_memory
def test_what_is_told_late_is_judged_by_what_is_so_now(full: CRM):
    """On the first day there was room, and there is none today."""
    full.clock.advance(days=3)
    late = rejected(full)
    first_day = full.clock.now() - timedelta(hours=1)
    full.clock.advance(days=1)

    with pytest.raises(IllegalStep, match="the stage is full"):
        full.apply("c-2", "j", stage="screen", at=first_day, actor="eva")
    with pytest.raises(IllegalStep, match="the stage is full"):
        full.reopen(late, stage="screen", at=full.clock.now() - timedelta(hours=2), actor="eva")


def test_of_many_who_come_back_at_once_no_more_do_than_there_is_room(crm: CRM):
    """By reopening, by applying there and by moving: the stage takes two."""
    back = [rejected(crm, person(number)).id for number in range(3)]
    moving = [crm.apply(person(number), "j", actor="eva").id for number in (3, 4)]
    people = [person(number) for number in (5, 6)]

    def attempt(one: object) -> str:
        try:
            if one in back:
                crm.reopen(one, stage="screen", actor="eva")
            elif one in moving:
                crm.move(one, "screen", actor="eva")
            else:
                crm.apply(one, "j", stage="screen", actor="eva")
        except (IllegalStep, Conflict):
            return "refused"
        return "done"

    with ThreadPoolExecutor(7) as pool:
        outcomes = sorted(pool.map(attempt, [*back, *moving, *people]))

    assert ["done"] * 2 + ["refused"] * 5 == outcomes
    assert 2 == sum(one.stage == "screen" for one in crm.pipeline("j").applications() if one.status is Status.ACTIVE)


@in_memory
def test_a_pipeline_of_deals_takes_no_application(full: CRM):
    """Whichever verb would begin one there."""
    deals = templates.client_deals.pipeline.copy("q-2")
    with full.unit(actor="eva") as unit:
        unit.put(deals)
        unit.put(unit.get(Job, "k").evolve(pipeline="q-2"))
    here = full.apply("c-1", "j", actor="eva")
    before = state(full)

    for begin in (
        lambda: full.apply("c-2", "k", actor="eva"),
        lambda: full.transfer(here, "k", actor="eva"),
        lambda: full.receive(ApplicationForm(name="Bo", emails=["bo@home.dev"]), "k", actor="careers page"),
    ):
        with pytest.raises(
            LawBroken, match="is for deals; what goes through it is no application; take one for hiring"
        ):
            begin()
    assert before == state(full)
    assert Purpose.DEALS is deals.purpose


@in_memory
def test_an_old_copy_of_a_job_takes_nobody(full: CRM):
    """It was open as it was read, and is closed now."""
    old, here = full.get(Job, "k"), full.apply("c-1", "j", actor="eva")
    full.close_job("k", reason="budget", actor="eva")

    for begin in (lambda: full.apply("c-2", old, actor="eva"), lambda: full.transfer(here, old, actor="eva")):
        with pytest.raises(LawBroken, match="is closed; nobody can"):
            begin()
