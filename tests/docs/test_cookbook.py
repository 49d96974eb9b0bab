"""The questions of the cookbook find the same people on every store."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ask-questions.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
ADDRESS = "sqlite:///pool.db"


@pytest.fixture(params=["memory", "PostgreSQL"])
def elsewhere(request: pytest.FixtureRequest) -> str:
    """Return the addresses of the stores that the page itself does not use."""
    return "memory:" if request.param == "memory" else str(request.getfixturevalue("postgres_url"))


def test_the_page_has_at_least_forty_questions_and_an_answer_to_each() -> None:
    """The tests below run something."""
    asked = [block for block in BLOCKS if block.startswith("found = who(")]

    assert len(asked) >= 40
    assert all("\nassert found == [" in block for block in asked)
    assert 1 == sum(ADDRESS in block for block in BLOCKS)


def test_every_question_finds_the_same_people_elsewhere(elsewhere: str, tmp_path: Path) -> None:
    """What the page shows of a SQLite file holds in memory and on a server."""
    here, namespace = Path.cwd(), dict[str, Any]()
    os.chdir(tmp_path)
    try:
        for block in BLOCKS:
            exec(compile(block.replace(ADDRESS, elsewhere), str(PAGE), "exec"), namespace)  # noqa: S102 - our own page
    finally:
        os.chdir(here)
        if "crm" in namespace:
            namespace["crm"].close()
