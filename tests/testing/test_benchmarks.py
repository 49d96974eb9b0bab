"""The benchmarks measure what they say: truth stays with its rows, children are judged, tables land where they belong."""

import sys

import numpy as np
import pytest

from benchmarks.matching.children import Engine, run
from benchmarks.matching.datasets import DataSet, blinded
from benchmarks.matching.rules import rules
from benchmarks.matching.tables import figures, write_into

PEER = """
import json, pathlib, sys
import numpy as np
job = json.loads(pathlib.Path(sys.argv[1]).read_text())
folder = pathlib.Path(job["folder"])
assert job["ignore"] == ["person"]
np.save(folder / "labels-0.5.npy", np.array([0, 0, 1]))
(folder / "answer.json").write_text(json.dumps({"seconds": {"match": 0.25}, "thresholds": [0.5], "version": "7"}))
"""


@pytest.fixture
def dataset(tmp_path):
    """Three rows of two people."""
    path = tmp_path / "people.csv"
    path.write_text("id,person,first,last,mail\n1,a,Ada,Lovelace,ada@x.example\n2,a,Adah,Lovelace,\n3,b,Alan,Turing,\n")
    return DataSet(
        name="three",
        model="three",
        path=path,
        ignore=("person",),
        ids=("id",),
        truth=lambda: np.array([0, 0, 1]),
        email="mail",
        names=("first", "last"),
    )


def test_a_child_is_run_and_judged(dataset, tmp_path):
    """An engine's answer becomes a line with its scores, its seconds and its peak."""
    script = tmp_path / "peer.py"
    script.write_text(PEER)
    done = run(Engine(name="peer", python=sys.executable, script=script), dataset)
    (line,) = figures("peer", [done], dataset.truth(), reference=None)

    assert ("peer 7", "0.5", 1.0, 0.25) == (line["engine"], line["threshold"], line["F1"], line["train, predict"])
    assert done.peak > 1_000_000
    assert done.process > 0


def test_the_peak_is_the_child_s_own(dataset, tmp_path):
    """What this process holds does not count for the child, though it was started from here."""
    script = tmp_path / "peer.py"
    script.write_text(PEER)
    ballast = np.ones(40_000_000)
    done = run(Engine(name="peer", python=sys.executable, script=script), dataset)

    assert done.peak < 150_000_000 < ballast.nbytes


def test_a_failing_child_fails_the_benchmark(dataset, tmp_path):
    """Its last words are shown; no figure is made up."""
    script = tmp_path / "peer.py"
    script.write_text("raise ValueError('out of luck')")

    with pytest.raises(SystemExit, match="out of luck"):
        run(Engine(name="peer", python=sys.executable, script=script), dataset)


def test_rules_leave_rows_without_a_key_alone(dataset):
    """Two rows without an e-mail are not the same by it; two letters of the given name are enough."""
    by_email, by_name = (labels for _, labels in rules(dataset))

    assert 3 == len(set(by_email.tolist()))
    assert [0, 0, 1] == by_name.tolist()


def test_a_blinded_copy_keeps_each_row_with_its_truth(dataset, tmp_path):
    """Ids and truth are gone from the file, and the shuffled truth still fits the shuffled rows."""
    blind = blinded(dataset, folder=tmp_path)

    assert ["first", "last", "mail"] == blind.header()
    assert {"Ada": 0, "Adah": 0, "Alan": 1} == dict(zip(blind.column("first"), blind.truth().tolist(), strict=True))


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
