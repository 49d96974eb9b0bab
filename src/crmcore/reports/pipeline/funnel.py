"""Funnels: the stages of a pipeline with how many came, went on, dropped out and are there, asked in one of three ways.

The three are different questions, and give different numbers of the same applications:

- *cohort*: of those who applied in a window, what has become of them, whenever it did;
- *activity*: what happened in a window, to whomever;
- *snapshot*: who was where at an instant.

They fit together: who is in a stage at the end of a window is who was there at its beginning, and who entered in it,
less who left in it. A snapshot includes what happens at its very instant; what an activity has there when its window
begins or ends does not, as that is of the window that begins then.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore._given import one
from crmcore.errors import InputError
from crmcore.model.stage_history import Verb
from crmcore.reports.pipeline._choosing import chosen, groups_of, window_of
from crmcore.reports.pipeline._grouping import combined
from crmcore.reports.pipeline._instants import instant_of
from crmcore.reports.pipeline._log import VERBS
from crmcore.reports.pipeline._rows import rows_of
from crmcore.reports.pipeline._stays import became, further_of
from crmcore.reports.pipeline.anchors import Milestone
from crmcore.reports.pipeline.measure import Measure, UnitOfAnalysis
from crmcore.reports.pipeline.table import StageTable
from crmcore.reports.pipeline.windows import By

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from crmcore.reports.pipeline._rows import Rows
    from crmcore.reports.pipeline.windows import Window

    Instants = NDArray[np.datetime64]
    Mask = NDArray[np.bool_]

__all__ = ["Funnel", "FunnelMode", "FunnelStage", "funnel"]


class FunnelMode(StrEnum):
    """Which question a funnel answers."""

    COHORT = "cohort"
    ACTIVITY = "activity"
    SNAPSHOT = "snapshot"


WORDS = {
    FunnelMode.COHORT: "of those who applied in the window, how many were ever in the stage, and what became of them",
    FunnelMode.ACTIVITY: "how many stays in the stage began in the window, and how many ended, in which way",
    FunnelMode.SNAPSHOT: "how many were in the stage at the instant",
}


COUNTS = ("entered", "advanced", "hired", "moved_back", "rejected", "withdrawn", "transferred", "there_before", "there")
"""What is counted of each stage."""
_LEFT = COUNTS[1:7]


@attrs.frozen(kw_only=True)
class FunnelStage:
    """One stage, of one group. A cohort counts applications, an activity stays; a snapshot tells only `there`.

    Attributes:
        group: what it is broken down by, with the id or key, None where that is not known.
        stage: its key, or its category.
        entered: who came; of a cohort, each application once.
        advanced: who went on to a later stage; of a cohort, at any time afterwards.
        hired: who was hired from there.
        moved_back: who went to an earlier stage, and of a cohort, never further afterwards.
        rejected, withdrawn, transferred: who ended there; of a cohort, in the end.
        there_before: of an activity, who was there when the window began.
        there: who is there in the end.

    """

    group: tuple[tuple[By, str | None], ...] = ()
    stage: str
    entered: int = 0
    advanced: int = 0
    hired: int = 0
    moved_back: int = 0
    rejected: int = 0
    withdrawn: int = 0
    transferred: int = 0
    there_before: int = 0
    there: int = 0

    @property
    def left(self) -> int:
        """Who left, in whatever way."""
        return sum(getattr(self, way) for way in _LEFT)

    @property
    def passed(self) -> float | None:
        """The share of those who entered that advanced or were hired; None where nobody entered."""
        return (self.advanced + self.hired) / self.entered if self.entered else None


@attrs.frozen(kw_only=True, repr=False)
class Funnel:
    """The stages of a funnel, in the order of the pipeline, group by group.

    Attributes:
        mode: which question it answers.
        window, at: for what time.
        groups: what it is broken down by.
        stages: the counts.

    """

    mode: FunnelMode
    window: Window
    at: datetime | None
    groups: tuple[By, ...]
    stages: tuple[FunnelStage, ...]
    _behind: _Behind = attrs.field(alias="behind", repr=False, eq=False)

    def __repr__(self) -> str:
        by = f" by {', '.join(self.groups)}" if self.groups else ""
        shown = ", ".join(f"{each.stage} {self._came(each)}" for each in self.stages[:8])
        return f"<Funnel, {self.mode.value}{by}: {shown}{', ...' if len(self.stages) > 8 else ''}>"

    def _came(self, stage: FunnelStage) -> int:
        return stage.there if self.mode is FunnelMode.SNAPSHOT else stage.entered

    def __iter__(self) -> Iterator[FunnelStage]:
        return iter(self.stages)

    def __len__(self) -> int:
        return len(self.stages)

    def stage(self, key: str, **group: str | None) -> FunnelStage:
        """Return one stage, of the group that is named, such as ``source="referral"``.

        Raises:
            InputError: there is none.

        """
        return self.stages[self._place(key, group)]

    def explain(self, key: str, count: str, **group: str | None) -> tuple[str, ...]:
        """Return the ids of the applications behind one count, such as ``rejected``, in their order.

        Raises:
            InputError: there is no such stage, group or count.

        """
        if count not in COUNTS:
            raise InputError(f"a funnel does not count {count!r}; it counts: {', '.join(COUNTS)}")
        mask = self._behind.marked.get(count)
        place = self._place(key, group)
        none = np.zeros(0, dtype=np.intp)
        rows = none if mask is None else np.flatnonzero(mask & (self._behind.cell == place))
        ids = self._behind.rows.table.applications.ids
        return tuple(sorted(ids[code] for code in self._behind.rows.application[rows]))

    def describe(self) -> str:
        """Return what is counted, in words."""
        when = f"at {self.at.isoformat()}" if self.mode is FunnelMode.SNAPSHOT and self.at else str(self.window)
        return f"{self.mode.value.capitalize()}, {when}: {WORDS[self.mode]}."

    def to_columns(self) -> dict[str, list[Any]]:
        """Return the stages as columns, which a frame of any library is made from."""
        columns: dict[str, list[Any]] = {
            by.value: [stage.group[place][1] for stage in self.stages] for place, by in enumerate(self.groups)
        }
        columns["stage"] = [stage.stage for stage in self.stages]
        return columns | {count: [getattr(stage, count) for stage in self.stages] for count in COUNTS}

    def _place(self, key: str, group: Mapping[str, str | None]) -> int:
        sought = set(zip(groups_of(group, of="a funnel"), group.values(), strict=True))
        for place, stage in enumerate(self.stages):
            if stage.stage == key and sought == set(stage.group):
                return place
        raise InputError(f"the funnel has no stage {key!r} of {group or 'everything'}")


@attrs.frozen(kw_only=True, eq=False)
class _Behind:
    """The rows behind a funnel, the stage of the funnel that each belongs to, and which of them each count counts."""

    rows: Rows
    cell: NDArray[np.int64]
    marked: Mapping[str, Mask]


def funnel(
    table: StageTable,
    *,
    mode: FunnelMode | str = FunnelMode.COHORT,
    within: Window | None = None,
    at: datetime | None = None,
    by: Sequence[By | str] | By | str = (),
    per: By | str = By.STAGE,
) -> Funnel:
    """Count the stages of pipelines.

    >>> from crmcore.model.pipeline import Pipeline, Stage
    >>> from crmcore.reports.pipeline import StageTable
    >>> stages = [Stage(key=key, label=key, category="screening") for key in ("applied", "screen")]
    >>> table = StageTable.from_columns(
    ...     {
    ...         "application": ["a-1", "a-1", "a-2"], "verb": ["enter", "move", "enter"],
    ...         "stage": ["applied", "screen", "applied"],
    ...         "occurred_at": np.array(["2026-03-01", "2026-03-04", "2026-03-05"], "M8[us]"),
    ...     },
    ...     pipelines=[Pipeline(id="p-1", name="All", stages=stages)],
    ... )
    >>> found = funnel(table)
    >>> found, found.stage("applied").passed, found.explain("applied", "advanced")
    (<Funnel, cohort: applied 2, screen 1>, 0.5, ('a-1',))

    Args:
        table: what happened.
        mode: which question to answer.
        within: of a cohort, when they applied; of an activity, when it was. A snapshot has none.
        at: what occurred later is left out; a snapshot is taken for this instant, and needs it.
        by: what to break it down by, such as job, source, recruiter or department.
        per: stage, or category, which is for several pipelines together.

    Raises:
        UnknownChoice: there is no such mode or group.
        InputError: a snapshot without an instant, or with a window; the order of the stages is not known; or it is
            asked per something else.

    """
    mode, per = chosen(FunnelMode, mode, field="mode", of="a funnel"), chosen(By, per, field="per", of="a funnel")
    groups, window = groups_of(by, of="a funnel"), window_of(within)
    if mode is FunnelMode.SNAPSHOT and (at is None or within is not None):
        raise InputError("a snapshot is taken for an instant; pass at, and no window")
    if per not in {By.STAGE, By.CATEGORY}:
        raise InputError(f"a funnel is per stage or per category, not per {per.value}")
    table = one(table, StageTable, "table")
    table = table if at is None else table.as_of(at)
    rows = rows_of(_EVERY, table)
    marked, rows = _MODES[mode](rows, window, per)
    stage, names = rows.keys(per)
    keys = [rows.keys(each) for each in groups]
    group, first = combined([codes for codes, _ in keys], len(rows))
    size = len(first) if groups else 1
    cell = np.where(stage < 0, -1, group * len(names) + stage)
    counts = {name: np.bincount(cell[mask & (cell >= 0)], minlength=size * len(names)) for name, mask in marked.items()}
    labels = [_label(keys, row, groups) for row in first] if groups else [()]
    stages = [
        FunnelStage(group=label, stage=name, **{key: int(found[at_]) for key, found in counts.items()})
        for place, label in enumerate(labels)
        for code, name in enumerate(names)
        for at_ in [place * len(names) + code]
    ]
    behind = _Behind(rows=rows, cell=cell, marked=marked)
    return Funnel(mode=mode, window=window, at=at, groups=groups, stages=tuple(stages), behind=behind)


_EVERY = Measure(key="stays", name="Stays", unit=UnitOfAnalysis.STAY)


def _label(
    keys: Sequence[tuple[Any, tuple[str, ...]]], row: int, groups: Sequence[By]
) -> tuple[tuple[By, str | None], ...]:
    named = [None if codes[row] < 0 else names[codes[row]] for codes, names in keys]
    return tuple(zip(groups, named, strict=True))


def _inside(at: Instants, window: Window) -> Mask:
    inside = ~np.isnat(at)
    if window.since is not None:
        inside &= at >= instant_of(window.since, name="within")
    if window.until is not None:
        inside &= at < instant_of(window.until, name="within")
    return inside


def _there(table: StageTable, at: datetime | None) -> Mask:
    """Return which stays had begun, and not ended, before an instant; at the end of all that is known, for None."""
    if at is None:
        return np.isnat(table.left_at)
    then = instant_of(at, name="within")
    return np.asarray((table.entered_at < then) & ~(table.left_at < then))


def _activity(rows: Rows, window: Window, per: By) -> tuple[dict[str, Mask], Rows]:
    del per
    table = rows.table
    entered, left = _inside(table.entered_at, window), _inside(table.left_at, window)
    ways = _ways(table)
    before = _there(table, window.since) if window.since else np.zeros(len(table), dtype=np.bool_)
    marked = {way: left & mask for way, mask in ways.items()}
    return {"entered": entered, **marked, "there_before": before, "there": _there(table, window.until)}, rows


def _snapshot(rows: Rows, window: Window, per: By) -> tuple[dict[str, Mask], Rows]:
    del window, per
    return {"there": np.isnat(rows.table.left_at)}, rows


def _ways(table: StageTable) -> dict[str, Mask]:
    """Return which stays ended in which way."""
    forward = ~np.isnat(became(table, Milestone.EXITED_FORWARD)) & (table.left_by == _BY[Verb.MOVE])
    return {
        "advanced": forward,
        "hired": table.left_by == _BY[Verb.HIRE],
        "moved_back": (table.left_by == _BY[Verb.MOVE]) & ~forward,
        "rejected": table.left_by == _BY[Verb.REJECT],
        "withdrawn": table.left_by == _BY[Verb.WITHDRAW],
        "transferred": table.left_by == _BY[Verb.TRANSFER],
    }


def _cohort(rows: Rows, window: Window, per: By) -> tuple[dict[str, Mask], Rows]:
    """Return one row for each application in each stage, the last of its stays there, and what became of it."""
    table = rows.table
    code, names = rows.keys(per)
    pair = table.application.astype(np.int64) * (len(names) + 1) + code
    order = np.argsort(pair, kind="stable")
    begins = np.flatnonzero(np.append(True, np.diff(pair[order]) != 0)[: len(order)])
    last = order[np.append(begins[1:], len(order))[: len(begins)] - 1]
    further = further_of(table)[order] >= 0
    advanced = np.logical_or.reduceat(further, begins) if len(begins) else further
    applied = _inside(table.applied_at, window)[table.application[last]]
    rest = applied & ~advanced
    marked = {way: rest & mask[last] for way, mask in _ways(table).items()} | {"advanced": applied & advanced}
    return {"entered": applied, **marked, "there": rest & np.isnat(table.left_at[last])}, rows.take(last)


_MODES = {FunnelMode.COHORT: _cohort, FunnelMode.ACTIVITY: _activity, FunnelMode.SNAPSHOT: _snapshot}
_BY = {verb: code for code, verb in enumerate(VERBS)}
