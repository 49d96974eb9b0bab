"""Contact points that many people share are found by the surnames that stand with them, and are no evidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import dedupe
from crmcore.matching._encoding import encode
from crmcore.matching._sharing import FEWEST_SURNAMES, shared_values, without_values
from crmcore.testing.sample import generate

NAMES = ("becker", "fux", "okada", "garcia", "smith", "wylo")


def shared(points, surnames):
    """Return the values of a column that are nobody's own."""
    coded, names = encode([points], str), encode([surnames], str)
    return {value for value, told in zip(coded.values, shared_values(coded, names), strict=True) if told}


@pytest.mark.parametrize(
    ("surnames", "is_shared"),
    [
        (NAMES[:4], True),
        (NAMES * 3, True),
        (NAMES[:3], False),
        (NAMES[:3] * 5, False),
        (("clark", "alcr", "clakr", "clrak", "violet"), False),
        (("garcia", "garcia marquez", "marquez garcia", "garcía"), False),
        (("becker",) * 9 + NAMES[1:5], False),
        (("becker", "klein") * 4 + NAMES[2:5], False),
        (("becker",) * 9, False),
        ((*NAMES[:3], None, None, None), False),
        ((None,) * 9, False),
    ],
    ids=[
        "four",
        "many, often",
        "three",
        "three, often",
        "slips only",
        "parts",
        "slips",
        "maiden and slips",
        "one",
        "unknown",
        "nobody",
    ],
)
def test_many_surnames_make_a_value_shared(surnames, is_shared):
    """A person has two surnames at most, but for slips; a family has no more. What stands with others is shared."""
    assert is_shared == bool(shared(["x"] * len(surnames), list(surnames)))


def slow(points, surnames):
    found = set()
    for value in set(points) - {None}:
        names = [name for point, name in zip(points, surnames, strict=True) if point == value and name is not None]
        commonest = sum(sorted((names.count(name) for name in set(names)), reverse=True)[:2])
        if len(set(names)) >= FEWEST_SURNAMES and 2 * commonest <= len(names):
            found.add(value)
    return found


@given(rows=st.lists(st.tuples(st.sampled_from(["x", "y", None]), st.sampled_from([*NAMES, None])), max_size=40))
def test_shared_values_equal_the_slow_twin(rows):
    """Arrays find what counting by hand finds."""
    points, surnames = [row[0] for row in rows], [row[1] for row in rows]

    assert slow(points, surnames) == shared(points, surnames)


@given(rows=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=9))
def test_a_column_without_values_keeps_the_others(rows):
    """What is taken out is not known any more; the rest stands as it stood, to the left."""
    data = encode([[row[0] for row in rows], [row[1] for row in rows]], str)
    gone = np.array([value == "b" for value in data.values])

    left = without_values(data, gone)

    assert [{*row} - {"b"} for row in rows] == [
        {[*left.values][code] for code in codes if code >= 0} for codes in left.codes.tolist()
    ]
    assert (np.diff((left.codes < 0).astype(int), axis=1) >= 0).all()


def test_an_agency_inbox_says_nothing_either_way():
    """It joins nobody, and having a mailbox of one's own beside it is no difference; the negative control is alone."""
    sample = generate(people=300, seed=5)
    names = ("first_name", "last_name", "email", "date_of_birth")
    table = {name: list(sample.columns[name]) for name in names}
    people = [("Zebedee", "Quill"), ("Marcus", "Obuya"), ("Anja", "Vogt"), ("Ines", "Pardo"), ("Zebedee", "Quill")]
    for at, (first, last) in enumerate(people):
        email = "jobs@agency.example" if at < 4 else "zeb@quill.example"
        for name, cell in zip(names, (first, last, email, None), strict=True):
            table[name].append(cell)
    rows = len(sample)

    pieces = {piece.comparison: piece for piece in dedupe(table).explain(rows, rows + 4).evidence}
    alone = {name: [*cells[: rows + 1], cells[-1]] for name, cells in table.items()}
    control = {piece.comparison: piece for piece in dedupe(alone).explain(rows, rows + 1).evidence}

    assert 0.0 == pieces["email"].match_weight
    assert 0.0 > control["email"].match_weight
