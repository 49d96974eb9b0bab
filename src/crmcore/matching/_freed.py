"""Memory that was freed, given back to the operating system.

Allocators keep what is freed for what may come. Between the phases of a run that is hundreds of megabytes, which the
next phase has no use for in the sizes in which they lie about, so that the peak of the process would be the sum of its
phases.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["give_back"]


def give_back() -> None:
    """Return freed memory, of the C library and of Arrow, if it is there; does nothing where none can be returned."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Return what trims the heap of the GNU C library, None with another one."""
    if not sys.platform.startswith("linux"):
        return None
    found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found
