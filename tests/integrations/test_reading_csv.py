"""How text tables are read: rows that fit go in, rows that do not are told, and nothing is swallowed."""

from __future__ import annotations

import csv
import gzip
import tracemalloc
from pathlib import Path

import pytest

from crmcore.errors import UnreadableFile
from crmcore.integrations.files import Limits, open_table, read_columns


@pytest.fixture
def write(tmp_path):
    """Write bytes or text to a file and return its path."""

    def write(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def told(rejects):
    """Return what a reject is about, without its sentences."""
    return [(reject.line, reject.column, reject.code) for reject in rejects]


def notices(path, **wishes):
    """Return the codes of the notices."""
    return [notice.code for notice in open_table(path, **wishes).guesses.notices]


def test_rows_become_columns_with_their_lines(write):
    """Cells stand under their header, empty ones are None, and each row knows its line."""
    read = read_columns(write("name,email\nAda,ada@example.org\n\nGrace,\n"))

    assert {"name": ["Ada", "Grace"], "email": ["ada@example.org", None]} == read.columns
    assert [2, 4] == read.lines
    assert () == read.rejects


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_found(write, delimiter, end):
    """The usual delimiters are found by content, under any line end."""
    rows = [["name", "city", "wage"], ["Ada", "London", "1.5"], ["Grace", "New York", "2.5"]]
    table = open_table(write(end.join(delimiter.join(row) for row in rows)))
    (batch,) = table.batches()

    assert delimiter == table.guesses.delimiter
    assert {"name": ["Ada", "Grace"], "city": ["London", "New York"], "wage": ["1.5", "2.5"]} == batch.columns


def test_decimal_commas_do_not_hide_the_semicolon(write):
    """The delimiter is the one that fits the header too."""
    read = read_columns(write("name;wage\nAda;1,5\nGrace;2,5\n"))

    assert ["1,5", "2,5"] == read.columns["wage"]


def test_one_column_with_commas_stays_one_column(write):
    """Where no delimiter makes a table, each line is one cell."""
    table = open_table(write("name\nLovelace, Ada\nHopper, Grace, Admiral\nTuring\n"))
    (batch,) = table.batches()

    assert "" == table.guesses.delimiter
    assert {"name": ["Lovelace, Ada", "Hopper, Grace, Admiral", "Turing"]} == batch.columns


def test_lines_are_right_below_cells_of_several_lines(write):
    """A quoted cell may hold line ends; the lines of the rows below it count them."""
    read = read_columns(write('name,address\nAda,"1 High St\nLondon"\nGrace,x\n"Alan\r\nM",y\nEve,z\n'))

    assert ["1 High St\nLondon", "x", "y", "z"] == read.columns["address"]
    assert [2, 4, 5, 7] == read.lines


def test_an_unterminated_quote_costs_its_row_only(write):
    """The row with the broken quote is a reject; the rows behind it go in."""
    read = read_columns(write('name,email\nAda,a@x.org\nBob,"b@x.org\nCem,c@x.org\nDee,"d@x.org"\nEve,e@x.org\n'))

    assert ["Ada", "Cem", "Dee", "Eve"] == read.columns["name"]
    assert [(3, None, "broken-quotes")] == told(read.rejects)
    assert 'Bob,"b@x.org' == read.rejects[0].raw


def test_an_unterminated_quote_without_another_quote_costs_its_row_only(write):
    """Nothing closes the quote up to the end of a long file; still one row is lost."""
    rows = "".join(f"n{number},e{number}\n" for number in range(30_000))
    read = read_columns(write('name,email\nBob,"b@x.org\n' + rows))

    assert 30_000 == len(read.lines)
    assert [(2, None, "broken-quotes")] == told(read.rejects)
    assert 3 == read.lines[0]


def test_a_quote_closed_by_a_later_row_is_told_by_the_width(write):
    """Rows between two stray quotes are not swallowed into one row that is too wide."""
    read = read_columns(write('name,email\nBob,"b\nCem,c\nDee,d\nEve",e\nFay,f\n'))

    assert ["Cem", "Dee", 'Eve"', "Fay"] == read.columns["name"]
    assert [(2, None, "broken-quotes")] == told(read.rejects)


def test_well_formed_csv_is_never_second_guessed(write):
    """A cell may hold lines that look like rows, as long as its quotes are right."""
    read = read_columns(write('name,note\nBob,"b\nCem,c\nDee,d"\nFay,f\n'))

    assert ["b\nCem,c\nDee,d", "f"] == read.columns["note"]


def test_without_strictness_the_same_file_would_lose_rows():
    """The control: the lenient reader of the standard library swallows the rows behind the quote."""
    rows = list(csv.reader('name,email\nBob,"b\nCem,c\nDee,d\n'.splitlines(keepends=True)))

    assert 2 == len(rows)


def test_too_wide_rows_are_rejected_unless_the_surplus_is_empty(write):
    """A cell too many with something in it would shift meaning; empty ones mean nothing."""
    read = read_columns(write("a,b\n1,2,,\n1,2,3\n4,5\n"))

    assert {"a": ["1", "4"], "b": ["2", "5"]} == read.columns
    assert [(3, None, "too-many-cells")] == told(read.rejects)


def test_too_narrow_rows_are_rejected_with_the_first_missing_column(write):
    """A row that ends early is told with the column where it ends; on request it is filled up."""
    path = write("a,b,c\n1,2,3\n4\n7,8,9\n")
    read = read_columns(path)

    assert [(3, "b", "too-few-cells")] == told(read.rejects)
    assert {"a": ["1", "4", "7"], "b": ["2", None, "8"], "c": ["3", None, "9"]} == read_columns(
        path, short_rows="pad"
    ).columns


def test_leaving_out_trailing_empty_cells_can_be_a_habit(write):
    """Where many rows end early, the file was written so: they are filled up, and a notice says it."""
    path = write("a,b,c\n" + "1,2,3\n1,2\n" * 20)
    read = read_columns(path)

    assert 40 == len(read.lines)
    assert "short-rows" in notices(path)
    assert 20 == len(read_columns(path, short_rows="reject").rejects)


def test_nul_characters_reject_their_row(write):
    """Databases refuse NUL, so does the reader; the column is named."""
    read = read_columns(write(b"a,b\n1,2\n3,x\x00y\n5,6\n"))

    assert ["1", "5"] == read.columns["a"]
    assert [(3, "b", "nul")] == told(read.rejects)


def test_long_cells_are_kept_up_to_the_limit(write):
    """A cell of 200,000 characters goes in; one beyond the limit rejects its row."""
    long, longer = "x" * 200_000, "y" * 1_000_001
    read = read_columns(write(f'a,b\n1,{long}\n2,"{long}\n{long}"\n3,{longer}\n4,z\n'))

    assert [long, f"{long}\n{long}", "z"] == read.columns["b"]
    assert [(5, None, "cell-too-long")] == told(read.rejects)


def test_header_names_are_unique_and_never_empty(write):
    """Repeated and missing names are mended, and that is told."""
    path = write("email,,email,email_2\na,b,c,d\n")

    assert ("email", "column_2", "email_3", "email_2") == open_table(path).header
    assert ["empty-header", "duplicate-header"] == notices(path)


def test_titles_above_the_header_are_left_out(write):
    """A preamble is told; the lines still count from the top of the file."""
    path = write("Contacts of the London office\nexported 2024-05-01\n\nname,email,city\nAda,a@x.org,London\n")
    table = open_table(path)
    (batch,) = table.batches()

    assert ("name", "email", "city") == table.header
    assert 4 == table.guesses.header_row
    assert [5] == batch.lines
    assert ["preamble"] == notices(path)


def test_a_table_without_header_is_seen_by_its_addresses(write):
    """Two rows with an e-mail address in the same place: the first one is no header."""
    path = write("Ada,ada@example.org\nGrace,grace@example.org\n")
    read = read_columns(path)

    assert {"column_1": ["Ada", "Grace"], "column_2": ["ada@example.org", "grace@example.org"]} == read.columns
    assert ["no-header"] == notices(path)
    assert ("Ada", "ada@example.org") == open_table(path, header_row=1).header


def test_the_header_row_can_be_given(write):
    """What was guessed can be overridden."""
    path = write("a,b\nc,d\ne,f\n")

    assert {"c": ["e"], "d": ["f"]} == read_columns(path, header_row=2).columns
    assert 3 == len(read_columns(path, header_row=0).lines)
    with pytest.raises(UnreadableFile, match="no row begins on line 9"):
        open_table(path, header_row=9)


def test_a_header_alone_is_a_table_without_rows(write):
    """Zero rows are fine."""
    read = read_columns(write("name,email\n"))

    assert {"name": [], "email": []} == read.columns
    assert [] == read.lines


@pytest.mark.parametrize("content", [b"", b"\n\n\r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_an_error(write, content):
    """A file that holds nothing is no table."""
    with pytest.raises(UnreadableFile) as caught:
        open_table(write(content))

    assert "empty" == caught.value.code


def test_a_broken_quote_in_the_header_is_an_error(write):
    """Without its header a table cannot be read; the line is named."""
    with pytest.raises(UnreadableFile, match="line 1"):
        open_table(write('name,"email\nAda,a@x.org\nBob,b@x.org\n'))


def test_missing_files_and_folders_are_errors_of_ours(tmp_path):
    """Whatever the file system says comes out as UnreadableFile, which is an OSError and a ValueError too."""
    with pytest.raises(UnreadableFile) as missing:
        open_table(tmp_path / "nobody.csv")
    with pytest.raises(UnreadableFile) as folder:
        open_table(tmp_path)

    assert ("missing", "not-a-file") == (missing.value.code, folder.value.code)
    assert isinstance(missing.value, OSError)
    assert isinstance(missing.value, ValueError)


def test_gzip_is_unpacked_and_a_damaged_one_is_an_error(write):
    """A packed CSV reads like a plain one; a cut one is told."""
    packed = gzip.compress(b"a,b\n1,2\n")

    assert {"a": ["1"], "b": ["2"]} == read_columns(write(packed, "x.csv.gz")).columns
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        read_columns(write(packed, "x.csv.gz"), limits=Limits(gzip_bytes=4))
    with pytest.raises(UnreadableFile) as caught:
        read_columns(write(packed[:-9], "y.csv.gz"))
    assert "broken-data" == caught.value.code


def test_backslash_escapes_are_found(write):
    r"""Some databases write ``\"`` and ``\,``."""
    read = read_columns(write('a,b,c\n1,"say \\"hi\\", then go",2\n3,Dr. No\\, really,4\n'))

    assert ['say "hi", then go', "Dr. No, really"] == read.columns["b"]


def test_batches_hold_what_the_columns_hold(write):
    """Any batch size gives the same rows; a second pass starts over."""
    path = write("a,b\n" + "".join(f"{number},x\n" if number % 7 else "bad\n" for number in range(5_000)))
    table = open_table(path, short_rows="reject")
    whole = read_columns(path, short_rows="reject")
    for size in (1_000, 999, 100_000):
        batches = list(table.batches(size))

        assert whole.columns["a"] == [cell for batch in batches for cell in batch.columns["a"]]
        assert whole.lines == [line for batch in batches for line in batch.lines]
        assert {size} >= {len(batch.lines) for batch in batches[:-1]}
        assert whole.rejects == table.rejects
    assert 1.0 == table.progress.fraction
    assert len(whole.lines) == table.progress.rows


def test_memory_does_not_grow_with_the_file(write):
    """Ten times the rows need about the same memory when streamed."""

    def peak(rows: int) -> int:
        path = write("name,note\n" + "".join(f"n{at},{at:0100}\n" for at in range(rows)), f"{rows}.csv")
        table = open_table(path)
        tracemalloc.start()
        for _ in table.batches(1_000):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(100_000) < 1.5 * peak(10_000)


def test_limits_are_typed_errors(write):
    """Each limit says which it is."""
    wide = write(",".join(f"c{at}" for at in range(50)) + "\n", "wide.csv")
    long = write("a,b\n" + "1,2\n" * 50, "long.csv")
    ragged = write("a,b,c\n" + "1,2,3\n1,2,3,4\n" * 50, "ragged.csv")
    line = write("a,b\n" + "x" * 300_000 + "\n", "line.csv")
    codes = []
    for path, limits in (
        (wide, Limits(columns=40)),
        (long, Limits(rows=40)),
        (ragged, Limits(rejects=40)),
        (line, Limits(line_chars=1_000)),
    ):
        with pytest.raises(UnreadableFile) as caught:
            read_columns(path, limits=limits)
        codes.append(caught.value.code)

    assert ["too-many-columns", "too-many-rows", "too-many-rejects", "line-too-long"] == codes
    assert 50 == len(read_columns(long).lines)


def test_real_messy_files_go_in(data_dir):
    """Three real files, read whole: none loses a row."""
    rows = {path.name: read_columns(path) for path in sorted((data_dir / "csv").glob("*.csv"))}

    assert {"airedale.csv": 54, "imdb.csv": 100, "milk.csv": 380} == {
        name: len(read.lines) for name, read in rows.items()
    }
    assert [] == [reject for read in rows.values() for reject in read.rejects]
    assert "Dr. Seltsam, oder wie ich lernte, die Bombe zu lieben (1964)" in rows["imdb.csv"].columns["title"]


@pytest.mark.parametrize(
    ("name", "rows"), [("febrl_dataset3.csv", 5_000), ("fake_1000.csv", 1_000), ("historical_50k.parquet", 50_578)]
)
def test_people_go_in(data_dir, name, rows):
    """The files that matching is measured on."""
    read = read_columns(data_dir / "people" / name)

    assert rows == len(read.lines)
    assert () == read.rejects
