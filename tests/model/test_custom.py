"""Custom fields: typed, with options, under keys that never change."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmcore.errors import LawBroken
from crmcore.model import ContactRecord, CustomField, CustomFields, CustomOption, catalogue

VISA = CustomField(
    id="f1", key="visa", label="Visa", type="choice", options=(CustomOption(key="none"), CustomOption(key="h1b"))
)
SIZE = CustomField(id="f2", key="shoe_size", label="Shoe size", type="number", is_required=True, is_private=True)
FIELDS = CustomFields.of([VISA, SIZE])


def test_values_of_the_right_type_go_in():
    """A check that finds nothing says nothing."""
    FIELDS.check({"visa": "h1b", "shoe_size": "42.5"})


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"visa": "b2", "shoe_size": "42"}, "no option 'b2'"),
        ({"visa": True, "shoe_size": "42"}, "takes choice"),
        ({"shoe_size": "large"}, "takes number"),
        ({"visa": "none"}, "'shoe_size' is required"),
        ({"shoe_size": "42", "colour": "red"}, "no custom field"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(values, says):
    """Each refusal names the field and the fault."""
    with pytest.raises(LawBroken, match=says):
        FIELDS.check(values)


def test_unknown_options_are_kept_where_the_policy_says_so():
    """The policy is the definition's, not the caller's."""
    CustomFields.of([VISA.evolve(unknown_option="keep")]).check({"visa": "b2"})


def test_the_key_is_stable_after_a_rename():
    """Values found under the key before a rename are found after it."""
    renamed = VISA.rename("Work permit")

    assert ("visa", "Work permit") == (renamed.key, renamed.label)


def test_a_dependent_field_needs_the_other_one():
    """A field that depends on another has no value without it."""
    until = CustomField(id="f3", key="visa_until", label="Until", type="date", depends_on="visa")
    fields = CustomFields.of([VISA, until])
    fields.check({"visa": "h1b", "visa_until": "2025-03"})

    with pytest.raises(LawBroken, match="applies only where 'visa'"):
        fields.check({"visa_until": "2025-03"})


def test_custom_fields_become_catalogue_entries():
    """A private field is confidential, a choice lists its options."""
    known = catalogue([VISA, SIZE])

    assert ("none", "h1b") == known["custom.visa"].options
    assert "confidential" == known["custom.shoe_size"].sensitivity
    assert len(known) == len(catalogue()) + 2


def test_options_belong_to_choices_only():
    """A text with options and a choice without are both refused."""
    for wrong in ({"type": "text", "options": [{"key": "a"}]}, {"type": "choice"}):
        with pytest.raises(ValidationError):
            CustomField(id="f", key="a", label="A", **wrong)


def test_booleans_stay_booleans_and_numbers_numbers():
    """True is not 1, neither before nor after JSON."""
    contact = ContactRecord(id="c", custom={"a": True, "b": 1, "c": "1"})
    again = ContactRecord.model_validate_json(contact.model_dump_json())

    assert [bool, int, str] == [type(value) for value in again.custom.values()]
