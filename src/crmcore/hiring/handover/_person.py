"""What every payload does with the person it is about."""

from __future__ import annotations

from typing import Any

from crmcore._given import one
from crmcore.errors import InputError
from crmcore.hiring.handover.hire import Hire
from crmcore.model.channels import Channel, primary
from crmcore.model.contact import ContactRecord

__all__ = ["Resource", "check_person", "usable", "without_empty"]

Resource = dict[str, Any]
"""A JSON object."""


def check_person(hire: Hire, contact: ContactRecord) -> None:
    one(hire, Hire, "hire")
    one(contact, ContactRecord, "contact")
    if contact.id != hire.contact:
        raise InputError(f"hire {hire.id!r} is of contact {hire.contact!r}, not of {contact.id!r}")


def usable(channels: tuple[Channel, ...]) -> Channel | None:
    """Return the channel to reach somebody by: the primary one, if nothing speaks against it."""
    return primary(tuple(channel for channel in channels if channel.usable)) or next(
        (channel for channel in channels if channel.usable), None
    )


def without_empty(value: Any) -> Any:
    """Return a value without what is empty; RFC 7643, section 2.5: an empty one and none are the same."""
    match value:
        case dict():
            kept = {name: without_empty(inner) for name, inner in value.items()}
            return {name: inner for name, inner in kept.items() if inner not in ("", None, {}, [])}
        case list():
            return [without_empty(inner) for inner in value]
        case _:
            return value
