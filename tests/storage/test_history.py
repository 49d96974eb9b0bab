"""Past states: what was stored at an instant, and what was true at it, against two slow twins on every store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError, NotFound
from crmcore.model import ContactRecord, EmailAddress
from crmcore.model.names import PersonName
from crmcore.query import F
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage._instants import last_instant
from crmcore.storage.sql import _statements
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcore.ports import Reader

IDS = ("c1", "c2")
TICK = timedelta(microseconds=1)


class Step(NamedTuple):
    """One unit of work: what to do to whom, how the clock moved before, and how long ago it came true."""

    who: str
    what: str
    value: str
    moved: int
    ago: int


STEPS = st.lists(
    st.builds(
        Step,
        who=st.sampled_from(IDS),
        what=st.sampled_from(["headline", "tag", "untag", "given", "family", "remove"]),
        value=st.sampled_from(["a", "b", "c"]),
        moved=st.integers(-2, 5),
        ago=st.sampled_from([0, 0, 0, 3, 7, 20]),
    ),
    max_size=10,
)


def changed(record: ContactRecord, step: Step) -> ContactRecord:
    """Return the record after a step."""
    match step.what:
        case "tag":
            return record.tagged(step.value)
        case "untag":
            return record.untagged(step.value)
        case "headline":
            return record.evolve(headline=step.value)
        case _:
            return record.evolve(name=record.name.evolve(**{step.what: step.value}))


class Lived(NamedTuple):
    """What a run noted by itself: every state with its instant, and every change with the instant it came true."""

    states: list[tuple[datetime, dict[str, ContactRecord]]]
    changes: list[tuple[datetime, str, ContactRecord | None, ContactRecord | None]]


def live(store: Any, clock: ManualClock, steps: Sequence[Step]) -> Lived:
    """Take the steps, and note what a historian without any cleverness would note."""
    clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    standing: dict[str, ContactRecord] = {}
    versions: dict[str, int] = {}
    lived = Lived([], [])
    recorded = datetime.min.replace(tzinfo=UTC)
    for step in steps:
        now = clock.advance(minutes=step.moved)
        before = standing.get(step.who)
        if before is None and step.what == "remove":
            continue
        recorded = max(recorded, now)
        occurred = now - timedelta(minutes=step.ago)
        with store.unit(actor="ada", occurred_at=occurred) as unit:
            if before is not None and step.what == "remove":
                after = None
                versions[step.who] = unit.remove(before).version
                del standing[step.who]
            else:
                blank = ContactRecord(id=step.who, version=versions.get(step.who, 0))
                after = unit.put(changed(before or blank, step))
                standing[step.who], versions[step.who] = after, after.version
        lived.states.append((recorded, dict(standing)))
        lived.changes.append((occurred, step.who, before, after))
    return lived


def flat(record: ContactRecord | None) -> dict[str, Any] | None:
    """Return a record as one flat table of values."""
    if record is None:
        return None
    values = {"headline": record.headline, "given": record.name.given, "family": record.name.family}
    return {**values, **{f"tag {tag}": True for tag in record.tags}}


def true_at(lived: Lived, instant: datetime) -> dict[str, dict[str, Any]]:
    """Return what was true at an instant by all that was ever learned: a slow twin on flat tables."""
    found: dict[str, dict[str, Any] | None] = {}
    for occurred, id_, before, after in sorted(lived.changes, key=lambda change: change[0]):
        if occurred > instant:
            continue
        old, new = flat(before), flat(after)
        if old is None or new is None:
            found[id_] = new
        elif (held := found.get(id_)) is not None:
            for key in old.keys() | new.keys():
                if old.get(key) != new.get(key):
                    held.pop(key, None)
                    held.update({key: new[key]} if key in new else {})
    return {id_: held for id_, held in found.items() if held is not None}


def told(reader: Reader) -> dict[str, ContactRecord]:
    """Return all contacts of a reader, asked in three ways that must agree."""
    streamed = {record.id: record for record in reader.stream(ContactRecord)}
    paged = reader.find(ContactRecord, order_by="-headline", limit=1)
    found = list(paged)
    while paged.next:
        paged = reader.find(ContactRecord, order_by="-headline", limit=1, after=paged.next)
        found.extend(paged)
    for id_ in IDS:
        if id_ in streamed:
            assert streamed[id_] == reader.get(ContactRecord, id_)
        else:
            with pytest.raises(NotFound):
                reader.get(ContactRecord, id_)

    assert sorted(streamed) == sorted(record.id for record in found)
    return streamed


def check(store: Any, lived: Lived) -> None:
    """Hold a store's past against the notes, at every instant at which anything happened and just beside it."""
    instants = {at for at, _ in lived.states} | {change[0] for change in lived.changes}
    for instant in sorted({at + nudge for at in instants for nudge in (-TICK, 0 * TICK, TICK)}):
        held: Mapping[str, ContactRecord] = next((s for at, s in reversed(lived.states) if at <= instant), {})
        assert held == told(store.history.as_of(instant))
        in_hindsight = told(store.history.as_of(instant, in_hindsight=True))
        assert true_at(lived, instant) == {id_: flat(record) for id_, record in in_hindsight.items()}


@settings(max_examples=25)
@given(steps=STEPS)
def test_the_past_is_as_it_was_noted(steps: list[Step]) -> None:
    """In memory and in SQLite, held and in hindsight, by get, stream and find; about 10 s for 25 lives."""
    for make in (MemoryStore, lambda **ports: SqlStore("sqlite://", **ports)):
        clock = ManualClock()
        with make(clock=clock) as store:
            check(store, live(store, clock, steps))
            store.history.verify()


TENANTS = count()


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_past_is_as_it_was_noted_on_a_server(postgres_url: str, steps: list[Step]) -> None:
    """The same on PostgreSQL, each life as a tenant of its own."""
    clock = ManualClock()
    with SqlStore(postgres_url, tenant=f"t-{next(TENANTS)}", clock=clock) as store:
        check(store, live(store, clock, steps))
        store.history.verify()


def test_a_fact_that_comes_late_takes_its_place_in_hindsight() -> None:
    """A salary wish of March, learned in May, counts from March in hindsight, and from May in what was stored."""
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        ada = unit.put(ContactRecord(id="c1", headline="Analyst"))
    clock.set(datetime(2026, 5, 1, tzinfo=UTC))
    with store.unit(actor="ada", occurred_at=datetime(2026, 3, 1, tzinfo=UTC)) as unit:
        unit.put(ada.evolve(headline="Engineer"))
    april = datetime(2026, 4, 1, tzinfo=UTC)

    assert "Analyst" == store.history.as_of(april).get(ContactRecord, "c1").headline
    assert "Engineer" == store.history.as_of(april, in_hindsight=True).get(ContactRecord, "c1").headline


def test_an_item_that_comes_late_joins_those_that_were_there() -> None:
    """A second address learned late does not take away the one that was learned before it."""
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        ada = unit.put(ContactRecord(id="c1"))
    clock.set(datetime(2026, 4, 1, tzinfo=UTC))
    with store.unit(actor="ada") as unit:
        ada = unit.put(ada.add(EmailAddress(raw="a@x.org", normal="a@x.org")))
    with store.unit(actor="ada", occurred_at=datetime(2026, 2, 1, tzinfo=UTC)) as unit:
        unit.put(ada.add(EmailAddress(raw="b@x.org", normal="b@x.org")))
    march = store.history.as_of(datetime(2026, 3, 1, tzinfo=UTC), in_hindsight=True).get(ContactRecord, "c1")
    may = store.history.as_of(datetime(2026, 5, 1, tzinfo=UTC), in_hindsight=True).get(ContactRecord, "c1")

    assert [("b@x.org", True)] == [(one.key, one.is_primary) for one in march.emails]
    assert {"a@x.org", "b@x.org"} == {one.key for one in may.emails}


def test_find_in_the_past_asks_what_was_true_then() -> None:
    """A question is put to the values of that time; a cursor of one past is of no use in another."""
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        kept = [unit.put(ContactRecord(id=f"c{n}", headline="Baker")) for n in range(3)]
    then = clock.now()
    clock.advance(days=1)
    with store.unit(actor="ada") as unit:
        unit.put(kept[0].evolve(headline="Cook"))
    past = store.history.as_of(then)
    page = past.find(ContactRecord, F.headline == "Baker", limit=2)

    assert 2 == len(store.find(ContactRecord, F.headline == "Baker"))
    assert ["c0", "c1"] == [record.id for record in page]
    assert ["c2"] == [r.id for r in past.find(ContactRecord, F.headline == "Baker", limit=2, after=page.next)]
    with pytest.raises(InputError):
        store.history.as_of(clock.now()).find(ContactRecord, F.headline == "Baker", limit=2, after=page.next)


def test_a_day_stands_for_its_end() -> None:
    """Also the last day that there is."""
    assert datetime(9999, 12, 31, 23, 59, 59, 999999, UTC) == last_instant(date.max)


def test_an_instant_without_a_zone_is_refused() -> None:
    """Nobody knows which instant it is."""
    with pytest.raises(InputError, match="no time zone"):
        MemoryStore().history.as_of(datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_name_is_a_name_in_every_past() -> None:
    """Parts of a name that came true out of order stand beside each other."""
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    with store.unit(actor="ada") as unit:
        ada = unit.put(ContactRecord(id="c1", name=PersonName(given="Ada", family="Byron")))
    clock.advance(days=10)
    with store.unit(actor="ada") as unit:
        ada = unit.put(ada.evolve(name=PersonName(given="Ada", family="Lovelace")))
    with store.unit(actor="ada", occurred_at=clock.now() - timedelta(days=5)) as unit:
        unit.put(ada.evolve(name=PersonName(given="Augusta", family="Lovelace")))
    middle = store.history.as_of(clock.now() - timedelta(days=3), in_hindsight=True).get(ContactRecord, "c1")

    assert "Augusta Byron" == middle.name.full


def test_the_changes_of_one_record_are_found_by_its_index() -> None:
    """So the story of a record, and hindsight, take no longer in a store with more records."""
    with SqlStore("sqlite://") as store, store._database.reading(snapshot=False) as connection:
        for statement in (_statements.TRAIL, _statements.changes(kind=True, one=True)):
            asked = statement.compile(connection)
            given = {"tenant": "t", "kind": "contact", "id": "c1", "after": 0}
            values = tuple(given.get(name, 9) for name in asked.positiontup)
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)]

            assert ["ix_crm_change_tenant_kind_id_unit_seq"] == [
                word for step in plan for word in step.split() if word.startswith("ix_")
            ]
            assert not any("TEMP B-TREE" in step for step in plan)
