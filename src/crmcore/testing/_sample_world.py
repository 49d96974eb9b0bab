"""The world that people are born into: homes, employers, mailboxes and numbers, none given out twice by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.testing._sample_draw import Draw, Weighted
from crmcore.testing._sample_errors import plain
from crmcore.testing._sample_people import Company, Home, company_slug, town_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.testing._sample_tables import City, Country, Tables

__all__ = ["AGENCY_BOXES", "World"]

# Hosts below .example are reserved (RFC 2606), so that a campaign sent to the sample by mistake reaches nobody.
_PROVIDERS = Weighted.of(
    (
        ("gomail.example", 40),
        ("outbox.example", 16),
        ("yoohoo.example", 12),
        ("heissmail.example", 9),
        ("cloudpost.example", 8),
        ("webpost.example", 6),
        ("orangemail.example", 4),
        ("freepost.example", 3),
        ("protonpost.example", 2),
    )
)
AGENCY_BOXES = ("jobs", "cv", "info", "candidates", "office", "recruiting")


@attrs.define
class World:
    """What has been given out so far; the only thing of the sample that changes while it is made."""

    draw: Draw
    tables: Tables
    taken: set[str] = attrs.field(factory=set)
    employers: dict[str, list[Company]] = attrs.field(factory=dict)
    agencies: dict[str, list[tuple[str, str, str]]] = attrs.field(factory=dict)

    def home(self, country: Country) -> Home:
        """Build a home: three of four people live in a city, the others in a small town nearby."""
        draw = self.draw
        city = draw.weigh(country.cities)
        street, number = draw.pick(country.streets), str(draw.between(1, 180))
        if draw.chance(0.2):
            number += draw.pick("abcd") if not country.number_first else ""
        if country.number_first:
            address = f"{number} {street}" if draw.chance(0.75) else f"Flat {draw.between(1, 40)}, {number} {street}"
        else:
            address = f"{street} {number}"
        return Home(
            address,
            city.name if draw.chance(0.77) else town_of(draw, country),
            draw.fill(draw.pick(city.postcodes)),
            self.landline(city),
        )

    def landline(self, city: City) -> str:
        """Give out a fixed line of a city."""
        return self._unused(lambda: _number(self.draw, self.draw.pick(city.landlines)))

    def mobile(self, country: Country) -> str:
        """Give out a mobile number; where mobiles have area codes, one of a city's."""
        draw = self.draw
        if country.mobiles:
            return self._unused(lambda: draw.fill(draw.pick(country.mobiles)))
        city = draw.weigh(country.cities)
        if country.code == "BR":
            return self._unused(lambda: draw.fill(city.landlines[0][:2] + "9########"))
        return self.landline(city)

    def _unused(self, make: Callable[[], str]) -> str:
        while (number := make()) in self.taken:
            pass
        self.taken.add(number)
        return number

    def personal_email(self, given: str, surname: str, year: str) -> str:
        """Give out an address at a provider: most are made of the name, some of nothing to do with it."""
        draw, kind = self.draw, self.draw.random()
        first, last = _local(given), _local(surname)
        if kind < 0.38:
            local = draw.pick((f"{first}.{last}", f"{first}{last}", f"{last}.{first}", f"{first}_{last}"))
        elif kind < 0.6:
            number = draw.pick(("", year[2:4], str(draw.between(1, 99))))
            local = f"{first[:1]}{draw.pick(_JOINTS)}{last}{number}"
        elif kind < 0.85:
            number = draw.pick((year[2:4], year, str(draw.between(1, 999))))
            local = f"{first}{draw.pick(_JOINTS)}{draw.pick((last, last[:1]))}{number}"
        else:
            word = _local(draw.pick(self.tables.company_words))
            local = f"{word}{draw.pick(_HOBBIES)}{draw.between(1, 99)}"
        return self.address(local, draw.weigh(_PROVIDERS))

    def work_email(self, company: Company, given: str, surname: str) -> str:
        """Give out an address at an employer, written as all its addresses are."""
        first, last = _local(given), _local(surname)
        local = (f"{first}.{last}", f"{first[:1]}{last}", f"{first[:1]}.{last}", f"{first}", f"{last}{first[:1]}")[
            company.mailbox
        ]
        return self.address(local, company.domain)

    def address(self, local: str, host: str) -> str:
        """Give out an address, with a number behind the name where it is taken."""
        local = local.strip("._") or "mail"
        address, more = f"{local}@{host}", 1
        while address in self.taken:
            more += 1
            address = f"{local}{more}@{host}"
        self.taken.add(address)
        return address

    def employer(self, country: Country) -> Company:
        """Find an employer: one that is known already the more likely the larger it is, or a new one."""
        known = self.employers.setdefault(country.code, [])
        draw = self.draw
        if known and not draw.chance(0.2):
            return known[int(len(known) * draw.random() ** 2.2)]
        company = self._company(country)
        known.append(company)
        return company

    def _company(self, country: Country) -> Company:
        draw, kind = self.draw, self.draw.random()
        word, field = draw.pick(self.tables.company_words), draw.pick(self.tables.company_fields)
        if kind < 0.5:
            name = f"{word} {field}"
        elif kind < 0.85:
            family = draw.weigh(self.tables.cultures[draw.weigh(country.cultures)].surnames)
            name = draw.pick(
                (f"{family} {field}", f"{family} & {draw.pick(_AND)}", family, f"{town_of(draw, country)} {field}")
            )
        else:
            name = draw.pick(
                (
                    f"{word}{field.lower()}",
                    f"{word[:1]}{field[:1]}{draw.pick('ABCDEMST')} {draw.pick(self.tables.company_fields)}",
                    word,
                )
            )
        form = draw.pick(country.legal_forms) if draw.chance(0.8) else ""
        return Company(
            name,
            form,
            f"{company_slug(name)}{draw.pick(('', '', '', '-' + country.code.lower()))}.example",
            draw.between(0, 4),
        )

    def agency(self, country: Country) -> tuple[str, str, str]:
        """Find an agency of a country: its name, its shared mailbox and its switchboard."""
        draw, known = self.draw, self.agencies.setdefault(country.code, [])
        if not known or draw.chance(0.05):
            name = f"{draw.pick(self.tables.company_words)} {draw.pick(self.tables.agency_words)}"
            box = f"{draw.pick(AGENCY_BOXES)}@{company_slug(name)}-{country.code.lower()}.example"
            known.append((name, box, self.landline(draw.weigh(country.cities))))
        return known[int(len(known) * draw.random() ** 2)]


_JOINTS = ("", ".", "_")
_HOBBIES = (
    "rider",
    "cat",
    "runner",
    "music",
    "dreamer",
    "coder",
    "chef",
    "fan",
    "girl",
    "boy",
    "surf",
    "gamer",
    "moon",
    "x",
)
_AND = ("Sons", "Partners", "Co", "Söhne", "Fils", "Hijos", "Figli", "Brothers")


def _number(draw: Draw, pattern: str) -> str:
    """Fill a fixed line's digits; the first one after the area code is never 0 or 1."""
    area = pattern.rstrip("#")
    return area + str(draw.between(2, 9)) + draw.fill("#" * (len(pattern) - len(area) - 1))


def _local(name: str) -> str:
    return "".join(letter for letter in plain(name).lower() if letter.isalpha())
