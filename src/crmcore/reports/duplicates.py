"""What the duplicate report shows: plain figures and texts, already worked out by whoever ran the job.

Match weights are in bits: each bit doubles the odds that two rows are the same person, each negative bit halves them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore._pages.views import Bin, Cluster, Fact

__all__ = ["ColumnGuess", "DedupeView", "FieldQuality", "ReasonCount", "RejectedRow"]


@attrs.frozen(kw_only=True)
class ReasonCount:
    """Why some values of a field are not plainly valid.

    Attributes:
        code: the stable word that cleaning gave.
        message: the same as a sentence for people.
        count: how many values have it.
        examples: a few raw values; the report shows the first ones.

    """

    code: str
    message: str
    count: int
    examples: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class FieldQuality:
    """How good the values of one column are.

    Attributes:
        field: the column, as the file calls it.
        role: what it was taken for, in words.
        valid, doubtful, invalid, missing: numbers of values; together all rows.
        reasons: what was noticed, most frequent first.

    """

    field: str
    role: str
    valid: int
    doubtful: int
    invalid: int
    missing: int
    reasons: tuple[ReasonCount, ...] = ()

    @property
    def total(self) -> int:
        """Count all values of the field.

        >>> FieldQuality(field="mail", role="email", valid=7, doubtful=1, invalid=0, missing=2).total
        10
        """
        return self.valid + self.doubtful + self.invalid + self.missing

    @property
    def usable(self) -> float:
        """Return the share of values that can be used (valid or doubtful), 0 to 1; 1 for a field without values."""
        return (self.valid + self.doubtful) / self.total if self.total else 1.0


@attrs.frozen(kw_only=True)
class RejectedRow:
    """One row or cell that did not go in; lines are 1-based, *column* is None for the whole row."""

    line: int
    column: str | None
    code: str
    message: str
    raw: str = ""


@attrs.frozen(kw_only=True)
class ColumnGuess:
    """What a column was taken for.

    Attributes:
        column: its header.
        role: the role's word, as ``--columns`` takes it.
        confidence: 0 to 1.
        why: the ground of the guess, as a sentence.
        told: the user said so; nothing was guessed.
        ignored: left out at the user's wish.
        examples: a few raw values.

    """

    column: str
    role: str
    confidence: float
    why: str = ""
    told: bool = False
    ignored: bool = False
    examples: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DedupeView:
    """Everything that the duplicate report shows.

    Counts speak of the whole job; the lists may hold fewer entries, and the report says what was left out.

    Attributes:
        name: the file, as people call it.
        rows: rows that went in (rejected ones are not among them).
        people: clusters, those of one row included.
        threshold: pairs from this probability on (0 to 1) were taken for one person, or None to leave it unsaid.
        score: the quality of the file, 0 to 100, or None if it was not measured.
        mend_first: what to mend first, as sentences, most rewarding first.
        quality: one entry a column that has a meaning.
        sizes: rows per person -> number of such people.
        repeated: people with more than one row.
        clusters: those to show, in reading order.
        rejects_total, rejects: rows and cells that were left out.
        weights: histogram of the match weights of the compared pairs, in bits.
        weight_threshold: the weight at which pairs were taken for one person, in bits.
        columns: what each column was taken for.
        file_facts, run_facts: what else is known about the file and the run.

    """

    name: str
    rows: int
    people: int
    repeated: int = 0
    threshold: float | None = None
    score: float | None = None
    mend_first: tuple[str, ...] = ()
    quality: tuple[FieldQuality, ...] = ()
    sizes: Mapping[int, int] = attrs.field(factory=dict)
    clusters: tuple[Cluster, ...] = ()
    rejects_total: int = 0
    rejects: tuple[RejectedRow, ...] = ()
    weights: tuple[Bin, ...] = ()
    weight_threshold: float | None = None
    columns: tuple[ColumnGuess, ...] = ()
    file_facts: tuple[Fact, ...] = ()
    run_facts: tuple[Fact, ...] = ()

    @property
    def duplicates(self) -> int:
        """Count the rows that repeat somebody who is already there.

        >>> DedupeView(name="people.csv", rows=20_000, people=8_012).duplicates
        11988
        """
        return self.rows - self.people
