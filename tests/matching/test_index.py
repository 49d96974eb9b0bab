"""An index: one record at a time, judged as the batch run judges."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from crmcore.errors import InputError, UnknownColumn, UnreadableFile, UnsupportedData
from crmcore.matching import Comparison, Matcher, pairwise_scores
from crmcore.matching.index import Index
from crmcore.model import ContactRecord, PersonName
from crmcore.testing.sample import generate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crmcore.matching import Deduplication

Columns = dict[str, list[str]]

PEOPLE = [
    {"id": "1", "name": "Ada Lovelace", "email": "ada@x.example", "phone": "020 7946 0018"},
    {"id": "2", "name": "Alan Turing", "email": "alan@y.example", "phone": "020 7946 0123"},
    {"id": "3", "name": "Grace Hopper", "email": "grace@navy.example", "phone": "0171 555 2931"},
]


def columns(people: int, *, seed: int) -> Columns:
    """Return a generated table with doubles."""
    return {name: list(cells) for name, cells in generate(people=people, seed=seed).columns.items()}


def rows(table: Columns, some: Sequence[int]) -> list[dict[str, str]]:
    """Return some rows of a table."""
    return [{name: cells[at] for name, cells in table.items()} for at in some]


def small() -> Index:
    """Return an index of three people."""
    return Matcher.fit(PEOPLE, key="id").index(PEOPLE)


def likely(result: Deduplication) -> dict[str, dict[str, float]]:
    """Return record -> the records that are likelier than not to be the same person -> match weight."""
    found: dict[str, dict[str, float]] = {}
    pairs = result.pairs.above(0.5)
    for left, right, weight in zip(pairs.left.tolist(), pairs.right.tolist(), pairs.match_weight.tolist(), strict=True):
        one, other = result.keys[left], result.keys[right]
        found.setdefault(one, {})[other] = weight
        found.setdefault(other, {})[one] = weight
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_found_is_what_the_batch_run_finds(seed: int):
    """For every row, the likely records are those that it was paired with, with the same weights."""
    table = columns(700, seed=seed)
    matcher = Matcher.fit(table)
    result = matcher.dedupe(table)
    index = matcher.index(table)

    found = {
        key: {hit.key: hit.match_weight for hit in index.find(row, key=key, limit=None, least=0.5)}
        for key, row in zip(result.keys, rows(table, range(len(result.keys))), strict=True)
    }

    expected = likely(result)
    assert {key: set(hits) for key, hits in found.items() if hits} == {key: set(hits) for key, hits in expected.items()}
    worst = max(abs(weight - expected[key][other]) for key, hits in found.items() for other, weight in hits.items())
    assert worst < 1e-9


def test_records_that_are_added_are_grouped_as_the_batch_run_groups_them():
    """Two fifths of a table, added one by one in any order, end with the people that all of it has at once."""
    table = columns(700, seed=3)
    matcher = Matcher.fit(table)
    whole = matcher.dedupe(table)
    order = np.random.default_rng(3).permutation(len(whole.keys))
    first, later = np.sort(order[: 3 * len(order) // 5]), order[3 * len(order) // 5 :]
    result = matcher.dedupe({name: [cells[at] for at in first] for name, cells in table.items()})
    index = matcher.index({name: [cells[at] for at in first] for name, cells in table.items()})

    for at, row in zip(later.tolist(), rows(table, later.tolist()), strict=True):
        index.add(row, key=f"new {at}")

    named = {int(at): key for at, key in zip(first, result.keys, strict=True)} | {
        at: f"new {at}" for at in later.tolist()
    }
    people = index.people
    labels = np.unique([people[named[at]] for at in range(len(order))], return_inverse=True)[1]
    assert pairwise_scores(labels, whole.cluster_ids).f1 >= 0.98


def test_what_was_added_and_is_removed_leaves_no_trace():
    """The people, their ids and what is found are as before, in whichever order records go."""
    table = columns(300, seed=4)
    matcher = Matcher.fit(table)
    index = matcher.index({name: cells[::2] for name, cells in table.items()})
    people, size = index.people, len(index)
    odd = rows(table, range(1, len(table["email"]), 2))
    asked = [index.find(row) for row in odd[:50]]

    for at, row in enumerate(odd):
        index.add(row, key=f"new {at}")
    for at in np.random.default_rng(4).permutation(len(odd)).tolist():
        index.remove(f"new {at}")

    assert (index.people, len(index)) == (people, size)
    assert [index.find(row) for row in odd[:50]] == asked


def test_a_record_joins_the_person_that_it_is():
    """Who it joined is said, and the person keeps the id."""
    index = small()
    ada = index.person_of("1")

    placed = index.add({"name": "Lovelace, Ada", "email": "ADA@x.example"}, key="4")

    assert (placed.person_id, placed.others, placed.joined, dict(placed.moved)) == (ada, ("1",), True, {})
    assert (index.person_of("1"), index.person_of("4"), len(index)) == (ada, ada, 4)


def test_a_record_of_nobody_known_is_somebody_new():
    """Negative control: nobody is joined."""
    index = small()

    placed = index.add({"name": "Katherine Johnson", "email": "kj@nasa.example"}, key="4")

    assert (placed.others, placed.joined) == ((), False)
    assert placed.person_id not in {index.person_of(key) for key in "123"}


def test_a_changed_record_is_somebody_else():
    """It leaves the person that it was of, and comes back when it is changed back."""
    index = small()
    index.add({"name": "Ada Lovelace", "email": "ada@x.example"}, key="4")
    before = index.people

    changed = index.change("4", {"name": "Alan M. Turing", "email": "alan@y.example"})
    index.change("4", {"name": "Ada Lovelace", "email": "ada@x.example"})

    assert changed.others == ("2",)
    assert index.people == before


def test_why_is_told():
    """A hit says which evidence there is, and its parts are its weight."""
    (hit,) = small().find({"name": "Ada Lovlace", "phone": "020 7946 0018"})

    assert (hit.key, hit.probability > 0.9) == ("1", True)
    assert {piece.comparison: piece.agreement for piece in hit.evidence}["phone"] == "the same"
    parts = hit.prior + sum(piece.match_weight for piece in hit.evidence) + hit.correction
    assert parts == pytest.approx(hit.match_weight)
    assert "phone: the same ('79460018', '79460018')" in hit.explain()


def test_contact_records_are_read_by_what_they_say():
    """A record of the store is looked up in a table whose columns have other names."""
    contact = ContactRecord(id="c1", name=PersonName(given="Ada", family="Lovelace"))

    assert [hit.key for hit in small().find(contact, least=0)][:1] == ["1"]


def test_columns_of_other_names_are_taken_for_what_they_say():
    """A caller need not know how the table called its columns."""
    hits = small().find({"full_name": "Ada Lovelace", "Telephone": "+44 20 7946 0018", "shoe size": "38"})

    assert [hit.key for hit in hits] == ["1"]


@pytest.mark.parametrize(
    ("act", "refused"),
    [
        (lambda index: index.find("Ada"), UnsupportedData),
        (lambda index: index.find({"shoe size": "38"}), UnknownColumn),
        (lambda index: index.find(None), UnsupportedData),
        (lambda index: index.find([("name", "Ada")]), UnsupportedData),
        (lambda index: index.find({"name": "Ada"}, least=2), InputError),
        (lambda index: index.find({"name": "Ada"}, least=float("nan")), InputError),
        (lambda index: index.find({"name": "Ada"}, least="much"), InputError),
        (lambda index: index.find({"name": "Ada"}, limit=-1), InputError),
        (lambda index: index.find({"name": "Ada"}, limit=2.5), InputError),
        (lambda index: index.find({"name": "Ada"}, key=1), InputError),
        (lambda index: index.add(None, key="4"), UnsupportedData),
        (lambda index: index.add({"shoe size": "38"}, key="4"), UnknownColumn),
        (lambda index: index.add({"name": "Ada"}, key=4), InputError),
        (lambda index: index.change("1", None), UnsupportedData),
        (lambda index: index.change("1", {"shoe size": "38"}), UnknownColumn),
        (lambda index: index.remove(1), InputError),
        (lambda index: index.person_of(None), InputError),
        (lambda index: index.find({"name": "Ada"}, key="9"), InputError),
        (lambda index: index.add({"name": "Ada"}, key="1"), InputError),
        (lambda index: index.add({"name": "Ada"}, key=""), InputError),
        (lambda index: index.change("9", {"name": "Ada"}), InputError),
        (lambda index: index.remove("9"), InputError),
        (lambda index: index.person_of("9"), InputError),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(act, refused):
    """The error is a typed one, and the index as it was."""
    index = small()
    people = index.people

    with pytest.raises(refused):
        act(index)

    assert index.people == people


@pytest.mark.parametrize("record", [{}, {"name": None}, {"name": "", "email": "n/a"}, {"name": "?" * 100_000}])
def test_who_says_nothing_is_nobody(record: dict[str, str | None]):
    """Records without anything that tells are found by nothing, and can be added."""
    index = small()

    assert index.find(record) == ()
    assert index.add(record, key="4").others == ()
    assert index.find(record, limit=None) == ()


def test_a_saved_index_is_the_same_index(tmp_path: Path):
    """What is loaded finds and knows the same, is saved to the same bytes, and goes on as it would have."""
    table = columns(300, seed=5)
    matcher = Matcher.fit(table)
    index = matcher.index({name: cells[::2] for name, cells in table.items()})
    odd = rows(table, range(1, len(table["email"]), 2))
    for at, row in enumerate(odd[:100]):
        index.add(row, key=f"new {at}")
    for at in range(0, 100, 3):
        index.remove(f"new {at}")
    first, second = tmp_path / "first", tmp_path / "second"

    index.save(first)
    loaded = Index.load(first)
    loaded.save(second)

    assert first.read_bytes() == second.read_bytes()
    assert (loaded.people, len(loaded)) == (index.people, len(index))
    assert [loaded.find(row, limit=None) for row in odd] == [index.find(row, limit=None) for row in odd]
    placed = [
        (loaded.add(row, key=f"later {at}"), index.add(row, key=f"later {at}")) for at, row in enumerate(odd[100:150])
    ]
    assert [(one.others, one.moved.keys()) for one, _ in placed] == [
        (one.others, one.moved.keys()) for _, one in placed
    ]


def test_what_was_added_and_is_removed_leaves_no_byte(tmp_path: Path):
    """The file is that of an index to which nothing was ever added."""
    index = small()
    index.save(tmp_path / "before")

    index.add({"name": "Lovelace, Ada", "email": "ADA@x.example", "phone": "1234567"}, key="4")
    index.change("2", {"name": "Charles Babbage", "email": "cb@x.example"})
    index.change("2", PEOPLE[1])
    index.remove("4")

    index.save(tmp_path / "after")
    assert (tmp_path / "after").read_bytes() == (tmp_path / "before").read_bytes()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda content: b"", "not-an-index"),
        (lambda content: b"PK" + content, "not-an-index"),
        (lambda content: content[:-1], "damaged"),
        (lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:], "damaged"),
        (lambda content: content.replace(b"index 1", b"index 9", 1), "newer"),
        (lambda content: resealed(content.replace(b'"arrays"', b'"arrows"', 1)), "not-an-index"),
        (lambda content: resealed(content.replace(b'"<i4"', b'"|O8"', 1)), "not-an-index"),
        (lambda content: resealed(content + b"more"), "not-an-index"),
        (lambda content: resealed(content[:-40] + b"\xff" * 8 + content[-32:]), "not-an-index"),
    ],
)
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, spoil, code):
    """Damaged, foreign, newer, and what only looks like one: a typed error with a word for the cause."""
    path = tmp_path / "people.index"
    small().save(path)
    path.write_bytes(spoil(path.read_bytes()))

    with pytest.raises(UnreadableFile) as refused:
        Index.load(path)

    assert refused.value.code == code


def resealed(content: bytes) -> bytes:
    """Return altered content with a digest that fits."""
    return content[:-32] + hashlib.sha256(content[:-32]).digest()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    """So is a folder."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UnreadableFile):
            Index.load(path)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({"name": "Lov"}, "1"),
        ({"name": "Gr"}, "3"),
        ({"email": "alan@"}, "2"),
        ({"email": "gr"}, "3"),
        ({"phone": "+44 171 55"}, "3"),
        ({"phone": "020 7946 01"}, "2"),
        ({"name": "Ala", "email": "a"}, "2"),
    ],
)
def test_who_is_meant_is_found_while_somebody_types(typed: dict[str, str], meant: str):
    """The beginning of a name, of an address or of a number is enough."""
    assert [hit.key for hit in small().find(typed, typing=True)][:1] == [meant]


def test_the_longer_the_beginning_the_surer():
    """What is typed counts for as much as it is rare; a whole value is never less than its beginning."""
    table = columns(300, seed=6)
    index = Matcher.fit(table).index(table)
    at = next(at for at, name in enumerate(table["last_name"]) if name and len(name) > 7 and name.isalpha())

    weights = [
        max(
            hit.match_weight
            for hit in index.find({"last_name": table["last_name"][at][:width]}, typing=True, limit=None)
        )
        for width in (1, 3, 5, 7)
    ]

    assert weights == sorted(weights)
    assert weights[0] < weights[-1]


def test_what_came_later_is_found_by_its_beginning_and_what_went_is_not():
    """Beginnings follow the records."""
    index = small()
    index.find({"name": "Ka"}, typing=True)
    index.add({"name": "Katherine Johnson", "email": "kj@nasa.example"}, key="4")

    found = [hit.key for hit in index.find({"name": "Kath"}, typing=True)][:1]
    index.remove("4")

    assert found == ["4"]
    assert "4" not in [hit.key for hit in index.find({"name": "Kath"}, typing=True)]


def test_a_comparison_of_ones_own_counts_as_in_the_batch_run(tmp_path: Path):
    """Badges are compared as the user said, one by one as well as all at once, and after a file was read."""
    badge = Comparison(
        columns="badge",
        level=lambda one, other: int(one[:2] == other[:2]),
        labels=("different", "of one department", "the same"),
    )
    table = columns(300, seed=7)
    table["badge"] = [f"{len(name or '') % 7}{at % 5} {at % 11}" for at, name in enumerate(table["last_name"])]
    matcher = Matcher.fit(table, comparisons=[badge])
    result = matcher.dedupe(table, comparisons=[badge])
    index = matcher.index(table, comparisons=[badge])
    index.save(tmp_path / "people.index")
    loaded = Index.load(tmp_path / "people.index", comparisons=[badge])

    for each in (index, loaded):
        found = {
            key: {hit.key: hit.match_weight for hit in each.find(row, key=key, limit=None, least=0.5)}
            for key, row in zip(result.keys, rows(table, range(len(result.keys))), strict=True)
        }
        expected = likely(result)
        worst = max(abs(weight - expected[key][other]) for key, hits in found.items() for other, weight in hits.items())
        assert worst < 1e-9
    with pytest.raises(InputError, match="badge"):
        Index.load(tmp_path / "people.index")


def test_a_record_is_called_as_a_row_is():
    """Without a key, the matcher's column names a record, or its id with the source before it, as in the table."""
    table = {
        "source": ["ats", "ats", "board", "board"],
        "source_id": ["C-1", "C-2", "77", "78"],
        "name": ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether"],
        "email": ["ada@x.example", "alan@y.example", "grace@navy.example", "emmy@z.example"],
    }
    row = {"source": "board", "source_id": "79", "name": "Lovelace, Ada", "email": "ada@x.example"}

    index = Matcher.fit(table).index(table)
    keyed = Matcher.fit(table, key="source_id").index(table)

    assert (index.add(row).key, keyed.add(row).key) == ("board:79", "79")
    assert "ats:C-1" in index
    for nameless in ({"email": "eve@x.example"}, {**row, "source_id": None}):
        with pytest.raises(InputError, match="give it a key="):
            index.add(nameless)
    with pytest.raises(InputError, match="already"):
        index.add(row)


def test_a_contact_record_is_called_by_its_id():
    """Records of the model say themselves what they are called."""
    ada = ContactRecord(id="c1", name=PersonName(given="Ada", family="Lovelace"))
    index = Matcher.fit([ada, ada.evolve(id="c2")]).index([ada])

    assert index.add(ada.evolve(id="c3")).key == "c3"
    assert repr(index) == "<Index: 2 records>"
