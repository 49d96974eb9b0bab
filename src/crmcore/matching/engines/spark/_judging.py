"""What is needed to judge any rows of a table: the model, and how many rows of the whole table hold each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.matching._comparing import Comparers, Evidence
from crmcore.matching._training import Counted
from crmcore.matching.blocking import BlockingRule, Key, keys_of, splitters_among
from crmcore.matching.blocking.keys import telling_bits
from crmcore.matching.encoding.strings import Strings
from crmcore.matching.engines._settling import content
from crmcore.matching.engines.local import judging
from crmcore.matching.engines.spark._pieces import dense, features_in, tables_of, unsigned
from crmcore.matching.engines.spark._tally import counted_rows, tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature
    from crmcore.matching.engines.spark._pieces import Heading
    from crmcore.matching.frequencies import ValueFrequencies
    from crmcore.matching.model import MatchModel

    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["Bench", "Judge", "judge_of"]

RARE = 2
"""Rows of a value up to which it is worth the same as one that nobody shares: see `evidence_of`."""
PAIRS = 200_000
"""Pairs whose levels are remembered."""
KNOWN, LOW, HIGH, FORMS = 1_000, 1_001, 1_002, 2_000
HALF = 32


@attrs.frozen(eq=False)
class Bench:
    """Some rows, ready to be judged.

    Attributes:
        features: what they hold.
        comparers, evidence: as for a table.

    """

    features: tuple[Feature, ...]
    comparers: Comparers
    evidence: Evidence

    def keys(self) -> list[Key]:
        """Return what they can be blocked by."""
        return keys_of(self.features)


@attrs.frozen(eq=False, kw_only=True)
class Judge:
    """Judges the rows of a table, some at a time.

    Attributes:
        headings: the features that are compared.
        model: what was learned.
        rows: how many places the table has.
        known: how many of them hold any value of each feature.
        common: for each feature, the hashes of values that many places hold, uint64, rising, and how many, int64.
        outside: for each feature, how common its values are elsewhere, where that is to be used.
        splitters: name and features of the keys by which blocks that are too large are split, the most telling first.
        keys: the names of all keys that stand in the table.
        contents: for each feature, a number made of its values and how many places hold each.

    """

    headings: tuple[Heading, ...]
    model: MatchModel
    rows: int
    known: tuple[int, ...]
    common: tuple[tuple[Uint64s, Int64s], ...]
    outside: tuple[ValueFrequencies | None, ...]
    splitters: tuple[tuple[str, frozenset[int]], ...]
    keys: frozenset[str]
    contents: tuple[int, ...]

    def over(self, features: Sequence[Feature]) -> Bench:
        """Make some rows ready."""
        counted = [
            Counted(known, _counts_of(feature.data.keys, *common))
            for feature, known, common in zip(features, self.known, self.common, strict=True)
        ]
        return Bench(
            features=tuple(features),
            comparers=Comparers(features, expected_pairs=PAIRS),
            evidence=judging(features, self.model, outside=self.outside, counted=counted),
        )

    def over_rows(self, table: Any) -> Bench:
        """Make the rows of an Arrow table ready."""
        return self.over(features_in(table, self.headings))

    @property
    def prior(self) -> float:
        """log2 of the odds that two rows are one person before anything is compared."""
        return self.over([heading.over_nothing() for heading in self.headings]).evidence.prior

    def found_by(self, keys: Sequence[Key]) -> dict[int, BlockingRule]:
        """Return the rules that can find anything among rows of these keys, by their positions."""
        named = {key.name: key for key in keys}
        return {
            at: BlockingRule(keys=tuple(named[name] for name in rule))
            for at, rule in enumerate(self.model.rules)
            if named.keys() >= set(rule)
        }


def _counts_of(keys: Uint64s, common: Uint64s, counts: Int64s) -> Int64s:
    at = np.searchsorted(common, keys)
    known = np.append(common, np.uint64(0))[at] == keys  # no hash is 0
    return np.where(known, np.append(counts, 0)[at], 0)


@attrs.frozen(eq=False)
class _Values:
    """Counts the rows of each value, and of each blocking key."""

    headings: tuple[Heading, ...]

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        for arrow in tables_of(batches):
            features = features_in(arrow, self.headings)
            for at, feature in enumerate(features):
                yield counted_rows(at, feature.data.counts(), numbers=feature.data.keys)
                own, told = np.array([at], np.uint64), content(feature.data, feature.data.counts())
                yield counted_rows(KNOWN, [int(feature.data.known.sum())], numbers=own)
                yield counted_rows(LOW, [told & (2**HALF - 1)], numbers=own)
                yield counted_rows(HIGH, [told >> HALF], numbers=own)
            for key in keys_of(features):
                forms = key.numbers().ravel()
                numbers, rows = np.unique(forms[forms != 0], return_counts=True)
                name = Strings.of([key.name])
                yield counted_rows(FORMS, rows, numbers=numbers, texts=name.take(np.zeros(len(rows), np.int64)))
                mask = np.array([sum(1 << at for at in key.features)], np.uint64)
                yield counted_rows(FORMS + 1, [int((key.numbers()[:, 0] != 0).sum())], numbers=mask, texts=name)


def judge_of(frame: Any, headings: tuple[Heading, ...], model: MatchModel, *, rows: int) -> Judge:
    """Count the values of all places.

    Args:
        frame: what they hold.
        headings: the features.
        model: what judges them.
        rows: how many places there are.

    """
    from pyspark.sql import functions as f

    counts = tally(frame, _Values(headings)).persist()
    try:
        wanted = f.col("kind").between(KNOWN, HIGH) | ((f.col("kind") < KNOWN) & (f.col("rows") > RARE))
        values = counts.filter(wanted).toArrow()
        met = f.sum(f.col("rows") * (f.col("rows") - 1)).alias("met")
        keys = counts.filter(f.col("kind") >= FORMS).groupBy("kind", "text")
        forms = keys.agg(met, f.sum("rows").alias("rows"), f.max("number").alias("number")).toArrow()
    finally:
        counts.unpersist()
    kind, number, many = dense(values["kind"]), unsigned(values["number"]), dense(values["rows"])
    known, low, high = (_by_feature(kind == each, number, many, len(headings)) for each in (KNOWN, LOW, HIGH))
    common = []
    for at in range(len(headings)):
        own = np.flatnonzero(kind == at)
        own = own[np.argsort(number[own])]
        common.append((number[own], many[own]))
    return Judge(
        headings=headings,
        model=model,
        rows=rows,
        known=tuple(known.tolist()),
        common=tuple(common),
        outside=tuple(model.outside([heading.over_nothing() for heading in headings], known=known.tolist())),
        splitters=_splitters(forms, rows),
        keys=frozenset(forms["text"].to_pylist()),
        contents=tuple((one + (other << HALF)) % 2**64 for one, other in zip(low.tolist(), high.tolist(), strict=True)),
    )


def _by_feature(own: NDArray[np.bool_], feature: Uint64s, rows: Int64s, features: int) -> Int64s:
    found = np.zeros(features, np.int64)
    found[feature[own].astype(np.int64)] = rows[own]
    return found


def _splitters(counts: Any, rows: int) -> tuple[tuple[str, frozenset[int]], ...]:
    kinds, names = dense(counts["kind"]).tolist(), counts["text"].to_pylist()
    held = dict(zip(zip(kinds, names, strict=True), counts.to_pylist(), strict=True))
    telling: dict[str, float] = {}
    keys = []
    for kind, name in held:
        if kind == FORMS:
            about = held[FORMS + 1, name]
            known = about["rows"]
            telling[name] = telling_bits(rows, known, held[kind, name]["met"] / rows**2) if known else 0.0
            features = frozenset(at for at in range(64) if about["number"] >> at & 1)
            keys.append(
                Key(features=features, name=name, codes=np.empty((0, 1), np.int32), forms=np.zeros(1, np.uint64))
            )
    return tuple((key.name, key.features) for key in splitters_among(keys, telling=telling))
