"""Columns, or lists of cells, as codes: every distinct value is worked on once, never once a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.matching.encoding.coded import code
from crmcore.matching.encoding.columns import raw_of
from crmcore.matching.encoding.normal import normaliser_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmcore.matching.encoding.coded import Coded
    from crmcore.ports import Cell

__all__ = ["encode"]


def encode(columns: Sequence[Sequence[Cell]], normalise: Callable[[str], str | None]) -> Coded:
    """Encode one or several columns of the same kind as one multi-valued column of normal forms."""
    return code([raw_of(column) for column in columns], normaliser_of(normalise))
