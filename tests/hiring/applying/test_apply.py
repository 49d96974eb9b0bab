"""From a form to a plan: a person, a candidate and an application, or none of them."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from crmcore.errors import Conflict, InputError, LawBroken, NotFound
from crmcore.hiring.applying import NEW, Ambiguous, ApplicationForm, Applied, Known, Reapplying, Refused, apply
from crmcore.model import ContactRecord, EmailAddress, PersonName, PhoneNumber
from crmcore.model.attribution import Credit
from crmcore.model.consent import Consent
from crmcore.model.hiring import Application, Job, KnockOut, Question, Questionnaire
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.query import F
from crmcore.storage import MemoryStore, open_store

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
PIPELINE = Pipeline(id="p-1", name="Any", stages=[Stage(key="applied", label="New", category="application")])
QUESTIONS = (
    Question(key="permit", text="May you work here?", type="yes_no", is_required=True),
    Question(key="pay", text="What do you expect?", type="number", is_private=True),
)
FORM = ApplicationForm(name="Ada Lovelace", emails=["ada@home.dev"], source="careers page")


def on(day: float = 0, event: str = "e") -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"{event}-{day}", at=BEGIN + timedelta(days=day), actor="careers page")


def job(id_: str = "j-1", *verbs: str) -> Job:
    """Return an open job, or what became of it."""
    made = Job(id=id_, title="Engineer", pipeline="p-1")
    for number, verb in enumerate(("open", *verbs)):
        made, _ = made.step(verb, on=on(number / 100))
    return made


def applying(form: ApplicationForm = FORM, *, day: float = 1, to: Job | None = None, prefix: str = "n", **more: object):
    """Apply with ids that count up."""
    numbers = count(1)
    return apply(
        form, job=to or job(), within=PIPELINE, on=on(day), new_id=lambda: f"{prefix}-{day}-{next(numbers)}", **more
    )


def known_after(plan: Applied, *applications: Application) -> Known:
    """Return what a store knows once a plan is written."""
    return Known(contacts=[plan.contact], candidates=[plan.candidate], applications=applications or [plan.application])


def test_somebody_new_is_three_records_and_three_events():
    """All in one plan; each event has an id of its own, and the application names the others."""
    plan = applying()

    assert (True, True) == (plan.is_new_contact, plan.is_new_candidate)
    assert (plan.contact.id, plan.candidate.id) == (plan.application.contact, plan.application.candidate)
    assert len(plan.events) == len({event.id for event in plan.events}) == 3
    assert ["careers page"] == [each.source for each in plan.contact.why("emails/ada@home.dev")]


def test_person_and_application_or_neither():
    """A unit of work that fails after the plan leaves no orphan; one that does not leaves all."""
    plan = applying()
    store: MemoryStore = open_store("memory:", tenant="acme")

    def write(*more: object) -> None:
        with store.unit(actor="web") as unit:
            for each in (*plan.records, *more):
                unit.put(each)
            for event in plan.events:
                unit.emit(event)

    with pytest.raises(Conflict):
        write(ContactRecord(id="c-elsewhere", version=7))
    assert [] == [*store.find(ContactRecord), *store.find(Application)]
    write()
    assert [plan.application.id] == [each.id for each in store.find(Application)]


def test_who_is_known_stays_who_they_are():
    """The form adds a phone; it changes no name, and takes no primary address."""
    plan = applying()
    form = ApplicationForm(name="ADA BYRON", emails=["ada@home.dev", "new@home.dev"], phones=["+31612345678"])
    second = applying(form, day=9, to=job("j-2"), known=known_after(plan))

    assert (False, False) == (second.is_new_contact, second.is_new_candidate)
    assert ("Ada Lovelace", "ada@home.dev") == (second.contact.name.full, second.contact.emails[0].normal)
    assert [True, False] == [email.is_primary for email in second.contact.emails]
    assert ["contact.applied", "application.created"] == [event.type for event in second.events]


def test_an_ambiguous_form_waits_for_somebody_to_say():
    """One of those it may be from, or nobody that is known."""
    mail, phone = EmailAddress(raw="a@b.dev", normal="a@b.dev"), PhoneNumber(raw="+31612345678", normal="+31612345678")
    name = PersonName(given="Ada")
    known = Known(
        contacts=[ContactRecord(id="c-1", name=name, emails=[mail]), ContactRecord(id="c-2", name=name, phones=[phone])]
    )
    form = ApplicationForm(name="Ada", emails=["a@b.dev"], phones=["+31612345678"])

    assert isinstance(applying(form, known=known), Ambiguous)
    assert "c-2" == applying(form, known=known, contact="c-2").contact.id
    assert applying(form, known=known, contact=NEW).is_new_contact
    with pytest.raises(NotFound):
        applying(form, known=known, contact="c-9")


def test_one_application_to_a_job_is_active():
    """A form that is sent twice makes one; to another job one may apply."""
    plan = applying()
    again = applying(day=2, known=known_after(plan))

    assert isinstance(again, Refused)
    assert ("active", (plan.application.id,)) == (again.code, again.barred.applications)
    assert isinstance(applying(day=2, to=job("j-2"), known=known_after(plan)), Applied)


@pytest.mark.parametrize(("day", "code"), [(29.9, "cool-down"), (30, "cool-down"), (95.999, "cool-down"), (96, None)])
def test_after_a_rejection_one_waits(day, code):
    """Ninety days from the rejection on day 6, to the very instant; the earlier application stays as it was."""
    plan = applying()
    rejected, _ = plan.application.reject("skills", on=on(6))
    rules = Reapplying(days_after_rejection=90)
    again = applying(day=day, known=known_after(plan, rejected), rules=rules)

    assert code == getattr(again, "code", None)
    if code:
        assert BEGIN + timedelta(days=96) == again.barred.until
    else:
        assert rejected.id != again.application.id


def test_rules_are_judged_by_what_had_occurred_then():
    """A rejection that was told late counts from when it occurred; some reasons do not count."""
    plan = applying()
    closed, _ = plan.application.reject("position-closed", on=on(6))
    withdrawn, _ = plan.application.withdraw(on=on(6))
    rules = Reapplying(days_after_rejection=90, except_reasons=["position-closed"], most_active=1)

    assert isinstance(applying(day=7, known=known_after(plan, closed), rules=rules), Applied)
    assert isinstance(applying(day=7, known=known_after(plan, withdrawn), rules=rules), Applied)
    assert "too-many" == applying(day=5, to=job("j-2"), known=known_after(plan, closed), rules=rules).code
    for wrong in ({"days_after_rejection": -1}, {"most_active": 0}):
        with pytest.raises(InputError):
            Reapplying(**wrong)


def test_who_was_hired_does_not_apply_for_the_same_job():
    """Before the rules are asked."""
    plan = applying()
    hired, _ = plan.application.hire(on=on(6))

    assert "hired" == applying(day=7, known=known_after(plan, hired)).code


@pytest.mark.parametrize("verbs", [("hold",), ("close",)])
def test_nobody_applies_for_a_job_that_is_not_open(verbs):
    """Whatever the form says."""
    assert "job-not-open" == applying(to=job("j-1", *verbs)).code


def test_a_form_from_nobody_makes_nothing():
    """Neither a name nor a way to reach anybody."""
    refused = applying(ApplicationForm(name="n/a", emails=["none@none.com"]))

    assert ("nobody", ["placeholder"]) == (
        refused.code,
        [each.code for each in refused.doubts if each.field == "email"],
    )


def test_answers_come_along_and_faults_are_listed_at_once():
    """Private ones apart from the others."""
    form = Questionnaire(id="q-1", job="j-1").asking(*QUESTIONS)
    wrong = applying(ApplicationForm(name="Ada", answers={"pay": "much", "x": 1}), questionnaire=form)
    plan = applying(ApplicationForm(name="Ada", answers={"permit": "yes", "pay": 52_000}), questionnaire=form)

    assert ["required", "wrong-type", "unknown-question"] == [fault.code for fault in wrong.faults]
    assert (["permit"], ["pay"]) == (
        [answer.key for answer in plan.application.answers],
        [answer.key for answer in plan.application.private_answers],
    )


def test_a_rule_about_a_private_question_is_not_named():
    """Neither in the events nor in the history, which more may see than the answer; and no repr shows the answer."""
    rule = KnockOut(key="asks-too-much", reason="asks for 90,000", where=F.pay >= 90_000, effect="reject")
    form = Questionnaire(id="q-1", job="j-1").asking(*QUESTIONS).knocking_out(rule)
    sent = ApplicationForm(name="Ada", answers={"permit": "yes", "pay": 90_000})
    plan = applying(sent, questionnaire=form)

    assert ("rejected", "knocked-out") == (plan.application.status.value, plan.application.history.steps[-1].reason)
    assert not any("asks" in event.model_dump_json() for event in plan.events)
    assert "asks" not in plan.application.model_dump_json(exclude={"private_answers"})
    assert ["asks-too-much"] == [finding.rule for finding in plan.knocked_out.out]
    assert "90000" not in repr(sent) + repr(plan)


def test_a_form_that_cannot_be_read_is_refused():
    """And so is a pipeline that is not the job's, which would hide the application from its board."""
    for wrong in ({"emails": None}, {"source": 5}, {"source": "x" * 1_001}, {"revision": "1"}):
        with pytest.raises(InputError):
            ApplicationForm(name="Ada", **wrong)
    with pytest.raises(InputError, match="goes by pipeline 'p-1', not by 'p-2'"):
        apply(FORM, job=job(), within=PIPELINE.copy("p-2"), on=on(1), new_id=lambda: "n")


@pytest.mark.parametrize(("effect", "status", "types"), [
    ("review", "active", ["application.knocked_out"]),
    ("reject", "rejected", ["application.knocked_out", "application.rejected"]),
])  # fmt: skip
def test_a_rule_that_knocks_out_is_named(effect, status, types):
    """It rejects by itself only where its author said so; the event tells of rules, and of no answer."""
    rule = KnockOut(key="no-permit", reason="there is no permit", where=F.permit == False, effect=effect)  # noqa: E712
    form = Questionnaire(id="q-1", job="j-1").asking(*QUESTIONS).knocking_out(rule)
    plan = applying(ApplicationForm(name="Ada", answers={"permit": "no"}), questionnaire=form)

    assert status == plan.application.status.value
    assert types == [event.type for event in plan.events[3:]]
    assert ["no-permit"] == plan.events[3].data["rules"]
    assert ("no-permit", "May you work here?") == (
        plan.knocked_out.out[0].rule,
        plan.knocked_out.out[0].evidence[0].asked.text,
    )


def test_source_credits_and_consents_are_kept():
    """Who is credited stands with the application, what was agreed to with the person."""
    consent = Consent(purpose="recruiting", decision="granted", decided_at=BEGIN)
    form = ApplicationForm(
        name="Ada", origin="referred", source="colleague", credits=[Credit(kind="referrer", id="u-7", share=1)],
        consents=[consent],
    )  # fmt: skip
    plan = applying(form)

    assert ("referred", "u-7") == (plan.application.origin.value, plan.application.credits[0].id)
    assert (consent,) == plan.contact.consents
    assert "contact.consent_decided" in [event.type for event in plan.events]


def test_a_source_is_changed_by_an_event_and_what_was_said_stays():
    """Twice changed, three are known; the same again is refused, and nothing else can hold."""
    application = applying().application
    credit = Credit(kind="referrer", id="u-7", share=1)
    once, told = application.change_source("colleague", origin="referred", credits=(credit,), on=on(5))
    twice, _ = once.change_source("job board", origin="applied", on=on(6))

    assert ("application.source_changed", "careers page", "colleague") == (
        told.type,
        told.data["before"]["source"],
        told.data["after"]["source"],
    )
    assert ["careers page", "colleague", "job board"] == [said.source for said in twice.sources]
    assert ("job board", ()) == (twice.source, twice.credits)
    with pytest.raises(LawBroken, match="has that source already"):
        twice.change_source("job board", on=on(7))
    with pytest.raises(ValueError, match="the last of the sources is what holds"):
        twice.evolve(source="elsewhere")
    assert twice == Application.model_validate_json(twice.model_dump_json())
