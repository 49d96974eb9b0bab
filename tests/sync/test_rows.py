"""Golden rows of plain tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.sync import Precedence, Rule, golden_rows


def test_clusters_come_in_the_order_of_their_first_rows():
    """One row each, with the cluster and how many rows went in."""
    golden = golden_rows({"n": ["a", "b", "c", "d"]}, [7, 3, 7, 1], roles={})

    assert {"n": ["a", "b", "d"], "cluster": [7, 3, 1], "rows": [2, 1, 1]} == golden


def test_singletons_pass_through_untouched():
    """A row that is alone keeps every cell exactly."""
    table = {"mail": ["n/a", None, " Ada@X.org "], "tags": [("a", "b"), "", None]}
    golden = golden_rows(table, [0, 1, 2], roles={"mail": Role.EMAIL, "tags": Role.TAGS})

    assert table == {header: golden[header] for header in table}


def test_valid_wins_over_invalid_whatever_else_speaks_for_it():
    """Neither order nor number makes an address of what is none."""
    table = {"mail": ["ada@@x", "ada@@x", "ada@example.org"]}
    golden = golden_rows(table, [0, 0, 0], roles={"mail": Role.EMAIL})

    assert ["ada@example.org"] == golden["mail"]
    assert ["ada@@x"] == golden["mail (other)"]


def test_further_values_are_kept_once_by_normal_form():
    """Two spellings of one address are one value."""
    table = {"mail": ["Ada@example.org", "ada@example.org", "ada@work.example"]}
    golden = golden_rows(table, [0, 0, 0], roles={"mail": Role.EMAIL})

    assert ["Ada@example.org"] == golden["mail"]
    assert ["ada@work.example"] == golden["mail (other)"]


def test_no_id_of_a_merged_row_is_lost():
    """The first id stays, the others stand beside it."""
    golden = golden_rows({"id": ["9", "2", "5"]}, [0, 0, 0], roles={"id": Role.RECORD_ID})

    assert (["9"], ["2 | 5"]) == (golden["id"], golden["id (other)"])


def test_an_opt_out_anywhere_wins():
    """One yes among many noes."""
    golden = golden_rows({"out": ["no", "no", "yes"]}, [0, 0, 0], roles={"out": Role.OPT_OUT})

    assert ["yes"] == golden["out"]


def test_the_most_recent_row_decides_where_a_column_tells():
    """Recency goes before completeness; of one day, the later time."""
    table = {"city": ["New York", "Rome", "Paris"], "upd": ["2023-01-01", "2024-01-01 08:00", "2024-01-01 09:00"]}
    golden = golden_rows(table, [0, 0, 0], roles={"city": Role.TEXT, "upd": Role.UPDATED_AT})

    assert (["Paris"], ["2024-01-01 09:00"]) == (golden["city"], golden["upd"])


def test_the_most_trusted_source_decides_where_a_column_tells():
    """The order of trust is the caller's."""
    table = {"title": ["Chief Wizard", "Poet"], "src": ["web", "ats"]}
    roles = {"title": Role.JOB_TITLE, "src": Role.SOURCE}

    assert ["Poet"] == golden_rows(table, [0, 0], roles=roles, precedence=Precedence(sources=("ats",)))["title"]
    assert ["Chief Wizard"] == golden_rows(table, [0, 0], roles=roles)["title"]


def test_names_are_not_blended():
    """Given and family name come from one row; a gap is filled from one that agrees."""
    table = {"g": ["Ada", "Eve", "Ada"], "m": [None, "X", "King"], "f": ["Lovelace", None, "Lovelace"]}
    roles = {"g": Role.GIVEN_NAME, "m": Role.MIDDLE_NAME, "f": Role.FAMILY_NAME}
    golden = golden_rows(table, [0, 0, 0], roles=roles)

    assert (["Ada"], ["King"], ["Lovelace"]) == (golden["g"], golden["m"], golden["f"])


def test_headers_that_are_taken_are_not_overwritten():
    """A table with its own column "cluster" keeps it."""
    golden = golden_rows({"cluster": ["x"], "rows": ["y"]}, [4], roles={})

    assert {"cluster": ["x"], "rows": ["y"], "cluster (2)": [4], "rows (2)": [1]} == golden


def test_an_empty_table_stays_empty():
    """No rows, the same columns."""
    assert {"a": [], "cluster": [], "rows": []} == golden_rows({"a": []}, [], roles={})


def test_what_does_not_fit_is_refused():
    """Columns of unequal length, and roles of columns that are not there."""
    with pytest.raises(InputError, match="2 cells, but there are 1"):
        golden_rows({"a": ["1", "2"]}, [0], roles={})
    with pytest.raises(UnknownColumn):
        golden_rows({"a": ["1"]}, [0], roles={"b": Role.TEXT})


texts = st.none() | st.sampled_from(["a", "A", "b c", "n/a", "ada@example.org", "x@y.example"])
tables = st.lists(st.tuples(st.integers(0, 2), texts, texts, texts), max_size=6)


@settings(deadline=None)
@given(tables, st.randoms())
def test_order_within_a_cluster_does_not_show(table, random):
    """Shuffled rows give the same golden rows, and no value of an e-mail column is lost."""
    roles = {"g": Role.GIVEN_NAME, "f": Role.FAMILY_NAME, "mail": Role.EMAIL}

    def golden(rows):
        columns = {header: [row[i + 1] for row in rows] for i, header in enumerate(roles)}
        out = golden_rows(columns, [row[0] for row in rows], roles=roles)
        return sorted(zip(*(map(str, cells) for cells in out.values()), strict=True))

    shuffled = random.sample(table, len(table))
    alone = [number for number in range(3) if sum(row[0] == number for row in table) == 1]
    told = {text for row in golden(table) for text in (row[2], *row[3].split(" | "))}

    assert golden(table) == golden(shuffled)
    assert {row[3].casefold() for row in table if row[3] and row[0] not in alone} <= {text.casefold() for text in told}


def test_one_number_in_two_spellings_is_one_where_the_country_is_known():
    """Told the region, a number with and without country code is kept once; untold, nothing is invented."""
    table = {"phone": ["+49 30 1234567", "030 1234567"]}
    roles = {"phone": Role.PHONE}

    assert [None] == golden_rows(table, [0, 0], roles=roles, region="DE")["phone (other)"]
    assert ["030 1234567"] == golden_rows(table, [0, 0], roles=roles)["phone (other)"]


@pytest.mark.parametrize("field", ["city", "Town", "address"])
def test_an_address_follows_its_own_rules(field):
    """The rules of one of its columns hold for the whole address, and those of a name do not."""
    table = {
        "Town": ["Trumpington", "Ely"],
        "Road": ["Fitzwilliam Street", "High"],
        "at": ["2020-01-01", "2024-01-01"],
    }
    roles = {"Town": Role.CITY, "Road": Role.STREET, "at": Role.UPDATED_AT}
    default, recent = (Rule.MOST_COMPLETE,), (Rule.MOST_RECENT,)
    golden = golden_rows(table, [0, 0], roles=roles, precedence=Precedence(default=default, fields={field: recent}))
    other = golden_rows(
        table, [0, 0], roles=roles, precedence=Precedence(default=default, fields={"full_name": recent})
    )

    assert (["Ely"], ["High"]) == (golden["Town"], golden["Road"])
    assert (["Trumpington"], ["Fitzwilliam Street"]) == (other["Town"], other["Road"])
