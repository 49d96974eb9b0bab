"""Memberships that follow the records: every change, every event and every instant judged once, and told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from crmcore.errors import Conflict, NotFound, OutcomeUnknown
from crmcore.model.segment import Segment
from crmcore.query.checking import checked
from crmcore.query.explaining import Proof, explained
from crmcore.query.hiding import demand_seen
from crmcore.query.judging import Asking
from crmcore.query.moments import in_utc
from crmcore.query.resolving import resolved
from crmcore.query.tree import And
from crmcore.segments._books import Books
from crmcore.segments._building import build_pages, end_page, next_to_end, to_build, to_lay_aside
from crmcore.segments._feed import ACTOR, STEP
from crmcore.segments._ledger import Ledger
from crmcore.segments._work import TICK, Work
from crmcore.segments.explaining import Explained, decided, source_of
from crmcore.system import new_uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime, timedelta

    from crmcore.errors import CrmcoreError
    from crmcore.model.record import Record
    from crmcore.model.segment import SegmentBuild
    from crmcore.ports import Clock, NewId, Store
    from crmcore.query.dependencies import DependencyIndex
    from crmcore.query.reading import RecordFacts
    from crmcore.query.tree import Expression
    from crmcore.query.types import Subject
    from crmcore.segments._books import Ahead, Reached
    from crmcore.segments._definitions import Definitions
    from crmcore.segments.population import Universe

__all__ = ["ACTOR", "Followed", "Follower", "Freshness"]

TRIES = 5
"""How often a step begins again where nobody gets any further."""
ECHOES = 20
"""Steps of one call that follow from what it told itself; a segment may ask who entered a segment."""


@attrs.frozen(kw_only=True)
class Followed:
    """What one call did.

    Attributes:
        at: memberships are as of this instant.
        units: how many units of work were written.
        judged: how often a record was judged for a segment.
        entered, left: how many memberships began and ended.
        broken: key -> why the segment cannot be asked; its members stay as they were.

    """

    at: datetime
    units: int
    judged: int
    entered: int
    left: int
    broken: Mapping[str, CrmcoreError]


@attrs.frozen(kw_only=True)
class Freshness:
    """How fresh memberships are.

    Attributes:
        as_of: they are exact as of this instant.
        unit: the number of the last unit of work that they take in.
        lag: how long ago that is; zero where nothing has happened since.
        is_waiting: whether there is something to be done.
        broken: key -> why a segment cannot be asked; its members stay as they were.

    """

    as_of: datetime
    unit: int
    lag: timedelta
    is_waiting: bool
    broken: Mapping[str, CrmcoreError]


def live_keys(definitions: Definitions, builds: Mapping[str, SegmentBuild]) -> set[str]:
    """Return the segments whose standings follow their present definitions, those included that are being built."""
    return {key for key, one in definitions.by_key.items() if key in builds and builds[key].definition == one.digest}


@attrs.frozen(kw_only=True)
class _Done:
    """What one step did.

    Attributes:
        ledger: what came out.
        is_echo: whether it follows from what segments told themselves.
        is_written: whether it was written down; not where something was committed between reading and writing.

    """

    ledger: Ledger
    is_echo: bool
    is_written: bool


class Follower:
    """Keeps the memberships of all segments of one kind of record true.

    Several may work at once, in several threads and processes: each step is one unit of work with the watermark in it,
    so that of two that take the same step one is refused, and begins again after it. What is committed while a step is
    judged is not seen by it: the step is judged anew, by the state in which it was read.
    """

    work_type = Work
    """What does the work of a step; a test may put something worse in its place."""

    def __init__(
        self,
        store: Store,
        population: Universe,
        *,
        clock: Clock,
        asking: Asking | None = None,
        new_id: NewId = new_uuid7,
    ) -> None:
        """Follow the records of a population in a store."""
        self._new_id = new_id
        self._store = store
        self._population = population
        self._clock = clock
        self._asking = asking or Asking()
        self._books = Books(store, population, self._asking)

    @property
    def index_type(self) -> type[DependencyIndex]:
        """What says whom a change concerns."""
        return self._books.index_type

    @index_type.setter
    def index_type(self, index_type: type[DependencyIndex]) -> None:
        self._books.index_type = index_type

    def follow(self) -> Followed:
        """Take in all that has happened until now, and all that time has brought about; finish what is built or ends.

        Raises:
            Conflict: something stands in the way again and again, while nobody gets any further.

        """
        ledgers: list[Ledger] = []
        tries = echoes = reached = 0
        is_live = True
        while True:
            try:
                done = self._step(is_live=is_live)
            except (Conflict, OutcomeUnknown):  # the watermark tells what was done, by whomever
                version = self._books.watermark(self._clock).version
                tries, reached = (tries + 1, reached) if version == reached else (1, version)
                if tries >= TRIES:
                    raise
                continue
            if done is None:
                break
            is_live = done.is_written
            if not done.is_written:
                continue  # once more, by what was there when it was read
            tries, echoes = 0, echoes + done.is_echo
            ledgers.append(done.ledger)
            if echoes > ECHOES:
                break
        return Followed(
            at=self.now(),
            units=len(ledgers),
            judged=sum(ledger.judgements for ledger in ledgers),
            entered=sum(ledger.entered for ledger in ledgers),
            left=sum(ledger.left for ledger in ledgers),
            broken=dict(self._books.definitions().broken),
        )

    @property
    def kind(self) -> type[Record]:
        """What segments are made of."""
        return self._population.kind

    @property
    def subject(self) -> Subject:
        """What can be asked."""
        return self._population.subject

    def plain(self, question: Expression, *, at: datetime) -> Expression:
        """Return a question with inner segments and plain values put in: what a store is asked.

        Raises:
            InputError: it names something that there is not.

        """
        at = in_utc(at)
        asks = self._books.definitions().put_in(question)
        return resolved(asks, at, places=self._asking.places, scorers=self._asking.scorers)

    def demand_seen(self, question: Expression, *, hidden: AbstractSet[str]) -> None:
        """Refuse a checked question that asks for a segment which tells of what may not be seen.

        A snapshot tells of what it asked when it was taken.

        Raises:
            FieldHidden: names the segment.

        """
        definitions = self._books.definitions()

        def told(key: str) -> Expression:
            asks, then = definitions.asked(key), definitions.segments[key].expression
            return asks if then is None else And((asks, then))

        demand_seen(question, self.subject, segments=told, hidden=hidden)

    def demand_unlogged(self, question: Expression) -> None:
        """Refuse a checked question that asks for a segment whose searches are written down, by whatever way.

        Raises:
            InputError: names the segment.

        """
        self._books.definitions().demand_unlogged(question)

    def check(self, segment: Segment) -> None:
        """Refuse a segment that could not be asked, or that would ask for itself."""
        self._books.definitions().check(segment)

    def explain(self, key: str, record: str, *, at: datetime) -> Explained:
        """Return why a record belongs to a segment, by its definition as it is now.

        Raises:
            NotFound: there is no such segment.

        """
        at = in_utc(at)
        definitions = self._books.definitions()
        if key not in definitions.segments:
            raise NotFound(Segment.kind, key)
        definition = definitions.by_key.get(key) or definitions.defined(definitions.segments[key])
        facts = self._population.sight().facts(record)
        is_member, flips_at = definition.judged(facts, at)
        ledger = Ledger(self._store)
        ledger.load([(key, record)])
        return Explained(
            segment=key,
            record=record,
            at=at,
            is_member=is_member,
            decided=decided(definition.segment, record, is_there=facts is not None),
            flips_at=flips_at,
            standing=ledger.standing(key, record),
            proof=None if facts is None else self._proof(definitions, definition.segment, facts, at),
        )

    def _proof(self, definitions: Definitions, segment: Segment, facts: RecordFacts, at: datetime) -> Proof | None:
        if segment.expression is None:
            return None
        return explained(
            checked(segment.expression, self._population.subject),
            facts,
            at,
            segments=definitions.asked,
            places=self._asking.places,
            scorers=self._asking.scorers,
            sources=source_of(facts.record, self._population.subjects[self.kind]),
        )

    def freshness(self) -> Freshness:
        """Return as of when memberships are, and how much has happened since."""
        watermark = self._books.watermark(self._clock)
        definitions, builds = self._books.definitions(), self._books.builds()
        work = self.work_type(self._store, self._population, definitions, live_keys(definitions, builds))
        ahead = work.ahead(watermark)
        due = work.first_due()
        is_building = (next(to_build(definitions, builds), None) or next_to_end(definitions, builds)) is not None
        now = max(self._clock.now(), watermark.at)
        waits = [one for one in (None if ahead.step is None else ahead.step.at, due) if one is not None and one <= now]
        since = min(waits, default=now)
        as_of = watermark.at if is_building else max(watermark.at, since) if waits else now
        return Freshness(
            as_of=as_of,
            unit=ahead.reached.unit,
            lag=now - as_of,
            is_waiting=bool(waits) or is_building,
            broken=dict(definitions.broken),
        )

    def now(self) -> datetime:
        """Return the present instant, which never goes back for memberships."""
        return max(self._clock.now(), self._books.watermark(self._clock).at)

    def _step(self, *, is_live: bool) -> _Done | None:
        """Do what comes next, in one unit of work; return None where nothing is left to be done.

        Args:
            is_live: whether to read the records as they are, which is quickest where nothing has come after what was
                taken in; else as they were then.

        """
        books = self._books
        watermark = books.watermark(self._clock)
        definitions, builds = books.definitions(), books.builds()
        now = max(self._clock.now(), watermark.at)
        work = self.work_type(self._store, self._population, definitions, live_keys(definitions, builds))
        ahead = work.ahead(watermark)
        skipped, following = ahead.reached, ahead.step
        only_after = ahead.last if is_live else None
        before = None if following is None else following.at
        if (done := work.timers(before=before, now=now, as_of=self._as_of(ahead, is_live=is_live))) is not None:
            last = only_after if following is None else None
            return self._written(skipped, at=done.until, ledger=done.ledger, only_after=last)
        if following is not None:
            at, is_again = max(following.at, watermark.at), watermark.at >= following.at
            ledger = work.changes(following, at=at, is_again=is_again, is_live=is_live)
            return self._written(skipped.past(following), at=at, ledger=ledger, only_after=only_after)
        if aside := to_lay_aside(definitions, builds):
            return self._written(skipped, at=now, ledger=Ledger(self._store), builds=aside)
        if (ending := next_to_end(definitions, builds)) is not None:
            ended = end_page(self._store, ending, now=now)
            return self._written(skipped, at=now, ledger=ended.ledger, builds=ended.builds)
        built = build_pages(self._store, self._population, to_build(definitions, builds), builds, now=now)
        if built.builds:
            return self._written(skipped, at=now, ledger=built.ledger, builds=built.builds)
        if skipped.count > STEP:
            return self._written(skipped, at=now, ledger=Ledger(self._store))
        return None

    def _as_of(self, ahead: Ahead, *, is_live: bool) -> datetime | None:
        """Return as of when timers are judged; None for now."""
        if ahead.step is not None:
            return ahead.step.at - TICK
        if is_live or not ahead.last:
            return None
        return next(self._store.history.units(after=ahead.last - 1)).recorded_at

    def _written(
        self,
        reached: Reached,
        *,
        at: datetime,
        ledger: Ledger,
        builds: Sequence[SegmentBuild] = (),
        only_after: int | None = None,
    ) -> _Done:
        """Write a step down; with *only_after*, unless other units came after that number."""
        done = _Done(ledger=ledger, is_echo=reached.is_echo, is_written=True)
        with self._store.unit(actor=ACTOR, reason="memberships follow the records") as unit:
            if only_after is not None and unit.number != only_after + 1:
                return attrs.evolve(done, is_written=False)
            unit.put(
                reached.watermark.model_copy(
                    update={"change": reached.change, "event": reached.event, "unit": reached.unit, "at": at}
                )
            )
            for build in builds:
                unit.put(build)
            ledger.write(unit, actor=ACTOR, recorded_at=self._clock.now(), new_id=self._new_id)
        return done
