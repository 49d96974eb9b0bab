"""What goes through a pipeline, whatever it is: one set of verbs, steps told late, and each kind's own ends."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.deal import Deal, DealOutcome
from crmcore.model.hiring import Application
from crmcore.model.hiring.prospect import Prospect
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Entrant, Guard, Pipeline, Purpose, Stage
from crmcore.model.schema import KINDS
from crmcore.model.stage_history import Status
from crmcore.model.staged import STAGED_FIELDS, STAGED_SENSITIVITIES, Staged
from crmcore.query import F

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ("first", "second", "third")
PIPELINE = Pipeline(
    id="p-1", name="Any", stages=[Stage(key=key, label=key, category="proposal") for key in KEYS], skips="forbidden"
)


def on(day: float, told: float | None = None) -> Occasion:
    """Return an occasion of a day, told on it or later."""
    recorded = None if told is None else BEGIN + timedelta(days=told)
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), recorded_at=recorded, actor="eva")


def application() -> Application:
    """Return a new application."""
    return Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=on(0))[0]


def deal() -> Deal:
    """Return a new deal."""
    value = Money(amount="50000", currency="EUR")
    within = PIPELINE.evolve(purpose="deals")
    return Deal.begin(id="d-1", name="Ten nurses", organisation="o-1", value=value, within=within, on=on(0))[0]


def prospect() -> Prospect:
    """Return a new prospect."""
    within = PIPELINE.evolve(purpose="prospects")
    return Prospect.begin(id="q-1", contact="c-1", source="fair", within=within, on=on(0))[0]


MADE = [application, deal, prospect]
STAGED = [record for record in KINDS.values() if issubclass(record, Staged)]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_all_kinds_go_the_same_way(made):
    """Advance, go back, end, reopen: the same refusals, events by the name of the kind."""
    record = made()
    record, advanced = record.advance(within=PIPELINE, on=on(1), expected="first")
    with pytest.raises(IllegalStep, match="it was expected in 'first'; read it again"):
        record.advance(within=PIPELINE, on=on(2), expected="first")
    record, _ = record.move("first", within=PIPELINE, on=on(2))
    with pytest.raises(IllegalStep, match="stages may not be skipped; it can move to: second"):
        record.move("third", within=PIPELINE, on=on(3))
    record, ended = record.reject("budget", on=on(3))
    again, _ = record.reopen(within=PIPELINE, on=on(4), stage="second")

    assert f"{record.kind}.moved" == advanced.type
    assert f"{record.kind}.{'lost' if made is deal else 'rejected'}" == ended.type
    assert (Status.REJECTED, "first", "second") == (record.status, record.stage, again.stage)
    assert ["first", "second", "first", "second"] == [stay.stage for stay in again.history.stays]
    assert again == type(again).model_validate_json(again.model_dump_json())


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_another_pipeline_moves_nothing(made):
    """Though it has stages of the same keys: who is in which would be counted by the wrong one."""
    other = PIPELINE.copy("p-2")
    ended, _ = made().reject("budget", on=on(1))

    for step in (
        lambda: made().move("second", within=other, on=on(1)),
        lambda: made().advance(within=other, on=on(1)),
        lambda: ended.reopen(within=other, on=on(2)),
    ):
        with pytest.raises(InputError, match="goes through pipeline 'p-1', not 'p-2'"):
            step()


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_a_step_told_late_does_not_make_the_next_one_a_skip(made):
    """From the first stage to the third, where none may be skipped; what could have followed is put in."""
    record, _ = made().advance(within=PIPELINE, on=on(1))
    record, _ = record.advance(within=PIPELINE, on=on(5))

    with pytest.raises(IllegalStep, match="stages may not be skipped"):
        record.move("first", within=PIPELINE, on=on(3, told=6))
    free = PIPELINE.evolve(skips="allowed")
    late, _ = record.move("first", within=free, on=on(3, told=6))
    assert ["first", "second", "first", "third"] == [stay.stage for stay in late.history.stays]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_nothing_is_reopened_in_a_retired_stage(made):
    """Neither where it is asked for, nor where it ended; what can be entered is said."""
    record, _ = made().reject("budget", on=on(1))
    held = PIPELINE.retire("first")

    for stage in (None, "first"):
        with pytest.raises(IllegalStep, match="cannot reopen in 'first': that stage is retired") as caught:
            record.reopen(within=held, on=on(2), stage=stage)
        assert ("second", "third") == tuple(caught.value.allowed)
    assert "third" == record.reopen(within=held, on=on(2), stage="third")[0].stage


def test_no_deal_is_transferred():
    """Though the steps could be: it would have no outcome, and none could ask for it."""
    step = {"verb": "transfer", "stage": "first", **on(1).told()}
    steps = [*deal().history.steps, step]

    with pytest.raises(ValidationError, match="a deal is not transferred"):
        deal().evolve(history={"steps": steps})


@pytest.mark.parametrize("kind", STAGED, ids=lambda kind: kind.kind)
def test_each_kind_can_be_asked_the_same(kind):
    """Stage, status and since when; its history is as confidential everywhere."""
    assert set(STAGED_FIELDS) <= set(kind.fields)
    assert STAGED_SENSITIVITIES.items() <= kind.sensitivities.items()


@pytest.mark.parametrize("kind", STAGED, ids=lambda kind: kind.kind)
def test_none_begins_without_entering_a_stage(kind):
    """Whatever it is built from."""
    given = {"id": "x", "pipeline": "p-1", "history": {}, "contact": "c", "job": "j", "name": "n"}
    with pytest.raises(ValidationError, match="begins with entering a stage"):
        kind.model_validate({key: value for key, value in given.items() if key in kind.model_fields})


def test_a_step_told_late_is_judged_by_where_it_was_then():
    """On day 9 we hear that on day 3 it went on; it had been in the first stage until day 5."""
    moved, _ = deal().move("second", within=PIPELINE, on=on(5))
    back, _ = moved.move("first", within=PIPELINE, on=on(6))
    with pytest.raises(IllegalStep, match="stages may not be skipped"):
        back.move("third", within=PIPELINE, on=on(3, told=9))
    with pytest.raises(IllegalStep, match="it is in stage 'second' already"):
        back.move("second", within=PIPELINE, on=on(3, told=9))  # and then on day 5 again
    late, told = back.move("second", within=PIPELINE, on=on(7, told=9))

    assert ("first", "second") == (told.data["before"], told.data["after"])
    assert "second" == late.stage


def test_an_end_told_late_is_in_the_stage_of_then():
    """And is refused where it went on afterwards."""
    moved, _ = deal().move("second", within=PIPELINE, on=on(5))
    lost, _ = moved.lose("price", on=on(5.5, told=9))

    assert ("second", "lost") == (lost.stage, lost.outcome)
    with pytest.raises(IllegalStep, match="what is rejected cannot move"):
        moved.lose("price", on=on(3, told=9))
    with pytest.raises(IllegalStep, match="what has not begun cannot move"):
        moved.move("second", within=PIPELINE, on=on(-1, told=9))


def test_a_deal_is_won_lost_or_withdrawn():
    """In the words of deals; a win can be undone."""
    won, told = deal().win(on=on(1))
    undone, _ = won.undo_win(on=on(2))

    assert (DealOutcome.WON, "deal.won", "o-1") == (won.outcome, told.type, told.data["organisation"])
    assert DealOutcome.OPEN is undone.outcome
    assert DealOutcome.LOST is deal().lose("price", on=on(1))[0].outcome
    assert DealOutcome.WITHDRAWN is deal().withdraw(on=on(1))[0].outcome
    assert [("deal", "d-1"), ("contact", "c-1")] == [deal().about(), deal().evolve(contact="c-1").about()]


def test_a_prospect_becomes_an_application():
    """Each names the other's side, and where it came from goes along; it is done once."""
    ended, begun, told = prospect().convert(id="a-1", job="j-1", within=PIPELINE, on=on(3), candidate="k-1")

    assert (Status.TRANSFERRED, "a-1", "prospect.converted") == (ended.status, ended.went_to, told.type)
    assert ("c-1", "fair", "sourced", "k-1") == (begun.contact, begun.source, begun.origin.value, begun.candidate)
    assert ([("active prospect", "p-1 c-1")], []) == (list(prospect().unique_keys()), list(ended.unique_keys()))
    with pytest.raises(IllegalStep, match="nothing more"):
        ended.convert(id="a-2", job="j-1", within=PIPELINE, on=on(4))
    with pytest.raises(ValidationError, match="names the application"):
        prospect().evolve(went_to="a-1")
    with pytest.raises(InputError, match="no stage 'x'"):
        Prospect.begin(id="q-2", contact="c-1", within=PIPELINE.evolve(purpose="prospects"), on=on(0), stage="x")


BEGINNING = {
    Purpose.HIRING: lambda **more: Application.begin(id="a", contact="c", job="j", on=on(0), **more)[0],
    Purpose.DEALS: lambda **more: Deal.begin(id="d", name="Ten nurses", on=on(0), **more)[0],
    Purpose.PROSPECTS: lambda **more: Prospect.begin(id="q", contact="c", on=on(0), **more)[0],
    "a transfer": lambda **more: application().transfer(id="a-2", job="k", on=on(1), **more)[1],
    "a conversion": lambda **more: prospect().convert(id="a-2", job="k", on=on(1), **more)[1],
}
SEEN = Guard(key="seen", reason="nobody has seen them", where=F.owner.is_known())
GUARDED = PIPELINE.evolve(
    stages=(PIPELINE.stages[0].evolve(capacity=1), PIPELINE.stages[1].evolve(guards=(SEEN,), capacity=2))
)


@pytest.mark.parametrize("begin", BEGINNING.values(), ids=BEGINNING)
@pytest.mark.parametrize("purpose", Purpose)
def test_only_what_a_pipeline_is_for_begins_in_it(begin, purpose):
    """An application is lost among deals: no board shows it, and no report counts it."""
    within, belongs = PIPELINE.evolve(id="p-2", purpose=purpose), BEGINNING.get(purpose, BEGINNING[Purpose.HIRING])
    if begin is belongs or (begin not in {BEGINNING[each] for each in Purpose} and purpose is Purpose.HIRING):
        assert "first" == begin(within=within).stage
    else:
        with pytest.raises(LawBroken, match=f"pipeline 'Any' is for {purpose.value}; what goes through it is no"):
            begin(within=within)


@pytest.mark.parametrize("begin", BEGINNING.values(), ids=BEGINNING)
def test_who_begins_in_a_stage_that_is_named_is_judged_by_it(begin):
    """The first one takes in everybody who names none: nothing that comes in is lost to a full stage."""
    purpose = next((each for each in Purpose if BEGINNING[each] is begin), Purpose.HIRING)
    within = GUARDED.evolve(id="p-2", purpose=purpose)
    full = Entrant(holds=lambda _: None, inside=2)
    with pytest.raises(IllegalStep, match=r"nobody has seen them; the stage is full: 2 of 2 .* are: first$") as caught:
        begin(within=within, stage="second", entrant=full)
    with pytest.raises(IllegalStep, match=r"cannot enter 'first': the stage is full: 2 of 1 are in it$"):
        begin(within=within, stage="first", entrant=full)

    assert ("first",) == caught.value.allowed
    assert "first" == begin(within=within, entrant=full).stage
    assert "second" == begin(within=within, stage="second", entrant=Entrant(holds=lambda _: True, inside=1)).stage


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_who_is_reopened_is_judged_by_the_stage(made):
    """Where it ended, and where else it is to go on."""
    ended, _ = made().reject("budget", on=on(1))
    full = Entrant(holds=lambda _: False, inside=2)
    with pytest.raises(IllegalStep, match="the stage is full: 2 of 1 are in it; other stages are: second") as caught:
        ended.reopen(within=GUARDED, on=on(2), entrant=full)
    with pytest.raises(IllegalStep, match="nobody has seen them"):
        ended.reopen(within=GUARDED, on=on(2), stage="second", entrant=full)

    assert ("second",) == caught.value.allowed
    fits = Entrant(holds=lambda _: True)
    assert ["first", "second"] == [
        ended.reopen(within=GUARDED, on=on(2), stage=stage, entrant=fits)[0].stage for stage in (None, "second")
    ]


@pytest.mark.parametrize("reason", ["", " \t\n", None, 3], ids=repr)
@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_nothing_is_rejected_for_no_reason(made, reason):
    """What cannot be told cannot be counted; who withdraws need not say why."""
    with pytest.raises(InputError, match="a reason is needed"):
        made().reject(reason, on=on(1))
    assert "" == made().withdraw(on=on(1))[0].history.steps[-1].reason


@pytest.mark.parametrize("end", ["reject", "withdraw"])
@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_the_event_tells_the_reason_that_was_given(made, end):
    """As the step does; further words are the step's note."""
    occasion = attrs.evolve(on(1), reason="in so many words")
    ended, told = getattr(made(), end)("budget", on=occasion)
    plain, plainly = made().withdraw(on=occasion)

    assert ("budget", "budget") == (told.reason, ended.history.steps[-1].reason)
    assert ("in so many words", "") == (ended.history.steps[-1].note, plain.history.steps[-1].note)
    assert plainly.reason == plain.history.steps[-1].reason == "in so many words"
