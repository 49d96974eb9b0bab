"""Laws of what is there once: unique keys among records, and idempotency keys among units of work."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import AlreadyDone, InputError, Taken
from crmcore.ports import StoreCapability
from crmcore.testing._store_capabilities import Declared
from crmcore.testing._store_records import Card, Seat, card, told, write

if TYPE_CHECKING:
    from crmcore.ports import Store


def seat(id: str, number: int, person: str = "") -> Seat:  # noqa: A002 - the field's own name
    """Return a new seat."""
    return Seat(id=id, number=number, person=person)


class ClaimLaws(Declared):
    """What only one may hold, and what is only done once."""

    def test_a_value_is_held_by_one_record(self, store: Store) -> None:
        """The second to claim it is refused with the holder's id, and nothing of its unit is written."""
        write(store, seat("s-1", 1, "ada"))
        with pytest.raises(Taken) as caught:
            write(store, seat("s-2", 2, "eve"), seat("s-3", 3, "ada"))

        error = caught.value
        assert ("suite_seat", "s-3", "seated person", "s-1") == (error.kind, error.id, error.rule, error.holder)
        assert ["s-1"] == [found.id for found in store.stream(Seat)]

    def test_a_value_is_held_by_one_record_of_a_unit_too(self, store: Store) -> None:
        """Two new records of one unit cannot share it."""
        with pytest.raises(Taken):
            write(store, seat("s-1", 1, "ada"), seat("s-2", 1, "eve"))

        assert [] == list(store.stream(Seat))

    def test_a_record_keeps_what_it_holds(self, store: Store) -> None:
        """Writing it again is no clash with itself."""
        held = write(store, seat("s-1", 1, "ada"))[0]
        held = write(store, held)[0]
        with pytest.raises(Taken):
            write(store, seat("s-2", 1, "eve"))

        assert held == store.get(Seat, "s-1")

    def test_what_is_released_first_may_be_taken_in_the_same_unit(self, store: Store) -> None:
        """Changes take place one after the other: two records exchange what they hold, by way of neither."""
        one, two = write(store, seat("s-1", 1, "ada"), seat("s-2", 2, "eve"))
        with store.unit(actor="suite") as unit:
            free = unit.put(one.model_copy(update={"person": ""}))
            unit.put(two.model_copy(update={"number": 1, "person": "ada"}))
            unit.put(free.model_copy(update={"number": 2, "person": "eve"}))

        assert [("s-1", 2, "eve"), ("s-2", 1, "ada")] == [(s.id, s.number, s.person) for s in store.stream(Seat)]
        with pytest.raises(Taken) as caught:
            write(store, seat("s-3", 3, "ada"))
        assert "s-2" == caught.value.holder

    def test_what_is_released_too_late_is_taken(self, store: Store) -> None:
        """The order of the changes decides, not what the unit leaves behind."""
        one = write(store, seat("s-1", 1, "ada"))[0]
        with pytest.raises(Taken):
            write(store, seat("s-2", 1, "eve"), one.model_copy(update={"person": ""}))

        assert ["s-1"] == [found.id for found in store.stream(Seat)]

    def test_removal_releases_and_restoring_takes(self, store: Store) -> None:
        """A removed record holds nothing; it comes back only if nobody took its place."""
        one = write(store, seat("s-1", 1, "ada"))[0]
        with store.unit(actor="suite") as unit:
            gone = unit.remove(one)
        second = write(store, seat("s-2", 1, "ada"))[0]
        with pytest.raises(Taken):
            write(store, gone)
        with store.unit(actor="suite") as unit:
            unit.remove(second)
            unit.put(gone)

        assert ["s-1"] == [found.id for found in store.stream(Seat)]

    def test_an_undone_unit_takes_and_releases_nothing(self, store: Store) -> None:
        """After an exception, all is held as before."""
        one = write(store, seat("s-1", 1, "ada"))[0]
        with pytest.raises(ZeroDivisionError), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(one.model_copy(update={"number": 5}))
            list(unit.stream(Seat))
            raise ZeroDivisionError
        with pytest.raises(Taken):
            write(store, seat("s-2", 1, "eve"))
        write(store, seat("s-3", 5, "bob"))

        assert ["s-1", "s-3"] == [found.id for found in store.stream(Seat)]

    @pytest.mark.parametrize("person", ["Ada", "ada ", "ß", "\u0130", "%", "x" * 500, "田"])
    def test_a_held_value_is_exact(self, store: Store, person: str) -> None:
        """Case, blanks, patterns and foreign letters make another value."""
        others = [name for name in ("ada", "ss", "i", "_", "x" * 499) if name != person]
        write(store, *(seat(f"s-{place}", place, name) for place, name in enumerate(others)))
        write(store, seat("t-1", 99, person))
        with pytest.raises(Taken):
            write(store, seat("t-2", 98, person))

        assert "t-1" == store.find(Seat, order_by="-id", limit=1)[0].id

    def test_a_held_value_has_500_letters_at_most(self, store: Store) -> None:
        """A longer one is refused at the put."""
        with store.unit(actor="suite") as unit:
            with pytest.raises(InputError, match="longer than 500"):
                unit.put(seat("s-1", 1, "x" * 501))
            unit.put(seat("s-1", 1, "x" * 500))

        assert ["s-1"] == [found.id for found in store.stream(Seat)]

    def test_thousands_of_claims_in_one_unit(self, store: Store) -> None:
        """More than any batch holds; the one that clashes takes them all out."""
        write(store, *(seat(f"s-{n:05}", n, f"p{n}") for n in range(2_500)))
        with pytest.raises(Taken) as caught:
            write(store, *(seat(f"t-{n:05}", 5_000 + n, f"q{n}") for n in range(1_500)), seat("u", 7, "new"))

        assert "s-00007" == caught.value.holder
        assert 2_500 == sum(1 for _ in store.stream(Seat))

    def test_a_tenant_holds_its_own(self, store: Store) -> None:
        """Another tenant may hold the same value, and another handle of the same tenant may not."""
        self.need(StoreCapability.SHARED, store)
        same, other = self.another(store), self.another(store, tenant=f"{store.tenant}-other")
        write(store, seat("s-1", 1, "ada"))
        write(other, seat("s-2", 1, "ada"))
        with pytest.raises(Taken):
            write(same, seat("s-2", 2, "ada"))
        same.close()
        other.close()

    def test_a_key_is_committed_once(self, store: Store) -> None:
        """The second unit does not begin, and learns which one was committed."""
        with store.unit(actor="ada", reason="import", source="a.csv", key="row 7") as unit:
            stored = unit.put(card("c-1", "Ada"))
        with pytest.raises(AlreadyDone) as caught, store.unit(actor="eve", key="row 7"):
            pytest.fail("began")

        done = caught.value.unit
        assert (1, "ada", "import", "a.csv", "row 7") == (done.number, done.actor, done.reason, done.source, done.key)
        assert [done] == list(store.history.units())
        assert [stored] == list(store.stream(Card))

    def test_an_empty_unit_uses_its_key_up(self, store: Store) -> None:
        """That nothing was to be done is an outcome too; without a key an empty unit leaves no trace."""
        with store.unit(actor="suite"):
            pass
        with store.unit(actor="suite", key="k"):
            pass
        with pytest.raises(AlreadyDone), store.unit(actor="suite", key="k"):
            pytest.fail("began")

        assert [(1, "k")] == [(unit.number, unit.key) for unit in store.history.units()]

    def test_a_failed_unit_leaves_its_key(self, store: Store) -> None:
        """Whatever it failed with, the next one with the key begins."""
        write(store, card("c-1"))
        with pytest.raises(ZeroDivisionError), store.unit(actor="suite", key="k"):
            raise ZeroDivisionError
        with pytest.raises(Exception, match="version"), store.unit(actor="suite", key="k") as unit:
            unit.put(card("c-1"))
        with store.unit(actor="suite", key="k") as unit:
            unit.emit(told("e-1", card("c-1")))

        assert [None, "k"] == [unit.key for unit in store.history.units()]

    def test_keys_are_exact(self, store: Store) -> None:
        """Case and blanks count, 200 letters are enough, and none is no key."""
        keys = ["k", "K", "k ", "ß", "%", "x" * 200]
        for key in keys:
            with store.unit(actor="suite", key=key):
                pass
        for wrong in ("", "x" * 201, "a\0", "\ud800"):
            with pytest.raises(InputError), store.unit(actor="suite", key=wrong):
                pytest.fail("began")

        assert keys == [unit.key for unit in store.history.units()]

    def test_a_key_is_of_its_tenant(self, store: Store) -> None:
        """Another tenant may use it too; another handle of the same tenant may not."""
        self.need(StoreCapability.SHARED, store)
        same, other = self.another(store), self.another(store, tenant=f"{store.tenant}-other")
        for place in (store, other):
            with place.unit(actor="suite", key="k"):
                pass
        with pytest.raises(AlreadyDone), same.unit(actor="suite", key="k"):
            pytest.fail("began")
        same.close()
        other.close()
