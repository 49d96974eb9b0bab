"""What is no record of the kind that is asked for, or no list of them, is told as what it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError
from crmcore.hiring import closing, histories, knocking_out, moving, offering, pools, publishing, seating
from crmcore.hiring.applying import ApplicationForm
from crmcore.hiring.handover import managers_first
from crmcore.hiring.invitations import read_calendar, read_reply
from crmcore.hiring.invitations.uids import interview_uid
from crmcore.hiring.invitations.writing import withdrawals
from crmcore.hiring.slots import Diary, Pool, WorkingHours, find_days, find_slots
from crmcore.hiring.slots.diary import interviews_of, room_use
from crmcore.model import ContactRecord, Occasion
from crmcore.model.consent import Consent
from crmcore.model.hiring import Application, Job, Opening, Questionnaire
from crmcore.model.hiring.answers import answered
from crmcore.model.hiring.feedback import summary, visible_to
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.stage_history import StageHistory

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = AT, AT + timedelta(days=7)
ON = Occasion(event_id="e-1", at=AT, actor="eva", reason="budget")
PIPELINE = Pipeline(id="p-1", name="Any", stages=[Stage(key="screen", label="Screen", category="screening")])
ADA = ContactRecord(id="c-1")
FORM = Questionnaire(id="q-1")
HOURS = WorkingHours.of("UTC", "mon-fri 09:00-17:00")
JOB, _ = Job(id="j-1", title="Engineer", pipeline="p-1").step("open", on=ON)
APPLIED, _ = Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=ON)
SEAT, _ = Opening(id="o-1", job="j-1").open(on=ON)
SLIPS = [None, 5, "a-1", b"a-1", {"a-1": APPLIED}, [None], ["a-1"], object()]
ONES = [None, 5, "j-1", b"j-1", [], object()]

LISTS: dict[str, Callable[[object], object]] = {
    "ages": lambda wrong: moving.ages(wrong, within={}, at=AT),
    "answers": lambda wrong: knocking_out.knocked_out(FORM, wrong, at=AT),
    "applications, touched": lambda wrong: pools.yields([], contacts=[], applications=wrong),
    "applications, rejected": lambda wrong: pools.silver_medallists(wrong, pipelines={}, contacts={}, at=AT),
    "applications, hindering": lambda wrong: pools.hindrances(ADA, channel="email", applications=wrong, at=AT),
    "board": lambda wrong: moving.board(wrong, within=PIPELINE),
    "entries": lambda wrong: pools.relationship(ADA, wrong, at=AT),
    "hires": managers_first,
    "interviews": lambda wrong: interviews_of("bo", wrong),
    "looks": histories.observed,
    "openings": lambda wrong: closing.close(JOB, openings=wrong, new_id=lambda: "e", on=ON),
    "outcomes": lambda wrong: publishing.noted(None, wrong, on=ON, new_id=lambda: "e"),
    "postings": lambda wrong: publishing.due(wrong, jobs={}, employer=None, locations={}, as_of=AT),
    "removed": lambda wrong: withdrawals(None, wrong, at=AT),
    "rooms in use": lambda wrong: room_use("r-1", wrong),
    "rounds": lambda wrong: find_days(rounds=wrong, within=WEEK),
    "scorecards": summary,
    "scorecards seen": lambda wrong: visible_to("bo", wrong, interviews=[]),
    "seats": lambda wrong: seating.add_openings(JOB, 1, new_id=lambda: "e", on=ON, seats=wrong),
    "steps": StageHistory.of,
    "steps, imported": histories.imported,
    "offers": lambda wrong: seating.close_opening(SEAT, offers=wrong, on=ON),
}
RECORDS: dict[str, Callable[[object], object]] = {
    "contact, hindered": lambda wrong: pools.hindrances(wrong, channel="email", at=AT),
    "contact, known": lambda wrong: pools.relationship(wrong, [], at=AT),
    "job, closed": lambda wrong: closing.close(wrong, openings=[], new_id=lambda: "e", on=ON),
    "job, reopened": lambda wrong: seating.reopen(wrong, openings=[], new_id=lambda: "e", on=ON),
    "pipeline": lambda wrong: moving.board([], within=wrong),
    "pipeline, moved": lambda wrong: APPLIED.move("screen", within=wrong, on=ON),
    "pipeline, reopened": lambda wrong: APPLIED.reopen(within=wrong, on=ON),
    "occasion, moved": lambda wrong: APPLIED.move("screen", within=PIPELINE, on=wrong),
    "occasion, rejected": lambda wrong: APPLIED.reject("skills", on=wrong),
    "occasion, reopened": lambda wrong: APPLIED.reopen(within=PIPELINE, on=wrong),
    "application, hired": lambda wrong: offering.hire(application=wrong, opening=SEAT, on=ON),
    "opening, hired": lambda wrong: offering.hire(application=APPLIED, opening=wrong, on=ON),
    "occasion, hired": lambda wrong: offering.hire(application=APPLIED, opening=SEAT, on=wrong),
    "job, offered": lambda wrong: offering.draft(
        id="f-1", application=APPLIED, opening=SEAT, job=wrong, terms=None, on=ON
    ),
    "offer, seated": lambda wrong: offering.seat(wrong, opening=SEAT, application=APPLIED, on=ON),
    "opening, reopened": lambda wrong: seating.reopen_opening(wrong, job=JOB, on=ON),
    "job of a seat": lambda wrong: seating.reopen_opening(SEAT, job=wrong, on=ON),
    "pipeline, entered": lambda wrong: Application.begin(id="a-2", contact="c-1", job="j-1", within=wrong, on=ON),
    "occasion": lambda wrong: Application.begin(id="a-2", contact="c-1", job="j-1", within=PIPELINE, on=wrong),
    "questionnaire": lambda wrong: answered(wrong, {}),
    "questionnaire, judged": lambda wrong: knocking_out.knocked_out(wrong, [], at=AT),
}
TEXTS: dict[str, Callable[[object], object]] = {
    "calendar": read_calendar,
    "reply": read_reply,
    "uid": interview_uid,
}


@pytest.mark.parametrize("name", LISTS)
def test_what_is_no_list_of_them_is_refused(name):
    """Nothing, a number, a text, a mapping, and a list of anything else."""
    for wrong in SLIPS:
        with pytest.raises(InputError):
            LISTS[name](wrong)


def test_one_record_in_place_of_a_list_is_told_as_that():
    """The slip that is made most often; a record yields its fields, which nobody means."""
    with pytest.raises(InputError, match="records: a list is needed; put the Staged into one"):
        moving.ages(APPLIED, within={}, at=AT)
    with pytest.raises(InputError, match="applications: each is an Application, not a Job"):
        pools.silver_medallists([APPLIED, JOB], pipelines={"p-1": PIPELINE}, contacts={}, at=AT)


@pytest.mark.parametrize("name", RECORDS)
def test_what_is_no_such_record_is_refused(name):
    """Its id, too: functions read nothing; the database does."""
    for wrong in ONES:
        with pytest.raises(InputError, match="is needed, not"):
            RECORDS[name](wrong)


@pytest.mark.parametrize("name", TEXTS)
def test_what_cannot_be_read_is_refused(name):
    """What reads takes bytes or a text; a number is not so many zero bytes."""
    for wrong in (None, 5, -1, 10**30, [], {}, object(), ["x"], True):
        with pytest.raises(InputError):
            TEXTS[name](wrong)


def test_what_else_is_handed_in_is_of_its_kind():
    """Each says what it takes."""
    diary = Diary(user="bo", hours=HOURS)
    for slip in (
        lambda: read_calendar(b"BEGIN:VCALENDAR", limits=5),
        lambda: WorkingHours.of("UTC", "mon 09:00-17:00", exceptions=["2026-03-02"]),
        lambda: WorkingHours.of("UTC", "mon 09:00-17:00", holidays=None),
        lambda: HOURS.on("2026-03-02"),
        lambda: HOURS.on(AT),
        lambda: find_slots(panel=[diary], minutes=30, within=WEEK, rooms=5),
        lambda: Pool(of=None),
        lambda: Pool(of=diary),
        lambda: ApplicationForm(credits=None),
        lambda: ApplicationForm(consents=Consent(purpose="recruiting", decision="granted", decided_at=AT)),
        lambda: histories.Seen(at=AT, stage="screen", status="bogus"),
        lambda: histories.observed([histories.Seen(at=AT, stage="screen")]).history(by="ats", when="soon"),
    ):
        with pytest.raises(InputError):
            slip()
