"""A store used by the wrong thread, process, or inside another unit says so, and nothing is harmed."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crmcore.errors import StoreClosed, StoreError, UnitMisuse
from crmcore.storage import logical_digest
from crmcore.testing.stores import Card
from tests.faults.crowd import together
from tests.faults.test_all_or_nothing import OPENERS
from tests.faults.workload import Setting
from tests.guarantees import Figures

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")

THREADS = 16


@pytest.fixture(params=OPENERS)
def place(request: pytest.FixtureRequest, tmp_path: Path):
    """Lend each store in turn, with its name."""
    with OPENERS[request.param](Setting(), tmp_path, request) as store:  # type: ignore[attr-defined]
        yield request.param, store


def refused(verb: Callable[[], Any], error: type[StoreError] = UnitMisuse) -> bool:
    """Say whether a use is refused by that error."""
    try:
        verb()
    except error:
        return True
    return False


def wrong_uses(store, unit) -> list[Callable[[], Any]]:
    """Return what one might do with a store and its unit, from where it is not for."""
    return [
        lambda: unit.put(Card(id="c-9")),
        lambda: unit.get(Card, "c-1"),
        lambda: list(unit.stream(Card)),
        lambda: unit.find(Card),
    ]


def nested(store) -> None:
    """Begin a unit of work."""
    with store.unit(actor="suite"):
        pass


def test_misuse_is_told_and_harms_nothing(place, figures: Figures) -> None:
    """Another thread's unit, a unit in a unit, the store inside a unit, a unit that is over, a close too early: all typed."""
    name, store = place
    with store.unit(actor="suite") as unit:
        unit.put(Card(id="c-1"))
    before = logical_digest(store)
    with store.unit(actor="suite") as unit, ThreadPoolExecutor(1) as other:
        told = [other.submit(refused, verb).result() for verb in wrong_uses(store, unit)]
        told.append(refused(lambda: nested(store)))
        told.append(refused(lambda: store.get(Card, "c-1")))
        told.append(refused(lambda: list(store.stream(Card))))
        told.append(refused(store.close))
    told += [refused(verb, StoreClosed) for verb in wrong_uses(store, unit)]
    figures("C6", name, **{"misuses": len(told), "not typed": told.count(False)})

    assert 0 == told.count(False)
    assert before == logical_digest(store)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_child_process_is_refused_and_the_parent_goes_on(place, figures: Figures) -> None:
    """After a fork, with a unit open or not, each use in the child raises UnitMisuse; the parent's unit commits."""
    name, store = place
    with store.unit(actor="suite") as unit:
        unit.put(Card(id="c-1"))

        def child(_: int) -> list[bool]:
            uses = [*wrong_uses(store, unit), lambda: nested(store), lambda: store.get(Card, "c-1")]
            return [refused(verb) for verb in uses]

        (told,) = together(1, child)
        unit.put(Card(id="c-2"))
    figures("C6", f"{name}, after fork", **{"misuses": len(told), "not typed": told.count(False)})

    assert 0 == told.count(False)
    assert ["c-1", "c-2"] == [card.id for card in store.stream(Card)]
    assert 1 == store.history.verify().unit


def test_threads_share_a_store(place, figures: Figures, thorough: bool) -> None:
    """Sixteen threads count one record up through one store; every count is there."""
    name, store = place
    turns = 100 if thorough else 5
    with store.unit(actor="suite") as unit:
        unit.put(Card(id="c-1", age=0))

    def count(_: int) -> None:
        for _turn in range(turns):
            with store.unit(actor="suite") as unit:
                found = unit.get(Card, "c-1")
                unit.put(found.model_copy(update={"age": found.age + 1}))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(count, range(THREADS)))
    figures(
        "C6", f"{name}, {THREADS} threads", edits=THREADS * turns, lost=THREADS * turns - store.get(Card, "c-1").age
    )

    assert THREADS * turns == store.get(Card, "c-1").age
