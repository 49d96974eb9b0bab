"""Who comes in by a file with a city is found by where the city lies."""

from __future__ import annotations

import pytest

from crmcore.app import CRM
from crmcore.cli import main
from crmcore.hygiene import Gazetteer, Place
from crmcore.model import ContactRecord
from crmcore.query import Asking, F
from crmcore.sync import located
from crmcore.testing import ManualClock, SequenceIds

PEOPLE = """\
id,full name,email,city,country
1,Ada Lovelace,ada@x.example,Utrecht,Netherlands
2,Bram Stoker,bram@x.example,AMSTERDAM,
3,Chloe Martin,chloe@x.example,Utrecht,France
4,Dora Maar,dora@x.example,Klein Duimpjesdorp,NL
5,Emil Nolde,emil@x.example,,NL
6,Faye Dunaway,faye@x.example,Cambridge,US
7,Gus Fring,gus@x.example,Cambridge,
"""
NEAR_UTRECHT = F.location.within(km=30, of="Utrecht")


def imported(crm, path, **wishes):
    """Plan and commit."""
    crm.commit(crm.plan_import(path, **wishes), actor="ada")


def names(crm, question):
    """The given names of those whom a question finds."""
    return sorted(contact.name.given for contact in crm.select(question))


def person(crm, address):
    """Return the one contact with that e-mail address."""
    (contact,) = crm.find(ContactRecord, F.email == address)
    return contact


def test_whoever_lives_in_a_city_that_is_known_is_found(crm, write):
    """By the place of that name in the country, else by the largest; contradictions and unknown names by none."""
    imported(crm, write(PEOPLE))

    assert ["Ada"] == names(crm, NEAR_UTRECHT)
    assert ["Ada", "Bram"] == names(crm, F.location.within(km=60, of="Utrecht"))
    assert ["Gus"] == names(crm, 'location within 10 km of "Cambridge"')
    assert [] == names(crm, F.location.within(km=500, of="Paris") & F.full_name.contains("Martin"))


def test_what_was_derived_is_told_from_what_was_given(crm, write):
    """The address says it, and so does its history; the row is still the source of the address."""
    imported(crm, write(PEOPLE))
    ada = person(crm, "ada@x.example")
    (home,) = ada.addresses
    (version,) = crm.history(ContactRecord, ada.id).versions
    told = next(change for change in version.fields if change.path == f"addresses/{home.key}")

    assert (52.09, 5.12, "gazetteer") == (home.latitude, home.longitude, home.located_by)
    assert "gazetteer" == told.after.located_by
    assert [("people.csv", "stated")] == [(one.source, one.method) for one in ada.why(f"addresses/{home.key}")]


def test_the_region_is_the_country_that_is_meant_first(tmp_path, write):
    """So is the gazetteer of the database the one that is asked, if it tells of countries."""
    places = Gazetteer(
        [
            Place(names=("Springfield",), country="US", latitude=39.8, longitude=-89.6, people=114_000),
            Place(names=("Springfield",), country="NZ", latitude=-43.3, longitude=171.9, people=400),
        ]
    )
    path = write("name,email,city\nHomer Simpson,homer@x.example,Springfield\n")
    for region, expected in (("NZ", -43.3), ("NL", 39.8), (None, 39.8)):
        with CRM.open("memory:", clock=ManualClock(), new_id=SequenceIds(), asking=Asking(places=places)) as crm:
            imported(crm, path, region=region)

            assert expected == person(crm, "homer@x.example").addresses[0].latitude


def test_a_function_for_places_leaves_cities_to_those_that_come_along(write):
    """It knows no countries, so it is asked in questions only."""

    def office(name: str) -> tuple[float, float]:
        return 52.09, 5.12

    with CRM.open("memory:", clock=ManualClock(), new_id=SequenceIds(), asking=Asking(places=office)) as crm:
        imported(crm, write(PEOPLE))

        assert ["Ada"] == names(crm, F.location.within(km=30, of="Head office"))


def test_the_command_line_locates_too(tmp_path, write):
    """What it imports is found."""
    url = f"sqlite:///{tmp_path / 'crm.db'}"

    assert 0 == main(["import", str(write(PEOPLE)), "--db", url])
    with CRM.open(url) as crm:
        assert ["Ada"] == names(crm, NEAR_UTRECHT)


def test_the_same_file_again_changes_nothing(crm, write):
    """What is derived is derived the same."""
    path = write(PEOPLE)
    imported(crm, path)
    before = {contact.id: contact for contact in crm.contacts()}
    plan = crm.plan_import(path)

    assert (7, ()) == (len(plan.unchanged), plan.contacts)
    crm.commit(plan)
    assert before == {contact.id: contact for contact in crm.contacts()}


@pytest.mark.parametrize("column", ["", "1 Main Street"])
def test_a_row_that_moves_takes_the_coordinates_along(crm, write, column):
    """The new city has its own, beside free text as well; the former address still is where it was."""
    row = "id,full name,email,address,city\n1,Ada Lovelace,ada@x.example,{},{}\n"
    imported(crm, write(row.format(column, "Utrecht")))
    imported(crm, write(row.format(column, "Paris")))
    where = {one.city: (one.latitude, one.located_by) for one in person(crm, "ada@x.example").addresses}

    assert {"Utrecht": (52.09, "gazetteer"), "Paris": (48.86, "gazetteer")} == where
    assert ["Ada"] == names(crm, F.location.within(km=5, of="Paris"))


def test_coordinates_that_were_given_outlive_every_import(crm, write):
    """The row comes again with another phone number, then from another source, then with another city."""
    row = "id,full name,email,phone,city\n1,Ada Lovelace,ada@x.example,{},{}\n"
    imported(crm, write(row.format("+31 30 1234567", "Utrecht")))
    ada = person(crm, "ada@x.example")
    by_hand = ada.evolve(addresses=tuple(one.evolve(latitude=52.1, longitude=5.2) for one in ada.addresses))
    with crm.unit(actor="ada") as unit:
        unit.put(by_hand)
    for name, phone, city in (
        ("people.csv", "+31 30 7654321", "Utrecht"),
        ("other.csv", "+31 30 7654321", "utrecht"),
        ("people.csv", "+31 30 7654321", "Amsterdam"),
    ):
        imported(crm, write(row.format(phone, city), name))
    where = {one.city: (one.latitude, one.longitude, one.located_by) for one in person(crm, "ada@x.example").addresses}

    assert {"Utrecht": (52.1, 5.2, None), "Amsterdam": (52.37, 4.9, "gazetteer")} == where


def test_an_undone_import_takes_its_coordinates_along(crm, write):
    """The city and what was derived from it are one value; so it is when it comes back."""
    row = "id,full name,email,city\n1,Ada Lovelace,ada@x.example,{}\n"
    imported(crm, write(row.format("Utrecht")))
    imported(crm, write(row.format("Paris")))
    ada = person(crm, "ada@x.example")
    crm.undo(ada, version=ada.version, actor="ada")

    assert ["Utrecht"] == [one.city for one in person(crm, "ada@x.example").addresses]
    assert (["Ada"], []) == (names(crm, NEAR_UTRECHT), names(crm, F.location.within(km=5, of="Paris")))

    crm.undo(ada, version=ada.version + 1, actor="ada")

    assert ["Ada"] == names(crm, F.location.within(km=5, of="Paris"))


def test_who_was_stored_before_is_found_once_located(crm, write):
    """The function that imports use serves for records that came in otherwise; twice changes nothing."""
    imported(crm, write(PEOPLE))
    stored = list(crm.contacts())
    with crm.unit(actor="ada") as unit:
        for contact in stored:
            bare = tuple(one.evolve(latitude=None, longitude=None) for one in contact.addresses)
            unit.put(contact.evolve(addresses=bare))

    assert [] == names(crm, NEAR_UTRECHT)

    stored = list(crm.contacts())
    with crm.unit(actor="ada") as unit:
        for contact in stored:
            unit.put(located(contact))

    assert ["Ada"] == names(crm, NEAR_UTRECHT)


def test_files_in_any_order_say_the_same_of_places(write):
    """A city in one file and the country that contradicts it in another are two addresses, each where it says."""
    one = write("name,email,city\nAda Lovelace,ada@x.example,Utrecht\n", "one.csv")
    other = write("name,email,city,country\nAda Lovelace,ada@x.example,Utrecht,FR\n", "other.csv")
    told = []
    for paths in ([one, other], [other, one]):
        with CRM.open("memory:", clock=ManualClock(), new_id=SequenceIds()) as crm:
            imported(crm, paths)
            told.append(sorted((a.country, a.latitude or 0) for a in person(crm, "ada@x.example").addresses))

    assert [[("", 52.09), ("FR", 0)]] * 2 == told
