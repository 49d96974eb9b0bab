"""recordlinkage in a process and an environment of its own; see `contract`.

The Febrl sets get the settings of its guides (J535D165/recordlinkage, docs/guides/data_deduplication for one table,
docs/guides/link_two_dataframes for two): block on the given name, six comparisons, a match where more than three of
them agree. The others have no published settings: several blocks, the comparisons of the guide's kind, and the
unsupervised classifier of its examples (ECM, examples/unsupervised_learning_prob.py). The library finds pairs; what
hangs together is one person.
"""

from __future__ import annotations

from time import perf_counter

STARTED = perf_counter()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import recordlinkage  # noqa: E402 - the import of the peer is part of what is measured
from contract import Job  # noqa: E402
from scipy.sparse import coo_array  # noqa: E402
from scipy.sparse.csgraph import connected_components  # noqa: E402

FEBRL = {
    "blocks": [["given_name"]],
    "exact": ["given_name", "date_of_birth", "suburb", "state"],
    "like": {"surname": "jarowinkler", "address_1": "levenshtein"},
    "more_than": 3,
}
MODELS = {
    "febrl1": FEBRL,
    "febrl2": FEBRL,
    "febrl3": FEBRL,
    "febrl4": FEBRL,
    "fake_1000": {
        "blocks": [["email"], ["surname"], ["first_name", "dob"], ["dob", "city"]],
        "exact": ["dob", "city", "email"],
        "like": {"first_name": "jarowinkler", "surname": "jarowinkler"},
    },
    "historical_50k": {
        "blocks": [["first_name", "surname"], ["surname", "dob"], ["first_name", "dob"], ["postcode_fake"]],
        "exact": ["dob", "birth_place", "postcode_fake", "occupation"],
        "like": {"first_name": "jarowinkler", "surname": "jarowinkler"},
    },
    "contacts": {
        "blocks": [["email"], ["mobile"], ["linkedin"], ["last_name", "first_name"], ["last_name", "company"]],
        "exact": ["email", "mobile", "linkedin"],
        "like": dict.fromkeys(("first_name", "last_name", "company", "city", "job_title"), "jarowinkler"),
    },
}


def main() -> None:
    """Read, index, compare, classify; note the seconds of each."""
    job = Job(STARTED)
    job.lap("import")
    frames = [pd.DataFrame(table, dtype=object) for table in job.tables()]
    job.lap("read")
    model = MODELS[job.dataset]
    if "more_than" not in model:  # the guides take their data as it stands
        frames = [frame.apply(lambda column: column.str.lower()) for frame in frames]
    for frame in frames:
        for column in model["like"]:
            frame[column] = frame[column].fillna("")
    job.lap("prepare")
    indexer = recordlinkage.Index()
    for block in model["blocks"]:
        indexer.block(block)
    candidates = indexer.index(*frames)
    job.lap("block")
    compare = recordlinkage.Compare()
    for column in model["exact"]:
        compare.exact(column, column, label=column)
    for column, method in model["like"].items():
        compare.string(column, column, method=method, threshold=0.85, label=column)
    features = compare.compute(candidates, *frames)
    job.lap("compare")
    matches = classified(features, model)
    job.lap("classify")
    left, right = (np.asarray(matches.get_level_values(side), dtype=np.int64) for side in (0, 1))
    if job.right is None:
        rows = len(frames[0])
        _, labels = connected_components(coo_array((np.ones(len(left)), (left, right)), shape=(rows, rows)))
        order = np.argsort(labels, kind="stable")
        clusters = np.split(order, np.cumsum(np.bincount(labels))[:-1])
        job.lap("cluster")
        job.labels("rule", clusters, rows)
    else:
        job.links("rule", list(zip(left.tolist(), right.tolist(), strict=True)))
    job.done(recordlinkage.__version__)


def classified(features: pd.DataFrame, model: dict) -> pd.MultiIndex:
    """Return the pairs that match."""
    if "more_than" in model:
        return features[features.sum(axis=1) > model["more_than"]].index
    return recordlinkage.ECMClassifier(binarize=0.5).fit_predict(features.fillna(0))


if __name__ == "__main__":
    main()
