"""The store of the how-to page, which an outsider would write, passes the suite with what it says that it lacks."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crmcore.testing import Capability, ManualClock, StoreSuite
from crmcore.testing.stores import SUITE_CODEC

EXAMPLE = Path(__file__).parents[2] / "examples" / "json_store.py"


def example() -> Any:
    """Load the module of the page."""
    spec = importlib.util.spec_from_file_location("json_store", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


JsonStore = example().JsonStore


class TestJsonStore(StoreSuite):
    """One JSON file, for one thread of one process."""

    lacks = frozenset({Capability.THREADS, Capability.FORK, Capability.DIGEST, Capability.HISTORY, Capability.OUTBOX})
    many = 2_000

    @pytest.fixture
    def store(self, tmp_path: Path, clock: ManualClock) -> Iterator[Any]:
        store = JsonStore(tmp_path / "crm.json", codec=SUITE_CODEC, clock=clock)
        yield store
        store.close()
