"""Expressions as JSON, there and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from crmcore.errors import InputError
from crmcore.query import And, Compare, F, In, Missing, Not, Or, checked, digest, from_json, to_json
from tests.query.questions import FIELDS, expressions

LEAF = {"op": "missing", "field": "email"}


@given(expressions())
def test_an_expression_is_read_as_it_was_written(question):
    """Through JSON text too, and with one digest."""
    again = from_json(json.loads(json.dumps(to_json(question))))

    assert question == again
    assert digest(question) == digest(again)


@given(expressions(4), expressions(4))
def test_digests_are_equal_where_questions_are(a, b):
    """Two questions share a digest only if they are one."""
    assert (a == b) is (digest(a) == digest(b))


def test_a_digest_never_changes():
    """Cursors that are out in the world carry it: a change of the form needs a new version of the form."""
    question = (F.email == "ä") & ~F.level.in_([1, 2]) & (F.salary >= 1.5) & (Or(()) | F.born.is_missing())

    assert "04934bc034cf127b1d1807676c9c6d288be290235b9bbc6b0a44e3cd7f91d83c" == digest(question)


def test_a_whole_number_that_lost_its_point_is_the_same_question_once_checked():
    """JSON in other languages knows one sort of number."""
    sent = checked(F.salary >= 4.0, FIELDS, of="contact")
    obj = to_json(sent)
    obj["where"]["value"] = 4

    assert sent == checked(from_json(obj), FIELDS, of="contact")


@pytest.mark.parametrize(
    "obj",
    [
        None,
        [],
        {},
        LEAF,
        {"version": 1},
        {"version": 2, "where": LEAF},
        {"version": 0, "where": LEAF},
        {"version": True, "where": LEAF},
        {"version": 1.0, "where": LEAF},
        {"version": "1", "where": LEAF},
        {"version": 1, "where": LEAF, "more": 1},
    ],
)
def test_an_unknown_envelope_is_refused(obj):
    """The version and the question, and nothing else; a newer version is not guessed at."""
    with pytest.raises(InputError, match="in JSON"):
        from_json(obj)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (None, "where: an object"),
        ("email", "where: an object"),
        ({}, "where: 'op' is one of"),
        ({"op": "like", "field": "email", "value": "x"}, "where: 'op' is one of"),
        ({"op": ["eq"], "field": "email", "value": "x"}, "where: 'op' is one of"),
        ({"op": "missing"}, "exactly the keys field, op"),
        ({"op": "missing", "field": "email", "value": 1}, "exactly the keys field, op"),
        ({"op": "missing", "field": 7}, "where: the key of a field is a text"),
        ({"op": "missing", "field": "a\0"}, "NUL"),
        ({"op": "eq", "field": "email", "value": None}, "where: a value is a text"),
        ({"op": "eq", "field": "email", "value": ["x"]}, "where: a value is a text"),
        ({"op": "eq", "field": "email", "value": "\ud800"}, "half a character"),
        ({"op": "eq", "field": "level", "value": 2**63}, "64 bits"),
        ({"op": "eq", "field": "level", "value": float("nan")}, "finite"),
        ({"op": "eq", "field": "level", "value": float("-inf")}, "finite"),
        ({"op": "in", "field": "email", "values": "x"}, "'values' is a list"),
        ({"op": "in", "field": "email", "values": ["x", {}]}, r"where.values\[1\]"),
        ({"op": "in", "field": "email", "values": ["x"] * 100_001}, "100,000 values"),
        ({"op": "and", "parts": {}}, "where.parts: a list"),
        ({"op": "and", "parts": [LEAF, {"op": "not", "part": 7}]}, r"where.parts\[1\].part: an object"),
        ({"op": "or", "parts": [LEAF] * 10_000}, "10,000 nodes"),
    ],
)
def test_what_is_unknown_is_refused_where_it_stands(where, why):
    """The refusal says at which place of the object, and what is wrong there."""
    with pytest.raises(InputError, match=why):
        from_json({"version": 1, "where": where})


def test_a_deep_object_is_refused_without_a_recursion_error():
    """A hundred thousand brackets are refused like 201 of them."""
    where = LEAF
    for _ in range(100_000):
        where = {"op": "not", "part": where}

    with pytest.raises(InputError, match="deeper than 100"):
        from_json({"version": 1, "where": where})


@pytest.mark.parametrize("value", [None, object(), b"x", float("nan"), 2**63, "\ud800"])
def test_what_is_no_scalar_is_not_written(value):
    """An expression that was not checked may hold anything; JSON may not."""
    for question in (Compare("x", "eq", value), In("x", [value]), And((Not(Compare("x", "eq", value)), Missing("y")))):
        with pytest.raises(InputError):
            to_json(question)
