"""A segment judged anew after its definition was changed, or ended: page by page, each page in a unit of its own."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import TYPE_CHECKING

import attrs

from crmcore.model.segment import Cause, SegmentBuild, Standing
from crmcore.segments._ledger import Ledger, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from crmcore.model.record import Record
    from crmcore.ports import Store
    from crmcore.segments._definitions import Definition, Definitions
    from crmcore.segments.population import Universe

__all__ = ["Built", "build_pages", "end_page", "next_to_end", "to_build", "to_lay_aside"]

PAGE = 500
MOST_WRITTEN, MOST_JUDGED = 2_000, 20_000
"""Of one step: once so many standings are to be written, or were judged, the other segments wait for the next."""
ENTERING, LEAVING, BUILT = "entering", "leaving", "built"
ENDING, ENDED = "ending", "ended"


@attrs.frozen(kw_only=True)
class Built:
    """A page of each of some segments: how far they lead, and what came out."""

    builds: list[SegmentBuild]
    ledger: Ledger


def to_build(definitions: Definitions, builds: Mapping[str, SegmentBuild]) -> Iterator[Definition]:
    """Yield the segments whose members do not follow their definitions yet."""
    for key, definition in sorted(definitions.by_key.items()):
        build = builds.get(key)
        if build is None or build.definition != definition.digest or build.phase != BUILT:
            yield definition


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
    return Built(builds=[build.model_copy(update=ended)], ledger=ledger)


def _standings(store: Store, segment: str, after: str) -> list[Standing]:
    """Return a page of the standings in a segment, by record."""
    prefix = f"{segment}/"
    standings = store.stream(Standing, after=after or prefix)
    return list(islice(takewhile(lambda one: one.id.startswith(prefix), standings), PAGE))


def build_pages(
    store: Store,
    population: Universe,
    definitions: Iterable[Definition],
    builds: Mapping[str, SegmentBuild],
    *,
    now: datetime,
) -> Built:
    """Judge the next page of records, or of former members, by each definition, as many as one step takes."""
    pages = _Pages(store, population, Why(cause=Cause.DEFINITION, at=now))
    done: list[SegmentBuild] = []
    for definition in definitions:
        done.append(pages.next(definition, builds.get(definition.key)))
        if len(pages.ledger) >= MOST_WRITTEN or pages.ledger.judgements >= MOST_JUDGED:
            break
    return Built(builds=done, ledger=pages.ledger)


def _begun(definition: Definition, now: datetime, *, version: int) -> SegmentBuild:
    return SegmentBuild(
        id=definition.key,
        version=version,
        definition=definition.digest,
        segment_version=definition.segment.version,
        phase=ENTERING,
        at=now,
    )


class _Pages:
    """Judges pages; what was read for one definition is not read again for the next."""

    def __init__(self, store: Store, population: Universe, why: Why) -> None:
        self._store = store
        self._population = population
        self._why = why
        self._sight = population.sight()
        self._records: dict[str, list[Record]] = {}
        self.ledger = Ledger(store)

    def next(self, definition: Definition, held: SegmentBuild | None) -> SegmentBuild:
        """Take in the next page of a definition, or its first; return how far it leads."""
        if held is None or held.definition != definition.digest:
            held = _begun(definition, self._why.at, version=0 if held is None else held.version)
        if held.phase == ENTERING:
            after = (self._all if definition.is_timed else self._members)(definition, held.after)
            phase = LEAVING if after is None else ENTERING
        else:
            after = self._former(definition, held.after)
            phase = BUILT if after is None else LEAVING
        return held.model_copy(update={"phase": phase, "after": after or "", "at": self._why.at})

    def _members(self, definition: Definition, after: str) -> str | None:
        """Take in a page of those whom the store finds; return the cursor of the next one."""
        asks = definition.plain(self._why.at)
        page = self._store.find(self._population.kind, asks, limit=PAGE, after=after or None)
        self.ledger.load((definition.key, one.id) for one in page)
        for one in page:
            self.ledger.judged(definition, one.id, is_member=True, flips_at=None, why=self._why)
        return page.next

    def _all(self, definition: Definition, after: str) -> str | None:
        """Judge a page of all records, because each may need a timer; return the last id."""
        if after not in self._records:
            self._records[after] = list(islice(self._store.stream(self._population.kind, after=after), PAGE))
            self._sight.know(self._records[after])
        page = self._records[after]
        self.ledger.load((definition.key, one.id) for one in page)
        for one in page:
            self._judge(definition, one.id)
        return page[-1].id if len(page) == PAGE else None

    def _former(self, definition: Definition, after: str) -> str | None:
        """Judge a page of those who stood in it, and may have left; return the last id."""
        page = _standings(self._store, definition.key, after)
        held = [one for one in page if one.is_member or (one.flips_at is not None and not definition.is_timed)]
        self.ledger.know(held)
        self._sight.load(one.record for one in held)
        for one in held:
            self._judge(definition, one.record)
        return page[-1].id if len(page) == PAGE else None

    def _judge(self, definition: Definition, record: str) -> None:
        is_member, flips_at = definition.judged(self._sight.facts(record), self._why.at)
        self.ledger.judged(definition, record, is_member=is_member, flips_at=flips_at, why=self._why)
