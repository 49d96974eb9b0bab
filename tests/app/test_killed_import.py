"""An import that is killed leaves the database as it was before, or as it is after; never between."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore.app import CRM
from crmcore.integrations.files import write_table
from crmcore.storage import logical_digest
from crmcore.testing import ManualClock, SequenceIds
from crmcore.testing.sample import generate

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process at a statement")


def imported(path, file, ids):
    """Import the file as a user does, with ids and a clock that are the same in every process."""
    with CRM.open(f"sqlite:///{path}", clock=ManualClock(), new_id=SequenceIds(ids)) as crm:
        crm.commit(crm.plan_import(file, source="ats"))


def killed(path, file, kill_at):
    """Import in a child that dies before its statement *kill_at*; say whether it died (False: it was done before)."""
    child = os.fork()
    if child == 0:
        seen = 0

        def tick(_):
            nonlocal seen
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            event.listen(Engine, "connect", lambda connection, _: connection.set_trace_callback(tick))
            imported(path, file, "second")
        except BaseException:  # noqa: BLE001 - the child must not return into the test run
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or 0 == os.WEXITSTATUS(status)
    return os.WIFSIGNALED(status)


def digest(path):
    """Return the digest of the database; it must be sound."""
    with CRM.open(f"sqlite:///{path}") as crm:
        found = logical_digest(crm.store)
    raw = sqlite3.connect(path)
    assert ("ok",) == raw.execute("PRAGMA integrity_check").fetchone()
    assert [] == raw.execute("PRAGMA foreign_key_check").fetchall()
    raw.close()
    return found


def test_a_killed_import_leaves_before_or_after(tmp_path):
    """At points all over an import that changes stored people and adds new ones, up to the last statement."""
    sample = generate(people=8, seed=5).columns
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    write_table(first, {name: cells[:6] for name, cells in sample.items()})
    write_table(second, sample)
    clean, done, path = tmp_path / "clean.db", tmp_path / "done.db", tmp_path / "crm.db"
    imported(clean, first, "first")
    shutil.copy(clean, done)
    imported(done, second, "second")
    states = {digest(clean): "before", digest(done): "after"}
    found = []
    kill_at, died = 1, True
    while died:
        shutil.copy(clean, path)
        died = killed(path, second, kill_at)
        found.append(states.get(digest(path), "between"))
        for leftover in tmp_path.glob("crm.db*"):
            leftover.unlink()
        kill_at += 1 + kill_at // 12

    assert {"before", "after"} == set(found)
    assert sorted(found, reverse=True) == found
    assert 20 < len(found)
