"""What a table reads its columns from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.query.columns._column import Column
    from crmcore.query.columns._layouts import Several
    from crmcore.query.columns.table import Table
    from crmcore.query.types import Facts, FieldType

__all__ = ["Source"]


class Source(Protocol):
    """Rows that can be read column by column."""

    @property
    def size(self) -> int:
        """The number of rows."""
        ...

    def column(self, key: str, type_: FieldType) -> Column:
        """Return the values of a field as that type; raise UnknownColumn or InputError."""
        ...

    def relation(self, key: str) -> tuple[Several, Source]:
        """Return the items of a relation; raise UnknownColumn or InputError."""
        ...

    def facts(self, table: Table, first: int, end: int) -> Sequence[Facts]:
        """Return the facts of some rows of the table that reads from here."""
        ...
