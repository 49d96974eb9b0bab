"""Questionnaires: every wording stays, a question keeps its type, rules ask only about what is asked."""

import pytest
from pydantic import ValidationError

from crmcore.errors import InputError, LawBroken, NotFound, UnknownChoice, UnknownField
from crmcore.model.hiring import KnockOut, Option, Question, Questionnaire
from crmcore.query import F

PERMIT = Question(key="permit", text="May you work here?", type="yes_no", is_required=True)
LEVEL = Question(
    key="level",
    text="Which level?",
    type="single",
    options=[Option(key="junior", text="Junior"), Option(key="senior", text="Senior")],
)


def form(*questions: Question) -> Questionnaire:
    """Return a questionnaire."""
    return Questionnaire(id="q-1", job="j-1").asking(*(questions or (PERMIT, LEVEL)))


def test_each_change_is_a_revision_and_every_wording_stays():
    """A form that was opened before a change is read by what it showed."""
    changed = form().asking(PERMIT.evolve(text="May you work in the EU?")).without("level")

    assert (4, ["permit"]) == (changed.revision, [each.key for each in changed.current])
    assert ["May you work here?", "Which level?"] == [each.text for each in changed.asked_in(2)]
    assert (4, None, None) == tuple(changed.taken_out_in(key) for key in ("level", "permit", "never"))
    for revision in (0, 5):
        with pytest.raises(NotFound):
            changed.asked_in(revision)


def test_a_question_that_was_taken_out_may_be_asked_again():
    """Between the two it was not asked."""
    again = form().without("level").asking(LEVEL)

    assert [True, False, True] == ["level" in {each.key for each in again.asked_in(number)} for number in (2, 3, 4)]


def test_a_question_keeps_its_type():
    """Its answers are compared over all revisions."""
    with pytest.raises(LawBroken, match="question 'permit' is answered with yes_no"):
        form().asking(Question(key="permit", text="Which permit?"))
    with pytest.raises(LawBroken, match="'permit'"):
        form().without("permit").asking(Question(key="permit", text="Which permit?"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "single"},
        {"options": [{"key": "a", "text": "A"}]},
        {"minimum": 1},
        {"type": "number", "longest": 3},
        {"type": "number", "minimum": 3, "maximum": 2},
        {"type": "single", "options": [{"key": "a", "text": "A"}, {"key": "a", "text": "B"}]},
        {"since": 3, "until": 3},
        {"text": ""},
        {"key": "With Blanks"},
    ],
)
def test_a_question_that_contradicts_itself_is_refused(wrong):
    """Before it is ever asked."""
    with pytest.raises(ValidationError):
        Question(**{"key": "x", "text": "X?", **wrong})


def test_wordings_that_overlap_are_refused():
    """Two of one question in one revision, or one of a revision that is to come."""
    with pytest.raises(ValueError, match="two wordings in revision 1"):
        Questionnaire(id="q-1", questions=[PERMIT, PERMIT.evolve(text="Again?")])
    with pytest.raises(ValueError, match="of a revision after 1"):
        Questionnaire(id="q-1", questions=[PERMIT.evolve(since=2)])


def test_a_rule_asks_only_about_what_is_asked():
    """A misspelt question, an option that is none, and a comparison that makes no sense are refused at once."""
    for where, error in (
        (F.permitt == True, UnknownField),  # noqa: E712
        (F.level == "expert", UnknownChoice),
        (F.permit > 3, InputError),
    ):
        with pytest.raises(error):
            form().knocking_out(KnockOut(key="r", reason="it is", where=where))
    with pytest.raises(ValueError, match="asks something"):
        KnockOut(key="r", reason="it is", where=None)


def test_a_question_that_a_rule_needs_is_not_taken_out():
    """The rule goes first; one of the same key takes its place."""
    ruled = form().knocking_out(KnockOut(key="r", reason="too junior", where=F.level == "junior"))
    other = ruled.knocking_out(KnockOut(key="r", reason="no permit", where=F.permit == False))  # noqa: E712

    with pytest.raises(LawBroken, match="rule 'r' asks about question 'level'"):
        ruled.without("level")
    assert 1 == len(other.knock_outs)
    assert ["permit"] == [each.key for each in ruled.without_rules("r").without("level").current]


def test_what_is_there_twice_or_not_at_all_is_refused_by_its_key():
    """In words of its own; and a rule that is changed keeps its place."""
    rules = [KnockOut(key=key, reason="it is", where=F.level == "junior") for key in ("r", "s")]
    ruled = form().knocking_out(*rules)

    assert ["r", "s"] == [each.key for each in ruled.knocking_out(rules[0].evolve(reason="changed")).knock_outs]
    with pytest.raises(InputError, match="question 'new' is there twice"):
        form().asking(Question(key="new", text="A?"), Question(key="new", text="B?"))
    with pytest.raises(InputError, match="rule 'r' is there twice"):
        form().knocking_out(rules[0], rules[0])
    with pytest.raises(NotFound, match="no knock-out rule with id 'other'"):
        ruled.without_rules("other")


def test_the_order_is_no_revision_and_a_copy_begins_anew():
    """What is not asked any more stays behind."""
    ordered = form().ordered(["level"])
    copied = form().without("level").copy("q-2", job="j-2")

    assert (["level", "permit"], 2) == ([each.key for each in ordered.current], ordered.revision)
    assert (1, "j-2", ["permit"]) == (copied.revision, copied.job, [each.key for each in copied.questions])
    with pytest.raises(NotFound):
        form().ordered(["x"])
