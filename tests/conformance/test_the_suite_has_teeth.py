"""The suite's negative controls: stores that break one promise each, and the law that catches them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from crmcore.errors import Conflict, NotFound
from crmcore.model.events import Event
from crmcore.model.record import Record
from crmcore.ports import Store, UnitOfWork
from crmcore.storage import MemoryStore
from crmcore.testing import StoreSuite
from crmcore.testing.stores import SUITE_CODEC, Card


class Around:
    """Passes everything on to another object."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class BrokenStore(Around):
    """A memory store whose units are broken in one way."""

    def __init__(self, unit: type[Around] = Around) -> None:
        super().__init__(MemoryStore(codec=SUITE_CODEC))
        self._unit = unit

    @contextmanager
    def unit(self, **words: str) -> Iterator[UnitOfWork]:
        with self.inner.unit(**words) as unit:
            yield self._unit(unit)


class LastWriterWins(Around):
    """Writes over whatever is there."""

    def put(self, record: Record) -> Record:
        try:
            there = self.inner.get(type(record), record.id).version
        except NotFound:
            there = 0
        return self.inner.put(record.model_copy(update={"version": there}))


class ForgetsEvents(Around):
    """Drops what it is told."""

    def emit(self, event: Event) -> None:
        """Do nothing."""


class KeepsHalf(BrokenStore):
    """Commits what was done before an exception."""

    @contextmanager
    def unit(self, **words: str) -> Iterator[UnitOfWork]:
        failure: Exception | None = None
        with self.inner.unit(**words) as unit:
            try:
                yield unit
            except ZeroDivisionError as error:
                failure = error
        if failure:
            raise failure


class Unsorted(BrokenStore):
    """Streams in another order."""

    def stream(self, kind: type[Record], *, after: str = "") -> Iterator[Record]:
        return iter(sorted(self.inner.stream(kind, after=after), key=lambda record: record.id.lower()))


class FoldsCase(BrokenStore):
    """Finds more than was asked for."""

    def find(self, kind: type[Record], field: str, value: str) -> list[Record]:
        return [
            record
            for record in self.inner.stream(kind)
            if value.lower() in {held.lower() for name, held in record.lookup_keys() if name == field}
        ]


class ReadsPastUnits(BrokenStore):
    """Answers during a unit with the state before it."""

    def get(self, kind: type[Record], id: str) -> Record:  # noqa: A002 - the port's
        self.inner._units.clear()
        return self.inner.get(kind, id)


SUITE = StoreSuite()
CAUGHT: dict[str, tuple[Callable[[], Any], Callable[[Store], None]]] = {
    "the last writer wins": (
        lambda: BrokenStore(LastWriterWins),
        SUITE.test_a_stale_put_is_a_conflict_with_both_records,
    ),
    "events are dropped": (
        lambda: BrokenStore(ForgetsEvents),
        SUITE.test_events_are_numbered_in_the_order_of_the_commits,
    ),
    "half is kept": (KeepsHalf, SUITE.test_an_exception_undoes_all_of_it),
    "another order": (Unsorted, SUITE.test_a_stream_goes_by_id),
    "case is folded": (FoldsCase, SUITE.test_a_key_is_of_its_kind_field_and_exact_value),
    "reads past units": (ReadsPastUnits, SUITE.test_the_store_is_not_read_past_an_open_unit),
}


@pytest.mark.parametrize("fault", CAUGHT)
def test_a_broken_promise_is_caught(fault: str) -> None:
    """The law that forbids the fault fails on a store that has it, and passes on the same store without."""
    broken, law = CAUGHT[fault]
    law(MemoryStore(codec=SUITE_CODEC))
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        law(broken())


def test_a_lost_update_is_what_the_version_prevents() -> None:
    """With versions ignored, the second of two edits silently takes the first one away; with them it cannot."""
    for store, lost in ((BrokenStore(LastWriterWins), True), (MemoryStore(codec=SUITE_CODEC), False)):
        with store.unit(actor="suite") as unit:
            old = unit.put(Card(id="c-1"))
        with store.unit(actor="suite") as unit:
            unit.put(old.model_copy(update={"name": "first"}))
        try:
            with store.unit(actor="suite") as unit:
                unit.put(old.model_copy(update={"note": "second"}))
        except Conflict:
            pass

        assert lost == (store.get(Card, "c-1").name == "")
