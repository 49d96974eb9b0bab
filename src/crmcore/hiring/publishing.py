"""Showing postings on boards: what has to be shown, changed or taken down at an instant, and what became of it.

First a plan, made of records alone. Then the postings note what is about to be asked, and are stored; so that whatever
happens to the process, what a board may show is never forgotten. Then the boards are asked, each with a result of its
own, so that one that is down keeps nothing from the others; and the postings note what became of it. Boards show one
advert of a posting, so asking twice shows nothing twice.

>>> from datetime import UTC, datetime
>>> from crmcore.hiring.postings import Employer
>>> from crmcore.model import Occasion
>>> from crmcore.model.hiring import Job
>>> from crmcore.model.hiring.posting import Posting
>>> from crmcore.testing.boards import MemoryBoard
>>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
>>> job, _ = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=on)
>>> posting = Posting.of_text("Build things.", id="x-1", job="j-1", title="Engineer", workplace="remote",
...                           remote_within=["NL"], boards=["site", "wall", "intranet"])
>>> posting, _ = posting.publish(job=job, on=on)
>>> boards = {"site": MemoryBoard(), "wall": MemoryBoard(is_down=True)}
>>> plan = due([posting], jobs={"j-1": job}, employer=Employer(name="Acme"), locations={}, as_of=on.at, boards=boards)
>>> plan, [task.board for task in plan.unasked]
(<Plan 2 to show, 0 to change, 0 to take down, 0 held back, 1 unasked>, ['intranet'])
>>> posting = asked(posting, plan, on=on)
>>> outcomes = carried_out(plan, boards)
>>> [(outcome.task.board, outcome.is_done) for outcome in outcomes]
[('site', True), ('wall', False)]
>>> posting, events = noted(posting, outcomes, on=on, new_id=iter("abc").__next__)
>>> [(each.key, each.state.value, each.reference) for each in posting.shown], [event.type for event in events]
([('site', 'up', 'advert-x-1'), ('wall', 'failed', '')], ['posting.board_showed', 'posting.board_failed'])
"""

from __future__ import annotations

from enum import StrEnum
from itertools import compress
from typing import TYPE_CHECKING, Any

import attrs

from crmcore._given import several
from crmcore.errors import InputError, LawBroken
from crmcore.hiring.postings import Employer, advert_of, missing
from crmcore.model.hiring import Opening
from crmcore.model.hiring.posting import BoardState, Posting, Shown
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring import Job
    from crmcore.model.hiring.place import Location
    from crmcore.model.occasion import Occasion
    from crmcore.ports import Advert, JobBoard

__all__ = [
    "HeldBack",
    "PostingOutcome",
    "PostingPlan",
    "PostingTask",
    "TaskKind",
    "asked",
    "carried_out",
    "due",
    "noted",
]


class TaskKind(StrEnum):
    """What a board is to do."""

    SHOW = "show"
    CHANGE = "change"
    TAKE_DOWN = "take_down"


@attrs.frozen(kw_only=True)
class PostingTask:
    """What one board is to do with one posting.

    Attributes:
        posting, board: which.
        kind: what.
        reference: what the board calls what it shows; empty where it shows nothing, or did not answer.
        advert: what to show; None to take it down.

    """

    posting: str
    board: str
    kind: TaskKind
    reference: str = ""
    advert: Advert | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class HeldBack:
    """A posting that is meant to be seen and cannot be: what a board shows of it stays as it is."""

    posting: str
    why: tuple[str, ...]


@attrs.frozen(kw_only=True, repr=False)
class PostingPlan:
    """What boards have to do at an instant, and what is held back.

    Attributes:
        as_of: the instant.
        tasks: what the boards that can be asked have to do.
        held_back: what is meant to be seen and cannot be.
        unasked: what boards would have to do that nobody can ask: nothing is noted of it, and it stays due.

    """

    as_of: datetime
    tasks: tuple[PostingTask, ...]
    held_back: tuple[HeldBack, ...]
    unasked: tuple[PostingTask, ...] = ()

    def __repr__(self) -> str:
        kinds = [task.kind for task in self.tasks]
        show, change, down = map(kinds.count, TaskKind)
        unasked = f", {len(self.unasked)} unasked" if self.unasked else ""
        return (
            f"<Plan {show} to show, {change} to change, {down} to take down, {len(self.held_back)} held back{unasked}>"
        )


@attrs.frozen(kw_only=True)
class PostingOutcome:
    """What became of a task.

    Attributes:
        task: which.
        reference: what the board calls what it shows now; empty where it shows nothing, or never answered.
        error: what the board raised, or None.

    """

    task: PostingTask
    reference: str = ""
    error: Exception | None = None

    @property
    def is_done(self) -> bool:
        """Whether the board did it."""
        return self.error is None

    @property
    def why(self) -> str:
        """Why not, in words; "" where it did."""
        return "" if self.error is None else (str(self.error) or type(self.error).__name__)[:1_000]


def due(
    postings: Iterable[Posting],
    *,
    jobs: Mapping[str, Job],
    employer: Employer,
    locations: Mapping[str, Location],
    as_of: datetime,
    openings: Iterable[Opening] = (),
    boards: Container[str] | None = None,
) -> PostingPlan:
    """Return what boards have to do so that they show what is meant to be seen at an instant, and nothing else.

    What has expired, was unpublished, or is of a job that is confidential, not open or not there, is taken down.

    Args:
        postings: those to look at.
        jobs, locations: by id, all that they name.
        employer: who hires.
        as_of: the instant; aware.
        openings: seats of the jobs, for how many are to take.
        boards: the names of those that can be asked; all by default.

    Raises:
        InputError: the instant has no time zone.

    """
    as_of = in_utc(as_of)
    postings = several(postings, Posting, "postings")
    seats = several(openings, Opening, "openings")
    tasks: list[PostingTask] = []
    held: list[HeldBack] = []
    for posting in sorted(postings, key=lambda each: each.id):
        job = jobs.get(posting.job)
        if job is None or not _is_meant(posting, job, as_of):
            tasks += _ended(posting, {each.key for each in posting.shown})
        elif faults := missing(posting, job=job, employer=employer, locations=locations, as_of=as_of):
            held.append(HeldBack(posting=posting.id, why=faults))
        else:
            advert = advert_of(posting, job=job, employer=employer, locations=locations, as_of=as_of, openings=seats)
            tasks += _shown(posting, advert)
            tasks += _ended(posting, {each.key for each in posting.shown} - set(posting.boards))
    can_be = [boards is None or task.board in boards for task in tasks]
    return PostingPlan(
        as_of=as_of,
        tasks=tuple(compress(tasks, can_be)),
        held_back=tuple(held),
        unasked=tuple(task for task, can in zip(tasks, can_be, strict=True) if not can),
    )


def asked(posting: Posting, plan: PostingPlan, *, on: Occasion) -> Posting:
    """Return a posting that knows what boards are about to be asked of it; store it before they are."""
    for task in plan.tasks:
        if task.posting == posting.id:
            before = posting.shown_by(task.board) or Shown(key=task.board, state=BoardState.ASKED, at=on.at)
            posting, _ = posting.told(before.evolve(state=BoardState.ASKED, at=on.at, why=""), on=on)
    return posting


def carried_out(plan: PostingPlan, boards: Mapping[str, JobBoard]) -> tuple[PostingOutcome, ...]:
    """Ask the boards, and return what became of each task; what one raises is in its outcome, and stops no other."""
    return tuple(_outcome(task, boards.get(task.board)) for task in plan.tasks)


def noted(
    posting: Posting,
    outcomes: Iterable[PostingOutcome],
    *,
    on: Occasion,
    new_id: Callable[[], str],
    is_overtaken: bool = False,
) -> tuple[Posting, tuple[Event, ...]]:
    """Return a posting that knows what became of its tasks, and the events; outcomes of other postings are passed over.

    Args:
        posting: as it was when the plan was made, or later.
        outcomes: see `carried_out`.
        on: when, and by whom.
        new_id: makes the ids of the events.
        is_overtaken: whether the posting was changed since it was stored as `asked`: another round may have asked the
            same board, before or after, so that nobody knows what it shows; it is to be asked again.

    """
    outcomes = several(outcomes, PostingOutcome, "outcomes")
    events: list[Event] = []
    for outcome in outcomes:
        if outcome.task.posting == posting.id:
            before = posting.shown_by(outcome.task.board)
            shown = _as_asked(outcome, at=on.at) if is_overtaken else _as_shown(outcome, at=on.at, before=before)
            posting, told = posting.told(shown, on=attrs.evolve(on, event_id=new_id()))
            events.append(told)
    return posting, tuple(events)


def _is_meant(posting: Posting, job: Job, as_of: datetime) -> bool:
    try:
        posting.check_showable(job)
    except LawBroken:
        return False
    return posting.is_live(as_of)


def _shown(posting: Posting, advert: Advert) -> Iterator[PostingTask]:
    """Yield what a board does not show yet, or shows otherwise, for all we know."""
    for board in sorted(posting.boards):
        now = posting.shown_by(board)
        reference = now.reference if now else ""
        if now is None or now.state is not BoardState.UP or now.digest != advert.digest:
            kind = TaskKind.CHANGE if reference else TaskKind.SHOW
            advert = attrs.evolve(advert, reference=reference)
            yield PostingTask(posting=posting.id, board=board, kind=kind, reference=reference, advert=advert)


def _ended(posting: Posting, boards: Iterable[str]) -> Iterator[PostingTask]:
    """Yield what some boards may show of it, and should not."""
    for board in sorted(boards):
        now = posting.shown_by(board)
        if now is not None and now.may_show:
            yield PostingTask(posting=posting.id, board=board, kind=TaskKind.TAKE_DOWN, reference=now.reference)


def _outcome(task: PostingTask, board: JobBoard | None) -> PostingOutcome:
    if board is None:
        return PostingOutcome(
            task=task, reference=task.reference, error=InputError(f"there is no board {task.board!r}")
        )
    try:
        return PostingOutcome(task=task, reference=_done(task, board))
    except Exception as error:  # noqa: BLE001 - one board's fault stops no other; it is kept in the outcome
        return PostingOutcome(task=task, reference=task.reference, error=error)


def _done(task: PostingTask, board: JobBoard) -> str:
    if task.advert is None:
        board.take_down(task.posting, reference=task.reference)
        return ""
    reference: object = board.show(task.advert)
    if not isinstance(reference, str) or not 0 < len(reference) <= 1_000:
        raise InputError(f"board {task.board!r} returned no reference of what it shows: {reference!r:.50}")
    return reference


def _as_asked(outcome: PostingOutcome, *, at: datetime) -> Shown:
    return Shown(key=outcome.task.board, state=BoardState.ASKED, reference=outcome.reference, at=at)


def _as_shown(outcome: PostingOutcome, *, at: datetime, before: Shown | None) -> Shown:
    task = outcome.task
    known: dict[str, Any] = {"key": task.board, "at": at}
    if not outcome.is_done:
        digest = before.digest if before else ""
        return Shown(**known, state=BoardState.FAILED, reference=outcome.reference, digest=digest, why=outcome.why)
    if task.advert is None:
        return Shown(**known, state=BoardState.DOWN)
    return Shown(**known, state=BoardState.UP, reference=outcome.reference, digest=task.advert.digest)
