"""Columns as codes: what went in comes out, each distinct value is worked on once, and row order does not show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching.encoding.coded import MAX_VALUES_A_CELL, Raw, code, distinct, each
from crmcore.matching.encoding.order import canonical_order, row_keys, stand_ins
from crmcore.matching.encoding.strings import Strings, hash64

texts = st.none() | st.sampled_from(["Ada", "ada", "Eve", "-", "", "Zoë"])
cells = texts | st.lists(st.sampled_from(["Ada", "ada", "Eve", "Bob"]), min_size=1, max_size=3).map(tuple)
tables = st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[cells] * n), min_size=1, max_size=12))


def normalise(text):
    """Fold case; a dash or nothing is no value."""
    return text.lower() if text not in {"", "-"} else None


def by_length(strings):
    """Take all texts of one length for the same: the worst of hashes that still tells anything."""
    return strings.lengths.astype(np.uint64)


def raw(column):
    """Read a column of cells slowly."""
    values = ["never seen", *dict.fromkeys(text for cell in column for text in flat(cell))]
    wide = [[values.index(text) for text in flat(cell)] for cell in column]
    slots = max([1, *map(len, wide)])
    codes = [row + [-1] * (slots - len(row)) for row in wide]
    return Raw(codes=np.array(codes, np.int32).reshape(-1, slots), values=Strings.of(values))


def flat(cell):
    """Return the texts of a cell."""
    return [] if cell is None else list(cell) if isinstance(cell, tuple) else [cell]


@pytest.mark.parametrize("hashed", [hash64, by_length])
@given(rows=tables)
def test_a_row_holds_the_normal_forms_of_its_cells(hashed, rows):
    """Several columns and several values a cell are one set of normal forms a row, whatever texts share a hash."""
    expected = [{normalise(text) for cell in row for text in flat(cell)} - {None} for row in rows]

    data = code([raw(column) for column in zip(*rows, strict=True)], each(normalise), hashed=hashed)
    held = [[data.values.at(code) for code in row if code >= 0] for row in data.codes.tolist()]

    if max(map(len, expected)) <= MAX_VALUES_A_CELL:
        assert expected == [set(row) for row in held]
    assert all(len(set(row)) == len(row) for row in held)
    assert all((row >= 0).tolist() == sorted((row >= 0).tolist(), reverse=True) for row in data.codes)
    assert [bool(row) for row in held] == data.known.tolist()
    assert [sum(value in row for row in held) for value in data.values] == data.counts().tolist()


@pytest.mark.parametrize("hashed", [hash64, by_length])
@given(rows=tables, data=st.data())
def test_codes_do_not_show_the_order_of_rows(hashed, rows, data):
    """Shuffled rows have the codes that they had; the commonest value is 0, ties are broken by hash."""
    order = data.draw(st.permutations(range(len(rows))))
    columns = [list(column) for column in zip(*rows, strict=True)]

    straight = code([raw(column) for column in columns], each(normalise), hashed=hashed)
    shuffled = code([raw([column[at] for at in order]) for column in columns], each(normalise), hashed=hashed)

    assert straight.codes[list(order)].tolist() == shuffled.codes.tolist()
    assert list(straight.values) == list(shuffled.values)
    assert hashed(straight.values).tolist() == straight.keys.tolist() == shuffled.keys.tolist()
    ranks = [(-count, key) for count, key in zip(straight.counts().tolist(), straight.keys.tolist(), strict=True)]
    assert sorted(ranks) == ranks


@pytest.mark.parametrize("hashed", [hash64, by_length])
@given(values=st.lists(st.sampled_from(["Ada", "Eve", "", "Zoë", "Bob"])))
def test_equal_texts_are_found(hashed, values):
    """Texts have one number exactly if they are equal; numbers lead back to the texts."""
    number, first, keys = distinct(Strings.of(values), hashed=hashed)

    assert values == [values[first[at]] for at in number]
    assert len(set(values)) == len(first) == len(keys)
    assert sorted(keys.tolist()) == keys.tolist()


def test_each_distinct_value_is_normalised_once():
    """The normaliser sees a value once, however often it stands there."""
    seen = []

    def remember(text):
        seen.append(text)
        return text

    code([Raw(codes=np.zeros((1000, 1), np.int32), values=Strings.of(["Ada"]))], each(remember))

    assert seen == ["Ada"]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_column_without_rows_or_values_has_no_values(rows):
    """No rows, or none with a value, are no values."""
    column = Raw(codes=np.full((rows, 1), -1, np.int32), values=Strings.of([]))

    data = code([column], each(normalise))

    assert data.codes.shape == (rows, 1)
    assert not data.known.any()
    assert len(data.values) == len(data.keys) == len(data.counts()) == 0


def coded(rows):
    """Code a table slowly, column by column."""
    return [code([raw(column)], each(normalise)) for column in zip(*rows, strict=True)]


@given(rows=tables, data=st.data())
def test_rows_stand_in_an_order_of_their_own(rows, data):
    """Whatever order rows came in, the same contents follow each other; every row is there once."""
    order = data.draw(st.permutations(range(len(rows))))
    shuffled = [rows[at] for at in order]
    first, second = canonical_order(coded(rows)), canonical_order(coded(shuffled))

    def contents(table, order):
        return [[[normalise(text) for text in flat(cell)] for cell in table[at]] for at in order.tolist()]

    assert list(range(len(rows))) == sorted(first.tolist())
    assert [[list(dict.fromkeys(filter(None, cell))) for cell in row] for row in contents(rows, first)] == (
        [[list(dict.fromkeys(filter(None, cell))) for cell in row] for row in contents(shuffled, second)]
    )


def test_rows_of_one_hash_are_told_apart_by_their_codes():
    """Where hashes say nothing at all, rows still stand in an order of their own."""
    rows = [("Ada", "Eve"), ("Eve", "Ada"), ("Bob", None), ("Ada", "Eve")]

    def orderly(rows):
        table = [code([raw(column)], each(normalise)) for column in zip(*rows, strict=True)]
        silent = [type(one)(codes=one.codes, values=one.values, keys=one.keys * np.uint64(0)) for one in table]
        return [rows[at] for at in canonical_order(silent)]

    assert orderly(rows) == orderly(rows[::-1]) == orderly(rows[2:] + rows[:2])


def test_equal_rows_of_two_tables_differ():
    """A row of the left table and its double on the right stand in an order that does not depend on theirs."""
    table, side = coded([("Ada",), ("Ada",), ("Eve",)]), np.array([0, 1, 0], np.int8)
    keys = row_keys(table, side=side)

    assert len(set(keys.tolist())) == 3
    assert side[canonical_order(table, side=side)].tolist() == (
        side[::-1][canonical_order(coded([("Eve",), ("Ada",), ("Ada",)]), side=side[::-1])].tolist()
    )


@given(rows=st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 1)), max_size=30), more_than=st.integers(0, 4))
def test_stand_ins_are_the_first_of_many_equal_rows(rows, more_than):
    """Of more equal rows than allowed each is led to the first one; of fewer, to itself."""
    codes = np.array(rows, np.int32).reshape(-1, 2)
    expected = [rows.index(row) if rows.count(row) > more_than else at for at, row in enumerate(rows)]

    assert expected == stand_ins(codes, more_than=more_than).tolist()
