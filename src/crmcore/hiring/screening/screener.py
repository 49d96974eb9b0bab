"""Rules made ready for an instant, and what they say of one applicant after the other."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING

import attrs

from crmcore import _given
from crmcore.errors import InputError
from crmcore.hiring.screening.applicant import Applicant, protected_keys
from crmcore.hiring.screening.judging import Judged, Observed, judged
from crmcore.model.custom import CustomField
from crmcore.model.hiring.application import Application
from crmcore.model.hiring.criteria import QuestionCriterion
from crmcore.model.hiring.screening import FULL, Proposal, ScreeningRules
from crmcore.model.hiring.screening_decision import LoggedFinding, ScreeningDecision
from crmcore.query.checking import checked
from crmcore.query.explaining import explained
from crmcore.query.moments import in_utc
from crmcore.query.resolving import resolved
from crmcore.query.shortening import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from crmcore.model.contact import ContactRecord
    from crmcore.model.events import Event
    from crmcore.model.hiring.criteria import ScreeningCriterion
    from crmcore.model.occasion import Occasion
    from crmcore.model.subjects import Askable
    from crmcore.query.tree import Expression

__all__ = ["Finding", "Screener", "Screening", "proposed"]

MOST_EVIDENCE = 50
LONGEST_TEXT = 300


@attrs.frozen(kw_only=True)
class Finding:
    """What one criterion gives.

    Attributes:
        criterion: which.
        share: how much of it is met, in parts of 10,000; None where it is not known.
        points: what it adds to the score, in parts of 10,000 of the whole; all of them together are its `value`.
        at_stake: what lies between none of it and all of it, while it is not known; all of them are `high - low`.
        evidence: what was seen, each with its field.

    """

    criterion: ScreeningCriterion
    share: int | None
    points: int
    at_stake: int
    evidence: tuple[Observed, ...]

    @property
    def said(self) -> str:
        """Whether it is met, in a word or two."""
        if self.share is None:
            return "unknown"
        return "met" if self.share == FULL else f"{self.share / 100:.0f} % met" if self.share else "not met"

    def __str__(self) -> str:
        seen = "; ".join(map(str, self.evidence)) or "nothing is known"
        must = ", must" if self.criterion.is_must else ""
        label = self.criterion.label or self.criterion.key
        return f"{label} (weight {self.criterion.weight}{must}): {self.said}, {self.points / 100:.1f}; {seen}"

    def logged(self) -> LoggedFinding:
        """Return it as a decision keeps it."""
        return LoggedFinding(
            criterion=self.criterion.key,
            weight=self.criterion.weight,
            is_must=self.criterion.is_must,
            share=self.share,
            evidence=tuple(str(one)[:LONGEST_TEXT] for one in self.evidence[:MOST_EVIDENCE]),
        )


@attrs.frozen(kw_only=True)
class Screening:
    """What the rules say of one applicant, criterion by criterion. All scores are parts of 10,000.

    Attributes:
        applicant: whose; the id of the contact.
        low, high: the score if all that is not known is missing, and if it is there.
        value: between the two, as the rules count what is not known; what people are ranked by.
        proposal: what the rules propose.
        findings: every criterion, in the order of the rules.

    """

    applicant: str
    low: int
    value: int
    high: int
    proposal: Proposal
    findings: tuple[Finding, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The keys of the criteria that nothing is known of: what to ask the person about."""
        return tuple(finding.criterion.key for finding in self.findings if finding.share is None)

    @property
    def failed(self) -> tuple[str, ...]:
        """The keys of the must-haves that are not fully met."""
        return tuple(
            finding.criterion.key
            for finding in self.findings
            if finding.criterion.is_must and finding.share not in {None, FULL}
        )

    def __str__(self) -> str:
        head = f"{self.applicant}: {self.value / 100:.1f} of 100"
        if self.low < self.high:
            head += f" (from {self.low / 100:.1f} to {self.high / 100:.1f})"
        return "\n".join([f"{head}, {self.proposal.value}", *(f"  {finding}" for finding in self.findings)])


def proposed(*, low: int, high: int, rules: ScreeningRules, is_failed: bool, is_open: bool) -> Proposal:
    """Return what rules propose: what is not known neither advances anybody nor turns them down.

    Whoever nothing is certain of is not advanced even where the threshold is 0.

    Args:
        low, high: between which the score lies, in parts of 10,000.
        rules: with the thresholds.
        is_failed: whether a must-have is not fully met.
        is_open: whether a must-have is not known.

    """
    if is_failed or high < rules.reject_below * 100:
        return Proposal.REJECT
    is_sure = not is_open and low >= max(rules.advance_at * 100, 1)
    return Proposal.ADVANCE if is_sure else Proposal.REVIEW


class Screener:
    """Rules made ready for one instant: checked, and their questions compiled.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import ContactRecord, Skill
    >>> from crmcore.model.hiring.criteria import LanguageCriterion, SkillCriterion
    >>> from crmcore.model.hiring.screening import ScreeningRules
    >>> criteria = [
    ...     SkillCriterion(key="python", name="Python", level="advanced", weight=3, importance="must"),
    ...     LanguageCriterion(key="german", language="de"),
    ... ]
    >>> rules = ScreeningRules(id="r-1", name="Data engineer", criteria=criteria, advance_at=60)
    >>> ada = ContactRecord(id="c-1", skills=(Skill(name="python", level="expert"),))
    >>> print(Screener(rules, at=datetime(2026, 3, 1, tzinfo=UTC)).screen(Applicant.of(ada)))
    c-1: 87.5 of 100 (from 75.0 to 100.0), advance
      python (weight 3, must): met, 75.0; skills/python: python, expert
      german (weight 1): unknown, 12.5; nothing is known
    """

    def __init__(self, rules: ScreeningRules, *, at: datetime, custom_fields: Iterable[CustomField] = ()) -> None:
        """Make rules ready.

        Args:
            rules: what is asked.
            at: as of when; aware. Its day is that of UTC, as a decision keeps it.
            custom_fields: the definitions of contacts, candidates and applications that questions may name.

        Raises:
            LawBroken: a criterion asks for what the law protects.
            InputError: a question cannot be asked of an applicant, or *at* has no time zone.

        """
        at = in_utc(at)
        custom_fields = _given.several(custom_fields, CustomField, "custom_fields")
        _given.one(rules, ScreeningRules, "rules").check_unprotected(custom_fields)
        self.rules = rules
        self.at = at
        self._askable = Applicant.askable_with(custom_fields)
        self._hidden = protected_keys(custom_fields)
        self._checked = {
            one.key: shortened(checked(one.asks, self._askable.subject))
            for one in rules.criteria
            if isinstance(one, QuestionCriterion)
        }
        self.questions: Mapping[str, Expression] = self._resolved(at)

    def __repr__(self) -> str:
        return f"<Screener of {self.rules.name!r} as of {self.at.isoformat()}: {len(self.rules.criteria)} criteria>"

    def as_of(self, at: datetime) -> Screener:
        """Return the same rules ready for another instant; what does not depend on it is not made ready again."""
        at = in_utc(at)
        other = copy(self)
        other.at, other.questions = at, self._resolved(at)
        return other

    def _resolved(self, at: datetime) -> dict[str, Expression]:
        return {key: resolved(question, at) for key, question in self._checked.items()}

    def screen(self, applicant: Applicant, *, contact: ContactRecord | None = None) -> Screening:
        """Return what the rules say of an applicant.

        Args:
            applicant: what may be seen of the person.
            contact: the record, where the evidence is to say which source each value came from.

        """
        applicant = _given.one(applicant, Applicant, "applicant")
        day, rules = self.at.date(), self.rules
        ask = partial(self._answered, applicant=applicant)
        found = [judged(criterion, applicant, on=day, ask=ask) for criterion in rules.criteria]
        weighed = list(zip(rules.criteria, found, strict=True))
        sure = sum(one.weight * (known.share or 0) for one, known in weighed)
        open_ = [one.weight * FULL if known.share is None else 0 for one, known in weighed]
        counted = [one.weight * _counts(known, rules) for one, known in weighed]
        findings = tuple(
            Finding(
                criterion=criterion,
                share=one.share,
                points=points,
                at_stake=at_stake,
                evidence=_sourced(one.seen, contact) if contact is not None else one.seen,
            )
            for criterion, one, points, at_stake in zip(
                rules.criteria,
                found,
                _shared_out(counted, rules.total),
                _shared_out(open_, rules.total, after=sure),
                strict=True,
            )
        )
        return self._summed(applicant.id, findings, low=sure, value=sum(counted), high=sure + sum(open_))

    def decided(
        self,
        application: Application,
        applicant: Applicant,
        *,
        id: str,  # noqa: A002
        on: Occasion,
    ) -> tuple[ScreeningDecision, Event]:
        """Screen an application and log the decision: a proposal where a person has to look, else settled at once.

        The applicant is judged as of the occasion. Values of custom fields whose definitions tell of what the law
        protects are not logged.

        Args:
            application: what is decided about.
            applicant: what may be seen of its person.
            id: of the decision.
            on: when, and who or what applies the rules.

        Raises:
            InputError: the applicant is another person, or the rules are of another job.

        """
        rules, application = self.rules, _given.one(application, Application, "application")
        applicant = _given.one(applicant, Applicant, "applicant")
        if application.contact != applicant.id:
            raise InputError(f"application {application.id!r} is of {application.contact!r}, not of {applicant.id!r}")
        if rules.job is not None and rules.job != application.job:
            raise InputError(f"rules {rules.id!r} are of job {rules.job!r}, the application is for {application.job!r}")
        if not self._hidden.isdisjoint(applicant.custom):
            kept = {key: value for key, value in applicant.custom.items() if key not in self._hidden}
            applicant = applicant.evolve(custom=kept)
        screening = (self if on.at == self.at else self.as_of(on.at)).screen(applicant)
        return ScreeningDecision.begin(
            id=id,
            rules=rules,
            contact=applicant.id,
            inputs=applicant.model_dump(mode="json", exclude={"version"}),
            inputs_digest=applicant.digest,
            proposal=screening.proposal,
            findings=[finding.logged() for finding in screening.findings],
            on=on,
            application=application.id,
            job=application.job,
            low=screening.low,
            value=screening.value,
            high=screening.high,
        )

    def _summed(self, who: str, findings: tuple[Finding, ...], *, low: int, value: int, high: int) -> Screening:
        total = self.rules.total
        musts = [finding.share for finding in findings if finding.criterion.is_must]
        return Screening(
            applicant=who,
            low=low // total,
            value=value // total,
            high=high // total,
            proposal=proposed(
                low=low // total,
                high=high // total,
                rules=self.rules,
                is_failed=any(share is not None and share < FULL for share in musts),
                is_open=None in musts,
            ),
            findings=findings,
        )

    def _answered(self, criterion: QuestionCriterion, *, applicant: Applicant) -> Judged:
        proof = explained(self.questions[criterion.key], self._askable.reading(applicant), self.at)
        share = None if proof.outcome is None else FULL if proof.outcome else 0
        lines = [str(leaf).split(None, 1)[1] for leaf in proof.leaves() if leaf.values]
        return Judged(share, tuple(Observed("question", line[:LONGEST_TEXT]) for line in lines))


def _counts(known: Judged, rules: ScreeningRules) -> int:
    """Return what counts of a weight when people are ranked, in parts of 10,000."""
    if known.share is not None:
        return known.share
    return 0 if known.is_unlikely else rules.unknown_counts


def _shared_out(parts: Iterable[int], total: int, *, after: int = 0) -> Iterator[int]:
    """Yield parts of a total as whole numbers that add up to the sum's own: what is rounded off goes to the next.

    >>> list(_shared_out([10_000, 10_000, 10_000], 3))
    [3333, 3333, 3334]
    """
    reached = after
    for part in parts:
        yield (reached + part) // total - reached // total
        reached += part


def put(criterion: QuestionCriterion, askable: Askable, *, at: datetime) -> Expression:
    """Return the question of a criterion, checked for applicants and resolved at an instant."""
    at = in_utc(at)
    return resolved(shortened(checked(criterion.asks, askable.subject)), at)


def _sourced(seen: tuple[Observed, ...], contact: ContactRecord) -> tuple[Observed, ...]:
    """Say of each value where the contact has it from, as far as anybody noted it."""
    return tuple(
        attrs.evolve(one, sources=tuple(dict.fromkeys(origin.source for origin in contact.provenance[one.field])))
        if one.field in contact.provenance
        else one
        for one in seen
    )
