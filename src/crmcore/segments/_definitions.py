"""What all segments ask, as of one reading: inner ones put in, digests taken, and the index of what they hang on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import CrmcoreError, InputError
from crmcore.query._folding import segments_in
from crmcore.query.anchoring import AnchorValues, anchor_of, is_anchored
from crmcore.query.checking import checked
from crmcore.query.dependencies import DependencyIndex, dependencies
from crmcore.query.flipping import Flips, flips_of
from crmcore.query.form import digest
from crmcore.query.resolving import expanded, resolved
from crmcore.query.rows import compiled
from crmcore.query.shortening import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from crmcore.model.segment import Segment
    from crmcore.query.judging import Asking
    from crmcore.query.tree import Expression
    from crmcore.query.types import Facts
    from crmcore.segments.population import Universe

__all__ = ["Definition", "Definitions"]

NEAR = timedelta(days=400)
"""How far anniversaries are followed at first."""


@attrs.define(kw_only=True, eq=False)
class Definition:
    """What one segment asks.

    Attributes:
        segment: the segment.
        asks: checked; inner segments, and what was put in and taken out by hand, are part of it.
        digest: equal for equal questions.
        relations: the paths of the relations that it asks about.
        anchor: values of which a member has one; None where members are told otherwise.
        flips: tells when the answer changes while nothing is changed.

    """

    segment: Segment
    asks: Expression
    digest: str
    relations: frozenset[str]
    anchor: AnchorValues | None
    flips: Flips
    asking: Asking
    _judge: Callable[[Facts], bool] | None = None

    @property
    def key(self) -> str:
        """The key of the segment."""
        return self.segment.id

    def plain(self, at: datetime) -> Expression:
        """Return the question as compilers take it, at an instant."""
        return resolved(self.asks, at, places=self.asking.places, scorers=self.asking.scorers)

    def judged(self, facts: Facts | None, at: datetime) -> tuple[bool, datetime | None]:
        """Say whether a record belongs to it at an instant, and at which next one to look again; None for never."""
        if facts is None or not is_anchored(self.anchor, (facts,)):
            return False, None
        if not self.is_timed:
            if self._judge is None:
                self._judge = compiled(self.plain(at))
            return self._judge(facts), None
        course = self.flips.course(facts, at, far=NEAR)
        if course.until is not None and not course.selecting().changes:
            course = self.flips.course(facts, at)
        changes = course.selecting().changes
        return course.first is True, changes[0][0] if changes else course.until

    @property
    def is_timed(self) -> bool:
        """Whether the answer may change while nothing is changed."""
        return self.flips.is_timed


class Definitions:
    """What the segments of one kind of record ask.

    Attributes:
        by_key: key -> what it asks; those in the archive are not there.
        broken: key -> why it cannot be asked; its members stay as they are.
        index: finds the segments that a change concerns.
        relations: the paths of the relations that some segment asks about.

    """

    def __init__(
        self,
        segments: Iterable[Segment],
        population: Universe,
        asking: Asking,
        *,
        index_type: type[DependencyIndex] = DependencyIndex,
        only: Collection[str] | None = None,
    ) -> None:
        """Check them all, or *only* those, and put inner ones in."""
        every = {segment.id: segment for segment in segments if segment.of == population.kind.kind}
        self.segments = every
        self.by_key: dict[str, Definition] = {}
        self.broken: dict[str, CrmcoreError] = {}
        self._checked: dict[str, Expression] = {}
        self._population = population
        self._asking = asking
        for key, segment in every.items():
            if segment.is_archived or (only is not None and key not in only):
                continue
            try:
                self.by_key[key] = self.defined(segment)
            except CrmcoreError as error:  # kept, and told by whoever asks for it
                self.broken[key] = error
        self.index = index_type()
        for key, definition in self.by_key.items():
            self.index.add(key, dependencies(definition.asks, population.subject))
        self.relations = frozenset().union(*(one.relations for one in self.by_key.values()))

    def put_in(self, asks: Expression) -> Expression:
        """Return a question, checked, with what it asks put into every inner segment."""
        return expanded(checked(asks, self._population.subject), self.inner)

    def inner(self, key: str) -> Expression:
        """Return what a segment asks that another question asks for.

        Raises:
            InputError: there is none, or it is in the archive: nobody belongs to it, and whoever does not is not meant.

        """
        asks = self.asked(key)
        if self.segments[key].is_archived:
            raise InputError(f"segment {key!r} is in the archive; bring it back, or ask for something else")
        return asks

    def asked(self, key: str) -> Expression:
        """Return what a segment asks, checked, inner ones not yet put in; raise InputError where there is none."""
        if key not in self.segments:
            known = ", ".join(sorted(self.segments)[:10]) or "none"
            raise InputError(f"there is no segment {key!r} of {self._population.kind.kind} records; there are: {known}")
        if key not in self._checked:
            self._checked[key] = checked(self.segments[key].asks, self._population.subject)
        return self._checked[key]

    def demand_unlogged(self, question: Expression) -> None:
        """Refuse a question that asks for a segment whose searches are written down, by whatever way.

        Whether each is there, and can be asked, is for whoever asks it to say.
        """
        todo, seen = [question], set[str]()
        while todo:
            for key in segments_in(todo.pop()):
                if key in seen or key not in self.segments:
                    continue
                seen.add(key)
                todo.append(self.segments[key].asks)
                if self.segments[key].logs_criteria:
                    raise InputError(f"segment {key!r} writes its searches down; use search(actor=..., job=...)")

    def check(self, segment: Segment) -> None:
        """Refuse a segment that could not be asked, or that would ask for itself, with the others as they are."""
        every = {**self.segments, segment.id: segment}
        Definitions(every.values(), self._population, self._asking, only=()).defined(segment)

    def defined(self, segment: Segment) -> Definition:
        """Return what a segment asks; raise InputError where it cannot be asked."""
        asks = shortened(expanded(self.asked(segment.id), self._within(segment.id)))
        return Definition(
            segment=segment,
            asks=asks,
            digest=digest(asks),
            relations=frozenset(dependencies(asks).relations),
            anchor=anchor_of(asks),
            flips=flips_of(asks, places=self._asking.places, scorers=self._asking.scorers),
            asking=self._asking,
        )

    def _within(self, key: str) -> Callable[[str], Expression]:
        """Return what gives inner segments, refusing the one that asks."""

        def inner(asked: str) -> Expression:
            if asked == key:
                raise InputError(f"segments ask for each other in a circle: {key} leads back to {key}")
            return self.inner(asked)

        return inner
