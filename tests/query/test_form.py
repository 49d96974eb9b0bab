"""Expressions as JSON, there and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from crmcore.errors import InputError
from crmcore.query import And, Compare, F, In, Missing, Not, Or, checked, digest, expression_schema, from_json, to_json
from crmcore.query._form.shapes import SHAPES
from tests.query.forms import trees
from tests.query.questions import FIELDS, expressions

SCHEMA_FILE = Path(__file__).parents[2] / "docs/reference/query-schema.json"
VALID = Draft202012Validator(expression_schema())
WORDS_OF_THE_FORM = sorted(
    {"op", "how", "relation", "score", "to", "amount", "unit", *(k for s in SHAPES.values() for k in s.keys)}
)
LEAF = {"op": "missing", "field": "email"}


@given(expressions())
def test_an_expression_is_read_as_it_was_written(question):
    """Through JSON text too, and with one digest."""
    again = from_json(json.loads(json.dumps(to_json(question))))

    assert question == again
    assert digest(question) == digest(again)


@settings(max_examples=300)
@given(trees())
def test_every_node_is_read_as_it_was_written_and_fits_the_schema(question):
    """Whatever a tree holds, checked or not; the text of its JSON is the same each time."""
    obj = json.loads(json.dumps(to_json(question)))

    assert question == from_json(obj)
    assert obj == to_json(from_json(obj))
    VALID.validate(obj)


@given(trees(4), trees(4))
def test_digests_tell_all_nodes_apart(a, b):
    """Two questions share a digest only if they are one."""
    assert (a == b) is (digest(a) == digest(b))


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
        {"version": 3, "where": LEAF},
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
        ({"op": "missing", "field": 7}, "where.field: the key of a field is a text"),
        ({"op": "missing", "field": "a\0"}, "NUL"),
        ({"op": "eq", "field": "email", "value": None}, "where.value: a value is a text"),
        ({"op": "eq", "field": "email", "value": ["x"]}, "where.value: a value is a text"),
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


NOW = {"amount": 0, "unit": "second"}


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (
            {"op": "between", "field": "a", "first": 1},
            "exactly the keys field, first, includes_last, last, op, of which",
        ),
        (
            {"op": "between", "field": "a", "first": 1, "last": 2, "includes_last": 1},
            "where.includes_last: true or false",
        ),
        ({"op": "match", "field": "a", "how": "regex", "text": "x"}, "where.how: one of is, contains"),
        ({"op": "match", "field": "a", "how": [], "text": "x"}, "where.how: one of is, contains"),
        ({"op": "match", "field": "a", "how": "is", "text": 7}, "where.text: a text is needed, not an int"),
        ({"op": "near", "km": True, "of": "Utrecht"}, "where.km: a number"),
        ({"op": "near", "km": float("inf"), "of": "Utrecht"}, "where.km: a number is finite"),
        ({"op": "near", "km": 3, "of": [1, 2, 3]}, "where.of: a place is a name"),
        ({"op": "near", "km": 3, "of": [1, "x"]}, r"where.of\[1\]: a number"),
        ({"op": "sample", "salt": "s", "first": 0, "end": 1.5, "of": 3}, "where.end: a whole number"),
        (
            {"op": "lasting", "where": LEAF, "span": {"amount": 1}},
            "where.span: an object here has the keys amount, unit",
        ),
        ({"op": "lasting", "where": LEAF, "span": {"amount": 1, "unit": "eon"}}, "where.span: a unit of time"),
        ({"op": "lasting", "where": LEAF, "span": {"amount": 1, "unit": ["day"]}}, "where.span: a unit of time"),
        ({"op": "lasting", "where": LEAF, "span": {"amount": "1", "unit": "day"}}, "where.span: time is counted"),
        ({"op": "lasting", "where": LEAF, "span": 3}, "where.span: an object"),
        ({"op": "eq", "field": "a", "value": {**NOW, "zone": "Mars/Base"}}, "where.value: there is no time zone"),
        ({"op": "eq", "field": "a", "value": {**NOW, "zone": ["UTC"]}}, "where.value: there is no time zone"),
        ({"op": "eq", "field": "a", "value": {**NOW, "zone": None}}, "where.value: there is no time zone"),
        ({"op": "eq", "field": "a", "value": {**NOW, "start_of": "hour"}}, "where.value: a moment may be"),
        ({"op": "eq", "field": "a", "value": {**NOW, "start_of": None}}, "where.value: a unit of time"),
        ({"op": "in", "field": "a", "values": [1, {"amount": 1}]}, r"where.values\[1\]: an object here"),
        ({"op": "eq", "field": {"how": "median", "relation": "a"}, "value": 1}, "where.field.how: one of"),
        ({"op": "eq", "field": {"how": {}, "relation": "a"}, "value": 1}, "where.field.how: one of"),
        ({"op": "eq", "field": {"how": "count"}, "value": 1}, "where.field: an object here has the keys how, relation"),
        ({"op": "eq", "field": {"how": "count", "relation": 3}, "value": 1}, "where.field.relation: a text"),
        (
            {"op": "eq", "field": {"how": "count", "relation": "a", "where": 3}, "value": 1},
            "where.field.where: an object",
        ),
        ({"op": "eq", "field": {"score": "a"}, "value": 1}, "where.field: an object here has the keys score, to"),
        ({"op": "some", "relation": "skills", "where": {"op": "eq"}}, "where.where: 'eq' has exactly"),
        ({"op": "recurs", "field": "born", "first": 3, "last": "02-29"}, "where.first: a text"),
    ],
)
def test_a_newer_node_is_refused_where_it_is_wrong(where, why):
    """The refusal names the place in the object; the schema refuses most of it too."""
    with pytest.raises(InputError, match=why):
        from_json({"version": 2, "where": where})


@pytest.mark.parametrize(
    "where",
    [
        {"op": "words", "text": "java"},
        {"op": "is", "field": "a", "value": "x"},
        {"op": "eq", "field": "a", "value": NOW},
        {"op": "in", "field": "a", "values": [NOW]},
        {"op": "missing", "field": {"how": "count", "relation": "a"}},
        {"op": "not", "part": {"op": "eq", "field": {"score": "f", "to": "x"}, "value": 1}},
    ],
)
def test_version_1_has_no_newer_nodes(where):
    """What an older crmcore could not have written is not read as if it had; version 2 says the same, and is written."""
    newer = {"version": 2, "where": where}

    assert newer == to_json(from_json(newer))
    assert VALID.is_valid(newer)
    assert not VALID.is_valid({"version": 1, "where": where})
    with pytest.raises(InputError, match="where"):
        from_json({"version": 1, "where": where})


def test_a_question_that_version_1_can_say_is_written_in_it():
    """Whatever else can be said by now, old questions keep their JSON and with it their digests."""
    assert {"version": 1, "where": LEAF} == to_json(from_json({"version": 2, "where": LEAF}))


def test_the_published_schema_is_the_one_in_use():
    """The file of the documentation is what expression_schema() returns, and it is a schema."""
    Draft202012Validator.check_schema(expression_schema())

    assert expression_schema() == json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS_OF_THE_FORM), inner, max_size=5),
    max_leaves=8,
)


@settings(max_examples=300)
@given(JSON_LIKE, st.sampled_from(sorted(SHAPES)), st.data())
def test_any_object_is_read_or_refused_as_bad_input(obj, op, data):
    """No object makes anything else come up, however near it comes to the form."""
    shape = SHAPES[op]
    node = {"op": op, **{key: data.draw(JSON_LIKE) for key in shape.keys}}
    for where in (obj, node):
        try:
            question = from_json({"version": 2, "where": where})
        except InputError:
            continue
        assert question == from_json(to_json(question))
