"""What a question finds, before it is saved: how many, some of them, and at what cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import attrs

if TYPE_CHECKING:
    from crmcore.model.record import Record
    from crmcore.ports import Reader
    from crmcore.query.tree import Expression

__all__ = ["Preview", "previewed"]


@attrs.frozen(kw_only=True)
class Preview:
    """What a question finds at one instant, and at what cost.

    Attributes:
        size: how many, exactly.
        sample: some of them, the first by id.
        pages: how many questions it took.
        judged: how many records this process judges one by one to tell those that are asked for from the others.
        is_exact: whether a database tells them all by itself; then nobody is judged.
        indexes: those that the database goes by; empty of a store that has none, or does not say.

    """

    size: int
    sample: tuple[Record, ...]
    pages: int
    judged: int
    is_exact: bool
    indexes: tuple[str, ...] = ()


class Way(Protocol):
    """How a store finds records."""

    @property
    def indexes(self) -> tuple[str, ...]:
        """The indexes that it goes by."""
        ...

    @property
    def is_exact(self) -> bool:
        """Whether nobody is left to be judged."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A store that tells what a question costs."""

    def explain(self, kind: type[Record], where: Expression | None = None) -> Way:
        """Return how it finds the records for which *where* is true."""
        ...

    def left_to_judge(self, kind: type[Record], where: Expression | None = None) -> int:
        """Return how many records it judges one by one."""
        ...


def previewed(reader: Reader, kind: type[Record], asks: Expression, *, sample: int) -> Preview:
    """Return what a question with plain values finds.

    Args:
        reader: what is asked; one that does not tell the cost is taken to judge every record of the kind.
        kind: of which records.
        asks: the question.
        sample: how many of them to return.

    """
    first = reader.find(kind, asks, limit=max(sample, 1))
    size = len(first) if first.next is None else reader.count(kind, asks)
    way = reader.explain(kind, asks) if isinstance(reader, Telling) else None
    return Preview(
        size=size,
        sample=first.records[:sample],
        pages=1 if first.next is None else 2,
        judged=reader.left_to_judge(kind, asks) if isinstance(reader, Telling) else reader.count(kind),
        is_exact=way is not None and way.is_exact,
        indexes=() if way is None else way.indexes,
    )
