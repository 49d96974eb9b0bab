"""Runs a match specification on Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError, UnsupportedData
from crmcore.matching._features import EVIDENCE
from crmcore.matching._reading import read
from crmcore.matching._sharing import POINTS
from crmcore.matching.engines._settling import fingerprint_of
from crmcore.matching.engines.spark._copies import copied_weights, labelled_records, scored_records
from crmcore.matching.engines.spark._grouping import grouped_places
from crmcore.matching.engines.spark._judging import judge_of
from crmcore.matching.engines.spark._ordering import ordered_rows
from crmcore.matching.engines.spark._owning import own_rows, owning_of
from crmcore.matching.engines.spark._pairing import COMPARED, blocked_rows, scored_pairs, settled
from crmcore.matching.engines.spark._pieces import Heading, column, schema_of
from crmcore.matching.engines.spark._reading import ROW, headings_of, read_rows, told_by
from crmcore.matching.engines.spark.results import SparkDeduplication
from crmcore.matching.scoring import weight_of
from crmcore.matching.working_memory import WorkingMemory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmcore.hygiene.roles import Role
    from crmcore.matching.engines.spark._judging import Judge
    from crmcore.matching.engines.spark._ordering import Copies
    from crmcore.matching.matcher import Matcher
    from crmcore.matching.model import MatchModel

__all__ = ["SparkEngine"]

ADDED = ("record", "cluster_id", "confidence")
"""The columns that a result adds."""


TASK_MEMORY = WorkingMemory.parse("256MiB")


def _memory(text: str | int | WorkingMemory) -> WorkingMemory:
    return WorkingMemory.parse(text)


@attrs.frozen(eq=False)
class SparkEngine:
    """Deduplicates a Spark frame where it is, as the local engine would.

    The same matcher finds the same people as in this process. The matcher itself is learned on the driver: from all
    rows up to `learn_from`, and from so many of them, chosen by what they hold, where there are more.

    Frames between the steps are kept by ``localCheckpoint``, or, where the session has a checkpoint directory, by
    ``checkpoint``, which outlives the loss of an executor.

    Attributes:
        spark: the session.
        learn_from: rows that the driver learns from, at most.
        piece: rows that a task of an executor works on at once, about.
        working_memory: how much pairs may take at once in each task.
        edges_on_driver: so many pairs that connect rows are connected on the driver; more, on the cluster.

    """

    spark: Any
    learn_from: int = attrs.field(default=200_000, kw_only=True)
    piece: int = attrs.field(default=200_000, kw_only=True)
    working_memory: WorkingMemory = attrs.field(default=TASK_MEMORY, kw_only=True, converter=_memory)
    edges_on_driver: int = attrs.field(default=5_000_000, kw_only=True)

    def dedupe(self, matcher: Matcher, frame: Any, *, before: object = None) -> SparkDeduplication:
        """Find the rows of a Spark frame that are the same person: see `Matcher.dedupe`.

        Raises:
            InputError: the matcher holds decisions, or there are people of an earlier run, which are not obeyed here;
                or the frame has a column that is named as one of the result.
            UnsupportedData: it is no Spark frame.

        """
        _check(matcher, frame, before)
        roles = self._roles(matcher, frame)
        numbered = self._cut(_numbered(frame))
        rows = numbered.count()
        telling = {name: role for name, role in sorted(roles.items()) if role in EVIDENCE}
        found = _Run(self, matcher, telling, rows).grouped(numbered) if telling and rows else None
        labels, pairs, compared = (_each_alone(numbered), _no_pairs(self.spark), 0) if found is None else found
        return SparkDeduplication(
            records=numbered.join(labels, ROW).drop(ROW),
            pairs=pairs,
            roles=roles,
            threshold=matcher.threshold,
            rows=rows,
            compared=compared,
        )

    def sample(self, frame: Any) -> Any:
        """Return the rows to learn from as an Arrow table: all, or so many by what they hold.

        Raises:
            UnsupportedData: it is no Spark frame.

        """
        from pyspark.sql import functions as f

        _check_frame(frame)
        if frame.count() > self.learn_from:
            names = [f.col(f"`{name}`").cast("string") for name in sorted(frame.columns)]
            frame = frame.orderBy(f.xxhash64(*names)).limit(self.learn_from)
        return frame.toArrow()

    def _roles(self, matcher: Matcher, frame: Any) -> dict[str, Role]:
        """Return what the columns hold; those that the matcher does not know are guessed from a sample."""
        names = [name for name in frame.columns if name not in matcher.ignored]
        known = {name: matcher.roles[name] for name in names if name in matcher.roles}
        unknown = [name for name in names if name not in known]
        if unknown:
            known |= read(self.sample(frame.select(*(f"`{name}`" for name in unknown)))).roles
        return known

    def _cut(self, frame: Any) -> Any:
        """Keep a frame, so that it is not made again."""
        context = getattr(self.spark, "sparkContext", None)
        reliable = context is not None and context.getCheckpointDir() is not None
        return frame.checkpoint() if reliable else frame.localCheckpoint()

    def _parts(self, rows: int) -> int:
        """Return how many partitions so many rows are dealt to."""
        return max(int(self.spark.sparkContext.defaultParallelism), -(-rows // self.piece))


@attrs.frozen(eq=False)
class _Run:
    """One deduplication.

    Attributes:
        engine, matcher: who runs it, and by what.
        roles: what the columns hold, those only that say who a row is.
        rows: how many there are.

    """

    engine: SparkEngine
    matcher: Matcher
    roles: Mapping[str, Role]
    rows: int

    def grouped(self, frame: Any) -> tuple[Any, Any, int] | None:
        """Return the labels of rows, the scored pairs, and how many were compared; None if nothing can be compared."""
        cut, parts = self.engine._cut, self.engine._parts(self.rows)  # noqa: SLF001
        headings = headings_of(self.roles)
        schema = schema_of(headings)
        frame = frame.select(ROW, *(f"`{name}`" for name in self.roles)).repartition(parts, ROW)
        told = told_by(frame, self.roles)
        read = cut(read_rows(frame, self.roles, told, schema=schema, widths=_cells(frame)))
        owning = owning_of(read, headings)
        owned = cut(own_rows(read, owning, schema=schema))
        known, widths = _known_and_widths(owned, len(headings))
        if owning.shared:  # what is nobody's own leaves gaps behind
            before = _known_and_widths(read, len(headings))[1]
            points = [heading.role in POINTS for heading in headings]
            widths = [was if point else now for was, now, point in zip(before, widths, points, strict=True)]
        kept = _compared(headings, known, self.matcher.model)
        if not kept:
            return None
        compared = tuple(kept.values())
        records, copies = ordered_rows(owned, compared, kept=list(kept), widths=[widths[at] for at in kept], cut=cut)
        return self._judged(cut(records), copies, compared)

    def _judged(self, records: Any, copies: Copies, headings: tuple[Heading, ...]) -> tuple[Any, Any, int]:
        from pyspark.sql import functions as f

        engine, model = self.engine, self.matcher.model
        places = records.drop("record", ROW)
        places = places.dropDuplicates(["place"]) if len(copies) else places
        judge = judge_of(places, headings, model, rows=self.rows - len(copies))
        parts = engine._parts(self.rows)  # noqa: SLF001
        dealt = engine._parts(self.rows * max(len(model.rules), 1))  # noqa: SLF001
        cut = engine._cut  # noqa: SLF001
        blocked = blocked_rows(places, judge, parts=dealt)
        if _is_strange(judge, self.rows):
            blocked = cut(blocked)
            judge = settled(blocked, places, judge, memory=engine.working_memory)
        scored = cut(scored_pairs(blocked, judge, memory=engine.working_memory))
        tellers = f.col("left") == COMPARED
        compared = scored.filter(tellers).agg(f.sum("weight")).collect()[0][0] or 0
        pairs = scored.filter(~tellers)
        least = weight_of(self.matcher.threshold)
        grouped = grouped_places(
            places, pairs, judge, least=least, parts=parts, on_driver=engine.edges_on_driver, cut=cut
        )
        weights = copied_weights(places, copies, judge)
        labels = cut(labelled_records(records, grouped, copies, weights, least=least))
        return labels, scored_records(records, pairs, copies, weights), int(compared) + len(copies)


def _is_strange(judge: Judge, rows: int) -> bool:
    """Tell whether the model was learned from another table, and can find anything in this one."""
    return fingerprint_of(rows, judge.contents) != judge.model.table and any(
        judge.keys >= set(rule) for rule in judge.model.rules
    )


def _check(matcher: Matcher, frame: Any, before: object) -> None:
    _check_frame(frame)
    if any(decision.settles for decision in matcher.decisions) or before is not None:
        raise InputError("decisions and people of an earlier run are obeyed by the local engine only, not on Spark")
    for name in (*ADDED, ROW):
        if name.lower() in {each.lower() for each in frame.columns}:
            raise InputError(f"the frame has a column {name!r}, which the result adds; rename it first")


def _check_frame(frame: Any) -> None:
    if not hasattr(frame, "mapInArrow"):
        raise UnsupportedData(frame)


def _numbered(frame: Any) -> Any:
    from pyspark.sql import functions as f

    return frame.withColumn(ROW, f.monotonically_increasing_id())


def _each_alone(numbered: Any) -> Any:
    from pyspark.sql import functions as f

    row = f.col(ROW)
    return numbered.select(row, row.alias("record"), row.alias("cluster_id"), f.lit(1.0).alias("confidence"))


def _no_pairs(spark: Any) -> Any:
    return spark.createDataFrame([], "left long, right long, probability double, match_weight double")


def _cells(frame: Any) -> dict[str, int]:
    """Return how many values a cell holds at most, of the columns whose cells hold several."""
    from pyspark.sql import functions as f

    several = [name for name, kind in frame.dtypes if kind.startswith("array")]
    if not several:
        return {}
    most = frame.agg(*(f.max(f.size(f"`{name}`")).alias(name) for name in several)).collect()[0]
    return {name: most[name] or 1 for name in several}


def _known_and_widths(frame: Any, features: int) -> tuple[list[int], list[int]]:
    """Return how many rows hold a value of each feature, and how many a row holds at most."""
    from pyspark.sql import functions as f

    sizes = [f.size(column(at)) for at in range(features)]
    told = frame.agg(*(f.count_if(size > 0) for size in sizes), *(f.max(size) for size in sizes)).collect()[0]
    return list(told[:features]), [max(size or 1, 1) for size in told[features:]]


def _compared(headings: Sequence[Heading], known: Sequence[int], model: MatchModel) -> dict[int, Heading]:
    """Return the features that the model knows and the table holds, called by the model's names, by their places."""
    at = {(heading.role, heading.columns): place for place, heading in enumerate(headings) if known[place]}
    held = [headings[place].over_nothing() for place in at.values()]
    for each in model.comparable(held):
        (known_as,) = model.ordered([each])
        if known_as.labels != each.kind.labels:
            raise InputError(f"{known_as.name!r} is compared in a way of your own, which the local engine only can do")
    return {at[each.role, each.columns]: Heading.of(each) for each in model.comparable(held)}
