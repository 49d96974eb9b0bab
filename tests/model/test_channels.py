"""Channels: one primary of a kind, and none ever dropped."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import NotFound
from crmcore.model import ChannelState, ChannelStatus, ContactRecord, EmailAddress, Occasion, PhoneNumber, PostalAddress
from crmcore.model.channels import added, primary
from tests.model.strategies import emails

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ON = Occasion(event_id="e1", at=NOW, actor="u1")


def email(local: str, **facts: object) -> EmailAddress:
    """An address at x.example."""
    return EmailAddress(raw=local, normal=f"{local}@x.example", **facts)


def test_new_primary_demotes_the_old_one_and_keeps_it():
    """Setting another primary loses nothing."""
    contact = ContactRecord(id="c", emails=(email("a"), email("b")))
    changed = contact.make_primary(email("b"))

    assert [("a@x.example", False), ("b@x.example", True)] == [(one.key, one.is_primary) for one in changed.emails]


def test_first_usable_channel_becomes_primary():
    """Where nobody said which is primary, the first that works is."""
    bounced = email("a", status=ChannelStatus(state=ChannelState.BOUNCED))
    contact = ContactRecord(id="c", emails=(bounced, email("b")))

    assert "b@x.example" == primary(contact.emails).key


def test_two_primaries_are_refused():
    """The law holds for records from outside as well."""
    with pytest.raises(ValidationError, match="only one channel"):
        ContactRecord(id="c", emails=(email("a", is_primary=True), email("b", is_primary=True)))


def test_same_channel_twice_is_refused_on_construction():
    """Two entries with one normal form are one channel."""
    with pytest.raises(ValidationError, match="listed twice"):
        ContactRecord(id="c", emails=(email("a"), email("a")))


@given(st.lists(emails, max_size=6))
def test_adding_keeps_every_key_and_exactly_one_primary(several):
    """However channels are added, every normal form is there once and one is primary."""
    channels = ()
    for one in several:
        channels = added(channels, one)

    assert sorted({one.key for one in several}) == sorted(one.key for one in channels)
    assert (1 if several else 0) == sum(one.is_primary for one in channels)


@given(st.lists(emails, max_size=4), emails)
def test_adding_the_same_twice_is_idempotent(several, new):
    """A repeated import changes nothing."""
    contact = ContactRecord(id="c")
    for one in several:
        contact = contact.add(one)
    once = contact.add(new)

    assert once == once.add(new)


def test_an_import_does_not_lift_an_opt_out():
    """Seeing the address again, active, leaves the refusal; only set_status lifts it."""
    refused = ChannelStatus(state=ChannelState.OPTED_OUT, reason="by mail", since=NOW)
    contact = ContactRecord(id="c", emails=(email("a", status=refused),))
    lifted, event = contact.add(email("a")).set_status(email("a"), ChannelStatus(), on=ON)

    assert refused == contact.add(email("a")).emails[0].status
    assert ChannelState.ACTIVE == lifted.emails[0].status.state
    assert {"path": "emails/a@x.example", "before": "opted_out", "after": "active"} == event.data


def test_status_of_an_unknown_channel_is_an_error():
    """A state cannot be set on what is not there."""
    with pytest.raises(NotFound):
        ContactRecord(id="c").set_status(email("a"), ChannelStatus(), on=ON)


def test_extension_tells_two_phones_apart():
    """Two people at one switchboard number are two channels."""
    phones = (PhoneNumber(raw="1", normal="+4930123", extension=ext) for ext in ("", "12"))
    contact = ContactRecord(id="c", phones=tuple(phones))

    assert ["+4930123", "+4930123;ext=12"] == [phone.key for phone in contact.phones]


@pytest.mark.parametrize(
    ("raw", "parts"),
    [("Baker St 221b\nLondon", {}), ("", {"street": "Baker St", "city": "London"}), ("as written", {"city": "Rome"})],
)
def test_addresses_are_lossless_in_both_shapes(raw, parts):
    """Free text stays as it is, parts stay parts."""
    address = PostalAddress.of(raw, **parts)
    again = PostalAddress.model_validate_json(address.model_dump_json())

    assert address == again
    assert parts == {part: getattr(again, part) for part in parts}
    assert raw in again.raw
