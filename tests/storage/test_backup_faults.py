"""Whatever happens while a backup is made or restored, there is a whole one, and a target that is empty or complete."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore.errors import StoreError, StoreUnavailable, UnwritableFile
from crmcore.storage import MemoryStore, SqlStore, logical_digest
from crmcore.storage._faults import at_faults
from crmcore.storage._rows import Tables
from crmcore.storage.backup import backup, backup_file, copy, restore, verify_backup
from crmcore.storage.sql._tables import WritableSqlTables
from crmcore.testing import ManualClock
from crmcore.testing.stores import SUITE_CODEC
from tests.storage.backup_states import one_batch, opened, rich

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process at a point")
BATCHES = 12


def legal_states() -> list[str]:
    """Return the digest before all batches and after each."""
    store = MemoryStore(codec=SUITE_CODEC, clock=ManualClock())
    digests = [logical_digest(store)]
    for number in range(BATCHES):
        one_batch(store, number)
        digests.append(logical_digest(store))
    return digests


@pytest.fixture
def store() -> MemoryStore:
    """A store with some of everything."""
    store = MemoryStore(codec=SUITE_CODEC, clock=(clock := ManualClock()))
    rich(store, clock)
    return store


class Unsteady(SqlStore):
    """The negative control: it reads each table as it is by then, not all as of one moment."""

    @contextmanager
    def _reading(self, *, snapshot: bool) -> Iterator[Tables]:
        with super()._reading(snapshot=False) as tables:
            yield tables


class TestWhileOthersWrite:
    def backed_up(self, url: str, store: type[SqlStore], path: Path) -> str:
        """Back a store up whose units go on after its first row was read; return the digest."""
        writer = SqlStore(url, codec=SUITE_CODEC, clock=ManualClock())
        for number in range(3):
            one_batch(writer, number)

        class Interrupted(store):  # type: ignore[misc, valid-type]
            def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
                for place, row in enumerate(super().state()):
                    if place == 2:
                        one_batch(writer, 3)
                        one_batch(writer, 4)
                    yield row

        with writer, Interrupted(url, codec=SUITE_CODEC) as read:
            return backup(read, path).manifest.digest

    @pytest.mark.parametrize("where", ["file", "server"])
    def test_a_backup_is_of_one_moment(self, where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """Units that are committed while it is written are not in it, not even in part; it verifies."""
        url = request.getfixturevalue("postgres_url") if where == "server" else f"sqlite:///{tmp_path / 'crm.db'}"

        assert legal_states()[3] == self.backed_up(url, SqlStore, tmp_path / "crm.backup")
        assert 3 == verify_backup(tmp_path / "crm.backup", codec=SUITE_CODEC).checkpoint.unit

    def test_without_the_snapshot_it_would_be_torn(self, tmp_path: Path) -> None:
        """The negative control: read table by table, it is no state that ever was, and verifying says so."""
        found = self.backed_up(f"sqlite:///{tmp_path / 'crm.db'}", Unsteady, tmp_path / "crm.backup")

        assert found not in legal_states()
        with pytest.raises(StoreError):
            verify_backup(tmp_path / "crm.backup", codec=SUITE_CODEC)

    def test_copies_and_backups_under_load_are_states_that_were(self, tmp_path: Path) -> None:
        """While a thread commits unit after unit, every backup and every copy of the file equals a committed state."""
        path, legal = tmp_path / "crm.db", legal_states()
        opened(path).close()

        def write() -> None:
            with opened(path, timeout=60) as writer:
                for number in range(BATCHES):
                    one_batch(writer, number)

        thread = Thread(target=write)
        thread.start()
        seen: list[str] = []
        with opened(path) as reader:
            while thread.is_alive() or len(seen) < 2:
                seen.append(backup(reader, tmp_path / "crm.backup").manifest.digest)
                backup_file(path, tmp_path / "copy.db")
                with opened(tmp_path / "copy.db") as copied:
                    seen.append(logical_digest(copied))
                for left in tmp_path.glob("copy.db*"):
                    left.unlink()
        thread.join()

        assert set(seen) <= set(legal)
        assert sorted(seen, key=legal.index) == seen


class Careless(SqlStore):
    """The negative control: it commits each batch of a load by itself."""

    def _loading(self) -> Any:
        @contextmanager
        def loading() -> Iterator[Any]:
            with self._writing_tables() as (connection, tables):

                class Committing(WritableSqlTables):
                    def load(self, table: str, rows: Any) -> None:
                        super().load(table, rows)
                        connection.commit()

                tables.__class__ = Committing
                yield tables
                connection.commit()

        return loading()


def killed(work: Callable[[Callable[[str], None]], None], kill_at: int) -> bool:
    """Work in a child that dies at its *kill_at*-th step; say whether it did (False: it had no such step)."""
    child = os.fork()
    if child == 0:
        seen = 0

        def tick(_: str) -> None:
            nonlocal seen
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            work(tick)
        except BaseException:  # noqa: BLE001 - the child must not return into the test run
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert 0 == os.WEXITSTATUS(status)
    return False


def restored_after_kills(
    folder: Path, source: Path, opening: type[SqlStore], *, stride: int = 1, until: str = ""
) -> Counter[str]:
    """Kill a restore at every *stride*-th statement; count what is found, until one is found *until* names.

    Where the target is empty, the next try ends well.
    """
    whole = verify_backup(source, codec=SUITE_CODEC).manifest.digest
    found: Counter[str] = Counter()
    kill_at, died = 1, True
    while died and not found[until]:
        (home := folder / "killed").mkdir()
        path = home / "crm.db"

        def work(tick: Callable[[str], None], path: Path = path) -> None:
            event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(tick))
            with opening(f"sqlite:///{path}", codec=SUITE_CODEC) as target, at_faults(tick):
                restore(source, target)

        died = killed(work, kill_at)
        with opened(path) as target:
            digest = logical_digest(target)
            state = "empty" if next(target.state(), None) is None else "whole" if digest == whole else "half"
            if state == "empty":
                assert whole == copy_of(source, target)
        found[state] += 1
        shutil.rmtree(home)
        kill_at += stride
    return found


def copy_of(source: Path, target: SqlStore) -> str:
    """Restore once more, and return the digest that the target has then."""
    restore(source, target)
    return logical_digest(target)


class Ticking:
    """A state that tells of each of its rows before it gives it."""

    tenant = "default"

    def __init__(self, rows: list[tuple[str, tuple[object, ...]]], tick: Callable[[str], None]) -> None:
        self._rows, self._tick = rows, tick

    def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield the rows."""
        for row in self._rows:
            self._tick("row")
            yield row


@needs_fork
class TestKilled:
    def test_a_killed_backup_leaves_the_older_one(self, store: MemoryStore, tmp_path: Path) -> None:
        """Killed at any row, before and after the rename: the file is the old backup or the new one, whole."""
        rows = list(store.state())
        older = MemoryStore(codec=SUITE_CODEC)
        path = tmp_path / "crm.backup"
        first, whole = backup(older, path).manifest.digest, logical_digest(store)
        found: Counter[str] = Counter()
        for kill_at in [*range(1, len(rows), 9), *range(len(rows) - 1, len(rows) + 4)]:
            backup(older, path)

            def work(tick: Callable[[str], None]) -> None:
                with at_faults(tick):
                    backup(Ticking(rows, tick), path)

            died = killed(work, kill_at)
            digest = verify_backup(path, codec=SUITE_CODEC).manifest.digest
            found[{first: "old", whole: "new"}.get(digest, "torn") + (" killed" if died else "")] += 1

        assert {"old killed", "new killed", "new"} == set(found)
        assert 10 < found["old killed"]

    def test_a_killed_restore_leaves_an_empty_target_or_a_whole_one(self, store: MemoryStore, tmp_path: Path) -> None:
        """Killed at any statement, the target is empty, and the next try fills it; or it is complete."""
        source = backup(store, tmp_path / "crm.backup").path
        found = restored_after_kills(tmp_path, source, SqlStore, stride=7)

        assert {"empty", "whole"} == set(found)
        assert 10 < found["empty"]

    def test_the_harness_sees_a_half_restored_target(self, store: MemoryStore, tmp_path: Path) -> None:
        """The negative control: with batches committed by themselves, the same kills leave halves."""
        source = backup(store, tmp_path / "crm.backup").path

        assert 0 < restored_after_kills(tmp_path, source, Careless, stride=7, until="half")["half"]


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestFullDisk:
    def test_a_full_disk_leaves_the_older_backup(self, store: MemoryStore, tmp_path: Path) -> None:
        """Full after 1 KiB, in the middle, or at the last line: told, nothing but the old file is there."""
        (path := tmp_path / "crm.backup").write_bytes(b"older")
        whole = backup(store, tmp_path / "whole").size
        (tmp_path / "whole").unlink()
        for size in (0, 1024, whole // 2, whole - 10):
            with pytest.raises(UnwritableFile, match="what stood there before is untouched"), room_for(size):
                backup(store, path)

            assert (b"older", [path]) == (path.read_bytes(), list(tmp_path.iterdir()))
        assert whole == backup(store, path).size

    def test_a_full_disk_leaves_an_empty_target(self, store: MemoryStore, tmp_path: Path) -> None:
        """A restore that runs out of space is undone; with space again, it succeeds."""
        source = backup(store, tmp_path / "crm.backup").path
        with opened(tmp_path / "crm.db") as target:
            for size in (40_000, 150_000):
                with pytest.raises(StoreUnavailable), room_for(size):
                    restore(source, target)

                assert [] == list(target.state())
            assert logical_digest(store) == copy_of(source, target)

    def test_a_full_disk_leaves_the_older_copy(self, store: MemoryStore, tmp_path: Path) -> None:
        """The copy of a file too."""
        with opened(tmp_path / "crm.db") as source:
            copy(store, source)
        (path := tmp_path / "copy.db").write_bytes(b"older")
        with pytest.raises((UnwritableFile, StoreUnavailable)), room_for(100_000):
            backup_file(tmp_path / "crm.db", path)

        assert b"older" == path.read_bytes()
        assert {path, tmp_path / "crm.db"} == set(tmp_path.iterdir())


def test_a_server_is_restored_all_or_nothing(store: MemoryStore, tmp_path: Path, postgres_url: str) -> None:
    """A connection that the server ends in the midst of a restore leaves the tenant empty; then it is run again."""
    source = backup(store, tmp_path / "crm.backup").path
    with SqlStore(postgres_url, codec=SUITE_CODEC) as target:

        def cut(name: str) -> None:
            if name == "load.before_commit":
                with target._database._engine.connect() as other:  # type: ignore[attr-defined]
                    other.exec_driver_sql(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )

        with pytest.raises(StoreUnavailable), at_faults(cut):
            restore(source, target)
        assert [] == list(target.state())
        assert logical_digest(store) == copy_of(source, target)
