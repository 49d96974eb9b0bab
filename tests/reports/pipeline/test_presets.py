"""Every preset gives the number that was worked out by hand, and vendors differ where they say that they do."""

from __future__ import annotations

import pytest

from crmcore.model.hiring import Opening
from crmcore.model.hiring.opening import SeatEntry
from crmcore.reports.pipeline import Measure, StageTable, Window
from crmcore.reports.pipeline.presets import PRESETS
from tests.reports.pipeline.hiring_spring import NOW, day, job, pairs, table, told

ALL = Window(since=day(0), until=day(140))

# Days of each row behind the number, in the order of the ids; see the table of hiring_spring.
WORKED_OUT = {
    # o-1 0 to 34, o-2 0 to 36, o-3 10 to 59; o-4 is of an evergreen job, o-5 is not filled: the middle one
    "time-to-fill": 36,
    # posted 2 to accepted 32 and 35, posted 12 to accepted 58; a-8 reneged
    "time-to-fill-greenhouse": (30 + 33 + 46) / 3,
    # opened 0 to hired 34 and 36, less 10 on hold; reopened 50 to hired 59; opened 0 to hired 8
    "time-to-fill-workable": (24 + 26 + 9 + 8) / 4,
    # j-1: 34 and 36, 35 in the mean; j-2: 10 to 59; j-3: 8; to one decimal
    "time-to-fill-pinpoint": 30.7,
    # opened 0 to 34 and 36, 10 to 59, 0 to 8
    "time-to-fill-peopleforce": (34 + 36 + 49 + 8) / 4,
    # j-1 0 to 36, j-2 10 to 59 (o-5 came later), j-3 0 to 8
    "time-to-fill-frappe": (36 + 49 + 8) / 3,
    # j-1: approved 1, posted 2, last accepted 35; j-2 was never approved
    "time-to-fill-taleo": 33,
    # applied 4, 5, 52 to accepted 32, 35, 58
    "time-to-fill-lever-applied-accepted": (28 + 30 + 6) / 3,
    # applied 4, 5, 52, 3 to hired 34, 36, 59, 8
    "time-to-fill-lever-applied-hired": (30 + 31 + 7 + 5) / 4,
    "time-to-fill-lever-posted-accepted": (30 + 33 + 46) / 3,
    # posted 2, 2, 12 to hired 34, 36, 59; j-3 was not posted
    "time-to-fill-lever-posted-hired": (32 + 34 + 47) / 3,
    # added 1, 5, 50 to accepted 32, 35, 58
    "time-to-fill-lever-added-accepted": (31 + 30 + 8) / 3,
    "time-to-fill-lever-added-hired": (33 + 31 + 9) / 3,
    # touched 1 to hired 34; applied 5, 52, 3 to hired 36, 59, 8
    "time-to-hire-workable": (33 + 31 + 7 + 5) / 4,
    # 30 less 10 on hold; 31 less 10 on hold and 3 rejected; 7; 5
    "time-to-hire-hedgehog": (20 + 18 + 7 + 5) / 4,
    "time-to-hire-hedgehog-clipped": (20 + 18 + 7 + 5) / 4,
    "time-to-hire-opm": (28 + 30 + 6) / 3,
    # applied to answered: a-1 32, a-2 35, a-4 declined 29, a-5 58, a-8 26
    "days-to-offer-greenhouse": (28 + 30 + 15 + 6 + 11) / 5,
    # sent to accepted: f-1 23 to 32 (its second version), f-2 33 to 35, f-4 57 to 58, f-5 21 to 26
    "time-to-accept": (9 + 2 + 1 + 5) / 4,
    "time-to-start": 60,
    # closed stays: a-1 2 4 6 18, a-2 3 4+4 17, a-3 3+2 2+4, a-4 4 6 6, a-5 3 4, a-6 5, a-8 5 8, a-9 20: 130 days;
    # open ones 100 and 20; 20 pairs of application and stage
    "time-in-stage": 250 / 20,
    # 2 4 6 18, 3 4 17, 3 2, 4 6, 3 4, 5, 5, 20: not a-2 to its rejection, a-3 back and out, a-4 and a-8 out of offer
    "time-in-stage-gem": 106 / 16,
    # a-1 2 2 4 14, a-2 1 4 4 11, a-3 1 2 2 2, a-4 3 4 4, a-5 3 2, a-6 3, a-8 5 5, a-9 14
    "time-in-stage-crosschq": 92 / 21,
    # 2 2 2 3 3 3 4 4 4 4 [4] 4 5 5 6 6 6 8 17 18 20
    "time-in-stage-ashby": 4,
    # 20 pairs; not a-3 in screen, a-4 and a-8 in offer, a-7 in applied, a-9 in screen
    "conversion": 15 / 20,
    # a-3 went back from screen, which counts here
    "pass-rate-greenhouse": 16 / 20,
    # jumped over: a-4 and a-5 screen, a-8 screen and onsite
    "pass-rate-greenhouse-skips": 20 / 24,
    # without a-7 and a-9, which have not ended
    "pass-through-ashby": 14 / 17,
    # a-3 out of screen, a-4 and a-8 out of offer; a-2 came back to screen and went on from there
    "drop-off": 3 / 20,
    "reached-greenhouse": 20,
    # 21 stays ended, 4 of them with a no: a-2 and a-3 in screen, a-4 and a-8 in offer
    "exited-greenhouse": 17,
    "stage-count-smartrecruiters": 20,
    "offer-acceptance-frappe": 3 / 6,
    "offer-acceptance-taleo": 3 / 5,
    "offer-acceptance-ashby": 3 / 4,
    "applicant-to-hire-frappe": 3 / 9,
    # of 8 persons p-1, p-2, p-4, p-5
    "source-effectiveness": 4 / 8,
    # a-1, a-2, a-5, a-6 hired; a-3 screen 1/4, a-4 offer 3/4, a-7 0, a-8 offer 3/4, a-9 screen 1/4
    "source-quality-greenhouse": (4 + 0.25 + 0.75 + 0.75 + 0.25) / 9,
    # a-7 last stepped on day 40, a-9 on day 120
    "stale-lever": 1 / 2,
    "ageing": (100 + 20) / 2,
    # 30 31 11 16 7 5 13: the middle one
    "cycle-time": 13,
    "hires": 4,
    "velocity": 4 * 30 / 140,
    "throughput": 21 * 7 / 140,
    "work-in-progress": 250 / 140,
    # j-1 2 less 2, j-2 2 less 1; j-3 is evergreen
    "openings-left-taleo": 1,
    # interviewed: j-1 a-1 a-2, j-2 a-4 a-5, j-3 nobody
    "qualified-per-position-iso": (2 + 2 + 0) / 3,
}

# The same in the window from day 30 until day 60, not including it.
IN_WINDOW = {
    # a-1 30 to 34, a-2 30 to 36, a-5 52 to 59: the hold was over, the rejection too
    "time-to-hire-hedgehog-clipped": (4 + 6 + 7) / 3,
    # a-1 offer, a-2 onsite, a-4 offer, a-5 applied and onsite, a-7 applied: those of day 30 are there when it begins
    "stage-count-smartrecruiters": 6,
    # a-1 4, a-2 6, a-4 0, a-5 3 and 4, a-7 20
    "work-in-progress": 37 / 30,
    "hires": 3,
    # applied in it: a-5 and a-7, of which a-5 was in two stages
    "reached-greenhouse": 3,
    # began to be in a stage: a-5 in applied and onsite, a-7 in applied, which lasts
    "conversion": 2 / 3,
    # left: a-1 offer 34, a-2 onsite 36, a-4 offer 30, a-5 applied 55 and onsite 59
    "time-in-stage-ashby": 6,
    "exited-greenhouse": 4,
    # applied: a-5 hired, a-7 not
    "source-effectiveness": 1 / 2,
    # sent in it: f-2 and f-4
    "offer-acceptance-taleo": 1,
}


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_gives_the_number_worked_out_by_hand(key: str) -> None:
    """Every preset, over everything as of day 140, is what paper and pencil say."""
    measure = PRESETS[key]
    needs = measure.per_days or key.endswith("clipped") or key.startswith("stage-count")
    figure = measure.over(table(), within=ALL if needs else None, at=NOW)

    assert pytest.approx(WORKED_OUT[key], abs=1e-12) == figure.value


@pytest.mark.parametrize("key", IN_WINDOW)
def test_a_preset_in_a_window_gives_the_number_worked_out_by_hand(key: str) -> None:
    """A window takes in the rows that the measure's own rule says belong to it."""
    figure = PRESETS[key].over(table(), within=Window(since=day(30), until=day(60)), at=NOW)

    assert pytest.approx(IN_WINDOW[key], abs=1e-12) == figure.value


def test_every_preset_was_worked_out() -> None:
    """None is left out of the table above."""
    assert set(WORKED_OUT) == set(PRESETS)


@pytest.mark.parametrize("name", ["time-to-fill", "time-to-hire", "time-in-stage", "offer-acceptance", "pass-"])
def test_vendors_differ(name: str) -> None:
    """What vendors call by one name are different numbers; two of Lever's choices are Greenhouse's and OPM's rule."""
    numbers = [
        value
        for key, value in WORKED_OUT.items()
        if key.startswith(name) and not key.startswith("time-to-fill-lever") and not key.endswith("clipped")
    ]

    assert len(numbers) == len(set(numbers)) > 1


@pytest.mark.parametrize("measure", PRESETS.values(), ids=PRESETS)
def test_a_preset_survives_json(measure: Measure) -> None:
    """A measure is data: written as JSON and read again it is the same."""
    assert measure == Measure.model_validate_json(measure.model_dump_json())


def test_rules_that_differ_read_differently() -> None:
    """No two presets describe themselves in the same words."""
    assert len(PRESETS) == len({measure.describe() for measure in PRESETS.values()})


@pytest.mark.parametrize("key", PRESETS)
def test_the_rows_behind_a_number_add_up_to_it(key: str) -> None:
    """`explain` lists as many rows as are counted, and their values give the number back by the measure's own sum."""
    measure = PRESETS[key]
    figure = measure.over(table(), within=ALL, at=NOW)
    behind = figure.explain()

    assert figure.count == len(behind) == len(behind.values)
    if measure.within is None and measure.statistic in {"mean", "total"}:
        total = sum(behind.values)
        whole = total / len(behind) if measure.statistic == "mean" else total * (measure.per_days or 1)
        per = 1 if measure.per_days is None else 140
        assert pytest.approx(whole / per) == figure.value


def test_hires_by_source_and_the_ids_behind_them() -> None:
    """Broken down by source, the groups are those of the rows, and each lists its own."""
    by_source = PRESETS["hires"].by("source", table=table(), at=NOW)

    assert {"referral": 2.0, "agency": 1.0, "board": 1.0} == by_source.values()
    assert ("a-1", "a-2") == next(iter(by_source)).explain().ids


def test_source_quality_and_effectiveness_by_source() -> None:
    """Who comes by referral travels the whole way; what has no source is a group of its own."""
    quality = PRESETS["source-quality-greenhouse"].by("source", table=table(), at=NOW).values()
    hired = PRESETS["source-effectiveness"].by("source", table=table(), at=NOW).values()

    assert {"referral": 1.0, "board": 2 / 3, "agency": 0.875, None: 0.125} == quality
    assert {"referral": 1.0, "board": 0.5, "agency": 0.5, None: 0.0} == hired


def test_time_in_stage_by_stage() -> None:
    """Days in stages, by stage, of those who left by a step forward."""
    numbers = PRESETS["time-in-stage-gem"].by("stage", table=table()).values()

    assert {
        "applied": (2 + 3 + 3 + 2 + 4 + 3 + 5 + 5 + 20) / 9,
        "screen": (4 + 4) / 2,
        "onsite": (6 + 17 + 6 + 4) / 4,
        "offer": 18.0,
    } == numbers


def test_a_breakdown_by_two_groups_gives_columns() -> None:
    """Two sorts of groups give one row for each pair that there is."""
    columns = PRESETS["hires"].by("department", "recruiter", table=table()).to_columns()

    assert {
        "department": ["d-1", "d-2", "d-2"],
        "recruiter": ["u-1", "u-1", "u-2"],
        "value": [2.0, 1.0, 1.0],
        "count": [2, 1, 1],
    } == columns


def test_a_figure_says_what_it_is() -> None:
    """The number comes with its definition."""
    figure = PRESETS["time-to-fill-greenhouse"].over(table(), at=NOW)

    assert figure.describe() == (
        "Time to fill: 36.3333 (3 rows, all time as of 2026-07-19T00:00:00+00:00). Mean: dates in UTC, from: the "
        "first time that the job was posted; to: the last time that an offer was accepted, and that stands. After "
        "Greenhouse: job posted to offer accepted, calendar days. Over applications, only where an offer was accepted "
        "and stands. A row belongs to a window when it ends in it."
    )


HIRED_AND_UNDONE = "open 0, fill 10, unfill 14"


@pytest.mark.parametrize(
    ("ledger", "days"),
    [
        (["open 0, fill 10"], 10),
        ([HIRED_AND_UNDONE], None),
        ([f"{HIRED_AND_UNDONE}, fill 20"], 20),
        ([f"{HIRED_AND_UNDONE}, close 20"], None),
        (["open 0, fill 10", "open 12"], 10),
        (["open 0, fill 10", "open 12, fill 15, unfill 18"], 10),
        (["open 0, fill 5, unfill 12", "open 0, fill 10"], None),
    ],
    ids=["filled", "undone", "again", "given up", "one more", "one more, undone", "one of two undone"],
)
def test_a_job_is_filled_while_the_seats_that_were_filled_then_are(ledger: list[str], days: int | None) -> None:
    """Freeing a seat undoes the fill of its job; a seat that is opened later does not."""
    openings = [seat_of(f"o-{number}", steps) for number, steps in enumerate(ledger)]
    found = StageTable.of([], jobs=[job("j-1", "open 0", department="d-1")], openings=openings)

    assert days == PRESETS["time-to-fill-frappe"].over(found, at=NOW).value


def seat_of(key: str, steps: str) -> Opening:
    """Build an opening from words such as "open 0, fill 10"."""
    held = {"fill": "a-1", "unfill": "a-1"}
    entries = [SeatEntry(verb=verb, application=held.get(verb), **told(float(at))) for verb, at in pairs(steps)]
    return Opening(id=key, job="j-1", ledger=entries)
