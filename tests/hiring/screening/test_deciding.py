"""Decisions are logged with what they were based on, a person has the last word, and other rules can be tried on them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import CrmcoreError, IllegalStep, InputError, LawBroken
from crmcore.hiring.screening import (
    Applicant,
    DecisionStatus,
    HumanReview,
    LanguageCriterion,
    Proposal,
    QuestionCriterion,
    Screener,
    ScreeningRules,
    SkillCriterion,
    decided,
    replay,
)
from crmcore.hiring.vault import EqualOpportunity, MemoryVault, Survey
from crmcore.model import KINDS, ContactRecord, CustomField, Language, Skill
from crmcore.model.hiring import Application
from crmcore.model.hiring.screening_decision import DECISIONS, DecisionVerb, ScreeningDecision
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.query import F, now
from crmcore.storage import MemoryStore
from tests.hiring.screening.applicants import AT

PIPELINE = Pipeline(id="p", name="x", stages=[Stage(key="applied", label="A", category="application")])
SQL = SkillCriterion(key="sql", name="sql", level="advanced", importance="must")
RULES = ScreeningRules(id="r", name="x", criteria=[SQL])


def on(actor: str = "screening", reason: str = "", hours: int = 0) -> Occasion:
    """Return an occasion."""
    return Occasion(event_id=f"e-{actor}-{hours}", at=AT + timedelta(hours=hours), actor=actor, reason=reason)


def application(who: str = "c", job: str = "j") -> Application:
    """Return an application."""
    return Application.begin(id=f"a-{who}", contact=who, job=job, within=PIPELINE, on=on("page"))[0]


def applicant(who: str = "c", level: str | None = "beginner", *tags: str) -> Applicant:
    """Return somebody who knows SQL so well."""
    return Applicant(id=who, skills=(Skill(name="sql", level=level),), languages=[Language(tag=tag) for tag in tags])


def decision(level: str | None = "beginner", rules: ScreeningRules = RULES, who: str = "c") -> ScreeningDecision:
    """Return what the rules say of somebody."""
    return decided(application(who), applicant(who, level), rules=rules, id=f"d-{who}", on=on())[0]


def test_a_rejection_by_a_machine_is_a_proposal():
    """It has no outcome until another confirms it, who is told who proposed it; advancing stands by itself."""
    proposed = decision()
    confirmed, told = proposed.confirm(on=on("eva", hours=1))

    assert (Proposal.REJECT, DecisionStatus.PROPOSED, None, None) == (
        proposed.proposal,
        proposed.status,
        proposed.outcome,
        proposed.decided_at,
    )
    assert (Proposal.REJECT, "screening.confirmed", "reject") == (confirmed.outcome, told.type, told.data["outcome"])
    assert (DecisionStatus.SETTLED, Proposal.ADVANCE) == (decision("expert").status, decision("expert").outcome)
    with pytest.raises(LawBroken, match="another, who is a person"):
        proposed.confirm(on=on("screening"))


def test_the_policy_is_data_and_switching_it_off_needs_a_ground():
    """The negative control: with a ground the same rejection stands by itself."""
    alone = RULES.evolve(human_review=HumanReview(of=("review",), ground="explicit consent, art. 22 (2) (c)"))

    assert DecisionStatus.SETTLED is decision(rules=alone).status
    assert alone.digest != RULES.digest


def test_a_person_overrules_with_a_reason_and_the_applicant_may_contest():
    """Contested, it is a proposal again, of what it was; whoever looks at it may decide otherwise."""
    proposed = decision()
    for refused in (
        lambda: proposed.overrule("advance", on=on("eva")),
        lambda: proposed.overrule("reject", on=on("eva", "so")),
        lambda: proposed.overrule("review", on=on("eva", "so")),
        lambda: proposed.overrule("advance", on=on("screening", "so")),
    ):
        with pytest.raises(LawBroken):
            refused()
    contested, _ = proposed.confirm(on=on("eva", hours=1))[0].contest(on=on("applicant", hours=2))
    overruled, told = contested.overrule("advance", on=on("bob", "wrote our warehouse", hours=3))

    assert (None, Proposal.ADVANCE) == (contested.outcome, overruled.outcome)
    assert ("screening.overruled", "wrote our warehouse") == (told.type, told.reason)
    with pytest.raises(IllegalStep, match="it can: contest"):
        overruled.confirm(on=on("eva", hours=4))
    with pytest.raises(IllegalStep, match="before the last step"):
        overruled.contest(on=on("applicant", hours=1))


def test_a_review_ends_with_an_outcome():
    """Nobody confirms that somebody has to look at it."""
    with pytest.raises(LawBroken, match="ends with advancing or rejecting"):
        decision(None).confirm(on=on("eva"))

    assert Proposal.ADVANCE is decision(None).overrule("advance", on=on("eva", "has the level"))[0].outcome


def test_the_log_says_by_what_and_on_which_inputs():
    """The digest of the rules, that of the inputs, each finding with its evidence; without inputs where rules say so."""
    logged = decision()

    assert (RULES.digest, applicant().digest) == (logged.rules_digest, logged.inputs_digest)
    assert [("sql", 3_333, ("skills/sql: sql, beginner",))] == [
        (one.criterion, one.share, one.evidence) for one in logged.findings
    ]
    assert applicant() == Applicant.model_validate(logged.inputs)
    assert None is decision(rules=RULES.evolve(logs_inputs=False)).inputs
    assert ("contact", "c") == logged.about()


def test_many_are_screened_by_one_screener():
    """Each as of its own occasion, and as one by one."""
    free = RULES.with_criterion(QuestionCriterion(key="free", where=F.available_from <= now(), importance="must"))
    screener = Screener(free, at=AT)
    for hours in (0, 49, 1):
        who = applicant(level="expert").evolve(available_from=(AT + timedelta(days=2)).date().isoformat())
        one = screener.decided(application(), who, id="d", on=on(hours=hours))

        assert decided(application(), who, rules=free, id="d", on=on(hours=hours)) == one
        assert ("advance" if hours == 49 else "reject", AT + timedelta(hours=hours)) == (one[0].proposal, one[0].at)


def test_what_a_label_says_is_protected_is_not_logged():
    """Its key tells nothing; its definition does. Neither is it taken from the records where the definition is known."""
    told = CustomField(id="f-1", key="q7", label="Marital status")
    also = CustomField(id="f-2", key="q7", label="Seventh answer", applies_to="candidate")
    who = applicant(level="expert").evolve(custom={"q7": "zz-single", "shift": "late"})
    logged = Screener(RULES, at=AT, custom_fields=[told, also]).decided(application(), who, id="d", on=on())[0]
    contact = ContactRecord(id="c", custom={"q7": "zz-single", "shift": "late"})

    assert {"shift": "late"} == logged.inputs["custom"] == Applicant.of(contact, custom_fields=[told]).custom
    assert "zz-single" not in logged.model_dump_json()
    assert 1 == replay([logged], RULES, custom_fields=[told]).unchanged
    assert "q7" in decided(application(), who, rules=RULES, id="d", on=on())[0].inputs["custom"]  # nobody knows
    with pytest.raises(LawBroken, match=r"custom\.q7"):
        Screener(
            RULES.with_criterion(QuestionCriterion(key="x", where=F["custom.q7"] == "x")),
            at=AT,
            custom_fields=[told, also],
        )


def test_decisions_are_of_one_person_and_one_job():
    """An applicant who did not apply, and rules of another job, are refused."""
    with pytest.raises(InputError, match="is of 'c', not of 'other'"):
        decided(application(), applicant("other"), rules=RULES, id="d", on=on())
    with pytest.raises(InputError, match="are of job 'k'"):
        decided(application(), applicant(), rules=RULES.evolve(job="k"), id="d", on=on())


VERBS = st.sampled_from(("confirm", "overrule", "drop", "contest"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(VERBS, st.sampled_from(("advance", "reject")), st.sampled_from(("eva", "screening")))))
def test_any_course_of_events_obeys_the_table(steps):
    """Whatever is tried, in whatever order: what is done is in the table, and replaying it gives the same state."""
    held = decision()
    for hour, (verb, outcome, actor) in enumerate(steps, start=1):
        before = held.status
        arguments = (outcome,) if verb == "overrule" else ()
        try:
            held, _ = getattr(held, verb)(*arguments, on=on(actor, "so", hours=hour))
        except LawBroken:
            continue
        assert held.status is DECISIONS.after(before, DecisionVerb(verb))
        assert not (actor == "screening" and verb in {"confirm", "overrule"})

    assert held == ScreeningDecision.model_validate_json(held.model_dump_json())
    assert (held.outcome is None) == (held.status in {DecisionStatus.PROPOSED, DecisionStatus.DROPPED})


def test_one_application_has_one_open_proposal_in_a_store():
    """A second one is refused until the first is dropped."""
    store = MemoryStore()
    first = decision()
    with store.unit(actor="screening") as unit:
        first = unit.put(first)
    with pytest.raises(CrmcoreError), store.unit(actor="screening") as unit:
        unit.put(decision().evolve(id="d-2"))
    with store.unit(actor="eva") as unit:
        unit.put(first.drop(on=on("eva", hours=1))[0])
        unit.put(decision().evolve(id="d-2"))

    assert "screening_decision" in KINDS
    assert ["d-2"] == [one.id for one in store.find(ScreeningDecision, F.status == "proposed").records]


def people() -> dict[str, Applicant]:
    """Four people: an expert, an intermediate who speaks German, a beginner, one of whom the level is not known."""
    return {
        "a": applicant("a", "expert"),
        "b": applicant("b", "intermediate", "de"),
        "c": applicant("c", "beginner"),
        "d": applicant("d", None),
    }


def log(rules: ScreeningRules = RULES) -> list[ScreeningDecision]:
    """Return the decisions on them."""
    return [decided(application(who), one, rules=rules, id=f"d-{who}", on=on())[0] for who, one in people().items()]


def test_a_replay_tells_who_would_flip_and_why():
    """A lower level lets one in; a new must-have keeps one out."""
    softer = RULES.with_criterion(SQL.evolve(level="intermediate"))
    german = RULES.with_criterion(LanguageCriterion(key="german", language="de", importance="must"))

    assert ["a-b: reject -> advance\n  sql: 67 % -> met; skills/sql: sql, intermediate"] == [
        str(reversal) for reversal in replay(log(), softer).reversals
    ]
    assert [("a-a", Proposal.REVIEW, ["german: new, unknown, weight 1"])] == [
        (reversal.application, reversal.after, [str(change) for change in reversal.why])
        for reversal in replay(log(), german).reversals
    ]
    assert (3, softer.digest) == (replay(log(), softer).unchanged, replay(log(), softer).rules_digest)


def test_the_same_rules_flip_nobody():
    """On the logged inputs, at the logged instants."""
    again = replay(log(), RULES.evolve(id="other", name="Other"))

    assert ((), 4, ()) == (again.reversals, again.unchanged, again.without_inputs)
    assert "0 of 4 would be told otherwise" == str(again)


def test_a_replay_judges_each_as_of_its_own_instant():
    """Also by a question that asks for the instant: who was not free at the first could begin by the second."""
    free = QuestionCriterion(key="free", where=F.available_from <= now(), importance="must")
    rules = RULES.evolve(criteria=[free], human_review=HumanReview(ground="consent", of=("review",)))
    who = Applicant(id="c", available_from=str((AT + timedelta(days=2)).date()))
    told = [
        decided(application(), who, rules=rules, id=f"d-{days}", on=on(hours=24 * days))[0] for days in (0, 5, 1, 9)
    ]

    assert ["reject", "advance", "reject", "advance"] == [each.proposal.value for each in told]
    assert 4 == replay(told, rules).unchanged
    assert ["d-0", "d-1"] == [each.decision for each in replay(told, rules, at=AT + timedelta(days=9)).reversals]


def test_a_change_of_importance_weight_or_threshold_is_told():
    """What is no must any more, what weighs more, and what only a threshold did."""
    nice = replay(log(), RULES.with_criterion(SQL.evolve(importance="nice", weight=3)))
    threshold = replay(
        log(RULES.with_criterion(SQL.evolve(importance="nice"))),
        RULES.with_criterion(SQL.evolve(importance="nice")).evolve(advance_at=50, reject_below=50),
    )

    assert "sql: weight 1 -> 3, no must any more; skills/sql: sql, beginner" == str(nice.reversals[1].why[0])
    assert "a-c: review -> reject\n  a threshold" == str(threshold.reversals[0])


def test_a_replay_on_records_of_today_sees_what_changed_since():
    """Whom nothing is known of is listed, not guessed; without logged inputs there is nothing to judge by."""
    today = {**people(), "c": applicant("c", "expert")}
    del today["d"]
    unlogged = log(RULES.evolve(logs_inputs=False))

    assert ["a-c"] == [reversal.application for reversal in replay(log(), RULES, applicants=today, at=AT).reversals]
    assert ("d-d",) == replay(log(), RULES, applicants=today, at=AT).without_inputs
    assert 4 == len(replay(unlogged, RULES).without_inputs)


def test_the_check_is_asked_before_and_after():
    """It alone knows the groups; it is given applications, and who of them goes on."""
    women = {"a-b", "a-c"}

    def ratio(*, applied: frozenset[str], selected: frozenset[str]) -> float:
        rates = [len(selected & group) / len(applied & group) for group in (women, applied - women)]
        return min(rates) / max(rates)

    tried = replay(log(), RULES.with_criterion(SQL.evolve(level="intermediate")), check=ratio)

    assert (0.0, 0.5) == (tried.before, tried.after)
    assert None is replay(log(), RULES).before


def test_a_vault_says_before_a_rule_is_used_on_whom_it_falls():
    """Its report takes the place of the check; a high level leaves one group under four fifths of the best, a lower one does not."""
    survey = Survey(
        characteristics=[
            {"key": "group", "text": "Group?", "options": [{"key": "x", "text": "X"}, {"key": "y", "text": "Y"}]}
        ]
    )
    fair = EqualOpportunity(vault=MemoryVault(threshold=5), survey=survey, key=b"kept apart" * 4)
    logged = []
    words = {"e": "expert", "i": "intermediate", "b": "beginner"}
    for number in range(400):
        who, group = f"c-{number:03}", "xy"[number % 2]
        knows = applicant(who, words[{"x": "eeeeeeeibb", "y": "eeeeeiiibb"}[group][number // 2 % 10]])
        logged.append(decided(application(who), knows, rules=RULES, id=f"d-{who}", on=on())[0])
        if number % 7:  # who did not answer is counted as such
            fair.answer(f"a-{who}", {"group": group})
    softer = RULES.with_criterion(SQL.evolve(level="intermediate"))
    tried = replay(logged, softer, check=partial(fair.impact, "group"))

    assert (["y"], []) == ([one.option for one in tried.before.under], [one.option for one in tried.after.under])


def test_a_replay_refuses_what_screening_refuses():
    """Protected fields, and inputs that were touched or cannot be read."""
    touched = decision().evolve(inputs={"id": "c", "skills": []})
    broken = decision().evolve(inputs={"id": "c", "gender": "x"})

    with pytest.raises(LawBroken, match="gender"):
        replay([], RULES.with_criterion(QuestionCriterion(key="x", where=F.gender == "x")))
    with pytest.raises(InputError, match="not those that it was based on"):
        replay([touched], RULES)
    with pytest.raises(InputError, match="cannot be read"):
        replay([broken], RULES)
