"""What pairwise scores do not tell: how many people came out whole, how many were split, how many merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmcore.matching.evaluation._contingency import contingency, pairs_in
from crmcore.matching.evaluation.scores import Scores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from crmcore.matching.evaluation._contingency import Contingency

__all__ = ["ClusterScores", "cluster_scores"]


@attrs.frozen(kw_only=True)
class ClusterScores:
    """Clusters against people, each counted once, however large.

    Attributes:
        clusters: how many clusters there are, those of one row among them.
        people: how many people there are in truth.
        exact: clusters that hold all rows of one person and no other row.
        split: people whose rows lie in more than one cluster.
        merged: clusters that hold rows of more than one person.
        adjusted_rand: agreement of the two partitions beyond chance: 1 when equal, about 0 when unrelated (Hubert and
            Arabie, 1985).
        split_bits: H(clusters | people), bits a row: what is not known of the cluster when the person is; 0 where
            nobody is split.
        merge_bits: H(people | clusters), bits a row; 0 where nobody is merged.

    """

    clusters: int
    people: int
    exact: int
    split: int
    merged: int
    adjusted_rand: float
    split_bits: float
    merge_bits: float

    @property
    def scores(self) -> Scores:
        """Precision, recall and F1 of exact clusters: ``exact / clusters`` and ``exact / people``."""
        return Scores(
            precision=self.exact / self.clusters if self.clusters else 1.0,
            recall=self.exact / self.people if self.people else 1.0,
        )

    @property
    def variation_of_information(self) -> float:
        """The distance of the two partitions, ``split_bits + merge_bits``, from 0 to log2 of the rows (Meilă, 2003)."""
        return self.split_bits + self.merge_bits


def cluster_scores(predicted: ArrayLike, truth: ArrayLike) -> ClusterScores:
    """Compare clusters with people as wholes; arguments and errors are those of `pairwise_scores`.

    >>> scores = cluster_scores([0, 0, 1, 1, 2, 3], ["ada", "ada", "alan", "kurt", "grace", "grace"])
    >>> scores.exact, scores.split, scores.merged
    (1, 1, 1)
    >>> scores.split_bits == scores.merge_bits == 1 / 3
    True
    """
    sizes = contingency(predicted, truth)
    of_cluster, of_person = sizes.predicted[sizes.of_predicted], sizes.true[sizes.of_true]
    parts_of_person = np.bincount(sizes.of_true, minlength=sizes.true.size)
    people_of_cluster = np.bincount(sizes.of_predicted, minlength=sizes.predicted.size)
    share = sizes.both / max(sizes.rows, 1)
    return ClusterScores(
        clusters=sizes.predicted.size,
        people=sizes.true.size,
        exact=int(((sizes.both == of_cluster) & (sizes.both == of_person)).sum()),
        split=int((parts_of_person > 1).sum()),
        merged=int((people_of_cluster > 1).sum()),
        adjusted_rand=_adjusted_rand(sizes),
        split_bits=float((share * np.log2(of_person / sizes.both)).sum()),
        merge_bits=float((share * np.log2(of_cluster / sizes.both)).sum()),
    )


def _adjusted_rand(sizes: Contingency) -> float:
    """Return ``(agreed - chance) / (mean of claimed and true - chance)``; whole numbers up to the one division."""
    agreed, claimed, true = pairs_in(sizes.both), pairs_in(sizes.predicted), pairs_in(sizes.true)
    every = sizes.rows * (sizes.rows - 1) // 2
    most = (claimed + true) * every - 2 * claimed * true
    return 2 * (agreed * every - claimed * true) / most if most else 1.0
