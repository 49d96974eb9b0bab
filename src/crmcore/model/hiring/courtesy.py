"""How often, and how soon again, people are approached: caps and cool-downs as data."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from crmcore.model.record import Value
from crmcore.model.scalars import Slug

__all__ = ["CoolDown", "Courtesy", "Ending", "FrequencyCap"]

Days = Annotated[int, Field(ge=1, le=36_500)]


class Ending(StrEnum):
    """How an application ended after which somebody is left in peace for a while."""

    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    HIRED = "hired"


class FrequencyCap(Value):
    """Not approached more often than so many times within so many days; what they write to us does not count."""

    at_most: Annotated[int, Field(ge=1, le=1_000)]
    days: Days
    channel: Slug | None = Field(default=None, description="Such as email; None counts all of them together.")


class CoolDown(Value):
    """Not approached again within so many days after an application ended so."""

    after: Ending
    days: Days
    same_job: bool = Field(default=False, description="Whether only the job counts for which they are approached now.")


class Courtesy(Value):
    """What is kept to before anybody is approached; do-not-contact, refusals and snoozing hold whatever it says.

    >>> Courtesy(caps=(FrequencyCap(at_most=2, days=30),), cool_downs=(CoolDown(after="rejected", days=180),)).purpose
    'recruiting'
    """

    purpose: Slug = Field(default="recruiting", description="The consent that is looked at.")
    needs_consent: bool = Field(default=False, description="Whether who was never asked is left alone.")
    caps: tuple[FrequencyCap, ...] = ()
    cool_downs: tuple[CoolDown, ...] = ()
    spares_applicants: bool = Field(default=True, description="Whether who has an active application is left alone.")
    spares_employees: bool = Field(default=True, description="Whether who works for us is left alone.")
