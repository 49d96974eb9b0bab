"""WHO FITS, AND WHY: criteria held against what is known of a person, with the evidence for every point.

*Nouns.* `ScreeningRules` are the criteria of a job, with weights and thresholds. An `Applicant` is what screening may
see of a person. A `Screener` is rules made ready for an instant; a `Screening` is what they say of one applicant, with
a `Finding` for each criterion. A `ScreeningDecision` is what is logged of it, and `replay` tells what other rules
would have said.

*Laws.* What is not known is neither met nor failed, and no more is what a list leaves out: it leaves the score open
between `low` and `high`, advances nobody and turns nobody down. No criterion asks for what the law protects, and an
applicant does not hold it. Scores are whole numbers, so that the same inputs give the same bytes, row by row and over
columns.

>>> from datetime import UTC, datetime
>>> from crmcore.model import ContactRecord, CustomField, Language, Skill
>>> from crmcore.query import F
>>> criteria = [
...     SkillCriterion(key="sql", name="SQL", level="advanced", importance="must", weight=2),
...     LanguageCriterion(key="german", language="de", level="b2"),
...     QuestionCriterion(key="permit", where=F["custom.work_permit"] == "eu", importance="must"),
... ]
>>> rules = ScreeningRules(id="r-1", name="Analyst", criteria=criteria)
>>> permit = CustomField(id="f-1", key="work_permit", label="Work permit")
>>> screener = Screener(rules, at=datetime(2026, 3, 1, tzinfo=UTC), custom_fields=[permit])
>>> eva = ContactRecord(id="c-1", skills=(Skill(name="sql", level="expert"),), languages=(Language(tag="de"),))
>>> screening = screener.screen(Applicant.of(eva))
>>> screening.proposal.value, screening.unknown, screening.low, screening.high
('review', ('german', 'permit'), 5000, 10000)
"""

from crmcore.hiring.screening.applicant import Applicant, answer_fields
from crmcore.hiring.screening.deciding import decided
from crmcore.hiring.screening.judging import Observed
from crmcore.hiring.screening.replaying import CriterionChange, ImpactCheck, Replay, Reversal, replay
from crmcore.hiring.screening.screener import Finding, Screener, Screening
from crmcore.model.hiring.criteria import (
    AvailabilityCriterion,
    DegreeCriterion,
    DegreeLevel,
    ExperienceCriterion,
    Importance,
    LanguageCriterion,
    PayCriterion,
    PlaceCriterion,
    QuestionCriterion,
    SkillCriterion,
)
from crmcore.model.hiring.degrees import degree_span
from crmcore.model.hiring.protected import PROTECTED_FIELDS, PROTECTED_WORDS
from crmcore.model.hiring.screening import HumanReview, Proposal, ScreeningRules
from crmcore.model.hiring.screening_decision import DecisionStatus, LoggedFinding, ScreeningDecision

__all__ = [
    "PROTECTED_FIELDS",
    "PROTECTED_WORDS",
    "Applicant",
    "AvailabilityCriterion",
    "CriterionChange",
    "DecisionStatus",
    "DegreeCriterion",
    "DegreeLevel",
    "ExperienceCriterion",
    "Finding",
    "HumanReview",
    "ImpactCheck",
    "Importance",
    "LanguageCriterion",
    "LoggedFinding",
    "Observed",
    "PayCriterion",
    "PlaceCriterion",
    "Proposal",
    "QuestionCriterion",
    "Replay",
    "Reversal",
    "Screener",
    "Screening",
    "ScreeningDecision",
    "ScreeningRules",
    "SkillCriterion",
    "answer_fields",
    "decided",
    "degree_span",
    "replay",
]
