"""Asking in Python: what F builds, and what it refuses while the line is still in sight."""

from __future__ import annotations

import copy
import pickle

import pytest

from crmcore.errors import InputError
from crmcore.query import And, Between, Compare, F, In, Missing, Not, Op, Or


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (F.email == "x", Compare("email", Op.EQ, "x")),
        ("x" == F.email, Compare("email", Op.EQ, "x")),
        (F.email != "x", Not(Compare("email", Op.EQ, "x"))),
        (F.level < 4, Compare("level", Op.LT, 4)),
        (F.level <= 4, Compare("level", Op.LE, 4)),
        (F.level > 4, Compare("level", Op.GT, 4)),
        (4 < F.level, Compare("level", Op.GT, 4)),
        (F["custom.shoe_size"] >= 4, Compare("custom.shoe_size", Op.GE, 4)),
        (F.level.in_(n for n in (1, 2)), In("level", (1, 2))),
        (F.level.between(1, 2), Between("level", 1, 2)),
        (F.email.is_missing(), Missing("email")),
        (F.email.is_known(), Not(Missing("email"))),
        (F.is_missing == "x", Compare("is_missing", Op.EQ, "x")),
        (F.a.is_missing() & F.b.is_missing() & F.c.is_missing(), And((Missing("a"), Missing("b"), Missing("c")))),
        (F.a.is_missing() | F.b.is_missing() | F.c.is_missing(), Or((Missing("a"), Missing("b"), Missing("c")))),
        (Compare("email", "eq", "x"), Compare("email", Op.EQ, "x")),
    ],
)
def test_what_a_line_of_python_asks(asked, expected):
    """Each way to compare gives its node."""
    assert expected == asked


def test_a_question_is_no_bool():
    """``and``, ``or``, ``not``, ``if`` and a chained comparison are caught, with what to write."""
    with pytest.raises(TypeError, match=r"join expressions with & [|] ~"):
        _ = F.city == "Utrecht" and F.level >= 4
    with pytest.raises(TypeError, match="join expressions"):
        _ = 3 <= F.level <= 4
    with pytest.raises(TypeError, match="join expressions"):
        _ = not F.city.is_known()
    with pytest.raises(TypeError, match=r"F\['email'\].is_known\(\)"):
        _ = "yes" if F.email else "no"


@pytest.mark.parametrize("name", ["__wrapped__", "_private", "__array__", "_"])
def test_python_may_look_for_its_hooks(name):
    """An underscore asks for no field, so that copying, inspecting and doctest work."""
    assert not hasattr(F, name)
    assert not hasattr(F.email, name)


def test_a_field_whose_key_begins_with_an_underscore_can_be_asked_about():
    """Brackets take any key."""
    assert Compare("_legacy", Op.EQ, 1) == (F["_legacy"] == 1)


def test_a_dotted_key_is_explained():
    """What has a dot is written in brackets, and the message says how."""
    with pytest.raises(AttributeError, match=r"F\['custom.shoe_size'\]"):
        _ = F.custom.shoe_size


@pytest.mark.parametrize(
    ("ask", "hint"),
    [
        (lambda: F.email == None, r"is_missing\(\)"),  # noqa: E711
        (lambda: F.email == F.phone, "compare it with a value"),
        (lambda: F.email.in_("abc"), "letter by letter"),
        (lambda: F[0], "is a text"),
        (lambda: Compare("email", "like", "x"), "eq, lt, le, gt, ge"),
    ],
)
def test_a_slip_is_refused_where_it_is_written(ask, hint):
    """What cannot be meant raises InputError, with what to write."""
    with pytest.raises(InputError, match=hint):
        ask()


def test_f_is_no_collection():
    """Looping over F, or looking into it, does not run forever."""
    with pytest.raises(TypeError):
        iter(F)
    with pytest.raises(TypeError):
        _ = "email" in F


def test_a_question_joins_questions_only():
    """A plain value beside & or | is a TypeError."""
    with pytest.raises(TypeError):
        _ = (F.email == "x") & True
    with pytest.raises(TypeError):
        _ = (F.email == "x") | "y"


def test_a_question_travels():
    """Pickling and copying give an equal expression; a node does not change."""
    question = (F.email == "x") & ~F.level.in_([1, 2])

    assert question == pickle.loads(pickle.dumps(question))  # noqa: S301
    assert question == copy.deepcopy(question)
    assert "F['email']" == repr(copy.copy(F.email))
    with pytest.raises(AttributeError):
        question.parts = ()
