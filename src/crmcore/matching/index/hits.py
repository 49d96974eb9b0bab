"""What an index answers: who a record might be and why, and where it was put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.matching.explanation import PieceOfEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.matching.index._schema import Schema, Values

__all__ = ["Hit", "Placed"]


@attrs.frozen(kw_only=True)
class Hit:
    """A record that may be the same person as the one that was asked about.

    Attributes:
        key: what the record is called.
        person_id: the person that it is of.
        probability: that both are one person.
        match_weight: the same in bits.

    """

    key: str
    person_id: str
    probability: float
    match_weight: float
    _schema: Schema = attrs.field(repr=False, eq=False, alias="_schema")
    _asked: Values = attrs.field(repr=False, eq=False, alias="_asked")
    _held: Values = attrs.field(repr=False, eq=False, alias="_held")
    _parts: tuple[float, ...] = attrs.field(repr=False, eq=False, alias="_parts")
    _explained: tuple[float, ...] = attrs.field(repr=False, eq=False, alias="_explained")

    @property
    def prior(self) -> float:
        """log2 of the odds of two random records, in bits."""
        return self._schema.prior

    @property
    def correction(self) -> float:
        """What of the evidence is explained by how different people come to share it, in bits; never positive."""
        return self.match_weight - self.prior - sum(self._parts)

    @property
    def relation(self) -> str:
        """What two different people who share this might be, such as "of one household"; "" if nothing much."""
        if self.correction >= -0.05:
            return ""
        likeliest = max(range(len(self._explained)), key=self._explained.__getitem__)
        return self._schema.relations[likeliest].name

    @property
    def evidence(self) -> tuple[PieceOfEvidence, ...]:
        """What each comparison says; left is the record that was asked about, both in their normal forms."""
        return tuple(
            PieceOfEvidence(
                comparison=comparison.name,
                columns=(comparison.name,),
                left="; ".join(mine),
                right="; ".join(theirs),
                agreement=self._agreement(at),
                match_weight=bits,
            )
            for at, (comparison, mine, theirs, bits) in enumerate(
                zip(self._schema.comparisons, self._asked, self._held, self._parts, strict=True)
            )
        )

    def explain(self) -> str:
        """Return why, one line a piece of evidence, as people read it."""
        lines = [f"{self.key}: probability {self.probability:.4f}, {self.match_weight:+.1f} bits"]
        lines.append(f"  {self.prior:+6.1f}  before anything is compared")
        lines += [
            f"  {piece.match_weight:+6.1f}  {piece.comparison}: {piece.agreement} ({piece.left!r}, {piece.right!r})"
            for piece in self.evidence
            if piece.left and piece.right
        ]
        if self.relation:
            lines.append(f"  {self.correction:+6.1f}  they might be {self.relation}")
        return "\n".join(lines)

    def _agreement(self, at: int) -> str:
        mine, theirs = self._asked[at], self._held[at]
        if not mine or not theirs:
            return "not known"
        kind = self._schema.comparisons[at].kind
        if set(mine) & set(theirs):
            return kind.labels[kind.top]
        names = self._schema.given, self._schema.family
        if at in names and all(values[name] for values in (self._asked, self._held) for name in names):
            one, other = ((values[names[0]][0], values[names[1]][0]) for values in (self._asked, self._held))
            shared = any(set(self._asked[name]) & set(self._held[name]) for name in names)
            if levels := self._schema.turned(one, other, shared=shared):
                return kind.labels[levels[names.index(at)]]
        level = self._schema.comparisons[at].level
        return kind.labels[max(level(one, other) for one in mine for other in theirs)]


@attrs.frozen(kw_only=True)
class Placed:
    """Where a record was put.

    Attributes:
        key: what it is called.
        person_id: the person that it is of.
        others: the keys of that person's other records, sorted.
        moved: keys of other records whose person is another one now -> its id: the record joined people, or parted
            them.

    """

    key: str
    person_id: str
    others: tuple[str, ...]
    moved: Mapping[str, str]

    @property
    def joined(self) -> bool:
        """Whether the person has other records."""
        return bool(self.others)
