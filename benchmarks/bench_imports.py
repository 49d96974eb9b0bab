"""What it costs to have crmcore: seconds to import it, bytes of the wheel, megabytes of the base installation.

    python benchmarks/bench_imports.py            import time only
    python benchmarks/bench_imports.py --install  also build the wheel and install it into an empty environment

Importing is measured in fresh interpreters with bytecode already compiled, against an interpreter that imports nothing.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
RUNS = 20
STATEMENTS = ("pass", "import crmcore", "import crmcore.model", "import crmcore.matching")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--install", action="store_true", help="also build the wheel and install it elsewhere")
    wishes = parser.parse_args()
    compiled = importlib.util.find_spec("crmcore")
    compileall.compile_dir(Path(compiled.origin).parent, quiet=2)
    for statement, seconds in importing().items():
        print(f"{statement:24} {seconds * 1000:7.1f} ms (median of {RUNS} fresh interpreters)")
    loaded = subprocess.run(
        [sys.executable, "-c", "import crmcore, sys; print('numpy' in sys.modules)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    print(f"numpy is loaded by `import crmcore`: {loaded.stdout.strip()}")
    if wishes.install:
        installed()


def importing() -> dict[str, float]:
    """Take the median seconds of each statement; the runs alternate, so that a busy moment strikes all alike."""
    seconds: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    for _ in range(RUNS):
        for statement, taken in seconds.items():
            started = perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            taken.append(perf_counter() - started)
    return {statement: median(taken) for statement, taken in seconds.items()}


def installed() -> None:
    """Build the wheel, install it into an empty environment, and weigh both."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
        (wheel,) = folder.glob("crmcore-*.whl")
        print(f"wheel: {wheel.stat().st_size / 1e3:,.0f} kB")
        started = perf_counter()
        subprocess.run([*pip, "install", "--target", folder / "site", wheel], check=True)
        sizes = weigh(folder / "site")
        print(f"base installation: {sum(sizes.values()) / 1e6:,.0f} MB in {perf_counter() - started:.0f} s, of which")
        for name, size in sorted(sizes.items(), key=lambda item: -item[1])[:5]:
            print(f"  {name:24} {size / 1e6:6.1f} MB")


def weigh(site: Path) -> dict[str, int]:
    """Sum the bytes of each top-level folder, bytecode included."""
    return {
        entry.name: sum(file.stat().st_size for file in entry.rglob("*") if file.is_file())
        for entry in site.iterdir()
        if entry.is_dir()
    }


if __name__ == "__main__":
    main()
