"""What each column of a table holds, found by its header and by its content.

Headers are read first; content confirms or overrules them, and speaks alone where a header says nothing. Every guess
says why, and the caller's own ``roles`` always win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene._columns_content import content_roles
from crmcore.hygiene._columns_context import settle
from crmcore.hygiene._headers import read_header
from crmcore.hygiene._profile import CountedCells, Profile, is_unique, profile
from crmcore.hygiene._shapes import Shape
from crmcore.hygiene.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcore.hygiene._headers import HeaderReading
    from crmcore.hygiene._profile import Cell

__all__ = ["CountedCells", "RoleGuess", "guess_roles"]

_FITS: Mapping[Role, tuple[Shape, ...]] = {
    Role.FULL_NAME: (Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.GIVEN_NAME: (Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.MIDDLE_NAME: (Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.FAMILY_NAME: (Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.PREFERRED_NAME: (Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.NAME_PREFIX: (Shape.NAME_WORD, Shape.NAME_WORDS, Shape.PREFIX),
    Role.NAME_SUFFIX: (Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.EMAIL: (Shape.EMAIL,),
    Role.PHONE: (Shape.PHONE, Shape.NUMBER, Shape.CODE),
    Role.DATE_OF_BIRTH: (Shape.DATE, Shape.INSTANT, Shape.YEAR, Shape.NUMBER),
    Role.CREATED_AT: (Shape.DATE, Shape.INSTANT, Shape.YEAR, Shape.NUMBER),
    Role.UPDATED_AT: (Shape.DATE, Shape.INSTANT, Shape.YEAR, Shape.NUMBER),
    Role.OTHER_DATE: (Shape.DATE, Shape.INSTANT, Shape.YEAR, Shape.NUMBER),
    Role.BIRTH_PLACE: (Shape.NAME_WORD, Shape.NAME_WORDS, Shape.COUNTRY, Shape.STREET),
    Role.CITY: (Shape.NAME_WORD, Shape.NAME_WORDS, Shape.COUNTRY, Shape.STREET),
    Role.COUNTRY: (Shape.COUNTRY, Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.JOB_TITLE: (Shape.JOB_TITLE, Shape.NAME_WORD, Shape.NAME_WORDS),
    Role.GENDER: (Shape.GENDER, Shape.NAME_WORD, Shape.NUMBER),
    Role.HOUSE_NUMBER: (Shape.HOUSE_NUMBER, Shape.NUMBER, Shape.CODE),
    Role.POSTCODE: (Shape.POSTCODE, Shape.NUMBER, Shape.CODE, Shape.HOUSE_NUMBER),
    Role.LINKEDIN: (Shape.LINKEDIN, Shape.URL, Shape.CODE, Shape.NAME_WORD),
    Role.GITHUB: (Shape.GITHUB, Shape.URL, Shape.CODE, Shape.NAME_WORD),
}
"""The shapes of which a column of the role must show some; roles that are not listed may hold any text."""

_FREE = frozenset((Role.NOTES, Role.TEXT, Role.TAGS, Role.CATEGORY, Role.NUMBER, Role.SOURCE, Role.STATUS, Role.SKILLS))
"""Roles whose header is believed whatever the cells hold."""


@attrs.frozen(kw_only=True)
class RoleGuess:
    """What one column holds, as far as can be told.

    Attributes:
        column: the header, exactly as it is in the data.
        role: the meaning.
        confidence: 0 to 1; 1 for a role that the caller set.
        why: the evidence, as a sentence for people.

    """

    column: str
    role: Role
    confidence: float
    why: str


def guess_roles(
    columns: Mapping[str, Sequence[Cell] | CountedCells],
    *,
    roles: Mapping[str, Role | str] | None = None,
    sample: int = 2000,
) -> tuple[RoleGuess, ...]:
    """Return one guess a column, in the order of *columns*.

    At most 4 x *sample* different cells of each column are looked at, and *sample* distinct values of them, chosen by
    what they say: the order of rows and columns does not matter. A column without any value keeps the role of its
    header, if that says one, for its values may come later.

    Args:
        columns: header -> one cell a row, or its different cells with their counts.
        roles: roles that the caller knows; they win over everything.
        sample: how many distinct values of a column to look at.

    Raises:
        UnknownColumn: *roles* names a column that is not there.
        InputError: *roles* names a role that does not exist.

    >>> table = {"id": ["1", "2"], "who": ["ada@example.org", "g.h@example.com"], "Geb.-Datum": ["10.12.1815", None]}
    >>> [guess.role.value for guess in guess_roles(table)]
    ['record_id', 'email', 'date_of_birth']
    """
    if sample < 1:
        raise InputError(f"sample must be at least 1, not {sample}")
    told = _told_roles(columns, roles or {})
    profiles = {column: profile(cells, sample=sample) for column, cells in columns.items() if column not in told}
    guesses = {column: _guess(column, columns[column], seen) for column, seen in profiles.items()}
    settled = settle({column: (guess.role, guess.why) for column, guess in guesses.items()} | told, profiles)
    for column, (role, why) in settled.items():
        if column in told:
            guesses[column] = RoleGuess(column=column, role=role, confidence=1.0, why=why)
        elif role is not guesses[column].role:
            confidence = min(guesses[column].confidence, 0.8)
            guesses[column] = RoleGuess(column=column, role=role, confidence=confidence, why=why)
    return tuple(guesses[column] for column in columns)


def _told_roles(columns: Iterable[str], roles: Mapping[str, Role | str]) -> dict[str, tuple[Role, str]]:
    told, columns = {}, list(columns)
    for column, role in roles.items():
        if column not in columns:
            raise UnknownColumn(column, columns)
        try:
            told[column] = (Role(role), "set by the caller")
        except ValueError as error:
            known = ", ".join(Role)
            raise InputError(f"column {column!r}: there is no role {role!r}; the roles are: {known}") from error
    return told


def _guess(column: str, cells: Sequence[Cell] | CountedCells, seen: Profile) -> RoleGuess:
    header = read_header(column)
    if not seen.values:
        role = header.role or Role.EMPTY
        why = f"the header says {_said(role)}; no row has a value" if header.role else "no row has a value"
        return RoleGuess(column=column, role=role, confidence=0.5 if header.role else 1.0, why=why)
    if header.stranger:
        role = Role.CATEGORY if seen.is_low else Role.TEXT
        why = f"the header speaks of another than the person of the row ({header.stranger!r})"
        return RoleGuess(column=column, role=role, confidence=header.confidence, why=why)
    role, confidence, why = _by_header(header, cells, seen) if header.role else _by_content(cells, seen)
    return RoleGuess(column=column, role=role, confidence=round(confidence, 2), why=why)


def _by_header(header: HeaderReading, cells: Sequence[Cell] | CountedCells, seen: Profile) -> tuple[Role, float, str]:
    role = header.role or Role.TEXT
    if role is Role.RECORD_ID:
        return _record_id(header, cells, seen)
    if role in _FREE:
        return role, header.confidence, f"the header says {_said(role)}"
    shapes = _FITS.get(role)
    fit = seen.any_of(*shapes) if shapes else None
    for other, share, found in content_roles(seen):
        if other is role:
            return role, min(0.99, header.confidence + 0.1 * share), f"the header says {_said(role)}; {found}"
        if _overrules(role, other, share, fit):
            return other, 0.8 * share, f"the header says {_said(role)}, but {found}"
    if fit is None or fit >= 0.1:
        return role, header.confidence, f"the header says {_said(role)}"
    return role, header.confidence / 2, f"the header says {_said(role)}, though few of the values look like it"


def _overrules(role: Role, other: Role, share: float, fit: float | None) -> bool:
    """Tell whether content of *other* in *share* of the values outweighs a header whose role fits *fit* of them."""
    if other in _UNMISTAKABLE:
        return share >= 0.6 and not (role in _WEB and other in _WEB)
    return fit is not None and fit < 0.1 and share >= 0.8


_WEB = frozenset((Role.LINKEDIN, Role.GITHUB, Role.URL))
_UNMISTAKABLE = frozenset((Role.EMAIL, *_WEB))


def _record_id(header: HeaderReading, cells: Sequence[Cell] | CountedCells, seen: Profile) -> tuple[Role, float, str]:
    said = f"the header says {_said(Role.RECORD_ID)}"
    for other, share, found in content_roles(seen):
        if other in _UNMISTAKABLE and share >= 0.6:
            return other, 0.8 * share, f"{said}, but {found}"
    if is_unique(cells):
        return Role.RECORD_ID, 0.99, f"{said}; every row has its own"
    return Role.RECORD_ID, header.confidence * 0.7, f"{said}, though it is not different in every row"


def _by_content(cells: Sequence[Cell] | CountedCells, seen: Profile) -> tuple[Role, float, str]:
    if _could_be_record_id(seen) and is_unique(cells):
        return Role.RECORD_ID, 0.75, "every row has a code of its own"
    for role, share, found in content_roles(seen):
        return role, 0.75 * share, found
    if seen.is_low:
        return Role.CATEGORY, 0.6, f"{seen.distinct} different values in {seen.filled} cells looked at"
    return Role.TEXT, 0.3, "neither the header nor the values say what it is"


def _could_be_record_id(seen: Profile) -> bool:
    """Codes, one in every row; a phone number, a date or an amount that happens to be unique is none of these."""
    if seen.distinct < seen.rows or seen.rows < 2:
        return False
    if seen.share(Shape.UUID) == 1.0:
        return True
    if seen.share(Shape.CODE) < 1.0 or seen.any_of(Shape.DATE, Shape.PHONE, Shape.NATIONAL_ID, Shape.POSTCODE) > 0.5:
        return False
    return seen.rows >= 20 and (seen.is_counting or seen.has_one_length or seen.share(Shape.NUMBER) < 0.5)


def _said(role: Role) -> str:
    return role.value.replace("_", " ")
