"""Questions in words: read, written, and refused with a caret."""

from __future__ import annotations

import pickle
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import FieldHidden, InputError, QuerySyntaxError, UnknownField
from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    F,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Moment,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Span,
    TextMatch,
    Words,
    ago,
    ahead,
    checked,
    lasting,
    now,
    score,
    start_of,
)
from crmcore.query.text import KEYWORDS, LONGEST_TEXT, SIGNS, parsed, printed
from tests.query.forms import trees
from tests.query.questions import SUBJECT, asked

EXAMPLE = 'skills has (name = "python" and level >= 4) and location within 30 km of "Utrecht" and no email.sent in last 90 days'
GRAMMAR = Path(__file__).parents[2] / "docs/reference/query-language.md"


@settings(max_examples=300)
@given(trees())
def test_what_is_printed_reads_as_the_same_question(question):
    """Every node, term and value has its form, checked or not."""
    text = printed(question)

    assert question == parsed(text)
    assert text == printed(parsed(text))


@settings(max_examples=150)
@given(asked())
def test_what_was_checked_reads_as_the_same_question(question):
    """With a subject, and without one where it is checked again: a list of ids does not say that it is exact."""
    good = checked(question, SUBJECT)

    assert good == checked(parsed(printed(good)), SUBJECT)
    assert good == parsed(printed(good), SUBJECT)


@given(st.text(st.characters()))
def test_any_letters_go_through_quotes(text):
    """Controls, quotes, halves of characters, whatever a text may be."""
    question = Compare(text, Op.EQ, text)

    assert question == parsed(printed(question))
    assert printed(question).isprintable()


def test_the_example_of_the_language_is_the_one_of_python():
    """One question, in words and in Python, there and back."""
    seniors = (
        F.skills.any(name="python", level__ge=4)
        & F.location.within(km=30, of="Utrecht")
        & ~F.activity("email.sent").within(days=90).exists()
    )

    assert seniors == parsed(EXAMPLE)
    assert EXAMPLE == printed(seniors)


BORN = Aggregate(relation="children", how="last", field="born", by="at")
SENT = Compare("type", Op.EQ, "email.sent")
RECENT = Between("at", ago(days=90), now())

# A text, the question that it asks, and how that is printed where it is printed otherwise.
FORMS = [
    ('name = "Zoë"', F.name.is_("Zoë"), None),
    ('name is "Zoë"', Match("name", TextMatch.IS, "Zoë"), None),
    ('name == "Zoë"', F.name == "Zoë", None),
    ('name != "Zoë"', ~F.name.is_("Zoë"), None),
    ('name !== "Zoë"', F.name != "Zoë", None),
    ('not name == "Zoë"', F.name != "Zoë", 'name !== "Zoë"'),
    ('not not name == "Zoë"', Not(F.name != "Zoë"), 'not name !== "Zoë"'),
    ("name = 'it\\'s'", F.name.is_("it's"), 'name = "it\'s"'),
    ("level < 4", F.level < 4, None),
    ("level <= -4.5", F.level <= -4.5, None),
    ("level > 1e3", F.level > 1000.0, "level > 1000.0"),
    ("private = true", F.private.is_(True), None),
    ("LEVEL >= 4 AND Not level = 5", (F.LEVEL >= 4) & ~F.level.is_(5), "LEVEL >= 4 and level != 5"),
    ("custom.shoe_size > 40", F["custom.shoe_size"] > 40, None),
    ("`odd key` > 40 and `and` is known", (F["odd key"] > 40) & F["and"].is_known(), None),
    ("`na\\`me` is missing", F["na`me"].is_missing(), None),
    ("born between 1980-05 and 1990-01-31", F.born.between("1980-05", "1990-01-31"), 'born between "1980-05" and "1990-01-31"'),
    ("level not between 1 and before 3", ~Between("level", 1, 3, includes_last=False), None),
    ("tag in ()", In("tag", ()), None),
    ('tag not in ("a", 1, 2.5, false, today,)', ~In("tag", ("a", 1, 2.5, False, Moment(start_of="day", span=Span(0, "day"))), folds=True), 'tag not in ("a", 1, 2.5, false, today)'),
    ('tag in exactly ("a") and tag not in exactly ("b")', F.tag.in_(["a"]) & ~F.tag.in_(["b"]), None),
    ('note contains "a" or note starts with "b" or note ends with "c"', F.note.contains("a") | F.note.starts_with("b") | F.note.ends_with("c"), None),
    ('note not contains "a" and not note has words "b" and note like "c*"', ~F.note.contains("a") & ~F.note.has_words("b") & F.note.like("c*"), None),
    ("a = 1 or b = 2 and c = 3", F.a.is_(1) | (F.b.is_(2) & F.c.is_(3)), "a = 1 or (b = 2 and c = 3)"),
    ("(a = 1 or b = 2) and c = 3", And((F.a.is_(1) | F.b.is_(2), F.c.is_(3))), None),
    ("(a = 1 and b = 2) and c = 3", And((F.a.is_(1) & F.b.is_(2), F.c.is_(3))), None),
    ("((((a = 1))))", F.a.is_(1), "a = 1"),
    ("true or false", And(()) | Or(()), None),
    ("all (a = 1) or any (b = 2)", And((F.a.is_(1),)) | Or((F.b.is_(2),)), None),
    ("all (a = 1, b = 2)", F.a.is_(1) & F.b.is_(2), "a = 1 and b = 2"),
    ("skills has any", Some("skills", And(())), None),
    ("any skills", Some("skills", And(())), "skills has any"),
    ("skills has none", ~Some("skills", And(())), None),
    ("no skills (level > 3)", ~F.skills.any(level__gt=3), "skills has no (level > 3)"),
    ("all of skills (level > 3)", F.skills.all(level__gt=3), None),
    ("at least 2 skills (level > 3)", F.skills.count(level__gt=3) >= 2, "count of skills (level > 3) >= 2"),
    ("count of skills = 0", Compare(Aggregate(relation="skills", how="count"), Op.IS, 0), None),
    ("mean level of skills > 2.5", F.skills.mean("level") > 2.5, None),
    ('last title of jobs (level > 3) by started == "CTO"', F.jobs.where(level__gt=3).last("title", by="started") == "CTO", None),
    ("first at of activity < 30 days ago", F.activity.first("at") < ago(days=30), None),
    ("last > 3 and first is known", (F["last"] > 3) & F["first"].is_known(), None),
    ("email.sent in last 90 days", F.activity("email.sent").within(days=90).exists(), None),
    ("`email.sent` in last 90 days", F["email.sent"].within(days=90), None),
    ("any email.sent", F.activity("email.sent").exists(), None),
    ("no email.sent", ~F.activity("email.sent").exists(), None),
    ('no email.sent (data.to = "x") in last 90 days', ~F.activity("email.sent").where(**{"data.to": "x"}).within(days=90).exists(), None),
    ("at least 3 email.sent in last 90 days", F.activity("email.sent").within(days=90).count() >= 3, None),
    ("at most 3 email.sent", F.activity("email.sent").count() <= 3, None),
    ("exactly 1 email.sent between 2026-01-01 and now", F.activity("email.sent").where(Between("at", "2026-01-01", now())).count() == 1, 'exactly 1 email.sent between "2026-01-01" and now'),
    ("no activity in last 1 year", ~Some("activity", Between("at", ago(years=1), now())), "activity has no (at in last 1 year)"),
    ("seen in next 2 weeks", F.seen.within_next(weeks=2), None),
    ('seen in this quarter in "Europe/Amsterdam"', F.seen.in_this("quarter", zone="Europe/Amsterdam"), None),
    ("seen in last month or seen in next week", F.seen.in_this("month", plus=-1) | F.seen.in_this("week", plus=1), None),
    ('seen > now in "Asia/Tokyo"', F.seen > Moment(zone="Asia/Tokyo"), None),
    ("seen < in 3 days and seen > start of month + 2 months", (F.seen < ahead(days=3)) & (F.seen > Moment(start_of="month", span=Span(2, "month"))), None),
    ("seen > start of year - 1 day", F.seen > Moment(start_of="year", span=Span(-1, "day")), None),
    ("seen >= yesterday and seen < tomorrow", (F.seen >= start_of("day", plus=-1)) & (F.seen < start_of("day", plus=1)), None),
    ("anniversary of born between today and in 30 days", F.born.recurs(start_of("day"), ahead(days=30)), None),
    ('anniversary of last born of children between "02-20" and "03-10"', Recurs(BORN, "02-20", "03-10"), None),
    ('owner == "u-1" for at least 30 days', lasting(F.owner == "u-1", days=30), None),
    ("not (a = 1 or b = 2) for at least 1 month", ~lasting(F.a.is_(1) | F.b.is_(2), months=1), None),
    ("a !== 1 since 2026-03-07T09:00:00.000000Z", Lasting(F.a != 1, "2026-03-07T09:00:00.000000Z"), None),
    ('not in segment "x"', ~InSegment("x"), None),
    ('words "java dev"', Words("java dev"), None),
    ('sample "spring" 0 to 10 of 100', Sample("spring", 0, 10, 100), None),
    ('score skills_like "python" >= 0.8', score("skills_like", "python") >= 0.8, None),
    ("score >= 3", F.score >= 3, None),
    ("score is known", F.score.is_known(), None),
    ("within 5.5 km of (52.09, -5.12)", Near(km=5.5, of=(52.09, -5.12)), None),
    ('home not within 5 km of "Delft" by lat, lon', ~Some("home", Near(km=5, of="Delft", latitude="lat", longitude="lon")), None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "question", "canonical"), FORMS, ids=[form[0] for form in FORMS])
def test_a_form_asks_what_it_says(text, question, canonical):
    """Each form of the language, the question that it asks, and the one way in which that is printed."""
    assert question == parsed(text)
    assert (canonical or text) == printed(question)


def test_times_are_printed_bare_once_it_is_known_that_they_are():
    """What is checked knows its type; a year alone would read as a number and stays in quotes."""
    good = parsed(
        'born in ("2019-03-07", "2019-03", "2019") and seen_at > "2026-03-07T09:00Z" and name == "2019-03"', SUBJECT
    )

    assert (
        'born in ("2019", 2019-03, 2019-03-07) and seen_at > 2026-03-07T09:00:00.000000Z and name == "2019-03"'
    ) == printed(good)


def test_a_year_is_a_date_where_dates_are_asked_for():
    """With a subject; a number stays one elsewhere, and where it is not known what is asked for."""
    text = "born between 1980 and 1989 and salary > 1980 and count of jobs (begin < 2000) < 1980 and max begin of jobs in (1999)"
    asked = text.replace("1980 and 1989", '"1980" and "1989"').replace("2000", '"2000"').replace("1999", '"1999"')

    assert Between("born", 1980, 1989) == parsed("born between 1980 and 1989")
    assert parsed(asked, SUBJECT) == parsed(text, SUBJECT)
    with pytest.raises(InputError, match="of type date"):
        parsed("born > 198", SUBJECT)


@pytest.mark.parametrize("key", sorted(KEYWORDS))
def test_a_field_may_be_named_like_a_word_of_the_language(key):
    """In backticks always; bare where the word has no meaning at that place."""
    question = (
        Missing(key)
        & (F[key] > 3)
        & Some(key, Match(key, TextMatch.CONTAINS, "x"))
        & Compare(Scored(key, "x"), Op.GT, 1)
    )

    assert question == parsed(printed(question))
    assert Missing(key) == parsed(f"`{key}` is missing")


FAULTS = [
    ("", (0, 0), "not the end", "a field"),
    ("a", (1, 1), "not the end", "is"),
    ("a = ", (4, 4), "not the end", "a value"),
    ("a = python", (4, 10), "a text stands in quotes", "a value"),
    ("a = 1 and", (9, 9), "not the end", "a field"),
    ("a = 1 b", (6, 7), "not 'b'", "and"),
    ("a = 1 adn b = 2", (6, 9), "did you mean 'and'?", "or"),
    ("a btween 1 and 2", (2, 8), "did you mean 'between'?", "between"),
    ("(a = 1", (6, 6), "not the end", ")"),
    ("a = 1)", (5, 6), "not ')'", "and"),
    ('a = "x', (4, 6), "has no end", '"'),
    ("`a = 1\nb", (0, 6), "has no end", "`"),
    ('a = "\\q"', (5, 7), "an escape is one of", None),
    ('a = "\\u{110000}"', (5, 15), "an escape is one of", None),
    ("a = “x”", (4, 5), "quotes are straight", '"'),
    ("naïve = 1", (2, 3), "backticks", None),
    ("a = 1; drop", (5, 6), "';' means nothing here", None),
    ("a in (1, 2", (10, 10), "not the end", ")"),
    ("a in 1", (5, 6), "not '1'", "("),
    ("a = 1e999", (4, 9), "beyond the largest double", None),
    ("a > 5000000 days ago", (4, 16), "whole numbers up to 1,000,000", None),
    ("a > 1.5 days ago", (4, 7), "a whole number is needed", None),
    ("a > 90 days", (11, 11), "not the end", "ago"),
    ("a > 90 dys ago", (7, 10), "not 'dys'", "and"),
    ("a in last 90 dys", (13, 16), "did you mean 'days'?", None),
    ("a > start of hour", (13, 17), "expected a day, week, month, quarter or year, not 'hour'", None),
    ('a > now in "Mars/Base"', (4, 22), "there is no time zone 'Mars/Base'", None),
    ("and = 3", (0, 3), "a field of that name stands in backticks", "a field"),
    ("skills has level > 3", (11, 16), "not 'level'", "("),
    ("a = 1\nand b >\n\n", (15, 15), "line 4, column 1", "a value"),
    ("at least 2.5 email.sent", (9, 12), "a whole number is needed", None),
]


@pytest.mark.parametrize(("text", "span", "why", "expected"), FAULTS, ids=[repr(fault[0]) for fault in FAULTS])
def test_a_fault_is_shown_where_it_stands(text, span, why, expected):
    """The characters, what is wrong, and what could have stood there."""
    with pytest.raises(QuerySyntaxError) as caught:
        parsed(text)
    error = caught.value

    assert span == error.span
    assert why in str(error)
    assert expected is None or expected in error.expected


def test_the_caret_stands_below_the_fault():
    """In a long line too, and in one of several."""
    text = f"a = 1 and\n{'b = 2 and ' * 30}c === 3"
    with pytest.raises(QuerySyntaxError) as caught:
        parsed(text)
    error = caught.value
    _, line, carets = str(error).split("\n")

    assert (2, 305) == (error.line, error.column)
    assert "=" == line[carets.index("^")]
    assert "c === 3" in line
    assert len(line) < 160


def test_a_syntax_error_survives_its_way_to_another_process():
    """With all that it carries."""
    with pytest.raises(QuerySyntaxError) as caught:
        parsed("a = 1 adn")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - its own

    assert str(caught.value) == str(again)
    assert (caught.value.span, caught.value.expected) == (again.span, again.expected)


REFUSED = [
    ("name = 'x' and nmae is known", UnknownField, "nmae", "did you mean 'name'"),
    ("skills has (levle > 3)", UnknownField, "levle", "skills has no field 'levle'"),
    ("skils has (level > 3)", UnknownField, "skils", "no relation 'skils'"),
    ("count of skils > 3", UnknownField, "skils", "no relation"),
    ("sum levle of skills > 3", UnknownField, "levle", "did you mean 'level'"),
    ("count of jobs (projects has (huors > 3)) > 3", UnknownField, "huors", "did you mean 'hours'"),
    ("age = 1 and born > 'soon'", InputError, "born > 'soon'", "no date"),
    ("name = 'a' or (state > 'a' and age = 1)", InputError, "state > 'a'", "no order"),
    ("age contains 'x'", InputError, "age contains 'x'", "no letters"),
    ("age in (1, 'x')", InputError, "age in (1, 'x')", "whole number"),
    ("name = 'x' and within 30000 km of 'Utrecht'", InputError, "within 30000 km of 'Utrecht'", "radius"),
    ("name = 'x' and sample 's' 3 to 2 of 5", InputError, "sample 's' 3 to 2 of 5", "buckets"),
    ("name = 'x' and touched_at in last 3 days for at least 3 days", InputError, "touched_at in last 3 days for at least 3 days", "itself depend on the time"),
    ("name = 'x' and salary > 3", FieldHidden, "salary", "hidden"),
    ("name = 'x' and jobs has (age > 3)", UnknownField, "age", "no field"),
    ("jobs has (salary > 3)", FieldHidden, "salary", "hidden"),
    ("name = 'x' and no email.sent (huh = 1)", UnknownField, "huh", "no field 'huh'"),
    ("any skills and name = 'x' and activity has (salary = 3)", UnknownField, "salary", "activity"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "at", "why"), REFUSED, ids=[refused[0] for refused in REFUSED])
def test_what_does_not_fit_the_fields_is_shown_where_it_stands(text, kind, at, why):
    """The error is the one that checking raises, with the place and a note that shows it."""
    with pytest.raises(kind, match=re.escape(why)) as caught:
        parsed(text, SUBJECT, hidden=frozenset({"salary", "jobs.salary"}))
    first, end = caught.value.span

    assert at == text[first:end]
    assert [f"  {text}\n  {' ' * first}{'^' * len(at)}"] == caught.value.__notes__


def test_a_question_that_is_not_read_from_text_points_nowhere():
    """The place is that of a text; a tree made in Python has none."""
    with pytest.raises(UnknownField) as caught:
        checked(F.nmae == 1, SUBJECT)

    assert caught.value.span is None


HOSTILE = {
    "brackets": "(" * 100_000 + ")" * 100_000,
    "closed brackets": ")" * 100_000,
    "brackets that are fewer": "(" * 101 + "a = 1" + ")" * 101,
    "nots": "not " * 100_000 + "a = 1",
    "lasting": "a = 1" + " for at least 1 day" * 20_000,
    "has": "a has (" * 90_000,
    "counts": "count of a (" * 80_000,
    "all": "all (" * 100_000,
    "events": "no a.b (" * 100_000,
    "leaves": "a = 1 or " * 100_000 + "a = 1",
    "ten megabytes": "a" * 10_000_000,
    "ten megabytes of blanks": " " * 10_000_000,
    "a quote that never ends": 'a = "' + "x" * 900_000,
    "backslashes": 'a = "' + "\\" * 900_000,
    "a long number": "a = " + "9" * 900_000,
    "a long fraction": "a = 0." + "9" * 900_000,
    "a long exponent": "a = 1e" + "9" * 900_000,
    "a date without end": "a = 2019-03-07T" + "0:" * 400_000,
    "dots": "a" + ".a" * 400_000 + ".",
    "a long word in the wrong place": "a = 1 " + "b" * 900_000,
    "letters in a row": "é" * 900_000,
    "escapes": 'a = "' + "\\u{}" * 200_000 + '"',
    "signs": "a " + "=" * 900_000,
    "minus": "a = " + "-" * 900_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_refused_at_once(text):
    """Within milliseconds, whatever is repeated; the bound here allows for a busy machine."""
    start = time.perf_counter()
    with pytest.raises(InputError) as caught:
        parsed(text)

    assert time.perf_counter() - start < 10  # where anything is tried twice it takes minutes, or for ever
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        " " * 900_000 + "a = 1",
        'a = "' + "x" * 900_000 + '"',
        'a = "' + "\\n" * 400_000 + '"',
        f"a in ({','.join(map(str, range(20_000)))})",
        " or ".join(["a = 1"] * 9_900),
        "(" * 100 + "a = 1" + ")" * 100,
        "not " * 99 + "a = 1",
        "a" * 900_000 + " = 1",
    ],
    ids=["blanks", "a text", "escapes", "a list", "leaves", "brackets", "nots", "a key"],
)
def test_a_large_text_is_read_in_time(text):
    """What is within the limits is read, in time that grows with its length only."""
    start = time.perf_counter()
    question = parsed(text)

    assert time.perf_counter() - start < 20
    assert question == parsed(printed(question))


def test_a_text_that_would_be_too_long_is_not_printed():
    """It goes as JSON; the limit is the same on both sides."""
    with pytest.raises(InputError, match="JSON"):
        printed(F.a == "x" * LONGEST_TEXT)


@pytest.mark.parametrize("value", [None, b"x", object(), float("nan"), float("inf"), 2**70])
def test_a_value_without_a_form_is_not_printed(value):
    """An expression that was not checked may hold anything; a text may not."""
    with pytest.raises(InputError, match="check the question first"):
        printed(Compare("a", Op.EQ, value))


@pytest.mark.parametrize("text", [None, 7, b"a = 1", ["a"]])
def test_only_a_text_is_read(text):
    """Anything else is refused as bad input."""
    with pytest.raises(InputError, match="is a text"):
        parsed(text)


PIECES = [
    *sorted(KEYWORDS),
    *SIGNS,
    *'a name skills level email.sent `b c` "x" 1 -2.5 2019-03 2019-03-07 " ` \\ é'.split(),
    "\n",
]


@settings(max_examples=500)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
def test_any_text_is_read_or_refused(text):
    """Nothing but bad input comes up, and what is read is printed and read again."""
    for about in (None, SUBJECT):
        try:
            question = parsed(text, about)
        except InputError as error:
            assert error.span is None or 0 <= error.span[0] <= error.span[1] <= len(text)  # noqa: PT017 - both are right
        else:
            assert question == parsed(printed(question))


def test_good_questions_with_one_letter_changed_are_read_or_refused():
    """The text next to a good one is where a parser goes wrong: each letter taken out, doubled or changed."""
    chance = random.Random(4)
    texts = [EXAMPLE, *(form[0] for form in FORMS)]
    for text in texts:
        for at in range(0, len(text), 3):
            other = chance.choice('x"`()=- 9.\\')
            for changed in (
                text[:at] + text[at + 1 :],
                text[:at] + other + text[at:],
                text[:at] + other + text[at + 1 :],
            ):
                try:
                    question = parsed(changed)
                except InputError:
                    continue
                assert question == parsed(printed(question))


def test_the_grammar_knows_all_words_and_signs_and_no_others():
    """The published grammar and the lexer have one vocabulary."""
    grammar = re.search(r"```ebnf\n(.*?)```", GRAMMAR.read_text(encoding="utf-8"), flags=re.DOTALL)[1]
    quoted = set(re.findall(r'"([^"]+)"', grammar))

    assert set(KEYWORDS) == {word for word in quoted if word[0].isalpha()}
    assert set(SIGNS) == {sign for sign in quoted if not sign[0].isalpha()}


def test_a_very_long_list_goes_as_json() -> None:
    """A list is refused where it grows too long, not after all of it was read; printing refuses it alike."""
    with pytest.raises(QuerySyntaxError, match="more than 20,000 values") as refused:
        parsed("level in (" + "1," * 400_000 + "1)")
    with pytest.raises(InputError, match="more than 20,000 values"):
        printed(In("level", range(20_001)))

    assert 40_000 < refused.value.column < 40_020
    assert 20_000 == len(parsed(printed(In("level", range(20_000)))).values)
