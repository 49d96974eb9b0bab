"""Which rows are worth a look for a record: those that the rules of the batch run would pair it with."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from crmcore.matching.blocking import LARGEST_BLOCK, BlockingRule, keys_of, splitters_among
from crmcore.matching.blocking.blocks import SPLITTERS
from crmcore.matching.index._postings import Postings, rows_of
from crmcore.matching.index._records import hashes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from crmcore.matching._features import Feature
    from crmcore.matching.index._records import Records
    from crmcore.matching.index._schema import Numbers, Rule, Schema, Values

    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]
    Hashes = Sequence[Sequence[int]]

__all__ = ["Candidates"]

MOST = 4000
"""Rows beyond which the rest of the rules, the least telling ones, is passed over."""


class Candidates:
    """The blocks of all rules.

    A block that is too large is looked at in its parts. A record that has none of the values that part it meets some
    of its rows, so that whoever types a common name sees a few of those who bear it.

    Args:
        schema: what is compared.
        records: the rows.
        features: the same rows as features of a table, for whose keys the blocks are found.
        rules: names of the keys that have to agree, the best rule first.

    """

    def __init__(
        self, schema: Schema, records: Records, features: Sequence[Feature], rules: Sequence[tuple[str, ...]]
    ) -> None:
        self._schema, self._records = schema, records
        keys = {key.name: key for key in keys_of(features)}
        splitters = [key.name for key in splitters_among(list(keys.values()))]
        self._rules = schema.rules(rules, splitters, most=SPLITTERS)
        self._names = sorted({name for rule in self._rules for name in (*rule.keys, *rule.splitters)})
        self._postings = [
            Postings.of(
                BlockingRule(keys=tuple(keys[name] for name in rule.keys)), [keys[name] for name in rule.splitters]
            )
            if keys.keys() >= set(rule.keys)
            else Postings()
            for rule in self._rules
        ]
        self._further = [self._further_of(rule) for rule in self._rules]

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(postings.nbytes for postings in self._postings)

    def numbers(self, values: Values, hashes: Hashes) -> Mapping[str, Numbers]:
        """Return the numbers of a record under all keys that the rules ask."""
        return self._schema.numbers(self._names, values, hashes)

    def of(self, numbers: Mapping[str, Numbers]) -> Int64s:
        """Return the rows that share a block with a record of these numbers, int64, each once and rising."""
        found: list[Uint64s] = []
        many = 0
        for rule, postings in zip(self._rules, self._postings, strict=True):
            further = [numbers[name] for name in rule.splitters]
            for number in self._schema.sums(rule, numbers):
                parts = [each for block in postings.blocks(number, further) for each in postings.entries(block)]
                if not parts and not any(further):
                    parts = postings.entries(number, most=LARGEST_BLOCK)
                found += parts
                many += sum(map(len, parts))
            if many > MOST:
                break
        rows = rows_of(found)
        return rows[self._records.alive[rows]]

    def enter(self, row: int, numbers: Mapping[str, Numbers]) -> None:
        """Enter a row that came later, and has these numbers, into its blocks."""
        for rule, postings, further in zip(self._rules, self._postings, self._further, strict=True):
            for number in self._schema.sums(rule, numbers):
                postings.enter(number, row, further)

    def leave(self, row: int) -> None:
        """Take a row that came later out of its blocks."""
        values = self._records.texts(self._records.codes(row))
        numbers = self.numbers(values, hashes_of(values))
        for rule, postings, further in zip(self._rules, self._postings, self._further, strict=True):
            for number in self._schema.sums(rule, numbers):
                postings.drop(number, row, further)

    def _further_of(self, rule: Rule) -> Callable[[int], Sequence[Numbers]]:
        """Return what tells the numbers of a row under the keys that split a rule's blocks."""

        @lru_cache(1)
        def further(row: int) -> Sequence[Numbers]:
            values = self._records.texts(self._records.codes(row))
            numbers = self._schema.numbers(rule.splitters, values, hashes_of(values))
            return [numbers[name] for name in rule.splitters]

        return further
