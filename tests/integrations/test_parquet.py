"""Parquet: typed columns become text, nested ones are flattened."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crmcore.errors import UnreadableFile
from crmcore.integrations.files import Limits, open_table, read_columns


def test_types_become_text(tmp_path):
    """Each type has one text form; missing, NaN and empty are None."""
    table = pa.table(
        {
            "text": ["Ada", "", None],
            "coded": pa.array(["x", None, "x"]).dictionary_encode(),
            "whole": pa.array([1, None, 3]),
            "half": [1.0, 2.5, float("nan")],
            "truth": [True, False, None],
            "day": [dt.date(2024, 3, 7), None, None],
            "money": pa.array([Decimal("1.50"), None, None]),
            "list": [["a", "b"], [], None],
            "inner": [{"city": "London", "geo": {"lat": 1}}, None, None],
            "bytes": [b"abc", b"\xff", None],
        }
    )
    pq.write_table(table, tmp_path / "types.parquet")

    assert {
        "text": ["Ada", None, None],
        "coded": ["x", None, "x"],
        "whole": ["1", None, "3"],
        "half": ["1", "2.5", None],
        "truth": ["true", "false", None],
        "day": ["2024-03-07", None, None],
        "money": ["1.50", None, None],
        "list": [("a", "b"), None, None],
        "inner.city": ["London", None, None],
        "inner.geo": ['{"lat": 1}', None, None],
        "bytes": ["abc", "\\xff", None],
    } == read_columns(tmp_path / "types.parquet").columns


def test_bad_cells_are_rejects(tmp_path):
    """NUL and over-long cells cost their row; its number and the column are told."""
    path = tmp_path / "bad.parquet"
    pq.write_table(pa.table({"name": ["Ada", "x\0", "Eve"], "note": ["fine", "fine", "y" * 1_001]}), path)
    read = read_columns(path, limits=Limits(cell_chars=1_000))

    assert {"name": ["Ada"], "note": ["fine"]} == read.columns
    assert [(2, "name", "nul"), (3, "note", "cell-too-long")] == [(e.line, e.column, e.code) for e in read.rejects]


def test_more_rows_than_one_likes_are_refused_at_once(tmp_path):
    """A small file may claim a billion equal rows; the claim is checked first."""
    path = tmp_path / "many.parquet"
    pq.write_table(pa.table({"a": pa.array([1] * 2_000_000)}), path)

    assert path.stat().st_size < 20_000
    with pytest.raises(UnreadableFile) as caught:
        open_table(path, limits=Limits(rows=1_000_000))
    assert "too-many-rows" == caught.value.code


def test_a_damaged_file_is_an_error_of_ours(tmp_path):
    """Whatever pyarrow says of it, it is UnreadableFile, with pyarrow's word attached."""
    path = tmp_path / "cut.parquet"
    pq.write_table(pa.table({"a": ["x"] * 100}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile) as caught:
        read_columns(path)

    assert "broken-parquet" == caught.value.code
    assert caught.value.__cause__ is not None
