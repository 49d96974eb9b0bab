"""Opening jobs by templates: a pipeline of their own, their seats, and nothing shared with what is edited later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import IllegalStep, InputError, LawBroken
from crmcore.hiring import templates
from crmcore.hiring.templates import JobTemplate, Opened, copied
from crmcore.model.hiring import ApprovalFlow, Band, Job, JobStatus, OpeningStatus, Requisition, TeamMember
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Purpose, Stage
from crmcore.model.stage_history import Status
from crmcore.storage.memory import MemoryStore
from crmcore.testing import ManualClock

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def on(day: float = 0) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


def ids(prefix: str = "id"):
    """Return a maker of ids."""
    numbers = count(1)
    return lambda: f"{prefix}-{next(numbers)}"


def opened(template: JobTemplate = templates.engineering, title: str = "Data engineer", **more: object) -> Opened:
    """Return a job that is opened by a template."""
    return template.open(title, **{"new_id": ids(), "on": on(), **more})


def requisition(**more: object) -> Requisition:
    """Return one for two that is open."""
    held = Requisition.model_validate({"id": "r-1", "title": "Engineer", "headcount": 2, **more})
    held, _ = held.draft(on=on())
    return held.submit(ApprovalFlow(), on=on())[0].step("open", on=on())[0]


def test_a_job_is_opened_with_all_that_belongs_to_it():
    """And one unit of work takes all of it."""
    made = opened(
        openings=2, band=Band.of("EUR", 60_000, 80_000), team={"recruiter": "ann", "interviewer": ["bo", "cy"]}
    )
    store = MemoryStore(tenant="acme", clock=ManualClock())
    with store.unit(actor="eva") as unit:
        for record in made.records:
            unit.put(record)
        for event in made.events:
            unit.emit(event)

    assert [OpeningStatus.OPEN] * 2 == [seat.status for seat in made.openings]
    assert (JobStatus.OPEN, made.pipeline.id, {made.job.id}) == (
        store.get(Job, made.job.id).status,
        made.job.pipeline,
        {seat.job for seat in made.openings},
    )
    assert [("ann",), ("bo", "cy")] == [made.job.active(role, at=on().at) for role in ("recruiter", "interviewer")]
    assert ["pipeline.copied", "job.opened", "opening.opened", "opening.opened"] == [each.type for each in made.events]
    assert 4 == len({event.id for event in made.events})


def test_editing_a_template_leaves_running_jobs_alone():
    """Nor does a job's pipeline change the template, or another job."""
    stored = templates.sales.pipeline.copy("mine").evolve(is_template=True)
    first = opened(JobTemplate(pipeline=stored))
    before = first.pipeline
    edited = stored.with_stage(Stage(key="case", label="Case", category="assessment"), after="applied").retire("offer")
    second = opened(JobTemplate(pipeline=edited), new_id=ids("other"))
    own = first.pipeline.retire("references")

    assert before == first.pipeline
    assert ("case", "offer") == (second.pipeline.stages[1].key, first.pipeline.stages[-1].key)
    assert "offer" not in [stage.key for stage in second.pipeline.stages]
    assert not any(stage.is_retired for stage in (*edited.stages[:-1], *second.pipeline.stages))
    assert own.stage("references").is_retired
    assert ("mine", "mine") == (first.pipeline.copied_from, second.pipeline.copied_from)


def test_a_job_that_is_a_template_gives_its_text_and_its_team():
    """Those who left it do not come along; what is passed comes before it."""
    text = Job(id="t-1", title="Engineer", pipeline="x", description="We build.", is_template=True, department="d-1")
    text = (
        text.join("ann", "recruiter", at=on().at)
        .join("old", "sourcer", at=on().at)
        .leave("old", "sourcer", at=on(1).at)
    )
    made = opened(JobTemplate(pipeline=templates.general.pipeline, job=text), "", on=on(2), department="d-2")

    assert ("Engineer", "We build.", "d-2", "t-1", False) == (
        made.job.title,
        made.job.description,
        made.job.department,
        made.job.copied_from,
        made.job.is_template,
    )
    assert [("ann", on(2).at)] == [(member.user, member.since) for member in made.job.team]
    assert () == text.history


def test_seats_take_the_leave_of_a_requisition():
    """With its band and places; never more than it has room for."""
    leave = requisition(band=Band.of("EUR", 1, 2), department="d-1", locations=["l-1"], is_backfill=True, headcount=2)
    made = opened(openings=2, requisition=leave)

    assert (("r-1",), leave.band, "d-1", ("l-1",)) == (
        made.job.requisitions,
        made.job.band,
        made.job.department,
        made.job.locations,
    )
    assert [("r-1", 1, True), ("r-1", 2, True)] == [
        (seat.requisition, seat.number, seat.is_backfill) for seat in made.openings
    ]
    with pytest.raises(LawBroken, match="room for 0 more, not for 1"):
        opened(requisition=leave, seats=made.openings)
    with pytest.raises(LawBroken, match="not for 3"):
        opened(openings=3, requisition=leave)
    with pytest.raises(IllegalStep, match="cannot open seats"):
        opened(requisition=leave.step("hold", on=on(1))[0])


def test_an_evergreen_job_begins_without_seats():
    """And takes the leave of an evergreen requisition only."""
    made = opened(openings=None, requisition=requisition(headcount=None))

    assert (True, ()) == (made.job.is_evergreen, made.openings)
    with pytest.raises(LawBroken, match="'r-1' is for 2; no evergreen job is"):
        opened(openings=None, requisition=requisition())


@pytest.mark.parametrize("openings", [-1, 1_001, 1.0, "2", True, [], float("nan")])
def test_a_number_of_seats_that_is_none_is_refused(openings):
    """Before anything is made."""
    with pytest.raises(InputError, match="openings is a number from 0 to 1000, or None"):
        opened(openings=openings)


def test_a_role_that_is_none_is_refused_with_those_that_are():
    """A typing error makes no member."""
    with pytest.raises(InputError, match="'boss' is no role in a team; the roles are: hiring_manager, recruiter"):
        opened(team={"boss": "ann"})
    member = TeamMember(user="ann", role="recruiter", since=BEGIN, is_responsible=True)
    assert (member,) == opened(team=[member]).job.team


def test_deals_and_prospects_have_no_jobs():
    """Their pipelines are used as they are."""
    for template, purpose in ((templates.client_deals, "deals"), (templates.prospect_pool, "prospects")):
        with pytest.raises(LawBroken, match=f"is for {purpose}, not for jobs"):
            opened(template)


@pytest.mark.parametrize("key", templates.TEMPLATES)
def test_every_ready_template_can_be_gone_through(key):
    """From its first stage to its last, each the next of the one before; keys and labels are plain."""
    pipeline = templates.TEMPLATES[key].pipeline
    at, seen = pipeline.first.key, [pipeline.first.key]
    while (following := pipeline.next_after(at)) is not None:
        pipeline.check_move(at, following.key)
        at = following.key
        seen.append(at)

    assert [stage.key for stage in pipeline.stages] == seen
    assert pipeline.is_template
    assert pipeline == Pipeline.model_validate_json(pipeline.model_dump_json())
    assert all(stage.ages_after < stage.stale_after for stage in pipeline.stages)
    assert (pipeline.purpose is Purpose.HIRING) == any(
        stage.category in {"application", "screening"} for stage in pipeline.stages
    )


def test_applications_and_deals_go_through_them():
    """Not only in theory."""
    from crmcore.model.hiring import Application

    pipeline = opened().pipeline
    application, _ = Application.begin(id="a-1", contact="c-1", job="id-1", within=pipeline, on=on())
    for day in range(1, len(pipeline.stages)):
        application, _ = application.advance(within=pipeline, on=on(day))
    application, _ = application.hire(on=on(99))

    assert (Status.HIRED, "offer") == (application.status, application.stage)


def test_a_copy_of_a_job_is_a_draft():
    """With the pipeline as it is now; seats, requisitions, anchors, ids elsewhere and history stay behind."""
    made = opened(openings=2, team={"recruiter": "ann"}, requisition=requisition(), is_confidential=True)
    changed = made.pipeline.retire("references")
    copy = copied(made.job.evolve(fill_began_at=BEGIN), changed, new_id=ids("copy"), on=on(5), title="Lead engineer")

    assert (JobStatus.DRAFT, "Lead engineer", True, (), None, made.job.id) == (
        copy.job.status,
        copy.job.title,
        copy.job.is_confidential,
        copy.job.requisitions,
        copy.job.fill_began_at,
        copy.job.copied_from,
    )
    assert "references" not in [stage.key for stage in copy.pipeline.stages]
    assert (("ann",), (), 1) == (copy.job.active("recruiter", at=on(5).at), copy.openings, len(copy.job.history))
    with pytest.raises(InputError, match="goes by pipeline"):
        copied(made.job, templates.general.pipeline, new_id=ids(), on=on())


@settings(max_examples=100, deadline=None)
@given(
    key=st.sampled_from([key for key, each in templates.TEMPLATES.items() if each.pipeline.purpose is Purpose.HIRING]),
    openings=st.none() | st.integers(0, 5),
    headcount=st.none() | st.integers(1, 5),
)
def test_the_same_ids_and_occasion_make_the_same_job(key, openings, headcount):
    """Nothing comes from a clock or from chance; and no requisition is overdrawn."""
    leave = requisition(headcount=headcount)
    wanted = {"openings": openings, "requisition": leave}
    if headcount is not None and (openings is None or openings > headcount):
        with pytest.raises(LawBroken):
            opened(templates.TEMPLATES[key], **wanted)
        return

    assert opened(templates.TEMPLATES[key], **wanted) == opened(templates.TEMPLATES[key], **wanted)
