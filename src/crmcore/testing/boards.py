"""A job board in memory: an adapter of the port, for tests and for trying things out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import StoreUnavailable

if TYPE_CHECKING:
    from crmcore.ports import Advert

__all__ = ["MemoryBoard"]


@attrs.define
class MemoryBoard:
    """Shows adverts to whoever looks at `shows`.

    Attributes:
        shows: reference -> advert.
        is_down: while it is, nobody reaches the board.
        asked: the keys of all that it did, each once.

    >>> from crmcore.ports import Advert
    >>> advert = Advert(posting="x-1", title="Engineer", html="<p>Hi</p>", text="Hi", url="", data={}, digest="d")
    >>> board = MemoryBoard()
    >>> board.show(advert, key="k-1"), board.show(advert, key="k-1"), list(board.shows)
    ('advert-1', 'advert-1', ['advert-1'])
    """

    shows: dict[str, Advert] = attrs.Factory(dict)
    is_down: bool = False
    asked: dict[str, str] = attrs.Factory(dict)

    def show(self, advert: Advert, *, key: str) -> str:
        """Show it; raise StoreUnavailable while the board is down."""
        self._reach()
        if key not in self.asked:
            reference = advert.reference or f"advert-{len(self.asked) + 1}"
            self.asked[key] = reference
            self.shows[reference] = advert
        return self.asked[key]

    def take_down(self, reference: str, *, key: str) -> None:
        """Show it no more; raise StoreUnavailable while the board is down."""
        self._reach()
        if key not in self.asked:
            self.asked[key] = reference
            self.shows.pop(reference, None)

    def _reach(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the board cannot be reached")
