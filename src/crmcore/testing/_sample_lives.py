"""How the people of the sample come about: alone, in families, and as people who only look like someone else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.testing._sample_draw import Weighted
from crmcore.testing._sample_errors import plain
from crmcore.testing._sample_people import Job, Person, surname_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.testing._sample_people import Company, Home, Spell
    from crmcore.testing._sample_tables import Country, Culture, Occupation
    from crmcore.testing._sample_world import World
    from crmcore.testing.sample import Difficulty

__all__ = ["LAST_YEAR", "lives"]

FIRST_YEAR, LAST_YEAR = 2012.0, 2025.9
_ALIKE_MEMORY = 4000  # how many of the latest people a look-alike may take after
_MARRIES_INTO = {"english", "german", "french", "polish", "dutch", "nordic", "turkish", "indian"}


@attrs.frozen(kw_only=True)
class _Start:
    """What is settled about a person before the rest is drawn."""

    country: Country
    culture: str
    sex: str
    surname: str
    home: Home
    given: tuple[str, tuple[str, ...]]
    born: int
    birthday: str
    suffix: str = ""
    shared_email: str = ""
    shared_mobile: str = ""
    company: Company | None = None


def lives(world: World, difficulty: Difficulty, people: int) -> Iterator[Person]:
    """Bring people about until there are enough; the first k are the same whatever their number."""
    recent: list[Person] = []
    number = 0
    while number < people:
        for start in _household(world, difficulty, recent):
            if number == people:
                return
            person = _grown(world, start, number)
            if len(recent) < _ALIKE_MEMORY:
                recent.append(person)
            else:
                recent[world.draw.between(0, _ALIKE_MEMORY - 1)] = person
            yield person
            number += 1


def _household(world: World, difficulty: Difficulty, recent: list[Person]) -> list[_Start]:
    draw = world.draw
    if recent and draw.chance(difficulty.namesakes):
        return [_namesake(world, draw.pick(recent))]
    first = _someone(world)
    if not draw.chance(difficulty.families):
        return [first]
    if draw.chance(0.5):
        box = f"{plain(first.surname).lower().replace(' ', '')}.family"
        first = attrs.evolve(first, shared_email=world.address(box, "gomail.example"))
    if draw.chance(0.12):
        first = attrs.evolve(first, shared_mobile=world.mobile(first.country))
    return [first, *(_relative(world, first) for _ in range(1 if draw.chance(0.7) else 2))]


def _someone(world: World) -> _Start:
    draw = world.draw
    country = draw.weigh(world.tables.countries)
    culture = draw.weigh(country.cultures)
    sex = "F" if draw.chance(0.5) else "M"
    names = world.tables.cultures[culture]
    return _Start(
        country=country,
        culture=culture,
        sex=sex,
        surname=surname_of(draw, names, name=culture),
        home=world.home(country),
        given=draw.weigh(names.given[sex]),
        born=1957 + int((draw.random() + draw.random()) / 2 * 48),
        birthday=f"{draw.between(1, 12):02}-{draw.between(1, 28):02}",
    )


def _relative(world: World, first: _Start) -> _Start:
    """Draw who lives with someone: a spouse, a brother or sister, a twin, a parent, a son of the same name."""
    draw, kind = world.draw, world.draw.random()
    other = attrs.evolve(
        _someone(world),
        country=first.country,
        home=first.home,
        shared_email=first.shared_email,
        shared_mobile=first.shared_mobile,
    )
    names = world.tables.cultures[first.culture]
    if kind < 0.4:
        born = first.born + draw.between(-6, 6)
        surname = first.surname if draw.chance(0.6) else other.surname
        return attrs.evolve(other, born=born, surname=surname)
    sex = draw.pick("FM")
    given = draw.weigh(names.given[sex])
    while given[0] == first.given[0]:
        given = draw.weigh(names.given[sex])
    other = attrs.evolve(other, culture=first.culture, surname=first.surname, sex=sex, given=given)
    if kind < 0.65:
        return attrs.evolve(other, born=first.born + draw.pick((-5, -4, -3, -2, 2, 3, 4, 5)))
    if kind < 0.8:
        return attrs.evolve(other, born=first.born, birthday=first.birthday)
    born = first.born - draw.between(23, 34) if first.born > 1985 else first.born + draw.between(23, 34)
    if first.sex == "M" and draw.chance(0.5):
        suffix = "Jr." if born > first.born and first.country.code in {"US", "CA"} else ""
        return attrs.evolve(other, sex="M", given=first.given, born=born, suffix=suffix)
    return attrs.evolve(other, born=born)


def _namesake(world: World, model: Person) -> _Start:
    """Draw a stranger with the name of someone: mostly in the same city, at times with the same employer."""
    draw = world.draw
    home = world.home(model.country)
    if draw.chance(0.7):
        home = attrs.evolve(home, city=model.homes[0][1].city)
    other = _someone(world)
    return attrs.evolve(
        other,
        country=model.country,
        culture=model.culture,
        home=home,
        surname=model.surnames[-1][1],
        given=(model.given, model.short_forms),
        born=int(model.born[:4]) if draw.chance(0.1) else other.born,
        company=model.jobs[-1][1].company if model.jobs and draw.chance(0.15) else None,
    )


def _grown(world: World, start: _Start, number: int) -> Person:
    """Live a life from the settled start: marry, move, change jobs, addresses and numbers."""
    draw = world.draw
    names = world.tables.cultures[start.culture]
    occupation = draw.weigh(world.tables.occupations)
    given = start.given[0]
    surnames = _surnames(world, start, names)
    since = max(FIRST_YEAR, start.born + 18.0) + (LAST_YEAR - max(FIRST_YEAR, start.born + 18.0)) * draw.random() * 0.8
    homes: list[Spell[Home]] = [(0.0, start.home)]
    if draw.chance(0.25):
        homes.append((_later(world, since), world.home(start.country)))
    surname = surnames[0][1]
    emails = [(0.0, world.personal_email(given, surname, str(start.born)))]
    while len(emails) < 3 and draw.chance(0.35):
        called = draw.pick(start.given[1]) if start.given[1] and draw.chance(0.4) else given
        emails.append((_later(world, since), world.personal_email(called, surnames[-1][1], str(start.born))))
    mobiles = [(0.0, start.shared_mobile or world.mobile(start.country))]
    if draw.chance(0.3):
        mobiles.append((_later(world, since), world.mobile(start.country)))
    return Person(
        number=number,
        country=start.country,
        culture=start.culture,
        given=given,
        short_forms=start.given[1],
        middle=draw.weigh(names.given[start.sex])[0] if draw.chance(0.2) else "",
        suffix=start.suffix,
        surnames=surnames,
        born=f"{start.born}-{start.birthday}",
        occupation=occupation,
        since=since,
        homes=tuple(homes),
        jobs=tuple(_jobs(world, start, occupation, since, surnames)),
        emails=tuple(sorted(emails)),
        mobiles=tuple(mobiles),
        shared_email=start.shared_email,
        linkedin=_slug(world, given, surnames[-1][1]) if draw.chance(0.55) else "",
        github=_handle(world, given, surname) if occupation.family == "software" and draw.chance(0.35) else "",
        skills=tuple(dict.fromkeys(draw.weigh(occupation.skills) for _ in range(draw.between(2, 9)))),
        opted_out=_later(world, since) if draw.chance(0.05) else 9999.0,
    )


def _surnames(world: World, start: _Start, names: Culture) -> tuple[Spell[str], ...]:
    draw = world.draw
    if start.sex != "F" or start.culture not in _MARRIES_INTO or not draw.chance(0.22):
        return ((0.0, start.surname),)
    married = surname_of(draw, names, name=start.culture)
    if draw.chance(0.2):
        married = f"{start.surname}-{married}"
    return ((0.0, start.surname), (_later(world, FIRST_YEAR), married))


_STINTS = Weighted.of(((0, 6.0), (1, 40.0), (2, 30.0), (3, 16.0), (4, 8.0)))


def _jobs(
    world: World, start: _Start, occupation: Occupation, since: float, surnames: tuple[Spell[str], ...]
) -> Iterator[Spell[Job]]:
    draw = world.draw
    begun = sorted([0.0, *(_later(world, since) for _ in range(3))])
    for place in range(draw.weigh(_STINTS)):
        company = start.company if place == 0 and start.company else world.employer(start.country)
        surname = surnames[-1][1] if begun[place] >= surnames[-1][0] else surnames[0][1]
        email = world.work_email(company, start.given[0], surname)
        yield begun[place], Job(company, draw.weigh(occupation.titles), email)


def _later(world: World, since: float) -> float:
    return since + (LAST_YEAR - since) * world.draw.random()


def _slug(world: World, given: str, surname: str) -> str:
    name = plain(f"{given}-{surname}").lower().replace(" ", "-").replace("'", "")
    more = world.draw.fill("-#####@#@").lower() if world.draw.chance(0.6) else ""
    slug = name + more
    while "in/" + slug in world.taken:
        slug = name + world.draw.fill("-#@######").lower()
    world.taken.add("in/" + slug)
    return slug


def _handle(world: World, given: str, surname: str) -> str:
    draw = world.draw
    first, last = (plain(name).lower().replace(" ", "").replace("'", "") for name in (given, surname))
    handle = draw.pick(
        (
            first[:1] + last,
            f"{first}-{last}",
            first + draw.fill("##"),
            f"{draw.pick(world.tables.company_words).lower()}{last}",
        )
    )
    while "gh/" + handle in world.taken:
        handle += draw.fill("#")
    world.taken.add("gh/" + handle)
    return handle
