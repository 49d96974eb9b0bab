"""The machine's own clock, identifiers and randomness: the adapters of the ports Clock, NewId and Entropy."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import attrs

__all__ = ["SystemClock", "new_uuid7", "system_entropy"]


@attrs.frozen
class SystemClock:
    """Tells the time of the machine."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC.

        >>> SystemClock().now().utcoffset()
        datetime.timedelta(0)
        """
        return datetime.now(UTC)  # noqa: TID251 - this is the adapter that everything else takes the time from


def new_uuid7() -> str:
    """Return a fresh UUID of version 7 (RFC 9562): ids made later sort later, which keeps an index compact.

    >>> first, second = new_uuid7(), new_uuid7()
    >>> first < second, len(first), first[14]
    (True, 36, '7')
    """
    if sys.version_info >= (3, 14):
        from uuid import uuid7
    else:
        from uuid_utils import uuid7
    return str(uuid7())


def system_entropy(size: int) -> bytes:
    """Return *size* bytes that nobody can guess, from the operating system.

    >>> len(system_entropy(16))
    16
    """
    return os.urandom(size)
