"""Interviews of a database: scheduled without clashes, changed with the messages that have to go out, judged blindly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crmcore import CRM, ContactRecord, EmailAddress, PersonName
from crmcore.errors import IllegalStep, InputError, LawBroken, ReplyRefused
from crmcore.hiring.invitations import Method, ReplyOutcome
from crmcore.hiring.slots import Diary, Room, WorkingHours
from crmcore.model.hiring import (
    Application,
    InterviewStatus,
    Job,
    Opening,
    Organiser,
    Panelist,
    Rating,
    Response,
    WallTime,
)
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crmcore.app._interview_view import InterviewView

EVA = Organiser(email="eva@example.org", name="Eva")
BO, MAX = (Panelist(user=name, email=f"{name}@example.org") for name in ("bo", "max"))


def amsterdam(local: str) -> WallTime:
    """Return what the clocks of Amsterdam show then."""
    return WallTime.of(datetime.fromisoformat(local), "Europe/Amsterdam")


MONDAY, LATER, NEXT = (amsterdam(f"2026-09-07T10:{minute}") for minute in ("00", "30", "45"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CRM]:
    """A database with one open job, to which two people have applied."""
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path / 'crm.db'}"}.get(request.param)
    with CRM.open(url or request.getfixturevalue("postgres_url"), clock=ManualClock()) as opened:
        on = Occasion(event_id="e-job", at=opened.clock.now(), actor="eva")
        with opened.unit(actor="eva") as unit:
            unit.put(Pipeline(id="p", name="All", stages=[Stage(key="onsite", label="On site", category="interview")]))
            unit.put(Job(id="j", title="Data engineer", pipeline="p").step("open", on=on)[0])
        for name in ("ada", "alan"):
            mail = EmailAddress(raw=f"{name}@example.com", normal=f"{name}@example.com")
            opened.apply(ContactRecord(id=name, name=PersonName(given=name.title()), emails=(mail,)), "j", actor="eva")
        yield opened


def scheduled(
    crm: CRM, who: str = "ada", start: WallTime = MONDAY, panel: tuple[Panelist, ...] = (BO,), **more: object
) -> InterviewView:
    """Schedule an interview of 45 minutes."""
    (application,) = [one for one in crm.store.stream(Application) if one.contact == who]
    return crm.schedule(application, start, minutes=45, panel=panel, organiser=EVA, actor="eva", **more)


def test_both_sides_are_invited_apart(crm: CRM):
    """The candidate by the primary address; a view that no verb has made has nothing to send."""
    view = scheduled(crm)
    sent = view.invitations()

    assert [(Method.REQUEST, ["ada@example.com"]), (Method.REQUEST, ["bo@example.org"])] == [
        (each.method, [mailbox for mailbox, _ in each.recipients]) for each in sent
    ]
    assert b"bo@example.org" not in sent[0].ics
    assert () == crm.interview(view.id).invitations()


@pytest.mark.parametrize(
    ("start", "panel", "more", "is_free"),
    [
        (LATER, (BO,), {}, False),
        (LATER, (MAX,), {}, True),
        (LATER, (MAX,), {"room": "blue"}, False),
        (NEXT, (BO,), {"room": "blue"}, True),
    ],
)
def test_nobody_is_in_two_interviews_at_once(crm: CRM, start, panel, more, is_free):
    """Interviewers and rooms; those that only touch do not clash; who wants to, may clash."""
    scheduled(crm, room="blue")
    if is_free:
        scheduled(crm, "alan", start, panel, **more)
    else:
        with pytest.raises(LawBroken, match="is needed in interview"):
            scheduled(crm, "alan", start, panel, **more)
        scheduled(crm, "alan", start, panel, may_clash=True, **more)


def test_a_clash_is_looked_for_wherever_time_or_people_change(crm: CRM):
    """Nothing is changed by trying."""
    scheduled(crm)
    other = scheduled(crm, "alan", NEXT)
    before = other.record

    with pytest.raises(LawBroken, match="'bo' is needed"):
        other.reschedule(LATER, actor="eva")
    assert before == other.record
    free = scheduled(crm, "alan", amsterdam("2026-09-08T10:00"), (MAX,))
    with pytest.raises(LawBroken, match="is needed"):
        free.reschedule(NEXT, actor="eva")


def test_a_cancelled_interview_takes_up_no_time(crm: CRM):
    """And everybody is told."""
    cancelled = scheduled(crm).cancel(actor="eva", reason="ill")

    assert {Method.CANCEL} == {each.method for each in cancelled.invitations()}
    assert InterviewStatus.SCHEDULED is scheduled(crm, "alan").record.status


def reply(view: InterviewView, who: str, answer: str, *, sequence: int = 0) -> bytes:
    """Return what a calendar answers."""
    uid = next(each.uid for each in view.invitations() if who in dict(each.recipients))
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", "METHOD:REPLY", "BEGIN:VEVENT", f"UID:{uid}"),
        *(f"SEQUENCE:{sequence}", "DTSTAMP:20260101T000000Z", f"ATTENDEE;PARTSTAT={answer}:mailto:{who}"),
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines).encode()


def test_an_answer_changes_that_attendee_alone_and_an_old_one_nothing(crm: CRM):
    """After a change of time everybody is asked again."""
    view = scheduled(crm)
    accepted = reply(view, "bo@example.org", "ACCEPTED")
    assert ReplyOutcome.RECORDED is view.answered(accepted, actor="mailbox")
    assert (Response.ACCEPTED, Response.NEEDS_ACTION) == (
        view.record.panel[0].response,
        view.record.candidate.response,
    )
    moved = view.reschedule(LATER, actor="eva")

    assert {1} == {each.sequence for each in moved.invitations()}
    with pytest.raises(ReplyRefused):
        moved.answered(accepted, actor="mailbox")
    with pytest.raises(ReplyRefused):
        moved.answered(accepted.replace(b"bo@", b"mallory@"), actor="mailbox")


def test_nobody_reads_what_others_think_before_saying_what_they_think(crm: CRM):
    """Feedback is handed in once, by who was there, and not before."""
    view = scheduled(crm, panel=(BO, MAX))
    with pytest.raises(IllegalStep, match="begins at"):
        view.feedback("bo", Rating.YES)
    crm.clock.advance(days=400)
    view.hold(actor="eva").feedback("bo", Rating.YES, notes="clear")

    assert () == view.scorecards(seen_by="max")
    with pytest.raises(LawBroken, match="panel"):
        view.feedback("mallory", Rating.NO)
    with pytest.raises(IllegalStep):
        view.feedback("bo", Rating.NO)
    view.feedback("max", "no")
    assert {"bo", "max"} == {card.interviewer for card in view.scorecards(seen_by="max")}


def test_an_hour_that_the_clocks_skip_is_none(crm: CRM):
    """The error says what to take instead."""
    with pytest.raises(InputError, match="they go forward then"):
        scheduled(crm, start=amsterdam("2027-03-28T02:30"))


def test_nobody_is_interviewed_for_what_has_ended(crm: CRM):
    """The error says how it ended."""
    crm.reject(next(iter(crm.store.stream(Application))), "skills", actor="eva")
    ended = next(one.contact for one in crm.store.stream(Application) if one.status.value == "rejected")

    with pytest.raises(LawBroken, match="is rejected"):
        scheduled(crm, ended)


ENDING = {
    "reject": lambda crm, who: crm.reject(who, "skills", actor="eva"),
    "withdraw": lambda crm, who: crm.withdraw(who, actor="eva"),
    "transfer": lambda crm, who: crm.transfer(who, "k", actor="eva"),
    "hire": lambda crm, who: crm.hire(who, actor="eva"),
    "reject_all": lambda crm, who: crm.reject_all([who], "skills", actor="eva"),
    "withdraw_all": lambda crm, who: crm.withdraw_all([who], actor="eva"),
}


@pytest.mark.parametrize("end", ENDING.values(), ids=ENDING)
@pytest.mark.parametrize("crm", ["memory"], indirect=True)
def test_an_end_names_the_interviews_that_are_still_to_be_held(crm: CRM, end: Callable[[CRM, str], object]):
    """They are not called off by themselves: somebody has to tell those who are invited, and it takes one line."""
    on = Occasion(event_id="e-k", at=crm.clock.now(), actor="eva")
    with crm.unit(actor="eva") as unit:
        unit.put(Job(id="k", title="Analyst", pipeline="p").step("open", on=on)[0])
        unit.put(Opening(id="o", job="j").open(on=on)[0])
    later, first, called_off = (scheduled(crm, start=amsterdam(f"2026-09-{day}T10:00")) for day in ("09", "08", "10"))
    called_off.cancel(actor="eva")
    application = first.record.application
    end(crm, application)
    told = [stored.event for stored in crm.store.history.events() if stored.event.subject_id == application]

    assert [first.id, later.id] == told[-1].data["interviews"]
    assert [first.id, later.id, called_off.id] == [view.id for view in crm.interviews_of(application)]
    cancelled = [view.cancel(actor="eva") for view in crm.interviews_of(application, pending=True)]
    assert [Method.CANCEL] * 4 == [each.method for view in cancelled for each in view.invitations()]
    assert () == crm.interviews_of(application, pending=True)


def test_interviews_of_an_application_are_its_own(crm: CRM):
    """In the order in which they begin; an application that moves is told of without them."""
    scheduled(crm, "alan", NEXT)
    later, first = scheduled(crm, start=amsterdam("2026-09-09T10:00")), scheduled(crm)
    application = crm.get(Application, first.record.application)

    assert [first.id, later.id] == [view.id for view in crm.interviews_of(application)]
    with pytest.raises(InputError):
        crm.interviews_of(None)
    (event,) = [one.event for one in crm.store.history.events() if one.event.subject_id == application.id]
    assert "interviews" not in event.data


HOURS = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-12:00")
WEEK = datetime(2026, 9, 7, tzinfo=UTC), datetime(2026, 9, 12, tzinfo=UTC)


def test_a_slot_is_found_beside_what_is_scheduled_and_scheduled_as_it_is(crm: CRM):
    """Interviewer, candidate and room are not needed twice; the slot says who, where and how long."""
    scheduled(crm, room="blue")  # bo and ada from 10:00 to 10:45 on Monday
    (alan,) = [one for one in crm.store.stream(Application) if one.contact == "alan"]
    panel = [Diary(user="bo", hours=HOURS), Diary(user="max", hours=HOURS)]
    slots = crm.find_slots(
        panel=panel,
        minutes=90,
        within=WEEK,
        application=alan,
        rooms=[Room(id="blue", capacity=4)],
        candidate_zone="Europe/Amsterdam",
    )
    view = crm.schedule(alan, slots[0], panel=[BO, MAX], organiser=EVA, actor="eva")

    assert (amsterdam("2026-09-08T09:00"), 90, "blue", ["bo", "max"]) == (
        view.record.start,
        view.record.minutes,
        view.record.room,
        [each.user for each in view.record.panel],
    )
    again = crm.find_slots(panel=panel, minutes=90, within=WEEK, candidate_zone="Europe/Amsterdam")
    assert slots[0].starts_at not in {slot.starts_at for slot in again}


def test_a_candidate_is_not_in_two_places(crm: CRM):
    """What the candidate has on counts only where it is said whose interview it is."""
    scheduled(crm)
    (ada,) = [one for one in crm.store.stream(Application) if one.contact == "ada"]
    monday = WEEK[0], datetime(2026, 9, 8, tzinfo=UTC)
    asked = {"panel": [Diary(user="max", hours=HOURS)], "minutes": 60, "within": monday}

    free = [f"{slot.starts_at:%H:%M}" for slot in crm.find_slots(**asked, application=ada).in_order()]
    assert ["07:00", "08:45", "09:00"] == free
    assert 9 == len(crm.find_slots(**asked))


def test_a_slot_of_somebody_unknown_and_a_length_of_nothing_are_refused(crm: CRM):
    """By name."""
    (ada,) = [one for one in crm.store.stream(Application) if one.contact == "ada"]
    slot = crm.find_slots(panel=[Diary(user="bo", hours=HOURS)], minutes=30, within=WEEK)[0]

    with pytest.raises(InputError, match="held by bo; put them on the panel"):
        crm.schedule(ada, slot, panel=[MAX], organiser=EVA, actor="eva")
    with pytest.raises(InputError, match="lists a Diary"):
        crm.find_slots(panel=["bo"], minutes=30, within=WEEK)
    with pytest.raises(InputError, match="Pass minutes"):
        crm.schedule(ada, MONDAY, panel=[BO], organiser=EVA, actor="eva")


def test_nobody_relocates_into_a_room_that_is_taken(crm: CRM):
    """Unless they say so."""
    ada, alan = crm.store.stream(Application)
    crm.schedule(ada, MONDAY, panel=[BO], organiser=EVA, minutes=45, room="blue", actor="eva")
    view = crm.schedule(alan, MONDAY, panel=[MAX], organiser=EVA, minutes=45, room="red", actor="eva")

    with pytest.raises(LawBroken, match="'blue' is needed in interview"):
        view.relocate(room="blue", actor="eva")
    assert "red" == view.record.room
    assert "blue" == view.relocate(room="blue", may_clash=True, actor="eva").record.room


def test_of_many_who_schedule_one_person_at_once_one_succeeds(crm: CRM):
    """The others read where the person is needed."""
    (ada,) = [one for one in crm.store.stream(Application) if one.contact == "ada"]

    def attempt(number: int) -> str:
        panel = [Panelist(user=f"u-{number}", email=f"u{number}@example.org")]
        try:
            return crm.schedule(ada, MONDAY, panel=panel, organiser=EVA, minutes=45, actor="eva").record.status.value
        except LawBroken:
            return "refused"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(attempt, range(6)))

    assert ["refused"] * 5 + ["scheduled"] == outcomes


WRONG = {
    "a panel of names": lambda view: view.with_panel(["bo"], actor="eva"),
    "one panelist": lambda view: view.with_panel(BO, actor="eva"),
    "no reply": lambda view: view.answered(None, actor="mailbox"),
    "a place of another sort": lambda view: view.relocate(planet="Mars", actor="eva"),
    "a time in words": lambda view: view.reschedule("monday", actor="eva"),
    "an opinion that there is not": lambda view: view.feedback("bo", "brilliant"),
    "nobody who does it": lambda view: view.cancel(actor=""),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_of_an_interview_is_refused_as_input(crm: CRM, wrong: Callable[[InterviewView], object]):
    """And changes nothing."""
    view = scheduled(crm)
    before = view.record

    with pytest.raises(InputError):
        wrong(view)
    assert before == view.record


def test_an_interview_is_rescheduled_to_a_slot(crm: CRM):
    """Its time, length and room are taken; who sends the invitations sends one change."""
    view = scheduled(crm, room="blue")
    (slot, *_) = crm.find_slots(
        panel=[Diary(user="bo", hours=HOURS)], minutes=30, within=WEEK, rooms=[Room(id="red", capacity=4)], limit=1
    )
    moved = view.reschedule(slot, actor="eva")
    now = moved.record

    assert (slot.starts_at, 30, "red") == (now.starts_at, now.minutes, now.room)
    assert [Method.REQUEST, Method.REQUEST] == [each.method for each in moved.invitations()]
    assert ["interview.relocated", "interview.rescheduled"] == [
        stored.event.type for stored in crm.store.history.events()
    ][-2:]
    with pytest.raises(LawBroken, match="already"):
        moved.reschedule(slot, actor="eva")


def test_a_slot_of_others_than_the_panel_is_refused(crm: CRM):
    """Who is to hold it is said by `with_panel` first."""
    view = scheduled(crm)
    slot = crm.find_slots(panel=[Diary(user="max", hours=HOURS)], minutes=30, within=WEEK)[0]
    with pytest.raises(InputError, match="held by max; put them on the panel"):
        view.reschedule(slot, actor="eva")

    assert MONDAY == view.record.start


def test_a_bare_time_is_no_start(crm: CRM):
    """The error says how the time on a clock is told."""
    view = scheduled(crm)
    for start in (datetime(2026, 9, 8, 10, tzinfo=UTC), "2026-09-08T10:00", None):
        with pytest.raises(InputError, match=r"WallTime\.of"):
            view.reschedule(start, actor="eva")
        with pytest.raises(InputError, match=r"WallTime\.of"):
            scheduled(crm, "alan", start)
