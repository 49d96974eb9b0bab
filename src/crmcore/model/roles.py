"""What a person can be to us."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ContactRole"]


class ContactRole(StrEnum):
    """What a person can be to us; several at once."""

    LEAD = "lead"
    CANDIDATE = "candidate"
    CLIENT_CONTACT = "client_contact"
    REFERRER = "referrer"
    EMPLOYEE = "employee"
