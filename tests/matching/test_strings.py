"""Texts as bytes: what goes in comes out, and one text has one number on every machine."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching.encoding.strings import GOLDEN, LEAF, LONG_RUN, MIX, Strings, hash64

WORD = 2**64 - 1
anything = st.text(st.characters(exclude_categories=()), max_size=20)
several = st.lists(anything, max_size=12)


def slow_hash(data: bytes) -> int:
    """Hash one text step by step, as the docstring of hash64 has it."""

    def mix(x):
        x = x * MIX & WORD
        x = (x ^ x >> 32) * MIX & WORD
        return x ^ x >> 29

    if len(data) > LEAF:
        leaves = [slow_hash(data[at : at + LEAF]) for at in range(0, len(data), LEAF)]
        above = slow_hash(b"".join(leaf.to_bytes(8, "little") for leaf in leaves))
        return mix(len(data) * GOLDEN & WORD ^ above) or 1
    hashed = (len(data) + 1) * GOLDEN & WORD
    for at in range(0, len(data), 8):
        hashed = mix(hashed ^ int.from_bytes(data[at : at + 8], "little"))
    return hashed or 1


@given(several)
def test_texts_come_back(values):
    """Any texts, half surrogate pairs among them, are the same after they were bytes: all, one, or some of them."""
    strings = Strings.of(values)
    backwards = np.arange(len(values))[::-1]

    assert values == list(strings)
    assert values == [strings.at(at) for at in range(len(strings))]
    assert values[::-1] == list(strings.take(backwards)) == strings.objects(backwards).tolist()
    assert [len(value.encode("utf-8", "surrogatepass")) for value in values] == strings.lengths.tolist()


@given(several, several)
def test_lists_of_texts_are_joined(first, second):
    """Two lists of texts are one after the other."""
    assert first + second == list(Strings.join([Strings.of(first), Strings.of(second)]))


@given(st.lists(st.text(max_size=20), max_size=12), st.integers(0, 12))
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_texts_are_taken_over_from_arrow(kind, values, skipped):
    """An Arrow array of any width, and a slice of one, is read as it stands."""
    array = pa.array(values, pa.string()).cast(kind)

    assert values[skipped:] == list(Strings.from_arrow(array[skipped:]))


def test_nothing_is_copied_from_arrow():
    """The bytes are those of the Arrow array."""
    array = pa.array(["Ada", "Eve"])

    assert array.buffers()[2].address == Strings.from_arrow(array).data.ctypes.data


@given(several.flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_texts_are_compared_place_by_place(both):
    """Equal is what is equal byte by byte."""
    first, second = both

    assert [a == b for a, b in zip(first, second, strict=True)] == (
        Strings.of(first).same_as(Strings.of(second)).tolist()
    )


@given(st.lists(st.binary(max_size=40) | st.binary(min_size=LEAF - 9, max_size=LEAF + 9), max_size=6))
def test_a_hash_is_that_of_its_slow_twin(values):
    """Empty and long texts, and any bytes, have the number that the definition gives them."""
    offsets = np.cumsum([0, *map(len, values)])
    strings = Strings(np.frombuffer(b"".join(values), np.uint8), offsets)

    assert [slow_hash(value) for value in values] == hash64(strings).tolist()


@pytest.mark.parametrize("length", [LEAF, LEAF + 1, 64 * LEAF, 64 * LEAF + 1, 300_001])
def test_a_book_in_a_cell_is_hashed_leaf_by_leaf(length):
    """Far too long texts have the number of their slow twin, too, whatever stands before them."""
    book = bytes(at % 251 for at in range(length))
    strings = Strings(np.frombuffer(b"Ada" + book, np.uint8), np.array([0, 3, 3 + length]))

    assert [slow_hash(b"Ada"), slow_hash(book)] == hash64(strings).tolist()


def test_a_hash_is_the_same_everywhere():
    """The numbers of three texts are written down here: another machine, version or byte order has to find them."""
    written = {"": 11400714819323198485, "Ada": 16464477324130748881, "Müller-Lüdenscheid": 2428213946895831192}

    assert list(written.values()) == hash64(Strings.of(list(written))).tolist()


def test_texts_that_differ_in_little_have_different_numbers():
    """Half a million like addresses have half a million numbers; nothing at the end of a text counts as well."""
    near = [f"ada.lovelace{at}@x.example" for at in range(500_000)] + ["a", "a\0", "a\0\0", ""]

    assert len(near) == len(set(hash64(Strings.of(near)).tolist()))


@given(several, several)
def test_tails_depend_on_nothing_but_the_text(before, values):
    """The cheap number of a text is the same whatever stands before it; length and last bytes change it."""
    alone = Strings.of(values).tails().tolist()

    assert alone == Strings.of(before + values).tails().tolist()[len(before) :]
    assert 4 == len(set(Strings.of(["", "\0", "a", "ba"]).tails().tolist()))


@given(st.lists(st.sampled_from(["", "Ada", "é" * 9, "x" * LONG_RUN, "book " * LONG_RUN]), max_size=8), st.randoms())
def test_books_among_texts_are_taken_whole(values, random):
    """Texts of any length come back in whatever order they are taken, and again."""
    at = [random.randrange(len(values)) for _ in range(2 * len(values))] if values else []

    assert [values[each] for each in at] == list(Strings.of(values).take(np.array(at, np.int64)))
