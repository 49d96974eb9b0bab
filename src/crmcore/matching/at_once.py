"""Fit and match in one go: for a table that is matched once."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from crmcore.errors import UnsupportedData
from crmcore.matching._arguments import own_comparisons
from crmcore.matching._jobs import Job, job_of, silent, under_each_other
from crmcore.matching.matcher import Matcher
from crmcore.matching.spec import DEFAULT_THRESHOLD, DEFAULT_WORKING_MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcore.hygiene.roles import Role
    from crmcore.matching.comparison import Comparison
    from crmcore.matching.engines.spark import SparkDeduplication, SparkEngine
    from crmcore.matching.results import Deduplication, Linkage, Resolution
    from crmcore.matching.working_memory import WorkingMemory

    Memory = str | int | WorkingMemory
    Progress = Callable[[str, int, int | None], None]

__all__ = ["dedupe", "link", "link_and_dedupe"]


@overload
def dedupe(
    data: object,
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    key: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    comparisons: Iterable[Comparison] = (),
    working_memory: Memory = DEFAULT_WORKING_MEMORY,
    progress: Progress = silent,
) -> Deduplication: ...
@overload
def dedupe(
    data: object,
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    key: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    comparisons: Iterable[Comparison] = (),
    engine: SparkEngine,
) -> SparkDeduplication: ...
def dedupe(
    data: object,
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    key: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    comparisons: Iterable[Comparison] = (),
    working_memory: Memory = DEFAULT_WORKING_MEMORY,
    progress: Progress = silent,
    engine: SparkEngine | None = None,
) -> Deduplication | SparkDeduplication:
    """Find the rows of a table that are the same person; nothing needs to be configured.

    The same as ``Matcher.fit(data).dedupe(data)``, in one go.

    Args:
        data: a pandas or polars DataFrame, a pyarrow Table, a DuckDB relation, a mapping of columns, or an iterable of
            mappings, objects with fields, or contact records.
        ignore: columns that are not to be looked at.
        columns: column -> role, where the guess by header and content would be wrong.
        key, comparisons, working_memory: as for `Matcher.fit`.
        threshold: probability from which a pair connects two rows.
        progress: called with (phase, done, total or None).
        engine: where to run, if *data* is a Spark frame: see `Matcher.dedupe`.

    Raises:
        UnknownColumn: *ignore*, *columns* or *key* names a column that is not there.
        UnsupportedData: *data* is no table.
        InputError: a role, the threshold or the memory is not one.

    >>> people = {"name": ["Ada Lovelace", "Lovelace, Ada", "Alan Turing"], "email": ["ada@example.org"] * 2 + [None]}
    >>> dedupe(people).cluster_ids.tolist()
    [0, 0, 1]
    """
    settings = {"threshold": threshold, "working_memory": working_memory, "key": key, "comparisons": comparisons}
    if engine is not None:
        own = own_comparisons(comparisons)
        matcher = Matcher.fit(
            data,
            ignore=ignore,
            columns=columns,
            key=key,
            threshold=threshold,
            comparisons=own,
            working_memory=working_memory,
            progress=progress,
            engine=engine,
        )
        return matcher.dedupe(data, comparisons=own, engine=engine)
    job = job_of(data, None, ignore=ignore, columns=columns, settings=settings)
    return job.dedupe(job.learn(progress=progress), before={}, progress=progress)


def link_and_dedupe(
    sources: Mapping[str, object],
    *,
    once: Iterable[str] = (),
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    key: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    comparisons: Iterable[Comparison] = (),
    working_memory: Memory = DEFAULT_WORKING_MEMORY,
    progress: Progress = silent,
) -> Resolution:
    """Find the rows that are the same person, within and across several tables.

    Args:
        sources: name -> table, each as for `dedupe`; columns of the same name, or role, are compared.
        once: names of sources in which nobody stands twice.
        ignore, columns, key: as for `dedupe`; a name needs to stand in one of the tables only, but for the key.
        threshold, comparisons, working_memory, progress: as for `dedupe`.

    Raises:
        InputError: *once* names no source, or there are none.

    >>> ats = [
    ...     {"name": "Ada Lovelace", "email": "ada@example.org"},
    ...     {"name": "Alan Turing", "email": "alan@example.org"},
    ... ]
    >>> board = [{"full name": "Turing, Alan", "mail": "alan@example.org"}]
    >>> found = link_and_dedupe({"ats": ats, "board": board})
    >>> found.cluster_ids[found.rows_of("ats")].tolist(), found.cluster_ids[found.rows_of("board")].tolist()
    ([0, 1], [1])
    """
    once = (once,) if isinstance(once, str) else tuple(once)
    reading = under_each_other(sources, once, ignore=ignore, roles=columns)
    job = Job.of(reading, threshold=threshold, working_memory=working_memory, key=key, comparisons=comparisons)
    return job.link_and_dedupe(job.learn(progress=progress), once=once, before={}, progress=progress)


def link(
    left: object,
    right: object,
    *,
    ignore: Iterable[str] = (),
    columns: Mapping[str, Role | str] | None = None,
    key: str | None = None,
    threshold: float = DEFAULT_THRESHOLD,
    comparisons: Iterable[Comparison] = (),
    one_to_one: bool = False,
    working_memory: Memory = DEFAULT_WORKING_MEMORY,
    progress: Progress = silent,
) -> Linkage:
    """Find the rows of two tables that are the same person; columns of the same name, or role, are compared.

    Args:
        left, right: tables, as for `dedupe`.
        ignore, columns, key: as for `dedupe`; a name needs to stand in one of the tables only, but for the key.
        threshold: probability from which two rows are linked.
        one_to_one: each row is linked once at most, best pairs first.
        comparisons, working_memory, progress: as for `dedupe`.

    >>> ours = {"name": ["Ada Lovelace", "Alan Turing"], "email": ["ada@example.org", "alan@example.org"]}
    >>> theirs = {"name": ["Turing, Alan"], "email": ["alan@example.org"]}
    >>> found = link(ours, theirs).links
    >>> found.left.tolist(), found.right.tolist()
    ([1], [0])
    """
    settings = {"threshold": threshold, "working_memory": working_memory, "key": key, "comparisons": comparisons}
    if right is None:
        raise UnsupportedData(right)
    job = job_of(left, right, ignore=ignore, columns=columns, settings=settings)
    return job.link(job.learn(progress=progress), one_to_one=one_to_one, progress=progress)
