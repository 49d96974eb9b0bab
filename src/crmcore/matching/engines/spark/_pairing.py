"""Candidate pairs of a whole table, scored where their blocks are.

Each row goes to every block that it is in; the blocks of a partition are paired and scored by the local engine's own
kernels. So a pair never leaves the executor before it is known to be worth keeping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching.blocking import BlockingRule, CandidatePairs, Key, unpack
from crmcore.matching.blocking.blocks import row_bits
from crmcore.matching.engines.local import KEPT_WEIGHT, STEP
from crmcore.matching.engines.spark._pieces import dense, schema_of, signed, tables_of, unsigned, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching.engines.spark._judging import Judge
    from crmcore.matching.working_memory import WorkingMemory

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["scored_pairs"]

COMPARED = -1
"""What stands for the left row where a number of compared pairs is told."""


@attrs.frozen(eq=False)
class _Blocked:
    """Sends each row to the blocks that it is in."""

    judge: Judge

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        mask = np.uint64((1 << row_bits(self.judge.rows)) - 1)
        for arrow in tables_of(batches):
            for at, rule in self.judge.rules(self.judge.over_rows(arrow).keys).items():
                row, number = _each_once(*rule.held(), mask)
                rows = arrow.take(pa.array(row))
                columns = [pa.array(np.full(len(row), at, np.int32)), pa.array(signed(number)), *rows.columns]
                yield from pa.Table.from_arrays(columns, ["rule", "block", *rows.column_names]).to_batches()


def _each_once(row: Int32s, number: Uint64s, mask: np.uint64) -> tuple[Int32s, Uint64s]:
    """Return the blocks of rows as the local engine tells them apart, each once a row."""
    number = number & ~mask
    order = np.lexsort((number, row))
    row, number = row[order], number[order]
    fresh = np.ones(len(row), bool)
    fresh[1:] = (row[1:] != row[:-1]) | (number[1:] != number[:-1])
    return row[fresh], number[fresh]


@attrs.frozen(eq=False)
class _Scored:
    """Pairs and scores the rows of the blocks of a partition."""

    judge: Judge
    memory: WorkingMemory

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        arrow = whole(batches)
        if arrow is None:
            return
        places, first, row = np.unique(dense(arrow["place"]), return_index=True, return_inverse=True)
        bench = self.judge.over_rows(arrow.take(first))
        numbers, number = np.unique(unsigned(arrow["block"]), return_inverse=True)
        rule = dense(arrow["rule"])
        del arrow
        rules = [
            BlockingRule(keys=(_key(found.features, row[rule == at], number[rule == at], len(places), len(numbers)),))
            for at, found in self.judge.rules(bench.keys).items()
            if (rule == at).any()
        ]
        candidates = CandidatePairs.of(rules, memory=self.memory, splitters=self._splitters(bench.keys, len(places)))
        compared = 0
        for packed in candidates:
            for start in range(0, len(packed), STEP):
                left, right = unpack(packed[start : start + STEP])
                at, weight = bench.comparers.weights(left, right, bench.evidence, least=KEPT_WEIGHT)
                yield _batch(places[left[at]], places[right[at]], weight)
            compared += len(packed)
        part = np.array([self._part()], np.int64)
        yield _batch(np.array([COMPARED], np.int64), part, np.array([float(compared)]))

    def _part(self) -> int:
        from pyspark import TaskContext

        context = TaskContext.get()
        return 0 if context is None else context.partitionId()

    def _splitters(self, keys: Sequence[Key], rows: int) -> list[Key]:
        """Return the keys that split blocks, also those that stand in none of these rows."""
        named = {key.name: key for key in keys}
        gaps, forms = np.full((rows, 1), -1, np.int32), np.zeros(1, np.uint64)
        return [
            named[name] if name in named else Key(name=name, features=features, codes=gaps, forms=forms)
            for name, features in self.judge.splitters
        ]


def _key(features: frozenset[int], row: Int64s, number: Int64s, rows: int, blocks: int) -> Key:
    """Return a key on which those rows agree that are in one block; each number has room for the row beside it."""
    order = np.argsort(row, kind="stable")
    row, number = row[order], number[order]
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    slot = np.arange(len(row)) - np.repeat(begins, np.diff(np.append(begins, len(row))))
    codes = np.full((rows, int(slot.max(initial=0)) + 1), -1, np.int32)
    codes[row, slot] = number
    forms = np.append((np.arange(blocks, dtype=np.uint64) + np.uint64(1)) << np.uint64(32), np.uint64(0))
    return Key(features=features, name="block", codes=codes, forms=forms)


def _batch(left: Int64s, right: Int64s, weight: NDArray[np.float64]) -> Any:
    import pyarrow as pa

    return pa.RecordBatch.from_arrays([pa.array(left), pa.array(right), pa.array(weight)], ["left", "right", "weight"])


def scored_pairs(rows: Any, judge: Judge, *, parts: int, memory: WorkingMemory) -> Any:
    """Return the pairs of places that may be matches, each once: left < right and the weight in bits.

    A row whose left is `COMPARED` tells in its weight how many pairs a partition compared.

    Args:
        rows: the places, and what they hold.
        judge: the model.
        parts: how many partitions blocks are dealt to.
        memory: how much pairs may take at once in each.

    """
    schema = f"rule int, block long, place long, {schema_of(judge.headings)}"
    blocked = rows.mapInArrow(_Blocked(judge), schema).repartition(parts, "rule", "block")
    scored = blocked.mapInArrow(_Scored(judge, memory), "left long, right long, weight double")
    return scored.dropDuplicates(["left", "right"])
