"""The page about a database, and the columns by which stored people are compared."""

from __future__ import annotations

import re

from crmcore.app._contact_columns import ROLES, contact_columns
from crmcore.hygiene.roles import Role
from crmcore.model import (
    Affiliation,
    ContactRecord,
    EmailAddress,
    Link,
    PersonName,
    PhoneNumber,
    PostalAddress,
)

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


def test_contacts_become_columns_of_their_normal_forms():
    """Each column has one cell a contact: a text, several texts, or nothing."""
    ada = ContactRecord(
        id="c1",
        name=PersonName(given="Ada", middle="Augusta", family="Lovelace"),
        headline="Countess",
        emails=(
            EmailAddress(raw="Ada@X.example", normal="ada@x.example"),
            EmailAddress(raw="a@y.example", normal="a@y.example"),
        ),
        phones=(PhoneNumber(raw="020 7946 0958", normal="+442079460958"),),
        addresses=(PostalAddress.of(street="Dorset Street", house_number="1", city="London", postcode="W1"),),
        affiliations=(Affiliation(name="Analytical Engines Ltd", normal="analytical engines"),),
        links=(
            Link(raw="linkedin.com/in/ada", normal="linkedin.com/in/ada", site="linkedin", handle="ada"),
            Link(raw="ada.example", normal="ada.example"),
        ),
    )
    columns = contact_columns([ada, ContactRecord(id="c2")])

    assert set(ROLES) == set(columns) == {role.value for role in ROLES.values()}
    assert {2} == {len(cells) for cells in columns.values()}
    assert {
        Role.GIVEN_NAME: "Ada",
        Role.MIDDLE_NAME: "Augusta",
        Role.FAMILY_NAME: "Lovelace",
        Role.JOB_TITLE: "Countess",
        Role.EMAIL: ("ada@x.example", "a@y.example"),
        Role.PHONE: ("+442079460958",),
        Role.HOUSE_NUMBER: ("1",),
        Role.STREET: ("Dorset Street",),
        Role.CITY: ("London",),
        Role.POSTCODE: ("W1",),
        Role.COMPANY: ("analytical engines",),
        Role.LINKEDIN: ("ada",),
    } == {Role(name): cells[0] for name, cells in columns.items() if cells[0] is not None}
    assert all(cells[1] is None for cells in columns.values())


def test_a_former_employer_counts_like_a_present_one():
    """People are known by where they worked, under whatever link it is kept, once each."""
    link = Affiliation(name="Navy", normal="navy")
    contact = ContactRecord(id="c", affiliations=(link,), employments=({"company": "Navy", "company_normal": "navy"},))

    assert [("navy",)] == contact_columns([contact])["company"]
