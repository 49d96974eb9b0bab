"""Interviews and scorecards are kept, found by what is asked of them, and not doubled."""

from datetime import UTC, datetime, timedelta

import pytest

from crmcore.errors import Taken
from crmcore.model.hiring import (
    Attendee,
    AttributeRating,
    Interview,
    InterviewDefinition,
    Interviewer,
    Organiser,
    Panelist,
    Scorecard,
    WallTime,
)
from crmcore.model.occasion import Occasion
from crmcore.query import F
from crmcore.storage import open_store
from crmcore.testing import ManualClock

BEGIN = datetime(2026, 3, 9, 12, tzinfo=UTC)
ON = Occasion(event_id="e-1", at=BEGIN - timedelta(days=7), actor="eva")


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    """A store of each kind."""
    where = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    with open_store(where, clock=ManualClock()) as kept:
        yield kept


def interview(number: int, *users: str) -> Interview:
    """Return an interview on a day of its own."""
    return Interview.schedule(
        id=f"i-{number}",
        application="a-1",
        contact="c-1",
        title="Design",
        definition="d-1",
        start=WallTime.at(BEGIN + timedelta(days=number), "Asia/Kathmandu"),
        minutes=60,
        organiser=Organiser(email="eva@example.org"),
        candidate=Attendee(email="ada@example.com"),
        panel=[Panelist(user=user, role="lead" if user == "bo" else "optional") for user in users],
        on=ON,
    )[0]


def test_interviews_are_found_by_what_is_asked(store):
    """By who holds them in which role, when they begin, and where they stand; and they come back as they were."""
    kept = [interview(0, "bo", "cy"), interview(1, "cy"), interview(2, "bo").cancel(on=ON)[0]]
    with store.unit(actor="eva") as unit:
        for each in kept:
            unit.put(each)
        unit.put(InterviewDefinition(id="d-1", stage="onsite", title="Design", interviewers=[Interviewer(user="bo")]))

    def found(question) -> list[str]:
        return sorted(each.id for each in store.find(Interview, question).records)

    assert ["i-0", "i-2"] == found(F.interviewer == "bo")
    assert ["i-0"] == found((F.interviewer == "bo") & (F.status == "scheduled"))
    assert ["i-1", "i-2"] == found(F.starts_at > BEGIN)
    assert ["i-0", "i-1"] == found(F.panel.any((F.user == "cy") & (F.role == "optional")))
    assert kept[2].history == store.get(Interview, "i-2").history
    assert ["d-1"] == [each.id for each in store.find(InterviewDefinition, F.interviewer == "bo").records]


def test_an_interviewer_has_one_card(store):
    """The store keeps a second one out, whoever writes it first, until the first is void."""
    held = interview(0, "bo")

    def card(name: str) -> Scorecard:
        draft, _ = Scorecard.begin(id=name, interview=held, interviewer="bo", on=ON)
        return draft.write(overall="no", ratings=[AttributeRating(attribute="depth", rating="yes")])

    with store.unit(actor="eva") as unit:
        first = unit.put(card("s-1"))
    with pytest.raises(Taken), store.unit(actor="eva") as unit:
        unit.put(card("s-2"))
    with store.unit(actor="eva") as unit:
        unit.put(first.void(on=ON)[0])
        unit.put(card("s-2"))

    assert ["s-1"] == [each.id for each in store.find(Scorecard, F.status == "void").records]
    assert 2 == len(store.find(Scorecard, F.ratings.any(F.rating == "yes")).records)


def test_a_uid_belongs_to_one_interview(store):
    """So that an answer belongs to one."""
    with store.unit(actor="eva") as unit:
        unit.put(interview(0, "bo"))
    with pytest.raises(Taken), store.unit(actor="eva") as unit:
        unit.put(interview(1, "cy").evolve(uid="i-0"))
