"""What the tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data that CRMCORE_DATA names, or one beside the checkout; skip where there is none."""
    folder = Path(os.environ.get("CRMCORE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs real data, which is not in the checkout: set CRMCORE_DATA (looked in {folder})")
    return folder
