"""Worlds of hiring drawn with a seed: everything that the tables of states allow, late, back and forth, at one instant."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from crmcore.errors import LawBroken
from crmcore.model.hiring import Application, Job, Offer, Opening
from crmcore.model.hiring.job import JOBS, JobStep
from crmcore.model.hiring.offer_steps import OfferStep
from crmcore.model.hiring.opening import SEATS, SeatEntry
from crmcore.model.hiring.terms import OfferTerms
from crmcore.model.machine import in_time
from crmcore.model.money import Money
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.stage_history import ENDINGS, STEPS, StageHistory, Step
from crmcore.reports.pipeline import Mark, StageTable
from tests.reports.pipeline.slowly import TAKING, World

BEGAN = datetime(2026, 2, 25, 21, tzinfo=UTC)
PIPELINES = [
    Pipeline(
        id="p-1",
        name="One",
        stages=[
            Stage(key="applied", label="A", category="application"),
            Stage(key="screen", label="S", category="screening"),
            Stage(key="old", label="O", category="screening", is_retired=True),
            Stage(key="onsite", label="I", category="interview"),
            Stage(key="offer", label="F", category="offer"),
        ],
    ),
    Pipeline(
        id="p-2",
        name="Two",
        stages=[
            Stage(key="screen", label="S", category="application"),
            Stage(key="applied", label="A", category="interview"),
        ],
    ),
]
TERMS = OfferTerms(title="E", pay=Money(amount=1, currency="EUR"), starts_on=datetime(2026, 5, 1, tzinfo=UTC).date())


def drawn(seed: int) -> World:
    """Draw a world."""
    draw = random.Random(seed)
    jobs = [_job(draw, f"j-{number}") for number in range(3)]
    applications = [_application(draw, f"a-{number}") for number in range(draw.randint(0, 9))]
    free = [each.id for each in applications]
    draw.shuffle(free)
    openings = [_opening(draw, f"o-{number}", free) for number in range(draw.randint(0, 5))]
    offers = [_offer(draw, f"f-{number}", each) for number, each in enumerate(applications) if draw.random() < 0.6]
    marks = [
        Mark(kind, draw.choice(["j-0", "j-1", "j-2"]), _at(draw, 0))
        for kind in ("posted", "approved", "posted", "fill_began", "fill_ended")
        if draw.random() < 0.7
    ]
    for each in applications:
        kinds = ("touched", "added", "started", "started", "touched")
        marks += [Mark(kind, each.id, _at(draw, 10), _at(draw, 30)) for kind in kinds if draw.random() < 0.3]
    return World(applications, PIPELINES, jobs, openings, [offer for offer in offers if offer], marks)


def table_of(world: World) -> StageTable:
    """Return a world as columns."""
    return StageTable.of(
        world.applications,
        pipelines=world.pipelines,
        jobs=world.jobs,
        openings=world.openings,
        offers=world.offers,
        marks=world.marks,
    )


def _at(draw: random.Random, day: float) -> datetime:
    return BEGAN + timedelta(days=day, hours=draw.choice([0, 0, 5, 12, 29]), minutes=draw.choice([0, 7]))


def _told(at: datetime) -> dict[str, object]:
    return {"occurred_at": at, "recorded_at": at, "by": "eva"}


def _later(draw: random.Random, at: datetime) -> datetime:
    return at + timedelta(hours=draw.choice([0, 3, 24, 50, 100, 170]), minutes=draw.choice([0, 0, 11]))


def _job(draw: random.Random, key: str) -> Job:
    at, status, history = _at(draw, 0), None, []
    for _ in range(draw.randint(0, 6)):
        verb = draw.choice(JOBS.allowed(status))
        history.append(JobStep(verb=verb, **_told(at)))
        status, at = JOBS.after(status, verb), _later(draw, at) + timedelta(minutes=1)
    return Job(id=key, title=key, pipeline="p-1", history=history, is_evergreen=draw.random() < 0.3)


def _application(draw: random.Random, key: str) -> Application:
    pipeline = draw.choice([PIPELINES[0], PIPELINES[0], PIPELINES[1]])
    keys = [stage.key for stage in pipeline.stages]
    at, status, stage, steps = _at(draw, 3), None, "", []
    for _ in range(draw.randint(1, 9)):
        verbs = [verb for verb in STEPS.allowed(status) if verb != "transfer"]
        verb = draw.choice([*verbs, *[v for v in verbs if v == "move"] * 4])
        stage = stage if verb in ENDINGS else draw.choice([each for each in keys if verb != "move" or each != stage])
        steps.append(Step(verb=verb, stage=stage, **_told(at)))
        status, at = STEPS.after(status, verb), _later(draw, at)
    return Application(
        id=key,
        contact=f"c-{draw.randint(0, 4)}",
        job=f"j-{draw.randint(0, 3)}",
        pipeline=pipeline.id,
        history=StageHistory(steps=steps),
        source=draw.choice(["", "board", "referral"]),
    )


def _opening(draw: random.Random, key: str, free: list[str]) -> Opening:
    at, status, holder, ledger = _at(draw, 0), None, None, []
    for _ in range(draw.randint(0, 7)):
        verb = draw.choice(SEATS.allowed(status))
        names = None
        if verb in TAKING:
            holder = holder or (free.pop() if free else "a-unknown" + key)
            names = holder
        elif verb in {"release", "unfill"}:
            names, holder = holder, None
        ledger.append(SeatEntry(verb=verb, application=names, **_told(at)))
        status, at = SEATS.after(status, verb), _later(draw, at)
    return Opening(id=key, job=f"j-{draw.randint(0, 3)}", ledger=in_time(ledger))


def _offer(draw: random.Random, key: str, to: Application) -> Offer | None:
    words = [*("draft", "submit", "approve", "send"), *draw.choice(OFFERED)]
    at, number, history = _at(draw, 12), 0, []
    for verb in words[: draw.choice([1, 3, 4, 20, 20, 20])]:
        number += verb in {"draft", "revise"}
        history.append(OfferStep(verb=verb, number=number, **_told(at)))
        at = _later(draw, at) + timedelta(seconds=1)
    try:
        return Offer(
            id=key, application=to.id, contact=to.contact, job=to.job, opening="o-x", versions=[TERMS] * number,
            history=history,
        )  # fmt: skip
    except (LawBroken, ValueError):
        return None


OFFERED = [
    ["accept"], ["decline"], ["rescind"], ["accept", "renege"], ["accept", "rescind"], [],
    ["decline", "revise", "submit", "approve", "send", "accept"],
    ["revise", "submit", "approve", "send", "decline"],
    ["open", "revise", "submit"],
]  # fmt: skip
