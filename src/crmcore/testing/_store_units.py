"""Laws of the unit of work: all or nothing, versions, removal, and its own borders."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import Conflict, InputError, NotFound, StoreClosed, UnitMisuse
from crmcore.query import F
from crmcore.testing._store_records import Card, Memo, card, told, write

if TYPE_CHECKING:
    from crmcore.ports import Store


class UnitLaws:
    """What a unit of work promises."""

    def test_a_unit_commits_all_of_its_changes(self, store: Store) -> None:
        """What a unit put can be read from the store after its block."""
        write(store, card("c-1", "Ada"), Memo(id="m-1", text="met"))

        assert store.get(Card, "c-1") == Card(id="c-1", version=1, name="Ada")
        assert store.get(Memo, "m-1") == Memo(id="m-1", version=1, text="met")

    def test_an_exception_undoes_all_of_it(self, store: Store) -> None:
        """An exception that leaves the block takes every change and event with it, and passes on."""
        kept = write(store, card("c-1", "Ada", "ada@x.example"))[0]
        with pytest.raises(ZeroDivisionError), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(kept.model_copy(update={"name": "Eve", "emails": ()}))
            unit.put(card("c-2"))
            unit.emit(told("e-1", kept))
            assert list(unit.stream(Card, after="c-1"))
            raise ZeroDivisionError

        assert [kept] == list(store.stream(Card))
        assert (kept,) == tuple(store.find(Card, F.email == "ada@x.example"))
        assert [] == list(store.history.events())

    def test_a_unit_knows_its_number(self, store: Store) -> None:
        """It is the one after the last that was committed; a unit that was undone leaves no gap."""
        write(store, card("c-1"))
        with pytest.raises(ZeroDivisionError), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(card("c-2"))
            raise ZeroDivisionError
        with store.unit(actor="suite") as unit:
            number = unit.number
            unit.put(card("c-3"))

        assert 2 == number
        assert [1, number] == [one.number for one in store.history.units()]

    def test_readers_do_not_see_a_unit_before_its_end(self, store: Store) -> None:
        """A unit reads its own changes; an exception shows that nobody else could."""
        with store.unit(actor="suite") as unit:
            unit.put(card("c-1", "Ada"))

            assert unit.get(Card, "c-1").name == "Ada"
            assert ["c-1"] == [found.id for found in unit.find(Card, F.name == "Ada")]
            assert ["c-1"] == [found.id for found in unit.stream(Card)]

    def test_put_counts_versions(self, store: Store) -> None:
        """Each put returns the record with the next version, within a unit and across units."""
        with store.unit(actor="suite") as unit:
            first = unit.put(card("c-1", "Ada"))
            second = unit.put(first.model_copy(update={"name": "Ada L."}))
        third = write(store, second)[0]

        assert [1, 2, 3] == [first.version, second.version, third.version]
        assert store.get(Card, "c-1") == third

    def test_a_stale_put_is_a_conflict_with_both_records(self, store: Store) -> None:
        """A write over another version than the writer saw raises Conflict, and changes nothing."""
        old = write(store, card("c-1", "Ada"))[0]
        new = write(store, old.model_copy(update={"name": "Ada L."}))[0]
        offered = old.model_copy(update={"name": "Eve"})
        with pytest.raises(Conflict) as caught:
            write(store, card("c-0"), offered)

        assert (1, 2) == (caught.value.expected, caught.value.actual)
        assert (new, offered) == (caught.value.stored, caught.value.offered)
        assert [new] == list(store.stream(Card))

    def test_a_new_record_over_an_old_one_is_a_conflict(self, store: Store) -> None:
        """Version 0 says that nothing is there yet."""
        stored = write(store, card("c-1", "Ada"))[0]
        with pytest.raises(Conflict) as caught:
            write(store, card("c-1", "Eve"))

        assert (0, 1, stored) == (caught.value.expected, caught.value.actual, caught.value.stored)

    def test_a_version_from_nowhere_is_a_conflict(self, store: Store) -> None:
        """A record that says it was stored, and never was, is not written."""
        with pytest.raises(Conflict) as caught:
            write(store, Card(id="c-1", version=3))

        assert (3, 0, None) == (caught.value.expected, caught.value.actual, caught.value.stored)

    def test_a_stale_put_after_a_read_is_refused_at_once(self, store: Store) -> None:
        """A unit that has seen the version says so at the put, not at the end."""
        old = write(store, card("c-1", "Ada"))[0]
        write(store, old)
        with pytest.raises(Conflict), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.get(Card, "c-1")
            unit.put(old)
            pytest.fail("the stale put passed")

    def test_two_puts_of_one_copy_conflict_within_a_unit(self, store: Store) -> None:
        """The second put must carry the version that the first one returned."""
        with pytest.raises(Conflict) as caught, store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(card("c-1", "Ada"))
            unit.put(card("c-1", "Eve"))

        assert caught.value.stored == Card(id="c-1", version=1, name="Ada")
        assert [] == list(store.stream(Card))

    def test_a_conflict_ends_the_unit(self, store: Store) -> None:
        """A block that catches the Conflict and goes on commits nothing, and hears of it again."""
        write(store, card("c-1"))
        with pytest.raises(Conflict), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(card("c-2"))
            with pytest.raises(Conflict):
                unit.put(unit.get(Card, "c-1").model_copy(update={"version": 7}))
            with pytest.raises(StoreClosed):
                unit.put(card("c-3"))

        assert ["c-1"] == [found.id for found in store.stream(Card)]

    def test_removal_takes_the_record_and_its_keys(self, store: Store) -> None:
        """A removed record is found by nothing."""
        stored = write(store, card("c-1", "Ada", "ada@x.example"))[0]
        with store.unit(actor="suite") as unit:
            unit.remove(stored)

            assert () == tuple(unit.find(Card, F.email == "ada@x.example"))
        with pytest.raises(NotFound):
            store.get(Card, "c-1")
        assert () == tuple(store.find(Card, F.email == "ada@x.example"))
        assert [] == list(store.stream(Card))

    def test_removal_needs_the_version_too(self, store: Store) -> None:
        """A stale removal is a Conflict; a removal of nothing is NotFound."""
        old = write(store, card("c-1"))[0]
        new = write(store, old)[0]
        with pytest.raises(Conflict) as caught, store.unit(actor="suite") as unit:
            unit.remove(old)
        with pytest.raises(NotFound), store.unit(actor="suite") as unit:
            unit.remove(card("c-9"))

        assert (new, None) == (caught.value.stored, caught.value.offered)
        assert [new] == list(store.stream(Card))

    def test_a_removed_record_comes_back_with_a_higher_version(self, store: Store) -> None:
        """What remove returned can be put; whoever holds an older copy cannot write over it."""
        old = write(store, card("c-1", "Ada"))[0]
        with store.unit(actor="suite") as unit:
            gone = unit.remove(old)
        back = write(store, gone)[0]
        with pytest.raises(Conflict):
            write(store, old)

        assert [1, 2, 3] == [old.version, gone.version, back.version]
        assert store.get(Card, "c-1") == back

    def test_a_removed_id_is_not_free(self, store: Store) -> None:
        """A new record under a removed id is a Conflict that says so."""
        old = write(store, card("c-1"))[0]
        with store.unit(actor="suite") as unit:
            unit.remove(old)
        with pytest.raises(Conflict, match="was removed at version 2") as caught:
            write(store, card("c-1"))

        assert (2, None) == (caught.value.actual, caught.value.stored)

    def test_a_record_cannot_be_removed_twice(self, store: Store) -> None:
        """The second removal finds nothing, in the same unit or a later one."""
        one, two = write(store, card("c-1"), card("c-2"))
        with store.unit(actor="suite") as unit:
            gone = unit.remove(one)
        with pytest.raises(NotFound), store.unit(actor="suite") as unit:
            unit.remove(gone)
        with pytest.raises(NotFound), store.unit(actor="suite") as unit:
            unit.remove(unit.remove(two))

        assert ["c-2"] == [found.id for found in store.stream(Card)]

    def test_put_and_remove_within_one_unit(self, store: Store) -> None:
        """A record that a unit puts and removes leaves nothing to read."""
        with store.unit(actor="suite") as unit:
            unit.remove(unit.put(card("c-1", "Ada")))

        assert [] == list(store.stream(Card))
        assert () == tuple(store.find(Card, F.name == "Ada"))

    def test_a_unit_inside_a_unit_is_refused(self, store: Store) -> None:
        """One unit at a time in a thread; the outer one goes on unharmed."""
        with store.unit(actor="suite") as unit:
            unit.put(card("c-1"))
            with pytest.raises(UnitMisuse), store.unit(actor="suite"):
                pytest.fail("a unit began inside another")

        assert ["c-1"] == [found.id for found in store.stream(Card)]

    def test_the_store_is_not_read_past_an_open_unit(self, store: Store) -> None:
        """Inside its unit, a thread reads through the unit: the store would answer with the state before."""
        write(store, card("c-1"))
        with store.unit(actor="suite") as unit:
            with pytest.raises(UnitMisuse):
                store.get(Card, "c-1")
            with pytest.raises(UnitMisuse):
                list(store.stream(Card))

            assert unit.get(Card, "c-1").id == "c-1"

    def test_a_unit_is_over_after_its_block(self, store: Store) -> None:
        """Every verb of a finished unit raises StoreClosed, also a stream that was begun before."""
        with store.unit(actor="suite") as unit:
            stored = unit.put(card("c-1"))
            unit.put(card("c-2"))
            stream = unit.stream(Card)
            next(stream)
        for verb in (
            lambda: unit.get(Card, "c-1"),
            lambda: unit.find(Card, F.name == "Ada"),
            lambda: next(stream),
            lambda: unit.put(stored),
            lambda: unit.remove(stored),
            lambda: unit.emit(told("e-1", stored)),
        ):
            with pytest.raises(StoreClosed):
                verb()

    def test_a_closed_store_says_so(self, store: Store) -> None:
        """Every verb of a closed store raises StoreClosed; closing again does nothing."""
        store.close()
        store.close()
        for verb in (
            lambda: store.get(Card, "c-1"),
            lambda: store.find(Card, F.name == "Ada"),
            lambda: list(store.stream(Card)),
            lambda: list(store.history.events()),
            lambda: list(store.history.units()),
            lambda: write(store, card("c-1")),
        ):
            with pytest.raises(StoreClosed):
                verb()

    def test_a_store_is_not_closed_under_a_unit(self, store: Store) -> None:
        """Closing inside a unit is refused, and the unit commits."""
        with store.unit(actor="suite") as unit:
            unit.put(card("c-1"))
            with pytest.raises(UnitMisuse):
                store.close()

        assert ["c-1"] == [found.id for found in store.stream(Card)]

    def test_a_unit_names_its_actor(self, store: Store) -> None:
        """A unit that nobody begins is refused."""
        with pytest.raises(InputError), store.unit(actor=""):
            pytest.fail("a unit began without an actor")

    def test_many_puts_in_one_unit(self, store: Store) -> None:
        """More records than any batch holds go in together, and a Conflict at the end takes them all out."""
        many = [card(f"c-{number * 7919 % 5000:05}", f"n{number}") for number in range(5000)]
        write(store, *many)
        with pytest.raises(Conflict):
            write(store, *(card(f"d-{number:05}") for number in range(2500)), card("c-00000"))

        assert [f"c-{number:05}" for number in range(5000)] == [found.id for found in store.stream(Card)]
