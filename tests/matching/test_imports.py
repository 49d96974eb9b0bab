"""Matching brings along no DataFrame library: it reads what the user has, and asks for nothing else."""

import subprocess
import sys

import pytest

HEAVY = ["pandas", "polars", "pyarrow", "duckdb", "sqlalchemy", "pyspark"]


def loaded_after(code):
    """Return which of the heavy packages a fresh interpreter has loaded after some code."""
    asked = f"import sys\n{code}\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize(
    "code",
    [
        "import crmcore.matching",
        "from crmcore.matching import dedupe; dedupe({'name': ['Ada Lovelace', 'Lovelace, Ada']})",
        "from crmcore.matching import dedupe; dedupe([{'name': 'Ada Lovelace'}])",
    ],
    ids=["import", "columns", "rows"],
)
def test_plain_python_needs_no_dataframe_library(code):
    """Importing the room, and deduplicating columns or rows, loads none of them."""
    assert [] == loaded_after(code)


def test_the_measure_sees_a_library_that_is_loaded():
    """The negative control: pandas is seen when it is there."""
    assert ["pandas"] == [name for name in loaded_after("import pandas") if name == "pandas"]
