"""Tables of any library as codes: what each holds is what its cells say, and only what is asked for is read."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import UnknownColumn
from crmcore.matching import dedupe
from crmcore.matching.encoding.cells import cell_of
from crmcore.matching.encoding.coded import Raw
from crmcore.matching.encoding.columns import Column
from crmcore.matching.encoding.strings import Strings
from crmcore.matching.encoding.table import CellTable, read_table

texts = st.none() | st.sampled_from(["Ada", "ada", "", "Zoë", "7", "n/a", "李"])
odd = texts | st.sampled_from([7, 7.0, True, 1, 1.5, float("nan"), b"Ada", ("a", "b"), ("a",), [None], {"x"}])

HOLDERS = {
    "list": lambda cells: {"c": cells},
    "polars": lambda cells: pl.DataFrame({"c": pl.Series(cells, dtype=pl.String)}),
    "polars category": lambda cells: pl.DataFrame({"c": pl.Series(cells, dtype=pl.String).cast(pl.Categorical)}),
    "pyarrow": lambda cells: pa.table({"c": pa.array(cells, pa.string())}),
    "pyarrow pieces": lambda cells: pa.table(
        {"c": pa.chunked_array([pa.array(cells[:2], pa.string()), pa.array(cells[2:], pa.string())])}
    ),
    "pyarrow large": lambda cells: pa.table({"c": pa.array(cells, pa.large_string())}),
    "pyarrow view": lambda cells: pa.table({"c": pa.array(cells, pa.string_view())}),
    "pyarrow dictionary": lambda cells: pa.table({"c": pa.array(cells, pa.string()).dictionary_encode()}),
    "pandas": lambda cells: pd.DataFrame({"c": pd.Series(cells, dtype="string")}),
    "pandas object": lambda cells: pd.DataFrame({"c": pd.Series(cells, dtype=object)}),
    "pandas arrow": lambda cells: pd.DataFrame({"c": pd.Series(cells, dtype=pd.ArrowDtype(pa.string()))}),
    "pandas category": lambda cells: pd.DataFrame({"c": pd.Series(cells, dtype=object).astype("category")}),
}


@settings(max_examples=40)
@pytest.mark.parametrize("holder", HOLDERS)
@given(cells=st.lists(texts, max_size=9))
def test_texts_of_any_library_are_what_its_cells_say(holder, cells):
    """Codes, one cell, a slice and all cells agree with what was put in, before and after what was read is given up."""
    column = read_table(HOLDERS[holder](cells))["c"]
    codes, values = column.raw.codes[:, 0].tolist(), list(column.raw.values)

    assert cells == list(column) == column[:] == [column[row] for row in range(len(cells))]
    assert cells == [None if code < 0 else values[code] for code in codes]
    column.forget()
    assert cells == [column[row] for row in range(len(cells))]
    assert cells == list(column)


def several(cells):
    """Return cells, several texts of which there is only one as that text."""
    return [cell[0] if isinstance(cell, tuple) and len(cell) == 1 else cell for cell in cells]


@given(cells=st.lists(odd, max_size=9))
def test_odd_cells_are_read_alike_from_a_list_and_from_objects(cells):
    """Numbers, flags, bytes and collections among texts are what each is by itself: 1 is not true, and not 1.0's heir."""
    expected = several(map(cell_of, cells))

    for column in (read_table({"c": cells})["c"], read_table(pd.DataFrame({"c": pd.Series(cells, dtype=object)}))["c"]):
        assert expected == several(column)
        assert expected == several([column[row] for row in range(len(cells))])


@pytest.mark.parametrize(
    "values",
    [
        pl.Series([1, None, 3, 1]),
        pl.Series([1.0, None, 3.5, float("nan")]),
        pl.Series([True, None, False, True]),
        pl.Series([["a", "b"], None, [], ["a"]]),
        pd.Series([1, None, 3, 1], dtype="Int64"),
        pd.Series([1.0, None, 3.5, 1.0]),
        pd.Series([True, False, False, True]),
        pd.Series(["2020-01-01", None, "2020-01-01", "2021-05-06"], dtype="datetime64[ns]"),
        pd.Series([{"a": 1}, None, {"a": 1}, ["x"]], dtype=object),
    ],
    ids=lambda values: f"{type(values).__module__[:6]} {values.dtype}",
)
def test_values_that_are_no_texts_are_read_as_one_by_one(values):
    """Distinct numbers, flags and days say the same as each cell by itself."""
    frame = values.to_frame("c")

    assert several(map(cell_of, values.to_list())) == several(read_table(frame)["c"])


def test_a_frame_that_changes_afterwards_is_explained_as_it_was():
    """What was matched is what is shown, whatever becomes of the frame."""
    frame = pd.DataFrame({"name": ["Ada Lovelace", "Ada Lovelace"], "email": ["ada@x.example"] * 2})
    result = dedupe(frame)
    frame.loc[0, "name"] = "Somebody Else"

    assert {"Ada Lovelace"} == {result.explain(0, 1).evidence[0].left, result.explain(0, 1).evidence[0].right} - {""}


def unread():
    """Fail when somebody reads the column."""
    raise AssertionError("this column was read")


def test_a_column_that_nobody_asks_for_is_not_read():
    """A column of a told role that is no evidence is never touched; the control, one that is, is."""
    told = {"name": Column.of(["Ada Lovelace", "Alan Turing"]), "cv": Column(2, unread)}

    assert [0, 1] == dedupe(CellTable(told, rows=2), columns={"cv": "notes"}).cluster_ids.tolist()
    with pytest.raises(AssertionError, match="was read"):
        dedupe(CellTable(told, rows=2), columns={"cv": "company"})


@given(first=st.lists(texts, max_size=5), second=st.lists(texts | st.just(("a", "b")), max_size=5))
def test_a_column_under_another(first, second):
    """Stacked columns hold the rows of one and then those of the other."""
    column = Column.of(second).under(Column.of(first))
    codes = column.raw.codes

    assert first + second == [column[row] for row in range(len(column))]
    assert [code >= 0 for code in codes[:, 0]] == [cell is not None for cell in first + second]


def test_gaps_are_nothing():
    """A column of gaps holds nothing in every row."""
    column = Column.gaps(3)

    assert [None] * 3 == list(column) == [column[row] for row in range(3)]


@given(cells=st.lists(st.sampled_from(["a", "b", "n/a", None]), max_size=6))
def test_cells_are_counted(cells):
    """Different texts with their counts, the number of rows, and whether every row has one of its own."""
    counted = Column.of(cells).counted()

    assert {cell: cells.count(cell) for cell in cells if cell is not None} == counted.counts
    assert len(cells) == counted.total
    assert (len(set(cells)) == len(cells) and not {None, "n/a"} & set(cells)) == counted.unique


def test_of_very_many_different_cells_some_are_counted_wherever_they_stand():
    """Shuffled rows give the same sample."""
    cells = [f"p{at}" for at in range(20_000)]

    counted = Column.of(cells).counted()

    assert 4000 == len(counted.counts)
    assert counted == Column.of(cells[::-1]).counted()


def test_two_values_of_one_library_that_say_the_same_are_counted_together():
    """Values that differ for the library only are one text."""
    column = Column(2, lambda: Raw(codes=Column.of(["a", "b"]).raw.codes, values=Strings.of(["7", "7"])))

    assert {"7": 2} == column.counted().counts
    assert not column.counted().unique


def test_without_columns_a_table_has_its_rows_still():
    """Leaving out all columns leaves the rows; a column that is not there is refused."""
    table = read_table({"a": ["x", "y"]})

    assert (2, 0) == (table.without("a").rows, len(table.without(["a"])))
    with pytest.raises(UnknownColumn, match="did you mean 'a'"):
        table.without(["aa"])


def test_what_was_read_is_given_up():
    """A column whose cells can be had without is read again after it was forgotten; a kept one is not."""
    reads = []

    def read(name):
        reads.append(name)
        return Column.of(["x", None]).raw

    table = CellTable(
        {name: Column(2, lambda name=name: read(name), peek=["x", None].__getitem__) for name in "ab"}, rows=2
    )
    for but in ((), ("a",)):
        assert [["x", None]] * 2 == [list(column) for column in table.values()]
        table.forget(but=but)
    assert [["x", None]] * 2 == [list(column) for column in table.values()]

    assert ["a", "b", "a", "b", "b"] == reads
