"""From scored pairs to people."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching._threads import THREADS, of_each
from crmcore.matching.clustering.components import LARGEST_COMPONENT, components_in_bounds
from crmcore.matching.clustering.constraints import Constraints, obeying
from crmcore.matching.clustering.linkage import Components, join
from crmcore.matching.clustering.sizes import SizeLaw
from crmcore.matching.encoding.order import stable_order
from crmcore.matching.encoding.strings import GOLDEN
from crmcore.matching.scoring import probability_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from crmcore.matching.clustering.urn import Testimony

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Clusters", "cluster", "sampled_below"]

PAIRS = 50_000
"""Pairs of rows that are looked at together, by each thread."""
SAMPLED = 100_000
"""Pairs within components that are looked at to learn how many records people have."""
ONE = np.ones(1, np.int64)


@attrs.frozen(kw_only=True, eq=False)
class Clusters:
    """Rows as people.

    Attributes:
        labels: int64, (rows,): the first row of each one's person.
        confidence: float64, (rows,): the probability that each one's person is one, by its least sure join; 1 for a row
            that is alone, and where people said so.

    """

    labels: Int64s
    confidence: Floats


def cluster(
    rows: int,
    left: Int64s,
    right: Int64s,
    weights: Floats,
    testimony: Testimony,
    *,
    least: float,
    constraints: Constraints | None = None,
    connects: float | None = None,
    sizes: SizeLaw | None = None,
) -> Clusters:
    """Group rows into people.

    Pairs connect rows. Within each component, the groups for which most speaks join first, as long as it is enough:
    see `urn` for what speaks for two groups, and `sizes` for what is so before anything is compared. How many records
    people have is learned from some components first. Where every two rows of a component are connected, and one person
    more surely than asked for, so are all.

    Args:
        rows: how many there are.
        left, right, weights: the scored pairs, each once, left < right; weights in bits.
        testimony: what pairs say feature by feature.
        least: what it takes for two groups to join, log2 of the odds, in bits.
        constraints: what must be obeyed.
        connects, sizes: from which weight on pairs connect, in bits, and how many records people have, where these
            rows are too few to tell.

    """
    constraints = Constraints() if constraints is None else constraints
    unit = constraints.units(rows)
    most = max(min(rows, LARGEST_COMPONENT), 2)
    law = SizeLaw.geometric(testimony.prior, rows=rows, most=most)
    connects = least - float(law.bits(ONE, ONE)[0]) if connects is None else connects
    strong = weights >= connects
    left, right, weights = left[strong], right[strong], weights[strong]
    components = components_in_bounds(rows, unit[left], unit[right], weights, least=connects)[unit]
    inside = components[left] == components[right]
    left, right, weights = left[inside], right[inside], weights[inside]

    plain = _unconstrained(components, unit, constraints)

    def grouped(some: Bools, law: SizeLaw) -> tuple[Int64s, Floats]:
        scores = weights + law.bits(ONE, ONE)
        good = scores >= least
        agreed = plain & _complete(components, left[good])
        labels, surest = components.copy(), _least_sure(components, left[good], right[good], scores[good], agreed)
        shelf = _Shelf.of(components, unit, constraints, some=some & ~agreed)

        def look_at(batch: tuple[Components, Int64s]) -> None:
            parts, at = batch
            edges = shelf.place[left[at]], shelf.place[right[at]], weights[at]
            forest = join(parts, edges, testimony, law=law, least=least)
            labels[parts.row] = parts.row[forest.group]
            surest[parts.row] = forest.weakest

        batches = shelf.batches(left)
        while some_batches := list(islice(batches, THREADS)):  # they have no row in common
            of_each(some_batches, look_at)
        return labels, surest

    if sizes is None:
        size = np.bincount(components, minlength=rows)
        some = _sampled(size)
        labels, _ = grouped(some, law)
        found = np.bincount(labels[some[components] & (size[components] <= LARGEST_COMPONENT)], minlength=rows)
        sizes = SizeLaw.found(found[found > 0], testimony.prior, rows=rows, most=most)
    labels, surest = grouped(np.ones(rows, bool), sizes)
    return Clusters(labels=obeying(labels, constraints), confidence=probability_of(surest))


def _unconstrained(components: Int64s, unit: Int64s, constraints: Constraints) -> Bools:
    """Tell of which components nothing is decided, and which hold no source twice, bool, (rows,), by their labels."""
    plain = np.ones(len(components), bool)
    if constraints.source is not None:
        rows, sources = np.flatnonzero(constraints.source >= 0), int(constraints.source.max(initial=0)) + 1
        held = np.sort(components[rows] * sources + constraints.source[rows])
        plain[held[1:][held[1:] == held[:-1]] // sources] = False
    plain[components[unit != np.arange(len(unit))]] = False
    plain[components[constraints.apart.ravel()]] = False
    return plain


def _complete(components: Int64s, left: Int64s) -> Bools:
    """Tell which components have an edge between every two rows, bool, (rows,), by their labels.

    Args:
        components: int64, (rows,).
        left: int64, one end of each edge; no edge stands there twice.

    """
    size, edges = (np.bincount(labels, minlength=len(components)) for labels in (components, components[left]))
    complete: Bools = (edges == size * (size - 1) // 2) & (size <= LARGEST_COMPONENT)
    return complete


def _least_sure(components: Int64s, left: Int64s, right: Int64s, scores: Floats, agreed: Bools) -> Floats:
    """Return the best edge of that row of each component whose best is least, float64, (rows,); inf where not agreed.

    In a component of two or three rows that is the least sure join, and in a larger one it is no less sure.
    """
    here = agreed[components[left]]
    best = np.full(len(components), -np.inf)
    for ends in (left[here], right[here]):
        np.maximum.at(best, ends, scores[here])
    least = np.full(len(components), np.inf)
    rows = np.flatnonzero(best > -np.inf)
    np.minimum.at(least, components[rows], best[rows])
    return least[components]


def _sampled(size: Int64s) -> Bools:
    """Choose components, by the hash of their labels, whose pairs are about `SAMPLED`; all, where they are no more.

    Args:
        size: int64, (rows,), rows of the component of each label.

    """
    pairs = np.where(size <= LARGEST_COMPONENT, size * (size - 1) // 2, 0)
    hashes = (np.arange(len(size)).astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN)
    return hashes <= np.uint64(sampled_below(int(pairs.sum())))


def sampled_below(pairs: int) -> int:
    """Return the hash up to which components are sampled that have so many pairs together."""
    share = SAMPLED / max(pairs, SAMPLED)
    return int(share * (2**64 - 1)) if share < 1 else 2**64 - 1


@attrs.frozen(eq=False)
class _Shelf:
    """Components that have to be looked at, side by side.

    Attributes:
        component, unit, source: int64, (rows,), of each row of the table.
        apart: int64, (pairs, 2), rows of the table.
        order: int64, the rows, component by component.
        begin: int64, (components,): where each begins there.
        size: int64, (components,).
        pairs: int64, (components,): how many pairs of rows there are up to the end of each.
        place: int64, (rows,): where each row of the table stands in its batch, once that was made.

    """

    component: Int64s
    unit: Int64s
    source: Int64s
    apart: Int64s
    order: Int64s
    begin: Int64s
    size: Int64s
    pairs: Int64s
    place: Int64s

    @classmethod
    def of(cls, component: Int64s, unit: Int64s, constraints: Constraints, *, some: Bools) -> _Shelf:
        """Put the components of *some* labels, bool, (rows,), side by side."""
        rows = len(component)
        size = np.bincount(component, minlength=rows)[component]
        order = stable_order(component)
        order = order[some[component[order]] & (size[order] > 1) & (size[order] <= LARGEST_COMPONENT)]
        begin = np.flatnonzero(np.diff(component[order], prepend=-1))
        size = size[order[begin]]
        return cls(
            component=component,
            unit=unit,
            source=np.full(rows, -1) if constraints.source is None else constraints.source,
            apart=constraints.apart,
            order=order,
            begin=begin,
            size=size,
            pairs=np.cumsum(size * (size - 1) // 2),
            place=np.zeros(rows, np.int64),
        )

    def batches(self, left: Int64s) -> Iterator[tuple[Components, Int64s]]:
        """Yield some components at once, and the places of the edges within them, *left* being their left rows."""
        edges = stable_order(self.component[left])
        owner = self.component[left[edges]]
        owners = self.component[self.order[self.begin]]
        first = 0
        while first < len(owners):
            done = int(self.pairs[first - 1]) if first else 0
            last = max(int(np.searchsorted(self.pairs, done + PAIRS, side="right")), first + 1)
            here = owners[first:last]
            at = edges[np.searchsorted(owner, here[0]) : np.searchsorted(owner, here[-1], side="right")]
            yield self._batch(slice(first, last), done), at[np.isin(self.component[left[at]], here)]
            first = last

    def _batch(self, some: slice, done: int) -> Components:
        begin, size = self.begin[some], self.size[some]
        row = self.order[begin[0] : begin[-1] + size[-1]]
        self.place[row] = np.arange(len(row))
        here = np.isin(self.component[self.apart], self.component[row[begin - begin[0]]]).all(axis=1)
        return Components(
            row=row,
            first=np.repeat(begin - begin[0], size),
            size=np.repeat(size, size),
            base=np.repeat(self.pairs[some] - size * (size - 1) // 2 - done, size),
            unit=self.place[self.unit[row]],
            source=self.source[row],
            apart=self.place[self.apart[here]],
        )
