"""Laws of reading: by id, by key, in order, and what happened."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.errors import Conflict, InputError, NotFound
from crmcore.model.record import Record
from crmcore.query import F
from crmcore.testing._store_records import Card, Memo, card, told, write

if TYPE_CHECKING:
    from crmcore.ports import Store


class ReadingLaws:
    """What reading promises."""

    def test_a_record_that_is_not_there(self, store: Store) -> None:
        """Getting it raises NotFound, with its kind and id; another kind's id is not it."""
        write(store, Memo(id="x-1"))
        with pytest.raises(NotFound) as caught:
            store.get(Card, "x-1")

        assert ("suite_card", "x-1") == (caught.value.kind, caught.value.id)

    @pytest.mark.parametrize("id_", ["", "no such", "ü", "a\0b", "\ud800", "x" * 300])
    def test_an_impossible_id_is_not_there_either(self, store: Store, id_: str) -> None:
        """Asking for what no record can be called is an ordinary NotFound."""
        with pytest.raises(NotFound):
            store.get(Card, id_)
        with pytest.raises(NotFound), store.unit(actor="suite") as unit:
            unit.get(Card, id_)

    def test_a_failed_get_does_not_end_the_unit(self, store: Store) -> None:
        """Looking first and putting then is the ordinary way; a NotFound of get harms nothing."""
        with store.unit(actor="suite") as unit:
            with pytest.raises(NotFound):
                unit.get(Card, "c-1")
            unit.put(card("c-1"))

        assert ["c-1"] == [found.id for found in store.stream(Card)]

    def test_a_key_finds_its_records_by_id(self, store: Store) -> None:
        """Records that share a key come in the order of their ids; a change moves the keys along."""
        two, one, _ = write(store, card("c-2", "B", "s@x.example"), card("c-1", "A", "s@x.example"), card("c-3", "C"))

        assert ["c-1", "c-2"] == [found.id for found in store.find(Card, F.email == "s@x.example")]

        write(store, two.model_copy(update={"emails": ("other@x.example",)}), one)

        assert ["c-1"] == [found.id for found in store.find(Card, F.email == "s@x.example")]
        assert ["c-2"] == [found.id for found in store.find(Card, F.email == "other@x.example")]

    def test_a_key_is_of_its_kind_field_and_exact_value(self, store: Store) -> None:
        """Another field, another case, a part, a pattern: not found."""
        write(store, card("c-1", "Ada", "ada@x.example"))
        asked = [
            F.name == "ada@x.example",
            F.email == "ADA@x.example",
            F.email == "ada@%",
            F.email == "",
            F.email == "ada@x.exampl_",
        ]

        assert [()] * 5 == [tuple(store.find(Card, where)) for where in asked]
        with pytest.raises(InputError):
            store.find(Memo, F.email == "ada@x.example")
        with pytest.raises(InputError):
            store.find(Card, F.no == "Ada")

    @pytest.mark.parametrize(
        "value", ["ß", "SS", "İ", "é", "e\u0301", "田中", "🙂", "a ", " a", "x" * 499, "x" * 498 + "y"]
    )
    def test_a_key_of_any_text_is_found_again(self, store: Store, value: str) -> None:
        """Nothing is folded, trimmed or cut: exactly the text finds the record."""
        write(store, card("c-1", value), card("c-2", value + "z"), card("c-3", value.swapcase() + "!"))

        assert ["c-1"] == [found.id for found in store.find(Card, F.name == value)]

    @pytest.mark.parametrize("value", ["a\0", "\udfff"])
    def test_a_text_that_no_store_keeps_cannot_be_asked_for(self, store: Store, value: str) -> None:
        """The question is refused, by the name of the field and without the text."""
        with pytest.raises(InputError, match="field 'name'"):
            store.find(Card, F.name == value)

    def test_a_stream_goes_by_id(self, store: Store) -> None:
        """Ids come in the order of their characters' codes, past *after*, of one kind."""
        ids = ["a", "B", "b-10", "b-9", "~", "!", "c_1", "C"]
        write(store, *(card(id_) for id_ in ids), Memo(id="a0"))

        assert sorted(ids) == [found.id for found in store.stream(Card)]
        assert ["b-9", "c_1", "~"] == [found.id for found in store.stream(Card, after="b-10")]

    def test_a_stream_is_stable_under_writes(self, store: Store) -> None:
        """Units may write while a stream goes on: what stays all the while comes once, ids only rise."""
        write(store, *(card(f"c-{number:04}") for number in range(1200)))
        seen = []
        for found in store.stream(Card):
            seen.append(found.id)
            if found.id == "c-0100":
                write(store, card("a-0"), card("z-0"))
                with store.unit(actor="suite") as unit:
                    unit.remove(unit.get(Card, "c-1100"))

        assert sorted(set(seen)) == seen
        assert {f"c-{number:04}" for number in range(1200) if number != 1100} | {"z-0"} == set(seen)

    def test_a_stream_inside_a_unit_may_write(self, store: Store) -> None:
        """A unit may put each record that its stream gives."""
        write(store, *(card(f"c-{number:04}") for number in range(1200)))
        with store.unit(actor="suite") as unit:
            for found in unit.stream(Card):
                unit.put(found.model_copy(update={"name": "seen"}))

        assert {(2, "seen")} == {(found.version, found.name) for found in store.stream(Card)}

    def test_an_unknown_kind_is_refused(self, store: Store) -> None:
        """A class that the store was not told of is no kind, even under a known name."""

        class Impostor(Record):
            kind = "suite_card"

        class Stranger(Record):
            kind = "suite_stranger"

        for cls in (Impostor, Stranger):
            with pytest.raises(InputError):
                store.get(cls, "c-1")
            with pytest.raises(InputError):
                write(store, cls(id="c-1"))

        assert [] == list(store.stream(Card))

    def test_events_are_numbered_in_the_order_of_the_commits(self, store: Store) -> None:
        """Numbers go 1, 2, 3 without gaps; a unit that was undone took none."""
        one, two = card("c-1"), card("c-2")
        with store.unit(actor="ada", reason="import") as unit:
            unit.emit(told("e-2", one))
            unit.emit(told("e-1", two))
        with pytest.raises(ZeroDivisionError), store.unit(actor="eve") as unit:  # noqa: PT012 - one block, one law
            unit.emit(told("e-9", one))
            raise ZeroDivisionError
        with store.unit(actor="bob") as unit:
            unit.emit(told("e-3", one, "suite.closed"))

        expected = [(1, 1, "ada", "import", "e-2"), (2, 1, "ada", "import", "e-1"), (3, 2, "bob", "", "e-3")]
        assert expected == [
            (told.seq, told.unit.number, told.unit.actor, told.unit.reason, told.event.id)
            for told in store.history.events()
        ]

    def test_events_of_one_record_and_of_a_kind(self, store: Store) -> None:
        """They come in order, past a number; a record's removal does not take them away."""
        one, two, memo = write(store, card("c-1"), card("c-2"), Memo(id="c-1"))
        for number, subject in enumerate([one, two, memo, one], start=1):
            with store.unit(actor="suite") as unit:
                unit.emit(told(f"e-{number}", subject))
        with store.unit(actor="suite") as unit:
            unit.remove(one)

        assert [1, 4] == [told.seq for told in store.history.events(Card, "c-1")]
        assert [1, 2, 4] == [told.seq for told in store.history.events(Card)]
        assert [4] == [told.seq for told in store.history.events(Card, "c-1", after=1)]
        assert [3, 4] == [told.seq for told in store.history.events(after=2)]
        assert [] == list(store.history.events(Card, "c-9"))
        with pytest.raises(InputError):
            list(store.history.events(id="c-1"))

    def test_an_event_is_read_as_it_was_told(self, store: Store) -> None:
        """Every field comes back equal."""
        event = told("e-1", card("c-1")).model_copy(update={"data": {"ü": [1, 2.5, None, {"a": -0.0}]}, "reason": "ß"})
        with store.unit(actor="suite") as unit:
            unit.emit(event)

        assert [event] == [told.event for told in store.history.events()]

    def test_an_event_is_told_once(self, store: Store) -> None:
        """A second event of the same id is a Conflict, in the same unit or a later one, and nothing of it stays."""
        event = told("e-1", card("c-1"))
        with pytest.raises(Conflict), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.emit(event)
            unit.emit(event)
        with store.unit(actor="suite") as unit:
            unit.emit(event)
        with pytest.raises(Conflict), store.unit(actor="suite") as unit:  # noqa: PT012 - one block, one law
            unit.put(card("c-1"))
            unit.emit(event)

        assert [event] == [told.event for told in store.history.events()]
        assert [] == list(store.stream(Card))

    def test_thousands_of_events(self, store: Store) -> None:
        """More events than any batch holds keep their order and their numbers."""
        with store.unit(actor="suite") as unit:
            for number in range(2500):
                unit.emit(told(f"e-{number}", card(f"c-{number % 3}")))

        assert [(seq, f"e-{seq - 1}") for seq in range(1, 2501)] == [
            (t.seq, t.event.id) for t in store.history.events()
        ]
        assert 833 == sum(1 for _ in store.history.events(Card, "c-1"))
