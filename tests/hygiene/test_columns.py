"""What columns hold, found by header and by content."""

from __future__ import annotations

import csv
import random
from collections import Counter

import pytest

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene import Role, guess_roles
from crmcore.hygiene.columns import CountedCells

HEADERS = {
    Role.RECORD_ID: "id rec_id unique_id UUID RecordID Kundennummer",
    Role.FULL_NAME: "name full_name FullName first_and_surname Ansprechpartner",
    Role.GIVEN_NAME: "fname first_name FirstName Vorname prénom given_name Voornaam",
    Role.FAMILY_NAME: "sname surname LastName Nachname apellidos achternaam cognome lname",
    Role.EMAIL: "email e-mail E-Mail-Adresse correo EmailAddress primary_email email2 courriel",
    Role.PHONE: "tel mobile Telefon PhoneNumber Handy téléfono phone_2 cell",
    Role.DATE_OF_BIRTH: "dob DateOfBirth Geburtsdatum birth_date Geb.-Datum",
    Role.POSTCODE: "zip plz postcode_fake PostalCode code_postal CAP",
    Role.CITY: "suburb city Ort ville ciudad woonplaats",
    Role.NATIONAL_ID: "soc_sec_id SSN national_id BSN codice_fiscale",
    Role.HOUSE_NUMBER: "street_number Hausnr. huisnummer",
    Role.COMPANY: "company employer Firma entreprise werkgever",
    Role.JOB_TITLE: "occupation job_title Beruf poste puesto",
}


@pytest.mark.parametrize(
    ("role", "header"), [(role, header) for role, listed in HEADERS.items() for header in listed.split()]
)
def test_a_usual_header_says_what_the_column_holds(role, header):
    """Headers in five languages and any spelling are read, even before there is a value."""
    (guess,) = guess_roles({header: [None, None]})

    assert guess.role is role


@pytest.mark.parametrize(
    "header",
    [
        "Emergency Contact Phone",
        "Manager Email",
        "Company Phone",
        "Recruiter name",
        "Mother's Maiden Name",
        "School name",
    ],
)
def test_a_column_about_somebody_else_is_no_evidence(header):
    """The phone of the emergency contact is not the person's phone."""
    (guess,) = guess_roles({header: ["+44 20 7946 0018", "+44 20 7946 0019", "+44 20 7946 0020"]})

    assert guess.role in (Role.TEXT, Role.CATEGORY)


def test_content_overrules_a_misleading_header_and_says_so():
    """A column "name" full of e-mail addresses holds e-mail addresses."""
    (guess,) = guess_roles({"name": ["ada@example.org", "g.hopper@example.com", None]})

    assert guess.role is Role.EMAIL
    assert "header says full name, but" in guess.why


def test_names_in_a_name_column_are_not_overruled():
    """The control: the same header with names stays a name."""
    (guess,) = guess_roles({"name": ["Ada Lovelace", "Grace Hopper", None]})

    assert guess.role is Role.FULL_NAME


@pytest.mark.parametrize(
    ("values", "role"),
    [
        ([f"person{n}@example.org" for n in range(30)], Role.EMAIL),
        ([f"+4420794600{n:02}" for n in range(30)], Role.PHONE),
        ([f"19{n:02}-03-07" for n in range(40, 90)], Role.DATE_OF_BIRTH),
        ([f"2024-03-07T10:{n:02}:00Z" for n in range(30)], Role.OTHER_DATE),
        ([f"https://www.linkedin.com/in/p{n}" for n in range(30)], Role.LINKEDIN),
        ([f"SW{n}A 1AA" for n in range(1, 10)], Role.POSTCODE),
        ([f"{n} Main Street" for n in range(30)], Role.ADDRESS),
        (["male", "female", "female"] * 10, Role.GENDER),
        (["Germany", "France", "Spain"] * 10, Role.COUNTRY),
        (["Anna", "Robert", "Maria", "Peter"] * 5, Role.GIVEN_NAME),
        (["Anna Smith", "Robert Jones", "Maria Brown", "Peter Hall"] * 5, Role.FULL_NAME),
        ([f"C-{n:05}" for n in range(30)], Role.RECORD_ID),
        ([f"{n}.5" for n in range(30)], Role.NUMBER),
        (["red", "green"] * 20, Role.CATEGORY),
        ([None, "", "n/a"], Role.EMPTY),
    ],
)
def test_content_speaks_where_the_header_says_nothing(values, role):
    """A header without a meaning leaves it to the values."""
    (guess,) = guess_roles({"qqq": values})

    assert guess.role is role


def test_a_unique_national_id_is_no_record_id():
    """A value of the person that happens to differ in every row stays what it is."""
    table = {"soc_sec_id": [str(7_000_000 + 7919 * n) for n in range(50)], "row": [str(n) for n in range(50)]}

    assert [guess.role for guess in guess_roles(table)] == [Role.NATIONAL_ID, Role.RECORD_ID]


def test_a_repeated_code_is_no_record_id():
    """The control: the same codes, each twice, are not in every row another."""
    (guess,) = guess_roles({"qqq": [f"C-{n // 2:05}" for n in range(60)]})

    assert guess.role is not Role.RECORD_ID


@pytest.mark.parametrize(
    ("table", "roles"),
    [
        ({"Name": ["Berg", "Hall"], "Vorname": ["Anna", "Otto"]}, [Role.FAMILY_NAME, Role.GIVEN_NAME]),
        ({"name": ["Anna", "Otto"], "surname": ["Berg", "Hall"]}, [Role.GIVEN_NAME, Role.FAMILY_NAME]),
        ({"name": ["Anna Berg", "Otto Hall"], "surname": ["Berg", "Hall"]}, [Role.FULL_NAME, Role.FAMILY_NAME]),
        ({"title": ["Dr", "Mr"]}, [Role.NAME_PREFIX]),
        ({"title": ["Engineer", "Nurse"]}, [Role.JOB_TITLE]),
        ({"street": ["Main St 5", "Oak Rd 7"]}, [Role.ADDRESS]),
        ({"address_1": ["main street", "oak road"], "house_no": ["5", "7"]}, [Role.STREET, Role.HOUSE_NUMBER]),
        ({"name": ["Acme Ltd", "Globex Inc", "Foo GmbH"]}, [Role.COMPANY]),
    ],
)
def test_neighbours_settle_what_a_column_means(table, roles):
    """The other columns and the values tell which of two meanings a header has."""
    assert [guess.role for guess in guess_roles(table)] == roles


def test_the_caller_wins():
    """A role that the caller sets is certain, whatever header and content say."""
    (guess,) = guess_roles({"email": ["ada@example.org"]}, roles={"email": "notes"})

    assert (guess.role, guess.confidence) == (Role.NOTES, 1.0)


def test_an_unknown_column_or_role_is_refused_by_name():
    """A slip in the mapping is told at once, with what would have been right."""
    with pytest.raises(UnknownColumn, match="did you mean 'email'"):
        guess_roles({"email": []}, roles={"emial": Role.EMAIL})
    with pytest.raises(InputError, match="the roles are: record_id, full_name"):
        guess_roles({"email": []}, roles={"email": "e-post"})


PEOPLE = {
    "fake_1000.csv": "record_id given_name family_name date_of_birth city email",
    "febrl_dataset3.csv": "record_id given_name family_name house_number street address city postcode region date_of_birth national_id",
    "febrl_dataset4a.csv": "record_id given_name family_name house_number street address city postcode region date_of_birth national_id",
}


@pytest.mark.data
@pytest.mark.parametrize("file", PEOPLE)
def test_real_files_need_no_mapping(file, data_dir):
    """The columns of public files of people are all found."""
    with (data_dir / "people" / file).open(encoding="utf-8", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    found = [
        guess.role.value for guess in guess_roles(dict(zip(header, map(list, zip(*rows, strict=True)), strict=True)))
    ]

    assert found[: len(PEOPLE[file].split())] == PEOPLE[file].split()


def many_people(rows):
    """Make columns of more different values than are looked at, some of them odd."""
    names = [f"{first}{at}" if at % 9 == 0 else first for at, first in enumerate(["Anna", "Otto", "Mia"] * (rows // 3))]
    return {
        "name": names,
        "nom": [f"Berg{chr(97 + at % 26)}" for at in range(len(names))],
        "qqq": [f"p{at}@example.org" if at % 3 else str(at) for at in range(len(names))],
        "id": [f"C-{at:05}" for at in range(len(names))],
        "tags": [("a", "b") if at % 2 else None for at in range(len(names))],
    }


def test_the_order_of_rows_and_columns_says_nothing():
    """Shuffled rows, and columns in another order, are taken for the same, with the same words."""
    table = many_people(9000)
    order = random.Random(1).sample(range(9000), 9000)
    guesses = {guess.column: guess for guess in guess_roles(table, sample=100)}

    shuffled = {name: [cells[row] for row in order] for name, cells in reversed(table.items())}

    assert guesses == {guess.column: guess for guess in guess_roles(shuffled, sample=100)}


def test_counted_cells_are_a_column():
    """Different cells with their counts are taken for what the column itself is."""
    table = many_people(900)
    del table["tags"]

    counted = {
        name: CountedCells(counts=Counter(cells), total=len(cells), unique=len(set(cells)) == len(cells))
        for name, cells in table.items()
    }

    assert guess_roles(table) == guess_roles(counted)
