"""Whether a selection falls on groups alike: the four-fifths rule, with an exact test and intervals.

"A selection rate for any race, sex, or ethnic group which is less than four-fifths of the rate for the group with the
highest rate will generally be regarded [...] as evidence of adverse impact": 29 CFR 1607.4(D), which goes on to say
that smaller differences may count where they are significant, and greater ones not, where the numbers are small. So
beside each ratio stand Fisher's exact test of the group against the one with the highest rate, and intervals. Whoever
preferred not to say, or did not answer, is in no group; neither is one whose counts are withheld.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError
from crmcore.hiring.vault.suppression import NOT_TOLD

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.hiring.vault.suppression import Crosstab

__all__ = ["GroupRate", "Impact", "adverse_impact", "exact_interval", "fisher", "ratio_interval"]

FOUR_FIFTHS = 0.8
LEAST_SHARE = 0.02
"""Of those who applied and told: groups smaller than that need not be judged, 29 CFR 1607.15(A)(2)."""
MOST_STEPS, PRECISION, TINY = 100_000, 1e-15, 1e-300
SLACK = 1e-7
"""Tables as likely as the one seen, up to rounding, count as well."""


@attrs.frozen(kw_only=True)
class GroupRate:
    """How one group fared.

    Attributes:
        option: what its members answered.
        applied, selected: how many; None where a count is withheld.
        rate: selected of those who applied.
        interval: of the rate (Clopper and Pearson).
        ratio: its rate to that of the group with the highest.
        ratio_interval: of the ratio (Katz), None of the group with the highest rate itself.
        p_value: of Fisher's exact test against that group, two-sided.
        is_under: whether the ratio is less than four fifths.
        one_more: whether one more selected would make it no less; then the rule says little.
        is_small: whether it is under two per cent of those who applied and told; it need not be judged, nor are others
            judged by it.

    """

    option: str
    applied: int | None = None
    selected: int | None = None
    rate: float | None = None
    interval: tuple[float, float] | None = None
    ratio: float | None = None
    ratio_interval: tuple[float, float] | None = None
    p_value: float | None = None
    is_under: bool | None = None
    one_more: bool | None = None
    is_small: bool | None = None


@attrs.frozen(kw_only=True)
class Impact:
    """How all groups fared.

    Attributes:
        characteristic: what was asked.
        highest: the option of the group with the highest rate that is not small, the larger one of several; None where
            none is told.
        groups: each of them, in the order of the survey.
        level: of the intervals, such as 0.95.

    """

    characteristic: str
    highest: str | None
    groups: tuple[GroupRate, ...]
    level: float

    @property
    def under(self) -> tuple[GroupRate, ...]:
        """The groups that are judged and whose ratio is less than four fifths."""
        return tuple(group for group in self.groups if group.is_under and not group.is_small)

    def __str__(self) -> str:
        """Return a line for each group."""
        lines = [f"{self.characteristic}: highest rate {self.highest or 'not told'}"]
        for group in self.groups:
            if group.rate is None or group.ratio is None:
                lines.append(f"  {group.option}: withheld")
                continue
            mark = " UNDER FOUR FIFTHS" if group.is_under else ""
            test = "" if group.p_value is None else f", p {group.p_value:.3g}"
            told = f"{group.selected} of {group.applied}, rate {group.rate:.3f}, ratio {group.ratio:.2f}{test}"
            lines.append(f"  {group.option}: {told}{mark}")
        return "\n".join(lines)


def adverse_impact(table: Crosstab, *, selected: str = "selected", level: float = 0.95) -> Impact:
    """Report selection rates of groups from a table of who was selected and who was not.

    Args:
        table: its group *selected*, and all its other groups together, are those who applied.
        selected: the label of who was selected.
        level: of the intervals.

    Raises:
        InputError: the table has no such group, or no other; or the level is none.

    >>> from crmcore.hiring.vault.suppression import Crosstab
    >>> counts = {("f", "selected"): 24, ("m", "selected"): 48, ("f", "others"): 56, ("m", "others"): 32}
    >>> table = Crosstab(characteristic="gender", threshold=5, sizes={"selected": 72, "others": 88}, counts=counts)
    >>> print(adverse_impact(table))
    gender: highest rate m
      f: 24 of 80, rate 0.300, ratio 0.50, p 0.000233 UNDER FOUR FIFTHS
      m: 48 of 80, rate 0.600, ratio 1.00
    """
    if selected not in table.sizes or len(table.sizes) < 2:
        raise InputError(f"the table needs a group {selected!r} and another one; it has: {', '.join(table.sizes)}")
    if not 0 < level < 1:
        raise InputError("the level lies between 0 and 1, such as 0.95")
    options = [option for option in table.options if option != NOT_TOLD]
    told = {option: both for option in options if (both := _both(table, option, selected)) is not None and both[1]}
    everybody = sum(applied for _, applied in told.values())
    judged = {option: both for option, both in told.items() if both[1] >= LEAST_SHARE * everybody}
    highest = max(judged, key=lambda option: (judged[option][0] / judged[option][1], judged[option][1]), default=None)
    groups = [
        GroupRate(option=option)
        if option not in told or highest is None
        else _rated(option, told[option], None if option == highest else told[highest], everybody, level)
        for option in options
    ]
    return Impact(characteristic=table.characteristic, highest=highest, groups=tuple(groups), level=level)


def _both(table: Crosstab, option: str, selected: str) -> tuple[int, int] | None:
    """Return how many of an option were selected, and how many applied."""
    counts = [table.counts[option, group] for group in table.sizes]
    known = [count for count in counts if count is not None]
    chosen = table.counts[option, selected]
    return None if chosen is None or len(known) < len(counts) else (chosen, sum(known))


def _rated(option: str, own: tuple[int, int], best: tuple[int, int] | None, everybody: int, level: float) -> GroupRate:
    selected, applied = own
    top = selected / applied if best is None else best[0] / best[1]
    ratio = selected / applied / top if top else 1.0
    is_under = best is not None and 5 * selected * best[1] < 4 * best[0] * applied  # in whole numbers, exactly
    return GroupRate(
        option=option,
        applied=applied,
        selected=selected,
        rate=selected / applied,
        interval=exact_interval(selected, applied, level=level),
        ratio=ratio,
        ratio_interval=None if best is None else ratio_interval(own, best, level=level),
        p_value=None if best is None else fisher(selected, applied - selected, best[0], best[1] - best[0]),
        is_under=is_under,
        one_more=is_under and best is not None and 5 * (selected + 1) * best[1] >= 4 * best[0] * applied,
        is_small=applied < LEAST_SHARE * everybody,
    )


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Return the two-sided p-value of Fisher's exact test of the table ((a, b), (c, d)).

    It is the probability, with all margins given, of a table that is no more likely than this one.

    >>> round(fisher(3, 1, 1, 3), 6)
    0.485714
    """
    if min(a, b, c, d) < 0:
        raise InputError("a count is 0 or more")
    row, other, column = a + b, c + d, a + c
    least, most = max(0, column - other), min(row, column)
    logs = [_log_choose(row, each) + _log_choose(other, column - each) for each in range(least, most + 1)]
    seen = logs[a - least] + SLACK
    top = max(logs)
    weights = [exp(each - top) for each in logs]
    return min(1.0, sum(weight for weight, each in zip(weights, logs, strict=True) if each <= seen) / sum(weights))


def exact_interval(successes: int, trials: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of Clopper and Pearson for a rate: it holds the true one at least so often.

    >>> tuple(round(each, 4) for each in exact_interval(8, 20))
    (0.1912, 0.6395)
    """
    if not 0 <= successes <= trials or not trials:
        raise InputError("of one trial or more, as many succeed at most")
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else _root(lambda rate: 1 - _at_most(successes - 1, trials, rate) - tail)
    high = 1.0 if successes == trials else _root(lambda rate: tail - _at_most(successes, trials, rate))
    return low, high


def ratio_interval(one: tuple[int, int], other: tuple[int, int], *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of Katz for the ratio of two rates, each (selected, applied); half a case is added to zeros.

    >>> tuple(round(each, 3) for each in ratio_interval((24, 80), (48, 80)))
    (0.342, 0.731)
    """
    (a, n), (b, m) = one, other
    if not a and not b:
        return 0.0, inf
    plus = 0.5 if not a or not b else 0.0
    middle = log((a + plus) / (n + plus)) - log((b + plus) / (m + plus))
    spread = 1 / (a + plus) - 1 / (n + plus) + 1 / (b + plus) - 1 / (m + plus)
    reach = NormalDist().inv_cdf((1 + level) / 2) * sqrt(max(spread, 0.0))
    return exp(middle - reach), exp(middle + reach)


def _log_choose(whole: int, part: int) -> float:
    return lgamma(whole + 1) - lgamma(part + 1) - lgamma(whole - part + 1)


def _at_most(most: int, trials: int, rate: float) -> float:
    """Return the probability of so many successes or fewer, fewer than all: the incomplete beta function.

    By its continued fraction, which takes about as many steps as the root of the trials (Numerical Recipes, 6.4).

    >>> round(_at_most(1, 3, 0.5), 12)
    0.5
    """
    first, second = trials - most, most + 1  # of the function at 1 - rate
    log_front = lgamma(first + second) - lgamma(first) - lgamma(second) + first * log(1 - rate) + second * log(rate)
    if 1 - rate < (first + 1) / (first + second + 2):
        return exp(log_front) * _fraction(first, second, 1 - rate) / first
    return 1 - exp(log_front) * _fraction(second, first, rate) / second


def _fraction(first: int, second: int, at: float) -> float:
    """Return the continued fraction of the incomplete beta function, by the method of Lentz."""
    upper, lower = 1.0, _not_zero(1 - (first + second) * at / (first + 1))
    value = lower = 1 / lower
    for step in range(1, MOST_STEPS):
        twice = first + 2 * step
        for part in (
            step * (second - step) * at / ((twice - 1) * twice),
            -(first + step) * (first + second + step) * at / (twice * (twice + 1)),
        ):
            lower, upper = 1 / _not_zero(1 + part * lower), _not_zero(1 + part / upper)
            value *= upper * lower
        if abs(upper * lower - 1) < PRECISION:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY


def _root(rising: Callable[[float], float]) -> float:
    """Return where a rising function of a rate is 0, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
