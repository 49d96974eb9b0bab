"""How a person came to us: the origin, every touch, and who is credited. Three different things."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from crmcore._messages import offered
from crmcore.errors import InputError
from crmcore.model.record import Id, Value
from crmcore.model.scalars import Instant, Slug, Text

__all__ = ["Credit", "Credits", "Origin", "Touch", "Touches", "origin_of"]


class Origin(StrEnum):
    """By which road the person came in; a closed list, unlike the names of sources."""

    APPLIED = "applied"
    SOURCED = "sourced"
    REFERRED = "referred"
    AGENCY = "agency"
    INTERNAL = "internal"
    UNIVERSITY = "university"
    EVENT = "event"
    IMPORTED = "imported"


def origin_of(word: Origin | str) -> Origin:
    """Return an origin by its word; raise InputError with those that there are where there is none."""
    if word not in list(Origin):
        shown = str(word)[:40]
        raise InputError(f"{shown!r} is no origin; {offered(shown, [each.value for each in Origin])}")
    return Origin(word)


class Touch(Value):
    """One contact with one source, such as a visit from a job board. All are kept; first and last are derived."""

    source: Text = Field(min_length=1)
    at: Instant | None = None
    medium: Text = ""
    campaign: Text = ""
    link: Text = Field(default="", description="The token of the tracking link.")

    @property
    def sort_key(self) -> tuple[bool, float, str, str, str, str]:
        """Undated touches come last; equal instants are told apart by their texts."""
        at = self.at.timestamp() if self.at else 0.0
        return self.at is None, at, self.source, self.medium, self.campaign, self.link


class Credit(Value):
    """The part that one person or organisation has in having won the contact."""

    kind: Slug = Field(description="Such as referrer, sourcer or agency.")
    id: Id
    share: Annotated[Decimal, Field(gt=0, le=1, max_digits=10)]


def _all_of_one(credits: tuple[Credit, ...]) -> tuple[Credit, ...]:  # noqa: A002 - the field's own name
    total = sum(credit.share for credit in credits)
    if credits and total != 1:
        raise ValueError(f"the shares of the credits sum to {total}, not to 1")
    if len({(credit.kind, credit.id) for credit in credits}) < len(credits):
        raise ValueError("one person or organisation is credited twice in the same part; add up the shares")
    return tuple(sorted(credits, key=lambda credit: (-credit.share, credit.kind, credit.id)))


def _in_time(touches: tuple[Touch, ...]) -> tuple[Touch, ...]:
    return tuple(sorted(dict.fromkeys(touches), key=lambda touch: touch.sort_key))


Credits = Annotated[tuple[Credit, ...], AfterValidator(_all_of_one)]
Touches = Annotated[tuple[Touch, ...], AfterValidator(_in_time)]
