"""A cursor that somebody has altered is refused by the front door, in the same way over every store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crmcore.errors import InputError
from crmcore.model import ContactRecord, PersonName
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.app import CRM

FEEDS: dict[str, Callable[[CRM, Any], Any]] = {
    "segment changes": lambda crm, since: crm.segment_changes(since),
    "changes": lambda crm, after: crm.changes(after=after),
    "changes of one": lambda crm, after: crm.changes(ContactRecord, "c-1", after=after),
    "audit log": lambda crm, after: crm.audit_log(after=after),
}


@pytest.fixture
def filled(crm: CRM) -> CRM:
    """Return a database with somebody in a segment."""
    with crm.store.unit(actor="ada") as unit:
        unit.put(ContactRecord(id="c-1", name=PersonName(given="Ada")))
    crm.save_segment("adas", F.given_name == "Ada", actor="ada")
    crm.follow_segments()
    return crm


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("cursor", [10**30, 2**63, -1, 1.5, 1.0, "1", "x", b"1", True, None, (), [1]], ids=repr)
def test_what_is_no_cursor_is_refused(filled: CRM, feed: str, cursor: Any) -> None:
    """Numbers too large, negative or broken, texts and truth values are InputErrors, whatever keeps the records."""
    with pytest.raises(InputError, match="whole number"):
        list(FEEDS[feed](filled, cursor))


@pytest.mark.parametrize("feed", FEEDS)
def test_the_last_of_all_cursors_has_nothing_past_it(filled: CRM, feed: str) -> None:
    """The negative control: from 0 on there is something, and past the largest number there is nothing."""
    assert list(FEEDS[feed](filled, 0))
    assert [] == list(FEEDS[feed](filled, 2**63 - 1))


@pytest.mark.parametrize("limit", [10**30, 0, -1, 1.5, "5", True, None], ids=repr)
def test_what_is_no_length_of_a_page_is_refused(filled: CRM, limit: Any) -> None:
    """A page has a whole number of records."""
    with pytest.raises(InputError, match="whole number"):
        filled.find(ContactRecord, limit=limit)


@pytest.mark.parametrize("cursor", [5, 1.5, b"x", True, ()], ids=repr)
def test_what_is_no_text_is_no_place_in_a_list(filled: CRM, cursor: Any) -> None:
    """The cursor of a page is the text that the page before gave."""
    with pytest.raises(InputError, match="cursor"):
        filled.find(ContactRecord, after=cursor)
