"""What a question means: three values, the same in every compiler. About four seconds."""

from __future__ import annotations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from crmcore.errors import UncheckedQuestion
from crmcore.query import (
    And,
    Compare,
    F,
    In,
    Missing,
    Not,
    Op,
    Or,
    checked,
    compiled,
    fields_of,
    holds,
    rewritten,
    selects,
)
from tests.query.questions import FIELDS, FLAT, NOWS, expressions, facts
from tests.query.twin import Twin

KNOWN = {"name": ("a",), "email": ("a", "b")}


def slowly(question, record):
    """Say what the slow twin makes of a plain question."""
    return Twin(FLAT, NOWS[0]).slowly(question, record)


@given(expressions(), facts())
@settings(max_examples=1_000)
def test_every_compiler_gives_the_answer_of_the_slow_twin(question, record):
    """holds, selects and compiled agree with the words of the tree's docstring on every record."""
    truth = slowly(question, record)
    question = checked(question, FLAT)

    assert truth is holds(question, record)
    assert (truth is True) is selects(question, record) is compiled(question)(record)


@given(expressions(), facts())
def test_checking_changes_no_answer(question, record):
    """The checked expression selects what the plain one does, and checking it again gives it back."""
    once = checked(question, FIELDS, of="contact")

    assert once == checked(once, FIELDS, of="contact")
    assert slowly(question, record) is holds(once, record)


@pytest.mark.parametrize("kind", [And, Or])
@given(parts=st.lists(expressions(4), max_size=3), record=facts())
def test_de_morgan(kind, parts, record):
    """Not of an And is the Or of the Nots, and the other way round."""
    other = Or if kind is And else And

    one, another = (checked(asked, FLAT) for asked in (Not(kind(parts)), other([Not(part) for part in parts])))

    assert holds(one, record) is holds(another, record)
    assert compiled(one)(record) is compiled(another)(record)


@given(expressions(), facts())
def test_a_double_negation_says_nothing(question, record):
    """Not Not is the question itself, for what is unknown too."""
    question = checked(question, FLAT)

    assert holds(question, record) is holds(~~question, record)
    assert compiled(question)(record) is compiled(~~question)(record)


@given(expressions(4), expressions(4), expressions(4), facts())
def test_kleenes_laws(a, b, c, record):
    """And and Or commute, associate, distribute and absorb, and have true and false as their neutral parts."""
    a, b, c = (checked(one, FLAT) for one in (a, b, c))

    def same(left, right):
        return holds(left, record) is holds(right, record) and compiled(left)(record) is compiled(right)(record)

    assert same(a & b, b & a)
    assert same(a | b, b | a)
    assert same((a & b) & c, a & (b & c))
    assert same(a & (b | c), (a & b) | (a & c))
    assert same(a | (a & b), a)
    assert same(a & And(()), a)
    assert same(a | Or(()), a)
    assert same(a & a, a)


@given(expressions(), facts())
def test_nobody_is_selected_by_a_question_and_by_its_opposite(question, record):
    """A record is selected by the question, by its Not, or by neither: where it is unknown."""
    question = checked(question, FLAT)
    chosen = compiled(question)(record), compiled(Not(question))(record)

    assert chosen != (True, True)
    assert (chosen == (False, False)) is (holds(question, record) is None)


def test_a_compiler_that_takes_unknown_for_false_is_found():
    """The negative control: the comparison with the twin sees two-valued logic."""

    def hasty(question, record):
        return not hasty(question.part, record) if isinstance(question, Not) else selects(question, record)

    question, record = find(st.tuples(expressions(), facts()), lambda pair: hasty(*pair) is not (slowly(*pair) is True))

    assert slowly(question, record) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (F.name == "a", True),
        (F.name == "b", False),
        (F.born == "2019", None),
        (F.born != "2019", None),
        (F.email == "b", True),
        (F.email != "b", False),
        (F.email != "c", True),
        (F.name.in_([]), False),
        (F.born.in_([]), None),
        (~F.name.in_([]), True),
        (~F.born.in_([]), None),
        (F.born.is_missing(), True),
        (F.name.is_missing(), False),
        (F.name.is_known(), True),
        (F.name.between("a", "b"), True),
        (F.name.between("b", "c"), False),
        ((F.born == "2019") & (F.name == "b"), False),
        ((F.born == "2019") | (F.name == "a"), True),
        ((F.born == "2019") & (F.name == "a"), None),
        (And(()), True),
        (Or(()), False),
    ],
)
def test_the_table_of_meanings(question, expected):
    """The cases that the docstring of the tree decides, one by one."""
    question = checked(question, FLAT)

    assert expected is holds(question, KNOWN)
    assert (expected is True) is compiled(question)(KNOWN)


@pytest.mark.parametrize("empty", [{}, {"born": ()}])
def test_a_field_left_out_and_a_field_without_values_are_the_same(empty):
    """Both are missing."""
    assert holds(Missing("born"), empty) is True
    assert holds(checked(F.born == "2019", FLAT), empty) is None
    assert compiled(Missing("born"))(empty)


def test_text_compares_by_code_point():
    """Capitals stand before small letters, and what UTF-16 would put first does not come first."""
    assert holds(F.name < "a", {"name": ("Z",)})
    assert holds(F.name < "\U0001f600", {"name": ("\uffff",)})


def test_a_date_stands_before_the_more_precise_ones_that_begin_with_it():
    """In an order; asked as a date, a year may lie after one of its months, or before it, and so types are needed."""
    with pytest.raises(UncheckedQuestion):
        holds(F.born >= "2019-03", {"born": ("2019",)})
    assert holds(checked(F.born >= "2019-03", FLAT), {"born": ("2019",)}) is None
    assert holds(checked(F.born > "2019", FLAT), {"born": ("2019-03",)}) is False


@given(expressions())
def test_rewriting_reaches_every_comparison_and_keeps_the_rest(question):
    """Leaves that come back as they are give the expression back; what is made of each takes its place."""
    assert question == rewritten(question, lambda leaf: leaf)
    assert fields_of(rewritten(question, lambda leaf: Missing(leaf.field))) == fields_of(question)
    assert "Compare" not in repr(rewritten(question, lambda leaf: And(())))


def test_nodes_are_values():
    """Nodes are hashable and equal by content, and 1, 1.0 and True are three contents."""
    assert len({F.name == "a", F.name == "a", Compare("name", Op.EQ, "a")}) == 1
    assert len({F.level == 1, F.level == 1.0, F.level == True}) == 3  # noqa: E712
    assert len({In("level", (1,)), In("level", (True,)), In("level", (1.0,))}) == 3


def test_a_chain_of_joins_stays_flat():
    """Three thousand parts joined one by one nest no deeper than two of them."""
    question = F.level == 0
    for level in range(1, 3_000):
        question = question | (F.level == level)

    assert len(question.parts) == 3_000
    assert checked(question, FIELDS, of="contact") == question
