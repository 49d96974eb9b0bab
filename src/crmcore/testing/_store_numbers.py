"""Laws of numbers and cursors: what is none is refused by every store, before a database reads it in its own way."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.errors import InputError, NotFound
from crmcore.query import F
from crmcore.testing._store_capabilities import Capability, Declared
from crmcore.testing._store_records import Card, card, told

if TYPE_CHECKING:
    from crmcore.ports import Reader, Store

__all__ = ["NumberLaws"]

FAR_OFF = datetime(9000, 1, 1, tzinfo=UTC)
LAST = 2**63 - 1
"""The largest number of a unit, a change or an event."""
NO_NUMBERS = ("1", "x", b"1", 1.0, 1.5, float("nan"), True, False, (), [1], object())
"""What is no whole number, though some database takes it for one."""
NO_PLACES = (-1, -(2**63) - 1, LAST + 1, 10**30, 10**5000, None, *NO_NUMBERS)
NO_TEXTS = (5, 1.5, True, b"x", (), ["x"], object())


class NumberLaws(Declared):
    """What is refused wherever a number or a cursor is asked for."""

    def test_a_place_in_the_history_is_a_whole_number(self, store: Store) -> None:
        """From 0 to the largest of 64 bits; anything else is an InputError, wherever one follows the history."""
        self.need(Capability.HISTORY, store)
        _filled(store)
        history = store.history
        for place in NO_PLACES:
            asked: Any = place
            for follow in (
                lambda after: history.units(after=after),
                lambda after: history.changes(after=after),
                lambda after: history.changes(Card, "c-1", after=after),
                lambda after: history.events(after=after),
                lambda after: history.events(Card, after=after),
            ):
                with pytest.raises(InputError):
                    list(follow(asked))
        for after, found in ((0, 1), (LAST, 0)):
            assert [found] * 3 == [
                len(list(follow(after=after))) for follow in (history.units, history.changes, history.events)
            ]

    def test_the_length_of_a_page_is_a_whole_number(self, store: Store) -> None:
        """What is none is refused by the store, by a unit, and by what looks at the past."""
        _filled(store)
        readers: list[Reader] = [store] if Capability.HISTORY in self.lacks else [store, store.history.as_of(FAR_OFF)]
        for limit in (*NO_PLACES, 0):
            asked: Any = limit
            for reader in readers:
                with pytest.raises(InputError):
                    reader.find(Card, limit=asked)
        with store.unit(actor="suite") as unit:
            for limit in (*NO_PLACES, 0):
                asked = limit
                with pytest.raises(InputError):
                    unit.find(Card, limit=asked)

            assert 1 == len(unit.find(Card, limit=1))

    def test_a_cursor_is_a_text(self, store: Store) -> None:
        """A number or bytes in the place of a page's cursor, or of the id that a stream begins past, are refused."""
        _filled(store)
        readers: list[Reader] = [store] if Capability.HISTORY in self.lacks else [store, store.history.as_of(FAR_OFF)]
        for after in NO_TEXTS:
            asked: Any = after
            for reader in readers:
                with pytest.raises(InputError):
                    reader.find(Card, F.name == "Ada", after=asked)
                with pytest.raises(InputError):
                    list(reader.stream(Card, after=asked))
        for asked in (None, "a\0", "\ud800"):
            for reader in readers:
                with pytest.raises(InputError):
                    list(reader.stream(Card, after=asked))

    def test_the_numbers_of_the_outbox(self, store: Store) -> None:
        """How many, how long, past which event, and which one: what is none is refused, and makes no consumer."""
        self.need(Capability.OUTBOX, store)
        _filled(store)
        outbox = store.outbox
        for number in NO_NUMBERS:
            asked: Any = number
            for wish in ("limit", "after") if isinstance(number, float) else ("limit", "after", "seconds"):
                with pytest.raises(InputError):
                    outbox.claim("hooks", **{wish: asked})
            with pytest.raises(InputError):
                outbox.revive("hooks", asked)
            with pytest.raises(InputError):
                outbox.claim(asked if not isinstance(number, str) else "")
        for place in NO_PLACES:
            asked = place
            with pytest.raises(InputError):
                list(outbox.dead("hooks", after=asked))
        for number in (-1, 0, LAST, LAST + 1, 10**30):
            with pytest.raises(NotFound):
                outbox.revive("hooks", number)
        for number in (LAST, LAST + 1, 10**30):
            with pytest.raises(InputError):
                outbox.claim("hooks", after=number)

        assert [] == list(outbox.dead("hooks", after=LAST))
        assert [1] == [delivery.stored.seq for delivery in outbox.claim("hooks")]


def _filled(store: Store) -> None:
    with store.unit(actor="suite") as unit:
        unit.emit(told("e-1", unit.put(card("c-1", "Ada"))))
