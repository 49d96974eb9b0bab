"""Hashes that make the history of a tenant one chain: who changes a link, breaks it.

Every change and every event has a digest of its content, keyed by random bytes that lie beside the content. A unit's
hash is taken over the unit, the digests of all that it wrote, and the hash of the unit before. Content can be erased,
its key with it, and the chain still verifies; nobody can then try out what the content was.
"""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcore.storage._rows import ChangeRow, EventRow, UnitRow

__all__ = ["SALT", "UnitHash", "content_digest"]

SALT = 16
"""Random bytes that key the digests of one record's content."""

_line = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


def content_digest(salt: str, payload: str | None, schema_version: int = 0) -> str:
    """Return the HMAC-SHA256 of a payload and how it is to be read, in hex; a removal has an empty payload.

    >>> content_digest("00", '{"name":"Ada"}', 1)[:16]
    '063e7e0e4eff918b'
    """
    return hmac.digest(bytes.fromhex(salt), f"{schema_version} {payload or ''}".encode(), "sha256").hex()


class UnitHash:
    """Takes in what one unit wrote, in the order of the numbers."""

    def __init__(self, previous: str) -> None:
        """Begin after the unit with that hash; "" for the first."""
        self._previous = previous
        self._changes = sha256()
        self._events = sha256()

    def add_change(self, row: ChangeRow) -> None:
        """Take in a change."""
        line = _line([row.seq, row.kind, row.id, row.version, row.action, row.digest])
        self._changes.update(line.encode("ascii"))

    def add_event(self, row: EventRow) -> None:
        """Take in an event."""
        line = _line([row.seq, row.id, row.type, row.subject_kind, row.subject_id, row.digest])
        self._events.update(line.encode("ascii"))

    def of(self, unit: UnitRow) -> str:
        """Return the hash of the unit that wrote it all; the hash that the row carries does not count."""
        content = [self._previous, *unit[:-1], self._changes.hexdigest(), self._events.hexdigest()]
        return sha256(_line(content).encode("ascii")).hexdigest()
