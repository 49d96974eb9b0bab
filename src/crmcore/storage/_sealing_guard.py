"""What stands between a store and its tables: they are sealed, or in clear, and never used the wrong way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from crmcore.errors import KeyUnavailable
from crmcore.model.field import Sensitivity
from crmcore.storage._facts import Facts
from crmcore.storage._sealed_tables import LockedTables
from crmcore.system import system_entropy

if TYPE_CHECKING:
    from crmcore.model.record import Record
    from crmcore.ports import Entropy, Keyring
    from crmcore.storage._outbox_rows import OutboxTables
    from crmcore.storage._rows import Head, RecordRow, Tables, WritableTables
    from crmcore.storage._tenant_seals import TenantSeals
    from crmcore.storage.codec import Codec
    from crmcore.storage.sealing import Sealing

__all__ = ["ClearTenant", "at_rest", "found_by", "guarded", "opened"]

T = TypeVar("T", bound="Tables | OutboxTables")
R = TypeVar("R", bound="Record")
W = TypeVar("W", bound="WritableTables")


def guarded(
    sealing: Sealing | None, *, tenant: str, codec: Codec, entropy: Entropy
) -> tuple[ClearTenant | TenantSeals, Codec]:
    """Return the guard of a store, and its codec, which seals where it is to."""
    if sealing is None:
        return ClearTenant(tenant), codec
    from crmcore.storage._tenant_seals import TenantSeals

    seals = TenantSeals(sealing, tenant=tenant, entropy=entropy, codec=codec)
    return seals, codec.bound(seals)


def at_rest(tables: W, codec: Codec, keyring: Keyring | None, *, tenant: str) -> tuple[W, Codec]:
    """Return the tables of a tenant and the codec that reads them, whether they are sealed or not."""
    own = tables.tenant_key()
    if own is None:
        return tables, codec
    if keyring is None:
        raise KeyUnavailable(
            f"the records of tenant {tenant!r} are sealed; give migrate() the keyring, or its file to "
            "'crmcore db upgrade' with --keyring"
        )
    from crmcore.storage._tenant_seals import TenantSeals
    from crmcore.storage.sealing import Sealing

    sealing = Sealing(keyring, from_sensitivity=Sensitivity(own.subject_id))
    seals = TenantSeals(sealing, tenant=tenant, entropy=system_entropy, codec=codec)
    return seals.over(tables), codec.bound(seals)


def found_by(tables: Tables, codec: Codec, cls: type[R], row: RecordRow) -> tuple[R | None, Facts]:
    """Return a record and what it is found by: none and its id alone where its key was destroyed.

    Raises:
        KeyUnavailable: it cannot be opened although its key is there, as with another keyring.

    """
    record = opened(tables, codec, cls, row)
    if record is None:
        keys = codec.keys(cls)
        return None, Facts(keys, tuple(row.id if key == "id" else None for key in keys.one), {})
    return record, codec.facts(record)


def opened(tables: Tables, codec: Codec, cls: type[R], row: RecordRow) -> R | None:
    """Return a record, or None where its key was destroyed; raise KeyUnavailable as above."""
    try:
        return codec.decode(cls, row)
    except KeyUnavailable as error:
        known = tables.data_keys([error.key]).get(error.key)
        if not error.key or (known is not None and known.wrapped is not None):
            raise
        return None


class ClearTenant:
    """The guard of a store that was opened without sealing."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._is_clear = False

    def over(self, tables: T) -> T:
        """Return tables that refuse what would be answered wrongly if the tenant is sealed."""
        if self._is_clear:
            return tables
        if tables.tenant_key() is not None:
            return cast("T", LockedTables(tables, self._refusal))
        self._is_clear = tables.head_now() is not None  # sealing begins with the first unit, or never
        return tables

    def loading(self, tables: T) -> T:
        """Let the rows of another store in."""
        return tables

    def within(self, tables: WritableTables, head: Head) -> WritableTables:  # noqa: ARG002 - the other guard asks
        """Let a unit of work write in clear, unless the tenant is sealed."""
        if not self._is_clear and tables.tenant_key() is not None:
            raise self._refusal()
        return tables

    def _refusal(self) -> KeyUnavailable:
        return KeyUnavailable(
            f"the records of tenant {self._tenant!r} are sealed, and this store was opened without sealing; "
            "open it with sealing=Sealing(keyring)"
        )
