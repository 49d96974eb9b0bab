"""One database of people."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self, TypeVar, cast

import attrs

from crmcore.app._collecting import collecting_later
from crmcore.app._dedupe import silent
from crmcore.app._importing import planned, read, written
from crmcore.app._intakes import Wishes, unheard
from crmcore.app._merging import Merging
from crmcore.errors import InputError
from crmcore.model.contact import ContactRecord
from crmcore.query import Asking
from crmcore.storage import logical_digest, model_codec, open_store
from crmcore.storage.digest import Stateful
from crmcore.sync.survivorship import Precedence
from crmcore.system import SystemClock, new_uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from types import TracebackType

    from sqlalchemy import Connection, Engine

    from crmcore.hygiene.roles import Role
    from crmcore.model.custom import CustomField
    from crmcore.model.record import Record
    from crmcore.ports import (
        Clock,
        Keyring,
        NewId,
        Outbox,
        Page,
        Store,
        StoredChange,
        UnitOfWork,
    )
    from crmcore.query import Expression
    from crmcore.storage import MemoryStore, SqlStore
    from crmcore.storage.backup import BackupReport
    from crmcore.storage.sealing import Sealing
    from crmcore.storage.sql import Migrated
    from crmcore.sync.plan import ImportPlan

    Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
    Notice = Callable[[str], None]
    Progress = Callable[[str, int, int | None], None]

__all__ = ["CRM"]

R = TypeVar("R", bound="Record")


@attrs.frozen(kw_only=True, eq=False)
class CRM(Merging):
    """One tenant's people, and what one does with them.

    Of the verbs of hiring each is one unit of work. A record may be handed in as it was read, or as its id: as it was
    read, it is refused with Conflict where somebody else has changed it since; by its id, it is read anew. `actor` is
    who does it, `reason` why, and `at` when it happened, where that is not now: what is told late is put where it
    occurred. What cannot be done raises IllegalStep with what can.

    Attributes:
        name: the database, as people call it.
        store: where the records live.
        clock, new_id: where times and ids come from.
        precedence: which of several values survives.

    """

    name: str
    store: Store
    clock: Clock
    new_id: NewId

    @classmethod
    def open(
        cls,
        url: str | Engine | Connection,
        *,
        tenant: str = "default",
        timeout: float = 5.0,
        durability: str = "full",
        clock: Clock | None = None,
        new_id: NewId | None = None,
        precedence: Precedence | None = None,
        sealing: Sealing | None = None,
        asking: Asking | None = None,
        custom_fields: Iterable[CustomField] = (),
    ) -> Self:
        """Open a database; it is made if it is not there.

        Args:
            url: ``sqlite:///crm.db`` (a file), ``postgresql+psycopg://user@host/database``, or ``memory:``; or the
                host's own SQLAlchemy engine, which it closes itself, or connection, whose transaction it ends itself.
            tenant: whose people.
            timeout: seconds that a unit of work waits for another writer.
            durability: ``full``, or ``relaxed``, see :class:`crmcore.storage.SqlStore`.
            clock, new_id: the machine's own by default.
            precedence: the order of trust and the rules of survivorship.
            sealing: encrypts what is sensitive, see :mod:`crmcore.storage.sealing`; by default nothing is.
            asking: the places, scoring functions and segments that questions may name.
            custom_fields: the definitions of those that records can be asked by, as ``F["custom.<key>"]``.

        Raises:
            InputError: an address that is not understood.
            StoreError: it cannot be opened.

        """
        clock, defined = clock or SystemClock(), tuple(custom_fields)
        return cls(
            name=_name_of(url),
            store=open_store(
                url,
                tenant=tenant,
                codec=model_codec().with_custom(defined),
                clock=clock,
                timeout=timeout,
                durability=durability,
                sealing=sealing,
                asking=asking,
            ),
            clock=clock,
            new_id=new_id or new_uuid7,
            precedence=precedence or Precedence(),
            asking=asking or Asking(),
            custom_fields=defined,
        )

    @classmethod
    def restore(
        cls,
        path: str | os.PathLike[str],
        url: str,
        *,
        tenant: str | None = None,
        timeout: float = 5.0,
        durability: str = "full",
        sealing: Sealing | None = None,
        clock: Clock | None = None,
        new_id: NewId | None = None,
        precedence: Precedence | None = None,
        asking: Asking | None = None,
        custom_fields: Iterable[CustomField] = (),
    ) -> Self:
        """Fill an empty tenant with a backup, all of it or nothing, and open it.

        Args:
            path: the backup.
            url: where it goes, see :meth:`open`; a file that is not there is made.
            tenant: whose people they become; by default of the tenant that was backed up.
            timeout, durability, sealing, clock, new_id, precedence, asking, custom_fields: see :meth:`open`.

        Raises:
            UnreadableFile, BackupDamaged, SchemaMismatch: the backup cannot be used; the target was not touched.
            NotEmpty: something is kept there already; nothing was touched.

        """
        from crmcore.storage.backup import read_manifest, restore

        made_of = read_manifest(path).tenant  # before the target is touched
        crm = cls.open(
            url,
            tenant=tenant or made_of,
            timeout=timeout,
            durability=durability,
            clock=clock,
            new_id=new_id,
            precedence=precedence,
            sealing=sealing,
            asking=asking,
            custom_fields=custom_fields,
        )
        try:
            restore(path, cast("MemoryStore | SqlStore", crm.store))
        except BaseException:
            crm.close()
            raise
        return crm

    @staticmethod
    def migrate(
        where: str | Engine | Connection,
        *,
        keyring: Keyring | None = None,
        timeout: float = 600.0,
        clock: Clock | None = None,
    ) -> Migrated:
        """Bring a database of an older crmcore up to this one, see :func:`crmcore.storage.sql.migrate`."""
        from crmcore.storage.sql import migrate

        return migrate(where, keyring=keyring, timeout=timeout, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the database."""
        self.store.close()

    def unit(
        self,
        *,
        actor: str,
        reason: str = "",
        source: str = "",
        key: str | None = None,
        occurred_at: datetime | None = None,
    ) -> AbstractContextManager[UnitOfWork]:
        """Begin changes that become visible together, or not at all, see :meth:`crmcore.ports.Store.unit`."""
        return self.store.unit(actor=actor, reason=reason, source=source, key=key, occurred_at=occurred_at)

    def get(self, kind: type[R], id: str) -> R:  # noqa: A002 - the field's own name
        """Return the record; raise NotFound."""
        return self.store.get(kind, id)

    def find(
        self,
        kind: type[R],
        where: Expression | None = None,
        *,
        words: str = "",
        order_by: str | Sequence[str] = (),
        limit: int = 100,
        after: str | None = None,
    ) -> Page[R]:
        """Return one page of the records for which *where* is true, see :meth:`crmcore.ports.Reader.find`."""
        return self.store.find(kind, where, words=words, order_by=order_by, limit=limit, after=after)

    def contacts(self) -> Iterator[ContactRecord]:
        """Yield every contact, in the order of their ids."""
        return self.store.stream(ContactRecord)

    def changes(
        self,
        kind: type[Record] | None = None,
        id: str | None = None,  # noqa: A002 - the field's own name
        *,
        after: int = 0,
    ) -> Iterator[StoredChange]:
        """Yield who changed which record, removals too, past number *after*: the feed for whoever keeps a copy."""
        return self.store.history.changes(kind, id, after=after)

    @property
    def outbox(self) -> Outbox:
        """The events that wait for consumers, such as webhooks, see :class:`crmcore.ports.Outbox`."""
        return self.store.outbox

    @collecting_later()
    def plan_import(
        self,
        paths: Paths,
        *,
        source: str | None = None,
        columns: Mapping[str, Role | str] | None = None,
        region: str | None = None,
        currency: str | None = None,
        day_first: bool | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
        sheet: str | int | None = None,
        progress: Progress | None = None,
        notice: Notice | None = None,
    ) -> ImportPlan:
        """Read, map, clean and match; write nothing.

        Args:
            paths: one file or several.
            source: what provenance calls the origin; by default each file's name, with the folders that tell it from
                another of that name.
            columns: column -> role, where the guess would be wrong; a column may stand in some of the files only.
            region: ISO code of the country of phone numbers that name none; its cities, too, are meant first
            currency: ISO code of the currency of salaries that name none.
            day_first: whether 03/04/2019 is in April; by default each column tells, or it stays open.
            encoding, delimiter, sheet: how to read the files, where the guess would be wrong; each holds for the files
                that have such a thing.
            progress: called with (phase, done, total or None).
            notice: called with a sentence on how each file is read, and with what one should know about it.

        Raises:
            UnreadableFile: a file cannot be read as a table.
            UnknownColumn: *columns* names a column that is in none of the files.
            InputError: a role, region, currency or source that is none.

        """
        wishes = Wishes(
            columns=columns or {},
            region=region,
            currency=currency,
            day_first=day_first,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
        )
        files = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        tell, notice = progress or silent, notice or unheard
        intakes = read(
            files,
            source=source,
            wishes=wishes,
            new_id=self.new_id,
            tell=tell,
            notice=notice,
            places=self.asking.places,
        )
        return planned(intakes, store=self.store, precedence=self.precedence)

    @collecting_later()
    def commit(self, plan: ImportPlan, *, actor: str = "import") -> str:
        """Write what the plan says, all of it or nothing; return the id of the import run.

        Raises:
            StalePlan: a record was changed since the plan was made; nothing was written.

        """
        return written(plan, store=self.store, clock=self.clock, new_id=self.new_id, actor=actor)

    def backup(self, path: str | os.PathLike[str]) -> BackupReport:
        """Write all that the tenant has to one file, as of one moment, see :func:`crmcore.storage.backup.backup`.

        Raises:
            UnwritableFile: a full disk, or no right to write; an older backup stays.

        """
        from crmcore.storage.backup import TenantState, backup

        if not isinstance(self.store, TenantState):
            raise InputError(f"a {type(self.store).__name__} does not tell its state, so it cannot be backed up")
        return backup(self.store, path, clock=self.clock)

    def logical_digest(self) -> str:
        """Return one hash of all that the tenant has, equal for equal states on any store."""
        if not isinstance(self.store, Stateful):
            raise InputError(f"a {type(self.store).__name__} does not tell its state, so it has no digest")
        return logical_digest(self.store)

    def report(self) -> str:
        """Return what the database holds as one self-contained HTML page."""
        from crmcore.app._database_view import view_of
        from crmcore.reports import render_database_report

        return render_database_report(view_of(self.name, self.store))


def _name_of(url: str | Engine | Connection) -> str:
    if not isinstance(url, str):
        return str(getattr(getattr(url, "engine", None), "url", type(url).__qualname__)).rpartition("/")[2]
    return url.rpartition("/")[2].partition("?")[0] or url.partition(":")[0]
