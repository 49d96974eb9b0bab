"""Whatever holds the table, the answer is the same; what is no table is refused in a sentence."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

import attrs
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from crmcore.errors import InputError, UnknownColumn, UnsupportedData
from crmcore.matching import dedupe
from crmcore.matching.encoding.table import read_table

COLUMNS = {
    "name": ["Ada Lovelace", "Alan Turing", "Lovelace, Ada", "Grace Hopper", "Grace B. Hopper", None],
    "email": ["ada@x.example", "alan@x.example", "ada@x.example", None, "grace@navy.example", "grace@navy.example"],
    "phone": [None, "020 7946 0123", "020 7946 0018", "0171 555 2931", "0171 555 2931", None],
}
ROWS = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


@attrs.frozen
class Slotted:
    name: str | None
    email: str | None
    phone: str | None


@dataclass
class Plain:
    name: str | None
    email: str | None
    phone: str | None


class Named(NamedTuple):
    name: str | None
    email: str | None
    phone: str | None


MISSING = {None: float("nan")}

HOLDERS = {
    "columns": lambda: COLUMNS,
    "columns of tuples": lambda: {name: tuple(cells) for name, cells in COLUMNS.items()},
    "columns of arrays": lambda: {name: np.array(cells, dtype=object) for name, cells in COLUMNS.items()},
    "columns of pyarrow arrays": lambda: {name: pa.array(cells) for name, cells in COLUMNS.items()},
    "columns of series": lambda: {name: pl.Series(cells) for name, cells in COLUMNS.items()},
    "columns of generators": lambda: {name: iter(cells) for name, cells in COLUMNS.items()},
    "rows": lambda: ROWS,
    "generator of rows": lambda: (row for row in ROWS),
    "rows without missing keys": lambda: [{k: v for k, v in row.items() if v is not None} for row in ROWS],
    "attrs": lambda: [Slotted(**row) for row in ROWS],
    "dataclass": lambda: [Plain(**row) for row in ROWS],
    "named tuples": lambda: [Named(**row) for row in ROWS],
    "pandas object": lambda: pd.DataFrame(COLUMNS, dtype=object),
    "pandas object with NaN": lambda: pd.DataFrame(
        {name: [MISSING.get(cell, cell) for cell in cells] for name, cells in COLUMNS.items()}, dtype=object
    ),
    "pandas object with NA": lambda: pd.DataFrame(COLUMNS, dtype=object).fillna(pd.NA),
    "pandas string": lambda: pd.DataFrame(COLUMNS, dtype="string"),
    "pandas pyarrow": lambda: pd.DataFrame(COLUMNS, dtype=pd.ArrowDtype(pa.string())),
    "pandas category": lambda: pd.DataFrame(COLUMNS, dtype="category"),
    "pandas index": lambda: pd.DataFrame(COLUMNS, index=[7, 7, 7, 3, 2, 1]),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars lazy": lambda: pl.LazyFrame(COLUMNS),
    "polars category": lambda: pl.DataFrame(COLUMNS).cast(pl.Categorical),
    "pyarrow": lambda: pa.table(COLUMNS),
    "pyarrow dictionary": lambda: pa.table(
        {name: pa.array(cells).dictionary_encode() for name, cells in COLUMNS.items()}
    ),
    "record batch reader": lambda: pa.table(COLUMNS).to_reader(),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_holder_gives_the_same_answer(holder):
    """Clusters, pairs and what columns were taken for do not depend on the library that holds the table."""
    expected, result = dedupe(COLUMNS), dedupe(HOLDERS[holder]())

    assert [0, 1, 0, 2, 2, 2] == expected.cluster_ids.tolist() == result.cluster_ids.tolist()
    assert {name: cells.tolist() for name, cells in expected.pairs.columns.items()} == (
        {name: cells.tolist() for name, cells in result.pairs.columns.items()}
    )
    assert expected.roles == result.roles


def test_a_duckdb_relation_is_a_table():
    """A query of an open database is read where it stands."""
    with duckdb.connect() as database:
        database.register("people", pa.table(COLUMNS))
        relation = database.sql("select * from people")

        assert dedupe(COLUMNS).cluster_ids.tolist() == dedupe(relation).cluster_ids.tolist()


def test_the_table_is_left_alone():
    """What was handed over is the same afterwards."""
    rows = [dict(row) for row in ROWS]
    dedupe(rows, ignore=["phone"])

    assert rows == ROWS


def cells(table):
    """Return what was read as lists."""
    return {name: list(column) for name, column in read_table(table).items()}


DAYS = [dt.date(1815, 12, 10), None, dt.date(1906, 12, 9)]


@pytest.mark.parametrize(
    "table",
    [
        {"day": DAYS},
        {
            "day": [
                day and dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).replace(tzinfo=None) for day in DAYS
            ]
        },
        pd.DataFrame({"day": DAYS}),
        pd.DataFrame({"day": pd.Series(DAYS, dtype="datetime64[s]")}),
        pd.DataFrame({"day": pd.Series([*DAYS[:1], pd.NaT, *DAYS[2:]], dtype=object)}),
        pl.DataFrame({"day": DAYS}),
        pl.DataFrame({"day": DAYS}).cast(pl.Datetime),
        pa.table({"day": DAYS}),
        pa.table({"day": pa.array(DAYS).cast(pa.timestamp("ms"))}),
    ],
    ids=["dates", "times", "pandas", "pandas 64", "pandas NaT", "polars", "polars times", "pyarrow", "pyarrow times"],
)
def test_dates_are_read_as_days(table):
    """A day is written year first, without an hour; a missing one is missing."""
    assert cells(table) == {"day": ["1815-12-10", None, "1906-12-09"]}


ENDLESS: list[object] = []
ENDLESS.append([ENDLESS])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (np.int64(7), "7"),
        (np.float64(7), "7"),
        (np.float32(7), "7"),
        (np.str_("Ada"), "Ada"),
        (float("nan"), None),
        (np.float32("nan"), None),
        (Decimal("7.10"), "7.10"),
        (Decimal("NaN"), None),
        (float("inf"), "inf"),
        (np.float64(7.5), "7.5"),
        (True, "true"),
        (np.bool_(0), "false"),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("1815-12-10"), "1815-12-10"),
        (np.datetime64("NaT", "D"), None),
        ([], None),
        (["a", None, "b"], ("a", "b")),
        (("a",), ("a",)),
        ({"b", "a"}, ("a", "b")),
        (frozenset({2, 1}), ("1", "2")),
        (np.array(["a", "b"]), ("a", "b")),
        (np.array(["a", "b"], dtype=object), ("a", "b")),
        (pa.scalar("a"), "a"),
        (pa.scalar(None), None),
        (b"Ada", "Ada"),
        ([["a"], "b", ["c", ["d"]]], ("a", "b", "c")),
        (ENDLESS, None),
        (16**5000, "0x1" + 5000 * "0"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_cells_are_texts_or_nothing(cell, text):
    """Numbers, flags, days, missing marks and collections become texts, several texts, or nothing."""
    assert {"cell": [text]} == cells([{"cell": cell}])


def test_a_column_of_objects_is_read_cell_by_cell():
    """What polars holds as Python objects has no hash of polars', and is read as it stands."""
    assert cells(pl.DataFrame({"cell": pl.Series(["Ada", None, 7], dtype=pl.Object)})) == {"cell": ["Ada", None, "7"]}


def test_whole_numbers_with_gaps_stay_whole():
    """A column of numbers that a gap made floating reads as the column without gaps does."""
    assert cells(pd.DataFrame({"zip": [90210, None, 10001]})) == {"zip": ["90210", None, "10001"]}


@pytest.mark.parametrize(
    "holder", [dict, pl.DataFrame, pa.table, pd.DataFrame, lambda table: pa.table(table).to_pandas()]
)
def test_a_list_of_values_is_several_values(holder):
    """Two e-mail addresses in one cell are two; either may be the shared one."""
    table = holder(
        {
            "name": ["Ada Lovelace", "Ada Lovelace", "Bob Babbage"],
            "email": [["ada@x.example", "countess@y.example"], ["countess@y.example"], ["bob@x.example"]],
        }
    )

    result = dedupe(table, columns={"email": "email"})

    assert [0, 0, 1] == result.cluster_ids.tolist()
    assert "the same" in {piece.agreement for piece in result.explain(0, 1).evidence if piece.comparison == "email"}


def test_headers_need_not_be_texts():
    """Numbered columns are named by their numbers."""
    frame = pd.DataFrame(list(zip(*COLUMNS.values(), strict=True)))

    result = dedupe(frame, columns={"0": "full_name"})

    assert [0, 1, 0, 2, 2, 2] == result.cluster_ids.tolist()


class Iterates:
    """Something that can be walked over and holds nothing with names."""

    def __iter__(self):
        yield object()


@pytest.mark.parametrize(
    "data",
    [
        "people.csv",
        b"name",
        7,
        None,
        object(),
        [1, 2],
        ["Ada"],
        [("Ada", 1)],
        np.eye(2),
        Iterates(),
        pl.Series(["Ada"]),
        pd.Series(["Ada"]),
    ],
    ids=lambda data: type(data).__name__,
)
def test_what_is_no_table_is_refused(data):
    """The error says what came and what would do; it is a TypeError and an InputError."""
    with pytest.raises(UnsupportedData, match=r"as a table; pass a pandas or polars DataFrame"):
        dedupe(data)


@pytest.mark.parametrize(
    "data", [{"name": "Ada Lovelace", "email": "ada@x.example"}, {"name": 7}, {"name": None}, {"name": b"Ada"}]
)
def test_one_person_is_no_table(data):
    """A mapping of single values is one row, not a table; it is not taken apart into letters."""
    with pytest.raises(InputError, match="name"):
        dedupe(data)


def test_columns_of_unequal_length_are_refused():
    """The error names each column with its length."""
    with pytest.raises(InputError, match=r"'name': 2, 'email': 1"):
        dedupe({"name": ["Ada", "Alan"], "email": ["ada@x.example"]})


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([["Ada", "Lovelace"]], columns=["name", "name"]),
        pa.table([["Ada"], ["Lovelace"]], names=["name", "name"]),
    ],
    ids=["pandas", "pyarrow"],
)
def test_two_columns_of_one_name_are_refused(frame):
    """A header that stands twice is an InputError that names it."""
    with pytest.raises(InputError, match="name"):
        dedupe(frame)


@pytest.mark.parametrize(
    "data",
    [
        {1: ["Ada"], "1": ["Lovelace"]},
        [{1: "Ada", "1": "Lovelace"}],
        pd.DataFrame([["Ada", "Lovelace"]], columns=[1, "1"]),
    ],
    ids=["columns", "rows", "frame"],
)
def test_headers_that_read_alike_are_refused(data):
    """Of columns named 1 and "1" none is lost to the other without a word."""
    with pytest.raises(InputError, match="two columns are called '1'"):
        dedupe(data)


@pytest.mark.parametrize(
    "value", ["ada@secret.example", b"ada@secret.example", {0: "ada@secret.example"}, np.array("ada@secret.example")]
)
def test_a_refused_column_does_not_show_what_stands_in_it(value):
    """What is no list of cells is named by its column and its type; a person's data is not repeated."""
    with pytest.raises(InputError, match=f"'email' is a {type(value).__name__}") as refusal:
        dedupe({"email": value})

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("wish", [{"ignore": ["emial"]}, {"ignore": "emial"}, {"columns": {"emial": "email"}}])
def test_an_unknown_column_is_refused_with_the_nearest_name(wish):
    """A slip in a header is answered with the column that was meant."""
    with pytest.raises(UnknownColumn, match="did you mean 'email'"):
        dedupe(COLUMNS, **wish)


def test_an_unknown_role_is_refused():
    """A role that does not exist is an InputError that names it."""
    with pytest.raises(InputError, match="emial"):
        dedupe(COLUMNS, columns={"email": "emial"})


@pytest.mark.parametrize("threshold", [0, 1, -0.5, 1.5, float("nan"), float("inf")])
def test_a_threshold_is_a_probability(threshold):
    """Certainty, impossibility and what is no probability are refused, for any table."""
    for table in (COLUMNS, {"name": []}):
        with pytest.raises(InputError, match="between 0 and 1"):
            dedupe(table, threshold=threshold)


def test_ignore_takes_one_name_as_well():
    """A text is one column, not its letters."""
    assert dedupe(COLUMNS, ignore="name").roles == dedupe(COLUMNS, ignore=["name"]).roles


def test_every_row_has_a_number_when_all_columns_are_ignored():
    """Ignoring everything leaves each row on its own."""
    assert [0, 1, 2, 3, 4, 5] == dedupe(COLUMNS, ignore=list(COLUMNS)).cluster_ids.tolist()
