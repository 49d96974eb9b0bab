"""What pages show of a result: plain figures and texts, and for what is worth a look the rows and the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore._pages.cards import ReportLimits
from crmcore._pages.choosing import ClusterFacts
from crmcore._pages.views import Bin, Cluster, Evidence, Network, PairEvidence, RowView, Tie
from crmcore.hygiene.roles import Role
from crmcore.matching.charts._results import histogram
from crmcore.matching.charts.graph import cluster_graph
from crmcore.matching.scoring import weight_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.matching.explanation import Explanation
    from crmcore.matching.results import Deduplication, Linkage
    from crmcore.ports import Cell

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Rows", "Ties", "clusters_of", "facts_of", "pair_view", "text_of", "weight_bins"]

SINGLE = (Role.DATE_OF_BIRTH, Role.NATIONAL_ID, Role.GENDER)
"""Of these a person has one: rows that differ contradict each other."""
SHOWN_PAIRS = 3
"""Pairs of a cluster whose evidence is shown, the weakest first."""
LEAST_DRAWN, MOST_DRAWN = 3, 30
"""Clusters of so many rows are drawn as a graph: two rows have one tie, and very many cannot be told apart."""
NAMES = (Role.FULL_NAME, Role.GIVEN_NAME, Role.FAMILY_NAME)


@attrs.frozen(kw_only=True, eq=False)
class Rows:
    """A table, and how its rows are shown.

    Attributes:
        table: column -> one cell a row.
        roles: what the columns were taken for.
        columns: those to show, in order.
        numbers: int64, (rows,), what each row is numbered as.
        label: what a row is called besides; "" where its number will do.
        single: column of which a person has one value -> int64, (rows,), equal where the values are; -1 where none is.

    """

    table: Mapping[str, Sequence[Cell]]
    roles: tuple[RoleGuess, ...]
    columns: Sequence[str]
    numbers: Int64s
    label: Callable[[int], str]
    single: Mapping[str, Int64s]

    @classmethod
    def of(
        cls,
        result: Deduplication | Linkage,
        table: Mapping[str, Sequence[Cell]],
        *,
        numbers: Int64s,
        first: Sequence[str] = (),
        label: Callable[[int], str] = lambda _: "",
    ) -> Rows:
        """Show the columns of a result's table that hold something, *first* those named."""
        reading = result._reading  # noqa: SLF001 - the room's own
        filled = [guess.column for guess in reading.guesses if guess.role is not Role.EMPTY]
        return cls(
            table=table,
            roles=reading.guesses,
            columns=list(dict.fromkeys([*first, *filled])),
            numbers=numbers,
            label=label,
            single={
                guess.column: _codes(result, guess.column, table[guess.column])
                for guess in reading.guesses
                if guess.role in SINGLE
            },
        )

    def view(self, row: int) -> RowView:
        """Return one row."""
        values = {column: text_of(self.table[column][row]) for column in self.columns}
        return RowView(row=int(self.numbers[row]), values=values, label=self.label(row))

    def title(self, rows: Sequence[int]) -> str:
        """Name some rows by the longest of their names, for want of a golden one."""
        full = [guess.column for guess in self.roles if guess.role is NAMES[0]][:1]
        parts = full or [guess.column for role in NAMES[1:] for guess in self.roles if guess.role is role]
        titles = [" ".join(filter(None, (text_of(self.table[column][row]) for column in parts))) for row in rows]
        return max(titles, key=len, default="") or f"row {self.numbers[rows[0]]:,}"

    def conflicts(self, rows: Sequence[int]) -> tuple[str, ...]:
        """Return the columns in which some rows contradict each other."""
        return tuple(name for name, codes in self.single.items() if len(set(codes[rows].tolist()) - {-1}) > 1)


def _codes(result: Deduplication | Linkage, column: str, cells: Sequence[Cell]) -> Int64s:
    """Return the values of a column as numbers: normal forms where it is compared by itself, else as they stand."""
    learned = result._learned  # noqa: SLF001 - the room's own
    for feature in () if learned is None else learned.features:
        if feature.columns == (column,) and learned is not None:
            codes: Int64s = feature.data.codes[learned.place, 0].astype(np.int64)
            return codes
    numbers: dict[Cell, int] = {}
    return np.array([numbers.setdefault(cell, len(numbers)) if cell else -1 for cell in cells], np.int64)


@attrs.frozen(kw_only=True, eq=False)
class Ties:
    """How the rows of a result hang together.

    Attributes:
        mate: int64, (rows,), the row of the same cluster that each row agrees with most, or -1.
        sure: float64, (rows,), the probability of that pair, or 0.
        weakest: float64, (clusters,), the least of these in each cluster; 1 for a cluster of one row.

    """

    mate: Int64s
    sure: Floats
    weakest: Floats

    @classmethod
    def of(cls, result: Deduplication) -> Ties:
        """Find them among the scored pairs."""
        ids, pairs, rows = result.cluster_ids, result.pairs, len(result.cluster_ids)
        inside = ids[pairs.left] == ids[pairs.right]
        left, right, sure = pairs.left[inside], pairs.right[inside], pairs.probability[inside]
        order = np.argsort(sure, kind="stable")
        mate, best = np.full(rows, -1), np.zeros(rows)
        for row, other in ((left[order], right[order]), (right[order], left[order])):
            better = sure[order] > best[row]
            mate[row[better]], best[row[better]] = other[better], sure[order][better]
        weakest = np.ones(int(ids.max(initial=-1)) + 1)
        np.minimum.at(weakest, ids, np.where(np.bincount(ids)[ids] > 1, best, 1.0) if rows else best)
        return cls(mate=mate, sure=best, weakest=weakest)

    def weakest_pairs(self, rows: Int64s) -> list[tuple[int, int]]:
        """Return the strongest ties of the least certain rows of a cluster, the weakest first."""
        pairs: dict[tuple[int, int], None] = {}
        for row in sorted(rows.tolist(), key=lambda row: (self.sure[row], row)):
            mate = int(self.mate[row])
            other = mate if mate >= 0 else int(rows[0] if row != rows[0] else rows[1])
            pairs[min(row, other), max(row, other)] = None
            if len(pairs) == SHOWN_PAIRS:
                break
        return list(pairs)


def facts_of(result: Deduplication, rows: Rows, ties: Ties) -> Iterator[ClusterFacts]:
    """Return of each cluster of several rows what choosing among them needs to know."""
    sizes = np.bincount(result.cluster_ids)
    conflicts = np.zeros(len(sizes), np.int64)
    for codes in rows.single.values():
        known = codes >= 0
        least, most = np.full(len(sizes), np.iinfo(np.int64).max), np.full(len(sizes), -1)
        np.minimum.at(least, result.cluster_ids[known], codes[known])
        np.maximum.at(most, result.cluster_ids[known], codes[known])
        conflicts += most > least
    for key in np.flatnonzero(sizes > 1).tolist():
        weakest = float(ties.weakest[key])
        yield ClusterFacts(key=key, size=int(sizes[key]), weakest=weakest, conflicts=int(conflicts[key]))


def clusters_of(result: Deduplication, rows: Rows, ties: Ties, *, keys: Sequence[int]) -> tuple[Cluster, ...]:
    """Return clusters with their rows, their graph, and the evidence of their weakest ties."""
    return tuple(_cluster(result, rows, ties, key) for key in keys)


def _cluster(result: Deduplication, rows: Rows, ties: Ties, key: int) -> Cluster:
    members = result.clusters[key]
    return Cluster(
        key=key,
        title=rows.title(members.tolist()),
        size=len(members),
        rows=tuple(map(rows.view, members[: ReportLimits().rows].tolist())),
        pairs=tuple(
            pair_view(result.explain(*pair), rows.numbers[pair[0]], rows.numbers[pair[1]])
            for pair in ties.weakest_pairs(members)
        ),
        weakest=float(ties.weakest[key]),
        conflicts=rows.conflicts(members.tolist()),
        network=_network(result, rows, members) if LEAST_DRAWN <= len(members) <= MOST_DRAWN else None,
    )


def _network(result: Deduplication, rows: Rows, members: Int64s) -> Network:
    graph = cluster_graph(members, result.weigh, least=weight_of(result.threshold))
    at = {row: place for place, row in enumerate(graph.rows.tolist())}
    return Network(
        labels=tuple(f"{rows.numbers[row]}" for row in graph.rows),
        places=tuple((x, y) for x, y in graph.place.tolist()),
        ties=tuple(Tie(left=at[t.left], right=at[t.right], weight=t.bits, kind=t.kind) for t in graph.ties),
    )


def pair_view(why: Explanation, left: int, right: int) -> PairEvidence:
    """Return the evidence of two rows, which are numbered as told, with what comes before and after it."""
    before = _of_no_values("two random rows", "before comparing", why.prior)
    evidence = [
        Evidence(
            comparison=piece.comparison,
            left=piece.left or None,
            right=piece.right or None,
            agreement=piece.agreement,
            weight=piece.match_weight,
        )
        for piece in why.evidence
    ]
    after = _of_no_values("other explanation", f"they might be {why.relation}", why.correction)
    return PairEvidence(
        left=int(left),
        right=int(right),
        probability=why.probability,
        weight=why.match_weight,
        evidence=(before, *evidence, *([after] if why.relation else [])),
    )


def _of_no_values(comparison: str, agreement: str, weight: float) -> Evidence:
    return Evidence(comparison=comparison, left=None, right=None, agreement=agreement, weight=weight, of_values=False)


def weight_bins(weights: Floats) -> tuple[Bin, ...]:
    """Count match weights in bins of whole bits."""
    return tuple(Bin(low=low, high=high, count=number) for low, high, number in histogram(weights))


def text_of(cell: Cell) -> str | None:
    """Return what stands in a cell as one text."""
    return "; ".join(cell) if isinstance(cell, tuple) else cell
