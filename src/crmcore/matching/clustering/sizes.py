"""How many records people have, and what that says of two groups before anything is compared.

Of all ways to part the records of a table, those in which K people have sizes n are as likely as the product of
n! mu(n) over the people, mu(n) being the share of people with n records. So the odds that a records and b records are
of one are

    (a + b)! mu(a + b) / (a! mu(a) b! mu(b) K)

Mu is told by the people that are found: to begin with it is taken to be geometric, with the mean that the prior of
pairs tells; then it is what was found, a fifth of a geometric one added. Where most people have one record, two groups
need more to join than where everybody has five.

Source: Miller, Betancourt and others, Microclustering: when the cluster sizes grow sublinearly with the size of the
data set, 2015.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Int64s = NDArray[np.int64]

__all__ = ["SizeLaw", "usual_mean"]

TAKEN_ON_TRUST = 0.2
"""People of geometric sizes that are added for each one found."""
FEWEST_PEOPLE = 20
"""So many found people weigh as much as what the prior of pairs tells of sizes."""
SMALLEST = 1e-6
"""The least share of people who have a record more than others, where there seem to be none."""


@attrs.frozen(eq=False)
class SizeLaw:
    """What sizes say, beside the prior of pairs.

    Attributes:
        ways: float64, (sizes,): log2 of n! mu(n).
        people: log2 of the number of people, and the prior of pairs, which is counted elsewhere.

    """

    ways: Floats
    people: float

    @classmethod
    def geometric(cls, prior: float, *, rows: int, most: int) -> SizeLaw:
        """Take sizes to be geometric, as many pairs being one person as *prior* says, log2 of the odds of two rows.

        Two records that have no others are likelier to be one person than any two, by the mean size, which is 2 here;
        and four records can be parted in six ways, two in two.

        >>> law = SizeLaw.geometric(-10.0, rows=2049, most=4)
        >>> law.bits(np.array([1, 2]), np.array([1, 2])).round(2).tolist()
        [1.0, 2.58]
        """
        mean = usual_mean(prior, rows)
        return cls._of(_geometric(mean, most), mean=mean, prior=prior, rows=rows)

    @classmethod
    def found(cls, sizes: Int64s, prior: float, *, rows: int, most: int) -> SizeLaw:
        """Take sizes to be as they were found, int64, (people,), where some were found."""
        mean = float((sizes.sum() + FEWEST_PEOPLE * usual_mean(prior, rows)) / (len(sizes) + FEWEST_PEOPLE))
        seen = np.bincount(np.minimum(sizes, most), minlength=most + 1) / (len(sizes) + FEWEST_PEOPLE)
        trusted = TAKEN_ON_TRUST + FEWEST_PEOPLE / (len(sizes) + FEWEST_PEOPLE)
        with np.errstate(divide="ignore"):  # nobody of that size
            shares = np.logaddexp2(np.log2(seen), np.log2(trusted) + _geometric(mean, most))
        return cls._of(shares - np.log2(1 + TAKEN_ON_TRUST), mean=mean, prior=prior, rows=rows)

    @classmethod
    def _of(cls, shares: Floats, *, mean: float, prior: float, rows: int) -> SizeLaw:
        log2_factorial = np.cumsum(np.log2(np.maximum(np.arange(len(shares)), 1)))
        return cls(log2_factorial + shares, float(np.log2(max(rows, 1) / mean)) + prior)

    def bits(self, a: Int64s, b: Int64s) -> Floats:
        """Return by how much the odds of groups of a and b records exceed those of any two rows, float64, in bits."""
        more: Floats = self.ways[a + b] - self.ways[a] - self.ways[b] - self.people
        return more


def usual_mean(prior: float, rows: int) -> float:
    """Return the mean number of records, where sizes are geometric and a row has odds x rows others on average.

    That is s = 2 q / (1 - q), q being the share of the people of n records or more who have n + 1 or more.
    """
    return float(1 + np.exp2(prior) * max(rows - 1, 0) / 2)


def _geometric(mean: float, most: int) -> Floats:
    """Return log2 of the share of people with each number of records, from none to *most*; none is never asked for."""
    going_on = max(1 - 1 / mean, SMALLEST)
    shares: Floats = np.log2(1 - going_on) + np.log2(going_on) * np.maximum(np.arange(most + 1.0) - 1, 0)
    return shares
