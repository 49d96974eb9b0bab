"""What is shipped: a wheel with the types' marker, the templates and the tables, and without the tests."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture import sources

LARGEST = 2_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel once, with the tools that are already installed."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(out)]
    subprocess.run([*command, str(sources.ROOT)], check=True)
    (built,) = out.glob("crmcore-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    """Each source file, template and table below the package is in the wheel, and nothing from elsewhere."""
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    standing = {
        path.relative_to(sources.SRC.parent).as_posix()
        for path in sources.SRC.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert standing == shipped
    assert "crmcore/py.typed" in shipped


def test_the_wheel_is_small(wheel: Path) -> None:
    """The wheel stays below two megabytes."""
    assert wheel.stat().st_size < LARGEST


def test_the_wheel_tells_its_licence_and_its_command(wheel: Path) -> None:
    """The licence's text and the ``crmcore`` command are in the wheel's metadata."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = {
            Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name
        }

    assert "MIT License" in metadata["LICENSE"]
    assert "crmcore = crmcore.cli:main" in metadata["entry_points.txt"]
    assert "License-Expression: MIT" in metadata["METADATA"]
