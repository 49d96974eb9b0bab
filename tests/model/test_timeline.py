"""One order for what happened, and nothing shown that is hidden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import LawBroken
from crmcore.model import Activity, Attachment, Note, Task, Timeline, Viewer, Visibility

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
NOTES = [Note(id=f"n{i}", subjects=("c",), at=NOW, author="u1", body=str(i)) for i in range(3)]
CALL = Activity(id="a1", subjects=("c",), at=NOW, author="u1", type="call")


@given(st.permutations([*NOTES, CALL]))
def test_equal_instants_have_one_order(entries):
    """However entries arrive, they stand in the same order."""
    assert [CALL, *NOTES] == list(Timeline.of(entries))


def test_merging_keeps_every_entry_once():
    """Two timelines together hold what both hold."""
    both = Timeline.of(NOTES[:2]) + Timeline.of([*NOTES[1:], CALL])

    assert 4 == len(both)


def test_the_later_version_of_an_entry_stays():
    """An edited note stands once, as it is now."""
    edited = NOTES[0].evolve(body="better", version=2)

    assert [edited] == list(Timeline.of([edited, NOTES[0]])) == list(Timeline.of([NOTES[0], edited]))


@given(st.lists(st.sampled_from(Visibility), max_size=8), st.integers())
def test_hidden_entries_are_neither_returned_nor_counted(levels, seed):
    """What a viewer may not see leaves no trace; an administrator sees all."""
    notes = [
        Note(id=f"n{i}", subjects=("c",), at=NOW, author=Random(seed + i).choice(["me", "you"]), visibility=level)
        for i, level in enumerate(levels)
    ]
    seen = Timeline.of(notes).seen_by(Viewer(id="me"))
    hidden = [n for n in notes if n.visibility == "admin_only" or (n.visibility == "private" and n.author != "me")]

    assert not set(hidden) & set(seen)
    assert len(notes) - len(hidden) == len(seen)
    assert len(notes) == len(Timeline.of(notes).seen_by(Viewer(id="boss", is_admin=True)))


def test_tasks_are_done_once_and_not_before_they_are_set():
    """The first tick stays."""
    task = Task(id="t", subjects=("c",), at=NOW, author="u1", title="Call back", due_at=NOW + timedelta(days=1))
    done = task.complete(NOW + timedelta(hours=1))

    assert done == done.complete(NOW + timedelta(hours=2))
    assert [False, True] == [task.is_overdue(NOW), task.is_overdue(NOW + timedelta(days=2))]
    assert not done.is_overdue(NOW + timedelta(days=2))
    with pytest.raises(LawBroken):
        task.complete(NOW - timedelta(seconds=1))


def test_an_attachment_knows_its_bytes():
    """One changed byte is another file."""
    paper = Attachment.of(b"%PDF-1.7", id="a", subject="c", media_type="application/pdf", purpose="resume")

    assert [True, False] == [paper.holds(b"%PDF-1.7"), paper.holds(b"%PDF-1.8")]
