"""A database of each sort, with people, one open job and a pipeline of prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore import CRM
from crmcore.integrations.keys import LocalKeyring
from crmcore.storage import Sealing
from crmcore.testing import ManualClock, SequenceIds
from tests.app.recruiting.world import peopled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["memory", "sqlite"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CRM]:
    """Three people and an open job of one seat; "sealed" and "postgres" can be asked for."""
    url = {"memory": "memory:", "postgres": ""}.get(request.param, f"sqlite:///{tmp_path / 'crm.db'}")
    sealing = None
    if request.param == "sealed":
        sealing = Sealing(LocalKeyring.create(tmp_path / "keys.json"), from_sensitivity="personal")
    with CRM.open(
        url or request.getfixturevalue("postgres_url"), clock=ManualClock(), new_id=SequenceIds(), sealing=sealing
    ) as opened:
        peopled(opened)
        yield opened
