"""How good are the clusters? Pairwise and B-cubed scores, exact, from the contingency of two labellings.

A labelling is one label a row. Two rows are a pair when their labels are equal. Nothing here lists pairs: all is
counted from the sizes of the predicted clusters, the true ones and their intersections, so a million rows
take about a second.

>>> pairwise_scores([0, 0, 1, 1], [7, 7, 7, 9])
Scores(precision=0.5, recall=0.3333333333333333, f1=0.4)
>>> b_cubed([0, 0, 1, 1], [7, 7, 7, 9])
Scores(precision=0.75, recall=0.6666666666666666, f1=0.7058823529411765)
"""

from crmcore.matching.evaluation.scores import Scores, b_cubed, pairwise_scores

__all__ = ["Scores", "b_cubed", "pairwise_scores"]
