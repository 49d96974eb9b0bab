"""What speaks for two groups of records being one person, when it is known what pairs say.

Take a person's records to draw the values of a feature from an urn: each is a copy of one that was drawn before, slips
of the pen included, or a new one, as anybody might have, which weighs theta. Then, over the records t of a group,

    P(values | one person) / P(values | chance) = product of (theta + sum over j < t of r[t, j]) / (theta + t - 1)

in which r[t, j] = (1 + theta) 2^e[t, j] - theta, e being the evidence of the pair in bits; and theta / (1 + theta) is
2^e of a plain difference. So two single records are worth e bits, as ever. What speaks for two groups is this ratio
of both together over those of each: what all share counts once, however many have it; to share one of many values
says less than to share the only one; and five records that say Anna against five that say Bertha differ more than one
against one, yet not 25 times.

Source: Hoppe, Polya-like urns and the Ewens sampling formula, 1984.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs
import numpy as np

from crmcore.matching.clustering.sizes import usual_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["Testimony", "Urn", "size_bits"]

MOST_EVIDENCE = 60.0
"""Bits of a pair's agreement that are told apart."""
LEAST_DIFFERENCE = -0.03
"""Bits: where a plain difference says less than this, it is taken to say this."""


class Testimony(Protocol):
    """What pairs of rows say, feature by feature."""

    @property
    def known(self) -> Bools:
        """Return which rows have a value, bool, (rows, features)."""
        ...

    @property
    def differs(self) -> Floats:
        """Return what a plain difference is worth, float64, (features,), in bits."""
        ...

    @property
    def prior(self) -> float:
        """Return log2 of the odds that two rows are one person before anything is compared."""
        ...

    def parts(self, left: Int64s, right: Int64s) -> tuple[Floats, Bools]:
        """Return what each feature says, float64, (features, pairs), in bits, and whether the very value is shared."""
        ...

    def weight(self, parts: Floats, same: Bools) -> Floats:
        """Return the match weight of what features say together, float64, (pairs,), in bits."""
        ...


@attrs.frozen(eq=False)
class Urn:
    """From what pairs say to what groups say.

    Attributes:
        theta: float64, (features,): the weight of a new value against a copy.
        by_chance: float64, (records + 1, features): log2 of the product of theta + t over the first t records.

    """

    theta: Floats
    by_chance: Floats

    @classmethod
    def of(cls, differs: Floats, *, most: int) -> Urn:
        """Take theta from what a plain difference is worth, for groups of at most so many records."""
        share = np.exp2(np.minimum(differs, LEAST_DIFFERENCE))
        theta = share / (1 - share)
        steps = np.log2(theta + np.arange(most)[:, None])
        return cls(theta, np.concatenate((np.zeros((1, len(theta))), np.cumsum(steps, axis=0))))

    def ratios(self, parts: Floats, known: Bools) -> Floats:
        """Return r of pairs, float64, (pairs, features); 0 where either has no value.

        Args:
            parts: float64, (features, pairs), what they say, in bits.
            known: bool, (pairs, features), whether both have a value.

        """
        found = (1 + self.theta) * np.exp2(np.minimum(parts.T, MOST_EVIDENCE)) - self.theta
        return np.where(known, np.maximum(found, 0.0), 0.0)

    def lost(self, mine: Int64s, other: Int64s) -> Floats:
        """Return by how much groups of so many records, (groups, features), say less than their copies do, in bits."""
        feature = np.arange(len(self.theta))
        together, alone, beside = (self.by_chance[many, feature] for many in (mine + other, mine, other))
        lost: Floats = together - alone - beside
        return lost


def size_bits(prior: float, rows: int) -> float:
    """Return log2 of the mean number of records of a person, where sizes are geometric and pairs have that prior.

    >>> size_bits(-10.0, 2049)
    1.0
    """
    return float(np.log2(usual_mean(prior, rows)))
