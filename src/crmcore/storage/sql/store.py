"""A store in a SQL database."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, cast

from crmcore.errors import OutcomeUnknown, StoreError, StoreUnavailable
from crmcore.ports import StoreCapability
from crmcore.query.words import WORDS
from crmcore.storage._reading import Wish, line_up
from crmcore.storage._rows import Question
from crmcore.storage._store import TenantStore
from crmcore.storage.kinds import model_codec
from crmcore.storage.sql._database import Database, open_database
from crmcore.storage.sql._errors import is_lost, is_theirs, translate, translated
from crmcore.storage.sql._outbox_tables import SqlOutboxTables
from crmcore.storage.sql._tables import SqlTables, WritableSqlTables
from crmcore.storage.sql._word_index import is_indexed
from crmcore.storage.sql.projection import Projection
from crmcore.system import SystemClock, system_entropy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

    from crmcore.model.record import Record
    from crmcore.ports import Clock, Entropy
    from crmcore.query import Asking, Expression
    from crmcore.storage._outbox_rows import OutboxTables
    from crmcore.storage._rows import LoadableTables, Tables, UnitRow
    from crmcore.storage.codec import Codec
    from crmcore.storage.sealing import Sealing
    from crmcore.storage.sql.explaining import QueryPlan

__all__ = ["SqlStore"]


class SqlStore(TenantStore):
    """Keeps the records of one tenant in SQLite or PostgreSQL; several tenants and processes may share the database.

    A unit of work holds off the other units of its tenant from its beginning to its end (in a SQLite file, those of all
    tenants), so whatever it reads stays true. Readers never wait. A commit is on the disk when the block is left.

    >>> store = SqlStore("sqlite://")
    >>> store.tenant
    'default'
    >>> store.close()
    """

    def __init__(
        self,
        where: str | Engine | Connection,
        *,
        tenant: str = "default",
        codec: Codec | None = None,
        timeout: float = 5.0,
        durability: str = "full",
        clock: Clock | None = None,
        entropy: Entropy = system_entropy,
        sealing: Sealing | None = None,
        asking: Asking | None = None,
    ) -> None:
        """Open the database, and make the tables if it is new.

        Args:
            where: ``sqlite:///crm.db`` (a file beside the program), ``sqlite:////var/crm.db`` (from the root),
                ``sqlite://`` (in memory), ``postgresql+psycopg://user@host/database``; or the host's own engine, which
                stays the host's to close; or the host's connection, whose transaction the host commits.
            tenant: whose records.
            codec: the kinds that it keeps; by default all of crmcore.model.
            timeout: seconds that a unit of work waits for another writer.
            durability: ``full``, or ``relaxed``: commits are quicker, and the last of them may be lost when the power
                fails (not when the process is killed); what is left is never half of a unit.
            clock, entropy: where times and randomness come from; the machine's own by default.
            sealing: encrypts what is sensitive; by default nothing is.
            asking: the places, scoring functions and segments that questions may name.

        Raises:
            InputError: not such an address.
            SchemaMismatch: something else's database, or a newer crmcore's; it is left as it is.
            SchemaOutdated: an older crmcore's; :func:`crmcore.storage.sql.migrate` brings it up.
            StoreUnavailable: it cannot be opened.

        """
        codec = model_codec() if codec is None else codec
        super().__init__(
            tenant=tenant,
            codec=codec,
            clock=clock or SystemClock(),
            entropy=entropy,
            sealing=sealing,
            asking=asking,
        )
        self._projection = _projection_of(codec.origin)  # without the keys of this store, because it outlives it
        self._timeout = timeout
        self._database: Database = open_database(where, timeout=timeout, durability=durability)
        self._only_connection = Lock() if self._database.is_one_connection else None
        try:
            self._database.prepare(self._projection)
            self._indexes_words = self._has_word_index()
        except BaseException:
            self._database.release()
            raise

    @property
    def capabilities(self) -> frozenset[StoreCapability]:
        """What it can do beyond the port; whether commits are durable is asked of the database."""
        can = {
            StoreCapability.DURABLE: self._database.is_durable,
            StoreCapability.SHARED: not self._database.is_one_connection,
            StoreCapability.WORD_INDEX: self._indexes_words,
        }
        return frozenset(capability for capability, holds in can.items() if holds)

    def explain(
        self,
        kind: type[Record],
        where: Expression | None = None,
        *,
        words: str = "",
        order_by: str | Sequence[str] = (),
        limit: int = 100,
    ) -> QueryPlan:
        """Return how :meth:`find` would find the records: the statement, the database's plan, what is left to judge.

        >>> from crmcore.model import ContactRecord
        >>> from crmcore.query import F
        >>> with SqlStore("sqlite://") as store:
        ...     told = store.explain(ContactRecord, F.skills.any(name="python"))
        >>> [index for index in told.indexes if "skill" in index], told.remainder
        (['ix_crm_contact__skills_tenant_skill~begins_id_skill'], ())
        """
        order = line_up(self._codec, kind, order_by, limit)
        plain = Wish.of(self._codec, kind, where, asking=self._asking, now=self._clock.now()).plain
        question = Question(plain, order, self._codec.words(kind, words), None, limit)
        with self._reader(kind) as tables:
            told: QueryPlan = cast("SqlTables", tables).explain(kind.kind, question)
        return told

    def left_to_judge(self, kind: type[Record], where: Expression | None = None) -> int:
        """Return how many records are judged in this process when all are asked for; 0 where SQL says everything."""
        plain = Wish.of(self._codec, kind, where, asking=self._asking, now=self._clock.now()).plain
        with self._reader(kind) as tables:
            return cast("SqlTables", tables).left_to_judge(kind.kind, Question(plain, (), (), None, 1))

    def _has_word_index(self) -> bool:
        searched = [tables.children[WORDS] for tables in self._projection if WORDS in tables.children]
        with self._alone(), self._database.reading(snapshot=False) as connection, translated(self._database.name):
            return bool(searched) and all(is_indexed(connection, table) for table in searched)

    @contextmanager
    def _reading(self, *, snapshot: bool) -> Iterator[Tables]:
        with self._alone(), self._database.reading(snapshot=snapshot) as connection:
            yield SqlTables(connection, tenant=self._tenant, where=self._database.name, projection=self._projection)

    @contextmanager
    def _writing(self) -> Iterator[WritableSqlTables]:
        with self._alone():
            with self._writing_tables() as (connection, tables):
                yield tables
                lost = self._commit(connection)
            if lost is not None:
                self._settle(tables.finished, lost)

    def _loading(self) -> AbstractContextManager[LoadableTables]:
        return self._writing()

    @contextmanager
    def _writing_tables(self) -> Iterator[tuple[Connection, WritableSqlTables]]:
        with self._database.writing() as connection:
            yield (
                connection,
                WritableSqlTables(
                    connection, tenant=self._tenant, where=self._database.name, projection=self._projection
                ),
            )

    @contextmanager
    def _delivering(self, *, writes: bool) -> Iterator[OutboxTables]:
        name, lost = self._database.name, None
        with self._alone():
            with self._database.writing() if writes else self._database.reading(snapshot=False) as connection:
                yield SqlOutboxTables(connection, tenant=self._tenant, where=name, projection=self._projection)
                if writes:
                    lost = self._commit(connection)
            if lost is not None:
                raise OutcomeUnknown(
                    f"{name}: the connection was lost while the outbox was being written; go on: what was not settled "
                    "is handed out again when its lease runs out"
                ) from lost

    def _commit(self, connection: Connection) -> Exception | None:
        """Commit; return the error where the connection was lost, so that nobody knows whether it was done."""
        try:
            self._database.commit(connection)
        except Exception as error:
            if is_lost(error):
                return error
            if is_theirs(error):
                raise translate(error, self._database.name) from error
            raise
        return None

    def _settle(self, unit: UnitRow | None, lost: Exception) -> None:
        """Find out whether a unit was committed whose connection was lost meanwhile.

        Taking the tenant's row waits until the server has done with the lost connection, whatever it did.
        """
        name = self._database.name
        try:
            with self._writing_tables() as (_, tables):
                tables.begin(b"")
                found = None if unit is None else tables.units_at({unit.number}).get(unit.number)
        except StoreError as error:
            raise OutcomeUnknown(
                f"{name}: the connection was lost during the commit, and the database cannot be asked now ({error}); "
                "begin the unit again with the same key: AlreadyDone then says that it was committed"
            ) from lost
        if found is None or unit is None or found.hash != unit.hash:
            raise StoreUnavailable(f"{name}: the connection was lost; nothing was written; try again") from lost

    def _alone(self) -> AbstractContextManager[None]:
        return nullcontext() if self._only_connection is None else self._turn(self._only_connection)

    @contextmanager
    def _turn(self, lock: Lock) -> Iterator[None]:
        if not lock.acquire(timeout=self._timeout):
            raise StoreUnavailable(
                f"{self._database.name}: another thread held it for more than {self._timeout:g} s; try again"
            )
        try:
            yield
        finally:
            lock.release()

    def _release(self) -> None:
        self._database.release()


@lru_cache(maxsize=32)
def _projection_of(codec: Codec) -> Projection:
    """Return the tables of a codec's kinds; made once, because hosts open a store for each request."""
    return Projection(codec)
