"""A database of each sort, with one open job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore import CRM
from crmcore.model.hiring import Job, Opening
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline
from crmcore.testing import ManualClock
from tests.app.hiring.world import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CRM]:
    """A database with one open job of two seats."""
    url = {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path / 'crm.db'}"}.get(request.param)
    with CRM.open(url or request.getfixturevalue("postgres_url"), clock=ManualClock()) as opened:
        on = Occasion(event_id="e-job", at=opened.clock.now(), actor="eva")
        job, event = Job(id="j", title="Data engineer", pipeline="p").step("open", on=on)
        with opened.unit(actor="eva") as unit:
            unit.put(Pipeline(id="p", name="Engineering", stages=STAGES))
            unit.put(job)
            unit.emit(event)
            for number in range(2):
                unit.put(Opening(id=f"o-{number}", job="j").open(on=on)[0])
        yield opened
