"""Held to its kind: what is handed in, before anything is done with it, so that a slip is told as what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from crmcore._messages import kind_of
from crmcore.errors import InputError

__all__ = ["one", "one_or_none", "several"]

T = TypeVar("T")


def one(given: object, kind: type[T], name: str) -> T:
    """Return what is of a kind; raise InputError for anything else.

    >>> one("j-1", int, "minutes")
    Traceback (most recent call last):
    crmcore.errors.InputError: minutes: an int is needed, not a str
    """
    if not isinstance(given, kind):
        hint = "; pass its record" if hasattr(type(given), "record") else ""
        raise InputError(f"{name}: {_called(kind)} is needed, not {kind_of(given)}{hint}")
    return given


def one_or_none(given: object, kind: type[T], name: str) -> T | None:
    """Return what is of a kind, or None for None; raise InputError for anything else."""
    return None if given is None else one(given, kind, name)


def several(given: object, kind: type[T], name: str) -> tuple[T, ...]:
    """Return what a list, or anything else that yields, has of a kind; raise InputError for all else, as for one alone.

    >>> several(iter([1, 2]), int, "ages")
    (1, 2)
    >>> several(1, int, "ages")
    Traceback (most recent call last):
    crmcore.errors.InputError: ages: a list is needed; put the int into one
    """
    if isinstance(given, kind):
        raise InputError(f"{name}: a list is needed; put the {kind.__name__} into one")
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InputError(f"{name}: a list of {kind.__name__} is needed, not {kind_of(given)}")
    found = tuple(given)
    for each in found:
        if not isinstance(each, kind):
            raise InputError(f"{name}: each is {_called(kind)}, not {kind_of(each)}")
    return found


def _called(kind: type) -> str:
    return f"{'an' if kind.__name__[:1] in 'aeiouAEIOU' else 'a'} {kind.__name__}"
