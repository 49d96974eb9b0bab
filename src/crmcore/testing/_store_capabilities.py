"""What a store may lack, each with a sentence; a law that needs it is then skipped by its name."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, ClassVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from crmcore.ports import Store

__all__ = ["Capability", "Declared"]


# The suite's assertions explain themselves like any test's; `stores` imports this module before the laws.
pytest.register_assert_rewrite(
    *(f"crmcore.testing._store_{laws}" for laws in ("units", "reading", "values", "sharing", "outbox"))
)


class Capability(Enum):
    """Something that not every store can do."""

    SHARED = "the same records can be opened a second time, for the same tenant or another"
    THREADS = "threads may share one store"
    FORK = "a child process is told that the store is not its own"
    DIGEST = "the whole state can be read in one fixed order, for crmcore.storage.logical_digest"


class Declared:
    """Holds what the store under test lacks, and how to open it again."""

    lacks: ClassVar[AbstractSet[Capability]] = frozenset()
    """Capabilities that the store does not have; say so here, never by skipping a test."""

    def another(self, store: Store, *, tenant: str = "default") -> Store:
        """Open the records of *store* a second time; override it unless the store lacks Capability.SHARED."""
        raise AssertionError(f"override another(): {store!r} is to be opened a second time for {tenant!r}")

    def need(self, capability: Capability) -> None:
        """Skip the law if the store declares that it lacks the capability."""
        if capability in self.lacks:
            pytest.skip(f"this store lacks {capability.name}: {capability.value}")
