"""What a store may lack, each with a sentence; a law that needs it is then skipped by its name."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

import pytest

from crmcore.ports import StoreCapability
from crmcore.testing.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from crmcore.ports import Store

__all__ = ["Capability", "Declared"]


# The suite's assertions explain themselves like any test's; `stores` imports this module before the laws.
pytest.register_assert_rewrite(
    *(
        f"crmcore.testing._store_{laws}"
        for laws in "units reading values sharing finding questions claims times outbox numbers".split()
    )
)


class Capability(Enum):
    """Something that not every store can do, and that its author declares in `lacks`.

    What a store says of itself, in `Store.capabilities`, is not declared twice: where it does not say SHARED, the laws
    of a second handle are skipped by that name.
    """

    THREADS = "threads may share one store"
    FORK = "a child process is told that the store is not its own"
    DIGEST = "the whole state can be read in one fixed order, for crmcore.storage.logical_digest"
    CLOCK = "it takes the time from the fixture `clock`, so that a test can move it"
    HISTORY = "it keeps what was: changes, versions, past states, and the check of them all"
    OUTBOX = "it hands events to consumers, with leases"


class Declared:
    """Holds what the store under test lacks, and how to open it again."""

    lacks: ClassVar[AbstractSet[Capability]] = frozenset()
    """Capabilities that the store does not have; say so here, never by skipping a test."""
    many: ClassVar[int] = 100_000
    """Records that the largest law writes about one subject."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Return the clock that the store is to take the time from."""
        return ManualClock()

    def another(self, store: Store, *, tenant: str | None = None) -> Store:
        """Open the records of *store* a second time, for another tenant where one is named.

        Override it if the store says that it can be SHARED.
        """
        whose = tenant or "its tenant"
        raise AssertionError(f"override another(): {store!r} is to be opened a second time for {whose}")

    def need(self, needed: Capability | StoreCapability, store: Store) -> None:
        """Skip the law if the store lacks what it needs."""
        if isinstance(needed, StoreCapability):
            if needed not in store.capabilities:
                pytest.skip(f"this store does not say that it is {needed.name}")
        elif needed in self.lacks:
            pytest.skip(f"this store lacks {needed.name}: {needed.value}")
