"""Dates, as far as they are known."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from crmcore.hygiene import PartialDate, Verdict, clean_date, guess_day_first

READ = {
    "2019-03-07": "2019-03-07",
    "2019-03-07T10:11:12Z": "2019-03-07",
    "19560409": "1956-04-09",
    "25/12/2019": "2019-12-25",
    "12/25/2019": "2019-12-25",
    "05/05/2019": "2019-05-05",
    "7.3.2019": "2019-03-07",
    "03/2019": "2019-03",
    "2019": "2019",
    "1990-05-00": "1990-05",
    "March 7th, 2019": "2019-03-07",
    "Thu, 7 Mar 2019": "2019-03-07",
    "7. März 2019": "2019-03-07",
    "1er août 2019": "2019-08-01",
    "7 de marzo de 2019": "2019-03-07",
    "7 maart 2019": "2019-03-07",
    "7 luglio 2019": "2019-07-07",
}


@pytest.mark.parametrize("raw", READ)
def test_a_date_is_read_as_precisely_as_it_was_written(raw):
    """Numbers, compact forms and month names in several languages are valid and no more precise than they say."""
    cleaned = clean_date(raw)

    assert (str(cleaned.value), cleaned.verdict) == (READ[raw], Verdict.VALID)


@pytest.mark.parametrize(
    ("raw", "value", "code"),
    [
        ("03/04/2019", "2019", "day-month-ambiguous"),
        ("7.3.19", "2019-03-07", "century-assumed"),
        ("7.3.56", "1956-03-07", "century-assumed"),
        ("c. 1985", "1985", "about"),
        ("1900-01-01", "1900-01-01", "default-date"),
        ("201903", "2019-03", "compact-month"),
    ],
)
def test_what_a_date_leaves_open_is_said(raw, value, code):
    """An assumption makes the date doubtful and is named."""
    cleaned = clean_date(raw)

    assert (str(cleaned.value), cleaned.verdict, cleaned.reasons[0].code) == (value, Verdict.DOUBTFUL, code)


@pytest.mark.parametrize(
    "raw", ["31/02/2019", "1956-13-31", "19561331", "yesterday", "43531", "2019-3-7-1", "0012-01-01"]
)
def test_impossible_dates_are_invalid(raw):
    """What the calendar does not have is no date, nor is a bare number."""
    assert clean_date(raw).verdict is Verdict.INVALID


def test_settings_resolve_what_is_open():
    """Day order, pivot and spreadsheet serials are read when the caller says so."""
    assert str(clean_date("03/04/2019", day_first=True).value) == "2019-04-03"
    assert str(clean_date("03/04/2019", day_first=False).value) == "2019-03-04"
    assert str(clean_date("7.3.56", century_pivot=60).value) == "2056-03-07"
    assert str(clean_date("43531", excel_serial=True).value) == "2019-03-07"
    assert clean_date("25/12/2019", day_first=False).reasons[0].code == "day-month-swapped"
    assert clean_date("present").reasons[0].code == "open-ended"


def test_a_column_shows_its_day_order():
    """One number over twelve settles it; a few contrary slips do not."""
    assert guess_day_first(["03/04/2019", "25/12/2018"]) is True
    assert guess_day_first(["12/25/2018"] * 20 + ["25/12/2018"]) is False
    assert guess_day_first(["25/12/2018", "12/25/2018"]) is None
    assert guess_day_first(["2019-03-04", None, "x"]) is None


PARTIAL = st.dates(date(1, 1, 1)).flatmap(
    lambda day: st.sampled_from([PartialDate(day.year), PartialDate(day.year, day.month), PartialDate.of(day)])
)


@given(PARTIAL)
def test_a_partial_date_round_trips_through_its_text(partial):
    """Text and value say the same, and it contains its own ends."""
    assert PartialDate.parse(str(partial)) == partial
    assert partial.earliest <= partial.latest
    assert partial.contains(partial.earliest)
    assert partial.contains(partial.latest)


@given(PARTIAL, PARTIAL)
def test_partial_dates_have_one_order(one, other):
    """Exactly one of less, equal and greater holds; certainly before implies less."""
    assert [one < other, one == other, one > other].count(True) == 1
    assert (one <= other) == (not one > other)
    assert not one.before(other) or one < other


class Held(BaseModel):
    since: PartialDate


def test_pydantic_holds_a_partial_date():
    """It is a field type: text in JSON, itself in Python, a pattern in the schema."""
    held = Held(since="2019-03")

    assert Held.model_validate_json(held.model_dump_json()) == held == Held(since=PartialDate(2019, 3))
    assert held.model_dump_json() == '{"since":"2019-03"}'
    assert Held(since=date(2019, 3, 7)).since == PartialDate(2019, 3, 7)
    assert "pattern" in Held.model_json_schema()["properties"]["since"]


@pytest.mark.parametrize("text", ["2019-13", "2019-02-30", "19", "2019-3", "", "2019\n"])
def test_only_real_partial_dates_are_held(text):
    """Anything but the ISO text of a real date is refused."""
    with pytest.raises(ValidationError):
        Held(since=text)


def test_a_day_needs_its_month():
    """There is no day 7 of no month."""
    with pytest.raises(ValueError, match="needs its month"):
        PartialDate(2019, None, 7)
