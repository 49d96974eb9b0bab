"""The rules of survivorship on cells: what a row says of its age and its source."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.hygiene.dates import clean_date
from crmcore.hygiene.roles import Role
from crmcore.sync.survivorship import Precedence, Rule, completeness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmcore.ports import Cell

__all__ = ["Ranking", "ranking_of"]

ISO_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9])")

PLACES = frozenset({Role.HOUSE_NUMBER, Role.STREET, Role.ADDRESS, Role.CITY, Role.REGION, Role.POSTCODE, Role.COUNTRY})

Held = list[tuple[int, Any]]
"""(row, cell) for each row that holds a value."""


@attrs.frozen(kw_only=True)
class Ranking:
    """Ranks the values of one cluster by the rules that a table can answer.

    Attributes:
        precedence: the rules.
        age: one sortable key a row, or None where no column tells.
        trust: one number a row, more is better, or None where no column tells.

    """

    precedence: Precedence
    age: Callable[[int], tuple[str, str]] | None
    trust: Callable[[int], int] | None

    def of(self, header: str, role: Role) -> Callable[[Held], tuple[Any, ...]]:
        """Return a function that ranks one value by the rows that hold it; more is better."""
        return self.together({header: role})

    def together(self, columns: Mapping[str, Role]) -> Callable[[Held], tuple[Any, ...]]:
        """Return the same for columns decided as one: by the rules of the first header, else role, that has any."""
        own = self.precedence.fields
        whole = Role.ADDRESS if len(columns) > 1 and PLACES.intersection(columns.values()) else Role.FULL_NAME
        names = [*columns, *(role.value for role in columns.values()), *([whole.value] if len(columns) > 1 else [])]
        rules = next((own[name] for name in names if own.get(name)), self.precedence.default)
        asked = [ask for rule in rules if (ask := self._ask(rule)) is not None]
        return lambda held: tuple([ask(held) for ask in asked])  # a list first: this runs for every contested cell

    def _ask(self, rule: Rule) -> Callable[[Held], Any] | None:
        age, trust = self.age, self.trust
        match rule:
            case Rule.MOST_TRUSTED:
                return (lambda held: max([trust(row) for row, _ in held])) if trust else None
            case Rule.MOST_RECENT:
                return (lambda held: max([age(row) for row, _ in held])) if age else None
            case Rule.MOST_COMPLETE:
                return lambda held: _completeness(held[0][1])
            case Rule.MOST_FREQUENT:
                return len
            case Rule.VERIFIED:
                return None


@lru_cache(maxsize=500_000)
def _completeness(cell: Any) -> int:
    return sum(map(completeness, cell)) if isinstance(cell, tuple) else completeness(cell)


def ranking_of(columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role], precedence: Precedence) -> Ranking:
    """Find the columns that tell the age and the source of a row."""
    dated = next((columns[header] for header, role in roles.items() if role is Role.UPDATED_AT), None)
    named = next((columns[header] for header, role in roles.items() if role is Role.SOURCE), None)
    return Ranking(
        precedence=precedence,
        age=None if dated is None else _age(dated),
        trust=None if named is None or not precedence.sources else _trust(named, precedence.sources),
    )


def _age(cells: Sequence[Cell]) -> Callable[[int], tuple[str, str]]:
    """Return the day and, of one day, the whole text: what one program writes sorts by its time of day as well."""

    @lru_cache(maxsize=500_000)
    def read(text: str) -> tuple[str, str]:
        if ISO_DAY.match(text):
            return text[:10], text
        day = clean_date(text).value
        return ("", "") if day is None else (day.earliest.isoformat(), text)

    return lambda row: read(cell) if isinstance(cell := cells[row], str) else ("", "")


def _trust(cells: Sequence[Cell], sources: Sequence[str]) -> Callable[[int], int]:
    places = {source: -place for place, source in enumerate(sources)}
    return lambda row: places.get(cell, -len(sources)) if isinstance(cell := cells[row], str) else -len(sources)
