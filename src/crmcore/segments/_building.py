"""A segment judged anew after its definition was changed, or ended: page by page, each page in a unit of its own."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Cause, SegmentBuild, Standing
from crmcore.segments._ledger import Ledger, Why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmcore.ports import Store
    from crmcore.segments._definitions import Definition, Definitions
    from crmcore.segments.population import Population, Sight

__all__ = ["Built", "build_page", "end_page", "next_to_build", "next_to_end", "to_lay_aside"]

PAGE = 500
ENTERING, LEAVING, BUILT = "entering", "leaving", "built"
ENDING, ENDED = "ending", "ended"


@attrs.frozen(kw_only=True)
class Built:
    """One page: how far it leads, and what came out."""

    build: SegmentBuild
    ledger: Ledger


def next_to_build(definitions: Definitions, builds: Mapping[str, SegmentBuild]) -> Definition | None:
    """Return a segment whose members do not follow its definition yet; None where all do."""
    for key, definition in sorted(definitions.by_key.items()):
        build = builds.get(key)
        if build is None or build.definition != definition.digest or build.phase != BUILT:
            return definition
    return None


def to_lay_aside(definitions: Definitions, builds: Mapping[str, SegmentBuild]) -> list[SegmentBuild]:
    """Return the builds of segments that cannot be asked now; when they can be again, they begin anew."""
    return [
        build.model_copy(update={"definition": ""})
        for key, build in builds.items()
        if build.definition and key in definitions.broken
    ]


def next_to_end(definitions: Definitions, builds: Mapping[str, SegmentBuild]) -> SegmentBuild | None:
    """Return the build of a segment that is in the archive, or gone, and not ended yet; None where all are."""
    for key, build in sorted(builds.items()):
        if build.phase != ENDED and key not in definitions.by_key and key not in definitions.broken:
            return build
    return None


def end_page(store: Store, build: SegmentBuild, *, now: datetime) -> Built:
    """End the next page of the standings of a segment; it begins anew when it is there again."""
    after = build.after if build.phase == ENDING else ""
    page = _standings(store, build.id, after)
    ledger, why = Ledger(store), Why(cause=Cause.ENDED, at=now)
    for standing in page:
        ledger.ended(standing, why)
    is_last = len(page) < PAGE
    ended = {
        "definition": "",
        "phase": ENDED if is_last else ENDING,
        "after": "" if is_last else page[-1].id,
        "at": now,
    }
    return Built(build=build.model_copy(update=ended), ledger=ledger)


def _standings(store: Store, segment: str, after: str) -> list[Standing]:
    """Return a page of the standings in a segment, by record."""
    prefix = f"{segment}/"
    standings = store.stream(Standing, after=after or prefix)
    return list(islice(takewhile(lambda one: one.id.startswith(prefix), standings), PAGE))


def build_page(
    store: Store, population: Population, definition: Definition, held: SegmentBuild | None, *, now: datetime
) -> Built:
    """Judge the next page of records, or of former members, by the present definition."""
    if held is None or held.definition != definition.digest:
        held = SegmentBuild(
            id=definition.key,
            version=0 if held is None else held.version,
            definition=definition.digest,
            segment_version=definition.segment.version,
            phase=ENTERING,
            at=now,
        )
    why = Why(cause=Cause.DEFINITION, at=now)
    page = _Page(store, population, definition, why)
    if held.phase == ENTERING:
        after = page.all_records(held.after) if definition.is_timed else page.members(held.after)
        phase = LEAVING if after is None else ENTERING
    else:
        after = page.former(held.after)
        phase = BUILT if after is None else LEAVING
    build = held.model_copy(update={"phase": phase, "after": after or "", "at": now})
    return Built(build=build, ledger=page.ledger)


class _Page:
    def __init__(self, store: Store, population: Population, definition: Definition, why: Why) -> None:
        self._store = store
        self._population = population
        self._definition = definition
        self._why = why
        self.ledger = Ledger(store)

    def members(self, after: str) -> str | None:
        """Take in a page of those whom the store finds; return the cursor of the next one."""
        asks = self._definition.plain(self._why.at)
        page = self._store.find(self._population.kind, asks, limit=PAGE, after=after or None)
        self.ledger.load((self._definition.key, one.id) for one in page)
        for one in page:
            self.ledger.judged(self._definition, one.id, is_member=True, flips_at=None, why=self._why)
        return page.next

    def all_records(self, after: str) -> str | None:
        """Judge a page of all records, because each may need a timer; return the last id."""
        page = list(islice(self._store.stream(self._population.kind, after=after), PAGE))
        sight = self._population.sight()
        sight.know(page)
        self.ledger.load((self._definition.key, one.id) for one in page)
        for one in page:
            self._judge(sight, one.id)
        return page[-1].id if len(page) == PAGE else None

    def former(self, after: str) -> str | None:
        """Judge a page of those who stood in it, and may have left; return the last id."""
        page = _standings(self._store, self._definition.key, after)
        held = [one for one in page if one.is_member or (one.flips_at is not None and not self._definition.is_timed)]
        self.ledger.know(held)
        sight = self._population.sight()
        sight.load(one.record for one in held)
        for one in held:
            self._judge(sight, one.record)
        return page[-1].id if len(page) == PAGE else None

    def _judge(self, sight: Sight, record: str) -> None:
        is_member, flips_at = self._definition.judged(sight.facts(record), self._why.at)
        self.ledger.judged(self._definition, record, is_member=is_member, flips_at=flips_at, why=self._why)
