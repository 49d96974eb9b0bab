"""Rooms whose names are loaded when they are first taken, so that opening a room costs nothing."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["lazily"]


def lazily(room: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a room.

    Bind them where a type checker does not look: it would take any misspelt name for Any. It reads the same names from
    imports under ``if TYPE_CHECKING``.

    Args:
        room: its full name.
        homes: the module below it, or any full name of one -> the names that live there, with blanks between them.

    """
    lives_in = {
        name: home if "." in home else f"{room}.{home}" for home, names in homes.items() for name in names.split()
    }

    def get(name: str) -> Any:
        if name not in lives_in:
            near = get_close_matches(name, lives_in, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"module {room!r} has no attribute {name!r}{hint}")
        value = getattr(import_module(lives_in[name]), name)
        setattr(sys.modules[room], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[room]), *lives_in})

    return get, listed
