"""Lists of dates: as certain as each date by itself, and as quick as a look-up. About ten seconds."""

from __future__ import annotations

import time
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.model import ContactRecord
from crmcore.query import F, Field, FieldType, In, Or, Subject, checked, compiled, holds
from crmcore.query.columns import Table, masks
from crmcore.storage import MemoryStore
from crmcore.storage.sql import SqlStore
from tests.query.columns_cases import Spec

FIELDS: dict[str, Field] = {"day": Spec("day", FieldType.DATE, is_multi=True)}
SUBJECT = Subject("record", FIELDS)
DATES = st.one_of(
    st.sampled_from(["0001", "0001-01", "0001-01-01", "9999", "9999-12", "9999-12-31", "2020-02-29", "2020-02"]),
    st.builds(
        lambda year, month, day, length: f"{year:04}-{month:02}-{day:02}"[:length],
        st.integers(2018, 2021),
        st.integers(1, 12),
        st.integers(1, 28),
        st.sampled_from([4, 7, 10]),
    ),
)


@given(st.lists(DATES, max_size=6), st.lists(DATES, max_size=3))
@settings(max_examples=600)
def test_a_list_says_what_its_dates_say_one_by_one(values, known):
    """True, false and unknown of partial dates are those of the dates joined by Or; and so in columns."""
    facts = {"day": tuple(known)}
    asked = checked(F.day.in_(values), SUBJECT)
    slowly = checked(Or(F.day == value for value in values), SUBJECT)
    expected = holds(slowly, facts) if values else (False if known else None)
    true, false = masks(asked, Table.from_facts([facts], SUBJECT))

    assert expected is holds(asked, facts)
    assert (expected is True, expected is False) == (bool(true[0]), bool(false[0]))


def days(number: int) -> list[date]:
    """Return so many days from the first of all."""
    return [date(1, 1, 1) + timedelta(days=at) for at in range(number)]


def test_a_long_list_costs_a_record_what_a_short_one_costs():
    """Ninety thousand days are looked up, not gone through: 10,000 judgements within the time that 25 took."""
    asked = checked(In("day", days(90_000)), SUBJECT)
    is_one, is_none = compiled(asked), compiled(~asked)
    start = time.perf_counter()
    found = sum(is_one({"day": ("1990-01-01", "0100-01-02")}) for _ in range(5_000))
    found += sum(is_none({"day": ("1990-01-01", "1991")}) for _ in range(5_000))

    assert time.perf_counter() - start < 1
    assert found == 10_000


def test_a_store_and_columns_answer_a_long_list_at_once():
    """Four hundred people by ninety thousand days, in memory and on SQLite; two thousand rows of a column."""
    asked = F.born.in_(days(90_000))
    people = [ContactRecord.model_validate({"id": f"c-{at}", "born": f"{200 + at:04}-01-01"}) for at in range(400)]
    counts = []
    for store in (MemoryStore(), SqlStore("sqlite://")):
        with store.unit(actor="suite") as unit:
            for person in people:
                unit.put(person)
        start = time.perf_counter()
        counts.append(store.count(ContactRecord, asked))

        assert time.perf_counter() - start < 20
        store.close()
    start = time.perf_counter()
    rows = asked.mask({"born": [date(200, 1, 1) + timedelta(days=at) for at in range(2_000)]}).sum()

    assert time.perf_counter() - start < 20
    assert counts == [48, 48]
    assert rows == 2_000
