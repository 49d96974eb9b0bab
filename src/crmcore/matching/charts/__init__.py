"""SEEING THE EVIDENCE: what a model, a result or a pair says, as pictures (with the extra ``charts``: Altair).

    explanation.plot()          waterfall: what each comparison adds and takes, up to the match weight
    matcher.charts.weights()    what each level of each comparison is worth
    matcher.charts.levels()     how often each level comes among pairs of one person, and of two
    matcher.charts.relations()  how often different people share values, and how often two rows are one person
    result.charts.weights()     all match weights, and where the threshold stands
    result.charts.blocking()    what each blocking rule brings
    result.charts.cluster(4)    one person's rows and what ties them together, weak ties in sight
    result.charts.linkable()    which rows say enough to be found at all
    result.charts.patterns()    which levels come together, and how often
    result.charts.sizes()       how many rows people have
    curve(...).plot(), reliability(...).plot(), errors(...).plot()

*Laws.* Every chart is an Altair chart of a few hundred rows of plain data, counted beforehand, however large the table.
The same result gives the same specification. Weights are in bits: each doubles the odds of one person, each negative
one halves them. Foreign text stays text, also in a notebook's page. The colours can be told apart by the colour-blind,
and nothing is said by colour alone.
"""

from crmcore.matching.charts.models import ModelCharts
from crmcore.matching.charts.results import DeduplicationCharts, LinkageCharts

__all__ = ["DeduplicationCharts", "LinkageCharts", "ModelCharts"]
