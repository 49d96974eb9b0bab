"""One hire, as whoever employs the person needs to know of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from pydantic import Field

from crmcore._given import several
from crmcore.errors import InputError, LawBroken
from crmcore.model.hiring.job import TeamRole
from crmcore.model.hiring.offer_steps import OfferStatus
from crmcore.model.hiring.opening import OpeningStatus
from crmcore.model.hiring.terms import EmploymentType
from crmcore.model.record import Id, Value
from crmcore.model.scalars import Instant, Text
from crmcore.model.stage_history import STEPS, Status, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.model.events import Event
    from crmcore.model.hiring.application import Application
    from crmcore.model.hiring.job import Job
    from crmcore.model.hiring.offer import Offer
    from crmcore.model.hiring.opening import Opening
    from crmcore.model.occasion import Occasion

__all__ = ["Hire", "managers_first"]


class Hire(Value):
    """What an employer's systems need of a hire, but for the person's own data and the pay.

    Its id is that of the application, whatever becomes of the hire: who is unhired by mistake and hired again is the
    same one elsewhere. It says no more than :meth:`of` puts in; nothing of the application's answers, stages, scores or
    notes is in it, nor what only those may see who pay or who count.
    """

    id: Id = Field(description="Under which it is known everywhere, such as the externalId of SCIM.")
    contact: Id
    job: Id
    opening: Id
    offer: Id | None = None
    requisition: Id | None = None
    replaces: Id | None = Field(default=None, description="Whose seat it was, of a backfill.")
    hired_at: Instant
    starts_on: date | None = None
    title: Text = Field(min_length=1)
    employment: EmploymentType | None = None
    manager: Id | None = Field(default=None, description="The user whom they report to, or the id of another hire.")
    employee_number: Text = ""
    organisation: Text = ""
    division: Text = ""
    department: Text = ""
    cost_centre: Text = ""
    location: Text = ""

    @classmethod
    def of(
        cls, application: Application, *, opening: Opening, job: Job, offer: Offer | None = None, **more: object
    ) -> Self:
        """Gather a hire from its records.

        Args:
            application: who is hired.
            opening: the seat that they fill.
            job: the job of both.
            offer: what they accepted; its title, days, place and manager count.
            more: what the organisation adds: see the fields of a Hire. They win over what the records say.

        Raises:
            IllegalStep: the application is not hired; nobody else is handed over.
            LawBroken: the seat is not filled by them, or the offer is not accepted.
            InputError: they do not belong together.

        """
        _check_hired(application, opening, job, offer)
        terms = offer.terms if offer else None
        told: dict[str, object] = {
            "id": application.id,
            "contact": application.contact,
            "job": job.id,
            "opening": opening.id,
            "offer": offer.id if offer else None,
            "requisition": opening.requisition,
            "replaces": opening.replaces,
            "hired_at": next(
                step.occurred_at for step in reversed(application.history.steps) if step.verb is Verb.HIRE
            ),
            "title": terms.title if terms else job.title,
            "manager": (terms.manager if terms else None) or _manager(job, application),
        }
        if offer is not None and terms is not None:
            told |= {"starts_on": offer.starts_on, "employment": terms.employment, "location": terms.location}
        return cls.model_validate({**told, **more})

    def starts_by(self, day: date) -> bool:
        """Whether they have begun on a day; nobody has whose first day is not known."""
        return self.starts_on is not None and self.starts_on <= day

    def tells(self, *, on: Occasion) -> Event:
        """Return the event that hands it over: ids, days and place in the organisation; no name, and no pay.

        Whoever consumes it fetches the rest under the rules that hold for them. The same hire told twice has the same
        data: a consumer keeps one per id.
        """
        facts = self.model_dump(mode="json", exclude_none=True)
        data = {name: value for name, value in facts.items() if value != ""}
        return on.about("application.handed_over", kind="application", id=self.id, data=data)


def managers_first(hires: Iterable[Hire]) -> tuple[Hire, ...]:
    """Return hires so that each comes after the one that it reports to, if that is one of them; else as they came.

    Raises:
        InputError: two have one id.
        LawBroken: they report to each other in a circle.

    """
    hires = several(hires, Hire, "hires")
    waiting: dict[str, Hire] = {}
    for hire in hires:
        if hire.id in waiting and waiting[hire.id] != hire:
            raise InputError(f"two hires have the id {hire.id!r}")
        waiting[hire.id] = hire
    done: dict[str, Hire] = {}
    for hire in waiting.values():
        for above in reversed(_upwards(hire, waiting, done)):
            done[above.id] = above
    return tuple(done.values())


def _upwards(hire: Hire, among: dict[str, Hire], done: dict[str, Hire]) -> Sequence[Hire]:
    """Return a hire and those above it that are not done, from the bottom up."""
    chain: dict[str, Hire] = {}
    at: Hire | None = hire
    while at is not None and at.id not in done:
        if at.id in chain:
            circle = " -> ".join([*list(chain)[list(chain).index(at.id) :], at.id])
            raise LawBroken(f"hires report to each other in a circle: {circle}")
        chain[at.id] = at
        at = among.get(at.manager) if at.manager else None
    return tuple(chain.values())


def _check_hired(application: Application, opening: Opening, job: Job, offer: Offer | None) -> None:
    if application.status is not Status.HIRED:
        raise STEPS.refusal(
            application.status, Verb.HIRE, why=f"application {application.id!r} is not to be handed over"
        )
    if {application.job, opening.job} != {job.id}:
        raise InputError(f"application {application.id!r} and opening {opening.id!r} are not both of job {job.id!r}")
    if opening.status is not OpeningStatus.FILLED or opening.holder != application.id:
        raise LawBroken(f"opening {opening.id!r} is not filled by application {application.id!r}")
    if offer is None:
        return
    if (offer.application, offer.opening) != (application.id, opening.id):
        raise InputError(f"offer {offer.id!r} is not for application {application.id!r} and opening {opening.id!r}")
    if offer.status is not OfferStatus.ACCEPTED:
        raise LawBroken(f"offer {offer.id!r} is {offer.status.value}, not accepted")


def _manager(job: Job, application: Application) -> str | None:
    """Return the job's hiring manager, if there is just one."""
    at = application.history.steps[-1].occurred_at
    managers = set(job.active(TeamRole.HIRING_MANAGER, at=at))
    return managers.pop() if len(managers) == 1 else None
