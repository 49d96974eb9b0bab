"""Tables that nobody would make on purpose: an answer for every row, soon, and no accident."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.matching import Role, dedupe, pairwise_scores
from crmcore.testing.sample import generate

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    "table",
    [
        {},
        [],
        {"name": []},
        {"name": ["Ada Lovelace"]},
        {"name": [None]},
        [{"name": "Ada Lovelace", "email": "ada@x.example"}],
    ],
)
def test_no_row_or_one_is_nobody_twice(table):
    """A table with at most one row has one number for it, and no pair."""
    rows = len(table) if isinstance(table, list) else len(next(iter(table.values()), ()))

    result = dedupe(table)

    assert list(range(rows)) == result.cluster_ids.tolist()
    assert len(result.pairs) == 0
    assert len(result.clusters) == rows


@pytest.mark.parametrize("copies", [2, 3, 10, 49])
def test_a_few_equal_rows_and_nothing_else_are_one(copies):
    """Rows that agree on name and e-mail are one person, also where the table holds nobody else."""
    table = {"name": ["Ada Lovelace"] * copies, "email": ["ada@x.example"] * copies}

    assert [0] * copies == dedupe(table).cluster_ids.tolist()


@pytest.mark.parametrize("copies", [60, 300, 5_000])
def test_copies_of_one_person_among_others_are_one(copies):
    """A row that an import wrote thousands of times is one person, and the others are who they were."""
    sample = generate(people=300, seed=1)
    person = {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": "ada@x.example",
        "phone": "+44 20 7946 0018",
        "city": "London",
        "company": "Analytical Ltd",
    }
    table = {name: [*sample.columns[name], *[cell] * copies] for name, cell in person.items()}

    ids = dedupe(table).cluster_ids

    assert len(set(ids[len(sample) :].tolist())) == 1
    assert pairwise_scores(ids[: len(sample)], sample.truth).f1 > 0.6


TELLS_NOTHING = [
    {"city": ["London", "London", "Paris"]},
    {"company": ["ACME", "ACME", "Initech"]},
    {"first_name": ["Ada", "Ada", "Bob"]},
    {"status": ["new", "new", "old"]},
    {"notes": ["called twice", "called twice", "left a message"]},
    {"x": ["1", "2", "1"]},
    {"y": ["", None, "n/a"]},
    {"gender": ["f", "f", "m"], "country": ["GB", "GB", "FR"]},
]


@pytest.mark.parametrize("table", TELLS_NOTHING, ids=" and ".join)
def test_what_many_people_share_makes_nobody_one(table):
    """Rows that agree on a city, an employer, a given name or a status, and on nothing else, stay apart."""
    assert [0, 1, 2] == dedupe(table).cluster_ids.tolist()


@pytest.mark.parametrize("others", [{}, {"email": [f"person{at}@x.example" for at in range(400)]}], ids=["", "e-mail"])
def test_answers_that_many_give_make_nobody_one(others):
    """Strangers who tick many boxes alike, of which no role says anything, are not surely one; other mails or none."""
    rng = np.random.default_rng(0)
    answers = {f"question {at}": rng.choice(["yes", "no", "perhaps"], 400).tolist() for at in range(20)}

    assert list(range(400)) == dedupe({**answers, **others}, threshold=0.8).cluster_ids.tolist()


def test_boxes_that_nearly_nobody_ticks_join_nobody():
    """Beside what tells people, thirty columns of noughts with few ones are hardly evidence."""
    sample = generate(people=300, seed=1)
    rng = np.random.default_rng(0)
    boxes = {f"box {at}": rng.choice(["0", "1"], len(sample), p=[0.97, 0.03]).tolist() for at in range(30)}

    plain, ticked = dedupe(sample.columns), dedupe({**sample.columns, **boxes})

    assert pairwise_scores(ticked.cluster_ids, sample.truth).precision > 0.9
    assert len(ticked.clusters) >= len(plain.clusters)


def test_explain_says_why_there_is_nothing_to_explain():
    """Without any telling column, the error says what to do."""
    with pytest.raises(InputError, match="name roles with columns="):
        dedupe({"status": ["new", "new"]}).explain(0, 1)


@pytest.mark.parametrize("rows", [2, 100, 100_000])
def test_nothing_but_gaps(rows):
    """A table of empty cells has a number for each row and no pair."""
    result = dedupe({"name": [None] * rows, "email": ["n/a"] * rows, "phone": [""] * rows})

    assert list(range(rows)) == result.cluster_ids.tolist()
    assert len(result.pairs) == 0


def test_a_giant_block_is_no_person_and_no_hang():
    """A hundred thousand rows of one city, and nothing else known, stay apart."""
    result = dedupe({"city": ["London"] * 100_000})

    assert len(set(result.cluster_ids.tolist())) == 100_000
    assert result.compared < 2_000_000


def test_a_giant_block_beside_names_is_no_hang():
    """Thirty thousand different people of one city, employer and birthday are told apart by their names."""
    rows = 30_000
    names = [f"{a}{b}" for a, b in zip(letters(rows, 1), letters(rows, 2), strict=True)]
    table = {
        "last_name": names,
        "city": ["London"] * rows,
        "company": ["ACME"] * rows,
        "date_of_birth": ["1970-01-01"] * rows,
    }

    result = dedupe(table)

    assert len(set(result.cluster_ids.tolist())) > 0.95 * len(set(names))
    assert result.compared < 60 * rows


def letters(rows, seed):
    """Draw syllables, the same ones each time."""
    syllables = np.array([a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrst"])
    return np.random.default_rng(seed).choice(syllables, rows).tolist()


def test_a_hundred_thousand_copies_and_nobody_else_is_no_hang():
    """One row written a hundred thousand times has an answer soon, in little memory."""
    rows = 100_000

    result = dedupe({"name": ["Ada Lovelace"] * rows, "email": ["ada@x.example"] * rows})

    assert len(result.cluster_ids) == rows
    assert result.compared < 2 * rows


def test_free_text_where_names_should_be():
    """Sentences and long documents in a column of names are compared like names, and soon."""
    words = letters(4000, 3)
    cells = [" ".join(words[at : at + 3 + at % 40]) for at in range(1500)] + ["lorem ipsum " * 20_000] * 3

    result = dedupe({"first_name": cells, "last_name": cells[::-1], "email": [None] * len(cells)})

    assert len(result.cluster_ids) == len(cells)


@pytest.mark.timeout(20)
def test_a_book_in_a_cell_and_a_cell_of_many_values():
    """A cell of a megabyte costs what its bytes cost, and one of a hundred thousand values what they cost once."""
    names = ["Ada Lovelace", "Alan Turing", "Lovelace, Ada", "Grace Hopper"]
    mails = [f"ada{at}@x.example" for at in range(100_000)]
    table = {
        "name": names,
        "email": [mails, None, ["ada0@x.example"], "g@y.example"],
        "company": ["Analytical Engines " * 50_000] * 3 + ["Navy"],
    }

    assert [0, 1, 0, 2] == dedupe(table).cluster_ids.tolist()


def test_names_of_any_script_are_people():
    """The same name is found in Cyrillic, Greek, Arabic, Han and Hangul, and beside its Latin form."""
    names = ["Юрий Гагарин", "Ιωάννης Παπαδόπουλος", "محمد الفاسي", "李小龙", "김 유신", "Zoë Müller-Lüdenscheid"]
    mails = [f"person{at}@x.example" for at in range(len(names))]
    table = {"name": names * 2 + ["Yuriy Gagarin"], "email": [*mails, *mails, mails[0]]}

    ids = dedupe(table).cluster_ids.tolist()

    assert [*range(6), *range(6), 0] == ids


def test_three_rows_are_enough():
    """The smallest table with a double in it is answered rightly."""
    table = {
        "name": ["Ada Lovelace", "Alan Turing", "Lovelace, Ada"],
        "email": ["ada@x.example", None, "ada@x.example"],
    }

    assert [0, 1, 0] == dedupe(table).cluster_ids.tolist()


def test_many_columns():
    """Sixty columns of free text are no accident."""
    words = letters(60 * 40, 4)
    table = {f"field {at}": words[40 * at : 40 * at + 40] for at in range(60)} | {
        "email": [f"{word}@x.example" for word in words[:40]]
    }

    assert len(dedupe(table).cluster_ids) == 40


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EMPTY])
def test_any_role_can_be_given_to_any_column(role):
    """Whatever a column is said to hold, strange cells in it are no accident."""
    cells = [
        "Ada",
        "12",
        "\0",
        "a@b.example",
        "1815-12-10",
        "💥",
        " ",
        "x" * 5000,
        None,
        "\ud800",
        "Ada",
        "२०२०",
        "-1e99",
    ]

    assert len(dedupe({"cells": cells}, columns={"cells": role}).cluster_ids) == len(cells)


SPECIAL = [
    "\0",
    "\ud800",
    "\u202e",
    "\u200b",
    "ﷺ" * 50,
    "Z̸̡" * 100,
    "💥👩‍👩‍👧",
    "=1+1",
    "'; drop table people; --",
    "%s%n",
    "{{7*7}}",
    "NaN",
    "inf",
]


def test_hostile_cells():
    """Control signs, lone surrogates, formulas and statements are texts like any other, in every column."""
    table = dict.fromkeys(
        ("first_name", "last_name", "email", "phone", "street", "city", "date_of_birth", "company"), SPECIAL
    )

    result = dedupe(table, columns=dict(zip(table, ROLES, strict=True)))

    assert len(result.cluster_ids) == len(SPECIAL)
    assert str(result.explain(0, 1))


ROLES = ["given_name", "family_name", "email", "phone", "street", "city", "date_of_birth", "company"]


@pytest.mark.data
def test_naughty_strings(data_dir):
    """Every string of the big list of naughty strings, in every column at once, twice: an answer, and equal rows meet."""
    strings = [text for text in json.loads((data_dir / "strings" / "blns.json").read_text(encoding="utf-8")) if text]
    table = {role: [*strings, *strings] for role in ROLES}

    result = dedupe(table, columns=dict(zip(ROLES, ROLES, strict=True)))

    assert len(result.cluster_ids) == 2 * len(strings)
    for left, right in zip(result.pairs.left[:50].tolist(), result.pairs.right[:50].tolist(), strict=True):
        assert str(result.explain(left, right))


tables = st.dictionaries(
    st.text(max_size=8),
    st.lists(st.none() | st.text(max_size=12) | st.integers() | st.floats(), min_size=7, max_size=7),
    max_size=4,
)


@settings(max_examples=60)
@given(table=tables, data=st.data())
def test_any_table_has_an_answer(table, data):
    """Whatever the headers and cells: one number a row by first appearance, and pairs with the weight of their evidence."""
    roles = {name: data.draw(st.sampled_from(sorted(Role))) for name in table if data.draw(st.booleans())}

    result = dedupe(table, columns=roles)

    ids = result.cluster_ids.tolist()
    assert [0, 7][bool(table)] == len(ids)
    assert list(range(len(set(ids)))) == list(dict.fromkeys(ids))
    for left, right, weight in zip(result.pairs.left, result.pairs.right, result.pairs.match_weight, strict=True):
        assert left < right
        assert result.explain(int(left), int(right)).match_weight == pytest.approx(weight, abs=1e-6)
