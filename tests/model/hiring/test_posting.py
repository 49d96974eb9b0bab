"""Postings: when they are meant to be seen, by whom, and what is known of each board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import IllegalStep, LawBroken
from crmcore.model.hiring import Job, Posting, PostingStatus
from crmcore.model.hiring.posting import BoardState, Shown
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


JOB = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on(0))[0]


def posting(**more: object) -> Posting:
    """Return a draft."""
    return Posting.model_validate({"id": "x-1", "job": "j-1", "title": "Engineer", "content": "<p>Hi</p>", **more})


def test_it_is_seen_between_publishing_and_taking_down():
    """Again and again, while the job stays open; it was first published once."""
    held, _ = posting().publish(job=JOB, on=on(1))
    held, _ = held.unpublish(on=on(3))
    held, told = held.publish(job=JOB, on=on(5))

    assert [False, True, True, False, False, True] == [held.is_live(on(day).at) for day in range(6)]
    assert ("posting.published", PostingStatus.LIVE, on(1).at) == (told.type, held.status, held.first_published_at)
    with pytest.raises(IllegalStep, match="what is live cannot publish; it can: unpublish"):
        held.publish(job=JOB, on=on(6))
    with pytest.raises(IllegalStep, match="what has not begun cannot unpublish"):
        posting().unpublish(on=on(1))


def test_it_expires_at_an_instant():
    """Which is over already; and is not published afterwards."""
    held, _ = posting(closes_at=on(4).at).publish(job=JOB, on=on(1))

    assert (False, True) == (held.expired(on(3.999).at), held.expired(on(4).at))
    assert (True, False) == (held.is_live(on(3.999).at), held.is_live(on(4).at))
    with pytest.raises(LawBroken, match="closed at"):
        posting(closes_at=on(4).at).publish(job=JOB, on=on(4))


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (JOB.evolve(is_confidential=True), "job 'j-1' is confidential"),
        (JOB.evolve(id="j-2"), "is of job 'j-1', not of 'j-2'"),
        (JOB.step("close", on=on(1))[0], "job 'j-1' is closed"),
        (JOB.step("hold", on=on(1))[0], "job 'j-1' is on_hold"),
        (Job(id="j-1", title="E", pipeline="p"), "job 'j-1' is draft"),
    ],
)
def test_what_may_not_be_shown_is_not_published(job, why):
    """Neither inside nor outside."""
    for audience in ("internal", "external"):
        with pytest.raises(LawBroken, match=why):
            posting(audience=audience).publish(job=job, on=on(2))


def test_its_text_is_cleaned_as_the_record_is_made():
    """By whatever way it comes in; and is the same when it comes back."""
    dirty = {"content": '<p onclick="x()">Hi<script>alert(1)</script></p>'}
    for held in (
        posting(**dirty),
        posting().evolve(**dirty),
        Posting.model_validate_json(posting(**dirty).model_dump_json()),
    ):
        assert ("<p>Hi</p>", "Hi") == (held.content, held.text)
    assert "<p>&lt;b&gt;</p>" == Posting.of_text("<b>", id="x", job="j", title="T").content


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_text_is_stored_as_it_will_be_read(text):
    """What is stored passes unchanged through every later reading."""
    held = posting(content=text)

    assert held == Posting.model_validate_json(held.model_dump_json())


def test_what_is_known_of_a_board_is_replaced_with_each_try():
    """The event says which board, and why it failed."""
    up = Shown(key="site", state="up", reference="17", digest="d", at=on(1).at)
    held, _ = posting().told(up, on=on(1))
    held, told = held.told(up.evolve(state="failed", why="no credit"), on=on(2))

    assert (1, BoardState.FAILED, True) == (len(held.shown), held.shown_by("site").state, held.shown[0].may_show)
    assert ("posting.board_failed", "no credit") == (told.type, told.data["why"])
    assert held.shown_by("other") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"remote_within": ["NL"]},
        {"workplace": "remote", "remote_within": ["Netherlands"]},
        {"closes_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point
        {"url": "javascript:alert(1)"},
        {"boards": ["site", "site"]},
        {"boards": ["No Slug"]},
        {"employment": ["forever"]},
        {"months_of_experience": 0},
        {"experience_counts_for_education": True, "months_of_experience": 12},
        {"content": "x" * 1_000_001},
        {"content": "&" * 900_000},
        {"shown": [{"key": "site", "state": "up", "at": BEGIN}]},
        {"shown": [{"key": "site", "state": "down", "reference": "17", "at": BEGIN}]},
        {"history": [{"verb": "unpublish", "by": "eva", "occurred_at": BEGIN, "recorded_at": BEGIN}]},
    ],
)
def test_nonsense_is_refused(wrong):
    """As the record is made."""
    with pytest.raises(ValidationError):
        posting(**wrong)
