"""The roles that the content of a column speaks for, without its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.hygiene._shapes import Shape
from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.hygiene._profile import Profile

__all__ = ["content_roles"]

_RULES: tuple[tuple[Shape, float, Role], ...] = (
    (Shape.LINKEDIN, 0.6, Role.LINKEDIN),
    (Shape.GITHUB, 0.6, Role.GITHUB),
    (Shape.EMAIL, 0.6, Role.EMAIL),
    (Shape.URL, 0.6, Role.URL),
    (Shape.INSTANT, 0.6, Role.OTHER_DATE),
    (Shape.DATE, 0.7, Role.OTHER_DATE),
    (Shape.NATIONAL_ID, 0.8, Role.NATIONAL_ID),
    (Shape.MONEY, 0.8, Role.SALARY),
    (Shape.PHONE, 0.7, Role.PHONE),
    (Shape.TIME_ZONE, 0.8, Role.TIME_ZONE),
    (Shape.LOCALE, 0.8, Role.LOCALE),
    (Shape.POSTCODE, 0.8, Role.POSTCODE),
    (Shape.NUMBERED_STREET, 0.5, Role.ADDRESS),
    (Shape.STREET, 0.5, Role.STREET),
    (Shape.COMPANY, 0.3, Role.COMPANY),
    (Shape.SKILL, 0.4, Role.SKILLS),
    (Shape.JOB_TITLE, 0.4, Role.JOB_TITLE),
    (Shape.NUMBER, 0.9, Role.NUMBER),
    (Shape.LONG_TEXT, 0.5, Role.TEXT),
)
"""Shape, the share of the values that must have it, and the role it speaks for; the surest first."""

_CLOSED: tuple[tuple[Shape, float, Role], ...] = (
    (Shape.GENDER, 0.7, Role.GENDER),
    (Shape.YES_NO, 0.9, Role.CATEGORY),
    (Shape.PREFIX, 0.7, Role.NAME_PREFIX),
    (Shape.COUNTRY, 0.7, Role.COUNTRY),
    (Shape.STATUS, 0.6, Role.STATUS),
)
"""The same for shapes that are short lists of words."""

_MANY_YEARS = 25


def content_roles(seen: Profile) -> Iterator[tuple[Role, float, str]]:
    """Yield (role, share of the values, finding), the surest first; nothing where the content says nothing.

    Shares are of the distinct values looked at, 0 to 1.
    """
    yield from _closed(seen)
    for shape, floor, role in _RULES:
        share = seen.share(shape)
        if share >= floor and not (shape is Shape.NUMBER and seen.is_low):
            yield _dated(role, seen), share, f"{share:.0%} of the values look like {shape.value}"
    yield from _names(seen)


def _closed(seen: Profile) -> Iterator[tuple[Role, float, str]]:
    for shape, floor, role in _CLOSED:
        share = seen.share(shape)
        enough = 2 if shape in (Shape.GENDER, Shape.YES_NO) else 1
        if share >= floor and seen.distinct >= enough and not (shape is Shape.GENDER and _only_yes_no(seen)):
            yield role, share, f"{share:.0%} of the values look like {shape.value}"


def _only_yes_no(seen: Profile) -> bool:
    return seen.share(Shape.YES_NO) == 1.0


def _dated(role: Role, seen: Profile) -> Role:
    """Dates without a time that span a generation are birthdays, unless the header says otherwise."""
    if role is not Role.OTHER_DATE or seen.share(Shape.INSTANT) >= 0.6:
        return role
    years = sorted(year for value in seen.values if (year := _year(value)))
    if len(years) < 5:
        return role
    inner = years[len(years) // 10 : -(len(years) // 10) or None]
    return Role.DATE_OF_BIRTH if inner[-1] - inner[0] >= _MANY_YEARS else role


def _year(text: str) -> int:
    digits = [part for part in "".join(c if c.isdecimal() else " " for c in text[:40]).split() if len(part) in (4, 8)]
    for part in digits:
        for four in (part[:4], part[-4:]):
            if 1500 <= int(four) < 2100:
                return int(four)
    return 0


def _names(seen: Profile) -> Iterator[tuple[Role, float, str]]:
    given, single, several = (seen.share(shape) for shape in (Shape.GIVEN, Shape.NAME_WORD, Shape.NAME_WORDS))
    if single >= 0.8 and given >= 0.25:
        yield Role.GIVEN_NAME, single, f"{given:.0%} of the values are known given names"
    elif several >= 0.6 and given >= 0.2:
        yield Role.FULL_NAME, several, f"{several:.0%} of the values are several words, often with a known given name"
