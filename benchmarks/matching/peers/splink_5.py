"""Splink in a process and an environment of its own: one job in, labels and seconds out.

Run by the harness as ``python splink_5.py JOB.json``; knows nothing of crmcore. The job names a data set, its file and
a folder for the answers: ``labels-<threshold>.npy`` (one integer a row, in the order of the file) and ``answer.json``.
The clock runs from opening the file to the clusters at the first threshold; further thresholds are drawn after it
stops.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from time import perf_counter

STARTED = perf_counter()

import duckdb  # noqa: E402 - the import of the peer is part of what is measured
import numpy as np  # noqa: E402
from splink import DuckDBAPI, Linker  # noqa: E402
from splink_models import MODELS  # noqa: E402


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the file in as the table ``source``: text as it stands, with the row's number."""
    if path.suffix == ".parquet":
        connection.execute(f"create table source as select * from read_parquet('{path}')")
    else:
        connection.execute(f"create table source as select * from read_csv('{path}', all_varchar=true, header=true)")
        for (name,) in connection.execute("select column_name from (describe source)").fetchall():
            if name != name.strip():
                connection.execute(f'alter table source rename column "{name}" to "{name.strip()}"')


def main(job_path: str) -> None:
    """Read, train, predict, cluster; note the seconds of each."""
    job = json.loads(Path(job_path).read_text())
    folder = Path(job["folder"])
    model = MODELS[job["dataset"]]()
    logging.getLogger("splink").setLevel(logging.ERROR)
    seconds = {"import": perf_counter() - STARTED}
    last = perf_counter()

    def lap(phase: str) -> None:
        nonlocal last
        now = perf_counter()
        seconds[phase] = seconds.get(phase, 0.0) + now - last
        last = now

    connection = duckdb.connect()
    read(connection, Path(job["path"]))
    connection.execute(f"create table prepared as {model.select}")
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register(connection.table("prepared")), model.settings)
    lap("read")
    linker.training.estimate_probability_two_random_records_match(model.prior_rules, recall=model.prior_recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=model.u_pairs, seed=model.u_seed)
    for rule in model.em_rules:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, **model.em_options)
    lap("train")
    pairs = linker.inference.predict(threshold_match_probability=min(model.thresholds))
    lap("predict")
    drawn = []
    for threshold in model.thresholds:
        drawn.append(
            linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=threshold)
        )
        if threshold == model.thresholds[0]:
            lap("cluster")
    identifier = "rowid" if model.id_column == "row_id" else model.id_column
    identifiers = [row[0] for row in connection.execute(f"select {identifier} from source order by rowid").fetchall()]
    for threshold, clusters in zip(model.thresholds, drawn, strict=True):
        rows = clusters.as_duckdbpyrelation().select(f"{model.id_column}, cluster_id").fetchall()
        codes: dict[object, int] = {}
        label = {identifier: codes.setdefault(cluster, len(codes)) for identifier, cluster in rows}
        np.save(folder / f"labels-{threshold}.npy", np.array([label[name] for name in identifiers], dtype=np.int64))
    answer = {"seconds": seconds, "thresholds": list(model.thresholds), "version": __import__("splink").__version__}
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
