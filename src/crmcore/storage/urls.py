"""Where a store is, written as one address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import InputError
from crmcore.storage._values import text_fault
from crmcore.system import system_entropy

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from crmcore.ports import Clock, Entropy
    from crmcore.query import Asking
    from crmcore.storage.codec import Codec
    from crmcore.storage.memory import MemoryStore
    from crmcore.storage.sealing import Sealing
    from crmcore.storage.sql.store import SqlStore

__all__ = ["is_postgres", "open_store", "sqlite_path"]

UNDERSTOOD = (
    "'sqlite:///crm.db' (a file beside the program), 'sqlite:////var/lib/crm.db' (a file from the root), "
    "'sqlite://' (SQLite in memory), 'postgresql+psycopg://user@host/database' and 'memory:' (plain memory)"
)
SCHEMES = ("sqlite", "sqlite+pysqlite")
POSTGRES = ("postgresql+psycopg", "postgresql", "postgres")


def open_store(
    url: str | Engine | Connection,
    *,
    tenant: str = "default",
    codec: Codec | None = None,
    timeout: float = 5.0,
    durability: str = "full",
    clock: Clock | None = None,
    entropy: Entropy = system_entropy,
    sealing: Sealing | None = None,
    asking: Asking | None = None,
) -> MemoryStore | SqlStore:
    """Open the store at an address.

    Args:
        url: ``sqlite:///crm.db``, ``sqlite://``, ``postgresql+psycopg://user@host/database`` or ``memory:``; or the
            host's own SQLAlchemy engine, or connection, see :class:`crmcore.storage.SqlStore`.
        tenant: whose records.
        codec: the kinds that it keeps; by default all of crmcore.model.
        timeout: seconds that a unit of work waits for another writer.
        durability: ``full`` or ``relaxed``, see :class:`crmcore.storage.SqlStore`.
        clock, entropy: where times and randomness come from; the machine's own by default.
        sealing: encrypts what is sensitive, see :mod:`crmcore.storage.sealing`; by default nothing is.
        asking: the places, scoring functions and segments that questions may name; see :class:`crmcore.query.Asking`.

    Raises:
        InputError: an address that is not understood.
        MissingExtra: a SQL database without the extra ``sql``.

    >>> open_store("memory:", tenant="acme").tenant
    'acme'
    >>> open_store("mysql://talent")
    Traceback (most recent call last):
    crmcore.errors.InputError: no store is known for 'mysql:' addresses; understood are: 'sqlite:///crm.db' (a file ...
    """
    if url == "memory:":
        from crmcore.storage.memory import MemoryStore

        return MemoryStore(
            tenant=tenant,
            codec=codec,
            timeout=timeout,
            clock=clock,
            entropy=entropy,
            sealing=sealing,
            asking=asking,
        )
    if isinstance(url, str) and not is_postgres(url):
        sqlite_path(url)
    from crmcore.storage.sql import SqlStore

    return SqlStore(
        url,
        tenant=tenant,
        codec=codec,
        timeout=timeout,
        durability=durability,
        clock=clock,
        entropy=entropy,
        sealing=sealing,
        asking=asking,
    )


def is_postgres(url: str) -> bool:
    """Say whether an address is that of a PostgreSQL server.

    >>> is_postgres("postgresql+psycopg://ada@db.example/talent"), is_postgres("sqlite:///crm.db")
    (True, False)
    """
    return url.partition("://")[0] in POSTGRES


def sqlite_path(url: str) -> str | None:
    """Return the file that a SQLite address names; None for memory.

    >>> sqlite_path("sqlite:///crm.db"), sqlite_path("sqlite:////var/crm.db"), sqlite_path("sqlite://")
    ('crm.db', '/var/crm.db', None)
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in SCHEMES:
        # Only the scheme is repeated: the rest of an address may hold a password.
        named = f"{scheme + colon!a} addresses" if colon else f"{url!a}, which is no address"
        raise InputError(f"no store is known for {named}; understood are: {UNDERSTOOD}")
    if rest in {"//", "///", "///:memory:"}:
        return None
    path = rest.removeprefix("///")
    if path == rest or "?" in path or path.startswith("file:") or text_fault(path):
        raise InputError(f"{url!a} names no file; understood are: {UNDERSTOOD}")
    return path
