"""Who alters what a store has written is found out, down to one letter; and a person can be erased all the same."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.errors import InputError, LawBroken, NotFound, Tampered
from crmcore.model import ContactRecord, Organisation
from crmcore.model.events import Event
from crmcore.ports import Checkpoint
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage._chain import UnitHash, content_digest
from crmcore.storage._rows import ChangeRow, EventRow, RecordRow, UnitRow
from crmcore.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from crmcore.ports import Store

ROWS = {"unit": UnitRow, "change": ChangeRow, "event": EventRow, "record": RecordRow}
PLACES = {"unit": "number", "change": "seq", "event": "seq", "record": "kind, id"}
NEEDLE = "Zwetschgendatschi"


def tell(clock: ManualClock, number: int, subject: str) -> Event:
    """Return an event with content."""
    now = clock.now()
    return Event(
        id=f"event-{number}",
        type="contact.called",
        subject_kind="contact",
        subject_id=subject,
        occurred_at=now,
        recorded_at=now,
        actor="ada",
        data={"said": f"{NEEDLE} {number}"},
    )


def lived(store: Store, clock: ManualClock) -> Store:
    """Give a store six units: creations, changes, a removal, a restoration, and events."""
    with store.unit(actor="ada", reason="first", source="people.csv", key="k-1") as unit:
        ada = unit.put(ContactRecord(id="c1", headline=NEEDLE))
        bob = unit.put(ContactRecord(id="c2", headline="Baker"))
        unit.emit(tell(clock, 1, "c1"))
    for number in range(2, 5):
        clock.advance(hours=1)
        with store.unit(actor="bob", reason=f"call {number}", occurred_at=clock.now() - timedelta(minutes=5)) as unit:
            ada = unit.put(ada.evolve(headline=f"{NEEDLE} {number}"))
            unit.emit(tell(clock, number, "c1"))
    clock.advance(hours=1)
    with store.unit(actor="ada") as unit:
        gone = unit.remove(bob)
        unit.put(Organisation(id="o1", name="Acme"))
    clock.advance(hours=1)
    with store.unit(actor="ada") as unit:
        unit.put(gone)
        unit.emit(tell(clock, 6, "c2"))
    return store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with six units, closed."""
    path = tmp_path_factory.mktemp("audit") / "crm.db"
    clock = ManualClock()
    with SqlStore(f"sqlite:///{path}", clock=clock) as store:
        lived(store, clock)
    return path


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    """Return a copy to be altered."""
    return shutil.copy(original, tmp_path / "crm.db")


def alter(path: Path, *statements: str) -> None:
    """Alter a file behind the store's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def checked(path: Path, since: Checkpoint | None = None) -> Checkpoint:
    """Verify a file."""
    with SqlStore(f"sqlite:///{path}", clock=ManualClock()) as store:
        return store.history.verify(since=since)


def rehash(path: Path) -> None:
    """Do what a forger does who knows how the hashes are made: make all of them anew."""
    with closing(sqlite3.connect(path)) as connection, connection:
        read = {
            table: [
                row(*one)
                for one in connection.execute(
                    f"SELECT {', '.join(row._fields)} FROM crm_{table} ORDER BY {PLACES[table]}"  # noqa: S608
                )
            ]
            for table, row in ROWS.items()
        }
        present = {(row.kind, row.id): row for row in read["record"]}
        later: dict[Any, Any] = {}
        digests = {}
        for change in reversed(read["change"]):
            now = later.get((change.kind, change.id)) or present[change.kind, change.id]
            salt = present[change.kind, change.id].salt
            digests[change.seq] = content_digest(salt, now.payload, now.schema_version)
            later[change.kind, change.id] = change.replaced(salt)
        last = ""
        for unit in read["unit"]:
            chain = UnitHash(last)
            for change in read["change"]:
                if change.unit == unit.number:
                    chain.add_change(change._replace(digest=digests[change.seq]))
            for event in read["event"]:
                if event.unit == unit.number:
                    chain.add_event(event._replace(digest=content_digest(event.salt, event.payload)))
            last = chain.of(unit)
            connection.execute("UPDATE crm_unit SET hash = ? WHERE number = ?", (last, unit.number))
        for seq, digest in digests.items():
            connection.execute("UPDATE crm_change SET digest = ? WHERE seq = ?", (digest, seq))
        for event in read["event"]:
            digest = content_digest(event.salt, event.payload)
            connection.execute("UPDATE crm_event SET digest = ? WHERE seq = ?", (digest, event.seq))
        head = (len(read["unit"]), len(read["change"]), len(read["event"]), read["unit"][-1].recorded_at, last)
        connection.execute(
            "UPDATE crm_tenant SET last_unit = ?, last_change = ?, last_event = ?, recorded_at = ?, hash = ?", head
        )


def test_what_nobody_touched_verifies(original: Path) -> None:
    """The whole history verifies, again and again, and against its own checkpoint."""
    end = checked(original)

    assert (6, end) == (end.unit, checked(original, since=end))


def others(value: Any) -> Iterator[Any]:
    """Yield values that are not this one."""
    if isinstance(value, int):
        yield from (value + 1, value - 1, -value - 7)
    elif value is None:
        yield "{}"
    else:
        yield from (
            f"{value}x",
            value[:-1] if value else "00",
            f"f{value[1:]}" if value[:1] != "f" else f"0{value[1:]}",
        )
        yield ""


@pytest.mark.parametrize("table", ROWS)
def test_no_cell_can_be_edited(table: str) -> None:
    """Whatever cell of whatever row gets another value, it shows; in a file and in memory alike."""
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    lived(store, clock)
    undetected = []
    tried = 0
    for set_row, row in rows_in_memory(store, table):
        for place, value in enumerate(row):
            for other in others(value):
                if other == value:
                    continue
                tried += 1
                set_row(row._replace(**{row._fields[place]: other}))
                try:
                    store.history.verify()
                except Tampered:
                    pass
                else:
                    undetected.append((row[:4], row._fields[place], other))
                set_row(row)

    assert [] == undetected
    assert tried > 50
    assert 6 == store.history.verify().unit


def rows_in_memory(store: MemoryStore, table: str) -> Iterator[tuple[Callable[[Any], None], Any]]:
    """Yield each row of a table in memory, with what puts another in its place."""
    tables = store._tables
    if table == "record":
        for rows in list(tables.records.values()):
            yield from ((lambda new, rows=rows, id_=id_: rows.__setitem__(id_, new), rows[id_]) for id_ in list(rows))
        return
    kept = {"unit": tables.unit_rows, "change": tables.change_rows, "event": tables.event_rows}[table]
    yield from ((lambda new, at=at: kept.__setitem__(at, new), row) for at, row in enumerate(list(kept)))


EDITS = {
    "the actor of a unit": ("UPDATE crm_unit SET actor = 'eve' WHERE number = 3", 3),
    "the reason of a unit": ("UPDATE crm_unit SET reason = '' WHERE number = 2", 2),
    "the source of a unit": ("UPDATE crm_unit SET source = 'x' WHERE number = 1", 1),
    "the key of a unit": ("UPDATE crm_unit SET key = NULL WHERE number = 1", 1),
    "a unit dated before the one before it": ("UPDATE crm_unit SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE number = 4", 4),
    "a unit that came true earlier": ("UPDATE crm_unit SET occurred_at = '2020-01-01T00:00:00.000000Z' WHERE number = 4", 4),
    "what a change replaced": ("UPDATE crm_change SET before = replace(before, 'Zwetsch', 'Zwitsch') WHERE seq = 4", 3),
    "what a change replaced, emptied": ("UPDATE crm_change SET before = NULL WHERE seq = 4", 3),
    "how what it replaced is to be read": ("UPDATE crm_change SET before_schema = 2 WHERE seq = 4", 3),
    "a change given to another unit": ("UPDATE crm_change SET unit = 4 WHERE seq = 4", 3),
    "a content as it is now": ("UPDATE crm_record SET payload = replace(payload, 'Zwetsch', 'Zwitsch') WHERE id = 'c1'", 4),
    "how a content is to be read": ("UPDATE crm_record SET schema_version = 7 WHERE id = 'c1'", 4),
    "a content without its salt": ("UPDATE crm_record SET salt = '', payload = '{}' WHERE id = 'c1'", 2),
    "a content emptied": ("UPDATE crm_record SET payload = NULL WHERE id = 'c1'", 4),
    "a salt that is none": ("UPDATE crm_record SET salt = 'zz' WHERE id = 'c1'", 2),
    "a letter of a salt": ("UPDATE crm_record SET salt = upper(salt) WHERE id = 'c1'", 2),
    "a letter of the salt of an event": ("UPDATE crm_event SET salt = upper(salt) WHERE seq = 2", 2),
    "the content of an event": ("UPDATE crm_event SET payload = replace(payload, 'Zwetsch', 'Zwitsch') WHERE seq = 2", 2),
    "an event without its salt": ("UPDATE crm_event SET salt = '', payload = replace(payload, 'Z', 'z') WHERE seq = 2", 2),
    "a number that is a word": ("UPDATE crm_unit SET recorded_at = 7 WHERE number = 3", 3),
    "a content that is a number": ("UPDATE crm_event SET payload = x'00ff' WHERE seq = 4", 4),
    "a unit taken away": ("DELETE FROM crm_unit WHERE number = 3", 3),
    "a change taken away": ("DELETE FROM crm_change WHERE seq = 4", 3),
    "the date of an event": ("UPDATE crm_event SET occurred_at = '2020' || substr(occurred_at, 5) WHERE seq = 2", 2),
    "an event taken away": ("DELETE FROM crm_event WHERE seq = 3", 3),
    "a record taken away": ("DELETE FROM crm_record WHERE id = 'o1'", 5),
    "the last unit taken away": ("DELETE FROM crm_unit WHERE number = 6", 6),
    "the last event taken away": ("DELETE FROM crm_event WHERE seq = 5", 6),
    "the numbers given out": ("UPDATE crm_tenant SET last_unit = 0, last_change = 0, last_event = 0", 6),
    "the number of the last change": ("UPDATE crm_tenant SET last_change = last_change + 5", 6),
    "the time of the last unit": ("UPDATE crm_tenant SET recorded_at = '2030-01-01T00:00:00.000000Z'", 6),
    "a unit slipped in before the first": ("INSERT INTO crm_unit SELECT tenant, -5, 'eve', '', '', NULL, occurred_at, recorded_at, hash FROM crm_unit WHERE number = 6", 1),
    "a unit slipped in after the last": ("INSERT INTO crm_unit SELECT tenant, 7, 'eve', '', '', NULL, occurred_at, recorded_at, hash FROM crm_unit WHERE number = 6", 7),
    "a change slipped in": ("INSERT INTO crm_change SELECT tenant, 9, unit, kind, id, version + 1, action, digest, version, 1, NULL FROM crm_change WHERE seq = 8", 6),
    "an event slipped in": ("INSERT INTO crm_event SELECT tenant, 6, unit, 'event-x', type, subject_kind, subject_id, payload, salt, digest, occurred_at FROM crm_event WHERE seq = 5", 6),
    "a record slipped in": ("INSERT INTO crm_record SELECT tenant, kind, 'c9', version, schema_version, payload, salt FROM crm_record WHERE id = 'c1'", 0),
    "two units exchanged": ("UPDATE crm_unit SET number = CASE number WHEN 2 THEN -3 ELSE -2 END WHERE number IN (2, 3); UPDATE crm_unit SET number = -number WHERE number < 0", 2),
    "two changes exchanged": ("UPDATE crm_change SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4); UPDATE crm_change SET seq = -seq WHERE seq < 0", 2),
    "two events exchanged": ("UPDATE crm_event SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4); UPDATE crm_event SET seq = -seq WHERE seq < 0", 3),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_alteration_is_named_by_its_first_unit(copy: Path, name: str) -> None:
    """Editing, deleting, exchanging, slipping in and back-dating by SQL each name the first unit at which they show."""
    statements, unit = EDITS[name]
    alter(copy, *statements.split(";"))

    with pytest.raises(Tampered) as caught:
        checked(copy)

    assert unit == caught.value.unit


FORGERIES = [
    "the actor of a unit",
    "a unit that came true earlier",
    "a content as it is now",
    "the content of an event",
]


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forger_of_hashes_needs_the_checkpoint_too(original: Path, copy: Path, name: str) -> None:
    """The hashes are what shows it: made anew, the same alteration passes, and only a kept checkpoint tells."""
    kept = checked(original)
    alter(copy, EDITS[name][0])
    rehash(copy)

    assert 6 == checked(copy).unit
    with pytest.raises(Tampered) as caught:
        checked(copy, since=kept)
    assert 6 == caught.value.unit


def test_making_the_hashes_anew_changes_nothing_where_nothing_was_altered(original: Path, copy: Path) -> None:
    """The forger of these tests works as the store does."""
    rehash(copy)

    assert checked(original) == checked(copy)


def test_a_cut_tail_shows_by_a_checkpoint_only(original: Path, copy: Path) -> None:
    """Without the last unit the rest is a whole history; a checkpoint kept elsewhere names the unit that is missing."""
    kept = checked(original)
    alter(
        copy,
        "DELETE FROM crm_event WHERE unit = 6",
        "UPDATE crm_record SET payload = NULL, version = 2 WHERE id = 'c2'",
        "DELETE FROM crm_change WHERE unit = 6",
        "DELETE FROM crm_unit WHERE number = 6",
    )
    rehash(copy)

    assert 5 == checked(copy).unit
    with pytest.raises(Tampered) as caught:
        checked(copy, since=kept)
    assert 6 == caught.value.unit


def test_no_letter_of_a_content_can_be_changed() -> None:
    """Each byte of a record, of what it replaced and of an event, one by one."""
    clock = ManualClock()
    store = MemoryStore(clock=clock)
    lived(store, clock)
    undetected = tried = 0
    for table, column in (("record", "payload"), ("change", "before"), ("event", "payload")):
        for set_row, row in rows_in_memory(store, table):
            text = getattr(row, column) or ""
            for at in range(len(text)):
                tried += 1
                letter = "y" if text[at] != "y" else "z"
                set_row(row._replace(**{column: text[:at] + letter + text[at + 1 :]}))
                try:
                    store.history.verify()
                    undetected += 1
                except Tampered:
                    pass
            set_row(row)

    assert (0, True) == (undetected, tried > 1_000)


ERASURE = (
    "UPDATE crm_record SET payload = NULL, salt = '' WHERE id = 'c1'",
    "UPDATE crm_change SET before = NULL WHERE id = 'c1'",
    "UPDATE crm_event SET payload = '', salt = '' WHERE subject_id = 'c1'",
)


def test_a_person_can_be_erased_and_the_chain_still_verifies(original: Path, copy: Path) -> None:
    """Contents and salts go; digests stay, and without the salt nobody can try out what they were made of."""
    kept = checked(original)
    alter(copy, *ERASURE)

    assert kept == checked(copy, since=kept)
    with SqlStore(f"sqlite:///{copy}", clock=ManualClock()) as store:
        told = repr(list(store.state()))
        assert NEEDLE not in told.replace(f"{NEEDLE} 6", "")
        assert [None] * 4 == [version.record for version in store.history.versions(ContactRecord, "c1")]
        assert [{}] * 4 == [event.event.data for event in store.history.events(ContactRecord, "c1")]
        assert ["ada", "bob"] == sorted({event.unit.actor for event in store.history.events(ContactRecord, "c1")})
        now = store.history.units()
        instant = [unit.recorded_at for unit in now][3]
        for in_hindsight in (False, True):
            with pytest.raises(NotFound):
                store.history.as_of(instant, in_hindsight=in_hindsight).get(ContactRecord, "c1")
        assert "Baker" == store.get(ContactRecord, "c2").headline


def test_half_an_erasure_is_an_alteration(copy: Path) -> None:
    """A content that is left without its salt could be any; it is refused."""
    alter(copy, ERASURE[0])

    with pytest.raises(Tampered, match="nothing to check it by"):
        checked(copy)


def test_the_id_of_an_erased_record_is_spent(copy: Path) -> None:
    """A new content under it would be digested without a salt, so it is refused and nothing is written."""
    alter(copy, *ERASURE)

    with SqlStore(f"sqlite:///{copy}", clock=ManualClock()) as store:
        with pytest.raises(LawBroken, match="its id is spent"), store.unit(actor="ada") as unit:
            unit.put(ContactRecord(id="c1", version=4, headline="back"))
        assert 6 == store.history.verify().unit


@pytest.mark.parametrize(
    "text", ["", "7", "7:", ":ab", f"0:{'a' * 64}", f"7:{'g' * 64}", f"-1:{'a' * 64}", f"07:{'a' * 64}"]
)
def test_a_checkpoint_is_a_line_of_text(text: str) -> None:
    """What `str` writes is read again; anything else is refused."""
    kept = Checkpoint(unit=42, hash="0f" * 32)

    assert kept == Checkpoint.of(str(kept))
    assert Checkpoint(unit=0, hash="") == Checkpoint.of("0:")
    with pytest.raises(InputError):
        Checkpoint.of(text)


@pytest.mark.parametrize(
    "since", [Checkpoint(unit=-1, hash=""), Checkpoint(unit=0, hash="ab"), Checkpoint(unit=2, hash="")]
)
def test_a_checkpoint_that_no_store_gave_is_refused(since: Checkpoint) -> None:
    """It would be met by any history."""
    with pytest.raises(InputError):
        MemoryStore().history.verify(since=since)
