"""Uniting entries with the same key: nothing that one of them knows is lost to an empty place in another."""

from collections.abc import Iterable
from typing import Any, TypeVar

from crmcore.model.channels import Channel, merged, with_primary
from crmcore.model.record import Value

__all__ = ["channels", "contradicts", "filled", "with_primary"]

C = TypeVar("C", bound=Channel)
V = TypeVar("V", bound=Value)

TOGETHER: tuple[tuple[str, ...], ...] = (("since", "until", "is_inactive"), ("started", "ended", "is_current"))
"""Parts that are only true together: half of a period from each of two sources would be a third one."""

WORDINGS = frozenset({"raw", "name", "company", "institution", "normal", "company_normal"})
"""Parts in which entries with the same key may differ without contradicting each other."""

EMPTY = (None, "", (), False)


def channels(several: Iterable[C]) -> tuple[C, ...]:
    """Unite channels by their keys; of each, the more restrictive state and the latest verification stay.

    Which of them is primary is not decided here.
    """
    together: dict[str, C] = {}
    for channel in several:
        known = together.get(channel.key)
        together[channel.key] = channel if known is None else merged(known, channel)
    return tuple(together.values())


def filled(first: V, others: Iterable[V]) -> V:
    """Fill what *first* leaves open from the others, in their order."""
    for other in others:
        known = {part: value for unit in _units(first) for part, value in _offer(first, other, unit)}
        first = first.evolve(**known) if known else first
    return first


def contradicts(one: Value, other: Value) -> bool:
    """Whether both know a part and say different things of it."""
    return any(
        theirs not in EMPTY and ours not in EMPTY and theirs != ours
        for (part, theirs), (_, ours) in zip(one, other, strict=True)
        if part not in WORDINGS
    )


def _units(value: Value) -> list[tuple[str, ...]]:
    fields = set(type(value).model_fields)
    together = [unit for unit in TOGETHER if fields.issuperset(unit)]
    alone = [field for field in type(value).model_fields if all(field not in unit for unit in together)]
    return [*together, *((field,) for field in alone)]


def _offer(first: Value, other: Value, unit: tuple[str, ...]) -> Iterable[tuple[str, Any]]:
    """Yield the parts of the unit from *other*, where *first* knows none of them."""
    if all(getattr(first, part) in EMPTY for part in unit):
        yield from ((part, getattr(other, part)) for part in unit if getattr(other, part) not in EMPTY)
