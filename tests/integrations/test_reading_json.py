"""JSON and JSON Lines: what JSON leaves open is decided and told, never guessed."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from crmcore.errors import UnreadableFile
from crmcore.integrations.files import Format, Limits, open_table, read_columns, write_table


@pytest.fixture
def write(tmp_path):
    """Write text to a file and return its path."""

    def write(content, name="people.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def told(rejects):
    """Return what a reject is about, without its sentences."""
    return [(reject.line, reject.column, reject.code) for reject in rejects]


ROWS = [
    {"name": "Ada", "age": 36, "wage": 1.5, "open": True, "gone": None},
    {"name": "Grace", "skills": ["COBOL", "maths"], "address": {"city": "New York", "geo": {"lat": 1}}},
]
COLUMNS = {
    "name": ["Ada", "Grace"],
    "age": ["36", None],
    "wage": ["1.5", None],
    "open": ["true", None],
    "gone": [None, None],
    "skills": [None, ("COBOL", "maths")],
    "address.city": [None, "New York"],
    "address.geo": [None, '{"lat": 1}'],
}


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ("\n".join(map(json.dumps, ROWS)), Format.JSONL),
        (json.dumps(ROWS), Format.JSON),
        (json.dumps(ROWS, indent=2), Format.JSON),
        (json.dumps({"total": 2, "data": ROWS}), Format.JSON),
        (json.dumps({"data": ROWS}, indent=1), Format.JSON),
    ],
)
def test_all_shapes_give_the_same_table(write, content, form):
    """Lines, an array, or an array inside an object; objects are flattened by one level, lists are tuples."""
    path = write(content, "people.txt")

    assert COLUMNS == read_columns(path).columns
    assert form is open_table(path).guesses.format


def test_lines_are_those_of_the_file(write):
    """Also in a document, where an object may begin anywhere."""
    assert [1, 3] == read_columns(write('{"a": 1}\n\n{"a": 2}\n')).lines
    assert [2, 5] == read_columns(write('[\n{"a":\n1},\n\n{"a": 2}]')).lines


def test_numbers_stay_as_they_are_written(write):
    """No digit is lost; whole ones have no fraction."""
    read = read_columns(write('{"a": 12345678901234567890.10, "b": 1.50, "c": 3.0, "d": 1e999, "e": [1.50, 2]}'))

    assert ["12345678901234567890.10", "1.50", "3", "1e999", ("1.50", "2")] == [
        cells[0] for cells in read.columns.values()
    ]


BAD = [
    ('{"a": 1, "a": 2}', "duplicate-key", "a"),
    ('{"a": NaN}', "not-a-number", None),
    ('{"a": -Infinity}', "not-a-number", None),
    ('{"a": "x\\ud800"}', "undecodable", "a"),
    ('{"a": "x\\u0000"}', "nul", "a"),
    ('{"b": {"c": 1}, "b.c": 2}', "duplicate-key", None),
    ('{"a": ' + "[" * 400 + "]" * 400 + "}", "too-deep", None),
    ("[1, 2]", "not-an-object", None),
]


@pytest.mark.parametrize("indent", [False, True])
@pytest.mark.parametrize(("bad", "code", "column"), BAD)
def test_bad_objects_are_rejects(write, bad, code, column, indent):
    """The object is told with its line; the others go in, in lines as in an array."""
    lines = ['{"a": "before"}', bad, '{"a": "after"}']
    read = read_columns(write("[" + ",\n".join(lines) + "]" if indent else "\n".join(lines)))

    assert ["before", "after"] == read.columns["a"]
    assert [(2, column, code)] == told(read.rejects)


def test_a_broken_line_costs_itself_only(write):
    """JSON Lines go on behind a line that is no JSON, or holds bytes that are no text."""
    read = read_columns(write(b'{"a": 1}\n{"a": \n{"a": 3}\nnothing\n{"a": "\xff"}\n' + '{"a": "Zoë Åsa"}\n'.encode()))

    assert ["1", "3", "Zoë Åsa"] == read.columns["a"]
    assert [(2, None, "bad-json"), (4, None, "bad-json"), (5, "a", "undecodable")] == told(read.rejects)


@pytest.mark.parametrize(
    "content", ['[{"a": 1}] [{"a": 2}]', '{"a": 1}\n{"a": 2}\n', '{"d": [{"a": 1}] "b": 2}', '{"d": [{"a": 1}]']
)
def test_nothing_behind_a_document_is_passed_over(write, content):
    """What stands behind the end, or instead of it, is an error."""
    with pytest.raises(UnreadableFile) as caught:
        read_columns(write(content, "people.txt"), format="json")

    assert "bad-json" == caught.value.code


def test_further_arrays_are_told(write):
    """A document with two tables: the first is read, the other one is named."""
    path = write(
        '{"meta": {"n": 1}, "people": [{"name": "Ada"}], "jobs": [{"title": "Chemist"}], "note": "x"}', "d.json"
    )

    assert {"name": ["Ada"]} == read_columns(path).columns
    assert ["other-arrays"] == [notice.code for notice in open_table(path).guesses.notices]


def test_a_broken_document_is_an_error_with_its_place(write):
    """A document that is cut off cannot be trusted; the line is named."""
    with pytest.raises(UnreadableFile, match="on line 3") as caught:
        read_columns(write('[{"a": 1},\n{"a": 2},\n{"a": '))

    assert "bad-json" == caught.value.code


@pytest.mark.parametrize("content", ["[]", "[1, 2]", '[["a"]]', "{}"])
def test_documents_without_objects_are_no_tables(write, content):
    """There has to be an object with a key."""
    with pytest.raises(UnreadableFile):
        read_columns(write(content, "people.json"))


def test_documents_are_bounded_and_lines_are_streamed(write):
    """The document says which limit it broke; lines need no memory for the whole."""
    row = '{"name": "Ada", "note": "' + "x" * 200 + '"}'
    document, lines = write("[" + ",".join([row] * 20_000) + "]", "d.json"), write("\n".join([row] * 20_000))
    with pytest.raises(UnreadableFile) as caught:
        open_table(document, limits=Limits(document_bytes=1_000_000))
    table = open_table(lines, limits=Limits(document_bytes=1_000_000))
    tracemalloc.start()
    rows = sum(len(batch.lines) for batch in table.batches(1_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "document-too-large" == caught.value.code
    assert 20_000 == rows
    assert peak < lines.stat().st_size


def test_a_key_without_a_name_is_numbered(write, tmp_path):
    """Blank keys are columns like others, with a notice; the table can be written again."""
    table = open_table(write('{"name": "Ada", "": "x"}\n{"": "y", " ": 3}\n{"": "a\\u0000"}\n'))
    (batch,) = table.batches()

    assert {"name": ["Ada", None], "column_2": ["x", "y"], "column_3": [None, "3"]} == dict(batch.columns)
    assert ["empty-header"] == [notice.code for notice in table.guesses.notices]
    assert [(3, "column_2", "nul")] == told(table.rejects)
    write_table(tmp_path / "out.csv", batch.columns)
    assert batch.columns == read_columns(tmp_path / "out.csv").columns
