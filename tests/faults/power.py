"""A disk that remembers every write, and what is left of it when the power fails at any of them.

A write is certain once its file was synced after it, a deletion once its folder was. SQLite syncs the folder with the
first sync of each journal or log that it has made. Of what is not certain the disk may have kept nothing, all, any part,
or any 512-byte sectors. Not modelled: a disk that lies about a sync, and writes torn within a sector.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import attrs

__all__ = ["VARIANTS", "Image", "RecordingDisk", "images"]

SECTOR = 512
VARIANTS = ("none", "all", "some", "torn")
"""What the disk kept of the writes that were not synced."""

JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL

Op = tuple[Any, ...]


@attrs.define(slots=False)
class RecordingDisk:
    """Records what SQLite does with its files, and when a step was acknowledged."""

    name: str
    log: list[Op] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Register the file system under its name."""
        log = self.log

        class File(apsw.VFSFile):
            def __init__(self, name: Any, flags: list[int]) -> None:
                path = name.filename() if isinstance(name, apsw.URIFilename) else name
                self.named = Path(path).name if path else "temporary"
                is_new = bool(path) and not Path(path).exists()
                self.syncs_folder = is_new and bool(flags[0] & JOURNALS)
                super().__init__("", name, flags)

            def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's own names
                log.append(("write", self.named, offset, bytes(data)))
                super().xWrite(data, offset)

            def xTruncate(self, size: int) -> None:  # noqa: N802
                log.append(("truncate", self.named, size))
                super().xTruncate(size)

            def xSync(self, flags: int) -> None:  # noqa: N802
                log.append(("sync", self.named))
                if self.syncs_folder:
                    log.append(("sync folder", ""))
                    self.syncs_folder = False
                super().xSync(flags)

        class Files(apsw.VFS):
            def xOpen(self, name: Any, flags: list[int]) -> Any:  # noqa: N802
                return File(name, flags)

            def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
                log.append(("delete", Path(name).name, syncdir))
                super().xDelete(name, syncdir)

        self._files = Files(self.name, "")

    def acknowledge(self, steps: int) -> None:
        """Note that so many steps have returned."""
        self.log.append(("acknowledged", steps))


@attrs.frozen(kw_only=True)
class Image:
    """The files as they may be after a power loss."""

    cut: int
    variant: str
    files: dict[str, bytes]
    acknowledged: int

    def write(self, folder: Path) -> None:
        """Put the files into a folder; the shared memory of a log does not outlive the machine."""
        for name, content in self.files.items():
            if not name.endswith("-shm"):
                (folder / name).write_bytes(content)


@attrs.define
class _Disk:
    """What is certain, and what waits for a sync, file by file in order."""

    certain: dict[str, bytearray] = attrs.field(factory=dict)
    waiting: dict[str, list[Op]] = attrs.field(factory=dict)
    acknowledged: int = 0

    def take(self, op: Op) -> None:
        """Let one thing happen."""
        kind, what = op[0], op[1]
        if kind == "acknowledged":
            self.acknowledged = what
        elif kind == "sync":
            for waited in self.waiting.pop(what, ()):
                _apply(self.certain, waited)
        elif kind == "sync folder":
            self._sync_folder()
        else:
            self.waiting.setdefault(what, []).append(op)
            if kind == "delete" and op[2]:
                self._sync_folder(what)

    def _sync_folder(self, *only: str) -> None:
        """Let deletions become certain, and with them that nothing matters any more of what was written before."""
        for name in only or list(self.waiting):
            ops = self.waiting[name]
            last = max((place for place, op in enumerate(ops) if op[0] == "delete"), default=-1)
            if last >= 0:
                self.certain.pop(name, None)
                self.waiting[name] = ops[last + 1 :]

    def left(self, variant: str, rng: random.Random) -> dict[str, bytes]:
        """Return the files after a power loss."""
        files = {name: bytearray(content) for name, content in self.certain.items()}
        for ops in self.waiting.values():
            for op in ops:
                for part in _kept(op, variant, rng):
                    _apply(files, part)
        return {name: bytes(content) for name, content in files.items()}


def _kept(op: Op, variant: str, rng: random.Random) -> Iterator[Op]:
    """Yield what the disk kept of one thing that was not synced."""
    if variant == "torn" and op[0] == "write" and len(op[3]) > SECTOR:
        for start in range(0, len(op[3]), SECTOR):
            if rng.random() < 0.5:
                yield ("write", op[1], op[2] + start, op[3][start : start + SECTOR])
    elif variant == "all" or (variant != "none" and rng.random() < 0.5):
        yield op


def _apply(files: dict[str, bytearray], op: Op) -> None:
    kind, name = op[0], op[1]
    if kind == "delete":
        files.pop(name, None)
        return
    content = files.setdefault(name, bytearray())
    if kind == "truncate":
        del content[op[2] :]
        return
    offset, data = op[2], op[3]
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def images(log: list[Op], *, seed: int, stride: int = 1) -> Iterator[Image]:
    """Yield the disk after a power loss at every *stride*-th thing that happened, in every variant."""
    disk = _Disk()
    for cut, op in enumerate(log, start=1):
        disk.take(op)
        if cut % stride == 0 or cut == len(log):
            for place, variant in enumerate(VARIANTS):
                rng = random.Random(seed * 1_000_003 + cut * 7 + place)
                files = disk.left(variant, rng)
                yield Image(cut=cut, variant=variant, files=files, acknowledged=disk.acknowledged)
