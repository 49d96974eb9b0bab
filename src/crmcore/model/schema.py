"""Every kind of record, and its JSON Schema."""

from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from crmcore.model.attachment import Attachment
from crmcore.model.candidate import Candidate
from crmcore.model.contact import ContactRecord
from crmcore.model.custom import CustomField
from crmcore.model.deal import Deal
from crmcore.model.hiring.application import Application
from crmcore.model.hiring.assessment import Assessment
from crmcore.model.hiring.gathering import Gathering
from crmcore.model.hiring.interview import Interview
from crmcore.model.hiring.job import Job
from crmcore.model.hiring.kit import InterviewDefinition
from crmcore.model.hiring.offer import Offer
from crmcore.model.hiring.opening import Opening
from crmcore.model.hiring.place import Department, Location
from crmcore.model.hiring.pool import PoolMembership
from crmcore.model.hiring.posting import Posting
from crmcore.model.hiring.prospect import Prospect
from crmcore.model.hiring.questions import Questionnaire
from crmcore.model.hiring.referral import Referral
from crmcore.model.hiring.requisition import Requisition
from crmcore.model.hiring.scorecard import Scorecard
from crmcore.model.hiring.screening import ScreeningRules
from crmcore.model.hiring.screening_decision import ScreeningDecision
from crmcore.model.hiring.talent_pool import TalentPool
from crmcore.model.lead import Lead
from crmcore.model.organisation import Organisation
from crmcore.model.pipeline import Pipeline
from crmcore.model.record import Record
from crmcore.model.segment import Segment, SegmentBuild, SegmentWatermark, Standing
from crmcore.model.source import ImportRun, SourceRecord
from crmcore.model.timeline import Activity, Note, Task

__all__ = ["KINDS", "json_schema"]

KINDS: dict[str, type[Record]] = {
    record.kind: record
    for record in (
        Activity,
        Application,
        Assessment,
        Attachment,
        Candidate,
        ContactRecord,
        CustomField,
        Deal,
        Department,
        Gathering,
        ImportRun,
        Interview,
        InterviewDefinition,
        Job,
        Lead,
        Location,
        Note,
        Offer,
        Opening,
        Organisation,
        Pipeline,
        PoolMembership,
        Posting,
        Prospect,
        Questionnaire,
        Referral,
        Requisition,
        Scorecard,
        ScreeningDecision,
        ScreeningRules,
        Segment,
        SegmentBuild,
        SegmentWatermark,
        SourceRecord,
        Standing,
        TalentPool,
        Task,
    )
}
"""Kind -> class, for everything that a store may hold."""


def json_schema(*, mode: Literal["validation", "serialization"] = "validation") -> dict[str, Any]:
    """Return one JSON Schema (draft 2020-12) with a definition for each kind.

    Args:
        mode: ``validation`` describes what may be handed in, ``serialization`` what comes out.

    >>> sorted(json_schema()["$defs"])[:3]
    ['Activity', 'ActivityType', 'Affiliation']

    """
    _, schema = models_json_schema([(record, mode) for record in KINDS.values()], ref_template="#/$defs/{model}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crmcore",
        "description": "The records of crmcore; the payload of a kind is its definition.",
        "oneOf": [{"$ref": f"#/$defs/{record.__name__}"} for record in KINDS.values()],
        **schema,
    }
