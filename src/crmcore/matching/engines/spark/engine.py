"""Runs a match specification on Spark."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError, UnsupportedData
from crmcore.matching._features import EVIDENCE, roles_left
from crmcore.matching._jobs import check_given
from crmcore.matching._reading import read
from crmcore.matching.engines._settling import fingerprint_of
from crmcore.matching.engines.spark._copies import copied_weights, labelled_records, scored_records
from crmcore.matching.engines.spark._grouping import grouped_places
from crmcore.matching.engines.spark._judging import judge_of
from crmcore.matching.engines.spark._ordering import ordered_rows
from crmcore.matching.engines.spark._owning import are_points, own_rows, owning_of
from crmcore.matching.engines.spark._pairing import COMPARED, blocked_rows, scored_pairs, settled
from crmcore.matching.engines.spark._pieces import Heading, column, schema_of
from crmcore.matching.engines.spark._reading import (
    ROW,
    columns_of,
    headings_of,
    quoted,
    read_rows,
    readable,
    told_by,
    widths_of,
)
from crmcore.matching.engines.spark.results import SparkDeduplication
from crmcore.matching.scoring import weight_of
from crmcore.matching.working_memory import WorkingMemory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crmcore.hygiene.roles import Role
    from crmcore.matching.comparison import Comparison
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
        spark: the session; one of Spark Connect will not do.
        learn_from: rows that the driver learns from, at most.
        piece: rows that a task of an executor works on at once, about.
        working_memory: how much pairs may take at once in each task.
        edges_on_driver: so many pairs that connect rows are connected on the driver; more, on the cluster.

    Raises:
        InputError: it is no session.

    """

    spark: Any
    learn_from: int = attrs.field(default=200_000, kw_only=True)
    piece: int = attrs.field(default=200_000, kw_only=True)
    working_memory: WorkingMemory = attrs.field(default=TASK_MEMORY, kw_only=True, converter=_memory)
    edges_on_driver: int = attrs.field(default=5_000_000, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.spark, "sparkContext"):
            raise InputError("spark= is no Spark session with a context; a session of Spark Connect has none")

    def dedupe(
        self, matcher: Matcher, frame: Any, *, comparisons: Iterable[Comparison] = (), before: object = None
    ) -> SparkDeduplication:
        """Find the rows of a Spark frame that are the same person: see `Matcher.dedupe`.

        Args:
            matcher: what was learned.
            frame: the rows.
            comparisons: the user's own that the matcher was fitted with; executors have to be able to import what
                their functions use.
            before: people of an earlier run; they are refused.

        Raises:
            InputError: the matcher holds decisions, or there are people of an earlier run, which are not obeyed here;
                it was fitted with a comparison of the user's own that is not given; or two columns of the frame have
                one name, or one has a name of the result's.
            UnknownColumn: a comparison is of a column that is not there.
            UnsupportedData: it is no Spark frame that holds rows: none at all, or a stream.

        """
        comparisons = tuple(comparisons)
        _check(matcher, frame, before)
        check_given(matcher.model, comparisons)
        roles = self._roles(matcher, frame)
        roles_left(roles, comparisons, roles)
        numbered = self._cut(_numbered(frame))
        rows = numbered.count()
        telling = {name: role for name, role in sorted(roles.items()) if role in EVIDENCE}
        run = _Run(engine=self, matcher=matcher, roles=telling, comparisons=comparisons, rows=rows)
        with _own_errors():
            found = run.grouped(numbered) if run.columns and rows else None
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
        if frame.columns and frame.count() > self.learn_from:
            cells = [f.col(quoted(name)).cast("string") for name in sorted(frame.columns)]
            frame = frame.orderBy(f.xxhash64(*cells), *cells).limit(self.learn_from)  # gaps leave no trace in a hash
        return frame.select(*(readable(quoted(each.name), each.dataType) for each in frame.schema)).toArrow()

    def _roles(self, matcher: Matcher, frame: Any) -> dict[str, Role]:
        """Return what the columns hold; those that the matcher does not know are guessed from a sample."""
        from pyspark.sql import functions as f

        names = [name for name in frame.columns if name not in matcher.ignored]
        known = {name: matcher.roles[name] for name in names if name in matcher.roles}
        if len(known) == len(names):
            return known
        cells = [f.lit(None).alias(name) if name in known else f.col(quoted(name)) for name in names]
        return read(self.sample(frame.select(*cells)), known=known).roles

    def _cut(self, frame: Any) -> Any:
        """Keep a frame, so that it is not made again."""
        reliable = self.spark.sparkContext.getCheckpointDir() is not None
        return frame.checkpoint() if reliable else frame.localCheckpoint()

    def _parts(self, rows: int) -> int:
        """Return how many partitions so many rows are dealt to."""
        return max(int(self.spark.sparkContext.defaultParallelism), -(-rows // self.piece))


@attrs.frozen(eq=False, kw_only=True)
class _Run:
    """One deduplication.

    Attributes:
        engine, matcher: who runs it, and by what.
        roles: what the columns hold, those only that say who a row is.
        comparisons: the user's own.
        rows: how many there are.

    """

    engine: SparkEngine
    matcher: Matcher
    roles: Mapping[str, Role]
    comparisons: tuple[Comparison, ...]
    rows: int

    @property
    def columns(self) -> list[str]:
        """The columns that are looked at."""
        own = (name for each in self.comparisons for name in each.columns)
        return list(dict.fromkeys([*self.roles, *own]))

    def grouped(self, frame: Any) -> tuple[Any, Any, int] | None:
        """Return the labels of rows, the scored pairs, and how many were compared; None if nothing can be compared."""
        cut, parts = self.engine._cut, self.engine._parts(self.rows)  # noqa: SLF001
        roles = roles_left(self.roles, self.comparisons, self.roles)
        headings = headings_of(roles, self.comparisons)
        schema = schema_of(headings)
        names, own = tuple(self.columns), self.comparisons
        frame = columns_of(frame, names).repartition(parts, ROW)
        told = told_by(frame, names, roles)
        spelled = widths_of(frame, names, list(self.roles))
        read = cut(read_rows(frame, names, roles, told, schema=schema, spelled=spelled, comparisons=own))
        owning = owning_of(read, headings)
        owned = cut(own_rows(read, owning, schema=schema))
        known, widths = _known_and_widths(owned, len(headings))
        if owning.shared:  # what is nobody's own leaves gaps behind
            before = _known_and_widths(read, len(headings))[1]
            points = are_points(headings)
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


@contextmanager
def _own_errors() -> Iterator[None]:
    """Raise what was refused on an executor as it would be here."""
    from pyspark.errors import PythonException

    try:
        yield
    except PythonException as failed:
        lines = str(failed).splitlines()
        said = [line.partition(": ")[2] for line in lines if line.startswith(f"{InputError.__module__}.InputError: ")]
        if not said:
            raise
        raise InputError(said[-1]) from failed


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
    if not hasattr(frame, "mapInArrow") or frame.isStreaming:
        raise UnsupportedData(frame)
    names: dict[str, str] = {}
    for name in frame.columns:  # unless it is told otherwise, Spark takes them for one whatever their case
        if name.lower() in names:
            raise InputError(f"the frame has columns {names[name.lower()]!r} and {name!r}; rename one of them first")
        names[name.lower()] = name


def _numbered(frame: Any) -> Any:
    from pyspark.sql import functions as f

    return frame.withColumn(ROW, f.monotonically_increasing_id())


def _each_alone(numbered: Any) -> Any:
    from pyspark.sql import functions as f

    row = f.col(ROW)
    return numbered.select(row, row.alias("record"), row.alias("cluster_id"), f.lit(1.0).alias("confidence"))


def _no_pairs(spark: Any) -> Any:
    return spark.createDataFrame([], "left long, right long, probability double, match_weight double")


def _known_and_widths(frame: Any, features: int) -> tuple[list[int], list[int]]:
    """Return how many rows hold a value of each feature, and how many a row holds at most."""
    from pyspark.sql import functions as f

    sizes = [f.size(column(at)) for at in range(features)]
    told = frame.agg(*(f.count_if(size > 0) for size in sizes), *(f.max(size) for size in sizes)).collect()[0]
    return list(told[:features]), [max(size or 1, 1) for size in told[features:]]


def _compared(headings: Sequence[Heading], known: Sequence[int], model: MatchModel) -> dict[int, Heading]:
    """Return the features that the model knows and the table holds, called by the model's names, by their places."""
    held = {place: heading.over_nothing() for place, heading in enumerate(headings) if known[place]}
    at = {id(feature.data): place for place, feature in held.items()}  # the model may call features something else
    kept = model.comparable(list(held.values()))
    return {at[id(each.data)]: Heading.of(each, headings[at[id(each.data)]].own) for each in kept}
