"""Reads what people write for a salary: "€60,000 - 70,000 p.a.", "85k USD", "45/hour"."""

from __future__ import annotations

import re
from decimal import Decimal

from crmcore.model.money import CURRENCIES, PayPeriod, SalaryExpectation
from crmcore.sync._cells import _CellRefused

__all__ = ["pay_of"]

SYMBOLS = {"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₺": "TRY", "₴": "UAH", "₫": "VND"}
"""Signs that stand for one currency; "$", "¥" and "kr" stand for several."""

PERIODS = {
    PayPeriod.HOUR: re.compile(r"\b(?:hour|hourly|hr|ph|h|stunde|std)\b", re.IGNORECASE),
    PayPeriod.DAY: re.compile(r"\b(?:day|daily|pd|tag)\b", re.IGNORECASE),
    PayPeriod.WEEK: re.compile(r"\b(?:week|weekly|pw|woche)\b", re.IGNORECASE),
    PayPeriod.MONTH: re.compile(r"\b(?:month|monthly|pm|pcm|monat|mtl)\b", re.IGNORECASE),
}
NUMBER = re.compile(r"(?P<digits>\d[\d.,'\u00a0\u202f ]*)(?P<thousand>\s?[kK]\b)?")
CODE = re.compile(r"\b[A-Za-z]{3}\b")


def pay_of(raw: str, *, currency: str | None) -> SalaryExpectation:
    """Read an amount or a range.

    >>> pay = pay_of("€60.000 - 70.000 p.a.", currency=None)
    >>> str(pay.minimum), str(pay.maximum), pay.currency, pay.period.value
    ('60000', '70000', 'EUR', 'year')
    """
    if len(raw) > 200:
        raise _CellRefused("too-long", "a salary has no more than 200 characters")
    found = [_amount(match) for match in NUMBER.finditer(raw)]
    if not 1 <= len(found) <= 2:
        raise _CellRefused("not-a-salary", "a salary is one amount, or a range of two")
    if len(found) == 2 and found[0][1] != found[1][1]:
        found = [(amount, True) for amount, _ in found]  # "60-70k" means both
    low, high = sorted(amount * 1000 if thousand else amount for amount, thousand in (found * 2)[:2])
    if high > 10**12:
        raise _CellRefused("not-a-salary", "nobody earns that much")
    period = next((period for period, words in PERIODS.items() if words.search(raw)), PayPeriod.YEAR)
    return SalaryExpectation(minimum=low, maximum=high, currency=_currency(raw, currency), period=period, raw=raw)


def _currency(raw: str, usual: str | None) -> str:
    named = {code.upper() for code in CODE.findall(raw)} & CURRENCIES
    signs = {SYMBOLS[sign] for sign in SYMBOLS if sign in raw}
    if len(named or signs) == 1:
        return next(iter(named or signs))
    if usual is None:
        raise _CellRefused("no-currency", "it does not say in which currency; name the usual one")
    return usual


def _amount(match: re.Match[str]) -> tuple[Decimal, bool]:
    """Read digits in groups; a separator before one or two last digits is the decimal point."""
    digits = re.sub(r"[\s'\u00a0\u202f]", "", match["digits"]).rstrip(".,")
    whole, point, rest = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", digits).groups()  # type: ignore[union-attr]
    text = re.sub(r"[.,]", "", whole) + (f".{rest}" if point else "")
    return Decimal(text), match["thousand"] is not None
