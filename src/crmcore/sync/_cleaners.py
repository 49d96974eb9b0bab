"""Which cleaner of hygiene judges the cells of a column, by its role."""

from __future__ import annotations

from functools import lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.roles import Role
from crmcore.hygiene.verdict import Cleaned, Verdict
from crmcore.model.scalars import label_key

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["judge_of", "plain"]

CLEANERS: dict[Role, tuple[str, str]] = {
    Role.EMAIL: ("emails", "clean_email"),
    Role.PHONE: ("phones", "clean_phone"),
    Role.URL: ("urls", "clean_url"),
    Role.LINKEDIN: ("urls", "clean_url"),
    Role.GITHUB: ("urls", "clean_url"),
    Role.DATE_OF_BIRTH: ("dates", "clean_date"),
    Role.CREATED_AT: ("dates", "clean_date"),
    Role.OTHER_DATE: ("dates", "clean_date"),
    Role.COMPANY: ("companies", "clean_company"),
}
"""Role -> module and function within `crmcore.hygiene`; loaded when a column of that role comes."""


def plain(raw: str) -> Cleaned[str]:
    """Judge a text of which nothing is known: it is there, or a marker such as "n/a" stands in its place."""
    if is_missing(raw):
        return Cleaned(raw=raw, value=None, verdict=Verdict.MISSING)
    return Cleaned(raw=raw, value=" ".join(raw.split()), verdict=Verdict.VALID)


def judge_of(role: Role, *, region: str | None = None) -> Callable[[str], tuple[int, str]]:
    """Return a function that gives each cell a grade (2 valid, 1 doubtful, 0 unusable) and the form it compares by.

    Numbers that name no country are those of *region* (ISO 3166), if that is known.
    """
    module, name = CLEANERS.get(role, ("", ""))
    clean: Callable[[str], Cleaned[Any]] = plain
    if module:
        found: Any = getattr(import_module(f"crmcore.hygiene.{module}"), name)
        clean = partial(found, region=region) if role is Role.PHONE else found

    @lru_cache(maxsize=200_000)
    def judge(raw: str) -> tuple[int, str]:
        cleaned = clean(raw)
        grade = GRADES[cleaned.verdict]
        value = raw if cleaned.value is None else cleaned.value
        return grade, label_key(str(getattr(value, "key", value)))

    return judge


GRADES = {Verdict.VALID: 2, Verdict.DOUBTFUL: 1, Verdict.INVALID: 0, Verdict.MISSING: 0}
