"""A unit of work that fails anywhere is undone whole, on every store; wherever it fails, the store goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crmcore.errors import InputError, Tampered
from crmcore.ports import Store
from crmcore.storage import MemoryStore, logical_digest
from crmcore.storage._memory_tables import Draft
from crmcore.testing.faults import POINTS, SimulatedFault, at_faults, raising_at
from tests.faults.killing import Killed, Trigger, kill_through
from tests.faults.oracle import Verdict, legal_states
from tests.faults.workload import STEPS, Setting
from tests.guarantees import Figures


class WritesThrough(MemoryStore):
    """The negative control: a unit that fails is published all the same, as far as it came."""

    def _writing(self):  # type: ignore[no-untyped-def]
        return _through(super()._writing())


def _through(writing):
    from contextlib import contextmanager

    @contextmanager
    def lend() -> Iterator[Draft]:
        fault = None
        with writing as draft:
            try:
                yield draft
            except SimulatedFault as error:
                fault = error
        if fault is not None:
            raise fault

    return lend()


PATIENCE = 60.0
"""Seconds that a thread waits for the others, on a busy machine."""

OPENERS: dict[str, Callable[[Setting, Path, pytest.FixtureRequest], Store]] = {
    "memory": lambda setting, _path, _request: setting.memory(),
    "SQLite": lambda setting, path, _request: setting.open(f"sqlite:///{path / 'crm.db'}", timeout=PATIENCE),
    "PostgreSQL": lambda setting, _path, request: setting.open(
        request.getfixturevalue("postgres_url"), timeout=PATIENCE
    ),
}


def judged(store: Store, acknowledged: int) -> Verdict:
    """Say which state of the workload a store is in."""
    digests = [digest for digest, _ in legal_states()]
    digest = logical_digest(store)  # type: ignore[arg-type]
    if digest not in digests:
        return Verdict(fault="partial")
    steps = digests.index(digest)
    try:
        units = store.history.verify().unit
    except Tampered:
        return Verdict(steps, fault="partial")
    if units != legal_states()[steps][1]:
        return Verdict(steps, fault="another number of units")
    return Verdict(steps, fault="lost" if steps < acknowledged else "")


def failing_through(store: Store, setting: Setting, log: Path) -> tuple[Killed, set[str]]:
    """Do the workload while each fault point that a step passes raises once; return the names that were passed."""
    passed: set[str] = set()

    def fail() -> None:
        raise SimulatedFault

    trigger = Trigger(0, fail)

    def come_by(name: str) -> None:
        passed.add(name)
        trigger(name)

    def attempt(step: int, at: int) -> bool:
        trigger.at, trigger.seen, trigger.is_armed = at, 0, True
        try:
            setting.run(store, first=step, last=step + 1, log=log)
        except SimulatedFault:
            return True
        finally:
            trigger.is_armed = False
        return False

    with at_faults(come_by):
        return kill_through(attempt, lambda steps: judged(store, steps), log=log), passed


@pytest.mark.parametrize("name", OPENERS)
def test_a_unit_that_fails_anywhere_is_undone(
    tmp_path: Path, log: Path, request: pytest.FixtureRequest, figures: Figures, name: str
) -> None:
    """An exception at every fault point of every step: the digest is that of before, or of after; the same store goes on."""
    setting = Setting()
    with OPENERS[name](setting, tmp_path, request) as store:  # type: ignore[attr-defined]
        found, passed = failing_through(store, setting, log)
    figures("A1", name, failures=found.points, partial=found.points - found.found["whole"])

    assert {"whole": found.points} == found.found
    assert {point for point in POINTS if point.startswith(("unit.", "outbox."))} <= passed
    assert found.points > 5 * len(STEPS)


def test_a_store_that_writes_through_is_seen(log: Path, figures: Figures) -> None:
    """The negative control: a store that keeps what a failed unit had written is found out."""
    setting = Setting()
    store = WritesThrough(tenant="acme", codec=setting.memory().codec, clock=setting.clock, entropy=setting.chance)
    found, _ = failing_through(store, setting, log)
    figures.control("A1", "memory that keeps failed units", partial=found.points - found.found["whole"])

    assert 1 == found.found["partial"]


def test_a_fault_point_that_is_none_is_refused() -> None:
    """A misspelt point would never fail, and its test always pass."""
    with pytest.raises(InputError, match="there is no fault point"), raising_at("unit.comit"):
        pass
