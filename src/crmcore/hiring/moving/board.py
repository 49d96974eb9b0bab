"""A pipeline as a board: a column for each stage, and the cards in the order in which people put them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import attrs

from crmcore._given import one, several
from crmcore.errors import NotFound
from crmcore.model.pipeline import Pipeline
from crmcore.model.rank import between
from crmcore.model.stage_history import Status
from crmcore.model.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore.model.pipeline import Stage

__all__ = ["StageColumn", "board", "put"]

T = TypeVar("T", bound=Staged)
LONGEST = 60
"""Characters of a rank; where one would be longer, the column is spread out anew."""


@attrs.frozen(kw_only=True)
class StageColumn(Generic[T]):
    """One stage and who is in it.

    Attributes:
        stage: the stage; a retired one is shown as long as something is in it.
        cards: those that somebody put somewhere, in that order; then the others, the longest standing first.

    """

    stage: Stage
    cards: tuple[T, ...] = ()

    @property
    def room(self) -> int | None:
        """How many more it takes; None where there is no limit."""
        return None if self.stage.capacity is None else max(0, self.stage.capacity - len(self.cards))


def board(records: Iterable[T], *, within: Pipeline) -> tuple[StageColumn[T], ...]:
    """Return the columns of a pipeline, with the active ones of its records; others are left out."""
    within = one(within, Pipeline, "within")
    records = several(records, Staged, "records")  # type: ignore[arg-type] # each of T
    cards: dict[str, list[T]] = {}
    for record in records:
        if record.pipeline == within.id and record.status is Status.ACTIVE:
            cards.setdefault(within.stage(record.stage).key, []).append(record)
    return tuple(
        StageColumn(stage=stage, cards=_in_order(cards.get(stage.key, ())))
        for stage in within.stages
        if stage.key in cards or not stage.is_retired
    )


def put(column: StageColumn[T], card: str, *, after: str | None = None) -> tuple[T, ...]:
    """Put a card of a column after another, or first of all; return the records that change, mostly one.

    Cards that nobody has put anywhere come last, so that those above its new place are given one as well.

    Raises:
        NotFound: one of the two is not in the column.

    """
    held = {each.id: each for each in column.cards}
    for wanted in (card, *([] if after is None else [after])):
        if wanted not in held:
            raise NotFound(f"card in stage {column.stage.key}", wanted)
    if card == after:
        return ()
    others = [each for each in column.cards if each.id != card]
    place = 0 if after is None else [each.id for each in others].index(after) + 1
    ordered = [*others[:place], held[card], *others[place:]]
    ranks = _ranks(ordered, place)
    return tuple(each.placed(rank) for each, rank in zip(ordered, ranks, strict=True) if each.rank != rank)


def _in_order(cards: Sequence[T]) -> tuple[T, ...]:
    return tuple(sorted(cards, key=lambda card: (not card.rank, card.rank, card.history.since, card.id)))


def _ranks(ordered: Sequence[Staged], place: int) -> list[str]:
    """Return the ranks of a column in which only the card at one place has moved."""
    ranks = [each.rank for each in ordered]
    for above in range(place):
        if not ranks[above]:
            ranks[above] = between(ranks[above - 1] if above else "", "")
    below = next((rank for rank in ranks[place + 1 :] if rank), "")
    upper = ranks[place - 1] if place else ""
    if below and upper >= below:  # two were put in one place at once
        return _spread(len(ranks))
    ranks[place] = between(upper, below)
    return ranks if max(map(len, ranks)) <= LONGEST else _spread(len(ranks))


def _spread(count: int) -> list[str]:
    """Return so many ranks in order, short and with room between them."""
    width = 1
    while 36**width < 4 * (count + 1):
        width += 1
    gap = 36**width // (count + 1)
    return [_digits(gap * (place + 1), width).rstrip("0") for place in range(count)]


def _digits(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits
