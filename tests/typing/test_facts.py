"""Facts about the types that users see; mypy checks them, and pytest runs them."""

from __future__ import annotations

from typing import assert_type

import crmcore
from crmcore import errors


def column_at_fault(error: KeyError) -> str:
    """Narrow a builtin to crmcore's error, as a handler would."""
    if isinstance(error, crmcore.UnknownColumn):
        assert_type(error.column, str)
        return error.column
    return ""


def test_an_error_is_also_its_builtin() -> None:
    """A handler for the builtin takes crmcore's error, and finds its facts typed."""
    assert "emial" == column_at_fault(crmcore.UnknownColumn("emial", ["email"]))


def test_the_front_door_gives_the_same_types() -> None:
    """A name taken through the front door is the class itself, not Any."""
    missing = crmcore.MissingExtra("read spreadsheets", "sheets")

    assert_type(missing, errors.MissingExtra)
    assert_type(missing.extra, str)
    assert "sheets" == missing.extra
