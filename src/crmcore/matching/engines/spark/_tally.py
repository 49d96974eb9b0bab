"""Counts over a whole table: each partition counts its own rows, and Spark adds them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from crmcore.matching.engines.spark._pieces import signed, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.encoding.strings import Strings

    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["Counting", "counted_rows", "tally"]

SCHEMA = "kind int, number long, text string, rows long"


class Counting(Protocol):
    """Counts what the rows of a partition hold, as batches made by `counted_rows`."""

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]: ...


def counted_rows(
    kind: int,
    rows: Int64s | Sequence[int],
    *,
    numbers: Uint64s | None = None,
    texts: Strings | None = None,
) -> Any:
    """Return counts as an Arrow batch.

    Args:
        kind: of what.
        rows: how often each was seen.
        numbers, texts: what it is.

    """
    import pyarrow as pa

    many = np.asarray(rows, np.int64)
    number = np.zeros(len(many), np.int64) if numbers is None else signed(np.asarray(numbers, np.uint64))
    text = pa.nulls(len(many), pa.string()) if texts is None else texts_of(texts)
    columns = [pa.array(np.full(len(many), kind, np.int32)), pa.array(number), text, pa.array(many)]
    return pa.RecordBatch.from_arrays(columns, ["kind", "number", "text", "rows"])


def tally(frame: Any, counting: Counting) -> Any:
    """Return the counts of all partitions, added up, as a Spark frame of kind, number, text and rows."""
    from pyspark.sql import functions as f

    return frame.mapInArrow(counting, SCHEMA).groupBy("kind", "number", "text").agg(f.sum("rows").alias("rows"))
