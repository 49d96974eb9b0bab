"""What a stranger may not find in the checkout: this machine's paths, an index's host, files that belong elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture import sources

# Written so that this file does not match itself.
MACHINE = re.compile(
    r"(?<![\w./-])/(?:work|farm|root|home/[a-z]+|Users/[A-Za-z]+)/(?!\.\.\.)"
    r"|\b(?:py[p]i\.org|test\.py[p]i\.org|files\.python[h]osted\.org|registry\.npm[j]s\.org|deb\.debian\.or[g])\b"
    r"|file:///[a-z]"
)
LARGEST = 400_000
BINARY = {".png", ".ico", ".parquet", ".xlsx", ".db", ".gz", ".pdf"}


def text_of(path: Path) -> str:
    """Return the file's text, or nothing for a binary file."""
    return "" if path.suffix in BINARY else path.read_text(encoding="utf-8", errors="replace")


def test_no_file_names_a_machine_or_an_index() -> None:
    """No tracked file holds an absolute path of somebody's machine or the host name of a package index."""
    found = [
        f"{sources.short(path)}: {match.group()}"
        for path in sources.tracked()
        for match in MACHINE.finditer(text_of(path))
    ]

    assert [] == found


def test_no_file_is_large() -> None:
    """Data sets stay outside; a table that ships is small."""
    assert [] == [sources.short(path) for path in sources.tracked() if path.stat().st_size > LARGEST]


@pytest.mark.parametrize("text", ["/work" + "/main/x", "see files.python" + "hosted.org", "cd /home" + "/ada/x"])
def test_the_search_finds_what_it_looks_for(text: str) -> None:
    """The negative control: a machine path and an index's host are found."""
    assert MACHINE.search(text)


@pytest.mark.parametrize("text", ["https://example.org/tmpl/1", "docs/home/page", "src/tmpl/"])
def test_the_search_leaves_addresses_alone(text: str) -> None:
    """A path inside an address or below the checkout is no machine path."""
    assert not MACHINE.search(text)
