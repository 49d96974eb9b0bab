"""When answers change by themselves: from flip to flip is the same as minute by minute. About forty seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.query import (
    And,
    Between,
    Compare,
    F,
    Moment,
    Op,
    Recurs,
    Span,
    Unit,
    ago,
    ahead,
    checked,
    compiled,
    depends_on_time,
    holds,
    lasting,
    resolved,
    start_of,
)
from crmcore.query import (
    now as asking,
)
from crmcore.query._reaching import ALWAYS, reaches_day, reaches_instant
from crmcore.query.flipping import FARTHEST, flips_of, next_flip
from crmcore.query.rows import BEGAN, PAST, UNTIL
from tests.query.questions import NOW, PLACES, SCORERS, SEGMENTS, SUBJECT, plain, questions, records
from tests.query.test_moments import moments

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
TODAY = Moment(span=Span(0, Unit.DAY))
OUTSIDE = {"segments": SEGMENTS.__getitem__, "places": PLACES.__getitem__, "scorers": SCORERS}


def utc(text):
    """Return the instant of an ISO text without an offset."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def timed(depth=3):
    """Return questions whose answers may change by themselves."""
    return questions(depth=depth).filter(
        lambda question: flips_of(question, **OUTSIDE).is_timed  # segments may depend on the time as well
    )


WAITS = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=2)),
    st.timedeltas(timedelta(0), timedelta(days=900)),
    st.builds(  # around midnights of several zones
        lambda days, quarters, ticks: timedelta(days=days, minutes=15 * quarters, microseconds=ticks),
        st.integers(1, 400),
        st.integers(0, 95),
        st.integers(-1, 1),
    ),
)


@given(timed(), records(), NOW, st.lists(WAITS, max_size=12))
@settings(max_examples=600)
def test_the_course_is_what_one_hears_by_asking_at_any_time(question, record, now, waits):
    """At any instant it gives the answer of asking then, in three values; and so right before and at each change."""
    course = flips_of(question, **OUTSIDE).course(record, now)
    now = now.astimezone(UTC)
    outcomes = [course.first, *(outcome for _, outcome in course.changes)]

    for wait in [timedelta(0), *waits]:
        assert course.at(now + wait) is holds(plain(question, now + wait), record)
    for (at, outcome), before in zip(course.changes[:8], outcomes, strict=False):
        assert at > now
        assert holds(plain(question, at - TICK), record) is before
        assert holds(plain(question, at), record) is outcome
        assert before is not outcome


@given(timed(), records(), NOW)
@settings(max_examples=150)
def test_walking_from_flip_to_flip_gives_every_answer(question, record, now):
    """A timer a record is enough: no answer changes between two flips, as looking every nine hours tells."""
    at, end = now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=40)
    while at < end:
        flip = next_flip(question, record, at, **OUTSIDE) or end
        answer = compiled(plain(question, at))(record)
        looked = at
        while looked < min(flip, end):
            assert answer is compiled(plain(question, looked))(record)
            looked += timedelta(hours=9)
        assert answer is compiled(plain(question, min(flip, end) - TICK))(record)
        if flip < end:
            assert answer is not compiled(plain(question, flip))(record)
        at = flip


@given(questions(), records(), NOW)
@settings(max_examples=150)
def test_an_answer_that_does_not_depend_on_time_never_flips(question, record, now):
    """And one that does is told to be so."""
    assume(not flips_of(question, **OUTSIDE).is_timed)

    assert next_flip(question, record, now, **OUTSIDE) is None
    assert not depends_on_time(question)


@given(moments(), st.datetimes(utc("2012-01-01").replace(tzinfo=None), utc("2032-01-01").replace(tzinfo=None)))
@settings(max_examples=1_000)
def test_a_moment_is_told_the_other_way_round(moment, wanted):
    """The first instant of asking at which it is so late: it is, and a microsecond before it is not."""
    wanted = wanted.replace(tzinfo=UTC)
    at = reaches_instant(moment, wanted)
    begins = reaches_day(moment, wanted.date())

    assert moment.instant(at - TICK) < wanted <= moment.instant(at)
    assert moment.day(begins - TICK) < wanted.date().isoformat() <= moment.day(begins)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Santiago"])
@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("start", [None, "day", "week", "month", "quarter", "year"])
def test_moments_end_where_time_ends(unit, start, zone):
    """A moment that leads beyond the years that there are comes to nothing later, and was never earlier."""
    late, early = (Moment(span=Span(amount, unit), start_of=start, zone=zone) for amount in (10**6, -(10**6)))
    if unit is Unit.YEAR:
        assert reaches_instant(late, utc("9999-12-29")) == ALWAYS == reaches_day(late, utc("9999-12-28").date())
        assert reaches_instant(early, utc("0001-01-04")) is None is reaches_day(early, utc("0001-01-04").date())
    assert reaches_instant(late, utc("9999-12-31")) is None is reaches_day(early, utc("9999-12-31").date())
    assert reaches_instant(early, utc("0001-01-01")) == ALWAYS == reaches_day(late, utc("0001-01-01").date())


@pytest.mark.parametrize(
    ("op", "expected"),
    [(Op.LT, "09:00:00.000001"), (Op.LE, "09:00:00"), (Op.GT, "09:00:00"), (Op.GE, "09:00:00.000001")],
)
def test_which_side_of_the_boundary_flips(op, expected):
    """Before or at the same microsecond: < and >= change right after it, <= and > at it."""
    question = checked(Compare("touched_at", op, ago(days=90)), SUBJECT)

    flip = next_flip(question, {"touched_at": ("2026-03-07T09:00:00.000000Z",)}, utc("2026-05-01"))

    assert f"2026-06-05T{expected}+00:00" == flip.isoformat()


def test_from_false_to_unknown_is_a_flip_for_those_who_ask_in_three_values():
    """A person born some day of 2008 is certainly no adult, then nobody knows, then certainly is one."""
    question = checked(F.born <= ago(years=18, zone="Europe/Amsterdam"), SUBJECT)
    record = {"born": ("2008",)}
    course = flips_of(question).course(record, utc("2025-06-01"))

    assert [("2025-12-31T23:00:00+00:00", None), ("2026-12-30T23:00:00+00:00", True)] == [
        (at.isoformat(), outcome) for at, outcome in course.changes
    ]
    assert course.changes[0][0] == next_flip(question, record, utc("2025-06-01"), three_valued=True)
    assert course.changes[1][0] == next_flip(question, record, utc("2025-06-01"))


@pytest.mark.parametrize("known", ["2008", "2008-02", "2008-02-29", "2007-12-31"])
@pytest.mark.parametrize(
    "question",
    [
        *(Compare("born", op, ago(years=18, zone="America/Santiago")) for op in Op),
        F.born.in_([ago(years=18), ago(days=6_570, zone="Asia/Kathmandu")]),
        F.born.between(start_of("month", plus=-216, zone="America/Santiago"), ago(years=18)),
        Between("born", ago(years=18), ago(months=200), includes_last=False),
        Recurs("born", Moment(span=Span(-3, "day"), zone="Asia/Kathmandu"), Moment(span=Span(1, "week"))),
    ],
)
def test_dates_change_at_midnights_whatever_is_known_of_them(question, known):
    """Asked at noon and at each midnight of sixteen months, the three answers are those of the course."""
    question, record = checked(question, SUBJECT), {"born": (known,)}
    course = flips_of(question).course(record, utc("2025-11-15"))

    for hours in range(0, 480 * 24, 24):
        for at in (
            utc("2025-11-15T03:00") + timedelta(hours=hours),
            utc("2025-11-15T18:14:59") + timedelta(hours=hours),
        ):
            assert course.at(at) is holds(resolved(question, at), record), at


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (Op.LT, "2026-03-31T09:00:00.000001"),
        (Op.LE, "2026-03-31T09:00:00"),
        (Op.GT, "2026-03-31T09:00:00"),
        (Op.GE, "2026-03-31T09:00:00.000001"),
    ],
)
def test_what_is_taken_from_items_changes_as_they_leave(op, expected):
    """The last call of the last 90 days, held against 30 days ago; after 90 days nothing is known of it."""
    last = F.activity("call").within(days=90).last("at")._of
    question = checked(Compare(last, op, ago(days=30)), SUBJECT)
    calls = [{"type": ("call",), "at": (f"2026-0{month}-01T09:00:00.000000Z",)} for month in (1, 3, 2)]
    course = flips_of(question).course({"activity": tuple(calls)}, utc("2026-03-02"))

    assert [f"{expected}+00:00", "2026-05-30T09:00:00.000001+00:00"] == [at.isoformat() for at, _ in course.changes]
    assert [op in {Op.GT, Op.GE}, op in {Op.LT, Op.LE}, None] == [course.first, *(to for _, to in course.changes)]


def test_what_never_flips_has_no_timer():
    """A part that time does not change decides, or the time has passed for ever."""
    question = checked((F.name == "a") & (F.touched_at > ago(days=90)), SUBJECT)
    touched = {"touched_at": ("2026-03-07T09:00:00.000000Z",)}

    assert next_flip(question, {"name": ("b",), **touched}, utc("2026-05-01")) is None
    assert next_flip(question, {"name": ("a",), **touched}, utc("2026-07-01")) is None
    assert next_flip(question, {"name": ("a",)}, utc("2026-05-01")) is None
    assert next_flip(question, {"name": ("a",), **touched}, utc("2026-05-01")) is not None


def test_one_looks_again_where_anniversaries_may_or_may_not_meet():
    """Two anniversaries that never fall together are followed for eight years, and then one looks again."""
    question = checked(And([Recurs(key, TODAY, TODAY) for key in ("born", "met")]), SUBJECT)
    now = utc("2026-05-01")

    assert now + FARTHEST == next_flip(question, {"born": ("1990-01-01",), "met": ("2020-06-01",)}, now)
    assert next_flip(question, {"born": ("1990-01",), "met": ("2020-06-01",)}, now) is not None  # no day is known yet
    assert utc("2027-06-01") == next_flip(
        question, {"born": ("1990-06-01",), "met": ("2020-06-01",)}, utc("2026-06-02")
    )


def test_whoever_is_born_on_the_29th_of_february_has_an_anniversary_each_year():
    """On the 28th where there is no such day."""
    question, record = checked(Recurs("born", TODAY, TODAY), SUBJECT), {"born": ("2000-02-29",)}
    flips, at, found = flips_of(question), utc("2026-01-01"), []
    while len(found) < 6:
        at = flips.next(record, at)
        found.append(at.date().isoformat())

    assert ["2026-02-28", "2026-03-01", "2027-02-28", "2027-03-01", "2028-02-29", "2028-03-01"] == found


def test_the_instant_of_asking_has_a_zone():
    """Without one nobody knows when it is."""
    question = checked(F.touched_at > ago(days=90), SUBJECT)

    with pytest.raises(InputError, match="time zone"):
        next_flip(question, {}, datetime(2026, 5, 1))  # noqa: DTZ001


# A whole year, minute by minute.

YEAR = utc("2026-01-01"), utc("2027-01-01")
RECORD = {
    "born": ("1990-10-25", "1988-02-29"),
    "seen_at": ("2026-05-31T22:00:30.000000Z",),
    "touched_at": ("2026-03-28T23:30:00.000000Z", "2026-10-25T00:30:00.000001Z"),
    "stage": ("open",),
    BEGAN: ("2025-12-20T10:00:00.000000Z",),
    PAST: (
        {UNTIL: ("2026-02-01T12:34:56.000000Z",), "stage": ("closed",)},
        {UNTIL: ("2026-01-10T00:00:00.000000Z",)},
    ),
    "activity": tuple(
        {"type": (sort,), "at": (f"2026-{month:02}-{day:02}T0{month % 10}:00:59.999999Z",)}
        for sort in ("email.sent", "call")
        for month, day in ((1, 31), (3, 29), (6, 1), (10, 25), (12, 31))
    ),
}
AMSTERDAM = "Europe/Amsterdam"
LOCAL = ZoneInfo(AMSTERDAM)
MAILS, TOUCHED = (
    sorted(datetime.fromisoformat(text) for text in texts)
    for texts in ([item["at"][0] for item in RECORD["activity"][:5]], RECORD["touched_at"])
)
SEEN = datetime.fromisoformat(RECORD["seen_at"][0])
THIRTY, HALF_A_YEAR = timedelta(days=30), timedelta(days=183)
SINCE = datetime.fromisoformat(RECORD[PAST][0][UNTIL][0])


def quarter(at):
    """Return the year and the quarter of an instant, on the calendar of Amsterdam."""
    local = at.astimezone(LOCAL)
    return local.year, (local.month - 1) // 3


TOUCHED_IN = {quarter(at) for at in TOUCHED}
BIRTHDAYS = {(10, 25), (2, 28)}  # in 2026, which has no 29th of February


def has_birthday_today(at):
    """Say whether it is a birthday in Amsterdam."""
    local = at.astimezone(LOCAL)
    return (local.month, local.day) in BIRTHDAYS


def expires(at):
    """Say whether what is seen lies ahead by a month at most: April has no 31st, so its end is too early."""
    return SEEN > at >= utc("2026-05-01")


OF_A_YEAR = {
    "no e-mail in 30 days": (
        ~F.activity("email.sent").within(days=30).exists(),
        lambda at: not any(at - THIRTY <= mail <= at for mail in MAILS),
    ),
    "three calls in half a year": (
        F.activity("call").within(days=183).count() >= 3,
        lambda at: sum(at - HALF_A_YEAR <= call <= at for call in MAILS) >= 3,
    ),
    "touched this quarter": (
        F.touched_at.between(
            start_of("quarter", zone=AMSTERDAM), Moment(start_of="quarter", span=Span(1, "quarter"), zone=AMSTERDAM)
        ),
        lambda at: quarter(at) in TOUCHED_IN,
    ),
    "birthday today": (
        Recurs("born", Moment(span=Span(0, "day"), zone=AMSTERDAM), Moment(span=Span(0, "day"), zone=AMSTERDAM)),
        has_birthday_today,
    ),
    "expires within a month": ((F.seen_at > asking()) & (F.seen_at <= ahead(months=1)), expires),
    "open for 30 days": (lasting(F.stage == "open", days=30), lambda at: at - THIRTY >= SINCE),
}


@pytest.mark.parametrize("name", OF_A_YEAR)
def test_a_whole_year_minute_by_minute(name):
    """At each of 525,600 minutes, jumping from flip to flip gives the answer of a line of Python; about a second each.

    Every six hours, and right before and at each flip, the question itself is asked too.
    """
    question, plainly = checked(OF_A_YEAR[name][0], SUBJECT), OF_A_YEAR[name][1]
    (at, end), flips, changes = YEAR, flips_of(question), []
    while (flip := flips.next(RECORD, at)) is not None and flip < end:
        changes.append(flip)
        at = flip
    start = answer = compiled(resolved(question, YEAR[0]))(RECORD)
    minute, ahead_of = YEAR[0], [*changes, end]
    next_change = ahead_of.pop(0)
    while minute < end:
        while next_change <= minute:
            answer, next_change = not answer, ahead_of.pop(0)
        assert plainly(minute) is answer, minute
        minute += MINUTE

    assert changes
    for number, flip in enumerate(changes):
        assert (number % 2 == 0) is (compiled(resolved(question, flip - TICK))(RECORD) is start)
        assert (number % 2 == 0) is (compiled(resolved(question, flip))(RECORD) is not start)
    course = flips.course(RECORD, YEAR[0])
    for hours in range(0, 365 * 24, 6):
        minute = YEAR[0] + timedelta(hours=hours)
        assert compiled(resolved(question, minute))(RECORD) is (course.at(minute) is True)
