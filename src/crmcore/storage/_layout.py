"""The columns of everything that a store keeps, as rows leave it and come in again: the layout of a backup.

A table that a store yields and that is not here cannot be backed up, which is refused aloud rather than left out.
"""

from __future__ import annotations

from types import NoneType

from crmcore.storage._outbox_rows import ConsumerRow, DeliveryRow
from crmcore.storage._rows import ChangeRow, Claim, EventRow, KeyRow, RecordRow, UnitRow

__all__ = ["LAYOUT", "SCHEMA_VERSION", "row_fault"]

SCHEMA_VERSION = 2
"""The version of the tables whose rows these are.

A later version of :mod:`crmcore.storage.sql.schema` that only adds what is made from the rows leaves it as it is.
"""

SMALLEST, LARGEST = -(2**63), 2**63 - 1

_TEXT: frozenset[type] = frozenset({str})
_OPTIONAL: frozenset[type] = frozenset({str, NoneType})
_NUMBER: frozenset[type] = frozenset({int})
_NOT_TEXT: dict[str, frozenset[type]] = {
    "key": _OPTIONAL,
    "payload": _OPTIONAL,
    "wrapped": _OPTIONAL,
    "before": _OPTIONAL,
    **dict.fromkeys(("number", "version", "schema_version", "seq", "unit", "before_version", "before_schema"), _NUMBER),
    **dict.fromkeys(("position", "fence", "attempts"), _NUMBER),
}

_COLUMNS: dict[str, tuple[str, ...]] = {
    "unit": UnitRow._fields,
    "key": KeyRow._fields,
    "record": RecordRow._fields,
    "claim": (*Claim._fields, "id"),
    "change": ChangeRow._fields,
    "event": EventRow._fields,
    "consumer": ConsumerRow._fields,
    "delivery": DeliveryRow._fields,
}

LAYOUT: dict[str, dict[str, frozenset[type]]] = {
    table: {column: _NOT_TEXT.get(column, _TEXT) for column in columns} for table, columns in _COLUMNS.items()
}
"""Table -> column -> the types of its values; tables in the order of a state, so that a link finds its end."""


def row_fault(table: str, row: tuple[object, ...]) -> str | None:
    """Say what keeps a row out of its table, or None.

    >>> row_fault("consumer", ("mailer", 7, 1)) is None
    True
    >>> row_fault("consumer", ("mailer", "7", 1))
    "column 'position' holds a str"
    """
    columns = LAYOUT.get(table)
    if columns is None:
        return "there is no such table"
    if len(row) != len(columns):
        return f"it has {len(row)} values, not {len(columns)}"
    for value, (column, allowed) in zip(row, columns.items(), strict=True):
        kind = type(value)
        if kind not in allowed:
            return f"column {column!r} holds a {kind.__name__}"
        if kind is int and not SMALLEST <= value <= LARGEST:  # type: ignore[operator] # it is an int
            return f"column {column!r} holds a number beyond 64 bits"
    return None
