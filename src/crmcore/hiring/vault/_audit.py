"""What follows by linear algebra from counts that were told.

People who are in the same groups are an *atom*. The unknowns are how many of each atom gave each option; known are the
size of each atom, and for each group and each option that was told the sum over its atoms. A count follows where its
row is a combination of the known rows. That is worked out exactly, in the integers modulo a prime: a rank can only be
too small by that, and two primes would have to fail for the same rows, which no count of people brings about by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmcore.hiring.vault.suppression import NOT_TOLD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Row = NDArray[np.int64]

__all__ = ["follows"]

PRIME = 2_147_483_629
"""The products of two residues fit into 64 bits."""


def follows(
    groups: Sequence[tuple[frozenset[str], frozenset[str]]],
    *,
    options: Sequence[str],
    threshold: int,
    values: Mapping[str, str],
) -> bool:
    """Say whether a withheld count, or a small count of an atom, follows from what was told.

    Args:
        groups: who is in each, and which options were told of it.
        options: all that can be answered.
        threshold: counts under it are small; so is any count of an atom of fewer people.
        values: version -> option, of those whose answers are at hand; of others only the size of their atom is looked
            at.

    """
    atoms = _atoms([members for members, _ in groups])
    place = {option: at for at, option in enumerate(options)}
    width = len(atoms) * len(options)
    known = [_row(width, [atom * len(options) + at for at in place.values()]) for atom in range(len(atoms))]
    withheld: list[Row] = []
    for number, (_, told) in enumerate(groups):
        within = [atom for atom, (inside, _) in enumerate(atoms) if number in inside]
        for option, at in place.items():
            row = _row(width, [atom * len(options) + at for atom in within])
            (known if option in told else withheld).append(row)
    for atom, (_, members) in enumerate(atoms):
        counted = {option: sum(values.get(each) == option for each in members) for option in options}
        is_at_hand = all(each in values for each in members)
        withheld += [
            _row(width, [atom * len(options) + at])
            for option, at in place.items()
            if len(members) < threshold or (is_at_hand and option != NOT_TOLD and counted[option] < threshold)
        ]
    return bool(withheld) and _spans(np.array(known), np.array(withheld))


def _atoms(groups: Sequence[frozenset[str]]) -> list[tuple[frozenset[int], list[str]]]:
    """Return who is in the same groups, with these groups."""
    found: dict[frozenset[int], list[str]] = {}
    inside: dict[str, set[int]] = {}
    for number, members in enumerate(groups):
        for member in members:
            inside.setdefault(member, set()).add(number)
    for member, numbers in inside.items():
        found.setdefault(frozenset(numbers), []).append(member)
    return list(found.items())


def _row(width: int, places: Sequence[int]) -> Row:
    row = np.zeros(width, dtype=np.int64)
    row[list(places)] = 1
    return row


def _spans(known: Row, wanted: Row) -> bool:
    """Say whether any of the wanted rows is a combination of the known ones."""
    rest = np.vstack([known, wanted]) % PRIME
    count = len(known)
    done = 0
    for column in range(rest.shape[1]):
        hits = np.flatnonzero(rest[done:count, column])
        if not hits.size:
            continue
        pivot = done + int(hits[0])
        rest[[done, pivot]] = rest[[pivot, done]]
        rest[done] = rest[done] * pow(int(rest[done, column]), -1, PRIME) % PRIME
        below = np.flatnonzero(rest[done + 1 :, column]) + done + 1
        factors = rest[below, column]
        rest[below] = (rest[below] - factors[:, None] * rest[done] % PRIME) % PRIME
        done += 1
        if done == count:
            break
    return bool((~rest[count:].any(axis=1)).any())
