"""A database of each sort, with a clock and ids that a test can foresee."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore.app import CRM
from crmcore.testing import ManualClock, SequenceIds


@pytest.fixture(params=["memory", "sqlite"])
def crm(request, tmp_path):
    """Return an empty database, in memory and in a file by turns."""
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    with CRM.open(url, clock=ManualClock(), new_id=SequenceIds()) as crm:
        yield crm


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file and return its path."""

    def write(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
