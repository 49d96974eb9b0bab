"""The front door says how a database finds people."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmcore import CRM
from crmcore.errors import InputError
from crmcore.query import F


def test_a_question_is_explained_without_its_values(tmp_path: Path) -> None:
    """The statement goes by an index, and what it asks for is a parameter."""
    with CRM.open(f"sqlite:///{tmp_path / 'crm.db'}") as crm:
        told = crm.explain_sql(F.email == "ada@home.example")
        nearby = crm.explain_sql('location within 30 km of "Utrecht"')

    assert told.is_exact
    assert "home.example" not in str(told)
    assert any("email" in index for index in told.indexes)
    assert not nearby.is_exact


def test_memory_has_nothing_to_explain() -> None:
    """It takes no SQL, and says so."""
    with CRM.open("memory:") as crm, pytest.raises(InputError, match="takes no SQL"):
        crm.explain_sql(F.email == "ada@home.example")
