"""Random sequences of commands over jobs, openings and applications break no law; planted faults are found."""

import pytest

from crmcore.model.hiring.opening import SeatEntry, SeatVerb
from tests.hiring.random_sequences import WEIGHTS, hired_with_seat, run


def test_no_law_is_broken():
    """Some hundreds here; `python -m tests.hiring.random_sequences` runs twenty thousand."""
    world = run(300)

    assert [] == [command for command in WEIGHTS if not world.done[command]]
    assert world.done["hire"] > 100


def only_the_person(application, opening, *, on):
    """Hire the person and forget the seat."""
    return application.hire(on=on)[0], opening


def only_the_seat(application, opening, *, on):
    """Fill the seat and forget the person."""
    return application, opening.fill(application.id, on=on)[0]


def whoever_has_it(application, opening, *, on):
    """Fill a seat that may be another's, past the checks of the record."""
    entry = SeatEntry(verb=SeatVerb.FILL, application=application.id, **on.told())
    oversold = opening.model_copy(update={"ledger": (*opening.ledger, entry)})
    return application.hire(on=on)[0], oversold


def with_a_gap(application, opening, *, on):
    """Forget the step before the hire, past the checks of the record."""
    hired, filled = hired_with_seat(application, opening, on=on)
    kept = (*hired.history.steps[:-2], hired.history.steps[-1]) if len(hired.history.steps) > 2 else hired.history.steps
    return hired.model_copy(update={"history": hired.history.model_copy(update={"steps": kept})}), filled


@pytest.mark.parametrize("fault", [only_the_person, only_the_seat, whoever_has_it, with_a_gap])
def test_a_planted_fault_is_found(fault):
    """The negative control: with a faulty hire the same laws are broken."""
    with pytest.raises((AssertionError, ValueError)):
        run(300, hire=fault)


def test_whom_nobody_judges_overfills_a_stage():
    """The negative control: without an entrant neither reopening nor beginning asks whether there is room."""
    with pytest.raises(AssertionError, match="overfills a stage"):
        run(300, judge=lambda *_: None)
