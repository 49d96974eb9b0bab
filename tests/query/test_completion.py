"""What an editor offers while a question is typed."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import QuerySyntaxError
from crmcore.query import FieldType, Subject, parsed
from crmcore.query.completion import Completion, CompletionKind, completions
from tests.query.questions import SUBJECT
from tests.query.test_text import EXAMPLE, FORMS


@attrs.frozen
class Choice:
    """A field that says what it may hold."""

    key: str
    options: tuple[str, ...]
    type: FieldType = FieldType.CHOICE
    is_multi: bool = False
    is_open: bool = False
    is_small: bool = False


POINT = Subject(name="location", fields={key: SUBJECT.fields[key] for key in ("latitude", "longitude")})
STAGE = Subject(
    name="application",
    fields={"stage": Choice("stage", ("offer", "on hold", "hired"))},
    relations={"location": POINT, "skills": SUBJECT.relations["skills"]},
)


def labels(text: str, subject: Subject = SUBJECT) -> list[str]:
    """Return what is offered at the end of a text."""
    return [one.label for one in completions(text, len(text), subject)]


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("", ["age", "born", "jobs", "skills", "not", "all", "count", "true"]),
        ("age = 1 and ", ["age", "skills", "not"]),
        ("age = 1 ", ["and", "or", "for"]),
        ("(age = 1 ", ["and", "or"]),
        ("age > 3 an", ["and"]),
        ("ag", ["age"]),
        ("skills has (", ["level", "name", "not"]),
        ("jobs has (projects has (", ["hours", "name"]),
        ("count of skills (", ["level"]),
        ("all of jobs (", ["title", "projects"]),
        ("email.sent (", ["actor", "data.amount"]),
        ("skills ", ["has", "has no", "has none"]),
        ("name ", ["=", "contains", "starts with", "is missing", "not in"]),
        ("born ", ["<", "between", "in last", "in this"]),
        ("count of skills ", [">=", "between"]),
        ("last since of skills ", ["in last"]),
        ("private = ", ["true", "false"]),
        ("born > ", ["now", "today", "start of"]),
        ("born > start of ", ["month", "quarter"]),
        ("born in last 3 ", ["days", "weeks"]),
        ("born in ", []),
        ("name is ", ["known", "missing", "not"]),
        ("name starts ", ["with"]),
        ("no ", ["skills", "activity"]),
        ("all ", ["of"]),
        ("count ", ["of"]),
        ("at ", ["least", "most"]),
        ("sum ", ["level", "salary"]),
        ("sum level ", ["of"]),
        ("in ", ["segment"]),
        ('name = "x" ', ["and"]),
        ("within 30 ", ["km"]),
    ],
)
def test_what_may_follow_is_offered(text, among):
    """Fields of what is being asked about, operators that fit the type, words, units."""
    assert set(among) <= set(labels(text))


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("skills has (", ["age", "jobs"]),
        ("skills has (level > 3) and ", ["level2", "main"]),
        ("private ", ["<", "contains", "in last", "has"]),
        ("age ", ["contains", "in last", "has"]),
        ("state ", ["<", "between"]),
        ("skills ", ["=", "within", "contains"]),
        ("age > ", ["now", "true", "age"]),
        ("name = ", ["true", "now"]),
    ],
)
def test_what_may_not_follow_is_not_offered(text, never):
    """Not the fields of another subject, nor what the type of the field refuses."""
    assert set() == set(never) & set(labels(text))


def test_the_options_of_a_choice_are_offered_in_quotes():
    """Also once the quotes are opened; they are replaced with the rest of what was typed."""
    assert ['"hired"', '"offer"', '"on hold"'] == labels("stage = ", STAGE)
    assert [Completion('"on hold"', CompletionKind.OPTION, "", 8, 12)] == completions('stage = "on ', 12, STAGE)
    assert [Completion('"on hold"', CompletionKind.OPTION, "", 10, 13)] == completions('stage in ("on', 13, STAGE)


def test_a_place_is_asked_for_by_distance():
    """Where the items of a relation have degrees."""
    assert {"within", "not within", "has"} <= set(labels("location ", STAGE))


def test_what_is_typed_is_replaced_and_what_follows_does_not_count():
    """The range covers the word before the place; the rest of the text may be anything."""
    text = "age = 1 and na and ) ("

    assert [Completion("name", CompletionKind.FIELD, "text", 12, 14)] == completions(text, 14, SUBJECT)
    assert Completion("`any`", CompletionKind.FIELD, "any", 11, 14) == completions("age = 1 or `an", 14, SUBJECT)[0]


@pytest.mark.parametrize(
    "text", ["name = ) ", "age = 1", "§ ", "skils has (", "age = 1 age ", '"x" ', "(" * 200, "x" * 2_000_000]
)
def test_after_a_fault_nothing_is_offered(text):
    """What stands before must make sense, and the fields of an unknown relation are not known."""
    assert [] == labels(text)


@pytest.mark.parametrize("text", [EXAMPLE, *(form[0] for form in FORMS)], ids=repr)
def test_anywhere_in_a_good_question_what_is_offered_fits(text):
    """Put in, it never is what the parser stumbles over."""
    for at in range(0, len(text) + 1, 2):
        for one in completions(text, at, SUBJECT)[::7]:
            assert 0 <= one.start <= one.end == at
            changed = text[: one.start] + one.label
            try:
                parsed(changed)
            except QuerySyntaxError as error:
                assert error.span[0] >= len(changed), (changed, one)  # noqa: PT017 - it may also be whole


@settings(max_examples=200)
@given(st.text(), st.integers(-3, 50))
def test_any_text_and_place_are_answered(text, at):
    """Nothing comes up, whatever is typed."""
    assert isinstance(completions(text, at, SUBJECT), list)
