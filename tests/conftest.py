"""What the tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=200, print_blob=True)
settings.register_profile("deep", deadline=None, max_examples=3_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

ROOT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    """Say which examples Hypothesis draws: with the profile `ci` the same ones in each run."""
    profile = settings.get_current_profile_name()
    return f"hypothesis profile: {profile} (HYPOTHESIS_PROFILE=ci repeats the same examples in each run)"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data that CRMCORE_DATA names, or one beside the checkout; skip where there is none."""
    folder = Path(os.environ.get("CRMCORE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs real data, which is not in the checkout: set CRMCORE_DATA (looked in {folder})")
    return folder
