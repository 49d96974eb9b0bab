"""What whoever asks may not see is told by no question: refused on every form, and not answered with nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmcore.errors import FieldHidden, InputError
from crmcore.model import ContactRecord
from crmcore.model.subjects import DEFAULT_SUBJECTS
from crmcore.query import (
    F,
    InSegment,
    Subject,
    checked,
    from_json,
    lasting,
    now,
    sample,
    score,
    segment,
    to_json,
    words,
)
from crmcore.query.cel import from_cel
from crmcore.query.hiding import demand_seen
from crmcore.query.judging import Asking, asking
from crmcore.query.order import ordering
from crmcore.query.querybuilder import from_querybuilder
from crmcore.query.resolving import expanded
from crmcore.query.text import parsed, printed

CONTACT = DEFAULT_SUBJECTS[ContactRecord].subject

TELLING = {
    "words of a field": (words("python"), "headline"),
    "words of an item's field": (words("python"), "skills.name"),
    "words of items": (words("python"), "skills"),
    "words of a field that is an item's": (words("python"), "skill"),
    "words of an attribute that is no field": (F.notes.any(words("python")), "notes.body"),
    "words of another record": (F.organisations.any(words("steel")), "organisations.industry"),
    "a score": (score("fit", "python") >= 0.5, "salary_minimum"),
    "an item of the same value": (F.skills.any(name="python"), "skill"),
    "the same value of a record": (F.skill == "python", "skills.name"),
    "a value of hidden items": (F.skill == "python", "skills"),
    "a place": (F.location.within(km=30, of="Utrecht"), "latitude"),
    "a place of hidden items": (F.city == "Utrecht", "location"),
    "the way round by another record": (F.organisations.any(F.people.any(F.salary_minimum >= 1)), "salary_minimum"),
    "the way round by other records": (F.candidates.any(F.availability == "open"), "candidates.availability"),
    "an event": (F.activity.last("reason") == "x", "activity.reason"),
    "whatever an event holds": (F.activity.where(F["data.amount"] == 1).exists(), "activity.data"),
    "records that a field leads to": (F.organisations.any(industry="steel"), "organisation"),
    "records that an item's field leads to": (F.organisations.count() >= 1, "affiliations.organisation"),
    "records that lead here": (F.candidates.count() >= 1, "candidates.contact"),
    "what an event holds": (F.activity.where(F["data.amount"] == 1).exists(), "activity.data.amount"),
    "what has lasted": (lasting(F.owner == "u1", days=3), "owner"),
    "an anniversary": (F.born.recurs(now(), now()), "born"),
    "a sample": (sample("spring", percent=50), "id"),
    "a sum": (F.skills.sum("level") >= 3, "skill_level"),
    "a count of some": (F.skills.where(F.level >= 3).count() >= 1, "skills.level"),
    "the order of items": (F.activity.last("type") == "x", "activity.at"),
}


@pytest.mark.parametrize(("question", "key"), TELLING.values(), ids=TELLING)
def test_what_tells_of_a_hidden_field_is_refused(question, key):
    """In Python, in text and in JSON alike; who may see it may ask."""
    forms = [
        lambda **more: checked(question, CONTACT, **more),
        lambda **more: parsed(printed(question), CONTACT, **more),
        lambda **more: checked(from_json(to_json(question)), CONTACT, **more),
    ]
    for asked in forms:
        asked()
        asked(hidden={"national_id"} if "score" not in repr(question).casefold() else frozenset())
        with pytest.raises(FieldHidden, match="hidden from whoever asks"):
            asked(hidden={key})


@pytest.mark.parametrize("hidden", ["salary_minimum", {1}, [None], {"born", b"city"}])
def test_what_is_hidden_is_a_set_of_texts(hidden):
    """A single text would be its letters, and hide nothing: it is refused, as is what is no text."""
    with pytest.raises(InputError, match="keys of what is hidden"):
        checked(F.city == "Utrecht", CONTACT, hidden=hidden)


def test_words_name_the_field_and_point_at_the_text():
    """The error has the key of the field, and says that the words would tell of it."""
    with pytest.raises(FieldHidden, match=r"words of contact .* field 'headline'") as caught:
        parsed('city = "Utrecht" and words "python"', CONTACT, hidden={"headline"})

    assert "headline" == caught.value.field
    assert [21, 35] == list(caught.value.span)
    assert ['  city = "Utrecht" and words "python"\n' + " " * 23 + "^" * 14] == caught.value.__notes__


def test_words_of_what_may_be_seen_are_asked_for():
    """A field that no words are read from hides none."""
    assert words("python") == checked(words("python"), CONTACT, hidden={"salary_minimum", "notes.body"})


def test_where_nobody_says_what_words_are_read_from_they_are_refused():
    """A host's own subject may have words of anything."""
    host = Subject(name="person", fields=CONTACT.fields)

    assert words("a") == checked(words("a"), host)
    with pytest.raises(FieldHidden):
        checked(words("a"), host, hidden={"city"})


@pytest.mark.parametrize("key", ["skill", "skills.name", "skills"])
def test_other_languages_refuse_the_same(key):
    """CEL and the query builder's JSON come down to the same check."""
    rule = {"field": "skill", "operator": "=", "value": "python"}
    with pytest.raises(FieldHidden):
        from_cel('skills.exists(s, s.name == "python")', CONTACT, hidden={key})
    with pytest.raises(FieldHidden) as caught:
        from_querybuilder({"combinator": "and", "rules": [rule]}, CONTACT, hidden={key})

    assert ["at $.rules[0]"] == caught.value.__notes__


SEGMENTS = {
    "paid": checked(F.salary_minimum >= 48_000, CONTACT),
    "wrapped": checked(segment("paid") & (F.city == "Utrecht"), CONTACT),
    "near": checked(F.city == "Utrecht", CONTACT),
    "round": checked(segment("circle"), CONTACT),
    "circle": checked(segment("round"), CONTACT),
}


@pytest.mark.parametrize("key", ["paid", "wrapped"])
def test_a_segment_that_asks_what_is_hidden_is_refused_by_its_name(key):
    """The error names the segment that was asked for, and neither the field nor the value."""
    question = checked(~segment(key) | segment("near"), CONTACT, hidden={"salary_minimum"})
    with pytest.raises(FieldHidden, match=f"segment '{key}'") as caught:
        demand_seen(question, CONTACT, segments=SEGMENTS.__getitem__, hidden={"salary_minimum"})

    assert "salary" not in repr(caught.value)
    assert "48" not in repr(caught.value)
    assert caught.value.__context__ is None
    demand_seen(question, CONTACT, segments=SEGMENTS.__getitem__, hidden={"born"})
    demand_seen(InSegment("near"), CONTACT, segments=SEGMENTS.__getitem__, hidden={"salary_minimum"})


@pytest.mark.parametrize("key", ["paid", "wrapped"])
def test_a_segment_that_was_put_in_is_refused_by_its_name(key):
    """Checked after what it asks is put in, as before."""
    question = expanded(segment(key), SEGMENTS.__getitem__)
    with pytest.raises(FieldHidden, match=f"segment '{key}'") as caught:
        checked(question, CONTACT, hidden={"salary_minimum"})

    assert "" == caught.value.field
    assert question == checked(question, CONTACT, hidden={"born"})


def test_segments_in_a_circle_are_gone_through_once():
    """A circle is refused where segments are put in, and holds up nothing here."""
    demand_seen(InSegment("round"), CONTACT, segments=SEGMENTS.__getitem__, hidden={"born"})


def test_what_is_asked_of_records_in_hand_is_refused_alike():
    """The row predicate of somebody who may not see all."""
    at = datetime(2026, 5, 1, tzinfo=UTC)
    using = Asking(segments=SEGMENTS.__getitem__)
    with pytest.raises(FieldHidden, match="wrapped"):
        asking(segment("wrapped"), ContactRecord, now=at, using=using, hidden={"salary_minimum"})
    with pytest.raises(FieldHidden):
        asking(F.salary_minimum >= 1, ContactRecord, now=at, hidden={"salary_minimum"})
    is_near = asking(segment("near"), ContactRecord, now=at, using=using, hidden={"salary_minimum"})

    assert not is_near(ContactRecord(id="c1"))


def test_no_order_goes_by_what_is_hidden():
    """Who comes before whom tells of the value."""
    with pytest.raises(FieldHidden):
        ordering(["-salary_minimum"], CONTACT.fields, of="contact", hidden={"salary_minimum"})
    assert ordering(["family_name"], CONTACT.fields, of="contact", hidden={"salary_minimum"})


@pytest.mark.parametrize("key", ["shoe", "", "skills.", ".", "skills.shoe.size", "organisations.people." * 50 + "born"])
def test_a_key_of_nothing_hides_nothing(key):
    """Whatever is handed in as hidden, the way of a question that tells of none is free."""
    assert checked(F.city == "Utrecht", CONTACT) == checked(F.city == "Utrecht", CONTACT, hidden={key})


def test_what_cannot_be_asked_is_refused_as_such():
    """A field that there is not is unknown, hidden or not."""
    with pytest.raises((InputError, KeyError)):
        checked(F.shoe == 1, CONTACT, hidden={"shoes"})
