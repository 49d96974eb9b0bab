"""One true record a person: nothing lost, every value explained, no refusal overlooked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.model import (
    Affiliation,
    ChannelState,
    ChannelStatus,
    Consent,
    ContactRecord,
    Decision,
    DoNotContact,
    EmailAddress,
    PersonName,
    Provenance,
)
from crmcore.model.contact import KEYED
from crmcore.sync import Precedence, Rule, resolve
from tests.model.strategies import contacts

OLD, NEW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
several = st.lists(contacts, min_size=1, max_size=4)
NO_DATES = settings(max_examples=60, deadline=None)


def held(source, *, at=None, line=None, **facts):
    """A contact of which one source says everything."""
    contact = ContactRecord(**{"id": source, **facts})
    return contact.observed(Provenance(source=source, observed_at=at, line=line))


@NO_DATES
@given(several.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_order_of_the_inputs_does_not_show(orders):
    """Any permutation gives the same bytes and the same decisions."""
    first, second = (resolve(order, id="g") for order in orders)

    assert first.record.model_dump_json() == second.record.model_dump_json()
    assert first.disagreements == second.disagreements


@NO_DATES
@given(contacts)
def test_one_record_resolves_to_itself(contact):
    """Once or twice, a record alone is its own truth."""
    assert contact == resolve([contact], id=contact.id).record
    assert contact == resolve([contact, contact], id=contact.id).record


@NO_DATES
@given(several)
def test_resolving_again_with_what_went_in_changes_nothing(some):
    """The golden record already holds what its sources say."""
    golden = resolve(some, id="g").record

    assert golden == resolve([golden, *some], id="g").record


@NO_DATES
@given(several)
def test_no_value_of_a_multi_valued_field_is_lost(some):
    """Every e-mail, link, tag, id and role of any record is in the result."""
    golden = resolve(some, id="g").record
    for field in KEYED:
        keys = {entry.key for entry in getattr(golden, field)}

        assert {entry.key for one in some for entry in getattr(one, field)} == keys
    for field in ("roles", "followers", "touches", "external_ids"):
        assert {item for one in some for item in getattr(one, field)} == set(getattr(golden, field))
    assert {tag.casefold() for one in some for tag in one.tags} == {tag.casefold() for tag in golden.tags}
    assert {key for one in some for key in one.custom} == set(golden.custom)


@NO_DATES
@given(several)
def test_a_refusal_anywhere_is_in_the_result(some):
    """Opt-outs, refused consents and the wish to be left alone survive every rule."""
    golden = resolve(some, id="g").record
    refused = {e.key for one in some for e in one.emails if e.status.state is ChannelState.OPTED_OUT}
    against = {c.key for one in some for c in one.consents if c.decision is not Decision.GRANTED}

    assert refused == {e.key for e in golden.emails if e.status.state is ChannelState.OPTED_OUT}
    assert against == {c.key for c in golden.consents if c.decision is not Decision.GRANTED}
    assert any(one.do_not_contact for one in some) == (golden.do_not_contact is not None)


@NO_DATES
@given(several)
def test_every_surviving_value_names_its_source(some):
    """No value of the result is without provenance where the inputs had it."""
    golden = resolve(some, id="g").record

    assert [] == [path for path, _ in golden.values() if not golden.why(path)]


def test_the_most_trusted_source_wins_and_the_loser_is_listed():
    """What was decided can be read: field, winner, losers, rule and sentence."""
    ats, card = held("ats", headline="Engineer"), held("card", headline="Wizard", at=NEW)
    golden = resolve([card, ats], precedence=Precedence(sources=("ats",)), id="g")
    (decided,) = golden.disagreements

    assert "Engineer" == golden.record.headline
    assert ("headline", "Engineer", ("Wizard",), "most_trusted") == (
        decided.field,
        decided.winner,
        decided.losers,
        decided.rule,
    )
    assert "most trusted: ats" == decided.why
    assert ["ats"] == [one.source for one in golden.record.why("headline")]


def test_a_field_may_have_its_own_rules():
    """The chain for one field leaves the others alone."""
    ats, card = held("ats", headline="Engineer", gender="f"), held("card", headline="Wizard", gender="x", at=NEW)
    rules = Precedence(sources=("ats",), fields={"headline": (Rule.MOST_RECENT,)})
    golden = resolve([card, ats], precedence=rules, id="g").record

    assert ("Wizard", "f") == (golden.headline, golden.gender)


def test_a_placeholder_never_wins():
    """Neither trust nor recency makes a value of "n/a"."""
    golden = resolve([held("ats", headline="n/a", at=NEW), held("card", headline="Poet")], id="g")

    assert "Poet" == golden.record.headline
    assert "valid" == golden.disagreements[0].rule


def test_names_are_chosen_whole_and_filled_from_their_equals():
    """A middle name is learned from the same name, never from another person's."""
    short = held("ats", name=PersonName(given="Ada", family="Lovelace"), at=NEW)
    equal = held("crm", name=PersonName(given="ADA", family="Lovelace", middle="King", prefix="Lady"), at=OLD)
    other = held("card", name=PersonName(given="Adam", family="Lovelace", suffix="Jr"), at=OLD)
    name = resolve([short, equal, other], id="g").record.name

    assert ("Ada", "King", "Lovelace", "Lady", "") == (name.given, name.middle, name.family, name.prefix, name.suffix)


def test_a_dead_address_does_not_stay_primary():
    """The primary channel is one that works, if there is one, however much its source is trusted."""
    dead = EmailAddress(raw="a", normal="a@x.example", status=ChannelStatus(state=ChannelState.BOUNCED))
    alive = EmailAddress(raw="b", normal="b@x.example")
    golden = resolve([held("ats", emails=(dead,), at=NEW), held("card", emails=(alive,))], id="g").record

    assert [("a@x.example", False), ("b@x.example", True)] == [(e.key, e.is_primary) for e in golden.emails]


def test_entries_with_one_key_fill_each_other():
    """A link learns its title from its equal, but a period is taken whole from one source."""
    bare = held("ats", affiliations=(Affiliation(name="Acme", normal="acme", since="2019"),), at=NEW)
    titled = held("crm", affiliations=(Affiliation(name="ACME Ltd", normal="acme", title="Poet", until="2018"),))
    golden = resolve([bare, titled], id="g")
    (link,) = golden.record.affiliations

    assert ("Poet", "2019", None) == (link.title, str(link.since), link.until)
    assert () == golden.disagreements


def test_contradictions_within_an_entry_are_told():
    """Two titles at one employer are a decision that one can read."""
    now = held("ats", affiliations=(Affiliation(name="Acme", normal="acme", title="Bard"),), at=NEW)
    then = held("crm", affiliations=(Affiliation(name="Acme", normal="acme", title="Poet"),), at=OLD)
    golden = resolve([then, now], id="g")
    (decided,) = golden.disagreements

    assert "Bard" == golden.record.affiliations[0].title
    assert ("affiliations/acme", "most_recent") == (decided.field, decided.rule)


def test_consent_is_the_most_restrictive_and_the_oldest_wish_stays():
    """A later grant elsewhere does not undo a refusal."""
    no = Consent(purpose="marketing", decision=Decision.WITHDRAWN, decided_at=OLD)
    yes = Consent(purpose="marketing", decision=Decision.GRANTED, decided_at=NEW)
    first = held("a", consents=(no,), do_not_contact=DoNotContact(since=OLD))
    second = held("b", consents=(yes,), do_not_contact=DoNotContact(since=NEW), is_private=True)
    golden = resolve([second, first], id="g").record

    assert ((no,), OLD, True) == (golden.consents, golden.do_not_contact.since, golden.is_private)


def test_the_version_of_the_record_that_is_replaced_is_kept():
    """So that a write states the version that it saw."""
    stored = held("ats", headline="Poet").evolve(version=7)

    assert 7 == resolve([stored, held("card", headline="Bard")], id="ats").record.version
    assert 0 == resolve([stored, held("card", headline="Bard")], id="new").record.version


def test_nothing_resolves_to_an_error():
    """There is no golden record of nobody."""
    with pytest.raises(InputError):
        resolve([], id="g")
