"""What is written is read back as it was, by us and by readers that are not ours."""

from __future__ import annotations

import csv
import io
import json
import stat

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import load_workbook

from crmcore.errors import InputError, UnwritableFile
from crmcore.integrations.files import read_columns, write_table
from crmcore.integrations.files._guard import guard, unguard

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
HAZARDS = st.builds(
    "".join,
    st.lists(
        st.sampled_from([*"'=+-@＝＋－＠\t\r\n \u00a0\ufeff\",;", "1", "5", "x", "_x0041_", "\x1f", "\\"]), max_size=6
    ),
)
CELL = st.none() | TEXT.filter(bool) | HAZARDS.filter(bool)
TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[CELL] * width), max_size=8))


def columns_of(rows):
    """Turn rows into named columns."""
    width = len(rows[0]) if rows else 1
    return {f"name {at}": [row[at] for row in rows] for at in range(width)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return one folder for all examples of a property."""
    return tmp_path_factory.mktemp("written")


@given(TEXT | HAZARDS)
@example("-5")
@example("'-5")
@example("''=1")
@example(" \t=cmd|' /C calc'!A0")
def test_the_guard_is_exact(text):
    """Taking the guard off gives what it was put on; and what was written is no formula."""
    written = guard(text)

    assert text == unguard(written)
    assert written in {text, "'" + text}


@pytest.mark.parametrize("start", ["", " ", "\u00a0", "\u3000 ", "\x0b"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_no_formula_leaves_unguarded(start, sign):
    """Each way to begin a formula gets its apostrophe; the control without the guard does not."""
    text = f"{start}{sign}cmd()"

    assert "'" + text == guard(text)
    assert not text.startswith("'")


@pytest.mark.parametrize("text", ["-5", "-5.25", "-1,000.00", "O'Brien", "'twas", "a=b", "5-3", ""])
def test_harmless_texts_are_left_alone(text):
    """Negative numbers and apostrophes inside or before words need no guard."""
    assert text == guard(text)


@given(rows=TABLE)
@example([("-", None), ("'+44 20", "0044")])
@example([(None,), ("a",), (None,)])
def test_csv_reads_back_as_it_was(folder, rows):
    """Any text without NUL survives CSV: quotes, line ends, blanks, leading zeros, formulas."""
    path = folder / "table.csv"
    columns = columns_of(rows)
    write_table(path, columns)
    read = read_columns(path, delimiter=",", encoding="utf-8", header_row=1)

    assert columns == read.columns
    assert () == read.rejects


@given(rows=TABLE)
def test_csv_is_what_the_standard_library_reads(folder, rows):
    """An independent reader sees the same cells, with the guard on."""
    path = folder / "other.csv"
    columns = columns_of(rows)
    write_table(path, columns)
    _, *seen = csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))

    assert [[guard(cell or "") for cell in row] for row in zip(*columns.values(), strict=True)] == seen


@given(rows=TABLE)
@pytest.mark.parametrize("suffix", ["jsonl", "json", "parquet"])
def test_structured_formats_read_back_as_they_were(folder, suffix, rows):
    """JSON, JSON Lines and Parquet hold any text as it is."""
    path = folder / f"table.{suffix}"
    columns = columns_of(rows)
    if suffix != "parquet" and not rows:
        rows = [("x",)]
        columns = columns_of(rows)
    write_table(path, columns)

    assert columns == read_columns(path).columns


@given(rows=TABLE)
def test_xlsx_reads_back_as_it_was(folder, rows):
    """Texts stay texts in a workbook; rows without any value are no rows there."""
    path = folder / "table.xlsx"
    rows = [tuple(cell and cell.translate({0xFFFE: "?", 0xFFFF: "?"}) for cell in row) for row in rows]
    columns = columns_of(rows)
    filled = [row for row in zip(*columns.values(), strict=True) if any(row)]
    write_table(path, columns)
    read = read_columns(path, header_row=1)

    assert {name: [row[at] for row in filled] for at, name in enumerate(columns)} == read.columns


def test_xlsx_holds_texts_and_no_formulas(folder):
    """An independent reader sees the very texts; none became a formula, a number or a link."""
    texts = ["=1+1", "+442079460000", "007", "https://example.org", "1e5", "TRUE", " lead"]
    write_table(folder / "texts.xlsx", {"text": texts})
    sheet = load_workbook(str(folder / "texts.xlsx")).get_sheet_by_index(0)

    assert [["text"], *[[text] for text in texts]] == sheet.to_python()


def test_every_naughty_string_survives_every_format(folder, data_dir):
    """The big list of naughty strings as cells: read back the same, or refused with row and column."""
    naughty = [text for text in json.loads((data_dir / "strings" / "blns.json").read_text("utf-8")) if text]
    columns = {"row": [str(at) for at in range(len(naughty))], "text": naughty}
    for suffix in ("csv", "tsv", "jsonl", "json", "parquet", "xlsx"):
        path = folder / f"naughty.{suffix}"
        if suffix == "xlsx":
            with pytest.raises(UnwritableFile, match=r"U\+FFFE"):
                write_table(path, columns)
            columns["text"][columns["text"].index("\ufffe")] = "left out"
        write_table(path, columns)

        assert columns == read_columns(path).columns, suffix


def test_pandas_reads_our_files(folder):
    """CSV with a byte order mark, and Parquet, in a reader that is not ours."""
    columns = {"name": ["Zoë", "O'Brien", None], "phone": ["0044", "x\ny", 'say "hi"']}
    write_table(folder / "frame.csv", columns, bom=True)
    write_table(folder / "frame.parquet", columns)
    frame = pd.read_csv(folder / "frame.csv", dtype=str, keep_default_na=False)

    assert ["Zoë", "O'Brien", ""] == list(frame["name"])
    assert columns["phone"] == list(frame["phone"])
    assert columns == pq.read_table(folder / "frame.parquet").to_pydict()


def test_several_values_stay_apart_where_the_format_can(folder):
    """Tuples are lists in JSON and Parquet, and one text in CSV."""
    columns = {"name": ["Ada"], "skills": [("maths", "poetry")]}
    for suffix in ("jsonl", "parquet"):
        write_table(folder / f"several.{suffix}", columns)

        assert columns == read_columns(folder / f"several.{suffix}").columns
    write_table(folder / "several.csv", columns)
    assert {"name": ["Ada"], "skills": ["maths; poetry"]} == read_columns(folder / "several.csv").columns


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "xlsx", "parquet"])
def test_the_same_table_gives_the_same_bytes(folder, suffix):
    """No clock and no random names in the files."""
    for name in ("one", "two"):
        write_table(folder / f"{name}.{suffix}", {"name": ["Ada", "Grace"]})

    assert (folder / f"one.{suffix}").read_bytes() == (folder / f"two.{suffix}").read_bytes()
    assert {"name": ["Ada", "Grace"]} == read_columns(folder / f"one.{suffix}").columns


def test_rows_may_come_one_at_a_time(folder):
    """An iterator of rows is written as it comes; numbers are allowed."""
    write_table(folder / "rows.csv", ((at, at // 2) for at in range(5_000)), header=["row", "cluster"])
    read = read_columns(folder / "rows.csv")

    assert 5_000 == len(read.lines)
    assert "2499" == read.columns["cluster"][-1]


@pytest.mark.parametrize(
    ("suffix", "cell", "code"),
    [
        ("csv", "a\0b", "bad-text"),
        ("jsonl", "\ud800", "bad-text"),
        ("xlsx", "x" * 32_768, "cell-too-long"),
        ("xlsx", "😀" * 16_384, "cell-too-long"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_with_its_place(tmp_path, suffix, cell, code):
    """The error names row and column, and the file that stood there is untouched."""
    path = tmp_path / f"table.{suffix}"
    path.write_bytes(b"as before")
    with pytest.raises(UnwritableFile) as caught:
        write_table(path, {"name": ["Ada", "Grace"], "note": ["fine", cell]})

    assert (code, 1, "note") == (caught.value.code, caught.value.row, caught.value.column)
    assert b"as before" == path.read_bytes()
    assert [path.name] == [each.name for each in tmp_path.iterdir()]


def test_the_longest_cell_of_xlsx_is_held(tmp_path):
    """32,767 characters go in."""
    columns = {"note": ["x" * 32_767]}
    write_table(tmp_path / "long.xlsx", columns)

    assert columns == read_columns(tmp_path / "long.xlsx").columns


def test_a_failing_source_leaves_the_old_file(tmp_path):
    """Rows may fail on the way; then nothing has changed and no draft is left."""

    def rows():
        yield ["Ada"]
        raise RuntimeError("the source broke")

    for name in ("table.csv", "table.xlsx", "table.parquet"):
        path = tmp_path / name
        path.write_bytes(b"as before")
        with pytest.raises(RuntimeError, match="the source broke"):
            write_table(path, rows(), header=["name"])

        assert b"as before" == path.read_bytes()
    assert 3 == len([each.name for each in tmp_path.iterdir()])


def test_the_rights_of_a_file_are_kept(tmp_path):
    """A private file stays private when it is written again."""
    path = tmp_path / "private.csv"
    path.touch(0o600)
    write_table(path, {"a": ["1"]})

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_mistakes_of_the_caller_are_told(tmp_path):
    """No columns, ragged columns, repeated names, unknown formats, places that are no files."""
    for data, options in (
        ({}, {}),
        ({"a": ["1"], "b": []}, {}),
        ([["1"]], {}),
        ([["1", "2"]], {"header": ["a", "a"]}),
        ([["1", "2"]], {"header": ["a"]}),
        ({"a": []}, {"format": "docx"}),
        ({"a": []}, {"format": "xls"}),
        ({"a": []}, {"delimiter": "::"}),
    ):
        with pytest.raises(InputError):
            write_table(tmp_path / "x.csv", data, **options)
    for path in (tmp_path, tmp_path / "no" / "folder.csv", tmp_path / "x\0.csv", "/dev/null"):
        with pytest.raises(UnwritableFile):
            write_table(path, {"a": []}, format="csv")
    assert [] == [each.name for each in tmp_path.iterdir()]
