"""Every example runs: the docstrings of the package, the README and the pages of the documentation."""

from __future__ import annotations

from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from typing import TYPE_CHECKING

from sybil import Sybil
from sybil.parsers.myst import DocTestDirectiveParser, PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser
from sybil.sybil import SybilCollection

from tests.docs.console import ConsoleParser
from tests.docs.workplace import enter, enter_with_files, leave

if TYPE_CHECKING:
    from sybil.typing import Parser

FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE

PARSERS: list[Parser] = [
    PythonCodeBlockParser(doctest_optionflags=FLAGS),
    DocTestDirectiveParser(optionflags=FLAGS),
    ConsoleParser(),
    SkipParser(),
]


def _at_any_depth(folder: str, name: str) -> list[str]:
    """Return the patterns of files of that name; before Python 3.13 a ``**`` stands for one folder only."""
    return [f"{folder}/{'*/' * depth}{name}" for depth in range(6)]


readme = Sybil(parsers=PARSERS, patterns=["README.md"], setup=enter_with_files, teardown=leave)
pages = Sybil(
    parsers=PARSERS,
    patterns=["CONTRIBUTING.md", *_at_any_depth("docs", "*.md")],
    excludes=_at_any_depth("docs/_build", "*.md"),
    setup=enter,
    teardown=leave,
)
docstrings = Sybil(
    parsers=[DocTestParser(optionflags=FLAGS)],
    patterns=_at_any_depth("src", "*.py"),
    setup=enter,
    teardown=leave,
)

pytest_collect_file = SybilCollection([readme, pages, docstrings]).pytest()
