"""What other rules would have said of the same people: who fares otherwise, why, and which groups lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import attrs
from pydantic import ValidationError

from crmcore import _given
from crmcore.errors import InputError
from crmcore.hiring.screening.applicant import Applicant
from crmcore.hiring.screening.screener import Screener
from crmcore.model.custom import CustomField
from crmcore.model.hiring.screening import FULL, Proposal, ScreeningRules
from crmcore.model.hiring.screening_decision import ScreeningDecision
from crmcore.query.moments import utc_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from crmcore.hiring.screening.screener import Screening
    from crmcore.model.hiring.screening_decision import LoggedFinding

__all__ = ["CriterionChange", "ImpactCheck", "Replay", "Reversal", "replay"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class ImpactCheck(Protocol[T_co]):
    """Says how a selection falls on protected groups, which only it knows; such as a four-fifths report of a vault."""

    def __call__(self, *, applied: frozenset[str], selected: frozenset[str]) -> T_co:
        """Return the report for the applications that were decided on, and those of them that go on."""
        ...


@attrs.frozen
class CriterionChange:
    """What changed in one criterion.

    Attributes:
        criterion: its key.
        before, after: what share of it is met, in parts of 10,000; None where it is not known.
        weight_before, weight_after: 0 where the rules do not have it.
        is_must_before, is_must_after: whether one could not do without.
        seen: what it is judged by now.

    """

    criterion: str
    before: int | None
    after: int | None
    weight_before: int
    weight_after: int
    is_must_before: bool
    is_must_after: bool
    seen: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.weight_before or not self.weight_after:
            share, weight = (self.after, self.weight_after) if self.weight_after else (self.before, self.weight_before)
            return f"{self.criterion}: {'new' if self.weight_after else 'gone'}, {_met(share)}, weight {weight}"
        parts = [] if self.before == self.after else [f"{_met(self.before)} -> {_met(self.after)}"]
        if self.weight_before != self.weight_after:
            parts.append(f"weight {self.weight_before} -> {self.weight_after}")
        if self.is_must_before != self.is_must_after:
            parts.append("a must now" if self.is_must_after else "no must any more")
        return f"{self.criterion}: {', '.join(parts)}" + (f"; {'; '.join(self.seen)}" if self.seen else "")


@attrs.frozen(kw_only=True)
class Reversal:
    """One application of which the other rules say otherwise.

    Attributes:
        decision, application: the ids.
        before, after: the proposals.
        low, high: between which the new score lies.
        why: the criteria that changed; none where only a threshold did.

    """

    decision: str
    application: str
    before: Proposal
    after: Proposal
    low: int
    high: int
    why: tuple[CriterionChange, ...]

    def __str__(self) -> str:
        why = "\n".join(f"  {change}" for change in self.why) or "  a threshold"
        return f"{self.application}: {self.before.value} -> {self.after.value}\n{why}"


@attrs.frozen(kw_only=True)
class Replay(Generic[T]):
    """What other rules would have said.

    Attributes:
        rules_digest: the version of the rules that were tried.
        reversals: who would be told otherwise, in the order of the decisions.
        unchanged: how many would not.
        without_inputs: the decisions that were not replayed: nothing of what they were based on was logged or given.
        before, after: the report of the check for the selection by the logged proposals, and by the new ones; None
            without a check.

    """

    rules_digest: str
    reversals: tuple[Reversal, ...]
    unchanged: int
    without_inputs: tuple[str, ...]
    before: T | None = None
    after: T | None = None

    def __str__(self) -> str:
        head = f"{len(self.reversals)} of {len(self.reversals) + self.unchanged} would be told otherwise"
        left = f"; {len(self.without_inputs)} without inputs" if self.without_inputs else ""
        return "\n".join([head + left, *map(str, self.reversals)])


def replay(
    decisions: Iterable[ScreeningDecision],
    rules: ScreeningRules,
    *,
    applicants: Mapping[str, Applicant] | None = None,
    at: datetime | None = None,
    custom_fields: Iterable[CustomField] = (),
    check: ImpactCheck[T] | Callable[..., T] | None = None,
) -> Replay[T]:
    """Apply other rules to what was decided before, and tell who would be told otherwise and why.

    Args:
        decisions: as they were logged.
        rules: the rules to try; nothing is stored.
        applicants: contact -> what may be seen of the person now; without it each is judged by its logged inputs.
        at: as of when; without it each is judged as of when it was decided.
        custom_fields: the definitions that questions may name.
        check: called with ``applied`` and ``selected``, the ids of applications, once for the logged proposals and
            once for the new ones. Selected is who is not proposed for rejection.

    Raises:
        LawBroken: the rules ask for what the law protects.
        InputError: logged inputs that cannot be read; names the decision.

    """
    utc_or_none(at)
    definitions = _given.several(custom_fields, CustomField, "custom_fields")
    told: list[tuple[ScreeningDecision, Screening]] = []
    without: list[str] = []
    _given.one(rules, ScreeningRules, "rules").check_unprotected(definitions)
    screener = None if at is None else Screener(rules, at=at, custom_fields=definitions)
    for decision in _given.several(decisions, ScreeningDecision, "decisions"):
        applicant = _inputs(decision) if applicants is None else applicants.get(decision.contact)
        if applicant is None:
            without.append(decision.id)
            continue
        moment = at or decision.at
        if screener is None:
            screener = Screener(rules, at=moment, custom_fields=definitions)
        elif screener.at != moment:
            screener = screener.as_of(moment)
        told.append((decision, screener.screen(applicant)))
    reversals = tuple(_reversal(old, new) for old, new in told if old.proposal is not new.proposal)
    return Replay(
        rules_digest=rules.digest,
        reversals=reversals,
        unchanged=len(told) - len(reversals),
        without_inputs=tuple(without),
        before=_checked(check, ((old.application, old.proposal) for old, _ in told)),
        after=_checked(check, ((old.application, new.proposal) for old, new in told)),
    )


def _inputs(decision: ScreeningDecision) -> Applicant | None:
    if decision.inputs is None:
        return None
    try:
        applicant = Applicant.model_validate(decision.inputs)
    except ValidationError as error:
        raise InputError(
            f"the inputs of decision {decision.id!r} cannot be read: {error.errors()[0]['msg']}"
        ) from error
    if applicant.digest != decision.inputs_digest:
        raise InputError(f"the inputs of decision {decision.id!r} are not those that it was based on")
    return applicant


def _checked(check: ImpactCheck[T] | Callable[..., T] | None, proposals: Iterable[tuple[str, Proposal]]) -> T | None:
    if check is None:
        return None
    known = dict(proposals)
    selected = frozenset(who for who, proposal in known.items() if proposal is not Proposal.REJECT)
    return check(applied=frozenset(known), selected=selected)


def _reversal(decision: ScreeningDecision, screening: Screening) -> Reversal:
    before = {one.criterion: one for one in decision.findings}
    after = {one.criterion.key: one.logged() for one in screening.findings}
    changes = [_change(key, before.get(key), after.get(key)) for key in dict.fromkeys((*before, *after))]
    return Reversal(
        decision=decision.id,
        application=decision.application,
        before=decision.proposal,
        after=screening.proposal,
        low=screening.low,
        high=screening.high,
        why=tuple(filter(None, changes)),
    )


def _change(key: str, old: LoggedFinding | None, new: LoggedFinding | None) -> CriterionChange | None:
    change = CriterionChange(
        key,
        old.share if old else None,
        new.share if new else None,
        old.weight if old else 0,
        new.weight if new else 0,
        is_must_before=old.is_must if old else False,
        is_must_after=new.is_must if new else False,
        seen=new.evidence if new else (),
    )
    same = (change.before, change.weight_before, change.is_must_before) == (
        change.after,
        change.weight_after,
        change.is_must_after,
    )
    return None if same else change


def _met(share: int | None) -> str:
    return "unknown" if share is None else "met" if share == FULL else f"{share / 100:.0f} %"
