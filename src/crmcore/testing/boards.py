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
        shows: posting -> advert.
        is_down: while it is, nobody reaches the board.
        changes: how often what it shows has changed.

    >>> from crmcore.ports import Advert
    >>> advert = Advert(posting="x-1", title="Engineer", html="<p>Hi</p>", text="Hi", url="", data={}, digest="d")
    >>> board = MemoryBoard()
    >>> board.show(advert), board.show(advert), board.changes
    ('advert-x-1', 'advert-x-1', 1)
    >>> board.take_down("x-1", reference="")
    >>> board.shows
    {}
    """

    shows: dict[str, Advert] = attrs.Factory(dict)
    is_down: bool = False
    changes: int = 0

    def show(self, advert: Advert) -> str:
        """Show it; raise StoreUnavailable while the board is down."""
        self._reach()
        known = self.shows.get(advert.posting)
        self.changes += known is None or known.digest != advert.digest
        self.shows[advert.posting] = advert
        return f"advert-{advert.posting}"

    def take_down(self, posting: str, *, reference: str) -> None:  # noqa: ARG002 - it knows its postings
        """Show it no more; raise StoreUnavailable while the board is down."""
        self._reach()
        self.changes += self.shows.pop(posting, None) is not None

    def _reach(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the board cannot be reached")
