"""What a search has found: the best first, and an explanation that is worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar, overload

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

__all__ = ["Ranked"]


class Timed(Protocol):
    """What begins at an instant."""

    @property
    def starts_at(self) -> datetime:
        """When."""
        ...


T = TypeVar("T", bound=Timed)
E = TypeVar("E")


@attrs.frozen(eq=False, repr=False)
class Ranked(Sequence[T], Generic[T, E]):
    """What was found, the best first.

    Attributes:
        found: in this order.

    """

    NAME: ClassVar[str] = "found"

    found: tuple[T, ...]
    _explain: Callable[[], E] = attrs.field(repr=False)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[T]:
        return iter(self.found)

    def __repr__(self) -> str:
        best = f"; the best: {self.found[0]}" if self.found else "; explain() says why"
        return f"<{len(self)} {self.NAME}{best}>"

    def in_order(self) -> tuple[T, ...]:
        """Return them as the calendar has them, the earliest first."""
        return tuple(sorted(self.found, key=lambda each: each.starts_at))

    def explain(self) -> E:
        """Tell what was in the way."""
        return self._explain()
