"""One hash of everything that a store keeps: the oracle for dry runs, killed imports, moves and backups."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from crmcore.storage._rows import ChangeRow, EventRow, RecordRow, UnitRow

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["StateDigest", "Stateful", "logical_digest"]

BY_CHANCE: dict[str, frozenset[int]] = {
    "unit": frozenset({UnitRow._fields.index("hash")}),
    "record": frozenset({RecordRow._fields.index("salt")}),
    "change": frozenset({ChangeRow._fields.index("digest")}),
    "event": frozenset({EventRow._fields.index("salt"), EventRow._fields.index("digest")}),
}
"""Where in the rows of a table stands what two equal histories differ in."""

_NONE: frozenset[int] = frozenset()
_line = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


@runtime_checkable
class Stateful(Protocol):
    """A store that can give its whole state, row by row in one fixed order."""

    def state(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield (table, row) for all that is kept, as of one moment."""
        ...


class StateDigest:
    """Takes in the rows of a state, in their order.

    >>> digest = StateDigest()
    >>> digest.add("consumer", ("mailer", 7, 1))
    >>> digest.hexdigest()[:8]
    'e1db24b1'
    """

    def __init__(self) -> None:
        """Begin with an empty state."""
        self._hash = sha256()

    def add(self, table: str, row: tuple[object, ...]) -> None:
        """Take in a row, without what chance made of it."""
        chance = BY_CHANCE.get(table, _NONE)
        told = [value for place, value in enumerate(row) if place not in chance]
        self._hash.update(_line([table, *told]).encode("ascii"))
        self._hash.update(b"\n")

    def hexdigest(self) -> str:
        """Return the SHA-256 of all rows so far."""
        return self._hash.hexdigest()


def logical_digest(store: Stateful) -> str:
    """Return the SHA-256 of the whole logical state: units, records, claims, changes, events and the outbox.

    Two stores of any sort with equal digests answer every question equally. The tenant's name is left out, and so is
    what chance made: salts, and the hashes over them.

    >>> from crmcore.storage.memory import MemoryStore
    >>> logical_digest(MemoryStore(tenant="acme")) == logical_digest(MemoryStore(tenant="other"))
    True
    """
    digest = StateDigest()
    for table, row in store.state():
        digest.add(table, row)
    return digest.hexdigest()
