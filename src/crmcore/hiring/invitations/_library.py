"""Hands components to the library that reads their values, and translates whatever it raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from crmcore.hiring.invitations._blocks import Block

__all__ = ["Unread", "component_of", "listed", "require", "windows_zones"]

_RAISED = (  # what malformed values have been seen to raise; OSError is a zone whose name is too long for a file
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    OSError,
    RecursionError,
)


@attrs.frozen
class Unread(Exception):
    """A component cannot be read.

    Attributes:
        code: a stable word for the cause.
        message: the same for people.

    """

    code: str
    message: str


def require() -> Any:
    """Return the library; MissingExtra where it is not installed."""
    try:
        import icalendar
    except ImportError as exc:
        raise MissingExtra("read calendars", "calendar") from exc
    return icalendar


def component_of(block: Block) -> Any:
    """Return a component with typed values.

    Raises:
        Unread: it ends nowhere, or a value that matters cannot be read.

    """
    if not block.is_closed:
        raise Unread("cut-short", f"{block.name} is not ended")
    if block.is_excessive:
        raise Unread("too-long", f"{block.name} has longer properties, or more of them, than any calendar")
    try:
        component = require().cal.Component.from_ical(block.text())
        faults = [f"{name}: {why}" if name else str(why) for name, why in component.errors]
    except _RAISED as exc:
        raise Unread("unreadable-value", _shown(str(exc) or type(exc).__name__)) from exc
    if faults:
        raise Unread("unreadable-value", _shown(faults[0]))
    return component


def listed(component: Any, name: str) -> list[Any]:
    """Return the values of a property that may stand there several times."""
    found = component.get(name, ())
    return list(found) if isinstance(found, list | tuple) else [found]


def windows_zones() -> dict[str, str]:
    """Return the IANA names of the zones that Windows names in its own way."""
    require()
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return WINDOWS_TO_OLSON


def _shown(text: str) -> str:
    """Cut a message short, and make it safe to print."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
