"""A backup is the store: what is restored, into whatever store, answers alike."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given, settings
from sqlalchemy import create_engine

from crmcore.errors import (
    AlreadyDone,
    InputError,
    NotEmpty,
    SchemaMismatch,
    StoreError,
)
from crmcore.model.record import Record
from crmcore.query import F
from crmcore.storage import Codec, MemoryStore, SqlStore, logical_digest, open_store
from crmcore.storage._manifest import FORMAT
from crmcore.storage.backup import _beside, backup, copy, read_manifest, restore, verify_backup
from crmcore.storage.kinds import model_codec
from crmcore.testing import ManualClock
from crmcore.testing._store_records import Seat
from crmcore.testing.stores import SUITE_CODEC, Card, Memo
from tests.storage.backup_states import LIVES, empty, lived, rich

if TYPE_CHECKING:
    pass

ONLY_CARDS = Codec([Card])
GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("backup-*/*.jsonl"))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until a test moves it."""
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> MemoryStore:
    """A store with some of everything."""
    store = MemoryStore(codec=SUITE_CODEC, clock=clock)
    rich(store, clock)
    return store


@pytest.fixture
def saved(store: MemoryStore, tmp_path: Path) -> Path:
    """Its backup."""
    return backup(store, tmp_path / "crm.backup").path


class TestTheSameAgain:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(life=LIVES)
    def test_a_backup_restores_to_the_same_state(
        self, life: list[Any], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """Any store, restored into memory and into SQLite, has every row as it was, and its history verifies."""
        store = lived(life)
        path = tmp_path_factory.mktemp("backup") / "crm.backup"
        report = backup(store, path)
        memory = empty()
        restore(path, memory)
        with SqlStore("sqlite://", codec=SUITE_CODEC) as file:
            restore(path, file)

            assert list(store.state()) == list(memory.state()) == list(file.state())
            assert logical_digest(store) == logical_digest(memory) == logical_digest(file) == report.manifest.digest
            assert report.checkpoint == memory.history.verify() == file.history.verify()
        assert report == verify_backup(path, codec=SUITE_CODEC)

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(life=LIVES)
    def test_a_move_from_store_to_store_keeps_the_digest(self, life: list[Any], moving: Moving) -> None:
        """Memory to SQLite to PostgreSQL to SQLite to memory: the same rows, the same digest, a whole history."""
        store = lived(life)
        states = [(list(store.state()), logical_digest(store), store.history.verify())]
        for target in moving():
            with target:
                copy(store, target)
                states.append((list(target.state()), logical_digest(target), target.history.verify()))
                (kept := empty()).load(iter(states[-1][0]))
            store = kept

        assert states == [states[0]] * 4

    def test_a_rich_store_moves_through_every_store(self, store: MemoryStore, moving: Moving) -> None:
        """The same for a store with some of everything, long texts among it, straight from one into the next."""
        digest = logical_digest(store)
        first, server, last = moving()
        with first, server, last:
            assert [digest] * 3 == [copy(store, first), copy(first, server), copy(server, last)]
            assert list(store.state()) == list(last.state())
            assert store.history.verify() == last.history.verify()

    def test_what_is_searched_by_is_made_again(self, saved: Path, store: MemoryStore, tmp_path: Path) -> None:
        """A restored store finds, sorts and pages as the first one does."""
        with SqlStore(f"sqlite:///{tmp_path / 'crm.db'}", codec=SUITE_CODEC) as file:
            restore(saved, file)
            for question in (F.name == "ß", F.email == "s@x.example", F.name.is_missing()):
                assert list(store.find(Card, question)) == list(file.find(Card, question))
            first = file.find(Card, order_by="-name", limit=5)
            second = file.find(Card, order_by="-name", limit=100, after=first.next)

            assert list(store.find(Card, order_by="-name")) == [*first, *second]

    @pytest.mark.parametrize("url", ["memory:", "sqlite://"])
    def test_a_restored_store_goes_on(self, url: str, saved: Path, store: MemoryStore, clock: ManualClock) -> None:
        """Versions, keys, claims, as-of reads, consumers and the chain go on from where they were."""
        noon = clock.now()
        clock.advance(hours=3)
        with open_store(url, codec=SUITE_CODEC, clock=clock) as other:
            restore(saved, other)
            checkpoint = other.history.verify()
            with pytest.raises(AlreadyDone), other.unit(actor="ada", key="key 3"):
                pass
            with pytest.raises(StoreError, match="holds it"), other.unit(actor="ada") as unit:
                unit.put(Seat(id="s-new", number=5, person="p-new"))
            for one in (store, other):
                with one.unit(actor="ada") as unit:
                    unit.put(unit.get(Card, "c-0").model_copy(update={"name": "later"}))
            assert "came back" == other.history.as_of(noon).get(Card, "c-0").name
            assert store.history.versions(Card, "c-0") == other.history.versions(Card, "c-0")
            assert list(store.outbox.dead("mailer")) == list(other.outbox.dead("mailer"))
            assert store.outbox.claim("mailer", limit=50) == other.outbox.claim("mailer", limit=50)
            assert other.history.verify(since=checkpoint).unit == checkpoint.unit + 1
            assert len(other.find(Card, limit=3)) == 3
            assert other.find(Card, limit=3, after=other.find(Card, limit=3).next)

    def test_cursors_do_not_outlive_the_store(self, saved: Path, store: MemoryStore) -> None:
        """The secret that signs them is no part of a backup: a restored store has its own."""
        cursor = store.find(Card, limit=3).next
        other = empty()
        restore(saved, other)

        assert store._tables.secret().hex().encode() not in saved.read_bytes()
        with pytest.raises(InputError):
            other.find(Card, limit=3, after=cursor)

    def test_an_empty_store_is_backed_up_too(self, tmp_path: Path) -> None:
        """Its restored one is empty, and can be written."""
        report = backup(empty(), tmp_path / "crm.backup")
        restore(report.path, other := empty())
        with other.unit(actor="ada") as unit:
            unit.put(Memo(id="m-1"))

        assert (0, 0) == (report.manifest.rows, verify_backup(report.path).checkpoint.unit)
        assert 1 == other.history.verify().unit

    def test_only_its_own_tenant_is_in_it(self, tmp_path: Path) -> None:
        """Of two tenants in a file, a backup holds one, and is restored beside the other."""
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        for tenant in ("acme", "other"):
            with open_store(url, tenant=tenant, codec=SUITE_CODEC) as store, store.unit(actor="ada") as unit:
                unit.put(Memo(id="m-1", text=f"secret of {tenant}"))
        with open_store(url, tenant="acme", codec=SUITE_CODEC) as store:
            path = backup(store, tmp_path / "acme.backup").path
            digest = logical_digest(store)
        restore(path, url, tenant="third", codec=SUITE_CODEC)
        with open_store(url, tenant="third", codec=SUITE_CODEC) as third:
            assert digest == logical_digest(third)
        assert b"secret of other" not in path.read_bytes()

    def test_the_tenant_is_the_one_that_was_backed_up(self, tmp_path: Path) -> None:
        """Restored into an address without a tenant, the records are those of the same tenant."""
        acme = MemoryStore(tenant="acme", codec=SUITE_CODEC)
        with acme.unit(actor="ada") as unit:
            unit.put(Memo(id="m-1"))
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        restore(backup(acme, tmp_path / "b").path, url, codec=SUITE_CODEC)

        with open_store(url, tenant="acme", codec=SUITE_CODEC) as restored:
            assert logical_digest(acme) == logical_digest(restored)


class Moving:
    """Makes an empty SQLite store, an empty tenant of a server, and another SQLite store."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server, self._numbers = folder, server, count()

    def __call__(self) -> list[SqlStore]:
        """Return the stores."""
        number = next(self._numbers)
        return [
            SqlStore(f"sqlite:///{self._folder / f'first-{number}.db'}", codec=SUITE_CODEC, durability="relaxed"),
            SqlStore(self._server, tenant=f"t{number}", codec=SUITE_CODEC),
            SqlStore(f"sqlite:///{self._folder / f'last-{number}.db'}", codec=SUITE_CODEC, durability="relaxed"),
        ]


@pytest.fixture(scope="class")
def moving(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    """Stores to move through; one database of the server serves them all, a tenant each."""
    with postgres_server.database() as url:
        yield Moving(tmp_path_factory.mktemp("moving"), url)


class TestTargets:
    def test_nothing_is_restored_over_something(self, saved: Path, store: MemoryStore, tmp_path: Path) -> None:
        """A tenant that keeps a record, or a consumer only, is left as it is."""
        before = logical_digest(store)
        with pytest.raises(NotEmpty, match="'default' keeps records already"):
            restore(saved, store)
        with SqlStore(f"sqlite:///{tmp_path / 'crm.db'}", codec=SUITE_CODEC) as waiting:
            waiting.outbox.claim("mailer")
            with pytest.raises(NotEmpty):
                restore(saved, waiting)

            assert [("consumer", ("mailer", 0, 0))] == [(table, tuple(row)) for table, row in waiting.state()]
        assert before == logical_digest(store)

    def test_a_kind_that_the_codec_does_not_know_is_not_lost(
        self, saved: Path, store: MemoryStore, tmp_path: Path
    ) -> None:
        """A store that knows fewer kinds backs all of them up, and refuses to take in what it would lose."""
        url = f"sqlite:///{tmp_path / 'crm.db'}"
        with pytest.raises(SchemaMismatch, match="'suite_seat', which the codec does not know"):
            restore(saved, url, codec=ONLY_CARDS)
        assert not (tmp_path / "crm.db").exists()
        with SqlStore(url, codec=ONLY_CARDS) as narrow:
            with pytest.raises(SchemaMismatch, match="which the codec does not know"):
                copy(store, narrow)
            assert [] == list(narrow.state())
        restore(saved, url, codec=SUITE_CODEC)
        with SqlStore(url, codec=ONLY_CARDS) as narrow:
            assert logical_digest(store) == backup(narrow, tmp_path / "again").manifest.digest

    def test_an_older_payload_stays_as_it_was(self, tmp_path: Path) -> None:
        """It is found by what its upcast makes of it, and its hash still holds; a newer one is refused."""

        class Tag(Record):
            kind: ClassVar[str] = "suite_tag"
            label: str

        class Tagged(Record):
            kind: ClassVar[str] = "suite_tag"
            schema_version: ClassVar[int] = 2
            name: str

        with MemoryStore(codec=Codec([Tag])) as old, old.unit(actor="ada") as unit:
            unit.put(Tag(id="t-1", label="python"))
        old = MemoryStore(codec=Codec([Tag]))
        with old.unit(actor="ada") as unit:
            unit.put(Tag(id="t-1", label="python"))
        now = Codec([Tagged], upcasts={("suite_tag", 1): lambda payload: {"name": payload["label"]}})
        new = MemoryStore(codec=now)
        restore(backup(old, tmp_path / "old").path, new)

        assert "python" == new.get(Tagged, "t-1").name
        assert list(old.state()) == list(new.state())
        with new.unit(actor="ada") as unit:
            unit.put(unit.get(Tagged, "t-1"))
        later = backup(new, tmp_path / "new").path
        with pytest.raises(SchemaMismatch, match="schema version 2, this codec reads up to 1"):
            restore(later, MemoryStore(codec=Codec([Tag])))

    def test_a_failure_of_the_source_leaves_the_target_empty(self, store: MemoryStore) -> None:
        """Whatever is raised while the rows come, nothing of them is kept, and the next try succeeds."""

        def half() -> Iterator[tuple[str, tuple[object, ...]]]:
            yield from list(store.state())[:40]
            raise ZeroDivisionError

        for target in (empty(), SqlStore("sqlite://", codec=SUITE_CODEC)):
            with target:
                with pytest.raises(ZeroDivisionError):
                    target.load(half())
                assert [] == list(target.state())
                assert logical_digest(store) == copy(store, target)

    def test_a_store_has_its_tenant_and_codec(self, saved: Path) -> None:
        """They are given with an address only; and what goes into a nameless memory would be lost at once."""
        with pytest.raises(InputError, match="with an address only"):
            restore(saved, empty(), tenant="acme")
        with pytest.raises(InputError, match="gone at once"):
            restore(saved, "memory:")

    def test_a_large_backup_is_verified_in_a_file(self, saved: Path, tmp_path: Path) -> None:
        """It is restored into SQLite beside, which is gone afterwards."""
        manifest = read_manifest(saved, codec=SUITE_CODEC)
        units = manifest.sections["unit"].evolve(rows=1_000_000)
        large = manifest.evolve(sections={"unit": units})
        (folder := tmp_path / "scratch").mkdir()
        with _beside(large, SUITE_CODEC, None, folder) as store:
            assert isinstance(store, SqlStore)
            assert 1 == len(list(folder.iterdir()))
        assert [] == list(folder.iterdir())


class TestOfEveryRelease:
    @pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}-{path.stem}")
    def test_a_backup_of_any_release_is_restored(self, path: Path, tmp_path: Path) -> None:
        """It verifies, and restored it has the digest and the checkpoint that were written down when it was made."""
        report = verify_backup(path)
        restore(path, url := f"sqlite:///{tmp_path / 'crm.db'}")
        with open_store(url, tenant=report.manifest.tenant) as store:
            assert report.manifest.digest == logical_digest(store)
            assert report.checkpoint == store.history.verify()
            for kind, count_ in report.manifest.records.items():
                cls = model_codec().kind(kind)
                assert cls is not None
                assert count_ >= len(list(store.stream(cls)))
        assert 0 < report.manifest.rows

    def test_there_is_one_of_the_present_format(self) -> None:
        """Whoever raises the format adds a folder, and keeps the older ones."""
        assert {f"backup-{number}" for number in range(1, FORMAT + 1)} == {path.parent.name for path in GOLDEN}


class TestTheHostsTransaction:
    def test_a_restore_is_part_of_it(self, saved: Path, store: MemoryStore, tmp_path: Path) -> None:
        """Into the connection of a host: undone with the host's transaction, kept with its commit."""
        engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
        with SqlStore(engine, codec=SUITE_CODEC):
            pass
        for ends in ("rollback", "commit"):
            with engine.connect() as connection:
                with SqlStore(connection, codec=SUITE_CODEC) as target:
                    restore(saved, target)
                    assert logical_digest(store) == logical_digest(target)
                getattr(connection, ends)()
            with SqlStore(engine, codec=SUITE_CODEC) as after:
                assert (ends == "commit") == (logical_digest(store) == logical_digest(after))
        engine.dispose()
