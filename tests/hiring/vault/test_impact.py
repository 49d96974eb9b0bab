"""Adverse impact: rates and ratios in whole numbers, tests and intervals against slow exact twins."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.hiring.vault import (
    NOT_TOLD,
    Characteristic,
    Crosstab,
    EqualOpportunity,
    MemoryVault,
    Survey,
    Withheld,
    adverse_impact,
)
from crmcore.hiring.vault.impact import exact_interval, fisher, ratio_interval


def table(**rates: tuple[int | None, int | None]) -> Crosstab:
    """Return a table of option -> (selected, others)."""
    counts = {}
    for option, (selected, others) in rates.items():
        counts |= {(option, "selected"): selected, (option, "others"): others}
    sizes = {
        "selected": sum(each or 0 for each, _ in rates.values()),
        "others": sum(each or 0 for _, each in rates.values()),
    }
    return Crosstab(characteristic="gender", threshold=5, sizes=sizes, counts=counts)


def test_the_example_of_the_guidelines():
    """Questions and answers to 29 CFR 1607, number 12: 48 of 80 and 24 of 40... by hand: 60 and 30 per cent."""
    impact = adverse_impact(table(white=(48, 32), black=(12, 28)))
    black = impact.groups[1]

    assert ("white", 0.6, 0.3, 0.5) == (impact.highest, impact.groups[0].rate, black.rate, black.ratio)
    assert (True, False) == (black.is_under, black.one_more)
    assert ["black"] == [group.option for group in impact.under]
    assert "UNDER FOUR FIFTHS" in str(impact)


@pytest.mark.parametrize(
    ("selected", "is_under", "one_more"), [(40, False, False), (39, True, True), (38, True, False)]
)
def test_four_fifths_are_counted_in_whole_numbers(selected, is_under, one_more):
    """Exactly four fifths is not less; where one more would do, it is said."""
    group = adverse_impact(table(a=(50, 50), b=(selected, 100 - selected))).groups[1]

    assert (is_under, one_more) == (group.is_under, group.one_more)


def test_small_groups_need_not_be_judged_and_withheld_ones_cannot():
    """Under two per cent of those who applied; who did not tell is in no group."""
    impact = adverse_impact(table(a=(500, 480), b=(0, 12), c=(None, 9), **{NOT_TOLD: (10, 10)}))
    b, c = impact.groups[1:]

    assert (True, True, ()) == (b.is_small, b.is_under, impact.under)
    assert (None, None) == (c.rate, c.p_value)
    assert 3 == len(impact.groups)
    assert "c: withheld" in str(impact)


def test_a_small_group_is_no_measure_for_others_and_the_silent_make_none_small():
    """Two of two say little of a rate; and who does not tell is no part of those of whom a group is a share."""
    impact = adverse_impact(table(a=(500, 400), b=(5, 5), c=(10, 20), **{NOT_TOLD: (500, 500)}))

    assert "a" == adverse_impact(table(a=(500, 480), b=(12, 0))).highest
    assert ("a", [False, True, False]) == (impact.highest, [group.is_small for group in impact.groups])


def test_nobody_selected_is_no_impact():
    """All rates are 0, and the same."""
    groups = adverse_impact(table(a=(0, 50), b=(0, 30))).groups

    assert [False, False] == [group.is_under for group in groups]
    assert [1.0, 1.0] == [group.ratio for group in groups]


def test_a_table_of_something_else_is_refused():
    """Who was selected, and who was not."""
    with pytest.raises(InputError, match="needs a group 'chosen'"):
        adverse_impact(table(a=(1, 2)), selected="chosen")
    with pytest.raises(InputError, match="level"):
        adverse_impact(table(a=(1, 2)), level=95)


def slow_fisher(a: int, b: int, c: int, d: int) -> Fraction:
    """Sum the exact probabilities of all tables with these margins that are no more likely."""
    row, other, column = a + b, c + d, a + c
    ways = {
        each: comb(row, each) * comb(other, column - each)
        for each in range(max(0, column - other), min(row, column) + 1)
    }
    return Fraction(sum(way for way in ways.values() if way <= ways[a]), sum(ways.values()))


@given(*[st.integers(0, 60)] * 4)
def test_fisher_is_its_slow_exact_twin(a, b, c, d):
    """To nine digits, for all margins; ties count."""
    assert abs(fisher(a, b, c, d) - slow_fisher(a, b, c, d)) < 1e-9


def test_fisher_stands_large_counts():
    """No overflow; against the exact fraction."""
    assert fisher(300, 2_700, 350, 2_650) == pytest.approx(float(slow_fisher(300, 2_700, 350, 2_650)), rel=1e-6)
    assert 0 < fisher(9_000, 91_000, 10_000, 90_000) < 1e-9
    with pytest.raises(InputError):
        fisher(-1, 1, 1, 1)


def slow_at_most(most: int, trials: int, rate: Fraction) -> Fraction:
    """Sum the binomial distribution exactly."""
    return sum(
        (comb(trials, each) * rate**each * (1 - rate) ** (trials - each) for each in range(most + 1)), Fraction(0)
    )


def test_the_interval_stands_large_counts():
    """As the normal one where there are many, and in no time: the limit of time of the tests bounds it."""
    low, high = exact_interval(600_000, 1_000_000)

    assert (0.6 - 0.00096, 0.6 + 0.00096) == (pytest.approx(low, abs=2e-6), pytest.approx(high, abs=2e-6))
    assert (0.0, pytest.approx(1 - 0.025 ** (1 / 10**6))) == exact_interval(0, 10**6)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.data(), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_exact_interval_leaves_the_tails_that_it_says(trials, data, level):
    """At its ends the exact tails are half of what is left, to nine digits."""
    successes = data.draw(st.integers(0, trials))
    low, high = exact_interval(successes, trials, level=level)

    assert low <= successes / trials <= high
    if successes:
        assert abs(1 - slow_at_most(successes - 1, trials, Fraction(low)) - Fraction(1 - level) / 2) < 1e-9
    if successes < trials:
        assert abs(slow_at_most(successes, trials, Fraction(high)) - Fraction(1 - level) / 2) < 1e-9


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_the_interval_of_a_ratio_holds_it(n, m, data):
    """With zeros too, and it is never turned round."""
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(1, m))
    low, high = ratio_interval((a, n), (b, m))

    assert 0 <= low <= high
    assert (
        low
        <= (a + (0 if a else 0.5))
        / (n + (0 if a else 0.5))
        / ((b + (0 if a else 0.5)) / (m + (0 if a else 0.5)))
        * 1.000001
    )


def test_from_the_desk_to_the_report():
    """A planted disparity is found; who was selected must have applied."""
    options = [{"key": key, "text": key} for key in ("f", "m")]
    survey = Survey(characteristics=[Characteristic(key="gender", text="?", options=options)])
    fair = EqualOpportunity(vault=MemoryVault(threshold=5), survey=survey, key=b"kept apart from all the rest" * 2)
    applied = [f"a-{number}" for number in range(200)]
    for number, each in enumerate(applied):
        fair.answer(each, {"gender": "f" if number % 2 else "m"})
    selected = applied[0:120:2] + applied[1:60:2]
    impact = fair.impact("gender", applied=applied, selected=selected)

    assert ["f"] == [group.option for group in impact.under]
    assert ((30, 100), (60, 100)) == tuple((group.selected, group.applied) for group in impact.groups)
    assert impact.groups[0].p_value < 0.001
    with pytest.raises(InputError, match="1 were selected that are not among those who applied"):
        fair.impact("gender", applied=applied, selected=["a-999"])
    assert isinstance(fair.impact("gender", applied=applied[:-1], selected=selected), Withheld)
