"""A process that is killed at any statement of the workload leaves whole units in its SQLite file, every acknowledged one."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.faults.killing import Killed, in_child, kill_through, never_kill, witnessed
from tests.faults.oracle import Judge, Verdict
from tests.faults.workload import BULK, Setting, acknowledged
from tests.guarantees import Figures

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process at a statement"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]


def url_of(path: Path) -> str:
    """Return the address of a file."""
    return f"sqlite:///{path}"


def judged(path: Path, log: Path, judge: Judge, acknowledged_steps: int) -> Verdict:
    """Open the file again, as the next process does, and say what stands there."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        verdict = judge.judge_raw(
            raw,
            lambda: Setting().open(url_of(path)),
            acknowledged=acknowledged_steps,
            vouched=acknowledged(witnessed(log)),
        )
        sound = raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        loose = raw.execute("PRAGMA foreign_key_check").fetchall()
    return verdict if sound and not loose else Verdict(fault="corrupt")


def killed(
    path: Path, log: Path, judge: Judge, *, stride: int, bulk_stride: int, until: str = "", spoil=never_kill
) -> Killed:
    """Kill the workload on a file from step to step."""
    return kill_through(
        lambda step, at: in_child(url_of(path), log, first=step, last=step + 1, kill_at=at, spoil=spoil),
        lambda acknowledged: judged(path, log, judge, acknowledged),
        log=log,
        stride=stride,
        bulk_stride=bulk_stride,
        until=until,
    )


def test_a_killed_process_loses_nothing(
    tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures, thorough: bool
) -> None:
    """SIGKILL at every statement and fault point of every unit: all that was acknowledged is there, nothing is half done."""
    stride, bulk_stride = (1, 12) if thorough else (40, 900)
    found = killed(tmp_path / "crm.db", log, sqlite_judge, stride=stride, bulk_stride=bulk_stride)
    figures("D1", "SQLite", **found.figures, acknowledged=acknowledged(witnessed(log)))
    figures(
        "A3", "SQLite", **{"kill points in the bulk unit": found.by_step[BULK], "partial": found.figures["partial"]}
    )

    assert {"whole": found.points} == found.found
    assert (800 if thorough else 10) < found.points


def test_a_process_killed_at_the_beginning_leaves_a_beginning(
    tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures, thorough: bool
) -> None:
    """SIGKILL at every statement of making the tables: the next process makes them, and they are the same."""
    found, at = Killed(), 1
    while True:
        home = tmp_path / "new"
        home.mkdir()
        died = in_child(url_of(home / "crm.db"), log, first=-1, last=0, kill_at=at)
        with Setting().open(url_of(home / "crm.db")) as store:
            verdict = sqlite_judge.judge(store, acknowledged=0)
        shutil.rmtree(home)
        if not died:
            break
        found.add(-1, verdict)
        at += 1 if thorough else 15
    figures("D1", "SQLite, new file", **found.figures)

    assert {"whole": found.points} == found.found
    assert found.points > 3


def test_the_harness_sees_half_a_unit(tmp_path: Path, log: Path, sqlite_judge: Judge, figures: Figures) -> None:
    """The negative control: where BEGIN does nothing, each statement is a commit of its own, and the kills show it."""

    def spoil() -> None:
        @event.listens_for(Engine, "before_cursor_execute", retval=True)
        def _(_c, _cursor, statement, parameters, _context, _many):
            return ("SELECT 1" if statement == "BEGIN IMMEDIATE" else statement), parameters

    found = killed(tmp_path / "crm.db", log, sqlite_judge, stride=9, bulk_stride=900, spoil=spoil)
    figures.control("D1", "SQLite without BEGIN", partial=found.points - found.found["whole"])

    assert 1 == found.found["partial"]
