"""Many applications at once: one unit of work, and a result for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError
from crmcore.hiring.moving import Ask
from crmcore.model.hiring import Application
from crmcore.query import F
from tests.app.hiring.world import TERMS, in_memory, person, seats, state

if TYPE_CHECKING:
    from crmcore import CRM


def test_many_are_moved_at_once_with_a_result_for_each(crm: CRM):
    """The stage takes two and has one; an old copy, a stranger and one who is listed twice are told apart."""
    old, *people = [crm.apply(person(number), "j", actor="eva") for number in range(4)]
    crm.advance(old, actor="eva")
    told = len(list(crm.store.history.events()))
    listed = [old, people[0].id, people[1], Ask(id=people[2].id, stage="offer"), "nobody", people[0]]
    bulk = crm.move_all(listed, "screen", actor="eva")

    assert ["stale", "done", "refused", "stale", "not_found", "repeated"] == [one.outcome.value for one in bulk.items]
    assert "the stage is full: 2 of 2" in str(bulk)
    assert bulk.changed == (crm.get(Application, people[0].id),)
    assert told + 1 == len(list(crm.store.history.events()))


@in_memory
def test_who_is_in_a_full_stage_already_lets_nobody_in(crm: CRM):
    """Whoever is asked for once more leaves no place behind, wherever in the list they stand."""
    people = [crm.apply(person(number), "j", actor="eva") for number in range(3)]
    inside = crm.move_all(people[:2], "screen", actor="eva").changed
    bulk = crm.move_all([inside[0], people[2]], "screen", actor="eva")

    there, outside = bulk.items
    assert "it is there already" in there.why
    assert "the stage is full: 2 of 2" in outside.why
    assert 2 == crm.store.count(Application, F.stage == "screen")


def test_of_many_all_are_moved_or_none(crm: CRM):
    """And those who leave a full stage make room for those who come after them."""
    people = [crm.apply(person(number), "j", recruiter="eva", actor="eva") for number in range(3)]
    before = state(crm)
    assert not crm.advance_all(people, all_or_nothing=True, actor="eva").changed
    assert before == state(crm)
    crm.advance_all(people[:2], all_or_nothing=True, actor="eva")
    bulk = crm.advance_all([one.id for one in people], actor="eva")

    assert ["offer", "offer", "screen"] == [one.stage for one in bulk.changed]
    assert ["refused", "refused", "refused"] == [
        one.outcome.value for one in crm.move_all(bulk.changed, "nowhere", actor="eva").items
    ]
    assert "it is the last stage" in str(crm.advance_all(bulk.changed[:1], actor="eva"))


def test_many_are_rejected_with_their_offers(crm: CRM):
    """One unit of work; whoever is hired stays so."""
    offered, other, hired = (crm.apply(person(number), "j", actor="eva") for number in range(3))
    crm.offer(offered, TERMS, actor="eva").submit(actor="eva").send(actor="eva")
    crm.hire(hired, actor="eva")
    units = len(list(crm.store.history.units()))
    bulk = crm.reject_all([offered.id, other.id, hired.id], "skills", note="filled", actor="eva")

    assert ["done", "done", "refused"] == [one.outcome.value for one in bulk.items]
    assert (["filled", "open"], None) == (sorted(seats(crm)), crm.offer_of(offered.id))
    assert units + 1 == len(list(crm.store.history.units()))


@in_memory
@pytest.mark.parametrize("listed", ["a-1", None, [None], {"a-1": 1}], ids=str)
def test_only_applications_are_listed(crm: CRM, listed: object):
    """One text is no list of ids; nothing at all is a list of none."""
    with pytest.raises(InputError):
        crm.reject_all(listed, "skills", actor="eva")
    assert "nothing was listed" == str(crm.advance_all([], actor="eva"))


@in_memory
def test_many_withdraw_with_their_offers(crm: CRM):
    """As one by one: who had accepted an offer reneges, and the seat is free."""
    offered, other = (crm.apply(person(number), "j", actor="eva") for number in range(2))
    crm.offer(offered, TERMS, actor="eva").submit(actor="eva").send(actor="eva").accept(actor="ada")
    bulk = crm.withdraw_all([offered.id, other.id, "nobody"], "elsewhere", note="by phone", actor="eva")

    assert ["done", "done", "not_found"] == [one.outcome.value for one in bulk.items]
    assert (["open", "open"], None) == (seats(crm), crm.offer_of(offered.id))
    step = bulk.changed[0].history.steps[-1]
    assert ("elsewhere", "by phone") == (step.reason, step.note)
    assert "elsewhere" == bulk.items[1].event.reason


def test_many_come_back_as_far_as_there_is_room(crm: CRM):
    """Each where it ended, or all in one stage; who has applied anew meanwhile is refused, and stops nobody."""
    people = [crm.apply(person(number), "j", actor="eva") for number in range(4)]
    crm.move_all(people[:2], "screen", actor="eva")
    ended = [each.id for each in crm.reject_all([one.id for one in people], "skills", actor="eva").changed]
    crm.apply("c-3", "j", actor="eva")
    crm.move(crm.apply(person(5), "j", actor="eva"), "screen", actor="eva")
    where_they_were = crm.reopen_all([*ended, ended[0]], reason="more seats", actor="eva")

    assert ["done", "refused", "done", "refused", "repeated"] == [one.outcome.value for one in where_they_were.items]
    assert ["screen", "applied"] == [one.stage for one in where_they_were.changed]
    assert ("applied", "offer") == where_they_were.items[1].allowed
    assert "contact 'c-3' has an active application to job 'j'" in where_they_were.items[3].why
    assert "screen" == crm.withdraw(where_they_were.changed[0], actor="ada").stage
    before = state(crm)
    all_of_them = crm.reopen_all(ended[:2], stage="screen", all_or_nothing=True, actor="eva")
    assert (["held_back", "refused"], before) == ([one.outcome.value for one in all_of_them.items], state(crm))


@in_memory
def test_of_two_applications_of_one_person_one_comes_back(crm: CRM):
    """The one that is listed first."""
    ended = [crm.reject(crm.apply(who, "j", actor="eva"), "skills", actor="eva") for who in (person(1), "c-1")]

    assert ["done", "refused"] == [one.outcome.value for one in crm.reopen_all(ended, actor="eva").items]
