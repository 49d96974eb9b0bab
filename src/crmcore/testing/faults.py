"""Fault points: the named places in the work of a store where a test may let it fail.

A store that is built on crmcore's own passes them by itself; one that is not calls :func:`point` at the same places.
With them an author shows that a unit of work is all or nothing, wherever it fails::

    for name in POINTS:
        before = logical_digest(store)
        with raising_at(name) as fault, suppress(SimulatedFault), store.unit(actor="test") as unit:
            unit.put(record)
        assert logical_digest(store) == before or name == "unit.after_commit"

>>> from crmcore.storage import MemoryStore, logical_digest
>>> store = MemoryStore()
>>> before = logical_digest(store)
>>> try:
...     with raising_at("unit.before_commit") as fault, store.unit(actor="test", key="once"):
...         pass
... except SimulatedFault as error:
...     print(error)
stopped at unit.before_commit
>>> fault.hits, logical_digest(store) == before
(1, True)
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.storage._faults import POINTS, at_faults, point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["POINTS", "Fault", "SimulatedFault", "at_faults", "crash_at", "point", "raising_at"]


class SimulatedFault(Exception):
    """What :func:`raising_at` raises by itself: no error of crmcore's, so that nothing takes it for one."""


@attrs.define
class Fault:
    """A place that is watched.

    Attributes:
        name: one of :data:`POINTS`.
        hits: how often a store came by.

    """

    name: str
    hits: int = 0


@contextmanager
def raising_at(name: str, *, error: BaseException | None = None, nth: int = 1) -> Iterator[Fault]:
    """Raise *error* the *nth* time that any store of this process comes by that place, within the block.

    Args:
        name: one of :data:`POINTS`; anything else is an InputError, so that a renamed place is noticed.
        error: what to raise; a :class:`SimulatedFault` by default.
        nth: 1 for the first time.

    """

    def stop() -> None:
        raise SimulatedFault(f"stopped at {name}") if error is None else error

    with _acting_at(name, stop, nth) as fault:
        yield fault


@contextmanager
def crash_at(name: str, *, nth: int = 1) -> Iterator[Fault]:
    """Kill this process, without any cleaning up, the *nth* time that a store comes by that place; for a child."""

    def die() -> None:
        if hasattr(signal, "SIGKILL"):
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(137)

    with _acting_at(name, die, nth) as fault:
        yield fault


@contextmanager
def _acting_at(name: str, act: Callable[[], None], nth: int) -> Iterator[Fault]:
    if name not in POINTS:
        raise InputError(f"there is no fault point {name!r}; the points are {', '.join(POINTS)}")
    fault = Fault(name)

    def come_by(passed: str) -> None:
        if passed == name:
            fault.hits += 1
            if fault.hits == nth:
                act()

    with at_faults(come_by):
        yield fault
