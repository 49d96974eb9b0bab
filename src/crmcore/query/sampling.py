"""Division of records into buckets that is the same for ever, on any machine: by the id and a salt, never by chance."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

__all__ = ["bucket", "mixed", "salted", "seed_of"]

_64_BITS = (1 << 64) - 1


def bucket(id: str, *, salt: str, of: int) -> int:  # noqa: A002 - the field's own name
    """Return the bucket of a record, 0 up to *of*.

    >>> [bucket(f"c-{number}", salt="spring", of=4) for number in range(8)]
    [1, 0, 0, 2, 0, 1, 2, 0]
    """
    return mixed(seed_of(id) ^ salted(salt)) % of


def seed_of(id: str) -> int:  # noqa: A002 - the field's own name
    """Return the 64 bits that stand for an id: BLAKE2b of its UTF-8."""
    return int.from_bytes(blake2b(id.encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=256)
def salted(salt: str) -> int:
    """Return the 64 bits that stand for a salt."""
    return seed_of(f"salt {salt}")


def mixed(state: int) -> int:
    """Return 64 well-mixed bits: the finaliser of splitmix64, which arrays of 64-bit integers can do too."""
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _64_BITS
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _64_BITS
    return state ^ (state >> 31)
