"""Workbooks: values become the text that people see in them, and hostile ones are refused before they hurt."""

from __future__ import annotations

import datetime as dt
import time
import zipfile

import pytest
import xlsxwriter

from crmcore.errors import UnreadableFile
from crmcore.integrations.files import Limits, open_table, read_columns
from crmcore.integrations.files._biff import check_xls
from crmcore.integrations.files._zipguard import check_ods, check_xlsx

from . import workbooks


def code_of(path, **wishes):
    """Return the code of the error, and that it came quickly."""
    began = time.monotonic()
    with pytest.raises(UnreadableFile) as caught:
        read_columns(path, **wishes)
    assert time.monotonic() - began < 10
    return caught.value.code


def test_values_become_text(tmp_path):
    """Whole numbers lose .0, dates are ISO, truth is a word, durations are hours; apostrophes are text."""
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        day, moment, span = (
            book.add_format({"num_format": each}) for each in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[h]:mm")
        )
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["text", "number", "day", "moment", "truth", "span"])
        sheet.write_string(1, 0, "'007")
        sheet.write_number(1, 1, 20240101)
        sheet.write_datetime(1, 2, dt.datetime(2024, 3, 7), day)  # noqa: DTZ001 - a workbook knows no zones
        sheet.write_datetime(1, 3, dt.datetime(2024, 3, 7, 9, 30), moment)  # noqa: DTZ001
        sheet.write_boolean(1, 4, boolean=True)
        sheet.write_number(1, 5, 5.5, span)
        sheet.write_number(2, 1, 0.1)
    read = read_columns(path)

    assert ["'007", "20240101", "2024-03-07", "2024-03-07 09:30:00", "true", "132:00:00"] == [
        column[0] for column in read.columns.values()
    ]
    assert [None, "0.1", None, None, None, None] == [column[1] for column in read.columns.values()]


def test_errors_of_the_spreadsheet_are_told_and_empty(tmp_path):
    """A cell with #N/A is None; the row goes in, the cell is told with its line and column."""
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes")
        sheet = book.add_worksheet("People")
        sheet.write_row(3, 1, ["name", "wage"])
        sheet.write_row(4, 1, ["Ada", 1])
        sheet.write_string(5, 1, "Grace")
        sheet.write_formula(5, 2, "=1/0", value="#DIV/0!")
    read = read_columns(path)

    assert {"name": ["Ada", "Grace"], "wage": ["1", None]} == read.columns
    assert [(6, "wage", "sheet-error", "#DIV/0!")] == [
        (each.line, each.column, each.code, each.raw) for each in read.rejects
    ]


def test_the_first_sheet_with_content_is_read_and_another_can_be_given(tmp_path):
    """Empty and hidden sheets are passed over; the guess lists all of them."""
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Empty").hide()
        book.add_worksheet("Blank").activate()
        book.add_worksheet("People").write_column(0, 0, ["name", "Ada"])
        book.add_worksheet("More").write_column(0, 0, ["name", "Grace"])
    table = open_table(path)

    assert "People" == table.guesses.sheet
    assert ("Empty", "Blank", "People", "More") == table.guesses.sheets
    assert ["Grace"] == read_columns(path, sheet="More").columns["name"] == read_columns(path, sheet=3).columns["name"]
    assert "no-such-sheet" == code_of(path, sheet="Nobody")
    assert "empty" == code_of(path, sheet="Blank")


def test_titles_blank_rows_and_unnamed_columns(tmp_path):
    """Lines are rows of the sheet; what stands beside the header is kept under a number."""
    rows = [
        ["Contacts"],
        [],
        ["name", "email", "city"],
        ["Ada", "a@x.org", "London"],
        [],
        ["Eve", "e@x.org", "", "note"],
    ]
    read = read_columns(workbooks.xlsx(tmp_path / "people.xlsx", rows))

    assert [4, 6] == read.lines
    assert [None, "note"] == read.columns["column_4"]


def test_a_workbook_by_another_name_is_read_by_its_content(tmp_path):
    """The suffix decides nothing; the difference is told."""
    path = workbooks.xlsx(tmp_path / "people.csv", [["name"], ["Ada"]])
    text = tmp_path / "people.xlsx"
    text.write_text("name,city\nAda,London\n")

    assert ["other-format"] == [notice.code for notice in open_table(path).guesses.notices]
    assert ["other-format"] == [notice.code for notice in open_table(text).guesses.notices]
    assert ["Ada"] == read_columns(path).columns["name"] == read_columns(text).columns["name"]
    assert "not-xlsx" == code_of(text, format="xlsx")


def test_old_and_open_workbooks_are_read(tmp_path):
    """XLS and ODS give the same as XLSX; repeated rows of ODS are rows."""
    old = workbooks.xls(tmp_path / "people.xls", [{(0, 0): "name", (0, 1): "city", (1, 0): "Ada", (1, 1): "London"}])
    new = workbooks.ods(
        tmp_path / "people.ods", workbooks.ods_row("name", "city") + workbooks.ods_row("Ada", "London", repeat=2)
    )

    assert {"name": ["Ada"], "city": ["London"]} == read_columns(old).columns
    assert {"name": ["Ada", "Ada"], "city": ["London", "London"]} == read_columns(new).columns


@pytest.mark.parametrize(
    "body",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c r='A1'><v>1</v></c></row><row r='9999999'><c  r = 'ZZ9999999'><v>1</v></c></row>",
        '<row r="1"><c r="A1"><v>1</v></c><c r="ZZZZ999999999"><v>1</v></c></row>',
    ],
)
def test_a_sheet_that_claims_the_last_cell_is_refused(tmp_path, body):
    """Two cells far apart would be a grid of billions; the error comes before the grid."""
    path = workbooks.with_sheet_xml(tmp_path / "wide.xlsx", body)

    assert "sheet-too-large" == code_of(path)


def test_the_bound_is_what_refuses_it(tmp_path):
    """The control: the same kind of sheet within the bound is read."""
    path = workbooks.with_sheet_xml(
        tmp_path / "sparse.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row><row r="900"><c r="AZ900"><v>2</v></c></row>'
    )

    assert [900] == read_columns(path, header_row=1).lines
    assert "sheet-too-large" == code_of(path, limits=Limits(sheet_cells=40_000))


def test_zip_bombs_are_refused(tmp_path):
    """What really unpacks is counted, whatever the directory says."""
    path = workbooks.xlsx(tmp_path / "bomb.xlsx", [["name"], ["Ada"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(50_000_000))
    worse = workbooks.xlsx(tmp_path / "worse.xlsx", [["name"], ["Ada"]])
    with zipfile.ZipFile(worse, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(150_000_000))

    assert path.stat().st_size < 100_000
    assert "unpacks-too-large" == code_of(path, limits=Limits(unpacked_bytes=20_000_000))
    assert "unpacks-too-large" == code_of(worse)
    assert ["Ada"] == read_columns(path).columns["name"]


def test_ods_repetitions_are_counted(tmp_path):
    """One row repeated a million times over a thousand columns is refused; the empty rest of a sheet is not."""
    claim = workbooks.ods(tmp_path / "claim.ods", workbooks.ods_row("x", repeat=1_000_000, columns=1_000))
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    honest = workbooks.ods(tmp_path / "honest.ods", workbooks.ods_row("name") + workbooks.ods_row("Ada") + empty)

    assert "sheet-too-large" == code_of(claim)
    assert ["Ada"] == read_columns(honest).columns["name"]


def test_old_workbooks_of_many_wide_sheets_are_refused(tmp_path):
    """Each sheet of an XLS file may fill its last cell; together they would take all memory."""
    corner = {(0, 0): "name", (65_535, 255): "x"}
    path = workbooks.xls(tmp_path / "corner.xls", [corner] * 50)

    assert path.stat().st_size < 50_000
    assert "sheet-too-large" == code_of(path)


def test_the_checks_pass_what_is_harmless(tmp_path):
    """The control: none of the checks refuses an ordinary workbook."""
    limits = Limits(sheet_cells=100)
    old = workbooks.xls(tmp_path / "a.xls", [{(0, 0): "name"}, {(1, 1): "x"}])
    check_xls(old, limits, old.read_bytes())
    check_ods(workbooks.ods(tmp_path / "a.ods", workbooks.ods_row("name")), limits)

    assert {} == check_xlsx(workbooks.xlsx(tmp_path / "a.xlsx", [["name"]]), limits)


def test_what_is_no_workbook_is_told(tmp_path):
    """Encrypted, cut off, another archive, another Office file, a web page, a PDF."""
    good = workbooks.xlsx(tmp_path / "good.xlsx", [["name"], ["Ada"]]).read_bytes()
    cases = {
        "encrypted": workbooks.xls(tmp_path / "a.xlsx", [{}], name="EncryptedPackage"),
        "not-a-workbook": workbooks.xls(tmp_path / "a.xls", [{}], name="WordDocument"),
    }
    for name, content in {
        "broken-workbook": good[: len(good) // 2],
        "not-a-table": b"<html><table><tr><td>Ada</td></tr></table></html>",
    }.items():
        cases[name] = tmp_path / f"{name}.xls"
        cases[name].write_bytes(content)
    with zipfile.ZipFile(tmp_path / "docx.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert {name: name for name in cases} == {name: code_of(path) for name, path in cases.items()}
    assert "not-a-workbook" == code_of(tmp_path / "docx.xlsx")
    (tmp_path / "cv.csv").write_bytes(b"%PDF-1.7 ...")
    assert "not-a-table" == code_of(tmp_path / "cv.csv")
