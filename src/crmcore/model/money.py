"""Amounts of money, exact and never without a currency."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from crmcore.model.record import Value
from crmcore.model.scalars import Text

__all__ = ["CURRENCIES", "Amount", "Currency", "Money", "PayPeriod", "SalaryExpectation"]

ISO_4217 = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL
HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU
UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(ISO_4217.split())
"""The currencies of ISO 4217 that people are paid in: no metals, no units of account, no retired ones."""


def _known_currency(code: str) -> str:
    upper = code.upper()
    if upper not in CURRENCIES:
        raise ValueError(f"{code!r} is not a current ISO 4217 currency code, such as EUR")
    return upper


def _plain(amount: Decimal) -> Decimal:
    if not amount.is_finite() or abs(amount.adjusted()) > 30:
        raise ValueError("an amount of money has at most 30 digits before and after the point")
    return Decimal(format(amount, "f"))


Currency = Annotated[str, AfterValidator(_known_currency)]
Amount = Annotated[Decimal, AfterValidator(_plain)]
"""A decimal number written without exponent; its trailing zeros are kept."""


class Money(Value):
    """An exact amount in one currency.

    >>> Money(amount="1200.50", currency="eur").model_dump_json()
    '{"amount":"1200.50","currency":"EUR"}'
    """

    amount: Amount
    currency: Currency


class PayPeriod(StrEnum):
    """What a pay figure is for; the words of schema.org's `unitText`, in lower case."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class SalaryExpectation(Value):
    """What a person hopes to earn: an amount, or a range open at one end.

    >>> SalaryExpectation(minimum=50000, maximum=60000, currency="EUR").period
    <PayPeriod.YEAR: 'year'>
    """

    minimum: Amount | None = None
    maximum: Amount | None = None
    currency: Currency
    period: PayPeriod = PayPeriod.YEAR
    raw: Text = ""

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a salary expectation needs a minimum, a maximum or both")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"the minimum {self.minimum} is above the maximum {self.maximum}")
        if any(amount is not None and amount < 0 for amount in (self.minimum, self.maximum)):
            raise ValueError("pay cannot be negative")
        return self

    @classmethod
    def exactly(cls, amount: Decimal | int | str, *, currency: str, period: PayPeriod = PayPeriod.YEAR) -> Self:
        """Build the expectation of one amount."""
        return cls.model_validate({"minimum": amount, "maximum": amount, "currency": currency, "period": period})

    @property
    def is_exact(self) -> bool:
        """Whether it is one amount and no range."""
        return self.minimum == self.maximum
