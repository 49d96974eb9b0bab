"""What was learned about telling people apart, as data: it can be read, compared, kept in a file and used again.

No value that only a few people have is in it: an address or a telephone cannot be read out of a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import attrs
from pydantic import Field, model_validator

from crmcore.hygiene.roles import Role
from crmcore.matching.frequencies import ValueFrequencies
from crmcore.model.record import Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from crmcore.matching._features import Feature

__all__ = ["ComparisonModel", "MatchModel"]

Probability = Annotated[float, Field(gt=0, le=1)]
Bits = Annotated[float, Field(ge=-1000, le=1000)]
"""Beyond what any evidence is worth, and within what can be added up."""


class ComparisonModel(Value):
    """What one comparison is worth.

    Attributes:
        name: what explanations call it.
        role: what its columns hold.
        labels: what each agreement level means, from "different" to "the same".
        m: for each level, the share of pairs of one person that reach it.
        u: the same for pairs of two different people.
        factor: what people's decisions made of its worth: its bits count so many times.
        frequencies: how common its values are; for tables that are smaller than the one it was learned from.
        own: whether it is one of the user's own.

    """

    name: str
    role: Role
    labels: tuple[str, ...]
    m: tuple[Probability, ...]
    u: tuple[Probability, ...]
    factor: Annotated[float, Field(gt=0, le=100)] = 1.0
    frequencies: ValueFrequencies | None = None
    own: bool = False

    @classmethod
    def of(
        cls,
        feature: Feature,
        *,
        m: NDArray[np.float64],
        u: NDArray[np.float64],
        told: ValueFrequencies | None = None,
        own: bool = False,
    ) -> Self:
        """Write down what was learned of a feature, and how common its values are: as the user told, or as counted."""
        return cls(
            name=feature.name,
            role=feature.role,
            labels=feature.kind.labels,
            m=tuple(m.tolist()),
            u=tuple(u.tolist()),
            frequencies=told or (None if own else ValueFrequencies.counted(feature)),
            own=own,
        )

    @model_validator(mode="after")
    def _as_many_of_each(self) -> Self:
        if not len(self.labels) == len(self.m) == len(self.u):
            raise ValueError(f"{self.name}: labels, m and u need to be equally many")
        return self


class MatchModel(Value):
    """What was learned from a table.

    Attributes:
        rows: how many rows it was learned from.
        table: a number that tells the table it was learned from; in another one, the prior and the rates of relations
            are learned again.
        prior: the probability that two random rows are one person.
        shift: what people's decisions add to each weight, in bits.
        comparisons: what is compared, and what it is worth.
        relations: how different people come to share values -> log2 of how many pairs are so related for each pair of
            strangers.
        rules: which pairs are looked at: the names of the keys that have to agree, the best rule first.

    """

    format: Literal["crmcore.match_model/1"] = "crmcore.match_model/1"
    rows: Annotated[int, Field(ge=0)]
    table: str
    prior: Annotated[float, Field(gt=0, lt=1)]
    shift: Bits = 0.0
    comparisons: tuple[ComparisonModel, ...]
    relations: dict[str, Bits]
    rules: tuple[Annotated[tuple[str, ...], Field(min_length=1)], ...]

    def comparable(self, features: Sequence[Feature]) -> list[Feature]:
        """Return those features of a table that the model knows, called by its names.

        A feature is known by its role; where several have one role, by its name, then by its place among them.
        """
        left = list(self.comparisons)
        found: dict[int, str] = {}
        for same_name in (True, False):
            for at, feature in enumerate(features):
                mates = [
                    each for each in left if each.role is feature.role and (each.name == feature.name or not same_name)
                ]
                if at not in found and mates:
                    left.remove(mates[0])
                    found[at] = mates[0].name
        return [attrs.evolve(features[at], name=found[at]) for at in sorted(found)]

    def outside(
        self, features: Sequence[Feature], *, known: Sequence[int] | None = None
    ) -> list[ValueFrequencies | None]:
        """Return how common the values of each feature are elsewhere, where that tells more than the table at hand.

        Args:
            features: those of the table.
            known: how many of its rows hold a value of each, if the features are of some rows only.

        """
        held = [int(feature.data.known.sum()) for feature in features] if known is None else known
        return [
            each.frequencies if each.frequencies and (each.frequencies.told or each.frequencies.rows > rows) else None
            for rows, each in zip(held, self.ordered(features), strict=True)
        ]

    def ordered(self, features: Sequence[Feature]) -> list[ComparisonModel]:
        """Return what is known of each of these features, which are called by the model's names."""
        by_name = {(each.role, each.name): each for each in self.comparisons}
        return [by_name[feature.role, feature.name] for feature in features]
