"""Why a record is selected, or is not: the proof, part by part, with what was seen and what would turn it.

Two questions are asked of a proof. *Why?* has :meth:`Proof.reasons`: so few leaves that the outcome is what it is,
whatever the others say. *What would have to be otherwise?* has :meth:`Proof.hinges`: so few leaves that the outcome is
another one, once each of them is.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from crmcore.query._folding import nodes_of, term_of
from crmcore.query._terms import values_of
from crmcore.query.flipping import flips_of
from crmcore.query.moments import in_utc
from crmcore.query.resolving import Places, expanded, resolved
from crmcore.query.rows import BEGAN, PAST, UNTIL, judges
from crmcore.query.tree import Aggregate, And, Expression, InSegment, Lasting, Near, Not, Or, Sample, Some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from crmcore.query.courses import TruthValue
    from crmcore.query.resolving import Scorer
    from crmcore.query.rows import Judges
    from crmcore.query.types import Facts, Scalar

    Way: TypeAlias = tuple[str | int, ...]
    """Leads to a value of a record: keys of relations, each with the place of an item, then the key of a field."""

__all__ = ["Proof", "explained"]

_SHOWN_ITEMS = 5
_SHOWN_VALUES = 5
_SHOWN_LETTERS = 80


@attrs.frozen(kw_only=True)
class Proof:
    """Why one node has the outcome that it has, about one record or one item.

    Attributes:
        asked: the node, as it was asked.
        outcome: true, false, or None for what is not known.
        parts: the proofs of its parts; of a Some, one for each item; of a Lasting, of the state that it was not so in.
        values: what a leaf saw; None where it sees no values, or they are left out as personal.
        source: where these come from, as far as somebody told.
        item: about which item this is, counted from 0; None about the record itself.
        flips_at: when a leaf's outcome changes by itself for the first time; None for never, and where values are
            left out, which it would betray.

    """

    asked: Expression
    outcome: TruthValue
    parts: tuple[Proof, ...] = ()
    values: tuple[Scalar, ...] | None = None
    source: str | None = None
    item: int | None = None
    flips_at: datetime | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether the outcome is its own, and not made of those of its parts; so is that of a Some without items."""
        if isinstance(self.asked, Some):
            return not self.parts
        return not isinstance(self.asked, And | Or | Not | InSegment)

    @property
    def decided_by(self) -> Proof | None:
        """The first item of a Some by which it has its outcome; None where all of them decide together."""
        if not isinstance(self.asked, Some) or self.outcome is False:
            return None
        return next(part for part in self.parts if part.outcome is self.outcome)

    def leaves(self) -> Iterator[Proof]:
        """Yield the leaves, in order."""
        if self.is_leaf:
            yield self
            return
        for part in self.parts:
            yield from part.leaves()

    def judged(self, said: Callable[[Proof], TruthValue]) -> TruthValue:
        """Return what the outcome would be if each leaf had that of *said*."""
        if self.is_leaf:
            return said(self)
        outcomes = [part.judged(said) for part in self.parts]
        match self.asked:
            case Not():
                return None if outcomes[0] is None else not outcomes[0]
            case InSegment():
                return outcomes[0] is True
            case _:
                decisive = not isinstance(self.asked, And)
                return decisive if decisive in outcomes else None if None in outcomes else not decisive

    def reasons(self) -> tuple[Proof, ...]:
        """Return the smallest set of leaves that decide the outcome, whatever the others say; of several, the first."""
        if self.is_leaf:
            return (self,)
        if self.outcome is None:
            return self._unsettled()
        deciding = [part for part in self.parts if part.outcome is self.outcome]
        match self.asked:
            case Not():
                return self.parts[0].reasons()
            case InSegment() if self.outcome is True:
                return self.parts[0].reasons()
            case InSegment():
                return self.parts[0]._barring(to=True)  # noqa: SLF001 - of this class
            case And() if self.outcome is False:
                return _fewest(part.reasons() for part in deciding)
            case Or() | Some() if self.outcome is True:
                return _fewest(part.reasons() for part in deciding)
            case _:
                return tuple(leaf for part in self.parts for leaf in part.reasons())

    def _unsettled(self) -> tuple[Proof, ...]:
        """Return the fewest leaves by which an unknown outcome can be neither true nor false."""
        if self.is_leaf:
            return (self,)
        if isinstance(self.asked, Not):
            return self.parts[0]._unsettled()  # noqa: SLF001 - of this class
        decisive = not isinstance(self.asked, And)
        chosen = [part._barring(to=decisive) for part in self.parts]  # noqa: SLF001 - no part decides it alone
        unknown = {place: part._unsettled() for place, part in enumerate(self.parts) if part.outcome is None}  # noqa: SLF001
        cheapest = min(unknown, key=lambda place: len(unknown[place]) - len(chosen[place]))
        chosen[cheapest] = unknown[cheapest]  # and one part keeps it from the contrary
        return tuple(leaf for leaves in chosen for leaf in leaves)

    def _barring(self, *, to: bool) -> tuple[Proof, ...]:
        """Return the fewest leaves by which the outcome, which is another one, cannot be that."""
        if self.is_leaf:
            return (self,)
        match self.asked:
            case Not():
                return self.parts[0]._barring(to=not to)  # noqa: SLF001 - of this class
            case InSegment():
                return self.reasons()
            case _:
                others = [part for part in self.parts if part.outcome is not to]
        if to is isinstance(self.asked, And):  # one part is enough: rather one that is known
            known_first = sorted(others, key=lambda part: part.outcome is None)
            return _fewest(part._barring(to=to) for part in known_first)  # noqa: SLF001
        return tuple(leaf for part in others for leaf in part._barring(to=to))  # noqa: SLF001

    def hinges(self) -> tuple[Proof, ...]:
        """Return the smallest set of leaves that turn the outcome once each is turned; of several, the first.

        A true outcome is turned to false, any other one to true. Nothing turns what is so by itself: then it is empty.
        """
        return self._turning(to=self.outcome is not True) or ()

    def _turning(self, *, to: bool, is_loose: bool = False) -> tuple[Proof, ...] | None:
        """Return the fewest leaves to turn for that outcome, or loosely an unknown one; None where none are enough."""
        if self.outcome is to or (is_loose and self.outcome is None):
            return ()
        if self.is_leaf:
            return (self,)
        match self.asked:
            case Not():
                return self.parts[0]._turning(to=not to, is_loose=is_loose)  # noqa: SLF001 - of this class
            case InSegment():
                return self.parts[0]._turning(to=to, is_loose=not to)  # noqa: SLF001
            case _:
                turns = [part._turning(to=to, is_loose=is_loose) for part in self.parts]  # noqa: SLF001
        if to is isinstance(self.asked, And):  # every part has to be so
            return None if None in turns else tuple(leaf for turn in turns if turn is not None for leaf in turn)
        possible = [turn for turn in turns if turn is not None]
        return _fewest(possible) if possible else None

    def __str__(self) -> str:
        """Return the proof as lines, the parts of each indented below it."""
        return "\n".join(_lines(self, ""))


def _fewest(several: Iterable[tuple[Proof, ...]]) -> tuple[Proof, ...]:
    return min(several, key=len)


def explained(
    expression: Expression,
    facts: Facts,
    now: datetime,
    *,
    segments: Callable[[str], Expression] | None = None,
    places: Places | None = None,
    scorers: Mapping[str, Scorer] | None = None,
    sources: Callable[[Way], str | None] | None = None,
    values: bool = True,
) -> Proof:
    """Return why the answer is what it is.

    Args:
        expression: as :func:`~crmcore.query.checking.checked` returns it.
        facts: of the record.
        now: the instant of asking; aware.
        segments, places, scorers: as for :func:`~crmcore.query.resolving.resolved`.
        sources: tells where a value comes from, such as ("skills", 2, "level"): the level of the third skill.
        values: whether the proof holds what was seen, which is personal.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import catalogue
    >>> from crmcore.query import F, checked
    >>> question = checked((F.city == "Utrecht") & (F.salary_minimum >= 48_000), catalogue().by_key, of="contact")
    >>> proof = explained(question, {"city": ("Delft",)}, datetime(2026, 5, 20, tzinfo=UTC))
    >>> print(proof)
    false    all of these:
      false    city == "Utrecht": saw 'Delft'
      unknown  salary_minimum >= 48000.0: saw nothing
    >>> [leaf.asked.field for leaf in proof.reasons()], [leaf.asked.field for leaf in proof.hinges()]
    (['city'], ['city', 'salary_minimum'])
    """
    now = in_utc(now)
    for _ in nodes_of(expanded(expression, segments) if segments is not None else expression):  # circles, and limits
        pass
    outside = {"segments": segments, "places": places, "scorers": scorers}
    return _Explainer(now, outside, sources, values).proof(expression, facts, ())


@attrs.frozen
class _Explainer:
    """Makes the proofs of one time of asking."""

    now: datetime
    outside: Mapping[str, Any]
    sources: Callable[[Way], str | None] | None
    shows_values: bool
    _known: dict[int, tuple[Expression, Judges, Any, Any]] = attrs.field(factory=dict, init=False)

    def proof(self, node: Expression, facts: Facts, way: Way, item: int | None = None) -> Proof:
        match node:
            case And() | Or():
                parts = tuple(self.proof(part, facts, way) for part in node.parts)
            case Not(part):
                parts = (self.proof(part, facts, way),)
            case InSegment(asks=asks) if asks is not None:
                parts = (self.proof(asks, facts, way),)
            case InSegment(segment) if self.outside["segments"] is not None:
                parts = (self.proof(self.outside["segments"](segment), facts, way),)
            case Some(relation, where):
                items: Any = facts.get(relation, ())
                parts = tuple(self.proof(where, one, (*way, relation, place), place) for place, one in enumerate(items))
            case _:
                return self.leaf(node, facts, way, item)
        made = Proof(asked=node, outcome=None, parts=parts, item=item)
        if made.is_leaf:  # a Some without items
            return attrs.evolve(made, outcome=False)
        return attrs.evolve(made, outcome=made.judged(lambda leaf: leaf.outcome))

    def leaf(self, node: Expression, facts: Facts, way: Way, item: int | None) -> Proof:
        (is_true, is_false), read, flips = self.known(node)
        made = Proof(
            asked=node,
            outcome=True if is_true(facts) else False if is_false(facts) else None,
            parts=self.states(node, facts, way) if isinstance(node, Lasting) else (),
            item=item,
        )
        if not self.shows_values:
            return made
        return attrs.evolve(
            made,
            values=None if read is None else tuple(read(facts)),
            source=self.source(node, way),
            flips_at=flips.next(facts, self.now, three_valued=True),
        )

    def known(self, node: Expression) -> tuple[Judges, Any, Any]:
        """Return what tells of a leaf: worked out once for all items."""
        if id(node) not in self._known:
            plain = resolved(node, self.now, **self.outside)
            flips = flips_of(node, **self.outside)
            self._known[id(node)] = node, judges(plain), _reading(plain), flips
        return self._known[id(node)][1:]

    def states(self, node: Lasting, facts: Facts, way: Way) -> tuple[Proof, ...]:
        """Return the proof about the newest state in which it was not so; none where there is none that counts."""
        since: Any = resolved(node, self.now, **self.outside)
        past: Any = facts.get(PAST, ())
        for state in (facts, *(one for one in past if one[UNTIL][0] > since.span)):
            proof = self.proof(node.where, state, way)
            if proof.outcome is not True:
                return (proof,)
        return ()

    def source(self, node: Expression, way: Way) -> str | None:
        if self.sources is None:
            return None
        keys = [_key_of(node)] if not isinstance(node, Near) else [node.latitude, node.longitude]
        told = [self.sources((*way, key)) for key in keys if key]
        return ", ".join(dict.fromkeys(one for one in told if one)) or None


def _reading(plain: Expression) -> Callable[[Facts], Iterable[Scalar]] | None:
    """Return what reads the values that a leaf sees; None of one that sees none."""
    term = term_of(plain)
    match plain:
        case Near(latitude=latitude, longitude=longitude):
            return lambda facts: (*facts.get(latitude, ()), *facts.get(longitude, ()))
        case Sample():
            return values_of("id")
        case Lasting():
            return values_of(BEGAN)
        case _ if term is None:
            return None
        case _:
            where = term.where if isinstance(term, Aggregate) else None
            return values_of(term, None if where is None else judges(where))


def _key_of(node: Expression) -> str | None:
    match term_of(node):
        case str() as key:
            return key
        case Aggregate() as term:
            return term.relation
        case _:
            return None


def _lines(proof: Proof, indent: str) -> Iterator[str]:
    outcome = {True: "true", False: "false", None: "unknown"}[proof.outcome]
    item = "" if proof.item is None else f"item {proof.item + 1}: "
    yield f"{indent}{outcome:9}{item}{_said(proof)}"
    shown = list(proof.parts)
    if (decided_by := proof.decided_by) is not None:
        shown = [decided_by]
    elif isinstance(proof.asked, Some):
        shown = shown[:_SHOWN_ITEMS]
    for part in shown:
        yield from _lines(part, indent + "  ")
    if len(shown) < len(proof.parts):
        yield f"{indent}  and {len(proof.parts) - len(shown)} more"


def _said(proof: Proof) -> str:
    """Return one line about a node and what it saw."""
    match proof.asked:
        case And():
            return "all of these:"
        case Or():
            return "any of these:"
        case Not():
            return "not:"
        case Some(relation, _) if proof.parts:
            return f"some of {relation}:"
        case InSegment(segment):
            return f"in segment {segment}:"
    from crmcore.query.text import printed  # a parser, of which only those who read proofs have need

    line = printed(proof.asked)
    if proof.values is not None:
        seen = ", ".join(repr(value)[:_SHOWN_LETTERS] for value in islice(proof.values, _SHOWN_VALUES))
        more = "" if len(proof.values) <= _SHOWN_VALUES else f" and {len(proof.values) - _SHOWN_VALUES} more"
        line += f": saw {seen or 'nothing'}{more}"
    if proof.source:
        line += f" ({proof.source})"
    if proof.flips_at is not None:
        line += f"; changes at {proof.flips_at.isoformat()}"
    return line
