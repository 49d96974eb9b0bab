"""A seat is held by one application at a time, and its ledger says how that came about."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import CrmcoreError, IllegalStep, LawBroken
from crmcore.model.hiring import Opening, OpeningStatus
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: int) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva", reason="as agreed")


def test_what_was_filled_is_freed_by_an_entry_of_its_own():
    """Nothing is taken out of the ledger."""
    seat, _ = Opening(id="o-1", job="j-1").open(on=on(0))
    seat, _ = seat.fill("a-1", on=on(5))
    seat, told = seat.unfill(on=on(9))

    assert (OpeningStatus.OPEN, None) == (seat.status, seat.holder)
    assert ["open", "fill", "unfill"] == [entry.verb.value for entry in seat.ledger]
    assert ("opening.unfilled", "a-1") == (told.type, told.data["application"])
    assert OpeningStatus.FILLED is seat.was(on(7).at)


def test_nobody_gets_a_seat_that_somebody_has():
    """Reserved or filled; and a seat that is held is not closed."""
    seat, _ = Opening(id="o-1", job="j-1").open(on=on(0))
    reserved, _ = seat.reserve("a-1", on=on(1))
    filled, _ = reserved.fill("a-1", on=on(2))

    for held in (reserved, filled):
        with pytest.raises(LawBroken, match="application 'a-1'"):
            held.fill("a-2", on=on(3))
        with pytest.raises(IllegalStep, match="cannot close"):
            held.close(on=on(3))
        assert [("seat of application", "a-1")] == list(held.unique_keys())
    assert [] == list(seat.unique_keys())


def test_a_ledger_that_gives_a_seat_to_two_cannot_be_read():
    """Nor one that names nobody where somebody takes it."""
    seat, _ = Opening(id="o-1", job="j-1").open(on=on(0))
    seat, _ = seat.reserve("a-1", on=on(1))
    told = seat.model_dump()
    entry = told["ledger"][-1]

    with pytest.raises(ValidationError, match="reserved for application 'a-1'"):
        Opening.model_validate({**told, "ledger": [*told["ledger"], {**entry, "verb": "fill", "application": "a-2"}]})
    with pytest.raises(ValidationError, match="names an application"):
        Opening.model_validate({**told, "ledger": [told["ledger"][0], {**entry, "application": None}]})


@given(
    st.lists(st.tuples(st.sampled_from(["reserve", "release", "fill", "unfill", "close", "reopen"]), st.integers(1, 3)))
)
def test_whatever_is_tried_the_ledger_adds_up(tries):
    """Entries that take it and those that free it alternate, each pair for one application."""
    seat, _ = Opening(id="o-1", job="j-1").open(on=on(0))
    for day, (verb, number) in enumerate(tries, 1):
        before = seat
        try:
            if verb in {"reserve", "fill"}:
                seat, _ = getattr(seat, verb)(f"a-{number}", on=on(day))
            else:
                seat, _ = getattr(seat, verb)(on=on(day))
        except CrmcoreError:
            assert before == seat

    holder = None
    for entry in seat.ledger:
        if entry.verb.value in {"reserve", "fill"}:
            assert holder in {None, entry.application}
            holder = entry.application
        elif entry.application is not None:
            assert holder == entry.application
            holder = None
    assert holder == seat.holder
    assert seat == Opening.model_validate_json(seat.model_dump_json())
