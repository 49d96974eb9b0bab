"""Tables made by hand for tests of flow: a few steps told in days, and an empty one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crmcore.model.hiring import Application
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.model.stage_history import StageHistory, Step
from crmcore.reports.pipeline.table import StageTable

BEGINS = datetime(2026, 1, 5, tzinfo=UTC)
KEYS = ("applied", "screen", "onsite")
PIPELINE = Pipeline(
    id="p-1", name="Engineering", stages=tuple(Stage(key=key, label=key, category="interview") for key in KEYS)
)


def day(number: float) -> datetime:
    """Return an instant."""
    return BEGINS + timedelta(days=number)


def application(number: int, *steps: tuple[str, str, float], job: str = "j-1") -> Application:
    """Return an application from (verb, stage, day) steps."""
    told = [
        Step(verb=verb, stage=stage, occurred_at=day(at), recorded_at=day(at), by="eva") for verb, stage, at in steps
    ]
    history = StageHistory.of(told)
    return Application(id=f"a-{number:03}", contact=f"c-{number}", job=job, pipeline="p-1", history=history)


def table(*applications: Application) -> StageTable:
    """Return their table."""
    return StageTable.of(applications, pipelines=[PIPELINE])
