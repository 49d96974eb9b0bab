"""What became of offers and applicants, and of those who came from one source."""

from __future__ import annotations

from crmcore.reports.pipeline.anchors import Anchor, Milestone
from crmcore.reports.pipeline.measure import Measure, Population, Quantity, UnitOfAnalysis
from crmcore.reports.pipeline.presets._anchors import ACCEPTED, HIRED_STILL
from crmcore.reports.pipeline.windows import WindowRule

__all__ = [
    "APPLICANT_TO_HIRE_FRAPPE",
    "OFFER_ACCEPTANCE_ASHBY",
    "OFFER_ACCEPTANCE_FRAPPE",
    "OFFER_ACCEPTANCE_TALEO",
    "SOURCE_EFFECTIVENESS",
    "SOURCE_QUALITY_GREENHOUSE",
]

OFFER_ACCEPTANCE_FRAPPE = Measure(
    key="offer-acceptance-frappe",
    name="Offer acceptance",
    after="Frappe HR: accepted of all that were submitted, those without an answer included",
    unit=UnitOfAnalysis.OFFER,
    population=Population.LATEST,
    start=Anchor(milestone=Milestone.OFFER_SENT),
    end=Anchor(milestone=Milestone.OFFER_ACCEPTED, stands=True),
    quantity=Quantity.SHARE,
    window=WindowRule.BY_START,
)
OFFER_ACCEPTANCE_TALEO = OFFER_ACCEPTANCE_FRAPPE.evolve(
    key="offer-acceptance-taleo",
    after="Taleo: accepted of accepted, declined, reneged and rescinded",
    population=Population.RESOLVED,
)
OFFER_ACCEPTANCE_ASHBY = OFFER_ACCEPTANCE_FRAPPE.evolve(
    key="offer-acceptance-ashby",
    after="Ashby: accepted of accepted and declined, by the latest version of each offer",
    population=Population.LATEST_RESOLVED,
)
APPLICANT_TO_HIRE_FRAPPE = Measure(
    key="applicant-to-hire-frappe",
    name="Applicant to hire",
    after="Frappe HR: applicants who accepted of all applicants",
    end=ACCEPTED,
    quantity=Quantity.SHARE,
    window=WindowRule.BY_START,
)
SOURCE_EFFECTIVENESS = Measure(
    key="source-effectiveness",
    name="Source effectiveness",
    after="crmcore: persons who are hired of those who applied; take it by source",
    unit=UnitOfAnalysis.PERSON,
    end=HIRED_STILL,
    quantity=Quantity.SHARE,
    window=WindowRule.BY_START,
)
SOURCE_QUALITY_GREENHOUSE = Measure(
    key="source-quality-greenhouse",
    name="Source quality",
    after="Greenhouse: how much of the pipeline was travelled, 0 in the first stage, 1 when hired; take it by source",
    quantity=Quantity.TRAVELLED,
    window=WindowRule.BY_START,
)
