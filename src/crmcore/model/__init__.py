"""WHAT THINGS ARE: the nouns of a CRM and of recruiting, as frozen records, and the laws beside them.

*Nouns.* A `ContactRecord` is one person, in all roles at once: lead, candidate, client contact, referrer, employee. A
`Candidate` is the recruiting side of a contact, a `Lead` one attempt to win it. An `Organisation` has people through
`Affiliation`, a link with attributes of its own. `Note`, `Activity` and `Task` make the `Timeline`; an `Attachment` is
known by the hash of its bytes. A `SourceRecord` is one row as it came, an `ImportRun` tells what an import did, a
`Provenance` says where one value came from. A `Pipeline` is a table of stages, through which applications go, and so do
prospects and a client's orders (`Deal`). `catalogue()` names every field of a contact once. What hiring is about is a
room of its own, :mod:`crmcore.model.hiring`.

*Laws.* Nothing is mutated: a change returns the new record, and an `Event` where others need to hear of it. Ids and
instants are handed in, never made here. What was written stays beside its normal form. Of the channels of one kind
exactly one is primary, and none is ever dropped by a change to another. Equal records have equal JSON, and reading that
JSON gives the same record.

>>> from crmcore.model import ContactRecord, EmailAddress, PersonName
>>> ada = ContactRecord(id="c1", name=PersonName(given="Ada", family="Lovelace"))
>>> ada = ada.add(EmailAddress(raw="Ada@Example.org", normal="ada@example.org", type="work"))
>>> ada.name.full, ada.emails[0].is_primary, list(ada.identifiers())
('Ada Lovelace', True, [('email', 'ada@example.org')])
>>> ContactRecord.model_validate_json(ada.model_dump_json()) == ada
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.model.attachment import Attachment, AttachmentKind
    from crmcore.model.attribution import Credit, Origin, Touch
    from crmcore.model.candidate import Availability, Candidate
    from crmcore.model.career import Education, Employment, Language, LanguageLevel, Skill, SkillLevel
    from crmcore.model.channels import (
        Channel,
        ChannelState,
        ChannelStatus,
        EmailAddress,
        Link,
        PhoneNumber,
        PostalAddress,
        primary,
    )
    from crmcore.model.consent import Consent, ConsentStatus, Decision, DoNotContact, most_restrictive, status_for
    from crmcore.model.contact import ContactRecord, ContactRole
    from crmcore.model.custom import CustomField, CustomFields, CustomFieldType, CustomOption, UnknownOption
    from crmcore.model.deal import Deal
    from crmcore.model.events import Event
    from crmcore.model.external import ExternalId
    from crmcore.model.fields import Catalogue, FieldSpec, FieldType, Sensitivity, catalogue
    from crmcore.model.lead import Conversion, Lead, LeadCategory, LeadStatus
    from crmcore.model.money import Money, PayPeriod, SalaryExpectation
    from crmcore.model.names import PersonName
    from crmcore.model.occasion import Occasion
    from crmcore.model.organisation import Affiliation, Organisation
    from crmcore.model.pipeline import Pipeline, Stage, StageCategory
    from crmcore.model.provenance import Provenance
    from crmcore.model.qualification import Criterion, CriterionRating, Qualification, Score, ScoreLine
    from crmcore.model.record import Id, Record, Value
    from crmcore.model.schema import KINDS, json_schema
    from crmcore.model.segment import Cause, Segment, SegmentBuild, SegmentType, SegmentWatermark, Standing
    from crmcore.model.source import ImportRun, ImportStatus, RejectedCell, SourceRecord, row_hash
    from crmcore.model.timeline import Activity, ActivityType, Note, Task, Timeline, Viewer, Visibility

__all__ = [
    "KINDS",
    "Activity",
    "ActivityType",
    "Affiliation",
    "Attachment",
    "AttachmentKind",
    "Availability",
    "Candidate",
    "Catalogue",
    "Cause",
    "Channel",
    "ChannelState",
    "ChannelStatus",
    "Consent",
    "ConsentStatus",
    "ContactRecord",
    "ContactRole",
    "Conversion",
    "Credit",
    "Criterion",
    "CriterionRating",
    "CustomField",
    "CustomFieldType",
    "CustomFields",
    "CustomOption",
    "Deal",
    "Decision",
    "DoNotContact",
    "Education",
    "EmailAddress",
    "Employment",
    "Event",
    "ExternalId",
    "FieldSpec",
    "FieldType",
    "Id",
    "ImportRun",
    "ImportStatus",
    "Language",
    "LanguageLevel",
    "Lead",
    "LeadCategory",
    "LeadStatus",
    "Link",
    "Money",
    "Note",
    "Occasion",
    "Organisation",
    "Origin",
    "PayPeriod",
    "PersonName",
    "PhoneNumber",
    "Pipeline",
    "PostalAddress",
    "Provenance",
    "Qualification",
    "Record",
    "RejectedCell",
    "SalaryExpectation",
    "Score",
    "ScoreLine",
    "Segment",
    "SegmentBuild",
    "SegmentType",
    "SegmentWatermark",
    "Sensitivity",
    "Skill",
    "SkillLevel",
    "SourceRecord",
    "Stage",
    "StageCategory",
    "Standing",
    "Task",
    "Timeline",
    "Touch",
    "UnknownOption",
    "Value",
    "Viewer",
    "Visibility",
    "catalogue",
    "json_schema",
    "most_restrictive",
    "primary",
    "row_hash",
    "status_for",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "attachment": "Attachment AttachmentKind",
            "attribution": "Credit Origin Touch",
            "candidate": "Availability Candidate",
            "career": "Education Employment Language LanguageLevel Skill SkillLevel",
            "channels": "Channel ChannelState ChannelStatus EmailAddress Link PhoneNumber PostalAddress primary",
            "consent": "Consent ConsentStatus Decision DoNotContact most_restrictive status_for",
            "contact": "ContactRecord ContactRole",
            "custom": "CustomField CustomFields CustomFieldType CustomOption UnknownOption",
            "deal": "Deal",
            "events": "Event",
            "external": "ExternalId",
            "fields": "Catalogue FieldSpec FieldType Sensitivity catalogue",
            "lead": "Conversion Lead LeadCategory LeadStatus",
            "money": "Money PayPeriod SalaryExpectation",
            "names": "PersonName",
            "occasion": "Occasion",
            "organisation": "Affiliation Organisation",
            "pipeline": "Pipeline Stage StageCategory",
            "provenance": "Provenance",
            "qualification": "Criterion Qualification CriterionRating Score ScoreLine",
            "record": "Id Record Value",
            "schema": "KINDS json_schema",
            "segment": "Cause Segment SegmentBuild SegmentType SegmentWatermark Standing",
            "source": "ImportRun ImportStatus RejectedCell SourceRecord row_hash",
            "timeline": "Activity ActivityType Note Task Timeline Viewer Visibility",
        },
    )
