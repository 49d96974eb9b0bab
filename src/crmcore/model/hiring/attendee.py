"""Who takes part in an interview, and what they answered when they were invited."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from crmcore.model.record import Id, Value
from crmcore.model.scalars import Instant, Text

__all__ = ["Attendee", "Mailbox", "Organiser", "PanelRole", "Panelist", "Response"]


class Response(StrEnum):
    """What an attendee answered; as PARTSTAT of RFC 5545, in small letters."""

    NEEDS_ACTION = "needs_action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    DELEGATED = "delegated"


class PanelRole(StrEnum):
    """What an interviewer is in a panel."""

    LEAD = "lead"
    REQUIRED = "required"
    OPTIONAL = "optional"


Mailbox = Annotated[str, Field(max_length=320, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+$")]
"""A mail address without blanks and control characters, so that it can stand in a header."""


class Organiser(Value):
    """Who invites, and whom the answers go to."""

    email: Mailbox
    name: Text = ""


class Attendee(Value):
    """Somebody who is invited, and what they answered to the invitation as it stands."""

    email: Mailbox | None = Field(default=None, description="None for who is invited in another way.")
    name: Text = ""
    response: Response = Response.NEEDS_ACTION
    responded_at: Instant | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.responded_at is None) != (self.response is Response.NEEDS_ACTION):
            raise ValueError("an answer has the instant at which it was given, and nothing else has")
        return self

    def asked_again(self) -> Self:
        """Return them without their answer."""
        return self.evolve(response=Response.NEEDS_ACTION, responded_at=None)


class Panelist(Attendee):
    """An interviewer."""

    user: Id
    role: PanelRole = PanelRole.REQUIRED

    @property
    def key(self) -> str:
        """What tells them apart in a panel."""
        return self.user

    def answering_as(self, before: Panelist | None) -> Self:
        """Return them with the answer that they gave before; who is new has given none."""
        if before is None:
            return self.asked_again()
        return self.evolve(response=before.response, responded_at=before.responded_at)
