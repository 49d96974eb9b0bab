"""What may stand where a SQLite store is to be opened, and what may go wrong with the file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import event

from crmcore.errors import CrmcoreError, SchemaMismatch, StoreError, StoreUnavailable
from crmcore.storage import MemoryStore, SqlStore, logical_digest
from crmcore.storage.sql.schema import SCHEMA_VERSION
from crmcore.testing import ManualClock
from crmcore.testing._store_records import card, told, write
from crmcore.testing.stores import SUITE_CODEC, Card


def opened(path: Path, timeout: float = 0.1) -> SqlStore:
    """Open the store in a file."""
    return SqlStore(f"sqlite:///{path}", codec=SUITE_CODEC, timeout=timeout, clock=ManualClock())


def filled(path: Path, count: int = 3) -> str:
    """Make a store with some cards; return its digest."""
    with opened(path) as store:
        write(store, *(card(f"c-{number:04}", f"n{number}", "s@x.example") for number in range(count)))
        return logical_digest(store)


def snapshot(folder: Path) -> dict[str, str]:
    """Return every file of a folder with the hash of its bytes."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def other_program(path: Path) -> None:
    """Make a SQLite file of somebody else, in WAL mode, with a log beside it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE crm_record (id)")
    connection.commit()
    shutil.copy(path, path.with_suffix(".copy"))
    connection.close()
    path.with_suffix(".copy").rename(path)


def newer(path: Path) -> None:
    """Make a store of a newer crmcore."""
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


FOREIGN: dict[str, Callable[[Path], object]] = {
    "a text": lambda path: path.write_text("id,name\n1,Ada\n"),
    "a short text": lambda path: path.write_text("x"),
    "another program's database": other_program,
    "a newer crmcore's database": newer,
    "the first half of a header": lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(40)),
    "random bytes": lambda path: path.write_bytes(bytes(range(1, 256)) * 40),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, what: str) -> None:
    """It is refused by a SchemaMismatch that names it, and not a byte of it or beside it changes."""
    path = tmp_path / "crm.db"
    FOREIGN[what](path)
    before = snapshot(tmp_path)
    with pytest.raises(SchemaMismatch, match=r"crm\.db: .*left as it was|crm\.db: .*left as it is"):
        opened(path)

    assert before == snapshot(tmp_path)


@pytest.mark.parametrize("content", [b"", bytes(4096)])
def test_an_empty_file_becomes_a_store(tmp_path: Path, content: bytes) -> None:
    """An empty file is what a killed beginning leaves; bytes of zero are damage, and said to be."""
    path = tmp_path / "crm.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(SchemaMismatch):
            opened(path)
    else:
        filled(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder in the file's place, or none in its folder's place, is said plainly."""
    with pytest.raises(StoreUnavailable, match="it is a folder"):
        opened(tmp_path)
    with pytest.raises(StoreUnavailable, match="does not exist; make it first"):
        opened(tmp_path / "no" / "crm.db")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match="does not exist; make it first"):
        opened(tmp_path / "file" / "crm.db")

    assert ["file"] == [path.name for path in tmp_path.iterdir()]


def test_the_file_carries_its_marks(tmp_path: Path) -> None:
    """Application id and schema version stand in the file itself; the journal is WAL, every commit synced."""
    path = tmp_path / "crm.db"
    filled(path)
    header = path.read_bytes()[:100]
    with opened(path) as store, store._database._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")
        }

    assert (b"crmc", SCHEMA_VERSION) == (header[68:72], int.from_bytes(header[60:64], "big"))
    assert {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 100,
    } == pragmas


def test_what_is_removed_lies_in_the_history_alone(tmp_path: Path) -> None:
    """After removal, once the history lets go of it and the store is closed, no byte of it is left in the folder."""
    path = tmp_path / "crm.db"
    with opened(path) as store:
        stored = write(store, card("c-1", "needle-in-a-name", "needle@x.example"))[0]
        with store.unit(actor="suite") as unit:
            unit.remove(stored)

        assert stored == store.history.versions(Card, "c-1")[0].record

        with store._database._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE crm_change SET before = NULL")

    assert [] == [file.name for file in tmp_path.iterdir() if b"needle" in file.read_bytes()]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_told(tmp_path: Path, share: float) -> None:
    """A file that lost its end raises one of our errors when it is opened or read; it is not served as whole."""
    path = tmp_path / "crm.db"
    before = filled(path, 2000)
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(StoreError), opened(path) as store:
        assert before != logical_digest(store)


def test_a_damaged_page_is_told(tmp_path: Path) -> None:
    """A page of rubbish raises one of our errors when it is read."""
    path = tmp_path / "crm.db"
    filled(path, 2000)
    with path.open("r+b") as file:
        file.seek(4096 * 8)
        file.write(b"\xa5" * 4096 * 12)
    with pytest.raises(StoreError), opened(path) as store:
        logical_digest(store)


def test_a_lock_held_too_long_is_told(tmp_path: Path) -> None:
    """Another program's write lock raises StoreUnavailable after the timeout; reading goes on."""
    path = tmp_path / "crm.db"
    filled(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with opened(path) as store:
        with pytest.raises(StoreUnavailable, match="another writer held it for too long"):
            write(store, card("d-1"))

        assert 3 == len(list(store.stream(Card)))

        holder.execute("COMMIT")
        write(store, card("d-1"))

        assert 4 == len(list(store.stream(Card)))
    holder.close()


def put_many(store: SqlStore) -> StoreUnavailable | None:
    """Put many cards in one unit; return how it failed, or None."""
    try:
        with store.unit(actor="suite") as unit:
            for number in range(200):
                unit.put(card(f"d-{number:03}", "x" * 150, f"{number}@x.example"))
            unit.emit(told("e-1", card("c-0000")))
    except StoreUnavailable as error:
        return error
    return None


def test_a_full_disk_stops_whole_units(tmp_path: Path) -> None:
    """Wherever the space runs out, the error is ours, nothing of the unit stays, and with space it goes on."""
    path = tmp_path / "crm.db"
    digest = filled(path)
    refused = 0
    with opened(path) as store:
        limit = ["PRAGMA max_page_count=1"]  # SQLite takes the present size where that is more
        event.listen(store._database._engine, "checkout", lambda connection, *_: connection.execute(limit[0]).close())
        size = path.stat().st_size // 4096
        for extra in range(40):
            limit[0] = f"PRAGMA max_page_count={size + extra}"
            failure = put_many(store)
            if failure is None:
                break
            refused += 1

            assert "the disk is full" in str(failure)
            assert digest == logical_digest(store)
        limit[0] = "PRAGMA max_page_count=1073741823"
        if digest == logical_digest(store):
            write(store, card("d-000"))

        assert digest != logical_digest(store)
    with sqlite3.connect(path) as raw:
        assert ("ok",) == raw.execute("PRAGMA integrity_check").fetchone()
    raw.close()

    assert 5 < refused


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user may enter, with a filled store of the present user in it."""
    folder = Path(tempfile.mkdtemp(prefix="crmcore-rights-"))
    folder.chmod(0o755)
    filled(folder / "crm.db")
    yield folder
    shutil.rmtree(folder)


def as_nobody(work: Callable[[], str | None]) -> str:
    """Do the work in a child without rights over others' files; return what it answers or the error's name."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            answer = work() or "done"
        except CrmcoreError as error:
            answer = f"{type(error).__name__}: {error}"
        except BaseException as error:  # noqa: BLE001 - the child must not return into the test run
            answer = f"unmapped {error!r}"
        os.write(write_end, answer.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer


@pytest.mark.skipif(not hasattr(os, "setresuid"), reason="needs os.fork and os.setresuid")
def test_a_file_without_rights_is_told(open_folder: Path) -> None:
    """No right to read, to write, or to make files in the folder: StoreUnavailable says what to check."""
    path = open_folder / "crm.db"

    def reads() -> str:
        with opened(path) as store:
            return f"{len(list(store.stream(Card)))} cards"

    def writes() -> None:
        with opened(path) as store:
            write(store, card("d-1"))

    def begins() -> None:
        opened(open_folder / "new.db")

    path.chmod(0o600)
    unreadable = as_nobody(reads)
    path.chmod(0o444)
    sealed = as_nobody(begins)
    written = as_nobody(writes)
    open_folder.chmod(0o777)

    assert "StoreUnavailable" in unreadable
    assert "cannot be read" in unreadable
    assert "StoreUnavailable" in sealed
    assert "check that it is a file" in sealed
    assert "StoreUnavailable" in written
    assert "3 cards" == as_nobody(reads)
    assert "it may not be written" in as_nobody(writes)


def test_a_store_moves_by_its_digest(tmp_path: Path) -> None:
    """Memory and two files that did the same have one digest, whatever the tenant."""
    digests = {filled(tmp_path / "one.db"), filled(tmp_path / "two.db")}
    memory = MemoryStore(tenant="other", codec=SUITE_CODEC, clock=ManualClock())
    write(memory, *(card(f"c-{number:04}", f"n{number}", "s@x.example") for number in range(3)))

    assert digests == {logical_digest(memory)}
