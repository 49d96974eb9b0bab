"""Instants of Python as ``datetime64[us]`` in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["YEAR_1", "YEAR_10000", "instant_of", "instants_of"]

YEAR_1, YEAR_10000 = np.datetime64("0001-01-01", "us"), np.datetime64("10000-01-01", "us")
"""From when on, and until when, there are instants."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _END = int(YEAR_1.astype(np.int64)), int(YEAR_10000.astype(np.int64))
_NONE = np.iinfo(np.int64).min
"""NaT as a number."""


def instant_of(at: object, *, name: str) -> np.datetime64:
    """Return one instant; raise InputError for what is none, has no zone, or is not in the years 1 to 9999 in UTC."""
    return np.datetime64(_micros(at, name), "us")


def instants_of(values: Iterable[object], *, name: str) -> NDArray[np.datetime64]:
    """Return instants, NaT for None; the rest is as for one."""
    micros = [_NONE if at is None else _micros(at, name) for at in values]
    return np.array(micros, dtype=np.int64).view("datetime64[us]")


def _micros(at: object, name: str) -> int:
    """Return how many microseconds after 1970 an instant is."""
    if not isinstance(at, datetime):
        raise InputError(f"{name} holds {type(at).__name__} values; it takes datetimes with a zone")
    try:
        since = at - _EPOCH
    except TypeError as exc:
        raise InputError(f"{name} holds {at.isoformat()}, a time without a zone; give it one, such as UTC") from exc
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if not _FIRST <= micros < _END:
        raise InputError(f"{name} holds {at.isoformat()}, which lies outside the years 1 to 9999 in UTC")
    return micros
