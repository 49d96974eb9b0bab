"""Who is meant by what has been typed so far: rows whose values begin so, beside those that are like it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.index._beginnings import Beginnings
from crmcore.matching.index._postings import each_once
from crmcore.matching.index._records import hashes_of
from crmcore.matching.index._weighing import Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from crmcore.matching.index._candidates import Candidates
    from crmcore.matching.index._records import Records
    from crmcore.matching.index._schema import Comparison, Schema, Values
    from crmcore.matching.index._weighing import Weighed, Weigher

    Int64s = NDArray[np.int64]

__all__ = ["Completer"]

MOST_BEGINNINGS = 3
"""So many of the beginnings that somebody typed, the rarest, are looked up; all are weighed."""
MOST_TYPED = 20
"""So many rows that begin so, those that most of what was typed fits, are weighed; twice what is asked for, if more."""


@attrs.frozen(eq=False)
class Completer:
    """Finds rows by the beginnings of values.

    Attributes:
        schema, records, candidates, weigher: those of the index.

    """

    schema: Schema
    records: Records
    candidates: Candidates
    weigher: Weigher
    _begun: dict[int, Beginnings] = attrs.field(factory=dict, init=False)
    _by_table: list[Comparison] = attrs.field(init=False)

    @_by_table.default
    def _of_records_only(self) -> list[Comparison]:
        """Return the comparisons without what is known of values elsewhere: nobody counted how many begin so."""
        return [attrs.evolve(each, outside=None) for each in self.schema.comparisons]

    def best(
        self, ways: Iterable[Values], *, without: int, least: float, most: int | None
    ) -> list[tuple[Query, Weighed]]:
        """Return the rows that may be meant, each as it is meant best; *most* at most.

        Args:
            ways: the ways in which it can be read what was typed.
            without: a row that is not wanted, or -1.
            least: in bits.
            most: None for all.

        """
        best: dict[int, Weighed] = {}
        queries: dict[int, Query] = {}
        for values in ways:
            query, like, begun = self._rows(values, without)
            found = self.weigher.best(query, like, least=least, most=most)
            if most is not None:
                begun = self.weigher.promising(query, begun, most=max(MOST_TYPED, 2 * most))
            enough = found[-1].weight if found and len(found) == most else least
            for each in (*found, *self.weigher.best(query, begun, least=enough, most=most)):
                if each.row not in best or best[each.row].weight < each.weight:
                    best[each.row], queries[each.row] = each, query
        return [(queries[each.row], each) for each in self.weigher.foremost(list(best.values()), most=most)]

    def _rows(self, values: Values, without: int) -> tuple[Query, Int64s, Int64s]:
        """Return what is asked, the rows that are candidates as it stands, and others that begin so, both rising."""
        hashes = hashes_of(values)
        query = Query.of(values, self.records.numbers(values, hashes))
        like = self.candidates.of(self.candidates.numbers(values, hashes))
        begun = each_once(np.concatenate([like[:0], *self._beginning(query)]))
        begun = begun[(begun != without) & ~np.isin(begun, like)]
        return query, like[like != without], begun

    def _beginning(self, query: Query) -> list[Int64s]:
        """See for how much the beginnings in a query count, and return rows that have the rarest of them."""
        rarest: list[tuple[int, int, Int64s]] = []
        for at, held in enumerate(query.texts):
            for start in held:
                codes = self._beginnings(at).codes(start)
                count, known = self._beginnings(at).count(codes), self.records.known[at] + 1
                worth = self._by_table[at].value_bits(start, max(count, 1) + 1, known)
                query.begun.setdefault(at, []).append((codes, worth))
                if count:
                    rarest.append((count, at, codes))
        for told in query.begun.values():
            told.sort(key=lambda each: -each[1])
        rarest.sort(key=lambda each: each[:2])
        return [self._beginnings(at).rows(codes) for _, at, codes in rarest[:MOST_BEGINNINGS]]

    def _beginnings(self, comparison: int) -> Beginnings:
        held = self._begun.get(comparison)
        if held is None:
            held = self._begun[comparison] = Beginnings(self.records, comparison)
        return held
