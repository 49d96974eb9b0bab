"""Hiring onto a seat: both or neither."""

from datetime import UTC, datetime, timedelta

import pytest

from crmcore.errors import IllegalStep, LawBroken
from crmcore.hiring.moving import hire, let_go, unhire
from crmcore.model.hiring import Application, Opening
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p-1", name="Any", stages=[Stage(key="offer", label="Offer", category="offer")])


def on(day: int) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


def application(id_: str = "a-1", job: str = "j-1") -> Application:
    """Return a new application."""
    return Application.begin(id=id_, contact=f"c-{id_}", job=job, within=PIPELINE, on=on(0))[0]


def seat() -> Opening:
    """Return an open seat."""
    return Opening(id="o-1", job="j-1").open(on=on(0))[0]


def test_a_seat_is_sold_once():
    """The second hire is refused, and says who has it."""
    _, filled, _ = hire(application(), seat(), on=on(1), seat_event="s-1")

    with pytest.raises(LawBroken, match="opening 'o-1' is filled by application 'a-1'; unfill it before 'a-2'"):
        hire(application("a-2"), filled, on=on(2), seat_event="s-2")


def test_a_seat_of_another_job_is_not_taken():
    """Nor given back."""
    for act in (hire, unhire):
        with pytest.raises(LawBroken, match="is a seat of job 'j-1', and application 'a-1' is for job 'j-2'"):
            act(application(job="j-2"), seat(), on=on(1), seat_event="s-1")


def test_one_who_is_not_active_is_not_hired():
    """And the seat stays as it is."""
    rejected, _ = application().reject("skills", on=on(1))

    with pytest.raises(IllegalStep, match="what is rejected cannot hire; it can: reopen"):
        hire(rejected, seat(), on=on(2), seat_event="s-1")


def test_a_hire_is_undone_with_its_seat():
    """Both go back, and both keep what happened; nobody gives back another's seat."""
    hired, filled, _ = hire(application(), seat(), on=on(1), seat_event="s-1")
    other, others, _ = hire(
        application("a-2"), Opening(id="o-2", job="j-1").open(on=on(0))[0], on=on(1), seat_event="s-2"
    )
    active, freed, told = unhire(hired, filled, on=on(5), seat_event="s-3")

    assert ("active", "open", None) == (active.status.value, freed.status.value, freed.holder)
    assert ["application.unhired", "opening.unfilled"] == [event.type for event in told]
    assert [2, 3] == [len(active.history.stays), len(freed.ledger)]
    with pytest.raises(LawBroken, match="opening 'o-2' was filled by application 'a-2', not 'a-1'"):
        unhire(hired, others, on=on(5), seat_event="s-4")
    with pytest.raises(IllegalStep, match="what is open cannot unfill"):
        unhire(other, freed, on=on(6), seat_event="s-5")


@pytest.mark.parametrize(("by_us", "status"), [(True, "rejected"), (False, "withdrawn")])
def test_who_is_let_go_gives_back_the_seat_that_was_kept_for_them(by_us, status):
    """A reservation does not outlive its application."""
    kept, _ = seat().reserve("a-1", on=on(1))
    ended, freed, _ = let_go(application(), kept, reason="salary", on=on(2), seat_event="s-1", by_us=by_us)

    assert (status, "open") == (ended.status.value, freed.status.value)
    with pytest.raises(LawBroken, match="was reserved for application 'a-1', not 'a-2'"):
        let_go(application("a-2"), kept, reason="salary", on=on(2), seat_event="s-1")
