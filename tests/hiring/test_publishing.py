"""Boards show what is meant to be seen, each once, whatever fails on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError, LawBroken
from crmcore.hiring.postings import Employer
from crmcore.hiring.publishing import TaskKind, asked, carried_out, due, noted
from crmcore.model.hiring import Job, Posting
from crmcore.model.hiring.posting import BoardState
from crmcore.model.occasion import Occasion
from crmcore.testing.boards import MemoryBoard

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ACME = Employer(name="Acme")


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


JOB = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on(0))[0]


def posting(**more: object) -> Posting:
    """Return one that is live since the first day."""
    held = {"id": "x-1", "job": "j-1", "title": "Engineer", "content": "<p>Hi</p>", "boards": ["site"]}
    remote = {"workplace": "remote", "remote_within": ["NL"]}
    return Posting.model_validate({**held, **remote, **more}).publish(job=JOB, on=on(1))[0]


def plan(*postings: Posting, day: float = 2, job: Job = JOB):
    """Return what is due on a day."""
    return due(postings, jobs={job.id: job}, employer=ACME, locations={}, as_of=on(day).at)


def scanned(held: Posting, boards: dict[str, MemoryBoard], *, day: float = 2, job: Job = JOB) -> Posting:
    """Return it after one scan."""
    todo = plan(held, day=day, job=job)
    outcomes = carried_out(todo, boards)
    return noted(asked(held, todo, on=on(day)), outcomes, on=on(day), new_id=map(str, count()).__next__)[0]


def test_a_scan_that_follows_a_scan_has_nothing_to_do():
    """Until something changes: then the same advert is changed in its place, or taken down."""
    boards = {"site": MemoryBoard()}
    held = scanned(posting(), boards)
    again = plan(held)
    edited = scanned(held.evolve(title="Lead"), boards, day=3)
    left = scanned(edited.unpublish(on=on(4))[0], boards, day=4)

    assert () == again.tasks
    assert "<Plan 0 to show, 0 to change, 0 to take down, 0 held back>" == repr(again)
    assert (held.shown[0].reference, BoardState.UP) == (edited.shown[0].reference, edited.shown[0].state)
    assert ({}, BoardState.DOWN, ()) == (boards["site"].shows, left.shown[0].state, plan(left, day=5).tasks)


@pytest.mark.parametrize(
    ("held", "job"),
    [
        (posting(), JOB.step("hold", on=on(3))[0]),
        (posting(), JOB.step("close", on=on(3))[0]),
        (posting(), JOB.evolve(is_confidential=True)),
        (posting(), JOB.evolve(id="j-9")),
        (posting(closes_at=on(4).at), JOB),
    ],
)
def test_what_should_not_be_seen_any_more_is_taken_down(held, job):
    """On hold, closed, made confidential, gone, or expired."""
    boards = {"site": MemoryBoard()}
    up = scanned(held, boards)

    assert 1 == len(boards["site"].shows)
    assert BoardState.DOWN is scanned(up, boards, day=5, job=job).shown[0].state
    assert {} == boards["site"].shows


def test_a_board_that_is_named_no_more_takes_it_down():
    """The others go on showing it."""
    boards = {"site": MemoryBoard(), "jobs": MemoryBoard()}
    held = scanned(posting(boards=["site", "jobs"]), boards)
    scanned(held.evolve(boards=["jobs"]), boards)

    assert (0, 1) == (len(boards["site"].shows), len(boards["jobs"].shows))


def test_one_board_that_fails_stops_no_other():
    """Its fault is kept with the posting, and tried again."""
    boards = {"jobs": MemoryBoard(is_down=True), "site": MemoryBoard()}
    held = scanned(posting(boards=["jobs", "site"]), boards)

    assert [BoardState.FAILED, BoardState.UP] == [each.state for each in held.shown]
    assert "the board cannot be reached" == held.shown_by("jobs").why
    boards["jobs"].is_down = False
    assert BoardState.UP is scanned(held, boards, day=3).shown_by("jobs").state


class Deaf(MemoryBoard):
    """Does what it is asked, and its answer is lost."""

    def show(self, advert):
        super().show(advert)
        raise TimeoutError("no answer")


def test_a_try_whose_answer_was_lost_is_made_again():
    """The board shows it once; and if it is not to be seen any more, it is taken down, though it never was confirmed."""
    deaf = Deaf()
    held = scanned(posting(), {"site": deaf})
    heard = MemoryBoard(shows=deaf.shows, changes=deaf.changes)
    after = scanned(held, {"site": heard}, day=3)

    assert (BoardState.FAILED, BoardState.UP, 1) == (held.shown[0].state, after.shown[0].state, heard.changes)
    scanned(held.unpublish(on=on(3))[0], {"site": heard}, day=3)
    assert {} == heard.shows


def test_a_process_that_dies_between_asking_and_noting_forgets_nothing():
    """Since it was noted before that the board would be asked; without that, the board would show it for ever."""
    board, todo = MemoryBoard(), plan(posting())
    carried_out(todo, {"site": board})
    careful, careless = (
        scanned(held.unpublish(on=on(3))[0], {"site": board}, day=4)
        for held in (asked(posting(), todo, on=on(2)), posting())
    )

    assert BoardState.DOWN is careful.shown[0].state
    assert () == careless.shown
    assert {} == board.shows


def test_what_comes_back_is_shown_again():
    """The same text in the same place."""
    boards = {"site": MemoryBoard()}
    up = scanned(posting(), boards)
    down = scanned(up.unpublish(on=on(3))[0], boards, day=3)
    scanned(down.publish(job=JOB, on=on(4))[0], boards, day=4)

    assert 1 == len(boards["site"].shows)


def test_a_change_that_fails_leaves_what_was_shown():
    """And what is known of it."""
    boards = {"site": MemoryBoard()}
    up = scanned(posting(), boards)
    boards["site"].is_down = True
    failed = scanned(up.evolve(title="Lead"), boards, day=3)

    assert (True, up.shown[0].digest) == (failed.shown[0].may_show, failed.shown[0].digest)
    assert [TaskKind.CHANGE] == [task.kind for task in plan(failed, day=4).tasks]


def test_a_change_whose_answer_was_lost_is_undone_by_showing_the_old_text_again():
    """The board may show the new one, though the last that it confirmed is the old."""
    board = MemoryBoard()
    up = scanned(posting(), {"site": board})
    lost = scanned(up.evolve(title="Lead"), {"site": Deaf(shows=board.shows)}, day=3)

    assert "Lead" == board.shows["x-1"].title
    assert up.shown[0].digest == lost.shown[0].digest
    scanned(lost.evolve(title="Engineer"), {"site": board}, day=4)
    assert "Engineer" == board.shows["x-1"].title


def test_what_is_not_whole_is_held_back_with_the_reasons():
    """A board goes on showing what it showed."""
    boards = {"site": MemoryBoard()}
    up = scanned(posting(), boards)
    broken = plan(up.evolve(content=""), day=3)

    assert ((), "x-1", ("description: there are no words in it",)) == (
        broken.tasks,
        broken.held_back[0].posting,
        broken.held_back[0].why,
    )


def test_a_board_that_answers_nonsense_has_failed():
    """No reference, no advert."""

    class Mute(MemoryBoard):
        def show(self, advert):
            return None

    held = scanned(posting(), {"site": Mute()})

    assert BoardState.FAILED is held.shown[0].state
    assert "returned no reference" in held.shown[0].why
    with pytest.raises(InputError, match="time zone"):
        due([], jobs={}, employer=ACME, locations={}, as_of=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


STEPS = st.lists(
    st.sampled_from(["scan", "scan", "lose", "publish", "unpublish", "edit", "hide", "down", "up", "drop", "add"]),
    max_size=20,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_whatever_happens_a_scan_that_reaches_the_boards_puts_them_right(steps):
    """They show each posting that is meant to be seen once, as it is now, and nothing else."""
    held, job, boards = posting(), JOB, {"site": MemoryBoard(), "jobs": MemoryBoard()}
    for day, step in enumerate(steps, 2):
        if step == "scan":
            held = scanned(held, boards, day=day, job=job)
        elif step == "lose":  # the boards did it, and the process died before it was noted
            todo = plan(held, day=day, job=job)
            held = asked(held, todo, on=on(day))
            carried_out(todo, boards)
        elif step in {"publish", "unpublish"}:
            try:
                held, _ = held.publish(job=job, on=on(day)) if step == "publish" else held.unpublish(on=on(day))
            except LawBroken:
                continue
        elif step == "edit":
            held = held.evolve(title=f"Engineer {day % 3}")
        elif step == "hide":
            job = job.evolve(is_confidential=not job.is_confidential)
        elif step in {"down", "up"}:
            boards["jobs"].is_down = step == "down"
        else:
            held = held.evolve(boards=["site", "jobs"] if step == "add" else ["site"])
    boards["jobs"].is_down = False
    held = scanned(held, boards, day=99, job=job)
    meant = held.boards if held.is_live(on(99).at) and not job.is_confidential else ()

    for name, board in boards.items():
        titles = [advert.title for advert in board.shows.values()]
        assert titles == ([held.title] if name in meant else [])
    assert () == plan(held, day=100, job=job).tasks
