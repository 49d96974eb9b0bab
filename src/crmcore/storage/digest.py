"""One hash of everything that a store keeps: the oracle for dry runs, killed imports, moves and backups."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Stateful", "logical_digest"]


class Stateful(Protocol):
    """A store that can give its whole state, row by row in one fixed order."""

    def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept, as of one moment."""
        ...


def logical_digest(store: Stateful) -> str:
    """Return the SHA-256 of the whole logical state: records, removals, lookup keys, units and events.

    Two stores of any sort with equal digests answer every question equally. The tenant's name is left out.

    >>> from crmcore.storage.memory import MemoryStore
    >>> logical_digest(MemoryStore(tenant="acme")) == logical_digest(MemoryStore(tenant="other"))
    True
    """
    digest = sha256()
    for table, row in store.state():
        digest.update(json.dumps([table, *row], ensure_ascii=True, separators=(",", ":")).encode("ascii"))
        digest.update(b"\n")
    return digest.hexdigest()
