"""Killed clients, cut connections and a crashing server leave whole units in PostgreSQL, every acknowledged one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crmcore.errors import StoreError
from crmcore.storage import SqlStore
from crmcore.testing.faults import at_faults
from tests.faults.killing import Killed, Trigger, in_child, kill_through, never_kill, ticking, witnessed
from tests.faults.oracle import Judge, Verdict
from tests.faults.workload import Setting, acknowledged
from tests.guarantees import Figures
from tests.postgres import OwnPostgres

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork to kill a process at a statement"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def judge(durable_postgres: OwnPostgres) -> Judge:
    """Return who knows every legal state of a PostgreSQL database."""

    @contextmanager
    def blank(setting: Setting) -> Iterator[SqlStore]:
        with durable_postgres.database() as url, setting.open(url) as store:
            yield store

    return Judge.of(blank)


@attrs.frozen
class Place:
    """An empty database of a server that keeps its promises."""

    server: OwnPostgres
    url: str

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.url.rpartition("/")[2].partition("?")[0]


@pytest.fixture
def place(durable_postgres: OwnPostgres) -> Iterator[Place]:
    """Lend an empty database."""
    with durable_postgres.database() as url:
        yield Place(durable_postgres, url)


def judged(connection: Any, url: str, log: Path, judge: Judge, acknowledged_steps: int) -> Verdict:
    """Say what stands there once the client is dead."""
    return judge.judge_raw(
        connection,
        lambda: Setting().open(url),
        acknowledged=acknowledged_steps,
        vouched=acknowledged(witnessed(log)),
    )


def killed(place: Place, log: Path, judge: Judge, *, stride: int, spoil=never_kill) -> Killed:
    """Kill the workload on a database from step to step."""
    url = place.url
    with Setting().open(url):
        pass
    with place.server.connect(place.database) as connection:
        return kill_through(
            lambda step, at: in_child(url, log, first=step, last=step + 1, kill_at=at, spoil=spoil),
            lambda steps: judged(connection, url, log, judge, steps),
            log=log,
            stride=stride,
            bulk_stride=stride,
        )


def test_a_killed_client_loses_nothing(place: Place, log: Path, judge: Judge, figures: Figures, thorough: bool) -> None:
    """SIGKILL of the client before and after every statement: acknowledged units are there, no half of another."""
    found = killed(place, log, judge, stride=1 if thorough else 40)
    figures("D1", "PostgreSQL, client killed", **found.figures, acknowledged=acknowledged(witnessed(log)))

    assert {"whole": found.points} == found.found
    assert (300 if thorough else 10) < found.points


def test_the_harness_sees_half_a_unit(place: Place, log: Path, judge: Judge, figures: Figures) -> None:
    """The negative control: a connection in autocommit shows halves of units at the first kills."""

    def spoil() -> None:
        @event.listens_for(Engine, "begin")
        def _(connection: Any) -> None:
            connection.connection.dbapi_connection.autocommit = True

    found = killed(place, log, judge, stride=3, spoil=spoil)
    figures.control("D1", "PostgreSQL in autocommit", partial=found.found["partial"])

    assert 1 == found.found["partial"]


class Cut:
    """A store whose connections are cut at the k-th statement or fault point of each unit."""

    def __init__(self, place: Place, *, crash: bool = False) -> None:
        self.server = place.server
        self.database = place.database
        self.url = place.url
        self.crash = crash
        self.trigger = Trigger(0, self.act)
        self.setting = Setting()
        self.cuts = 0
        self.errors = 0

    def act(self) -> None:
        """Cut the connections, or crash the server and start it again."""
        self.trigger.is_armed = False
        self.cuts += 1
        if self.crash:
            self.server.stop_immediate()
            self.server.start()
        else:
            self.server.kill_backends(self.database)

    def attempt(self, store: SqlStore, step: int, at: int, log: Path) -> bool:
        """Do one step with a cut at its k-th point; say whether it was cut off."""
        self.trigger.at, self.trigger.seen, self.trigger.is_armed = at, 0, True
        cuts = self.cuts
        try:
            self.setting.run(store, first=step, last=step + 1, log=log)
        except StoreError:
            self.errors += 1
            assert self.errors <= self.cuts, "an error that no cut explains"
        finally:
            self.trigger.is_armed = False
        if self.cuts == cuts and acknowledged(log) <= step:
            return self.attempt(store, step, at, log)  # the cut came after a commit, and showed at this beginning
        return self.cuts > cuts

    def judged(self, judge: Judge, steps: int) -> Verdict:
        """Say what stands there, through another connection."""
        with self.server.connect(self.database) as connection:
            return judge.judge_raw(connection, lambda: Setting().open(self.url), acknowledged=steps, vouched=0)


BEGUN = 3
"""The first point of a unit at which it has begun: before, another connection takes the place of one that was cut."""


def cut_through(
    cut: Cut, log: Path, judge: Judge, stride: int, *, first: int = BEGUN, durability: str = "full"
) -> Killed:
    """Do the workload on one store that is never opened again, with a cut at every *stride*-th point of each step."""
    with ticking(cut.trigger), at_faults(cut.trigger), cut.setting.open(cut.url, durability=durability) as store:
        return kill_through(
            lambda step, at: cut.attempt(store, step, at, log),
            lambda steps: cut.judged(judge, steps),
            log=log,
            first=first,
            stride=stride,
            bulk_stride=stride,
        )


def test_a_cut_connection_undoes_its_unit_and_the_store_goes_on(
    place: Place, log: Path, judge: Judge, figures: Figures, thorough: bool
) -> None:
    """pg_terminate_backend at every statement: a StoreError or a commit, never half; the same store then goes on."""
    found = Killed()
    for first in (1, BEGUN, 8) if thorough else (BEGUN,):
        with place.server.database() as url:
            acknowledgements = log.with_name(f"acknowledged-{first}")
            found += cut_through(
                Cut(Place(place.server, url)), acknowledgements, judge, 1 if thorough else 40, first=first
            )
    figures("D1", "PostgreSQL, backend terminated", **found.figures)

    assert {"whole": found.points} == found.found
    assert (300 if thorough else 10) < found.points


def test_a_crashed_server_keeps_what_it_acknowledged(
    place: Place, log: Path, judge: Judge, figures: Figures, thorough: bool
) -> None:
    """An immediate stop of the server in the middle of units, and its recovery: nothing acknowledged is lost."""
    found = cut_through(Cut(place, crash=True), log, judge, 20 if thorough else 900)
    figures("D1", "PostgreSQL, server crashed", **found.figures)

    assert {"whole": found.points} == found.found
    assert found.points > 2


def test_the_relaxed_mode_loses_what_a_crashed_server_had_acknowledged(
    place: Place, log: Path, judge: Judge, figures: Figures
) -> None:
    """The negative control: with ``durability="relaxed"`` the same crashes are seen to take what was acknowledged."""
    found = cut_through(Cut(place, crash=True), log, judge, 900, first=1, durability="relaxed")
    figures.control("D1", "PostgreSQL, server crashed, durability=relaxed", **found.figures)

    assert 1 == found.found["lost"]


def test_a_store_that_goes_on_over_lost_units_is_told_from_half_a_unit(place: Place, judge: Judge) -> None:
    """Lost are acknowledged steps before a later one; partial is what no steps lead to."""
    setting = Setting()
    with setting.open(place.url) as store:
        for step in (0, 1, 4):
            setting.do(store, step)
        over_a_hole = judge.judge(store, acknowledged=5)
        with place.server.connect(place.database) as connection:
            connection.execute("DELETE FROM crm_event")
        half = judge.judge(store, acknowledged=5)

    assert [Verdict(fault="lost"), Verdict(fault="partial")] == [over_a_hole, half]
