"""dedupe 3 in a process and an environment of its own; see `contract`.

dedupe is supervised: its documentation (docs/API-documentation.rst, and csv_example in dedupeio/dedupe-examples) has a
person label the pairs about which it is least certain, then trains and clusters at 0.5. Here the person is the truth:
it answers so many questions and never errs, which is kinder than a person. Fields are text, and may be missing; there
are no published fields for these data sets, so they are every column that says who somebody is. Values are prepared as
the example does: lower case, without blanks to spare. Its environment holds BTrees at 6.1: with 6.5, which pip takes
otherwise, it ends in an AttributeError.
"""

from __future__ import annotations

import random
from time import perf_counter

STARTED = perf_counter()

import dedupe  # noqa: E402 - the import of the peer is part of what is measured
import numpy as np  # noqa: E402
from contract import Job  # noqa: E402
from dedupe import variables  # noqa: E402

QUESTIONS = 100
THRESHOLD = 0.5
FEBRL = ("given_name", "surname", "date_of_birth", "soc_sec_id", "street_number", "address_1", "suburb", "postcode")
FIELDS = {
    "historical_50k": ("first_name", "surname", "dob", "birth_place", "postcode_fake", "occupation"),
    "febrl1": FEBRL,
    "febrl2": FEBRL,
    "febrl3": FEBRL,
    "febrl4": FEBRL,
    "fake_1000": ("first_name", "surname", "dob", "city", "email"),
    "contacts": ("first_name", "last_name", "email", "mobile", "company", "city", "job_title", "linkedin"),
}


def main() -> None:
    """Read, ask, train, cluster; note the seconds of each."""
    job = Job(STARTED)
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - what dedupe draws from
    job.lap("import")
    tables = job.tables()
    job.lap("read")
    fields, starts = FIELDS[job.dataset], [0, *np.cumsum([rows_of(table) for table in tables])]
    records = [records_of(table, fields, start) for table, start in zip(tables, starts, strict=False)]
    asked = [variables.String(field, has_missing=True) for field in fields]
    deduper = dedupe.Dedupe(asked) if job.right is None else dedupe.RecordLink(asked)
    job.lap("prepare")
    deduper.prepare_training(*records)
    answer(deduper, job.truth())
    deduper.train()
    job.lap("train")
    if job.right is None:
        clusters = [members for members, _ in deduper.partition(records[0], THRESHOLD)]
        job.lap("cluster")
        job.labels(THRESHOLD, clusters, starts[1])
    else:
        links = [(left, right - starts[1]) for (left, right), _ in deduper.join(*records, THRESHOLD)]
        job.lap("cluster")
        job.links(THRESHOLD, links)
    job.done(dedupe.__version__ if hasattr(dedupe, "__version__") else version())


def rows_of(table: dict) -> int:
    """Count the rows."""
    return len(next(iter(table.values())))


def records_of(table: dict, fields: tuple[str, ...], start: int) -> dict[int, dict]:
    """Make records by row number; each knows its row, which no field looks at."""
    columns = [[cell and " ".join(cell.lower().split()) for cell in table[field]] for field in fields]
    return {
        start + row: {**dict(zip(fields, cells, strict=True)), "row": start + row}
        for row, cells in enumerate(zip(*columns, strict=True))
    }


def answer(deduper: object, truth: np.ndarray) -> None:
    """Answer the questions as somebody who knows."""
    for _ in range(QUESTIONS):
        try:
            pairs = deduper.uncertain_pairs()
        except IndexError:  # it has no more to ask
            return
        for pair in pairs:
            same = truth[pair[0]["row"]] == truth[pair[1]["row"]]
            deduper.mark_pairs({"match": [pair] if same else [], "distinct": [] if same else [pair]})


def version() -> str:
    """Ask the environment which dedupe this is."""
    from importlib.metadata import version as of

    return of("dedupe")


if __name__ == "__main__":
    main()
