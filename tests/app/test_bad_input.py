"""Bad files and bad cells: a typed error or a reject that says where; the rest goes in, and the database stays whole."""

from __future__ import annotations

import csv
import io
import json
import os
import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crmcore.app import CRM, dedupe_file
from crmcore.errors import CrmcoreError, InputError, UnreadableFile
from crmcore.model import ContactRecord, ImportRun, Note, SourceRecord
from crmcore.storage import logical_digest
from tests.integrations import workbooks

HEADER = "name,email,phone,city,notes"
ADA = "Ada Lovelace,ada@x.example,+44 20 7946 0958,London,met"
GRACE = "Grace Hopper,grace@navy.example,+1 202 555 0143,Arlington,calls"
LONG = "x" * 200_000
MILLION = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="BDWGO1"><v>1</v></c></row>'

NO_TABLE = {
    "empty": b"",
    "blank": b" \n\t\n\n",
    "one NUL": b"\0",
    "only NULs": bytes(100),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(range(256)),
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)),
    "half a workbook": b"PK\x03\x04" + bytes(60),
    "half a parquet file": b"PAR1" + bytes(60),
    "broken JSON": b'[{"name": "Ada"}, {',
    "a NUL in the header": b"na\0me,email\nAda,ada@x.example\n",
    "an open quote in the header": b'"name,email\nAda,ada@x.example\n',
}

ODD_ROWS = {
    "header only": (f"{HEADER}\n".encode(), 0, []),
    "a NUL": (f"{HEADER}\n{ADA}\nAl\0an,al@x.example,,,\n{GRACE}\n".encode(), 2, [(3, "name", "nul")]),
    "a byte of another encoding": (
        f"{HEADER}\n{ADA}\n{GRACE}\nZoë Müller,,,Łódź,čaj für José\n".encode() + b"Ren\xe9,rene@x.example,,,\n",
        3,
        [(5, "name", "undecodable")],
    ),
    "an open quote": (f'{HEADER}\n{ADA}\n"Alan,al@x.example,,,\n{GRACE}\n'.encode(), 2, [(3, None, "broken-quotes")]),
    "a wide row": (f"{HEADER}\n{ADA},surplus\n{GRACE}\n".encode(), 1, [(2, None, "too-many-cells")]),
    "a narrow row": (f"{HEADER}\nAlan,al@x.example\n{GRACE}\n".encode(), 1, [(2, "phone", "too-few-cells")]),
    "a long name": (f"{HEADER}\n{LONG},ada@x.example,,,\n{GRACE}\n".encode(), 2, [(2, "name", "too-long")]),
    "a long address": (f"{HEADER}\nAda,{LONG}@x.example,,,\n{GRACE}\n".encode(), 2, [(2, "email", "too-long")]),
    "a long phone": (f"{HEADER}\nAda,,{'1' * 200_000},,\n{GRACE}\n".encode(), 2, [(2, "phone", "too-long")]),
    "a long city": (f"{HEADER}\nAda,,,{LONG},\n{GRACE}\n".encode(), 2, [(2, "city", "too-long")]),
    "a long note": (f"{HEADER}\nAda,,,,{LONG}\n{GRACE}\n".encode(), 2, []),
    "numbers for names": (f"{HEADER}\n12345,ada@x.example,,,\n{GRACE}\n".encode(), 2, [(2, "name", "no-letters")]),
    "nobody": (f"{HEADER}\n,,,London,met\n{GRACE}\n".encode(), 1, [(2, None, "nobody")]),
    "the same header twice": (b"name,email,email\nAda,ada@x.example,ada@y.example\n", 1, []),
}


@pytest.mark.parametrize("content", NO_TABLE.values(), ids=NO_TABLE)
def test_what_is_no_table_is_refused(crm, write, content):
    """A typed error that names the file; nothing is written, and the next import works."""
    crm.commit(crm.plan_import(write(f"{HEADER}\n{ADA}\n", "good.csv")))
    before = logical_digest(crm.store)
    path = write(content, "bad.csv")

    with pytest.raises(UnreadableFile, match=r"bad\.csv") as refused:
        crm.plan_import([write(f"{HEADER}\n{GRACE}\n", "other.csv"), path])
    assert refused.value.code
    with pytest.raises(UnreadableFile, match=r"bad\.csv"):
        dedupe_file(path)
    assert before == logical_digest(crm.store)


@pytest.mark.parametrize(("content", "people", "told"), ODD_ROWS.values(), ids=ODD_ROWS)
def test_odd_rows_are_told_and_the_rest_goes_in(crm, write, content, people, told):
    """Each reject names line, column and code; every other row becomes a person."""
    plan = crm.plan_import(write(content))
    crm.commit(plan)

    assert told == [(reject.line, reject.column, reject.code) for reject in plan.rejects]
    assert people == len(list(crm.contacts()))
    assert all(reject.message and len(reject.raw) <= 200 for reject in plan.rejects)


@pytest.mark.parametrize(("content", "people", "told"), ODD_ROWS.values(), ids=ODD_ROWS)
def test_odd_rows_are_deduplicated_with_the_rest(write, tmp_path, content, people, told):
    """Deduplication takes the same files; it leaves out only what cannot be read, and writes all its outputs."""
    run = dedupe_file(write(content))
    run.write_golden(tmp_path / "golden.csv")
    run.write_clusters(tmp_path / "clusters.csv")
    run.write_report(tmp_path / "report.html")

    assert people <= run.rows
    assert {reject.line for reject in run.rejects} <= {line for line, _, _ in told}
    assert json.dumps(run.to_json())


def test_a_workbook_that_claims_a_million_columns_is_refused(crm, tmp_path):
    """It is refused before its cells are made."""
    path = workbooks.with_sheet_xml(tmp_path / "wide.xlsx", MILLION)

    for job in (crm.plan_import, dedupe_file):
        with pytest.raises(UnreadableFile) as refused:
            job(path)
        assert refused.value.code


def naughty(data_dir):
    """Return the big list of naughty strings."""
    return json.loads((data_dir / "strings" / "blns.json").read_text(encoding="utf-8"))


def as_csv(header, rows):
    """Return a table as other programs write it."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


@pytest.mark.data
@pytest.mark.parametrize("column", ["name", "email", "phone", "city", "company", "linkedin", "date of birth", "notes"])
def test_naughty_strings_go_in_or_are_told(crm, data_dir, write, column):
    """Whatever stands in a cell, the person of the row goes in by the other cells, and the cell is kept or told."""
    strings = naughty(data_dir)
    rows = [(f"id{number}", text, f"Person{chr(97 + number % 26)} Known") for number, text in enumerate(strings)]
    header = ["id", column, "surname" if column != "name" else "family name"]
    plan = crm.plan_import(write(as_csv(header, rows)), columns={column: ROLES[column], "id": "record_id"})
    crm.commit(plan)
    kept = {row.external_id: row.cells[column] for row in crm.store.stream(SourceRecord)}
    left_out = {reject.line for reject in plan.rejects if reject.whole_row}

    assert len(strings) == len(kept) + len(left_out)
    assert 0 == len(left_out)
    assert {f"id{number}": text or None for number, text in enumerate(strings)} == kept
    assert {reject.column for reject in plan.rejects} <= {column}
    assert crm.report()


ROLES = {
    "name": "given_name",
    "email": "email",
    "phone": "phone",
    "city": "city",
    "company": "company",
    "linkedin": "linkedin",
    "date of birth": "date_of_birth",
    "notes": "notes",
}


@pytest.mark.data
def test_naughty_strings_can_be_deduplicated(data_dir, write, tmp_path):
    """In every column at once, they neither break the job nor the page."""
    strings = naughty(data_dir)
    run = dedupe_file(write(as_csv(["name", "email", "phone"], [(text, text, text) for text in strings])))
    run.write_golden(tmp_path / "golden.csv")
    run.write_report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")

    assert 0 < run.rows <= len(strings)
    assert "<script>alert(" not in page


CELLS = (
    st.text(max_size=30)
    | st.sampled_from(
        [
            *("\0", "a\0b", "\ud800", "x\udfffy", "\ufffd", "\ufeff", "\u202e", "\U0010ffff", "Z\u0335" * 400),
            *("9" * 40, str(2**64), "-" + "9" * 30, "1e999", "NaN", "Infinity", "'=1+1", "=cmd|' /C calc'!A0"),
            *("x" * 2_000, "a@" + "b" * 300 + ".example", "@", "+", "+49", "0000-00-00", "9999-12-31", "31.02.2020"),
            *("https://linkedin.com/in/" + "é" * 900, "ftp://", "\\", '"', "\r", "\u2028", "\x1b[31m", "n/a"),
        ]
    )
    | st.integers(min_value=-(2**80), max_value=2**80)
    | st.booleans()
    | st.none()
    | st.lists(st.text(max_size=5), max_size=3)
)
COLUMNS = [
    *("id", "name", "given name", "surname", "email", "phone", "linkedin", "github", "url", "company", "job title"),
    *("date of birth", "created at", "updated at", "street", "house number", "city", "region", "postcode", "country"),
    *("skills", "languages", "salary", "time zone", "locale", "tags", "notes", "source", "do not contact", "gender"),
    *("address", "national id", "status", "prefix", "suffix", "preferred name", "birth place", "whatever"),
]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELLS, min_size=1), min_size=1, max_size=6))
@example([dict.fromkeys(COLUMNS, "�")])
@example([dict.fromkeys(COLUMNS, "a\x00b"), {"name": "Ada Lovelace"}])
@example([dict.fromkeys(COLUMNS, 2**70)])
@example([dict.fromkeys(COLUMNS, "x" * 1000)])
@example([dict.fromkeys(COLUMNS, "é" * 999 + "̵")])
def test_no_cell_can_make_a_commit_fail(tmp_path_factory, rows):
    """Whatever a file says, what was planned can be committed, read again and reported; nothing else is raised."""
    path = tmp_path_factory.mktemp("cells") / "people.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    with CRM.open("memory:") as crm:
        try:
            plan = crm.plan_import(path)
        except UnreadableFile:
            return
        crm.commit(plan)
        crm.commit(crm.plan_import(path))
        told = sum(reject.whole_row for reject in plan.rejects)

        assert len(rows) == told + len(list(crm.store.stream(SourceRecord)))
        assert all(
            contact == type(contact).model_validate_json(contact.model_dump_json()) for contact in crm.contacts()
        )
        assert [*crm.store.stream(Note), *crm.store.stream(ImportRun)]
        assert crm.report()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=12), min_size=1, max_size=5), st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_no_header_can_make_a_commit_fail(tmp_path_factory, header, cells):
    """Column names are as hostile as cells."""
    path = tmp_path_factory.mktemp("headers") / "people.csv"
    path.write_bytes(as_csv(header, [cells, cells]).encode("utf-8", "surrogatepass"))
    with CRM.open("memory:") as crm:
        try:
            plan = crm.plan_import(path)
        except UnreadableFile:
            return
        crm.commit(plan)

        assert crm.report()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_a_file_name_that_is_no_text_is_no_obstacle(crm, tmp_path):
    """A name with bytes of another encoding is shown with a mark in their place, and can be replaced by a better one."""
    path = os.fsencode(tmp_path) + b"/ren\xe9.csv"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib refuses bytes
        file.write(f"{HEADER}\n{ADA}\n")
    named = os.fsdecode(path)
    crm.commit(crm.plan_import(named, source="agency"))

    assert ["Lovelace"] == [contact.name.family for contact in crm.contacts()]
    assert 1 == dedupe_file(named).rows
    plan = crm.plan_import(named)

    assert ("ren\ufffd.csv",) == plan.sources
    assert () == plan.rejects
    crm.commit(plan)


@pytest.mark.parametrize("source", ["", "x" * 2_000, "a\0b", "\ud800", "two\nlines"])
def test_a_source_name_that_cannot_be_kept_is_refused(crm, write, source):
    """It is refused as what came in, before anything is read."""
    with pytest.raises(InputError, match="source"):
        crm.plan_import(write(f"{HEADER}\n{ADA}\n"), source=source)


@pytest.mark.parametrize("wish", [{"columns": {"name": "shoe size"}}, {"region": "Atlantis"}])
def test_wishes_that_mean_nothing_are_refused(crm, write, wish):
    """A role or a region that is none is an error of the caller, not of the rows."""
    with pytest.raises(CrmcoreError):
        crm.plan_import(write(f"{HEADER}\n{ADA}\n"), **wish)
    assert [] == list(crm.store.stream(ContactRecord))
