"""Questions that reach beyond one record, asked of stores, units, and readers of the past.

Memory judges them all in process; SQLite says some in SQL, and has the rest judged in the same way.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from crmcore.errors import InputError, KeyUnavailable, UnknownField
from crmcore.integrations.keys import LocalKeyring
from crmcore.model import (
    Affiliation,
    ContactRecord,
    CustomField,
    Employment,
    Event,
    Note,
    Organisation,
    PersonName,
    PostalAddress,
    Skill,
    Task,
)
from crmcore.query import Asking, F, ago, lasting, now, sample, score, segment, words
from crmcore.storage import MemoryStore, Sealing, model_codec, open_store
from crmcore.testing import ManualClock

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
ISLES = CustomField(id="f1", key="isles", label="Isles", type="choices", options=[{"key": "a"}, {"key": "b"}])


def person(id_, given, **more):
    """Return a contact."""
    return ContactRecord(id=id_, name=PersonName(given=given), **more)


ADA = person(
    "ada",
    "Ada",
    affiliations=(Affiliation(organisation="engines", name="Engines"), Affiliation(organisation="lace", name="Lace")),
    skills=(Skill(name="python", level="expert"), Skill(name="lace", level="beginner")),
    addresses=(PostalAddress.of(city="Utrecht").evolve(latitude=52.09, longitude=5.12),),
    employments=(Employment(company="Rival", title="Engineer", ended="2024-03"),),
    custom={"isles": ("a",)},
)
BOB = person("bob", "Bob", affiliations=(Affiliation(organisation="lace", name="Lace"),))
CARL = person("carl", "Carl", skills=(Skill(name="python"),), owner="u-1")
PLACES = {"Utrecht": (52.1, 5.1)}
NAMED = Asking(
    places=PLACES.__getitem__,
    scorers={"letters": lambda facts, _: float(len(facts["given_name"][0]))},
    segments={"pythonists": F.skills.any(name="python"), "circle": segment("circle")}.__getitem__,
)


def event(id_, subject, at, type_="email.sent", **data):
    """Return an event about a contact."""
    return Event(
        id=id_,
        type=type_,
        subject_kind="contact",
        subject_id=subject,
        occurred_at=at,
        recorded_at=at,
        actor="mailer",
        data=data,
    )


@pytest.fixture
def keyring(tmp_path):
    """Return a keyring with one key."""
    return LocalKeyring.create(tmp_path / "keys.json")


@pytest.fixture
def sealing(keyring):
    """Return the sealing of what is confidential."""
    return Sealing(keyring)


@pytest.fixture
def clock():
    """Return a clock that stands at the start."""
    return ManualClock(START)


@pytest.fixture(params=["memory:", "sqlite://"])
def opening(request, clock):
    """Return what opens a store in memory, or in SQLite."""
    with ExitStack() as opened:
        yield lambda **more: opened.enter_context(open_store(request.param, clock=clock, **more))


@pytest.fixture
def store(opening):
    """Return a store with three people, two organisations, a note, a task and an e-mail."""
    store = opening(codec=model_codec().with_custom([ISLES]), asking=NAMED)
    with store.unit(actor="ada") as unit:
        for record in (
            ADA,
            BOB,
            CARL,
            Organisation(id="engines", name="Engines", is_client=True),
            Organisation(id="lace", name="Lace", parent="engines"),
            Note(id="n1", subjects=("ada", "bob"), at=START, author="grace", body="liked"),
            Task(id="t1", subjects=("bob",), at=START, author="grace", title="call", due_at=START),
        ):
            unit.put(record)
        unit.emit(event("e1", "ada", START, opens=2, to=["x", "y"]))
    return store


def ids(reader, where, kind=ContactRecord, **more):
    """Return who is found, which is also who is streamed."""
    found = [one.id for one in reader.find(kind, where, **more)]
    if not more:
        assert found == [one.id for one in reader.stream(kind, where)]
    return found


ASKED = [
    (F.organisations.any(is_client__eq=True), ["ada"]),
    (F.organisations.any(name="lace"), ["ada", "bob"]),
    (~F.organisations.exists(), ["carl"]),
    (F.organisations.count() >= 2, ["ada"]),
    (F.organisations.any(F.parents.any(is_client__eq=True)), ["ada", "bob"]),
    (F.organisations.any(F.people.any(given_name="bob")), ["ada", "bob"]),
    (F.notes.any(words("liked")), ["ada", "bob"]),
    (F.tasks.where(F.due_at <= now()).exists() & F.notes.exists(), ["bob"]),
    (F.activity("email.sent").within(days=90).exists(), ["ada"]),
    (~F.activity("email.sent").within(days=90).exists(), ["bob", "carl"]),
    (F.activity.where(F["data.opens"] >= 2).exists(), ["ada"]),
    (F.activity.where(F["data.to"] == "y").exists(), ["ada"]),
    (F.activity.last("at") >= ago(days=1), ["ada"]),
    (F.skills.any(name="python", level__ge=4), ["ada"]),
    (F.skills.all(level__ge=2), ["bob"]),
    (F.location.within(km=30, of="Utrecht"), ["ada"]),
    (F.employments.any(F.company.is_("rival"), ended__ge="2023"), ["ada"]),
    (F["custom.isles"].in_(["a"]), ["ada"]),
    (score("letters", "") >= 4, ["carl"]),
    (segment("pythonists"), ["ada", "carl"]),
    (segment("pythonists") & ~F.notes.exists(), ["carl"]),
    (words("lace"), ["ada", "bob"]),
    (sample("spring", percent=100) & (F.owner == "u-1"), ["carl"]),
    (F.organisations.any(name="lace") | (F.owner == "u-1"), ["ada", "bob", "carl"]),
]


@pytest.mark.parametrize(("where", "expected"), ASKED, ids=lambda value: str(value)[:70])
def test_a_store_answers_every_question(store, where, expected):
    """Items, related records, events, places, scores, segments and custom fields are asked alike by find and stream."""
    assert expected == ids(store, where)


@pytest.mark.parametrize(("where", "expected"), ASKED, ids=lambda value: str(value)[:70])
def test_a_unit_and_a_reader_of_the_past_answer_the_same(store, clock, where, expected):
    """While nothing changes, a unit, what was held, and hindsight agree with the store."""
    with store.unit(actor="eve") as unit:
        assert expected == ids(unit, where)
    for in_hindsight in (False, True):
        assert expected == ids(store.history.as_of(clock.now(), in_hindsight=in_hindsight), where)


def test_a_unit_sees_its_own_changes(store):
    """What a unit has put and told counts in its own questions, and in nobody else's."""
    with store.unit(actor="eve") as unit:
        unit.put(Note(id="n2", subjects=("carl",), at=START, author="eve", body="liked too"))
        unit.emit(event("e2", "carl", START, opens=9))
        lace = unit.get(Organisation, "lace")
        unit.put(lace.evolve(is_client=True))

        assert ["ada", "bob", "carl"] == ids(unit, F.notes.exists())
        assert ["ada", "carl"] == ids(unit, F.activity.where(F["data.opens"] >= 1).exists())
        assert ["ada", "bob"] == ids(unit, F.organisations.any(is_client__eq=True))
    assert ["ada", "bob"] == ids(store, F.organisations.any(is_client__eq=True))


def test_now_is_the_clock_of_the_store(store, clock):
    """A question that depends on the time is put at the store's instant, the past's at its own."""
    recent = F.activity("email.sent").within(days=30).exists()
    clock.advance(days=31)

    assert [] == ids(store, recent)
    assert ["ada"] == ids(store.history.as_of(START), recent)
    assert [] == ids(store.history.as_of(clock.now()), recent)


def test_the_past_knows_what_was_recorded_and_hindsight_what_had_occurred(store, clock):
    """A call that was told later is not in what the store held, and is in what was true."""
    clock.advance(days=10)
    with store.unit(actor="eve", occurred_at=START.replace(day=5)) as unit:
        unit.emit(event("e2", "bob", START.replace(day=5), "call.made"))
    called, then = F.activity("call.made").exists(), START.replace(day=6)

    assert [] == ids(store.history.as_of(then), called)
    assert ["bob"] == ids(store.history.as_of(then, in_hindsight=True), called)
    assert [] == ids(store.history.as_of(START.replace(day=4), in_hindsight=True), called)


def test_related_records_are_those_of_that_time(store, clock):
    """An organisation that became a client later was none then."""
    clock.advance(days=10)
    with store.unit(actor="eve") as unit:
        unit.put(unit.get(Organisation, "lace").evolve(is_client=True))
        unit.remove(unit.get(Note, "n1"))

    clients = F.organisations.any(is_client__eq=True)
    assert ["ada", "bob"] == ids(store, clients)
    assert [] == ids(store, F.notes.exists())
    for in_hindsight in (False, True):
        past = store.history.as_of(START, in_hindsight=in_hindsight)
        assert ["ada"] == ids(past, clients)
        assert ["ada", "bob"] == ids(past, F.notes.exists())


def test_how_long_something_has_been_so_is_told_by_the_history(store, clock):
    """A change within the span, a beginning within it, and a gap in being there all break it."""
    owned = F.owner == "u-1"
    clock.advance(days=10)
    with store.unit(actor="eve") as unit:
        unit.put(unit.get(ContactRecord, "bob").evolve(owner="u-1"))
    clock.advance(days=10)

    assert ["carl"] == ids(store, lasting(owned, days=15))
    assert ["bob", "carl"] == ids(store, lasting(owned, days=10))
    assert [] == ids(store, lasting(owned, days=25))
    assert ["ada"] == ids(store, ~lasting(~F.owner.is_missing(), days=5))
    assert ["carl"] == ids(store.history.as_of(START.replace(day=15)), lasting(owned, days=10))


def test_what_was_not_there_has_not_lasted(store, clock):
    """A record that was removed and came back begins anew."""
    clock.advance(days=10)
    with store.unit(actor="eve") as unit:
        gone = unit.remove(unit.get(ContactRecord, "carl"))
    clock.advance(days=1)
    with store.unit(actor="eve") as unit:
        unit.put(gone)
    clock.advance(days=4)

    assert ["carl"] == ids(store, lasting(F.owner == "u-1", days=4))
    assert [] == ids(store, lasting(F.owner == "u-1", days=5))


def test_hindsight_dates_what_lasted_by_when_it_came_true(store, clock):
    """A back-dated change counts from its own day on in hindsight, and from its recording in what the store held."""
    clock.advance(days=20)
    with store.unit(actor="eve", occurred_at=START.replace(day=3)) as unit:
        unit.put(unit.get(ContactRecord, "bob").evolve(owner="u-1"))
    lasted, at = lasting(F.owner == "u-1", days=15), clock.now()

    assert ["carl"] == ids(store, lasted)
    assert ["carl"] == ids(store.history.as_of(at), lasted)
    assert ["bob", "carl"] == ids(store.history.as_of(at, in_hindsight=True), lasted)


def test_changes_within_one_unit_are_one_state(store, clock):
    """What stood for no time at all was never so."""
    clock.advance(days=1)
    with store.unit(actor="eve") as unit:
        carl = unit.put(unit.get(ContactRecord, "carl").evolve(owner="u-2"))
        unit.find(ContactRecord)
        unit.put(carl.evolve(owner="u-1"))
    clock.advance(days=1)

    assert ["carl"] == ids(store, lasting(F.owner == "u-1", days=2))


@pytest.mark.parametrize("order", [(), ("given_name",), ("-given_name", "id")])
def test_pages_of_a_judged_question_partition_the_answer(opening, order):
    """Whatever lies outside the record, each selected record comes once, in order, by cursors that are signed."""
    store = opening()
    with store.unit(actor="ada") as unit:
        for number in range(250):
            unit.put(person(f"p{number:03}", "AB"[number % 2]))
            if number % 3 == 0:
                unit.put(Note(id=f"n{number}", subjects=(f"p{number:03}",), at=START, author="a"))
    where, seen, after = F.notes.exists() & (F.given_name.in_(["A", "B"])), [], None
    while True:
        page = store.find(ContactRecord, where, order_by=order, limit=13, after=after)
        seen += [one.id for one in page]
        if (after := page.next) is None:
            break

    whole = [one.id for one in store.find(ContactRecord, where, order_by=order, limit=1000)]
    assert whole == seen
    assert 84 == len(set(seen))
    with pytest.raises(InputError, match="cursor"):
        store.find(ContactRecord, ~where, order_by=order, after=store.find(ContactRecord, where, limit=1).next)


def test_a_cursor_outlives_the_minute(store, clock):
    """The next page of a question that depends on the time is asked a moment later, and still belongs to it."""
    where = F.notes.where(F.at >= ago(days=90)).exists()
    first = store.find(ContactRecord, where, limit=1)
    clock.advance(minutes=1)

    assert ["bob"] == [one.id for one in store.find(ContactRecord, where, limit=1, after=first.next)]


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        (segment("circle"), "circle"),
        (score("nobody", "x") > 1, "no scoring function"),
        (F.organisations.any(segment("pythonists")), "skills"),
        (F["custom.isle"] == "a", "custom.isles"),
        (lasting(F.notes.exists(), days=1), "lies outside the record"),
    ],
)
def test_what_cannot_be_asked_is_refused(store, where, fault):
    """Unknown names, circles, and a segment of other records are errors of the question, before any record is read."""
    with pytest.raises((InputError, UnknownField), match=fault):
        store.find(ContactRecord, where)


SEALED_FIELDS = [
    F.born < "1990",
    F.born.between("1980", "1990"),
    F.born.recurs("01-01", "12-31"),
    F.national_id.contains("7"),
    F.national_id.is_("7"),
    F.gender.starts_with("f"),
    F.salary_minimum.between(1, 2),
    lasting(F.gender.contains("f"), days=1),
    F.organisations.any(F.people.any(born__lt="1990")),
    F.organisations.any(F.people.any(national_id__eq="7")),
    F["custom.isles"] == "a",
    ~(F.gender.ends_with("x") | F.notes.exists()),
]


@pytest.mark.parametrize("where", SEALED_FIELDS, ids=lambda value: str(value)[:70])
def test_no_question_is_answered_from_what_is_sealed(sealing, opening, where):
    """A blind index knows equality only: everything else about a sealed field is refused, wherever it stands."""
    store = opening(codec=model_codec().with_custom([ISLES]), sealing=sealing)

    with pytest.raises(InputError, match="sealed"):
        store.find(ContactRecord, where)


def test_items_and_points_may_be_sealed_too(keyring, opening):
    """Sealed from what is personal on, neither skills nor addresses can be asked about, by whatever node."""
    store = opening(sealing=Sealing(keyring, from_sensitivity="personal"))
    for where in (
        F.skills.any(name="python"),
        F.skills.any(name__eq="python"),
        F.skills.max("level") >= 4,
        F.employments.last("company", by="started") == "Rival",
        F.location.within(km=3, of=(52, 5)),
        ~F.skills.all(level__ge=2),
        F.skills.count(name__contains="py") > 1,
        F.given_name.contains("a"),
    ):
        with pytest.raises(InputError, match="sealed"):
            store.find(ContactRecord, where)


def test_what_is_not_sealed_is_asked_beside_what_is(sealing, opening):
    """Equality is found by its blind index, partial dates are compared in clear, the rest as ever."""
    store = opening(sealing=sealing)
    with store.unit(actor="ada") as unit:
        unit.put(person("a", "Ada", born="1984-02-03", national_id="7", skills=(Skill(name="python"),)))
        unit.put(person("b", "Bob", born="1984", national_id="8", gender="m"))
        unit.put(Note(id="n1", subjects=("b",), at=START, author="grace"))
        unit.emit(event("e1", "b", START, opens=1))

    assert ["a"] == ids(store, (F.national_id == "7") & F.skills.any(name="python"))
    assert ["b"] == ids(store, F.national_id.in_(["8"]) & F.notes.exists())
    assert ["a", "b"] == ids(store, F.born == "1984")
    assert ["a"] == ids(store, F.born == "1984-02")
    assert [] == ids(store, ~(F.born == "1984-02"))
    assert ["b"] == ids(store, F.activity("email.sent").exists() & F.gender.is_known())
    assert ["a"] == ids(store, ~F.activity.exists())
    assert ["b"] == ids(store, F.activity.where(F["data.opens"] >= 1).exists())


def test_a_shredded_record_is_passed_over(keyring, clock):
    """One whose key was destroyed is known by its id alone, and never ends the search for others."""
    store = MemoryStore(clock=clock, sealing=Sealing(keyring))
    with store.unit(actor="ada") as unit:
        unit.put(person("a", "Ada", born="1984-02", gender="f"))
        unit.put(person("b", "Bob", born="1984-03"))
    keys = store._tables.key_rows
    for key in [row for row in keys.values() if row.subject_id == "a"]:
        keys[key.id] = key._replace(wrapped=None)

    assert ["b"] == ids(store, F.born == "1984")
    with pytest.raises(KeyUnavailable, match="destroyed"):
        store.get(ContactRecord, "a")
