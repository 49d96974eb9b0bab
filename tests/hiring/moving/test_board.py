"""The board: columns of stages, and cards that stay where people put them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, NotFound
from crmcore.hiring.moving import board, put
from crmcore.model.hiring import Application
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.rank import between

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = [Stage(key=key, label=key, category="interview", capacity=2) for key in ("applied", "screen", "old")]
PIPELINE = Pipeline(id="p-1", name="Any", stages=STAGES)


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


def some(count: int) -> list[Application]:
    """Return so many applications, one a day."""
    return [
        Application.begin(id=f"a-{number}", contact=f"c-{number}", job="j-1", within=PIPELINE, on=on(number))[0]
        for number in range(count)
    ]


def shown(records) -> list[str]:
    """Return the ids in the first column."""
    return [card.id for card in board(records, within=PIPELINE)[0].cards]


def after_put(records, card, after):
    """Return all records once a card is put somewhere."""
    changed = {each.id: each for each in put(board(records, within=PIPELINE)[0], card, after=after)}
    return [changed.get(each.id, each) for each in records], changed


def test_a_column_shows_the_active_ones_longest_standing_first():
    """A retired stage is shown as long as something is in it."""
    records = some(4)
    records[1], _ = records[1].reject("skills", on=on(9))
    records[3], _ = records[3].move("old", within=PIPELINE, on=on(9))
    kept = PIPELINE.retire("old").retire("screen")

    columns = board(records, within=kept)
    assert [("applied", ["a-0", "a-2"]), ("old", ["a-3"])] == [
        (column.stage.key, [card.id for card in column.cards]) for column in columns
    ]
    assert [0, 1] == [column.room for column in columns]


def test_a_card_stays_where_it_was_put_and_forgets_it_in_another_stage():
    """One card changes; the others do not."""
    records, changed = after_put(some(3), "a-2", None)
    moved, _ = changed["a-2"].move("screen", within=PIPELINE, on=on(9))

    assert ["a-2", "a-0", "a-1"] == shown(records)
    assert ["a-2"] == list(changed)
    assert "" == moved.rank


def test_a_card_that_is_not_in_the_column_is_not_found():
    """Neither the card nor the one that it is put after."""
    column = board(some(2), within=PIPELINE)[0]

    for card, after in (("a-9", None), ("a-0", "a-9")):
        with pytest.raises(NotFound, match="a-9"):
            put(column, card, after=after)
    assert () == put(column, "a-0", after="a-0")


def test_two_put_in_one_place_at_once_are_spread_out_anew():
    """Both were given the same rank; the next that comes between them makes room."""
    records = some(3)
    records[0], records[1] = records[0].placed("i"), records[1].placed("i")
    records, _ = after_put(records, "a-2", "a-0")

    assert ["a-0", "a-2", "a-1"] == shown(records)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 5)), max_size=60))
def test_the_board_is_as_a_list_in_which_the_same_is_done(moves):
    """Whatever is put wherever, however often."""
    records, wanted = some(6), [f"a-{number}" for number in range(6)]
    for card, after in moves:
        if card != after:
            wanted.remove(f"a-{card}")
            wanted.insert(0 if after < 0 else wanted.index(f"a-{after}") + 1, f"a-{card}")
        records, _ = after_put(records, f"a-{card}", None if after < 0 else f"a-{after}")

    assert wanted == shown(records)
    assert max(len(each.rank) for each in records) <= 60


def test_a_thousand_between_the_same_two_still_fit():
    """The column is spread out anew before ranks grow without end."""
    records = some(3)
    for number in range(1_000):
        records, _ = after_put(records, f"a-{1 + number % 2}", "a-0")

    assert max(len(each.rank) for each in records) <= 60
    assert ["a-0", "a-2", "a-1"] == shown(records)


RANKS = st.text("0123456789abcdefghijklmnopqrstuvwxyz", max_size=8).map(lambda text: text.rstrip("0"))


@given(RANKS, RANKS)
def test_between_lies_between(one, other):
    """And there is always one more."""
    low, high = sorted((one, other))
    if low == high and low:
        with pytest.raises(InputError, match="there is nothing between"):
            between(low, high)
        return
    found = between(low, high)

    assert low < found
    assert found < high or not high
    assert not found.endswith("0")


@pytest.mark.parametrize("wrong", ["A", "a0", "é", "a b"])
def test_what_is_no_rank_is_refused(wrong):
    """From either side."""
    with pytest.raises(InputError, match="is no rank"):
        between(wrong, "")
