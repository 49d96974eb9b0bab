"""Names keep what is known and invent nothing."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmcore.model import PersonName


def test_mononym_round_trips_without_a_family_name():
    """A single name stays single through JSON."""
    name = PersonName(given="Sukarno")
    again = PersonName.model_validate_json(name.model_dump_json())

    assert (name, "Sukarno", "", True) == (again, again.full, again.family, again.is_mononym)


def test_family_first_changes_order_and_nothing_else():
    """The order is a fact of the name, the parts stay what they are."""
    name = PersonName(given="Xiaoming", family="Wáng", family_first=True)

    assert ("Wáng Xiaoming", "Xiaoming", "Wáng") == (name.full, name.given, name.family)


def test_display_wins_over_composition():
    """What the person writes wins over what we would compose."""
    assert "J. R. R. Tolkien" == PersonName(given="John", family="Tolkien", display="J. R. R. Tolkien").full


def test_formal_and_short_forms():
    """Title and suffix belong to the formal form, the preferred name to the short one."""
    name = PersonName(given="Augusta", family="King", prefix="Lady", suffix="FRS", preferred="Ada")

    assert ("Lady Augusta King FRS", "Ada") == (name.formal, name.short)


def test_title_alone_is_no_name():
    """A prefix without any name is refused."""
    with pytest.raises(ValidationError, match="alone is no name"):
        PersonName(prefix="Dr")


def test_lone_surrogate_is_refused():
    """A text that UTF-8 cannot hold is refused where it enters, not where it is written."""
    with pytest.raises(ValidationError):
        PersonName(given="\ud800")
