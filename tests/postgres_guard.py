"""Waits until nobody uses a PostgreSQL any more, then stops it and takes its folder away. Run as a script of its own.

Each user of the server holds a shared lock on the file ``lease``. The system drops the locks of a process however it ends,
by SIGKILL too, so the exclusive lock is granted here exactly when the last user is gone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE = 30.0  # seconds; PostgreSQL itself kills what does not end within 5


def guard(home: Path) -> None:
    """Block until the lease is free; hold it while stopping, so that nobody joins a server that is going away."""
    with (home / "lease").open("rb") as lease:
        fcntl.flock(lease, fcntl.LOCK_EX)
        _stop(home / "data" / "postmaster.pid")
        shutil.rmtree((home / "data").resolve(), ignore_errors=True)  # may be a link to a folder in memory
        shutil.rmtree(home, ignore_errors=True)


def _stop(pid_file: Path) -> None:
    """Ask for an immediate shutdown; the server takes its pid file away as its last deed."""
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + PATIENCE
        while pid_file.exists() and time.monotonic() < until:
            time.sleep(0.01)
            os.kill(pid, 0)
        if pid_file.exists():
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return  # not running, or just gone


if __name__ == "__main__":
    if os.fork() == 0:  # the parent returns at once: a guard outlives the process that asked for it
        guard(Path(sys.argv[1]))
