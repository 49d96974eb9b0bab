"""Sealed stores: what lies in the database, who can open it, what can be asked, and that history goes on. 15 s."""

from __future__ import annotations

import itertools
import traceback
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from sqlalchemy import create_engine, inspect, text

from crmcore.app import CRM
from crmcore.errors import InputError, KeyUnavailable, SchemaMismatch, SchemaOutdated, Taken
from crmcore.integrations.keys import LocalKeyring
from crmcore.model import (
    Candidate,
    ContactRecord,
    Event,
    Lead,
    Note,
    Organisation,
    PersonName,
    SalaryExpectation,
    Sensitivity,
    Task,
)
from crmcore.model.field import FieldSpec, one
from crmcore.model.record import Record
from crmcore.model.schema import KINDS
from crmcore.model.source import ImportRun, RejectedCell, SourceRecord, row_hash
from crmcore.query import F, InSegment
from crmcore.storage import Codec, Sealing, logical_digest, migrate, open_store
from crmcore.storage._tenant_seals import TenantSeals
from crmcore.testing import Capability, ManualClock, StoreSuite
from crmcore.testing.stores import SUITE_CODEC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmcore.ports import Store
    from crmcore.storage import MemoryStore, SqlStore

    Opening = Callable[..., MemoryStore | SqlStore]

AT = datetime(2026, 3, 7, 9, tzinfo=UTC)
NEEDLE = "needle"
SALARY = 480_917_263_541
"""So many digits do not stand in random hex by chance."""
"""Stands in every sensitive value that the records hold, and in nothing else."""


@pytest.fixture
def keyring(tmp_path: Path) -> LocalKeyring:
    """Lend a keyring with one key."""
    return LocalKeyring.create(tmp_path / "keys.json")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opening]:
    """Lend what opens one and the same database again and again; plain memory, once."""
    opened: list[Any] = []
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/crm.db"}.get(request.param, "")
    url = url or request.getfixturevalue("postgres_url")

    def again(**settings: Any) -> MemoryStore | SqlStore:
        store = open_store(url, tenant="acme", **settings)
        opened.append(store)
        return store

    again.url = url  # type: ignore[attr-defined]
    yield again
    for store in opened:
        store.close()


def lasting(opening: Opening) -> None:
    """Skip where a store cannot be opened twice."""
    if opening.url == "memory:":  # type: ignore[attr-defined]
        pytest.skip("plain memory is opened once")


def person(id_: str = "c1", number: str = f"{NEEDLE}-777", **more: Any) -> ContactRecord:
    """Return a contact with sensitive values."""
    salary = SalaryExpectation(minimum=SALARY, currency="EUR", raw=f"{NEEDLE} 48k")
    return ContactRecord(
        id=id_,
        name=PersonName(given="Ada"),
        national_id=number,
        gender=f"{NEEDLE}-gender",
        birth_place=f"{NEEDLE}-place",
        salary=salary,
        custom={"secret": f"{NEEDLE}-custom"},
        **more,
    )


def world() -> list[Record]:
    """Return one record of each kind that holds something sensitive."""
    cells = {"nr": f"{NEEDLE}-cell"}
    return [
        person(),
        Candidate(id="k1", contact="c1", summary=f"{NEEDLE} summary"),
        Lead(id="l1", contact="c1", custom={"why": NEEDLE}),
        Note(id="n1", subjects=("c1",), at=AT, author="bob", body=f"{NEEDLE} body"),
        Note(id="n2", subjects=("c1", "c2"), at=AT, author="bob", body=f"{NEEDLE} body"),
        Task(id="t1", subjects=("c1",), at=AT, author="bob", title=f"{NEEDLE} title"),
        SourceRecord(id="s1", source="a.csv", system="a.csv", cells=cells, hash=row_hash(cells), contact="c1"),
        ImportRun(
            id="r1",
            sources=("a.csv",),
            started_at=AT,
            actor="bob",
            rejects=(RejectedCell(line=1, code="x", message="no date", raw=NEEDLE),),
        ),
        Organisation(id="o1", name="Acme", custom={"terms": NEEDLE}),
    ]


def told() -> Event:
    """Return an event with sensitive data."""
    return Event(
        id="e1", type="lead.moved", subject_kind="lead", subject_id="l1", occurred_at=AT, recorded_at=AT, actor="bob",
        data={"loss_reason": NEEDLE},
    )  # fmt: skip


def fill(store: MemoryStore | SqlStore) -> None:
    """Write the world, change the person, and tell what happened."""
    with store.unit(actor="bob") as unit:
        for record in world():
            unit.put(record)
        unit.emit(told())
    with store.unit(actor="bob") as unit:
        unit.put(unit.get(ContactRecord, "c1").evolve(national_id=f"{NEEDLE}-888"))


def bytes_kept(store: MemoryStore | SqlStore, opening: Opening, folder: Path) -> bytes:
    """Return everything that a store keeps: its rows, the columns that it searches, and the files themselves."""
    url = opening.url  # type: ignore[attr-defined]
    kept = repr(list(store.state())).encode()
    if url == "memory:":
        return kept + repr([dict(found) for found in store._tables.found_by.values()]).encode()
    engine = create_engine(url)
    with engine.connect() as connection:
        quoted = "SELECT name FROM sqlite_master WHERE type = 'table'"
        if engine.dialect.name == "postgresql":
            quoted = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            root = Path(connection.execute(text("SHOW data_directory")).scalar_one())
            number = connection.execute(
                text("SELECT oid FROM pg_database WHERE datname = current_database()")
            ).scalar_one()
        for name in connection.execute(text(quoted)).scalars().all():
            kept += repr(connection.execute(text(f'SELECT * FROM "{name}"')).all()).encode()  # noqa: S608
        if engine.dialect.name == "postgresql":
            connection.rollback()
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
            kept += b"".join(file.read_bytes() for file in (root / "base" / str(number)).iterdir())
    engine.dispose()
    return kept + b"".join(file.read_bytes() for file in folder.glob("crm.db*"))


@pytest.mark.parametrize("is_sealed", [True, False], ids=["sealed", "in clear"])
def test_no_sensitive_value_lies_in_the_database(
    opening: Opening, keyring: LocalKeyring, tmp_path: Path, *, is_sealed: bool
) -> None:
    """In no row, column or file; the negative control: without sealing, it is found in each of them."""
    store = opening(sealing=Sealing(keyring) if is_sealed else None)
    fill(store)
    hash_ = row_hash({"nr": f"{NEEDLE}-cell"}).encode()
    kept = bytes_kept(store, opening, tmp_path)

    assert [not is_sealed] * 3 == [NEEDLE.encode() in kept, hash_ in kept, str(SALARY).encode() in kept]


def test_what_was_sealed_comes_back(opening: Opening, keyring: LocalKeyring) -> None:
    """Records, events, history and past states are what they were, inside the unit and after it."""
    store = opening(sealing=Sealing(keyring))
    fill(store)
    history = store.history

    assert world()[1:] == [store.get(type(one), one.id).model_copy(update={"version": 0}) for one in world()[1:]]
    assert [f"{NEEDLE}-777", f"{NEEDLE}-888"] == [
        version.record and version.record.national_id for version in history.versions(ContactRecord, "c1")
    ]
    assert [told()] == [one.event for one in history.events()]
    assert [told()] == [one.stored.event for one in store.outbox.claim("mailer")]
    assert f"{NEEDLE}-888" == store.history.as_of(datetime(2999, 1, 1, tzinfo=UTC)).get(ContactRecord, "c1").national_id


def test_a_state_of_the_past_is_found_and_read(opening: Opening, keyring: LocalKeyring) -> None:
    """As-of reads, in hindsight too, open what was sealed with other versions, and can be asked."""
    clock = ManualClock(AT)
    store = opening(sealing=Sealing(keyring), clock=clock)
    with store.unit(actor="bob") as unit:
        unit.put(person())
    between = clock.now()
    clock.advance(seconds=60)
    with store.unit(actor="bob") as unit:
        unit.put(unit.get(ContactRecord, "c1").evolve(national_id="new", headline="Poet"))
    for in_hindsight in (False, True):
        past = store.history.as_of(between, in_hindsight=in_hindsight)
        now = store.history.as_of(clock.now(), in_hindsight=in_hindsight)

        assert f"{NEEDLE}-777" == past.get(ContactRecord, "c1").national_id
        assert ["c1"] == [one.id for one in past.find(ContactRecord, F.national_id == f"{NEEDLE}-777").records]
        assert "new" == now.get(ContactRecord, "c1").national_id


def test_sealed_fields_are_found_by_equality(opening: Opening, keyring: LocalKeyring) -> None:
    """==, !=, in_ and is_missing give what an unsealed store gives, page by page and streamed, inside a unit too."""
    questions = [
        F.national_id == "7",
        F.national_id != "7",
        F.national_id.in_(["7", "8", "none"]),
        F.national_id.is_missing(),
        F.gender.is_known() & (F.given_name == "Ada"),
        F.salary_minimum.is_missing(),
        F.salary_minimum.is_known(),
        F.salary_currency == "EUR",
        F.born == "1984-02",
        InSegment("seven", asks=F.national_id == "7"),
        ~InSegment("seven", asks=F.national_id == "7"),
        ~InSegment("born", asks=(F.born == "1984-02") | InSegment("eight", asks=F.national_id == "8")),
    ]
    people = [
        person("a", "7"),
        person("b", "8", born="1984-02"),
        ContactRecord(id="c", national_id="7"),
        ContactRecord(id="d", born="1984-02-29"),
    ]
    answers = []
    with open_store("memory:") as plain:
        for store in (plain, opening(sealing=Sealing(keyring))):
            with store.unit(actor="bob") as unit:
                for one in people:
                    unit.put(one)
                inside = [[one.id for one in unit.find(ContactRecord, asked).records] for asked in questions]
            found = [[one.id for one in store.find(ContactRecord, asked).records] for asked in questions]
            streamed = [[one.id for one in store.stream(ContactRecord, asked)] for asked in questions]
            answers.append((inside, found, streamed))

    assert answers[0] == answers[1]
    assert [["a", "c"], ["b"], ["a", "b", "c"], ["d"], ["a", "b"]] == answers[0][1][:5]
    assert [["a", "c"], ["b", "d"], ["a", "c"]] == answers[0][1][-3:]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (F.national_id > "7", ()),
        (F.born >= "1984", ()),
        (F.salary_minimum == SALARY, ()),
        (F.salary_minimum.in_([SALARY]), ()),
        (~(F.salary_minimum < 1), ()),
        (F.national_id.is_("7"), ()),
        (F.national_id.is_one_of(["7", "x"]), ()),
        (~InSegment("paid", asks=F.salary_minimum >= SALARY), ()),
        (None, ("-national_id",)),
        (None, ("salary_minimum",)),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(opening: Opening, keyring: LocalKeyring, asked: Any, order: Any) -> None:
    """Order and range of a sealed field, and any comparison of a sealed number; the error names the field."""
    store = opening(sealing=Sealing(keyring))
    with pytest.raises(InputError, match="sealed") as caught:
        store.find(ContactRecord, asked, order_by=order)

    assert [field for field in ("national_id", "born", "salary_minimum") if repr(field) in str(caught.value)]


def test_words_of_sealed_texts_are_not_searched(opening: Opening, keyring: LocalKeyring) -> None:
    """The body of a note is in no index of words; asking says why."""
    store = opening(sealing=Sealing(keyring))
    fill(store)
    with pytest.raises(InputError, match="sealed"):
        store.find(Note, words=NEEDLE)

    assert () == store.find(ContactRecord, words=NEEDLE).records


def test_personal_fields_can_be_sealed_too(opening: Opening, keyring: LocalKeyring, tmp_path: Path) -> None:
    """With a lower threshold, names and addresses are sealed as well, and found."""
    store = opening(sealing=Sealing(keyring, from_sensitivity=Sensitivity.PERSONAL))
    with store.unit(actor="bob") as unit:
        unit.put(ContactRecord(id="c1", name=PersonName(given=NEEDLE), headline=f"{NEEDLE} poet"))

    assert NEEDLE.encode() not in bytes_kept(store, opening, tmp_path)
    assert ["c1"] == [one.id for one in store.find(ContactRecord, F.given_name == NEEDLE).records]


def test_without_its_keys_a_store_shows_nothing_sealed(opening: Opening, keyring: LocalKeyring, tmp_path: Path) -> None:
    """Without sealing, or with another keyring: a typed error that says what to do, never ciphertext."""
    lasting(opening)
    with opening(sealing=Sealing(keyring)) as store:
        fill(store)
        with store.unit(actor="bob") as unit:
            unit.put(ContactRecord(id="a-plain", name=PersonName(given="Bob")))
    bare = opening()
    other = opening(sealing=Sealing(LocalKeyring.create(tmp_path / "other.json")))

    with pytest.raises(KeyUnavailable, match=r"open it with sealing=Sealing\(keyring\)"):
        bare.get(ContactRecord, "c1")
    with pytest.raises(KeyUnavailable, match="open it with sealing"):
        bare.find(ContactRecord, F.national_id == "x")
    with pytest.raises(KeyUnavailable, match="open it with sealing"), bare.unit(actor="bob"):
        pass
    with pytest.raises(KeyUnavailable, match="open it with sealing"):
        list(bare.history.events())
    with pytest.raises(KeyUnavailable, match="has no key"):
        other.get(ContactRecord, "c1")
    assert "Bob" == bare.get(ContactRecord, "a-plain").name.given
    assert ["contact", "contact"] == [one.kind for one in bare.history.changes(ContactRecord, "c1")]


def test_the_audit_is_verified_without_any_key(opening: Opening, keyring: LocalKeyring) -> None:
    """The chain is over sealed content."""
    lasting(opening)
    with opening(sealing=Sealing(keyring)) as store:
        fill(store)
        checkpoint = store.history.verify()

    assert checkpoint == opening().history.verify(since=checkpoint)


def test_a_destroyed_key_shreds_one_person(opening: Opening, keyring: LocalKeyring) -> None:
    """What was sealed for that person is gone at once, in an open store too; others, and a stream past it, go on."""
    lasting(opening)
    store = opening(sealing=Sealing(keyring))
    with store.unit(actor="bob") as unit:
        for id_ in ("a", "b", "c"):
            unit.put(person(id_))
    assert "a" == store.get(ContactRecord, "a").id
    engine = create_engine(opening.url)  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.execute(text("UPDATE crm_key SET wrapped = NULL WHERE tenant = 'acme' AND subject_id = 'b'"))
    engine.dispose()
    seen, failed = [], []
    after = ""
    while True:
        try:
            for one in store.stream(ContactRecord, after=after):
                seen.append(one.id)  # noqa: PERF401 - it stops midway
            break
        except KeyUnavailable as error:
            failed.append((error.kind, error.id))
            after = error.id

    assert (["a", "c"], [("contact", "b")]) == (seen, failed)
    with store.unit(actor="bob") as unit:
        unit.put(Note(id="n1", subjects=("b",), at=AT, author="bob", body="begins anew"))
    assert "begins anew" == store.get(Note, "n1").body


def test_sealed_texts_cannot_change_places(opening: Opening, keyring: LocalKeyring) -> None:
    """Whoever writes into the database cannot give a person another's values, nor older ones of their own."""
    lasting(opening)
    store = opening(sealing=Sealing(keyring))
    with store.unit(actor="bob") as unit:
        unit.put(person("a", "7"))
        unit.put(person("b", "8"))
    with store.unit(actor="bob") as unit:
        unit.put(unit.get(ContactRecord, "a").evolve(national_id="9"))
    engine = create_engine(opening.url)  # type: ignore[attr-defined]
    of = "(SELECT payload FROM crm_record r WHERE r.tenant = crm_record.tenant AND r.id = 'a')"
    before = "(SELECT before FROM crm_change c WHERE c.tenant = crm_record.tenant AND c.before IS NOT NULL)"
    refused = []
    for content, id_ in ((of, "b"), (before, "a")):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE crm_record SET payload = {content} WHERE id = '{id_}'"))  # noqa: S608
        with pytest.raises(KeyUnavailable, match="sealed for another place") as caught:
            store.get(ContactRecord, id_)
        refused.append(caught.value.id)
    engine.dispose()

    assert ["b", "a"] == refused


def test_no_failure_shows_a_value_or_a_key(opening: Opening, keyring: LocalKeyring, tmp_path: Path) -> None:
    """Neither in its words nor in the local variables of its traceback."""
    lasting(opening)
    with opening(sealing=Sealing(keyring)) as store:
        fill(store)
        keys = [row[-1] for table, row in store.state() if table == "key"]
    told_ = shown(opening, None) + shown(opening, Sealing(LocalKeyring.create(tmp_path / "other.json")))
    needles = [NEEDLE, *json_keys(tmp_path / "keys.json"), *json_keys(tmp_path / "other.json")]

    assert keys
    assert [] == [needle for needle in needles if needle in told_]


def shown(opening: Opening, sealing: Sealing | None) -> str:
    """Return all that the failure of a read shows."""
    with pytest.raises(KeyUnavailable) as caught:
        opening(sealing=sealing).get(ContactRecord, "c1")
    return "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())


def json_keys(path: Path) -> list[str]:
    """Return the keys of a file, as hex and as bytes are shown."""
    import json

    found = json.loads(path.read_text())["keys"].values()
    return [shown for key in found for shown in (key, repr(bytes.fromhex(key)))]


def test_sealing_begins_with_an_empty_tenant(opening: Opening, keyring: LocalKeyring) -> None:
    """Records in clear are not mixed with sealed ones, nor one threshold with another: the error says how to open."""
    lasting(opening)
    with opening() as store, store.unit(actor="bob") as unit:
        unit.put(person())
    clear = opening(sealing=Sealing(keyring))
    with pytest.raises(InputError, match="lie in clear"):
        clear.get(ContactRecord, "c1")
    with pytest.raises(InputError, match="lie in clear"), clear.unit(actor="bob"):
        pass


def test_the_threshold_stays_what_it_was(opening: Opening, keyring: LocalKeyring) -> None:
    """A store that is opened with another one is refused."""
    lasting(opening)
    with opening(sealing=Sealing(keyring)) as store:
        fill(store)
    other = opening(sealing=Sealing(keyring, from_sensitivity=Sensitivity.SPECIAL))
    with pytest.raises(InputError, match="from_sensitivity='confidential'"):
        other.get(ContactRecord, "c1")


def test_an_undone_first_unit_leaves_no_key(opening: Opening, keyring: LocalKeyring) -> None:
    """Neither in the database nor in the store's memory: the next unit makes its own."""
    store = opening(sealing=Sealing(keyring))
    with pytest.raises(InputError), store.unit(actor="bob") as unit:  # noqa: PT012 - what is undone was there
        unit.put(person())
        assert f"{NEEDLE}-777" == unit.get(ContactRecord, "c1").national_id
        unit.find(ContactRecord, F.born > "1984")
    assert [] == list(store.state())
    fill(store)

    assert ["c1"] == [one.id for one in store.find(ContactRecord, F.national_id == f"{NEEDLE}-888").records]


def test_a_source_of_randomness_that_repeats_itself_is_refused(keyring: LocalKeyring) -> None:
    """Two people never get one key; with a good source, the same is written."""
    with open_store("memory:", sealing=Sealing(keyring), entropy=bytes) as store:
        with pytest.raises(KeyUnavailable, match="repeats itself"), store.unit(actor="bob") as unit:
            unit.put(person())
        assert [] == list(store.state())


def test_all_stores_seal_to_the_same_bytes(tmp_path: Path, postgres_url: str) -> None:
    """With the same clock, randomness and keyring, memory, SQLite and PostgreSQL have one digest."""
    digests = []
    for place, url in enumerate(("memory:", f"sqlite:///{tmp_path}/crm.db", postgres_url)):
        keyring = LocalKeyring.create(tmp_path / f"{place}.json", entropy=counting())
        with open_store(url, sealing=Sealing(keyring), clock=ManualClock(AT), entropy=counting()) as store:
            fill(store)
            digests.append(logical_digest(store))

    assert 1 == len(set(digests))


def counting() -> Callable[[int], bytes]:
    """Return a source of bytes that is the same in every run, and never repeats itself."""
    numbers = itertools.count()
    return lambda size: (sha256(b"%d" % next(numbers)).digest() * 2)[:size]


class Badge(Record):
    """A record with a value that only one may hold."""

    kind: ClassVar[str] = "badge"
    number: str

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Yield the number."""
        yield "number", self.number


def test_unique_keys_lie_sealed_and_hold(opening: Opening, keyring: LocalKeyring) -> None:
    """What only one record may hold is kept as a blind index; a second record is refused, a freed one is free."""
    store = opening(sealing=Sealing(keyring), codec=Codec([Badge]))
    with store.unit(actor="bob") as unit:
        one = unit.put(Badge(id="b1", number=NEEDLE))
    with pytest.raises(Taken), store.unit(actor="bob") as unit:
        unit.put(Badge(id="b2", number=NEEDLE))
    with store.unit(actor="bob") as unit:
        unit.put(one.evolve(number="other"))
        unit.put(Badge(id="b2", number=NEEDLE))

    assert "b2" == store.get(Badge, "b2").id
    assert [] == [row for table, row in store.state() if table == "claim" and NEEDLE in row]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_somebody_decided_about_every_attribute(kind: str) -> None:
    """Each attribute of each kind is in the catalogue or in `sensitivities`, which name none that there is not."""
    cls = KINDS[kind]
    decided = {spec.root for spec in cls.fields} | set(cls.sensitivities)

    assert set() == set(cls.model_fields) - {"id", "version"} - decided
    assert set() == set(cls.sensitivities) - set(cls.model_fields)


def test_what_is_sealed_by_default(keyring: LocalKeyring) -> None:
    """The whole list, so that a change of it is seen."""
    codec = Codec(KINDS.values())
    seals = TenantSeals(Sealing(keyring), tenant="acme", entropy=counting(), codec=codec)

    assert {
        "activity": {"body", "title"},
        "application": {"answers", "custom", "history", "private_answers"},
        "assessment": {"result"},
        "attachment": {"url"},
        "candidate": {"custom", "expects", "summary"},
        "contact": {"birth_place", "born", "custom", "gender", "national_id", "salary"},
        "custom_field": set(),
        "deal": {"custom", "history", "value"},
        "department": set(),
        "gathering": set(),
        "import_run": {"rejects"},
        "interview": set(),
        "interview_definition": set(),
        "job": {"band", "custom"},
        "lead": {"custom", "loss_reason", "qualification"},
        "location": set(),
        "note": {"body"},
        "offer": {"approval", "history", "versions"},
        "opening": set(),
        "organisation": {"custom"},
        "pipeline": set(),
        "pool_membership": set(),
        "posting": {"band", "custom"},
        "prospect": {"custom", "history"},
        "questionnaire": set(),
        "referral": {"answers", "bonus", "bonus_steps", "words"},
        "requisition": {"approval", "band", "custom", "justification"},
        "scorecard": {"answers", "notes", "overall", "ratings"},
        "screening_decision": {"findings", "high", "history", "inputs", "low", "value"},
        "screening_rules": {"criteria"},
        "segment": {"where"},
        "segment_build": set(),
        "segment_watermark": set(),
        "standing": set(),
        "source_record": {"cells", "hash"},
        "talent_pool": set(),
        "task": {"body", "title"},
    } == {kind: set(seals.attributes(kind)) for kind in codec.kinds}


@pytest.mark.parametrize(
    ("record", "about"),
    [
        (world()[0], ("contact", "c1")),
        (world()[1], ("contact", "c1")),
        (world()[2], ("contact", "c1")),
        (world()[3], ("contact", "c1")),
        (world()[4], ("note", "n2")),
        (world()[6], ("contact", "c1")),
        (world()[6].evolve(contact=None), ("source_record", "s1")),
        (world()[7], ("import_run", "r1")),
    ],
    ids=lambda value: value.kind if isinstance(value, Record) else "",
)
def test_a_record_is_sealed_for_whom_it_tells_of(record: Record, about: tuple[str, str]) -> None:
    """So that one key shreds what is known of one person; what tells of several has a key of its own."""
    assert about == record.about()


def test_searched_columns_are_made_again_with_the_keyring(opening: Opening, keyring: LocalKeyring) -> None:
    """A migration that fills them needs the keyring: without it nothing is touched, with it everything is found."""
    lasting(opening)
    with opening(sealing=Sealing(keyring)) as store:
        fill(store)
    url = opening.url  # type: ignore[attr-defined]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE crm_shape SET signature = 'older' WHERE kind = 'contact'"))
    engine.dispose()
    with pytest.raises(KeyUnavailable, match="give migrate"):
        migrate(url)
    migrate(url, keyring=keyring)
    store = opening(sealing=Sealing(keyring))

    assert ["c1"] == [one.id for one in store.find(ContactRecord, F.national_id == f"{NEEDLE}-888").records]


def test_a_destroyed_key_does_not_hold_the_migration_up(opening: Opening, keyring: LocalKeyring) -> None:
    """The shredded record is found by its id alone, the others by everything; another keyring is refused as ever."""
    lasting(opening)
    with opening(sealing=Sealing(keyring)) as store, store.unit(actor="bob") as unit:
        for id_ in ("a", "b", "c"):
            unit.put(person(id_, f"number of {id_}"))
    url = opening.url  # type: ignore[attr-defined]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE crm_key SET wrapped = NULL WHERE tenant = 'acme' AND subject_id = 'b'"))
        connection.execute(text("UPDATE crm_shape SET signature = 'older' WHERE kind = 'contact'"))
    engine.dispose()
    with pytest.raises(KeyUnavailable):
        migrate(url, keyring=LocalKeyring.create(keyring._path.with_name("other.json")))

    assert ("contact",) == migrate(url, keyring=keyring).kinds
    store = opening(sealing=Sealing(keyring))
    assert ["c"] == [found.id for found in store.find(ContactRecord, F.national_id == "number of c")]
    assert [] == list(store.find(ContactRecord, F.national_id == "number of b"))
    with pytest.raises(KeyUnavailable, match="destroyed"):
        store.find(ContactRecord, F.id == "b")


class Remark(Record):
    """What somebody said; not thought sensitive at first."""

    kind: ClassVar[str] = "remark"
    fields: ClassVar[tuple[FieldSpec, ...]] = (one("by", sensitivity=Sensitivity.PERSONAL),)
    searched: ClassVar[tuple[str, ...]] = ("said",)

    by: str
    said: str


class SecretAuthor(Remark):
    fields: ClassVar[tuple[FieldSpec, ...]] = (one("by", sensitivity=Sensitivity.CONFIDENTIAL),)


class SecretRemark(Remark):
    sensitivities: ClassVar[dict[str, Sensitivity]] = {"said": Sensitivity.CONFIDENTIAL}


@pytest.mark.parametrize("stricter", [SecretAuthor, SecretRemark])
def test_a_field_that_becomes_sensitive_is_found_in_no_column(
    opening: Opening, keyring: LocalKeyring, stricter: type[Remark]
) -> None:
    """The tables wait for the migration, which takes the clear values and words out of them; then it is found again."""
    lasting(opening)
    sealing = Sealing(keyring)
    with opening(sealing=sealing, codec=Codec([Remark])) as store, store.unit(actor="bob") as unit:
        unit.put(Remark(id="r1", by="grace", said="splendid"))
    url, codec = opening.url, Codec([stricter])  # type: ignore[attr-defined]
    with pytest.raises(SchemaOutdated, match="what remark records are searched by has changed"):
        opening(sealing=sealing, codec=codec)
    migrate(url, codec=codec, keyring=keyring)
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = [name for name in inspect(connection).get_table_names() if name.startswith("crm_remark")]
        kept = repr([connection.exec_driver_sql(f'SELECT * FROM "{name}"').all() for name in tables])  # noqa: S608
    engine.dispose()
    store = opening(sealing=sealing, codec=codec)

    assert (stricter is SecretRemark, stricter is SecretAuthor) == ("grace" in kept, "splendid" in kept)
    assert ["r1"] == [found.id for found in store.find(stricter, F.by == "grace").records]


def test_a_sealed_store_is_backed_up_and_restored(opening: Opening, keyring: LocalKeyring) -> None:
    """Its state, keys included, fills another store of the tenant, which is opened with the same keyring."""
    store = opening(sealing=Sealing(keyring))
    fill(store)
    with open_store("memory:", tenant="acme", sealing=Sealing(keyring)) as other:
        other.load(store.state())

        assert f"{NEEDLE}-888" == other.get(ContactRecord, "c1").national_id
        assert ["c1"] == [one.id for one in other.find(ContactRecord, F.national_id == f"{NEEDLE}-888").records]
        assert logical_digest(store) == logical_digest(other)


def test_a_record_that_its_class_refuses_shows_no_value(keyring: LocalKeyring) -> None:
    """When what was sealed is of another shape, the error tells where, not what."""

    class Old(Record):
        kind: ClassVar[str] = "thing"
        sensitivities: ClassVar[dict[str, Sensitivity]] = {"secret": Sensitivity.SPECIAL}
        secret: str

    class New(Record):
        kind: ClassVar[str] = "thing"
        sensitivities: ClassVar[dict[str, Sensitivity]] = {"secret": Sensitivity.SPECIAL}
        secret: int

    with open_store("memory:", codec=Codec([Old]), sealing=Sealing(keyring)) as store:
        with store.unit(actor="bob") as unit:
            unit.put(Old(id="x", secret=NEEDLE))
        with (
            open_store("memory:", codec=Codec([New]), sealing=Sealing(keyring)) as other,
            pytest.raises(SchemaMismatch, match="secret: int_parsing") as caught,
        ):
            other.load(store.state())

    assert NEEDLE not in str(caught.value)


def test_a_change_of_a_sealed_value_is_told_and_taken_back(keyring: LocalKeyring, tmp_path: Path) -> None:
    """The story of a record shows sealed values to who has the keys, and one change of them can be undone."""
    with CRM.open(f"sqlite:///{tmp_path}/crm.db", sealing=Sealing(keyring)) as crm:
        with crm.unit(actor="bob") as unit:
            one = unit.put(person())
        with crm.unit(actor="bob") as unit:
            changed = unit.put(one.evolve(national_id="other"))
        why = [(change.before, change.after) for change in crm.history(changed).why("national_id")]
        crm.undo(changed, version=2, actor="bob")

        assert [(f"{NEEDLE}-777", "other"), (None, f"{NEEDLE}-777")] == why
        assert f"{NEEDLE}-777" == crm.get(ContactRecord, "c1").national_id


def test_a_key_of_an_undone_unit_is_not_searched_by(opening: Opening, keyring: LocalKeyring) -> None:
    """Where another store lays down the tenant's key after all, that one counts."""
    lasting(opening)
    store, other = opening(sealing=Sealing(keyring)), opening(sealing=Sealing(keyring))
    with pytest.raises(InputError), store.unit(actor="bob") as unit:  # noqa: PT012 - what is undone was there
        unit.put(person())
        unit.find(ContactRecord, F.born > "1984")
    fill(other)

    assert ["c1"] == [one.id for one in store.find(ContactRecord, F.national_id == f"{NEEDLE}-888").records]


class TestSealedMemory(StoreSuite):
    """A sealed store keeps every promise of a store, but that its bytes are those of a store in clear."""

    lacks = frozenset({Capability.DIGEST})
    many = 1_000

    @pytest.fixture
    def store(self, clock: ManualClock, keyring: LocalKeyring) -> Iterator[Store]:
        """Lend a sealed store in memory."""
        with open_store("memory:", codec=SUITE_CODEC, clock=clock, sealing=Sealing(keyring)) as store:
            yield store
