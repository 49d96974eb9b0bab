"""`make bench` starts here, with the quickest peer only; the options are those of ``python -m benchmarks.matching``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.matching.__main__ import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["--peers", "splink"])
