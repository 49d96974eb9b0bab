"""Laws of the past: who did what and when, what was true then, and the feed for whoever keeps a copy."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crmcore.errors import InputError, NotFound
from crmcore.ports import Action
from crmcore.query import F
from crmcore.testing._store_capabilities import Capability, Declared
from crmcore.testing._store_records import Card, Memo, card, write

if TYPE_CHECKING:
    from crmcore.ports import Store
    from crmcore.testing.clock import ManualClock

HOUR = timedelta(hours=1)


class TimeLaws(Declared):
    """What a store tells of its units, and of what was before."""

    def test_a_unit_says_who_why_and_from_where(self, store: Store) -> None:
        """Its words come back as they were given, to the last blank."""
        words = [("ada", "", ""), ("é%_", "a\tb ' \\", "dir/ü.csv"), (" ", "x" * 5_000, "🙂")]
        for actor, reason, source in words:
            with store.unit(actor=actor, reason=reason, source=source) as unit:
                unit.put(Memo(id=f"m-{len(reason)}"))

        units = list(store.history.units())
        assert words == [(unit.actor, unit.reason, unit.source) for unit in units]
        assert [1, 2, 3] == [unit.number for unit in units]
        assert [3] == [unit.number for unit in store.history.units(after=2)]
        assert [] == list(store.history.units(after=3))

    @pytest.mark.parametrize("word", ["actor", "reason", "source", "key"])
    @pytest.mark.parametrize("text", ["a\0", "\udfff"])
    def test_a_units_words_are_texts_like_any(self, store: Store, word: str, text: str) -> None:
        """What no store keeps is refused before the unit begins."""
        with pytest.raises(InputError, match=word), store.unit(**{"actor": "suite", word: text}):  # type: ignore[arg-type]
            pytest.fail("began")

        assert [] == list(store.history.units())

    def test_a_unit_is_dated(self, store: Store, clock: ManualClock) -> None:
        """By the clock, or back: then it says both when it was true and when the store learned of it."""
        self.need(Capability.CLOCK, store)
        first = clock.now()
        write(store, card("c-1"))
        told = clock.advance(days=3, seconds=0.000001)
        then = datetime(1, 1, 1, tzinfo=UTC)
        with store.unit(actor="suite", occurred_at=then) as unit:
            unit.put(card("c-2"))

        assert [(first, first), (then, told)] == [(u.occurred_at, u.recorded_at) for u in store.history.units()]

    def test_the_future_is_no_fact(self, store: Store, clock: ManualClock) -> None:
        """An instant that is still to come, or that has no time zone, is refused."""
        self.need(Capability.CLOCK, store)
        later = clock.now() + timedelta(seconds=1)
        for wrong in (later, clock.now().replace(tzinfo=None), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)):
            with pytest.raises(InputError), store.unit(actor="suite", occurred_at=wrong):
                pytest.fail("began")
        with store.unit(actor="suite", occurred_at=clock.now()) as unit:
            unit.put(card("c-1"))

        assert [clock.now()] == [unit.occurred_at for unit in store.history.units()]

    def test_recorded_time_never_goes_back(self, store: Store, clock: ManualClock) -> None:
        """Whatever the clock does: an earlier unit is never dated after a later one."""
        self.need(Capability.CLOCK, store)
        for number, hours in enumerate((0, -5, 2, -100, 104)):
            clock.advance(hours=hours)
            write(store, card(f"c-{number}"))
        times = [unit.recorded_at for unit in store.history.units()]

        assert sorted(times) == times
        assert [0, 0, 0, 0, 1] == [(one - times[0]) // HOUR for one in times]

    def test_the_feed_tells_every_change(self, store: Store) -> None:
        """Created, changed, removed, restored: numbered without gaps, each with its unit and version."""
        self.need(Capability.HISTORY, store)
        with store.unit(actor="ada", reason="first") as unit:
            one = unit.put(unit.put(card("c-1")))
            unit.put(Memo(id="c-1"))
        with pytest.raises(ZeroDivisionError), store.unit(actor="eve") as unit:  # noqa: PT012 - one block, one law
            unit.put(card("c-2"))
            list(unit.stream(Card))
            raise ZeroDivisionError
        with store.unit(actor="bob") as unit:
            unit.put(unit.remove(one))
        feed = list(store.history.changes())

        assert list(range(1, 6)) == [change.seq for change in feed]
        assert [
            ("ada", "suite_card", 1, Action.CREATED),
            ("ada", "suite_card", 2, Action.CHANGED),
            ("ada", "suite_memo", 1, Action.CREATED),
            ("bob", "suite_card", 3, Action.REMOVED),
            ("bob", "suite_card", 4, Action.RESTORED),
        ] == [(change.unit.actor, change.kind, change.version, change.action) for change in feed]
        assert [1, 2, 4, 5] == [change.seq for change in store.history.changes(Card)]
        assert [5] == [change.seq for change in store.history.changes(Card, "c-1", after=4)]
        assert [] == list(store.history.changes(Card, "c-9"))
        with pytest.raises(InputError):
            list(store.history.changes(id="c-1"))

    def test_thousands_of_changes(self, store: Store) -> None:
        """The feed is longer than any page of it."""
        self.need(Capability.HISTORY, store)
        many = write(store, *(card(f"c-{n:04}") for n in range(1_300)))
        write(store, *many)

        assert list(range(1, 2_601)) == [change.seq for change in store.history.changes()]
        assert list(range(1_301, 2_601)) == [change.seq for change in store.history.changes(Card, after=1_300)]

    def test_every_version_is_kept(self, store: Store) -> None:
        """As it was then, to the last digit; a removal is a version without a record."""
        self.need(Capability.HISTORY, store)
        one = write(store, Card(id="c-1", name="Ada", rating=-0.0, extra={"a": 1.0}))[0]
        two = write(store, one.model_copy(update={"name": "Ada L.", "extra": {}}))[0]
        with store.unit(actor="suite") as unit:
            gone = unit.remove(two)
        back = write(store, gone)[0]
        versions = store.history.versions(Card, "c-1")

        assert [repr(one), repr(two), "None", repr(back)] == [repr(version.record) for version in versions]
        assert [1, 2, 3, 4] == [version.change.version for version in versions]
        assert () == tuple(store.history.versions(Card, "c-9"))

    def test_a_change_is_undone_by_putting_back_what_was(self, store: Store) -> None:
        """A version from the history, put over the present one, is a change like any other."""
        self.need(Capability.HISTORY, store)
        one = write(store, card("c-1", "Ada", "a@x.example"))[0]
        two = write(store, one.model_copy(update={"name": "Eve", "emails": ()}))[0]
        was = store.history.versions(Card, "c-1")[0].record
        assert was is not None
        write(store, was.model_copy(update={"version": two.version}))
        back = store.get(Card, "c-1")

        assert ("Ada", 3) == (back.name, back.version)
        assert [back] == list(store.find(Card, F.email == "a@x.example"))

    def test_the_past_is_read_as_the_present_is(self, store: Store, clock: ManualClock) -> None:
        """By id, by question, in order, page by page and as a stream; later changes never alter it."""
        self.need(Capability.HISTORY, store)
        self.need(Capability.CLOCK, store)
        start = clock.now()
        one, two, _ = write(store, card("a", "x", "s@x.example"), card("b", "y"), card("c", ""))
        clock.advance(hours=1)
        with store.unit(actor="suite") as unit:
            unit.put(one.model_copy(update={"name": "z", "emails": ()}))
            unit.remove(two)
            unit.put(card("d", "w"))
        before = store.history.as_of(clock.now() - timedelta(microseconds=1))
        first = before.find(Card, order_by="-name", limit=2)

        assert ["b", "a"] == [record.id for record in first]
        assert ["c"] == [record.id for record in before.find(Card, order_by="-name", limit=2, after=first.next)]
        assert ["a"] == [record.id for record in before.find(Card, F.email == "s@x.example")]
        assert ["b", "c"] == [record.id for record in before.stream(Card, after="a")]
        assert one == before.get(Card, "a") == store.history.as_of(start).get(Card, "a")
        assert ["a", "c", "d"] == [record.id for record in store.history.as_of(clock.now()).stream(Card)]
        for reader, id_ in ((before, "d"), (store.history.as_of(clock.now()), "b")):
            with pytest.raises(NotFound):
                reader.get(Card, id_)
        assert [] == list(store.history.as_of(start - timedelta(microseconds=1)).stream(Card))
        with pytest.raises(InputError):
            store.history.as_of(start.replace(tzinfo=None))
        with pytest.raises(InputError):
            store.find(Card, order_by="-name", limit=2, after=first.next)

    def test_hindsight_knows_back_dated_facts(self, store: Store, clock: ManualClock) -> None:
        """What was true then by all that is known now; what the store held then stays as it was."""
        self.need(Capability.HISTORY, store)
        self.need(Capability.CLOCK, store)
        start = clock.now()
        one = write(store, card("c-1", "Ada"))[0]
        clock.advance(days=30)
        with store.unit(actor="suite", occurred_at=start + HOUR) as unit:
            unit.put(one.model_copy(update={"note": "moved"}))
        then = start + 2 * HOUR

        assert "" == store.history.as_of(then).get(Card, "c-1").note
        assert "moved" == store.history.as_of(then, in_hindsight=True).get(Card, "c-1").note
        assert "" == store.history.as_of(start, in_hindsight=True).get(Card, "c-1").note

    def test_the_history_can_be_checked(self, store: Store) -> None:
        """The check reaches the last unit, and an earlier answer is still part of it."""
        self.need(Capability.HISTORY, store)
        assert (0, "") == (store.history.verify().unit, store.history.verify().hash)
        one = write(store, card("c-1", "Ada"))[0]
        early = store.history.verify()
        write(store, one, card("c-2"))
        late = store.history.verify(since=early)

        assert (1, 2) == (early.unit, late.unit)
        assert late.hash == list(store.history.units())[-1].hash
        assert early.hash != late.hash
