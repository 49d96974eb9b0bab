"""Whether somebody may be approached now, over one channel, and if not, why and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from crmcore._given import one, one_or_none, several
from crmcore.errors import InputError
from crmcore.hiring.pools.relationship import direction_of
from crmcore.model.candidate import Candidate
from crmcore.model.channels import ChannelState
from crmcore.model.consent import ConsentStatus, status_for
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring.application import Application
from crmcore.model.hiring.courtesy import Courtesy, Ending
from crmcore.model.stage_history import ENDINGS, Verb
from crmcore.model.timeline import Activity
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from crmcore.model.channels import Channel
    from crmcore.model.hiring.courtesy import CoolDown, FrequencyCap
    from crmcore.model.stage_history import Step

__all__ = ["Hindrance", "approachable", "hindrances"]

ENDED_BY = {Verb.REJECT: Ending.REJECTED, Verb.WITHDRAW: Ending.WITHDRAWN, Verb.HIRE: Ending.HIRED}
ADDRESSES = {"email": "emails", "call": "phones", "message": "phones", "phone": "phones", "sms": "phones"}
"""Channel -> the collection of the contact that it needs an entry of; another channel needs none."""


@attrs.frozen(kw_only=True)
class Hindrance:
    """One reason for which somebody is not approached.

    Attributes:
        key: a stable word, such as ``do-not-contact`` or ``cool-down``.
        why: the sentence for people.
        until: when it passes by itself; None for what lasts until something is changed.

    """

    key: str
    why: str
    until: datetime | None = None

    @property
    def is_lasting(self) -> bool:
        """Whether it does not pass by itself."""
        return self.until is None

    def __str__(self) -> str:
        return self.why + (f"; until {self.until.isoformat()}" if self.until else "")


def approachable(hindrances: Iterable[Hindrance]) -> datetime | None:
    """Return from when on somebody may be approached, given all that hinders; None for not before something changes.

    It is the latest end; without any hindrance there is nothing to wait for, which is an error to ask.

    Raises:
        InputError: there is no hindrance.

    """
    every = [*hindrances]
    if not every:
        raise InputError("nothing hinders; they may be approached now")
    ends = [one.until for one in every if one.until is not None]
    return max(ends) if len(ends) == len(every) else None


def hindrances(
    contact: ContactRecord,
    *,
    channel: str,
    at: datetime,
    courtesy: Courtesy | None = None,
    activities: Iterable[Activity] = (),
    applications: Iterable[Application] = (),
    candidate: Candidate | None = None,
    job: str | None = None,
) -> tuple[Hindrance, ...]:
    """Return every reason for which a contact is not approached over a channel at an instant; none where they may be.

    Args:
        contact: whom.
        channel: such as email, call or message: the types of activities, by which caps count.
        at: the instant; aware.
        courtesy: caps and cool-downs; by default none, while consents and wishes hold all the same.
        activities: with them; those of others and later ones are left out.
        applications: theirs; those of others are left out.
        candidate: where they are snoozed.
        job: for which they are approached, if for one.

    Raises:
        InputError: *at* has no time zone.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Activity, Consent, ContactRecord, EmailAddress
    >>> from crmcore.model.hiring.courtesy import FrequencyCap
    >>> at = datetime(2026, 3, 9, tzinfo=UTC)
    >>> ada = ContactRecord(id="c-7").add(EmailAddress(raw="ada@example.org", normal="ada@example.org"))
    >>> mail = Activity(id="m-1", subjects=("c-7",), at=at - timedelta(days=3), author="eva", type="email")
    >>> rules = Courtesy(caps=(FrequencyCap(at_most=1, days=30),))
    >>> [str(one) for one in hindrances(ada, channel="email", at=at, courtesy=rules, activities=[mail])]
    ['approached 1 time in the last 30 days, and the cap is 1; until 2026-04-05T00:00:00+00:00']
    >>> hindrances(ada, channel="email", at=at, activities=[mail])
    ()
    """
    at = in_utc(at)
    contact = one(contact, ContactRecord, "contact")
    activities = several(activities, Activity, "activities")
    applications = several(applications, Application, "applications")
    candidate = one_or_none(candidate, Candidate, "candidate")
    courtesy = one_or_none(courtesy, Courtesy, "courtesy")
    rules = courtesy or Courtesy()
    theirs = [(one.job, step) for one in applications if one.contact == contact.id and (step := _last_step(one, at))]
    known = [one for one in activities if contact.id in one.subjects and one.at <= at]
    return (
        *_wishes(contact, rules, channel, at),
        *_addresses(contact, channel),
        *_snoozed(candidate, at),
        *(hindrance for cap in rules.caps for hindrance in _capped(cap, known, channel, at)),
        *(hindrance for rule in rules.cool_downs for hindrance in _cooling(rule, theirs, job, at)),
        *_spared(contact, rules, theirs),
    )


def _wishes(contact: ContactRecord, rules: Courtesy, channel: str, at: datetime) -> Iterator[Hindrance]:
    wish = contact.do_not_contact
    if wish is not None and (wish.since is None or wish.since <= at):
        yield Hindrance(key="do-not-contact", why=f"they want no contact at all{_because(wish.reason)}")
    known = [one for one in contact.consents if one.decided_at <= at]
    match status_for(known, purpose=rules.purpose, channel=channel, at=at):
        case ConsentStatus.REFUSED:
            yield Hindrance(key="consent-refused", why=f"they refused {rules.purpose} over {channel}, or took it back")
        case ConsentStatus.EXPIRED:
            yield Hindrance(key="consent-expired", why=f"their consent to {rules.purpose} has expired")
        case ConsentStatus.UNKNOWN if rules.needs_consent:
            yield Hindrance(key="consent-missing", why=f"they were never asked about {rules.purpose}")
        case _:
            pass


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _addresses(contact: ContactRecord, channel: str) -> Iterator[Hindrance]:
    if channel not in ADDRESSES:
        return
    held: Sequence[Channel] = getattr(contact, ADDRESSES[channel])
    if any(one.usable for one in held):
        return
    states = {one.status.state for one in held}
    if not held:
        yield Hindrance(key="no-address", why=f"there is nothing to reach them by over {channel}")
    elif any(state.refuses for state in states):
        yield Hindrance(key="opted-out", why=f"they asked not to be reached over {channel}")
    else:
        told = ", ".join(sorted(states - {ChannelState.ACTIVE}))
        yield Hindrance(key="unusable", why=f"nothing that is known for {channel} works: {told}")


def _snoozed(candidate: Candidate | None, at: datetime) -> Iterator[Hindrance]:
    if candidate is not None and candidate.snoozed_until is not None and candidate.snoozed_until > at:
        yield Hindrance(key="snoozed", why="they are left in peace", until=candidate.snoozed_until)


def _capped(cap: FrequencyCap, activities: Sequence[Activity], channel: str, at: datetime) -> Iterator[Hindrance]:
    if cap.channel not in {None, channel}:
        return
    window = timedelta(days=cap.days)
    counted = sorted(
        one.at
        for one in activities
        if direction_of(one) == "out" and one.at > at - window and cap.channel in {None, one.type.value}
    )
    if len(counted) >= cap.at_most:
        times = "time" if len(counted) == 1 else "times"
        yield Hindrance(
            key="cap",
            why=f"approached {len(counted)} {times} in the last {cap.days} days, and the cap is {cap.at_most}",
            until=counted[-cap.at_most] + window,
        )


def _last_step(application: Application, at: datetime) -> Step | None:
    """Return what had happened last at an instant, as we know it today; None before it began."""
    return next((step for step in reversed(application.history.steps) if step.occurred_at <= at), None)


def _cooling(
    rule: CoolDown, applications: Sequence[tuple[str, Step]], job: str | None, at: datetime
) -> Iterator[Hindrance]:
    ends = [
        step.occurred_at
        for which, step in applications
        if ENDED_BY.get(step.verb) is rule.after and (not rule.same_job or which == job)
    ]
    until = max(ends) + timedelta(days=rule.days) if ends else at
    if until > at:
        for_ = "this job" if rule.same_job else "a job"
        yield Hindrance(key="cool-down", why=f"{rule.after.value} for {for_} within {rule.days} days", until=until)


def _spared(contact: ContactRecord, rules: Courtesy, applications: Sequence[tuple[str, Step]]) -> Iterator[Hindrance]:
    active = sorted(which for which, step in applications if step.verb not in ENDINGS)
    if rules.spares_applicants and active:
        yield Hindrance(key="applying", why=f"they are being considered for {', '.join(active)}")
    if rules.spares_employees and contact.linked_user is not None:
        yield Hindrance(key="employee", why="they work for us")
