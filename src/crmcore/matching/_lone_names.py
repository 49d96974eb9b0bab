"""Cells that hold all the names of a row, parted into given, other and family name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.matching._normal import PARTICLES, name_key, split_keys
from crmcore.matching.encoding.normal import normaliser_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.matching.encoding.strings import Strings

    Parts = tuple[str | None, str | None, str | None]

__all__ = ["LOG_ODDS", "alone", "alone_by_keys", "around_comma"]

ODDS = 20.0
LOG_ODDS = np.log(ODDS)
"""At most about one row in so many has its names in each other's column."""


def around_comma(texts: Strings) -> tuple[list[str | None], list[str | None]]:
    """Return the normal forms of what stands before and after the first comma of each text, None without one.

    >>> from crmcore.matching.encoding.strings import Strings
    >>> around_comma(Strings.of(["Lovelace, Ada", "Grace Hopper", "Turing,"]))
    (['lovelace', None, 'turing'], ['ada', None, ''])
    """
    commas = np.flatnonzero(texts.data == ord(","))
    starts, ends = texts.offsets[:-1], texts.offsets[1:]
    first = np.append(commas, len(texts.data))[np.searchsorted(commas, starts)]
    rows = np.flatnonzero(first < ends)
    starts, first, ends = starts[rows], first[rows], ends[rows]
    sides: tuple[list[str | None], list[str | None]] = [None] * len(texts), [None] * len(texts)
    for side, part in zip(sides, ((starts, first - starts), (first + 1, ends - first - 1)), strict=True):
        normal, known = normaliser_of(name_key)(texts.slices(*part))
        for row, text, is_known in zip(rows.tolist(), normal, known.tolist(), strict=True):
            side[row] = text if is_known else ""
    return sides


def alone(text: str, *, among_given: bool, lean: Callable[[str], float]) -> Parts:
    """Part the only cell of a row into given, other and family name."""
    before, comma, after = text.partition(",")
    around = (name_key(before) or "", name_key(after) or "") if comma else (None, None)
    return alone_by_keys(name_key(text) or "", *around, among_given=among_given, lean=lean)


def alone_by_keys(
    key: str, before: str | None, after: str | None, *, among_given: bool, lean: Callable[[str], float]
) -> Parts:
    """Do the same by the normal forms of the cell, and of what stands around its first comma, if it has one."""
    tokens = [token for token in key.split() if token not in PARTICLES] or key.split()
    start, end = lean(tokens[0]), lean(tokens[-1])
    if len(tokens) == 1:
        as_given = start > -LOG_ODDS if among_given else start > LOG_ODDS
        return (tokens[0], None, None) if as_given else (None, None, key)
    if after is not None and (parts := split_keys(key, before, after))[2]:
        return parts
    given_first = tokens[0], " ".join(tokens[1:-1]) or None, tokens[-1]
    family_first = tokens[-1], " ".join(tokens[1:-1]) or None, tokens[0]
    if among_given:
        if end > LOG_ODDS and start > -LOG_ODDS:  # Anna Maria
            return tokens[0], " ".join(tokens[1:]), None
        return family_first if end - start > LOG_ODDS else given_first
    if start > 0:
        return given_first
    return family_first if end > LOG_ODDS else (None, None, key)  # García Márquez
