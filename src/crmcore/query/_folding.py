"""Bottom-up walks without recursion, and the limits that keep a hostile expression cheap.

A compiler hands in what to do at one node, given what came out for its parts; nothing else in the room walks a tree.
The limits are checked on the way down, before anything is done: a shared part counts as often as it is reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from crmcore._messages import kind_of
from crmcore.errors import InputError
from crmcore.query.tree import (
    MAX_NODES,
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.query.tree import Term

__all__ = [
    "MAX_CHARACTERS",
    "MAX_DEPTH",
    "MAX_NODES",
    "MAX_VALUES",
    "MAX_VALUES_TOGETHER",
    "check_limits",
    "fold",
    "folded",
    "nodes_of",
    "parts_of",
    "rebuilt",
    "segments_in",
    "term_of",
]

MAX_DEPTH = 100
"""Nodes from the root to the deepest leaf, both counted."""
MAX_VALUES = 100_000
"""Values of one In."""
MAX_VALUES_TOGETHER = 250_000
"""Values of all the Ins of one expression."""
MAX_CHARACTERS = 10_000_000
"""Characters of all texts of one expression, keys of fields included."""

T = TypeVar("T")
R = TypeVar("R")


def fold(root: T, *, parts_of: Callable[[T], Sequence[T]], at: Callable[[T, tuple[R, ...]], R]) -> R:
    """Return what *at* makes of the root, given what it made of the parts, and so on down to the leaves.

    Raises:
        InputError: the tree has too many nodes or is too deep.

    """
    results: list[R] = []
    for node, arity in _leaves_first(root, parts_of):
        first = len(results) - arity
        parts = tuple(results[first:])
        del results[first:]
        results.append(at(node, parts))
    return results[0]


def _leaves_first(root: T, parts_of: Callable[[T], Sequence[T]]) -> Iterator[tuple[T, int]]:
    """Yield each node after its parts, with their number; the whole tree is measured before the first."""
    order: list[tuple[T, int]] = []
    seen, todo = 1, [(root, 1)]
    while todo:
        node, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise InputError(f"the expression nests deeper than {MAX_DEPTH}; join parts of one kind side by side")
        parts = parts_of(node)
        seen += len(parts)
        if seen > MAX_NODES:
            raise InputError(
                f"the expression has more than {MAX_NODES:,} nodes; ask for a list of values with in_([...])"
            )
        order.append((node, len(parts)))
        todo.extend((part, depth + 1) for part in parts)
    return reversed(order)  # a node, then its last part first: turned round, the parts in order and then the node


def term_of(node: Expression) -> Term | None:
    """Return what a leaf asks about; None of a node that asks about no term."""
    match node:
        case Compare() | Between() | In() | Missing() | Match() | Recurs():
            return node.field
        case _:
            return None


def parts_of(node: Expression) -> Sequence[Expression]:
    """Return the expressions right inside a node, that of an aggregate included; refuse what is no node."""
    match node:
        case And() | Or():
            return node.parts
        case Not():
            return (node.part,)
        case Some() | Lasting():
            return (node.where,)
        case Compare() | Between() | In() | Missing() | Match() | Recurs():
            term = node.field
            return (term.where,) if isinstance(term, Aggregate) and term.where is not None else ()
        case InSegment():
            return () if node.asks is None else (node.asks,)
        case Near() | Sample() | Words():
            return ()
        case _:
            raise InputError(f"where an expression should stand there is one of class {node.__class__.__name__}")


def rebuilt(node: Expression, parts: Sequence[Expression]) -> Expression:
    """Return the node with other expressions inside, as many as :func:`parts_of` gives."""
    match node:
        case And():
            return And(parts)
        case Or():
            return Or(parts)
        case Not():
            return Not(*parts)
        case Some() | Lasting():
            return attrs.evolve(node, where=parts[0])
        case InSegment() if parts:
            return attrs.evolve(node, asks=parts[0])
        case Compare() | Between() | In() | Missing() | Match() | Recurs() if (
            isinstance(node.field, Aggregate) and parts
        ):
            return attrs.evolve(node, field=attrs.evolve(node.field, where=parts[0]))
        case _:
            return node


class _Budget:
    """What one expression may still hold of values and characters while it is measured."""

    def __init__(self) -> None:
        self.values = MAX_VALUES_TOGETHER
        self.characters = MAX_CHARACTERS

    def parts_of(self, node: Expression) -> Sequence[Expression]:
        """Return the parts of a node; refuse what is no node, and too much in too many."""
        parts = parts_of(node)
        match node:
            case In(_, values):
                if len(values) > MAX_VALUES:
                    raise InputError(f"field {_shown(node.field)}: a list of more than {MAX_VALUES:,} values")
                self.values -= len(values)
                self.spend(values)
            case Compare():
                self.spend((node.value,))
            case Between():
                self.spend((node.first, node.last))
            case Match() | Words():
                self.spend((node.text,))
            case Sample():
                self.spend((node.salt,))
            case Near():
                self.spend((node.of, node.latitude, node.longitude))
            case Some():
                self.spend((node.relation,))
            case InSegment():
                self.spend((node.segment,))
            case _:
                pass
        if (term := term_of(node)) is not None:
            self.spend(_texts_of(term))
        if self.values < 0:
            raise InputError(f"the expression lists more than {MAX_VALUES_TOGETHER:,} values in all")
        if self.characters < 0:
            raise InputError(f"the texts of the expression take more than {MAX_CHARACTERS:,} characters in all")
        return parts

    def spend(self, values: Sequence[object]) -> None:
        """Take the texts among the values off the budget."""
        self.characters -= sum(len(value) for value in values if isinstance(value, str))


def _texts_of(term: Term) -> tuple[str, ...]:
    match term:
        case str():
            return (term,)
        case Aggregate():
            return term.relation, term.field, term.by
        case Scored():
            return term.function, term.to
        case _:
            raise InputError(f"the key of a field is a text, not {kind_of(term)}")


def _shown(field: object) -> str:
    return repr(str(field)[:80])


def folded(expression: Expression, at: Callable[[Expression, tuple[R, ...]], R]) -> R:
    """Fold an expression, within all the limits."""
    return fold(expression, parts_of=_Budget().parts_of, at=at)


def check_limits(expression: Expression) -> None:
    """Refuse an expression that is beyond a limit, and so any that could not be walked by recursion."""
    _leaves_first(expression, _Budget().parts_of)


def nodes_of(expression: Expression) -> Iterator[Expression]:
    """Yield every node, parts before what is made of them, within all the limits."""
    return (node for node, _ in _leaves_first(expression, _Budget().parts_of))


def segments_in(expression: Expression) -> list[str]:
    """Return the keys of the segments that it asks for, in the order of :func:`nodes_of`, each once."""
    return list(dict.fromkeys(node.segment for node in nodes_of(expression) if isinstance(node, InSegment)))
