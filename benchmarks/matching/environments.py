"""An environment of its own for each peer, made by plain pip below .venvs/, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["NotInstalled", "python_of"]

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).parent / "peers"


class NotInstalled(Exception):
    """A peer cannot be installed here; the reason in a line."""


def python_of(peer: str) -> Path:
    """Find the interpreter that has a peer: the one that CRMCORE_BENCH_<PEER> names, or one that is made here.

    Raises:
        NotInstalled: pip failed, or the named interpreter is not there.

    """
    if given := os.environ.get(f"CRMCORE_BENCH_{peer.upper()}"):
        if not Path(given).exists():
            raise NotInstalled(f"CRMCORE_BENCH_{peer.upper()} names no interpreter")
        return Path(given)
    folder = ROOT / ".venvs" / f"bench-{peer}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / "installed.txt"
    requirements = REQUIREMENTS / f"{peer}.txt"
    wanted = requirements.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        _ran([sys.executable, "-m", "venv", str(folder)])
        _ran([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])
        stamp.write_text(wanted)
    return python


def _ran(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or ["without a word"]
        raise NotInstalled(f"pip cannot install it: {errors[0][:200]}")
