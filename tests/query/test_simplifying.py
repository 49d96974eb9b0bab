"""Questions said shorter: the same three answers for every record, and never longer. About twenty seconds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.query import (
    And,
    Between,
    Compare,
    Expression,
    F,
    In,
    Lasting,
    Missing,
    Not,
    Op,
    Or,
    Some,
    Span,
    ago,
    checked,
    holds,
    lasting,
    words,
)
from crmcore.query._folding import nodes_of
from crmcore.query.simplifying import simplified
from tests.query.questions import FLAT, NOW, SUBJECT, expressions, facts, plain, questions, records


def size(question: Expression) -> int:
    """Return how many nodes and listed values a question has."""
    return sum(1 + (len(node.values) if isinstance(node, In) else 0) for node in nodes_of(question))


@given(questions(depth=4), records(), NOW)
@settings(max_examples=400)
def test_the_answer_is_the_same(question, record, now):
    """True, false and unknown, whether simplified before it is resolved or after."""
    truth = holds(plain(question, now), record)

    assert truth is holds(plain(simplified(question), now), record)
    assert truth is holds(simplified(plain(question, now)), record)


def crowded() -> st.SearchStrategy[Expression]:
    """Return questions about two fields and the items of one relation, so that parts meet."""
    leaves = st.one_of(
        st.builds(
            Compare,
            st.sampled_from(["age", "level"]),
            st.sampled_from([op for op in Op if op is not Op.IS]),
            st.integers(0, 3),
        ),
        st.builds(Between, st.just("level"), st.integers(0, 3), st.integers(0, 3), st.booleans()),
        st.builds(In, st.sampled_from(["age", "level"]), st.lists(st.integers(0, 3), max_size=3)),
        st.builds(Compare, st.just("met"), st.sampled_from([Op.EQ, Op.LT, Op.LE, Op.GT, Op.GE]), DATES),
        st.builds(Between, st.just("met"), DATES, DATES, st.booleans()),
        st.builds(In, st.just("met"), st.lists(DATES, max_size=3)),
        st.sampled_from([Missing("age"), Missing("level"), words("a"), F.skills.count() >= 1, F.skills.count() < 1]),
        st.builds(
            Some,
            st.just("skills"),
            st.builds(Compare, st.just("level"), st.sampled_from([Op.LT, Op.GT]), st.integers(0, 2)),
        ),
        st.builds(
            Lasting,
            st.builds(Compare, st.just("age"), st.sampled_from([Op.LT, Op.GT]), st.integers(0, 2)),
            st.just(Span(1, "day")),
        ),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(And, st.lists(inner, max_size=4)),
            st.builds(Or, st.lists(inner, max_size=4)),
            st.builds(Not, inner),
        ),
        max_leaves=14,
    ).map(lambda question: checked(question, SUBJECT))


DATES = st.sampled_from(["2019", "2019-03", "2019-03-07", "2019-12-31", "2020", "2020-01-01"])
CROWD = st.fixed_dictionaries(
    {},
    optional={
        "age": st.lists(st.integers(0, 3), max_size=1).map(tuple),
        "level": st.lists(st.integers(0, 3), max_size=2).map(tuple),
        "met": st.lists(DATES, max_size=2).map(tuple),
        "skills": st.lists(
            st.fixed_dictionaries({}, optional={"level": st.integers(0, 2).map(lambda one: (one,))}), max_size=2
        ).map(tuple),
        "~began": st.just(("2020-01-01T00:00:00.000000Z",)),
        "~words": st.just((" a ",)),
    },
)


@given(crowded(), st.lists(CROWD, min_size=1, max_size=8))
@settings(max_examples=800)
def test_the_answer_is_the_same_where_parts_meet(question, crowd):
    """Parts that follow from each other, exclude each other, or are said twice."""
    short = simplified(question)

    for record in crowd:
        assert holds(plain(question), record) is holds(plain(short), record)


@given(st.one_of(crowded(), questions(depth=4)))
@settings(max_examples=400)
def test_simplifying_ends(question):
    """It never makes a question longer, simplifying again changes nothing, and what comes out is checked."""
    short = simplified(question)

    assert size(short) <= size(question)
    assert short == simplified(short) == checked(short, SUBJECT)


@given(expressions(), facts())
def test_questions_that_are_not_checked_keep_their_answer(question, record):
    """What the type of a field would allow is then left alone."""
    plain, short = (checked(asked, FLAT) for asked in (question, simplified(question)))

    assert holds(plain, record) is holds(short, record)


A, B, C = F.age == 1, F.name == "b", F.stage == "c"
M = F.age.is_missing()


@pytest.mark.parametrize(
    ("said", "shorter"),
    [
        (And([A]), A),
        (And([And([A, B]), C]), And([A, B, C])),
        (And([A, A, And(())]), A),
        (And([A, Or(())]), Or(())),
        (Or([A, And(())]), And(())),
        (Not(And(())), Or(())),
        (~~A, A),
        (~(~A | ~B), A & B),
        (~A & ~B & C, C & ~(A | B)),
        (A & (A | B), A),
        (A | (A & B), A),
        (A | ~A, A | ~A),
        (A & ~A, A & ~A),
        (M & ~M, Or(())),
        (M | ~M, And(())),
        (words("a") | ~words("a"), And(())),
        ((F.skills.count() >= 2) | ~(F.skills.count() >= 2), And(())),
        (F.skills.count().is_missing(), Or(())),
        (F.age.in_([1]), A),
        (A | (F.age == 2) | F.age.in_([2, 3]), F.age.in_([1, 2, 3])),
        ((F.level == 1) & (F.level == 2), (F.level == 1) & (F.level == 2)),
        ((F.age < 1) & (F.age < 2), F.age < 1),
        ((F.age < 1) | (F.age <= 1), F.age <= 1),
        ((F.age < 1) & (F.age > 2), (F.age < 1) & (F.age > 2)),
        ((F.age == 1) & (F.age < 2), A),
        (F.age.between(1, 1), A),
        (F.age.between(2, 1), F.age.in_([])),
        ((F.born == "2019-03") & (F.born >= "2019"), F.born == "2019-03"),
        (F.born.between("2019-06", "2019-03"), F.born.between("2019-06", "2019-03")),  # of "2019" nobody knows
        ((F.born < "2019-06") | (F.born >= "2019-06"), (F.born < "2019-06") | (F.born >= "2019-06")),
        (F.skills.any(level=1) & F.skills.any(level=2), F.skills.any(level=1) & F.skills.any(level=2)),
        (lasting(A, days=1) | lasting(B, days=1), lasting(A, days=1) | lasting(B, days=1)),
        ((F.touched_at > ago(days=3)) & (F.touched_at > ago(days=2)), (F.touched_at > ago(days=3)) & (F.touched_at > ago(days=2))),
        (F.skills.any(level__ge=1) | F.skills.any(name="x"), F.skills.any((F.level >= 1) | F.name.is_("x"))),
        (F.skills.any(level__ge=2) & F.skills.any(level__ge=1), F.skills.any(level__ge=2)),
        (F.skills.any(Or(())), Or(())),
        (F.skills.any(And(())), F.skills.any()),
        (lasting(A, days=1) & lasting(B, days=1), lasting(A & B, days=1)),
        (F.skills.where(And(())).count() >= 1, F.skills.where().count() >= 1),
        (F.skills.where(Or(())).count() >= 1, Or(())),
    ],
)  # fmt: skip
def test_what_is_said_shorter(said, shorter):
    """Each rule, and what three values do not allow."""
    assert checked(shorter, SUBJECT) == simplified(checked(said, SUBJECT))


def test_ten_thousand_parts_take_no_time_to_compare():
    """What grows with the square of the parts stops at a few of them."""
    many = checked(
        Or([F.name == f"n{number}" for number in range(4_000)] + [F.age > number for number in range(4_000)]), SUBJECT
    )

    short = simplified(many)

    assert 4_000 == len(short.parts[0].values)
