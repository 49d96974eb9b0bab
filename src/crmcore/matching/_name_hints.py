"""Names that an address holds, for rows that lack them: nicole.becker@ is Nicole where only Becker is written.

An address is a hint, not a name: it fills what is missing or only an initial, and only where it fits what is written.
The surname, or the initial, has to stand in it, so that the mailbox of another person adds nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["given_name_in", "names_in"]

_WORD = re.compile(r"[a-z]+")
SHORTEST = 3
"""Letters of a name that is looked for inside a word."""


def given_name_in(handle: str, *, initial: str | None, family: str | None, lean: Callable[[str], float]) -> str | None:
    """Return the given name that a mailbox or profile holds, or None where it does not tell.

    Args:
        handle: the local part of an address, or the name of a profile, folded.
        initial: the first letter of the given name, if that is known.
        family: the family name, if it is known.
        lean: from a word to the log odds that it is a given rather than a family name.

    >>> known = {"nicole": 3.0, "becker": -3.0}
    >>> lean = lambda word: known.get(word, 0.0)
    >>> given_name_in("nicole.becker12", initial=None, family="becker", lean=lean)
    'nicole'
    >>> given_name_in("beckern", initial=None, family="becker", lean=lean)
    'n'
    >>> given_name_in("nicole.h", initial="n", family="becker", lean=lean)
    'nicole'
    >>> given_name_in("nicole.h", initial=None, family="becker", lean=lean) is None
    True
    """
    words = _WORD.findall(handle)
    names = [part for part in (family or "").split() if len(part) >= SHORTEST]
    rest = [left for word in words for left in _without(word, names)]
    if initial is not None:
        rest = [word for word in rest if word[0] == initial and len(word) > 1]
    elif rest == words:  # the family name is not in it
        return None
    given = [word for word in rest if lean(word) > 0]
    if given:
        return given[0]
    return rest[0] if initial is None and len(rest) == 1 and len(rest[0]) == 1 else None


def names_in(handle: str, *, lean: Callable[[str], float]) -> tuple[str, str] | None:
    """Return the given and the family name of a handle that is made of both, each known as what it is.

    >>> names_in("becker_nicole", lean={"nicole": 3.0, "becker": -3.0}.__getitem__)
    ('nicole', 'becker')
    """
    words = _WORD.findall(handle)
    if len(words) != 2:
        return None
    first, last = sorted(words, key=lean, reverse=True)
    return (first, last) if lean(first) > 0 > lean(last) else None


def _without(word: str, names: Sequence[str]) -> list[str]:
    """Take a known name off the beginning or the end of a word; nothing is left of the name itself."""
    for name in names:
        if word == name:
            return []
        if word.endswith(name):
            return [word[: -len(name)]]
        if word.startswith(name):
            return [word[len(name) :]]
    return [word]
