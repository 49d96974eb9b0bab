"""Where people live, told from their city: coordinates for addresses that have none of their own.

Coordinates that a source gave, or a person, always stay. Those that were derived from a city say so in
:attr:`~crmcore.model.PostalAddress.located_by`, and follow the city.

>>> from crmcore.model import ContactRecord, PostalAddress
>>> ada = located(ContactRecord(id="c1", addresses=(PostalAddress.of(city="Utrecht", country="NL"),)))
>>> ada.addresses[0].latitude, ada.addresses[0].longitude, ada.addresses[0].located_by
(52.09, 5.12, 'gazetteer')
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore.model.contact import ContactRecord
from crmcore.model.organisation import Organisation

if TYPE_CHECKING:
    from crmcore.hygiene.gazetteer import Place, PlaceFinder
    from crmcore.model.channels import PostalAddress

__all__ = ["GAZETTEER", "Locator", "located"]

R = TypeVar("R", ContactRecord, Organisation)

GAZETTEER = "gazetteer"
"""What `located_by` says of coordinates that are those of the city."""


def located(record: R, *, places: PlaceFinder | None = None, region: str | None = None) -> R:
    """Return the record with the coordinates of its addresses' cities, where those have none of their own.

    Args:
        record: a contact or an organisation.
        places: knows the cities; by default those that come with crmcore.
        region: ISO code of the country that is meant first where an address names none; else, and where it has no
            such city, the place with the most people is meant.

    A city that is not known, or not in the country or the state that the address names, has no coordinates; what was
    derived for the city before it is taken away.
    """
    return Locator(places=places, region=region).record(record)


@attrs.define(kw_only=True)
class Locator:
    """Locates many addresses; each city of each state and country is looked up once.

    Attributes:
        places, region: see :func:`located`.

    """

    places: PlaceFinder | None = None
    region: str | None = None
    _found: dict[tuple[str, str, str], Place | None] = attrs.field(init=False, factory=dict)

    def record(self, record: R) -> R:
        """Return the record with all its addresses located; it is the same one where nothing changes."""
        addresses = tuple(self.address(address) for address in record.addresses)
        if addresses == record.addresses:
            return record
        return record.model_copy(update={"addresses": addresses})  # not evolve(): all of it has been checked

    def address(self, address: PostalAddress) -> PostalAddress:
        """Return the address with the coordinates of its city, unless it has been given its own."""
        has_point = address.latitude is not None or address.longitude is not None
        if has_point and address.located_by != GAZETTEER:
            return address
        place = self._place(address) if address.city else None
        if place is not None:
            where = {"latitude": place.latitude, "longitude": place.longitude, "located_by": GAZETTEER}
        elif has_point:
            where = {"latitude": None, "longitude": None, "located_by": None}
        else:
            return address
        return address.model_copy(update=where)  # a place has been checked

    def _place(self, address: PostalAddress) -> Place | None:
        key = address.city, address.region, address.country
        if key not in self._found:
            self._found[key] = self._looked_up(*key)
        return self._found[key]

    def _looked_up(self, city: str, state: str, country: str) -> Place | None:
        places = _cities() if self.places is None else self.places
        here = places.find(city, country=self.region, state=state) if self.region and not country.strip() else None
        return places.find(city, country=country, state=state) if here is None else here


@cache
def _cities() -> PlaceFinder:
    """Return the cities that come with crmcore; read when the first city is looked up."""
    from crmcore.hygiene.gazetteer import Gazetteer

    return Gazetteer.built_in()
