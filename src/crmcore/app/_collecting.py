"""Lets the cyclic garbage collector rest while rows become objects.

An import makes millions of objects that live to its end and form no cycles. The collector walks all of them again and
again as they grow in number: a third of the time of an import. Reference counts free what is done with, as ever.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["collecting_later"]

_lock = Lock()
_resting = 0
"""How many jobs, in whatever threads, want it to rest; the last one to end wakes it, if it was awake before."""
_was_awake = False


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put off the collection of cycles to the end of the block; blocks may be nested and overlap between threads.

    >>> import gc
    >>> with collecting_later():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    global _resting, _was_awake  # noqa: PLW0603 - the collector is one for the whole process
    with _lock:
        if not _resting:
            _was_awake = gc.isenabled()
            gc.disable()
        _resting += 1
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if not _resting and _was_awake:
                gc.enable()
