"""HOW GOOD IS IT: what a result gets right, what it gets wrong and why, and what another would have.

    pairwise_scores, b_cubed   precision, recall and F1 of clusters, over pairs and over rows
    cluster_scores             people who came out whole, split, merged; adjusted Rand index, variation of information
    curve, closure_curve       the same at every threshold
    reliability                do probabilities mean what they say: bins, expected calibration error
    errors                     every wrong merge and every miss, by cause, worst first, with its evidence
    compare                    what one result has that the other lacks, and who is right
    Decided, decision_scores   all that can be said where people decided some pairs and nobody knows the rest
    baselines                  what applicant tracking systems check today, to stand beside

*Nouns.* A *labelling* is one label a row; two rows are a pair when their labels are equal. The *truth* is a labelling.

*Laws.* No row order moves a figure. Pairs are counted, not listed, from the sizes of the predicted clusters, the true
ones and their intersections, so a million rows take about a second and a hundred thousand copies of one person are no
trouble; what is listed has a limit.

>>> pairwise_scores([0, 0, 1, 1], [7, 7, 7, 9])
Scores(precision=0.5, recall=0.3333333333333333, f1=0.4)
>>> b_cubed([0, 0, 1, 1], [7, 7, 7, 9])
Scores(precision=0.75, recall=0.6666666666666666, f1=0.7058823529411765)
"""

from crmcore.matching.evaluation.calibration import Reliability, reliability, reliability_of
from crmcore.matching.evaluation.clusters import ClusterScores, cluster_scores
from crmcore.matching.evaluation.curves import ClosurePoint, Curve, closure_curve, curve
from crmcore.matching.evaluation.decided import Decided, DecisionScores, Proportion, decision_scores
from crmcore.matching.evaluation.difference import PairList, ResultDifference, compare
from crmcore.matching.evaluation.mistakes import Errors, Mistake, MistakeCause, errors
from crmcore.matching.evaluation.rules import baselines, same_email, surname_and_two_letters
from crmcore.matching.evaluation.scores import Scores, b_cubed, pairwise_scores

__all__ = [
    "ClosurePoint",
    "ClusterScores",
    "Curve",
    "Decided",
    "DecisionScores",
    "Errors",
    "Mistake",
    "MistakeCause",
    "PairList",
    "Proportion",
    "Reliability",
    "ResultDifference",
    "Scores",
    "b_cubed",
    "baselines",
    "closure_curve",
    "cluster_scores",
    "compare",
    "curve",
    "decision_scores",
    "errors",
    "pairwise_scores",
    "reliability",
    "reliability_of",
    "same_email",
    "surname_and_two_letters",
]
