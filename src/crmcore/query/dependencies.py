"""What an answer depends on, and which answers a change can touch.

Places in a record are told as paths: "city" is a field, "skills" a relation (which items there are, and how many),
"skills.level" a field of its items, "jobs.projects.hours" one of theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.hygiene.folding import fold
from crmcore.query._folding import check_limits, parts_of, term_of
from crmcore.query.resolving import is_timed
from crmcore.query.rows import BEGAN, PAST, UNTIL
from crmcore.query.tree import (
    Aggregate,
    And,
    Compare,
    Expression,
    In,
    InSegment,
    Lasting,
    Match,
    Near,
    Not,
    Op,
    Or,
    Sample,
    Scored,
    Some,
    TextMatch,
    Words,
)
from crmcore.query.types import ACTIVITY
from crmcore.query.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Facts, Subject

__all__ = ["Change", "Dependencies", "DependencyIndex", "change_between", "dependencies"]


@attrs.frozen(kw_only=True)
class Dependencies:
    """What an expression's answer depends on.

    Attributes:
        fields: of the record itself; the words that it is searched by are "~words".
        relations: path of a relation -> the fields of its items that matter; none where only their number does.
        kinds: the names of the subjects of these relations.
        event_types: the types of events that matter; None for any. Empty where the activity is not asked for.
        segments: keys of the segments that are asked for and not yet put in.
        places, scorers: names of what lies outside and is asked for.
        on_time: whether the answer may change while nothing is changed.
        on_history: whether earlier states of the record matter.

    """

    fields: frozenset[str] = frozenset()
    relations: Mapping[str, frozenset[str]] = attrs.field(factory=dict)
    kinds: frozenset[str] = frozenset()
    event_types: frozenset[str] | None = frozenset()
    segments: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    scorers: frozenset[str] = frozenset()
    on_time: bool = False
    on_history: bool = False

    @property
    def on_everything(self) -> bool:
        """Whether all of the record may matter, as scoring functions see it whole."""
        return bool(self.scorers)

    def paths(self) -> frozenset[str]:
        """Return the path of every field and relation that matters, of the activity only its fields."""
        found = set(self.fields) | (set(self.relations) - {ACTIVITY})
        for relation, fields in self.relations.items():
            found |= {f"{relation}.{field}" for field in fields}
        return frozenset(found)


def dependencies(expression: Expression, subject: Subject | None = None) -> Dependencies:
    """Return what the answer of a checked expression depends on; *subject* tells the kinds of related records.

    >>> from crmcore.query import F
    >>> found = dependencies((F.city == "Utrecht") & ~F.activity("email.sent").within(days=90).exists())
    >>> sorted(found.fields), sorted(found.event_types), found.on_time
    (['city'], ['email.sent'], True)
    """
    check_limits(expression)
    walk = _Walk()
    walk.go(expression, "", subject)
    relations = {path: frozenset(fields) for path, fields in sorted(walk.relations.items())}
    return Dependencies(
        fields=frozenset(relations.pop("", ())),
        relations=relations,
        kinds=frozenset(walk.kinds),
        event_types=None if walk.any_event else frozenset(walk.event_types),
        segments=frozenset(walk.segments),
        places=frozenset(walk.places),
        scorers=frozenset(walk.scorers),
        on_time=walk.on_time,
        on_history=walk.on_history,
    )


class _Walk:
    """Gathers what the nodes of an expression depend on."""

    def __init__(self) -> None:
        self.relations: dict[str, set[str]] = {}
        self.kinds: set[str] = set()
        self.event_types: set[str] = set()
        self.segments: set[str] = set()
        self.places: set[str] = set()
        self.scorers: set[str] = set()
        self.any_event = self.on_time = self.on_history = False

    def go(self, node: Expression, path: str, subject: Subject | None) -> None:
        """Gather from a node that asks about what *path* leads to: "" for the record, else a relation."""
        self.on_time |= is_timed(node)
        match node:
            case Some(relation, where):
                self.enter(relation, where, path, subject)
                return
            case InSegment(segment, asks=None):
                self.segments.add(segment)
            case Lasting():
                self.on_history = True
                self.ask(path, BEGAN)
            case Near():
                self.ask(path, node.latitude, node.longitude)
                if isinstance(node.of, str):
                    self.places.add(node.of)
            case Sample():
                self.ask(path, "id")
            case Words():
                self.ask(path, WORDS)
            case _:
                self.term(node, path, subject)
        if term_of(node) is None:
            for part in parts_of(node):
                self.go(part, path, subject)

    def term(self, node: Expression, path: str, subject: Subject | None) -> None:
        match term_of(node):
            case str() as key:
                self.ask(path, key)
            case Scored(function):
                self.scorers.add(function)
            case Aggregate() as term:
                inner = self.enter(term.relation, And(()) if term.where is None else term.where, path, subject)
                self.ask(inner, *(field for field in (term.field, term.by) if field))
            case _:
                return

    def enter(self, relation: str, where: Expression, path: str, subject: Subject | None) -> str:
        """Gather from what is asked of the items of a relation; return the path to them."""
        inner = f"{path}.{relation}" if path else relation
        self.ask(inner)
        items = None if subject is None else subject.relations.get(relation)
        if items is not None:
            self.kinds.add(items.name)
        if relation == ACTIVITY:
            types = None if path else _types(where)  # of others' activity nobody tells the types
            self.any_event |= types is None
            self.event_types |= types or set()
        self.go(where, inner, items)
        return inner

    def ask(self, path: str, *fields: str) -> None:
        self.relations.setdefault(path, set()).update(fields)


def _types(where: Expression) -> frozenset[str] | None:
    """Return the types of events of which the condition is not certainly false; None for any.

    An event has one type, of small letters: folding leaves it as it is.
    """
    match where:
        case Compare("type", Op.EQ, str() as one):
            return frozenset({one})
        case Compare("type", Op.IS, str() as one) | Match("type", TextMatch.IS, one):
            return frozenset({fold(one)})
        case In("type", values):
            return frozenset(map(fold, values) if where.folds else values)
        case And():
            told = [types for types in map(_types, where.parts) if types is not None]
            return min(told, key=len) if told else None
        case Or():
            several = [_types(part) for part in where.parts]
            return None if None in several else frozenset().union(*(types for types in several if types is not None))
        case Not(Not(part)):
            return _types(part)
        case _:
            return None


@attrs.frozen(kw_only=True)
class Change:
    """What a change touched: paths of fields and relations, types of the events that were added, segments gone into.

    A relation's path says that items came, went or changed otherwise than in the fields that are told beside it.
    """

    paths: frozenset[str] = frozenset()
    event_types: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()


class DependencyIndex:
    """Which expressions a change can touch: told from the change, without looking at the others.

    >>> from crmcore.query import F
    >>> index = DependencyIndex()
    >>> index.add("here", dependencies(F.city == "Utrecht"))
    >>> index.add("able", dependencies(F.skills.any(name="python")))
    >>> sorted(index.affected({"city", "phone"})), sorted(index.affected({"skills.level"}))
    (['here'], [])
    """

    def __init__(self) -> None:
        self._kept: dict[str, Dependencies] = {}
        self._by: dict[tuple[str, str], set[str]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        return key in self._kept

    def __getitem__(self, key: str) -> Dependencies:
        return self._kept[key]

    def add(self, key: str, depends_on: Dependencies) -> None:
        """Keep what an expression depends on; another one of that key is replaced."""
        self.remove(key)
        self._kept[key] = depends_on
        for entry in _entries(depends_on):
            self._by.setdefault(entry, set()).add(key)

    def remove(self, key: str) -> None:
        """Forget an expression; one that is not there is forgotten already."""
        if (kept := self._kept.pop(key, None)) is None:
            return
        for entry in _entries(kept):
            keys = self._by[entry]
            keys.discard(key)
            if not keys:
                del self._by[entry]

    def affected(
        self,
        paths: AbstractSet[str] = frozenset(),
        *,
        event_types: AbstractSet[str] = frozenset(),
        segments: AbstractSet[str] = frozenset(),
    ) -> frozenset[str]:
        """Return the keys of the expressions whose answers a change can touch.

        Args:
            paths: of the fields and relations that changed; a relation's stands for all its fields.
            event_types: types of events about the record that were added.
            segments: the segments that the record entered or left.

        """
        entries = [("path", path) for path in paths]
        entries += [("under", path) for path in paths]
        entries += [("event", type_) for type_ in event_types]
        entries += [("segment", segment) for segment in segments]
        if event_types:
            entries.append(("event", ""))
        if paths or event_types:
            entries.append(("all", ""))
        return frozenset().union(*(self._by.get(entry, ()) for entry in entries))


def _entries(depends_on: Dependencies) -> Iterator[tuple[str, str]]:
    """Yield under what an expression is found."""
    for path in depends_on.paths():
        yield "path", path
    for relation in depends_on.relations:
        steps = relation.split(".")
        for end in range(1, len(steps) + 1):  # a relation that changed changes what lies beneath it
            yield "under", ".".join(steps[:end])
    for type_ in [""] if depends_on.event_types is None else depends_on.event_types:
        yield "event", type_
    for segment in depends_on.segments:
        yield "segment", segment
    if depends_on.on_history:
        yield "path", PAST
    if depends_on.on_everything:
        yield "all", ""


def change_between(old: Facts, new: Facts) -> Change:
    """Return what differs between two states of a record's facts.

    The old state's becoming the newest one of the history is no change of its own: what it says is told by its fields.

    >>> sorted(change_between({"city": ("Delft",), "skills": ({"level": (3,)},)}, {"skills": ({"level": (4,)},)}).paths)
    ['city', 'skills.level']
    """
    paths: set[str] = set()
    events: frozenset[str] | None = frozenset()
    for key in old.keys() | new.keys():
        before, after = old.get(key, ()), new.get(key, ())
        if before == after or (key == PAST and _went_on(old, new)):
            continue
        if key == PAST:
            paths.add(PAST)
            continue
        if key == ACTIVITY and (events := _added(before, after)) is not None:
            continue
        paths |= _differences(key, before, after)
    return Change(paths=frozenset(paths), event_types=events or frozenset())


def _differences(path: str, before: Any, after: Any) -> set[str]:
    """Return the paths that differ: of items that stay as many, only their fields."""
    if not _are_items(before) or not _are_items(after) or len(before) != len(after):
        return {path}
    found: set[str] = set()
    for one, other in zip(before, after, strict=True):
        for key in one.keys() | other.keys():
            if (was := one.get(key, ())) != (now := other.get(key, ())):
                found |= _differences(f"{path}.{key}", was, now)
    return found


def _are_items(values: Any) -> bool:
    return bool(values) and not isinstance(values[0], (str, int, float))


def _added(before: Any, after: Any) -> frozenset[str] | None:
    """Return the types of the events that were added to those before; None where it is otherwise."""
    rest = list(after)
    for event in before:
        if event not in rest:
            return None
        rest.remove(event)
    types = [event.get("type", ()) for event in rest]
    return frozenset(known[0] for known in types) if all(len(known) == 1 for known in types) else None


def _went_on(old: Facts, new: Facts) -> bool:
    """Say whether the history is the old one, with the old state before it."""
    now: Any = new.get(PAST, ())
    past: Any = old.get(PAST, ())
    return len(now) == len(past) + 1 and tuple(now[1:]) == tuple(past) and _state(now[0]) == _state(old)


def _state(facts: Facts) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key not in {PAST, UNTIL, BEGAN} and value}
