"""From values of other types to cells of text."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.ports import Cell

__all__ = ["cell_of", "flat", "json_text"]


def cell_of(value: Any) -> Cell:
    """Return the cell for one value; NaN is no value, whole numbers lose ``.0``, lists of scalars become tuples.

    >>> cell_of(3.0), cell_of(0.1), cell_of(True), cell_of(float("nan")), cell_of(["a", None, 2])
    ('3', '0.1', 'true', None, ('a', '2'))
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, (list, tuple, dict)) for item in value):
            return json_text(value)
        return tuple(text for item in value if (text := _scalar(item))) or None
    if isinstance(value, dict):
        return json_text(value)
    return _scalar(value)


def _scalar(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return str(value) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace") or None
    return str(value) or None


def _number(value: float) -> str | None:
    if math.isnan(value):
        return None
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def _duration(value: timedelta) -> str:
    """Return hours, minutes and seconds as spreadsheets show durations: ``132:00:00``."""
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta() else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def flat(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Flatten nested objects by one level, with dotted names.

    >>> flat({"name": {"given": "Ada", "family": "Lovelace"}, "age": 36})
    [('name.given', 'Ada'), ('name.family', 'Lovelace'), ('age', 36)]
    """
    pairs: list[tuple[str, Any]] = []
    for key, value in record.items():
        if isinstance(value, dict) and value:
            pairs += [(f"{key}.{inner}", part) for inner, part in value.items()]
        else:
            pairs.append((key, value if value != {} else None))
    return pairs


def json_text(value: Any) -> str:
    """Return nested data as JSON text, so that nothing of it is lost."""
    return json.dumps(value, ensure_ascii=False, default=_scalar, allow_nan=True)
