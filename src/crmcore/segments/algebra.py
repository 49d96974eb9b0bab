"""Segments taken together: expressions of them, and how many they share.

A union, an intersection and a difference are expressions like any other, so they can be asked, saved and followed.
Everybody is a member of a segment or is not, whatever is not known of them: so a difference and an intersection are
together the whole, and sizes and overlaps add up.

>>> difference("pool", "contacted")
And(parts=(InSegment(segment='pool'), Not(part=InSegment(segment='contacted'))))
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs

from crmcore.query.tree import And, Expression, InSegment, Not, Or

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

__all__ = ["Overlap", "difference", "intersection", "overlaps", "union"]


def union(*segments: str) -> Expression:
    """Return what asks for the members of any of them."""
    return Or(InSegment(one) for one in segments)


def intersection(*segments: str) -> Expression:
    """Return what asks for the members of all of them."""
    return And(InSegment(one) for one in segments)


def difference(segment: str, *others: str) -> Expression:
    """Return what asks for those members of the first that belong to none of the others."""
    return And((InSegment(segment), *(Not(InSegment(one)) for one in others)))


@attrs.frozen(kw_only=True)
class Overlap:
    """How two segments stand to each other, in members.

    Attributes:
        both, only_first, only_second: how many.

    """

    first: str
    second: str
    both: int
    only_first: int
    only_second: int

    @property
    def jaccard(self) -> float:
        """The part of all their members that belongs to both; 0 where neither has any."""
        together = self.both + self.only_first + self.only_second
        return self.both / together if together else 0.0


def overlaps(members: Mapping[str, AbstractSet[str] | Iterable[str]]) -> list[Overlap]:
    """Return how every two segments overlap, given the ids of their members.

    >>> [found] = overlaps({"a": {"1", "2"}, "b": {"2", "3", "4"}})
    >>> found.both, found.only_first, found.only_second, found.jaccard
    (1, 1, 2, 0.25)
    """
    sets = {key: frozenset(ids) for key, ids in members.items()}
    return [
        Overlap(
            first=first,
            second=second,
            both=(both := len(sets[first] & sets[second])),
            only_first=len(sets[first]) - both,
            only_second=len(sets[second]) - both,
        )
        for first, second in combinations(sorted(sets), 2)
    ]
