"""Contact records are compared by what they say."""

import pytest

from crmcore.errors import InputError, UnsupportedData
from crmcore.hygiene.roles import Role
from crmcore.matching import dedupe, link
from crmcore.matching.contacts import CONTACT_ROLES, contact_columns
from crmcore.model import (
    Affiliation,
    ContactRecord,
    EmailAddress,
    Link,
    PersonName,
    PhoneNumber,
    PostalAddress,
)

MAIL = EmailAddress(raw="Ada@X.example", normal="ada@x.example")
ADA = ContactRecord(id="c1", name=PersonName(given="Ada", family="Lovelace"), emails=(MAIL,))
ALAN = ContactRecord(id="c2", name=PersonName(given="Alan", family="Turing"))
AGAIN = ContactRecord(id="c3", name=PersonName(given="Ada", family="Lovelace"), emails=(MAIL,))


def test_contact_records_are_deduplicated_as_they_are():
    """A list of records, or a generator of them, needs no table and no roles."""
    assert [0, 1, 0] == dedupe([ADA, ALAN, AGAIN]).cluster_ids.tolist()
    assert [0, 1, 0] == dedupe(person for person in (ADA, ALAN, AGAIN)).cluster_ids.tolist()


def test_contact_records_are_linked_with_a_table():
    """Stored people meet the rows of a file: columns find each other by what they hold."""
    found = link([ALAN, ADA], {"e-mail": ["ada@x.example"], "first name": ["Ada"], "last name": ["Lovelace"]}).links

    assert ([1], [0]) == (found.left.tolist(), found.right.tolist())


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

    assert set(CONTACT_ROLES) == set(columns) == {role.value for role in CONTACT_ROLES.values()}
    assert {2} == {len(cells) for cells in columns.values()}
    assert {
        Role.RECORD_ID: "c1",
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
    assert {"record_id": "c2"} == {name: cells[1] for name, cells in columns.items() if cells[1] is not None}


def test_a_former_employer_counts_like_a_present_one():
    """People are known by where they worked, under whatever link it is kept, once each."""
    link = Affiliation(name="Navy", normal="navy")
    contact = ContactRecord(id="c", affiliations=(link,), employments=({"company": "Navy", "company_normal": "navy"},))

    assert [("navy",)] == contact_columns([contact])["company"]


def test_contact_records_are_called_by_their_ids():
    """So that what people decide of them, and who they are, holds as long as they are kept."""
    assert ["c1", "c2", "c3"] == list(dedupe([ADA, ALAN, AGAIN]).keys)


def test_one_record_is_no_table():
    """A record by itself, or as a column, is not taken apart into its fields."""
    record = ContactRecord(id="c1", name=PersonName(given="Ada"))

    with pytest.raises(UnsupportedData, match="ContactRecord"):
        dedupe(record)
    with pytest.raises(InputError, match="'ada' is a ContactRecord"):
        dedupe({"ada": record})
