"""The published JSON Schema and the catalogue agree with the records."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from crmcore.errors import UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.model import (
    KINDS,
    Activity,
    Attachment,
    Candidate,
    ContactRecord,
    CustomField,
    ImportRun,
    Lead,
    Note,
    Organisation,
    Segment,
    SegmentBuild,
    SegmentWatermark,
    SourceRecord,
    Standing,
    Task,
    catalogue,
    json_schema,
    row_hash,
)
from crmcore.model.deal import Deal
from crmcore.model.hiring import Application, Band, Job, KnockOut, Offer, OfferTerms, Opening, Question, Questionnaire
from crmcore.model.hiring.approval import ApprovalFlow
from crmcore.model.hiring.assessment import Assessment, AssessmentResult
from crmcore.model.hiring.attendee import Attendee, Organiser, Panelist
from crmcore.model.hiring.criteria import DegreeCriterion, PayCriterion, QuestionCriterion, SkillCriterion
from crmcore.model.hiring.gathering import Gathering
from crmcore.model.hiring.interview import Interview
from crmcore.model.hiring.kit import InterviewDefinition
from crmcore.model.hiring.place import Department, Location
from crmcore.model.hiring.pool import PoolMembership
from crmcore.model.hiring.posting import Posting, Shown
from crmcore.model.hiring.prospect import Prospect
from crmcore.model.hiring.referral import Referral
from crmcore.model.hiring.requisition import Requisition
from crmcore.model.hiring.scorecard import Scorecard
from crmcore.model.hiring.screening import Proposal, ScreeningRules
from crmcore.model.hiring.screening_decision import ScreeningDecision
from crmcore.model.hiring.talent_pool import TalentPool
from crmcore.model.hiring.terms import term
from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.money import Money
from crmcore.model.occasion import Occasion
from crmcore.model.pipeline import Pipeline, Stage
from crmcore.query import F
from tests.model.strategies import contacts

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ENTRY = {"id": "x", "subjects": ("c",), "at": NOW, "author": "u"}
CELLS = {"Name": "Ada", "Mail": None, "Tags": ("a", "b")}
PIPELINE = Pipeline(id="p", name="\0 Sales", stages=[Stage(key="applied", label="A", category="application")])
FOR_DEALS = PIPELINE.evolve(purpose="deals")
OCCASION = Occasion(event_id="e", at=NOW, actor="u")
INTERVIEW = Interview.schedule(
    id="i",
    application="a",
    contact="c",
    title="\0 Design",
    start=WallTime.at(NOW, "Asia/Kolkata"),
    minutes=45,
    organiser=Organiser(email="u@example.org"),
    candidate=Attendee(),
    panel=[Panelist(user="u")],
    on=OCCASION,
)[0]
CRITERIA = (
    SkillCriterion(key="sql", name="SQL", years="2.5", importance="must"),
    PayCriterion(key="pay", band=Band.of("EUR", 60_000, 80_000)),
    DegreeCriterion(key="degree", level="master"),
    QuestionCriterion(key="town", where=F.city == "Utrecht"),
)
RULES = ScreeningRules(id="r", name="Engineer", job="j", criteria=CRITERIA)
SCREENED = ScreeningDecision.begin(
    id="d",
    rules=RULES,
    contact="c",
    inputs={"id": "c", "custom": {"a": True}},
    inputs_digest="0" * 64,
    proposal=Proposal.REVIEW,
    findings=[{"criterion": "sql", "weight": 1, "is_must": True, "share": None}],
    on=OCCASION,
    application="a",
    job="j",
    low=0,
    value=5_000,
    high=10_000,
)
SAMPLES = [
    Activity(**ENTRY, type="call"),
    Application.begin(id="a", contact="c", job="j", within=PIPELINE, on=OCCASION)[0],
    Assessment.order(
        id="t",
        application=Application.begin(id="a", contact="c", job="j", within=PIPELINE, on=OCCASION)[0],
        provider="\0",
        test="sql",
        on=OCCASION,
    )[0]
    .sent("r", on=OCCASION)[0]
    .completed(AssessmentResult(score="1.10"), on=OCCASION)[0],
    Note(**ENTRY, body="\0 \u202e"),
    Standing(
        id="pool/c",
        segment="pool",
        record="c",
        of="contact",
        is_member=True,
        since=NOW,
        cause="change",
        segment_version=1,
    ),
    Task(**ENTRY, title="t"),
    Attachment.of(b"", id="a", subject="c", media_type="text/plain"),
    Candidate(id="k", contact="c", available_from="2024-07", expects={"minimum": "1.10", "currency": "EUR"}),
    ContactRecord(id="c", born="1815-12-10"),
    CustomField(id="f", key="a_b", label="A"),
    INTERVIEW,
    InterviewDefinition(id="d", stage="onsite", title="Design"),
    Gathering(id="g", name="Fair", type="fair", starts=NOW, cost=Money(amount="90.50", currency="EUR")),
    ImportRun(id="r", sources=("people.csv",), started_at=NOW, actor="u"),
    Job(id="j", title="Engineer", pipeline="p", band=Band.of("EUR", 60_000, 80_000)),
    Department(id="d", name="\0 Engineering", head="u"),
    Lead(id="l", contact="c"),
    Location(id="l", name="Berlin", parent="de", time_zone="Europe/Berlin"),
    Posting(
        id="x",
        job="j",
        title="Engineer",
        content="<p>\0 Hi &amp; <b>hello",
        shown=[Shown(key="jobs", state="up", reference="17", digest="d", at=NOW)],
        workplace="remote",
        remote_within=("NL", "DE"),
        closes_at=NOW,
    ).draft(on=OCCASION)[0],
    Requisition(id="r", title="Engineer", headcount=2, band=Band.of("EUR", 60_000, 80_000))
    .draft(on=OCCASION)[0]
    .submit(ApprovalFlow(groups=[{"key": "lead", "approvers": ["ann"]}], watched=["band", "headcount"]), on=OCCASION)[
        0
    ],
    Opening(id="o", job="j").open(on=OCCASION)[0].fill("a", on=OCCASION)[0],
    Offer.draft(
        id="f",
        application=Application.begin(id="a", contact="c", job="j", within=PIPELINE, on=OCCASION)[0],
        opening=Opening(id="o", job="j"),
        terms=OfferTerms(
            title="\0 Engineer",
            pay={"amount": "70000.00", "currency": "EUR"},
            more=[
                term("days", 30),
                term("bonus", Money(amount="1.50", currency="USD")),
                term("last", date(2026, 5, 1)),
            ],
        ),
        on=OCCASION,
    )[0].submit(ApprovalFlow(groups=[{"key": "lead", "approvers": ["ann"]}]), on=OCCASION)[0],
    Organisation(id="o", name="Acme"),
    PIPELINE,
    Deal.begin(id="d", name="Nurses", value={"amount": "1.1", "currency": "EUR"}, within=FOR_DEALS, on=OCCASION)[0],
    Prospect.begin(id="p", contact="c", within=PIPELINE.evolve(purpose="prospects"), on=OCCASION)[0],
    Questionnaire(id="q", job="j")
    .asking(Question(key="visa", text="Visa?", type="yes_no"))
    .knocking_out(KnockOut(key="no-visa", reason="a visa is needed", where=F.visa == False)),  # noqa: E712
    Scorecard.begin(id="s", interview=INTERVIEW, interviewer="u", on=OCCASION)[0].write(overall="yes"),
    PoolMembership.begin("p", "c", on=Occasion(event_id="e", at=NOW, actor="u", reason="met"))[0],
    Referral(id="f", contact="c", at=NOW, referrer_name="Zo\u00eb", job="j").bonus_step(
        "promise", amount=Money(amount="1500", currency="EUR"), on=OCCASION
    )[0],
    RULES,
    SCREENED[0],
    TalentPool(id="p", name="Data"),
    Segment(id="pool", where=F.city == "Utrecht", includes=("c",)),
    SegmentBuild(id="pool", definition="d", segment_version=1, phase="built", at=NOW),
    SegmentWatermark(id="contact", at=NOW),
    SourceRecord(id="s", source="f", system="f", cells=CELLS, hash=row_hash(CELLS)),
]


def validator(kind: str, mode: str) -> Draft202012Validator:
    """A validator for one kind."""
    schema = json_schema(mode=mode)
    return Draft202012Validator({"$ref": f"#/$defs/{KINDS[kind].__name__}", "$defs": schema["$defs"]})


def payload(record) -> object:
    """What is written to JSON."""
    return record.model_dump(mode="json")


def test_every_kind_has_a_sample():
    """The table below leaves none out."""
    assert set(KINDS) == {record.kind for record in SAMPLES}


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("record", SAMPLES, ids=lambda record: record.kind)
def test_instances_satisfy_the_schema_and_come_back(record, mode):
    """What we write is what we say that we write, and we read it back."""
    Draft202012Validator.check_schema(json_schema(mode=mode))
    validator(record.kind, mode).validate(payload(record))

    assert record == type(record).model_validate_json(record.model_dump_json())


CONTACT = validator("contact", "validation")


@settings(max_examples=40)
@given(contacts)
def test_any_contact_satisfies_the_schema(contact):
    """Not only the samples."""
    CONTACT.validate(payload(contact))


def test_the_schema_refuses_what_the_model_refuses():
    """An unknown key is an error in both; the check above is not empty."""
    assert not CONTACT.is_valid({"id": "c", "surprise": 1})
    assert not CONTACT.is_valid({})


def test_catalogue_paths_lead_to_attributes():
    """Each entry's path starts at a field of the record, and no key is used twice."""
    roots = {spec.root for spec in catalogue()}

    assert roots <= set(ContactRecord.model_fields)
    assert len({spec.key for spec in catalogue()}) == len(list(catalogue()))


def test_roles_lead_to_fields():
    """A column of each role of a person has a place to go."""
    homeless = {role for role in Role if catalogue().for_role(role) is None}

    assert homeless == {
        *(Role.NOTES, Role.STATUS, Role.OPT_OUT, Role.UPDATED_AT, Role.OTHER_DATE),
        *(Role.NUMBER, Role.CATEGORY, Role.TEXT, Role.EMPTY),
    }


def test_an_unknown_field_offers_the_nearest():
    """A misspelt key is answered with the right one."""
    with pytest.raises(UnknownColumn, match="did you mean 'email'"):
        catalogue()["emial"]
    assert "email" in catalogue()
