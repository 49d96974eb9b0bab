"""Columns as codes: what went in comes out, once a row, and each distinct value is worked on once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching._encoding import MAX_VALUES_A_CELL, encode, encode_texts, recode, stand_ins

texts = st.none() | st.sampled_from(["Ada", "ada", "Eve", "-", ""])
cells = texts | st.lists(st.sampled_from(["Ada", "ada", "Eve", "Bob"]), min_size=1, max_size=3).map(tuple)


def normalise(text):
    """Fold case; a dash or nothing is no value."""
    return text.lower() if text not in {"", "-"} else None


@given(st.lists(texts))
def test_codes_of_texts_come_back(values):
    """A code leads back to its text; distinct texts stand in order of first appearance."""
    codes, distinct = encode_texts(values)

    assert values == [distinct[code] for code in codes]
    assert list(dict.fromkeys(values)) == distinct


@given(st.lists(texts))
def test_recoding_is_normalising(values):
    """Codes of raw values become codes of their normal forms, and of nothing where nothing is left."""
    codes, raw = encode_texts(values)

    again, distinct = recode(codes, [None if text is None else normalise(text) for text in raw])

    assert [None if text is None else normalise(text) for text in values] == [
        None if code < 0 else distinct[code] for code in again
    ]
    assert len(set(distinct)) == len(distinct)


@given(columns=st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[cells] * n), min_size=1, max_size=12)))
def test_a_row_holds_the_normal_forms_of_its_cells(columns):
    """Several columns and several values a cell are one set of normal forms a row, each once, in order."""
    columns = [list(column) for column in zip(*columns, strict=True)]
    expected = []
    for row in zip(*columns, strict=True):
        flat = [text for cell in row for text in (cell if isinstance(cell, tuple) else (cell,)) if text is not None]
        expected.append({normalise(text) for text in flat} - {None})

    data = encode(columns, normalise)
    held = [[data.values[code] for code in row if code >= 0] for row in data.codes.tolist()]

    if max(map(len, expected)) <= MAX_VALUES_A_CELL:
        assert expected == [set(row) for row in held]
    assert all(len(set(row)) == len(row) for row in held)
    assert all((row >= 0).tolist() == sorted((row >= 0).tolist(), reverse=True) for row in data.codes)
    assert [bool(row) for row in held] == data.known.tolist()
    assert [sum(value in row for row in held) for value in data.values] == data.counts().tolist()


def test_each_distinct_value_is_normalised_once():
    """A hundred thousand equal cells cost one call."""
    seen = []
    encode([["Ada"] * 100_000, ["Ada", None] * 50_000], lambda text: seen.append(text) or text)

    assert seen == ["Ada"]


def test_no_row_is_no_code():
    """An empty column has no codes and no values."""
    data = encode([[]], normalise)

    assert data.codes.shape == (0, 1)
    assert data.values == []
    assert data.counts().tolist() == []


@given(rows=st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 1)), max_size=30), more_than=st.integers(0, 4))
def test_stand_ins_are_the_first_of_many_equal_rows(rows, more_than):
    """Of more equal rows than allowed each is led to the first one; of fewer, to itself."""
    codes = np.array(rows, np.int32).reshape(-1, 2)
    expected = [rows.index(row) if rows.count(row) > more_than else at for at, row in enumerate(rows)]

    assert expected == stand_ins(codes, more_than=more_than).tolist()
