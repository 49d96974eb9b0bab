"""What an index does for one value is what the batch run does for many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.matching import Matcher
from crmcore.matching._features import KINDS
from crmcore.matching._texts import Texts
from crmcore.matching.encoding.strings import Strings, hash64, mixed
from crmcore.matching.index._hashing import hash_of, stirred
from crmcore.matching.index._likeness import level_of
from crmcore.matching.index._vocabulary import Vocabulary
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from crmcore.matching.index import Index

NAMES = st.sampled_from(
    "ada anna annabel ann anne bill william willian robert bob bobby tunde babatunde rina caterina a b "
    "becker beckers baker garcia|garcia marquez|marquez|o|li|lee|van berg|berg".replace("|", " ").split()
) | st.text("abeln ", min_size=1, max_size=9).map(lambda text: " ".join(text.split())).filter(bool)
ADDRESSES = st.builds(
    lambda local, domain: f"{local}@{domain}",
    st.sampled_from(["ada", "ada.lovelace", "a.lovelace", "s.deng", "l.deng", "deng1", "deng2", "ada.l", "adal", "é.x"])
    | st.text("ab.1é", min_size=1, max_size=6),
    st.sampled_from(["x.example", "y.example", "xy.example"]),
)
DATES = st.builds(
    lambda year, month, day: f"{year:04}{month:02}{day:02}",
    st.integers(1979, 1990),
    st.integers(0, 12),
    st.integers(0, 31),
)
CODES = st.text("ab1é", min_size=1, max_size=8) | st.text("ab1", min_size=16, max_size=18)
WORDS = st.lists(st.sampled_from("a main street road strasse 12 12a north".split()), min_size=1, max_size=4).map(
    lambda words: " ".join(sorted(words))
)
SKILLS = st.sets(st.sampled_from([f"skill_{at}" for at in range(16)]), min_size=1, max_size=15).map(
    lambda skills: " ".join(sorted(skills))
)
VALUES = {
    Role.GIVEN_NAME: NAMES,
    Role.FAMILY_NAME: NAMES,
    Role.MIDDLE_NAME: NAMES,
    Role.EMAIL: ADDRESSES,
    Role.PHONE: st.text("0123", min_size=5, max_size=9),
    Role.DATE_OF_BIRTH: DATES,
    Role.NATIONAL_ID: CODES,
    Role.POSTCODE: CODES,
    Role.STREET: WORDS,
    Role.CITY: NAMES,
    Role.COMPANY: WORDS,
    Role.LINKEDIN: NAMES,
    Role.SKILLS: SKILLS,
}


@pytest.mark.parametrize("role", VALUES)
def test_a_pair_has_the_level_that_it_has_among_many(role: Role):
    """Levels of one pair of different values are those of arrays of pairs."""
    kind = KINDS[role]
    level = level_of(kind)

    @settings(max_examples=300, deadline=None)
    @given(st.lists(VALUES[role], min_size=2, max_size=12, unique=True))
    def holds(values: list[str]) -> None:
        left, right = (part.astype(np.int32) for part in np.triu_indices(len(values), 1))
        if not kind.top > 1:
            expected = [0] * len(left)
        else:
            texts = Texts(Strings.of(values)).ready(left, right)
            expected = kind.levels(texts, left, right).tolist()

        found = [level(values[a], values[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]

        assert found == expected

    holds()


def test_every_kind_has_a_level_of_its_own():
    """No kind is left to arrays of one pair, which take a hundred times as long."""
    assert [role for role, kind in KINDS.items() if level_of(kind).__name__ == "level"] == []


@given(st.text())
@example("")
@example("\ud800")
@example("x" * 511)
@example("x" * 512)
@example("é" * 600)
def test_a_text_has_the_number_that_it_has_among_many(text: str):
    """Hashes are the same, whatever the text."""
    assert hash_of(text) == int(hash64(Strings.of([text]))[0])


@given(st.integers(0, 2**64 - 1))
def test_numbers_are_stirred_as_many_are(number: int):
    """So are what keys make of hashes."""
    assert stirred(number) == int(mixed(np.array([number], np.uint64))[0])


@given(st.lists(st.text(max_size=3), unique=True), st.lists(st.text(max_size=3)))
def test_a_vocabulary_gives_each_text_one_number(first: list[str], later: list[str]):
    """What goes in comes out, at the number that a dictionary would give."""
    vocabulary = Vocabulary(first)
    expected = {text: number for number, text in enumerate(first)}

    given_numbers = [vocabulary.add(text) for text in later]

    for text in later:
        expected.setdefault(text, len(expected))
    assert given_numbers == [expected[text] for text in later]
    assert [vocabulary.number(text) for text in expected] == list(expected.values())
    assert [vocabulary.text(number) for number in expected.values()] == list(expected)
    assert (list(vocabulary), len(vocabulary), vocabulary.number("never seen")) == (list(expected), len(expected), -1)


def index_of(table: dict[str, list[str]]) -> Index:
    """Return an index of a table."""
    return Matcher.fit(table).index(table)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_row_is_read_as_it_is_read_in_the_table(seed: int):
    """Names in wrong columns, addresses that tell names and employers, shared inboxes: each row has the same values."""
    table = {name: list(cells) for name, cells in generate(people=400, seed=seed).columns.items()}
    index = index_of(table)
    rows = [{name: cells[at] for name, cells in table.items()} for at in range(len(table["email"]))]

    read = {key: index._reader.read(row, counted=True) for key, row in zip(_keys(table), rows, strict=True)}

    held = {key: index._records.texts(index._records.codes(index._keys.row(key))) for key in read}
    assert {key: values for key, values in read.items() if values != held[key]} == {}


def _keys(table: dict[str, list[str]]) -> list[str]:
    return list(Matcher.fit(table).dedupe(table).keys)


NAMED = [
    {"name": "Ada Lovelace", "mail": "ada@acme.example", "works for": "Acme", "born": "10/12/1985"},
    {"name": "Lovelace, Ada", "mail": "a.lovelace@acme.example", "works for": None, "born": "13/02/1985"},
    {"name": "Dr. Grace Hopper (née Murray)", "mail": "grace@navy.example", "works for": "Navy", "born": None},
    {"name": "Turing", "mail": "alan.turing@gpc.example", "works for": "GPC Ltd", "born": "1912"},
]


def test_what_stands_in_odd_places_is_read_as_in_the_table():
    """Full names, birth names, days before months, and employers that a mailbox tells."""
    table = {name: [row[name] for row in NAMED * 3] for name in NAMED[0]}
    index = index_of(table)

    read = [index._reader.read(row, counted=True) for row in NAMED]

    held = [index._records.texts(index._records.codes(index._keys.row(key))) for key in _keys(table)[:4]]
    assert read == held


@pytest.mark.parametrize("seed", [1, 2])
def test_a_pair_weighs_the_same_whichever_row_is_asked_about(seed: int):
    """An index asks about either; swapped names with a slip once weighed differently."""
    table = {name: list(cells) for name, cells in generate(people=700, seed=seed).columns.items()}
    result = Matcher.fit(table).dedupe(table)

    there, back = (
        result.weigh(result.pairs.left, result.pairs.right),
        result.weigh(result.pairs.right, result.pairs.left),
    )

    assert np.flatnonzero(there != back).tolist() == []
