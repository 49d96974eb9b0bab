"""From views to what the templates draw: cut to size, with a word on what was left out."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

import attrs

from crmcore._pages.choosing import ClusterFacts, Look, worth_a_look
from crmcore._pages.views import Count

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmcore._pages.views import Bin, Cluster, Evidence, PairEvidence, RowView

__all__ = ["Card", "Line", "LookGroup", "Reading", "ReportLimits", "cards", "look_groups", "size_groups", "ticks"]


AUDIBLE = 0.05
"""Bits; less would be written as 0.0, and says nothing."""

_HINTS = {
    Look.WEAKEST: "One doubtful pair holds these together: they may be two people.",
    Look.CONFLICT: "These rows contradict each other where a person has one value only.",
    Look.LARGEST: "One person, or a shared address that glued several together?",
}


@attrs.frozen(kw_only=True)
class ReportLimits:
    """How much a report shows; counts always speak of everything.

    Attributes:
        clusters: people with more than one row.
        rows: rows side by side within one of them.
        columns: columns within one of them.
        pairs: pairs with evidence within one of them.
        rejects: rows that were left out.
        examples: raw values for one reason or column.

    """

    clusters: int = 200
    rows: int = 12
    columns: int = 60
    pairs: int = 10
    rejects: int = 200
    examples: int = 3


@attrs.frozen(kw_only=True)
class Line:
    """One column of a cluster: its cells row by row, and whether they differ."""

    column: str
    cells: tuple[str | None, ...]
    differs: bool
    conflict: bool


@attrs.frozen(kw_only=True)
class Reading:
    """One pair as it is drawn: the evidence that says something, and the comparisons that say nothing."""

    pair: PairEvidence
    evidence: tuple[Evidence, ...]
    silent: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Card:
    """One cluster as it is drawn."""

    cluster: Cluster
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    pairs: tuple[Reading, ...]
    looks: tuple[Look, ...]
    hidden_rows: int
    hidden_columns: int
    hidden_pairs: int

    @property
    def heaviest(self) -> float:
        """Return the largest single weight, which the bars are drawn against."""
        return max((abs(e.weight) for reading in self.pairs for e in reading.evidence), default=0.0)


def cards(clusters: Sequence[Cluster], *, limits: ReportLimits) -> tuple[Card, ...]:
    """Draw up the first clusters, each with the reasons for which it is worth a look."""
    looks = worth_a_look(
        ClusterFacts(key=c.key, size=c.size, weakest=c.weakest, conflicts=len(c.conflicts)) for c in clusters
    )
    reasons = {c.key: tuple(look for look, keys in looks.items() if c.key in keys) for c in clusters}
    return tuple(_card(c, looks=reasons[c.key], limits=limits) for c in clusters[: limits.clusters])


@attrs.frozen(kw_only=True)
class LookGroup:
    """The cards that are worth a look for one reason."""

    look: Look
    hint: str
    cards: tuple[Card, ...]


def look_groups(drawn: Sequence[Card]) -> tuple[LookGroup, ...]:
    """Group the cards by the reasons for which they are worth a look."""
    groups = ((look, hint, tuple(card for card in drawn if look in card.looks)) for look, hint in _HINTS.items())
    return tuple(LookGroup(look=look, hint=hint, cards=chosen) for look, hint, chosen in groups if chosen)


def size_groups(sizes: Iterable[tuple[int, int]], *, last: int = 6) -> tuple[Count, ...]:
    """Group people by their number of rows: 1, 2, ... and *last* or more.

    >>> [(group.label, group.count) for group in size_groups([(1, 50), (2, 7), (6, 1), (40, 1)], last=3)]
    [('1 row', 50), ('2 rows', 7), ('3 or more', 2)]
    """
    groups = dict.fromkeys(range(1, last + 1), 0)
    for size, people in sizes:
        groups[min(last, max(1, size))] += people
    names = {1: "1 row", last: f"{last} or more"}
    return tuple(Count(label=names.get(size, f"{size} rows"), count=people) for size, people in groups.items())


def ticks(bins: Sequence[Bin], *, most: int = 6) -> tuple[str, ...]:
    """Return one label a bin for its lower edge: about *most* round numbers in all, the other labels are empty.

    >>> from crmcore._pages.views import Bin
    >>> ticks([Bin(low=low, high=low + 5, count=1) for low in range(-10, 25, 5)])
    ('-10', '-5', '0', '5', '10', '15', '20')
    >>> ticks([Bin(low=low, high=low + 5, count=1) for low in range(-10, 25, 5)], most=4)
    ('-10', '', '0', '', '10', '', '20')
    """
    if not bins:
        return ()
    step = _round_step((bins[-1].low - bins[0].low) / most)
    return tuple(f"{edge.low:g}" if abs(edge.low / step - round(edge.low / step)) < 1e-9 else "" for edge in bins)


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, 50, ... (and their tenths and so on) that is at least *least*."""
    if least <= 0:
        return 1.0
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _card(cluster: Cluster, *, looks: tuple[Look, ...], limits: ReportLimits) -> Card:
    rows = cluster.rows[: limits.rows]
    filled = [c for c in dict.fromkeys(c for row in rows for c in row.values) if any(row.values.get(c) for row in rows)]
    return Card(
        cluster=cluster,
        labels=tuple(row.label or f"row {row.row:,}" for row in rows),
        lines=tuple(_line(column, rows, cluster.conflicts) for column in filled[: limits.columns]),
        pairs=tuple(_reading(pair) for pair in cluster.pairs[: limits.pairs]),
        looks=looks,
        hidden_rows=cluster.size - len(rows),
        hidden_columns=max(0, len(filled) - limits.columns),
        hidden_pairs=max(0, len(cluster.pairs) - limits.pairs),
    )


def _reading(pair: PairEvidence) -> Reading:
    return Reading(
        pair=pair,
        evidence=tuple(e for e in pair.evidence if abs(e.weight) >= AUDIBLE),
        silent=tuple(e.comparison for e in pair.evidence if abs(e.weight) < AUDIBLE),
    )


def _line(column: str, rows: Sequence[RowView], conflicts: Sequence[str]) -> Line:
    cells = tuple(row.values.get(column) for row in rows)
    return Line(column=column, cells=cells, differs=len({c for c in cells if c}) > 1, conflict=column in conflicts)
