"""Stage tables hold what happened, as the records tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.model import ContactRecord, Occasion
from crmcore.model.hiring import Application, Job
from crmcore.model.hiring.approval import ApprovalFlow
from crmcore.model.hiring.posting import Posting, PostingStep
from crmcore.model.hiring.requisition import Requisition
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.stage_history import ENDINGS, STEPS, StageHistory, Step, Verb
from crmcore.reports.pipeline import StageTable
from crmcore.reports.pipeline._instants import instant_of
from crmcore.reports.pipeline.marks import APPLICATION_MARKS, JOB_MARKS
from crmcore.reports.pipeline.table import STATUSES, VERBS

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ("applied", "screen", "onsite", "offer")
PIPELINE = Pipeline(
    id="p-1", name="Engineering", stages=[Stage(key=key, label=key, category="interview") for key in KEYS]
)


@st.composite
def histories(draw: st.DrawFn) -> StageHistory:
    """Draw steps that the table of states allows, told in time or late."""
    steps: list[Step] = []
    status, stage, at = None, "", BEGAN
    for _ in range(draw(st.integers(1, 12))):
        allowed = STEPS.allowed(status)
        if not allowed:
            break
        verb = draw(st.sampled_from(allowed))
        to = (
            stage if verb in ENDINGS else draw(st.sampled_from([key for key in KEYS if key != stage or verb != "move"]))
        )
        at += timedelta(hours=draw(st.integers(0, 50)))
        late = timedelta(hours=draw(st.sampled_from([0, 0, 0, 30, 200])))
        steps.append(Step(verb=verb, stage=to, occurred_at=at, recorded_at=at + late, by="eva"))
        status, stage = STEPS.after(status, verb), to
    try:
        return StageHistory.of(steps)
    except ValueError:  # two of one instant, told in another order
        return StageHistory(steps=steps[:1])


def application(number: int, history: StageHistory) -> Application:
    """Build an application that this happened to."""
    went = "a-x" if history.status == "transferred" else None
    return Application(
        id=f"a-{number}", contact=f"c-{number % 3}", job="j-1", pipeline="p-1", history=history, went_to=went
    )


def read(table: StageTable) -> list[tuple[object, ...]]:
    """Return the stays of a table as plain values."""
    return [
        (
            table.applications.ids[app],
            table.stages[stage],
            came,
            None if np.isnat(left) else left.item(),
            entered.item(),
            None if by < 0 else VERBS[by],
        )
        for app, stage, came, left, entered, by in zip(
            table.application,
            table.stage,
            [VERBS[code] for code in table.came_by],
            table.left_at,
            table.entered_at,
            table.left_by,
            strict=True,
        )
    ]


def told(applications: list[Application], *, at: datetime | None = None) -> list[tuple[object, ...]]:
    """Return the stays as the records tell them."""
    found = []
    for each in applications:
        history = each.history if at is None else each.history.as_known(at)
        for stay in history.stays:
            left = stay.left_at.replace(tzinfo=None) if stay.left_at else None
            by = stay.left_by.verb if stay.left_by else None
            found.append((each.id, stay.stage, stay.came_by.verb, left, stay.entered_at.replace(tzinfo=None), by))
    return found


@settings(deadline=None)
@given(st.lists(histories(), max_size=6))
def test_the_stays_are_those_of_the_records(drawn: list[StageHistory]) -> None:
    """Every stay of every application is a row, with its steps, in the order of the records."""
    applications = [application(number, history) for number, history in enumerate(drawn)]
    table = StageTable.of(applications, pipelines=[PIPELINE])

    assert told(applications) == read(table)
    assert [each.status for each in applications] == [STATUSES[code] for code in table.status]
    assert [each.applied_at.replace(tzinfo=None) for each in applications] == table.applied_at.tolist()


@settings(deadline=None)
@given(st.lists(histories(), max_size=6), st.integers(0, 500))
def test_what_was_known_is_what_the_records_say_was_known(drawn: list[StageHistory], hours: int) -> None:
    """Cut to an earlier instant the table holds what `as_known` of each history holds, and no row of unknown ones."""
    at = BEGAN + timedelta(hours=hours)
    applications = [application(number, history) for number, history in enumerate(drawn)]
    known = [each for each in applications if each.history.as_known(at).steps]
    table = StageTable.of(applications, pipelines=[PIPELINE], as_known_at=at)

    assert told(applications, at=at) == read(table)
    assert tuple(each.id for each in known) == table.applications.ids


def test_a_table_of_nothing_is_empty() -> None:
    """No records give a table without rows, which can be read and cut."""
    table = StageTable.of([]).as_known(BEGAN)

    assert 0 == len(table) == len(table.entered_at) == len(table.left_at) == len(table.status) == len(table.opening)
    assert "<StageTable: 0 stays in 0 stages, 0 applications of 0 persons to 0 jobs, 0 openings, 0 offers>" == repr(
        table
    )


def test_a_record_that_is_given_twice_is_refused() -> None:
    """Nothing is counted twice because it was handed in twice."""
    step = Step(verb=Verb.ENTER, stage="applied", occurred_at=BEGAN, recorded_at=BEGAN, by="eva")
    each = application(1, StageHistory(steps=[step]))

    with pytest.raises(InputError, match="application 'a-1' is given twice"):
        StageTable.of([each, each])


def test_known_at_a_time_without_a_zone_is_refused() -> None:
    """An instant without a zone could be any of a day."""
    with pytest.raises(InputError, match="without a zone"):
        StageTable.of([], as_known_at=datetime(2026, 1, 1))  # noqa: DTZ001


def on(number: int) -> Occasion:
    """Return the occasion of a day."""
    return Occasion(event_id=f"e-{number}", at=BEGAN + timedelta(days=number), actor="eva")


def test_postings_requisitions_contacts_and_offers_tell_of_their_jobs_and_applications() -> None:
    """What other records know of jobs and applications is a mark, told when they told it."""
    requisition, _ = Requisition(id="r-1", title="Engineer", fill_began_at=on(1).at).draft(on=on(0))
    requisition, _ = requisition.submit(ApprovalFlow(), on=on(1))
    job = Job(id="j-1", title="Engineer", pipeline="p-1", requisitions=["r-1"], fill_ended_at=on(40).at)
    posting = Posting(id="o-1", job="j-1", title="Engineer")
    steps = [PostingStep(verb=verb, occurred_at=on(at).at, recorded_at=on(at).at, by="eva") for verb, at in POSTED]
    contact = ContactRecord(id="c-1", touches=[{"source": "board", "at": on(2).at}, {"source": "fair"}])
    step = Step(verb="enter", stage="applied", occurred_at=BEGAN, recorded_at=BEGAN, by="eva")
    table = StageTable.of(
        [application(1, StageHistory(steps=[step]))],
        jobs=[job],
        requisitions=[requisition],
        postings=[posting.evolve(history=steps)],
        contacts=[contact],
    )

    assert [("approved", 1), ("fill_began", 1), ("posted", 3), ("posted", 9), ("fill_ended", 40)] == [
        (JOB_MARKS[verb], (at.item() - BEGAN.replace(tzinfo=None)).days)
        for verb, at in zip(table.jobs.marks.verb, table.jobs.marks.occurred_at, strict=True)
    ]
    assert [("touched", 2)] == [
        (APPLICATION_MARKS[verb], (at.item() - BEGAN.replace(tzinfo=None)).days)
        for verb, at in zip(table.applications.marks.verb, table.applications.marks.occurred_at, strict=True)
    ]


POSTED = [("draft", 2), ("publish", 3), ("unpublish", 5), ("publish", 9)]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 1, 1), "without a zone"),  # noqa: DTZ001
        ("2026-01-01", "holds str values"),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), "outside the years 1 to 9999"),
        (datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))), "outside the years 1 to 9999"),
    ],
)
def test_what_is_no_instant_is_refused(at: object, said: str) -> None:
    """A text, a time without a zone, and one outside the years that there are."""
    with pytest.raises(InputError, match=said):
        StageTable.of([]).as_of(at)


@given(st.datetimes(timezones=st.timezones()))
def test_an_instant_is_kept_to_the_microsecond(at: datetime) -> None:
    """Whatever its zone, an instant is the same in the table."""
    try:
        utc = at.astimezone(UTC)
    except OverflowError:
        return

    assert utc.replace(tzinfo=None) == instant_of(at, name="at").item()
