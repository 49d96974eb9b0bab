"""Several interviews in a row are each where a slot would be, with breaks between, and nobody in two places."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice, product
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hiring.slots import Diary, Pool, Room, Round, WorkingHours, find_days
from crmcore.hiring.slots._days import MOST_TRIES
from crmcore.hiring.slots._staffing import Seat, staffed
from tests.hiring.slots.calendars import CHANGES, diary, room
from tests.hiring.slots.twin import MINUTE, Twin

MONDAY = datetime(2026, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)
WITHIN = (MONDAY, MONDAY + DAY)
LOCAL = ZoneInfo("Europe/Amsterdam")
HOURS = WorkingHours.of("Europe/Amsterdam", "mon-fri 09:00-17:00")


def asked(seed: int) -> dict:
    """Return what is asked of one search for days, drawn with a seed."""
    draw = Random(seed)
    zone, at = CHANGES[seed % len(CHANGES)]
    people = [
        Diary(
            user=f"u{number}",
            hours=WorkingHours.always(zone) if draw.random() < 0.6 else diary("x", draw, [zone], at).hours,
            busy=diary("x", draw, [zone], at).busy[:2],
            interviews=diary("x", draw, [zone], at).interviews[:1],
            before=draw.choice([0, 20]),
            per_day=draw.choice([None, 1, 2]),
            per_week=draw.choice([None, None, 2]),
            held=draw.choice([None, 0, 3]),
        )
        for number in range(draw.randint(1, 5))
    ]
    rounds = []
    for number in range(draw.randint(1, 3)):
        chosen = draw.sample(people, draw.randint(1, len(people)))
        fixed = chosen[: draw.randint(0, 1)]
        rest = chosen[len(fixed) :]
        pools = [Pool(of=rest, take=draw.randint(1, min(2, len(rest))), name="one")] if rest else []
        if len(rest) > 1 and draw.random() < 0.4:
            pools = [Pool(of=rest[:-1], name="one"), Pool(of=rest[1:], name="two")]
        optional = [Diary(user="o", hours=people[0].hours)] if draw.random() < 0.3 else []
        minutes = draw.choice([30, 45, 60])
        rounds.append(Round(name=f"r{number}", minutes=minutes, panel=[*fixed, *pools], optional=optional))
    more = {"rooms": [room(f"m{number}", draw, [zone], at) for number in range(3)]} if draw.random() < 0.3 else {}
    return {
        "rounds": rounds,
        "within": (at - timedelta(minutes=draw.randrange(60, 300)), at + timedelta(minutes=draw.randrange(60, 300))),
        "breaks": draw.choice([(0, 0), (0, 60), (15, 45), (30, 30)]),
        "in_any_order": draw.random() < 0.5,
        "every": draw.choice([15, 20, 30]),
        "grid_zone": zone,
        "candidate_zone": draw.choice([None, zone]),
        **more,
    }


def twin_days(question: dict) -> list[tuple]:
    """Return (rounds, starts) of each day, by looking at everything, the best first."""
    rounds = question["rounds"]
    common = {name: question[name] for name in ("within", "every", "grid_zone", "candidate_zone")}
    twins = [
        Twin(
            {
                **common,
                "panel": list(each.panel),
                "minutes": each.minutes,
                "optional": each.optional,
                "rooms": question.get("rooms"),
            }
        )
        for each in rounds
    ]
    slots = [{start: slot for start in twin.considered() if (slot := twin.slot(start)) is not None} for twin in twins]
    least, most = (minutes * MINUTE for minutes in question["breaks"])

    def chains(remaining, end):
        if not remaining:
            yield ()
            return
        numbers = remaining if question["in_any_order"] else remaining[:1]
        options = [(start, number) for number in numbers for start in slots[number]]
        for start, number in sorted(options):
            if end is None or end + least <= start <= end + most:
                rest = tuple(each for each in remaining if each != number)
                for tail in chains(rest, start + rounds[number].minutes * MINUTE):
                    yield ((start, number), *tail)

    found = []
    everything = list(chains(tuple(range(len(rounds))), None))
    for begin in sorted({chain[0][0] for chain in everything}):
        beginning = (chain for chain in everything if chain[0][0] == begin)
        chain = next((each for each in islice(beginning, MOST_TRIES) if can_be_staffed(each, twins)), None)
        if chain is not None:
            unusual = sum(slots[number][start]["unusual"] for start, number in chain)
            missing = sum(len(slots[number][start]["missing"]) for start, number in chain)
            start, (last, number) = chain[0][0], chain[-1]
            waiting = last + rounds[number].minutes * MINUTE - start - sum(each.minutes for each in rounds) * MINUTE
            told = tuple((rounds[number].name, start) for start, number in chain)
            found.append(((unusual, missing, waiting, start), told))
    return [told for _, told in sorted(found)]


def can_be_staffed(chain, twins) -> bool:
    """Whether people can be chosen so that nobody holds more than they have left: all choices are looked at."""
    left: dict[str, int] = {}
    choices = []
    for start, number in chain:
        twin = twins[number]
        for one in (*twin.fixed, *(member for members in twin.members for member in members)):
            left[one.user] = min(left.get(one.user, 99), left_of(one, start))
        free = [[one.user for one in members if twin.can(one, start)] for members in twin.members]
        pools = product(*(combinations(users, pool.take) for users, pool in zip(free, twin.pools, strict=True)))
        together = [[user for users in chosen for user in users] for chosen in pools]
        fixed = [one.user for one in twin.fixed]
        choices.append([[*fixed, *users] for users in together if len(set(users)) == len(users)])
    return any(
        all(held <= left[user] for user, held in Counter(user for users in chosen for user in users).items())
        for chosen in product(*choices)
    )


def left_of(one: Diary, start: datetime) -> int:
    """Return how many interviews somebody has left on the day, and in the week, of a start."""
    zone = ZoneInfo(one.hours.zone)
    day = start.astimezone(zone).date()
    held = [begin.astimezone(zone).date() for begin, end in one.interviews if begin < end]
    weekly = sum(each.isocalendar()[:2] == day.isocalendar()[:2] for each in held)
    return min(
        99 if one.per_day is None else one.per_day - held.count(day),
        99 if one.per_week is None else one.per_week - weekly,
    )


def days_disagreement(seed: int) -> str:
    """Return how the search for days and its twin differ; "" where they agree."""
    question = asked(seed)
    days, wanted = find_days(**question), twin_days(question)
    found = [tuple((name, slot.starts_at) for name, slot in zip(day.rounds, day.slots, strict=True)) for day in days]
    if found != wanted:
        return f"seed {seed}: {found[:1]} and {wanted[:1]}, {len(found)} and {len(wanted)}"
    for day in days:
        held = Counter(user for slot in day.slots for user in slot.panel)
        people = {one.user: one for each in question["rounds"] for one in everybody(each)}
        for user, number in held.items():
            if number > min(left_of(people[user], slot.starts_at) for slot in day.slots if user in slot.panel):
                return f"seed {seed}: {user} holds {number}"
        if any(len(set(slot.panel)) < len(slot.panel) for slot in day.slots):
            return f"seed {seed}: somebody sits twice in one interview"
    return ""


def everybody(of: Round) -> list[Diary]:
    """Return all who may hold it."""
    return [one for each in of.panel for one in (each.of if isinstance(each, Pool) else [each])]


@pytest.mark.parametrize("block", range(6))
def test_a_slow_twin_agrees(block):
    """It looks at all orders, all starts and all choices of people."""
    assert [""] * 20 == [days_disagreement(seed) for seed in range(block * 20, block * 20 + 20)]


def bo(user: str = "bo", **more) -> Diary:
    """Return a diary."""
    return Diary(**{"user": user, "hours": HOURS, **more})


def told(days) -> list[str]:
    """Return each day as its interviews on the clock of Amsterdam."""
    return [
        " ".join(
            f"{name} {slot.starts_at.astimezone(LOCAL):%H:%M}" for name, slot in zip(day.rounds, day.slots, strict=True)
        )
        for day in days
    ]


def test_the_order_is_kept_unless_any_will_do():
    """Where the second can only be first, there is a day in another order, or none."""
    early = bo("cy", busy=[(MONDAY + timedelta(hours=8), MONDAY + DAY)])
    rounds = [
        Round(name="a", minutes=60, panel=[bo(busy=[(MONDAY, MONDAY + timedelta(hours=8))])]),
        Round(name="b", minutes=60, panel=[early]),
    ]

    assert [] == told(find_days(rounds=rounds, within=WITHIN, every=60))
    assert ["b 09:00 a 10:00", "b 09:00 a 11:00"][:1] == told(
        find_days(rounds=rounds, within=WITHIN, every=60, in_any_order=True)
    )


def test_the_shortest_breaks_come_first():
    """A break is no shorter than asked for, and a day with less waiting ranks before an earlier one."""
    rounds = [
        Round(name="a", minutes=60, panel=[bo()]),
        Round(name="b", minutes=60, panel=[bo("cy", busy=[(MONDAY, MONDAY + timedelta(hours=10))])]),
    ]
    days = find_days(rounds=rounds, within=WITHIN, breaks=(15, 120), every=15)

    assert "a 10:45 b 12:00" == told(days)[0]
    assert ([15], 120) == (sorted({day.waiting for day in days})[:1], days[-1].waiting)
    assert ("15 minutes of breaks", 1) == (days[0].why[0], days[0].slots[1].rank)


def test_nobody_holds_more_than_they_have_left():
    """Who holds one a day takes one of two interviews; alone, there is no day."""
    one, other = bo("a", per_day=1), bo("b", per_day=1)
    both = [Round(name=name, minutes=60, panel=[Pool(of=[one, other])]) for name in "xy"]
    alone = [Round(name=name, minutes=60, panel=[one]) for name in "xy"]
    day = find_days(rounds=both, within=WITHIN)[0]

    assert {("a",), ("b",)} == {slot.panel for slot in day.slots}
    assert 0 == len(find_days(rounds=alone, within=WITHIN))


def test_people_change_seats_so_that_all_are_taken():
    """The first could have been given to who alone can take the last."""
    a, b = bo("a"), bo("b", held=5)
    seats = [Seat(round=0, free={"a": a, "b": b}), Seat(round=1, free={"a": a})]

    assert ["b", "a"] == staffed(seats, {"a": 1})
    assert ["a", "a"] == staffed(seats, {})
    assert None is staffed([*seats, Seat(round=2, free={"a": a})], {"a": 1})
    assert None is staffed([Seat(round=0, free={"a": a}), Seat(round=0, free={"a": a})], {})


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sets(st.sampled_from("abcd"))), max_size=5),
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)),
)
def test_seats_are_taken_wherever_they_can_be(places, left):
    """All choices are looked at; whoever sits is free, sits once in an interview, and holds no more than is left."""
    people = {user: bo(user) for user in "abcd"}
    seats = [Seat(round=number, free={user: people[user] for user in users}) for number, users in places]

    def is_right(holders) -> bool:
        once = Counter((user, seat.round) for user, seat in zip(holders, seats, strict=True))
        held = Counter(holders)
        return all(number == 1 for number in once.values()) and all(
            held[user] <= left.get(user, len(seats)) for user in held
        )

    found = staffed(seats, left)
    possible = any(map(is_right, product(*(sorted(seat.free) for seat in seats))))

    assert possible == (found is not None)
    if found is not None:
        assert is_right(found)
        assert all(user in seat.free for user, seat in zip(found, seats, strict=True))


def test_each_interview_takes_its_own_room():
    """The smallest that is free then."""
    rooms = [Room(id="small", capacity=2, busy=[(MONDAY, MONDAY + timedelta(hours=8))]), Room(id="big", capacity=9)]
    rounds = [Round(name=name, minutes=60, panel=[bo(name)]) for name in "xy"]
    day = find_days(rounds=rounds, within=WITHIN, rooms=rooms, every=60, breaks=(0, 0)).in_order()[0]

    assert ["big", "small"] == [slot.room for slot in day.slots]


def test_of_each_interview_it_is_said_what_is_in_the_way():
    """By itself."""
    rounds = [
        Round(name="a", minutes=60, panel=[bo()]),
        Round(name="b", minutes=60, panel=[bo("cy", busy=[(MONDAY, MONDAY + DAY)])]),
    ]
    days = find_days(rounds=rounds, within=WITHIN, every=60)

    assert (0, 8, 0) == (len(days), days.explain()["a"].possible, days.explain()["b"].possible)
    assert "cy" == days.explain()["b"].blockers[0].who
    assert "<0 days; explain() says why>" == repr(days)


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": []},
        {"rounds": [Round(name="a", minutes=60, panel=[bo()])] * 2},
        {"rounds": [Round(name=str(number), minutes=60, panel=[bo()]) for number in range(9)]},
        {"rounds": [Round(name="a", minutes=60, panel=[])]},
        {"rounds": [Round(name="a", minutes=0, panel=[bo()])]},
        {
            "rounds": [
                Round(name="a", minutes=60, panel=[bo()]),
                Round(name="b", minutes=60, panel=[bo(per_day=1)]),
            ]
        },
        {"rounds": ["a"]},
        {"breaks": (30, 15)},
        {"breaks": (-1, 15)},
        {"breaks": 15},
        {"breaks": (1.5, 15)},
    ],
)
def test_what_is_no_day_is_refused(change):
    """No interview, too many, two of one name, two diaries of one person, breaks that end before they begin."""
    with pytest.raises(InputError):
        find_days(**{"rounds": [Round(name="a", minutes=60, panel=[bo()])], "within": WITHIN, **change})


def test_pools_with_too_few_left_say_so_at_once():
    """However many ways there are to put eight interviews into four weeks; with one more left, there is a day."""

    def days(per_day: int) -> int:
        people = [Diary(user=f"u{number}", hours=HOURS, per_day=per_day) for number in range(7)]
        rounds = [Round(name=str(n), minutes=30, panel=[Pool(of=people, take=2, name=f"p{n}")]) for n in range(8)]
        return len(find_days(rounds=rounds, within=(MONDAY, MONDAY + 2 * DAY), breaks=(0, 120)))

    began = perf_counter()

    assert 0 == days(per_day=2)
    assert 2 > perf_counter() - began
    assert 0 < days(per_day=3)
