"""Consent is per purpose and channel, and ends when it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.model import Consent, ConsentStatus, ContactRecord, Decision, most_restrictive, status_for
from tests.model.strategies import consents

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def consent(decision: Decision = Decision.GRANTED, **facts: object) -> Consent:
    """A consent to recruiting by e-mail."""
    return Consent(**{"purpose": "recruiting", "channel": "email", "decision": decision, "decided_at": NOW} | facts)


def test_expiry_is_judged_by_the_instant_that_is_passed():
    """A consent is valid until the very instant at which it expires."""
    until = NOW + timedelta(days=1)

    assert ConsentStatus.VALID == consent(expires_at=until).status(until - timedelta(microseconds=1))
    assert ConsentStatus.EXPIRED == consent(expires_at=until).status(until)


def test_a_refusal_on_all_channels_holds_on_each():
    """The narrower grant does not undo the wider refusal; without one it decides."""
    grant, refusal = consent(), consent(Decision.REFUSED, channel="")
    ask = {"purpose": "recruiting", "channel": "email", "at": NOW}

    assert ConsentStatus.REFUSED == status_for((grant, refusal), **ask)
    assert ConsentStatus.VALID == status_for((grant,), **ask)
    assert ConsentStatus.UNKNOWN == status_for((), **ask)


@given(st.lists(consents, max_size=4))
def test_most_restrictive_does_not_depend_on_the_order(several):
    """Whatever the order of merging, the same decisions stand, and a refusal among them does."""
    results = {most_restrictive(order) for order in permutations(several)}
    refused = {one.key for one in several if one.decision is not Decision.GRANTED}

    assert len(results) == 1
    assert refused == {one.key for one in next(iter(results)) if one.decision is not Decision.GRANTED}


def test_the_grant_that_ends_first_stands():
    """Of two grants the shorter one is the more restrictive."""
    short, long = consent(expires_at=NOW + timedelta(days=1)), consent()

    assert (short,) == most_restrictive([long, short])


def test_two_decisions_on_one_thing_are_refused():
    """A record holds one decision for one purpose and channel."""
    with pytest.raises(ValidationError, match="two consents"):
        ContactRecord(id="c", consents=(consent(), consent(Decision.REFUSED)))
