"""What is kept about segments: their definitions, how far each is built, and how far memberships follow the history."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import NotFound
from crmcore.model.segment import Segment, SegmentBuild, SegmentWatermark
from crmcore.query.dependencies import DependencyIndex
from crmcore.segments._copies import Copy, last_number
from crmcore.segments._definitions import Definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.ports import Clock, Store
    from crmcore.query.judging import Asking
    from crmcore.segments._feed import Step
    from crmcore.segments.population import Universe

__all__ = ["Ahead", "Books", "Reached"]


@attrs.frozen(kw_only=True)
class Reached:
    """How far the history was read.

    Attributes:
        watermark: as it is stored, or will be for the first time.
        change, event, unit: the last numbers that were taken in.
        count: how many changes and events that concern nobody lie between.
        is_echo: whether they were told by segments themselves.

    """

    watermark: SegmentWatermark
    change: int
    event: int
    unit: int
    count: int = 0
    is_echo: bool = False

    def past(self, step: Step) -> Reached:
        """Return how far it is when a step is taken in."""
        return attrs.evolve(
            self,
            change=step.change,
            event=step.event,
            unit=step.unit,
            count=self.count + step.size,
            is_echo=step.is_echo,
        )


@attrs.frozen(kw_only=True)
class Ahead:
    """What is still to be taken in.

    Attributes:
        reached: how far there is nothing of interest.
        step: what comes then; None where nothing does.
        last: the number of the last unit of work, where nothing comes after that; None where something does.

    """

    reached: Reached
    step: Step | None
    last: int | None


class Books:
    """Reads what is kept, and reads it again only where it was changed."""

    def __init__(self, store: Store, population: Universe, asking: Asking) -> None:
        self._store = store
        self._population = population
        self._asking = asking
        self._segments = Copy(store, Segment)
        self._builds = Copy(store, SegmentBuild)
        self._definitions: Definitions | None = None
        self._alone = Lock()  # threads may share a follower
        self.index_type = DependencyIndex

    def definitions(self) -> Definitions:
        """Return what the segments ask."""
        with self._alone:
            is_new = self._segments.catch_up()
            if self._definitions is None or is_new:
                self._definitions = Definitions(
                    self._segments.by_id.values(), self._population, self._asking, index_type=self.index_type
                )
            return self._definitions

    def builds(self) -> Mapping[str, SegmentBuild]:
        """Return how far each segment of these records is built."""
        kind = self._population.kind.kind
        with self._alone:
            self._builds.catch_up()
            segments = self._segments.by_id
            builds = self._builds.by_id.items()
            return {key: build for key, build in builds if key not in segments or segments[key].of == kind}

    def watermark(self, clock: Clock) -> SegmentWatermark:
        """Return how far memberships follow; at first they begin with what is still to come."""
        kind = self._population.kind.kind
        try:
            return self._store.get(SegmentWatermark, kind)
        except NotFound:
            return self._removed_watermark(kind) or self._first_watermark(kind, clock)

    def _removed_watermark(self, kind: str) -> SegmentWatermark | None:
        """Return the one that somebody took away, ready to be put back; None where there never was one."""
        versions = self._store.history.versions(SegmentWatermark, kind)
        held = [version.record for version in versions if version.record is not None]
        return held[-1].model_copy(update={"version": versions[-1].change.version}) if held else None

    def _first_watermark(self, kind: str, clock: Clock) -> SegmentWatermark:
        history = self._store.history
        unit = last_number(lambda n: history.units(after=n))
        return SegmentWatermark(
            id=kind,
            change=last_number(lambda n: history.changes(after=n)),
            event=last_number(lambda n: history.events(after=n)),
            unit=unit,
            at=max((one.recorded_at for one in history.units(after=max(unit - 1, 0))), default=clock.now()),
        )
