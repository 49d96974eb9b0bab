"""The pages as a whole: links lead somewhere, and the glossary is in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
TERM = re.compile(r"^(?=\S)(?!```)(.+)$", flags=re.MULTILINE)


def pages() -> list[Path]:
    """Return every Markdown page of the checkout, the built site aside."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path for path in found if "_build" not in path.parts)


def terms() -> list[str]:
    """Return the words that the glossary explains, in its order."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return TERM.findall(text.partition("```{glossary}\n")[2].partition("```")[0])


@pytest.mark.parametrize("page", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_link_to_a_file_leads_to_one(page: Path) -> None:
    """Every relative link of a page names a file that is there."""
    dead = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]

    assert [] == dead


def test_the_glossary_is_sorted_and_explains_a_word_once() -> None:
    """A reader finds a word where the alphabet says."""
    words = terms()

    assert sorted(set(words), key=str.lower) == words
    assert len(words) > 20
