"""Records in memory: a real store, with the same laws as the others, that ends with its process."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock, RLock
from typing import TYPE_CHECKING, ClassVar

from crmcore.errors import NotEmpty, StoreUnavailable
from crmcore.storage._memory_loading import LoadedTables
from crmcore.storage._memory_outbox import MemoryOutboxTables
from crmcore.storage._memory_tables import Draft, MemoryTables
from crmcore.storage._store import TenantStore
from crmcore.storage.kinds import model_codec
from crmcore.system import SystemClock, system_entropy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.ports import Clock, Entropy, StoreCapability
    from crmcore.query import Asking
    from crmcore.storage._outbox_rows import OutboxTables
    from crmcore.storage._rows import LoadableTables, Tables, WritableTables
    from crmcore.storage.codec import Codec
    from crmcore.storage.sealing import Sealing

__all__ = ["MemoryStore"]


class MemoryStore(TenantStore):
    """Keeps the records of one tenant in memory.

    >>> from typing import ClassVar
    >>> from crmcore.model.record import Record
    >>> from crmcore.storage.codec import Codec
    >>> class Tag(Record):
    ...     kind: ClassVar[str] = "tag"
    ...     label: str
    >>> store = MemoryStore(codec=Codec([Tag]))
    >>> with store.unit(actor="ada") as unit:
    ...     unit.put(Tag(id="t-1", label="python"))
    Tag(id='t-1', version=1, label='python')
    >>> store.get(Tag, "t-1").label
    'python'
    """

    capabilities: ClassVar[frozenset[StoreCapability]] = frozenset()

    def __init__(
        self,
        *,
        tenant: str = "default",
        codec: Codec | None = None,
        timeout: float = 5.0,
        clock: Clock | None = None,
        entropy: Entropy = system_entropy,
        sealing: Sealing | None = None,
        asking: Asking | None = None,
    ) -> None:
        """Begin empty.

        Args:
            tenant: whose records.
            codec: the kinds that it keeps; by default all of crmcore.model.
            timeout: seconds that a unit of work waits for another thread's to end.
            clock, entropy: where times and randomness come from; the machine's own by default.
            sealing: encrypts what is sensitive; by default nothing is.
            asking: the places, scoring functions and segments that questions may name.

        """
        super().__init__(
            tenant=tenant,
            codec=model_codec() if codec is None else codec,
            clock=clock or SystemClock(),
            entropy=entropy,
            sealing=sealing,
            asking=asking,
        )
        self._timeout = timeout
        self._tables = MemoryTables()
        self._writer = Lock()
        self._gate = RLock()

    @contextmanager
    def _reading(self, *, snapshot: bool) -> Iterator[Tables]:  # noqa: ARG002 - the gate makes every reading one
        with self._gate:
            yield self._tables

    @contextmanager
    def _writing(self) -> Iterator[WritableTables]:
        with self._alone():
            draft = Draft(self._tables)
            yield draft
            with self._gate:
                try:
                    draft.publish()
                except BaseException:  # Ctrl-C between two steps: what is half published would stay half
                    draft.publish()
                    raise

    @contextmanager
    def _loading(self) -> Iterator[LoadableTables]:
        with self._alone():
            loaded = LoadedTables(self._tables)
            yield loaded
            with self._gate:
                if not loaded.is_wanted():
                    raise NotEmpty(self._tenant)
                self._tables = loaded

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._writer.acquire(timeout=self._timeout):
            raise StoreUnavailable(f"another unit of work held the store for more than {self._timeout:g} s; try again")
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _delivering(self, *, writes: bool) -> Iterator[OutboxTables]:  # noqa: ARG002 - the gate makes both one
        with self._gate:
            tables = MemoryOutboxTables(self._tables)
            try:
                yield tables
            except BaseException:
                try:
                    tables.undo()
                except BaseException:  # Ctrl-C between two steps: what is half undone would stay half
                    tables.undo()
                    raise
                raise

    def _release(self) -> None:
        self._tables = MemoryTables()
