"""The conformance suite of :class:`crmcore.ports.Store`: what every store must do, as tests to inherit.

An author of a store writes one class, and pytest runs every law::

    class TestMyStore(StoreSuite):
        lacks = {Capability.FORK}

        @pytest.fixture
        def store(self, tmp_path, clock):
            with MyStore(tmp_path / "crm.db", codec=SUITE_CODEC, clock=clock) as store:
                yield store

The store keeps the kinds of :data:`SUITE_CODEC`, starts empty, and gives up waiting for another writer within a second
or so. What it cannot do it declares in `lacks`; such laws are skipped by name, with the capability's sentence. A store
that says it is SHARED is opened a second time by `another`. The suite is versioned with crmcore: any release may add a
law. :func:`crmcore.testing.machine.store_machine` finds what nobody thought of as a law.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmcore.testing._store_capabilities import Capability
from crmcore.testing._store_claims import ClaimLaws
from crmcore.testing._store_finding import FindingLaws
from crmcore.testing._store_numbers import NumberLaws
from crmcore.testing._store_outbox import OutboxLaws
from crmcore.testing._store_questions import AskingLaws
from crmcore.testing._store_reading import ReadingLaws
from crmcore.testing._store_records import SUITE_CODEC, Card, CardSkill, Memo, Seat
from crmcore.testing._store_sharing import SharingLaws
from crmcore.testing._store_times import TimeLaws
from crmcore.testing._store_units import UnitLaws
from crmcore.testing._store_values import ValueLaws

if TYPE_CHECKING:
    from crmcore.ports import Store

__all__ = ["SUITE_CODEC", "Capability", "Card", "CardSkill", "Memo", "Seat", "StoreSuite"]


class StoreSuite(
    UnitLaws, ReadingLaws, FindingLaws, AskingLaws, ClaimLaws, TimeLaws, ValueLaws, SharingLaws, OutboxLaws, NumberLaws
):
    """Every law of a store; inherit it, and override `store` (and `another`, where it is SHARED)."""

    @pytest.fixture
    def store(self) -> Store:
        """Return an empty store of the kinds in SUITE_CODEC; override it."""
        raise AssertionError("override the fixture `store`: return an empty store that keeps the kinds of SUITE_CODEC")
