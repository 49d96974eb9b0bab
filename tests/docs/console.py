"""Console blocks of the documentation: what a reader is told to type is typed.

``$ crmcore ...`` is run, must succeed, and must print what the block shows below it (``...`` stands for anything).
``$ make ...`` must name a target of the Makefile, ``$ pip install ...`` an extra of the package; both are only looked up.
``$ echo $?`` after a command shows its exit code, which is 0 otherwise. Any other command is a mistake in the page.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import TYPE_CHECKING

from sybil.parsers.myst import CodeBlockParser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sybil import Example

ROOT = Path(__file__).parents[2]
RUN = "import sys; from crmcore.cli import main; sys.argv[0] = 'crmcore'; sys.exit(main())"


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a block with the output that is shown below it."""
    pieces = re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)
    if pieces[0].strip():
        msg = f"a console block begins with '$ ', not with {pieces[0]!r}"
        raise ValueError(msg)
    for piece in pieces[1:]:
        command, _, shown = piece.partition("\n")
        yield command, shown


def run(command: str, shown: str, code: int) -> str | None:
    """Run or look up one command; return what is wrong with it, or None."""
    program, *arguments = shlex.split(command, comments=True)
    if program == "make":
        missing = [target for target in arguments if "=" not in target and target not in targets()]
        return f"the Makefile has no target {missing}" if missing else None
    if program == "pip":
        named = re.findall(r"[a-z]+", ",".join(re.findall(r"crmcore\[(.*?)\]", command)))
        missing = sorted(set(named) - extras())
        return f"the package has no extra {missing}" if missing else None
    if program == "crmcore":
        return run_crmcore(arguments, shown, code)
    return f"a console block runs crmcore, make or pip, not {program}"


def run_crmcore(arguments: list[str], shown: str, code: int) -> str | None:
    """Run the command line in a process of its own and compare what it prints with what the page shows."""
    environment = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1", "TERM": "dumb", "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != code:
        return f"exit code {done.returncode}, not {code}\n{done.stdout}{done.stderr}"
    printed = done.stdout + done.stderr
    if shown.strip() and not OutputChecker().check_output(shown, printed, ELLIPSIS | NORMALIZE_WHITESPACE):
        return f"the page shows\n{shown}\nit prints\n{printed}"
    return None


def targets() -> set[str]:
    """Return the targets that the Makefile offers."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))


def extras() -> set[str]:
    """Return the extras that the package declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


class ConsoleParser(CodeBlockParser):
    """Finds the fenced blocks that are marked ``console``."""

    language = "console"

    def evaluate(self, example: Example) -> str | None:
        """Run the commands of one block in order; the first that goes wrong fails the page."""
        typed = list(commands(example.parsed))
        for (command, shown), (following, code) in zip(typed, [*typed[1:], ("", "")], strict=True):
            if command == "echo $?":
                continue
            problem = run(command, shown, int(code) if following == "echo $?" else 0)
            if problem:
                return f"$ {command}\n{problem}"
        return None
