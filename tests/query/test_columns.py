"""The columnar compiler: the masks say of each row what the row predicate says of its facts; some 15 s."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    F,
    FieldType,
    How,
    In,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Some,
    Subject,
    TextMatch,
    Words,
    checked,
    resolved,
    words,
)
from crmcore.query._folding import nodes_of, term_of
from crmcore.query.checking import UNORDERED
from crmcore.query.columns import Table, mask, masks
from crmcore.query.rewriting import rewritten
from crmcore.query.rows import judges
from crmcore.query.texts import is_like
from tests.query.columns_cases import ITEM, NOW, SCORERS, SUBJECT, Spec, asker, places, records, value_of

NUMBERS = {FieldType.NUMBER, FieldType.INTEGER}
KINDS = {And, Or, Not, Some, Lasting, Compare, Between, In, Missing, Match, Recurs, Near, Sample, Words}


def put(question):
    """Return the question as compilers get it."""
    return resolved(checked(question, SUBJECT), NOW, places=places, scorers=SCORERS)


def differences(answer, *, seed, questions=60, rows=40):
    """Return the questions of which some row is judged otherwise than by the row predicate."""
    facts = records(seed, rows)
    table, draws = Table.from_facts(facts, SUBJECT), asker(seed)
    return [
        question
        for question in (put(draws.question(SUBJECT)) for _ in range(questions))
        if answer(question, table) != tuple([bool(judge(row)) for row in facts] for judge in judges(question))
    ]


def answered(question, table):
    """Answer by the columnar compiler."""
    true, false = masks(question, table)
    assert (true == mask(question, table)).all()
    return true.tolist(), false.tolist()


@pytest.mark.parametrize("seed", range(40))
def test_columns_answer_as_rows_do(seed):
    """Random questions of random records: true, false and unknown where the row predicate says so."""
    assert [] == differences(answered, seed=seed)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(0, 7))
def test_columns_answer_as_rows_do_wherever_one_looks(seed, rows):
    """Any seed, and few rows or none."""
    assert [] == differences(answered, seed=seed, questions=4, rows=rows)


def test_the_questions_are_of_every_kind():
    """Every node that a compiler sees is drawn often, and so are aggregates of every sort."""
    drawn: Counter[object] = Counter()
    for seed in range(40):
        draws = asker(seed)
        for _ in range(60):
            for node in nodes_of(put(draws.question(SUBJECT))):
                drawn[type(node)] += 1
                if isinstance(term := term_of(node), Aggregate):
                    drawn[term.how] += 1

    assert set(drawn) >= KINDS
    assert min(drawn.values()) >= 10


@pytest.mark.parametrize("seed", range(5))
def test_aggregates_answer_as_rows_do(seed):
    """Every aggregate of every field by every order, with and without a condition, against a value that occurs."""
    dice, facts, draws = random.Random(seed), records(seed, 40), asker(seed)
    table = Table.from_facts(facts, SUBJECT)
    ordered = [key for key, field in ITEM.fields.items() if field.type not in {*UNORDERED, FieldType.ANY}]
    asked = [Aggregate(relation="items", how="count")]
    for key in ordered:
        hows = ["min", "max", *(("sum", "mean") if ITEM.fields[key].type in NUMBERS else ())]
        asked += [Aggregate(relation="items", how=how, field=key) for how in hows]
    for key in ITEM.fields:
        asked += [Aggregate(relation="items", how=how, field=key, by=by) for how in ("first", "last") for by in ordered]
    for term in asked:
        where = draws.question(ITEM, depth=1) if dice.random() < 0.5 else None
        term = attrs.evolve(term, where=where)  # noqa: PLW2901
        type_ = ITEM.fields[term.field].type if term.how not in {How.SUM, How.MEAN, How.COUNT} else FieldType.NUMBER
        value = dice.randrange(4) if term.how is How.COUNT else value_of(dice, Spec("", type_))
        for leaf in (Missing(term), Compare(term, Op.EQ, value), In(term, [value])):
            question = put(leaf)
            expected = tuple([judge(row) for row in facts] for judge in judges(question))

            assert expected == answered(question, table), question


def _misread(question, change):
    return rewritten(question, lambda leaf: change(leaf) if isinstance(leaf, (Compare, Between, In, Match)) else leaf)


def _of(kind, **changes):
    def change(leaf):
        return attrs.evolve(leaf, **{key: make(leaf) for key, make in changes.items()}) if type(leaf) is kind else leaf

    return lambda question, table: answered(_misread(question, change), table)


FAULTS = {
    "what is unknown is false": lambda question, table: (
        (true := mask(question, table)).tolist(),
        (~true).tolist(),
    ),
    "what is unknown is true": lambda question, table: (
        (~masks(question, table)[1]).tolist(),
        masks(question, table)[1].tolist(),
    ),
    "a bound is left out": _of(Compare, op=lambda leaf: Op.LT if leaf.op is Op.LE else leaf.op),
    "the end belongs to a range": _of(Between, includes_last=lambda leaf: True),
    "a list loses its last value": _of(In, values=lambda leaf: leaf.values[:-1]),
    "a beginning is looked for anywhere": _of(
        Match, how=lambda leaf: TextMatch.CONTAINS if leaf.how is TextMatch.STARTS else leaf.how
    ),
    "a date is its text": _of(
        Compare, op=lambda leaf: Op.GE if leaf.type is FieldType.DATE and leaf.op is Op.EQ else leaf.op
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault):
    """The negative control: a compiler that misreads one node answers otherwise than the row predicate."""
    assert any(differences(FAULTS[fault], seed=seed) for seed in range(10))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1] * 10, 1.0),  # added one after the other they make 0.9999999999999999
        ([1e16, 1.0, -1e16], 1.0),
        ([48_000.5, 0.25, -0.75], 48_000.0),
        ([1.7976931348623157e308] * 3, float("inf")),
        ([2**53 + 1.0, 1.0, 1.0], 2.0**53 + 2),
    ],
)
def test_a_sum_is_rounded_once(values, expected):
    """A sum of numbers is exact before it becomes a double, however many there are and in whatever order."""
    table = Table.from_facts([{"items": tuple({"pay": (value,)} for value in values)}, {}], SUBJECT)
    asked = F.items.sum("pay") >= min(expected, 1.7976931348623157e308)
    below = F.items.sum("pay") > min(expected, 1.7976931348623157e308)

    assert [True, False] == mask(put(asked), table).tolist()
    assert [expected == float("inf"), False] == mask(put(below), table).tolist()


def test_integers_are_exact():
    """64-bit integers neither pass through doubles nor overflow when they are summed up."""
    levels = [2**63 - 1, 2**63 - 2, 2**53, 2**53 + 1]
    table = Table.from_facts([{"integer": (level,)} for level in levels], SUBJECT)
    together = Table.from_facts([{"items": tuple({"level": (level,)} for level in levels[:2])}], SUBJECT)

    assert [False, True, False, False] == mask(put(F.integer == 2**63 - 2), table).tolist()
    assert [False, False, False, True] == mask(put(F.integer.between(2**53 + 1, 2**60)), table).tolist()
    assert [True] == mask(put(F.items.sum("level") >= 2.0**64 - 4096), together).tolist()


@pytest.mark.parametrize(("taken", "level"), [("first", 1), ("last", 4)])
def test_a_tie_goes_to_the_outer_one(taken, level):
    """Of several first items it is the one that stands first, of several last ones the one that stands last."""
    items = tuple({"level": (number,), "day": ("2020",)} for number in (1, 2, 3, 4))
    table = Table.from_facts([{"items": items}], SUBJECT)

    assert [True] == mask(put(getattr(F.items, taken)("level", by="day") == level), table).tolist()


def test_many_different_texts_are_searched_at_once():
    """Marks, blanks and signs between a thousand texts are none of their letters."""
    texts = [f"Senior {number}  Dévèloper, C++/{chr(0x4E00 + number)}" for number in range(1_000)] + ["", "\x02", " "]
    facts = [{"text": (text,)} for text in texts]
    table = Table.from_facts(facts, SUBJECT)

    for how in TextMatch:
        for letters in (
            "senior",
            "c++",
            "senior 1",
            "r",
            "developer c",
            "*9*developer*c+*",
            "yi",
            "senior 999 develo*",
        ):
            question = put(Match("text", how, letters))
            expected = [judges(question)[0](row) for row in facts]

            assert expected == mask(question, table).tolist(), question


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("abc"), max_size=7), max_size=5),
    st.text(st.sampled_from("abc*?"), min_size=1, max_size=7),
)
def test_a_form_is_found_in_all_texts_at_once_as_in_each(texts, pattern):
    """Stars and question marks mean over many texts what they mean in one."""
    table = Table.from_facts([{"text": (text,)} for text in texts], SUBJECT)

    assert [is_like(text, pattern) for text in texts] == mask(
        put(Match("text", TextMatch.LIKE, pattern)), table
    ).tolist()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from("aB  \t\x02\x03\x00é-."), max_size=4), max_size=5))
def test_texts_that_are_folded_together_are_folded_as_each_by_itself(texts):
    """Blanks at the ends, double blanks, marks and controls among them: every text is found where it alone would be."""
    facts = [{"text": (text,)} for text in [*(f"Plain {number}" for number in range(61)), *texts]]
    table = Table.from_facts(facts, SUBJECT)

    for how, letters in (
        (TextMatch.IS, "a b"),
        (TextMatch.CONTAINS, "a b"),
        (TextMatch.STARTS, "b"),
        (TextMatch.ENDS, "e"),
        (TextMatch.WORDS, "b"),
    ):
        question = put(Match("text", how, letters))

        assert [judges(question)[0](row) for row in facts] == mask(question, table).tolist()


def test_a_radius_is_exact_to_the_last_digit():
    """Points at the very distance, one digit nearer and one farther, are judged as the formula judges them."""
    from math import nextafter

    from crmcore.query.spheres import distance_km

    centre, points = (52.0, 5.0), [(52.0 + step / 997, 5.0 + step / 1009) for step in range(1, 60)]
    facts = [{"latitude": (latitude,), "longitude": (longitude,)} for latitude, longitude in points]
    table = Table.from_facts(facts, SUBJECT)
    for place, point in enumerate(points):
        there = distance_km(point, centre)
        for km in (nextafter(there, 0), there, nextafter(there, 1e9)):
            near = mask(put(Near(km=km, of=centre)), table)

            assert (km >= there) == near[place]


def test_what_is_known_of_history_and_words_comes_with_facts():
    """Records without a history have not lasted, and those without words have none: the row predicate says so too."""
    table = Table.from_facts([{}, {"text": ("a",)}], SUBJECT)
    lasting = put(Lasting(F.text == "a", "2020-01-01T00:00:00.000000Z"))

    assert ([False, False], [True, True]) == answered(lasting, table)
    assert ([False, False], [True, True]) == answered(put(words("a")), table)


def test_the_mask_is_the_callers_own():
    """What is returned can be written to; the table keeps its own."""
    table = Table.from_facts([{"boolean": (True,)}, {}], SUBJECT)
    for question in (Missing("boolean"), ~Missing("boolean"), F.boolean == True, And(()), F.items.count() == 0):  # noqa: E712
        first = mask(put(question), table)
        before = first.tolist()
        first[:] = ~first

        assert before == mask(put(question), table).tolist()


def test_no_rows_make_an_empty_mask():
    """A table without rows answers every question."""
    table = Table.from_facts([], Subject("nothing", {"id": Spec("id", FieldType.ID)}, {"items": ITEM}))

    for question in (F.id == "a", Sample("s", 0, 1), F.items.max("level") > 3, F.items.last("day", by="at") < "2020"):
        assert ([], []) == answered(resolved(checked(question, table.subject), NOW), table)


def test_the_room_does_not_load_arrays():
    """Importing the front door and the room of questions loads neither numpy nor narwhals."""
    code = "import sys, crmcore, crmcore.query as q; q.F.a == 1; assert not {'numpy', 'narwhals'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)
