"""Talent pools: people whom we would like to stay in touch with, apart from any job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from crmcore.errors import InputError, LawBroken
from crmcore.model.consent import ConsentStatus, status_for
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.hiring.pool import MembershipStatus, PoolMembership
from crmcore.model.record import Id, Record
from crmcore.model.scalars import LongText, Slug, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.contact import ContactRecord
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["TalentPool"]

INTERNAL = Sensitivity.INTERNAL


class TalentPool(Record):
    """People whom we would like to stay in touch with, for one kind of work or one reason.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import ContactRecord, Occasion
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva", reason="met at a fair")
    >>> pool = TalentPool(id="data", name="Data people", keeps_days=365, purpose="recruiting")
    >>> pool.admit(ContactRecord(id="c-7"), on=on)
    Traceback (most recent call last):
    crmcore.errors.LawBroken: contact 'c-7' is not put into pool 'data': consent to recruiting is unknown
    >>> pool.evolve(purpose=None).admit(ContactRecord(id="c-7"), on=on)[0].until.year
    2027
    """

    kind: ClassVar[str] = "talent_pool"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("name", sensitivity=INTERNAL),
        one("owner", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("department", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("is_archived", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
    )
    searched: ClassVar[tuple[str, ...]] = ("name",)
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="memberships", kind="pool_membership", there="pool"),
        RelationSpec(key="prospects", kind="prospect", there="pool"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = dict.fromkeys(
        ("description", "pipeline", "purpose", "keeps_days"), INTERNAL
    )

    name: Text = Field(min_length=1)
    description: LongText = ""
    owner: Id | None = None
    department: Id | None = None
    pipeline: Id | None = Field(default=None, description="Of prospects, where the pool is worked through in stages.")
    purpose: Slug | None = Field(default=None, description="The consent that whoever is in it has to have given.")
    keeps_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        default=None, description="For how long somebody is in it unless it is renewed."
    )
    is_archived: bool = False

    def admit(
        self,
        contact: ContactRecord,
        *,
        on: Occasion,
        because_of: str | None = None,
        known: PoolMembership | None = None,
    ) -> tuple[PoolMembership, Event]:
        """Put somebody in for as long as the pool keeps people; `on.reason` says why.

        Args:
            contact: who.
            on: when, by whom and why.
            because_of: what led to it: an application, an event, a referral.
            known: the membership of the contact that is stored. Who has left is added to it again, and who is not in it
                any more since its time is over is renewed.

        Raises:
            LawBroken: the pool is in the archive, they want no contact, or the consent that it asks for is not there;
                or (IllegalStep) they are in it.
            InputError: the membership is another one.

        """
        if known is not None and (known.pool, known.contact) != (self.id, contact.id):
            raise InputError(f"membership {known.id!r} is not that of contact {contact.id!r} in pool {self.id!r}")
        if why := self.refusal(contact, at=on.at):
            raise LawBroken(f"contact {contact.id!r} is not put into pool {self.id!r}: {why}")
        until = self.until(on.at)
        if known is None:
            return PoolMembership.begin(self.id, contact.id, until=until, because_of=because_of, on=on)
        if known.status is MembershipStatus.MEMBER and not known.is_member(on.at):
            return known.renew(until=until, on=on)
        return known.add(until=until, because_of=because_of, on=on)

    def until(self, at: datetime) -> datetime | None:
        """Return when it ends for who comes in, or is renewed, at an instant; None for never."""
        at = in_utc(at)
        return None if self.keeps_days is None else at + timedelta(days=self.keeps_days)

    def refusal(self, contact: ContactRecord, *, at: datetime) -> str:
        """Return why somebody may not be in it at an instant, or "": for putting in, and for clearing out."""
        at = in_utc(at)
        if self.is_archived:
            return "it is in the archive"
        if contact.do_not_contact is not None:
            return "they want no contact"
        if self.purpose is None:
            return ""
        known = [consent for consent in contact.consents if consent.decided_at <= at]
        status = status_for(known, purpose=self.purpose, channel="", at=at)
        return "" if status is ConsentStatus.VALID else f"consent to {self.purpose} is {status.value}"
