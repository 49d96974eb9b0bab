"""Silver medallists: who came far, was turned down by us, and would be worth asking again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

from crmcore._given import several
from crmcore.errors import InputError, NotFound
from crmcore.model._chosen import chosen
from crmcore.model.consent import ConsentStatus, status_for
from crmcore.model.hiring.application import Application
from crmcore.model.pipeline import Pipeline, StageCategory
from crmcore.model.stage_history import Status
from crmcore.query.fluent import F
from crmcore.query.moments import in_utc
from crmcore.query.tree import And, Expression, Or

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from crmcore.model.contact import ContactRecord
    from crmcore.model.stage_history import StageHistory

    _Known: TypeAlias = tuple[Application, StageHistory]
    """An application, and what was known of its history."""

__all__ = ["HIRING_ORDER", "LeftOut", "Medallist", "Medallists", "silver_medal_question", "silver_medallists"]

HIRING_ORDER = tuple(
    map(StageCategory, "prospect application screening assessment interview reference offer onboarding".split())
)
"""The categories of stages in hiring, from the first to the last; those of deals are not among them."""


@attrs.frozen(kw_only=True)
class Medallist:
    """Somebody worth asking again.

    Attributes:
        contact, application, job: the ids; of several applications the one that came furthest, then the latest.
        reached: the furthest category.
        stage: the stage of it.
        ended_at: when we said no.
        reason: why we did.

    """

    contact: str
    application: str
    job: str
    reached: StageCategory
    stage: str
    ended_at: datetime
    reason: str

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.contact}: reached {self.stage} for {self.job}, rejected {self.ended_at.date()}{why}"


@attrs.frozen
class LeftOut:
    """Somebody who came far and is not asked again, and why."""

    contact: str
    why: str


@attrs.frozen(kw_only=True)
class Medallists:
    """Those worth asking, furthest first, then the latest; and those who would be, but for a reason."""

    found: tuple[Medallist, ...]
    left_out: tuple[LeftOut, ...]


def silver_medallists(
    applications: Iterable[Application],
    *,
    pipelines: Mapping[str, Pipeline],
    contacts: Mapping[str, ContactRecord],
    at: datetime,
    reached: StageCategory | str = StageCategory.INTERVIEW,
    purpose: str = "recruiting",
) -> Medallists:
    """Return who reached a late stage, was rejected by us, and has neither been hired since nor taken consent back.

    All that is known at *at* counts and nothing later. Who went by the stage and was moved back has reached it.

    Args:
        applications: all of the people in question, to all jobs, so that a hire elsewhere is seen.
        pipelines: id -> pipeline, of every application.
        contacts: id -> contact, of every application that came far enough.
        at: the instant of asking.
        reached: the least category that is late.
        purpose: the consent that must not have been refused, withdrawn or expired.

    Raises:
        NotFound: a pipeline or a contact is missing.
        InputError: *reached* is no category of hiring, or *at* has no time zone.

    """
    applications = several(applications, Application, "applications")
    late = _from(reached)
    at = in_utc(at)
    by_contact: dict[str, list[_Known]] = {}
    for application in applications:
        history = application.history.as_known(at)
        if history.steps:
            by_contact.setdefault(application.contact, []).append((application, history))
    best = {who: _best(theirs, pipelines, late) for who, theirs in by_contact.items()}
    found, left_out = [], []
    for who, medallist in best.items():
        if medallist is None:
            continue
        if why := _barred(_of(contacts, "contact", who), by_contact[who], purpose, at):
            left_out.append(LeftOut(who, why))
        else:
            found.append(medallist)
    found.sort(key=lambda one: (-HIRING_ORDER.index(one.reached), -one.ended_at.timestamp(), one.contact))
    return Medallists(found=tuple(found), left_out=tuple(sorted(left_out, key=lambda one: one.contact)))


def _from(reached: StageCategory | str) -> frozenset[StageCategory]:
    """Return a category of hiring and all later ones."""
    category = chosen(StageCategory, reached, what="stage category")
    if category not in HIRING_ORDER:
        raise InputError(f"nobody is hired by way of {category.value!r}; take one of {', '.join(HIRING_ORDER)}")
    return frozenset(HIRING_ORDER[HIRING_ORDER.index(category) :])


def _of(records: Mapping[str, ContactRecord], kind: str, id_: str) -> ContactRecord:
    if id_ not in records:
        raise NotFound(kind, id_)
    return records[id_]


def _best(
    applications: Iterable[_Known], pipelines: Mapping[str, Pipeline], late: frozenset[StageCategory]
) -> Medallist | None:
    every = [
        medallist
        for one, history in applications
        if history.status is Status.REJECTED and (medallist := _medallist(one, history, pipelines, late)) is not None
    ]
    return max(every, key=lambda one: (HIRING_ORDER.index(one.reached), one.ended_at, one.application), default=None)


def _medallist(
    application: Application, history: StageHistory, pipelines: Mapping[str, Pipeline], late: frozenset[StageCategory]
) -> Medallist | None:
    if application.pipeline not in pipelines:
        raise NotFound("pipeline", application.pipeline)
    pipeline = pipelines[application.pipeline]
    stages = [(pipeline.stage(stay.stage).category, stay.stage) for stay in history.stays]
    far = [(HIRING_ORDER.index(category), stage) for category, stage in stages if category in late]
    if not far:
        return None
    end = history.steps[-1]
    place, stage = max(far, key=lambda one: one[0])
    return Medallist(
        contact=application.contact,
        application=application.id,
        job=application.job,
        reached=HIRING_ORDER[place],
        stage=stage,
        ended_at=end.occurred_at,
        reason=end.reason,
    )


def _barred(contact: ContactRecord, applications: Iterable[_Known], purpose: str, at: datetime) -> str:
    """Return why somebody who came far is not asked again, or ""."""
    statuses = {history.status for _, history in applications}
    if Status.HIRED in statuses:
        return "was hired for another job"
    if contact.linked_user is not None:
        return "works for us"
    if Status.ACTIVE in statuses:
        return "is being considered for another job"
    if contact.do_not_contact is not None:
        return "wants no contact"
    known = [one for one in contact.consents if one.decided_at <= at]
    status = status_for(known, purpose=purpose, channel="", at=at)
    if status in {ConsentStatus.REFUSED, ConsentStatus.EXPIRED}:
        return f"consent to {purpose} is {status.value}"
    return ""


def silver_medal_question(
    pipelines: Iterable[Pipeline],
    *,
    reached: StageCategory | str = StageCategory.INTERVIEW,
    purpose: str = "recruiting",
) -> Expression:
    """Return the question for a segment of silver medallists among contacts.

    It asks for a rejected application that ended in a stage of the category or a later one, or was ever moved to one,
    by the keys of the stages; for no hire, no active application, no wish to be left alone since some day, and no
    consent that was refused. One that has expired is seen by :func:`silver_medallists`, and by :func:`hindrances`.

    Args:
        pipelines: whose stages count.
        reached: the least category that is late.
        purpose: the consent that must not have been refused or withdrawn.

    Raises:
        InputError: *reached* is no category of hiring.

    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> keys = {"applied": "application", "onsite": "interview"}
    >>> stages = [Stage(key=key, label=key, category=category) for key, category in keys.items()]
    >>> from crmcore.query import printed
    >>> print(printed(silver_medal_question([Pipeline(id="p-1", name="Engineering", stages=stages)]))[:60])
    applications has (status == "rejected" and (stage in exactly
    """
    pipelines = several(pipelines, Pipeline, "pipelines")
    late = _from(reached)
    keys = sorted({stage.key for pipeline in pipelines for stage in pipeline.stages if stage.category in late})
    reached_it = Or((F.stage.in_(keys), F.activity("application.moved").any(F["data.after"].in_(keys))))
    refused = And((F.purpose == purpose, F.channel.is_missing(), F.decision.in_(["refused", "withdrawn"])))
    return And(
        (
            F.applications.any(F.status == Status.REJECTED.value, reached_it),
            F.applications.none(F.status.in_([Status.HIRED.value, Status.ACTIVE.value])),
            F.consents.none(refused),
            F.do_not_contact_since.is_missing(),
            F.linked_user.is_missing(),
        )
    )
