"""Contact records as columns that matching compares: what each says, one cell a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crmcore.model import ContactRecord
    from crmcore.ports import Cell

__all__ = ["CONTACT_ROLES", "contact_columns", "contacts_in"]


def _texts(values: Iterable[str]) -> Cell:
    return tuple(dict.fromkeys(value for value in values if value)) or None


def _sites(contact: ContactRecord, site: str) -> Cell:
    return _texts(link.handle or link.key for link in contact.links if link.site == site)


def _companies(contact: ContactRecord) -> Cell:
    employers = (job.company_normal or job.company for job in contact.employments)
    return _texts([*employers, *(link.normal or link.name for link in contact.affiliations)])


_COLUMNS: Mapping[Role, Callable[[ContactRecord], Cell]] = {
    Role.RECORD_ID: lambda contact: contact.id,
    Role.GIVEN_NAME: lambda contact: contact.name.given or None,
    Role.MIDDLE_NAME: lambda contact: contact.name.middle or None,
    Role.FAMILY_NAME: lambda contact: contact.name.family or None,
    Role.EMAIL: lambda contact: _texts(email.key for email in contact.emails),
    Role.PHONE: lambda contact: _texts(phone.normal for phone in contact.phones),
    Role.DATE_OF_BIRTH: lambda contact: None if contact.born is None else str(contact.born),
    Role.BIRTH_PLACE: lambda contact: contact.birth_place or None,
    Role.NATIONAL_ID: lambda contact: contact.national_id or None,
    Role.HOUSE_NUMBER: lambda contact: _texts(address.house_number for address in contact.addresses),
    Role.STREET: lambda contact: _texts(address.street for address in contact.addresses),
    Role.CITY: lambda contact: _texts(address.city for address in contact.addresses),
    Role.POSTCODE: lambda contact: _texts(address.postcode for address in contact.addresses),
    Role.COMPANY: _companies,
    Role.JOB_TITLE: lambda contact: contact.headline or None,
    Role.LINKEDIN: lambda contact: _sites(contact, "linkedin"),
    Role.GITHUB: lambda contact: _sites(contact, "github"),
}

CONTACT_ROLES: Mapping[str, Role] = {role.value: role for role in _COLUMNS}
"""What each column of :func:`contact_columns` holds."""


def contact_columns(contacts: Sequence[ContactRecord]) -> dict[str, list[Cell]]:
    """Return the columns of *contacts*, named by their roles.

    >>> from crmcore.model import ContactRecord, PersonName
    >>> contact_columns([ContactRecord(id="c1", name=PersonName(given="Ada"))])["given_name"]
    ['Ada']
    """
    return {role.value: [read(contact) for contact in contacts] for role, read in _COLUMNS.items()}


def contacts_in(data: object) -> Sequence[ContactRecord] | None:
    """Return *data* if it is a list or tuple of contact records, else None."""
    if not isinstance(data, list | tuple) or not data:
        return None
    return data if all(getattr(type(row), "kind", None) == "contact" for row in data) else None
