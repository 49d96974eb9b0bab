"""What the answer of a question hangs on: which values of the record, which others, which happenings."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

import attrs

from crmcore.query._folding import term_of
from crmcore.query.rows import PAST
from crmcore.query.tree import Aggregate, And, Compare, In, Lasting, Near, Not, Op, Or, Sample, Score, Some, Words
from crmcore.query.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from crmcore.model.field import RelationSpec
    from crmcore.query.tree import Expression

    Types: TypeAlias = "frozenset[str] | None"

__all__ = ["ACTIVITY", "Index", "Reach", "reach"]

ACTIVITY = "activity"
ANYTHING = "*"


@attrs.frozen
class Reach:
    """What can change the answer to one question.

    Attributes:
        keys: fields of the record and relations to its items; "*" for all of them.
        paths: relations to other records, such as ``candidates`` or ``organisations.notes``.
        happenings: path of an activity -> the types of events that count there, None for all.

    """

    keys: frozenset[str]
    paths: frozenset[str]
    happenings: dict[str, frozenset[str] | None]

    @property
    def relations(self) -> frozenset[str]:
        """The paths of all that has to be read beside the record itself."""
        return self.paths | self.happenings.keys()


def reach(expression: Expression, *, link_of: Callable[[str], RelationSpec | None]) -> Reach:
    """Return what the answer hangs on.

    Args:
        expression: checked, no inner segment left.
        link_of: path -> the relation at its end where that leads to other records, else None.

    """
    keys: set[str] = set()
    paths: set[str] = set()
    happenings: dict[str, frozenset[str] | None] = {}

    def into(relation: str, where: Expression | None, way: str, inside: bool) -> None:
        path = f"{way}{relation}"
        if relation == ACTIVITY:
            types = None if where is None else _types(where)
            if path in happenings:
                held = happenings[path]
                types = None if types is None or held is None else types | held
            happenings[path] = types
            return
        if (link := link_of(path)) is not None:
            paths.add(path)
            if not inside:
                keys.add(link.here)
        elif not inside:
            keys.add(relation)
        if where is not None:
            walk(where, way if link is None else f"{path}.", inside=True)

    def walk(node: Expression, way: str, *, inside: bool) -> None:
        if (term := term_of(node)) is not None:
            match term:
                case str() if not inside:
                    keys.add(term)
                case Aggregate():
                    into(term.relation, term.where, way, inside)
                case Score():
                    keys.add(ANYTHING)
                case _:
                    pass
            return
        match node:
            case And() | Or():
                for part in node.parts:
                    walk(part, way, inside=inside)
            case Not():
                walk(node.part, way, inside=inside)
            case Lasting():
                paths.add(f"{way}{PAST}")
                walk(node.where, way, inside=inside)
            case Some():
                into(node.relation, node.where, way, inside)
            case Near() if not inside:
                keys.update((node.latitude, node.longitude))
            case Words() if not inside:
                keys.add(WORDS)
            case Sample():
                keys.add("id")
            case _:
                pass

    walk(expression, "", inside=False)
    return Reach(frozenset(keys), frozenset(paths), happenings)


def _types(where: Expression) -> frozenset[str] | None:
    """Return the types of events for which it can be true; None where it can be of any."""
    match where:
        case Compare("type", Op.EQ, str() as value):
            return frozenset({value})
        case In("type", values):
            return frozenset(map(str, values))
        case And(parts):
            known = [types for part in parts if (types := _types(part)) is not None]
            return frozenset.intersection(*known) if known else None
        case Or(parts) if parts:
            each = [_types(part) for part in parts]
            return None if None in each else frozenset().union(*each)  # type: ignore[arg-type]
        case _:
            return None


class Index:
    """Finds the questions whose answers a change can alter, without looking at the others."""

    def __init__(self, reaches: Iterable[tuple[str, Reach]]) -> None:
        self.all: set[str] = set()
        self._by_key: dict[str, set[str]] = defaultdict(set)
        self._by_path: dict[str, set[str]] = defaultdict(set)
        self._by_type: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, reached in reaches:
            self.all.add(name)
            for key in reached.keys:
                self._by_key[key].add(name)
            for path in reached.paths:
                self._by_path[path].add(name)
            for path, types in reached.happenings.items():
                for type_ in (ANYTHING,) if types is None else types:
                    self._by_type[path, type_].add(name)

    def of_keys(self, keys: Iterable[str]) -> set[str]:
        """Return those that hang on some of these values of the record."""
        return set().union(*(self._by_key.get(key, ()) for key in (*keys, ANYTHING)))

    def of_path(self, path: str) -> set[str]:
        """Return those that hang on the records at that path."""
        return self._by_path.get(path, set())

    def of_event(self, path: str, type: str) -> set[str]:  # noqa: A002 - the field's own name
        """Return those that hang on events of that type."""
        return self._by_type.get((path, type), set()) | self._by_type.get((path, ANYTHING), set())

    def counts(self, type: str) -> bool:  # noqa: A002 - the field's own name
        """Say whether some question hangs on events of that type."""
        return any(asked in {type, ANYTHING} for _, asked in self._by_type)

    def paths(self) -> Iterator[str]:
        """Yield every path that some question hangs on."""
        yield from self._by_path
        yield from {path for path, _ in self._by_type}
