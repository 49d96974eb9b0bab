"""What is asked slightly wrong: it is refused with what to write, and never answers quietly something else."""

from __future__ import annotations

import re

import pytest

from crmcore.errors import InputError, UnknownField
from crmcore.model import ContactRecord
from crmcore.query import F, ago, ahead, checked

CONTACT = ContactRecord.askable().subject


# Distances and times


@pytest.mark.parametrize(
    "ask",
    [
        lambda: F.location.within(km=30, of="Utrecht", days=3),
        lambda: F.touched_at.within(of="Utrecht", days=3),
        lambda: F.location.within(km=30),
        lambda: F.location.within(of="Utrecht"),
        lambda: F.touched_at.within(km=3, days=3),
    ],
)
def test_a_distance_and_a_time_are_not_asked_for_at_once(ask):
    """One of them would be dropped."""
    with pytest.raises(InputError, match=r'a distance, such as km=30, of="Utrecht", or a time, such as days=90'):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: F.touched_at.within(days=-5),
        lambda: F.touched_at.within_next(days=-5),
        lambda: F.activity.where(F.type == "x").within(days=-1),
    ],
)
def test_a_time_to_look_back_or_ahead_is_not_negative(ask):
    """The range would be empty, and nobody in it."""
    with pytest.raises(InputError, match="a time to look back or ahead is not negative"):
        ask()


def test_a_moment_may_lie_on_the_other_side():
    """A negative span is another way of saying ahead, where one moment is meant."""
    assert ahead(days=-5) == ago(days=5)


# Names


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("CITY", "did you mean 'city'?"),
        ("Ctiy", "did you mean 'city'?"),
        ("custom.shoe", "there are: 'address', 'affiliated_since', 'affiliated_until'"),
    ],
)
def test_the_nearest_fields_are_offered_whatever_their_case(key, words):
    """And where none is near, it is said which there are, in order."""
    with pytest.raises(UnknownField) as fault:
        checked(F[key] == "x", CONTACT)

    assert words in str(fault.value)
    assert ("did you mean" in str(fault.value)) is not ("there are" in str(fault.value))


def test_a_long_list_of_fields_is_cut():
    """Twenty of them, and how many more."""
    with pytest.raises(UnknownField, match=r"and \d+ more$") as fault:
        checked(F.zzzzqq == "x", CONTACT)

    assert 20 == len(re.findall("'[a-z_]+'", str(fault.value).partition("there are")[2]))
