"""The file of a backup: what stands in it, who may read it, and that it is there whole or not at all."""

from __future__ import annotations

import json
import os
import stat
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmcore._replacing import Disk
from crmcore.errors import (
    BackupDamaged,
    StoreError,
    UnwritableFile,
)
from crmcore.storage import MemoryStore, SqlStore
from crmcore.storage._backup_reading import BackupReader
from crmcore.storage._backup_writing import write_backup
from crmcore.storage._layout import LAYOUT, SCHEMA_VERSION
from crmcore.storage._replacing import replacing
from crmcore.storage.backup import backup, copy, read_manifest
from crmcore.storage.sql import schema
from crmcore.testing import ManualClock
from crmcore.testing.stores import SUITE_CODEC
from tests.storage.backup_states import rich

if TYPE_CHECKING:
    pass


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
        """Every table that holds a tenant's data is in it, with all of its columns but those made from the others."""
        columns = {
            table.name.removeprefix("crm_"): {
                column.name for column in table.columns if not column.info.get("is_derived")
            }
            - {"tenant"}
            for table in schema.metadata.tables.values()
            if "tenant" in table.columns and table is not schema.tenant
        }

        assert columns == {table: set(columns) for table, columns in LAYOUT.items()}
        assert (2, 3) == (SCHEMA_VERSION, schema.SCHEMA_VERSION), "schema 3 added a column that is made from others"

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
