"""The pipeline of one job: its board, its funnel and its measures."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crmcore.hiring import templates
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
