"""The suite's negative controls: stores that break one promise each, and the law and the machine that catch them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from crmcore.errors import Conflict, CrmcoreError, NotFound
from crmcore.model.events import Event
from crmcore.model.record import Record
from crmcore.ports import Page, Store, UnitOfWork
from crmcore.storage import MemoryStore
from crmcore.testing import ManualClock, StoreSuite
from crmcore.testing._store_questions import DATED, ITEMS, LETTERS
from crmcore.testing.machine import store_machine
from crmcore.testing.stores import SUITE_CODEC, Card
from tests.query.faults import FAULTS, planted


class Around:
    """Passes everything on to another object."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class BrokenStore(Around):
    """A memory store whose units are broken in one way."""

    def __init__(self, tenant: str = "default", clock: Any = None, unit: type[Around] = Around) -> None:
        super().__init__(MemoryStore(codec=SUITE_CODEC, tenant=tenant, clock=clock or ManualClock()))
        self._unit = unit

    @contextmanager
    def unit(self, **words: Any) -> Iterator[UnitOfWork]:
        with self.inner.unit(**words) as unit:
            yield self._unit(unit)


class LastWriterWins(Around):
    """Writes over whatever is there."""

    def put(self, record: Record) -> Record:
        try:
            there = self.inner.get(type(record), record.id).version
        except NotFound:
            there = 0
        return self.inner.put(record.model_copy(update={"version": there}))


class ForgetsEvents(Around):
    """Drops what it is told."""

    def emit(self, event: Event) -> None:
        """Do nothing."""


class OverwritesSilently(BrokenStore):
    """The last writer wins."""

    def __init__(self, tenant: str = "default", clock: Any = None) -> None:
        super().__init__(tenant, clock, LastWriterWins)


class Forgetful(BrokenStore):
    """Drops events."""

    def __init__(self, tenant: str = "default", clock: Any = None) -> None:
        super().__init__(tenant, clock, ForgetsEvents)


class KeepsHalf(BrokenStore):
    """Commits what was done before an exception."""

    @contextmanager
    def unit(self, **words: Any) -> Iterator[UnitOfWork]:
        failure: Exception | None = None
        with self.inner.unit(**words) as unit:
            try:
                yield unit
            except Exception as error:  # noqa: BLE001 - the fault
                failure = error
        if failure:
            raise failure


class Unsorted(BrokenStore):
    """Streams in another order."""

    def stream(self, kind: type[Record], where: Any = None, *, after: str = "") -> Iterator[Record]:
        found = self.inner.stream(kind, where, after=after)
        return iter(sorted(found, key=lambda record: record.id.lower()))


class Finds(BrokenStore):
    """A store whose finds are broken: all that is found, sorted and cut by hand."""

    def find(
        self, kind: type[Record], where: Any = None, *, order_by: Any = (), limit: int = 100, after: str | None = None
    ) -> Page[Record]:
        self.inner.find(kind, where, order_by=order_by, limit=limit)  # refuses what is to be refused
        keys = (order_by,) if isinstance(order_by, str) else order_by
        found = self.sorted(list(self.selected(kind, where)), keys)
        first = 0 if after is None else int(base64.b64decode(after))
        more = first + limit < len(found)
        return Page(
            tuple(found[first : first + limit]), base64.b64encode(b"%d" % (first + limit)).decode() if more else None
        )

    def selected(self, kind: type[Record], where: Any) -> Iterator[Record]:
        """Return the records that are asked for."""
        return self.inner.stream(kind, where)

    def sorted(self, found: list[Record], keys: Sequence[str]) -> list[Record]:
        """Return the records in order."""
        for key in reversed(keys):
            name = key.lstrip("-")
            known = [one for one in found if _fact(one, name) is not None]
            known.sort(key=lambda one: _fact(one, name), reverse=key.startswith("-"))
            found = known + [one for one in found if _fact(one, name) is None]
        return found


def _fact(record: Record, name: str) -> Any:
    return (SUITE_CODEC.facts(record).values.get(name) or (None,))[0]


class PagesByNumber(Finds):
    """Counts where a page ended, so that records put or removed meanwhile shift the next one."""


class FoldsCase(Finds):
    """Finds more than was asked for."""

    def selected(self, kind: type[Record], where: Any) -> Iterator[Record]:
        wanted = getattr(where, "value", None)
        for record in self.inner.stream(kind):
            known = SUITE_CODEC.facts(record).values.get(getattr(where, "field", ""), ())
            if isinstance(wanted, str) and any(str(one).lower() == wanted.lower() for one in known):
                yield record


class SortsMissingFirst(Finds):
    """Puts records without a value before the others, as a database does by itself."""

    def sorted(self, found: list[Record], keys: Sequence[str]) -> list[Record]:
        for key in reversed(keys):
            name = key.lstrip("-")
            found = sorted(
                found, key=lambda one: (_fact(one, name) is not None, _fact(one, name) or 0), reverse=key[0] == "-"
            )
        return found


class SortsAsPeopleDo(Finds):
    """Sorts texts without regard to case, as a server's usual collation does."""

    def sorted(self, found: list[Record], keys: Sequence[str]) -> list[Record]:
        found = super().sorted(found, keys)
        return sorted(found, key=lambda one: str(_fact(one, "name") or "~").lower()) if "name" in keys else found


class SkipsOne(Finds):
    """Begins each page but the first one too late."""

    def find(self, kind: type[Record], where: Any = None, *, after: str | None = None, **more: Any) -> Page[Record]:
        page = super().find(kind, where, after=after, **more)
        return page if after is None else attrs.evolve(page, records=page.records[1:])


class TakesUnknownForFalse(Finds):
    """Answers `not` as two-valued logic does."""

    def selected(self, kind: type[Record], where: Any) -> Iterator[Record]:
        if not hasattr(where, "part"):
            return self.inner.stream(kind, where)
        hit = {record.id for record in self.inner.stream(kind, where.part)}
        return (record for record in self.inner.stream(kind) if record.id not in hit)


class ForgetsToRelease(BrokenStore):
    """Lets a removed record go on holding its unique keys."""

    @contextmanager
    def unit(self, **words: Any) -> Iterator[UnitOfWork]:
        before = dict(self.inner._tables.claims)
        with self.inner.unit(**words) as unit:
            yield unit
        self.inner._tables.claims.update(
            {claim: id_ for claim, id_ in before.items() if claim not in self.inner._tables.claims}
        )


class ForgetsKeys(BrokenStore):
    """Does a unit again that was done before."""

    @contextmanager
    def unit(self, **words: Any) -> Iterator[UnitOfWork]:
        with self.inner.unit(**{**words, "key": None}) as unit:
            yield unit


class BelievesTheClock(BrokenStore):
    """Dates a unit by the clock alone, also where that went back."""

    @contextmanager
    def unit(self, **words: Any) -> Iterator[UnitOfWork]:
        rows = self.inner._tables.unit_rows
        hidden = [row.recorded_at for row in rows]
        rows[:] = [row._replace(recorded_at="0001-01-01T00:00:00.000000Z") for row in rows]
        try:
            with self.inner.unit(**words) as unit:
                yield unit
        finally:
            rows[: len(hidden)] = [row._replace(recorded_at=at) for row, at in zip(rows, hidden, strict=False)]


class HistoryWithoutRemovals(Around):
    """A feed that never tells of removals."""

    def changes(self, *words: Any, **more: Any) -> Iterator[Any]:
        return (change for change in self.inner.changes(*words, **more) if change.action != "removed")


class HidesRemovals(BrokenStore):
    """Has such a feed."""

    @property
    def history(self) -> Any:
        return HistoryWithoutRemovals(self.inner.history)


class HistoryFromAnywhere(Around):
    """Begins at the nearest place where a number is none."""

    def changes(self, *words: Any, after: Any = 0) -> Iterator[Any]:
        return self.inner.changes(*words, after=min(max(0, int(after or 0)), 2**63 - 1))


class TakesAnyNumber(BrokenStore):
    """Has such a history."""

    @property
    def history(self) -> Any:
        return HistoryFromAnywhere(self.inner.history)


class HistoryOfToday(Around):
    """Answers for the present when asked for the past."""

    def as_of(self, *_: Any, **__: Any) -> Any:
        return self.store


class ForgetsThePast(BrokenStore):
    """Has such a history."""

    @property
    def history(self) -> Any:
        history = HistoryOfToday(self.inner.history)
        history.store = self.inner
        return history


class ReadsPastUnits(BrokenStore):
    """Answers during a unit with the state before it."""

    def get(self, kind: type[Record], id: str) -> Record:  # noqa: A002 - the port's
        self.inner._units.clear()
        return self.inner.get(kind, id)


class Hears(Finds):
    """Hears another question than the one that is asked."""

    fault = ""

    def selected(self, kind: type[Record], where: Any) -> Iterator[Record]:
        if where is not None:
            where = planted(SUITE_CODEC.asked(kind, where), FAULTS[self.fault])
        return self.inner.stream(kind, where)


class TakesYearsForDays(Hears):
    """Takes a partial date for its first day."""

    fault = "dates are days"


class FoldsNothing(Hears):
    """Compares the letters as they are."""

    fault = "matching does not fold"


class MixesItems(Hears):
    """Lets one item have the name, and another one the level."""

    fault = "some value of any item"


class TakesAllItems(Hears):
    """Counts every item, whatever is asked of it."""

    fault = "an aggregate takes all items"


class ForgetsHowLong(Hears):
    """Takes what is so for what has been so."""

    fault = "everybody is old enough"


SUITE = StoreSuite()


def _each(law: Callable[[Store, Any, str], None], table: Sequence[tuple[Any, str]]) -> Callable[[Any], None]:
    """Return a law put to a new store for each line of its table."""

    def laws(store: Any) -> None:
        for where, expected in table:
            law(type(store)() if isinstance(store, Around) else MemoryStore(codec=SUITE_CODEC), where, expected)

    return laws


def _meanings(store: Store) -> None:
    from crmcore.testing._store_finding import MEANINGS

    negated = [place for place, (where, _) in enumerate(MEANINGS) if hasattr(where, "part")]
    for place in negated:
        SUITE.test_a_question_has_one_meaning(store, place)
        with store.unit(actor="suite") as unit:
            for found in list(unit.stream(Card)):
                unit.remove(found)
        store = type(store)() if isinstance(store, Around) else MemoryStore(codec=SUITE_CODEC)


CAUGHT: dict[type[BrokenStore], Callable[[Any], None]] = {
    OverwritesSilently: SUITE.test_a_stale_put_is_a_conflict_with_both_records,
    Forgetful: SUITE.test_events_are_numbered_in_the_order_of_the_commits,
    KeepsHalf: SUITE.test_an_exception_undoes_all_of_it,
    Unsorted: SUITE.test_a_stream_goes_by_id,
    FoldsCase: SUITE.test_a_key_is_of_its_kind_field_and_exact_value,
    ReadsPastUnits: SUITE.test_the_store_is_not_read_past_an_open_unit,
    SortsMissingFirst: lambda store: SUITE.test_missing_values_come_last_and_ties_by_id(store, ("name",), "acbed"),
    SortsAsPeopleDo: SUITE.test_texts_sort_by_code_point,
    SkipsOne: lambda store: SUITE.test_pages_partition_the_answer(store, 7, ("name",)),
    PagesByNumber: lambda store: SUITE.test_pages_are_stable_under_writes(store, ("name",)),
    TakesUnknownForFalse: _meanings,
    ForgetsToRelease: SUITE.test_removal_releases_and_restoring_takes,
    ForgetsKeys: SUITE.test_a_key_is_committed_once,
    BelievesTheClock: lambda store: SUITE.test_recorded_time_never_goes_back(store, store._clock),
    HidesRemovals: SUITE.test_the_feed_tells_every_change,
    TakesYearsForDays: _each(SUITE.test_a_partial_date_is_taken_for_what_is_certain, DATED),
    FoldsNothing: _each(SUITE.test_letters_are_folded_on_both_sides, LETTERS),
    MixesItems: _each(SUITE.test_an_item_answers_for_itself, ITEMS),
    TakesAllItems: _each(SUITE.test_an_item_answers_for_itself, ITEMS),
    ForgetsHowLong: lambda store: SUITE.test_how_long_something_has_been_so_can_be_asked(store, store._clock),
    TakesAnyNumber: SUITE.test_a_place_in_the_history_is_a_whole_number,
    ForgetsThePast: lambda store: SUITE.test_the_past_is_read_as_the_present_is(store, store._clock),
}
OF_ANOTHER_KIND = {
    FoldsCase,
    ReadsPastUnits,
    PagesByNumber,
    FoldsNothing,
    TakesAllItems,
    TakesYearsForDays,
    ForgetsHowLong,
    ForgetsToRelease,
}
"""Left to the laws: the first is wrong all over, the second takes misuse, and the others show in too few sequences."""


@pytest.mark.parametrize("broken", CAUGHT, ids=lambda cls: cls.__name__)
def test_a_broken_promise_is_caught(broken: type[BrokenStore]) -> None:
    """The law that forbids the fault fails on a store that has it, and passes on the same store without."""
    law = CAUGHT[broken]
    law(MemoryStore(codec=SUITE_CODEC, clock=ManualClock()))
    with pytest.raises((AssertionError, CrmcoreError, pytest.fail.Exception)):
        law(broken())


@pytest.mark.parametrize("broken", [cls for cls in CAUGHT if cls not in OF_ANOTHER_KIND], ids=lambda cls: cls.__name__)
def test_the_machine_finds_a_planted_fault(broken: type[BrokenStore]) -> None:
    """Within some hundred random sequences, at most three thousand, without having been told where to look."""
    machine = store_machine(broken, sequences=3_000, shrinks=False)
    with pytest.raises(BaseException, match="differs from memory") as caught:
        machine.TestCase("runTest").runTest()

    assert isinstance(caught.value, (AssertionError, BaseExceptionGroup))


def test_a_lost_update_is_what_the_version_prevents() -> None:
    """With versions ignored, the second of two edits silently takes the first one away; with them it cannot."""
    for store, lost in ((OverwritesSilently(), True), (MemoryStore(codec=SUITE_CODEC), False)):
        with store.unit(actor="suite") as unit:
            old = unit.put(Card(id="c-1"))
        with store.unit(actor="suite") as unit:
            unit.put(old.model_copy(update={"name": "first"}))
        try:
            with store.unit(actor="suite") as unit:
                unit.put(old.model_copy(update={"note": "second"}))
        except Conflict:
            pass

        assert lost == (store.get(Card, "c-1").name == "")
