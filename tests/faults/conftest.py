"""What the tests of faults share: how thorough they are, and where their figures go."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.oracle import Judge
from tests.guarantees import THOROUGH, Figures


@pytest.fixture(scope="session")
def thorough() -> bool:
    """Say whether this is the run that the page of guarantees is written from, or the short one of each day."""
    return os.environ.get(THOROUGH) == "1"


@pytest.fixture
def figures(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Figures:
    """Return the way to tell a figure of a promise: ``figures("D1", "SQLite", **{"kill points": 2000, "lost": 0})``."""
    return Figures(record_property, request.node.nodeid)


@pytest.fixture(scope="session")
def sqlite_judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Return who knows every legal state of a SQLite file."""
    return Judge.of(lambda setting: setting.open(f"sqlite:///{tmp_path_factory.mktemp('judge') / 'crm.db'}"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return the file of acknowledgements."""
    return tmp_path / "acknowledged"
