"""Times in stages and to hire: equal to the naive number where all has ended, and true where it has not."""

from __future__ import annotations

from datetime import datetime

import attrs
import numpy as np
import pytest

from crmcore.errors import InputError
from crmcore.reports.pipeline.flow import time_in_stage, time_to_hire
from crmcore.reports.pipeline.flow.curves import curve_of, normal_quantile
from crmcore.testing._pipeline_draw import lasting
from crmcore.testing.pipelines import StageLaw, simulate
from tests.reports.pipeline.flow.made import application, day, table

LATE = simulate(jobs=1).day(5000)


def test_a_fixture_by_hand_gives_the_hand_worked_numbers() -> None:
    """Four applications, two of them still under way: every share, mean and count worked out by hand."""
    found = time_in_stage(
        table(
            application(1, ("enter", "applied", 0), ("move", "screen", 2), ("reject", "screen", 5)),
            application(2, ("enter", "applied", 0), ("move", "screen", 4)),
            application(3, ("enter", "applied", 0), ("withdraw", "applied", 6)),
            application(4, ("enter", "applied", 5)),
        ),
        at=day(8),
    )
    applied = found["applied"]

    assert ["applied", "screen"] == list(found)
    assert (4, 1, {"advanced": 2, "returned": 0, "rejected": 0, "withdrawn": 1, "transferred": 0}) == (
        applied.count, applied.lasting, dict(applied.ended),
    )  # fmt: skip
    assert [2.0, 4.0, 6.0] == applied.leaving.days.tolist()  # at risk: 4, 2 (one was seen for 3 days), 1
    assert applied.leaving.shares == pytest.approx([1 / 4, 5 / 8, 1.0])
    assert applied.passage("advanced").incidence.shares == pytest.approx([1 / 4, 5 / 8])
    assert applied.passage("advanced").mean.value == pytest.approx(6 - (2 * 0.25 + 2 * 0.625) / 0.625)
    assert (3, 4.0, 4.0) == (applied.naive.count, applied.naive.mean, applied.naive.median)
    assert 4.0 == applied.median.value
    assert applied.mean().value == pytest.approx(2 + 2 * 0.75 + 2 * 0.375)
    assert applied.leaving.by(3).value == 0.25
    assert (None, 1.0) == (found["screen"].leaving.by(5).value, found["screen"].leaving.by(5).high)
    assert "4 seen, 1 of them not ended, 2 advanced, 1 withdrawn" in applied.describe()


@pytest.mark.parametrize("seed", range(3))
def test_where_all_has_ended_both_numbers_are_the_same(seed) -> None:
    """Means and medians of every stage, and of the time to hire, equal the naive ones."""
    made = simulate(jobs=3, days=90, per_week=20.0, seed=seed)
    for stage in time_in_stage(made.table, at=LATE).values():
        passage = stage.passage("advanced")

        assert 0 == stage.lasting
        assert (stage.mean().value, stage.median.value) == pytest.approx((stage.naive.mean, stage.naive.median))
        assert (passage.mean.value, passage.median.value) == pytest.approx((passage.naive.mean, passage.naive.median))
    hired = time_to_hire(made.table, at=LATE).passage("hired")

    assert (hired.mean.value, hired.median.value) == pytest.approx((hired.naive.mean, hired.naive.median))


LAWS = [
    (StageLaw(key="first", days=12.0, advance=0.5, shape=1.0),),
    (StageLaw(key="first", days=12.0, advance=0.6, law="weibull", shape=2.0, ending=0.5),),
    (StageLaw(key="first", days=12.0, advance=0.5, law="lognormal", shape=0.6, ending=1.5),),
]


@pytest.mark.parametrize("laws", LAWS, ids=["exponential", "weibull", "lognormal"])
def test_in_a_growing_pipeline_the_naive_number_is_too_low_and_this_one_is_true(laws) -> None:
    """Cut after 40 days the naive mean errs by a tenth; this one is that of all that go on within 40 days."""
    draws = lasting(laws[0].law, laws[0].shape, 400_000, rng=np.random.default_rng(0)) * 12.0
    truth = draws[draws < 40].mean()
    ours, naive, covered = [], [], 0
    for seed in range(40):
        made = simulate(jobs=1, days=40, per_week=60.0, stages=laws, seed=seed)
        passage = time_in_stage(made.table, at=made.ends)["first"].passage("advanced")
        ours.append(passage.mean.value)
        naive.append(passage.naive.mean)
        covered += passage.mean.low < truth < passage.mean.high

    assert truth * 0.92 > np.mean(naive)
    assert np.mean(ours) == pytest.approx(truth, rel=0.03)
    assert covered >= 33


def test_incidence_is_that_of_the_closed_form_and_its_intervals_hold_it() -> None:
    """Of exponential stays the share that has advanced by an age is known; the intervals hold it as often as they say."""
    law = (StageLaw(key="first", days=10.0, advance=0.4, shape=1.0),)
    held = dict.fromkeys((3.0, 8.0, 15.0), 0)
    medians = 0
    for seed in range(200):
        made = simulate(jobs=1, days=60, per_week=25.0, stages=law, seed=seed)
        stage = time_in_stage(made.table, at=made.day(45))["first"]
        for days in held:
            share = stage.passage("advanced").incidence.by(days)
            held[days] += share.low <= 0.4 * (1 - np.exp(-days / 10)) <= share.high
        medians += stage.median.low <= 10 * np.log(2) <= stage.median.high

    assert all(182 <= number <= 198 for number in (*held.values(), medians)), (held, medians)


def test_a_window_favours_neither_long_nor_short_stays() -> None:
    """Stays that had begun before the window count from their age; without that, the mean would be far too high."""
    law = (StageLaw(key="first", days=20.0, advance=1.0, shape=1.0, withdraw=0.0),)
    ours, biased = [], []
    for seed in range(20):
        made = simulate(jobs=1, days=300, per_week=20.0, stages=law, seed=seed)
        stage = time_in_stage(made.table, at=made.ends, since=made.day(285))["first"]
        ours.append(stage.mean(within=40.0).value)
        biased.append(stage._ages.mean() / 86_400e6)

    assert np.mean(ours) == pytest.approx(20 * (1 - np.exp(-2)), rel=0.07)
    assert np.mean(biased) > 20 * (1 - np.exp(-2)) * 1.05


def test_the_negative_control_to_leave_out_what_lasts_is_seen() -> None:
    """A pipeline cut in the middle has another mean than its full lives when what lasts is left out."""
    made = simulate(jobs=2, days=60, per_week=60.0, seed=1)
    cut = time_in_stage(made.table, at=made.day(25))["interview"]

    assert cut.lasting > 20
    assert cut.naive.mean < cut.mean().value


def test_what_was_undone_is_no_end() -> None:
    """A reopened application lasts, and one that was hired again counts with its last end."""
    found = time_to_hire(
        table(
            application(1, ("enter", "applied", 0), ("reject", "applied", 3), ("reopen", "screen", 5)),
            application(
                2, ("enter", "applied", 0), ("hire", "applied", 2), ("unhire", "applied", 4), ("hire", "applied", 7)
            ),
        ),
        at=day(10),
    )

    assert (2, 1, 1) == (found.count, found.lasting, found.ended["hired"])
    assert 7.0 == found.passage("hired").mean.value


def test_moves_back_are_told_from_moves_on() -> None:
    """A return does not count as an advance."""
    moved = application(1, ("enter", "applied", 0), ("move", "onsite", 1), ("move", "screen", 3), ("hire", "screen", 4))
    found = time_in_stage(table(moved), at=day(9))

    assert {"applied": "advanced", "onsite": "returned", "screen": "advanced"} == {
        key: next(way for way, number in stage.ended.items() if number) for key, stage in found.items()
    }


def test_what_happens_later_has_not_happened() -> None:
    """Steps after the instant do not count, and stays that begin after it are not there."""
    steps = table(application(1, ("enter", "applied", 0), ("move", "screen", 5), ("hire", "screen", 9)))

    assert {"applied": 0} == {key: stage.ended["advanced"] for key, stage in time_in_stage(steps, at=day(4)).items()}
    assert {} == time_in_stage(steps, at=day(-1))
    assert 0 == time_to_hire(steps, at=day(-1)).count


def test_one_application_all_under_way_and_stays_of_no_time_give_numbers_or_none() -> None:
    """Nothing known is None, not a guess; a stay of no time counts as one."""
    lasting = time_in_stage(table(application(1, ("enter", "applied", 0))), at=day(3))["applied"]
    quick = time_in_stage(table(application(1, ("enter", "applied", 0), ("move", "screen", 0))), at=day(3))["applied"]
    empty = time_to_hire(table(), at=day(3))

    assert (None, None, 3.0) == (lasting.median.value, lasting.naive.mean, lasting.mean().value)
    assert lasting.passage("advanced").mean.value is None
    assert (0.0, 0.0) == (quick.median.value, quick.passage("advanced").mean.value)
    assert (0, None, None) == (empty.count, empty.mean().value, empty.passage("hired").median.value)
    assert "0 seen" in empty.describe()
    assert "Durations" in repr(lasting)


def test_a_table_with_holes_or_the_wrong_way_round_is_refused() -> None:
    """A stay without its beginning, or that was left before it was entered, is told and not counted."""
    steps = table(application(1, ("enter", "applied", 0), ("move", "screen", 2), ("hire", "screen", 3)))
    log = steps.steps
    hole, back = log.occurred_at.copy(), log.occurred_at[::-1].copy()
    hole[1] = np.datetime64("NaT")
    for wrong, what in ((hole, "no instant"), (back, "left before")):
        broken = attrs.evolve(steps, steps=attrs.evolve(log, occurred_at=wrong))
        with pytest.raises(InputError, match=what):
            time_in_stage(broken, at=day(9))


def test_the_order_of_records_does_not_matter() -> None:
    """Applications in any order give the same numbers."""
    made = simulate(jobs=2, days=60, seed=3)
    records = made.applications()
    tables = [type(made.table).of(some, pipelines=[made.pipeline]) for some in (records, records[::-1])]
    one, other = (time_in_stage(each, at=made.day(40)) for each in tables)

    assert [each.describe() for each in one.values()] == [each.describe() for each in other.values()]


def test_jobs_are_chosen_by_their_ids() -> None:
    """Only the stays of the jobs that are asked for count."""
    steps = table(
        application(1, ("enter", "applied", 0), job="j-1"), application(2, ("enter", "applied", 0), job="j-2")
    )

    assert 1 == time_in_stage(steps, at=day(3), jobs=["j-2"])["applied"].count


@pytest.mark.parametrize(
    "asked",
    [
        {"at": datetime(2026, 1, 9)},  # noqa: DTZ001 - without a zone, which is the point
        {"at": "2026-01-09"},
        {"at": day(3), "since": day(3)},
        {"at": day(3), "jobs": ["j-9"]},
        {"at": day(3), "level": 1.0},
    ],
)
def test_questions_that_cannot_be_are_refused(asked) -> None:
    """Times without a zone, windows the wrong way round, unknown jobs, and levels that are none."""
    with pytest.raises(InputError):
        time_in_stage(table(application(1, ("enter", "applied", 0))), **asked)


def test_curves_refuse_what_they_cannot_tell() -> None:
    """Negative ages, and shares that cannot be reached."""
    curve = time_in_stage(table(application(1, ("enter", "applied", 0), ("reject", "applied", 2))), at=day(3))[
        "applied"
    ].leaving
    for ask in (lambda: curve.by(-1.0), lambda: curve.by(float("nan")), lambda: curve.reaches(1.0)):
        with pytest.raises(InputError):
            ask()


def test_intervals_hold_the_share_and_lie_within_its_bounds() -> None:
    """On the scale of log(-log) no bound leaves 0 and 1."""
    shares = np.array([0.01, 0.5, 0.99])
    curve = curve_of(np.arange(3.0), shares, np.array([0.01, 0.2, 0.01]), followed=3.0, level=0.95)

    assert ((curve.low >= 0) & (curve.low < shares) & (shares < curve.high) & (curve.high <= 1)).all()
    assert normal_quantile(0.8) == pytest.approx(1.2816, abs=1e-4)
