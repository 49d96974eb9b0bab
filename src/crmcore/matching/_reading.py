"""From whatever users hold to tables with roles, and several tables put under each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import UnknownColumn
from crmcore.hygiene.columns import CountedCells, guess_roles
from crmcore.matching._arguments import headers_told, roles_told
from crmcore.matching.contacts import CONTACT_ROLES, contact_columns, contacts_in
from crmcore.matching.encoding.columns import Column
from crmcore.matching.encoding.table import CellTable, read_table
from crmcore.matching.record_keys import record_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.hygiene.roles import Role

__all__ = ["Reading", "read", "read_under_each_other"]

NOTHING: Mapping[str, Role] = {}
SAMPLE = 1000
"""Different values of a column from which its role is guessed: enough to tell a share within three in a hundred."""


@attrs.frozen(kw_only=True, eq=False)
class Reading:
    """A table, and what its columns were taken for.

    Attributes:
        table: the columns that are not ignored.
        whole: all of them.
        guesses: of the columns of *table*, in its order.
        parts: the tables that it was put together from, one under the other, with all their columns.
        places: column of *table* -> which of the parts have it.
        sources: what the parts are called, if they have names; then record keys begin with them.

    """

    table: CellTable
    whole: CellTable
    guesses: tuple[RoleGuess, ...]
    parts: tuple[CellTable, ...]
    places: Mapping[str, Sequence[int]]
    sources: tuple[str, ...] = ()

    @property
    def roles(self) -> dict[str, Role]:
        """Column -> role."""
        return {guess.column: guess.role for guess in self.guesses}

    @property
    def shared_roles(self) -> dict[str, Role]:
        """Column -> role, of those that several parts have."""
        return {name: role for name, role in self.roles.items() if len(self.places[name]) > 1}

    def keys_of(self, part: int, key: str | None) -> Sequence[str]:
        """Return what the rows of one part are called: see `record_keys`."""
        table = self.parts[part]
        return record_keys(table, self.roles, key=key, rows=table.rows)

    def keys(self, key: str | None) -> Sequence[str]:
        """Return what all rows are called; those of named sources as ``source:key``."""
        if not self.sources:
            return self.keys_of(0, key)
        return [f"{name}:{each}" for at, name in enumerate(self.sources) for each in self.keys_of(at, key)]


def read(
    data: object,
    *,
    ignore: Iterable[str] = (),
    roles: Mapping[str, Role | str] | None = None,
    without: Iterable[str] = (),
    known: Mapping[str, Role] = NOTHING,
) -> Reading:
    """Read one table.

    Args:
        data: whatever `read_table` takes, or contact records.
        ignore: columns that are not to be looked at.
        roles: column -> role.
        without, known: the same of columns that may not be there: what a matcher knows.

    Raises:
        UnknownColumn: *ignore* or *roles* names a column that is not there.

    """
    whole, told = _table(data)
    table, roles = whole.without(headers_told(ignore)), roles_told(roles)
    for name in roles:
        if name not in table:
            raise UnknownColumn(name, list(table))
    table = table.without(set(without) & table.keys())
    known = {name: role for name, role in {**known, **told}.items() if name in table}
    guesses = _guessed(table, {**known, **roles})
    return Reading(table=table, whole=whole, guesses=guesses, parts=(whole,), places=dict.fromkeys(table, (0,)))


def read_under_each_other(
    sources: Sequence[object],
    *,
    ignore: Iterable[str] = (),
    roles: Mapping[str, Role | str] | None = None,
    without: Iterable[str] = (),
    known: Mapping[str, Role] = NOTHING,
    names: tuple[str, ...] = (),
) -> Reading:
    """Read several tables as one; columns of the same name, or else of the same role, are one column.

    A name in *ignore* or *roles* needs to stand in one of the tables only.
    """
    read_ones = [_table(data) for data in sources]
    columns_named = list(dict.fromkeys(name for table, _ in read_ones for name in table))
    dropped, roles = set(headers_told(ignore)), roles_told(roles)
    for name in (*dropped, *roles):
        if name not in columns_named:
            raise UnknownColumn(name, columns_named)
    told = {**known, **{name: role for _, given in read_ones for name, role in given.items()}, **roles}
    dropped |= set(without)
    parts = [table.without(dropped & table.keys()) for table, _ in read_ones]
    guesses = [
        {guess.column: guess for guess in _guessed(part, {n: r for n, r in told.items() if n in part})}
        for part in parts
    ]
    plan = _plan(guesses)
    columns = {
        name: reduce(
            lambda above, below: below.under(above),
            [part[where[at].column] if at in where else Column.gaps(part.rows) for at, part in enumerate(parts)],
        )
        for name, where in plan.items()
    }
    table = CellTable(columns, rows=sum(part.rows for part in parts))
    return Reading(
        table=table,
        whole=table,
        guesses=tuple(
            attrs.evolve(next(where[at] for at in sorted(where)), column=name) for name, where in plan.items()
        ),
        parts=tuple(table for table, _ in read_ones),
        places={name: sorted(where) for name, where in plan.items()},
        sources=names,
    )


def _table(data: object) -> tuple[CellTable, Mapping[str, Role]]:
    """Return the table, and the roles that are known of it: contact records say themselves what they hold."""
    data = list(data) if isinstance(data, Iterator) and not hasattr(data, "__arrow_c_stream__") else data
    contacts = contacts_in(data)
    table = read_table(data if contacts is None else contact_columns(contacts))
    return table, {} if contacts is None else CONTACT_ROLES


def _guessed(table: CellTable, roles: Mapping[str, Role | str]) -> tuple[RoleGuess, ...]:
    """Guess what the columns hold that nobody told of, from their different cells."""
    nothing = CountedCells(counts={}, total=table.rows, unique=False)
    table.read(but=roles)
    cells = {name: nothing if name in roles else column.counted() for name, column in table.items()}
    return guess_roles(cells, roles=roles, sample=SAMPLE)


def _plan(guesses: Sequence[Mapping[str, RoleGuess]]) -> dict[str, dict[int, RoleGuess]]:
    """Return the columns of all tables together: name -> which table has it, and as what.

    A column joins that of its name; without a namesake, the one that alone holds the same as it alone does.
    """
    plan: dict[str, dict[int, RoleGuess]] = {}
    for at, table in enumerate(guesses):
        free = [name for name in plan if name not in table]
        own = [guess for name, guess in table.items() if name not in plan]
        for name, guess in table.items():
            mates = [other for other in free if next(iter(plan[other].values())).role is guess.role]
            rivals = [other for other in own if other.role is guess.role]
            if name in plan:
                plan[name][at] = guess
            elif len(mates) == 1 and len(rivals) == 1:
                plan[mates[0]][at] = guess
            else:
                plan[name] = {at: guess}
    return plan
