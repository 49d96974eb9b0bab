"""From scored pairs of a whole table to people: each component is grouped where it is, by the local engine's code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching._testimony import TableTestimony
from crmcore.matching.clustering import cluster
from crmcore.matching.clustering.components import LARGEST_COMPONENT, components_in_bounds
from crmcore.matching.clustering.grouping import sampled_below
from crmcore.matching.clustering.sizes import SizeLaw
from crmcore.matching.encoding.strings import GOLDEN
from crmcore.matching.engines.spark._connecting import components_of
from crmcore.matching.engines.spark._pieces import column, dense, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from crmcore.matching.engines.spark._judging import Judge

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["grouped_places"]

ONE = np.ones(1, np.int64)
COUNTED_AT_ONCE = 1 << 22
HISTOGRAM = "size long, people long"


@attrs.frozen(eq=False)
class _Parts:
    """The components of a partition.

    Attributes:
        places: int64, (rows,), rising.
        arrow: what they hold, in that order; None if that was not asked for.
        left, right, weight: the edges, by the places' places, in order.

    """

    places: Int64s
    arrow: Any
    left: Int64s
    right: Int64s
    weight: Floats

    @classmethod
    def of(cls, arrow: Any) -> _Parts:
        right = arrow["right"].to_numpy()
        is_row = np.isnan(right)
        place = dense(arrow["place"])
        rows = np.flatnonzero(is_row)
        rows = rows[np.argsort(place[rows])]
        edges = np.flatnonzero(~is_row)
        places = place[rows]
        left, other = (np.searchsorted(places, ends[edges]) for ends in (place, np.nan_to_num(right).astype(np.int64)))
        order = np.argsort(left << 32 | other)
        weight = arrow["weight"].to_numpy()[edges]
        return cls(places, arrow.take(rows), left[order], other[order], weight[order])

    def bounded(self, connects: float) -> Int64s:
        """Return the label of the component of each row, none of them too large, int64, (rows,)."""
        return components_in_bounds(len(self.places), self.left, self.right, self.weight, least=connects)


@attrs.frozen(eq=False)
class _Sizes:
    """Counts the components of each size."""

    connects: float

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        if (arrow := whole(batches)) is not None:
            sizes = np.bincount(_Parts.of(arrow).bounded(self.connects))
            yield _histogram(sizes)


@attrs.frozen(eq=False, kw_only=True)
class _People:
    """Groups the rows of components into people."""

    judge: Judge
    least: float
    connects: float
    law: SizeLaw

    def labels(self, parts: _Parts) -> tuple[Int64s, Floats]:
        bench = self.judge.over_rows(parts.arrow)
        found = cluster(
            len(parts.places),
            parts.left,
            parts.right,
            parts.weight,
            TableTestimony.of(bench.comparers, bench.evidence),
            least=self.least,
            connects=self.connects,
            sizes=self.law,
        )
        return found.labels, found.confidence

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        if (arrow := whole(batches)) is not None:
            parts = _Parts.of(arrow)
            labels, confidence = self.labels(parts)
            columns = [pa.array(parts.places), pa.array(parts.places[labels]), pa.array(confidence)]
            yield from pa.Table.from_arrays(columns, ["place", "label", "confidence"]).to_batches()


@attrs.frozen(eq=False, kw_only=True)
class _FoundSizes:
    """Counts the people of each size among the components that are sampled."""

    people: _People
    below: int

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        arrow = whole(batches)
        if arrow is None:
            return
        parts = _Parts.of(arrow)
        component = parts.bounded(self.people.connects)
        size = np.bincount(component, minlength=len(component))[component]
        counts = _sampled(parts.places[component], self.below) & (size <= LARGEST_COMPONENT)
        labels, _ = self.people.labels(parts)
        yield _histogram(np.bincount(labels[counts]))


def _histogram(sizes: Int64s) -> Any:
    import pyarrow as pa

    size, people = np.unique(sizes[sizes > 0], return_counts=True)
    return pa.RecordBatch.from_arrays([pa.array(size), pa.array(people)], ["size", "people"])


def _sampled(places: Int64s, below: int) -> Bools:
    hashes = (places.astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN)
    sampled: Bools = hashes <= np.uint64(below)
    return sampled


@attrs.frozen(eq=False)
class _SampledRows:
    """Counts the rows whose own places are sampled."""

    below: int

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        rows = sum(int(_sampled(dense(batch.column("place")), self.below).sum()) for batch in batches)
        yield pa.RecordBatch.from_arrays([pa.array([1]), pa.array([rows])], ["size", "people"])


def grouped_places(
    rows: Any, pairs: Any, judge: Judge, *, least: float, parts: int, on_driver: int, cut: Callable[[Any], Any]
) -> Any:
    """Return place, label and confidence of all places that are connected with others.

    Args:
        rows: the places, and what they hold.
        pairs: the scored pairs.
        judge: the model.
        least: what it takes for two groups to be one person, in bits.
        parts: how many partitions components are dealt to.
        on_driver: so many edges are connected on the driver.
        cut: keeps a frame, so that it is not made again.

    """
    from pyspark.sql import functions as f

    most = max(min(judge.rows, LARGEST_COMPONENT), 2)
    law = SizeLaw.geometric(judge.prior, rows=judge.rows, most=most)
    connects = least - float(law.bits(ONE, ONE)[0])
    edges = pairs.filter(f.col("weight") >= connects)
    members = cut(components_of(edges, on_driver=on_driver, cut=cut))
    names = [column(at) for at in range(len(judge.headings))]
    nothing = [f.lit(None).cast("array<string>").alias(name) for name in names]
    held = rows.join(members, "place").select(
        "component",
        "place",
        f.lit(None).cast("long").alias("right"),
        f.lit(None).cast("double").alias("weight"),
        *names,
    )
    between = edges.join(members, edges["left"] == members["place"]).select(
        "component", f.col("left").alias("place"), "right", "weight", *nothing
    )
    dealt = cut(held.union(between).repartition(parts, "component"))
    people = _People(judge=judge, least=least, connects=connects, law=law)
    people = attrs.evolve(people, law=_law_found(dealt, members, people, judge, most=most))
    return dealt.mapInArrow(people, "place long, label long, confidence double")


def _law_found(dealt: Any, members: Any, people: _People, judge: Judge, *, most: int) -> SizeLaw:
    """Learn from some components how many records people have."""
    edges = dealt.select("place", "right", "weight")
    size, many = _added_up(edges.mapInArrow(_Sizes(people.connects), HISTOGRAM))
    pairs = np.where(size <= LARGEST_COMPONENT, size * (size - 1) // 2, 0)
    below = sampled_below(int((pairs * many).sum()))
    size, many = _added_up(dealt.mapInArrow(_FoundSizes(people=people, below=below), HISTOGRAM))
    connected = int(_added_up(members.mapInArrow(_SampledRows(below), HISTOGRAM))[1].sum())
    every = sum(
        int(_sampled(np.arange(at, min(at + COUNTED_AT_ONCE, judge.rows)), below).sum())
        for at in range(0, judge.rows, COUNTED_AT_ONCE)
    )
    sizes = np.repeat(np.append(size, 1), np.append(many, every - connected))
    return SizeLaw.found(sizes, judge.prior, rows=judge.rows, most=most)


def _added_up(histogram: Any) -> tuple[Int64s, Int64s]:
    from pyspark.sql import functions as f

    found = histogram.groupBy("size").agg(f.sum("people").alias("people")).orderBy("size").toArrow()
    return dense(found["size"]), dense(found["people"])
