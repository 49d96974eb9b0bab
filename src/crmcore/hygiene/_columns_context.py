"""What the other columns say about a column: "name" beside "first name" is the family name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.hygiene._headers import read_header
from crmcore.hygiene._shapes import Shape
from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.hygiene._profile import Profile

__all__ = ["settle"]

Guess = tuple[Role, str]

_SECOND_LINE = frozenset(["2", "3", "zwei", "zusatz", "complement", "apartment", "apt", "unit", "flat"])


def settle(guesses: Mapping[str, Guess], profiles: Mapping[str, Profile]) -> dict[str, Guess]:
    """Return the guesses again, changed where the other columns make another meaning plain.

    Columns without a profile were set by the caller and never change. Of two that could change, the one whose header
    comes first in the alphabet does, wherever it stands in the table.
    """
    settled = dict(guesses)
    for column, seen in sorted(profiles.items()):
        roles = {role for other, (role, _) in settled.items() if other != column}
        role, _ = settled[column]
        if (
            found := _name(column, role, roles, seen)
            or _title(column, role, seen)
            or _street(column, role, roles, seen)
        ):
            settled[column] = found
    return settled


def _name(column: str, role: Role, roles: set[Role], seen: Profile) -> Guess | None:
    several = seen.share(Shape.NAME_WORDS)
    has_given, has_family = Role.GIVEN_NAME in roles, Role.FAMILY_NAME in roles
    if role is Role.FULL_NAME and seen.share(Shape.COMPANY) >= 0.3:
        return Role.COMPANY, "the header says name, but the values look like company names"
    if role is Role.FULL_NAME and several < 0.3 and seen.share(Shape.NAME_WORD) >= 0.5:
        if has_given and not has_family and Role.FULL_NAME not in roles:
            return Role.FAMILY_NAME, "a name of single words beside a column of given names"
        if has_family and not has_given and Role.FULL_NAME not in roles:
            return Role.GIVEN_NAME, "a name of single words beside a column of family names"
    if role in (Role.GIVEN_NAME, Role.FAMILY_NAME) and several >= 0.7 and not (has_given or has_family):
        return (
            Role.FULL_NAME,
            f"{several:.0%} of the values are several words, and no column has the other part of the name",
        )
    if role is Role.TEXT and has_given and not has_family and Role.FULL_NAME not in roles:
        known = read_header(column).role is not None or read_header(column).stranger
        if not known and seen.share(Shape.NAME_WORD) >= 0.8 and not seen.is_low:
            return Role.FAMILY_NAME, "single words like names beside a column of given names"
    return None


def _title(column: str, role: Role, seen: Profile) -> Guess | None:
    if role is not Role.JOB_TITLE or read_header(column).phrase != "title":
        return None
    if seen.share(Shape.PREFIX) >= 0.6:
        return Role.NAME_PREFIX, f"{seen.share(Shape.PREFIX):.0%} of the values are titles before names"
    if sum(any(map(str.isdigit, value)) for value in seen.values) > 0.5 * len(seen.values):
        return Role.TEXT, "the header says title, but most of the values have digits"
    return None


def _street(column: str, role: Role, roles: set[Role], seen: Profile) -> Guess | None:
    if role not in (Role.ADDRESS, Role.STREET) or not seen.values:
        return None
    numbered = sum(any(map(str.isdigit, value)) for value in seen.values) / len(seen.values)
    second_line = not _SECOND_LINE.isdisjoint(read_header(column).phrase.split())
    if role is Role.ADDRESS and Role.HOUSE_NUMBER in roles and numbered < 0.3 and not second_line:
        return Role.STREET, "an address without numbers beside a column of house numbers"
    if role is Role.STREET and Role.HOUSE_NUMBER not in roles and numbered >= 0.5:
        return Role.ADDRESS, f"{numbered:.0%} of the streets carry a number"
    return None
