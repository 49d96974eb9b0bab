"""What whoever asks may not see, by whatever way a question comes to it.

A key that is handed in names a place from where one asks; what it hides is a field or a relation of a *subject*, and
that stays hidden on every other way there: over another record and back, and under the other name that the same value
has as a field of the record and as one of an item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from crmcore.query.types import Subject

__all__ = ["Unseen", "unseen"]

Unseen: TypeAlias = "AbstractSet[tuple[str, str]]"
"""The name of a subject, and the key of a field or a relation of it."""


def unseen(hidden: AbstractSet[str], subject: Subject) -> Unseen:
    """Return what some keys hide, as seen from a subject; a key of nothing hides nothing that could be asked for.

    Raises:
        InputError: one text, whose letters would hide nothing, or what is no text.

    """
    given: object = hidden  # a text is none, and yet it has members that are texts
    if isinstance(given, str) or not all(isinstance(key, str) for key in hidden):
        raise InputError("the keys of what is hidden are a set of texts, such as {'salary_minimum'}")
    return frozenset(place for key in hidden for place in _places(key, subject))


def _places(path: str, about: Subject) -> Iterator[tuple[str, str]]:
    owner, relation, key = about, "", path
    while key not in about.fields and key not in about.relations:  # the key of a custom field has a dot in it
        head, dot, rest = key.partition(".")
        if not dot or head not in about.relations:
            break
        owner, relation, about, key = about, head, about.relations[head], rest
    yield about.name, key
    inner, _, field = about.same.get(key, "").partition(".")
    if inner in about.relations:
        yield about.relations[inner].name, field
    below = f"{relation}.{key}"
    yield from ((owner.name, flat) for flat, item in owner.same.items() if item == below)
    yield from ((about.name, flat) for flat, item in about.same.items() if item.startswith(f"{key}."))
