"""Questions in the Common Expression Language: mapped where they say the same, refused by name where not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import FieldHidden, InputError, QuerySyntaxError, UnknownField
from crmcore.query import (
    Aggregate,
    And,
    Compare,
    F,
    Moment,
    Not,
    Op,
    Or,
    Some,
    Span,
    ago,
    ahead,
    checked,
    now,
    parsed,
    printed,
)
from crmcore.query.cel import from_cel
from tests.query.questions import SUBJECT

COUNT = Aggregate(relation="skills", how="count")

FORMS = [
    ('city == "Delft"', F.city == "Delft"),
    ("city != 'Delft'", F.city != "Delft"),
    ("level < 4 || level <= 4u || level > -4.5 || level >= 0x10", Or((F.level < 4, F.level <= 4, F.level > -4.5, F.level >= 16))),
    ("4 <= level && 4 > level", (F.level >= 4) & (F.level < 4)),
    ("a == 1 || b == 2 && c == 3", (F.a == 1) | ((F.b == 2) & (F.c == 3))),
    ("(a == 1 || b == 2) && !(c == 3)", And((Or((F.a == 1, F.b == 2)), Not(F.c == 3)))),
    ("!!a", Not(Not(Compare("a", Op.EQ, value=True)))),
    ("is_private && custom.vip", (F.is_private == True) & (F["custom.vip"] == True)),  # noqa: E712 - a question
    ("true || false", And(()) | Or(())),
    ("a == true", F.a == True),  # noqa: E712 - a question
    ("tag in ['a', 1, -2.5, true]", F.tag.in_(["a", 1, -2.5, True])),
    ("tag in []", F.tag.in_([])),
    ("'a' in tag", F.tag == "a"),
    ("!('a' in tag)", F.tag != "a"),
    ("has(email) && has(custom.vip)", F.email.is_known() & F["custom.vip"].is_known()),
    ("email == null || null != phone", F.email.is_missing() | F.phone.is_known()),
    ("skills.exists(s, s.level >= 4 && s.name == 'python')", F.skills.any((F.level >= 4) & (F.name == "python"))),
    ("skills.all(s, s.level >= 4)", F.skills.all(F.level >= 4)),
    ("skills.exists_one(s, s.level >= 4)", F.skills.count(F.level >= 4) == 1),
    ("!skills.exists(s, true)", ~Some("skills", And(()))),
    ("jobs.exists(j, j.projects.exists(p, p.hours > 3) && has(j.title))", F.jobs.any(F.projects.any(F.hours > 3) & F.title.is_known())),
    ("size(skills) >= 2 && skills.size() < 9", (F.skills.count() >= 2) & (F.skills.count() < 9)),
    ("2 == size(skills.filter(s, s.level > 3))", F.skills.count(F.level > 3) == 2),
    ("skills.filter(s, s.level > 3).size() in [1, 2]", F.skills.count(F.level > 3).in_([1, 2])),
    ("at > timestamp('2026-03-07T09:00:00+01:00')", F["at"] > "2026-03-07T08:00:00.000000Z"),
    ("at <= now", F["at"] <= now()),
    ("now - duration('2160h') < at", F["at"] > ago(days=90)),
    ("at < now + duration('1h30m')", F["at"] < ahead(minutes=90)),
    ("at < now + duration('-1.5s0.5s')", F["at"] < ago(seconds=2)),
    ("at < now + duration('0h')", F["at"] < now()),
    ("a == 1 // the end", F.a == 1),
    ("a == '\\x41\\u00e9\\U0001F600\\101\\n\\'' || a == r'\\d' || a == '''it's''' || a == \"\"", Or((F.a == "Aé😀A\n'", F.a == "\\d", F.a == "it's", F.a == ""))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question"), FORMS, ids=[form[0] for form in FORMS])
def test_what_maps_asks_the_same(text, question):
    """Each form of CEL that a question can say; it is then a question like any other."""
    assert question == from_cel(text)
    assert question == parsed(printed(question))


def test_letters_are_looked_for_only_where_the_difference_is_accepted():
    """CEL tells case and accents apart; a question does not, so one has to say that it does not matter."""
    text = "name.contains('x') && name.startsWith('y') && !name.endsWith('z')"

    assert And((F.name.contains("x"), F.name.starts_with("y"), ~F.name.ends_with("z"))) == from_cel(text, folded=True)
    with pytest.raises(QuerySyntaxError, match="folded=True"):
        from_cel(text)


def test_with_a_subject_it_is_checked():
    """Values become those of their fields, and has() of a relation asks for items."""
    asked = (F.salary > 3) & F.skills.any() & F.skills.any(F.level > 2)

    assert checked(asked, SUBJECT) == from_cel("salary > 3 && has(skills) && skills.exists(s, s.level > 2)", SUBJECT)


REFUSED = [
    ("", "the end"),
    ("a ==", "the end"),
    ("(a", "expected ')'"),
    ("a b", "cannot follow"),
    ("a ? b : c", "does not map"),
    ("a[0] == 1", "an index"),
    ("{'a': 1} == a", "a map"),
    ("Msg{a: 1}", "a message"),
    ("a * 2 == 4", "arithmetic"),
    ("a + 2 == 4", "does not map"),
    ("a == 1 + 2", "does not map"),
    ("a == b", "compared with a value"),
    ("1 == 1", "compared with a value"),
    ("a < b < c", "in a row"),
    ("a > null", "null has no order"),
    ("null", "a value by itself"),
    ("'x'", "a value by itself"),
    ("3", "a value by itself"),
    ("[a]", "a list by itself"),
    ("a == [1]", "does not map"),
    ("a == b'x'", "bytes"),
    ("a == 'x", "no end"),
    ("a == 'x\ny'", "no end"),
    ("a == '\\q'", "no escape"),
    ("a == '\\U00110000'", "no escape"),
    ("a == 1e999", "no number"),
    ("a == 9223372036854775808", "64 bits"),
    ("a == 1.5u", "no number"),
    ("a.matches('x')", "matches()"),
    ("a.map(x, x)", "map()"),
    ("type(a) == int", "type()"),
    ("a.getFullYear() == 2020", "getFullYear()"),
    ("a == duration('1h')", "does not map to a value"),
    ("a < now - duration('1.5ns')", "whole seconds"),
    ("a < now - duration('soon')", "a duration is a text"),
    ("a < now - duration(b)", "a duration is a text"),
    ("a < now - duration('99999999999999h')", "whole numbers up to"),
    ("a < now - duration('1h') - duration('1h')", "does not map"),
    ("a < timestamp('soon')", "instant"),
    ("a < timestamp('2026-03-07T09:00:00')", "instant"),
    ("skills.exists(s, level > 3)", "only 's' can be asked"),
    ("skills.exists(s, s > 3)", "'s' is an item"),
    ("skills.exists(s.t, s.level > 3)", "takes a variable and a condition"),
    ("skills.exists(s)", "takes a variable and a condition"),
    ("jobs.exists(j, j.projects.exists(p, j.title == 'x'))", "only 'p'"),
    ("skills.filter(s, s.level > 3)", "filter()"),
    ("has('x')", "a field is needed"),
    ("has(a, b)", "has()"),
    ("f(x).y == 1", "a field is needed"),
    ("a == -'x'", "does not map to a value"),
    ("a == --1", "does not map to a value"),
    ("'a'.contains('b')", "folded=True"),
    ("a $ b", "'$' means nothing"),
    (".a == 1", "not '.'"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED, ids=[refused[0] or "nothing" for refused in REFUSED])
def test_what_does_not_map_is_named(text, why):
    """Nothing is bent into a question that asks something else."""
    with pytest.raises(QuerySyntaxError) as caught:
        from_cel(text)

    assert why in str(caught.value)
    assert 0 <= caught.value.span[0] <= caught.value.span[1] <= len(text)


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ("name == 'x' && nmae == 'y'", UnknownField, "nmae"),
        ("name == 'x' && skils.exists(s, s.level > 3)", UnknownField, "skils"),
        ("skills.exists(s, s.levle > 3)", UnknownField, "s.levle"),
        ("name == 'x' && !(age == 'y')", InputError, "age == 'y'"),
        ("state < 'a' || name == 'x'", InputError, "state < 'a'"),
        ("name == 'x' && salary > 3", FieldHidden, "salary"),
    ],
)
def test_what_does_not_fit_the_fields_is_shown_where_it_stands(text, kind, at):
    """As in the language of the house."""
    with pytest.raises(kind) as caught:
        from_cel(text, SUBJECT, hidden=frozenset({"salary"}))
    first, end = caught.value.span

    assert at == text[first:end]
    assert "^" * len(at) in caught.value.__notes__[0]


HOSTILE = {
    "brackets": "(" * 100_000 + ")" * 100_000,
    "lists": "[" * 100_000,
    "calls": "f(" * 100_000,
    "nots": "!" * 100_000 + "a",
    "minus": "a == " + "-" * 100_000 + "1",
    "dots": "a" + ".a" * 100_000,
    "methods": "a" + ".f()" * 100_000,
    "macros": "a.exists(b, b." * 60_000,
    "sums": "a" + " - a" * 100_000,
    "ors": "a || " * 190_000 + "a",
    "ten megabytes": "a" * 10_000_000,
    "a text without end": '"' + "x" * 900_000,
    "backslashes": '"' + "\\" * 900_000,
    "quotes": '"""' + '""\\' * 300_000,
    "a long number": "a == " + "9" * 900_000,
    "a long hex": "a == 0x" + "f" * 900_000,
    "comments": "//\n" * 300_000,
    "a long duration": "a < now - duration('" + "1h" * 400_000 + "')",
    "escapes": "a == '" + "\\q" * 400_000 + "'",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_refused_at_once(text):
    """Within milliseconds, and never by running out of stack; the bound here allows for a busy machine."""
    start = time.perf_counter()
    with pytest.raises(InputError) as caught:
        from_cel(text)

    assert time.perf_counter() - start < 10  # where anything is tried twice it takes minutes, or for ever
    assert len(str(caught.value)) < 1_000


def test_a_large_expression_is_read():
    """What is within the limits of every expression."""
    assert 9_000 == len(from_cel(" || ".join(["a == 1"] * 9_000)).parts)
    assert 50_000 == len(from_cel(f"a in [{','.join(map(str, range(50_000)))}]").values)
    assert Compare("a", Op.EQ, 1) == from_cel("(" * 100 + "a == 1" + ")" * 100)


PIECES = "a s skills level name has ( ) [ ] { } . , ? : + - ! && || == != < in true null 1 2.5 'x' \"y r'z' now duration('1h') timestamp exists size // \\".split()


@settings(max_examples=500)
@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
        st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    )
)
def test_any_text_is_read_or_refused(text):
    """Nothing but bad input comes up, with a subject or without."""
    for about in (None, SUBJECT):
        try:
            question = from_cel(text, about, folded=True)
        except InputError:
            continue
        assert question == parsed(printed(question))


@pytest.mark.parametrize("text", [None, 7, b"a == 1"])
def test_only_a_text_is_read(text):
    """Anything else is refused as bad input."""
    with pytest.raises(InputError, match="is a text"):
        from_cel(text)


def test_a_duration_takes_the_greatest_unit_that_holds_it():
    """So that a question reads as one would write it."""
    assert Moment(span=Span(-36, "hour")) == from_cel("a < now - duration('36h')").value
    assert COUNT == from_cel("size(skills) == 1").field
