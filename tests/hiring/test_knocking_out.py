"""Knock-out rules: named, with their evidence, and silent about what is not known."""

from datetime import UTC, datetime

import pytest

from crmcore.errors import InputError
from crmcore.hiring.knocking_out import knocked_out
from crmcore.model.hiring import KnockOut, Option, Question, Questionnaire, answered
from crmcore.query import F, ahead

AT = datetime(2026, 3, 1, tzinfo=UTC)
OPTIONS = [Option(key=key, text=key.title()) for key in ("dutch", "english")]
FORM = Questionnaire(id="q-1").asking(
    Question(key="years", text="How many years?", type="number"),
    Question(key="permit", text="A permit?", type="yes_no", is_private=True),
    Question(key="languages", text="Languages?", type="multi", options=OPTIONS),
    Question(key="free", text="From when?", type="date"),
)


def judged(rule: KnockOut, given: dict[str, object], form: Questionnaire = FORM):
    """Judge answers by one rule."""
    ruled = form.knocking_out(rule)
    return knocked_out(ruled, answered(ruled, given).together, at=AT)


def rule(where, effect: str = "review") -> KnockOut:
    """Return a rule."""
    return KnockOut(key="r", reason="it will not do", where=where, effect=effect)


@pytest.mark.parametrize(
    ("where", "given", "outcome"),
    [
        (F.years < 2, {"years": 1}, True),
        (F.years < 2, {"years": "2.0"}, False),
        (F.years < 2, {}, None),
        (~(F.languages == "dutch"), {"languages": ["english"]}, True),
        (~(F.languages == "dutch"), {"languages": ["english", "dutch"]}, False),
        (F.free > ahead(months=3), {"free": "2026-07-01"}, True),
        (F.free > ahead(months=3), {"free": "2026-04-01"}, False),
        ((F.years < 2) & (F.permit == False), {"years": 5}, False),  # noqa: E712
        ((F.years < 2) & (F.permit == False), {"years": 1}, None),  # noqa: E712
        (F.permit.is_missing(), {}, True),
    ],
)
def test_a_rule_is_true_false_or_unknown(where, given, outcome):
    """What is unknown knocks nobody out, and is said to be unknown."""
    result = judged(rule(where), given)

    assert outcome is result.findings[0].outcome
    assert (outcome is True) == bool(result.out)


def test_the_evidence_is_what_decides_it():
    """Of three answers the one that matters, with the question as it was asked."""
    result = judged(rule((F.years < 2) | (F.permit == False)), {"years": 1, "permit": True, "free": "2026"})  # noqa: E712

    assert ["years"] == [answer.key for answer in result.out[0].evidence]
    assert "r: out: it will not do (How many years? 1)" == str(result.out[0])


def test_a_private_answer_is_in_no_text():
    """Neither in the line about the rule nor in the event."""
    result = judged(rule(F.permit == False), {"permit": "no"})  # noqa: E712

    assert "r: out: it will not do" == str(result.out[0])
    assert "permit" not in repr(result)
    told = {"effect": "review", "questionnaire": "q-1", "revision": 3, "rules": [], "private": 1, "unknown": []}
    assert told == result.told()  # the name of a rule about one question is its answer


def test_the_strictest_of_several_rules_holds():
    """Rejection over review; none where no rule is true."""
    both = FORM.knocking_out(
        KnockOut(key="one", reason="a", where=F.years < 5),
        KnockOut(key="two", reason="b", where=F.years < 2, effect="reject"),
    )

    effects = [knocked_out(both, answered(both, {"years": years}).together, at=AT).effect for years in (1, 3, 9)]
    assert ["reject", "review", None] == [None if effect is None else effect.value for effect in effects]


def test_answers_to_an_earlier_wording_count_and_to_another_questionnaire_do_not():
    """A question keeps its type; the rules are those of today, which are named."""
    answers = answered(FORM, {"years": 1}).together
    later = FORM.asking(Question(key="years", text="Years in all?", type="number")).knocking_out(rule(F.years < 2))
    other = later.copy("q-2")

    assert ("How many years?", 4) == (
        knocked_out(later, answers, at=AT).out[0].evidence[0].asked.text,
        knocked_out(later, answers, at=AT).revision,
    )
    assert (None, ("years",)) == (
        knocked_out(other, answers, at=AT).findings[0].outcome,
        knocked_out(other, answers, at=AT).findings[0].unanswered,
    )
    with pytest.raises(InputError, match="no time zone"):
        knocked_out(later, answers, at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
