"""Ready pipelines, and opening a job by one of them: the job, its own copy of the pipeline, and its seats, together.

A template is a pipeline, and perhaps a job with a text and a team. What is opened has copies of both: an edited
template changes nothing that runs. The ready ones are values; put `engineering.pipeline` into a store to edit it there,
and open jobs by `JobTemplate(pipeline=edited)`.

>>> from datetime import UTC, datetime
>>> from itertools import count
>>> from crmcore.hiring import templates
>>> from crmcore.model import Occasion
>>> from crmcore.model.hiring import Band
>>> ids = count(1)
>>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
>>> opened = templates.engineering.open("Data engineer", openings=2, band=Band.of("EUR", 60_000, 80_000),
...                                     team={"recruiter": "ann"}, new_id=lambda: f"id-{next(ids)}", on=on)
>>> opened
<Opened job 'Data engineer' (id-1, open), pipeline id-2 of 7 stages, 2 openings, 4 events>
>>> opened.job.pipeline == opened.pipeline.id, opened.pipeline.copied_from, opened.pipeline.first.key
(True, 'template-engineering', 'applied')
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from crmcore.hiring._opening_jobs import JobTemplate, Opened, copied
from crmcore.model.pipeline import Pipeline, Policy, Purpose, Stage, StageCategory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "TEMPLATES",
    "JobTemplate",
    "Opened",
    "client_deals",
    "copied",
    "engineering",
    "executive",
    "general",
    "internship",
    "prospect_pool",
    "sales",
    "volume",
]


def _template(
    key: str,
    name: str,
    stages: Sequence[tuple[str, StageCategory, int, int]],
    *,
    purpose: Purpose = Purpose.HIRING,
    skips: Policy = Policy.ALLOWED,
    returns: Policy = Policy.NEEDS_REASON,
) -> JobTemplate:
    """Return a template of stages: label, category, days until due, days until stale."""
    made = [
        Stage(
            key=label.lower().replace(" ", "-").replace("é", "e"),
            label=label,
            category=category,
            ages_after=due,
            stale_after=stale,
        )
        for label, category, due, stale in stages
    ]
    pipeline = Pipeline(
        id=f"template-{key}",
        name=name,
        stages=tuple(made),
        purpose=purpose,
        skips=skips,
        returns=returns,
        is_template=True,
    )
    return JobTemplate(pipeline=pipeline)


_C = StageCategory
_APPLIED = ("Applied", _C.APPLICATION, 3, 10)
_OFFER = ("Offer", _C.OFFER, 5, 14)
_REFERENCES = ("References", _C.REFERENCE, 5, 14)

general: Final = _template(
    "general",
    "General",
    [_APPLIED, ("Screen", _C.SCREENING, 5, 14), ("Interview", _C.INTERVIEW, 7, 21), _REFERENCES, _OFFER],
)
"""Any job that has no pipeline of its own kind."""

engineering: Final = _template(
    "engineering",
    "Engineering",
    [
        _APPLIED,
        ("Résumé review", _C.SCREENING, 3, 10),
        ("Recruiter screen", _C.SCREENING, 5, 14),
        ("Technical screen", _C.ASSESSMENT, 7, 21),
        ("Onsite", _C.INTERVIEW, 10, 28),
        _REFERENCES,
        _OFFER,
    ],
)
"""Engineers, and others whose work is looked at before they are met."""

sales: Final = _template(
    "sales",
    "Sales",
    [
        _APPLIED,
        ("Recruiter screen", _C.SCREENING, 3, 10),
        ("Hiring manager", _C.INTERVIEW, 5, 14),
        ("Role play", _C.ASSESSMENT, 5, 14),
        ("Team interview", _C.INTERVIEW, 7, 21),
        _REFERENCES,
        _OFFER,
    ],
)
"""People who sell."""

volume: Final = _template(
    "volume",
    "Volume",
    [
        ("Applied", _C.APPLICATION, 1, 4),
        ("Eligibility", _C.SCREENING, 1, 4),
        ("Group session", _C.INTERVIEW, 3, 7),
        ("Trial shift", _C.ASSESSMENT, 3, 7),
        ("Offer", _C.OFFER, 2, 5),
        ("First day", _C.ONBOARDING, 7, 14),
    ],
    returns=Policy.ALLOWED,
)
"""Many seats of one kind, filled fast."""

executive: Final = _template(
    "executive",
    "Executive",
    [
        ("Long list", _C.PROSPECT, 14, 60),
        ("Approached", _C.PROSPECT, 7, 30),
        ("Short list", _C.SCREENING, 7, 30),
        ("First interview", _C.INTERVIEW, 14, 30),
        ("Assessment", _C.ASSESSMENT, 14, 30),
        ("Board interview", _C.INTERVIEW, 14, 45),
        _REFERENCES,
        _OFFER,
    ],
    skips=Policy.NEEDS_REASON,
)
"""A search among few, whom one approaches oneself."""

internship: Final = _template(
    "internship",
    "Internship",
    [
        _APPLIED,
        ("Eligibility", _C.SCREENING, 5, 14),
        ("Challenge", _C.ASSESSMENT, 7, 14),
        ("Interview", _C.INTERVIEW, 7, 21),
        _OFFER,
        ("Onboarding", _C.ONBOARDING, 14, 45),
    ],
)
"""Those who come for a season."""

client_deals: Final = _template(
    "client-deals",
    "Client deals",
    [
        ("Qualified", _C.QUALIFICATION, 7, 30),
        ("Needs agreed", _C.QUALIFICATION, 7, 30),
        ("Proposal sent", _C.PROPOSAL, 7, 30),
        ("Terms discussed", _C.NEGOTIATION, 7, 30),
        ("Contract out", _C.NEGOTIATION, 5, 21),
    ],
    purpose=Purpose.DEALS,
    returns=Policy.ALLOWED,
)
"""Work for clients; a deal is won or lost, as an application is hired or rejected."""

prospect_pool: Final = _template(
    "prospect-pool",
    "Prospect pool",
    [
        ("Identified", _C.PROSPECT, 14, 90),
        ("Contacted", _C.PROSPECT, 7, 30),
        ("In conversation", _C.PROSPECT, 14, 60),
        ("Keep warm", _C.PROSPECT, 90, 365),
        ("Ready", _C.PROSPECT, 14, 60),
    ],
    purpose=Purpose.PROSPECTS,
    returns=Policy.ALLOWED,
)
"""People whom one may want some day."""

TEMPLATES: Final[Mapping[str, JobTemplate]] = MappingProxyType(
    {
        each.pipeline.id.removeprefix("template-"): each
        for each in (general, engineering, sales, volume, executive, internship, client_deals, prospect_pool)
    }
)
"""Key -> template, of all that are ready."""
