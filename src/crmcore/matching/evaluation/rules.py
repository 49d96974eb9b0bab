"""What applicant tracking systems check today, as public functions: so that you see what you gain over them.

Two documented rules: the same e-mail address (Greenhouse merges on it), and the same surname with the same two first
letters of the given name (part of Bullhorn's duplicate check).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.hygiene.columns import guess_roles
from crmcore.hygiene.folding import fold
from crmcore.hygiene.roles import Role
from crmcore.matching._normal import split_name
from crmcore.matching.clustering.components import connected_components
from crmcore.matching.contacts import CONTACT_ROLES, contact_columns, contacts_in
from crmcore.matching.encoding.table import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.ports import Cell

    Int64s = NDArray[np.int64]

__all__ = ["baselines", "same_email", "surname_and_two_letters"]


def baselines(data: object, *, columns: Mapping[str, Role | str] | None = None) -> dict[str, Int64s]:
    """Group the rows of a table by each classic rule that its columns allow.

    Args:
        data: a table, as for `dedupe`.
        columns: column -> role, where the guess by header and content would be wrong.

    Returns:
        rule -> int64, (rows,), labels: the smallest row of each row's group.

    >>> people = {
    ...     "first_name": ["Ada", "Adam", "Ada"],
    ...     "last_name": ["Lovelace", "Lovelace", "King"],
    ...     "email": ["ada@example.org", None, "Ada@example.org"],
    ... }
    >>> {rule: labels.tolist() for rule, labels in baselines(people).items()}
    {'same e-mail': [0, 1, 0], 'same surname, two letters of the given name': [0, 0, 2]}
    """
    contacts = contacts_in(data)
    table = read_table(data if contacts is None else contact_columns(contacts))
    told = {**({} if contacts is None else CONTACT_ROLES), **(columns or {})}
    by_role: dict[Role, list[Sequence[Cell]]] = {}
    for guess in guess_roles(table, roles={name: role for name, role in told.items() if name in table}):
        by_role.setdefault(guess.role, []).append(table[guess.column])
    found = {}
    if emails := by_role.get(Role.EMAIL):
        found["same e-mail"] = same_email(*emails)
    names = _given_and_family(by_role)
    if names is not None:
        found["same surname, two letters of the given name"] = surname_and_two_letters(*names)
    return found


def same_email(*columns: Sequence[Cell]) -> Int64s:
    """Group rows that share an e-mail address, upper and lower case alike; none stands for nobody.

    Args:
        columns: each one cell a row: an address, several, or None.

    >>> same_email(["ada@x.example", None, "alan@x.example"], [None, None, ("ADA@x.example", "a@y.example")]).tolist()
    [0, 1, 0]
    """
    return _sharing(
        [[text.strip().lower() for cell in row for text in _texts(cell)] for row in zip(*columns, strict=True)]
    )


def surname_and_two_letters(given: Sequence[Cell], family: Sequence[Cell]) -> Int64s:
    """Group rows of one surname whose given names begin with the same two letters; case and accents do not count.

    >>> surname_and_two_letters(["Ada", "adele", None], ["Lovelace", "LOVELACE", "Lovelace"]).tolist()
    [0, 0, 2]
    """
    keys = []
    for first, last in zip(given, family, strict=True):
        names = [fold(text).lower().strip() for cell in (last, first) for text in _texts(cell)[:1]]
        keys.append([f"{names[0]}, {names[1][:2]}"] if len(names) == 2 and all(names) else [])
    return _sharing(keys)


def _given_and_family(by_role: Mapping[Role, Sequence[Sequence[Cell]]]) -> tuple[Sequence[Cell], Sequence[Cell]] | None:
    if Role.GIVEN_NAME in by_role and Role.FAMILY_NAME in by_role:
        return by_role[Role.GIVEN_NAME][0], by_role[Role.FAMILY_NAME][0]
    if Role.FULL_NAME not in by_role:
        return None
    names = [
        split_name(texts[0]) if (texts := _texts(cell)) else (None, None, None) for cell in by_role[Role.FULL_NAME][0]
    ]
    return [given for given, _, _ in names], [family for _, _, family in names]


def _texts(cell: Cell) -> Sequence[str]:
    return () if cell is None else (cell,) if isinstance(cell, str) else cell


def _sharing(keys: Iterable[Sequence[str]]) -> Int64s:
    """Group rows that share a key, directly or through others; each row is joined to the first that has the key."""
    first: dict[str, int] = {}
    left, right, rows = [], [], 0
    for row, held in enumerate(keys):
        rows = row + 1
        for key in filter(None, held):
            if (before := first.setdefault(key, row)) != row:
                left.append(before)
                right.append(row)
    return connected_components(rows, np.array(left, np.int64), np.array(right, np.int64))
