"""Instants of Python, of frames and of numpy as ``datetime64[us]`` in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["instant_of", "instants_of"]


def instant_of(at: object, *, name: str) -> np.datetime64:
    """Return one instant; raise InputError for what is none, or has no zone."""
    return np.datetime64(_naive(at, name), "us")


def instants_of(values: Iterable[object], *, name: str) -> NDArray[np.datetime64]:
    """Return instants, NaT for None."""
    return np.array([None if at is None else _naive(at, name) for at in values], dtype="datetime64[us]")


def _naive(at: object, name: str) -> datetime:
    """Return an instant in UTC as numpy takes it, which knows no zones."""
    if not isinstance(at, datetime):
        raise InputError(f"{name} holds {type(at).__name__} values; it takes datetimes with a zone")
    if at.utcoffset() is None:
        raise InputError(f"{name} holds {at.isoformat()}, a time without a zone; give it one, such as UTC")
    try:
        return at.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as exc:
        raise InputError(f"{name} holds {at.isoformat()}, which lies outside the years 1 to 9999 in UTC") from exc
