"""Whose name is which: read from the cells and from what the table says of each word, never from one row alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.matching import dedupe
from crmcore.matching._name_hints import given_name_in, names_in
from crmcore.matching._name_units import read_names
from crmcore.matching._normal import name_key

PEOPLE = [
    (first, last)
    for first in ("Nicole", "Anja", "Thomas", "Maria", "Anna", "Ludwig")
    for last in ("Becker", "Klein", "García Márquez", "Thomas", "Okafor", "van Beethoven", "García")
] * 2


cell = (
    st.none()
    | st.text("abAB ,.-'éЖ1", max_size=8)
    | st.sampled_from(["Nicole", "Becker", "Klein, Anja", "Dr.", "x née y"])
)


def read(given_name, family_name):
    """Read one row's names among those of many others; return given, other and family name."""
    units = read_names(*map(list, zip(*PEOPLE, (given_name, family_name), strict=True)))
    return units.given[-1], units.other[-1], units.family[-1]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (("Nicole", "Becker"), ("nicole", None, "becker")),
        (("Becker", "Nicole"), ("nicole", None, "becker")),
        (("BECKER", "Nicole J."), ("nicole", "j", "becker")),
        (("Becker", "Njcole"), ("njcole", None, "becker")),
        (("Bekcer", "Nicole"), ("nicole", None, "bekcer")),
        (("Becker", "N."), ("n", None, "becker")),
        (("Klein, Anja", None), ("anja", None, "klein")),
        ((None, "Klein, Anja"), ("anja", None, "klein")),
        ((None, "Anja Klein"), ("anja", None, "klein")),
        (("Klein Anja", None), ("anja", None, "klein")),
        (("Anja Xyz", None), ("anja", None, "xyz")),
        (("Anna Maria", None), ("anna", "maria", None)),
        ((None, "García Márquez"), (None, None, "garcia marquez")),
        (("Becker", None), (None, None, "becker")),
        ((None, "Nicole"), ("nicole", None, None)),
        (("Xyz", None), ("xyz", None, None)),
        ((None, "Xyz"), (None, None, "xyz")),
        (("Thomas", None), ("thomas", None, None)),
        (("Maria", "Thomas"), ("maria", None, "thomas")),
        (("Thomas", "Thomas"), ("thomas", None, "thomas")),
        (("Xyz", "Abc"), ("xyz", None, "abc")),
        (("Anna Annemarie", "Klein"), ("anna", "annemarie", "klein")),
        (("Dr. Nicole", "Becker, PMP"), ("nicole", None, "becker")),
        (("Sir Thomas", "Becker, 1st Bt."), ("thomas", None, "becker")),
        (("Sir", "Becker"), (None, None, "becker")),
        (("1st", "Baronet"), (None, None, None)),
        (("Nicole", "Becker PhD"), ("nicole", None, "becker")),
        (("Ma", "Do"), ("ma", None, "do")),
        (("Rev. Anna", None), ("anna", None, None)),
        (("van Beethoven", "Ludwig"), ("ludwig", None, "van beethoven")),
        ((None, None), (None, None, None)),
        (("", "-"), (None, None, None)),
    ],
    ids=repr,
)
def test_names_are_read_where_they_stand(cells, names):
    """Titles and degrees go; what stands in the wrong cell, or in one, is told by the words' habits in the table."""
    assert names == read(*cells)


@pytest.mark.parametrize(
    "family", ["Becker (geb. Klein)", "Becker née Klein", "Becker, geborene Klein", "Becker born Klein"]
)
def test_a_birth_name_is_a_second_family_name(family):
    """What somebody was called before is kept beside the name, not within it."""
    units = read_names(["Anja"], [family])

    assert (["becker"], ["klein"]) == (units.family, units.born)


@pytest.mark.parametrize(
    ("cells", "handle", "names"),
    [
        ((None, "Becker"), "nicole.becker12", ("nicole", None, "becker")),
        ((None, "Becker"), "beckernicole", ("nicole", None, "becker")),
        ((None, "Becker"), "n.becker", ("n", None, "becker")),
        (("N", "Becker"), "nicole.h77", ("nicole", None, "becker")),
        ((None, None), "becker-nicole", ("nicole", None, "becker")),
        ((None, "Becker"), "nicole.klein", (None, None, "becker")),
        (("N", "Becker"), "thomas.becker", ("n", None, "becker")),
        (("Anja", "Becker"), "nicole.becker", ("anja", None, "becker")),
        ((None, "Becker"), "office", (None, None, "becker")),
        ((None, None), "info.sales", (None, None, None)),
        ((None, "Becker"), None, (None, None, "becker")),
        ((None, "Becker"), "", (None, None, "becker")),
    ],
    ids=repr,
)
def test_an_address_fills_a_name_that_is_missing(cells, handle, names):
    """It has to fit what is written, and never stands against it."""
    rows = [*PEOPLE, cells]
    handles = [*[None] * len(PEOPLE), handle]

    units = read_names([row[0] for row in rows], [row[1] for row in rows], handles=[(handles, str)])

    assert names == (units.given[-1], units.other[-1], units.family[-1])


@given(handle=st.text("abcn.-_ 1", max_size=12), initial=st.none() | st.sampled_from("an"), family=st.none() | cell)
def test_any_handle_can_be_read(handle, initial, family):
    """A handle tells a name, or none."""
    found = given_name_in(handle, initial=initial, family=name_key(family or ""), lean=len)
    both = names_in(handle, lean=lambda word: len(word) - 2)

    assert found is None or (found in handle and (initial is None or found[0] == initial))
    assert both is None or all(name in handle for name in both)


def test_a_small_table_turns_nothing_round():
    """Where the words' habits are not known, names stay where they stand."""
    units = read_names(["Becker", "Nicole"], ["Nicole", "Becker"])

    assert ["becker", "nicole"] == units.given


@given(rows=st.lists(st.tuples(cell, cell, cell), max_size=12))
def test_any_cells_can_be_read(rows):
    """Whatever stands there: one name or none a row and part, no word twice, and the order of the rows is nothing."""
    given_names, family_names, others = ([row[at] for row in rows] for at in range(3))

    units = read_names(given_names, family_names, others)
    backwards = read_names(given_names[::-1], family_names[::-1], others[::-1])

    for part in ("given", "other", "family", "born"):
        assert len(rows) == len(getattr(units, part))
        assert all(name is None or name for name in getattr(units, part))
        assert getattr(units, part) == getattr(backwards, part)[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Nicole", "Becker"), ("Becker", "Nicolle")),
        (("Nicole", "Becker"), (None, "Becker, Nicole")),
        (("Nicole", "Becker"), ("Nicole J", "Becker, PMP")),
        (("Anna", "García Márquez"), ("Anna", "Márquez")),
        (("Anja", "Becker"), ("Anja", "Klein (geb. Becker)")),
    ],
    ids=repr,
)
def test_one_name_written_in_two_ways_agrees(one, other):
    """Both names count as the same, or nearly, and explanations say so by given and by family name."""
    rows = [*PEOPLE, one, other]
    table = {"first_name": [row[0] for row in rows], "last_name": [row[1] for row in rows]}

    pieces = {piece.comparison: piece for piece in dedupe(table).explain(len(rows) - 2, len(rows) - 1).evidence}

    assert {"first_name", "last_name"} <= set(pieces)
    assert all(
        pieces[name].agreement.endswith(("the same", "names", "nickname")) for name in ("first_name", "last_name")
    )


def test_an_explanation_says_how_names_were_read():
    """What stands in the cell is shown as it came, and beside it the name that was compared instead."""
    rows = [*PEOPLE, ("Nicole", "Becker"), ("Becker", "Nicole")]
    table = {"first_name": [row[0] for row in rows], "last_name": [row[1] for row in rows]}

    first, last, *_ = dedupe(table).explain(len(rows) - 2, len(rows) - 1).evidence

    assert ("Nicole", "Becker (read as nicole)") == (first.left, first.right)
    assert ("Becker", "Nicole (read as becker)") == (last.left, last.right)


def test_a_written_out_name_is_turned_by_the_others():
    """In a single column of names, a surname that comes first without a comma is told by the other rows."""
    table = {"name": [*(f"{first} {last}" for first, last in PEOPLE), "Becker Nicole", "Nicole Becker"]}

    result = dedupe(table)

    agreed = [piece.agreement for piece in result.explain(len(PEOPLE), len(PEOPLE) + 1).evidence[:2]]
    assert ["the same", "the same"] == agreed
