"""A hire is undone with its seat, also when that is told late; nobody gives back another's seat."""

from datetime import UTC, datetime, timedelta

import pytest

from crmcore.errors import LawBroken
from crmcore.hiring import offering
from crmcore.model.hiring import Application, Opening
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p-1", name="Any", stages=[Stage(key="offer", label="Offer", category="offer")])


def on(day: int) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


def application(id_: str) -> Application:
    """Return a new application."""
    return Application.begin(id=id_, contact=f"c-{id_}", job="j-1", within=PIPELINE, on=on(0))[0]


def test_what_is_told_late_frees_nobody_elses_seat():
    """On the third day it was another's; it is one's own from the sixth."""
    seat, _ = Opening(id="o-1", job="j-1").open(on=on(0))
    first = offering.hire(application=application("a-1"), opening=seat, on=on(1))
    freed = offering.unhire(application=first.application, opening=first.opening, on=on(5))
    second = offering.hire(application=application("a-2"), opening=freed.opening, on=on(6))
    early = application("a-2").hire(on=on(2))[0]

    with pytest.raises(LawBroken, match="opening 'o-1' was filled by application 'a-1', not 'a-2'"):
        offering.unhire(application=early, opening=second.opening, on=on(3))
    again = offering.unhire(application=second.application, opening=second.opening, on=on(7))
    assert ("active", "open") == (again.application.status.value, again.opening.status.value)
