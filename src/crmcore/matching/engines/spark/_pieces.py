"""Rows of a table on their way between executors: what each holds, comparison by comparison, as lists of texts.

A piece is some rows, wherever they came from. It has codes of its own, for nothing depends on codes: a value is known
by its hash, and that is the same in every piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching._features import KINDS, Feature
from crmcore.matching.encoding.coded import Coded, Raw, code
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.roles import Role
    from crmcore.matching.comparison import Comparison

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = [
    "AT_ONCE",
    "Heading",
    "as_it_is",
    "coded_in",
    "column",
    "dense",
    "features_in",
    "lists_of",
    "schema_of",
    "signed",
    "tables_of",
    "texts_of",
    "unsigned",
    "whole",
]

AT_ONCE = 100_000
"""Rows that are read at once."""


@attrs.frozen(kw_only=True)
class Heading:
    """A feature without its values.

    Attributes:
        name, role, columns: see `Feature`.
        own: how the user compares it, if not as its role is.

    """

    name: str
    role: Role
    columns: tuple[str, ...]
    own: Comparison | None = None

    @classmethod
    def of(cls, feature: Feature, own: Comparison | None = None) -> Heading:
        """Take the heading of a feature."""
        return cls(name=feature.name, role=feature.role, columns=feature.columns, own=own)

    def over(self, data: Coded) -> Feature:
        """Return the feature with values."""
        kind = KINDS[self.role] if self.own is None else self.own.kind
        return Feature(name=self.name, role=self.role, columns=self.columns, kind=kind, data=data)

    def over_nothing(self) -> Feature:
        """Return the feature of a table without rows."""
        return self.over(
            Coded(codes=np.empty((0, 1), np.int32), values=Strings.of([]), keys=np.empty(0, np.uint64)),
        )


def column(at: int) -> str:
    """Return the name of the column of lists of a feature."""
    return f"v{at}"


def schema_of(headings: Sequence[Heading]) -> str:
    """Return the columns of lists as Spark writes them."""
    return ", ".join(f"{column(at)} array<string>" for at in range(len(headings)))


def tables_of(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield the batches of a partition as Arrow tables of about `AT_ONCE` rows; none for no rows."""
    import pyarrow as pa

    held: list[Any] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= AT_ONCE:
            yield pa.Table.from_batches(held)
            held = []
    if sum(each.num_rows for each in held):
        yield pa.Table.from_batches(held)


def whole(batches: Iterable[Any]) -> Any:
    """Return all rows of a partition as one Arrow table; None where there are none."""
    import pyarrow as pa

    held = [batch for batch in batches if batch.num_rows]
    return pa.Table.from_batches(held) if held else None


def signed(numbers: Uint64s) -> Int64s:
    """Return hashes as Spark holds whole numbers."""
    return numbers.view(np.int64)


def unsigned(numbers: Any) -> Uint64s:
    """Return a column of hashes as what they are."""
    found: Uint64s = dense(numbers).view(np.uint64)
    return found


def dense(numbers: Any) -> Any:
    """Return a column of numbers, none of them missing, as an array."""
    return np.ascontiguousarray(numbers.to_numpy())


def texts_of(strings: Strings) -> Any:
    """Return texts as an Arrow array."""
    import pyarrow as pa

    offsets = pa.py_buffer(np.ascontiguousarray(strings.offsets, np.int64))
    data = pa.py_buffer(np.ascontiguousarray(strings.data))
    return pa.LargeStringArray.from_buffers(len(strings), offsets, data).cast(pa.string())


def as_it_is(values: Strings) -> tuple[Strings, NDArray[np.bool_]]:
    """Take texts for normal forms, which they are already."""
    return values, np.ones(len(values), bool)


def lists_of(coded: Coded) -> Any:
    """Return what each row holds as an Arrow array of lists of texts."""
    import pyarrow as pa

    held = coded.codes >= 0
    offsets = np.concatenate((np.zeros(1, np.int32), np.cumsum(held.sum(axis=1), dtype=np.int32)))
    return pa.ListArray.from_arrays(pa.array(offsets), texts_of(coded.values).take(pa.array(coded.codes[held])))


def coded_in(lists: Any) -> Coded:
    """Return the values of a column of lists, coded."""
    return code([_raw_of(lists)], as_it_is)


def _raw_of(lists: Any) -> Raw:
    lists = lists.combine_chunks() if hasattr(lists, "combine_chunks") else lists
    sizes = np.nan_to_num(lists.value_lengths().to_numpy(zero_copy_only=False)).astype(np.int64)
    found = lists.flatten().dictionary_encode()
    codes = np.full((len(sizes), max(int(sizes.max(initial=0)), 1)), -1, np.int32)
    row = np.repeat(np.arange(len(sizes)), sizes)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    codes[row, slot] = found.indices.to_numpy()
    return Raw(codes=codes, values=Strings.from_arrow(found.dictionary))


def features_in(table: Any, headings: Sequence[Heading]) -> tuple[Feature, ...]:
    """Return the features of the rows of an Arrow table that has their columns of lists."""
    return tuple(heading.over(coded_in(table[column(at)])) for at, heading in enumerate(headings))
