"""Scorecards of interviews: drafted, handed in, taken back, waited for, and put together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import IllegalStep, InputError, LawBroken, NotFound
from crmcore.model.hiring import AttributeRating, Organiser, Panelist, Rating, Scorecard, WallTime
from tests.app.recruiting.world import in_memory

if TYPE_CHECKING:
    from crmcore import CRM
    from crmcore.app import InterviewView

SQL = AttributeRating(attribute="sql", rating="yes")


def held(crm: CRM) -> InterviewView:
    """Return an interview that has taken place, with Ida and Max on the panel."""
    view = crm.schedule(
        crm.apply("c-1", "j", actor="eva"),
        WallTime.at(crm.clock.now() + timedelta(days=1), "Europe/Amsterdam"),
        panel=[Panelist(user=user, name=user, email=f"{user}@acme.dev") for user in ("ida", "max")],
        organiser=Organiser(name="Acme", email="hr@acme.dev"),
        minutes=45,
        actor="eva",
    )
    crm.clock.advance(days=2)
    return view.hold(actor="eva")


def test_a_draft_is_kept_and_handed_in_as_it_was_written(crm: CRM):
    """What is not said again stays; nobody else reads it before."""
    view = held(crm)
    view.draft_feedback("ida", notes="clear", ratings=[SQL])
    assert "draft" == view.draft_feedback("ida", overall="no").status
    assert () == view.scorecards(seen_by="max")
    card = view.feedback("ida", Rating.YES)

    assert ("submitted", "clear", (SQL,), Rating.YES) == (card.status, card.notes, card.ratings, card.overall)
    with pytest.raises(IllegalStep):
        view.draft_feedback("ida", notes="on second thoughts")
    assert 1 == crm.store.count(Scorecard)


def test_feedback_that_was_taken_back_counts_no_more(crm: CRM):
    """It takes a reason, and another may be written."""
    view = held(crm)
    view.feedback("ida", Rating.YES)
    with pytest.raises(LawBroken, match="for a reason"):
        view.void_feedback("ida", "", actor="eva")
    assert "void" == view.void_feedback("ida", "of somebody else", actor="eva").status
    assert Rating.NO is view.feedback("ida", "no").overall

    with pytest.raises(NotFound):
        view.void_feedback("max", "none", actor="eva")
    with pytest.raises(LawBroken, match="panel"):
        view.draft_feedback("mallory", notes="hello")


def test_a_panel_is_put_together_from_what_one_may_read(crm: CRM):
    """Who has not handed in their own sees no other."""
    view = held(crm)
    application = view.record.application
    view.feedback("ida", Rating.YES, ratings=[SQL])
    assert 0 == crm.panel_summary(application, seen_by="max").cards
    view.feedback("max", "no", ratings=[SQL.model_copy(update={"rating": Rating.NO})])
    told = crm.panel_summary(application, seen_by="max")

    assert (2, 1, ("sql",)) == (told.cards, told.in_favour, told.disputed)


@in_memory
def test_whose_feedback_is_late_is_told(crm: CRM):
    """By how long after the end it is due."""
    view = held(crm)
    view.feedback("ida", Rating.YES)
    soon, late = view.awaited(timedelta(days=7)), view.awaited(timedelta(hours=1))

    assert (("ida",), ("max",), ()) == (soon.submitted, soon.missing, soon.late)
    assert (("max",), ("ida",)) == (late.late, late.was_late)
    with pytest.raises(InputError):
        view.awaited(timedelta(days=1), at="monday")
