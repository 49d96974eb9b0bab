"""A hire as a user of SCIM 2.0: RFC 7643 for the resource, RFC 7644 for what is sent.

What is sent is listed here, name by name; nothing else of a person's record can get into it. There is no pay in it, and
nothing that equal-opportunity law guards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.errors import InputError
from crmcore.hiring.handover._person import Resource, check_person, usable, without_empty
from crmcore.model.hiring.terms import EmploymentType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from crmcore.hiring.handover.hire import Hire
    from crmcore.model.channels import PostalAddress
    from crmcore.model.contact import ContactRecord

__all__ = ["BULK", "ENTERPRISE", "PATCH", "USER", "Resource", "scim_active", "scim_bulk", "scim_patch", "scim_user"]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

USER_TYPES = {
    EmploymentType.FULL_TIME: "Employee",
    EmploymentType.PART_TIME: "Employee",
    EmploymentType.TEMPORARY: "Temp",
    EmploymentType.CONTRACTOR: "Contractor",
    EmploymentType.INTERN: "Intern",
    EmploymentType.VOLUNTEER: "External",
    EmploymentType.PER_DIEM: "Temp",
    EmploymentType.OTHER: "Unknown",
}
"""The words that RFC 7643, section 4.1.1, suggests; one for each type."""

SINGLE = ("displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone")
TYPED = ("emails", "phoneNumbers", "addresses")
NOT_OURS = frozenset({"schemas", "userName", "externalId", "active"})


def scim_user(
    hire: Hire,
    contact: ContactRecord,
    *,
    user_name: str,
    as_of: date,
    work_email: str = "",
    manager: str | None = None,
    address: PostalAddress | None = None,
    personal: bool = False,
) -> Resource:
    """Return the user to be made of a hire.

    Args:
        hire: the hire; its id becomes the externalId.
        contact: the person.
        user_name: what they log in with; unique there, whatever its case.
        as_of: the day on which it is asked; before their first day the user is not active.
        work_email: their address with the organisation, if there is one.
        manager: the id *there* of whom they report to: look it up first. "" leaves it open.
        address: where they work.
        personal: whether their own e-mail address and telephone are sent too.

    Raises:
        InputError: the contact is somebody else; there is no user name; it is not said who the manager is there.

    """
    check_person(hire, contact)
    if not user_name.strip():
        raise InputError(f"hire {hire.id!r} has no user name; pass one, such as the work e-mail address")
    if hire.manager is not None and manager is None:
        raise InputError(
            f"hire {hire.id!r} reports to {hire.manager!r}; look that user up first, and pass manager=their id there, "
            "or manager='' to leave it open"
        )
    name = contact.name
    user: Resource = {
        "schemas": [USER],
        "externalId": hire.id,
        "userName": user_name,
        "name": {
            "formatted": name.formal,
            "familyName": name.family,
            "givenName": name.given,
            "middleName": name.middle,
            "honorificPrefix": name.prefix,
            "honorificSuffix": name.suffix,
        },
        "displayName": name.full,
        "nickName": name.preferred,
        "title": hire.title,
        "userType": USER_TYPES[hire.employment] if hire.employment else "",
        "preferredLanguage": contact.locale or "",
        "locale": contact.locale or "",
        "timezone": contact.time_zone or "",
        "active": hire.starts_by(as_of),
        "emails": _emails(contact, work_email, personal=personal),
        "phoneNumbers": _phones(contact) if personal else [],
        "addresses": [_address(address)] if address else [],
        ENTERPRISE: {
            "employeeNumber": hire.employee_number,
            "costCenter": hire.cost_centre,
            "organization": hire.organisation,
            "division": hire.division,
            "department": hire.department,
            "manager": {"value": manager or ""},
        },
    }
    kept = without_empty(user)
    return {**kept, "schemas": [USER, ENTERPRISE]} if ENTERPRISE in kept else kept


def scim_patch(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> Resource | None:
    """Return the PATCH that brings a user up to date; None where it is.

    What is not wanted is left as it is there, and so is what others decide: the name for logging in, which address is
    the primary one, and whether the user is active, see :func:`scim_active`. An externalId is set where there is none.

    Args:
        known: the user as it is there.
        wanted: what `scim_user` returns.

    """
    operations: list[Resource | None] = [*_external(known, wanted)]
    operations += [_operation(known.get(name), wanted[name], name) for name in SINGLE if name in wanted]
    for complex_, start in (("name", "name."), (ENTERPRISE, f"{ENTERPRISE}:")):
        there = known.get(complex_) or {}
        for part, value in wanted.get(complex_, {}).items():
            operations.append(_operation(_bare(there.get(part)), value, f"{start}{part}"))
    for name in TYPED:
        operations += _typed(known.get(name) or [], wanted.get(name, []), name)
    told = [operation for operation in operations if operation]
    return {"schemas": [PATCH], "Operations": told} if told else None


def scim_active(*, active: bool) -> Resource:
    """Return the PATCH that lets a user in on the first day, or shuts one out whose hire did not come about."""
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": active}]}


def scim_bulk(users: Iterable[Resource], *, fail_on_errors: int | None = None) -> Resource:
    """Return one request that makes several users; each is called by its externalId until it has an id.

    A manager who is made by the same request is named as ``bulkId:`` and the externalId. Put them in order first, with
    :func:`~crmcore.hiring.handover.managers_first`, and leave out those that exist already.

    Raises:
        InputError: two have one externalId, or one user name.

    """
    users = tuple(users)
    for attribute in ("externalId", "userName"):
        names = [str(user.get(attribute, "")).lower() for user in users]
        if twice := {name for name in names if names.count(name) > 1}:
            raise InputError(f"two users of one request have the {attribute} {min(twice)!r}")
    operations = [{"method": "POST", "path": "/Users", "bulkId": user["externalId"], "data": user} for user in users]
    limit = {} if fail_on_errors is None else {"failOnErrors": fail_on_errors}
    return {"schemas": [BULK], **limit, "Operations": operations}


def _emails(contact: ContactRecord, work: str, *, personal: bool) -> list[Resource]:
    emails = [{"value": work, "type": "work", "primary": True}] if work else []
    own = usable(contact.emails) if personal else None
    if own and own.normal != work:
        emails.append({"value": own.normal, "type": "home", **({} if work else {"primary": True})})
    return emails


def _phones(contact: ContactRecord) -> list[Resource]:
    own = usable(contact.phones)
    kind = own.type if own and own.type in {"mobile", "home"} else "other"
    return [{"value": own.normal, "type": kind, "primary": True}] if own else []


def _address(address: PostalAddress) -> Resource:
    street = " ".join(filter(None, (address.house_number, address.street)))
    return {
        "type": "work",
        "formatted": address.raw,
        "streetAddress": street,
        "locality": address.city,
        "region": address.region,
        "postalCode": address.postcode,
        "country": address.country if len(address.country) == 2 else "",  # RFC 7643 asks for ISO 3166-1 alpha-2
    }


def _external(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Resource]:
    if known.get("externalId") or "externalId" not in wanted:
        return []
    return [{"op": "add", "path": "externalId", "value": wanted["externalId"]}]


def _operation(known: Any, value: Any, path: str) -> Resource | None:
    if known == _bare(value):
        return None
    return {"op": "add" if known in (None, "") else "replace", "path": path, "value": value}


def _bare(value: Any) -> Any:
    """Return what of a manager is ours to say: the id; servers add a name and a link."""
    return value.get("value") if isinstance(value, dict) else value


def _typed(known: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], name: str) -> list[Resource]:
    """Return what brings the items of each wanted type up to date; those of other types stay, also as the primary."""
    there = {str(item.get("type", "")).lower(): item for item in known}
    first = {kind for kind, item in there.items() if item.get("primary")}
    operations: list[Resource] = []
    for item in wanted:
        kind, held = item["type"], there.get(item["type"])
        ours = {part: value for part, value in item.items() if part != "primary" or not first - {kind}}
        if held is None:
            operations.append({"op": "add", "path": name, "value": [ours]})
        elif any(held.get(part) != value for part, value in ours.items()):
            operations.append({"op": "replace", "path": f'{name}[type eq "{kind}"]', "value": ours})
    return operations
