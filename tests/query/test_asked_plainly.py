"""What is asked slightly wrong: it is refused with what to write, and never answers quietly something else."""

from __future__ import annotations

import re
from functools import reduce
from operator import and_, or_

import pytest

from crmcore.errors import InputError, QuerySyntaxError, UnknownField
from crmcore.model import ContactRecord
from crmcore.query import Compare, F, ago, ahead, checked, from_cel, parsed, printed

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


# What Python says


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: 1 < F.level < 5, "F.level.between(1, 5) in place of 1 <= F.level <= 5"),
        (lambda: F.city == "x" and F.level == 2, "join expressions with & | ~"),
        (lambda: F.a & F.flag, "F['a'] is no question by itself; where it is true or false ask F['a'] == True"),
        (lambda: (F.a == 1) & F.flag, "ask F['flag'] == True"),
        (lambda: F.flag | (F.a == 1), "ask F['flag'] == True"),
        (lambda: (F.a == 1) | F.flag, "ask F['flag'] == True"),
        (lambda: ~F.flag, "ask F['flag'] == True"),
        (lambda: ~F.activity("x"), "ask for .exists() or .any(...)"),
        (lambda: (F.a == 1) & F.activity("x"), "ask for .exists() or .any(...)"),
    ],
)
def test_what_python_takes_for_something_else_is_refused(ask, words):
    """With what to write instead."""
    with pytest.raises(TypeError, match=re.escape(words)):
        ask()


def test_items_of_a_type_are_asked_about_as_all_items_are():
    """By any, none and all, as a relation is."""
    sent = F.activity("email.sent")

    assert F.activity.any(F.type == "email.sent", actor="u") == sent.any(actor="u")
    assert ~sent.any(actor="u") == sent.none(actor="u")
    assert ~F.activity.any(F.type == "email.sent", ~F.actor.is_("u")) == sent.all(actor="u")


@pytest.mark.parametrize(("value", "words"), [(None, "not None"), (3, "not an int"), ([], "not a list")])
def test_messages_have_the_right_article(value, words):
    """An int, a list; and nothing is None."""
    with pytest.raises(InputError, match=words):
        F[value]
    with pytest.raises(InputError, match=words):
        parsed(value)


def test_the_key_of_a_field_is_quoted_once():
    """In every message."""
    for question in (F.city.contains(3), F.city == 3, F.city.in_([3])):
        with pytest.raises(InputError) as fault:
            checked(question, CONTACT)
        assert "'city' " in str(fault.value)
        assert "\"'" not in str(fault.value)


def test_so_many_parts_are_refused_before_they_are_copied():
    """Joining one more takes time in proportion to the parts, so that there may not be more than an expression holds."""
    with pytest.raises(InputError, match="more than 10,000 nodes"):
        reduce(or_, (F.level == number for number in range(60_000)))
    assert 10_000 == len(reduce(and_, (F.level == number for number in range(10_000))).parts)


# The language


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("city is not missing", "city is known"),
        ("city is not known", "city is missing"),
        ("city is null", "city is missing"),
        ("city IS NOT NULL", "city is known"),
        ('city <> "x"', 'city != "x"'),
        ("is_private is true", "is_private = true"),
        ("is_private is not false", "is_private != false"),
    ],
)
def test_what_others_write_is_understood(text, same):
    """Words and signs of SQL, and what one says without thinking."""
    assert parsed(same) == parsed(text)
    assert same == printed(parsed(text))


@pytest.mark.parametrize("text", ['city < > "x"', "city is nul", "city is not 4", "city is"])
def test_what_nobody_means_is_refused(text):
    """With the caret where it stands."""
    with pytest.raises(QuerySyntaxError):
        parsed(text)


@pytest.mark.parametrize("ask", [lambda: parsed('last title of employments = "x"', CONTACT),
                                 lambda: checked(F.employments.last("title") == "x", CONTACT)])  # fmt: skip
def test_items_without_a_time_need_to_be_told_by_which_field(ask):
    """Nobody wrote the field that they do not have."""
    with pytest.raises(
        InputError, match="have no time 'at' to stand in order by; say by which field, such as by ended"
    ):
        ask()


@pytest.mark.parametrize(
    ("text", "caret"),
    [
        ('"城市" = 3', "^^^^^^"),
        ('city = "城市" and zzz = 3', 18 * " " + "^^^"),
        ('city = "e\u0301" and zzz = 3', 15 * " " + "^^^"),
    ],
)
def test_the_caret_stands_below_wide_letters_and_marks(text, caret):
    """A wide letter takes two columns, a mark upon another letter none."""
    with pytest.raises(InputError) as fault:
        parsed(text, CONTACT)
    lines = [*str(fault.value).splitlines(), *"\n".join(getattr(fault.value, "__notes__", ())).splitlines()]

    assert f"  {caret}" in lines


def test_cel_takes_the_least_whole_number():
    """Of 64 bits; the greatest has one less."""
    assert Compare("age", "eq", -(2**63)) == from_cel("age == -9223372036854775808")
    for text in ("age == 9223372036854775808", "age == -9223372036854775809", "age in [9223372036854775808]"):
        with pytest.raises(QuerySyntaxError, match="64 bits"):
            from_cel(text)


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "posix/Europe/Amsterdam", "right/UTC", "Localtime"])
def test_a_zone_that_depends_on_the_machine_is_none(zone):
    """Two machines would answer one question differently."""
    with pytest.raises(InputError, match="there is no time zone"):
        ago(days=1, zone=zone)
