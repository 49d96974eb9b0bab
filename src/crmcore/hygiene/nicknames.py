"""Which given names the same person goes by: Bob and Robert, Sasha and Aleksandr, Pepe and José."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.folding import fold_words

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["groups_of", "nickname_groups", "same_given_name"]


@cache
def nickname_groups() -> tuple[frozenset[str], ...]:
    """Return the groups of folded forms of a given name, in several languages; a form may be in several groups."""
    return tuple(frozenset(names.split("; ")) for _, names in read_rows("nicknames"))


def groups_of(name: str) -> frozenset[int]:
    """Return the places, in :func:`nickname_groups`, of the groups that hold *name*.

    >>> bool(groups_of("Bob") & groups_of("Robert")), groups_of("Qwertz")
    (True, frozenset())
    """
    return _places().get(fold_words(name), frozenset())


def same_given_name(one: str, other: str) -> bool:
    """Tell whether two given names can be those of one person: equal when folded, or in one group.

    >>> same_given_name("Liz", "Elizabeth"), same_given_name("Саша", "Aleksandr"), same_given_name("Liz", "Robert")
    (True, True, False)
    """
    first, second = fold_words(one), fold_words(other)
    return bool(first) and (first == second or not groups_of(first).isdisjoint(groups_of(second)))


@cache
def _places() -> Mapping[str, frozenset[int]]:
    places: dict[str, set[int]] = {}
    for place, group in enumerate(nickname_groups()):
        for name in group:
            places.setdefault(name, set()).add(place)
    return {name: frozenset(found) for name, found in places.items()}
