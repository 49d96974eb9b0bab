"""A disk that is full, refuses or fails: a StoreUnavailable, nothing half done, and afterwards the store goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import attrs
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore.errors import StoreUnavailable
from crmcore.storage import SqlStore
from tests.faults.apsw_driver import over
from tests.faults.killing import Killed, Trigger, kill_through
from tests.faults.oracle import Judge, Verdict
from tests.faults.workload import STEPS, Setting, acknowledged
from tests.guarantees import Figures

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")

PAGE = 4096


def judged(path: Path, judge: Judge, acknowledged: int) -> Verdict:
    """Say what stands in a file that has room again."""
    with Setting().open(f"sqlite:///{path}") as store:
        return judge.judge(store, acknowledged=acknowledged)


def told(figures: Figures, where: str, found: Killed) -> None:
    """Tell the figures of a run of failures."""
    partial = found.points - found.found["whole"]
    figures("D4", where, **{"failures": found.points, "partial": partial, "went on": found.found["whole"]})


@contextmanager
def pages_at_most(pages: int) -> Iterator[None]:
    """Let no SQLite file grow above so many pages."""

    def limit(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}").close()

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_disk_stops_whole_units(
    tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures, thorough: bool
) -> None:
    """Wherever in a unit the pages run out, the error says that the disk is full, and with more of them it is done."""
    path = tmp_path / "crm.db"
    Setting().open(f"sqlite:///{path}").close()

    def attempt(step: int, at: int) -> bool:
        setting = Setting()
        try:
            with pages_at_most(path.stat().st_size // PAGE + at - 1), setting.open(f"sqlite:///{path}") as store:
                setting.run(store, first=step, last=step + 1, log=log)
        except StoreUnavailable as error:
            return "the disk is full" in str(error)
        return False

    found = kill_through(
        attempt,
        lambda steps: judged(path, sqlite_judge, steps),
        log=log,
        stride=1,
        bulk_stride=1 if thorough else 40,
    )
    told(figures, "SQLite, disk full", found)

    assert {"whole": found.points} == found.found
    assert found.points > 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to limit one process")
def test_a_file_that_may_not_grow_stops_whole_units(
    tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures, thorough: bool
) -> None:
    """The system refuses writes past a size (RLIMIT_FSIZE), half pages too: nothing half done, and no limit, no error."""
    path = tmp_path / "crm.db"
    Setting().open(f"sqlite:///{path}").close()

    def attempt(step: int, at: int) -> bool:
        child = os.fork()
        if child:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            assert code in {0, 3}, "it raised something else than StoreUnavailable"
            return code == 3
        code = 1
        try:
            setting = Setting()
            store = setting.open(f"sqlite:///{path}")
            resource.setrlimit(resource.RLIMIT_FSIZE, (at * 2500, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
            try:
                setting.run(store, first=step, last=step + 1, log=log)
                code = 0
            except StoreUnavailable:
                code = 3
        finally:
            os._exit(code)

    stride = 1 if thorough else 14
    found = kill_through(
        attempt, lambda steps: judged(path, sqlite_judge, steps), log=log, stride=stride, bulk_stride=stride * 4
    )
    told(figures, "SQLite, RLIMIT_FSIZE", found)

    assert {"whole": found.points} == found.found
    assert found.points > 5


@attrs.define(slots=False)
class FailingDisk:
    """A file system whose n-th write, or sync, fails once."""

    name: str
    trigger: Trigger
    verb: str

    def __attrs_post_init__(self) -> None:
        """Register it."""
        disk = self

        class File(apsw.VFSFile):
            def __init__(self, name: Any, flags: list[int]) -> None:
                super().__init__("", name, flags)

            def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's own names
                disk.come_by("xWrite")
                super().xWrite(data, offset)

            def xSync(self, flags: int) -> None:  # noqa: N802
                disk.come_by("xSync")
                super().xSync(flags)

        class Files(apsw.VFS):
            def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
                return File(name, flags)

        self._files = Files(self.name, "")

    def come_by(self, verb: str) -> None:
        """Fail if it is time."""
        if verb == self.verb:
            self.trigger(verb)


def failing_through(
    path: Path, log: Path, judge: Judge, *, verb: str, stride: int, also: tuple[str, ...] = ()
) -> tuple[Killed, int]:
    """Do the workload on one store while every *stride*-th write or sync fails; count units acknowledged all the same."""
    failed, silent = [0], [0]

    def fail() -> None:
        failed[0] += 1
        raise apsw.IOError(f"{verb} failed")

    disk, setting = FailingDisk(f"failing-{verb}", Trigger(0, fail), verb), Setting()

    def attempt(store: SqlStore, step: int, at: int) -> bool:
        disk.trigger.at, disk.trigger.seen, disk.trigger.is_armed = at, 0, True
        before = failed[0]
        try:
            setting.run(store, first=step, last=step + 1, log=log)
            silent[0] += failed[0] - before
        except StoreUnavailable:
            assert failed[0] == before + 1
        finally:
            disk.trigger.is_armed = False
        return failed[0] > before

    with over(disk.name, also=also), setting.open(f"sqlite:///{path}") as store:
        found = kill_through(
            lambda step, at: attempt(store, step, at),
            lambda steps: judge.judge(store, acknowledged=steps),
            log=log,
            stride=stride,
            bulk_stride=stride * 10,
        )
    return found, silent[0]


def test_a_failing_write_stops_whole_units(
    tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures, thorough: bool
) -> None:
    """The n-th write to the disk fails (EIO): the unit is undone, or done and told so; the same store goes on."""
    stride = 1 if thorough else 9
    found, _ = failing_through(tmp_path / "crm.db", log, sqlite_judge, verb="xWrite", stride=stride)
    told(figures, "SQLite, failing writes", found)

    assert {"whole": found.points} == found.found
    assert len(STEPS) == acknowledged(log)
    assert found.points > 10


def test_a_failing_sync_is_never_taken_for_a_commit(
    tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures
) -> None:
    """Where the sync of a commit fails, the unit raises StoreUnavailable and is undone; none is acknowledged."""
    never = ("PRAGMA wal_autocheckpoint=0",)
    found, silent = failing_through(tmp_path / "crm.db", log, sqlite_judge, verb="xSync", stride=1, also=never)
    figures("D5", "SQLite", **{"failing syncs": found.points, "acknowledged after": silent})

    assert {"whole": found.points} == found.found
    assert (0, len(STEPS)) == (silent, acknowledged(log))
    assert len(STEPS) <= found.points
