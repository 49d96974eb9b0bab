"""What a store knows that bears on approaching people, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from crmcore.hiring import pools
from crmcore.model.candidate import Candidate
from crmcore.model.hiring import Application
from crmcore.model.timeline import Activity
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.hiring.pools import Courtesy, Hindrance
    from crmcore.model.contact import ContactRecord
    from crmcore.ports import Reader

__all__ = ["candidate_of", "hindrances_of"]


def hindrances_of(
    reader: Reader,
    contacts: Iterable[ContactRecord],
    *,
    channel: str,
    at: datetime,
    courtesy: Courtesy | None,
    job: str | None,
) -> dict[str, tuple[Hindrance, ...]]:
    """Return every reason not to approach each of several contacts, by id; an empty one for who may be approached."""
    people = {each.id: each for each in contacts}
    if not people:
        return {}
    ids = sorted(people)
    activities, applications = defaultdict[str, list[Activity]](list), defaultdict[str, list[Application]](list)
    for activity in reader.stream(Activity, F.subject.in_(ids)):
        for subject in activity.subjects:
            activities[subject].append(activity)
    for application in reader.stream(Application, F.contact.in_(ids)):
        applications[application.contact].append(application)
    candidates = defaultdict[str, list[Candidate]](list)
    for candidate in reader.stream(Candidate, F.contact.in_(ids)):
        candidates[candidate.contact].append(candidate)
    return {
        id_: pools.hindrances(
            people[id_],
            channel=channel,
            at=at,
            courtesy=courtesy,
            activities=activities[id_],
            applications=applications[id_],
            candidate=candidate_of(candidates[id_]),
            job=job,
        )
        for id_ in ids
    }


def candidate_of(candidates: Iterable[Candidate]) -> Candidate | None:
    """Return what a contact is as a candidate; of several, the one that is left in peace the longest."""
    return max(candidates, key=lambda one: (one.snoozed_until is not None, one.snoozed_until, one.id), default=None)
