"""What columns refuse: by the name of the column, never by its values, and never by another library's error."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmcore.errors import InputError, UnknownField, UnsupportedData
from crmcore.query import F
from crmcore.query.columns import Table

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


HALF = "SECRET\ud800"


def causes(error):
    """Yield the error and all that it was raised from, or while handling."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [HALF, "x"]}, dtype=object),
        {"a": pd.Series([HALF, "x"], dtype=object)},
        {"a": [HALF, "x"]},
        pd.DataFrame({"a": pd.Categorical(pd.Series([HALF, "x"], dtype=object))}),
        pd.DataFrame({"a": [[HALF], ["x"]]}),
    ],
    ids=["frame", "series", "list", "categories", "lists"],
)
@pytest.mark.parametrize("question", [F.a == "x", F.a.contains("x"), F.a.is_known()], ids=str)
def test_half_a_character_is_refused_without_being_told(data, question):
    """By the name of the column; neither the error nor what led to it has the value."""
    with pytest.raises(InputError, match=r"'a'.*half a character") as caught:
        question.mask(data)

    assert not [error for error in causes(caught.value) if "SECRET" in f"{error} {error.args}"]


@pytest.mark.parametrize("dtype", [pl.Int128, pl.UInt64])
def test_integers_of_other_widths_are_taken_where_they_fit(dtype):
    """128 bits are no reason to fail, while the numbers fit into 64."""
    largest = pl.DataFrame({"a": pl.Series([5, None, 2**63 - 1], dtype=dtype)})

    assert [False, False, True] == (F.a > 5).mask(largest).tolist()
    assert [True, False, False] == (F.a == 5).mask(largest).tolist()
    for beyond in (2**63, 2**64 - 1):
        with pytest.raises(InputError, match="column 'a' holds an integer beyond 64 bits"):
            (F.a > 5).mask(pl.DataFrame({"a": pl.Series([None, beyond], dtype=dtype)}))


@pytest.mark.parametrize("beyond", [2**100, -(2**100), -(2**63) - 1])
def test_an_integer_beyond_64_bits_is_refused(beyond):
    """Alone or in a list, above and below."""
    for series in (pl.Series([beyond, 1], dtype=pl.Int128), pl.Series([[beyond], [1]], dtype=pl.List(pl.Int128))):
        with pytest.raises(InputError, match=r"'a'.*64 bits"):
            (F.a > 5).mask(pl.DataFrame({"a": series}))


@pytest.mark.parametrize("data", [{"a": np.array(1)}, {"a": np.array("x")}, {"a": 1}, {"a": "x"}])
def test_a_column_that_is_one_value_is_refused(data):
    """A scalar of numpy has no rows either."""
    with pytest.raises(InputError, match=r"column 'a' is .*not a list of values"):
        (F.a == 1).mask(data)


@pytest.mark.parametrize("form", [list, tuple, iter])
def test_rows_may_be_mappings(form):
    """What a row leaves out is not known; what all leave out there is not."""
    rows = [{"a": 1, "tags": ["x"]}, {"b": 2}, {}, {"a": 3, "jobs": [{"title": "cook"}]}]

    assert [False, False, False, True] == (F.a > 1).mask(form(rows)).tolist()
    assert [True, False, False, False] == (F.tags == "x").mask(form(rows)).tolist()
    assert [False, False, False, True] == F.jobs.any(title="Cook").mask(form(rows)).tolist()
    assert [] == list((F.a > 1).mask([], subject=Table.of({"a": [1]}).subject))
    with pytest.raises(UnknownField, match="'c'"):
        (F.c > 1).mask(form(rows))


@pytest.mark.parametrize("data", [[1], ["a"], [{"a": 1}, None], [("a", 1)], 5, "abc", b"abc", None, object(), {1, 2},
                                  np.array([1, 2]), [[{"a": 1}]], pl.Series("a", [1])])  # fmt: skip
def test_what_is_no_table_says_what_one_is(data):
    """The message does not offer what was passed, nor repeat it."""
    with pytest.raises(UnsupportedData, match=r"a mapping of columns, or an iterable of mappings$"):
        (F.a == 1).mask(data)


@pytest.mark.parametrize("rows", [[{1: 5, "1": 6}], [{"1": 6}, {1: 5}]])
def test_rows_whose_names_read_alike_are_refused(rows):
    """As the columns of a mapping are."""
    with pytest.raises(InputError, match="two columns are called '1'"):
        (F["1"] == 5).mask(rows)
