"""What can be asked of each kind of record."""

from __future__ import annotations

from typing import ClassVar

import pytest

from crmcore.errors import InputError, UnknownField
from crmcore.model import KINDS, ContactRecord, CustomField, Language, Organisation, PostalAddress, Skill
from crmcore.model.field import RelationSpec
from crmcore.model.record import Record
from crmcore.model.subjects import DEFAULT_SUBJECTS, Subjects
from crmcore.query import F, FieldType, checked
from crmcore.query.types import ACTIVITY

CONTACT = DEFAULT_SUBJECTS[ContactRecord]
ISLANDS = CustomField(id="f1", key="islands", label="Islands", type="choices", options=[{"key": "a"}, {"key": "b"}])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_asked_by_its_fields_and_its_activity(kind):
    """All that the class declares is there, and no relation has the name of a field."""
    askable = DEFAULT_SUBJECTS[KINDS[kind]]

    assert {spec.key for spec in KINDS[kind].fields} | {"id"} == set(askable.subject.fields)
    assert not set(askable.subject.relations) & set(askable.subject.fields)
    assert {ACTIVITY, *(link.key for link in KINDS[kind].relations)} == askable.subject.outside


def test_items_call_their_fields_by_short_names():
    """The last part of the path names a field of an item; a normal form and a key are called as the field is."""
    shown = {key: set(CONTACT.subject.relations[key].fields) for key in ("skills", "emails", "languages", "consents")}

    assert {
        "skills": {"name", "level"},
        "emails": {"email", "type", "is_primary", "state"},
        "languages": {"language", "level"},
        "consents": {"purpose", "channel", "decision", "decided_at", "expires_at"},
    } == shown


def test_an_item_field_knows_its_entry_of_the_catalogue():
    """Whoever has a column for the field finds it by the entry."""
    level = CONTACT.subject.relations["skills"].fields["level"]

    assert ("level", "skill_level", FieldType.INTEGER) == (level.key, level.spec.key, level.type)


def test_addresses_are_asked_about_as_the_location():
    """A radius is asked of the relation `location`, which has coordinates."""
    assert {"latitude", "longitude", "city"} <= set(CONTACT.subject.relations["location"].fields)
    assert "addresses" not in CONTACT.subject.relations


def test_relations_may_go_round():
    """From a contact to its organisations, to their people, one comes back to the same subject."""
    people = CONTACT.subject.relations["organisations"].relations["people"]

    assert people is CONTACT.subject
    assert DEFAULT_SUBJECTS[Organisation].subject is CONTACT.subject.relations["organisations"]


def test_an_event_can_be_asked_by_any_key_of_its_data():
    """Hosts put what they like into the data of an event; nothing else is made up."""
    fields = CONTACT.subject.relations[ACTIVITY].fields

    assert FieldType.ANY is fields["data.opened"].type
    assert {"type", "at", "recorded_at", "actor", "reason"} == set(fields)
    for unknown in ("data.", "datum", "subject_id"):
        with pytest.raises(UnknownField):
            checked(F.activity.where(F[unknown] == "x").exists(), CONTACT.subject)


def test_custom_fields_can_be_asked_where_they_are_defined():
    """With the definition it is a field of the kind that it applies to; without, it is unknown."""
    known = Subjects(custom_fields=[ISLANDS])
    where = F["custom.islands"].in_(["a"])

    assert where == checked(where, known[ContactRecord].subject)
    for unknown in (CONTACT, known[Organisation]):
        with pytest.raises(UnknownField):
            checked(where, unknown.subject)


def test_related_kinds_that_a_store_does_not_keep_cannot_be_asked():
    """A codec with few kinds offers the relations between those only."""
    few = Subjects({"contact": ContactRecord})

    assert {ACTIVITY} == few[ContactRecord].subject.outside


def test_a_relation_by_an_unknown_field_is_refused():
    """A declared relation that goes by nothing would be empty for ever."""

    class Stray(Record):
        kind: ClassVar[str] = "stray"
        relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="others", kind="stray", there="nowhere"),)

    with pytest.raises(InputError, match="field that there is not"):
        Subjects({"stray": Stray})[Stray]


def test_a_name_means_one_thing():
    """A relation may not be called as a field is."""

    class Twofold(Record):
        kind: ClassVar[str] = "twofold"
        relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="id", kind="twofold"),)

    with pytest.raises(InputError, match="name of a relation and of something else"):
        Subjects({"twofold": Twofold})[Twofold]


def test_levels_have_ranks():
    """The steps of a scale can be compared as numbers; an unknown level has none."""
    assert [1, 2, 3, 4] == [
        Skill(name="x", level=level).rank for level in ("beginner", "intermediate", "advanced", "expert")
    ]
    assert [1, 6, 7] == [Language(tag="nl", level=level).rank for level in ("a1", "c2", "native")]
    assert (None, None) == (Skill(name="x").rank, Language(tag="nl").rank)


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (-90.5, 0), (0, 181), (0, -180.01), (float("nan"), 0)])
def test_a_point_lies_on_the_earth(latitude, longitude):
    """Degrees beyond the poles or the date line are refused."""
    at = PostalAddress.of(city="Utrecht").evolve(latitude=52.09, longitude=5.12)

    assert (52.09, 5.12) == (at.latitude, at.longitude)
    with pytest.raises(ValueError, match="itude"):
        at.evolve(latitude=latitude, longitude=longitude)
