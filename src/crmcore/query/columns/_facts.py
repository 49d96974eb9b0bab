"""Columns of records that are given by their facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmcore.query.columns._column import Column, packed
from crmcore.query.columns._layouts import Several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.query.columns.table import Table
    from crmcore.query.types import Facts, FieldType

__all__ = ["FactsSource"]


class FactsSource:
    """Reads columns from facts; what none of them has is a column without values."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows
        self.size = len(rows)

    def column(self, key: str, type_: FieldType) -> Column:
        """Return the values of a field."""
        return packed([row.get(key, ()) for row in self._rows], type_)

    def relation(self, key: str) -> tuple[Several, FactsSource]:
        """Return the items of a relation."""
        items = [row.get(key, ()) for row in self._rows]
        counts = np.fromiter(map(len, items), np.intp, self.size)
        return Several.of_counts(counts), FactsSource([item for row in items for item in row])

    def facts(self, table: Table, first: int, end: int) -> Sequence[Facts]:  # noqa: ARG002 - it has them all
        """Return the facts as they were given."""
        return self._rows[first:end]
