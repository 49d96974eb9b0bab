"""WHAT HIRING IS ABOUT: requisitions, jobs, openings and postings, which are four things, and who applies.

*To begin with.* A `Requisition` is the leave to hire, by an `Approval`; a `Job` is the work, with its team and its
pipeline; an `Opening` is one seat of it, with a ledger of who held it; a `Posting` shows a job to the world. A
`Department` and a `Location` are places in two trees.

*Who applies.* An `Application` is one person considered for one job: its stages are a `StageHistory`, its status
stands apart from them, and "hired" is never guessed from a stage. A `Questionnaire` is what is asked, an `AnswerSheet`
what was answered. A `Prospect` is somebody whom we would like to apply.

*What we find out.* `ScreeningRules` say what a job asks of who applies, a `ScreeningDecision` what they said of one
application and who confirmed it. An `Assessment` is a test that somebody else's system gives. An `InterviewDefinition`
says how a stage's interview is to be held, an `Interview` when and with whom one is, a `Scorecard` what one interviewer
thought; `visible_to` says who may read it yet.

*What comes of it.* An `Offer` has versions, of which the latest counts, and holds a seat while it is out. A
`TalentPool` has people through `PoolMembership`, a `Referral` is somebody's word for somebody, and a `Gathering` an
occasion on which we met them; `Courtesy` says how often people are approached.

*Laws.* A seat is taken by one application at a time, and an application takes one seat. What was reserved or filled is
undone by an entry of its own, never by taking one away. Changes return the new record and the event that tells of them.

>>> from datetime import UTC, datetime
>>> from crmcore.model import Occasion
>>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva", reason="growth")
>>> seat, _ = Opening(id="o-1", job="j-1").open(on=on)
>>> seat, told = seat.reserve("a-1", on=on)
>>> seat.status.value, seat.holder, told.type
('reserved', 'a-1', 'opening.reserved')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.model.hiring.answers import Answer, AnswerSheet, answered
    from crmcore.model.hiring.application import Application, Sourced
    from crmcore.model.hiring.approval import Approval, ApprovalFlow, ApprovalGroup, ApprovalStatus
    from crmcore.model.hiring.assessment import Assessment, AssessmentStatus
    from crmcore.model.hiring.attendee import Attendee, Organiser, Panelist, PanelRole, Response
    from crmcore.model.hiring.courtesy import CoolDown, Courtesy, FrequencyCap
    from crmcore.model.hiring.feedback import BlindWithin, Feedback, PanelSummary, feedback_of, summary, visible_to
    from crmcore.model.hiring.gathering import Gathering, GatheringType
    from crmcore.model.hiring.interview import Interview
    from crmcore.model.hiring.interview_steps import InterviewStatus
    from crmcore.model.hiring.job import Band, Job, JobStatus, TeamMember, TeamRole
    from crmcore.model.hiring.kit import Attribute, InterviewDefinition, Interviewer, Kit, Prompt
    from crmcore.model.hiring.offer import Offer
    from crmcore.model.hiring.offer_steps import OfferStatus
    from crmcore.model.hiring.opening import Opening, OpeningStatus, SeatEntry
    from crmcore.model.hiring.place import Department, Location
    from crmcore.model.hiring.pool import PoolMembership
    from crmcore.model.hiring.posting import Audience, Posting, PostingStatus, Workplace
    from crmcore.model.hiring.prospect import Prospect
    from crmcore.model.hiring.questions import AnswerType, KnockOut, Option, Question, Questionnaire
    from crmcore.model.hiring.referral import Referral
    from crmcore.model.hiring.requisition import Requisition, RequisitionStatus
    from crmcore.model.hiring.scorecard import AttributeRating, PromptAnswer, Rating, Scorecard, ScorecardStatus
    from crmcore.model.hiring.screening import HumanReview, ScreeningRules
    from crmcore.model.hiring.screening_decision import ScreeningDecision
    from crmcore.model.hiring.talent_pool import TalentPool
    from crmcore.model.hiring.terms import EmploymentType, OfferTerms, term
    from crmcore.model.hiring.wall_time import WallTime

__all__ = [
    "Answer",
    "AnswerSheet",
    "AnswerType",
    "Application",
    "Approval",
    "ApprovalFlow",
    "ApprovalGroup",
    "ApprovalStatus",
    "Assessment",
    "AssessmentStatus",
    "Attendee",
    "Attribute",
    "AttributeRating",
    "Audience",
    "Band",
    "BlindWithin",
    "CoolDown",
    "Courtesy",
    "Department",
    "EmploymentType",
    "Feedback",
    "FrequencyCap",
    "Gathering",
    "GatheringType",
    "HumanReview",
    "Interview",
    "InterviewDefinition",
    "InterviewStatus",
    "Interviewer",
    "Job",
    "JobStatus",
    "Kit",
    "KnockOut",
    "Location",
    "Offer",
    "OfferStatus",
    "OfferTerms",
    "Opening",
    "OpeningStatus",
    "Option",
    "Organiser",
    "PanelRole",
    "PanelSummary",
    "Panelist",
    "PoolMembership",
    "Posting",
    "PostingStatus",
    "Prompt",
    "PromptAnswer",
    "Prospect",
    "Question",
    "Questionnaire",
    "Rating",
    "Referral",
    "Requisition",
    "RequisitionStatus",
    "Response",
    "Scorecard",
    "ScorecardStatus",
    "ScreeningDecision",
    "ScreeningRules",
    "SeatEntry",
    "Sourced",
    "TalentPool",
    "TeamMember",
    "TeamRole",
    "WallTime",
    "Workplace",
    "answered",
    "feedback_of",
    "summary",
    "term",
    "visible_to",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "answers": "Answer AnswerSheet answered",
            "application": "Application Sourced",
            "approval": "Approval ApprovalFlow ApprovalGroup ApprovalStatus",
            "assessment": "Assessment AssessmentStatus",
            "attendee": "Attendee Organiser Panelist PanelRole Response",
            "courtesy": "CoolDown Courtesy FrequencyCap",
            "feedback": "BlindWithin Feedback PanelSummary feedback_of summary visible_to",
            "gathering": "Gathering GatheringType",
            "interview": "Interview",
            "interview_steps": "InterviewStatus",
            "job": "Band Job JobStatus TeamMember TeamRole",
            "kit": "Attribute InterviewDefinition Interviewer Kit Prompt",
            "offer": "Offer",
            "offer_steps": "OfferStatus",
            "opening": "Opening OpeningStatus SeatEntry",
            "place": "Department Location",
            "pool": "PoolMembership",
            "posting": "Audience Posting PostingStatus Workplace",
            "prospect": "Prospect",
            "questions": "AnswerType KnockOut Option Question Questionnaire",
            "referral": "Referral",
            "requisition": "Requisition RequisitionStatus",
            "scorecard": "AttributeRating PromptAnswer Rating Scorecard ScorecardStatus",
            "screening": "HumanReview ScreeningRules",
            "screening_decision": "ScreeningDecision",
            "talent_pool": "TalentPool",
            "terms": "EmploymentType OfferTerms term",
            "wall_time": "WallTime",
        },
    )
