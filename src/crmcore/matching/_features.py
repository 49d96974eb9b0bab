"""From columns with roles to the features that are compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.errors import UnknownColumn
from crmcore.hygiene.dates import guess_day_first
from crmcore.hygiene.roles import Role
from crmcore.matching import _normal
from crmcore.matching._employers import employers_by_domain
from crmcore.matching._encoding import encode
from crmcore.matching._kinds import DATE, EVIDENCE, GIVEN_NAME, KINDS, NAME, ONE_SET, WORDS, Kind
from crmcore.matching._name_columns import (
    NAME_ROLES,
    first_texts,
    further_names,
    handles_in,
    local_name,
    names_as_written,
    with_full_name,
)
from crmcore.matching._name_units import read_names
from crmcore.matching._sharing import POINTS, shared_values, without_values
from crmcore.matching.encoding.coded import code, without_repeats
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.normal import normaliser_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._name_units import NameCounts
    from crmcore.matching.comparison import Comparison
    from crmcore.matching.encoding.coded import Coded
    from crmcore.matching.encoding.strings import Strings
    from crmcore.ports import Cell

__all__ = [
    "EVIDENCE",
    "KINDS",
    "NAME_ROLES",
    "ONE_SET",
    "Feature",
    "Kind",
    "Told",
    "build_features",
    "day_first_in",
    "first_texts",
    "local_name",
    "names_as_written",
    "own_features",
    "read_features",
    "roles_left",
    "with_full_name",
]

THREADS = 2
"""Features that are made at once."""


@attrs.frozen(kw_only=True)
class Feature:
    """One comparison, made ready.

    Attributes:
        name: what explanations call it: the header, or the role where it comes from several columns.
        role: what it means.
        columns: the headers that it is made of.
        kind: how its values are compared.
        data: its values, coded; the commonest value has code 0.

    """

    name: str
    role: Role
    columns: tuple[str, ...]
    kind: Kind
    data: Coded

    def on(self, rows: NDArray[np.int64]) -> Feature:
        """Return the same feature for some rows only."""
        return attrs.evolve(self, data=self.data.on(rows))


def build_features(
    columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role], comparisons: Sequence[Comparison] = ()
) -> list[Feature]:
    """Make one feature of each column whose role is evidence, names as given, family and other names.

    Args:
        columns: the table.
        roles: what its columns hold.
        comparisons: the user's own; their columns are compared by them alone.

    Raises:
        UnknownColumn: a comparison is of a column that is not there.

    """
    by_role = read_features(columns, roles_left(roles, comparisons, columns))
    features = _with_employers(_without_shared(by_role)) + own_features(columns, comparisons)
    return [feature for feature in features if feature.data.known.any()]


def roles_left(roles: Mapping[str, Role], comparisons: Sequence[Comparison], columns: Iterable[str]) -> dict[str, Role]:
    """Return the roles of the columns that no comparison of the user's own is of.

    Raises:
        UnknownColumn: a comparison is of a column that is not there.

    """
    columns = list(columns)
    own = dict.fromkeys(header for comparison in comparisons for header in comparison.columns)
    for header in own:
        if header not in columns:
            raise UnknownColumn(header, columns)
    return {header: role for header, role in roles.items() if header not in own}


def own_features(columns: Mapping[str, Sequence[Cell]], comparisons: Sequence[Comparison]) -> list[Feature]:
    """Make one feature of each comparison of the user's own."""
    return [_feature(each.role, each.columns, each.kind, columns, None, name=each.called) for each in comparisons]


@attrs.frozen(kw_only=True)
class Told:
    """What a whole table tells of how to read some of its rows.

    Attributes:
        names: from words to how often each stands as given and as family name.
        full_name: the column of full names that is read, if there is one.
        day_first: columns of dates that are compared together -> whether the day stands before the month.

    """

    names: Callable[[Strings], NameCounts]
    full_name: str | None
    day_first: Mapping[tuple[str, ...], bool | None]


def read_features(
    columns: Mapping[str, Sequence[Cell]], roles: Mapping[str, Role], *, told: Told | None = None
) -> list[Feature]:
    """Make the features, before it is known which values nobody owns, and whose employer a domain tells.

    Args:
        columns: the table, or some rows of it.
        roles: what its columns hold.
        told: what the whole table tells, if these are some rows.

    """
    by_role: dict[Role, list[str]] = {}
    for header, role in roles.items():
        if role is not Role.FULL_NAME or told is None or header == told.full_name:
            by_role.setdefault(role, []).append(header)
    made = [partial(_names, columns, by_role, told)]
    for role, kind in KINDS.items():
        if role in NAME_ROLES:
            continue
        headers = by_role.get(role, [])
        groups = [tuple(headers)] if role in ONE_SET and headers else [(header,) for header in headers]
        made += [partial(_one, role, group, kind, columns, told) for group in groups]
    with ThreadPoolExecutor(THREADS) as pool:  # bytes are worked on outside the interpreter's lock
        return [feature for features in pool.map(lambda make: make(), made) for feature in features]


def _with_employers(features: Sequence[Feature]) -> list[Feature]:
    """Add, to the companies of each row, those that its e-mail addresses tell."""
    by_role = {feature.role: feature for feature in features}
    companies, emails = by_role.get(Role.COMPANY), by_role.get(Role.EMAIL)
    if companies is None or emails is None:
        return list(features)
    told = employers_by_domain(emails.data, companies.data)
    if not (told >= 0).any():
        return list(features)
    both = attrs.evolve(
        companies,
        columns=(*companies.columns, *emails.columns),
        data=attrs.evolve(companies.data, codes=without_repeats(np.concatenate([companies.data.codes, told], axis=1))),
    )
    return [both if feature is companies else feature for feature in features]


def _without_shared(features: Sequence[Feature]) -> list[Feature]:
    """Take out the contact points that are nobody's own."""
    surnames = next((feature.data for feature in features if feature.role is Role.FAMILY_NAME), None)
    return [
        feature
        if surnames is None or feature.role not in POINTS
        else attrs.evolve(
            feature,
            data=without_values(feature.data, shared_values(feature.data, surnames)),
        )
        for feature in features
    ]


def _one(
    role: Role, headers: tuple[str, ...], kind: Kind, columns: Mapping[str, Sequence[Cell]], told: Told | None
) -> list[Feature]:
    return [_feature(role, headers, kind, columns, told)]


def _feature(
    role: Role,
    headers: tuple[str, ...],
    kind: Kind,
    columns: Mapping[str, Sequence[Cell]],
    told: Told | None,
    *,
    name: str = "",
) -> Feature:
    cells = [columns[header] for header in headers]
    key = kind.key
    if kind is DATE:
        key = partial(_normal.date_key, day_first=day_first_in(cells) if told is None else told.day_first[headers])
    data = encode(cells, key)
    name = name or (headers[0] if len(headers) == 1 else role.value)
    return Feature(name=name, role=role, columns=headers, kind=kind, data=data)


def day_first_in(columns: Sequence[Sequence[Cell]]) -> bool | None:
    """Tell from the values themselves whether 03/04/2019 is in April, if they tell it."""
    return guess_day_first(text for cells in columns for text in raw_of(cells).values)


def _names(
    columns: Mapping[str, Sequence[Cell]], by_role: Mapping[Role, list[str]], told: Told | None
) -> list[Feature]:
    """Read given, other and family names from all columns of names together; see `read_names`."""
    given, family, other, full = (by_role.get(role, []) for role in NAME_ROLES)
    headers = [*given, *family, *full, *other]
    if not headers:
        return []
    firsts, lasts, others = names_as_written(columns, by_role)
    units = read_names(
        firsts,
        lasts,
        others if other or full else None,
        handles=handles_in(columns, by_role),
        told=None if told is None else told.names,
    )
    read = (
        (Role.GIVEN_NAME, GIVEN_NAME, given, ("given",)),
        (Role.FAMILY_NAME, NAME, family, ("family", "born")),
        (Role.MIDDLE_NAME, WORDS, other, ("other",)),
    )
    nothing = Column.gaps(len(columns[headers[0]])).raw
    return [
        Feature(
            name=own[0] if own else role.value,
            role=role,
            columns=tuple(own or full or headers),
            kind=kind,
            data=code(
                [*filter(None, map(units.column, parts)), *further_names(own, columns)] or [nothing],
                normaliser_of(kind.key),
            ),
        )
        for role, kind, own, parts in read
    ]
