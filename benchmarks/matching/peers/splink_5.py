"""Splink in a process and an environment of its own; see `contract`.

The clock runs from opening the file to the clusters, or links, at the first threshold; further thresholds are drawn
after it stops.
"""

from __future__ import annotations

import logging
from time import perf_counter
from typing import TYPE_CHECKING

STARTED = perf_counter()

import duckdb  # noqa: E402 - the import of the peer is part of what is measured
from contract import Job  # noqa: E402
from splink import DuckDBAPI, Linker, __version__  # noqa: E402
from splink_models import MODELS  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def read(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Bring the file in as a table: text as it stands."""
    if path.suffix == ".parquet":
        connection.execute(f"create table {name} as select * from read_parquet('{path}')")
        return
    connection.execute(f"create table {name} as select * from read_csv('{path}', all_varchar=true, header=true)")
    for (column,) in connection.execute(f"select column_name from (describe {name})").fetchall():
        if column != column.strip():
            connection.execute(f'alter table {name} rename column "{column}" to "{column.strip()}"')


def main() -> None:
    """Read, prepare, train, predict, cluster; note the seconds of each."""
    job = Job(STARTED)
    model = MODELS[job.dataset]()
    logging.getLogger("splink").setLevel(logging.ERROR)
    job.lap("import")
    connection = duckdb.connect()
    sources = ["source"] if job.right is None else ["source", "source_right"]
    for path, source in zip(filter(None, (job.path, job.right)), sources, strict=True):
        read(connection, path, source)
    job.lap("read")
    api = DuckDBAPI(connection=connection)
    tables = []
    for source in sources:
        connection.execute(f"create table {source}_prepared as {model.select.replace('from source', f'from {source}')}")
        tables.append(api.register(connection.table(f"{source}_prepared")))
    linker = Linker(tables if job.right else tables[0], model.settings)
    job.lap("prepare")
    linker.training.estimate_probability_two_random_records_match(model.prior_rules, recall=model.prior_recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=model.u_pairs, seed=model.u_seed)
    for rule in model.em_rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, **model.em_options)
    job.lap("train")
    pairs = linker.inference.predict(threshold_match_probability=min(model.thresholds))
    job.lap("predict")
    identifier = "rowid" if model.id_column == "row_id" else model.id_column
    names = [connection.execute(f"select {identifier} from {each} order by rowid").fetchall() for each in sources]
    rows = [{name: row for row, (name,) in enumerate(each)} for each in names]
    for at, threshold in enumerate(model.thresholds):
        if job.right is None:
            job.labels(
                threshold, clusters_at(threshold, linker, pairs, column=model.id_column, row=rows[0]), len(rows[0])
            )
        else:
            job.links(threshold, links_at(threshold, pairs, column=model.id_column, rows=rows))
        if at == 0:
            job.lap("cluster")
    job.done(__version__)


def clusters_at(threshold: float, linker: Linker, pairs: object, *, column: str, row: dict) -> list[list[int]]:
    """Cluster at one threshold."""
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=threshold)
    clusters: dict[object, list[int]] = {}
    for name, cluster in found.as_duckdbpyrelation().select(f"{column}, cluster_id").fetchall():
        clusters.setdefault(cluster, []).append(row[name])
    return list(clusters.values())


def links_at(threshold: float, pairs: object, *, column: str, rows: list[dict]) -> list[tuple[int, int]]:
    """Take the pairs of at least one probability, whichever side either stands on."""
    left, right = rows
    found = pairs.as_duckdbpyrelation().filter(f"match_probability >= {threshold}")
    named = found.select(f"{column}_l, {column}_r").fetchall()
    return [(left[a], right[b]) if a in left else (left[b], right[a]) for a, b in named]


if __name__ == "__main__":
    main()
