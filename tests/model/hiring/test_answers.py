"""Answers: read by the form that was shown, kept with the question as it was asked, all faults at once."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import InputError, NotFound
from crmcore.hygiene.partial_date import PartialDate
from crmcore.model.hiring import Answer, Option, Question, Questionnaire, answered
from crmcore.model.hiring.answers import AskedQuestion
from crmcore.model.hiring.questions import AnswerType

OPTIONS = [Option(key="go", text="Go"), Option(key="sql", text="SQL"), Option(key="c", text="C")]
ALL = [
    Question(key="text", text="Text?", longest=10),
    Question(key="long-text", text="Long?", type="long_text"),
    Question(key="number", text="Number?", type="number", minimum=0, maximum=10),
    Question(key="date", text="Date?", type="date"),
    Question(key="yes-no", text="Yes?", type="yes_no"),
    Question(key="single", text="One?", type="single", options=OPTIONS),
    Question(key="multi", text="Some?", type="multi", options=OPTIONS, most=2),
    Question(key="file", text="File?", type="file"),
    Question(key="hidden", text="Campaign", type="hidden"),
]
FORM = Questionnaire(id="q-1").asking(*ALL)


@pytest.mark.parametrize(
    ("key", "given", "read", "shown"),
    [
        ("text", " hi ", " hi ", " hi "),
        ("number", "4.50", Decimal("4.50"), "4.50"),
        ("number", 1e1, Decimal("10.0"), "10.0"),
        ("date", date(2026, 3, 7), PartialDate(2026, 3, 7), "2026-03-07"),
        ("date", " 2026-03 ", PartialDate(2026, 3), "2026-03"),
        ("yes-no", "No", False, "no"),
        ("yes-no", True, True, "yes"),
        ("single", "sql", "sql", "SQL"),
        ("multi", ["sql", "go", "sql"], ("sql", "go"), "SQL, Go"),
        ("multi", "go", ("go",), "Go"),
        ("file", "att-7", "att-7", "att-7"),
        ("hidden", "spring", "spring", "spring"),
    ],
)
def test_what_comes_by_a_form_is_read_in_its_type(key, given, read, shown):
    """And shown in the words of its options."""
    (answer,) = answered(FORM, {key: given}).accepted().answers

    assert (read, shown) == (answer.read, answer.shown)
    assert answer == Answer.model_validate_json(answer.model_dump_json())


@pytest.mark.parametrize(
    ("key", "given", "code"),
    [
        ("text", 7, "wrong-type"),
        ("text", "x" * 11, "too-long"),
        ("text", "\ud800", "wrong-type"),
        ("long-text", "x" * 100_001, "too-long"),
        ("number", "many", "wrong-type"),
        ("number", True, "wrong-type"),
        ("number", "NaN", "wrong-type"),
        ("number", float("inf"), "wrong-type"),
        ("number", "1e999999", "wrong-type"),
        ("number", -1, "out-of-range"),
        ("number", "10.01", "out-of-range"),
        ("date", "7 March", "wrong-type"),
        ("date", "2026-02-30", "wrong-type"),
        ("yes-no", "maybe", "wrong-type"),
        ("yes-no", 1, "wrong-type"),
        ("yes-no", [], "wrong-type"),
        ("single", "rust", "unknown-option"),
        ("single", ["go"], "wrong-type"),
        ("multi", ["go", "rust"], "unknown-option"),
        ("multi", ["go", "sql", "c"], "too-many"),
        ("multi", [1], "wrong-type"),
        ("file", "../../etc passwd", "wrong-type"),
        ("x" * 500, 1, "unknown-question"),
    ],
)
def test_what_cannot_be_taken_is_a_fault_with_a_code(key, given, code):
    """Its message never quotes the answer."""
    (fault,) = answered(FORM, {key: given}).faults

    assert (code, True) == (fault.code, len(fault.message) < 300)
    assert "x" * 11 not in fault.message or key.startswith("xx")
    with pytest.raises(InputError, match="question"):
        answered(FORM, {key: given}).accepted()


def test_empty_is_not_answered():
    """None, an empty text or list, and blanks."""
    empty = {question.key: "  " for question in ALL if question.key != "multi"} | {"multi": [], "text": None}
    required = Questionnaire(id="q-1").asking(*(question.evolve(is_required=True) for question in ALL))

    assert () == answered(FORM, {**empty, "single": "", "file": ""}).together
    assert {"required"} == {fault.code for fault in answered(required, {}).faults}
    assert len(ALL) == len(answered(required, {}).faults)
    with pytest.raises(InputError, match="a mapping of the keys of questions to answers, not a list"):
        answered(FORM, [("text", "x")])


def test_a_later_change_of_the_question_changes_no_answer():
    """The words as they were asked stay with it."""
    (answer,) = answered(FORM, {"text": "x"}).answers
    changed = FORM.asking(Question(key="text", text="Otherwise?"))

    assert ("Text?", 2) == (answer.asked.text, answer.asked.revision)
    assert "Otherwise?" == answered(changed, {"text": "x"}).answers[0].asked.text


def test_an_answer_to_a_question_taken_out_meanwhile_is_kept():
    """By the revision that the form showed; by a later one it is a fault that says what to do."""
    changed = FORM.without("text").asking(Question(key="number", text="How many?", type="number"))
    kept = answered(changed, {"text": "x", "number": 99}, revision=3 - 1)

    assert (["out-of-range"], ["text", "number"]) == ([fault.code for fault in kept.faults], list(kept.outdated))
    assert ["text"] == [answer.key for answer in kept.answers]
    assert () == answered(changed, {"text": "", "number": None}, revision=2).outdated  # nothing was answered
    (fault,) = answered(changed, {"text": "x"}).faults
    assert "question 'text' was taken out in revision 3; pass the revision that the form showed" == fault.message
    with pytest.raises(NotFound):
        answered(changed, {}, revision=9)


def test_private_answers_stand_apart():
    """So that who may see what is decided by attribute."""
    form = FORM.asking(Question(key="pay", text="Pay?", type="number", is_private=True))
    sheet = answered(form, {"pay": 7, "text": "x"})

    assert (["text"], ["pay"]) == ([each.key for each in sheet.answers], [each.key for each in sheet.private])


@pytest.mark.parametrize(
    ("type_", "value"),
    [("number", "1e3"), ("number", True), ("date", "2026-2-1"), ("yes_no", "yes"), ("text", ""), ("multi", "go")],
)
def test_a_kept_answer_has_one_form(type_, value):
    """What is stored is what was read, and nothing else."""
    options = OPTIONS if type_ == "multi" else ()
    asked = AskedQuestion(key="x", text="X?", type=type_, options=options, questionnaire="q-1", revision=1)

    with pytest.raises(ValueError, match="question 'x'"):
        Answer(asked=asked, value=value)


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=5) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([question.key for question in ALL]) | st.text(max_size=5), HOSTILE, max_size=6))
def test_whatever_comes_is_an_answer_or_a_fault(given):
    """Nothing raises, nothing is lost, and what is taken comes back from JSON."""
    sheet = answered(FORM, given)

    for answer in sheet.together:
        assert answer == Answer.model_validate_json(answer.model_dump_json())
    told = {answer.key for answer in sheet.together} | {fault.question for fault in sheet.faults}
    empty = {key for key, value in given.items() if value is None or value in ("", [], ()) or not str(value).strip()}
    assert {key[:100] for key in given} - told <= {key[:100] for key in empty}


def test_every_type_is_read():
    """A new type of answer cannot be forgotten."""
    from crmcore.model.hiring.answers import READ
    from crmcore.model.hiring.questions import FIELD_TYPES

    assert set(AnswerType) == set(READ) == set(FIELD_TYPES)
