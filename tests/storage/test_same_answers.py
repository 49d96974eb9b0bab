"""Memory and SQLite answer alike, where no server is at hand either; tests/conformance/test_machine.py adds PostgreSQL."""

from __future__ import annotations

import tempfile
from pathlib import Path

from crmcore.ports import Clock, Store
from crmcore.storage import SqlStore
from crmcore.testing.machine import store_machine
from crmcore.testing.stores import SUITE_CODEC

FOLDER = tempfile.TemporaryDirectory(prefix="crmcore-machine-")


def in_file(tenant: str, clock: Clock) -> Store:
    """Open a tenant of one SQLite file."""
    return SqlStore(f"sqlite:///{Path(FOLDER.name) / 'crm.db'}", codec=SUITE_CODEC, tenant=tenant, clock=clock)


TestStoreMachine = store_machine(in_file, sequences=60).TestCase
