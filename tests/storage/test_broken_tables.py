"""A unit whose writing broke off is over, even if its block swallows the failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from crmcore.errors import StoreClosed, StoreError
from crmcore.query import F
from crmcore.storage import MemoryStore, logical_digest
from crmcore.storage._memory_tables import Draft
from crmcore.storage._rows import Change, WritableTables
from crmcore.testing._store_records import card
from crmcore.testing.stores import SUITE_CODEC, Card


class BreaksOff(Draft):
    """Writes half of what it is given, then fails."""

    failure: BaseException

    def write(self, changes: Sequence[Change]) -> None:
        super().write(changes[: len(changes) // 2])
        raise self.failure


class BreakingStore(MemoryStore):
    """A memory store over such tables."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__(codec=SUITE_CODEC)
        self._failure = failure

    @contextmanager
    def _writing(self) -> Iterator[WritableTables]:
        draft = BreaksOff(self._tables)
        draft.failure = self._failure
        yield draft
        draft.publish()


@pytest.mark.parametrize("failure", [StoreError("odd"), MemoryError(), KeyboardInterrupt()], ids=repr)
def test_a_swallowed_failure_commits_nothing(failure: BaseException) -> None:
    """Whatever it was, also Ctrl-C between two rows: the block's end raises, and the state is as before."""
    store = BreakingStore(failure)
    before = logical_digest(store)
    with pytest.raises((type(failure), StoreClosed)), store.unit(actor="suite") as unit:  # noqa: PT012 - one block
        unit.put(card("c-1"))
        unit.put(card("c-2"))
        with pytest.raises(type(failure)):
            unit.find(Card, F.name == "Ada")

    assert before == logical_digest(store)


def test_publishing_may_be_run_again() -> None:
    """The memory store repeats what an interruption left half published: twice is as once."""
    store = MemoryStore(codec=SUITE_CODEC)
    with store.unit(actor="suite") as unit:
        old = unit.put(card("c-1", "Ada", "a@x.example"))
    with store.unit(actor="suite") as unit:
        unit.put(old.model_copy(update={"emails": ("b@x.example",)}))
        for number in range(60):
            unit.put(card(f"d-{number}", "Eve"))
        unit.find(Card, F.name == "Eve")
        unit._tables.publish()
        once = list(store._tables.everything())
        unit._tables.publish()

        assert once == list(store._tables.everything())

    assert 61 == len(list(store.stream(Card)))
    assert ["c-1"] == [found.id for found in store.find(Card, F.email == "b@x.example")]
    assert () == tuple(store.find(Card, F.email == "a@x.example"))
