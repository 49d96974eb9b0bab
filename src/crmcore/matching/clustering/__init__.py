"""Groups of rows that are one person, all told: which are they, and how sure is it.

Pairs of rows are scored one by one; people are groups of them. `cluster` joins groups as long as all that is known of
both speaks for one person, feature by feature: see `urn` for what that is. It obeys `Constraints`: what people decided,
and that a source holds nobody twice.

Nouns: `Clusters` (labels, and how sure each person is), `Constraints`, `Testimony` (what pairs say). Laws: decisions
are obeyed, whatever the evidence; rows looked at together or one component after the other are the same people; a group
joins another only for as much evidence as was asked for.

>>> Constraints(together=[(0, 1), (1, 2)]).units(4).tolist()
[0, 0, 0, 3]
"""

from crmcore.matching.clustering.components import connected_components
from crmcore.matching.clustering.constraints import Constraints
from crmcore.matching.clustering.grouping import Clusters, cluster
from crmcore.matching.clustering.urn import Testimony

__all__ = ["Clusters", "Constraints", "Testimony", "cluster", "connected_components"]
