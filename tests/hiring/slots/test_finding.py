"""Slots are where everybody can be, by everybody's clock, and it is said why there is none."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hiring.slots import (
    Diary,
    Pool,
    Room,
    Slot,
    WorkingHours,
    _clock,
    _people,
    find_slots,
)
from tests.hiring.slots.calendars import CHANGES, disagreement

HOURS = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-17:00")
MONDAY = datetime(2026, 3, 30, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LOCAL = ZoneInfo("Europe/Amsterdam")


def local(text: str, day: int = 30, month: int = 3) -> datetime:
    """Return a time of a day on the clock of Amsterdam."""
    hour, minute = map(int, text.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL)


def found(*panel: Diary | Pool, within=(MONDAY, MONDAY + DAY), minutes: int = 60, **more) -> list[str]:
    """Return the starts of slots on the clock of Amsterdam, the earliest first."""
    slots = find_slots(panel=panel, minutes=minutes, within=within, **{"every": 60, **more})
    return [f"{slot.starts_at.astimezone(LOCAL):%H:%M}" for slot in slots.in_order()]


def bo(**more) -> Diary:
    """Return the diary of Bo."""
    return Diary(**{"user": "bo", "hours": HOURS, **more})


@pytest.mark.parametrize("block", range(8))
def test_a_slow_twin_agrees(block):
    """Minute by minute, over changes of clocks in 27 zones; as a script it does as many as one likes."""
    told = [disagreement(seed) for seed in range(block * 25, block * 25 + 25)]

    assert [""] * 25 == told
    assert len(CHANGES) >= 40


def test_the_twin_sees_a_wrong_rule(monkeypatch):
    """The negative control: without what clocks do at a change, they disagree."""
    monkeypatch.setattr(_clock, "regimes", lambda zone, first, last: [(first, last, _clock._offset(zone, first))])

    assert any(disagreement(seed) for seed in range(30))


def test_the_twin_sees_a_forgotten_cap(monkeypatch):
    """The negative control: without caps, they disagree."""
    monkeypatch.setattr(_people, "_left", lambda *_: None)

    assert any(disagreement(seed) for seed in range(40))


def test_what_touches_does_not_meet():
    """A slot may begin when a meeting ends, and end when one begins; a second more is too much."""
    exact = bo(busy=[(local("09:00"), local("10:00")), (local("11:00"), local("17:00"))])
    longer = bo(busy=[(local("09:00"), local("10:00") + timedelta(seconds=1)), (local("11:00"), local("17:00"))])

    assert ["10:00"] == found(exact)
    assert [] == found(longer)


def test_a_slot_inside_of_a_long_stretch_is_found():
    """Not only one that begins where the stretch does: availability contains, it need not start there."""
    assert [f"{hour:02}:00" for hour in range(9, 17)] == found(bo())
    assert ["11:00"] == found(bo(), within=(local("11:00"), local("12:00")))


def test_stretches_that_touch_are_one():
    """From 09:00 to 12:00 and from 12:00 to 17:00 is all day; over midnight too."""
    halves = WorkingHours.of("Europe/Amsterdam", "mon 09:00-12:00", "mon 12:00-17:00")
    nights = WorkingHours.of("Europe/Amsterdam", "mon 22:00-24:00", "tue 00:00-02:00")

    assert ["11:30"] == found(bo(hours=halves), every=30, within=(local("11:30"), local("12:30")))
    assert ["23:00"] == found(bo(hours=nights), minutes=120, within=(local("22:30"), local("01:30", 31)))


def test_buffers_keep_their_distance_from_what_is_on_not_from_the_hours():
    """A quarter of an hour after a meeting and half an hour before it; the day may begin with an interview."""
    held = bo(busy=[(local("11:00"), local("12:00"))], before=15, after=30)

    assert ["09:00", "09:15", "09:30", "12:15"] == found(held, every=15, within=(local("09:00"), local("13:15")))


def test_one_is_asked_for_no_more_than_one_holds_in_a_day_or_a_week():
    """By the calendar of their zone, and where it begins."""
    held = [(local("09:00"), local("10:00")), (local("23:30", 31), local("00:30", 1, 4))]
    day, week = bo(interviews=held, per_day=1), bo(interviews=held, per_week=2)
    days = (MONDAY, MONDAY + 9 * DAY)

    def open_days(diary):
        slots = find_slots(panel=[diary], minutes=60, within=days, every=60)
        return sorted({slot.starts_at.astimezone(LOCAL).day for slot in slots})

    assert [1, 2, 3, 6, 7] == open_days(day)
    assert [6, 7] == open_days(week)
    assert [30, 31, 1, 2, 3, 6, 7] == sorted(open_days(bo()), key=lambda each: (each < 30, each))


def test_notice_and_the_furthest_advance_are_kept():
    """To the minute, from now."""
    near = found(bo(), now=local("09:00"), notice=2 * HOUR, advance=4 * HOUR)

    assert ["11:00", "12:00", "13:00"] == near
    with pytest.raises(InputError, match="hand it in"):
        found(bo(), notice=HOUR)


def test_the_candidate_has_hours_and_appointments_too():
    """And without known hours, what is early or late for them ranks last, with why."""
    kolkata = WorkingHours.of("Asia/Kolkata", "mon-fri 14:00-18:00")
    slots = find_slots(panel=[bo()], minutes=60, within=(MONDAY, MONDAY + DAY), candidate_zone="Asia/Kolkata", every=60)

    assert ["11:00", "12:00", "13:00"] == found(bo(), candidate_hours=kolkata)
    assert ["12:00"] == found(
        bo(),
        candidate_hours=kolkata,
        candidate_busy=[(local("10:30"), local("12:00")), (local("13:30"), local("14:00"))],
    )[:1]
    assert [9, 17] == [slots[0].starts_at.astimezone(LOCAL).hour, 1 + slots[-1].starts_at.astimezone(LOCAL).hour]
    assert "60 minutes lie outside 09:00 to 18:00 for the candidate" == slots[-1].why[0]
    assert [*range(1, 9)] == [slot.rank for slot in slots]


def test_a_slot_has_its_time_on_every_clock():
    """In everybody's zone, and as a wall time to schedule by."""
    cy = Diary(user="cy", hours=WorkingHours.always("America/New_York"))
    slot = find_slots(panel=[bo(), cy], minutes=45, within=(MONDAY, MONDAY + DAY), candidate_zone="Asia/Kolkata")[0]

    assert ["09:00", "03:00", "12:30"] == [f"{start:%H:%M}" for start, _ in slot.times.values()]
    assert "2026-03-30 12:30 Asia/Kolkata" == str(slot.on_clock_of("candidate"))
    assert slot.starts_at == slot.on_clock_of("bo").instant == slot.on_clock_of("Pacific/Chatham").instant
    assert (45, ("bo", "cy")) == (slot.minutes, slot.panel)
    assert "Mon 30 Mar 12:30 Asia/Kolkata" in str(slot)


class TestClockChanges:
    """Somebody is at work when the clock on their wall shows that they are."""

    def test_slots_keep_the_wall_time_over_a_change(self):
        """09:00 on Friday and 09:00 on Monday are an hour apart in UTC."""
        friday = datetime(2026, 3, 27, tzinfo=UTC)
        slots = find_slots(panel=[bo()], minutes=480, within=(friday, friday + 4 * DAY))

        assert [8, 7] == [slot.starts_at.hour for slot in slots]

    def test_of_a_skipped_hour_nothing_is_left(self):
        """From 01:00 to 04:00 are two hours on the night on which 02:00 is skipped; in it is nothing."""
        night = bo(hours=WorkingHours.of("Europe/Amsterdam", "sun 01:00-04:00"))
        gone = bo(hours=WorkingHours.of("Europe/Amsterdam", "sun 02:00-03:00"))
        window = (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC))

        assert ["01:00"] == found(night, minutes=120, within=window)
        assert [] == found(night, minutes=121, within=window)
        assert [] == found(gone, minutes=1, every=1, within=window)

    def test_a_doubled_hour_is_worked_twice(self):
        """From 02:00 to 03:00 are two hours; from 01:00 to 02:30 is in two parts."""
        twice = bo(hours=WorkingHours.of("Europe/Amsterdam", "sun 02:00-03:00"))
        parted = bo(hours=WorkingHours.of("Europe/Amsterdam", "sun 01:00-02:30"))
        window = (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))

        assert ["02:00"] == found(twice, minutes=120, within=window)
        assert ["01:00", "01:30", "02:00", "02:00"] == found(parted, minutes=30, every=30, within=window)
        assert [] == found(parted, minutes=91, every=1, within=window)

    def test_a_slot_lasts_as_long_as_asked_for(self):
        """In real time, also while the clock is changed."""
        always = bo(hours=WorkingHours.always("Europe/Amsterdam"))
        window = (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))
        slots = find_slots(panel=[always], minutes=180, within=window, every=30)

        assert {timedelta(hours=3)} == {slot.ends_at - slot.starts_at for slot in slots}


class TestDaysOff:
    """Exceptions go before holidays, and these before the week."""

    def test_a_holiday_has_no_hours_unless_an_exception_says_so(self):
        """And an exception may take hours away, or give them to a Saturday."""
        monday, saturday = date(2026, 3, 30), date(2026, 4, 4)
        hours = WorkingHours.of(
            "Europe/Amsterdam",
            "mon-fri 09:00-17:00",
            holidays=[monday, saturday],
            exceptions={saturday: "10:00-12:00", date(2026, 3, 31): ""},
        )
        slots = find_slots(panel=[bo(hours=hours)], minutes=60, within=(MONDAY, MONDAY + 7 * DAY), every=60)

        assert [1, 2, 3, 4] == sorted({slot.starts_at.day for slot in slots})
        assert [10, 11] == [
            each.starts_at.astimezone(LOCAL).hour for each in slots.in_order() if each.starts_at.day == 4
        ]


class TestPools:
    """Of a pool so many come, whose turn it is."""

    def test_who_has_held_fewest_comes_first(self):
        """By weight, and then by id; who cannot is passed over."""
        members = [bo(user=user, held=held) for user, held in (("a", 3), ("b", 2), ("c", 2))]
        pool = Pool(of=members, take=2, name="backend")
        slot = find_slots(panel=[pool], minutes=60, within=(MONDAY, MONDAY + DAY))[0]
        away = Pool(of=[*members[:2], bo(user="c", held=2, busy=[(MONDAY, MONDAY + DAY)])], take=2)

        assert (("b", "c"), "b is sent by backend, having held 2") == (slot.panel, slot.why[0])
        assert ("b", "a") == find_slots(panel=[away], minutes=60, within=(MONDAY, MONDAY + DAY))[0].panel
        assert "a" == Pool(of=[bo(user="a", held=3, weight=2), bo(user="b", held=2)]).of[0].user
        heavy = Pool(of=[bo(user="a", held=3, weight=2), bo(user="b", held=2)])
        assert ("a",) == find_slots(panel=[heavy], minutes=60, within=(MONDAY, MONDAY + DAY))[0].panel

    @given(st.integers(2, 6), st.integers(1, 3), st.integers(1, 25))
    def test_loads_differ_by_one_at_most(self, size, take, times):
        """Of members with one weight who can always: after however many interviews, all of them at once."""
        members = [Diary(user=f"u{number}", hours=WorkingHours.always("UTC")) for number in range(size)]
        at = MONDAY
        for _ in range(times):
            pool = Pool(of=members, take=min(take, size))
            slot = find_slots(panel=[pool], minutes=30, within=(at, at + HOUR), limit=1)[0]
            members = [one.holding(slot.starts_at, slot.ends_at) if one.user in slot.panel else one for one in members]
            at += HOUR
        loads = [one.load for one in members]

        assert max(loads) - min(loads) <= 1
        assert times * min(take, size) == sum(loads)

    def test_who_weighs_twice_as_much_comes_twice_as_often(self):
        """Over any number of interviews that their weights divide."""
        members = [
            Diary(user=user, hours=WorkingHours.always("UTC"), weight=weight)
            for user, weight in zip("abc", (1, 2, 3), strict=True)
        ]
        for number in range(12):
            at = MONDAY + number * HOUR
            slot = find_slots(panel=[Pool(of=members)], minutes=30, within=(at, at + HOUR), limit=1)[0]
            members = [one.holding(slot.starts_at, slot.ends_at) if one.user in slot.panel else one for one in members]

        assert [2, 4, 6] == [one.load for one in members]

    def test_whoever_is_in_two_pools_comes_for_one(self):
        """The search moves people between pools until all have enough; where none can be, there is no slot."""
        a, b, c = (bo(user=user) for user in "abc")
        both = [Pool(of=[a, b], name="one"), Pool(of=[a], name="two")]
        none = [Pool(of=[a], name="one"), Pool(of=[a], name="two")]
        slots = find_slots(panel=none, minutes=60, within=(MONDAY, MONDAY + DAY))

        assert ("b", "a") == find_slots(panel=both, minutes=60, within=(MONDAY, MONDAY + DAY))[0].panel
        assert (0, "the pools together") == (len(slots), slots.explain().blockers[0].who)
        assert ("a", "b") == find_slots(panel=[a, Pool(of=[a, b, c])], minutes=60, within=(MONDAY, MONDAY + DAY))[
            0
        ].panel


def test_a_pool_of_whom_all_have_to_come_anyway_has_nobody_to_send():
    """There is no slot, and it is said why; the zone of the grid is that of who has to come."""
    slots = find_slots(panel=[Pool(of=[bo()], name="backend"), bo()], minutes=60, within=(MONDAY, MONDAY + DAY))

    assert (0, "backend") == (len(slots), slots.explain().blockers[0].who)


def test_the_smallest_room_that_holds_everybody_is_taken():
    """With the candidate and whoever may come; the next one where it is taken."""
    rooms = [
        Room(id="hall", capacity=50),
        Room(id="box", capacity=3, busy=[(local("09:00"), local("10:00"))]),
        Room(id="booth", capacity=2),
    ]
    slots = find_slots(panel=[bo(), bo(user="cy")], minutes=60, within=(MONDAY, MONDAY + DAY), rooms=rooms, every=60)

    assert ["hall", *["box"] * 7] == [slot.room for slot in slots]
    assert None is find_slots(panel=[bo()], minutes=60, within=(MONDAY, MONDAY + DAY))[0].room
    assert (
        "the rooms"
        == find_slots(panel=[bo()], minutes=60, within=(MONDAY, MONDAY + DAY), rooms=[]).explain().blockers[0].who
    )


def test_who_is_optional_is_no_hindrance_but_counts():
    """Where all can come ranks first."""
    cy = bo(user="cy", busy=[(local("09:00"), local("15:00"))])
    slots = find_slots(panel=[bo()], optional=[cy], minutes=60, within=(MONDAY, MONDAY + DAY), every=60)

    assert [15, 16, 9] == [slot.starts_at.astimezone(LOCAL).hour for slot in slots[:3]]
    assert (("cy",), (), ("cy",)) == (slots[0].optional, slots[-1].optional, slots[-1].missing)
    assert "cy cannot come" == slots[-1].why[0]


def test_it_is_said_who_is_in_the_way():
    """Who rules out how many, who alone, why, and what fails for the fewest."""
    busy = bo(busy=[(local("09:00"), local("16:00"))])
    cy = bo(user="cy", busy=[(local("16:00"), local("17:00"))])
    slots = find_slots(panel=[busy, cy], minutes=60, within=(local("09:00"), local("17:00")), every=60)
    told = slots.explain()

    assert (0, 8, 0) == (len(slots), told.considered, told.possible)
    assert [("bo", 7, 7), ("cy", 1, 1)] == [(each.who, each.starts, each.alone) for each in told.blockers]
    assert {"bo": ("busy",)} == told.near_misses[0].who
    assert "bo rules out 7, 7 of them alone (busy 7)" in str(told)
    assert "explain() says why" in repr(slots)


def test_too_soon_and_too_far_ahead_are_counted_apart():
    """They are nobody's fault."""
    told = find_slots(
        panel=[bo()],
        minutes=60,
        within=(local("09:00"), local("17:00")),
        every=60,
        now=local("09:30"),
        notice=HOUR,
        advance=3 * HOUR,
    ).explain()

    assert (2, 2, 4) == (told.considered, told.too_soon, told.too_late)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"panel": []}, "the panel is empty"),
        ({"panel": ["bo"]}, "a panel is of diaries and pools; this is a str"),
        ({"panel": bo()}, "is given as a list, not as a Diary"),
        ({"panel": [bo(), bo()]}, "asked for twice: bo"),
        ({"panel": [bo()], "optional": [bo()]}, "asked for twice: bo"),
        ({"panel": [bo(user="candidate")]}, "that is the candidate"),
        ({"panel": [Pool(of=[bo()], name="x"), Pool(of=[bo(held=7)], name="y")]}, "different diaries of 'bo'"),
        ({"minutes": 0}, "minutes is a whole number from 1"),
        ({"minutes": -45}, "minutes is a whole number from 1"),
        ({"minutes": 45.0}, "minutes is a whole number from 1"),
        ({"minutes": True}, "minutes is a whole number from 1"),
        ({"every": 0}, "every is a whole number"),
        ({"limit": 0}, "limit is a whole number"),
        ({"within": (MONDAY, MONDAY)}, "no later than it starts"),
        ({"within": (MONDAY + DAY, MONDAY)}, "no later than it starts"),
        ({"within": (MONDAY, MONDAY + 400 * DAY)}, "366 days"),
        ({"within": (MONDAY.replace(tzinfo=None), MONDAY + DAY)}, "time zone"),
        ({"within": (MONDAY, MONDAY + DAY, MONDAY)}, "is a pair"),
        ({"within": None}, "is a pair"),
        ({"within": ("2026-03-30", "2026-03-31")}, "time zone"),
        ({"candidate_zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"candidate_zone": ""}, "no time zone"),
        ({"candidate_zone": 5}, "IANA name"),
        ({"grid_zone": "../../etc/passwd"}, "no time zone"),
        ({"candidate_busy": [(MONDAY + HOUR, MONDAY)]}, "before it starts"),
        ({"candidate_busy": [MONDAY]}, "is a pair"),
        ({"now": MONDAY.replace(tzinfo=None)}, "time zone"),
        ({"now": MONDAY, "notice": -HOUR}, "no less than nothing"),
        ({"now": MONDAY, "notice": DAY, "advance": HOUR}, "no less than notice"),
        ({"rooms": [Room(id="r"), Room(id="r")]}, "one twice"),
        ({"rooms": ["r"]}, "of the class Room"),
        ({"now": MONDAY, "notice": 5}, "notice is a timedelta"),
        ({"now": MONDAY, "notice": None}, "notice is a timedelta"),
        ({"candidate_hours": "always"}, "hours are WorkingHours"),
    ],
)
def test_what_cannot_be_asked_is_refused(change, message):
    """With what is wrong."""
    with pytest.raises(InputError, match=message):
        find_slots(**{"panel": [bo()], "minutes": 60, "within": (MONDAY, MONDAY + DAY), **change})


@pytest.mark.parametrize(
    "make",
    [
        lambda: bo(busy=[(MONDAY.replace(tzinfo=None), MONDAY)]),
        lambda: bo(busy=[(MONDAY, MONDAY - MINUTE)]),
        lambda: bo(busy=[("a", "b")]),
        lambda: bo(busy=[1]),
        lambda: bo(before=-1),
        lambda: bo(after=1.5),
        lambda: bo(per_day=-1),
        lambda: bo(weight=0),
        lambda: bo(weight=float("nan")),
        lambda: bo(weight="2"),
        lambda: bo(hours="always"),
        lambda: bo(busy=None),
        lambda: Room(id="r", hours="always"),
        lambda: bo(user=""),
        lambda: Pool(of=[bo()], take=0),
        lambda: Pool(of=[bo(), bo()]),
        lambda: Pool(of=["bo"]),
        lambda: Room(id="", capacity=3),
        lambda: Room(id="r", capacity=0),
        lambda: WorkingHours.of("Mars/Olympus", "mon 09:00-17:00"),
        lambda: WorkingHours.of("UTC", "mon 17:00-09:00"),
        lambda: WorkingHours.of("UTC", "mon 09:00-09:00"),
        lambda: WorkingHours.of("UTC", "mon 09:00-24:01"),
        lambda: WorkingHours.of("UTC", "mon 09:60-10:00"),
        lambda: WorkingHours.of("UTC", "someday 09:00-10:00"),
        lambda: WorkingHours.of("UTC", "mon"),
        lambda: WorkingHours.of("UTC", "mon 9-5"),
        lambda: WorkingHours.of("UTC", holidays=[MONDAY]),
        lambda: WorkingHours.of("UTC", exceptions={"2026-03-30": ""}),
        lambda: WorkingHours(zone="UTC", weekly=()),
        lambda: WorkingHours(zone="UTC", weekly=(((600, 500),), *[()] * 6)),
        lambda: WorkingHours(zone="UTC", weekly=((("a", "b"),), *[()] * 6)),
    ],
)
def test_what_is_no_diary_is_refused(make):
    """Times without a zone, ends before starts, numbers that count nothing, hours that do not read."""
    with pytest.raises(InputError):
        make()


def test_what_is_no_time_takes_up_none():
    """An appointment that ends where it starts, within what would be a slot."""
    assert ["09:00"] == found(bo(busy=[(local("09:30"), local("09:30"))]))[:1]


def test_a_window_too_short_for_one_has_none():
    """Also one without a single start of the grid."""
    assert [] == found(bo(), within=(local("09:00"), local("09:59")))
    assert [] == found(bo(), minutes=5, within=(local("09:01"), local("09:30")))
    assert "0 of 0 starts" in str(find_slots(panel=[bo()], minutes=60, within=(MONDAY, MONDAY + MINUTE)).explain())


def test_a_hundred_thousand_appointments_are_no_trouble():
    """A shared calendar with every second of a year in it."""
    crowded = [(MONDAY + number * 5 * MINUTE, MONDAY + number * 5 * MINUTE + MINUTE) for number in range(100_000)]
    diary = bo(busy=crowded)

    assert [] == found(diary)
    assert 0 < len(find_slots(panel=[diary], minutes=4, within=(MONDAY, MONDAY + 28 * DAY), every=1))
    assert "<100000>" in repr(diary)


def test_the_same_question_has_the_same_answer():
    """Whatever the order of what is busy, of members and of rooms."""
    busy = [(local(f"{hour}:10"), local(f"{hour}:40")) for hour in range(9, 16)]
    members = [bo(user="a", busy=busy), bo(user="b"), bo(user="c", busy=busy[:3])]
    rooms = [Room(id=name, capacity=9, busy=busy[place : place + 2]) for place, name in enumerate("xyz")]

    def asked(step: int) -> tuple[Slot, ...]:
        turned = [attrs_reversed(each) for each in members][::step]
        return find_slots(
            panel=[Pool(of=turned, take=2)], minutes=15, within=(MONDAY, MONDAY + DAY), rooms=rooms[::step]
        ).found

    def attrs_reversed(diary: Diary) -> Diary:
        return Diary(user=diary.user, hours=HOURS, busy=diary.busy[::-1])

    assert asked(1) == asked(-1)
    assert bo(busy=busy) == bo(busy=reversed(busy))
