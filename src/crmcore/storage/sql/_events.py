"""When events were true in the world: a column that is made from what their payloads tell, so that it can be asked for.

The rest of an event's payload may be sealed; this is not.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crmcore.errors import SchemaMismatch, Tampered
from crmcore.storage._rows import EventRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["COLUMNS", "check_dates", "dated"]

FIRST, LAST = "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"
COLUMNS = (*EventRow._fields, "occurred_at")


def dated(row: EventRow, unit_occurred_at: str = "") -> tuple[object, ...]:
    """Return an event's row with its date; one whose content was erased has that of its unit."""
    if not row.payload:
        return *row, unit_occurred_at
    try:
        return *row, _occurred_at(row.payload)
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaMismatch(f"event {row.id!r} does not say when it was true: {type(error).__name__}") from error


def check_dates(rows: Iterable[Sequence[object]]) -> None:
    """Compare the date of each event with what its content tells.

    Args:
        rows: number of the unit, id, payload and date.

    Raises:
        Tampered: one that differs; names its unit. One whose content was erased tells nothing.

    """
    for unit, id_, payload, date in rows:
        try:
            told = _occurred_at(str(payload)) if payload else date
        except (ValueError, KeyError, TypeError) as error:
            raise Tampered(int(str(unit)), f"event {id_!r} does not say when it was true") from error
        if told != date:
            raise Tampered(int(str(unit)), f"event {id_!r} is not dated as its content tells")


def _occurred_at(payload: str) -> str:
    told = datetime.fromisoformat(json.loads(payload)["occurred_at"])
    try:
        return told.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    except OverflowError:  # in the first or the last hours that there are, and beyond them in UTC
        return FIRST if told.year == 1 else LAST
