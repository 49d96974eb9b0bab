"""One hash of everything that a store keeps: the oracle for dry runs, killed imports, moves and backups."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from crmcore.storage._rows import ChangeRow, EventRow, RecordRow, UnitRow

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Stateful", "logical_digest"]

BY_CHANCE: dict[str, set[int]] = {
    "unit": {UnitRow._fields.index("hash")},
    "record": {RecordRow._fields.index("salt")},
    "change": {ChangeRow._fields.index("digest")},
    "event": {EventRow._fields.index("salt"), EventRow._fields.index("digest")},
}
"""Where in the rows of a table stands what two equal histories differ in."""


class Stateful(Protocol):
    """A store that can give its whole state, row by row in one fixed order."""

    def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept, as of one moment."""
        ...


def logical_digest(store: Stateful) -> str:
    """Return the SHA-256 of the whole logical state: units, records, claims, changes, events and the outbox.

    Two stores of any sort with equal digests answer every question equally. The tenant's name is left out, and so is
    what chance made: salts, and the hashes over them.

    >>> from crmcore.storage.memory import MemoryStore
    >>> logical_digest(MemoryStore(tenant="acme")) == logical_digest(MemoryStore(tenant="other"))
    True
    """
    digest = sha256()
    for table, row in store.state():
        told = [value for place, value in enumerate(row) if place not in BY_CHANCE.get(table, ())]
        digest.update(json.dumps([table, *told], ensure_ascii=True, separators=(",", ":")).encode("ascii"))
        digest.update(b"\n")
    return digest.hexdigest()
