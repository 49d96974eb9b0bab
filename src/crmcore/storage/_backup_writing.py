"""Writing a backup: one pass over the rows, whatever their number, and the hashes of what was written.

The file is JSON Lines, ASCII where the data are::

    {"crmcore_backup":1,"columns":{"unit":["number","actor",...],...}}
    ["unit",1,"ada",...]
    ["record","contact","c1",...]
    {"manifest":{...}}
    {"sha256":"<of all bytes before this line>"}
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

from crmcore.errors import StoreError
from crmcore.storage._layout import LAYOUT, SCHEMA_VERSION, row_fault
from crmcore.storage._manifest import FORMAT, BackupManifest, Section
from crmcore.storage._rows import ChangeRow, RecordRow, UnitRow
from crmcore.storage.digest import StateDigest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["LONGEST_LINE", "MARK", "SEAL", "header", "write_backup"]

MARK = b'{"crmcore_backup":'
"""How every backup begins; the number of its format follows."""
SEAL = len(b'{"sha256":"') + 64 + len(b'"}\n')
"""Bytes of the last line."""
LONGEST_LINE = 64 * 1024 * 1024
CHUNK = 256 * 1024
"""Bytes that are hashed and written at once."""

_line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def write_backup(
    out: BinaryIO, rows: Iterable[tuple[str, tuple[Any, ...]]], *, tenant: str, created_at: datetime
) -> BackupManifest:
    """Write all rows of a state, and return what the file says of itself.

    Raises:
        StoreError: a row that the layout of backups does not have; a backup without it would not be one.

    """
    from crmcore import __version__

    writing = _Writing(out)
    writing.write(header())
    for table, row in rows:
        writing.add(table, row)
    writing.end_section()
    manifest = BackupManifest(
        format=FORMAT,
        crmcore=__version__,
        schema_version=SCHEMA_VERSION,
        tenant=tenant,
        created_at=created_at,
        kinds=dict(sorted(writing.kinds.items())),
        records=dict(sorted(writing.records.items())),
        sections=writing.sections,
        digest=writing.digest.hexdigest(),
        last_unit=writing.last_unit,
        last_hash=writing.last_hash,
    )
    writing.write(f'{{"manifest":{manifest.model_dump_json()}}}\n'.encode())
    out.write(f'{{"sha256":"{writing.whole.hexdigest()}"}}\n'.encode("ascii"))
    return manifest


def header() -> bytes:
    """Return the first line, which says what the rows hold."""
    columns = {table: list(columns) for table, columns in LAYOUT.items()}
    return MARK + f'{FORMAT},"columns":{_line(columns)}}}\n'.encode("ascii")


class _Writing:
    """What was written so far."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lines: list[bytes] = []
        self._size = 0
        self._table = ""
        self._section = sha256()
        self._rows = self._bytes = 0
        self.whole = sha256()
        self.digest = StateDigest()
        self.sections: dict[str, Section] = {}
        self.kinds: dict[str, int] = {}
        self.records: dict[str, int] = {}
        self.last_unit, self.last_hash = 0, ""

    def write(self, data: bytes) -> None:
        """Write what belongs to no section."""
        self.whole.update(data)
        self._out.write(data)

    def add(self, table: str, row: tuple[Any, ...]) -> None:
        """Write one row."""
        if table != self._table:
            self.end_section()
            if table in self.sections:
                raise StoreError(f"the store yields its {table!r} rows in two places; a backup needs them in one")
            self._table = table
        if fault := row_fault(table, row):
            raise StoreError(f"a row of {table!r} cannot be backed up: {fault}")
        self._note(table, row)
        self.digest.add(table, row)
        line = _line((table, *row)).encode("utf-8") + b"\n"
        if len(line) > LONGEST_LINE:
            raise StoreError(f"a row of {table!r} takes {len(line):,} bytes; a backup holds up to {LONGEST_LINE:,}")
        self._lines.append(line)
        self._rows += 1
        self._size += len(line)
        if self._size >= CHUNK:
            self._flush()

    def end_section(self) -> None:
        """End the rows of a table."""
        self._flush()
        if self._table:
            self.sections[self._table] = Section(rows=self._rows, bytes=self._bytes, sha256=self._section.hexdigest())
        self._section = sha256()
        self._rows = self._bytes = 0
        self._table = ""

    def _note(self, table: str, row: tuple[Any, ...]) -> None:
        if table == "record":
            record = RecordRow(*row)
            self.records[record.kind] = self.records.get(record.kind, 0) + 1
            self.kinds[record.kind] = max(self.kinds.get(record.kind, 0), record.schema_version)
        elif table == "change":
            change = ChangeRow(*row)
            self.kinds[change.kind] = max(self.kinds.get(change.kind, 0), change.before_schema)
        elif table == "unit":
            unit = UnitRow(*row)
            self.last_unit, self.last_hash = unit.number, unit.hash

    def _flush(self) -> None:
        data = b"".join(self._lines)
        self._lines.clear()
        self._bytes += len(data)
        self._size = 0
        self._section.update(data)
        self.write(data)
