"""Candidate pairs come each once and in order, however little memory there is."""

import tracemalloc
from itertools import combinations

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching.blocking import BlockingRule, Blocks, CandidatePairs, Key, unpack
from crmcore.matching.spec import MatchSpec
from crmcore.matching.working_memory import WorkingMemory

ROWS = 20


def key_of(values, *, feature=0):
    """Make a key of one value a row, 0 for none."""
    stirred = np.random.default_rng(feature).integers(1, 2**64, max(values, default=0) + 1, dtype=np.uint64)
    numbers = np.where(np.array(values) > 0, stirred[values], np.uint64(0))
    codes = np.arange(len(values), dtype=np.int32)[:, None]
    return Key(
        features=frozenset({feature}), name=f"key {feature}", codes=codes, forms=np.append(numbers, np.uint64(0))
    )


def keys(feature):
    """Draw a key of few values, so that blocks are large."""
    return st.lists(st.integers(0, 3), min_size=ROWS, max_size=ROWS).map(lambda held: key_of(held, feature=feature))


def listed(stream):
    """Return all pairs of a stream as tuples."""
    pieces = [np.array(unpack(packed)).T for packed in stream]
    return [tuple(pair) for pair in np.concatenate([np.empty((0, 2), int), *pieces]).tolist()]


@given(first=keys(0), second=keys(1), memory=st.integers(96, 5_000))
def test_the_stream_is_the_sorted_set_of_what_any_rule_finds(first, second, memory):
    """Whatever the size of the pieces, no pair comes twice, none is left out, and they rise."""
    rules = [BlockingRule(keys=(first,)), BlockingRule(keys=(first, second)), BlockingRule(keys=(second,))]
    agreed = [
        (a, b)
        for a, b in combinations(range(ROWS), 2)
        if any(key.forms[a] == key.forms[b] != 0 for key in (first, second))
    ]

    assert agreed == listed(CandidatePairs.of(rules, memory=WorkingMemory(memory)))


@settings(max_examples=8)
@given(held=st.lists(st.integers(0, 2), min_size=600, max_size=600), memory=st.integers(10_000, 500_000))
def test_split_blocks_do_not_depend_on_the_memory(held, memory):
    """Blocks of hundreds of rows are split and looked at through windows: the same pairs in many pieces and in one."""
    rules = [BlockingRule(keys=(key_of([1] * 500 + [0] * 100),)), BlockingRule(keys=(key_of(held, feature=1),))]
    splitters = [key_of(held, feature=1), key_of([row % 7 for row in range(600)], feature=2)]
    streams = [CandidatePairs.of(rules, memory=WorkingMemory(size), splitters=splitters) for size in (memory, 2**30)]
    pairs, at_once = map(listed, streams)

    assert at_once == pairs == sorted(set(pairs))


@given(held=keys(0), side=st.lists(st.integers(0, 1), min_size=ROWS, max_size=ROWS))
def test_only_pairs_across_two_tables_are_candidates(held, side):
    """With a side for each row, the others are left out."""
    rules = [BlockingRule(keys=(held,))]
    all_pairs = listed(CandidatePairs.of(rules, memory=WorkingMemory(96)))
    across = listed(CandidatePairs.of(rules, memory=WorkingMemory(96), side=np.array(side, np.int8)))

    assert [(a, b) for a, b in all_pairs if side[a] != side[b]] == across


def test_no_rule_finds_nothing():
    """A table without rules has no candidates."""
    assert [] == listed(CandidatePairs.of([], memory=WorkingMemory(2**20)))


def peak_of(rules, splitters, memory):
    """Return the pairs, and the most bytes that were allocated at once on the way."""
    tracemalloc.start()
    try:
        stream = CandidatePairs.of(rules, memory=memory, splitters=splitters)
        count = sum(len(packed) for packed in stream)
        return count, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_large_table_and_a_giant_block_stay_within_the_memory():
    """200,000 rows, four rules, one of them a giant block: the pieces and what they are made of take 32MiB at most."""
    rows, memory = 200_000, WorkingMemory.parse("32MiB")
    random = np.random.default_rng(5)
    some = [key_of(random.integers(1, size, rows).tolist(), feature=at) for at, size in enumerate((20_000, 2_000, 700))]
    rules = [BlockingRule(keys=(key,)) for key in (*some, key_of([1] * rows, feature=3))]

    count, peak = peak_of(rules, some, memory)
    same, free_peak = peak_of(rules, some, WorkingMemory.parse("4GiB"))

    assert same == count > 20_000_000
    assert peak <= memory.bytes
    assert free_peak > 1.5 * memory.bytes  # the bound is what holds it down


@pytest.mark.parametrize(
    ("text", "size"),
    [("64MiB", 64 << 20), ("1GiB", 1 << 30), ("1.5 GB", 1_500_000_000), ("2m", 2_000_000), (1 << 22, 1 << 22)],
)
def test_memory_is_written_as_people_write_it(text, size):
    """Powers of 1024 and of 1000, with and without a blank, or plain bytes."""
    assert size == WorkingMemory.parse(text).bytes == MatchSpec(roles={}, working_memory=text).working_memory.bytes


@pytest.mark.parametrize("text", ["", "much", "-1GB", "1 parsec", "1e9", True, None, 0, "10kB", "GiB"])
def test_no_memory_is_an_error_that_says_what_would_do(text):
    """Nothing is guessed."""
    with pytest.raises(InputError, match="working_memory must be"):
        WorkingMemory.parse(text)


def test_a_memory_too_small_for_all_blocks_finds_them_again():
    """Blocks that do not fit are found again for each piece, and the result is the same."""
    rules = [BlockingRule(keys=(key_of([row % 50 for row in range(1_000)]),))]
    small, large = (CandidatePairs.of(rules, memory=WorkingMemory(size)) for size in (2_000, 10**9))

    assert listed(large) == listed(small)
    assert len(small.ends) > len(large.ends) == 1
    assert attrs.asdict(small, recurse=False)["_kept"] == (None,)
    assert isinstance(attrs.asdict(large, recurse=False)["_kept"][0], Blocks)
