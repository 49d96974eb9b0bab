"""How does one use crmcore without writing Python? Commands that parse, call :mod:`crmcore.app`, and print.

Nouns: a *command* (``dedupe``, ``import``, ``report``, ``inspect``, ``sample``, ``db``, ``doctor``), a
*screen* (what is printed where), a *draft* (an output file until the job has succeeded).

Laws:

- Results go to standard output, with ``--json`` as exactly one JSON document; progress, warnings and errors go to
  standard error.
- Exit codes: 0 done; 1 the job failed; 2 it was called wrongly, or an extra is missing; 3 done, but some rows were left
  out (only with ``--strict``); 130 interrupted.
- An output file appears whole or not at all, and what stood there before stays until then.

>>> from crmcore.cli import main
>>> main(["--version"])  # doctest: +ELLIPSIS
crmcore ...
0
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from crmcore.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: the arguments of this process) and return its exit code."""
    if find_spec("typer") is None or find_spec("rich") is None:
        sys.stderr.write(f"crmcore: {MissingExtra('use the command line', 'cli')}\n")
        return 2
    from crmcore.cli._program import run

    return run(arguments)
