"""What follows by linear algebra from counts that were told.

People who are in the same groups are an *atom*. The unknowns are how many of each atom gave each option; known are the
size of each atom, and for each group and each option that was told the sum over its atoms. A count follows where its
row is a combination of the known rows. That is worked out exactly, in the integers modulo a prime: a rank can only be
too small by that, and two primes would have to fail for the same rows, which no count of people brings about by chance.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hiring.vault.suppression import NOT_TOLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Row = NDArray[np.int64]

__all__ = ["Asked", "combined", "connected", "follows", "parted"]

MOST_TRIED = 3_000
"""Ways to put groups together that are tried for one option; where there are more, it counts as too much."""
MOST_UNKNOWNS = 3_000
"""Of one system of equations; the same."""
PRIME = 2_147_483_629
"""The products of two residues fit into 64 bits."""


@attrs.frozen
class Asked:
    """One group that was asked about: who was in it, and the counts that were told."""

    members: frozenset[str]
    told: Mapping[str, int] = attrs.field(eq=False)


def combined(groups: Sequence[Asked], *, options: Sequence[str], threshold: int, has_sizes: bool = True) -> bool:
    """Say whether taking groups from one that holds them gives a group or a count too small.

    All are taken that have nobody in common; where they have, each choice is tried. It goes on with what is left over,
    and with two groups apart where another one lies across both, until nothing new comes out. Where it is not known how
    many are in a group, nobody can count who is left for the other options.
    """
    atoms = parted([group.members for group in groups])
    sizes = [len(members) for _, members in atoms]
    masks = [
        sum(1 << atom for atom, (inside, _) in enumerate(atoms) if number in inside) for number in range(len(groups))
    ]
    known: dict[str, dict[int, int]] = {}
    for option in options:
        known[option] = {
            mask: group.told[option] for mask, group in zip(masks, groups, strict=True) if option in group.told
        }
        least = 0 if option == NOT_TOLD else threshold
        if not _put_together(known[option], sizes, least_people=threshold, least_count=least):
            return True
    every: set[int] = set().union(*known.values()) if has_sizes else set()
    return any(_leaves_few(each, known, sizes, threshold) for each in every)


def _leaves_few(members: int, known: Mapping[str, Mapping[int, int]], sizes: Sequence[int], threshold: int) -> bool:
    """Say whether so many of a set are known to have given some options that few are left for the others.

    Of those who are left a set inside of it may account for most.
    """
    told = {option: counts[members] for option, counts in known.items() if members in counts}
    others = [option for option in known if option not in told]
    if not set(others) - {NOT_TOLD}:
        return False
    left = _size(members, sizes) - sum(told.values())
    inside = Counter[int]()
    for option in others:
        inside.update({each: count for each, count in known[option].items() if each & members == each})
    return left - max(inside.values(), default=0) < threshold


def _size(members: int, sizes: Sequence[int]) -> int:
    return sum(size for at, size in enumerate(sizes) if members >> at & 1)


def _put_together(known: dict[int, int], sizes: Sequence[int], *, least_people: int, least_count: int) -> bool:
    """Add to sets of atoms, as bits, with their counts, what comes of them; return whether none of it is too small."""
    todo, tried = list(known), 0
    while todo:
        one = todo.pop()
        for members, count in chain(_remainders(one, known), _unions(one, known)):
            tried += 1
            if tried > MOST_TRIED:
                return False
            if not members or members in known:
                continue
            if count < least_count or _size(members, sizes) < least_people:
                return False
            todo += [members, *(each for each in known if each & members == members)]
            known[members] = count
    return True


def _remainders(whole: int, known: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Yield what is left of a set once no known set is left inside of it; on the way, the empty set for each step."""
    todo = [(whole, known[whole])]
    within = dict(known)
    while todo:
        rest, count = todo.pop()
        inside = [each for each in within if each & rest == each and each != whole]
        largest = [each for each in inside if not any(each & other == each != other for other in inside)]
        yield (0, 0) if inside else (rest, count)
        todo += [(rest ^ each, count - within[each]) for each in largest if each & largest[0]]


def _unions(one: int, known: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the unions with others that are apart from a set, where some group lies in part in either."""
    across = [each for each in known if each & one not in {0, one}]
    for other, count in list(known.items()) if across else ():
        if not one & other and any(each & other not in {0, other} for each in across):
            yield one | other, known[one] + count


def connected(asked: Sequence[Asked], earlier: Sequence[Asked]) -> list[Asked]:
    """Return the earlier groups that have somebody in common with those that are asked about, or with such a one."""
    reached = frozenset().union(*(each.members for each in asked))
    found: list[Asked] = []
    rest = list(earlier)
    while near := [each for each in rest if not reached.isdisjoint(each.members)]:
        found += near
        rest = [each for each in rest if each not in near]
        reached = reached.union(*(each.members for each in near))
    return found


def follows(
    groups: Sequence[Asked],
    *,
    options: Sequence[str],
    threshold: int,
    said: Callable[[str], str | None],
    has_sizes: bool = True,
) -> bool:
    """Say whether a withheld count, or a small count of an atom, follows from what was told.

    Args:
        groups: all that were asked about.
        options: all that can be answered.
        threshold: counts under it are small; so is any count of an atom of fewer people.
        said: a version of somebody's answers -> their option; None where it is not kept any more: whatever follows of
            an atom with such a one may be small.
        has_sizes: whether it is known how many are in each atom.

    """
    atoms = parted([group.members for group in groups])
    place = {option: at for at, option in enumerate(options)}
    width = len(atoms) * len(options)
    if width > MOST_UNKNOWNS:
        return True
    counted_atoms = range(len(atoms)) if has_sizes else ()
    known = [_row(width, [atom * len(options) + at for at in place.values()]) for atom in counted_atoms]
    withheld: list[Row] = []
    for number, group in enumerate(groups):
        within = [atom for atom, (inside, _) in enumerate(atoms) if number in inside]
        for option, at in place.items():
            row = _row(width, [atom * len(options) + at for atom in within])
            (known if option in group.told else withheld).append(row)
    for atom, (_, members) in enumerate(atoms):
        counted = Counter(map(said, members))
        if counted[None] and len(members) >= threshold and not has_sizes:
            continue  # many who changed or took back what they said; `combined` looks at how their counts changed
        withheld += [
            _row(width, [atom * len(options) + at])
            for option, at in place.items()
            if len(members) < threshold or counted[None] or (option != NOT_TOLD and counted[option] < threshold)
        ]
    return bool(withheld and known) and _spans(np.array(known), np.array(withheld))


def parted(groups: Sequence[frozenset[str]]) -> list[tuple[frozenset[int], list[str]]]:
    """Return who is in the same groups, with the numbers of these groups.

    >>> sorted(sorted(members) for _, members in parted([frozenset("abc"), frozenset("bcd")]))
    [['a'], ['b', 'c'], ['d']]
    """
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
