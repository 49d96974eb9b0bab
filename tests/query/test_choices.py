"""What is the same to a reader beyond plain texts: addresses of e-mail, numbers of phones, links, and words of a choice."""

from __future__ import annotations

import typing
from enum import StrEnum

import pytest

from crmcore.errors import FieldHidden, InputError, UnknownChoice
from crmcore.model import KINDS, ContactRecord, CustomField, Origin
from crmcore.model.custom import CustomOption
from crmcore.model.subjects import Subjects
from crmcore.query import (
    Compare,
    F,
    FieldType,
    In,
    Match,
    Op,
    TextMatch,
    checked,
    completions,
    dependencies,
    from_cel,
    from_json,
    from_querybuilder,
    holds,
    parsed,
    to_json,
)

SIZE = CustomField(
    id="f",
    key="size",
    label="Size",
    applies_to="contact",
    type="choice",
    options=[CustomOption(key=key) for key in ("XL", "xs")],
)
COLOUR = CustomField(
    id="g",
    key="colour",
    label="Colour",
    applies_to="contact",
    type="choices",
    unknown_option="keep",
    options=[CustomOption(key="red")],
)
CONTACT = Subjects(custom_fields=[SIZE, COLOUR])[ContactRecord].subject
REFERRED = Compare("origin", Op.EQ, "referred")


@pytest.mark.parametrize("key", ["email", "phone", "url", "linkedin", "email_type"])
def test_what_has_letters_is_the_same_to_a_reader_whatever_their_case(key):
    """By = and in, as by like and contains before; == stays exact."""
    facts = {key: ("Ada@Example.org",)}

    for question in (F[key].is_("ada@example.ORG"), F[key].is_one_of(["ada@example.ORG", "x"])):
        assert holds(checked(question, CONTACT), facts) is True
    assert holds(checked(F[key] == "ada@example.ORG", CONTACT), facts) is False
    assert Match(key, TextMatch.IS, "a@b.c") == parsed(f'{key} = "a@b.c"', CONTACT)


def test_an_id_is_exact():
    """Two ids that differ in case are two ids."""
    assert Compare("owner", Op.EQ, "U-1") == checked(F.owner.is_("U-1"), CONTACT)
    assert In("owner", ("U-1",)) == checked(F.owner.is_one_of(["U-1"]), CONTACT)


@pytest.mark.parametrize(
    "question",
    [
        F.origin == "referred",
        F.origin == Origin.REFERRED,
        F.origin == "REFERRED",
        F.origin.is_("Referred"),
        Match("origin", TextMatch.IS, "REFERRED"),
        parsed('origin = "REFERRED"'),
        parsed('origin is "Referred"'),
        from_cel('origin == "Referred"'),
        from_querybuilder({"combinator": "and", "rules": [{"field": "origin", "operator": "=", "value": "REFERRED"}]}),
        from_json(to_json(F.origin == "REFERRED")),
    ],
)
def test_an_option_in_another_spelling_is_that_option(question):
    """Whatever the form: the checked question has the option as records have it, which an index finds."""
    assert REFERRED == checked(question, CONTACT)


def test_options_in_a_list_are_spelled_as_records_have_them():
    """Each once; the list is a plain one."""
    assert In("origin", ("applied", "referred")) == checked(
        F.origin.is_one_of(["Referred", "APPLIED", "referred"]), CONTACT
    )
    assert In("custom.size", ("XL",)) == checked(F["custom.size"].in_(["xl"]), CONTACT)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (F.origin == "refered", "'origin' of contact has no option 'refered'; did you mean 'referred'"),
        (F.origin.in_(["applied", "REFERED"]), "did you mean 'referred'"),
        (F.origin.is_("zzz"), "there are: 'agency', 'applied'"),
        (~Match("origin", TextMatch.IS, "refered"), "did you mean 'referred'"),
        (F["custom.size"] == "medium", "there are: 'XL', 'xs'"),
        (F.organisations.any(F.people.any(role="candidat")), "did you mean 'candidate'"),
    ],
)
def test_an_option_that_there_is_not_is_refused(question, words):
    """It would quietly find nobody; the nearest options are offered, or all of them."""
    with pytest.raises(UnknownChoice) as fault:
        checked(question, CONTACT)

    assert words in str(fault.value)
    assert isinstance(fault.value, InputError)


def test_the_caret_and_the_path_show_which_rule_has_no_such_option():
    """In text and in the builder's JSON."""
    with pytest.raises(UnknownChoice) as fault:
        parsed('city = "x" and origin = "refered"', CONTACT)
    assert (15, 33) == fault.value.span

    rules = [
        {"field": "city", "operator": "=", "value": "x"},
        {"field": "origin", "operator": "in", "value": "refered"},
    ]
    with pytest.raises(UnknownChoice) as fault:
        from_querybuilder({"combinator": "and", "rules": rules}, CONTACT)
    assert ["at $.rules[1]"] == fault.value.__notes__


def test_an_option_of_a_hidden_field_is_not_told():
    """Whoever may not ask about the field does not learn its options."""
    with pytest.raises(FieldHidden):
        checked(F.origin == "refered", CONTACT, hidden={"origin"})


def test_letters_of_a_choice_are_looked_for_as_before():
    """Like and contains ask for letters, not for options."""
    assert holds(checked(F.origin.like("REF*"), CONTACT), {"origin": ("referred",)}) is True


def test_a_choice_that_keeps_unknown_options_takes_any():
    """And so does one whose options nobody lists: then a text is the same to a reader, as others are."""
    asked = checked(F["custom.colour"].is_("Blue"), CONTACT)

    assert Match("custom.colour", TextMatch.IS, "Blue") == asked
    assert Match("email_type", TextMatch.IS, "Work") == checked(F.email_type.is_("Work"), CONTACT)


def test_types_of_events_have_small_letters():
    """However they are asked for; so an index of the types finds them, and no other events are looked at."""
    asked = checked(F.activity.any(type="Email.Sent"), CONTACT)

    assert F.activity("email.sent").exists() == asked
    assert {"email.sent", "call"} == dependencies(
        checked(F.activity.any(type__in=["Email.sent", "call"]), CONTACT), CONTACT
    ).event_types


def test_options_are_offered_while_one_types():
    """Of the record, of items and of custom fields, in quotes."""
    for text, expected in (
        ('origin = "re', ['"referred"']),
        ("custom.size = ", ['"XL"', '"xs"']),
        ("custom.colour = ", ['"red"']),
        (
            "organisations has (people has (role = ",
            [f'"{one}"' for one in ("candidate", "client_contact", "employee", "lead", "referrer")],
        ),
        ("emails has (state in (", None),
    ):
        found = [one.label for one in completions(text, len(text), CONTACT) if one.kind == "option"]
        assert found
        assert expected in (None, found)


def _choices():
    subjects = Subjects()
    for cls in KINDS.values():
        for spec in cls.fields:
            if spec.type is FieldType.CHOICE:
                yield cls, spec, subjects[cls].subject.fields[spec.key]


def _words_at(annotation: typing.Any, path: list[str]) -> tuple[str, ...]:
    """Return the members of the enumeration that stands at a path of a model; none where any text may."""
    parts = [annotation, *typing.get_args(annotation)]
    for part in parts[1:]:
        parts += typing.get_args(part)
    classes = [part for part in parts if isinstance(part, type)]
    if path:
        model = next(cls for cls in classes if hasattr(cls, "model_fields"))
        return _words_at(model.model_fields[path[0]].annotation, path[1:])
    return tuple(member.value for cls in classes if issubclass(cls, StrEnum) for member in cls)


def test_every_choice_of_the_model_knows_its_options():
    """The catalogue says of each field what its enumeration says; only what takes any text has no options."""
    open_ones = set()
    for cls, spec, field in _choices():
        root, *path = spec.path.split(".")
        held = cls.model_fields.get(root)  # what is no field of the model is a property of it
        expected = _words_at(
            held.annotation if held else typing.get_type_hints(getattr(cls, root).fget)["return"], path
        )

        assert expected == field.options, f"{cls.kind}.{spec.key}"
        if not expected:
            open_ones.add(f"{cls.kind}.{spec.key}")

    assert {"contact.email_type", "segment.of"} == open_ones
