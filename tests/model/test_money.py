"""Money is exact and has a currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crmcore.model import Money, SalaryExpectation


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_amounts_round_trip_digit_by_digit(amount):
    """The trailing zeros of an amount survive JSON."""
    money = Money(amount=amount, currency="EUR")
    again = Money.model_validate_json(money.model_dump_json())

    assert str(money.amount) == str(again.amount)


@pytest.mark.parametrize("code", ["EURO", "", "XXX", "12A"])
def test_unknown_currencies_are_refused(code):
    """An amount without a real currency is no money."""
    with pytest.raises(ValidationError):
        Money(amount=1, currency=code)


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e999999", "-1e-999999"])
def test_amounts_that_nobody_earns_are_refused(amount):
    """Infinite, undefined and astronomic amounts are refused rather than written out."""
    with pytest.raises(ValidationError):
        Money(amount=amount, currency="EUR")


def test_salary_is_an_amount_or_a_range():
    """Both ends, one end, or one amount."""
    assert SalaryExpectation.exactly(100, currency="USD").is_exact
    assert Decimal(50) == SalaryExpectation(minimum=50, currency="USD").minimum
    for wrong in ({}, {"minimum": 2, "maximum": 1}, {"maximum": -1}):
        with pytest.raises(ValidationError):
            SalaryExpectation(currency="USD", **wrong)
