"""One verb over many: listed ids only, a result for each, and the last place goes to the first."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hiring.moving import Ask, Outcome, advance_all, move_all, reject_all, reopen_all, withdraw_all
from crmcore.model.deal import Deal
from crmcore.model.hiring import Application
from crmcore.model.hiring.prospect import Prospect
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Guard, Pipeline, Stage
from crmcore.query import F

AT = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = ("applied", "screen", "onsite")
GUARD = Guard(key="seen", reason="no talk was held", where=F.talks > 0)


def pipeline(capacity: int | None = None, **more: object) -> Pipeline:
    """Return a pipeline whose last stage takes so many."""
    stages = [Stage(key=key, label=key, category="interview") for key in KEYS[:2]]
    stages.append(Stage(key="onsite", label="On site", category="interview", capacity=capacity, guards=(GUARD,)))
    return Pipeline(id="p-1", name="Any", stages=stages, **more)


def on(id_: str) -> Occasion:
    """Return the occasion of one."""
    return Occasion(event_id=f"e-{id_}", at=AT, actor="eva", reason="as agreed")


def some(count: int, within: Pipeline) -> dict[str, Application]:
    """Return so many applications by id."""
    begun = [
        Application.begin(id=f"a-{number}", contact=f"c-{number}", job="j-1", within=within, on=on(f"b{number}"))[0]
        for number in range(count)
    ]
    return {each.id: each for each in begun}


def outcomes(bulk) -> list[str]:
    """Return what became of each."""
    return [item.outcome.value for item in bulk.items]


def test_what_is_not_listed_is_not_touched():
    """Of ten known ones two are listed, and two are changed."""
    within = pipeline()
    bulk = move_all(["a-3", "a-7"], to="screen", known=some(10, within), within={"p-1": within}, on=on)

    assert ["a-3", "a-7"] == [record.id for record in bulk.changed]
    assert ["e-a-3", "e-a-7"] == [event.id for event in bulk.events]


def test_each_has_its_own_result():
    """One refused, one out of date, one unknown and one listed twice stop none of the others."""
    within = pipeline()
    known = some(4, within)
    known["a-1"], _ = known["a-1"].reject("skills", on=on("r"))
    asks = ["a-0", "a-1", Ask(id="a-2", stage="onsite"), Ask(id="a-3", version=4), "a-9", "a-0"]
    bulk = move_all(asks, to="screen", known=known, within={"p-1": within}, on=on)

    assert ["done", "refused", "stale", "stale", "not_found", "repeated"] == outcomes(bulk)
    assert ("reopen",) == bulk.of("refused")[0].allowed
    assert "it was expected in 'onsite' and is in 'applied'; read it again" == bulk.items[2].why
    assert "it was seen in version 4 and is in version 0; read it again" == bulk.items[3].why


def test_all_or_nothing_does_nothing_where_one_cannot_be_done():
    """And says which could have been."""
    within = pipeline()
    asks = ["a-0", "a-9", "a-0"]
    bulk = move_all(asks, to="screen", known=some(1, within), within={"p-1": within}, on=on, all_or_nothing=True)

    assert ["held_back", "not_found", "repeated"] == outcomes(bulk)
    assert () == bulk.changed == bulk.events


def test_of_two_that_want_the_last_place_the_first_gets_it():
    """Those that this moves are counted on the way."""
    within = pipeline(capacity=3)
    inside = {("p-1", "onsite"): 2}
    bulk = move_all(["a-1", "a-0"], to="onsite", known=some(2, within), within={"p-1": within}, on=on, inside=inside)

    assert ["done", "refused"] == outcomes(bulk)
    assert "a-1" == bulk.changed[0].id
    assert "the stage is full: 3 of 3 are in it" in bulk.items[1].why


def test_a_place_that_one_of_them_leaves_can_be_taken():
    """What is listed first is done first."""
    within = pipeline(capacity=1)
    known = some(2, within)
    known["a-0"], _ = known["a-0"].move("screen", within=within, on=on("m"))
    known["a-1"], _ = known["a-1"].move("onsite", within=within, on=on("m"))
    swapped = within.evolve(stages=(within.stages[0], within.stages[1].evolve(capacity=1), within.stages[2]))
    both = {"p-1": swapped.evolve(stages=(*swapped.stages, Stage(key="offer", label="Offer", category="offer")))}
    inside = {("p-1", "screen"): 1, ("p-1", "onsite"): 1}

    assert ["done", "done"] == outcomes(advance_all(["a-1", "a-0"], known=known, within=both, on=on, inside=inside))
    assert ["refused", "done"] == outcomes(advance_all(["a-0", "a-1"], known=known, within=both, on=on, inside=inside))


def test_guards_are_judged_one_by_one():
    """Who does not pass is told what is missing."""
    within = pipeline()
    known = some(2, within)
    bulk = move_all(
        list(known),
        to="onsite",
        known=known,
        within={"p-1": within},
        on=on,
        holds=lambda one: lambda _: one.id == "a-1",
    )

    assert ["refused", "done"] == outcomes(bulk)
    assert "no talk was held" in bulk.items[0].why


def test_the_ids_are_a_list():
    """One text would be taken for the ids of its letters."""
    within = pipeline()

    for wrong in ("a-1", {"a-1": 1}, None):
        with pytest.raises(InputError, match="list the ids"):
            reject_all(wrong, reason="skills", known=some(2, within), on=on)
    with pytest.raises(InputError, match="list each as an id, an Ask, or a record as it was read, not as int"):
        reject_all([1], reason="skills", known={}, on=on)


def test_an_unknown_stage_or_pipeline_is_told_for_each():
    """It stops nothing else."""
    within = pipeline()
    known = some(1, within)

    assert "no stage 'x'" in move_all(["a-0"], to="x", known=known, within={"p-1": within}, on=on).items[0].why
    assert "was not handed in" in move_all(["a-0"], to="screen", known=known, within={}, on=on).items[0].why


def test_ending_and_reopening_go_the_same_way():
    """Each verb has its own refusals."""
    within = pipeline()
    known = some(3, within)
    rejected = {each.id: each for each in reject_all(["a-0", "a-1"], reason="skills", known=known, on=on).changed}
    again = reopen_all(["a-0", "a-1", "a-2"], known={**known, **rejected}, within={"p-1": within}, on=on)

    assert ["done", "done", "refused"] == outcomes(again)
    assert ["done", "refused"] == outcomes(withdraw_all(["a-2", "a-1"], known={**known, **rejected}, on=on))


def test_who_is_reopened_is_judged_and_counted_on_the_way():
    """Of three for one place the first gets it; a stage that is not named is the one in which each ended."""
    within = pipeline(capacity=2)
    known = {each.id: each.move("onsite", within=within, on=on("m"))[0] for each in some(3, within).values()}
    ended = {each.id: each for each in reject_all(list(known), reason="skills", known=known, on=on).changed}
    again = reopen_all(list(ended), known=ended, within={"p-1": within}, on=on, inside={("p-1", "onsite"): 1})
    unseen = reopen_all(ended.values(), known=ended, within={"p-1": within}, on=on, holds=lambda _: lambda _: None)
    elsewhere = reopen_all(list(ended), known=ended, within={"p-1": within}, on=on, stage="screen", inside={})

    assert ["done", "refused", "refused"] == outcomes(again)
    assert ("applied", "screen") == again.items[1].allowed
    assert "no talk was held; other stages are: applied, screen" in unseen.items[0].why
    assert ["screen"] * 3 == [each.stage for each in elsewhere.changed]


def test_records_are_listed_as_they_were_read():
    """Each in its version: what has changed since is out of date."""
    within = pipeline()
    known = some(2, within)
    bulk = withdraw_all([known["a-0"], known["a-1"].evolve(version=3)], known=known, on=on)

    assert ["done", "stale"] == outcomes(bulk)
    with pytest.raises(InputError, match="not as Pipeline"):
        withdraw_all([within], known=known, on=on)


def test_many_are_not_rejected_for_no_reason():
    """It is refused as a whole, not once for each."""
    with pytest.raises(InputError, match="a reason is needed"):
        reject_all([], reason=" ", known={}, on=on)


def test_deals_and_prospects_move_by_the_same_verbs():
    """They are in pipelines too."""
    within = pipeline()
    deal, _ = Deal.begin(id="d-1", name="Ten nurses", within=within.evolve(purpose="deals"), on=on("d"))
    prospect, _ = Prospect.begin(id="q-1", contact="c-1", within=within.evolve(purpose="prospects"), on=on("q"))
    bulk = advance_all(["d-1", "q-1"], known={"d-1": deal, "q-1": prospect}, within={"p-1": within}, on=on)

    assert ["deal.moved", "prospect.moved"] == [event.type for event in bulk.events]


def test_a_template_that_is_edited_changes_no_running_job():
    """A job has its own copy; what is retired in the copy is not entered, and who is in it stays until moved."""
    template = pipeline(is_template=True)
    mine = template.copy("p-1")
    known = some(2, mine)
    known["a-0"], _ = known["a-0"].move("screen", within=mine, on=on("m"))
    assert template.retire("screen") != template
    kept = move_all(["a-1"], to="screen", known=known, within={"p-1": mine}, on=on)
    retired = mine.retire("screen")
    refused = move_all(["a-1"], to="screen", known=known, within={"p-1": retired}, on=on)
    left = advance_all(["a-0"], known=known, within={"p-1": retired}, on=on)

    assert (["done"], ["refused"], ["done"]) == (outcomes(kept), outcomes(refused), outcomes(left))
    assert "that stage is retired; it can move to: onsite" in refused.items[0].why


@given(st.lists(st.sampled_from([*(f"a-{number}" for number in range(8)), "a-none"]), max_size=12), st.integers(0, 4))
def test_a_stage_is_never_overfilled_and_no_id_is_lost(ids, inside):
    """As many as fit, in the order in which they are listed."""
    within = pipeline(capacity=4)
    counts = {("p-1", "onsite"): inside}
    bulk = move_all(ids, to="onsite", known=some(8, within), within={"p-1": within}, on=on, inside=counts)
    distinct = [each for each in dict.fromkeys(ids) if each != "a-none"]

    assert ids == [item.id for item in bulk.items]
    assert distinct[: 4 - inside] == [record.id for record in bulk.changed]
    assert len(ids) == Counter(outcomes(bulk)).total()
    assert len(bulk.of(Outcome.REFUSED)) == max(0, len(distinct) - (4 - inside))


def test_what_is_told_late_advances_from_where_it_was_then():
    """As one by one: told on the first day of who came to the third stage on the fifth, it is the second stage."""
    within = pipeline()

    def day(number: int) -> Occasion:
        return Occasion(event_id=f"e-{number}", at=AT + timedelta(days=number), actor="eva")

    moved, _ = some(1, within)["a-0"].move("onsite", within=within, on=day(5))
    bulk = advance_all(["a-0"], known={"a-0": moved}, within={"p-1": within}, on=lambda _: day(1))

    assert [moved.advance(within=within, on=day(1))[0]] == list(bulk.changed)
    assert ["applied", "screen", "onsite"] == [step.stage for step in bulk.changed[0].history.steps]
