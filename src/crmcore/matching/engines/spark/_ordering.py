"""The canonical order of the rows of a whole table, and which of them stand for many equal ones."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching.encoding.order import row_keys
from crmcore.matching.engines.local import COPIES
from crmcore.matching.engines.spark._pieces import dense, features_in, schema_of, signed, tables_of
from crmcore.matching.engines.spark._reading import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.coded import Coded
    from crmcore.matching.engines.spark._pieces import Heading

    Int64s = NDArray[np.int64]

__all__ = ["Copies", "ordered_rows"]

TOP = np.uint64(1 << 63)
INDEX_BITS = 33
"""Spark numbers the rows of a partition in so many bits, and the partition above them."""


@attrs.frozen(eq=False)
class Copies:
    """Rows that others stand for.

    A *record* is the number of a row in the canonical order of all rows, a *place* that among those that stand for
    themselves: more than `COPIES` equal rows stand behind each other, and have the place of the first.

    Attributes:
        first: int64, (runs,), the first record of each run of equal rows, rising.
        size: int64, (runs,), its rows.

    """

    first: Int64s
    size: Int64s

    def __len__(self) -> int:
        return int((self.size - 1).sum())

    @property
    def _before(self) -> Int64s:
        """int64, (runs + 1,), how many copies there are before each run."""
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(self.size - 1)))

    @property
    def places(self) -> Int64s:
        """int64, (runs,), the places of the rows that stand for others."""
        found: Int64s = self.first - self._before[:-1]
        return found

    def place_of(self, record: Int64s) -> Int64s:
        """Return the places of records."""
        run = np.searchsorted(self.first, record, side="right") - 1
        own = self.first[run] if len(self.first) else record
        inside = np.where(run < 0, 0, np.minimum(record - own, np.append(self.size, 1)[run] - 1))
        place: Int64s = record - self._before[np.maximum(run, 0)] - inside
        return place

    def record_at(self, place: Int64s) -> Int64s:
        """Return the records at places: those that stand for themselves.

        >>> copies = Copies(np.array([1]), np.array([3]))
        >>> copies.record_at(np.array([0, 1, 2])).tolist(), copies.place_of(np.arange(5)).tolist()
        ([0, 1, 4], [0, 1, 1, 1, 2])
        """
        run = np.searchsorted(self.places, place, side="left")
        record: Int64s = place + self._before[run]
        return record


@attrs.frozen(eq=False)
class _Keyed:
    """Adds the hash of what each row holds, such that signed numbers sort as the hashes do."""

    headings: tuple[Heading, ...]
    kept: Sequence[int]
    widths: Sequence[int]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for arrow in tables_of(batches):
            features = features_in(
                arrow.select([f"v{at}" for at in self.kept]).rename_columns(_names(self.kept)), self.headings
            )
            keys = row_keys([_wide(each.data, width) for each, width in zip(features, self.widths, strict=True)])
            columns = [
                arrow[ROW].combine_chunks(),
                pa.array(signed(keys ^ TOP)),
                pa.array(signed(dense(arrow["spelling"]).view(np.uint64) ^ TOP)),
                *(arrow[f"v{at}"].combine_chunks() for at in self.kept),
            ]
            yield from pa.Table.from_arrays(columns, [ROW, "key", "spelling", *_names(self.kept)]).to_batches()


def _names(kept: Sequence[int]) -> list[str]:
    return [f"v{at}" for at in range(len(kept))]


def _wide(data: Coded, slots: int) -> Coded:
    codes = np.full((len(data.codes), slots), -1, np.int32)
    codes[:, : data.slots] = data.codes
    return attrs.evolve(data, codes=codes)


@attrs.frozen(eq=False)
class _Placed:
    """Adds the places of records."""

    copies: Copies

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            record = dense(batch.column("record"))
            place = pa.array(self.copies.place_of(record))
            yield pa.RecordBatch.from_arrays([place, *batch.columns], ["place", *batch.schema.names])


def ordered_rows(
    frame: Any, headings: tuple[Heading, ...], *, kept: Sequence[int], widths: Sequence[int], cut: Callable[[Any], Any]
) -> tuple[Any, Copies]:
    """Return a frame of place, record, row and what each holds, numbered in canonical order, and the copies.

    Args:
        frame: what rows hold.
        headings: the features that are compared.
        kept: where they stand in the frame.
        widths: how many values a row of the table holds of each, at most.
        cut: keeps a frame, so that it is not made again.

    """
    from pyspark.sql import functions as f

    schema = schema_of(headings)
    columns = f"{ROW} long, key long, spelling long, {schema}"
    keyed = frame.mapInArrow(_Keyed(headings, tuple(kept), tuple(widths)), columns)
    ranked = cut(keyed.sort("key", "spelling", ROW).withColumn("at", f.monotonically_increasing_id()))
    parts = ranked.groupBy(f.shiftright("at", INDEX_BITS).alias("part")).count().collect()
    sizes = {row["part"]: row["count"] for row in parts}
    before = [0, *accumulate(sizes.get(part, 0) for part in range(max(sizes)))]
    offset = f.element_at(f.array(*map(f.lit, before)), (f.shiftright("at", INDEX_BITS) + 1).cast("int"))
    record = (offset + f.col("at").bitwiseAND(f.lit((1 << INDEX_BITS) - 1))).cast("long")
    records = ranked.select(record.alias("record"), ROW, "key", *(f"v{at}" for at in range(len(headings))))
    runs = records.groupBy("key").agg(f.min("record").alias("first"), f.count("*").alias("rows"))
    runs = runs.filter(f.col("rows") > COPIES).toArrow()
    order = np.argsort(dense(runs["first"]))
    copies = Copies(dense(runs["first"])[order], dense(runs["rows"])[order])
    records = records.drop("key")
    if not len(copies):
        return records.select(f.col("record").alias("place"), *records.columns), copies
    return records.mapInArrow(_Placed(copies), f"place long, record long, {ROW} long, {schema}"), copies
