"""Back-tests: what they measure, by hand; and forecasts of simulated pipelines, which are calibrated."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow import Backtest, backtest
from crmcore.testing.pipelines import STAGES, StageLaw, simulate
from tests.reports.pipeline.flow.made import application, day, table

REGULAR = tuple(
    StageLaw(key=f"s{n}", days=d, advance=0.7, law="weibull", shape=2.5, back=0.05 if n else 0.0, withdraw=0.03)
    for n, d in enumerate((2, 5, 8, 6))
)


def held(**columns) -> Backtest:
    """Return a back-test of four forecasts and five applications."""
    given = {
        "at": (day(0), day(7), day(14), day(21)),
        "days": 7.0,
        "expected": np.array([1.0, 2.0, 3.0, 4.0]),
        "came": np.array([1, 2, 2, 5]),
        "below": np.array([0.1, 0.4, 0.0, 0.9]),
        "upto": np.array([0.3, 0.6, 0.2, 1.0]),
        "chances": np.array([0.1, 0.1, 0.5, 0.9, 0.9]),
        "hired": np.array([False, False, True, True, False]),
        "weighted": np.array([0.4] * 5),
    }
    return Backtest(**{**given, **columns})


def test_measures_are_those_worked_out_by_hand() -> None:
    """Coverage with edges in part and in full, PIT, Brier, ECE and the ratio of hires."""
    found = held()

    assert found.coverage(0.5).plain == 0.5  # the first two; the first one's count lies on the edge
    assert found.coverage(0.5).exact.value == pytest.approx((0.25 + 1.0 + 0.0 + 0.0) / 4)
    assert found.coverage(0.8).exact.value == pytest.approx((1.0 + 1.0 + 0.5 + 0.0) / 4)
    assert found.pit(2) == pytest.approx([(1 + 0.5 + 1 + 0) / 4, (0 + 0.5 + 0 + 1) / 4])
    assert found.brier == pytest.approx((0.01 + 0.01 + 0.25 + 0.01 + 0.81) / 5)
    assert found.brier_weighted == pytest.approx((3 * 0.16 + 2 * 0.36) / 5)
    assert found.ece == pytest.approx((0.1 + 0.1 + 0.5 + 0.1 + 0.9) / 5)
    assert found.bias.value == 1.0
    assert "4 forecasts of 7 days" in found.describe()
    assert "ECE" in repr(found)


@pytest.fixture(scope="module")
def calibrated() -> Backtest:
    """Return back-tests of two sorts of pipelines, one of them with jobs that differ, four of each."""
    parts = []
    for seed in range(4):
        for laws, more in ((STAGES, {}), (REGULAR, {"speed_spread": 0.3, "lean_spread": 0.4})):
            made = simulate(jobs=8, days=374, per_week=5.0, stages=laws, seed=seed, **more)
            parts.append(backtest(made.table, begins=made.day(150), at=made.ends, days=28.0, seed=seed))
    return Backtest.joined(parts)


def test_forecasts_of_simulated_pipelines_are_calibrated(calibrated) -> None:
    """What came lies within the intervals as often as they say, but for chance, and chances come true."""
    for level in (0.5, 0.8, 0.95):
        share = calibrated.coverage(level).exact

        assert share.low - 0.02 <= level <= share.high + 0.02
    assert 64 == len(calibrated)
    assert calibrated.bias.value == pytest.approx(1.0, abs=0.06)
    assert calibrated.ece < 0.025
    assert calibrated.brier < calibrated.brier_weighted


def test_reliability_sorts_applications_by_their_chances(calibrated) -> None:
    """Bins hold equally many, and what came rises with what was foretold."""
    bins = calibrated.reliability(5)

    assert sum(each.count for each in bins) == len(calibrated.hired)
    assert [each.foretold for each in bins] == sorted(each.foretold for each in bins)
    assert bins[0].came < bins[-1].came


@pytest.mark.parametrize("shift", [-8, 8])
def test_the_negative_control_a_bias_is_seen(calibrated, shift) -> None:
    """Were forecasts off by some hires, coverage, PIT and ratio would show it."""
    off = (
        np.clip(calibrated.below + np.sign(shift) * 0.35, 0, 1),
        np.clip(calibrated.upto + np.sign(shift) * 0.35, 0, 1),
    )
    wrong = attrs.evolve(calibrated, below=off[0], upto=off[1], came=np.maximum(calibrated.came + shift, 0))

    assert wrong.coverage(0.8).exact.high < 0.8
    assert not wrong.bias.low <= 1.0 <= wrong.bias.high


def test_counts_and_hires_are_those_of_the_table() -> None:
    """What came is what the table has between the instants, and who was hired is marked."""
    steps = table(
        application(1, ("enter", "applied", 0), ("hire", "applied", 3)),
        application(2, ("enter", "applied", 0), ("hire", "applied", 6)),
        application(3, ("enter", "applied", 0), ("hire", "applied", 12)),
        application(4, ("enter", "applied", 5)),
        application(5, ("enter", "applied", 6), ("hire", "applied", 8)),
    )
    found = backtest(steps, begins=day(5), at=day(11), days=3.0)

    assert [day(5), day(8)] == list(found.at)
    assert [2, 0] == found.came.tolist()
    assert [True, False, False, False, False] == found.hired.tolist()


@pytest.mark.parametrize(
    "asked",
    [
        {"begins": day(5), "at": day(6)},
        {"begins": day(5), "at": day(60), "days": 0.0},
        {"begins": day(5), "at": day(60), "days": float("nan")},
        {"begins": day(5), "at": day(60), "every": 0.0},
        {"begins": day(5), "at": day(60), "learn_days": float("nan")},
        {"begins": day(5), "at": day(60), "every": 1e-6},
        {"begins": day(-5), "at": day(60)},
    ],
)
def test_questions_that_cannot_be_are_refused(asked) -> None:
    """No room for a forecast, spans that are none, too many forecasts, and nothing to learn from."""
    with pytest.raises(InputError):
        backtest(table(application(1, ("enter", "applied", 0), ("hire", "applied", 3))), **asked)


def test_back_tests_that_look_unequally_far_are_not_joined() -> None:
    """Nor is none at all; and levels that are none are refused."""
    for parts in ([], [held(), held(days=14.0)]):
        with pytest.raises(InputError):
            Backtest.joined(parts)
    with pytest.raises(InputError):
        held().coverage(0.0)
