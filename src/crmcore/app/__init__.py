"""How do the rooms work together? The one place where they meet.

    CRM             one database: plan an import, commit it, ask, follow segments, hire, report
    dedupe_file     one file: who is double, with golden rows, clusters and a report

What a database shows of one thing is a view, which reads it anew: `PipelineView` of a job, `OfferView`,
`InterviewView`, `PoolView`, `ProspectView`, `ReferralView`, `ScreeningView`, `RequisitionView`, `PostingView`,
`SegmentView`.

Both are glue: each step is one call into a room, with the ports given explicitly, and no room ever receives the `CRM`.

>>> from crmcore.app import CRM
>>> from crmcore.model import ContactRecord, PersonName
>>> with CRM.open("memory:") as crm:
...     with crm.unit(actor="ada", reason="first contact") as unit:
...         alan = unit.put(ContactRecord(id="c1", name=PersonName(given="Alan", family="Turing")))
...     crm.get(ContactRecord, "c1").name.family
'Turing'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.app._crm import CRM
    from crmcore.app._dedupe import DedupeRun, dedupe_file
    from crmcore.app._interview_view import InterviewView
    from crmcore.app._offer_view import OfferView
    from crmcore.app._pipeline_view import PipelineView
    from crmcore.app._pool_view import PoolView
    from crmcore.app._posting_view import BoardRound, PostingView
    from crmcore.app._prospect_view import ProspectView
    from crmcore.app._referral_view import ReferralView
    from crmcore.app._requisition_view import RequisitionView
    from crmcore.app._screening_view import ScreeningView
    from crmcore.app._segment_view import SegmentView

__all__ = [
    "CRM",
    "BoardRound",
    "DedupeRun",
    "InterviewView",
    "OfferView",
    "PipelineView",
    "PoolView",
    "PostingView",
    "ProspectView",
    "ReferralView",
    "RequisitionView",
    "ScreeningView",
    "SegmentView",
    "dedupe_file",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "_crm": "CRM",
            "_dedupe": "DedupeRun dedupe_file",
            "_interview_view": "InterviewView",
            "_offer_view": "OfferView",
            "_pipeline_view": "PipelineView",
            "_pool_view": "PoolView",
            "_posting_view": "BoardRound PostingView",
            "_prospect_view": "ProspectView",
            "_referral_view": "ReferralView",
            "_requisition_view": "RequisitionView",
            "_screening_view": "ScreeningView",
            "_segment_view": "SegmentView",
        },
    )
