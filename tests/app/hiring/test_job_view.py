"""The pipeline of one job: its board, its funnel and its measures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore import ContactRecord, PersonName
from crmcore.errors import InputError
from crmcore.hiring import templates
from crmcore.model import Occasion
from crmcore.model.hiring import Job
from crmcore.model.hiring.posting import Posting, PostingStep
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.reports.pipeline import presets
from tests.app.hiring.world import in_memory, person

if TYPE_CHECKING:
    from crmcore import CRM


@in_memory
def test_the_board_tells_how_long_people_wait(crm: CRM):
    """Who has waited longest stands first; thresholds are the stage's own; ended ones are not on it."""
    crm.apply(person(1), "j", actor="eva")
    crm.clock.advance(days=3)
    crm.apply(person(2), "j", actor="eva")
    crm.reject(crm.apply(person(3), "j", actor="eva"), "skills", actor="eva")
    crm.clock.advance(days=2)
    board = crm.pipeline("j").board()

    assert [("Ada Number1", 5, "stale"), ("Ada Number2", 2, "due")] == [
        (place.title, place.days, place.state) for place in board.lanes[0].places
    ]
    assert "Screen (0): nobody" in str(board)
    assert "Rejected" in crm.pipeline("j").report()


@in_memory
def test_measures_of_a_job_count_what_has_just_happened(crm: CRM):
    """The funnel, a preset, and what was known before; other jobs are none of its business."""
    for number in range(4):
        crm.apply(person(number), "j", actor="eva")
    other = crm.open_job(templates.sales, "Seller", actor="eva")
    crm.apply("c-1", other, actor="eva")
    known = crm.clock.now()
    crm.clock.advance(days=4)
    moved = crm.move(next(iter(crm.pipeline("j").applications())), "screen", actor="eva")
    crm.hire(moved, actor="eva")
    view = crm.pipeline("j")

    assert [("applied", 4, 1), ("screen", 1, 1)] == [
        (row.stage, row.entered, row.advanced + row.hired) for row in view.funnel() if row.entered
    ]
    assert 4.0 == view.measure(presets.TIME_TO_HIRE_HEDGEHOG).value
    assert 3 == sum(row.there for row in view.funnel("snapshot"))
    assert 4 == len(view.table(as_known_at=known).stage)
    assert "How far people came" in view.report()


@in_memory
def test_what_holds_up_and_what_may_come_is_told_of_one_job(crm: CRM):
    """Too little is said to be too little; no more are foretold than there are seats."""
    for number in range(6):
        application = crm.apply(person(number), "j", actor="eva")
        crm.clock.advance(days=1)
        if number < 2:
            crm.reject(application, "skills", actor="eva")
    view = crm.pipeline("j")

    assert () == tuple(one for one in view.bottlenecks().stages if one.is_flagged)
    assert () == tuple(
        one for one in view.bottlenecks(against="thresholds", thresholds={"applied": 1}).stages if one.is_flagged
    )
    assert 4 == len(view.forecast(by=crm.clock.now() + timedelta(days=30)).applications)
    assert 2 >= view.forecast(by=crm.clock.now() + timedelta(days=90)).hires.interval(0.95)[1]


@in_memory
def test_a_job_to_which_nobody_has_applied_answers_too(crm: CRM):
    """It has all its stages and seats, and nobody in them; what other jobs had tells nothing of whom it will hire."""
    for number in range(3):
        crm.reject(crm.apply(person(number), "j", actor="eva"), "skills", actor="eva")
        crm.clock.advance(days=1)
    new = crm.pipeline(crm.open_job(templates.sales, "Seller", openings=3, actor="eva"))
    soon = crm.clock.now() + timedelta(days=30)

    assert [stage.key for stage in new.pipeline.stages] == [row.stage for row in new.funnel()]
    assert () == new.bottlenecks().flagged == new.bottlenecks(against="peers").flagged
    assert 0 == new.forecast(by=soon).hires.mean
    assert "Nobody is under way." in new.report()
    assert 3 == new.measure(presets.OPENINGS_LEFT_TALEO).value
    assert 5 == presets.OPENINGS_LEFT_TALEO.over(crm.stage_table(), at=soon).value


@in_memory
def test_seats_that_are_all_filled_leave_nobody_to_be_hired_and_none_bound_nothing(crm: CRM):
    """A job whose seats are filled hires nobody more; one that has no seats at all hires whom it will."""
    for number in range(4):
        application = crm.apply(person(number), "j", actor="eva")
        crm.clock.advance(days=1)
        if number < 2:
            crm.hire(application, actor="eva")
    on = Occasion(event_id="e-k", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Job(id="k", title="Clerk", pipeline="p").step("open", on=on)[0])
    crm.apply(person(9), "k", actor="eva")
    soon = crm.clock.now() + timedelta(days=60)
    filled, unbound = (crm.pipeline(job).forecast(by=soon) for job in ("j", "k"))

    assert (0, 0) == filled.hires.interval(0.95)
    assert 0 < unbound.hires.mean
    assert {} == filled.fills == unbound.fills


@in_memory
def test_measures_from_a_database_know_of_postings_requisitions_and_touches(crm: CRM):
    """What other records say of a job and of a person is among what is measured."""
    began = crm.clock.now()
    posting = Posting(id="po-1", job="j", title="Data engineer")
    steps = [PostingStep(verb=verb, occurred_at=began, recorded_at=began, by="eva") for verb in ("draft", "publish")]
    touched = person(1).evolve(touches=[{"source": "fair", "at": began - timedelta(days=3)}])
    with crm.unit(actor="eva") as unit:
        unit.put(posting.evolve(history=steps))
    crm.clock.advance(days=2)
    application = crm.apply(touched, "j", actor="eva")
    crm.clock.advance(days=4)
    crm.hire(application, actor="eva")

    for table in (crm.stage_table(), crm.pipeline("j").table()):
        assert 9.0 == presets.TIME_TO_HIRE_WORKABLE.over(table).value
        assert 6.0 == presets.time_to_fill_lever(start="posted", end="hired").over(table).value


@in_memory
def test_a_pipeline_without_due_days_has_no_thresholds_to_go_by(crm: CRM):
    """Whoever asks for them is told so, unless thresholds are passed."""
    with crm.unit(actor="eva") as unit:
        unit.put(
            Pipeline(id="q", name="Plain", stages=(Stage(key="applied", label="Applied", category="application"),))
        )
        unit.put(Job(id="k", title="Clerk", pipeline="q"))

    with pytest.raises(InputError, match="says when it is due"):
        crm.pipeline("k").bottlenecks(against="thresholds")
    assert 0 == len(crm.pipeline("k").bottlenecks(against="thresholds", thresholds={"applied": 3}))


@in_memory
def test_hostile_names_are_text_on_the_board_and_on_the_page(crm: CRM):
    """Neither markup in a name, nor what turns the text around it, does anything."""
    hostile = PersonName(given="<img src=x onerror=alert(1)>", family="{{ 7 * 7 }}\u202egnp.exe")
    crm.apply(ContactRecord(id="c-x", name=hostile), "j", actor="eva")
    view = crm.pipeline("j")
    page = view.report()

    assert "\u202e" not in str(view.board()) + page
    assert "<img src=x" not in page
    assert "{{ 7 * 7 }}" in page
