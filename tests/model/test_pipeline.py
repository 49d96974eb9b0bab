"""Pipelines: which stages can be moved to, for which reasons not, and how copies go their own way."""

import pytest
from pydantic import ValidationError

from crmcore.errors import IllegalStep, InputError
from crmcore.model.pipeline import Direction, Entrant, Guard, Pipeline, Policy, Stage, StageCategory
from crmcore.query import F

KEYS = ("applied", "screen", "onsite", "offer")


def pipeline(**more: object) -> Pipeline:
    """Return a pipeline of four stages."""
    stages = [Stage(key=key, label=key.title(), category=StageCategory.SCREENING) for key in KEYS]
    return Pipeline(**{"id": "p-1", "name": "Engineering", "stages": stages, **more})


def test_a_step_leads_on_past_or_back():
    """A retired stage between two does not make it a skip."""
    whole = pipeline()

    assert Direction.NEXT is whole.direction("applied", "screen")
    assert Direction.SKIP is whole.direction("applied", "onsite")
    assert Direction.NEXT is whole.retire("screen").direction("applied", "onsite")
    assert Direction.RETURN is whole.direction("offer", "applied")


def test_all_that_is_allowed_can_be_done_and_nothing_else():
    """Under each policy, from each stage to each."""
    for skips in Policy:
        for returns in Policy:
            held = pipeline(skips=skips, returns=returns).retire("onsite")
            for before in KEYS:
                allowed = held.allowed(before)
                for after in KEYS:
                    if after in allowed:
                        assert held.check_move(before, after, reason="as agreed") is held.direction(before, after)
                    else:
                        with pytest.raises(IllegalStep) as refused:
                            held.check_move(before, after, reason="as agreed")
                        assert allowed == refused.value.allowed


def test_a_reason_may_be_needed():
    """A blank one is none."""
    held = pipeline(skips="needs_reason")

    with pytest.raises(IllegalStep, match="skipping a stage needs a reason"):
        held.check_move("applied", "offer", reason=" ")
    assert Direction.SKIP is held.check_move("applied", "offer", reason="met her last year")
    assert Direction.NEXT is held.check_move("applied", "screen")


def test_a_guard_tells_why():
    """Each that does not hold, in order; what is not known does not hold."""
    told = Guard(key="told", reason="nobody has told the salary", where=F.salary > 0)
    seen = Guard(key="seen", reason="no interview was held", where=F.interviews > 0)
    held = pipeline().with_stage(Stage(key="offer", label="Offer", category="offer", guards=(told, seen), capacity=2))

    assert held.refusals("offer", Entrant(holds=lambda asked: asked == told.asks)) == ("no interview was held",)
    assert held.refusals("offer", Entrant(holds=lambda _: None)) == (told.reason, seen.reason)
    assert held.refusals("screen", Entrant(holds=lambda _: False)) == ()
    with pytest.raises(IllegalStep, match="the stage is full: 2 of 2 are in it"):
        held.check_entry("offer", Entrant(holds=lambda _: True, inside=2))


def test_a_copy_and_its_template_go_their_own_ways():
    """A retired stage stays behind, and a change of one does not reach the other."""
    template = pipeline(is_template=True).retire("onsite")
    copy = template.copy("p-2", name="Data engineer")
    changed = copy.with_stage(Stage(key="task", label="Task", category="assessment"), after="screen")

    assert ("applied", "screen", "offer") == tuple(stage.key for stage in copy.stages)
    assert ("applied", "screen", "task", "offer") == tuple(stage.key for stage in changed.stages)
    assert ("p-1", False, "Data engineer") == (copy.copied_from, copy.is_template, copy.name)
    assert 4 == len(template.stages)


def test_no_stage_comes_after_itself():
    """It would be nowhere."""
    with pytest.raises(InputError, match="'offer' cannot come after itself"):
        pipeline().with_stage(pipeline().stage("offer"), after="offer")


def test_a_stage_that_is_not_there_is_named_with_those_that_are():
    """Wherever a key is taken."""
    for ask in (pipeline().stage, pipeline().place, pipeline().retire, pipeline().next_after):
        with pytest.raises(InputError, match="no stage 'onsight'; its stages are: 'applied', 'screen'"):
            ask("onsight")


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([], "at least 1"),
        ([{"key": "a", "label": "A", "category": "offer"}] * 2, "listed twice: a"),
        ([{"key": "a", "label": "A", "category": "offer", "is_retired": True}], "all stages are retired"),
        ([{"key": "a", "label": "A", "category": "sold"}], "category"),
        ([{"key": "a", "label": "A", "category": "offer", "ages_after": 9, "stale_after": 3}], "stale after 3 days"),
    ],
)
def test_a_pipeline_that_cannot_be_is_refused(stages: list[dict[str, object]], message: str):
    """With the reason."""
    with pytest.raises(ValidationError, match=message):
        pipeline(stages=stages)


def test_the_diagram_has_a_line_for_each_stage_and_each_way_on():
    """Retired ones are left out, and quotes in labels do no harm."""
    lines = pipeline().retire("onsite").with_stage(Stage(key="offer", label='The "offer"', category="offer")).diagram()

    assert 1 + 3 + 2 == len(lines.splitlines())
    assert 'offer["The #quot;offer#quot;"]' in lines
