"""Words that callers give, as one of what they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from crmcore.errors import InputError, UnknownChoice
from crmcore.reports.pipeline.windows import By, Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

__all__ = ["chosen", "groups_of", "window_of"]

E = TypeVar("E", bound="StrEnum")


def chosen(kind: type[E], word: E | str, *, field: str, of: str) -> E:
    """Return a member of an enumeration; raise UnknownChoice for a word that is none."""
    try:
        return kind(word)
    except ValueError:
        raise UnknownChoice(str(word), [each.value for each in kind], field=field, of=of) from None


def groups_of(by: Iterable[By | str], *, of: str) -> tuple[By, ...]:
    """Return groups; one word by itself is one group."""
    return tuple(chosen(By, each, field="by", of=of) for each in ([by] if isinstance(by, str) else by))


def window_of(within: object) -> Window:
    """Return a window, that of all time for None; raise InputError for what is none."""
    if within is None:
        return Window()
    if not isinstance(within, Window):
        raise InputError(f"within is a {type(within).__name__}; give a Window(since=..., until=...)")
    return within
