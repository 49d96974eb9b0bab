"""Which rows of a whole table are connected at all.

Few edges are connected on the driver. Many are connected where they are, by stars: in turn, every row hands its larger
neighbours, then its smaller ones, to the smallest row that it knows, until nothing moves.

Source: Kiveris, Lattanzi and others, Connected Components in MapReduce and Beyond, 2014.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.matching.clustering.components import connected_components
from crmcore.matching.engines.spark._pieces import dense

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["components_of", "stars_of"]


def components_of(edges: Any, *, on_driver: int, cut: Callable[[Any], Any]) -> Any:
    """Return the rows that edges connect, and the smallest row that each is connected with: place and component.

    Args:
        edges: left and right.
        on_driver: so many edges are connected on the driver.
        cut: keeps a frame, so that it is not made again.

    """
    if edges.count() > on_driver:
        return stars_of(edges, cut=cut)
    import pyarrow as pa

    found = edges.select("left", "right").toArrow()
    ends = np.concatenate([dense(found["left"]), dense(found["right"])])
    places, row = np.unique(ends, return_inverse=True)
    label = connected_components(len(places), *np.split(row, 2))
    table = pa.table({"place": places, "component": places[label]})
    return edges.sparkSession.createDataFrame(table, "place long, component long")


def stars_of(edges: Any, *, cut: Callable[[Any], Any]) -> Any:
    """Do the same on the cluster."""
    from pyspark.sql import functions as f

    stars = cut(
        edges.select(f.greatest("left", "right").alias("one"), f.least("left", "right").alias("other")).distinct()
    )
    before = None
    while (now := _digest(stars)) != before:
        before = now
        stars = cut(_small(_large(stars)))
    centres = stars.select(f.col("other").alias("place")).distinct()
    members = stars.select(f.col("one").alias("place"), f.col("other").alias("component"))
    return members.union(centres.select("place", f.col("place").alias("component")))


def _digest(stars: Any) -> tuple[int, int]:
    from pyspark.sql import functions as f

    mixed = f.xxhash64("one", "other").bitwiseAND(f.lit(0xFFFFFFFF))
    row = stars.agg(f.count("*").alias("edges"), f.sum(mixed).alias("mixed")).collect()[0]
    return row["edges"], row["mixed"] or 0


def _large(stars: Any) -> Any:
    """Hand the larger neighbours of each row to the smallest among it and its neighbours."""
    from pyspark.sql import functions as f

    both = stars.union(stars.select(f.col("other").alias("one"), f.col("one").alias("other")))
    centre = both.groupBy("one").agg(f.least(f.min("other"), f.col("one")).alias("centre"))
    handed = both.filter(f.col("other") > f.col("one")).join(centre, "one")
    return handed.select(f.col("other").alias("one"), f.col("centre").alias("other")).distinct()


def _small(stars: Any) -> Any:
    """Hand the smaller neighbours of each row, and the row, to the smallest of them."""
    from pyspark.sql import functions as f

    centre = stars.groupBy("one").agg(f.min("other").alias("centre"))
    handed = (
        stars.join(centre, "one")
        .filter(f.col("other") != f.col("centre"))
        .select(f.col("other").alias("one"), f.col("centre").alias("other"))
    )
    return handed.union(centre.select("one", f.col("centre").alias("other"))).distinct()
