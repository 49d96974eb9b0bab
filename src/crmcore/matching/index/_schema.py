"""What is compared, and what it is worth: a matcher's model made ready for one record at a time."""

from __future__ import annotations

from itertools import product
from math import log2
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.hygiene.roles import Role
from crmcore.matching._addresses import LIKE_NAME, NamedAddresses
from crmcore.matching._comparing import STEP
from crmcore.matching._features import KINDS
from crmcore.matching._places import Whereabouts
from crmcore.matching._swapped_names import ALIKE
from crmcore.matching._training import USUAL_ROWS, is_anything
from crmcore.matching.blocking import AS_IT_IS
from crmcore.matching.frequencies import LIKE_ROWS
from crmcore.matching.index import _likeness
from crmcore.matching.index._hashing import WORD, hash_of, stirred
from crmcore.matching.relations import relations_among
from crmcore.matching.scoring import Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmcore.matching._features import Feature, Kind
    from crmcore.matching.frequencies import ValueFrequencies
    from crmcore.matching.model import MatchModel
    from crmcore.matching.relations import Relation

    Names = tuple[str, str]
    Values = tuple[tuple[str, ...], ...]
    Numbers = Sequence[int]

__all__ = ["Comparison", "Rule", "Schema"]

NAMES_IN_ANY_ORDER = "names in any order"


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """One comparison.

    Attributes:
        name, role, kind: as of the feature.
        level: grades two different values.
        bits: what each level is worth.
        equal: log2 of how many pairs of one person share the very value.
        prior: how many pairs are one person and share the very value, among all pairs.
        factor: what decisions made of its worth.
        outside: how common its values are elsewhere, where that tells more than the table.

    """

    name: str
    role: Role
    kind: Kind
    level: Callable[[str, str], int]
    bits: tuple[float, ...]
    equal: float
    prior: float
    factor: float
    outside: ValueFrequencies | None

    @property
    def is_own(self) -> bool:
        """Whether it is the user's own: its columns are compared by it alone."""
        return self.kind is not KINDS.get(self.role)

    def value_bits(self, text: str, count: int, known: int) -> float:
        """Return what sharing a value is worth: see `evidence_of`.

        Args:
            text: the value.
            count: in how many records it stands, the two that share it included.
            known: how many records have any value.

        """
        known, rows, usual = max(known, 2), USUAL_ROWS, self.kind.chance[-1]
        if is_anything(self.role, self.kind):
            usual = max(usual, count / known)
        if self.outside is not None:
            rows, usual = min(self.outside.rows, LIKE_ROWS), self.outside.shares.get(text, self.outside.rest)
        others = max(count - 2 - self.prior * (known - 2), 0.0)
        chance = (others + rows * usual) / (known - 2 + rows)
        bits = self.equal - log2(max(chance, 0.5 / (known + 10 * rows)))
        return round(bits * self.factor / STEP) * STEP


@attrs.frozen(kw_only=True, eq=False)
class _Key:
    """One blocking key: see `keys_of`."""

    name: str
    features: frozenset[int]
    salt: int
    coarsen: Callable[[str], str | None] | None

    def numbers(self, values: Values, hashes: Sequence[Numbers]) -> Numbers:
        """Return the numbers of a record."""
        if self.coarsen is None:
            first, second = (hashes[at] for at in sorted(self.features))
            return (stirred((first[0] + second[0] & WORD) ^ self.salt),) if first and second else ()
        (at,) = self.features
        if self.coarsen is AS_IT_IS:
            return tuple(stirred(each ^ self.salt) for each in hashes[at])
        forms = (self.coarsen(value) for value in values[at])
        return tuple(stirred(hash_of(form) ^ self.salt) for form in forms if form is not None)


@attrs.frozen(kw_only=True)
class Rule:
    """Records that agree on all these keys are candidates.

    Attributes:
        keys: their names.
        splitters: the names of the keys by which its blocks are split where they are too large.

    """

    keys: tuple[str, ...]
    splitters: tuple[str, ...]


@attrs.frozen(kw_only=True, eq=False)
class Schema:
    """The comparisons of a model.

    Attributes:
        comparisons: in the model's order.
        prior: log2 of the odds before anything is compared.
        relations: how different people come to share values.
        matters: positions of the parts of each matter, such as an address, of which what differs counts once.
        nested: positions of those of which one implies the other.
        given, family: positions of both names, or -1.
        addresses: where names and addresses stand, if there are both.
        order: all positions, those first that can fall short by most.

    """

    comparisons: tuple[Comparison, ...]
    prior: float
    relations: tuple[Relation, ...]
    matters: tuple[tuple[int, ...], ...]
    nested: tuple[int, ...]
    given: int
    family: int
    addresses: NamedAddresses | None
    order: tuple[int, ...]
    _keys: Mapping[str, _Key]

    @classmethod
    def of(cls, model: MatchModel, features: Sequence[Feature]) -> Schema:
        """Make a model ready, for a table with these features, one a comparison."""
        known = model.comparisons
        told = Model(
            m=tuple(np.array(each.m) for each in known), u=tuple(np.array(each.u) for each in known), prior=model.prior
        )
        comparisons = tuple(
            Comparison(
                name=each.name,
                role=each.role,
                kind=feature.kind,
                level=_likeness.level_of(feature.kind),
                bits=tuple((np.round(bits * each.factor / STEP) * STEP).tolist()),
                equal=log2(each.m[-1]),
                prior=model.prior * each.m[-1],
                factor=each.factor,
                outside=outside,
            )
            for each, feature, bits, outside in zip(known, features, told.bits(), model.outside(features), strict=True)
        )
        roles = [each.role for each in known]
        whereabouts = Whereabouts.among(roles)
        at = {role: position for position, role in enumerate(roles)}
        return cls(
            comparisons=comparisons,
            prior=round((told.prior_weight + model.shift) / STEP) * STEP,
            relations=tuple(
                attrs.evolve(relation, rate=model.relations[relation.name])
                for relation in relations_among(roles, rate=0.0)
                if relation.name in model.relations
            ),
            matters=()
            if whereabouts is None
            else tuple(tuple(whereabouts.parts[place] for place in matter) for matter in whereabouts.matters),
            nested=() if whereabouts is None else tuple(whereabouts.parts[place] for place in whereabouts.nested),
            given=at.get(Role.GIVEN_NAME, -1) if Role.FAMILY_NAME in at else -1,
            family=at.get(Role.FAMILY_NAME, -1) if Role.GIVEN_NAME in at else -1,
            addresses=NamedAddresses.among(roles),
            order=tuple(sorted(range(len(known)), key=lambda at: comparisons[at].bits[0] - comparisons[at].bits[-2])),
            keys=_keys(comparisons),
        )

    def rules(self, rules: Sequence[tuple[str, ...]], splitters: Sequence[str], *, most: int) -> tuple[Rule, ...]:
        """Return the rules all of whose keys there are; every key alone, where a table was too small to teach rules.

        Args:
            rules: names of keys that have to agree.
            splitters: keys that part blocks, the most telling first.
            most: so many of them part those of one rule.

        """
        found = []
        for rule in rules or [(name,) for name in self._keys]:
            if self._keys.keys() >= set(rule):
                asked = frozenset().union(*(self._keys[name].features for name in rule))
                others = [name for name in splitters if name in self._keys and not self._keys[name].features & asked]
                found.append(Rule(keys=rule, splitters=tuple(others[:most])))
        return tuple(found)

    def told_by_names(self, parts: Sequence[float], same: Sequence[bool]) -> bool:
        """Do as `NamedAddresses.told_by_names`, for one record."""
        if self.addresses is None:
            return False
        at = self.addresses
        alike = self.comparisons[at.email].bits[LIKE_NAME]
        return 0 < parts[at.email] <= alike and not same[at.email] and parts[at.given] > 0 and parts[at.family] > 0

    def turned(self, one: Names, other: Names, *, shared: bool) -> tuple[int, int] | None:
        """Return the levels of given and family name where two records have them in each other's place.

        Slips of the pen included; None where they have not. See `SwappedNames`.

        Args:
            one, other: the first given and the first family name of each.
            shared: whether they share any given or any family name.

        """
        (given, family), (their_given, their_family) = one, other
        first, last = self.comparisons[self.given], self.comparisons[self.family]
        if given == their_family and family == their_given and given != family:
            return first.kind.top - 1, last.kind.top - 1
        if shared or (given[0] != their_family[0] and their_given[0] != family[0]):
            return None
        across = _likeness.name(given, their_family), _likeness.name(their_given, family)
        if min(across) < ALIKE:
            return None
        as_they_stand = first.level(given, their_given) + last.level(family, their_family)
        return (min(across) - 1, max(across) - 1) if sum(across) - 2 > as_they_stand else None

    def numbers(self, names: Sequence[str], values: Values, hashes: Sequence[Numbers]) -> dict[str, Numbers]:
        """Return the numbers of a record under some keys."""
        return {name: self._keys[name].numbers(values, hashes) for name in names}

    def sums(self, rule: Rule, numbers: Mapping[str, Numbers]) -> list[int]:
        """Return the numbers of the blocks that a record is in."""
        if len(rule.keys) == 1:
            return list(dict.fromkeys(numbers[rule.keys[0]]))
        combined = product(*(numbers[name] for name in rule.keys))
        return list(dict.fromkeys(sum(each) & WORD for each in combined))


def _keys(comparisons: Sequence[Comparison]) -> dict[str, _Key]:
    keys = {}
    for position, comparison in enumerate(comparisons):
        for variant, coarsen in comparison.kind.keys.items():
            name = f"{comparison.name} {variant}".strip()
            keys[name] = _Key(name=name, features=frozenset({position}), salt=hash_of(name), coarsen=coarsen)
    at = {comparison.role: position for position, comparison in enumerate(comparisons)}
    if {Role.GIVEN_NAME, Role.FAMILY_NAME} <= at.keys():
        both = frozenset({at[Role.GIVEN_NAME], at[Role.FAMILY_NAME]})
        keys[NAMES_IN_ANY_ORDER] = _Key(
            name=NAMES_IN_ANY_ORDER, features=both, salt=hash_of(NAMES_IN_ANY_ORDER), coarsen=None
        )
    return keys
