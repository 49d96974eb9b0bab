"""Questions held against the fields, and hostile ones refused at once. About two seconds."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import pytest

from crmcore.errors import InputError, UnknownField
from crmcore.hygiene.partial_date import PartialDate
from crmcore.query import (
    And,
    Compare,
    F,
    FieldType,
    In,
    Missing,
    Not,
    Op,
    Or,
    checked,
    compiled,
    digest,
    fields_of,
    from_json,
    holds,
    scalar_of,
    to_json,
)
from tests.query.questions import FIELDS


class State(StrEnum):
    ACTIVE = "active"


def check(question):
    """Return the question held against the fields of these tests."""
    return checked(question, FIELDS, of="contact")


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("text", " Ä ", " Ä "),
        ("id", "c1", "c1"),
        ("choice", State.ACTIVE, "active"),
        ("text", State.ACTIVE, "active"),
        ("date", "2019", "2019"),
        ("date", "0001-01", "0001-01"),
        ("date", date(2019, 3, 7), "2019-03-07"),
        ("date", PartialDate(2019), "2019"),
        ("date", PartialDate(19, 3), "0019-03"),
        ("date", PartialDate(2019, 3, 7), "2019-03-07"),
        ("instant", datetime(2026, 3, 7, 9, tzinfo=UTC), "2026-03-07T09:00:00.000000Z"),
        ("instant", datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC), "0001-01-01T00:00:00.000001Z"),
        ("instant", datetime(2026, 3, 7, 1, tzinfo=timezone(timedelta(hours=2))), "2026-03-06T23:00:00.000000Z"),
        ("instant", "2026-03-07T09:00:00.25+01:00", "2026-03-07T08:00:00.250000Z"),
        ("instant", "2026-03-07T09:00Z", "2026-03-07T09:00:00.000000Z"),
        ("number", 4, 4.0),
        ("number", -0.0, 0.0),
        ("number", Decimal("0.1"), 0.1),
        ("number", Fraction(1, 4), 0.25),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", -(2**63), -(2**63)),
        ("integer", 3.0, 3),
        ("integer", Decimal("3.00"), 3),
        ("boolean", False, False),
    ],
)
def test_the_scalar_of_a_value(type_, value, expected):
    """Every type has one canonical form, of one Python type, which is its own canonical form."""
    scalar = scalar_of(value, FieldType(type_), field="x")

    assert repr(expected) == repr(scalar)
    assert repr(scalar) == repr(scalar_of(scalar, FieldType(type_), field="x"))


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        ("text", 4, "an int is not"),
        ("text", b"x", "a bytes is not"),
        ("text", None, "None is not"),
        ("text", "a\0b", "NUL"),
        ("email", "a\ud800b", "half a character"),
        ("date", "2019-02-30", "day is out of range"),
        ("date", "0000", "year 0 is out of range"),
        ("date", "2019-3", "no date"),
        ("date", "2019-03-07\n", "no date"),
        ("date", "２０１９", "no date"),
        ("date", datetime(2019, 3, 7, tzinfo=UTC), "a datetime is not"),
        ("date", 2019, "an int is not"),
        ("instant", datetime(2019, 3, 7), "no time zone"),  # noqa: DTZ001 - what is tested
        ("instant", "2019-03-07T09:00:00", "no instant"),
        ("instant", "2019-03-07", "no instant"),
        ("instant", "2019-03-07T24:00:00Z", "no instant"),
        ("instant", "2019-03-07T09:00:00.1234567Z", "no instant"),
        ("instant", date(2019, 3, 7), "a date is not"),
        ("instant", datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=2))), "out of range"),
        ("number", float("nan"), "not finite"),
        ("number", float("inf"), "not finite"),
        ("number", Decimal("NaN"), "not finite"),
        ("number", Decimal("sNaN"), "NaN"),
        ("number", Decimal("1e400"), "too large"),
        ("number", 10**400, "too large"),
        ("number", True, "a bool is not"),
        ("number", "4", "a str is not"),
        ("number", 1j, "a complex is not"),
        ("integer", 2**63, "64 bits"),
        ("integer", -(2**63) - 1, "64 bits"),
        ("integer", 2.5, "not whole"),
        ("integer", float("nan"), "not finite"),
        ("integer", Decimal("1e999999999"), "not finite"),
        ("integer", 10**4_000, "too large"),
        ("integer", True, "a bool is not"),
        ("boolean", 1, "an int is not"),
        ("boolean", "true", "a str is not"),
    ],
)
def test_what_is_no_value_of_the_type_is_refused(type_, value, why):
    """The refusal names the field and its type, and what would do."""
    with pytest.raises(InputError, match=rf"field 'x' is of type {type_}.*{why}.*; pass "):
        scalar_of(value, FieldType(type_), field="x")


def test_a_refusal_does_not_repeat_the_value():
    """What was typed may be personal, and messages end up in logs."""
    with pytest.raises(InputError) as caught:
        check(F.born == "secret")

    assert "secret" not in str(caught.value)


def test_values_become_scalars_of_their_field():
    """Comparisons and lists are converted, below any join; lists come sorted, each value once."""
    question = ~(F.salary.in_([3, Decimal("1.5"), 3.0]) | (F.born >= date(2019, 3, 7))) & (F.level == 2.0)
    expected = ~(In("salary", (1.5, 3.0)) | Compare("born", Op.GE, "2019-03-07")) & Compare("level", Op.EQ, 2)

    assert expected == check(question)


def test_lists_of_the_same_values_ask_the_same_question():
    """Neither the order of a list nor a repetition changes the checked expression."""
    assert check(F.email.in_(["b", "a", "b"])) == check(F.email.in_({"a", "b"}))


def test_an_unknown_field_is_met_with_the_nearest_names():
    """It can be caught as KeyError and InputError, and carries the key and the fields."""
    with pytest.raises(UnknownField, match=r"contact has no field 'emial'; did you mean 'email'") as caught:
        check(F.name.is_known() & ~(F.emial == "x"))

    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, InputError)
    assert ("emial", tuple(FIELDS), "contact") == (caught.value.field, caught.value.fields, caught.value.of)


@pytest.mark.parametrize("question", [Missing("__class__"), In("nmae", ()), Missing(""), Missing("name; drop table")])
def test_an_unknown_field_is_refused_wherever_it_stands(question):
    """Missing and empty lists are no way round the catalogue, and a key is no SQL."""
    with pytest.raises(UnknownField):
        check(Or((Not(And((question,))),)))


@pytest.mark.parametrize("key", ["id", "private", "state"])
def test_some_types_have_no_order_to_ask_for(key):
    """Ids, booleans and choices are equal or not."""
    value = True if key == "private" else "x"

    for op in (Op.LT, Op.LE, Op.GT, Op.GE):
        with pytest.raises(InputError, match=f"field '{key}' of contact .* no order"):
            check(Compare(key, op, value))
    assert check(Compare(key, Op.EQ, value)) == Compare(key, Op.EQ, value)


def test_the_fields_of_a_question():
    """Each field that is asked about, once."""
    assert {"email", "level", "born"} == fields_of(
        (F.email == "x") & ~(F.level.in_([]) | F.born.is_missing()) & (F.email != "y")
    )
    assert frozenset() == fields_of(And(()))


def chain(length):
    """Return a Not of a Not of a Not."""
    question = F.email.is_missing()
    for _ in range(length):
        question = Not(question)
    return question


def doubling(times):
    """Return an expression of few objects that reads as 2 to the power of *times* leaves."""
    question = F.email.is_missing()
    for _ in range(times // 2):
        question = Or((And((question, question)),) * 2)
    return question


LONG_LIST = tuple(map(str, range(100_001)))
HOSTILE = {
    "a chain of 100,000": (chain(100_000), "deeper than 100"),
    "2 to the 60 leaves": (doubling(60), "10,000 nodes"),
    "a million parts": (Or((F.email == "x",) * 1_000_000), "10,000 nodes"),
    "a list of 100,001": (In("email", LONG_LIST), "100,000 values"),
    "long lists again and again": (Or((In("email", LONG_LIST[:-1]),) * 5_000), "250,000 values"),
    "a long text": (F.email == "x" * 10_000_001, "10,000,000 characters"),
    "a long text again and again": (Or((F.email == "x" * 100_000,) * 5_000), "10,000,000 characters"),
    "a long key": (Missing("x" * 10_000_001), "10,000,000 characters"),
    "no expression": (And((F.email.is_missing(), True)), "one of class bool"),
    "no expression at all": ("email", "one of class str"),
    "no key": (Missing(7), "not an int"),
}
USES = {
    "checked": check,
    "compiled": compiled,
    "holds": lambda question: holds(question, {}),
    "to_json": to_json,
    "digest": digest,
    "fields_of": fields_of,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize(("question", "why"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_expression_is_refused_at_once(question, why, use):
    """Every door refuses it within a quarter of a second (it takes milliseconds), and no recursion error comes up."""
    start = time.perf_counter()
    with pytest.raises(InputError, match=why):
        use(question)

    assert time.perf_counter() - start < 10  # without the limits it takes minutes, or for ever


@pytest.mark.parametrize(
    "question",
    [chain(99), Or((F.email == "x",) * 9_999), In("email", LONG_LIST[1:]), F.email == "x" * 9_999_000],
    ids=["deepest", "widest", "longest list", "longest text"],
)
def test_what_is_just_within_the_limits_works(question):
    """The limits themselves are usable, by every door, without a recursion error."""
    good = check(question)

    assert compiled(good)({"email": ("x" * 9_999_000, "x", "7")}) in (True, False)
    assert good == from_json(to_json(good))
    assert {"email"} == fields_of(good)


def test_a_million_letters_are_compared_with_no_name():
    """Looking for the nearest name costs nothing where the key is no slip of the pen."""
    start = time.perf_counter()
    with pytest.raises(UnknownField) as caught:
        check(Missing("x" * 9_000_000))

    assert len(str(caught.value)) < 500
    assert time.perf_counter() - start < 10  # without the limits it takes minutes, or for ever
