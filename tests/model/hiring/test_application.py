"""Applications: explicit verbs, refusals that say what is allowed, and a status apart from the stage."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.model.hiring import Application
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Entrant, Guard, Pipeline, Stage
from crmcore.model.stage_history import StageHistory, Status
from crmcore.query import F

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ("applied", "screen", "onsite", "offer")
GUARD = Guard(key="seen", reason="no interview was held", where=F.interviews > 0)
PIPELINE = Pipeline(
    id="p-1",
    name="Engineering",
    stages=[
        Stage(key=key, label=key.title(), category="interview", guards=(GUARD,) if key == "offer" else ())
        for key in KEYS
    ],
    returns="needs_reason",
)


def on(day: float, reason: str = "") -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva", reason=reason)


def begun(**more: object) -> Application:
    """Return a new application."""
    return Application.begin(id="a-1", contact="c-1", job="j-1", within=PIPELINE, on=on(0), **more)[0]


def test_it_advances_to_the_end_and_no_further():
    """Stage by stage; each event tells from where to where."""
    application, told = begun(), []
    for day in range(1, 4):
        application, event = application.advance(within=PIPELINE, on=on(day))
        told.append((event.data["before"], event.data["after"]))

    assert list(pairwise(KEYS)) == told
    with pytest.raises(IllegalStep, match="it is the last stage"):
        application.advance(within=PIPELINE, on=on(9))


def test_who_looks_at_an_old_page_changes_nothing():
    """The stage in which it is expected has to be the one in which it is."""
    application, _ = begun().move("screen", within=PIPELINE, on=on(1), expected="applied")

    with pytest.raises(IllegalStep, match="it was expected in 'applied'; read it again"):
        application.move("onsite", within=PIPELINE, on=on(2), expected="applied")


def test_a_guard_keeps_out_and_says_why():
    """As far as what is known of the entrant is given."""
    application = begun()

    with pytest.raises(IllegalStep, match="no interview was held"):
        application.move("offer", within=PIPELINE, on=on(1), entrant=Entrant(holds=lambda _: None))
    moved, _ = application.move("offer", within=PIPELINE, on=on(1), entrant=Entrant(holds=lambda _: True))
    assert "offer" == moved.stage


def test_going_back_may_need_a_reason():
    """Which is kept with the step."""
    application, _ = begun().move("onsite", within=PIPELINE, on=on(1))

    with pytest.raises(IllegalStep, match="going back needs a reason"):
        application.move("screen", within=PIPELINE, on=on(2))
    back, told = application.move("screen", within=PIPELINE, on=on(2, "one more talk"))
    assert ("one more talk", "return") == (back.history.steps[-1].reason, told.data["direction"])


def test_rejecting_is_not_withdrawing():
    """Both keep the stage and the reason, and both can be opened again."""
    rejected, _ = begun().reject("skills", on=on(3, "no SQL"))
    withdrawn, _ = begun().withdraw("salary", on=on(3))

    assert (Status.REJECTED, "applied", "skills", "no SQL") == (
        rejected.status,
        rejected.stage,
        rejected.history.steps[-1].reason,
        rejected.history.steps[-1].note,
    )
    assert Status.WITHDRAWN is withdrawn.status
    assert [] == list(rejected.unique_keys())
    again, _ = rejected.reopen(within=PIPELINE, on=on(5), stage="screen")
    assert (Status.ACTIVE, "screen") == (again.status, again.stage)
    assert [("active application", "j-1 c-1")] == list(again.unique_keys())


def test_a_transfer_ends_here_and_begins_there():
    """Each names the other; where it came from and who is credited goes along."""
    other = PIPELINE.copy("p-2")
    ended, fresh, told = begun(source="job board").transfer(id="a-2", job="j-2", within=other, on=on(4))

    assert (Status.TRANSFERRED, "a-2") == (ended.status, ended.went_to)
    assert ("a-1", "j-2", "p-2", "job board") == (fresh.came_from, fresh.job, fresh.pipeline, fresh.source)
    assert ("application.transferred", "a-2") == (told.type, told.data["to"])
    with pytest.raises(IllegalStep, match="nothing more"):
        ended.reopen(within=PIPELINE, on=on(5))


def test_a_transfer_to_itself_is_refused():
    """Two applications of one id, or two for one job of which one is active, would come of it."""
    with pytest.raises(LawBroken, match="for job 'j-1' already; move it"):
        begun().transfer(id="a-2", job="j-1", within=PIPELINE, on=on(4))
    with pytest.raises(InputError, match="cannot go on as itself"):
        begun().transfer(id="a-1", job="j-2", within=PIPELINE.copy("p-2"), on=on(4))


def test_an_origin_that_there_is_not_is_refused():
    """With those that there are."""
    with pytest.raises(InputError, match="'bogus' is no origin"):
        begun().change_source("job board", origin="bogus", on=on(4))


def test_private_answers_are_not_shown():
    """A record that is logged by mistake does not tell them."""
    asked = {"key": "health", "text": "Any needs?", "is_private": True, "type": "text"}
    answer = {"asked": {**asked, "questionnaire": "q-1", "revision": 1}, "value": "a ramp"}
    held = begun(private_answers=[answer])

    assert "a ramp" == held.private_answers[0].value
    assert "a ramp" not in f"{held!r} {held}"


def test_a_stage_that_is_not_there_or_retired_cannot_be_entered():
    """Wherever it is asked for."""
    held = PIPELINE.retire("screen")

    with pytest.raises(InputError, match="no stage 'x'"):
        begun().move("x", within=held, on=on(1))
    with pytest.raises(IllegalStep, match="that stage is retired; it can move to: onsite, offer"):
        begun().move("screen", within=held, on=on(1))
    with pytest.raises(IllegalStep, match="retired"):
        Application.begin(id="a-1", contact="c-1", job="j-1", within=held, on=on(0), stage="screen")


VERBS = ("move", "advance", "reject", "withdraw", "reopen", "hire", "unhire")


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(KEYS)), max_size=25))
def test_whatever_is_tried_the_history_replays_to_the_same_state(tries):
    """What is refused changes nothing; the steps alone give status and stage, and stays without gaps."""
    application = begun()
    for day, (verb, key) in enumerate(tries, 1):
        before = application
        try:
            if verb == "move":
                application, _ = application.move(key, within=PIPELINE, on=on(day, "as agreed"))
            elif verb == "advance":
                application, _ = application.advance(within=PIPELINE, on=on(day))
            elif verb == "reject":
                application, _ = application.reject("skills", on=on(day))
            elif verb == "reopen":
                application, _ = application.reopen(within=PIPELINE, on=on(day), stage=key)
            else:
                application, _ = getattr(application, verb)(on=on(day))
        except IllegalStep:
            assert before is application

    replayed = StageHistory.of(application.history.steps)
    assert (application.status, application.stage) == (replayed.status, replayed.stage)
    assert application == Application.model_validate_json(application.model_dump_json())
    assert sum((stay.left_at or on(99).at) > stay.entered_at for stay in replayed.stays) == len(replayed.stays)


def test_it_is_sealed_with_the_key_of_its_person():
    """Who shreds a person's key makes the application unreadable too."""
    assert ("contact", "c-1") == begun().about()
