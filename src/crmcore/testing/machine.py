"""A machine that does the same random things to your store and to the memory store, and compares every answer.

Two lines in a test module, beside the :class:`~crmcore.testing.StoreSuite`; pytest runs them (needs hypothesis)::

    def open_mine(tenant, clock):
        return MyStore(..., codec=SUITE_CODEC, tenant=tenant, clock=clock)

    TestMineLikeMemory = store_machine(open_mine, sequences=200).TestCase

The memory store is taken to be right. Answers, their order, pages, errors (type, message, attributes), history, past
states and, where both have one, the digest of everything must be equal. A difference is shrunk to the shortest sequence
that shows it, and printed as a program.

>>> from crmcore.storage import MemoryStore
>>> from crmcore.testing.stores import SUITE_CODEC
>>> def open_mine(tenant, clock):
...     return MemoryStore(codec=SUITE_CODEC, tenant=tenant, clock=clock)
>>> machine = store_machine(open_mine, sequences=3)
>>> machine.TestCase("runTest").runTest()
>>> machine.tally["sequences"] >= 3
True
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from crmcore.errors import MissingExtra

try:
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
except ImportError as error:
    raise MissingExtra("do random things to a store", "testing") from error

import attrs

from crmcore.ports import StoreCapability
from crmcore.storage.digest import logical_digest
from crmcore.storage.memory import MemoryStore
from crmcore.testing._machine_draws import IDS, INSTANTS, KINDS, START
from crmcore.testing._machine_steps import (
    FIRST,
    STEPS,
    Find,
    Step,
    Stream,
    Undone,
    Versions,
    answer,
    finds,
    paged,
    streams,
    take,
)
from crmcore.testing._store_records import SUITE_CODEC
from crmcore.testing.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from crmcore.model.record import Record
    from crmcore.ports import Clock, Store

__all__ = ["OpenStore", "StoreMachine", "store_machine"]


class OpenStore(Protocol):
    """Opens the store under test."""

    def __call__(self, tenant: str, clock: Clock, /) -> Store:
        """Open the records of that tenant; it is new, or its store was closed and is to be opened again."""
        ...


@attrs.frozen
class Work:
    """One unit of work, some seconds after what was before; the clock may also have gone back."""

    seconds: int
    steps: tuple[Step, ...]
    key: str | None
    occurred_at: datetime | None
    source: str
    undone: bool


_works = st.builds(
    Work,
    st.sampled_from((0, 0, 1, 3_600, 86_400, -7_200)),
    st.lists(STEPS, min_size=1, max_size=6).map(tuple),
    st.sampled_from((None, None, None, "k-1", "k-2", "K-1")),
    st.sampled_from((None, None, None, *INSTANTS)),
    st.sampled_from(("", "files/ü.csv")),
    st.sampled_from((False, False, False, False, True)),
)
_kinds = st.sampled_from((None, *KINDS))
_ids = st.sampled_from((*(None,) * len(IDS), *IDS))
_numbers = st.sampled_from((0, 0, 0, -1, 1, 2, 5, 12))
_tenants = count(1)


class StoreMachine(RuleBasedStateMachine):
    """Does everything to the memory store and to those under test; made by :func:`store_machine`."""

    opening: ClassVar[tuple[OpenStore, ...]] = ()
    tally: ClassVar[Counter[str]] = Counter()
    """How many ``sequences`` ran, and of how many ``operations`` they consisted; those of shrinking count too."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.tenant = f"machine-{next(_tenants)}"
        self.memory = MemoryStore(codec=SUITE_CODEC, tenant=self.tenant, clock=self.clock)
        self.stores: list[Store] = [self.memory]
        self.pages: list[tuple[Find, list[str | None]]] = []
        self.stores += [opening(self.tenant, self.clock) for opening in self.opening]

    @initialize(first=st.lists(FIRST, min_size=3, max_size=12).map(tuple), works=st.lists(_works, max_size=2))
    def begin(self, first: tuple[Step, ...], works: list[Work]) -> None:
        """Put some cards into the empty store, and do some units of work."""
        self.work([Work(0, first, None, None, "", undone=False), *works])

    @rule(works=st.lists(_works, min_size=1, max_size=3))
    def go_on(self, works: list[Work]) -> None:
        """Do some more; twice in the list of rules, so that it comes twice as often."""
        self.work(works)

    @rule(works=st.lists(_works, min_size=1, max_size=3))
    def work(self, works: list[Work]) -> None:
        """Do some units of work, one after the other."""
        for work in works:
            self.clock.advance(seconds=work.seconds)
            versions = {
                (cls, id_): trail[-1].change.version
                for cls in KINDS
                for id_ in IDS
                if (trail := self.memory.history.versions(cls, id_))
            }
            self.tally["operations"] += len(work.steps) + 1
            self._same(lambda store: _done(store, work, versions), work)  # noqa: B023 - called at once

    @rule(find=finds())
    def find(self, find: Find) -> None:
        """Ask a question, and keep the page open for later."""
        after: list[str | None] = [None] * len(self.stores)
        self._turn(find, after)

    @rule(at=st.integers(0, 3), leap=st.sampled_from((False, False, False, True)))
    def turn_a_page(self, at: int, leap: bool) -> None:
        """Go on with a question that was asked before, whatever was written since; or with another one's cursor."""
        if self.pages:
            find, after = self.pages.pop(at % len(self.pages))
            other = self.pages[-1][0] if leap and self.pages else find
            self._turn(other, after)

    @rule(find=finds(), work=_works)
    def write_between_pages(self, find: Find, work: Work) -> None:
        """Ask a question, write, and turn the page."""
        self.find(find)
        self.work([work])
        self.turn_a_page(at=len(self.pages) - 1, leap=False)

    @rule(stream=streams())
    def stream(self, stream: Stream) -> None:
        """Read all records."""
        self._same(lambda store: list(store.stream(stream.cls, stream.where, after=stream.after)), stream)

    @rule(cls=_kinds, id_=_ids, after=_numbers)
    def follow(self, cls: type[Record] | None, id_: str | None, after: int) -> None:
        """Read one record and all its versions, the feed of changes, the events and the units."""
        if cls is not None and id_ is not None:
            self._same(lambda store: store.get(cls, id_), "get")
            self._same(lambda store: store.history.versions(cls, id_), "versions")
        self._same(lambda store: list(store.history.changes(cls, id_, after=after)), "changes")
        self._same(lambda store: list(store.history.events(cls, id_, after=after)), "events")
        self._same(lambda store: list(store.history.units(after=after)), "units")

    @rule(
        at=st.sampled_from(INSTANTS), hindsight=st.booleans(), find=finds(), stream=streams(), id_=st.sampled_from(IDS)
    )
    def look_back(self, at: datetime, hindsight: bool, find: Find, stream: Stream, id_: str) -> None:
        """Read a past state in every way."""

        def past(store: Store) -> object:
            reader = store.history.as_of(at, in_hindsight=hindsight)
            return [
                answer(lambda: reader.get(find.cls, id_)),
                answer(lambda: paged(find, reader)),
                answer(lambda: list(reader.stream(stream.cls, stream.where, after=stream.after))),
            ]

        self._same(past, "as of")

    @rule()
    def reopen(self) -> None:
        """Close every store that others may open too, and open it again."""
        for place, opening in enumerate(self.opening, start=1):
            if StoreCapability.SHARED in self.stores[place].capabilities:
                self.stores[place].close()
                self.stores[place] = opening(self.tenant, self.clock)

    def teardown(self) -> None:
        """Compare all that is left."""
        self.tally["sequences"] += 1
        try:
            self._same(lambda store: store.history.verify(), "verify")
            self._same(lambda store: list(store.history.changes()), "changes")
            if all(hasattr(store, "state") for store in self.stores):
                self._same(lambda store: logical_digest(cast("Any", store)), "digest")
            else:
                self._same(_everything, "everything")
        finally:
            for store in self.stores:
                store.close()

    def _turn(self, find: Find, after: Sequence[str | None]) -> None:
        further: list[str | None] = []

        def turn(store: Store) -> object:
            place = len(further)
            further.append(None)
            page = store.find(find.cls, find.where, order_by=find.order, limit=find.limit, after=after[place])
            further[place] = page.next
            return page.records, page.next is None

        self._same(turn, find)
        if further[0] is not None:
            self.pages.append((find, further))

    def _same(self, work: Callable[[Store], object], what: object) -> None:
        """Do something to every store, and refuse any difference."""
        self.tally["operations"] += 1
        expected, *others = [answer(lambda: work(store)) for store in self.stores]  # noqa: B023 - called at once
        for store, found in zip(self.stores[1:], others, strict=True):
            assert expected == found, f"{type(store).__name__} differs from memory in {what}"  # noqa: S101 - a test


def _done(store: Store, work: Work, before: dict[tuple[type[Record], str], int]) -> list[str]:
    """Do a unit; return what each step answered, and how it ended."""
    versions = Versions(lambda cls, id_: before.get((cls, id_), 0))
    seen: list[str] = []

    def run() -> None:
        with store.unit(
            actor="machine", reason="ß", source=work.source, key=work.key, occurred_at=work.occurred_at
        ) as unit:
            seen.extend(answer(lambda: take(step, unit, versions)) for step in work.steps)  # noqa: B023 - at once
            if work.undone:
                raise Undone

    return [*seen, answer(run)]


def _everything(store: Store) -> object:
    return [list(store.stream(cls)) for cls in KINDS], list(store.history.changes()), list(store.history.events())


def store_machine(
    *opening: OpenStore, sequences: int = 100, rules: int = 8, shrinks: bool = True
) -> type[StoreMachine]:
    """Return a state machine for the stores that are opened so; its `TestCase` is what pytest runs.

    Args:
        opening: each opens one store under test; it keeps the kinds of
            :data:`~crmcore.testing.stores.SUITE_CODEC` and takes the time from the clock that it is given.
        sequences: how many sequences are run, each for a new tenant.
        rules: how many rules a sequence follows; one stands for up to twenty operations.
        shrinks: whether a difference is brought to the shortest sequence that shows it, which takes a while.

    """
    machine: Any = type("StoreMachine", (StoreMachine,), {"opening": opening, "tally": Counter()})
    machine.TestCase.settings = settings(
        max_examples=sequences,
        stateful_step_count=rules,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    return cast("type[StoreMachine]", machine)
