"""The page about a database, and the columns by which stored people are compared."""

from __future__ import annotations

import re

PEOPLE = """\
name,email,phone,company,opt out
Ada Lovelace,ada@x.example,+44 20 7946 0958,Analytical Engines,
Ada Lovelace,ada@x.example,+44 20 7946 0958,Analytical Engines,
Grace Hopper,grace@navy.example,+1 202 555 0143,Navy,yes
<b>Mallory</b>,mallory@evil.example,,<script>alert(1)</script>,
,,,nobody,
"""


def text_of(page):
    """Return what a reader sees."""
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)).split())


def test_the_report_counts_what_is_there(crm, write):
    """People, merged rows, refusals, the import and what it left out, in one page."""
    crm.commit(crm.plan_import(write(PEOPLE)), actor="ada")
    text = text_of(crm.report())

    assert crm.name in text
    assert "people.csv" in text
    assert re.search(r"\b3\b", text)
    assert "ada" in text


def test_the_report_is_one_page_without_requests(crm, write):
    """It opens offline, and what stands in the data stays text."""
    crm.commit(crm.plan_import(write(PEOPLE.replace("people", "p"), "<script>alert(2)<.csv")))
    page = crm.report()

    assert "<script>alert(" not in page
    assert not re.search(r"(?:src|href)=[\"']?https?:", page)


def test_an_empty_database_has_a_report_too(crm):
    """Nothing to count is no error."""
    assert "0" in text_of(crm.report())


def test_the_report_is_the_same_each_time(crm, write):
    """Equal states give equal bytes."""
    crm.commit(crm.plan_import(write(PEOPLE)))

    assert crm.report() == crm.report()
