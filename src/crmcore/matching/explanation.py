"""Why two rows are, or are not, the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._normal import plain_key
from crmcore.matching.relations import explained, shared
from crmcore.matching.scoring import probability_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from altair import LayerChart

    from crmcore.matching._features import Feature
    from crmcore.matching.engines.local import Learned
    from crmcore.ports import Cell

__all__ = ["Explanation", "PieceOfEvidence", "explain"]

_NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME})
"""Roles whose values are read from all columns of names together, and may stand in another."""


@attrs.frozen(kw_only=True)
class PieceOfEvidence:
    """What one comparison says of one pair.

    Attributes:
        comparison: its name.
        columns: the columns that it is made of.
        left, right: what stands in them, as it came.
        agreement: the level of agreement in words; "not known" where a side has nothing.
        match_weight: what that adds, in bits; negative speaks against.

    """

    comparison: str
    columns: tuple[str, ...]
    left: str
    right: str
    agreement: str
    match_weight: float


@attrs.frozen(kw_only=True)
class Explanation:
    """Why two rows are, or are not, the same person.

    Attributes:
        left, right: the rows.
        prior: log2 of the odds of two random rows, in bits.
        evidence: one piece a comparison.
        relation: what two different people who share this might be, such as "of one household"; "" if nothing much.
        correction: what of the evidence such relations explain, in bits; never positive.
        match_weight: prior, evidence and correction together, in bits.
        probability: the same as a probability.

    """

    left: int
    right: int
    prior: float
    evidence: tuple[PieceOfEvidence, ...]
    relation: str
    correction: float
    match_weight: float
    probability: float

    def __str__(self) -> str:
        lines = [
            f"rows {self.left} and {self.right}: probability {self.probability:.4f}, {self.match_weight:+.1f} bits"
        ]
        lines.append(f"  {self.prior:+6.1f}  before anything is compared")
        lines += [
            f"  {piece.match_weight:+6.1f}  {piece.comparison}: {piece.agreement} ({piece.left!r}, {piece.right!r})"
            for piece in self.evidence
        ]
        if self.relation:
            lines.append(f"  {self.correction:+6.1f}  they might be {self.relation}")
        return "\n".join(lines)

    def plot(self) -> LayerChart:
        """Draw the evidence as a waterfall, from the odds of two random rows to the match weight.

        Raises:
            MissingExtra: Altair is not installed.

        """
        from crmcore.matching.charts.waterfall import waterfall

        return waterfall(self)

    def _repr_html_(self) -> str:
        from crmcore.matching._html import of_explanation

        return of_explanation(self)


def explain(learned: Learned, columns: Mapping[str, Sequence[Cell]], left: int, right: int) -> Explanation:
    """Take the weight of one pair of rows apart.

    Args:
        learned: what judges the table.
        columns: the table.
        left, right: 0-based rows of it.

    """
    pair = (learned.place[[left]], learned.place[[right]])
    levels = learned.comparers.levels(*pair)[0].tolist()
    parts, alike = learned.comparers.parts(*pair, learned.evidence)
    relations = learned.evidence.relations
    by_relation = shared(parts, alike, relations)
    correction = -float(explained(by_relation, relations)[0])
    weight = learned.evidence.prior + float(parts.sum()) + correction
    pieces = tuple(
        PieceOfEvidence(
            comparison=feature.name,
            columns=feature.columns,
            left=_shown(learned, feature, columns, left),
            right=_shown(learned, feature, columns, right),
            agreement="not known" if level < 0 else feature.kind.labels[level],
            match_weight=worth,
        )
        for feature, level, worth in zip(learned.features, levels, parts[:, 0].tolist(), strict=True)
    )
    rates = by_relation[:, 0] + np.array([relation.rate for relation in relations])
    return Explanation(
        left=left,
        right=right,
        prior=learned.evidence.prior,
        evidence=pieces,
        relation=relations[int(rates.argmax())].name if correction < -0.05 else "",
        correction=correction,
        match_weight=weight,
        probability=float(probability_of(np.array([weight]))[0]),
    )


def _shown(learned: Learned, feature: Feature, columns: Mapping[str, Sequence[Cell]], row: int) -> str:
    """Return what stands in the columns, and of a name that does not stand there by itself, what was read."""
    cells = (columns[column][row] for column in feature.columns)
    text = " | ".join("; ".join(cell) if isinstance(cell, tuple) else cell for cell in cells if cell)
    if feature.role not in _NAMES:
        return text
    codes = feature.data.codes[learned.place[row]].tolist()
    there = plain_key(text.replace("'", "").replace("\u2019", "")) or ""
    read = [name for code in codes if code >= 0 and (name := feature.data.values.at(code)) not in there]
    return f"{text} (read as {', '.join(read)})".strip() if read else text
