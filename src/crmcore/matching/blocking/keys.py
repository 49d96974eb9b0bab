"""Blocking keys: numbers that rows of one person are likely to share."""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching.blocking.coarse import AS_IT_IS, forms_of
from crmcore.matching.encoding.strings import Strings, hash64, mixed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.integer[Any]]
    Int32s = NDArray[np.int32]
    Int64s = NDArray[np.int64]
    Uint64s = NDArray[np.uint64]

__all__ = ["Key", "keys_of", "telling_bits"]


@attrs.frozen(kw_only=True, eq=False)
class Key:
    """One number a row and slot: the hash of a coarser form of a value, the same in every table.

    Attributes:
        features: positions of the features that agree where the key does, more or less.
        name: such as "surname" or "surname skeleton".
        codes: int32, (rows, slots), an index into `forms`; -1 where nothing stands.
        forms: uint64, (values + 1,), the number of each value, 0 where it has none; the last one, of no value, is 0.

    """

    features: frozenset[int]
    name: str
    codes: Int32s
    forms: Uint64s

    def on(self, rows: Int64s) -> Key:
        """Return the same key for some rows only."""
        return attrs.evolve(self, codes=self.codes[rows])

    def numbers(self, rows: slice | Codes = slice(None)) -> Uint64s:
        """Return the numbers of some rows, uint64, (rows, slots); 0 where there is none."""
        numbers: Uint64s = self.forms[self.codes[rows]]
        return numbers

    def agrees(self, left: Int64s, right: Int64s) -> Bools:
        """Say of each pair of rows whether they share a number, bool, (pairs,)."""
        agrees = np.zeros(len(left), bool)
        for one, another in product(self.numbers(left).T, self.numbers(right).T):
            agrees |= (one == another) & (one != 0)
        return agrees

    def chance(self) -> float:
        """Return the chance that two random rows agree; worked out once."""
        return self._chance

    @cached_property
    def _chance(self) -> float:
        held = np.bincount(self.codes.ravel() + 1, minlength=len(self.forms))[1:]
        order = np.argsort(self.forms[:-1])
        forms, held = self.forms[order], held[order]
        first = np.flatnonzero(np.concatenate(([True], forms[1:] != forms[:-1]))) if len(forms) else order
        rows = np.add.reduceat(held, first)[forms[first] > 0].astype(float) if len(first) else np.empty(0)
        return float((rows * np.maximum(rows - 1, 0)).sum() / len(self.codes) ** 2)

    def telling(self) -> float:
        """Return how many bits the key tells of a row on average, where it is known and where not; worked out once."""
        return self._telling

    @cached_property
    def _telling(self) -> float:
        known = int((self.forms[self.codes[:, 0]] != 0).sum())
        return telling_bits(len(self.codes), known, self.chance()) if known else 0.0


def telling_bits(rows: int, known: int, chance: float) -> float:
    """Return how many bits a key tells of a row on average.

    Args:
        rows: how many there are.
        known: in how many of them the key stands.
        chance: that it agrees in two random rows.

    >>> telling_bits(100, 50, 0.25 / 8)
    1.5
    """
    equal = max(chance * (rows / known) ** 2, 1 / known)
    return known / rows * -float(np.log2(equal))


def keys_of(features: Sequence[Feature]) -> list[Key]:
    """Derive every blocking key of every feature, once a distinct value."""
    keys = []
    for position, feature in enumerate(features):
        for variant, coarsen in feature.kind.keys.items():
            data = feature.data
            forms = data.keys if coarsen is AS_IT_IS else forms_of(data.values, coarsen)
            name = f"{feature.name} {variant}".strip()
            keys.append(_key(name, frozenset({position}), data.codes, forms))
    return [key for key in [*keys, *_names_in_any_order(features)] if key.forms.any()]


def _key(name: str, features: frozenset[int], codes: Int32s, forms: Uint64s) -> Key:
    """Make a key whose numbers say nothing of those of other keys: Anna is one given name and another surname."""
    salt = hash64(Strings.of([name]))
    own = np.append(np.where(forms == 0, forms, mixed(forms ^ salt)), np.uint64(0))
    return Key(features=features, name=name, codes=codes, forms=own)


def _names_in_any_order(features: Sequence[Feature]) -> list[Key]:
    """Given and family name as a set, so that swapped names meet."""
    at = {feature.role: position for position, feature in enumerate(features)}
    if not {Role.GIVEN_NAME, Role.FAMILY_NAME} <= set(at):
        return []
    given, family = (features[at[role]].data for role in (Role.GIVEN_NAME, Role.FAMILY_NAME))
    first, second = (np.append(data.keys, np.uint64(0))[data.codes[:, 0]] for data in (given, family))
    both = np.where((first == 0) | (second == 0), np.uint64(0), first + second)
    rows = np.arange(len(both), dtype=np.int32)[:, None]
    return [_key("names in any order", frozenset({at[Role.GIVEN_NAME], at[Role.FAMILY_NAME]}), rows, both)]
