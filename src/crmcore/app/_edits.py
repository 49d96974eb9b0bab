"""Changing the plain fields of a record, where nothing else has to be kept in step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from crmcore.errors import InputError, UnknownField
from crmcore.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = ["check_given", "check_known", "edited"]

R = TypeVar("R", bound=Record)
NEVER = frozenset({"id", "version"})


def edited(
    record: R, changes: Mapping[str, Any], *, on: Occasion, told: str, lawful: AbstractSet[str] = NEVER
) -> tuple[R, Event]:
    """Return a record with changes, and the event, which names the fields that are not as they were.

    Args:
        record: as it is.
        changes: field -> new value.
        on: when, by whom and why.
        told: the type of the event.
        lawful: fields that laws look after, beside the id and the version; no edit touches them.

    Raises:
        UnknownField: there is no such field.
        InputError: it is not changed by an edit.

    """
    check_known(type(record), (name for name in changes if not hasattr(record, name)), lawful)
    if wrong := sorted(changes.keys() - (type(record).model_fields.keys() - NEVER - lawful)):
        raise InputError(f"{wrong[0]!r} of a {record.kind} is not changed by an edit")
    new = record.evolve(**changes)
    changed = [name for name in sorted(changes) if getattr(new, name) != getattr(record, name)]
    return new, on.tells(told, record, changed=list[Any](changed))


def check_given(kind: type[Record], more: Mapping[str, Any], *, itself: AbstractSet[str] = frozenset()) -> None:
    """Refuse fields that a new record gets by itself, beside the id and the version, and those that there are not.

    Raises:
        InputError: names the first one; UnknownField, where there is none of that name.

    """
    if given := sorted((NEVER | itself) & more.keys()):
        raise InputError(f"{given[0]}: a {kind.kind} gets that by itself")
    check_known(kind, more, itself)


def check_known(kind: type[Record], given: Iterable[str], reserved: AbstractSet[str] = frozenset()) -> None:
    """Refuse fields that there are not, and offer the nearest of those that may be given."""
    if unknown := sorted(set(given) - kind.model_fields.keys()):
        raise UnknownField(unknown[0], sorted(kind.model_fields.keys() - NEVER - reserved), of=f"a {kind.kind}")
