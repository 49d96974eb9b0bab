"""Referrals: who recommended whom, for which job or pool, what they said, and what becomes of the bonus.

The table of a bonus::

    (none)     --promise-->    promised
    promised   --earn-->       earned       such as when who was recommended has stayed for so long
    promised   --forfeit-->    forfeited
    earned     --pay-->        paid
    earned     --forfeit-->    forfeited
    paid       --claw_back-->  clawed_back
    forfeited  --reinstate-->  promised
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import LawBroken
from crmcore.model._chosen import chosen
from crmcore.model.attribution import Credit
from crmcore.model.custom import CustomValues
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.money import Money
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant, LongText, Slug, Text
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["BONUSES", "BonusStatus", "BonusStep", "BonusVerb", "Referral"]

INTERNAL, CONFIDENTIAL = Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL


class BonusStatus(StrEnum):
    """What becomes of a bonus."""

    PROMISED = "promised"
    EARNED = "earned"
    PAID = "paid"
    FORFEITED = "forfeited"
    CLAWED_BACK = "clawed_back"


class BonusVerb(StrEnum):
    """What can happen to a bonus."""

    PROMISE = "promise"
    EARN = "earn"
    PAY = "pay"
    FORFEIT = "forfeit"
    CLAW_BACK = "claw_back"
    REINSTATE = "reinstate"


BONUSES = Machine(
    {
        None: {BonusVerb.PROMISE: BonusStatus.PROMISED},
        BonusStatus.PROMISED: {BonusVerb.EARN: BonusStatus.EARNED, BonusVerb.FORFEIT: BonusStatus.FORFEITED},
        BonusStatus.EARNED: {BonusVerb.PAY: BonusStatus.PAID, BonusVerb.FORFEIT: BonusStatus.FORFEITED},
        BonusStatus.PAID: {BonusVerb.CLAW_BACK: BonusStatus.CLAWED_BACK},
        BonusStatus.FORFEITED: {BonusVerb.REINSTATE: BonusStatus.PROMISED},
        BonusStatus.CLAWED_BACK: {},
    }
)
"""What can happen to a bonus in each state."""

PAST = {
    BonusVerb.PROMISE: "promised",
    BonusVerb.EARN: "earned",
    BonusVerb.PAY: "paid",
    BonusVerb.FORFEIT: "forfeited",
    BonusVerb.CLAW_BACK: "clawed_back",
    BonusVerb.REINSTATE: "reinstated",
}


class BonusStep(Told):
    """One thing that happened to a bonus."""

    verb: BonusVerb


class Referral(Record):
    """That somebody recommended a contact. The one who did may be an employee, any other contact, or only a name.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> referral = Referral(id="f-1", contact="c-7", referrer="c-2", relation="colleague", job="j-1", at=on.at)
    >>> referral, told = referral.bonus_step("promise", amount=Money(amount=1500, currency="EUR"), on=on)
    >>> referral.bonus_status.value, told.type, referral.credit().id
    ('promised', 'referral.bonus_promised', 'c-2')
    >>> referral.bonus_step("pay", on=on)
    Traceback (most recent call last):
    crmcore.errors.IllegalStep: what is promised cannot pay; it can: earn, forfeit
    """

    kind: ClassVar[str] = "referral"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("referrer", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("referring_user", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("pool", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("application", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("relation", sensitivity=INTERNAL),
        one("at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("bonus_status", type=FieldType.CHOICE, options=BonusStatus, sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="referrers", kind="contact", here="referrer"),
        RelationSpec(key="jobs", kind="job", here="job"),
        RelationSpec(key="applications", kind="application", here="application"),
        RelationSpec(key="pools", kind="talent_pool", here="pool"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "referrer_name": Sensitivity.PERSONAL,
        **dict.fromkeys(("words", "answers", "bonus", "bonus_steps"), CONFIDENTIAL),
    }

    contact: Id = Field(description="Who was recommended.")
    at: Instant
    referrer: Id | None = Field(default=None, description="The contact who recommended them.")
    referring_user: Id | None = Field(default=None, description="The user account of who did, if an employee.")
    referrer_name: Text = Field(default="", description="Who did, where they are neither.")
    relation: Slug | None = Field(default=None, description="How they know each other, such as colleague or friend.")
    job: Id | None = None
    pool: Id | None = None
    application: Id | None = Field(default=None, description="What came of it.")
    words: LongText = Field(default="", description="What they said of the person.")
    answers: CustomValues = Field(default_factory=dict, description="Of the form, by the keys of its questions.")
    bonus: Money | None = None
    bonus_steps: Annotated[tuple[BonusStep, ...], Field(max_length=1_000)] = ()

    @model_validator(mode="after")
    def _says_who_and_for_what(self) -> Self:
        if self.referrer is None and self.referring_user is None and not self.referrer_name.strip():
            raise ValueError("a referral says who made it: a contact, a user or a name")
        if self.referrer == self.contact:
            raise ValueError("nobody recommends themselves")
        if self.job is None and self.pool is None:
            raise ValueError("a referral is for a job or a pool")
        if self.bonus_steps != in_time(self.bonus_steps):
            raise ValueError("the steps are not in the order in which they occurred")
        if bool(self.bonus_steps) != (self.bonus is not None):
            raise ValueError("a bonus that was promised has an amount, and no other has")
        _status(self.bonus_steps)
        return self

    @property
    def bonus_status(self) -> BonusStatus | None:
        """What becomes of the bonus; None where none was promised."""
        return _status(self.bonus_steps)

    def about(self) -> tuple[str, str]:
        """Return the contact: what was said is noted of that person."""
        return "contact", self.contact

    def credit(self, *, share: Decimal | str = Decimal(1)) -> Credit:
        """Return the credit that an application which came of it gives to who made it.

        Raises:
            LawBroken: only a name is known, which nothing can be credited to.

        """
        who = self.referrer or self.referring_user
        if who is None:
            raise LawBroken(f"referral {self.id!r} knows its referrer by name only; nobody can be credited")
        return Credit(kind="referrer", id=who, share=Decimal(share))

    def led_to(self, application: str, *, on: Occasion) -> tuple[Self, Event]:
        """Note which application came of it; another one than before is refused."""
        if self.application not in {None, application}:
            raise LawBroken(f"referral {self.id!r} led to application {self.application!r} already")
        new = self.evolve(application=application)
        return new, on.tells("referral.applied", new)

    def bonus_step(self, verb: BonusVerb | str, *, on: Occasion, amount: Money | None = None) -> tuple[Self, Event]:
        """Promise a bonus, or say what becomes of it; `on.reason` says why.

        Raises:
            IllegalStep: it cannot happen in this state; with what can.
            LawBroken: a promise without an amount, or an amount with anything else.
            InputError: nothing of that name happens to a bonus.

        """
        verb = chosen(BonusVerb, verb, what="verb")
        steps = in_time((*self.bonus_steps, BonusStep(verb=verb, **on.told())))
        _status(steps)
        if (amount is None) == (verb is BonusVerb.PROMISE):
            raise LawBroken("a bonus is promised with its amount, which stays as it is; pass it then and only then")
        new = self.evolve(bonus_steps=steps, bonus=amount or self.bonus)
        return new, on.tells(f"referral.bonus_{PAST[verb]}", new, referrer=self.referrer)


def _status(steps: Iterable[BonusStep]) -> BonusStatus | None:
    status: BonusStatus | None = None
    for step in steps:
        status = BONUSES.after(status, step.verb)
    return status
