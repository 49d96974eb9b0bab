"""The laws of a directory of users, as tests that an adapter inherits.

All that an author writes::

    class TestMyDirectory(crmcore.testing.directory_suite.DirectorySuite):
        @pytest.fixture
        def directory(self):
            return MyDirectory(...)  # an empty one
"""

# ruff: noqa: S101, SIM300 - a suite asserts, and says what it expected first

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from crmcore.errors import Taken
from crmcore.hiring.handover import Hire, Keep, Make, export_user, scim_patch, scim_user
from crmcore.model import ContactRecord, PersonName

if TYPE_CHECKING:
    from crmcore.ports import Directory

__all__ = ["DirectorySuite"]


def _user(number: int = 1, *, name: str = "", title: str = "Engineer") -> dict[str, Any]:
    """Return the user that one of several hires is to be there."""
    hired = datetime(2026, 3, 2, 9, tzinfo=UTC)
    ids = {"id": f"a-{number}", "contact": f"c-{number}", "job": "j-1", "opening": f"o-{number}"}
    contact = ContactRecord(id=f"c-{number}", name=PersonName(given="Ada", family=f"Lovelace {number}"))
    hire = Hire(**ids, hired_at=hired, starts_on=date(2026, 5, 1), title=title)
    return scim_user(hire, contact, user_name=name or f"ada.{number}", as_of=date(2026, 5, 1), manager="")


def _found(directory: Directory, user: dict[str, Any]) -> list[str]:
    """Return the ids of the users with its externalId or its name."""
    found = directory.find(external_id=user["externalId"], user_name=user["userName"])
    return sorted(str(one["id"]) for one in found)


class DirectorySuite:
    """What every directory does; inherit it, and hand in one without users."""

    @pytest.fixture
    def directory(self) -> Directory:
        """Return a directory without users."""
        pytest.fail("a suite for directories needs the fixture directory")

    def test_where_nobody_is_nobody_is_found(self, directory: Directory) -> None:
        """That is no error."""
        assert [] == _found(directory, _user())

    def test_who_is_made_is_found(self, directory: Directory) -> None:
        """By the externalId, or by the user name in any case; nobody else is."""
        made = [str(directory.create(_user(number))["id"]) for number in (1, 2)]

        assert 2 == len(set(made) - {""})
        for asked in ({"external_id": "a-1", "user_name": "nobody"}, {"external_id": "-", "user_name": "ADA.1"}):
            assert made[:1] == [str(one["id"]) for one in directory.find(**asked)]

    def test_what_was_made_is_what_was_asked_for(self, directory: Directory) -> None:
        """Nothing is left to change."""
        directory.create(_user())

        assert [None] == [scim_patch(one, _user()) for one in directory.find(external_id="a-1", user_name="-")]

    def test_a_name_that_is_taken_is_refused(self, directory: Directory) -> None:
        """In any case of its letters; who has it stays as they are."""
        directory.create(_user(1, name="ada"))
        with pytest.raises(Taken):
            directory.create(_user(2, name="ADA"))

        assert ["a-1"] == [one.get("externalId") for one in directory.find(external_id="a-2", user_name="ada")]

    def test_a_patch_changes_one_user(self, directory: Directory) -> None:
        """To what it asks for, and the user beside it not at all."""
        made = [directory.create(_user(number)) for number in (1, 2)]
        wanted = _user(1, title="Lead")
        request = scim_patch(made[0], wanted)
        assert request is not None
        directory.patch(str(made[0]["id"]), request)

        assert [None] == [scim_patch(one, wanted) for one in directory.find(external_id="a-1", user_name="-")]
        assert [None] == [scim_patch(one, _user(2)) for one in directory.find(external_id="a-2", user_name="-")]

    def test_exporting_twice_makes_one_user(self, directory: Directory) -> None:
        """The second time there is nothing to do."""
        plans = [export_user(_user(), to=directory) for _ in range(2)]

        assert [Make, Keep] == [type(plan.plan) for plan in plans]
        assert [plans[0].id] == _found(directory, _user())
