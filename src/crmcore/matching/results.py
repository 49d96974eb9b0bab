"""What matching answers: clusters, pairs, and the evidence behind each."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.errors import InputError, MissingExtra
from crmcore.hygiene.roles import Role
from crmcore.matching._normal import plain_key
from crmcore.matching.relations import explained, shared
from crmcore.matching.scoring import probability_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.matching._features import Feature
    from crmcore.matching.engines.local import Learned
    from crmcore.ports import Cell

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Deduplication", "Explanation", "Linkage", "Pairs", "PieceOfEvidence"]


_NAMES = frozenset({Role.GIVEN_NAME, Role.FAMILY_NAME, Role.MIDDLE_NAME})
"""Roles whose values are read from all columns of names together, and may stand in another."""


@attrs.frozen(kw_only=True, eq=False)
class Pairs:
    """Scored pairs as a table; any Arrow consumer reads it (with the extra ``arrow``).

    Attributes:
        left, right: int64, (pairs,), 0-based rows; of a linkage, rows of the left and of the right table.
        probability: float64, (pairs,), that both rows are the same person.
        match_weight: float64, (pairs,), the same as log2 of the odds, in bits.

    """

    left: Int64s
    right: Int64s
    probability: Floats
    match_weight: Floats

    def __len__(self) -> int:
        return len(self.left)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The table as a mapping of arrays, which every DataFrame constructor takes."""
        return {
            "left": self.left,
            "right": self.right,
            "probability": self.probability,
            "match_weight": self.match_weight,
        }

    def above(self, probability: float) -> Pairs:
        """Return the pairs of at least this probability."""
        return self.take(np.flatnonzero(self.probability >= probability))

    def take(self, positions: Int64s) -> Pairs:
        """Return the pairs at these positions."""
        return Pairs(**{name: values[positions] for name, values in self.columns.items()})

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        try:
            import pyarrow as pa
        except ImportError as exc:
            raise MissingExtra("hand pairs to an Arrow consumer", "arrow") from exc
        return pa.table(self.columns).__arrow_c_stream__(requested_schema)


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


@attrs.frozen(kw_only=True, eq=False)
class _Result:
    """What deduplication and linkage have in common.

    Attributes:
        roles: what each column was taken for.
        threshold: probability from which a pair connects two rows.
        pairs: the scored pairs with a probability of .05 or more.
        compared: how many candidate pairs were compared.

    """

    roles: tuple[RoleGuess, ...]
    threshold: float
    pairs: Pairs
    compared: int
    _columns: Mapping[str, Sequence[Cell]] = attrs.field(repr=False, alias="_columns")
    _learned: Learned | None = attrs.field(repr=False, alias="_learned")

    @property
    def rules(self) -> tuple[str, ...]:
        """The blocking rules that found the candidate pairs, best first."""
        return () if self._learned is None else tuple(rule.name for rule in self._learned.rules)

    def _weigh(self, left: Int64s, right: Int64s) -> Floats:
        if self._learned is None:
            return np.full(len(left), -np.inf)
        return self._learned.weigh(self._learned.place[left], self._learned.place[right])

    def _explain(self, left: int, right: int) -> Explanation:
        if self._learned is None:
            raise InputError("no column says who a row is, so there is nothing to explain; name roles with columns=")
        learned, pair = self._learned, (self._learned.place[[left]], self._learned.place[[right]])
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
                left=self._shown(learned, feature, left),
                right=self._shown(learned, feature, right),
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

    def _shown(self, learned: Learned, feature: Feature, row: int) -> str:
        """Return what stands in the columns, and of a name that does not stand there by itself, what was read."""
        cells = (self._columns[column][row] for column in feature.columns)
        text = " | ".join("; ".join(cell) if isinstance(cell, tuple) else cell for cell in cells if cell)
        if feature.role not in _NAMES:
            return text
        codes = feature.data.codes[learned.place[row]].tolist()
        there = plain_key(text.replace("'", "").replace("\u2019", "")) or ""
        read = [name for code in codes if code >= 0 and (name := feature.data.values.at(code)) not in there]
        return f"{text} (read as {', '.join(read)})".strip() if read else text


@attrs.frozen(kw_only=True, eq=False)
class Deduplication(_Result):
    """Which rows of one table are the same person.

    Attributes:
        cluster_ids: int64, (rows,), one number a row in input order; rows of one person share it. Numbered from 0 in
            order of first appearance.

    """

    cluster_ids: Int64s

    @cached_property
    def clusters(self) -> list[Int64s]:
        """The rows of each cluster, by cluster number."""
        order = np.argsort(self.cluster_ids, kind="stable")
        return np.split(order, np.cumsum(np.bincount(self.cluster_ids))[:-1]) if len(order) else []

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of any pairs of rows, candidates or not, in bits, float64, (pairs,).

        -inf where no column says who a row is. The prior is in it, and what relations explain is taken off, as in
        `pairs`.

        Raises:
            InputError: there is no such row.

        """
        _check_rows(left, len(self.cluster_ids))
        _check_rows(right, len(self.cluster_ids))
        return self._weigh(left, right)

    def explain(self, left: int, right: int) -> Explanation:
        """Tell which evidence speaks for and against two rows being the same person, and how much each.

        Raises:
            InputError: there is no such row, or both are the same.

        """
        _check_rows(np.array([left, right]), len(self.cluster_ids))
        if left == right:
            raise InputError(f"row {left} is itself; explain takes two different rows")
        return self._explain(left, right)


@attrs.frozen(kw_only=True, eq=False)
class Linkage(_Result):
    """Which rows of one table are the same person as which rows of another.

    Attributes:
        links: the pairs that connect, best first; with ``one_to_one`` each row stands in one at most.

    """

    links: Pairs
    _left_rows: int = attrs.field(repr=False, alias="_left_rows")

    def weigh(self, left: Int64s, right: Int64s) -> Floats:
        """Return the match weight of any pairs of a left and a right row, as `Deduplication.weigh` does."""
        self._check(left, right)
        return self._weigh(left, right + self._left_rows)

    def explain(self, left: int, right: int) -> Explanation:
        """Tell which evidence speaks for and against a row of the left and a row of the right table being the same."""
        self._check(np.array([left]), np.array([right]))
        explained = self._explain(left, self._left_rows + right)
        return attrs.evolve(explained, right=right)

    def _check(self, left: Int64s, right: Int64s) -> None:
        _check_rows(left, self._left_rows)
        _check_rows(right, len(next(iter(self._columns.values()), ())) - self._left_rows)


def _check_rows(named: Int64s, rows: int) -> None:
    outside = named[(named < 0) | (named >= rows)]
    if len(outside):
        raise InputError(f"there is no row {outside[0]}; rows run from 0 to {rows - 1}")
