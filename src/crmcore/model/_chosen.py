"""Reads one of a few words that a caller may pass as a text."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from crmcore._messages import kind_of, offered
from crmcore.errors import InputError

__all__ = ["chosen"]

E = TypeVar("E", bound=StrEnum)


def chosen(kind: type[E], value: E | str, *, what: str) -> E:
    """Return the member of a kind that a text names.

    Raises:
        InputError: there is none; with the nearest, or what there is.

    >>> from crmcore.model.pipeline import StageCategory
    >>> chosen(StageCategory, "ofer", what="stage category")
    Traceback (most recent call last):
    crmcore.errors.InputError: there is no stage category 'ofer'; did you mean 'offer'?
    """
    try:
        return kind(value)
    except ValueError:
        given: object = value
        shown = repr(given[:60]) if isinstance(given, str) else f"that is {kind_of(given)}"
        hint = offered(str(given)[:60], [one.value for one in kind])
        raise InputError(f"there is no {what} {shown}; {hint}") from None
