"""Columns of names as they are written: given, family and further names, and what a written-out name adds to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching import _normal
from crmcore.matching.encoding.coded import Raw, known_first
from crmcore.matching.encoding.columns import Column, raw_of
from crmcore.matching.encoding.order import combinations
from crmcore.matching.encoding.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._name_units import Handles, Parts
    from crmcore.ports import Cell

    Headers = Mapping[Role, list[str]]
    Table = Mapping[str, Sequence[Cell]]

__all__ = [
    "NAME_ROLES",
    "first_texts",
    "further_names",
    "handles_in",
    "local_name",
    "names_as_written",
    "with_full_name",
]

NAME_ROLES = (Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME, Role.FULL_NAME)
"""The roles of columns of names, which are read together."""


def names_as_written(columns: Table, by_role: Headers) -> tuple[Column, Column, Column]:
    """Return given, family and other names as they stand, one a row; where only a full name does, its parts.

    Args:
        columns: the table.
        by_role: the headers of each role; there is one of names.

    """
    given, family, other, full = (by_role.get(role, []) for role in NAME_ROLES)
    blank = Column.gaps(len(columns[[*given, *family, *full, *other][0]]))
    firsts, lasts, others = (first_texts(columns[part[0]]) if part else blank for part in (given, family, other))
    if not full or not len(blank):
        return firsts, lasts, others
    written_out = first_texts(columns[max(full, key=lambda header: _richness(columns[header]))])
    firsts, lasts, left = _each_combination(with_full_name, firsts, lasts, written_out)
    (others,) = _each_combination(lambda *both: (" ".join(filter(None, both)) or None,), others, left)
    return firsts, lasts, others


def first_texts(cells: Sequence[Cell]) -> Column:
    """Return the first text of each cell."""
    raw = raw_of(cells)
    if raw.codes.shape[1] > 1:
        raw = Raw(codes=known_first(raw.codes)[:, :1], values=raw.values)
    return Column(len(cells), lambda: raw)


def further_names(headers: Sequence[str], columns: Table) -> list[Raw]:
    """Return what stands in a second column of such names, or behind the first of several in a cell."""
    raws = [raw_of(columns[header]) for header in headers]
    behind = [Raw(codes=known_first(raw.codes)[:, 1:], values=raw.values) for raw in raws[:1]]
    return [*(raw for raw in behind if (raw.codes >= 0).any()), *raws[1:]]


def handles_in(columns: Table, by_role: Headers) -> list[Handles]:
    """Return the mailboxes and profiles, which often hold a name, and how to read it."""
    return [
        (first_texts(columns[header]), read)
        for role, read in ((Role.EMAIL, local_name), (Role.LINKEDIN, _normal.linkedin_key))
        for header in by_role.get(role, [])
    ]


local_name = _normal.local_name
"""What stands before the @ of an address, folded."""


def with_full_name(given: str | None, family: str | None, full: str | None) -> Parts:
    """Return (given, family, other) of one row; see `names_as_written`."""
    if full is None:
        return given, family, None
    first, last = (None if cell is None else _normal.name_key(cell) for cell in (given, family))
    if first is None and last is None:
        first, middle, last = _normal.split_name(full)
        return " ".join(filter(None, (first, middle))) or None, last, None
    used = {*(first or "").split(), *(last or "").split()}
    left = [token for token in dict.fromkeys(_normal.name_tokens(full)) if token not in used]
    return given, family, " ".join(left) or None


def _each_combination(read: Callable[..., tuple[str | None, ...]], *columns: Column) -> list[Column]:
    """Read each different combination of cells once; return a column of each part of what is read."""
    codes = [column.raw.codes[:, 0] for column in columns]
    which, each = combinations(codes)
    texts = [[*column.raw.values, None] for column in columns]
    rows = [[held[code] for code in some[which].tolist()] for held, some in zip(texts, codes, strict=True)]
    read_ones = [read(*cells) for cells in zip(*rows, strict=True)]
    return [_column(list(part), each) for part in zip(*read_ones, strict=True)]


def _column(texts: Sequence[str | None], each: NDArray[np.int64]) -> Column:
    """Return the column that has a text in each row, given by its place."""
    number: dict[str, int] = {}
    codes = np.array([-1 if text is None else number.setdefault(text, len(number)) for text in texts], np.int32)
    raw = Raw(codes=codes[each][:, None], values=Strings.of(list(number)))
    return Column(len(each), lambda: raw)


def _richness(cells: Sequence[Cell]) -> int:
    """Return how many characters a column has in all."""
    raw = raw_of(cells)
    return int((raw.counts() * raw.values.characters).sum())
