"""Prospects and referrals enter stages by the same rule as applications: a stage that is named has to let them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import IllegalStep
from crmcore.model.hiring import Application, Prospect
from crmcore.model.pipeline import Pipeline
from tests.app.recruiting.world import in_memory, person

if TYPE_CHECKING:
    from crmcore import CRM


def test_who_is_courted_again_finds_room_or_is_refused(crm: CRM):
    """In the stage where it ended, and in one that is named as it begins; another pool has its own room."""
    pool, other = (crm.create_pool(name, pipeline="courting", actor="eva") for name in ("Data people", "Others"))
    gone = pool.court("c-1", stage="met", actor="eva").reject("busy", actor="eva")
    pool.court("c-2", stage="met", actor="eva")
    other.court("c-3", stage="met", actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(person(4))
    told = len(list(crm.store.history.events()))

    with pytest.raises(IllegalStep, match="the stage is full: 1 of 1 are in it; other stages are: found"):
        gone.reopen(actor="eva")
    with pytest.raises(IllegalStep, match="the stage is full"):
        pool.court("c-4", stage="met", actor="eva")
    assert told == len(list(crm.store.history.events()))
    assert 2 == len(pool.prospects())
    assert "found" == gone.reopen(stage="found", actor="eva").record.stage


@in_memory
def test_who_comes_to_apply_in_a_stage_that_is_named_is_judged(crm: CRM):
    """By converting, and by a referral; refused, neither has led to anything."""
    with crm.unit(actor="eva") as unit:
        pipeline = unit.get(Pipeline, "p")
        unit.put(pipeline.with_stage(pipeline.stage("onsite").evolve(capacity=1)))
    crm.apply("c-3", "j", stage="onsite", actor="eva")
    courted = crm.create_pool("Data people", pipeline="courting", actor="eva").court("c-1", actor="eva")
    referral = crm.refer("c-2", referring_user="bo", job="j", actor="eva")

    for begin in (
        lambda **more: courted.convert("j", actor="eva", **more),
        lambda **more: referral.apply(actor="eva", **more),
    ):
        with pytest.raises(IllegalStep, match="the stage is full: 1 of 1 are in it; other stages are: applied"):
            begin(stage="onsite")
        assert "applied" == begin().stage
    assert 3 == crm.store.count(Application)
    assert {"transferred"} == {one.status.value for one in crm.store.stream(Prospect)}
