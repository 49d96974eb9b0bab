"""What a table knew that one record does not tell: which names are given, whose a domain is, which inbox is shared."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching import _normal
from crmcore.matching._employers import by_bare_name, employers_by_domain, name_in_domain
from crmcore.matching._features import KINDS, NAME_ROLES, day_first_in, names_as_written
from crmcore.matching._name_units import UNSEEN, count_names
from crmcore.matching._sharing import POINTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcore.matching._features import Feature
    from crmcore.matching.encoding.table import CellTable

__all__ = ["Lore"]


@attrs.frozen(kw_only=True, eq=False)
class Lore:
    """What was known when the index was made; it does not change with the records that come and go.

    Attributes:
        columns: header -> the comparison that it belongs to.
        full_name: the column of full names that is read, if there is one.
        names: word or name -> in how many rows it stands as given, and as family name.
        employers: name as in a domain -> company.
        providers: domains named as a company for which few of their users work.
        shared: comparison -> its values that are nobody's own.
        day_first: comparison of dates -> whether the day stands before the month, where the table told.

    """

    columns: Mapping[str, str] = attrs.field(factory=dict)
    full_name: str | None = None
    names: Mapping[str, tuple[int, int]] = attrs.field(factory=dict)
    employers: Mapping[str, str] = attrs.field(factory=dict)
    providers: frozenset[str] = frozenset()
    shared: Mapping[str, frozenset[str]] = attrs.field(factory=dict)
    day_first: Mapping[str, bool] = attrs.field(factory=dict)

    @classmethod
    def of(cls, table: CellTable, roles: Mapping[str, Role], features: Sequence[Feature]) -> Lore:
        """Gather it.

        Args:
            table: the table.
            roles: what its columns hold, those only that say who a row is.
            features: what was made of it, called by the names of the model.

        """
        by_role: dict[Role, list[str]] = {}
        for header in sorted(roles):
            by_role.setdefault(roles[header], []).append(header)
        full = by_role.get(Role.FULL_NAME, [])
        employers, providers = _employers(features)
        dates = [each for each in features if each.kind.key is _normal.date_key]
        day_first = {each.name: day_first_in([table[header] for header in each.columns]) for each in dates}
        return cls(
            columns={
                header: each.name
                for each in features
                for header in each.columns
                if roles.get(header) is each.role or each.kind is not KINDS.get(each.role)
            },
            full_name=max(full, key=lambda header: _richness(table, header)) if full else None,
            names=_names(table, by_role),
            employers=employers,
            providers=providers,
            shared={each.name: _shared(each) for each in features if each.role in POINTS},
            day_first={name: told for name, told in day_first.items() if told is not None},
        )

    def as_given(self, word: str) -> int:
        """Return in how many rows a word stands as given name."""
        return self.names.get(word, _UNKNOWN)[0]

    def as_family(self, name: str) -> int:
        """Return in how many rows a name stands as family name."""
        return self.names.get(name, _UNKNOWN)[1]

    def lean(self, word: str) -> float:
        """Return the log odds that a word is a given rather than a family name."""
        given, family = self.names.get(word, _UNKNOWN)
        return log(given + UNSEEN) - log(family + UNSEEN)


_UNKNOWN = (0, 0)


def _richness(table: CellTable, header: str) -> int:
    return sum(len(cell) for cell in table[header] if isinstance(cell, str))


def _names(table: CellTable, by_role: Mapping[Role, list[str]]) -> dict[str, tuple[int, int]]:
    if not any(role in by_role for role in NAME_ROLES):
        return {}
    given, family, _ = names_as_written(table, dict(by_role))
    counts = count_names(given, family)
    both = zip(counts.number, counts.as_given.astype(int).tolist(), counts.as_family.astype(int).tolist(), strict=True)
    return {word: (as_given, as_family) for word, as_given, as_family in both if as_given or as_family}


def _employers(features: Sequence[Feature]) -> tuple[dict[str, str], frozenset[str]]:
    by_role = {feature.role: feature.data for feature in features}
    companies, emails = by_role.get(Role.COMPANY), by_role.get(Role.EMAIL)
    if companies is None or emails is None:
        return {}, frozenset()
    values = list(companies.values)
    named = {name: values[place] for name, place in by_bare_name(values).items()}
    employs = np.zeros(len(emails.values) + 1, bool)
    employs[emails.codes] = employers_by_domain(emails, companies) >= 0
    held = np.flatnonzero(emails.counts())
    domains: dict[str, bool] = {}
    for value, told in zip(emails.values.take(held), employs[held].tolist(), strict=True):
        domains[value[value.rfind("@") + 1 :]] = told
    providers = (
        domain for domain, told in domains.items() if not told and any(name in named for name in name_in_domain(domain))
    )
    return named, frozenset(providers)


def _shared(feature: Feature) -> frozenset[str]:
    """Return the values that stand in no row any more: see `without_values`."""
    return frozenset(feature.data.values.take(np.flatnonzero(feature.data.counts() == 0)))
