"""WHO IS THE SAME: which rows are one person, how sure that is, and why.

    dedupe(table)         which rows of one table are the same person
    link(left, right)     which rows of one table are the same person as which rows of another
    link_and_dedupe({"ats": table, "board": other})  both at once, over several tables
    result.cluster_ids    one number a row
    result.pairs          left, right, probability, match_weight
    result.explain(3, 17) which evidence, how much each
    result.review()       the pairs to ask people about
    result.blocking_recall, result.precision_estimate()  how much was looked at, how much is right; without labels
    result.report("duplicates.html")         one file for a colleague; result.charts, matcher.charts: pictures
    Matcher.fit(table)    what was learned, and decided by people, ready for the next table; save, load, learn
    matcher.index(table)  one record at a time: find, add, change, remove; crmcore.matching.index
    crmcore.matching.evaluation  how good a result is: labels or decisions, ours or another tool's
    crmcore.matching.clk  whom two parties have in common who may not show each other anybody

*Nouns.* A *role* is what a column holds; a *comparison* grades two values by *agreement level*; a *blocking rule*
finds *candidate pairs*; the *match weight* of a pair is its evidence in bits; a *cluster* is one person. A *relation*
is how two different people come to share values.

*Laws.* Everything is learned from the table itself, without labels: which columns say who a row is, which pairs are
worth a look, what each agreement is worth. The same table gives the same answer. A missing value is no evidence. Each
distinct value is normalised and compared once, whatever the number of rows.

>>> from crmcore.matching import dedupe
>>> result = dedupe([
...     {"first_name": "Ada", "last_name": "Lovelace", "phone": "+44 20 7946 0018"},
...     {"first_name": "Alan", "last_name": "Turing", "phone": "020 7946 0123"},
...     {"first_name": "Ada", "last_name": "Lovelace", "phone": "020 7946 0018"},
... ])
>>> result.cluster_ids.tolist()
[0, 1, 0]
"""

from crmcore.hygiene.roles import Role
from crmcore.matching.at_once import dedupe, link, link_and_dedupe
from crmcore.matching.blocking.recall import Estimate
from crmcore.matching.comparison import Comparison
from crmcore.matching.decisions import PairDecision, PairVerdict
from crmcore.matching.evaluation import Scores, b_cubed, pairwise_scores
from crmcore.matching.explanation import Explanation, PieceOfEvidence
from crmcore.matching.matcher import Matcher
from crmcore.matching.model import ComparisonModel, MatchModel
from crmcore.matching.pairs import Pairs
from crmcore.matching.results import Deduplication, Linkage, Resolution
from crmcore.matching.spec import DEFAULT_THRESHOLD, MatchSpec

__all__ = [
    "DEFAULT_THRESHOLD",
    "Comparison",
    "ComparisonModel",
    "Deduplication",
    "Estimate",
    "Explanation",
    "Linkage",
    "MatchModel",
    "MatchSpec",
    "Matcher",
    "PairDecision",
    "PairVerdict",
    "Pairs",
    "PieceOfEvidence",
    "Resolution",
    "Role",
    "Scores",
    "b_cubed",
    "dedupe",
    "link",
    "link_and_dedupe",
    "pairwise_scores",
]
