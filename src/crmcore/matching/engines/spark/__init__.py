"""ON A CLUSTER: the same matcher finds the same people in a Spark frame, which stays where it is.

    engine = SparkEngine(spark)
    matcher = Matcher.fit(frame, engine=engine)        learned on the driver
    result = matcher.dedupe(frame, engine=engine)      found on the cluster
    result.records, result.pairs                       Spark frames

*Laws.* People are those that the local engine finds. Executors run the local engine's kernels on some rows at a time;
whatever depends on the whole table is counted first, and told to them. No row and no pair is collected; counts are.

=============  ==============================================================
engine         the steps
_reading       rows as they came -> what each holds; _owning: whose values are
_ordering      the canonical order, and rows that stand for equal ones
_judging       the model and the counts, for any rows
_pairing       blocks -> scored pairs
_connecting    pairs -> components; _grouping: components -> people
_copies        places -> records
_pieces        rows as Arrow tables; _tally: counts of a whole table
=============  ==============================================================
"""

from crmcore.matching.engines.spark.engine import SparkEngine
from crmcore.matching.engines.spark.results import SparkDeduplication

__all__ = ["SparkDeduplication", "SparkEngine"]
