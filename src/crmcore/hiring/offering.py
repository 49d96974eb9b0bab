"""Offers, seats and applications in step: each verb changes all the records that it concerns, or none of them.

An offer that goes out reserves its seat; one that is declined, runs out or is taken back releases it. Hiring fills the
seat, and who does not come after all frees it again. What would sell a seat twice is refused.

============  ===================================  ======================  =====================
verb          the offer                            the seat                the application
============  ===================================  ======================  =====================
draft         draft                                (as it is)              must be active
seat          as it was: it holds none             must not be closed      (as it is)
submit        in approval, or approved at once     (as it is)              must be active
send          sent                                 open -> reserved        must be active
accept        accepted                             must be reserved, or    must be active
                                                   open if it had expired
decline       declined                             reserved -> open        (as it is)
expire        expired                              reserved -> open        (as it is)
extend        as it was, or out again if it had    (as it is), or open ->  must be active, if
              expired                              reserved                it had expired
rescind       rescinded                            -> open                 hired -> active
renege        reneged                              -> open                 hired -> active
revise        draft of a new version               (as it is)              must be active
hire          must be accepted, if there is one    -> filled               active -> hired
unhire        (as it is)                           filled -> open, or      hired -> active
                                                   reserved for the offer
settle        what fits how the application ended  -> open                 has ended
============  ===================================  ======================  =====================

Write the records of a result in one unit of work, with its events. The store refuses a second live offer of one
application, and a second offer for one seat, by their unique keys: see :meth:`Offer.unique_keys`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._given import one, several
from crmcore.errors import InputError, LawBroken
from crmcore.hiring._in_step import InStep, OfferChange, check_active, check_held, check_job, check_job_of, told
from crmcore.model.hiring.job import JobStatus
from crmcore.model.hiring.offer import Offer
from crmcore.model.hiring.offer_steps import OfferStatus, OfferVerb
from crmcore.model.hiring.opening import SEATS, OpeningStatus, SeatVerb
from crmcore.model.stage_history import STEPS, Status, Verb
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.hiring.application import Application
    from crmcore.model.hiring.approval import ApprovalFlow
    from crmcore.model.hiring.job import Job
    from crmcore.model.hiring.opening import Opening
    from crmcore.model.hiring.terms import OfferTerms
    from crmcore.model.occasion import Occasion

__all__ = [
    "OfferChange",
    "accept",
    "decline",
    "draft",
    "expire",
    "extend",
    "hire",
    "renege",
    "rescind",
    "revise",
    "seat",
    "send",
    "settle",
    "submit",
    "unhire",
]


def draft(
    *,
    id: str,  # noqa: A002
    application: Application,
    opening: Opening,
    job: Job,
    terms: OfferTerms,
    on: Occasion,
    among: Iterable[Offer] = (),
) -> OfferChange:
    """Write an offer's first version.

    Args:
        id: of the offer.
        application: whom it is for.
        opening: the seat; it is reserved when the offer is sent.
        job: the job of both.
        terms: what is offered.
        on: when and by whom.
        among: the application's other offers, none of which may be live; the store looks at it too.

    Raises:
        InputError: they do not belong together.
        IllegalStep: the application has ended, or the job or the seat is not open.
        LawBroken: the application has a live offer.

    """
    three = InStep(opening=opening, application=application, on=on)
    check_job(job, application, OfferVerb.DRAFT, None)
    for other in several(among, Offer, "among"):
        if other.application == application.id and other.is_live:
            raise LawBroken(
                f"application {application.id!r} has offer {other.id!r}, which is {other.status.value}; revise that one"
            )
    _check_not_closed(opening)
    three.offers(Offer.draft(id=id, application=application, opening=opening, terms=terms, on=on))
    return three.done()


def seat(offer: Offer, *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Have an offer that holds no seat be for another one, such as where its own was closed.

    Args:
        offer: which.
        opening: the other seat; it is reserved when the offer is sent.
        application: that of the offer.
        on: when and by whom.

    Raises:
        InputError: they do not belong together.
        IllegalStep: the seat is closed.
        LawBroken: the offer holds its seat, or has ended; or it is for that seat already.

    """
    three = InStep(opening=opening, application=application, on=on)
    if one(offer, Offer, "offer").application != application.id:
        raise InputError(f"offer {offer.id!r} is for application {offer.application!r}, not for {application.id!r}")
    if offer.opening == opening.id:
        raise LawBroken(f"offer {offer.id!r} is for opening {opening.id!r} already")
    _check_not_closed(opening)
    three.offers(offer.seat(opening, on=on))
    return three.done()


def submit(
    offer: Offer,
    *,
    opening: Opening,
    application: Application,
    job: Job,
    on: Occasion,
    flow: ApprovalFlow | None = None,
) -> OfferChange:
    """Ask for approval by a flow: with one more group, if it has one for that, where the pay is outside the job's band.

    Raises:
        IllegalStep: it is not a draft; the application has ended, or the job is not open.
        InputError, LawBroken: see :meth:`Offer.submit`.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    check_job(job, application, OfferVerb.SUBMIT, offer)
    check_active(application, offer, OfferVerb.SUBMIT)
    three.offers(offer.submit(flow, on=on, job=job))
    return three.done()


def send(offer: Offer, *, opening: Opening, application: Application, job: Job, on: Occasion) -> OfferChange:
    """Send what was approved, and reserve the seat.

    Raises:
        IllegalStep: it is not approved; the application has ended; the job is not open; the seat is closed.
        LawBroken: somebody else has the seat.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    check_job(job, application, OfferVerb.SEND, offer)
    check_active(application, offer, OfferVerb.SEND)
    three.offers(offer.send(on=on))
    three.reserve()
    return three.done()


def accept(offer: Offer, *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Note that the person said yes; the seat stays reserved until they are hired.

    A yes that was said in time, and is told after the offer was noted as expired, overtakes that: the seat was released
    then, and is reserved again from when we learn of it, unless somebody else has it by now.

    Raises:
        IllegalStep: it is not out, or its time is over; the application has ended.
        LawBroken: the seat is not kept for them, or has gone to somebody else since the offer expired.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    check_active(application, offer, OfferVerb.ACCEPT)
    three.offers(offer.accept(on=on))
    if offer.status is OfferStatus.EXPIRED:
        three.reserve_again()
    elif not three.is_holder or opening.status is not OpeningStatus.RESERVED:
        raise LawBroken(
            f"opening {opening.id!r} is {told(opening)}, and not kept for application {application.id!r}; "
            f"rescind offer {offer.id!r}, or reserve a seat for it"
        )
    return three.done()


def decline(offer: Offer, reason: str = "", *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Note that the person said no, and release the seat; the application goes on, or is withdrawn by its own verb.

    Who was hired without the offer keeps the seat; so it is with `expire`.

    Raises:
        IllegalStep: no version is out.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    three.offers(offer.decline(reason, on=on))
    three.free(held=offer.holds_seat)
    return three.done()


def expire(offer: Offer, *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Note that its time is over, and release the seat; refused before it is.

    Raises:
        IllegalStep: it is not out, or its time is not over.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    three.offers(offer.expire(on=on))
    three.free(held=offer.holds_seat)
    return three.done()


def extend(offer: Offer, until: datetime, *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Give the person more time to answer, or less.

    More time that was given before the offer was noted as expired, and is told after, overtakes that, as `accept` does.

    Raises:
        IllegalStep: it is not out, or the new end is over already; it had expired, and the application has ended.
        LawBroken: it had expired, and the seat has gone to somebody else since, or another version was written.
        InputError: they do not belong together; or the new end is no instant.

    """
    end = in_utc(until)
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    extended = offer.extend(end, on=on)
    three.offers(extended)
    if extended[0].holds_seat and not offer.holds_seat:
        check_active(application, offer, OfferVerb.EXTEND)
        three.reserve_again()
    return three.done()


def rescind(offer: Offer, reason: str = "", *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Take back what went out, and free the seat; who was hired already is not any more.

    Raises:
        IllegalStep: it never went out, or has ended.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    three.offers(offer.rescind(reason, on=on))
    three.free(held=offer.holds_seat, undoes=True)
    return three.done()


def renege(offer: Offer, reason: str = "", *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Note that the person had accepted, and does not come: free the seat; the application is active again.

    Raises:
        IllegalStep: it was not accepted.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    three.offers(offer.renege(reason, on=on))
    three.free(held=offer.holds_seat, undoes=True)
    return three.done()


def revise(offer: Offer, terms: OfferTerms, *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """Offer something else; a seat that is reserved stays so while it is negotiated.

    Raises:
        IllegalStep: it has been accepted, taken back or discarded; the application has ended.
        LawBroken: nothing is different.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    check_active(application, offer, OfferVerb.REVISE)
    three.offers(offer.revise(terms, on=on))
    return three.done()


def hire(
    *,
    application: Application,
    opening: Opening,
    on: Occasion,
    offer: Offer | None = None,
    job: Job | None = None,
) -> OfferChange:
    """Hire the person, and fill the seat; with an offer, which they accepted, or without.

    Args:
        application, opening: who is hired, onto which seat.
        on: when, by whom and why.
        offer: the one that they have, if any.
        job: that of both, which must not have been closed then; without it that is not looked at.

    Raises:
        IllegalStep: the offer is not accepted; the application is not active; the seat is closed, or filled already; or
            the job is closed.
        LawBroken: somebody else has the seat.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    if job is not None:
        check_job_of(job, application)
        if job.was(on.at) is JobStatus.CLOSED:
            raise STEPS.refusal(application.status, Verb.HIRE, why=f"job {job.id!r} is closed; reopen it")
    if offer is not None and offer.status is not OfferStatus.ACCEPTED:
        raise STEPS.refusal(application.status, Verb.HIRE, why=f"offer {offer.id!r} is {offer.status.value}")
    if offer is not None and not three.is_holder:
        raise LawBroken(f"opening {opening.id!r} is {told(opening)}; offer {offer.id!r} has no seat")
    three.applies(application.hire(on=on))
    three.seats(opening.fill(application.id, on=three.occasion()))
    return three.done()


def unhire(*, application: Application, opening: Opening, on: Occasion, offer: Offer | None = None) -> OfferChange:
    """Undo a hire that was noted by mistake, or too early: the seat is free, or reserved where the offer stands.

    Who had accepted and does not come: :func:`renege`. Whom we do not take after all: :func:`rescind`.

    Raises:
        IllegalStep: the application is not hired.
        LawBroken: the seat is not theirs.
        InputError: they do not belong together.

    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    three.applies(application.unhire(on=on))
    if not three.is_holder:
        raise LawBroken(f"opening {opening.id!r} is {told(opening)}, not filled by application {application.id!r}")
    check_held(application, opening, on=on, status=OpeningStatus.FILLED)
    three.seats(opening.unfill(on=three.occasion()))
    if offer is not None and offer.holds_seat:
        three.reserve()
    return three.done()


def settle(offer: Offer, *, opening: Opening, application: Application, on: Occasion) -> OfferChange:
    """End the offer of an application that has ended, and free its seat; else change nothing.

    What never went out is discarded. Of what did: a person who withdrew declines, or reneges after accepting; one whom
    we rejected, or transferred to another job, has it rescinded.
    """
    three = InStep(offer=offer, opening=opening, application=application, on=on)
    if application.status in {Status.ACTIVE, Status.HIRED} or not offer.is_live:
        return three.done()
    three.offers(_settled(offer, by_them=application.status is Status.WITHDRAWN, on=on))
    three.free(held=offer.holds_seat, undoes=True)
    return three.done()


def _check_not_closed(opening: Opening) -> None:
    if opening.status in {None, OpeningStatus.CLOSED}:
        raise SEATS.refusal(opening.status, SeatVerb.RESERVE)


def _settled(offer: Offer, *, by_them: bool, on: Occasion) -> tuple[Offer, Event]:
    if not offer.holds_seat:
        return offer.discard(on=on)
    if not by_them:
        return offer.rescind(on=on)
    return offer.renege(on=on) if offer.status is OfferStatus.ACCEPTED else offer.decline(on=on)
