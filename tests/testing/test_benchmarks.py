"""The benchmarks measure what they say: truth stays with its rows, children are judged, tables land where they belong."""

import sys

import numpy as np
import pytest

from benchmarks.matching.__main__ import measure
from benchmarks.matching.checks import processors_check, shuffle_check
from benchmarks.matching.children import Engine, Failed, run
from benchmarks.matching.datasets import DataSet, blinded, shuffled
from benchmarks.matching.environments import NotInstalled, python_of
from benchmarks.matching.rules import rules
from benchmarks.matching.tables import figures, markdown, scores, write_into

PEER = """
import json, pathlib, sys
import numpy as np
job = json.loads(pathlib.Path(sys.argv[1]).read_text())
folder = pathlib.Path(job["folder"])
assert job["ignore"] == ["person"]
np.save(folder / "labels-0.5.npy", np.array([0, 0, 1]))
seconds = {"import": 1.0, "read": 2.0, "train": 0.05, "match": 0.2}
answer = {"seconds": seconds, "thresholds": [0.5], "kind": "labels", "version": "7"}
(folder / "answer.json").write_text(json.dumps(answer))
"""


@pytest.fixture
def dataset(tmp_path):
    """Three rows of two people."""
    path = tmp_path / "people.csv"
    path.write_text(
        "id,person,first_name,last_name,email\n1,a,Ada,Lovelace,ada@x.example\n2,a,Adah,Lovelace,\n3,b,Alan,Turing,\n"
    )
    return DataSet(
        name="three",
        model="three",
        path=path,
        ignore=("person",),
        ids=("id",),
        truth=lambda: np.array([0, 0, 1]),
    )


def test_a_child_is_run_and_judged(dataset, tmp_path):
    """An engine's answer becomes a line with its scores, its seconds and its peak."""
    script = tmp_path / "peer.py"
    script.write_text(PEER)
    done = run(Engine(name="peer", python=sys.executable, script=script), dataset)
    (line,) = figures("peer", [done], dataset.truth(), reference=None)

    assert ("peer 7", "0.5", 1.0, 0.25) == (line["engine"], line["threshold"], line["F1"], line["in memory"])
    assert done.peak > 1_000_000
    assert done.process > 0


def test_the_peak_is_the_child_s_own(dataset, tmp_path):
    """What this process holds does not count for the child, though it was started from here."""
    script = tmp_path / "peer.py"
    script.write_text(PEER)
    ballast = np.ones(40_000_000)
    done = run(Engine(name="peer", python=sys.executable, script=script), dataset)

    assert done.peak < 150_000_000 < ballast.nbytes


def test_a_failing_child_is_reported_with_its_reason(dataset, tmp_path):
    """Its last words are the reason; no figure is made up."""
    script = tmp_path / "peer.py"
    script.write_text("raise ValueError('out of luck')")

    with pytest.raises(Failed, match="out of luck"):
        run(Engine(name="peer", python=sys.executable, script=script), dataset)


def test_a_child_that_does_not_end_is_stopped(dataset, tmp_path):
    """What it started is stopped with it, and the reason says after how long."""
    script = tmp_path / "peer.py"
    script.write_text("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'while True: pass'])")

    with pytest.raises(Failed, match=r"stopped after 1 s, at \d+ MB"):
        run(Engine(name="peer", python=sys.executable, script=script), dataset, limit=1)


def test_a_peer_that_fails_has_a_line_and_the_others_go_on(dataset, tmp_path):
    """The table names it and the reason; where crmcore itself fails, so does the benchmark."""
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(PEER)
    bad.write_text("raise ValueError('out of luck')")
    fine = Engine(name="fine", python=sys.executable, script=good)

    lines = measure(dataset, [Engine(name="poor", python=sys.executable, script=bad), fine], runs=2, limit=60)

    assert ["poor", "fine 7"] == [line["engine"] for line in lines[:2]]
    assert "out of luck" in lines[0]["threshold"]
    with pytest.raises(Failed):
        measure(dataset, [Engine(name="crmcore", python=sys.executable, script=bad)], runs=1, limit=60)


def test_a_peer_that_is_not_there_says_so(monkeypatch, tmp_path):
    """An interpreter that does not exist is a reason, not a crash."""
    monkeypatch.setenv("CRMCORE_BENCH_DEDUPE", str(tmp_path / "python"))

    with pytest.raises(NotInstalled, match="CRMCORE_BENCH_DEDUPE"):
        python_of("dedupe")


def test_the_order_of_the_rows_is_checked(dataset, tmp_path):
    """A peer that groups by position is caught, one that groups by content is not."""
    by_place, by_name = tmp_path / "place.py", tmp_path / "name.py"
    by_place.write_text(PEER)
    by_name.write_text(
        PEER.replace("np.array([0, 0, 1])", "(1 - NAMED).astype(np.int64)")
        .replace("import numpy as np", "import numpy as np, csv")
        .replace(
            "folder =", "NAMED = np.array(['Love' in row[3] for row in csv.reader(open(job['path']))][1:])\nfolder ="
        )
    )
    engines = [Engine(name="peer", python=sys.executable, script=each) for each in (by_place, by_name)]

    first, second = (shuffle_check(engine, dataset, times=3, limit=60) for engine in engines)

    assert not all(line["same clusters"] for line in first)
    assert all(line["same clusters"] for line in second)
    assert [True, True] == [
        line["same clusters"] for line in processors_check(engines[1], dataset, numbers=[1, 2], limit=60)
    ]


def test_a_shuffled_copy_keeps_each_row_with_its_truth(dataset, tmp_path):
    """Every column is there, and the order tells where each row came from."""
    copy, order = shuffled(dataset, folder=tmp_path)

    assert dataset.header() == copy.header()
    assert [dataset.column("first_name")[row] for row in order] == copy.column("first_name")


def test_runs_that_differ_are_marked(dataset, tmp_path):
    """A peer that answers otherwise each time is shown as such; the scores are those of its first answer."""
    script = tmp_path / "peer.py"
    script.write_text(PEER.replace("np.array([0, 0, 1])", "np.random.default_rng().integers(0, 10**9, 3)"))
    engine = Engine(name="peer", python=sys.executable, script=script)

    (line,) = figures("peer", [run(engine, dataset) for _ in range(2)], dataset.truth(), reference=None)

    assert "| 0.5; the runs differ |" in markdown([line])


def test_links_of_two_tables_are_scored_one_by_one():
    """Two of three links are right, and one of three people was not linked."""
    truth = np.array([0, 1, 2, 0, 2, 1])  # three rows on the left, three on the right

    found = scores(np.array([[0, 0], [2, 1], [1, 0]]), truth, left_rows=3)

    assert (2 / 3, 2 / 3) == (found["P"], found["R"])
    assert {"P": 1.0, "R": 0.0, "F1": 0.0} == {
        name: value for name, value in scores(np.empty((0, 2), np.int64), truth, left_rows=3).items() if name != "B³ F1"
    }


def test_rules_leave_rows_without_a_key_alone(dataset):
    """Two rows without an e-mail are not the same by it; two letters of the given name are enough."""
    by_email, by_name = rules(dataset).values()

    assert 3 == len(set(by_email.tolist()))
    assert [0, 0, 2] == by_name.tolist()


def test_a_blinded_copy_keeps_each_row_with_its_truth(dataset, tmp_path):
    """Ids and truth are gone from the file, and the shuffled truth still fits the shuffled rows."""
    blind = blinded(dataset, folder=tmp_path)

    assert ["first_name", "last_name", "email"] == blind.header()
    assert {"Ada": 0, "Adah": 0, "Alan": 1} == dict(
        zip(blind.column("first_name"), blind.truth().tolist(), strict=True)
    )


def test_a_table_lands_between_its_marks(tmp_path):
    """What stood there is replaced, the rest of the page stays, and an unknown data set changes nothing."""
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures: three -->\nstale\n<!-- end of figures -->\nafter\n")

    assert write_into(page, "three", [{"engine": "peer 7", "F1": 0.5}], note="here")
    assert not write_into(page, "four", [], note="here")
    assert "stale" not in page.read_text()
    assert page.read_text().startswith("before\n")
    assert page.read_text().endswith("<!-- end of figures -->\nafter\n")
    assert "| peer 7 |" in page.read_text()
