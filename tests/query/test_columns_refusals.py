"""What columns refuse: by the name of the column, never by its values, and never by another library's error."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmcore.errors import InputError
from crmcore.query import F

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def arrow_instants(values, unit):
    """Return a table of an Arrow timestamp."""
    return pa.table({"at": pa.array(values, type=pa.timestamp(unit, "UTC"))})


def polars_instants(values, unit):
    """Return a frame of a polars Datetime."""
    return pl.DataFrame({"at": pl.Series(values).cast(pl.Datetime(unit, "UTC"))})


BEYOND = [
    (arrow_instants, unit, value)
    for unit in ("s", "ms", "us")
    for value in (2**62, -(2**62), 2**63 - 1, -(2**63) + 1, 253_402_300_800 * {"s": 1, "ms": 10**3, "us": 10**6}[unit])
] + [(polars_instants, unit, value) for unit in ("ms", "us") for value in (2**62, -(2**62), -(2**63) + 1)]


@pytest.mark.parametrize(("frame", "unit", "value"), BEYOND)
@pytest.mark.parametrize("others", [[], [0], [None, 0]])
def test_an_instant_beyond_the_years_is_refused_in_its_own_unit(frame, unit, value, others):
    """Also where it does not fit into microseconds; and without a warning of numpy's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match="column 'at' holds an instant beyond the years 1 to 9999"):
            (F.at > NOW).mask(frame([*others, value], unit))


@pytest.mark.parametrize("frame", [arrow_instants, polars_instants])
@pytest.mark.parametrize(("unit", "tick"), [("ms", 10**3), ("us", 10**6)])
def test_the_first_and_the_last_instant_are_taken(frame, unit, tick):
    """The bounds themselves are within."""
    first, last = -62_135_596_800 * tick, 253_402_300_800 * tick - 1
    data = frame([first, None, last], unit)

    assert [False, False, True] == (F.at > NOW).mask(data).tolist()
    assert [True, False, False] == (F.at == datetime(1, 1, 1, tzinfo=UTC)).mask(data).tolist()


def test_nanoseconds_go_down_to_the_microsecond():
    """Before 1970 too, as every other reader does."""
    data = arrow_instants([-1, 1, None, 2**63 - 1, -(2**63) + 1], "ns")
    edge = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    assert [True, False, False, False, False] == (F.at == edge).mask(data).tolist()
    assert [False, False, False, True, False] == (F.at > NOW).mask(data).tolist()


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({1: [5], "1": [6]}),
        {1: [5], "1": [6]},
        {"x": [1], 1.5: [5], "1.5": [6]},
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])).set_axis([1, "1"], axis=1),
    ],
    ids=["pandas", "mapping", "float", "set"],
)
def test_two_columns_that_read_alike_are_refused(data):
    """A number and a text may be two names to a frame; a question knows one, and the later would win."""
    with pytest.raises(InputError, match=r"two columns are called '1(.5)?'"):
        (F["1"] == 5).mask(data)


def test_a_column_named_by_a_number_alone_is_taken():
    """There is no other that it could be taken for."""
    assert [True] == (F["1"] == 5).mask(pd.DataFrame({1: [5], 2: [6]})).tolist()


def test_items_named_by_numbers_are_refused():
    """Their values would be looked for under texts, and not found."""
    with pytest.raises(InputError, match="column 'a' holds items with names that are no texts"):
        F.a.is_known().mask({"a": [[{1: 5}]]})
    with pytest.raises(InputError, match="no relation 'a'"):
        F.a.any(F["1"] == 5).mask({"a": [[{1: 5}]]})
