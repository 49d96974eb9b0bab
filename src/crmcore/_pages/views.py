"""What pages show of people and pairs: plain figures and texts, already worked out by the caller.

Match weights are in bits: each bit doubles the odds that two rows are the same person, each negative bit halves them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Bin",
    "CalibrationBin",
    "Cluster",
    "Count",
    "Evidence",
    "Fact",
    "Network",
    "PairEvidence",
    "RowView",
    "Tie",
]


@attrs.frozen(kw_only=True)
class Fact:
    """One line about the file or the run, such as ``encoding: utf-8``."""

    label: str
    value: str


@attrs.frozen(kw_only=True)
class Count:
    """How many there are of something."""

    label: str
    count: int


@attrs.frozen(kw_only=True)
class Bin:
    """One bar of a histogram: *count* values from *low* up to, but not including, *high*."""

    low: float
    high: float
    count: int


@attrs.frozen(kw_only=True)
class RowView:
    """One input row of a cluster.

    Attributes:
        row: its 0-based number in the input.
        values: column -> raw text; None where the cell is empty.
        label: what people call the row, such as its id or its line; the row number where empty.

    """

    row: int
    values: Mapping[str, str | None]
    label: str = ""


@attrs.frozen(kw_only=True)
class Evidence:
    """One comparison of two rows.

    Attributes:
        comparison: what was compared, such as ``family name``.
        left, right: the two raw values; None where empty.
        agreement: the level in words, such as ``same``, ``one typing error`` or ``differs``.
        weight: the match weight in bits; positive speaks for one person, negative against.
        of_values: whether it is about two values at all; where each pair begins is not.

    """

    comparison: str
    left: str | None
    right: str | None
    agreement: str
    weight: float
    of_values: bool = True


@attrs.frozen(kw_only=True)
class PairEvidence:
    """Why two rows were taken for one person.

    Attributes:
        left, right: 0-based row numbers.
        probability: 0 to 1.
        weight: the sum of all weights, the prior included, in bits.
        evidence: the parts of the sum, in the order in which to read them.

    """

    left: int
    right: int
    probability: float
    weight: float
    evidence: tuple[Evidence, ...] = ()


@attrs.frozen(kw_only=True)
class Tie:
    """A line of a network.

    Attributes:
        left, right: positions of its ends.
        weight: the match weight, in bits.
        kind: ``strong``, ``weak``, or ``bridge`` where nothing else holds its two sides together.

    """

    left: int
    right: int
    weight: float
    kind: str


@attrs.frozen(kw_only=True)
class Network:
    """Rows as points, and what ties them together.

    Attributes:
        labels: what each point is called.
        places: where it stands, x and y from -1 to 1.
        ties: the weakest first.

    """

    labels: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    ties: tuple[Tie, ...]


@attrs.frozen(kw_only=True)
class CalibrationBin:
    """Pairs of about one probability.

    Attributes:
        said: their mean probability, 0 to 1.
        true: the share of them that is one person.
        low, high: the 95 % interval of that.
        pairs: how many there are.

    """

    said: float
    true: float
    low: float
    high: float
    pairs: float


@attrs.frozen(kw_only=True)
class Cluster:
    """Several rows that are one person.

    Attributes:
        key: its number in ``clusters.csv``.
        title: what to call the person, such as the golden name.
        size: how many rows it has; *rows* may hold fewer.
        rows: the rows to show side by side.
        pairs: evidence for the pairs worth reading, the weakest first.
        weakest: the probability of the weakest link that holds it together, or None if unknown.
        conflicts: columns in which its rows contradict each other.
        network: its rows as a graph, or None where it is too small to need one.

    """

    key: int
    title: str
    size: int
    rows: tuple[RowView, ...]
    pairs: tuple[PairEvidence, ...] = ()
    weakest: float | None = None
    conflicts: tuple[str, ...] = ()
    network: Network | None = None
