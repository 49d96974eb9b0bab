"""Leads: categories, reasons, conversion, and a score that explains itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from crmcore.errors import LawBroken
from crmcore.model import Criterion, Lead, LeadCategory, LeadStatus, Occasion, Qualification

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ON = Occasion(event_id="e1", at=NOW, actor="u1")
WON = LeadStatus(key="signed", label="Signed!", category=LeadCategory.WON)
LOST = LeadStatus(key="gone", label="Gone", category=LeadCategory.LOST)


def test_losing_needs_a_reason():
    """A lost lead says why; a blank reason is none."""
    lead = Lead(id="l", contact="c")
    with pytest.raises(ValidationError, match="needs a reason"):
        lead.move(LOST, loss_reason="  ", on=ON)
    lost, event = lead.move(LOST, loss_reason="took another job", on=ON)

    assert "took another job" == lost.loss_reason == event.data["loss_reason"]


def test_converting_twice_returns_the_first_result():
    """The second call makes nothing and leaves the link to the first candidate."""
    lead, candidate, event = Lead(id="l", contact="c", owner="u1").convert(candidate_id="k1", to=WON, on=ON)
    again, none, silent = lead.convert(candidate_id="k2", to=WON, on=ON)

    assert ("c", "l", "u1") == (candidate.contact, candidate.from_lead, candidate.recruiter)
    assert "lead.converted" == event.type
    assert (lead, None, None) == (again, none, silent)
    assert "k1" == again.conversion.candidate


def test_a_converted_lead_stays_won():
    """The link to the candidate would lie otherwise."""
    lead, *_ = Lead(id="l", contact="c").convert(candidate_id="k1", to=WON, on=ON)

    with pytest.raises(LawBroken, match="stays won"):
        lead.move(LOST, loss_reason="no", on=ON)
    with pytest.raises(LawBroken, match="is lost"):
        Lead(id="l", contact="c").convert(candidate_id="k1", to=LOST, on=ON)


def test_snoozed_leads_are_due_when_the_time_has_come():
    """The instant decides, the clock is not read."""
    lead = Lead(id="l", contact="c").snooze(NOW)

    assert [False, True] == [lead.is_due(NOW - timedelta(seconds=1)), lead.is_due(NOW)]


def test_score_lists_every_criterion():
    """Also the ones that nobody has rated yet."""
    fit = Qualification(
        criteria=(Criterion(key="skills", weight=3, minimum=3), Criterion(key="budget"), Criterion(key="notice"))
    )
    score = fit.rate("skills", 4).rate("budget", 1).rate("budget", 5).score

    assert ["skills", "budget", "notice"] == [line.criterion.key for line in score.lines]
    assert [4, 5, None] == [line.points for line in score.lines]
    assert (Decimal("68.00"), False, False) == (score.value, score.is_complete, score.is_qualified)


def test_a_missed_minimum_disqualifies():
    """A high score does not make up for it."""
    fit = Qualification(criteria=(Criterion(key="permit", minimum=5), Criterion(key="skills", weight=99)))
    score = fit.rate("permit", 4).rate("skills", 5).score

    assert (True, False) == (score.is_complete, score.is_qualified)
    assert score.value > 99


def test_rating_what_is_not_asked_is_refused():
    """A rating belongs to a criterion."""
    with pytest.raises(ValidationError, match="no criterion 'humour'"):
        Qualification(criteria=(Criterion(key="skills"),)).rate("humour", 5)
