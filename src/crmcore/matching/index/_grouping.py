"""Groups a few rows into people by the batch run's own clustering, for as little of the table as a change concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.clustering import Constraints, cluster
from crmcore.matching.clustering.components import LARGEST_COMPONENT
from crmcore.matching.clustering.sizes import SizeLaw
from crmcore.matching.index._weighing import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.decisions import PairDecision
    from crmcore.matching.index._edges import Edges
    from crmcore.matching.index._people import People
    from crmcore.matching.index._record_keys import RecordKeys
    from crmcore.matching.index._records import Records
    from crmcore.matching.index._schema import Schema
    from crmcore.matching.index._weighing import Weigher

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["MOST_ROWS", "Grouping", "Said"]

ONE = np.ones(1, np.int64)
MOST_ROWS = 48
"""Connected rows beyond which only the people beside a changed row are looked at again, not all of them."""


class Said:
    """What people decided of records, for the rows that they are kept in.

    Args:
        decisions: a matcher's.
        keys: which row each record is kept in.

    """

    def __init__(self, decisions: Iterable[PairDecision], keys: RecordKeys) -> None:
        self._keys = keys
        self._of: dict[bool, dict[str, set[str]]] = {True: {}, False: {}}
        for each in decisions:
            if each.settles and not each.across:
                for one, other in ((each.left, each.right), (each.right, each.left)):
                    self._of[each.verdict.joins].setdefault(one, set()).add(other)

    def of(self, row: int, *, joins: bool) -> set[int]:
        """Return the rows that are said to be one person with a row, or not to be."""
        said = self._of[joins]
        if not said:
            return set()
        found = {self._keys.row(other) for key in self._keys.of_row(row) for other in said.get(key, ())}
        return found - {-1, row}


@attrs.frozen(eq=False)
class _Testimony:
    """What a few rows say of each other; see `crmcore.matching.clustering.Testimony`."""

    weigher: Weigher
    queries: list[Query]
    prior: float
    known: Bools
    differs: Floats
    _told: dict[tuple[int, int], tuple[list[float], list[bool]]] = attrs.field(factory=dict, alias="_told")

    def parts(self, left: Int64s, right: Int64s) -> tuple[Floats, Bools]:
        """Return what each comparison says."""
        found = [self._pair(*pair) for pair in zip(left.tolist(), right.tolist(), strict=True)]
        shape = len(found), len(self.differs)
        parts = np.array([parts for parts, _ in found], float).reshape(shape).T
        same = np.array([same for _, same in found], bool).reshape(shape).T
        return parts, same & (parts != 0)

    def _pair(self, one: int, other: int) -> tuple[list[float], list[bool]]:
        told = self._told.get((one, other))
        if told is None:
            told = self._told[one, other] = self.weigher.parts(self.queries[one], self.queries[other].codes)
        return told

    def weight(self, parts: Floats, same: Bools) -> Floats:
        """Return the match weight of what comparisons say together."""
        both = zip(parts.T.tolist(), same.T.tolist(), strict=True)
        return np.array([self.weigher.sum_up(0, each, shared).weight for each, shared in both])


@attrs.define(kw_only=True, eq=False)
class Grouping:
    """Finds the people among rows.

    How many records people have, which counts before anything is compared, is learned anew when a hundredth of the rows
    has come or gone.

    Attributes:
        schema, records, weigher, edges, people: those of the index.
        said: what people decided.
        least: what it takes for groups to be one person, in bits.

    """

    schema: Schema
    records: Records
    weigher: Weigher
    edges: Edges
    people: People
    said: Said
    least: float
    _rows: int = attrs.field(init=False, default=-1)
    _sizes: SizeLaw = attrs.field(init=False)
    _connects: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._learn_sizes()

    @property
    def connects(self) -> float:
        """From which weight on rows are connected, in bits."""
        rows = self.records.held
        if abs(rows - self._rows) > self._rows // 100:
            self._learn_sizes()
        return self._connects

    def _learn_sizes(self) -> None:
        rows, prior = self.records.held, self.schema.prior
        law = SizeLaw.geometric(prior, rows=max(rows, 2), most=2)
        self._rows, self._connects = rows, self.least - float(law.bits(ONE, ONE)[0])
        self._sizes = SizeLaw.found(self.people.sizes(), prior, rows=max(rows, 2), most=LARGEST_COMPONENT)

    def around(self, rows: Iterable[int]) -> list[list[int]]:
        """Return the groups of all rows that are connected to any of these, each rising."""
        found: list[set[int]] = []
        for row in rows:
            if self.records.alive[row] and not any(row in part for part in found):
                part = self._connected(row)
                part |= {other for each in found if each & part for other in each}
                found = [*(each for each in found if not each & part), part]
        return [group for part in found for group in self._grouped(sorted(part))]

    def _beside(self, row: int) -> list[int]:
        return [each for each in (*self.edges.of(row), *self.said.of(row, joins=True)) if self.records.alive[each]]

    def _connected(self, row: int) -> set[int]:
        """Return the rows that are connected to a row; of very many, its neighbours' people."""
        found, waiting = {row}, [row]
        while waiting and len(found) <= MOST_ROWS:
            for other in self._beside(waiting.pop()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        if not waiting:
            return found
        near = [row, *self._beside(row)]
        return {row} | {mate for other in near for mate in self.people.with_row(other)}

    def _grouped(self, rows: list[int]) -> list[list[int]]:
        if len(rows) == 1:
            return [rows]
        label = [self.people.home(row) for row in rows] if self._as_at_the_start(rows) else self._clustered(rows)
        groups: dict[int, list[int]] = {}
        for row, own in zip(rows, label, strict=True):
            groups.setdefault(own, []).append(row)
        return list(groups.values())

    def _as_at_the_start(self, rows: Sequence[int]) -> bool:
        """Tell whether these are just the rows that were connected in the table, none of them changed or gone."""
        return all(
            row < self.edges.rows and all(self.records.alive[other] for other in self.edges.of_table(row))
            for row in rows
        )

    def _clustered(self, rows: list[int]) -> list[int]:
        """Group by the batch run's clustering, as if it saw these among all rows of the index."""
        at = {row: place for place, row in enumerate(rows)}
        pairs = sorted(
            {
                (min(at[row], at[other]), max(at[row], at[other]))
                for row in rows
                for other in self._beside(row)
                if other in at
            }
        )
        left, right = np.array(pairs, np.int64).reshape(-1, 2).T
        queries = [Query.of_row(self.records, row) for row in rows]
        testimony = _Testimony(
            self.weigher,
            queries,
            self.schema.prior,
            np.array([[bool(held) for held in query.codes] for query in queries]),
            np.array([each.bits[0] for each in self.schema.comparisons]),
        )
        weights = testimony.weight(*testimony.parts(left, right))
        constraints = Constraints(together=self._said_among(at, joins=True), apart=self._said_among(at, joins=False))
        found = cluster(
            len(rows),
            left,
            right,
            weights,
            testimony,
            least=self.least,
            constraints=constraints,
            connects=self._connects,
            sizes=self._sizes,
        )
        labels: list[int] = found.labels.tolist()
        return labels

    def _said_among(self, at: Mapping[int, int], *, joins: bool) -> list[tuple[int, int]]:
        return [
            (at[row], at[other])
            for row in at
            for other in self.said.of(row, joins=joins)
            if row < other and other in at
        ]
