"""How money, days, numbers and yes or no are written in a letter: rules that are handed in, no locale of a machine."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from crmcore.errors import InputError
from crmcore.hiring.letters._merge import filled, named, parsed
from crmcore.model.hiring.terms import DateTerm, EmploymentType, MoneyTerm, NumberTerm, TextTerm, YesNoTerm
from crmcore.model.money import Money, PayPeriod
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENGLISH", "FieldValue", "Formats"]

FieldValue = (
    str
    | Money
    | date
    | datetime
    | Decimal
    | int
    | bool
    | PayPeriod
    | EmploymentType
    | TextTerm
    | MoneyTerm
    | DateTerm
    | NumberTerm
    | YesNoTerm
    | None
)
"""What a field of a letter may hold; None is no value."""

NO_CENTS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
MILLS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
FOUR = frozenset({"CLF", "UYW"})
"""The currencies of ISO 4217 whose unit is not divided into a hundred parts."""

MONTHS = "January February March April May June July August September October November December".split()
EACH = {"hour": "an hour", "day": "a day", "week": "a week", "month": "a month", "year": "a year"}
KINDS = {each.value: each.value.replace("_", " ") for each in EmploymentType}

MONEY_PARTS = frozenset({"currency", "symbol", "amount"})
DAY_PARTS = frozenset({"day", "day2", "month", "month2", "year"})
TIME_PARTS = DAY_PARTS | {"hour", "minute", "zone"}


def _words(words: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(words))


@attrs.frozen(kw_only=True)
class Formats:
    """The rules of one language and house.

    Attributes:
        point, group: what stands before the cents, and between thousands.
        sizes: how many digits a group has, from the point on; the last one repeats.
        whole: whether a whole amount goes without its cents.
        money: how an amount is written, of ``{{currency}}``, ``{{symbol}}`` and ``{{amount}}``.
        symbols: currency -> its symbol; the code where there is none.
        day: how a day is written, of ``{{day}}``, ``{{day2}}``, ``{{month}}`` in words, ``{{month2}}``, ``{{year}}``.
        instant: the same of a point in time, with ``{{hour}}``, ``{{minute}}`` and ``{{zone}}``.
        zone: the time zone that instants are written in.
        months: the names of the twelve.
        each: period -> what an amount is followed by, such as ``a year``.
        kinds: employment type -> what it is called.
        yes, no: the two words.

    Raises:
        InputError: a pattern names a part that there is not; not twelve months; no such zone.

    >>> Formats().write(Money(amount=72_000, currency="EUR")), Formats().write(date(2026, 5, 1))
    ('EUR 72,000.00', '1 May 2026')
    >>> german = Formats(point=",", group=".", money="{{amount}} {{symbol}}", symbols={"EUR": "€"}, whole=True)
    >>> german.write(Money(amount="1234567.00", currency="EUR")), german.write(Money(amount="0.5", currency="EUR"))
    ('1.234.567 €', '0,50 €')
    >>> Formats(sizes=(3, 2)).write(Money(amount=1_234_567, currency="INR"))
    'INR 12,34,567.00'
    """

    point: str = "."
    group: str = ","
    sizes: tuple[int, ...] = (3,)
    whole: bool = False
    money: str = "{{currency}} {{amount}}"
    symbols: Mapping[str, str] = attrs.field(factory=dict, converter=_words)
    day: str = "{{day}} {{month}} {{year}}"
    instant: str = "{{day}} {{month}} {{year}}, {{hour}}:{{minute}} ({{zone}})"
    zone: str = "UTC"
    months: tuple[str, ...] = attrs.field(default=tuple(MONTHS), converter=tuple)
    each: Mapping[str, str] = attrs.field(default=EACH, converter=_words)
    kinds: Mapping[str, str] = attrs.field(default=KINDS, converter=_words)
    yes: str = "yes"
    no: str = "no"

    def __attrs_post_init__(self) -> None:
        for name, parts in (("money", MONEY_PARTS), ("day", DAY_PARTS), ("instant", TIME_PARTS)):
            for part in named(parsed(getattr(self, name), of=f"the pattern of {name}")):
                if part not in parts:
                    raise InputError(f"the pattern of {name} has no part {part!r}; it has {', '.join(sorted(parts))}")
        if len(self.months) != 12:
            raise InputError(f"there are twelve months, not {len(self.months)}")
        if not self.sizes or any(size < 1 for size in self.sizes):
            raise InputError(f"groups of digits have 1 digit or more, not {self.sizes}")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise InputError(f"{self.zone!r} is no IANA time zone, such as Europe/Berlin") from error

    def write(self, value: FieldValue) -> str:
        """Return a value in words; nothing is rounded, and what has no value is ""."""
        match value:
            case None:
                return ""
            case bool():
                return self.yes if value else self.no
            case PayPeriod():
                return self.each.get(value.value, value.value)
            case EmploymentType():
                return self.kinds.get(value.value, value.value)
            case str():
                return value
            case Money():
                return self._money(value)
            case MoneyTerm(value=money, period=period):
                return " ".join(filter(None, (self._money(money), self.write(period))))
            case TextTerm() | DateTerm() | NumberTerm() | YesNoTerm():
                return self.write(value.value)
            case datetime():
                return self._instant(value)
            case date():
                return _put(self.day, self._day(value))
            case Decimal() | int():
                return self._number(Decimal(value))
        raise InputError(f"a letter cannot hold a {type(value).__name__}; pass text, money, a day, a number, yes or no")

    def _money(self, money: Money) -> str:
        code = money.currency
        cents = 0 if code in NO_CENTS else 3 if code in MILLS else 4 if code in FOUR else 2
        amount = self._number(money.amount, least=cents)
        return _put(self.money, {"currency": code, "symbol": self.symbols.get(code, code), "amount": amount})

    def _number(self, number: Decimal, *, least: int = 0) -> str:
        if not number.is_finite():
            raise InputError(f"{number} is no number that a letter could hold")
        whole, _, part = format(abs(number), "f").partition(".")
        part = part.rstrip("0")
        part = part if not part and (self.whole or not least) else part.ljust(least, "0")
        sign = "-" if number < 0 else ""
        return sign + self._grouped(whole) + (self.point + part if part else "")

    def _grouped(self, digits: str) -> str:
        parts, sizes = [], list(self.sizes)
        while len(digits) > sizes[0]:
            parts.append(digits[-sizes[0] :])
            digits = digits[: -sizes[0]]
            sizes = sizes[1:] or sizes
        return self.group.join([digits, *reversed(parts)])

    def _day(self, day: date) -> dict[str, str]:
        return {
            "day": str(day.day),
            "day2": f"{day.day:02}",
            "month": self.months[day.month - 1],
            "month2": f"{day.month:02}",
            "year": f"{day.year:04}",
        }

    def _instant(self, at: datetime) -> str:
        there = in_utc(at).astimezone(ZoneInfo(self.zone))
        time = {"hour": f"{there.hour:02}", "minute": f"{there.minute:02}", "zone": self.zone}
        return _put(self.instant, {**self._day(there), **time})


def _put(pattern: str, parts: Mapping[str, str]) -> str:
    return filled(parsed(pattern, of="a pattern"), parts, lambda name: bool(parts[name]))


ENGLISH = Formats()
"""English words, amounts as ``EUR 72,000.00``, days as ``1 May 2026``."""
