"""What speaks for two records being one person: `Comparers.weights`, one record against some rows at a time."""

from __future__ import annotations

from heapq import heappush, heapreplace
from math import inf, log2
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.index._records import Codes, Records
    from crmcore.matching.index._schema import Schema, Values

    Floats = NDArray[np.float64]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint32s = NDArray[np.uint32]

__all__ = ["Query", "Weighed", "Weigher"]

NOT_TURNED: Mapping[int, int] = {}
FEW = 6
"""Rows that are weighed as they come; of more, the most promising ones first."""


@attrs.frozen(eq=False)
class Query:
    """A record that rows are weighed against.

    Attributes:
        texts: its values.
        codes: their numbers, -1 for those that no row has.
        more: for each comparison, number of a value -> by how much the record changes its count.
        known: for each comparison, by how much it changes how many records have any value.
        worth: comparison and number of a value -> what sharing it is worth, as far as that was asked for.
        begun: comparison -> for each beginning of a value, those values that begin so, int64, rising, and what that is
            worth; the most that is worth anything first.

    """

    texts: Values
    codes: Codes
    more: tuple[dict[int, int], ...]
    known: tuple[int, ...]
    worth: dict[tuple[int, int], float] = attrs.field(factory=dict)
    begun: dict[int, list[tuple[Int64s, float]]] = attrs.field(factory=dict)

    @classmethod
    def of_row(cls, records: Records, row: int) -> Query:
        """Ask for what is like a row."""
        codes = records.codes(row)
        nothing: dict[int, int] = {}
        return cls(records.texts(codes), codes, (nothing,) * len(codes), (0,) * len(codes))

    @classmethod
    def of(cls, texts: Values, codes: Codes, *, instead: Codes | None = None) -> Query:
        """Ask for what is like a record that would be one more, or one in the place of a row.

        Args:
            texts, codes: the record.
            instead: what the row holds whose place it would take.

        """
        more = [dict.fromkeys((code for code in held if code >= 0), 1) for held in codes]
        known = [int(bool(held)) for held in codes]
        for at, held in enumerate(instead or ()):
            known[at] -= bool(held)
            for code in held:
                more[at][code] = more[at].get(code, 0) - 1
        return cls(texts, codes, tuple(more), tuple(known))


@attrs.frozen(eq=False)
class Weighed:
    """A row, and what speaks for it.

    Attributes:
        row: which one.
        weight: the match weight, in bits.
        parts: what each comparison says, in bits, that of one matter counted once.
        explained: what relations explain of it, for each relation, in bits.

    """

    row: int
    weight: float
    parts: list[float]
    explained: list[float]


class Weigher:
    """Weighs records against the rows of an index.

    Args:
        schema: what is compared, and what it is worth.
        records: the rows.
        lots: from rows to what decides between those of equal weight, the least first.

    """

    def __init__(self, schema: Schema, records: Records, lots: Callable[[Int64s], Uint32s]) -> None:
        self._schema, self._records, self._lots = schema, records, lots
        self._of_matters = frozenset(at for matter in schema.matters for at in matter)

    def best(self, query: Query, rows: Int64s, *, least: float, most: int | None) -> list[Weighed]:
        """Return the rows of at least *least* bits, best first, *most* of them at most; of equals, see `foremost`.

        The rows are looked at in the order of what they could reach at best, which is soon below what was found.
        """
        if most is not None and most <= 0:
            return []
        if len(rows) <= FEW:
            order: list[tuple[int, float]] = [(row, inf) for row in rows.tolist()]
        else:
            bounds = self._bounds(query, rows)
            within = np.flatnonzero(bounds >= least)
            rows, bounds = rows[within], bounds[within]
            ranked = np.lexsort((self._lots(rows), -bounds))
            order = list(zip(rows[ranked].tolist(), bounds[ranked].tolist(), strict=True))
        found: list[Weighed] = []
        heap: list[float] = []
        reached, equals = inf, 0
        for row, bound in order:
            if bound != reached:
                reached, equals = bound, 0
            if bound < least or (most is not None and equals >= most):
                break  # what is left reaches less, or no more, and its lots are greater
            weighed = self.weigh(query, row, least=least, bound=bound)
            if weighed is None or weighed.weight < least:
                continue
            found.append(weighed)
            equals += weighed.weight == bound
            if most is not None:
                if len(heap) < most:
                    heappush(heap, weighed.weight)
                else:
                    heapreplace(heap, max(weighed.weight, heap[0]))
                if len(heap) == most:
                    least = max(least, heap[0])
        return self.foremost(found, most=most)

    def foremost(self, found: Sequence[Weighed], *, most: int | None) -> list[Weighed]:
        """Return *most* rows, best first; equals by lot, which is the same in whatever order they came."""
        if len(found) < 2:
            return list(found)
        lots = self._lots(np.array([each.row for each in found])).tolist()
        ranked = sorted(zip(found, lots, strict=True), key=lambda each: (-each[0].weight, each[1], each[0].row))
        return [each for each, _ in ranked[:most]]

    def weigh(self, query: Query, row: int, *, least: float = -inf, bound: float = inf) -> Weighed | None:
        """Weigh a row; None where that would be less than *least*, *bound* being what it can reach at best."""
        found = self.parts_within(query, self._records.codes(row), spare=bound - least)
        return None if found is None else self.sum_up(row, *found)

    def parts(self, query: Query, codes: Codes) -> tuple[list[float], list[bool]]:
        """Return what each comparison says, in bits, and whether the very value is shared, or names are swapped."""
        found = self.parts_within(query, codes, spare=inf)
        return ([], []) if found is None else found

    def parts_within(self, query: Query, codes: Codes, *, spare: float) -> tuple[list[float], list[bool]] | None:
        """Do the same, or return None as soon as comparisons have fallen short of their best by more than *spare*."""
        comparisons = self._schema.comparisons
        parts, same = [0.0] * len(comparisons), [False] * len(comparisons)
        turned = self._turned(query, codes)
        for at in self._schema.order:
            mine, theirs = query.codes[at], codes[at]
            if not mine or not theirs:
                continue
            if mine == theirs and len(mine) == 1:
                parts[at], same[at] = self._worth(query, at, mine[0], query.texts[at][0]), True
            elif any(code in theirs for code in mine):
                both = zip(mine, query.texts[at], strict=True)
                parts[at] = max([self._worth(query, at, code, text) for code, text in both if code in theirs])
                same[at] = True
            elif at in query.begun and (begun := _begun(query.begun[at], theirs)) > -inf:
                parts[at] = begun
            elif at in turned:
                parts[at], same[at] = comparisons[at].bits[turned[at]], True
            else:
                gained = parts[at] = self._likest(query, at, theirs)
                most = comparisons[at].bits[-2]
                spare -= most - gained if at not in self._of_matters else max(most, 0.0) - max(gained, 0.0)
                if spare < 0:
                    return None
        return parts, same

    def sum_up(self, row: int, parts: list[float], same: Sequence[bool]) -> Weighed:
        """Add up what comparisons say: an address or a job counts once, and what relations explain does not count."""
        schema = self._schema
        if schema.matters:
            parts = self._count_once(parts)
        if schema.addresses is not None and schema.told_by_names(parts, same):
            parts = parts.copy()
            parts[schema.addresses.email] = 0.0
        total = sum(parts) + schema.prior
        explained = [
            relation.rate
            + sum([parts[at] for at in relation.features])
            + sum([max(parts[at], 0.0) for at in relation.likeness if not same[at]])
            for relation in schema.relations
        ]
        most = max(explained, default=0.0)
        if most > -60.0:
            most = max(most, 0.0)
            total -= most + log2(2.0**-most + sum([2.0 ** (each - most) for each in explained]))
        return Weighed(row, total, parts, explained)

    def _count_once(self, parts: list[float]) -> list[float]:
        """Do as `Whereabouts.count_once`."""
        against = [([at for at in matter if parts[at] < 0], min) for matter in self._schema.matters]
        speaking = [at for at in self._schema.nested if parts[at] > 0]
        parts = parts.copy()
        for some, best in (*against, (speaking, max)):
            if len(some) > 1:
                kept = best(some, key=parts.__getitem__)
                for at in some:
                    parts[at] = parts[at] if at == kept else 0.0
        return parts

    def _worth(self, query: Query, at: int, code: int, text: str) -> float:
        """Return what sharing a value is worth, the record being counted as well."""
        known = query.worth.get((at, code))
        if known is None:
            count = 1 if code < 0 else self._records.count(at, code) + query.more[at].get(code, 0)
            known = self._schema.comparisons[at].value_bits(text, count, self._records.known[at] + query.known[at])
            if code >= 0:
                query.worth[at, code] = known
        return known

    def _likest(self, query: Query, at: int, theirs: Sequence[int]) -> float:
        """Return what the two values are worth that are most alike, none of them shared."""
        comparison = self._schema.comparisons[at]
        bits, best = comparison.bits, -inf
        vocabulary = self._records.vocabularies[at]
        for code in theirs:
            other = vocabulary.text(code)
            for own, text in zip(query.codes[at], query.texts[at], strict=True):
                gained = bits[comparison.level(text, other)]
                if gained > 0:  # no more than sharing the commoner of the two would be
                    gained = min(
                        gained, max(min(self._worth(query, at, own, text), self._worth(query, at, code, other)), 0.0)
                    )
                best = max(best, gained)
        return best

    def _turned(self, query: Query, codes: Codes) -> Mapping[int, int]:
        """Return the levels of both comparisons of names where one record has them in each other's place."""
        given, family = self._schema.given, self._schema.family
        if given < 0 or not (query.codes[given] and query.codes[family] and codes[given] and codes[family]):
            return NOT_TURNED
        shared = any(not set(query.codes[at]).isdisjoint(codes[at]) for at in (given, family))
        vocabularies = self._records.vocabularies
        theirs = vocabularies[given].text(codes[given][0]), vocabularies[family].text(codes[family][0])
        levels = self._schema.turned((query.texts[given][0], query.texts[family][0]), theirs, shared=shared)
        return NOT_TURNED if levels is None else {given: levels[0], family: levels[1]}

    def promising(self, query: Query, rows: Int64s, *, most: int) -> Int64s:
        """Return *most* rows at most: those for which most speaks, if all differs that is not shared nor begins so."""
        if len(rows) <= most:
            return rows
        worth = self._bounds(query, rows, likeness=False)
        ranked = np.lexsort((self._lots(rows), -worth))
        return rows[ranked[:most]]

    def _bounds(self, query: Query, rows: Int64s, *, likeness: bool = True) -> Floats:
        """Return what each row can reach at best, float64, (rows,), in bits.

        Args:
            query, rows: what is weighed against which rows.
            likeness: whether values that differ may still be alike.

        """
        bounds = np.full(len(rows), self._schema.prior)
        held = []
        for at, codes in enumerate(query.codes):
            if codes:
                most = self._schema.comparisons[at].bits[-2 if likeness else 0]
                both = zip(codes, query.texts[at], strict=True)
                worth = sorted((self._worth(query, at, code, text), code) for code, text in both if code >= 0)
                least = 0.0 if at in self._of_matters else -inf  # what differs of an address or a job may not count
                begun = [(values, max(bits, least)) for values, bits in reversed(query.begun.get(at, ()))]
                held.append((at, max(most, least), begun, [(max(bits, least), code) for bits, code in worth]))
        for places, slots in self._records.slots(rows):
            if len(places):
                total = np.zeros(len(places))
                for at, most, begun, worth in held:
                    total += _bound(slots[at], most, begun, worth)
                bounds[places] += total
        return bounds


def _begun(beginnings: Sequence[tuple[Int64s, float]], codes: Sequence[int]) -> float:
    """Return what it is worth that one of a row's values begins as was typed."""
    for values, worth in beginnings:
        for code, at in zip(codes, values.searchsorted(codes).tolist(), strict=True):
            if at < len(values) and values[at] == code:
                return worth
    return -inf


def _bound(
    slots: Int32s, most: float, begun: Sequence[tuple[Int64s, float]], worth: Sequence[tuple[float, int]]
) -> Floats:
    """Return the most that one comparison can add, float64, (rows,)."""
    part: Floats = np.where(slots[0] >= 0, most, 0.0)
    for values, bits in begun:
        for slot in slots if len(values) else ():
            part[values.take(values.searchsorted(slot), mode="clip") == slot] = bits
    for bits, code in worth:  # rising, so that the best of several stays
        equal = slots[0] == code
        for slot in slots[1:]:
            equal |= slot == code
        part[equal] = bits
    return part
