"""Kills the workload at its k-th statement or fault point, for every k, and goes on with what is left.

A process that was killed leaves the database; the next one goes on from there with the first step that is not done. So
one file, or one database, lives through all the kills of a run.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import attrs
import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore.testing.faults import at_faults
from tests.faults.oracle import Verdict
from tests.faults.workload import BULK, STEPS, Setting, acknowledged

__all__ = ["Killed", "Trigger", "kill_through", "never_kill", "ticking", "witnessed"]


@attrs.define
class Trigger:
    """Counts what comes by and acts once, at the k-th."""

    at: int
    act: Callable[[], object]
    seen: int = 0
    is_armed: bool = False

    def __call__(self, what: str) -> None:
        """Count one thing that comes by."""
        if not self.is_armed:
            return
        self.seen += 1
        if self.seen == self.at:
            self.act()


@contextmanager
def ticking(tick: Callable[[str], None]) -> Iterator[None]:
    """Call *tick* before each statement that this process sends, on any engine that connects within the block.

    SQLite tells of each row of an executemany; of a PostgreSQL, each statement is told of before and after.
    """

    def connected(connection: Any, _: object) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = _ticking(tick)
        else:
            connection.set_trace_callback(tick)

    def ending(connection: Any) -> None:
        if connection.dialect.name == "postgresql":
            tick("COMMIT")

    listeners = (("connect", connected), ("commit", ending))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


def _ticking(tick: Callable[[str], None]) -> type[psycopg.Cursor[Any]]:
    class Ticking(psycopg.Cursor[Any]):
        """Tells before and after what it sends."""

        def execute(self, *arguments: Any, **named: Any) -> Any:
            return self._told(super().execute, arguments, named)

        def executemany(self, *arguments: Any, **named: Any) -> Any:
            return self._told(super().executemany, arguments, named)

        def copy(self, *arguments: Any, **named: Any) -> Any:
            tick("COPY")
            return super().copy(*arguments, **named)

        def _told(self, verb: Callable[..., Any], arguments: Any, named: Any) -> Any:
            tick("before")
            answer = verb(*arguments, **named)
            tick("after")
            return answer

    return Ticking


@attrs.define
class Killed:
    """The count of a run."""

    found: Counter[str] = attrs.field(factory=Counter)
    points: int = 0
    by_step: Counter[int] = attrs.field(factory=Counter)

    def add(self, step: int, verdict: Verdict) -> None:
        """Count one kill and what it left."""
        self.points += 1
        self.by_step[step] += 1
        self.found[verdict.fault or "whole"] += 1

    def __iadd__(self, other: Killed) -> Self:
        """Take in the count of another run."""
        self.found += other.found
        self.points += other.points
        self.by_step += other.by_step
        return self

    @property
    def figures(self) -> dict[str, int]:
        """What a guarantee tells of the run."""
        lost = self.found["lost"]
        return {"kill points": self.points, "lost": lost, "partial": self.points - self.found["whole"] - lost}


def witnessed(log: Path) -> Path:
    """Return the file of what the witness acknowledged."""
    return log.with_name("witnessed")


def never_kill() -> None:
    """Let the process live."""


def in_child(
    url: str, log: Path, *, first: int, last: int, kill_at: int, spoil: Callable[[], None] = never_kill
) -> bool:
    """Do steps in a child process that dies at its *kill_at*-th statement or fault point; say whether it died.

    Before, it commits and acknowledges a unit of another tenant, which must not be lost either. Step -1 is opening the store; the count begins there, or with the first step.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            trigger = Trigger(kill_at, lambda: os.kill(os.getpid(), signal.SIGKILL), is_armed=first < 0)
            spoil()
            setting = Setting()
            with ticking(trigger), at_faults(trigger), setting.open(url) as store:
                if last > 0:
                    setting.testify(store, witnessed(log))
                    trigger.is_armed = True
                    setting.run(store, first=max(first, 0), last=last, log=log)
                trigger.is_armed = False
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert 0 == os.WEXITSTATUS(status), "the child failed by itself"
    return False


def kill_through(
    attempt: Callable[[int, int], bool],
    judge: Callable[[int], Verdict],
    *,
    log: Path,
    first: int = 1,
    stride: int = 1,
    bulk_stride: int = 1,
    until: str = "",
) -> Killed:
    """Kill each step of the workload at every *stride*-th point, until it is done; judge what is left each time.

    Args:
        attempt: does one step, to be killed at its k-th point; says whether it was.
        judge: opens the store again and says what stands there, given how many steps were acknowledged or seen there.
        log: the acknowledgements.
        first: at which point of each step to begin. A step that gets over a cut is done, and its later points are passed
            by; so a run that begins further on sees more of them.
        stride, bulk_stride: how many points to go on after each kill, in the bulk unit apart.
        until: stop at the first verdict of that name: for negative controls.

    """
    killed, there = Killed(), 0
    for step in range(len(STEPS)):
        at, done = first, False
        while not done:
            died = attempt(step, at)
            verdict = judge(max(acknowledged(log), there))
            there = max(there, verdict.steps)
            if died or verdict.fault:
                killed.add(step, verdict)
            if verdict.fault:
                return killed
            done = verdict.steps == step + 1
            assert done or died, f"step {step} is not done, and nobody killed it"
            at += bulk_stride if step == BULK else stride
    return killed
