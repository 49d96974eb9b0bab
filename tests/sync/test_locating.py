"""Addresses get the coordinates of their cities, and never lose those that they were given."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene import Gazetteer, Place
from crmcore.model import ContactRecord, Organisation, PostalAddress, Provenance
from crmcore.sync import Locator, Precedence, located, resolve

AT_HOME = {"latitude": 52.0, "longitude": 5.0}
UTRECHT, AMSTERDAM = (52.09, 5.12), (52.37, 4.9)


def contact(address, *, source="ats"):
    """Somebody who lives there."""
    return ContactRecord(id=source, addresses=(address,)).observed(Provenance(source=source))


def point(address):
    """Where an address lies, and what derived it."""
    return address.latitude, address.longitude, address.located_by


def place(**parts):
    """Where an address of these parts is put."""
    region = parts.pop("default", None)
    return point(Locator(region=region).address(PostalAddress.of(**parts)))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"city": "Utrecht"}, UTRECHT),
        ({"city": "UTRECHT", "country": "Nederland"}, UTRECHT),
        ({"city": "Utrecht, NL", "postcode": "3511"}, UTRECHT),
        ({"city": "Cambridge"}, (52.21, 0.12)),
        ({"city": "Paris", "default": "GB"}, (48.86, 2.35)),
        ({"city": "Portland", "region": "Oregon"}, (45.52, -122.68)),
        ({"city": "Milan", "region": "MI", "default": "IT"}, (45.46, 9.19)),
    ],
)
def test_a_city_that_is_known_tells_where_the_address_lies(parts, expected):
    """With its country, or without; and it is told that it was the gazetteer who said so."""
    assert (*expected, "gazetteer") == place(**parts)


@pytest.mark.parametrize(
    "parts",
    [
        {"city": "Utrecht", "country": "FR"},
        {"city": "Utrecht, NL", "country": "FR"},
        {"city": "Utrecht", "country": "Atlantis"},
        {"city": "Utrecht", "country": "FR", "default": "NL"},
        {"city": "Klein Duimpjesdorp"},
        {"city": "Amersfoort-Noord", "country": "NL"},
        {"city": "Portland", "region": "ME", "country": "US"},
        {"city": "Paris", "region": "TX"},
        {"city": "Paris", "region": "TX", "default": "US"},
        {"street": "Utrecht"},
    ],
)
def test_nothing_is_guessed(parts):
    """A city that is not known, or not in its country, has no coordinates."""
    assert (None, None, None) == place(**parts)


def test_of_places_of_one_name_the_country_or_the_region_decides_then_the_size():
    """The region of the import is a default, not a claim."""
    large = Place(names=("Springfield",), country="US", latitude=39.8, longitude=-89.6, people=114_000)
    small = Place(names=("Springfield",), country="NZ", latitude=-43.3, longitude=171.9, people=400)
    address, said = PostalAddress.of(city="Springfield"), PostalAddress.of(city="Springfield", country="US")
    there, anywhere = (Locator(places=Gazetteer([large, small]), region=region) for region in ("NZ", "NL"))

    assert (-43.3, 171.9, "gazetteer") == point(there.address(address))
    assert (39.8, -89.6, "gazetteer") == point(there.address(said)) == point(anywhere.address(address))


@pytest.mark.parametrize("given_part", [AT_HOME, {"latitude": 52.0}, {**AT_HOME, "located_by": "street-register"}])
def test_what_was_given_stays(given_part):
    """So does what somebody else derived, and the half of a point."""
    home = PostalAddress.of(city="Utrecht").evolve(**given_part)

    assert home is Locator().address(home)


def test_what_was_derived_follows_the_city():
    """It moves with it, and goes where the new one is not known; what is changed by hand counts as given."""
    (home,) = located(contact(PostalAddress.of(city="Utrecht"))).addresses
    moved, lost = home.evolve(city="Amsterdam"), home.evolve(country="FR")
    by_copy = home.model_copy(update={"city": "Nowhere at all"})
    by_hand = home.evolve(latitude=52.1, longitude=5.2)

    assert (None, None, None) == point(moved) == point(lost) == point(Locator().address(lost))
    assert (*AMSTERDAM, "gazetteer") == point(Locator().address(moved))
    assert (None, None, None) == point(Locator().address(by_copy))
    assert (52.1, 5.2, None) == point(Locator().address(by_hand))
    assert point(home) == point(home.evolve(street="Oudegracht", city="Utrecht"))


def test_an_organisation_is_located_too_and_a_second_time_changes_nothing():
    """The very same record comes back."""
    firm = located(Organisation(id="o1", name="Acme", addresses=(PostalAddress.of(city="Utrecht"),)))

    assert (*UTRECHT, "gazetteer") == point(firm.addresses[0])
    assert firm is located(firm)
    assert ContactRecord(id="c1") == located(ContactRecord(id="c1"))


def test_each_city_of_each_country_is_looked_up_once():
    """However many live there, and whether it is known or not."""

    @attrs.define
    class Counting:
        asked: list[tuple[str, str, str]] = attrs.field(factory=list)

        def find(self, name, /, *, country="", state=""):
            self.asked.append((name, country, state))
            return Gazetteer.built_in().find(name, country=country, state=state)

    counting = Counting()
    locator = Locator(places=counting)
    for city in ("Utrecht", "Nowhere", "Utrecht", "Nowhere"):
        for country in ("NL", "FR"):
            locator.address(PostalAddress.of(city=city, country=country))

    assert 4 == len(counting.asked) == len(set(counting.asked))


derived = Locator().address(PostalAddress.of("1 Gracht", city="Utrecht"))
bare = PostalAddress.of("1 Gracht", city="Utrecht")
told = bare.evolve(**AT_HOME)
elsewhere = Locator().address(PostalAddress.of("1 Gracht", city="Amsterdam"))
disguised = elsewhere.model_copy(update={"normal": bare.normal})
"""In another city under the same key, as a host may make it."""


@given(st.permutations([(derived, "ats"), (told, "crm"), (bare, "card")]), st.sampled_from(["ats", "crm", "card"]))
def test_given_coordinates_survive_whatever_the_order_and_the_trust(several, trusted):
    """Of records of one address, the given point wins over the derived one, and that over none."""
    people = [contact(address, source=source) for address, source in several]
    golden = resolve(people, precedence=Precedence(sources=(trusted,)), id="c1").record

    assert [(52.0, 5.0, None)] == [point(address) for address in golden.addresses]

    without = [one for one in people if one.id != "crm"]

    assert [derived.key] == [address.key for address in resolve(without, id="c1").record.addresses]
    assert [(*UTRECHT, "gazetteer")] == [point(address) for address in resolve(without, id="c1").record.addresses]


@given(st.permutations([bare, derived, told, elsewhere, disguised]))
def test_the_city_of_one_source_never_meets_the_coordinates_of_another(several):
    """Whatever is put together, an address lies in its city."""
    people = [contact(address, source=f"s{index}") for index, address in enumerate(several)]
    golden = resolve(people, id="c1").record
    allowed = {"Utrecht": {UTRECHT, (52.0, 5.0), (None, None)}, "Amsterdam": {AMSTERDAM}}

    assert all((one.latitude, one.longitude) in allowed[one.city] for one in golden.addresses)
    assert {"1 gracht utrecht", "1 gracht amsterdam"} == {one.key for one in golden.addresses}


def test_the_same_street_in_two_cities_is_two_addresses():
    """Neither of them is lost; a city that the text has already is not said twice."""
    golden = resolve([contact(bare), contact(elsewhere, source="crm")], id="c1").record

    assert ["Amsterdam", "Utrecht"] == sorted(one.city for one in golden.addresses)
    assert "1 gracht, utrecht" == PostalAddress.of("1 Gracht, Utrecht", city="Utrecht").raw.casefold()
    assert bare.key == PostalAddress.of("1 Gracht, Utrecht", city="Utrecht").key
    assert 1_000 == len(PostalAddress.of("x" * 1_000, city="Utrecht").key)
