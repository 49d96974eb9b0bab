"""An environment of its own for each peer, made by plain pip below .venvs/, once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["splink_python"]

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).parent / "peers" / "splink_5.txt"


def splink_python() -> Path:
    """Find the interpreter that has Splink: the one that CRMCORE_BENCH_SPLINK names, or one that is made here."""
    if given := os.environ.get("CRMCORE_BENCH_SPLINK"):
        return Path(given)
    folder = ROOT / ".venvs" / "bench-splink"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    stamp = folder / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    return python
