"""What an offer offers: the work, the pay, the days, and whatever else was agreed, each of a type of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from crmcore.errors import InputError
from crmcore.model.money import Amount, Money, PayPeriod
from crmcore.model.record import Id, Value
from crmcore.model.scalars import Distinct, Instant, LongText, Slug, Text

if TYPE_CHECKING:
    from typing import Self

    from crmcore.model.hiring.job import Band

__all__ = [
    "DateTerm",
    "EmploymentType",
    "MoneyTerm",
    "NumberTerm",
    "OfferTerm",
    "OfferTerms",
    "TextTerm",
    "YesNoTerm",
    "term",
]

MOST_TERMS = 200


class EmploymentType(StrEnum):
    """How somebody is employed."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    TEMPORARY = "temporary"
    CONTRACTOR = "contractor"
    INTERN = "intern"
    VOLUNTEER = "volunteer"
    PER_DIEM = "per_diem"
    OTHER = "other"


class _Term(Value):
    """One thing agreed upon beside work, pay and days; its key stays when its label changes."""

    key: Slug
    label: Text = ""


class TextTerm(_Term):
    """In words, such as where the work is done."""

    type: Literal["text"] = "text"
    value: LongText


class MoneyTerm(_Term):
    """An amount: once, such as for signing, or for each period, such as an allowance."""

    type: Literal["money"] = "money"
    value: Money
    period: PayPeriod | None = Field(
        default=None, description="What it is for each of; paid once where it is not said."
    )

    @model_validator(mode="after")
    def _is_given(self) -> Self:
        if self.value.amount < 0:
            raise ValueError(f"term {self.key!r}: pay cannot be negative")
        return self


class DateTerm(_Term):
    """A day, such as the last of the probation."""

    type: Literal["date"] = "date"
    value: date


class NumberTerm(_Term):
    """A number, such as the days of holiday or the shares."""

    type: Literal["number"] = "number"
    value: Amount


class YesNoTerm(_Term):
    """Whether, such as whether removal is paid for."""

    type: Literal["yes_no"] = "yes_no"
    value: StrictBool


OfferTerm = Annotated[TextTerm | MoneyTerm | DateTerm | NumberTerm | YesNoTerm, Field(discriminator="type")]
"""One thing agreed upon beside work, pay and days."""

AnyTerm = TextTerm | MoneyTerm | DateTerm | NumberTerm | YesNoTerm


def term(
    key: str,
    value: Money | date | Decimal | int | bool | str,
    *,
    label: str = "",
    period: PayPeriod | str | None = None,
) -> AnyTerm:
    """Return the term that holds such a value.

    Raises:
        InputError: it is none of these; a float is not exact, and an instant is no day.

    >>> term("holiday", 30), term("bonus", Money(amount="5000", currency="EUR")).type
    (NumberTerm(key='holiday', label='', type='number', value=Decimal('30')), 'money')
    """
    told = {"key": key, "label": label, "value": value}
    if isinstance(value, Money):
        return MoneyTerm.model_validate({**told, "period": period})
    if period is not None:
        raise InputError(f"term {key!r}: only an amount of money is for a period")
    for types, cls in TERM_OF:
        if type(value) in types:
            return cls.model_validate(told)
    raise InputError(
        f"term {key!r} is a {type(value).__name__}; pass money, a date, a Decimal, an int, a bool or a str"
    )


TERM_OF: tuple[tuple[tuple[type, ...], type[TextTerm | DateTerm | NumberTerm | YesNoTerm]], ...] = (
    ((bool,), YesNoTerm),
    ((int, Decimal), NumberTerm),
    ((date,), DateTerm),
    ((str,), TextTerm),
)


class OfferTerms(Value):
    """What one version of an offer offers.

    >>> pay = Money(amount=72_000, currency="EUR")
    >>> terms = OfferTerms(title="Data engineer", pay=pay, starts_on="2026-05-01", more=[term("holiday", 30)])
    >>> terms.period.value, terms.term("holiday").value
    ('year', Decimal('30'))
    >>> OfferTerms(title="Data engineer", pay=Money(amount=-1, currency="EUR"))
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: 1 validation error for OfferTerms
      Value error, pay cannot be negative...
    """

    title: Text = Field(min_length=1)
    pay: Money
    period: PayPeriod = PayPeriod.YEAR
    employment: EmploymentType | None = None
    starts_on: date | None = None
    expires_at: Instant | None = Field(default=None, description="From when on it can no longer be accepted.")
    manager: Id | None = Field(default=None, description="The user whom they will report to.")
    location: Text = ""
    more: Annotated[Distinct[OfferTerm], Field(max_length=MOST_TERMS)] = ()

    @model_validator(mode="after")
    def _is_pay(self) -> Self:
        if self.pay.amount < 0:
            raise ValueError("pay cannot be negative")
        return self

    def term(self, key: str) -> AnyTerm | None:
        """Return what else was agreed, by its key; None where nothing was."""
        return next((each for each in self.more if each.key == key), None)

    def is_outside(self, band: Band | None) -> bool:
        """Whether the pay lies outside a band, as one in another currency does; where there is no band, none does."""
        return band is not None and not band.holds(self.pay, period=self.period)
