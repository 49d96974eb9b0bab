"""How one value is written down: phones, dates, profile addresses, surnames with particles."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmcore.testing._sample_draw import Draw
    from crmcore.testing._sample_tables import Country

__all__ = ["day", "phone", "profile", "surname_variant"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTICLES = ("De ", "Van ", "Di ", "Da ", "Dos ", "Al-", "El-", "O'", "D'", "Mac", "Mc", "Von ", "La ", "Le ")


def phone(draw: Draw, country: Country, number: str, style: str) -> str:
    """Write a national number (digits without the trunk 0) in one of the styles that `_sample_sources` names."""
    trunk = country.trunk + number
    match style:
        case "e164":
            return f"+{country.dial}{number}"
        case "international":
            return f"+{country.dial} {_grouped(draw, country, trunk)[len(country.trunk) :].strip()}"
        case "zeros":
            return f"00{country.dial}{number}"
        case "trunk-in-brackets":
            spaced = _grouped(draw, country, trunk)[len(country.trunk) :].strip()
            return f"+{country.dial} ({country.trunk}) {spaced}" if country.trunk else f"+{country.dial} {spaced}"
        case "national":
            return _grouped(draw, country, trunk)
        case "dashed":
            return _grouped(draw, country, trunk).replace(" ", draw.pick("-./"))
        case "no-trunk":
            return number
        case "float":
            return f"{number}.0"
        case "labelled":
            return draw.pick(("mob ", "Tel: ", "m: ", "cell ")) + _grouped(draw, country, trunk)
        case _:
            return trunk


def _grouped(draw: Draw, country: Country, digits: str) -> str:
    parts, at = [], 0
    for size in draw.pick(country.groups):
        if at >= len(digits):
            break
        parts.append(digits[at : at + size])
        at += size
    if at < len(digits):
        parts[-1] += digits[at:]
    if country.dial == "1" and draw.chance(0.5):
        return f"({parts[0]}) {'-'.join(parts[1:])}"
    return " ".join(parts)


def day(date: str, style: str, *, month_first: bool) -> str:
    """Write an ISO date as a source does.

    >>> [day("1985-03-07", style, month_first=False) for style in ("iso", "day-first", "spelled")]
    ['1985-03-07', '07/03/1985', '7 Mar 1985']
    >>> day("1985-03-07", "day-first", month_first=True)
    '03/07/1985'
    """
    year, month, number = date.split("-")
    if style == "day-first":
        return f"{month}/{number}/{year}" if month_first else f"{number}/{month}/{year}"
    if style == "spelled":
        return f"{int(number)} {_MONTHS[int(month) - 1]} {year}"
    return date


def profile(draw: Draw, host: str, path: str) -> str:
    """Write a profile's address in one of the ways that people paste it."""
    kind = draw.random()
    if kind < 0.4:
        return f"https://www.{host}/{path}"
    if kind < 0.55:
        return f"https://www.{host}/{path}/"
    if kind < 0.75:
        return f"{host}/{path}"
    if kind < 0.85:
        return f"http://{host}/{path}/"
    if kind < 0.93:
        return f"www.{host}/{path}?utm_source=share"
    return f"https://{host}/{path}".upper() if kind > 0.98 else f"https://{host}/{path}"


def surname_variant(draw: Draw, surname: str) -> str:
    """Write a surname with its particles, hyphens and second parts in one of the usual ways."""
    for particle in _PARTICLES:
        if surname.startswith(particle) and len(surname) > len(particle) + 2:
            rest = surname[len(particle) :]
            letter = particle.strip(" -'")
            return draw.pick(
                (f"{particle.lower()}{rest}", f"{letter}{rest}", f"{letter} {rest}", f"{particle}{rest.lower()}")
            )
    if "-" in surname:
        first, _, second = surname.partition("-")
        return draw.pick((f"{first} {second}", first, second, f"{first}{second}"))
    first, _, second = surname.partition(" ")
    return draw.pick((first, first, f"{first}-{second}")) if second else surname
