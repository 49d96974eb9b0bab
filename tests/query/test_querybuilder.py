"""Rules that users put together in a widget, read as questions."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import FieldHidden, InputError, UnknownField
from crmcore.query import And, Between, F, In, Not, Op, checked
from crmcore.query.querybuilder import from_querybuilder
from tests.query.questions import SUBJECT


def rule(field, operator, value=None, **more):
    """Return a rule as the widget exports it."""
    return {"field": field, "operator": operator, "value": value, **more}


def group(*rules, combinator="and", **more):
    """Return a group with one combinator."""
    return {"combinator": combinator, "rules": list(rules), **more}


RULES = [
    (rule("name", "=", "Zoë"), F.name.is_("Zoë")),
    (rule("name", "!=", "Zoë"), ~F.name.is_("Zoë")),
    (rule("level", "<", 4), F.level < 4),
    (rule("level", ">", 4), F.level > 4),
    (rule("level", "<=", 4.5), F.level <= 4.5),
    (rule("level", ">=", "4"), F.level >= "4"),
    (rule("private", "=", value=True), F.private.is_(True)),
    (rule("name", "contains", "a"), F.name.contains("a")),
    (rule("name", "beginsWith", "a"), F.name.starts_with("a")),
    (rule("name", "endsWith", "a"), F.name.ends_with("a")),
    (rule("name", "doesNotContain", "a"), ~F.name.contains("a")),
    (rule("name", "doesNotBeginWith", "a"), ~F.name.starts_with("a")),
    (rule("name", "doesNotEndWith", "a"), ~F.name.ends_with("a")),
    (rule("name", "null"), F.name.is_missing()),
    (rule("name", "notNull", "", id="r-1", path=[0], disabled=True, valueSource="value"), F.name.is_known()),
    (rule("tag", "in", ["a", 1]), F.tag.is_one_of(["a", 1])),
    (rule("tag", "in", "a, b ,, c\\, d"), F.tag.is_one_of(["a", "b", "c, d"])),
    (rule("tag", "notIn", ""), ~In("tag", ())),
    (rule("level", "between", [1, 2]), F.level.between(1, 2)),
    (rule("born", "between", "2019-01-01,2019-12-31"), F.born.between("2019-01-01", "2019-12-31")),
    (rule("level", "notBetween", [1, 2]), ~Between("level", 1, 2)),
]
A, B, C, D = (F[key].is_(1) for key in "abcd")
RA, RB, RC, RD = (rule(key, "=", 1) for key in "abcd")
INSIDE = group(rule("level", ">=", 4))


@pytest.mark.parametrize(("given_", "question"), RULES, ids=lambda one: str(one)[:60])
def test_a_rule_asks_what_it_says(given_, question):
    """Every operator of the widget, with lists and texts with commas."""
    assert question == from_querybuilder(group(given_))
    assert question == from_querybuilder(given_)


@pytest.mark.parametrize(
    ("obj", "question"),
    [
        (group(), And(())),
        (group(combinator="or"), And(())),
        (group(RA), A),
        (group(RA, RB), A & B),
        (group(RA, RB, combinator="OR"), A | B),
        (group(RA, group(RB, RC, combinator="or")), And((A, B | C))),
        (group(RA, RB, **{"not": True}), ~(A & B)),
        (group(**{"not": True}), ~And(())),
        (group(RA, RB | {"muted": True}, RC), A & C),
        (group(RA | {"muted": True}), And(())),
        ({"rules": []}, And(())),
        ({"rules": [RA]}, A),
        ({"rules": [RA, "or", RB, "and", RC]}, A | (B & C)),
        ({"rules": [RA, "and", RB, "or", RC, "and", RD]}, (A & B) | (C & D)),
        ({"rules": [RA, "or", {"rules": [RB, "or", RC], "not": True}]}, A | ~(B | C)),
        ({"rules": [RA, "or", RB | {"muted": True}, "and", RC]}, A & C),
        ({"rules": [RA | {"muted": True}, "or", RB]}, B),
        (rule("skills", "=", INSIDE, match={"mode": "some"}), F.skills.any(level__ge=4)),
        (rule("skills", "=", INSIDE, match={"mode": "none"}), ~F.skills.any(level__ge=4)),
        (rule("skills", "=", INSIDE, match={"mode": "all"}), F.skills.all(level__ge=4)),
        (rule("skills", "=", INSIDE, match={"mode": "atLeast", "threshold": 2}), F.skills.count(level__ge=4) >= 2),
        (rule("skills", "=", INSIDE, match={"mode": "atMost", "threshold": 2}), F.skills.count(level__ge=4) <= 2),
        (rule("skills", "=", INSIDE, match={"mode": "exactly", "threshold": 2}), F.skills.count(level__ge=4) == 2),
    ],
    ids=lambda one: str(one)[:70],
)
def test_groups_are_joined_as_the_widget_joins_them(obj, question):
    """By one combinator, or by those between the rules; not, muted and empty ones as well as items of relations."""
    assert question == from_querybuilder(obj)


def test_what_is_sent_as_text_is_read_as_what_the_field_holds():
    """Inputs of a page send text; with a subject it is known what that should be."""
    obj = group(
        rule("age", ">=", "4"),
        rule("salary", "between", "1.5, 2e3"),
        rule("private", "=", "true"),
        rule("name", "=", "4"),
        rule("skills", "=", group(rule("level", "in", "1,2")), match={"mode": "some"}),
    )
    asked = (F.age >= 4) & F.salary.between(1.5, 2000.0) & F.private.is_(True) & F.name.is_("4")

    assert checked(asked & F.skills.any(F.level.in_([1, 2])), SUBJECT) == from_querybuilder(obj, SUBJECT)


FAULTS = [
    (None, r"\$: a rule or a group is an object"),
    ([], r"\$: a rule or a group is an object"),
    ({}, r"\$.field: the key"),
    (group("and"), r"\$"),
    (group(RA, "and", RB), "one 'combinator', or combinators between"),
    (group(RA, RB, combinator="xor"), r"\$.combinator: rules are joined by 'and' or 'or', not by 'xor'"),
    (group(RA, combinator=["and"]), r"\$.combinator"),
    ({"rules": {}}, r"\$.rules: a list"),
    ({"rules": [RA, RB]}, r"\$.rules\[1\]: rules and combinators take turns"),
    ({"rules": ["and", RB]}, r"\$.rules\[0\]: rules and combinators take turns"),
    ({"rules": [RA, "and"]}, r"\$.rules\[1\]: a rule is needed"),
    ({"rules": [RA, "xor", RB]}, "not by 'xor'"),
    (group(RA, **{"not": 1}), r"\$.not: true or false"),
    (group(RA, other=1), r"\$: 'other' is not known here"),
    (group(RA, group(RB | {"hint": 1})), r"\$.rules\[1\].rules\[0\]: 'hint' is not known"),
    (group(rule("~", "=", 1)), r"\$.rules\[0\]: the rule is not filled in"),
    (group(rule("a", "~", 1)), r"\$.rules\[0\]: the rule is not filled in"),
    (group(rule(7, "=", 1)), r"\$.rules\[0\].field: the key of a field"),
    (group(rule("a", "regex", 1)), r"\$.rules\[0\].operator: one of =, !="),
    (group(rule("a", None, 1)), r"\$.rules\[0\].operator: one of =, !="),
    (group(rule("a", "=", None)), r"\$.rules\[0\].value: a value is a text"),
    (group(rule("a", "=", ["x"])), r"\$.rules\[0\].value: a value is a text"),
    (group(rule("a", "contains", 1)), r"\$.rules\[0\].value: a text to look for"),
    (group(rule("a", "in", 1)), r"\$.rules\[0\].value: a list, or a text with commas"),
    (group(rule("a", "in", [1, None])), r"\$.rules\[0\].value\[1\]: a value is a text"),
    (group(rule("a", "in", [1] * 100_001)), "100,000 values"),
    (group(rule("a", "between", "1")), "between needs two values, not 1"),
    (group(rule("a", "=", "b", valueSource="field")), r"\$.rules\[0\].valueSource"),
    (group(rule("a", "=", "b", valueSource=[])), r"\$.rules\[0\].valueSource"),
    (rule("a", "=", 1, match={"mode": "some"}), r"\$.value: a rule with 'match' has a group"),
    (rule("a", "=", INSIDE, match={"mode": "few"}), r"\$.match: an object with a 'mode'"),
    (rule("a", "=", INSIDE, match="some"), r"\$.match: an object with a 'mode'"),
    (rule("a", "=", INSIDE, match={"mode": ["some"]}), r"\$.match: an object with a 'mode'"),
    (rule("a", "=", INSIDE, match={"mode": "atLeast"}), r"\$.match.threshold: a whole number"),
    (rule("a", "=", INSIDE, match={"mode": "atLeast", "threshold": True}), r"\$.match.threshold: a whole number"),
    (group(*[RA] * 10_000), "10,000 nodes"),
]


@pytest.mark.parametrize(("obj", "why"), FAULTS, ids=lambda one: str(one)[:60])
def test_what_does_not_map_is_refused_where_it_stands(obj, why):
    """With the path in the object; nothing is left out in silence."""
    with pytest.raises(InputError, match=why):
        from_querybuilder(obj)


@pytest.mark.parametrize(
    ("obj", "kind", "note"),
    [
        (group(rule("name", "null"), group(rule("nmae", "null"))), UnknownField, "at $.rules[1].rules[0]"),
        (group(rule("age", "notIn", "1,x")), InputError, "at $.rules[0]"),
        (group(rule("age", "contains", "1")), InputError, "at $.rules[0]"),
        (group(rule("skils", "=", INSIDE, match={"mode": "all"})), UnknownField, "at $.rules[0]"),
        (rule("skills", "=", group(rule("huh", "null")), match={"mode": "all"}), UnknownField, "at $.value.rules[0]"),
        (rule("jobs", "=", group(rule("id", "null"), rule("x", "null")), match={"mode": "exactly", "threshold": 1}), UnknownField, "at $.value.rules[1]"),
        (group(rule("salary", "null")), FieldHidden, "at $.rules[0]"),
    ],
    ids=lambda one: str(one)[:60],
)  # fmt: skip
def test_what_does_not_fit_the_fields_is_told_with_its_path(obj, kind, note):
    """The error is the one that checking raises, with a note that says which rule it is."""
    with pytest.raises(kind) as caught:
        from_querybuilder(obj, SUBJECT, hidden=frozenset({"salary"}))

    assert [note] == caught.value.__notes__


def test_a_deep_or_endless_object_is_refused_at_once():
    """A hundred thousand groups, or a text with a million commas, cost no stack and little time."""
    deep = RA
    for _ in range(100_000):
        deep = group(deep)
    start = time.perf_counter()
    for obj in (
        deep,
        group(rule("a", "in", "," * 1_000_000 + "x" * 7 + ",y" * 200_000)),
        group(rule("a", "in", "\\" * 1_000_000 + ",1" * 100_001)),
    ):
        with pytest.raises(InputError):
            from_querybuilder(obj)

    assert time.perf_counter() - start < 20


LIKE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["and", "or", "name", "~", "=", "1,2", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {},
            optional={
                key: inner | st.sampled_from(["name", "age", "skills", "in", "between", "contains", "!=", "and"])
                for key in ("field", "operator", "value", "rules", "combinator", "match", "not", "valueSource", "mode")
            },
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400)
@given(LIKE)
def test_any_object_is_read_or_refused_as_bad_input(obj):
    """Nothing else comes up, with a subject or without."""
    for about in (None, SUBJECT):
        try:
            question = from_querybuilder(obj, about)
        except InputError:
            continue
        assert Not(Not(question)) == ~~question


def test_no_operator_is_forgotten():
    """The table of the tests covers what the widget offers."""
    offered = "= != < > <= >= contains beginsWith endsWith doesNotContain doesNotBeginWith doesNotEndWith null notNull in notIn between notBetween"

    assert set(offered.split()) == {given_["operator"] for given_, _ in RULES}
    assert Op.IS is from_querybuilder(rule("a", "=", "x")).op
