"""What is damaged, foreign, newer or forged is refused before anything is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.errors import (
    BackupDamaged,
    CrmcoreError,
    SchemaMismatch,
    StoreError,
    Tampered,
    UnreadableFile,
)
from crmcore.storage import MemoryStore, SqlStore, logical_digest
from crmcore.storage._backup_reading import BackupReader
from crmcore.storage.backup import backup, read_manifest, restore, verify_backup
from crmcore.testing import ManualClock
from crmcore.testing._store_records import Seat, told
from crmcore.testing.stores import SUITE_CODEC, Card
from tests.storage.backup_states import empty, rich

if TYPE_CHECKING:
    from crmcore.storage._store import TenantStore


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
