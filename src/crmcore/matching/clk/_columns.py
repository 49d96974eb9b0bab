"""From a table to the fields of a schema: which columns, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from crmcore.errors import InputError
from crmcore.hygiene.columns import CountedCells, guess_roles
from crmcore.hygiene.dates import guess_day_first
from crmcore.hygiene.roles import Role
from crmcore.matching import _normal
from crmcore.matching.clk._tokens import KEYS
from crmcore.matching.clk.schema import TokenKind
from crmcore.matching.contacts import CONTACT_ROLES, contact_columns, contacts_in
from crmcore.matching.encoding.coded import code
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.normal import normaliser_of
from crmcore.matching.encoding.table import CellTable, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.clk.schema import Schema
    from crmcore.matching.encoding.coded import Coded, Normalise
    from crmcore.ports import Cell

    Int64s = NDArray[np.int64]

__all__ = ["birth_years", "columns_by_role", "field_values", "read"]

STAND_INS: Mapping[Role, Role] = {Role.STREET: Role.ADDRESS, Role.ADDRESS: Role.STREET}
"""Which columns are taken where a table has none of a role: a street often stands in a column of addresses."""


def read(data: object) -> tuple[CellTable, Mapping[str, Role]]:
    """Return *data* as a table, and the roles that are known of it: contact records say themselves what they hold."""
    data = list(data) if isinstance(data, Iterator) and not hasattr(data, "__arrow_c_stream__") else data
    contacts = contacts_in(data)
    if contacts is None:
        return read_table(data), {}
    return read_table(contact_columns(contacts)), CONTACT_ROLES


def columns_by_role(table: CellTable, told: Mapping[str, Role | str]) -> dict[Role, list[Sequence[Cell]]]:
    """Return the columns of each role, guessed by header and content as `dedupe` guesses them, or told.

    Names that stand written out in one column are split where a row has neither a given nor a family name.
    """
    nothing = CountedCells(counts={}, total=table.rows, unique=False)
    cells = {name: nothing if name in told else column.counted() for name, column in table.items()}
    found: dict[Role, list[Sequence[Cell]]] = {}
    for guess in sorted(guess_roles(cells, roles=told), key=lambda guess: guess.column):
        found.setdefault(guess.role, []).append(table[guess.column])
    for role, other in STAND_INS.items():
        if role not in found and other in found:
            found[role] = found[other]
    return _with_written_out(found) if Role.FULL_NAME in found else found


def _with_written_out(columns: dict[Role, list[Sequence[Cell]]]) -> dict[Role, list[Sequence[Cell]]]:
    full = columns[Role.FULL_NAME][0]
    given, family = columns.get(Role.GIVEN_NAME, []), columns.get(Role.FAMILY_NAME, [])
    named = np.zeros(len(full), bool)
    for column in (*given, *family):
        named |= (raw_of(column).codes >= 0).any(axis=1)
    split = [
        (None, None, None) if has_name or not cell else _normal.split_name(cell if isinstance(cell, str) else cell[0])
        for has_name, cell in zip(named.tolist(), full, strict=True)
    ]
    firsts, _, lasts = zip(*split, strict=True) if split else ((), (), ())
    return columns | {
        Role.GIVEN_NAME: [*given, Column.of(firsts)],
        Role.FAMILY_NAME: [*family, Column.of(lasts)],
    }


def field_values(
    columns: Mapping[Role, list[Sequence[Cell]]], schema: Schema, *, rows: int, day_first: bool | None
) -> list[Coded]:
    """Return the values of each field of a schema, in their normal forms; empty where no column has the role.

    Raises:
        InputError: the fields that have columns are too few for any row.

    """
    lacking = [field.role for field in schema.fields if field.role not in columns]
    total = sum(field.bits for field in schema.fields)
    there = sum(field.bits for field in schema.fields if field.role in columns)
    if rows and there < schema.least * total:
        raise InputError(
            f"the table has columns for {there} of the schema's {total} bits, and rows need {schema.least:.0%}; there "
            f"is none for {', '.join(lacking)}: name them with columns=, or agree on another schema"
        )
    return [
        _coded(columns.get(field.role) or [Column.gaps(rows)], field.kind, day_first=day_first)
        for field in schema.fields
    ]


def birth_years(columns: Mapping[Role, list[Sequence[Cell]]], *, rows: int, day_first: bool | None) -> Int64s:
    """Return the year of birth of each row, int64, (rows,); 0 where it is not known."""
    dates = _coded(columns.get(Role.DATE_OF_BIRTH) or [Column.gaps(rows)], TokenKind.DATE, day_first=day_first)
    years = np.array([*(int(date[:4]) for date in dates.values), 0], np.int64)
    return years[dates.codes[:, 0]]


def _coded(columns: Sequence[Sequence[Cell]], kind: TokenKind, *, day_first: bool | None) -> Coded:
    raws = [raw_of(column) for column in columns]
    normalise: Normalise = normaliser_of(KEYS[kind])
    if kind is TokenKind.DATE:
        told = guess_day_first(text for raw in raws for text in raw.values) if day_first is None else day_first
        normalise = normaliser_of(partial(_normal.date_key, day_first=told))
    return code(raws, normalise)
