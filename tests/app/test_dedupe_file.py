"""One file, deduplicated: the rows keep their numbers, whatever was left out between them."""

from __future__ import annotations

import csv
import json

import pytest
import xlsxwriter

from crmcore.app import dedupe_file
from crmcore.errors import UnknownColumn, UnreadableFile
from crmcore.hygiene.roles import Role
from crmcore.testing import ManualClock
from crmcore.testing.sample import generate

PEOPLE = """\
key,given name,surname,email,phone,city
k1,Ada,Lovelace,ada@analytical.example,+44 20 7946 0958,London
k2,Ada,Lovelace,ada@analytical.example,+44 20 7946 0958,London
k3,Grace,Hopper,grace@navy.example,+1 202 555 0143,Arlington
k4,Katherine,Johnson,kj@space.example,+1 757 555 0112,Hampton
k5,Katherin,Johnson,kj@space.example,+1 757 555 0112,Hampton
k6,Annie,Easley,annie@lewis.example,+1 216 555 0177,Cleveland
"""
TOO_WIDE = "k7,Radia,Perlman,radia@spanning.example,+1 617 555 0199,Boston,extra\n"


def table(path):
    """Read a CSV file that was written."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def clusters_of(run, tmp_path):
    """Return the rows of clusters.csv."""
    run.write_clusters(tmp_path / "clusters.csv")
    return table(tmp_path / "clusters.csv")


def test_clusters_have_a_row_and_a_cluster(write, tmp_path):
    """Exactly two columns, numbers from 0, in input order; who is the same has the same number."""
    run = dedupe_file(write(PEOPLE))
    rows = clusters_of(run, tmp_path)

    assert {("row", "cluster")} == {tuple(row) for row in rows}
    assert [0, 1, 2, 3, 4, 5] == [int(row["row"]) for row in rows]
    assert [0, 0, 1, 2, 2, 3] == [int(row["cluster"]) for row in rows]
    assert (6, 4, 2) == (run.rows, run.clusters, run.duplicates)


def test_a_named_id_comes_third(write, tmp_path):
    """The column that names a row stands beside its cluster, as it was written."""
    rows = clusters_of(dedupe_file(write(PEOPLE), id_column="key"), tmp_path)

    assert ["row", "cluster", "id"] == list(rows[0])
    assert ["k1", "k2", "k3", "k4", "k5", "k6"] == [row["id"] for row in rows]


def test_rejected_rows_keep_their_numbers(write, tmp_path):
    """A row that is left out is counted, so that the others can be found in the input by their number."""
    first, second, *rest = PEOPLE.splitlines(keepends=True)
    run = dedupe_file(write("".join([first, TOO_WIDE, second, TOO_WIDE, TOO_WIDE, *rest])))
    rows = clusters_of(run, tmp_path)

    assert [1, 4, 5, 6, 7, 8] == [int(row["row"]) for row in rows]
    assert [0, 0, 1, 2, 2, 3] == [int(row["cluster"]) for row in rows]
    assert [2, 4, 5] == [reject.line for reject in run.rejects]


def test_a_row_lost_to_one_cell_is_counted_too(write, tmp_path):
    """Whether a row is too short, holds a NUL or is too wide: what is left out keeps its place in the count."""
    text = PEOPLE.replace("k2,", "k0,Al\0an,Turing,alan@x.example,,\nk2,").replace("k4,", "short,row\nk4,")
    run = dedupe_file(write(text))

    assert [0, 2, 3, 5, 6, 7] == [int(row["row"]) for row in clusters_of(run, tmp_path)]
    assert [("given name", "nul"), ("surname", "too-few-cells")] == [(one.column, one.code) for one in run.rejects]


def test_a_cell_that_is_left_out_costs_no_row(tmp_path):
    """A spreadsheet's error in a cell is told, and its row goes in: numbers do not shift."""
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(PEOPLE.splitlines()):
            sheet.write_row(number, 0, line.split(","))
        sheet.write_formula(2, 5, "=NA()", None, "#N/A")
    run = dedupe_file(path)

    assert ["sheet-error"] == [reject.code for reject in run.rejects]
    assert [0, 1, 2, 3, 4, 5] == [int(row["row"]) for row in clusters_of(run, tmp_path)]


def test_cells_of_several_lines_are_one_row(write, tmp_path):
    """Rows are counted, not lines: neither line breaks in cells nor blank lines shift a number."""
    text = PEOPLE.replace("London\n", '"Lon\ndon"\n\n', 1).replace("k4,", f"{TOO_WIDE}k4,")
    run = dedupe_file(write(text))

    assert [0, 1, 2, 4, 5, 6] == [int(row["row"]) for row in clusters_of(run, tmp_path)]
    assert "Lon\ndon" == run.table["city"][0]


def test_entries_on_one_line_are_told_apart(write, tmp_path):
    """A JSON document on one line: each entry has a number of its own, those that are left out too."""
    people = [
        {"name": "Ada Lovelace", "email": "ada@x.example"},
        "nobody",
        {"name": "Grace Hopper", "email": "g@x.example"},
    ]
    run = dedupe_file(write(json.dumps(people), "people.json"))

    assert [0, 2] == [int(row["row"]) for row in clusters_of(run, tmp_path)]
    assert 1 == len(run.rejects)


def test_ids_and_ignored_columns_are_not_compared(write):
    """Neither can join people or keep them apart, and no role is guessed for them."""
    same_key = PEOPLE.replace("k2", "k1").replace("k3", "k1")
    plain = dedupe_file(write(PEOPLE), ignore=["key"])
    named = dedupe_file(write(same_key), id_column="key")
    ignored = dedupe_file(write(same_key), ignore="key")

    assert plain.result.cluster_ids.tolist() == named.result.cluster_ids.tolist()
    assert plain.result.cluster_ids.tolist() == ignored.result.cluster_ids.tolist()
    assert all("key" not in {guess.column for guess in run.roles} for run in (plain, named, ignored))
    assert all("key" in run.golden() for run in (plain, named, ignored))


def test_what_is_compared_counts(write):
    """The control: with e-mail and phone ignored there is less evidence for one and the same pair."""
    path = write(PEOPLE)
    full, less = dedupe_file(path, ignore=["key"]), dedupe_file(path, ignore=["key", "email", "phone"])

    assert full.result.explain(3, 4).match_weight > less.result.explain(3, 4).match_weight


def test_golden_rows_are_one_a_person(write, tmp_path):
    """One line a person in the order of first appearance, with the input's columns, its number and its rows."""
    run = dedupe_file(write(PEOPLE), id_column="key")
    run.write_golden(tmp_path / "golden.csv")
    rows = table(tmp_path / "golden.csv")

    assert PEOPLE.split("\n", 1)[0].split(",") == [name for name in rows[0] if name in PEOPLE.split("\n", 1)[0]]
    assert ["Lovelace", "Hopper", "Johnson", "Easley"] == [row["surname"] for row in rows]
    assert [("0", "2"), ("1", "1"), ("2", "2"), ("3", "1")] == [(row["cluster"], row["rows"]) for row in rows]


def test_columns_can_be_told_by_role_or_name(write):
    """What the caller says of a column is taken, whether as a role or as its name."""
    told = dedupe_file(write(PEOPLE), columns={"key": Role.TEXT, "city": "company"})
    roles = {guess.column: guess.role for guess in told.roles}

    assert (Role.TEXT, Role.COMPANY) == (roles["key"], roles["city"])


@pytest.mark.parametrize("wish", [{"ignore": ["e-mail"]}, {"columns": {"e-mail": "email"}}, {"id_column": "e-mail"}])
def test_a_column_that_is_not_there_is_refused(write, wish):
    """It is named, and the nearest one is offered, before any work is done."""
    with pytest.raises(UnknownColumn, match="email") as refused:
        dedupe_file(write(PEOPLE), **wish)

    assert "e-mail" in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """The path is in the error."""
    with pytest.raises(UnreadableFile, match=r"nowhere\.csv"):
        dedupe_file(tmp_path / "nowhere.csv")


def test_the_threshold_is_taken(write):
    """A threshold that nothing reaches leaves everybody alone."""
    assert 6 == dedupe_file(write(PEOPLE.replace("Katherin,", "Kate,")), threshold=1 - 1e-12).clusters
    assert 4 == dedupe_file(write(PEOPLE)).clusters


def test_figures_have_stable_keys(write):
    """Machines rely on the names, and on the sums."""
    first, *rest = PEOPLE.splitlines(keepends=True)
    run = dedupe_file(write("".join([first, TOO_WIDE, *rest])), clock=ManualClock())
    figures = json.loads(json.dumps(run.to_json()))

    assert [
        *("file", "rows", "people", "duplicates", "threshold", "compared_pairs", "seconds", "cluster_sizes"),
        *("columns", "rejects"),
    ] == list(figures)
    assert ("people.csv", 6, 4, 2, 0.0) == tuple(
        figures[key] for key in ("file", "rows", "people", "duplicates", "seconds")
    )
    assert {"1": 2, "2": 2} == figures["cluster_sizes"]
    assert {"column", "role", "confidence", "why"} == set(figures["columns"][0])
    assert {"line", "column", "code", "message", "raw", "whole_row", "row", "source"} == set(figures["rejects"][0])


def test_the_report_shows_what_was_found(write, tmp_path):
    """The headline, the people that come more than once, their evidence, and what was left out."""
    first, *rest = PEOPLE.splitlines(keepends=True)
    run = dedupe_file(write("".join([first, TOO_WIDE, *rest])), id_column="key")
    run.write_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert page.lower().startswith("<!doctype html>")
    assert "people.csv" in page
    assert all(text in page for text in ("Katherin", "Katherine", "k4", "k5", "radia@spanning.example"))
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_a_cell_cannot_write_into_the_report(write, tmp_path):
    """Markup in a cell is text in the report."""
    run = dedupe_file(write(PEOPLE.replace("Katherine", "<script>alert(1)</script>")))
    run.write_report(tmp_path / "report.html")

    assert "<script>alert" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_phases_are_told(write):
    """Who watches hears of the reading first."""
    heard = []
    dedupe_file(write(PEOPLE), progress=lambda *told: heard.append(told))

    assert "read" == heard[0][0]
    assert 1 < len({phase for phase, _, _ in heard})


def test_a_sample_keeps_its_people_apart_and_together(tmp_path):
    """On generated people with errors, most pairs that are joined are right, and most are found."""
    from crmcore.integrations.files import write_table

    sample = generate(people=300, seed=11)
    write_table(tmp_path / "people.csv", sample.columns)
    found = dedupe_file(tmp_path / "people.csv").result.cluster_ids.tolist()
    truth = list(sample.truth)
    pairs = [(a, b) for b in range(len(truth)) for a in range(b)]
    joined = {(a, b) for a, b in pairs if found[a] == found[b]}
    same = {(a, b) for a, b in pairs if truth[a] == truth[b]}

    assert 0.85 < len(joined & same) / len(joined)
    assert 0.80 < len(joined & same) / len(same)
