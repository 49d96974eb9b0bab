"""What follows from no count being less than zero, or more than there are people.

Unknown is how many of each cell, the people whom the same groups hold, gave each option. Every count that was told is a
sum over the cells of its group, and every two of them have a difference, which is one of the cells of one group alone
and those of the other alone. From the least and the most that the rest of such a sum can be follow the least and the
most of each part; that is repeated until nothing changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.hiring.vault._audit import parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmcore.hiring.vault._audit import Asked

    Unknown = tuple[int, str]
    Sum = tuple[frozenset[Unknown], frozenset[Unknown], int]
    """What is added, what is taken away, and what comes of it."""

__all__ = ["pinned"]

MOST_ROUNDS = 100


def pinned(groups: Sequence[Asked], *, options: Sequence[str], guarded: Sequence[str], threshold: int) -> bool:
    """Say whether a count of a cell can be but one, and it, or all the rest of the cell, is small.

    Args:
        groups: all that were asked about.
        options: all that can be answered, or that somebody told nothing.
        guarded: of these, the ones of which a small count is not told.
        threshold: counts under it are small.

    """
    cells = parted([group.members for group in groups])
    sizes = [len(members) for _, members in cells]
    inside = [frozenset(cell for cell, (held, _) in enumerate(cells) if at in held) for at in range(len(groups))]
    sums: list[Sum] = [(_of(frozenset({cell}), *options), frozenset(), size) for cell, size in enumerate(sizes)]
    sums += _told(groups, inside)
    least = {(cell, option): 0 for cell in range(len(cells)) for option in options}
    most = {(cell, option): sizes[cell] for cell, option in least}
    _narrowed(least, most, sums)
    return any(
        least[cell, option] == most[cell, option] and min(most[cell, option], size - most[cell, option]) < threshold
        for cell, size in enumerate(sizes)
        for option in guarded
    )


def _of(cells: frozenset[int], *options: str) -> frozenset[Unknown]:
    return frozenset((cell, option) for cell in cells for option in options)


def _told(groups: Sequence[Asked], inside: Sequence[frozenset[int]]) -> Iterator[Sum]:
    """Yield the sums that were told, and the differences of any two that have somebody in common."""
    for place, (group, held) in enumerate(zip(groups, inside, strict=True)):
        for option, count in group.told.items():
            yield _of(held, option), frozenset(), count
        for other, part in zip(groups[:place], inside[:place], strict=True):
            for option in group.told.keys() & other.told.keys() if held & part else ():
                yield _of(held - part, option), _of(part - held, option), group.told[option] - other.told[option]


def _narrowed(least: dict[Unknown, int], most: dict[Unknown, int], sums: Sequence[Sum]) -> None:
    """Narrow what each unknown can be by each sum, in place."""
    for _ in range(MOST_ROUNDS):
        before = sum(most.values()) - sum(least.values())
        for added, taken, total in sums:
            low = sum(least[each] for each in added) - sum(most[each] for each in taken)
            high = sum(most[each] for each in added) - sum(least[each] for each in taken)
            for each in added:
                at_least, at_most = least[each], most[each]
                least[each] = max(at_least, total - high + at_most)
                most[each] = min(at_most, total - low + at_least)
                low, high = low + least[each] - at_least, high + most[each] - at_most
            for each in taken:
                at_least, at_most = least[each], most[each]
                least[each] = max(at_least, low - total + at_most)
                most[each] = min(at_most, high - total + at_least)
                low, high = low + at_most - most[each], high + at_least - least[each]
        if sum(most.values()) - sum(least.values()) == before:
            return
