"""When an answer changes though nothing is changed: by time alone.

Each leaf that depends on the time of asking is followed from change to change, over the values that it sees, and what
joins leaves joins their courses. So the instant is exact, to the microsecond, and a timer set for it is never early.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from crmcore.query._folding import folded, rebuilt
from crmcore.query._reaching import reaches_instant
from crmcore.query._seeing import Period, edges_of, seen_by, spells_of
from crmcore.query._values import certainties
from crmcore.query.anchoring import anchor_of, is_ruled_out
from crmcore.query.courses import Course, all_of, any_of, earlier, steps
from crmcore.query.moments import LAST, Moment, Span, in_utc
from crmcore.query.resolving import Places, is_timed, supplied
from crmcore.query.rows import BEGAN, PAST, UNTIL, judges
from crmcore.query.tree import (
    And,
    Between,
    Compare,
    Expression,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Not,
    Or,
    Recurs,
    Some,
)
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcore.query._seeing import Follow
    from crmcore.query.anchoring import AnchorValues
    from crmcore.query.courses import TruthValue
    from crmcore.query.resolving import Scorer
    from crmcore.query.types import Facts

    Leaf: TypeAlias = Compare | Between | In | Match | Missing | Recurs

__all__ = ["FARTHEST", "Flips", "flips_of", "next_flip"]

FARTHEST = timedelta(days=8 * 366)
"""How far anniversaries are followed: eight years may lie between two 29ths of February."""
_NEAR = timedelta(days=400)


def next_flip(
    expression: Expression,
    facts: Facts,
    now: datetime,
    *,
    segments: Callable[[str], Expression] | None = None,
    places: Places | None = None,
    scorers: Mapping[str, Scorer] | None = None,
    three_valued: bool = False,
) -> datetime | None:
    """Return the first instant after *now* at which the answer is another one, for facts that stay as they are.

    At that instant the record is selected where it was not right before, or the other way round. None where that never
    happens. Anniversaries come again and again, so they are followed for eight years only: where nothing has changed by
    then, their end is returned, at which one has to look again.

    Args:
        expression: as :func:`~crmcore.query.checking.checked` returns it, and not resolved.
        facts: of the record.
        now: an aware instant.
        segments, places, scorers: as for :func:`~crmcore.query.resolving.resolved`.
        three_valued: whether going over from false to unknown counts as well.

    >>> from datetime import UTC
    >>> from crmcore.model import catalogue
    >>> from crmcore.query import F, Subject, ago, checked
    >>> question = checked(F.touched_at > ago(days=90), catalogue().by_key, of="contact")
    >>> facts = {"touched_at": ("2026-03-07T09:00:00.000000Z",)}
    >>> next_flip(question, facts, datetime(2026, 5, 1, tzinfo=UTC)).isoformat()
    '2026-06-05T09:00:00+00:00'
    """
    flips = flips_of(expression, segments=segments, places=places, scorers=scorers)
    return flips.next(facts, now, three_valued=three_valued)


def flips_of(
    expression: Expression,
    *,
    segments: Callable[[str], Expression] | None = None,
    places: Places | None = None,
    scorers: Mapping[str, Scorer] | None = None,
) -> Flips:
    """Return :func:`next_flip` for one expression and many records."""
    question = supplied(expression, segments=segments, places=places, scorers=scorers)
    return Flips(folded(question, _step)[1])


@attrs.frozen
class Flips:
    """Tells of any record when an expression's answer changes by itself."""

    _follow: Follow | None
    """None where it never does."""

    @property
    def is_timed(self) -> bool:
        """Whether the answer may ever change by itself, for some record."""
        return self._follow is not None

    def next(self, facts: Facts, now: datetime, *, three_valued: bool = False) -> datetime | None:
        """Return the first instant after *now* at which the answer is another one; as :func:`next_flip` does."""
        if self._follow is None:
            return None
        course = self.course(facts, now, far=_NEAR)
        if not (found := _changes(course, three_valued=three_valued)) and course.until is not None:
            course = self.course(facts, now)
            found = _changes(course, three_valued=three_valued)
        return found[0][0] if found else course.until

    def course(self, facts: Facts, now: datetime, *, far: timedelta = FARTHEST) -> Course:
        """Return all outcomes from *now* on; where anniversaries matter, for so long."""
        if self._follow is None:
            raise TypeError("the answer does not depend on time; holds() gives it")
        now = in_utc(now)
        return self._follow(facts, Period(now, min(now, LAST - far) + far))


def _changes(course: Course, *, three_valued: bool) -> tuple[tuple[datetime, TruthValue], ...]:
    return (course if three_valued else course.selecting()).changes


def _step(node: Expression, parts: tuple[tuple[Expression, Follow | None], ...]) -> tuple[Expression, Follow | None]:
    inner = rebuilt(node, [part for part, _ in parts])
    if not (is_timed(node) or any(follow for _, follow in parts)):
        return inner, None
    if isinstance(inner, Compare | Between | In) and inner.type is FieldType.INSTANT and not any(f for _, f in parts):
        return inner, _instants(inner)
    if isinstance(inner, _LEAVES):
        return inner, _leaf(inner, parts[0][1] if parts else None)
    fixed_first = sorted(parts, key=lambda pair: pair[1] is not None)  # often they decide, and nothing else is asked
    return inner, _followed(inner, [follow or _fixed(part) for part, follow in fixed_first])


_LEAVES = (Compare, Between, In, Match, Missing, Recurs)


def _fixed(part: Expression) -> Follow:
    """Return what follows a part that time does not change."""
    true, false = judges(part)
    return lambda facts, _: Course(True if true(facts) else False if false(facts) else None)


def _followed(node: Expression, parts: list[Follow]) -> Follow:
    match node:
        case And():
            return lambda facts, period: all_of(part(facts, period) for part in parts)
        case Or():
            return lambda facts, period: any_of(part(facts, period) for part in parts)
        case Not():
            return lambda facts, period: parts[0](facts, period).turned()
        case InSegment():
            return lambda facts, period: parts[0](facts, period).selecting()
        case Some(relation, where):
            return _some_item(relation, anchor_of(where), parts[0])
        case Lasting():
            return _lasting(node)
        case _:
            raise TypeError(f"a {node.__class__.__name__} does not depend on time")


def _some_item(relation: str, anchor: AnchorValues | None, part: Follow) -> Follow:
    """Follow the items of which it is not certain by their values alone that they are not meant."""

    def follow(facts: Facts, period: Period) -> Course:
        items: Any = facts.get(relation, ())
        return any_of(part(item, period) for item in items if not is_ruled_out(anchor, item))

    return follow


def _instants(node: Compare | Between | In) -> Follow:
    """Follow a leaf over instants that stay as they are: each satisfies it for some time, told without trying."""
    see = seen_by(node.field, None)

    def follow(facts: Facts, period: Period) -> Course:
        known: Any = see(facts, period).at(period.now)
        if not known:
            return Course(None)
        spells = [spell for value in known for spell in spells_of(node, value)]

        def is_so(at: datetime) -> bool:
            return any(begin <= at and (end is None or at < end) for begin, end in spells)

        changes = sorted({edge for spell in spells for edge in spell if edge is not None and edge > period.now})
        return steps([(None, is_so(period.now)), *((at, is_so(at)) for at in changes)])

    return follow


def _leaf(node: Leaf, where: Follow | None) -> Follow:
    """Follow a leaf through the values that it sees, and for each of them through what its moments come to."""
    see = seen_by(node.field, where)

    def follow(facts: Facts, period: Period) -> Course:
        seen = see(facts, period)
        until = earlier(seen.until, period.until if isinstance(node, Recurs) and is_timed(node) else None)
        changes = {at for at, _ in seen.values if at is not None}
        for edge in edges_of(node, {value for _, values in seen.values for value in values}, period):
            if period.now < edge and (until is None or edge <= until):
                changes.add(edge)
        now = period.now
        outcomes: list[tuple[datetime | None, TruthValue]] = [(None, _outcome(node, seen.at(now), period, now))]
        outcomes += [(at, _outcome(node, seen.at(at), period, at)) for at in sorted(changes)]
        return steps(outcomes, until=until)

    return follow


def _outcome(node: Leaf, known: Any, period: Period, at: datetime) -> TruthValue:
    if isinstance(node, Missing):
        return not known
    if not known:
        return None
    plain: Any = period.plain(node, at) if is_timed(node) else node
    is_true, is_false = certainties(plain)
    if any(map(is_true, known)):
        return True
    return False if is_false is None or all(map(is_false, known)) else None


def _lasting(node: Lasting) -> Follow:
    """Follow for how long it has been so: a state of which it was not so is left behind when its end is old enough."""
    is_true, is_false = judges(node.where)
    if not isinstance(node.span, Span):
        raise TypeError("a question about how long is resolved already; ask for its flips before")
    since = Moment(span=Span(-node.span.amount, node.span.unit))

    def reached(text: Any) -> datetime | None:
        return reaches_instant(since, datetime.fromisoformat(text))

    def follow(facts: Facts, period: Period) -> Course:
        if is_false(facts) or BEGAN not in facts:
            return Course(first=False)
        known: list[datetime | None] = [reached(facts[BEGAN][0])]  # from when on it is not false
        true: list[datetime | None] = [period.now if is_true(facts) else None]  # from when on it is nothing but true
        past: Any = facts.get(PAST, ())
        for state in past:
            if is_true(state):
                continue
            (known if is_false(state) else true).append(reached(state[UNTIL][0]))
        return _rising(known, true, period.now)

    return follow


def _rising(known: list[datetime | None], true: list[datetime | None], now: datetime) -> Course:
    """Return the course that is false, then unknown, then true; each from the last of some instants on."""
    outcomes: list[tuple[datetime | None, TruthValue]] = [(None, False)]
    if None in known:
        return Course(first=False)
    not_false = max(at for at in known if at is not None)
    outcomes.append((not_false, None))
    if None not in true:
        outcomes.append((max(not_false, *(at for at in true if at is not None)), True))
    first = [outcome for at, outcome in outcomes if at is None or at <= now][-1]
    return steps([(None, first), *((at, to) for at, to in _last_of_each(outcomes) if at is not None and at > now)])


def _last_of_each(outcomes: list[tuple[datetime | None, TruthValue]]) -> list[tuple[datetime | None, TruthValue]]:
    """Return what is the outcome from each instant on: the last one that begins then."""
    return list(dict(outcomes).items())
