"""Where two states of a record differ, value by value, and how a difference is carried over to a third state.

A value has a path, as in `ContactRecord.values`: a field such as ``salary``; a part of a name or an entry of a mapping
such as ``name.family`` or ``custom.shoe_size``; an item of a collection under its key, such as
``emails/ada@example.org``. A collection whose items have no keys, or not each its own, is one value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from crmcore.model.names import PersonName
from crmcore.model.provenance import Provenance, united
from crmcore.model.record import Record, Value
from crmcore.model.scalars import label_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Difference", "carried", "clashes", "differences", "is_empty", "parts"]

R = TypeVar("R", bound=Record)

PROVENANCE = "provenance"
UNTOLD = frozenset({"id", "version", PROVENANCE})
"""What is no value of its own: provenance goes with the values that it speaks of."""


@attrs.frozen
class Difference:
    """One value that is not the same in two states; None stands for no value."""

    path: str
    before: Any
    after: Any


def differences(before: Record | None, after: Record | None) -> tuple[Difference, ...]:
    """Return where two states of a record differ, in the order of the fields; None for a state in which it is not.

    >>> from crmcore.model import ContactRecord
    >>> ada = ContactRecord(id="c1", name=PersonName(given="Ada", family="Byron"), tags=("Poet",))
    >>> now = ada.evolve(name=PersonName(given="Ada", family="Lovelace"), tags=())
    >>> [(one.path, one.before, one.after) for one in differences(ada, now)]
    [('name.family', 'Byron', 'Lovelace'), ('tags/poet', 'Poet', None)]
    >>> [one.path for one in differences(None, ada)]
    ['name.given', 'name.family', 'tags/poet']
    """
    return tuple(
        one
        for field in _fields(before or after)
        for one in _between(field, getattr(before, field, None), getattr(after, field, None))
        if (before and after) or not (is_empty(one.before) and is_empty(one.after))
    )


def clashes(held: Record, before: Record, after: Record) -> tuple[str, ...]:
    """Return the paths at which *held* has neither what *before* has nor what *after* has, of those that differ."""
    found: list[str] = []
    for field in _fields(held):
        now, old, new = getattr(held, field), getattr(before, field), getattr(after, field)
        if old == new or now in (old, new):
            continue
        split = _split(field, now, old, new)
        if split is None:
            found.append(field)
            continue
        differing = [one.path for one in _between(field, old, new)]
        found.extend(path for path in differing if path not in split[0] and path == field)
        found.extend(p for p in differing if p != field and split[0].get(p) not in (split[1].get(p), split[2].get(p)))
    return tuple(found)


def carried(held: R, before: R, after: R) -> R:
    """Return *held* with what is new from *before* to *after*; its values that do not differ between them stay.

    Raises:
        ValueError: what comes together breaks a law of the record; pydantic's, naming the field.

    >>> from crmcore.model import ContactRecord
    >>> before = ContactRecord(id="c1", headline="Poet", tags=("a",))
    >>> after = before.evolve(tags=("a", "b"))
    >>> carried(before.evolve(headline="Analyst", tags=("a", "c")), before, after).tags
    ('a', 'b', 'c')
    """
    changed: dict[str, Any] = {}
    for field in _fields(held):
        now, old, new = getattr(held, field), getattr(before, field), getattr(after, field)
        if old != new:
            changed[field] = new if now in (old, new) else _carried(field, now, old, new)
    if getattr(before, PROVENANCE, None) != getattr(after, PROVENANCE, None):
        changed[PROVENANCE] = _observed(*(getattr(state, PROVENANCE) for state in (held, before, after)))
    return held.evolve(**changed)


def parts(field: str, value: Any) -> Mapping[str, Any] | None:
    """Return the values of a field by path; None where it is one value."""
    match value:
        case PersonName():
            return {f"{field}.{part}": text for part, text in value}
        case dict():
            return {f"{field}.{key}": one for key, one in value.items()}
        case tuple():
            keys = [_key(field, item) for item in value]
            if None in keys or len(set(keys)) < len(keys):
                return None
            return {f"{field}/{key}": item for key, item in zip(keys, value, strict=True)}
    return None


def _fields(record: Record | None) -> Iterator[str]:
    return (field for field in type(record).model_fields if field not in UNTOLD)  # type: ignore[union-attr]


def _key(field: str, item: Any) -> str | None:
    if isinstance(item, str):
        return label_key(item) if field == "tags" else str(item)
    key = getattr(item, "key", None) if isinstance(item, Value) else None
    return key if isinstance(key, str) else None


def _between(field: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    old, new = (({} if value is None else parts(field, value)) for value in (before, after))
    if old is None or new is None or not (old or new):
        yield Difference(field, before, after)
        return
    found = [Difference(p, old.get(p), new.get(p)) for p in {**old, **new} if old.get(p) != new.get(p)]
    yield from found or [Difference(field, before, after)]  # the same items in another order


def _split(field: str, *values: Any) -> Sequence[Mapping[str, Any]] | None:
    """Return the parts of several states of a field; None where one of them is one value, or of another sort."""
    split = [found for value in values if (found := parts(field, value)) is not None]
    return split if len(split) == len(values) and len({type(value) for value in values}) == 1 else None


def _carried(field: str, now: Any, old: Any, new: Any) -> Any:
    split = _split(field, now, old, new)
    if split is None:
        return new
    held, before, after = split
    if isinstance(now, tuple):
        return _placed(held, before, after)
    merged = {path: after.get(path) if before.get(path) != after.get(path) else value for path, value in held.items()}
    merged |= {path: value for path, value in after.items() if path not in held and before.get(path) != value}
    told = {path[len(field) + 1 :]: value for path, value in merged.items() if path in after or path not in before}
    return told if isinstance(now, dict) else type(now).model_validate(told)


def _placed(held: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the items of a collection with the changed ones in their places; a new one follows its neighbour.

    Where two would be primary that never stood together, the one that was there stays so.
    """
    items = {path: value for path, value in held.items() if path in after or path not in before}
    order, last = list(items), -1
    for path, value in after.items():
        if path in items:
            last = order.index(path)
        elif before.get(path) != value:
            last += 1
            order.insert(last, path)
        if before.get(path) != value:
            items[path] = value
    chosen = [path for path in order if getattr(items[path], "is_primary", False)]
    stays = next((path for path in chosen if items[path] is held.get(path)), None)
    for path in chosen if len(chosen) > 1 else ():
        if path != (stays or chosen[0]):
            items[path] = items[path].model_copy(update={"is_primary": False})
    return tuple(items[path] for path in order)


def _observed(
    held: Mapping[str, tuple[Provenance, ...]],
    before: Mapping[str, tuple[Provenance, ...]],
    after: Mapping[str, tuple[Provenance, ...]],
) -> dict[str, tuple[Provenance, ...]]:
    """Return the observations of *held*, with those that were added and without those that were taken away."""
    found = {}
    for path in {**held, **before, **after}:
        now, old, new = held.get(path, ()), before.get(path, ()), after.get(path, ())
        gone = set(old).difference(new)
        found[path] = united(tuple(one for one in now if one not in gone), tuple(set(new).difference(old)))
    return {path: observations for path, observations in found.items() if observations}


def is_empty(value: Any) -> bool:
    """Say whether it is what a field has where nothing is known."""
    return value is None or value is False or value in ("", (), {})
