"""Who is alike: what a linkage unit does with encodings, without the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.errors import EncodingsDiffer, InputError
from crmcore.matching.clk._grouping import complete_linkage
from crmcore.matching.clk._join import Filters, Line, pairs_across, pairs_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching.clk.encodings import Clks

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["DEFAULT_DICE", "Duplicates", "Links", "check_comparable", "dedupe", "link"]

DEFAULT_DICE = 0.8
"""The Dice coefficient from which most studies of filters take two rows for one person."""
MOST_PAIRS = 20_000_000


@attrs.frozen(kw_only=True, eq=False)
class Links:
    """Pairs of rows that are alike enough, best first.

    Attributes:
        left, right: int64, (pairs,), 0-based rows of the encodings.
        score: float64, (pairs,), the Dice coefficient of both filters; of filters with noise, of what they were before.

    """

    left: Int64s
    right: Int64s
    score: Floats
    _handles: tuple[Sequence[str], Sequence[str]] = attrs.field(repr=False, alias="_handles")

    def __len__(self) -> int:
        return len(self.left)

    @property
    def handles(self) -> list[tuple[str, str]]:
        """The handles of each pair, which is what the parties are told."""
        return list(zip(self.columns["left"], self.columns["right"], strict=True))

    @property
    def columns(self) -> dict[str, Any]:
        """Handles and score as a mapping of columns, which every DataFrame constructor takes."""
        left, right = (
            [handles[row] for row in rows.tolist()]
            for handles, rows in zip(self._handles, (self.left, self.right), strict=True)
        )
        return {"left": left, "right": right, "score": self.score}


@attrs.frozen(kw_only=True, eq=False)
class Duplicates:
    """Which rows of one party are alike.

    Attributes:
        cluster_ids: int64, (rows,), one number a row; rows of one group share it. Numbered from 0 in order of first
            appearance.
        pairs: the pairs of rows whose filters differ and are alike enough; rows of equal filters are not paired.

    """

    cluster_ids: Int64s
    pairs: Links


def link(
    left: Clks,
    right: Clks,
    *,
    threshold: float = DEFAULT_DICE,
    one_to_one: bool = False,
    most_pairs: int = MOST_PAIRS,
) -> Links:
    """Find the rows of two parties that are alike.

    Every pair at or above the threshold is found; memory goes with the rows and the pairs found, not with the product
    of the rows.

    Args:
        left, right: encodings by the same schema and secret.
        threshold: Dice coefficient from which two rows are linked.
        one_to_one: each row is linked once at most, best pairs first, equally good ones by their handles.
        most_pairs: how many pairs may be found.

    Raises:
        EncodingsDiffer: they were made by another schema, or with another secret.
        InputError: the threshold is not above 0 and at most 1, or more than *most_pairs* reach it.

    >>> from crmcore.matching.clk import Schema, Secret, encode
    >>> how = {"schema": Schema.contacts(), "secret": Secret(bytes(range(32)))}
    >>> ours = encode([{"name": "Ada Lovelace", "email": "ada@example.org", "city": "London"}], **how)
    >>> theirs = encode([
    ...     {"name": "Alan Turing", "email": "alan@example.org", "city": "London"},
    ...     {"name": "LOVELACE, Ada", "email": "ada@example.org", "city": "London"},
    ... ], **how)
    >>> links = link(ours, theirs)
    >>> links.left.tolist(), links.right.tolist(), links.score.tolist()
    ([0], [1], [1.0])
    """
    check_comparable(left, right)
    line = _line(left, threshold)
    ours, theirs = Filters.of(left.bits), Filters.of(right.bits)
    rows = _spread(pairs_across(ours, theirs, line, most=most_pairs), ours, theirs, most=most_pairs)
    links = _best_first(*rows, left, right)
    return _take(links, _each_once(links)) if one_to_one else links


def dedupe(clks: Clks, *, threshold: float = DEFAULT_DICE, most_pairs: int = MOST_PAIRS) -> Duplicates:
    """Find the rows of one party that are alike, and group them: in a group every row is alike to every other.

    Rows of equal filters are of one group; rows that were left out are alone.

    Args:
        clks: the encodings.
        threshold: Dice coefficient from which two rows connect.
        most_pairs: how many pairs of different filters may be found.

    Raises:
        InputError: as `link`.

    """
    line = _line(clks, threshold)
    filters = Filters.of(clks.bits)
    left, right, score = pairs_within(filters, line, most=most_pairs)
    order = np.lexsort((right, left, -score))
    label = complete_linkage(len(filters), left[order], right[order])
    rows = _spread((left, right, score), filters, filters, most=most_pairs)
    alone = len(filters) + np.arange(len(clks))
    labels = np.where(filters.group < 0, alone, np.append(label, 0)[filters.group])
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    pairs = np.minimum(rows[0], rows[1]), np.maximum(rows[0], rows[1]), rows[2]
    return Duplicates(cluster_ids=np.argsort(np.argsort(first))[place], pairs=_best_first(*pairs, clks, clks))


def check_comparable(left: Clks, right: Clks) -> None:
    """Raise EncodingsDiffer where two encodings were not made in the same way."""
    if left.schema != right.schema:
        raise EncodingsDiffer("schema", left.schema.fingerprint, right.schema.fingerprint)
    if left.check != right.check:
        raise EncodingsDiffer("secret", left.check, right.check)


def _line(clks: Clks, threshold: float) -> Line:
    if not 0 < threshold <= 1:
        raise InputError(f"threshold must be a Dice coefficient above 0 and at most 1, not {threshold!r}")
    return Line(threshold=threshold, width=clks.schema.width, turned=clks.schema.turned)


def _spread(
    pairs: tuple[Int64s, Int64s, Floats], left: Filters, right: Filters, *, most: int
) -> tuple[Int64s, Int64s, Floats]:
    """Return the pairs of rows of pairs of filters, as (left, right, score); raise InputError for too many."""
    (lefts, left_begins, left_sizes), (rights, right_begins, right_sizes) = _members(left), _members(right)
    a, b, score = pairs
    width = right_sizes[b]
    times = left_sizes[a] * width
    total = int(times.sum())
    if total > most:
        raise InputError(
            f"{total:,} pairs reach the threshold, for many rows are equal; take equal rows out first, or allow more "
            "with most_pairs="
        )
    within = np.arange(total) - np.repeat(np.cumsum(times) - times, times)
    i, j = np.divmod(within, np.repeat(width, times))
    return (
        lefts[np.repeat(left_begins[a], times) + i],
        rights[np.repeat(right_begins[b], times) + j],
        np.repeat(score, times),
    )


def _members(filters: Filters) -> tuple[Int64s, Int64s, Int64s]:
    """Return the rows by their filters, and where those of each filter begin and how many they are."""
    rows = np.argsort(filters.group, kind="stable")
    rows = rows[filters.group[rows] >= 0]
    sizes = np.bincount(filters.group[rows], minlength=len(filters))
    return rows, np.cumsum(sizes) - sizes, sizes


def _best_first(a: Int64s, b: Int64s, score: Floats, left: Clks, right: Clks) -> Links:
    order = np.lexsort((_ranks(right.handles)[b], _ranks(left.handles)[a], -score))
    return Links(left=a[order], right=b[order], score=score[order], _handles=(left.handles, right.handles))


def _ranks(handles: Sequence[str]) -> Int64s:
    """Return the place of each handle among all in order, int64, (rows,)."""
    ranks = np.empty(len(handles), np.int64)
    ranks[sorted(range(len(handles)), key=handles.__getitem__)] = np.arange(len(handles))
    return ranks


def _each_once(links: Links) -> list[int]:
    """Return the positions of links, best first, whose rows stand in no better one."""
    taken_left: set[int] = set()
    taken_right: set[int] = set()
    kept = []
    for at, (a, b) in enumerate(zip(links.left.tolist(), links.right.tolist(), strict=True)):
        if a not in taken_left and b not in taken_right:
            taken_left.add(a)
            taken_right.add(b)
            kept.append(at)
    return kept


def _take(links: Links, at: list[int]) -> Links:
    return attrs.evolve(links, left=links.left[at], right=links.right[at], score=links.score[at])
