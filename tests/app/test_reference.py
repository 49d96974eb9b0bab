"""The reference page shows what one does with a database, by subject."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from crmcore import CRM

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "app.md"


def test_each_verb_of_a_database_stands_in_the_table_once():
    """And nothing else does."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    listed = Counter(re.findall(r"`(\w+)`", "\n".join(rows)))

    assert Counter(name for name in dir(CRM) if not name.startswith("_")) == listed
