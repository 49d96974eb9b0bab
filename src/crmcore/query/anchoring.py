"""What a question finds candidates by without judging anybody: values of which a selected record has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from crmcore.query._folding import folded
from crmcore.query.tree import And, Compare, Expression, In, InSegment, Lasting, Op, Or
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Facts, Scalar

__all__ = ["AnchorValues", "anchor_of", "is_anchored", "is_ruled_out"]

AnchorValues: TypeAlias = Mapping[str, "frozenset[Scalar]"]
"""Field -> values. A record without any of them in its field is not selected, whenever one asks."""
BROAD = frozenset({FieldType.DATE, FieldType.ANY})
"""Types of which other values may be equal: a day lies within its month, and 1 is no text."""


def anchor_of(question: Expression, *, fields: AbstractSet[str] | None = None) -> AnchorValues | None:
    """Return the fewest values that the question is known to hang on; None where it may select by anything.

    Args:
        question: checked.
        fields: those that values may be of; all by default.

    >>> from crmcore.query import F
    >>> anchor_of((F.city == "Utrecht") & (F.level >= 4) & F.owner.in_(["u1", "u2"]))
    {'city': frozenset({'Utrecht'})}
    >>> anchor_of((F.city == "Utrecht") | (F.owner == "u1"))
    {'city': frozenset({'Utrecht'}), 'owner': frozenset({'u1'})}
    >>> anchor_of((F.city == "Utrecht") | (F.level >= 4)), anchor_of(~(F.city == "Utrecht"))
    (None, None)
    """

    def at(node: Expression, parts: tuple[AnchorValues | None, ...]) -> AnchorValues | None:
        match node:
            case Compare(str() as field, Op.EQ, value) if node.type not in BROAD:
                return held(field, (value,))
            case In(str() as field, values, folds=False) if node.type not in BROAD:
                return held(field, values)
            case And():
                known = [part for part in parts if part is not None]
                return min(known, key=_size) if known else None
            case Or():
                return _either(parts)
            case Lasting() | InSegment() if parts:  # what has been so for long is so
                return parts[0]
            case _:
                return None

    def held(field: str, values: Sequence[object]) -> AnchorValues | None:
        plain = [one for one in values if isinstance(one, str | int | float)]
        is_plain = len(plain) == len(values) and (fields is None or field in fields)
        return {field: frozenset(plain)} if is_plain else None

    return folded(question, at)


def _either(parts: Iterable[AnchorValues | None]) -> AnchorValues | None:
    found: dict[str, frozenset[Scalar]] = {}
    for part in parts:
        if part is None:
            return None
        for field, values in part.items():
            found[field] = found.get(field, frozenset()) | values
    return found


def _size(anchor: AnchorValues) -> int:
    return sum(map(len, anchor.values()))


def is_anchored(anchor: AnchorValues | None, states: Iterable[Facts]) -> bool:
    """Say whether a record may be selected in one of its states, or may have been.

    >>> is_anchored({"city": frozenset({"Utrecht"})}, [{"city": ("Delft",)}, {"city": ("Delft", "Utrecht")}])
    True
    """
    return anchor is None or any(
        not values.isdisjoint(facts.get(field, ())) for facts in states for field, values in anchor.items()
    )


def is_ruled_out(anchor: AnchorValues | None, facts: Facts) -> bool:
    """Say whether the question is certainly false of the facts, by their values alone; where they have none, it is not.

    >>> is_ruled_out({"city": frozenset({"Utrecht"})}, {"city": ("Delft",)}), is_ruled_out({"city": frozenset()}, {})
    (True, False)
    """
    return anchor is not None and all(
        bool(known := facts.get(field, ())) and values.isdisjoint(known) for field, values in anchor.items()
    )
