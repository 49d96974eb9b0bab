"""A hire as an employee of an HR system, in the words of the unified model by which most of them can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._given import one_or_none
from crmcore.errors import InputError, LawBroken
from crmcore.hiring.handover._person import Resource, check_person, usable, without_empty
from crmcore.model.hiring.offer import Offer
from crmcore.model.hiring.offer_steps import OfferStatus

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from crmcore.hiring.handover.hire import Hire
    from crmcore.model.contact import ContactRecord

__all__ = ["employee"]


def employee(
    hire: Hire,
    contact: ContactRecord,
    *,
    as_of: date,
    offer: Offer | None = None,
    work_email: str = "",
    user_name: str = "",
    manager: str | None = None,
    personal: bool = True,
) -> Resource:
    """Return the employee to be made of a hire, with one employment.

    The names are those of Merge's unified HRIS model (Employee and Employment), of which an HR system's own connector
    knows the counterpart; ``remote_id`` is the hire's id. Equal-opportunity data, the day of birth and identity numbers
    have fields in that model, and are never filled: the employee gives them to the employer, not the applicant.

    Args:
        hire: the hire.
        contact: the person.
        as_of: the day on which it is asked; before the first day the employment is pending.
        offer: what was accepted, where the pay is to be handed over; without it there is no pay.
        work_email, user_name: with the organisation, if there are any yet.
        manager: the id there of whom they report to: look it up first. "" leaves it open.
        personal: whether their own e-mail address and telephone are sent too.

    Raises:
        InputError: contact or offer are of somebody else; it is not said who the manager is there; the pay has more
            digits than a number of JSON keeps.
        LawBroken: the offer is not accepted.

    """
    check_person(hire, contact)
    one_or_none(offer, Offer, "offer")
    if hire.manager is not None and manager is None:
        raise InputError(
            f"hire {hire.id!r} reports to {hire.manager!r}; look that employee up first, and pass manager=their id "
            "there, or manager='' to leave it open"
        )
    name = contact.name
    email, phone = (usable(contact.emails), usable(contact.phones)) if personal else (None, None)
    return dict(
        without_empty(
            {
                "remote_id": hire.id,
                "employee_number": hire.employee_number,
                "company": hire.organisation,
                "first_name": name.given,
                "last_name": name.family,
                "preferred_name": name.preferred,
                "display_full_name": name.full,
                "username": user_name,
                "work_email": work_email,
                "personal_email": email.normal if email else "",
                "mobile_phone_number": phone.normal if phone else "",
                "work_location": hire.location,
                "manager": manager or "",
                "team": hire.department,
                "groups": [group for group in (hire.department, hire.division, hire.cost_centre) if group],
                "start_date": _midnight(hire.starts_on),
                "hire_date": _midnight(hire.hired_at.date()),
                "employment_status": "ACTIVE" if hire.starts_by(as_of) else "PENDING",
                "employments": [_employment(hire, offer)],
            }
        )
    )


def _employment(hire: Hire, offer: Offer | None) -> Resource:
    return {
        "job_title": hire.title,
        "effective_date": _midnight(hire.starts_on),
        "employment_type": hire.employment.value.upper() if hire.employment else "",
        **(_pay(hire, offer) if offer else {}),
    }


def _pay(hire: Hire, offer: Offer) -> Resource:
    if offer.id != hire.offer:
        raise InputError(f"offer {offer.id!r} is not that of hire {hire.id!r}")
    if offer.status is not OfferStatus.ACCEPTED:
        raise LawBroken(f"offer {offer.id!r} is {offer.status.value}, not accepted; its pay is nobody's")
    pay = offer.terms.pay
    return {
        "pay_rate": _number(pay.amount),
        "pay_period": offer.terms.period.value.upper(),
        "pay_currency": pay.currency,
    }


def _number(amount: Decimal) -> int | float:
    """Return an amount as a number of JSON that reads back as the same amount."""
    if amount == amount.to_integral_value():
        return int(amount)
    number = float(amount)
    if type(amount)(repr(number)) != amount:
        raise InputError(f"{amount} has more digits than a number of JSON keeps")
    return number


def _midnight(day: date | None) -> str:
    """Return a day as that model writes days: midnight in UTC, whatever the zone."""
    return f"{day.isoformat()}T00:00:00Z" if day else ""
