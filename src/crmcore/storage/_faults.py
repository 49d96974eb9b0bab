"""Named places in the work of a store where a test may let it fail; nothing happens there otherwise."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["POINTS", "at_faults", "point"]

POINTS = (
    "unit.begun",
    "unit.before_write",
    "unit.after_write",
    "unit.before_tell",
    "unit.after_tell",
    "unit.before_commit",
    "unit.after_commit",
    "outbox.before_commit",
    "outbox.after_commit",
    "load.begun",
    "load.before_commit",
    "load.after_commit",
    "backup.before_replace",
    "backup.after_replace",
)
"""Every place, in the order in which a unit comes by."""

_hooks: list[Callable[[str], None]] = []


def point(name: str) -> None:
    """Come by a place."""
    for hook in _hooks:
        hook(name)


@contextmanager
def at_faults(hook: Callable[[str], None]) -> Iterator[None]:
    """Call *hook* with the name of every place that any store of this process comes by, within the block.

    >>> seen = []
    >>> with at_faults(seen.append):
    ...     point("unit.begun")
    >>> seen
    ['unit.begun']
    """
    _hooks.append(hook)
    try:
        yield
    finally:
        _hooks.remove(hook)
