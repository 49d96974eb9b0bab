"""Candidate pairs of a whole table, scored where their blocks are.

Each row goes to every block that it is in; the blocks of a partition are paired and scored by the local engine's own
kernels. So a pair never leaves the executor before it is known to be worth keeping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching.blocking import BlockingRule, CandidatePairs, Key, keys_of, unpack
from crmcore.matching.blocking.blocks import row_bits
from crmcore.matching.engines._settling import Sample, in_sample, rates, sampled_share
from crmcore.matching.engines.local import KEPT_WEIGHT, STEP
from crmcore.matching.engines.spark._pieces import dense, features_in, schema_of, signed, tables_of, unsigned, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._comparing import Evidence
    from crmcore.matching.engines.spark._judging import Bench, Judge
    from crmcore.matching.relations import Relation
    from crmcore.matching.working_memory import WorkingMemory

    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["COMPARED", "blocked_rows", "scored_pairs", "settled"]

PAIRS = "left long, right long, weight double"
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
            for at, rule in self.judge.found_by(keys_of(features_in(arrow, self.judge.headings))).items():
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
class _Blocks:
    """The blocks of a partition.

    Attributes:
        places: int64, (rows,), rising; pairs speak of their places here.
        bench: the rows, ready to be judged.
        candidates: their pairs.

    """

    places: Int64s
    bench: Bench
    candidates: CandidatePairs

    @classmethod
    def of(cls, arrow: Any, judge: Judge, memory: WorkingMemory) -> _Blocks:
        places, first, row = np.unique(dense(arrow["place"]), return_index=True, return_inverse=True)
        bench = judge.over_rows(arrow.take(first))
        keys = bench.keys()
        numbers, number = np.unique(unsigned(arrow["block"]), return_inverse=True)
        rule = dense(arrow["rule"])
        rules = [
            BlockingRule(keys=(_key(found.features, row[rule == at], number[rule == at], len(places), len(numbers)),))
            for at, found in judge.found_by(keys).items()
            if (rule == at).any()
        ]
        splitters = _splitters(keys, judge, len(places))
        return cls(places, bench, CandidatePairs.of(rules, memory=memory, splitters=splitters))


def _splitters(keys: Sequence[Key], judge: Judge, rows: int) -> list[Key]:
    """Return the keys that split blocks, also those that stand in none of these rows."""
    named = {key.name: key for key in keys}
    gaps, forms = np.full((rows, 1), -1, np.int32), np.zeros(1, np.uint64)
    return [
        named[name] if name in named else Key(name=name, features=features, codes=gaps, forms=forms)
        for name, features in judge.splitters
    ]


@attrs.frozen(eq=False)
class _Scored:
    """Pairs and scores the rows of the blocks of a partition."""

    judge: Judge
    memory: WorkingMemory

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        arrow = whole(batches)
        if arrow is None:
            return
        blocks = _Blocks.of(arrow, self.judge, self.memory)
        own = dense(arrow["block"][:1])  # no other partition has it
        del arrow
        places, bench = blocks.places, blocks.bench
        compared = 0
        for packed in blocks.candidates:
            for start in range(0, len(packed), STEP):
                left, right = unpack(packed[start : start + STEP])
                at, weight = bench.comparers.weights(left, right, bench.evidence, least=KEPT_WEIGHT)
                yield _batch(places[left[at]], places[right[at]], weight)
            compared += len(packed)
        yield _batch(np.array([COMPARED]), own, np.array([float(compared)]))


@attrs.frozen(eq=False)
class _Most:
    """Counts the candidate pairs of a partition; those that several rules find count each time."""

    judge: Judge
    memory: WorkingMemory

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        if (arrow := whole(batches)) is not None:
            most = _Blocks.of(arrow, self.judge, self.memory).candidates.most
            yield pa.RecordBatch.from_arrays([pa.array([most])], ["most"])


@attrs.frozen(eq=False)
class _Sampled:
    """Takes some of the candidate pairs of a partition."""

    judge: Judge
    memory: WorkingMemory
    share: float

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        arrow = whole(batches)
        if arrow is None:
            return
        blocks = _Blocks.of(arrow, self.judge, self.memory)
        for packed in blocks.candidates:
            left, right = (blocks.places[ends] for ends in unpack(packed))
            taken = in_sample(left << 32 | right, self.share)
            yield _batch(left[taken], right[taken], np.zeros(int(taken.sum())))


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


def blocked_rows(rows: Any, judge: Judge, *, parts: int) -> Any:
    """Return the rows of each block, those of one block in one partition.

    Args:
        rows: the places, and what they hold.
        judge: the model.
        parts: how many partitions blocks are dealt to.

    """
    schema = f"rule int, block long, place long, {schema_of(judge.headings)}"
    return rows.mapInArrow(_Blocked(judge), schema).repartition(parts, "rule", "block")


def scored_pairs(blocked: Any, judge: Judge, *, memory: WorkingMemory) -> Any:
    """Return the pairs of places that may be matches, each once: left < right and the weight in bits.

    A row whose left is `COMPARED` tells in its weight how many pairs a partition compared.

    Args:
        blocked: the rows of each block.
        judge: the model.
        memory: how much pairs may take at once in each partition.

    """
    return blocked.mapInArrow(_Scored(judge, memory), PAIRS).dropDuplicates(["left", "right"])


def settled(blocked: Any, rows: Any, judge: Judge, *, memory: WorkingMemory) -> Judge:
    """Fit a judge that was learned from another table to this one: see `bind`.

    Some thousand rows, those of a sample of the candidate pairs, are looked at on the driver.

    Args:
        blocked: the rows of each block.
        rows: the places, and what they hold.
        judge: the model, and the counts of this table.
        memory: how much pairs may take at once in each partition.

    """
    from pyspark.sql import functions as f

    most = blocked.mapInArrow(_Most(judge, memory), "most long").agg(f.sum("most")).collect()[0][0] or 0
    share = sampled_share(most)
    pairs = blocked.mapInArrow(_Sampled(judge, memory, share), PAIRS).dropDuplicates(["left", "right"]).persist()
    try:
        ends = pairs.select(f.col("left").alias("place")).union(pairs.select("right")).distinct()
        sample = rows.join(ends, "place", "leftsemi").orderBy("place").toArrow()
        found = pairs.orderBy("left", "right").toArrow()
    finally:
        pairs.unpersist()
    places = dense(sample["place"])
    left, right = (np.searchsorted(places, dense(found[end])) for end in ("left", "right"))
    features = features_in(sample, judge.headings)
    bench, model = judge.over(features), judge.model

    def evidence(prior: float, relations: tuple[Relation, ...]) -> Evidence:
        rated = model.evolve(prior=prior, relations={each.name: each.rate for each in relations})
        return attrs.evolve(judge, model=rated).over(features).evidence

    prior, relations = rates(
        bench.comparers,
        evidence,
        Sample(left=left, right=right, share=np.full(len(left), 1 / share)),
        prior=model.prior,
        relations=bench.evidence.relations,
        pairs=max(judge.rows * (judge.rows - 1) / 2, 1),
    )
    here = {**model.relations, **{each.name: each.rate for each in relations}}
    return attrs.evolve(judge, model=model.evolve(prior=prior, relations=here))
