"""What a question finds, before it is saved: how many, some of them, and at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import attrs

if TYPE_CHECKING:
    from crmcore.model.record import Record
    from crmcore.ports import Reader
    from crmcore.query.tree import Expression

__all__ = ["Preview", "previewed"]

PAGE = 10_000


@attrs.frozen(kw_only=True)
class Preview:
    """What a question finds at one instant.

    Attributes:
        size: how many, exactly.
        sample: some of them, the first by id.
        pages: how many questions it took.

    """

    size: int
    sample: tuple[Record, ...]
    pages: int


@runtime_checkable
class Counting(Protocol):
    """A store that counts without reading."""

    def count(self, kind: type[Record], where: Expression | None = None) -> int:
        """Return how many records there are for which *where* is true."""
        ...


def previewed(reader: Reader, kind: type[Record], asks: Expression, *, sample: int) -> Preview:
    """Return what a question with plain values finds.

    Args:
        reader: what is asked; one that counts need not read them all.
        kind: of which records.
        asks: the question.
        sample: how many of them to return.

    """
    first = reader.find(kind, asks, limit=max(sample, 1))
    if first.next is None:
        return Preview(size=len(first), sample=first.records[:sample], pages=1)
    if isinstance(reader, Counting):
        return Preview(size=reader.count(kind, asks), sample=first.records[:sample], pages=2)
    size, pages = len(first), 1
    after: str | None = first.next
    while after is not None:
        page = reader.find(kind, asks, limit=PAGE, after=after)
        size, after, pages = size + len(page), page.next, pages + 1
    return Preview(size=size, sample=first.records[:sample], pages=pages)
