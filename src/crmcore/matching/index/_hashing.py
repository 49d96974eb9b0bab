"""The numbers of `encoding.strings`, one text at a time: what arrays pay for a million texts is too much for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.matching.encoding.strings import ENCODING, GOLDEN, LEAF, MIX, Strings, hash64

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["WORD", "hash_of", "stirred"]

WORD = (1 << 64) - 1


def stirred(x: int) -> int:
    """Return what `mixed` makes of one number."""
    x = x * MIX & WORD
    x ^= x >> 32
    x = x * MIX & WORD
    return x ^ x >> 29


def hash_of(text: str) -> int:
    """Return what `hash64` makes of one text.

    >>> hash_of("Ada")
    16464477324130748881
    """
    data = text.encode(*ENCODING)
    if len(data) > LEAF:
        return _hashed_as_many([text])
    hashed = (len(data) + 1) * GOLDEN & WORD
    for at in range(0, len(data), 8):
        hashed = stirred(hashed ^ int.from_bytes(data[at : at + 8], "little"))
    return hashed + (hashed == 0)


def _hashed_as_many(texts: Sequence[str]) -> int:
    return int(hash64(Strings.of(texts))[0])
