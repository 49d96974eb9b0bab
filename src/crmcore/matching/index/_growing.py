"""Arrays that rows are added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Growing"]


class Growing:
    """An array with room behind its end.

    >>> numbers = Growing(np.array([1, 2]))
    >>> numbers.append(3)
    >>> numbers.held.tolist(), len(numbers)
    ([1, 2, 3], 3)
    """

    def __init__(self, first: NDArray[Any]) -> None:
        self._room, self._used = first, len(first)

    def __len__(self) -> int:
        return self._used

    @property
    def held(self) -> NDArray[Any]:
        """What is in it; to be read, or written into, before anything else is added."""
        return self._room[: self._used]

    def append(self, entry: Any) -> None:
        """Add an entry."""
        if self._used == len(self._room):
            room = np.empty((max(2 * self._used, 64), *self._room.shape[1:]), self._room.dtype)
            room[: self._used] = self._room
            self._room = room
        self._room[self._used] = entry
        self._used += 1
