"""Any bytes under any name give rows or a typed error, in bounded time."""

from __future__ import annotations

import cProfile
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crmcore.errors import UnreadableFile
from crmcore.integrations.files import read_columns, write_table

from . import workbooks

SUFFIXES = ["csv", "tsv", "txt", "json", "jsonl", "xlsx", "xls", "ods", "parquet", "gz", ""]
PIECES = [
    *(
        b"name,email",
        b"\n",
        b"\r\n",
        b"\r",
        b",",
        b";",
        b"\t",
        b'"',
        b'""',
        b"'",
        b"\\",
        b"=1",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
    ),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"}", b"[", b"]", b'{"a": 1}', b'{"a": NaN}', b'"\\ud800"', b":", b" "),
    *(b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08", b"<html", b"\x1f"),
]
HOSTILE = st.binary(max_size=400) | st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=30).map(b"".join)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return one folder for all examples of a property."""
    return tmp_path_factory.mktemp("hostile")


def rows_or_error(path, **wishes):
    """Read; only UnreadableFile may come out, and what comes out is a table."""
    try:
        read = read_columns(path, **wishes)
    except UnreadableFile as exc:
        return None if exc.code else pytest.fail(f"no code: {exc}")
    assert {len(read.lines)} == {len(cells) for cells in read.columns.values()}
    assert sorted(read.lines) == read.lines
    for cells in read.columns.values():
        assert all(cell is None or isinstance(cell, tuple) or (cell and cell.encode() is not None) for cell in cells)
    return read


@given(HOSTILE, st.sampled_from(SUFFIXES))
@example(b'a,b\n"', "csv")
@example(b"\xff\xfe\x00", "csv")
@example(b"\x1f\x8b\x08" + bytes(20), "gz")
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_give_rows_or_a_typed_error(folder, content, suffix):
    """No other exception, whatever the bytes and the name."""
    path = folder / f"file.{suffix}"
    path.write_bytes(content)

    rows_or_error(path)


@given(
    HOSTILE,
    st.sampled_from(["csv", "json", "jsonl", "xlsx", "parquet"]),
    st.sampled_from(["utf-8", "utf-16", "utf-7", "cp932", None]),
)
def test_any_wishes_give_rows_or_a_typed_error(folder, content, form, encoding):
    """What the caller claims may be wrong too."""
    path = folder / "wishes"
    path.write_bytes(content)

    rows_or_error(path, format=form, encoding=encoding)


def good_files(folder):
    """Write one good file of each binary format."""
    rows = [["name", "city"], *[[f"n{at}", "London"] for at in range(30)]]
    workbooks.xlsx(folder / "good.xlsx", rows)
    workbooks.xls(
        folder / "good.xls", [{(y, x): str(cell) for y, row in enumerate(rows) for x, cell in enumerate(row)}]
    )
    workbooks.ods(folder / "good.ods", "".join(workbooks.ods_row(*map(str, row)) for row in rows))
    pq.write_table(pa.table({"name": [row[0] for row in rows], "city": ["x"] * len(rows)}), folder / "good.parquet")
    write_table(folder / "good.csv.gz", rows, header=["a", "b"])
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@given(
    st.sampled_from(["good.xlsx", "good.xls", "good.ods", "good.parquet", "good.csv.gz"]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5),
    st.floats(0.3, 1),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_damaged_files_give_rows_or_a_typed_error(tmp_path_factory, name, damage, keep):
    """Good files with some bytes changed, or their end cut off."""
    if name not in GOOD:
        GOOD.update(good_files(tmp_path_factory.mktemp("good")))
    content = bytearray(GOOD[name])
    for where, patch in damage:
        at = int(where * (len(content) - 1))
        content[at : at + len(patch)] = patch
    path = tmp_path_factory.getbasetemp() / f"damaged-{name}"
    path.write_bytes(content if keep > 0.6 else content[: int(len(content) * keep)])

    rows_or_error(path)


GOOD: dict[str, bytes] = {}


@pytest.mark.parametrize(
    "line",
    ['a,"b\n', '"""\n', 'a,""b"\n', '"a\n', ",,,,\n", "'=\n", '"a","b\n""\n', "\\\n", '{"a": 1}x\n', "é\x85\u2028\n"],
    ids=ascii,
)
def test_time_grows_with_the_file_and_not_faster(folder, line):
    """Twice the lines take about twice the calls, also where each line is broken."""

    def calls(count):
        path = folder / "slow.csv"
        path.write_text("name,email\n" + line * count)
        profile = cProfile.Profile()
        profile.runcall(rows_or_error, path)
        return sum(entry.callcount for entry in profile.getstats())

    calls(1_000)  # what is made once is made now

    assert calls(8_000) < 2.5 * calls(4_000) + 1_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", ['a,"b\n', '"""\n', '"a\n'], ids=ascii)
def test_broken_quotes_in_a_large_file_do_not_take_for_ever(folder, line):
    """A reader that looked at all that follows for each broken quote would take minutes here."""
    path = folder / "slow.csv"
    path.write_text("name,email\n" + line * 60_000)

    rows_or_error(path)


def test_every_naughty_string_as_a_raw_line(folder, data_dir):
    """Each string of the list, unquoted, as a line of its own: its row or a reject, never both, never neither."""
    naughty = [text for text in json.loads((data_dir / "strings" / "blns.json").read_text("utf-8")) if text.strip()]
    lines = [text.replace("\n", " ").replace("\r", " ") for text in naughty]
    path = folder / "raw.csv"
    path.write_text("text\n" + "\n".join(lines) + "\n", "utf-8")
    read = rows_or_error(path)

    assert read is not None
    seen = {*read.lines, *(reject.line for reject in read.rejects)}
    assert set(range(2, len(lines) + 2)) - seen <= {at for at, line in enumerate(lines, 2) if not line.strip()}
