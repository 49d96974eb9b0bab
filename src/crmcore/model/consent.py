"""What a person agreed to: per purpose and channel, until when, and on which evidence."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from crmcore.model.record import Value
from crmcore.model.scalars import Instant, Slug, Text
from crmcore.query.moments import in_utc

__all__ = ["Consent", "ConsentStatus", "Consents", "Decision", "DoNotContact", "most_restrictive", "status_for"]


class Decision(StrEnum):
    """What the person said."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ConsentStatus(StrEnum):
    """What a consent is worth at one instant."""

    UNKNOWN = "unknown"
    """The person was never asked."""
    VALID = "valid"
    EXPIRED = "expired"
    REFUSED = "refused"


class DoNotContact(Value):
    """The person wants to be left alone, on every channel and for every purpose."""

    since: Instant | None = None
    reason: Text = ""
    source: Text = ""


class Consent(Value):
    """One decision, for one purpose, over one channel; an empty channel means all of them."""

    purpose: Slug = Field(description="Such as recruiting, marketing or store.")
    channel: Annotated[str, Field(pattern=r"^(?:[a-z][a-z0-9_]*)?$", max_length=64)] = ""
    decision: Decision
    decided_at: Instant
    expires_at: Instant | None = None
    ground: Text = Field(default="", description="The lawful ground, where it is not the consent itself.")
    source: Text = ""
    evidence: Text = Field(default="", description="Where the proof lies: a form, a message id, an attachment hash.")

    @property
    def key(self) -> str:
        """What it is about: the purpose and the channel."""
        return f"{self.purpose}/{self.channel}"

    def status(self, at: datetime) -> ConsentStatus:
        """Say what it is worth at that instant; it has expired from `expires_at` on."""
        at = in_utc(at)
        if self.decision is not Decision.GRANTED:
            return ConsentStatus.REFUSED
        if self.expires_at is not None and at >= self.expires_at:
            return ConsentStatus.EXPIRED
        return ConsentStatus.VALID

    @property
    def restriction(self) -> tuple[bool, float, float, str]:
        """Sort key: the greatest of several is the most restrictive.

        A refusal beats a grant; of two grants the one that ends first; of two refusals the later one.
        """
        refused = self.decision is not Decision.GRANTED
        ends = self.expires_at.timestamp() if self.expires_at else float("inf")
        return refused, -ends if not refused else 0.0, self.decided_at.timestamp(), self.model_dump_json()


def most_restrictive(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """Keep one consent for each purpose and channel: the one that allows the least.

    This is the rule for merging what several records say. For one record, a later decision replaces the earlier one.
    """
    strictest: dict[str, Consent] = {}
    for consent in consents:
        held = strictest.get(consent.key, consent)
        strictest[consent.key] = max(held, consent, key=lambda one: one.restriction)
    return tuple(strictest[key] for key in sorted(strictest))


def status_for(consents: Iterable[Consent], *, purpose: str, channel: str, at: datetime) -> ConsentStatus:
    """Say what holds for one purpose and channel: a decision on the channel itself goes before one on all channels.

    A refusal for all channels holds for each of them.
    """
    at = in_utc(at)
    about = [consent for consent in consents if consent.purpose == purpose and consent.channel in {"", channel}]
    statuses = {consent.channel: consent.status(at) for consent in about}
    if statuses.get("") is ConsentStatus.REFUSED:
        return ConsentStatus.REFUSED
    return statuses.get(channel, statuses.get("", ConsentStatus.UNKNOWN))


def _one_each(consents: tuple[Consent, ...]) -> tuple[Consent, ...]:
    if len({consent.key for consent in consents}) < len(consents):
        raise ValueError("there are two consents for one purpose and channel; most_restrictive() decides between them")
    return tuple(sorted(consents, key=lambda consent: consent.key))


Consents = Annotated[tuple[Consent, ...], AfterValidator(_one_each)]
"""One consent for each purpose and channel."""
