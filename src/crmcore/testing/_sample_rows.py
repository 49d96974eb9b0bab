"""One row about one person, as one source would hold it at one time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.testing._sample_draw import Weighted
from crmcore.testing._sample_errors import misheard, mistyped, plain, scanned, wrong_digit
from crmcore.testing._sample_format import day, phone, profile, surname_variant
from crmcore.testing._sample_lives import LAST_YEAR
from crmcore.testing._sample_people import as_of

if TYPE_CHECKING:
    from crmcore.testing._sample_draw import Draw
    from crmcore.testing._sample_people import Person
    from crmcore.testing._sample_sources import Source
    from crmcore.testing._sample_world import World
    from crmcore.testing.sample import Difficulty

__all__ = ["write_row"]

_PLACEHOLDERS = {
    "email": ("n/a", "none", "-", "test@test.com", "noemail@noemail.com", "unknown", "no-reply@example.com"),
    "phone": ("0000000000", "123456789", "n/a", "-", "tbc", "999999999", "+440000000000"),
    "company": ("n/a", "-", "unknown", "self-employed", "various", "tbc", "freelance"),
    "city": ("-", "n/a", "unknown", "remote"),
}
_TAGS = (
    "referral",
    "hot",
    "job fair",
    "do not call",
    "talent pool",
    "silver medallist",
    "newsletter",
    "alumni",
    "contractor",
    "student",
)
_OPT_OUTS = Weighted.of(((("yes", "no"), 4), (("TRUE", "FALSE"), 3), (("1", "0"), 2), (("x", ""), 1)))
_TITLES = ("Dr ", "Mr ", "Ms ", "Mrs ", "Dipl.-Ing. ", "Prof. ")
_SHORT_TITLES = (("Senior", "Sr."), ("Manager", "Mgr"), ("Engineer", "Eng."), ("Developer", "Dev"))
_LETTERS = (" MBA", ", PhD", " MSc", ", PMP", " (she/her)", " (he/him)")


@attrs.frozen(kw_only=True)
class _Page:
    """What one row is written from, and the row so far; ``seen`` is the year whose facts it holds."""

    world: World
    draw: Draw
    person: Person
    source: Source
    difficulty: Difficulty
    year: float
    seen: float
    has: frozenset[str]
    row: dict[str, str]


def write_row(world: World, person: Person, source: Source, difficulty: Difficulty) -> dict[str, str]:
    """Write down what a source knows; columns that it leaves empty are not in the row."""
    draw = world.draw
    year = person.since + (LAST_YEAR - person.since) * draw.random()
    page = _Page(
        world=world,
        draw=draw,
        person=person,
        source=source,
        difficulty=difficulty,
        year=year,
        seen=year - 4 * draw.random() if draw.chance(difficulty.stale) else year,
        has=frozenset(name for name, rate in source.filled.items() if draw.chance(rate**difficulty.missing)),
        row={},
    )
    for part in (_names, _mail, _phones, _work, _place, _profiles, _rest):
        part(page)
    row = page.row
    for column, values in _PLACEHOLDERS.items():
        if draw.chance(difficulty.placeholders * source.placeholders) and (column in row) == draw.chance(0.6):
            row[column] = draw.pick(values)
    return row


def _names(page: _Page) -> None:
    draw, person, source, difficulty = page.draw, page.person, page.source, page.difficulty
    given, surname = _given(page), person.surnames[as_of(person.surnames, page.year)][1]
    if draw.chance(difficulty.surname_variants):
        surname = surname_variant(draw, surname)
    given, surname = _slip(page, given), _slip(page, surname)
    if person.suffix and draw.chance(0.4):
        surname += f" {person.suffix}"
    elif draw.chance(0.012):
        given = draw.pick(_TITLES) + given
    elif draw.chance(0.01):
        surname += draw.pick(_LETTERS)
    given, surname = _case(page, given, surname)
    family_first = person.culture == "chinese"
    if draw.chance(source.unsplit):
        whole = f"{surname} {given}" if family_first else draw.pick((f"{given} {surname}", f"{surname}, {given}"))
        page.row[draw.pick(("first_name", "last_name"))] = whole
        return
    if draw.chance(difficulty.swaps * source.swaps * (4 if family_first else 1)):
        given, surname = surname, given
    page.row.update(first_name=given, last_name=surname)


def _given(page: _Page) -> str:
    draw, person, difficulty = page.draw, page.person, page.difficulty
    given = person.given
    if person.short_forms and draw.chance(difficulty.nicknames * page.source.nicknames):
        return draw.pick(person.short_forms)
    if draw.chance(difficulty.initials * page.source.initials):
        return given[0] + draw.pick((".", ""))
    if person.middle and draw.chance(0.4):
        return given + draw.pick((f" {person.middle}", f" {person.middle[0]}.", f" {person.middle[0]}"))
    if "-" in given and draw.chance(0.4):
        return draw.pick((given.replace("-", " "), given.partition("-")[0], given.replace("-", "")))
    return given


def _slip(page: _Page, name: str) -> str:
    draw = page.draw
    if not draw.chance(page.difficulty.typos * page.source.care):
        return name
    if page.source.scanned and draw.chance(0.6):
        return scanned(draw, name)
    name = mistyped(draw, name) if draw.chance(0.6) else misheard(draw, name)
    return mistyped(draw, name) if draw.chance(0.12) else name


def _case(page: _Page, given: str, surname: str) -> tuple[str, str]:
    draw, source, kind = page.draw, page.source, page.draw.random()
    if not (given.isascii() and surname.isascii()) and draw.chance(source.plain):
        german = draw.chance(0.5)
        given, surname = plain(given, german=german), plain(surname, german=german)
    if kind < source.upper:
        return given.upper(), surname.upper()
    if kind < source.upper + source.lower:
        return given.lower(), surname.lower()
    return (given, surname.upper()) if kind > 0.985 else (given, surname)


def _mail(page: _Page) -> None:
    draw, person, source = page.draw, page.person, page.source
    personal = person.emails[as_of(person.emails, page.seen)][1]
    work = person.jobs[as_of(person.jobs, page.seen)][1].email if person.jobs else personal
    first, second = (work, personal) if draw.chance(source.work_first) else (personal, work)
    if person.shared_email and draw.chance(page.difficulty.shared):
        first = person.shared_email
    if "email" in page.has:
        page.row["email"] = _address(page, first)
    if "email_2" in page.has and second != first:
        page.row["email_2"] = _address(page, second)


def _phones(page: _Page) -> None:
    draw, person, source = page.draw, page.person, page.source
    mobile = person.mobiles[as_of(person.mobiles, page.seen)][1]
    fixed = person.homes[as_of(person.homes, page.seen)][1].landline if draw.chance(0.45) else mobile
    if source.via_agency and draw.chance(0.75):
        page.row["tags"], box, fixed = page.world.agency(person.country)
        if "email" in page.has:
            page.row["email"] = box
    for column, number in (("phone", fixed), ("mobile", mobile)):
        if column in page.has:
            slips = draw.chance(page.difficulty.typos * source.care * 0.35)
            digits = wrong_digit(draw, number) if slips else number
            page.row[column] = phone(draw, person.country, digits, draw.weigh(source.phones))


def _address(page: _Page, address: str) -> str:
    draw = page.draw
    if draw.chance(page.difficulty.typos * page.source.care * 0.5):
        local, _, host = address.partition("@")
        name, _, rest = host.partition(".")
        address = f"{mistyped(draw, local)}@{host}" if draw.chance(0.6) else f"{local}@{mistyped(draw, name)}.{rest}"
    kind = draw.random()
    if kind < 0.03:
        return address.upper()
    if kind < 0.06:
        return address.title()
    return f"mailto:{address}" if kind > 0.995 else f"{address} " if kind > 0.985 else address


def _work(page: _Page) -> None:
    draw, person, source = page.draw, page.person, page.source
    if not person.jobs:
        return
    job = person.jobs[as_of(person.jobs, page.seen)][1]
    if "company" in page.has:
        name = job.company.name
        if job.company.form and draw.chance(source.legal_form):
            name = f"{name}{draw.pick((' ', ' ', ', '))}{job.company.form}"
        if draw.chance(page.difficulty.typos * source.care * 0.3):
            name = mistyped(draw, name)
        page.row["company"] = _cased(page, name)
    if "job_title" in page.has:
        title = job.title
        if draw.chance(0.25):
            for long, short in _SHORT_TITLES:
                title = title.replace(long, short)
        page.row["job_title"] = _cased(page, title)


def _cased(page: _Page, text: str) -> str:
    kind = page.draw.random()
    if kind < page.source.upper:
        return text.upper()
    return text.lower() if kind < page.source.upper + page.source.lower else text


def _place(page: _Page) -> None:
    draw, source, has = page.draw, page.source, page.has
    home = page.person.homes[as_of(page.person.homes, page.seen)][1]
    slip = page.difficulty.typos * source.care
    if "street" in has:
        page.row["street"] = mistyped(draw, home.street) if draw.chance(slip) else home.street
    if "city" in has:
        city = plain(home.city) if draw.chance(source.plain) else home.city
        page.row["city"] = mistyped(draw, city) if draw.chance(slip * 0.4) else city
    if "postcode" in has and home.postcode:
        page.row["postcode"] = home.postcode.replace(" ", "") if draw.chance(0.2) else home.postcode
    if "country" in has:
        country = page.person.country
        page.row["country"] = country.code if source.country == "code" or draw.chance(0.1) else country.name


def _profiles(page: _Page) -> None:
    draw, person = page.draw, page.person
    if "linkedin" in page.has and person.linkedin:
        page.row["linkedin"] = profile(draw, "linkedin.com", f"in/{person.linkedin}")
    if "github" in page.has and person.github:
        page.row["github"] = profile(draw, "github.com", person.github)
    if "skills" in page.has:
        page.row["skills"] = page.source.skills.join(skill for skill in person.skills if draw.chance(0.75))


def _rest(page: _Page) -> None:
    draw, source, row, has, year = page.draw, page.source, page.row, page.has, page.year
    month_first = page.person.country.code == "US"
    if "tags" in has:
        row.setdefault("tags", draw.pick(_TAGS))
    if "date_of_birth" in has:
        born = page.person.born
        if draw.chance(page.difficulty.typos * source.care * 0.4):
            swapped = f"{born[:5]}{born[8:]}-{born[5:7]}"
            born = swapped if int(born[8:]) <= 12 else wrong_digit(draw, born[:4]) + born[4:]
        row["date_of_birth"] = day(born, source.day, month_first=month_first)
    if "updated_at" in has:
        at = int(year % 1 * 336)
        date = f"{int(year)}-{at // 28 + 1:02}-{at % 28 + 1:02}"
        clock = draw.fill(f"T{draw.between(7, 19):02}:{draw.between(0, 5)}#:{draw.between(0, 5)}#Z")
        timed = source.moment == "iso-time"
        row["updated_at"] = date + clock if timed else day(date, source.moment, month_first=month_first)
    if "opt_out" in has:
        row["opt_out"] = draw.weigh(_OPT_OUTS)[0 if year > page.person.opted_out else 1]
