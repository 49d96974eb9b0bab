"""Marks that follow from records: postings, requisitions, jobs, contacts and offers."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from crmcore.model.hiring.offer_steps import OfferVerb
from crmcore.model.hiring.posting import PostingVerb
from crmcore.model.hiring.requisition import RequisitionVerb
from crmcore.reports.pipeline.marks import Mark, MarkKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.model.contact import ContactRecord
    from crmcore.model.hiring import Application, Job
    from crmcore.model.hiring.offer import Offer
    from crmcore.model.hiring.posting import Posting
    from crmcore.model.hiring.requisition import Requisition

__all__ = ["of_contacts", "of_jobs", "of_offers", "of_postings", "of_requisitions"]


def of_postings(postings: Iterable[Posting]) -> Iterator[Mark]:
    """Yield each time that a job was published."""
    for posting in postings:
        for step in posting.history:
            if step.verb is PostingVerb.PUBLISH:
                yield Mark(MarkKind.POSTED, posting.job, step.occurred_at, step.recorded_at)


def of_requisitions(requisitions: Iterable[Requisition], jobs: Iterable[Job]) -> Iterator[Mark]:
    """Yield, for the jobs of each requisition, when it was approved, and when its fill is said to begin and end."""
    known = {requisition.id: requisition for requisition in requisitions}
    for job in jobs:
        for requisition in [known[key] for key in job.requisitions if key in known]:
            for step in requisition.history:
                if step.verb is RequisitionVerb.APPROVE:
                    yield Mark(MarkKind.APPROVED, job.id, step.occurred_at, step.recorded_at)
            yield from _fill(job.id, requisition)


def _fill(job: str, of: Job | Requisition) -> Iterator[Mark]:
    if of.fill_began_at:
        yield Mark(MarkKind.FILL_BEGAN, job, of.fill_began_at)
    if of.fill_ended_at:
        yield Mark(MarkKind.FILL_ENDED, job, of.fill_ended_at)


def of_jobs(jobs: Iterable[Job]) -> Iterator[Mark]:
    """Yield where a job itself says that its fill began and ended."""
    for job in jobs:
        yield from _fill(job.id, job)


def of_contacts(contacts: Iterable[ContactRecord], applications: Iterable[Application]) -> Iterator[Mark]:
    """Yield when the person of each application was in touch."""
    touched = {contact.id: [touch.at for touch in contact.touches if touch.at] for contact in contacts}
    for each in applications:
        for at in touched.get(each.contact, ()):
            yield Mark(MarkKind.TOUCHED, each.id, at)


def of_offers(offers: Iterable[Offer]) -> Iterator[Mark]:
    """Yield the first day of each who accepted, as it was agreed then and later."""
    for offer in offers:
        for step in offer.history:
            if step.verb in (OfferVerb.ACCEPT, OfferVerb.RESCHEDULE):
                day = step.starts_on or offer.versions[step.number - 1].starts_on
                if day is not None:
                    noon = datetime.combine(day, time(12), tzinfo=UTC)
                    yield Mark(MarkKind.STARTED, offer.application, noon, step.recorded_at)
