"""Places, companies, skills, titles, and the quality of a table."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crmcore import hygiene
from crmcore.errors import InputError
from crmcore.hygiene import Role, Verdict


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("UK", "GB"),
        ("deu", "DE"),
        ("Deutschland", "DE"),
        ("España", "ES"),
        ("U.S.A.", "US"),
        ("Pays-Bas", "NL"),
        ("Россия", "RU"),
    ],
)
def test_countries_are_known_by_name_and_code(raw, code):
    """ISO codes, English names and native names meet."""
    assert hygiene.clean_country(raw).value.alpha2 == code


@pytest.mark.parametrize(
    ("raw", "country", "written"),
    [
        ("sw1a1aa", "GB", "SW1A 1AA"),
        ("1067", "DE", "01067"),
        ("d-10115", "DE", "10115"),
        ("1234ab", "NL", "1234 AB"),
        ("123456789", "US", "12345-6789"),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("00950", "PL", "00-950"),
    ],
)
def test_postcodes_are_written_as_their_country_writes_them(raw, country, written):
    """Blanks, hyphens, case and a lost zero are put right."""
    assert hygiene.clean_postcode(raw, country=country).value == written


def test_a_postcode_of_another_country_is_invalid():
    """A shape that the country does not have is refused; a code that is no country is the caller's error."""
    assert hygiene.clean_postcode("SW1A 1AA", country="DE").verdict is Verdict.INVALID
    with pytest.raises(InputError):
        hygiene.clean_postcode("1", country="Germany")


@pytest.mark.parametrize(
    ("raw", "number", "street", "unit"),
    [
        ("12b Main St., Apt 4", "12b", "Main St.", "Apt 4"),
        ("Hauptstr. 5", "5", "Hauptstr.", ""),
        ("Flat 2, 17 Oak Road", "17", "Oak Road", "Flat 2"),
        ("Calle de Alcalá 42", "42", "Calle de Alcalá", ""),
        ("Straße des 17. Juni 135", "135", "Straße des 17. Juni", ""),
        ("Oak Road", "", "Oak Road", ""),
    ],
)
def test_a_street_is_parted_from_its_number(raw, number, street, unit):
    """The number may stand first or last; the unit goes by itself."""
    value = hygiene.clean_street(raw).value

    assert (value.number, value.street, value.unit) == (number, street, unit)


def test_abbreviated_streets_meet():
    """Short and long forms of a street share a key; different streets do not."""
    keys = {hygiene.street_key(text) for text in ("Oak Rd.", "OAK ROAD", "oak road")}

    assert keys == {"oak road"}
    assert hygiene.street_key("Hauptstr.") == hygiene.street_key("Hauptstraße")
    assert hygiene.street_key("Oak Lane") != "oak road"


@pytest.mark.parametrize(
    ("raw", "name", "form"),
    [
        ("Acme Ltd.", "Acme", "Ltd"),
        ("Siemens AG", "Siemens", "AG"),
        ("Müller GmbH & Co. KG", "Müller", "GmbH & Co. KG"),
        ("Foo S.p.A.", "Foo", "SpA"),
        ("Kowalski Sp. z o.o.", "Kowalski", "Sp. z o.o."),
        ("株式会社トヨタ", "トヨタ", "KK"),
        ("ООО Ромашка", "Ромашка", "OOO"),
        ("Acme Pty Ltd", "Acme", "Pty Ltd"),
        ("Limited", "Limited", ""),
        ("Acme", "Acme", ""),
    ],
)
def test_a_company_is_parted_from_its_legal_form(raw, name, form):
    """Legal forms of many countries are known; a name is never emptied."""
    company = hygiene.clean_company(raw).value

    assert (company.name, company.legal_form) == (name, form)
    assert company.key


def test_skills_survive_the_parting_of_a_list():
    """Marks inside names do not part them; synonyms become one."""
    skills = [
        skill.value for skill in hygiene.clean_skills("C++, C#/.NET; Node.js | TCP/IP\nk8s, JS, javascript; CI/CD")
    ]

    assert skills == ["C++", "C#", ".NET", "Node.js", "TCP/IP", "Kubernetes", "JavaScript", "CI/CD"]


def test_job_titles_meet_in_their_key():
    """Abbreviations, capitals and marks of gender make no difference."""
    keys = {hygiene.clean_job_title(text).value.key for text in ("Sr. SW Engineer (m/w/d)", "SENIOR SOFTWARE ENGINEER")}

    assert keys == {"senior software engineer"}


def test_quality_ranks_what_to_mend_by_rows_and_weight():
    """The fault that costs most stands first, with counts and examples that name rows."""
    table = {
        "name": ["Ada Lovelace", "test", "Bob Hall"],
        "mail": ["ada@", "bob@", "cyd@example.org"],
        "note": ["a", "b", "c"],
    }
    roles = {"name": Role.FULL_NAME, "mail": Role.EMAIL, "note": Role.NOTES}
    quality = hygiene.score_columns(table, roles)
    first = quality.mend_first[0]

    assert (first.column, first.code, first.rows) == ("mail", "not-an-address", 2)
    assert first.examples == ((0, "ada@"), (1, "bob@"))
    assert quality.row_scores == (50.0, 0.0, 100.0)
    assert quality.score == 50.0


def test_a_second_column_of_the_same_kind_may_be_empty():
    """An empty second e-mail column is no fault; a row without any e-mail address is."""
    table = {"mail": ["ada@example.org", None], "mail_2": [None, None]}
    roles = dict.fromkeys(table, hygiene.Role.EMAIL)

    quality = hygiene.score_columns(table, roles)

    assert [("mail", 1)] == [(mend.column, mend.rows) for mend in quality.mend_first]
    assert quality.row_scores == (100.0, 0.0)


def test_nothing_is_expected_of_a_birthday():
    """A date of birth that is not there is no fault; one that cannot be is."""
    quality = hygiene.score_columns({"born": [None, "1990-02-30"]}, {"born": hygiene.Role.DATE_OF_BIRTH})

    assert quality.row_scores == (100.0, 0.0)
    assert [mend.rows for mend in quality.mend_first] == [1]


def test_quality_of_nothing_is_whole():
    """An empty table has nothing to mend."""
    quality = hygiene.score_columns({}, {})

    assert (quality.score, quality.mend_first, quality.row_scores) == (100.0, (), ())


@pytest.mark.parametrize(
    "text", ["", " ", "N/A", "k.A.", "#N/A", "nan", "NULL", "\u200b", "--", "unbekannt", "non renseigné"]
)
def test_markers_are_missing(text):
    """Every usual stand-in for nothing is known, in any case and with invisible marks."""
    assert hygiene.is_missing(text)


@pytest.mark.parametrize("text", ["0", "no", "Nadia", "Noe", "A"])
def test_values_are_not_missing(text):
    """What only resembles a marker is a value."""
    assert not hygiene.is_missing(text)


def test_importing_the_room_loads_no_metadata():
    """The nouns can be typed by hygiene without loading telephone metadata or the e-mail library."""
    code = (
        "import sys, crmcore.hygiene; from crmcore.hygiene import PartialDate, Role; "
        "print([name for name in ('phonenumbers', 'email_validator', 'numpy', 'anyascii') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert shown.strip() == "[]"


def test_the_door_lists_what_it_opens():
    """Every promised name is there, and is no module in disguise."""
    assert all(not hasattr(getattr(hygiene, name), "__path__") for name in hygiene.__all__)
    assert all(type(getattr(hygiene, name)).__name__ != "module" for name in hygiene.__all__)
