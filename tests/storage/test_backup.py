"""A backup is the store: what is restored answers alike, and what is damaged is refused before anything is touched."""

from __future__ import annotations

import json
import os
import stat
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given, settings

from crmcore.errors import (
    AlreadyDone,
    BackupDamaged,
    CrmcoreError,
    InputError,
    NotEmpty,
    SchemaMismatch,
    StoreError,
    Tampered,
    UnreadableFile,
    UnwritableFile,
)
from crmcore.model.record import Record
from crmcore.query import F
from crmcore.storage import Codec, MemoryStore, SqlStore, logical_digest, open_store
from crmcore.storage._backup_reading import BackupReader
from crmcore.storage._backup_writing import write_backup
from crmcore.storage._layout import LAYOUT, SCHEMA_VERSION
from crmcore.storage._replacing import Disk, replacing
from crmcore.storage.backup import _beside, backup, copy, read_manifest, restore, verify_backup
from crmcore.storage.sql import schema
from crmcore.testing import ManualClock
from crmcore.testing._store_records import Seat, told
from crmcore.testing.stores import SUITE_CODEC, Card, Memo
from tests.storage.backup_states import LIVES, lived, rich

if TYPE_CHECKING:
    from crmcore.storage._store import TenantStore

ONLY_CARDS = Codec([Card])


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


def empty(clock: ManualClock | None = None) -> MemoryStore:
    """Return a store to restore into."""
    return MemoryStore(codec=SUITE_CODEC, clock=clock)


def resealed(lines: list[bytes], path: Path) -> Path:
    """Write a file as a forger would, who knows the format: every hash of bytes is right."""
    sections: dict[str, list[bytes]] = {}
    for line in lines[1:-2]:
        sections.setdefault(json.loads(line)[0], []).append(line)
    manifest = json.loads(lines[-2])
    manifest["manifest"]["sections"] = {
        table: {"rows": len(rows), "bytes": len(b"".join(rows)), "sha256": sha256(b"".join(rows)).hexdigest()}
        for table, rows in sections.items()
    }
    body = b"".join([*lines[:-2], json.dumps(manifest).encode() + b"\n"])
    path.write_bytes(body + b'{"sha256":"' + sha256(body).hexdigest().encode() + b'"}\n')
    return path


class TestTheSameAgain:
    @settings(max_examples=60, deadline=None, derandomize=True)
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

    @settings(max_examples=25, deadline=None, derandomize=True)
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


class Believing(BackupReader):
    """The negative control: it takes any bytes for those that were written."""

    def _hash_of(self, start: int, end: int) -> str:
        return self._sha256

    def rows(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield the rows, and do not look at the hash at the end."""
        try:
            yield from super().rows()
        except BackupDamaged as error:
            if "while it was read" not in error.what:
                raise


def refused(path: Path, target: TenantStore) -> bool:
    """Say whether a file is refused by our own error."""
    try:
        restore(path, target)
    except (BackupDamaged, SchemaMismatch):
        return True
    return False


class TestDamage:
    @pytest.fixture
    def small(self, tmp_path: Path) -> Path:
        """A backup of some three thousand bytes, with a row of most tables."""
        store = empty(ManualClock())
        with store.unit(actor="ada", key="k") as unit:
            unit.emit(told("e-1", unit.put(Card(id="c-1", name="Ådå"))))
            unit.put(Seat(id="s-1", number=1, person="p"))
        store.outbox.claim("mailer")
        return backup(store, tmp_path / "small.backup").path

    def test_every_flipped_bit_is_found(self, small: Path, tmp_path: Path) -> None:
        """One bit of each byte, another in each: refused, all of them, and nothing is touched."""
        good, target, bad = small.read_bytes(), empty(), tmp_path / "bad"
        kept = 0
        for place in range(len(good)):
            damaged = bytearray(good)
            damaged[place] ^= 1 << (place % 8)
            bad.write_bytes(damaged)
            kept += not refused(bad, target)

        assert 0 == kept
        assert [] == list(target.state())

    def test_the_check_is_what_finds_them(self, small: Path, tmp_path: Path) -> None:
        """The negative control: without the hash some flips would be restored as other data, and nobody would know."""
        good, bad = small.read_bytes(), tmp_path / "bad"
        whole = read_manifest(small, codec=SUITE_CODEC).digest
        silent = 0
        for place in range(0, len(good), 7):
            damaged = bytearray(good)
            damaged[place] ^= 1
            bad.write_bytes(damaged)
            target = empty()
            try:
                with Believing(bad) as reader:
                    target.load(reader.rows())
            except (CrmcoreError, ValueError):
                continue
            silent += logical_digest(target) != whole

        assert 0 < silent

    def test_every_cut_is_found(self, small: Path, tmp_path: Path) -> None:
        """Cut short at any byte, or with one more, it is refused."""
        good, target, bad = small.read_bytes(), empty(), tmp_path / "bad"
        kept = 0
        for end in range(len(good)):
            bad.write_bytes(good[:end])
            kept += not refused(bad, target)
        bad.write_bytes(good + b"\n")

        assert (0, True) == (kept, refused(bad, target))
        assert [] == list(target.state())

    def test_the_message_says_where(self, saved: Path) -> None:
        """It names the file, and the table whose rows were altered."""
        saved.write_bytes(saved.read_bytes().replace("ẞ".encode(), "ß".encode() + b"x", 1))
        with pytest.raises(BackupDamaged, match=r"crm\.backup: its 'unit' rows were altered; use another backup"):
            verify_backup(saved, codec=SUITE_CODEC)

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\n",
            b"{}",
            b"id,name\n1,Ada\n",
            b"SQLite format 3\0" + b"\0" * 200,
            b"\x1f\x8b\x08\0" * 99,
            b"[" * 99_999,
        ],
        ids=["empty", "blank", "json", "csv", "sqlite", "gzip", "brackets"],
    )
    def test_a_foreign_file_is_refused(self, content: bytes, tmp_path: Path) -> None:
        """Whatever it is, it is none of ours, and the target is not even made."""
        (path := tmp_path / "foreign").write_bytes(content)
        with pytest.raises(BackupDamaged):
            restore(path, f"sqlite:///{tmp_path / 'crm.db'}", codec=SUITE_CODEC)

        assert [path] == list(tmp_path.iterdir())

    def test_a_newer_backup_is_refused(self, saved: Path, tmp_path: Path) -> None:
        """A format of later is told by the first bytes; so is a schema of later by the manifest."""
        (later := tmp_path / "later").write_bytes(b'{"crmcore_backup":2,"zstd":true}\n\0\1\2')
        with pytest.raises(SchemaMismatch, match="newer crmcore wrote it"):
            restore(later, empty())
        lines = saved.read_bytes().replace(b'"schema_version":2', b'"schema_version":3').splitlines(keepends=True)
        with pytest.raises(SchemaMismatch, match="schema 3, this crmcore reads 2"):
            restore(resealed(lines, later), empty())

    def test_a_missing_file_is_said_to_be_missing(self, tmp_path: Path) -> None:
        """A file that is not there, and a folder, cannot be read."""
        with pytest.raises(UnreadableFile, match="No such file"):
            verify_backup(tmp_path / "none")
        with pytest.raises(UnreadableFile, match="directory"):
            verify_backup(tmp_path)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'["record","suite_card","c-1",1,1,', b'["record","suite_card","c-1",1.0,1,'),
            (b'["record","suite_card","c-1",1,1,', b'["record","suite_card","c-1",9223372036854775808,1,'),
            (b'["record","suite_card","c-1",1,1,', b'["record","suite_card","c\\u0000-1",1,1,'),
            (b'["record","suite_card","c-1",1,1,', b'["record","suite_card","c\\ud800-1",1,1,'),
            (b'["record","suite_card","c-1",1,1,', b'["record","suite_ghost","c-1",1,1,'),
            (b'["record","suite_card","c-1",1,1,', b'["record","suite_card","c-1",1,9,'),
            (b'["record","suite_card","c-1",1,1,"{', b'["record","suite_card","c-1",1,1,"[{'),
            (b'["change",1,1,', b'["change",3,1,'),
            (b'["change",1,1,', b'["change",1,7,'),
            (b'["unit",1,', b'["unit",2,'),
            (b'["unit",1,', b'["nowhere",1,'),
            (b'["unit",1,', b'[["unit"],1,'),
            (b'["unit",1,', b'["unit",{"a":1},'),
            (b'["consumer","mailer"', b'["consumer","mailer","more"'),
            (b'["event",1,1,"e-1"', b'["event",1,1,null'),
        ],
    )
    def test_a_forged_row_is_refused_and_nothing_is_kept(
        self, old: bytes, new: bytes, small: Path, tmp_path: Path
    ) -> None:
        """With every hash made right, what fits no table still gets into none."""
        whole = small.read_bytes()
        assert old in whole
        forged = whole.replace(old, new, 1)
        try:
            path = resealed(forged.splitlines(keepends=True), tmp_path / "forged")
        except TypeError:  # a table that is no text has no section: leave it to the row
            body = forged[: forged.rindex(b"{")]
            (path := tmp_path / "forged").write_bytes(
                body + b'{"sha256":"' + sha256(body).hexdigest().encode() + b'"}\n'
            )
        for target in (empty(), SqlStore("sqlite://", codec=SUITE_CODEC)):
            with target:
                with pytest.raises(StoreError):
                    verify_backup(path, codec=SUITE_CODEC)
                with pytest.raises(StoreError):
                    restore(path, target)
                assert [] == list(target.state())

    def test_a_row_told_twice_is_refused(self, small: Path, tmp_path: Path) -> None:
        """A record, a claim or a delivery that comes twice is not silently one."""
        lines = small.read_bytes().splitlines(keepends=True)
        for table in ("record", "claim", "consumer", "delivery"):
            place = next(place for place, line in enumerate(lines) if line.startswith(f'["{table}"'.encode()))
            path = resealed([*lines[:place], lines[place], *lines[place:]], tmp_path / "twice")
            for target in (empty(), SqlStore("sqlite://", codec=SUITE_CODEC)):
                with target:
                    with pytest.raises(StoreError):
                        restore(path, target)
                    assert [] == list(target.state())

    def test_a_forged_content_breaks_the_chain(self, saved: Path, tmp_path: Path) -> None:
        """Who alters a content and every hash of bytes is found by the history."""
        lines = saved.read_bytes().replace(b"came back", b"went home").splitlines(keepends=True)
        with pytest.raises((Tampered, BackupDamaged)):
            verify_backup(resealed(lines, tmp_path / "forged"), codec=SUITE_CODEC)

    def test_a_backup_of_another_history_is_told_by_the_checkpoint(self, tmp_path: Path, saved: Path) -> None:
        """A wholly made-up backup is sound in itself; the checkpoint that was kept elsewhere says that it is another."""
        since = verify_backup(saved, codec=SUITE_CODEC).checkpoint
        rich(other := empty(ManualClock()), clock := ManualClock())
        clock.advance(days=1)
        forged = backup(other, tmp_path / "forged").path

        assert since == verify_backup(saved, codec=SUITE_CODEC, since=since).checkpoint
        assert verify_backup(forged, codec=SUITE_CODEC).checkpoint.unit == since.unit
        with pytest.raises(Tampered):
            verify_backup(forged, codec=SUITE_CODEC, since=since)


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


class TestWriting:
    def test_only_its_owner_may_read_it(self, saved: Path) -> None:
        """It holds people's data."""
        assert 0o600 == stat.S_IMODE(saved.stat().st_mode)

    def test_the_format_is_lines_that_can_be_read_by_eye(self, saved: Path, store: MemoryStore) -> None:
        """Each line is JSON: what it is, the rows of the state, the manifest, the hash of all before."""
        whole = saved.read_bytes()
        lines = [json.loads(line) for line in whole.split(b"\n")[:-1]]

        assert {"crmcore_backup": 1, "columns": {table: list(columns) for table, columns in LAYOUT.items()}} == lines[0]
        assert [[table, *row] for table, row in store.state()] == lines[1:-2]
        assert lines[-2]["manifest"] == read_manifest(saved, codec=SUITE_CODEC).model_dump(mode="json")
        assert {"sha256": sha256(whole[: whole.rindex(b'{"sha256"')]).hexdigest()} == lines[-1]

    def test_the_manifest_counts(self, saved: Path, store: MemoryStore) -> None:
        """Rows a table, records a kind, schema versions, and where the chain ends."""
        manifest = read_manifest(saved, codec=SUITE_CODEC)
        rows = [table for table, _ in store.state()]

        assert {table: rows.count(table) for table in dict.fromkeys(rows)} == {
            table: section.rows for table, section in manifest.sections.items()
        }
        assert {"suite_card": 1, "suite_seat": 1} == manifest.kinds
        assert manifest.sections["record"].rows == sum(manifest.records.values())
        assert (manifest.last_unit, manifest.last_hash) == (
            store.history.verify().unit,
            store.history.verify().hash,
        )

    def test_the_layout_is_that_of_the_tables(self) -> None:
        """Every table that holds a tenant's data is in it, with all of its columns, under the schema's version."""
        columns = {
            table.name.removeprefix("crm_"): {column.name for column in table.columns} - {"tenant"}
            for table in schema.metadata.tables.values()
            if "tenant" in table.columns and table is not schema.tenant
        }

        assert columns == {table: set(columns) for table, columns in LAYOUT.items()}
        assert schema.SCHEMA_VERSION == SCHEMA_VERSION

    def test_a_table_that_no_backup_knows_is_refused_aloud(self, tmp_path: Path) -> None:
        """A store that keeps more than a backup can hold is not backed up in part; the older backup stays."""

        class More(MemoryStore):
            def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
                yield from super().state()
                yield "grudge", ("ada", "bob")

        (path := tmp_path / "crm.backup").write_bytes(b"older")
        with pytest.raises(StoreError, match="'grudge' cannot be backed up: there is no such table"):
            backup(More(codec=SUITE_CODEC), path)

        assert ([path], b"older") == (list(tmp_path.iterdir()), path.read_bytes())

    def test_memory_does_not_grow_with_the_store(self) -> None:
        """Twenty thousand rows are written within two megabytes, which is less than they take."""
        rows = (("consumer", (f"consumer-{number:06}", number, 1)) for number in range(20_000))
        with Path(os.devnull).open("wb") as nowhere:
            tracemalloc.start()
            write_backup(nowhere, rows, tenant="acme", created_at=ManualClock().now())
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

        assert 2_000_000 > peak

    def test_it_is_on_the_disk_before_it_has_the_name(self, tmp_path: Path) -> None:
        """The file is synced, then renamed, then its folder is synced."""
        done: list[str] = []

        class Recording(Disk):
            def sync(self, descriptor: int) -> None:
                done.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")

            def replace(self, draft: Path, target: Path) -> None:
                done.append("replace")
                super().replace(draft, target)

        with replacing(tmp_path / "crm.backup", checked=lambda _: done.append("check"), disk=Recording()) as draft:
            draft.write_bytes(b"new")

        assert ["check", "sync file", "replace", "sync folder"] == done
        assert b"new" == (tmp_path / "crm.backup").read_bytes()

    @pytest.mark.parametrize(("fails", "left"), [("sync file", b"old"), ("replace", b"old"), ("sync folder", b"new")])
    def test_a_failing_disk_is_not_ignored(self, fails: str, left: bytes, tmp_path: Path) -> None:
        """A sync or a rename that fails is told; the old file stays, or the new one is there whole; no draft is left."""

        class Failing(Disk):
            def sync(self, descriptor: int) -> None:
                if fails == ("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file"):
                    raise OSError(5, "Input/output error")

            def replace(self, draft: Path, target: Path) -> None:
                if fails == "replace":
                    raise OSError(28, "No space left on device")
                super().replace(draft, target)

        (path := tmp_path / "crm.backup").write_bytes(b"old")
        with pytest.raises(UnwritableFile), replacing(path, checked=lambda _: None, disk=Failing()) as draft:
            draft.write_bytes(b"new")

        assert (left, [path]) == (path.read_bytes(), list(tmp_path.iterdir()))

    def test_what_was_written_wrongly_is_not_kept(self, store: MemoryStore, tmp_path: Path) -> None:
        """A backup is read back before it takes the place of the older one."""

        class Lying(MemoryStore):
            def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
                yield from super().state()
                draft = next(tmp_path.glob("*.tmp"), None) or next(tmp_path.glob(".*.tmp"))
                drafts.append(draft)

        drafts: list[Path] = []
        lying = Lying(codec=SUITE_CODEC)
        copy(store, lying)
        (path := tmp_path / "crm.backup").write_bytes(b"older")

        def spoilt(draft: Path) -> None:
            content = bytearray(draft.read_bytes())
            content[len(content) // 2] ^= 1
            draft.write_bytes(content)
            BackupReader(draft)

        with pytest.raises(BackupDamaged), replacing(path, checked=spoilt) as draft, draft.open("wb") as out:
            write_backup(out, lying.state(), tenant="default", created_at=ManualClock().now())
        assert (b"older", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))

    def test_no_folder_and_no_right_are_told(self, store: MemoryStore, tmp_path: Path) -> None:
        """A path that cannot be written raises UnwritableFile."""
        for path in (tmp_path / "none" / "crm.backup", tmp_path, Path("/dev/full"), tmp_path / "a\0b"):
            with pytest.raises(UnwritableFile):
                backup(store, path)

    def test_a_database_is_never_replaced_by_a_backup(self, store: MemoryStore, tmp_path: Path) -> None:
        """Naming the database itself as the file of the backup is a slip of the pen, and is refused."""
        path = tmp_path / "crm.db"
        with SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC) as file:
            copy(store, file)
        before = path.read_bytes()
        with pytest.raises(UnwritableFile, match="a SQLite database stands there"):
            backup(store, path)

        assert before == path.read_bytes()

    def test_a_store_that_fails_is_not_taken_for_a_full_disk(self, store: MemoryStore, tmp_path: Path) -> None:
        """The store's own failure is told as it is."""
        store.close()
        with pytest.raises(StoreError, match="closed"):
            backup(store, tmp_path / "crm.backup")
