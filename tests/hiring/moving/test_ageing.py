"""Ages in a stage: thresholds to the instant, and none for what has ended."""

from datetime import UTC, datetime, timedelta

import pytest

from crmcore.errors import InputError
from crmcore.hiring.moving import ages
from crmcore.model.hiring import Application
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = [
    Stage(key="applied", label="Applied", category="application", ages_after=3, stale_after=7),
    Stage(key="screen", label="Screen", category="screening"),
]
PIPELINE = Pipeline(id="p-1", name="Any", stages=STAGES)
WITHIN = {"p-1": PIPELINE}


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


def begun(id_: str = "a-1", day: float = 0) -> Application:
    """Return an application of a day."""
    return Application.begin(id=id_, contact=id_, job="j-1", within=PIPELINE, on=on(day))[0]


@pytest.mark.parametrize(
    ("day", "freshness", "next_day"), [(0, "fresh", 3), (2.999, "fresh", 3), (3, "due", 7), (7, "stale", None)]
)
def test_it_is_due_and_stale_at_the_very_instant(day, freshness, next_day):
    """Not a moment later; what is to come next is said."""
    (age,) = ages([begun()], within=WITHIN, at=on(day).at)

    assert freshness == age.freshness.value
    assert (None if next_day is None else on(next_day).at) == age.next_at


def test_what_has_ended_grows_no_older():
    """Rejected on day 4, it has no age on day 9; opened again, it begins anew."""
    rejected, _ = begun().reject("skills", on=on(4))
    again, _ = rejected.reopen(within=PIPELINE, on=on(20))

    assert () == ages([rejected], within=WITHIN, at=on(9).at)
    assert timedelta(days=1) == ages([again], within=WITHIN, at=on(21).at)[0].lasted
    assert "due" == ages([again], within=WITHIN, at=on(3.5).at)[0].freshness.value  # as it was then


def test_the_longest_standing_come_first_and_without_a_threshold_nothing_is_due():
    """Wherever they are."""
    moved, _ = begun("a-2").move("screen", within=PIPELINE, on=on(1))
    found = ages([begun("a-3", 5), moved, begun("a-1")], within=WITHIN, at=on(30).at)

    assert [("a-1", "stale"), ("a-2", "fresh"), ("a-3", "stale")] == [(age.id, age.freshness.value) for age in found]
    assert (None, None, None) == (found[1].due_at, found[1].stale_at, found[1].next_at)


def test_an_instant_without_zone_and_a_missing_pipeline_are_refused():
    """With what to do."""
    with pytest.raises(InputError, match="no time zone"):
        ages([begun()], within=WITHIN, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    with pytest.raises(InputError, match="pipeline 'p-1' of application 'a-1' was not handed in"):
        ages([begun()], within={}, at=on(1).at)
