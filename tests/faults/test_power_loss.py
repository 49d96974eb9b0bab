"""A SQLite store over a disk that loses power: with the default, no acknowledged unit is lost, whatever the disk kept."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from crmcore.errors import StoreError
from crmcore.storage.sql import _sqlite
from tests.faults.apsw_driver import over
from tests.faults.oracle import Judge, Verdict, dump
from tests.faults.power import Image, RecordingDisk, images
from tests.faults.workload import STEPS, Setting
from tests.guarantees import Figures

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
SMALL_LOG = ("PRAGMA wal_autocheckpoint=12",)
"""The log goes into the file every few units, so that power fails in the middle of that too."""


def recorded(
    folder: Path,
    name: str,
    *,
    durability: str = "full",
    also: tuple[str, ...] = (),
    instead: dict[str, str] | None = None,
) -> RecordingDisk:
    """Do the workload on a recording disk: a new file, and two handles one after the other, each closed in order."""
    disk, setting = RecordingDisk(name), Setting()
    with over(name, also=also, instead=instead or {}):
        for first, last in ((0, 8), (8, len(STEPS))):
            with setting.open(f"sqlite:///{folder / 'crm.db'}", durability=durability) as store:
                for step in range(first, last):
                    setting.do(store, step)
                    disk.acknowledge(step + 1)
    return disk


@attrs.define
class Losses:
    """What a run of power losses left."""

    found: Counter[str] = attrs.field(factory=Counter)
    images: int = 0
    worst: int = 0
    """The most acknowledged units that one image had lost."""

    @property
    def figures(self) -> dict[str, int]:
        """What a guarantee tells of the run."""
        return {"images": self.images, **{word: self.found[word] for word in ("lost", "partial", "corrupt")}}


def survive(disk: RecordingDisk, judge: Judge, folder: Path, *, stride: int, seed: int) -> Losses:
    """Open the store on every image, as after the power has come back, and judge it."""
    losses = Losses()
    for image in images(disk.log, seed=seed, stride=stride):
        home = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else folder))
        image.write(home)
        verdict = judged(image, home / "crm.db", judge)
        shutil.rmtree(home)
        losses.images += 1
        losses.found[verdict.fault or "whole"] += 1
        if verdict.fault == "lost":
            losses.worst = max(losses.worst, image.acknowledged - verdict.steps)
    return losses


def judged(image: Image, path: Path, judge: Judge) -> Verdict:
    """Say what stands in the files of an image: first as the store looks at a file, then as SQLite recovers it."""
    try:
        _sqlite.check_file(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute("PRAGMA synchronous=OFF")  # the image itself need not survive another power loss
            sound = raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            is_new = raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
            state = "" if is_new else dump(raw)
        if not sound:
            return Verdict(fault="corrupt")
        if is_new:
            with Setting().open(f"sqlite:///{path}") as store:
                return judge.judge(store, acknowledged=image.acknowledged)
        return judge.verdict(state, lambda: Setting().open(f"sqlite:///{path}"), acknowledged=image.acknowledged)
    except (StoreError, sqlite3.DatabaseError):
        return Verdict(fault="corrupt")


@pytest.fixture(scope="module")
def seed() -> int:
    """Return the seed that the lost parts are drawn by; change it to draw others."""
    return 20260131


def test_power_loss_loses_nothing(
    tmp_path: Path, sqlite_judge: Judge, figures: Figures, thorough: bool, seed: int
) -> None:
    """At every write, sync, truncation and deletion, in four variants: each acknowledged unit whole, the file sound."""
    total = Losses()
    for name, also in (("power-full", ()), ("power-full-small-log", SMALL_LOG)):
        home = tmp_path / name
        home.mkdir()
        disk = recorded(home, name, also=also)
        losses = survive(disk, sqlite_judge, tmp_path, stride=2 if thorough else 101, seed=seed)
        total.images += losses.images
        total.found += losses.found
    figures("D2", "SQLite, durability=full", **total.figures)

    assert {"whole": total.images} == total.found
    assert (5000 if thorough else 30) < total.images


def test_the_relaxed_mode_loses_the_last_units_and_no_more(
    tmp_path: Path, sqlite_judge: Judge, figures: Figures, thorough: bool, seed: int
) -> None:
    """With synchronous=NORMAL acknowledged units are lost, the last ones; what is left is a prefix, whole and sound."""
    disk = recorded(tmp_path, "power-relaxed", durability="relaxed", also=SMALL_LOG)
    losses = survive(disk, sqlite_judge, tmp_path, stride=2 if thorough else 41, seed=seed)
    figures("D3", "SQLite, durability=relaxed", **losses.figures, **{"most units lost at once": losses.worst})
    figures.control("D2", "SQLite, durability=relaxed", images=losses.images, lost=losses.found["lost"])

    assert losses.found["lost"] > 0
    assert {"whole", "lost"} == set(losses.found)


def test_without_syncs_the_harness_finds_damage(
    tmp_path: Path, sqlite_judge: Judge, figures: Figures, thorough: bool, seed: int
) -> None:
    """The second negative control: with synchronous=OFF the same harness finds files that are corrupt."""
    disk = recorded(
        tmp_path, "power-off", also=SMALL_LOG, instead={"PRAGMA synchronous=FULL": "PRAGMA synchronous=OFF"}
    )
    losses = survive(disk, sqlite_judge, tmp_path, stride=7 if thorough else 41, seed=seed)
    figures.control("D3", "SQLite, synchronous=OFF", **losses.figures)

    assert losses.found["corrupt"] > 0
