"""From places back to records: rows that others stood for get their people, and their pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching.engines.spark._pieces import dense, tables_of
from crmcore.matching.engines.spark._reading import ROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from crmcore.matching.engines.spark._judging import Judge
    from crmcore.matching.engines.spark._ordering import Copies

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["copied_weights", "labelled_records", "scored_records"]

LABELLED = f"{ROW} long, record long, cluster_id long, confidence double"
WEIGHED = "left long, right long, match_weight double"


@attrs.frozen(eq=False)
class _WithThemselves:
    """Weighs rows against themselves, as their copies are."""

    judge: Judge

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for arrow in tables_of(batches):
            bench = self.judge.over_rows(arrow)
            rows = np.arange(arrow.num_rows)
            _, weight = bench.comparers.weights(rows, rows, bench.evidence, least=-np.inf)
            columns = [arrow["place"].combine_chunks(), pa.array(weight)]
            yield from pa.Table.from_arrays(columns, ["place", "weight"]).to_batches()


def copied_weights(rows: Any, copies: Copies, judge: Judge) -> dict[int, float]:
    """Return what speaks for the copies of each place being one person: place -> match weight, in bits."""
    if not len(copies):
        return {}
    wanted = rows.sparkSession.createDataFrame([(place,) for place in copies.places.tolist()], "place long")
    found = rows.join(wanted, "place", "leftsemi").mapInArrow(_WithThemselves(judge), "place long, weight double")
    return {row["place"]: row["weight"] for row in found.collect()}


@attrs.frozen(eq=False)
class _Labelled:
    """Names people by records, and parts copies of which too little is known to be one person."""

    copies: Copies
    apart: Int64s

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            record, place = dense(batch.column("record")), dense(batch.column("place"))
            label, confidence = dense(batch.column("label")), dense(batch.column("confidence"))
            alone = (record != self.copies.record_at(place)) & np.isin(place, self.apart)
            cluster = np.where(alone, record, self.copies.record_at(label))
            columns = [batch.column(ROW), batch.column("record"), pa.array(cluster)]
            columns.append(pa.array(np.where(alone, 1.0, confidence)))
            yield pa.RecordBatch.from_arrays(columns, [ROW, "record", "cluster_id", "confidence"])


def labelled_records(records: Any, grouped: Any, copies: Copies, weights: Mapping[int, float], *, least: float) -> Any:
    """Return row, record, cluster_id and confidence of every row.

    Args:
        records: record, place and row of each.
        grouped: place, label and confidence of the places that are not alone.
        copies: which rows stand for others.
        weights: what speaks for their copies being one person.
        least: what it takes, in bits.

    """
    from pyspark.sql import functions as f

    labels = records.select(ROW, "record", "place").join(grouped, "place", "left")
    label = f.coalesce("label", "place")
    confidence = f.coalesce("confidence", f.lit(1.0)).alias("confidence")
    if not len(copies):
        return labels.select(ROW, "record", label.alias("cluster_id"), confidence)
    apart = np.array([place for place, weight in weights.items() if weight < least], np.int64)
    labels = labels.select(ROW, "record", "place", label.alias("label"), confidence)
    return labels.mapInArrow(_Labelled(copies, apart), LABELLED)


@attrs.frozen(eq=False)
class _Records:
    """Calls the places of pairs by their records."""

    copies: Copies

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            ends = [pa.array(self.copies.record_at(dense(batch.column(end)))) for end in ("left", "right")]
            yield pa.RecordBatch.from_arrays([*ends, batch.column("weight")], ["left", "right", "match_weight"])


@attrs.frozen(eq=False)
class _WithFirst:
    """Pairs copies with the row that stood for them."""

    copies: Copies
    weights: Mapping[int, float]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            record, place = dense(batch.column("record")), dense(batch.column("place"))
            first = self.copies.record_at(place)
            copied = np.flatnonzero(record != first)
            weight = [self.weights[at] for at in place[copied].tolist()]
            columns = [pa.array(first[copied]), pa.array(record[copied]), pa.array(weight, pa.float64())]
            yield pa.RecordBatch.from_arrays(columns, ["left", "right", "match_weight"])


def scored_records(records: Any, pairs: Any, copies: Copies, weights: Mapping[int, float]) -> Any:
    """Return the scored pairs of records: left, right, probability and match_weight.

    Args:
        records: record and place of each row.
        pairs: the scored pairs of places.
        copies: which rows stand for others.
        weights: what speaks for their copies being one person.

    """
    from pyspark.sql import functions as f

    if len(copies):
        own = records.select("record", "place").mapInArrow(_WithFirst(copies, dict(weights)), WEIGHED)
        pairs = pairs.mapInArrow(_Records(copies), WEIGHED).union(own)
    else:
        pairs = pairs.withColumnRenamed("weight", "match_weight")
    bounded = f.least(f.greatest(f.col("match_weight"), f.lit(-500.0)), f.lit(500.0))
    probability = (1 / (1 + f.pow(f.lit(2.0), -bounded))).alias("probability")
    return pairs.select("left", "right", probability, "match_weight")
