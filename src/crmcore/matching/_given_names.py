"""Forms of one given name, also where a slip has got into them: Milie is Millie, hence Emily."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

from crmcore.hygiene.nicknames import groups_of, nickname_groups

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["groups_near"]

SHORTEST = 5
"""Letters of a name, written with a slip, that still tell which name is meant."""


def groups_near(name: str) -> frozenset[int]:
    """Return the groups of the forms that an unknown name is one slip away from; the first letter has to be right.

    >>> bool(groups_near("willian") & groups_of("bill")), groups_near("william"), groups_near("wil")
    (True, frozenset(), frozenset())
    """
    if len(name) < SHORTEST or groups_of(name):
        return frozenset()
    shortened = _shortened()
    near = {form for key in _keys(name) for form in shortened.get(key, ())}
    meant = [form for form in near if form[0] == name[0] and OSA.distance(form, name, score_cutoff=1) <= 1]
    return frozenset().union(*map(groups_of, meant))


def _keys(name: str) -> set[str]:
    """Return the name, and the name without each of its letters: two names a slip apart have one of them in common."""
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}


@cache
def _shortened() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for form in sorted(set().union(*nickname_groups())):
        for key in _keys(form) if len(form) >= SHORTEST - 1 else ():
            found[key] = (*found.get(key, ()), form)
    return found
