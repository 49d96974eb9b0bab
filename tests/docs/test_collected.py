"""No example stands where nobody runs it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLE = {".py": re.compile(r"^\s*>>> ", re.MULTILINE), ".md": re.compile(r"^```(?:python|console)", re.MULTILINE)}


def test_every_file_with_an_example_is_collected():
    """Each docstring, page and README that holds an example is among what pytest collects, however deep it lies."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "src",
        "docs",
        "README.md",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    collected = {line.partition("::")[0] for line in listed.splitlines()}
    pages = [*ROOT.glob("src/**/*.py"), *ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    told = {page for page in pages if "_build" not in page.parts}
    holding = {page for page in told if EXAMPLE[page.suffix].search(page.read_text(encoding="utf-8"))}

    assert {page.relative_to(ROOT).as_posix() for page in holding} - collected == set()
