"""The order of rows and columns says nothing: a shuffled table gives the same people, the same pairs, the same weights."""

import os
import random
import subprocess
import sys
from collections import Counter

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmcore.matching._comparing as comparing
from crmcore.matching import dedupe, link
from crmcore.testing.sample import generate

NAMES = ["Ada", "Adah", "Bob", "Robert", "Eve", "Zoë", "Lovelace", "Lovelaec", "Hopper", None]
MAILS = ["ada@x.example", "a.lovelace@y.example", "bob@x.example", "office@z.example", ("eve@x.example", "e@y.example")]
people = st.fixed_dictionaries(
    {
        "first_name": st.sampled_from(NAMES),
        "last_name": st.sampled_from(NAMES),
        "name": st.sampled_from(["Ada Lovelace", "Lovelace, Ada", "Grace Hopper", None, None]),
        "email": st.sampled_from([*MAILS, None, None]),
        "email_2": st.sampled_from([*MAILS, None, None, None]),
        "phone": st.sampled_from(["020 7946 0018", "+44 20 7946 0018", "0171 5552931", None]),
        "date_of_birth": st.sampled_from(["1815-12-10", "10.12.1815", "12.10.1815", "1906-12-09", None]),
        "city": st.sampled_from(["London", "Paris", None]),
        "qqq": st.sampled_from(["x", "y", "Berg", None]),
    }
)


def columns_of(rows):
    """Turn rows into columns."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def shuffled(table, seed):
    """Return a table with its rows and columns in another order, and which row each was."""
    rows = len(next(iter(table.values())))
    order = random.Random(seed).sample(range(rows), rows)
    names = random.Random(seed).sample(sorted(table), len(table))
    return {name: [table[name][row] for row in order] for name in names}, np.array(order)


def contents(table, ids):
    """Return how often each group of rows stands there, rows known by their cells: equal rows may change places."""
    named = sorted(table)
    groups = {}
    for row, cluster in enumerate(ids.tolist()):
        groups.setdefault(cluster, []).append(tuple(str(table[name][row]) for name in named))
    return Counter(tuple(sorted(group)) for group in groups.values())


def weights(table, other, pairs):
    """Return how often each pair of rows stands there with its exact weight, rows known by their cells."""
    sides = (table, sorted(table)), (other, sorted(other))
    rows = [
        [tuple(str(held[name][row]) for name in named) for row in at.tolist()]
        for (held, named), at in zip(sides, (pairs.left, pairs.right), strict=True)
    ]
    ends = zip(*rows, strict=True) if table is not other else map(sorted, zip(*rows, strict=True))
    return Counter((*ends_, weight.hex()) for ends_, weight in zip(ends, pairs.match_weight.tolist(), strict=True))


def test_what_is_compared_below_tells_a_difference():
    """The control: another group or another weight is seen."""
    table = {"name": ["Ada", "Ada", "Eve"]}
    pairs = dedupe({"name": ["Ada Lovelace"] * 3, "email": ["ada@x.example"] * 3}).pairs

    assert contents(table, np.array([0, 0, 1])) == contents(table, np.array([1, 1, 0]))
    assert contents(table, np.array([0, 0, 1])) != contents(table, np.array([0, 1, 1]))
    assert weights(table, table, pairs) != weights(table, table, pairs.take(np.array([0])))


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(people, min_size=2, max_size=25), seed=st.integers(0, 999))
def test_small_tables_in_any_order(rows, seed):
    """Clusters, pairs and weights to the last bit are those of the table before it was shuffled."""
    table = columns_of(rows)
    other, _ = shuffled(table, seed)

    plain, again = dedupe(table), dedupe(other)

    assert contents(table, plain.cluster_ids) == contents(other, again.cluster_ids)
    assert weights(table, table, plain.pairs) == weights(other, other, again.pairs)
    assert sorted(plain.roles, key=lambda guess: guess.column) == sorted(again.roles, key=lambda guess: guess.column)


@settings(max_examples=20, deadline=None)
@given(
    left=st.lists(people, min_size=1, max_size=15),
    right=st.lists(people, min_size=1, max_size=15),
    one_to_one=st.booleans(),
    seed=st.integers(0, 999),
)
def test_links_in_any_order(left, right, one_to_one, seed):
    """Links of two tables, one to one or not, are those of the shuffled tables."""
    first, second = columns_of(left), columns_of(right)
    (first_again, _), (second_again, _) = shuffled(first, seed), shuffled(second, seed + 1)

    plain = link(first, second, one_to_one=one_to_one)
    again = link(first_again, second_again, one_to_one=one_to_one)

    assert weights(first, second, plain.pairs) == weights(first_again, second_again, again.pairs)
    assert weights(first, second, plain.links) == weights(first_again, second_again, again.links)


@pytest.fixture(scope="module")
def sample():
    """Generate a few thousand contacts, and what they are taken for."""
    table = generate(people=1500, seed=3).columns
    return table, dedupe(table)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("holder", [dict, pa.table, pl.DataFrame], ids=["columns", "Arrow", "polars"])
def test_thousands_of_contacts_in_any_order(sample, holder, seed):
    """Row by row the same people, and pair by pair the same weight, whatever the order and whoever holds the table."""
    table, plain = sample
    other, order = shuffled(table, seed)

    again = dedupe(holder(other))

    ids = np.empty_like(again.cluster_ids)
    ids[order] = again.cluster_ids
    _, first = np.unique(ids, return_index=True)
    renamed = {ids[row]: number for number, row in enumerate(sorted(first.tolist()))}
    assert plain.cluster_ids.tolist() == [renamed[cluster] for cluster in ids.tolist()]
    ends = order[again.pairs.left], order[again.pairs.right]
    place = np.lexsort((np.maximum(*ends), np.minimum(*ends)))
    assert plain.pairs.left.tolist() == np.minimum(*ends)[place].tolist()
    assert plain.pairs.match_weight.tolist() == again.pairs.match_weight[place].tolist()
    assert plain.rules == again.rules


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_workers_says_nothing(sample, threads, monkeypatch):
    """One worker, or more than there are cores, finds the same people with the same weights."""
    table, plain = sample
    monkeypatch.setattr(comparing, "THREADS", threads)

    again = dedupe(table)

    assert plain.cluster_ids.tolist() == again.cluster_ids.tolist()
    assert plain.pairs.match_weight.tolist() == again.pairs.match_weight.tolist()


IN_A_PROCESS = """
import hashlib
from crmcore.matching import dedupe
from crmcore.testing.sample import generate
table = generate(people=500, seed=6).columns
for surnames, handle in (("Ann Reis", "annareis"), ("Mar Lopez", "marialopez"), ("Pet Kuhn", "peterkuhn")):
    for name, cells in table.items():
        cells.append({"last_name": surnames, "email": handle + "@x.example"}.get(name))
result = dedupe(table)
told = [result.cluster_ids.tolist(), result.rules, *(array.tolist() for array in result.pairs.columns.values())]
told += [list(feature.data.values) for feature in result._learned.features]
print(hashlib.sha256(repr(told).encode()).hexdigest())
"""


def test_two_processes_find_the_same():
    """The secret by which each process scatters its sets and dictionaries does not show."""
    found = set()
    for seed in ("0", "1", "2", "3"):
        run = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(run.stdout)

    assert 1 == len(found)


def test_one_is_explained_as_the_other(sample):
    """It does not matter which of two rows is named first."""
    _, plain = sample
    for left, right in zip(plain.pairs.left[:200].tolist(), plain.pairs.right[:200].tolist(), strict=True):
        straight, turned = plain.explain(left, right), plain.explain(right, left)

        assert straight.match_weight == turned.match_weight
        assert [piece.agreement for piece in straight.evidence] == [piece.agreement for piece in turned.evidence]


@pytest.mark.parametrize("phone", ["+44 1865 700123", "(01632) 960755"], ids=["another", "the same, otherwise written"])
def test_of_two_equally_good_links_the_same_one_wins(phone):
    """Where one row could be linked to two that differ in what says nothing, their order does not decide."""
    others = generate(people=200, seed=5).columns
    first = {name: others[name] for name in ("first_name", "last_name", "email", "phone")}
    ada = ["Zebedee", "Quillfeather", "zeb@far.example"]
    doubles = [[*ada, "+44 1632 960755"], [*ada, phone]]

    def linked(rows):
        left = {name: [*cells, *(row[at] for row in rows)] for at, (name, cells) in enumerate(first.items())}
        right = {name: [cell] for name, cell in zip(first, [*ada, "+44 20 7946 0018"], strict=True)}
        links = link(left, right, one_to_one=True).links
        return [left["phone"][row] for row in links.left.tolist()]

    assert 1 == len(linked(doubles))
    assert linked(doubles) == linked(doubles[::-1])
