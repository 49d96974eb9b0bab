"""What deduplication on a cluster found, as frames that stay there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.hygiene.roles import Role

__all__ = ["SparkDeduplication"]


@attrs.frozen(kw_only=True, eq=False)
class SparkDeduplication:
    """The rows of a Spark frame as people.

    Attributes:
        records: the frame, and beside each row its ``record`` (a number from 0, in an order that depends on what rows
            hold only), its ``cluster_id`` (the smallest record of its person) and the ``confidence`` that its person
            is one.
        pairs: what may be one person: the records ``left`` < ``right``, ``probability`` and ``match_weight`` in bits.
        roles: column -> what it was taken for.
        threshold: probability from which a pair connects two rows.
        rows: how many there are.
        compared: how many pairs were compared; one that lies in blocks of several partitions counts in each.

    """

    records: Any
    pairs: Any
    roles: Mapping[str, Role]
    threshold: float
    rows: int
    compared: int

    def clusters(self, *, least: int = 2) -> Any:
        """Return one row a person: ``cluster_id``, how many ``records`` they have, and the ``confidence``.

        Args:
            least: fewer records are not wanted.

        """
        from pyspark.sql import functions as f

        counted = self.records.groupBy("cluster_id").agg(
            f.count("*").alias("records"), f.max("confidence").alias("confidence")
        )
        return counted.filter(f.col("records") >= least)
