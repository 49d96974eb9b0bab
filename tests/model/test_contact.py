"""One record a person, in all roles."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.errors import NotFound
from crmcore.model import (
    Affiliation,
    Consent,
    ContactRecord,
    ContactRole,
    Credit,
    Decision,
    EmailAddress,
    Event,
    ExternalId,
    Link,
    Occasion,
    PhoneNumber,
    Provenance,
    Touch,
)
from crmcore.model.contact import KEYED, SCALARS
from tests.model.strategies import contacts, words

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ON = Occasion(event_id="e1", at=NOW, actor="u1", reason="asked on the phone")


@given(contacts)
def test_json_round_trip_is_exact(contact):
    """Reading what was written gives the same record and the same bytes."""
    text = contact.model_dump_json()
    again = ContactRecord.model_validate_json(text)

    assert contact == again
    assert text == again.model_dump_json()


def test_one_person_holds_all_roles_at_once():
    """Candidate, client and employee are roles, not records."""
    contact = ContactRecord(id="c").with_roles(*ContactRole).with_roles(ContactRole.LEAD)

    assert set(ContactRole) == set(contact.roles)
    assert (ContactRole.CANDIDATE,) == contact.without_roles(*set(ContactRole) - {ContactRole.CANDIDATE}).roles


def test_identifiers_are_normal_forms():
    """A record is found by its e-mails, phones, external ids and profiles, not by other links."""
    contact = ContactRecord(
        id="c",
        emails=(EmailAddress(raw="A@X.example", normal="a@x.example"),),
        phones=(PhoneNumber(raw="030 123", normal="+4930123", extension="7"),),
        links=(
            Link(raw="in", normal="linkedin.com/in/ada", site="linkedin", handle="ada"),
            Link(raw="gh", normal="github.com/ada", site="github", handle="ada"),
            Link(raw="w", normal="ada.example", site="website"),
        ),
        external_ids=(ExternalId(system="ats", id="7"),),
    )

    assert [
        ("email", "a@x.example"),
        ("phone", "+4930123"),
        ("external_id", "ats//contact/7"),
        ("linkedin", "ada"),
        ("github", "ada"),
    ] == list(contact.identifiers())


def test_why_names_the_sources_of_a_value():
    """Every value answers where it came from; a value that is not there is an error, not an empty answer."""
    seen = Provenance(source="people.csv", line=3)
    contact = ContactRecord(id="c", headline="Poet", tags=("Maths",)).observed(seen)

    assert (seen,) == contact.why("headline") == contact.why("tags/maths")
    assert () == contact.evolve(provenance={}).why("headline")
    with pytest.raises(NotFound):
        contact.why("emails/nobody@x.example")


@given(contacts)
def test_paths_name_each_value_once(contact):
    """No two values share a path, and every path is explained once it has been observed."""
    paths = [path for path, _ in contact.values()]

    assert len(paths) == len(set(paths))
    assert set(paths) == set(contact.provenance)


@pytest.mark.parametrize("text", ["x" * 1000, "\u0e14\u0e49" * 500, "/%" * 500])
def test_the_longest_values_have_paths_that_fit(text):
    """A value that goes in has a path that can be written and read, however long its key."""
    contact = ContactRecord(
        id="c",
        external_ids=(ExternalId(system=text, account=text, type=text, id=text),),
        educations=({"institution": text, "degree": text, "subject": text},),
        links=(Link(raw=text, normal=text),),
        tags=(text[:200],),
    ).observed(Provenance(source=text))

    assert contact == ContactRecord.model_validate_json(contact.model_dump_json())


def test_ids_with_slashes_are_told_apart():
    """The parts of an external id cannot run into each other."""
    parts = (("a/b", ""), ("a", "b/"), ("a", "b%2F"), ("a%2Fb", ""))
    keys = [ExternalId(system=system, account=account, id="1").key for system, account in parts]

    assert len(parts) == len(set(keys))


def test_paths_name_real_fields():
    """The tables of paths name fields that the record has."""
    assert set(KEYED) | set(SCALARS) <= set(ContactRecord.model_fields)


def test_assigning_tells_before_and_after():
    """A change of owner is an event with both owners."""
    contact, event = ContactRecord(id="c", owner="u1").assign("u2", on=ON)

    assert "u2" == contact.owner
    assert {"before": "u1", "after": "u2"} == event.data
    assert ("contact.assigned", "contact", "c", NOW, "u1") == (
        event.type,
        event.subject_kind,
        event.subject_id,
        event.occurred_at,
        event.actor,
    )
    assert isinstance(event, Event)


def test_ended_employment_keeps_the_link():
    """The link to a former employer stays, inactive."""
    contact = ContactRecord(id="c", affiliations=(Affiliation(name="Acme", normal="acme", since="2019-03"),))
    ended, _ = contact.end_affiliation("acme", until=None, on=ON)

    assert [("Acme", True)] == [(link.name, link.is_inactive) for link in ended.affiliations]


def test_affiliation_that_ends_before_it_begins_is_refused():
    """Dates run forward, as far as they are known."""
    assert Affiliation(name="A", since="2019-03", until="2019").until
    with pytest.raises(ValidationError, match="before it began"):
        Affiliation(name="A", since="2019-03", until="2018")


def test_the_first_wish_to_be_left_alone_stays():
    """A second wish does not replace the date of the first."""
    once, _ = ContactRecord(id="c").leave_alone(on=ON)
    twice, _ = once.leave_alone(on=Occasion(event_id="e2", at=datetime(2025, 1, 1, tzinfo=UTC), actor="u2"))

    assert NOW == twice.do_not_contact.since


def test_an_older_decision_does_not_replace_a_newer_one():
    """Events may arrive late; the later decision stands."""
    late = Consent(purpose="recruiting", decision=Decision.WITHDRAWN, decided_at=NOW)
    early = Consent(purpose="recruiting", decision=Decision.GRANTED, decided_at=datetime(2020, 1, 1, tzinfo=UTC))
    contact, _ = ContactRecord(id="c").decide(late, on=ON)
    contact, _ = contact.decide(early, on=ON)

    assert (late,) == contact.consents


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_tag_additions_commute(first, second):
    """The order in which tags are added does not show."""
    one = ContactRecord(id="c").tagged(*first).tagged(*second)
    other = ContactRecord(id="c").tagged(*second).tagged(*first)

    assert one == other


def test_tags_ignore_case_and_replace_is_separate():
    """Adding never removes, replacing does."""
    contact = ContactRecord(id="c").tagged("Python", "Go").tagged("python")

    assert ("Go", "Python") == contact.tags
    assert ("Go",) == contact.untagged("PYTHON").tags
    assert ("Rust",) == contact.retagged(["Rust"]).tags


def test_followers_are_a_set():
    """Following twice is following once."""
    contact = ContactRecord(id="c").followed_by("u2", "u1").followed_by("u2")

    assert ("u1", "u2") == contact.followers
    assert ("u2",) == contact.unfollowed_by("u1").followers


def test_credits_sum_to_one():
    """Shares of thirds that leave a rest are refused, whole ones go in."""
    halves = tuple(Credit(kind="referrer", id=who, share="0.5") for who in ("u1", "u2"))

    assert halves == ContactRecord(id="c", credits=halves).credits
    with pytest.raises(ValidationError, match=r"sum to 0\.5"):
        ContactRecord(id="c", credits=halves[:1])


def test_touches_are_kept_in_order_of_time():
    """First and last touch are derived, all are kept."""
    late, early, undated = (
        Touch(source="b", at=NOW),
        Touch(source="a", at=datetime(2020, 1, 1, tzinfo=UTC)),
        Touch(source="z"),
    )

    assert (early, late, undated) == ContactRecord(id="c", touches=(undated, late, early, late)).touches


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../etc/passwd", "", "localtime", "\0", "x" * 5000])
def test_invalid_time_zones_are_refused(zone):
    """Only zones of the IANA database go in."""
    with pytest.raises(ValidationError):
        ContactRecord(id="c", time_zone=zone)


def test_locale_is_canonical():
    """A tag is kept in its canonical case; nonsense is refused."""
    assert "zh-Hant-TW" == ContactRecord(id="c", locale="ZH_hant_tw").locale
    with pytest.raises(ValidationError):
        ContactRecord(id="c", locale="klingon!")
