"""An interview keeps its wall time, its answers and its sequence through all that happens to it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import CrmcoreError, IllegalStep, InputError, LawBroken, ReplyRefused
from crmcore.model.hiring.interview import (
    INTERVIEWS,
    RAISING,
    Attendee,
    Interview,
    InterviewStatus,
    InterviewVerb,
    Organiser,
    Panelist,
    Response,
)
from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.occasion import Occasion

clock = datetime.fromisoformat
"""What a clock shows, from text."""
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
FRIDAY = WallTime.of(clock("2026-03-27 14:30"), "Europe/Amsterdam")
MONDAY = WallTime.of(clock("2026-03-30 09:00"), "Europe/Amsterdam")
BO = Panelist(user="u-1", email="bo@example.org", role="lead")
CY = Panelist(user="u-2", email="cy@example.org")


def on(day: int) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva", reason="as agreed")


def scheduled(**more) -> Interview:
    """Return an interview that is scheduled."""
    known = {
        "id": "i-1",
        "application": "a-1",
        "contact": "c-1",
        "title": "Technical interview",
        "start": FRIDAY,
        "minutes": 45,
        "organiser": Organiser(email="eva@example.org"),
        "candidate": Attendee(email="ada@example.com"),
        "panel": [BO, CY],
        "on": on(0),
    }
    return Interview.schedule(**{**known, **more})[0]


def test_an_answer_is_asked_for_again_when_the_time_changes():
    """Of all who take part, and with a higher sequence."""
    interview, told = scheduled().responded("bo@example.org", "accepted", sequence=0, at=on(1).at, on=on(1))
    interview, _ = interview.responded("ada@example.com", "accepted", sequence=0, at=on(1).at, on=on(1))
    moved, event = interview.reschedule(MONDAY, on=on(2))

    assert ("interview.answered", "u-1", "accepted") == (told.type, told.data["attendee"], told.data["response"])
    assert [Response.NEEDS_ACTION] * 3 == [each.response for each in moved.attendees]
    assert (0, 1) == (interview.sequence, moved.sequence)
    assert FRIDAY == moved.history[-1].before
    assert "2026-03-30T07:00:00+00:00" == event.data["starts_at"]


def test_who_stays_in_the_panel_keeps_their_answer():
    """And the event names who came and who went, for a cancellation to those."""
    interview, _ = scheduled().responded("u-1", "accepted", sequence=0, at=on(1).at, on=on(1))
    interview, told = interview.with_panel([BO, Panelist(user="u-3", email="di@example.org")], on=on(2))

    assert [Response.ACCEPTED, Response.NEEDS_ACTION] == [each.response for each in interview.panel]
    assert (1, ["u-3"], ["u-2"]) == (interview.sequence, told.data["came"], told.data["went"])


def test_another_role_invalidates_no_answer():
    """Nor does another title: the sequence stays."""
    interview, _ = scheduled().with_panel([BO, CY.evolve(role="optional")], on=on(2))
    interview, _ = interview.retitle("Interview", on=on(3))

    assert (0, "optional") == (interview.sequence, interview.panel[1].role.value)


def test_an_interview_whose_zone_has_new_rules_is_agreed_anew():
    """It is still read, is at the same time of the clock, and can be sent again as it is now."""
    older = WallTime(local=FRIDAY.local, zone=FRIDAY.zone, utc_offset=FRIDAY.utc_offset + 3600)
    interview = scheduled(start=older)
    renewed, _ = interview.reschedule(WallTime.of(older.local, older.zone), on=on(2))

    assert (True, False) == (interview.start.has_shifted, renewed.start.has_shifted)
    assert (FRIDAY.instant, 1) == (interview.starts_at, renewed.sequence)


def test_an_answer_cannot_be_smuggled_in_with_a_panel():
    """Who comes to a panel has not answered yet, whatever they are handed in with."""
    sure = Panelist(user="u-3", email="di@example.org", response="accepted", responded_at=BEGIN)
    interview, _ = scheduled().with_panel([BO, sure], on=on(2))

    assert Response.NEEDS_ACTION is interview.panel[1].response


def test_another_place_keeps_the_answers():
    """They are about the time; the sequence rises so that calendars take the change up."""
    interview, _ = scheduled().responded("u-1", "accepted", sequence=0, at=on(1).at, on=on(1))
    interview, _ = interview.relocate(room="r-2", on=on(2))

    assert (1, "r-2", Response.ACCEPTED) == (interview.sequence, interview.room, interview.panel[0].response)
    with pytest.raises(LawBroken, match="there already"):
        interview.relocate(room="r-2", on=on(3))


@pytest.mark.parametrize(
    ("who", "sequence", "day", "why"),
    [
        ("eve@example.org", 1, 5, "not-invited"),
        ("bo@example.org", 0, 5, "superseded"),
        ("bo@example.org", 2, 5, "never-sent"),
        ("BO@example.org", 1, 4, "out-of-order"),
        ("u-1", 1, 3, "out-of-order"),
    ],
)
def test_an_answer_that_does_not_count_is_refused_with_why(who, sequence, day, why):
    """A stranger's, one to an earlier version, one to a version never sent, one that is no later than what we know."""
    interview, _ = scheduled().reschedule(MONDAY, on=on(2))
    interview, _ = interview.responded("bo@example.org", "tentative", sequence=1, at=on(4).at, on=on(4))
    with pytest.raises(ReplyRefused) as refused:
        interview.responded(who, "declined", sequence=sequence, at=on(day).at, on=on(6))

    assert (why, who, sequence, 1) == (
        refused.value.why,
        refused.value.attendee,
        refused.value.sequence,
        refused.value.current,
    )


def test_nobody_answers_what_is_cancelled():
    """Not even its last version."""
    interview, _ = scheduled().cancel(on=on(1))
    with pytest.raises(ReplyRefused) as refused:
        interview.responded("u-1", "accepted", sequence=1, at=on(2).at, on=on(2))

    assert ("not-awaited", 1) == (refused.value.why, interview.sequence)


def test_an_answer_is_one_of_those_that_there_are():
    """Nobody answers that they have not answered; and an answer's instant has a zone."""
    for answer in ("needs_action", "maybe"):
        with pytest.raises(InputError, match="is no answer"):
            scheduled().responded("u-1", answer, sequence=0, at=on(1).at, on=on(1))
    with pytest.raises(InputError, match="time zone"):
        scheduled().responded("u-1", "accepted", sequence=0, at=clock("2026-03-02"), on=on(1))


def test_what_has_not_begun_was_neither_held_nor_missed():
    """And after it has, both can be noted, and corrected."""
    interview = scheduled()
    for step in (interview.hold, interview.miss):
        with pytest.raises(IllegalStep, match="it begins at 2026-03-27 14:30 Europe/Amsterdam only"):
            step(on=on(1))
    missed, _ = interview.miss(on=on(27))
    held, _ = missed.hold(on=on(28))
    complete, _ = held.complete(on=on(29))

    assert ["no_show", "awaiting_feedback", "complete"] == [each.status.value for each in (missed, held, complete)]
    with pytest.raises(IllegalStep, match="what is complete cannot cancel; it can: reopen"):
        complete.cancel(on=on(30))


def test_a_step_before_the_last_one_is_refused():
    """The sequence counts them in the order in which they were made."""
    interview, _ = scheduled().reschedule(MONDAY, on=on(4))
    with pytest.raises(IllegalStep, match="it was last changed at"):
        interview.cancel(on=on(3))


def test_interviews_that_touch_do_not_clash():
    """Half-open: the end is no part of it; one minute less and they do, across zones and for the room as well."""
    first = scheduled(room="r-1")
    after = WallTime.of(clock("2026-03-27 18:45"), "Asia/Kolkata").local
    beside = {"application": "a-2", "contact": "c-2", "candidate": Attendee(email="al@example.com"), "panel": [BO]}
    touching = scheduled(id="i-2", start=WallTime.of(after + timedelta(minutes=60), "Asia/Kolkata"), **beside)
    clashing = scheduled(id="i-3", start=WallTime.of(after + timedelta(minutes=59), "Asia/Kolkata"), **beside)

    assert first.ends_at == touching.starts_at
    assert ((), ("u-1",)) == (first.clashes([touching]), tuple(who for who, _ in first.clashes([clashing, first])))
    assert () == first.clashes([clashing.cancel(on=on(1))[0]])


def test_a_room_is_nobody_who_has_the_same_id():
    """Only users clash with users, rooms with rooms, and candidates with candidates."""
    first = scheduled(room="u-9")
    other = {"contact": "u-1", "candidate": Attendee(), "panel": [Panelist(user="u-9")], "room": "c-1"}

    assert () == first.clashes([scheduled(id="i-2", **other)])
    assert "u-9" == first.clashes([scheduled(id="i-2", **{**other, "room": "u-9"})])[0][0]


def test_the_same_mailbox_is_not_invited_twice():
    """In whatever case it is written."""
    with pytest.raises(ValidationError, match=r"invited twice: bo@example\.org"):
        scheduled(candidate=Attendee(email="Bo@Example.org"))


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": 0},
        {"minutes": -5},
        {"panel": []},
        {"panel": [BO, BO]},
        {"video_link": "javascript:alert(1)"},
        {"video_link": "https://a b"},
        {"candidate": {"email": "a\r\nb@c"}},
        {"sequence": -1},
        {"title": ""},
    ],
)
def test_what_is_no_interview_is_refused(change):
    """No time, nobody who holds it, or what would harm a calendar."""
    with pytest.raises(ValidationError):
        scheduled(**change)


def test_a_history_with_a_wrong_sequence_is_refused():
    """A stored record cannot claim a sequence that its steps do not give."""
    moved, _ = scheduled().reschedule(MONDAY, on=on(4))
    payload = moved.model_dump(mode="json")
    payload["history"][1]["sequence"] = 5
    with pytest.raises(ValidationError, match="the sequence cannot be 5 after 'reschedule'"):
        Interview.model_validate(payload)


def after(interview: Interview, verb: str, day: int) -> Interview:
    """Return what follows from one verb."""
    match verb:
        case "reschedule":
            return interview.reschedule(WallTime.at(on(day).at, "Asia/Tokyo"), on=on(40))[0]
        case "relocate":
            return interview.relocate(location=f"floor {day}", on=on(40))[0]
        case "panel":
            return interview.with_panel([BO, CY][: 1 + day % 2], on=on(40))[0]
        case "retitle":
            return interview.retitle("Other", on=on(40))[0]
        case _:
            return getattr(interview, verb)(on=on(91))[0]


VERBS = st.sampled_from(["reschedule", "relocate", "panel", "retitle", "cancel", "hold", "miss", "complete", "reopen"])


@given(st.lists(VERBS, max_size=12), st.lists(st.integers(0, 90), min_size=12, max_size=12))
def test_the_sequence_counts_what_invalidates_answers(verbs, days):
    """Whatever happens in whatever order: it never falls, rises by one, and the record comes back from JSON."""
    interview = scheduled()
    for verb, day in zip(verbs, days, strict=False):
        before = interview
        with suppress(CrmcoreError):
            interview = after(interview, verb, day)
            raised = interview.history[-1].verb in RAISING

            assert before.sequence + raised == interview.sequence
    assert interview.uid == "i-1"
    assert interview == Interview.model_validate_json(interview.model_dump_json())


def test_the_table_can_be_left_from_every_state_but_cancelled():
    """And every state is reached."""
    reached = {after for verbs in INTERVIEWS.table.values() for after in verbs.values()}

    assert set(InterviewStatus) == reached
    assert [InterviewStatus.CANCELLED] == [state for state, verbs in INTERVIEWS.table.items() if not verbs]
    assert set(InterviewVerb) == {verb for verbs in INTERVIEWS.table.values() for verb in verbs}


class TestWallTime:
    """The clock on the wall is what was agreed."""

    def test_a_time_that_never_comes_is_refused(self):
        """With what to take instead."""
        with pytest.raises(InputError, match=r"never show 2011-12-30 09:00.*take 2011-12-31 09:00"):
            WallTime.of(clock("2011-12-30 09:00"), "Pacific/Apia")  # a whole day was left out
        with pytest.raises(InputError, match=r"never show 2026-03-29 02:30.*take 03:30"):
            WallTime.of(clock("2026-03-29 02:30"), "Europe/Amsterdam")

    def test_a_time_that_comes_twice_needs_to_say_which(self):
        """The first or the second; elsewhere it makes no difference."""
        twice = clock("2026-10-25 02:30")
        with pytest.raises(InputError, match="twice; say fold=0"):
            WallTime.of(twice, "Europe/Amsterdam")
        first, second = (WallTime.of(twice, "Europe/Amsterdam", fold=fold) for fold in (0, 1))

        assert timedelta(hours=1) == second.instant - first.instant
        assert (0, 1) == (first.fold, second.fold)
        assert second == WallTime.model_validate_json(second.model_dump_json())
        assert FRIDAY == WallTime.of(clock("2026-03-27 14:30"), "Europe/Amsterdam", fold=1)

    def test_the_wall_time_survives_a_change_of_the_rules(self):
        """Agreed under other rules, it is still read, at the same time of the clock; and it can be seen to have moved."""
        agreed = WallTime(local=clock("2026-07-01 09:00"), zone="Europe/Amsterdam", utc_offset=3600)
        gone = WallTime(local=clock("2026-03-29 02:30"), zone="Europe/Amsterdam", utc_offset=7200)

        assert (True, True, False) == (agreed.has_shifted, gone.has_shifted, FRIDAY.has_shifted)
        assert clock("2026-07-01 09:00") == agreed.seen_from("Europe/Amsterdam").replace(tzinfo=None)
        assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == gone.instant

    @pytest.mark.parametrize(
        ("local", "zone", "fold"),
        [
            (datetime(2026, 3, 27, 9, tzinfo=UTC), "Europe/Amsterdam", None),
            (clock("2026-03-27 09:00:30"), "Europe/Amsterdam", None),
            (clock("2026-03-27 09:00"), "Mars/Olympus", None),
            (clock("2026-03-27 09:00"), "", None),
            (clock("2026-03-27 09:00"), "../etc/passwd", None),
            (clock("2026-03-27 09:00"), "Europe/Amsterdam", 2),
            (clock("9999-12-31"), "America/New_York", None),
            ("2026-03-27", "Europe/Amsterdam", None),
        ],
    )
    def test_what_is_no_wall_time_is_refused(self, local, zone, fold):
        """With a zone of its own, between minutes, of no zone, beyond the years."""
        with pytest.raises(InputError):
            WallTime.of(local, zone, fold=fold)

    @given(
        st.datetimes(clock("1975-01-01"), clock("2035-01-01"), timezones=st.just(UTC)),
        st.sampled_from(["Europe/Amsterdam", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    )
    def test_an_instant_comes_back(self, instant, zone):
        """From what the clocks show, in the hour that comes twice as well."""
        instant = instant.replace(second=0, microsecond=0)
        shown = WallTime.at(instant, zone)

        assert instant == shown.instant
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == shown.local
        assert not shown.has_shifted
