"""Laws of values: what is kept comes back equal, and what cannot be kept is refused by the name of its field."""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.errors import InputError
from crmcore.testing._store_records import Card, card, told, write

if TYPE_CHECKING:
    from crmcore.model.record import Record
    from crmcore.ports import Store

KEPT: dict[str, dict[str, Any]] = {
    "an empty text": {"note": ""},
    "blanks": {"note": " \t\r\n "},
    "quotes and SQL": {"note": "'; DROP TABLE crm_record; --\\\""},
    "control characters": {"note": "".join(chr(code) for code in range(1, 32)) + "\x7f\x85\u2028"},
    "every plane": {"note": "ß İ ı ς é e\u0301 田中 🙂 \U0010ffff \ufffd \ufffe \u202e"},
    "an escape that is text": {"note": "\\u0000 \\ud800"},
    "a megabyte": {"note": "é1" * 500_000},
    "the smallest and largest numbers": {
        "extra": {"a": 2**63 - 1, "b": -(2**63), "c": 5e-324, "d": 1.7976931348623157e308}
    },
    "a negative zero": {"extra": {"z": -0.0}},
    "many digits": {"extra": {"f": 0.1 + 0.2, "i": 9007199254740993}, "rating": 1 / 3},
    "text that looks like other things": {"extra": {"a": "null", "b": "1e5", "c": "2020-01-01", "d": "NaN"}},
    "nothing and no": {"extra": {"a": None, "b": False, "c": [], "d": {}}},
    "keys of any text": {"extra": {"": 1, "ü": 2, "a.b": 3, "🙂": 4, "\ufffd": 5}},
    "a hundred floors less the first": {"extra": {"a": None}},
    "the first year": {"seen": datetime(1, 1, 1, tzinfo=UTC)},
    "the last microsecond": {"seen": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)},
    "a far zone": {"seen": datetime(2026, 7, 1, 3, tzinfo=timezone(timedelta(hours=14)))},
}
DEEP: Any = 0
for _ in range(95):
    DEEP = [DEEP]
KEPT["a hundred floors less the first"] = {"extra": {"a": DEEP}}
TOO_DEEP = [[[[[[[DEEP]]]]]]]

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a NUL": ({"note": "a\0b"}, "note"),
    "a NUL far down": ({"extra": {"a": [{"b": "\0"}]}}, "extra.a.0.b"),
    "a NUL in a key": ({"extra": {"a\0": 1}}, "extra"),
    "half a character": ({"note": "\ud800"}, "note"),
    "half a character in a list": ({"emails": ("ok@x.example", "\udfff")}, "emails.1"),
    "half a character in a key": ({"extra": {"\ud800": 1}}, "extra"),
    "not a number": ({"rating": float("nan")}, "rating"),
    "an infinity": ({"rating": float("-inf")}, "rating"),
    "not a number far down": ({"extra": {"a": [1.0, float("nan")]}}, "extra.a.1"),
    "2^63": ({"extra": {"a": 2**63}}, "extra.a"),
    "below -2^63": ({"extra": {"a": -(2**63) - 1}}, "extra.a"),
    "a number of 5,000 digits": ({"extra": {"a": 10**4000}}, "extra.a"),
    "a tower of lists": ({"extra": {"a": TOO_DEEP}}, "extra.a"),
    "more than a record may take": ({"note": "x" * (17 * 1024 * 1024)}, ""),
    "what its class does not allow": ({"name": 5}, "name"),
}


class ValueLaws:
    """What may be kept."""

    @pytest.mark.parametrize("what", KEPT)
    def test_a_value_comes_back_equal(self, store: Store, what: str) -> None:
        """Down to the sign of zero and the last digit."""
        stored = write(store, card("c-1").model_copy(update=KEPT[what]))[0]
        read = store.get(Card, "c-1")

        assert stored == read
        assert _exact(stored) == _exact(read)

    @pytest.mark.parametrize("what", REFUSED)
    def test_a_value_that_cannot_be_kept_names_its_field(self, store: Store, what: str) -> None:
        """It is refused at the put, before anything is written; the unit can go on."""
        values, field = REFUSED[what]
        with store.unit(actor="suite") as unit:
            unit.put(card("c-0"))
            with pytest.raises(InputError, match=r"c-1") as caught:
                unit.put(card("c-1").model_copy(update=values))

        assert field in str(caught.value)
        assert ["c-0"] == [found.id for found in store.stream(Card)]

    def test_an_event_obeys_the_same_rule(self, store: Store) -> None:
        """A NUL in an event's data is refused at the emit, and named."""
        event = told("e-1", card("c-1")).model_copy(update={"data": {"a": "\0"}})
        with store.unit(actor="suite") as unit, pytest.raises(InputError, match=r"data\.a"):
            unit.emit(event)

        assert [] == list(store.history.events())

    @pytest.mark.parametrize("word", ["a\0", "\ud800"])
    def test_actor_and_reason_obey_it_too(self, store: Store, word: str) -> None:
        """A unit's own words are kept like any text."""
        with pytest.raises(InputError), store.unit(actor=word):
            pytest.fail("began")
        with pytest.raises(InputError), store.unit(actor="suite", reason=word):
            pytest.fail("began")


def _exact(record: Record) -> str:
    """Return what equality passes over: the sign of zero, 1 or 1.0, the offset of a time; keys have no order."""
    return json.dumps(record.model_dump(mode="json"), sort_keys=True)
