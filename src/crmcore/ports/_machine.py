"""Sockets for what no function may take from the air: the time, ids, entropy, keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Clock", "Entropy", "Keyring", "NewId"]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class NewId(Protocol):
    """Makes identifiers that no other record has."""

    def __call__(self) -> str:
        """Return one that was never returned before."""
        ...


class Entropy(Protocol):
    """Makes bytes that nobody can guess."""

    def __call__(self, size: int, /) -> bytes:
        """Return *size* bytes."""
        ...


class Keyring(Protocol):
    """Holds keys that wrap other keys and never leave it: a file, a key management service, a hardware module.

    It goes on knowing every key that something may still be wrapped with. All its failures are KeyUnavailable.
    """

    def current(self, tenant: str) -> str:
        """Return the id of the key that new data keys of the tenant are to be wrapped with; 1 to 200 letters."""
        ...

    def wrap(self, secret: bytes, *, tenant: str, using: str, context: bytes) -> bytes:
        """Return the 32 bytes of a data key encrypted with the key of that id, bound to the tenant and the context.

        A context belongs to one secret only: it is never given with another one.
        """
        ...

    def unwrap(self, wrapped: bytes, *, tenant: str, using: str, context: bytes) -> bytes:
        """Return the data key, exactly as it was given; raise KeyUnavailable where tenant, id or context differ."""
        ...
