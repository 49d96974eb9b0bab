"""What a row is called from one table to the next: by a column that names it, or else by what it holds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from crmcore.errors import InputError, UnknownColumn
from crmcore.hygiene.roles import Role
from crmcore.matching.encoding.strings import GOLDEN, Strings, hash64, mixed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.columns import Column

    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["record_keys"]


def record_keys(
    columns: Mapping[str, Column], roles: Mapping[str, Role], *, key: str | None, rows: int
) -> Sequence[str]:
    """Return one text a row that no other row has.

    Without a column named, a row is called by its record id; where the table says which source a row is of, as
    ``source:id``, since ids are a source's own. Rows without an id, or with one that another row has as well, are
    called by a hash of their cells, so that they are known again as long as none of them changes; of equal rows, the
    second is called ``…-2``.

    Args:
        columns: the table.
        roles: what its columns hold.
        key: the column that names a row.
        rows: how many there are.

    Raises:
        UnknownColumn: there is no such column.
        InputError: it does not give each row a value of its own.

    """
    if key is not None:
        if key not in columns:
            raise UnknownColumn(key, columns)
        _check_unique(key, columns[key])
        return _texts(columns[key])
    ids = _ids(columns, roles, rows)
    if all(ids):
        return ids
    contents = _by_content({name: columns[name] for name in sorted(roles) if name in columns}, rows)
    return [mine or content for mine, content in zip(ids, contents, strict=True)]


def _check_unique(name: str, column: Column) -> None:
    fault = _fault(column)
    if fault is not None:
        raise InputError(f"column {name!r} does not name each record: {fault}")


def _fault(column: Column) -> str | None:
    """Return why a column names no rows, or None."""
    codes = column.raw.codes
    if codes.shape[1] > 1 and (several := np.flatnonzero(codes[:, 1] >= 0)).size:
        return f"row {several[0]} holds several values"
    if (empty := np.flatnonzero(codes[:, 0] < 0)).size:
        return f"row {empty[0]} holds nothing"
    hashes = hash64(column.raw.values)[codes[:, 0]]
    order = np.argsort(hashes, kind="stable")
    again = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    if again.size:
        return f"rows {order[again[0]]} and {order[again[0] + 1]} hold the same"
    return None


def _ids(columns: Mapping[str, Column], roles: Mapping[str, Role], rows: int) -> list[str]:
    """Return what each row is called by its source, "" where that says nothing, or the same of two rows."""
    given = [columns[name] for name in columns if roles.get(name) is Role.RECORD_ID]
    if not given:
        return [""] * rows
    ids = _texts(given[0])
    sources = [_texts(columns[name]) for name in columns if roles.get(name) is Role.SOURCE][:1]
    for source in sources:
        ids = [f"{name}:{mine}" if name and mine else mine for name, mine in zip(source, ids, strict=True)]
    held = Counter(ids)
    return [mine if held[mine] == 1 else "" for mine in ids]


def _texts(column: Column) -> list[str]:
    """Return the first text of each row, "" where there is none."""
    texts = ["", *column.raw.values]
    return [texts[code + 1] for code in column.raw.codes[:, 0].tolist()]


def _by_content(columns: Mapping[str, Column], rows: int) -> Sequence[str]:
    total = np.zeros(rows, np.uint64)
    for name, column in columns.items():
        raw, header = column.raw, hash64(Strings.of([name]))
        hashes = np.append(hash64(raw.values), np.uint64(0))
        for slot in raw.codes.T:  # a sum: the order of columns, and of values within a cell, is no matter
            total += np.where(slot < 0, np.uint64(0), mixed(hashes[slot] ^ header))
        column.forget()
    total = mixed(total * np.uint64(GOLDEN))
    order = np.argsort(total, kind="stable")
    begins = np.concatenate((np.ones(min(rows, 1), bool), total[order][1:] != total[order][:-1]))
    starts = np.flatnonzero(begins)
    copy = np.empty(rows, np.int64)
    copy[order] = np.arange(rows) - np.repeat(starts, np.diff(np.append(starts, rows)))
    return [
        f"{number:016x}" if not again else f"{number:016x}-{again + 1}"
        for number, again in zip(total.tolist(), copy.tolist(), strict=True)
    ]
