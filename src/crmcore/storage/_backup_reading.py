"""Reading a backup: nothing is believed before all of its bytes have the hash that its last line tells.

A hash detects damage, not malice: who can write the file can write its hashes too. Against that stands the checkpoint
of the chain, kept elsewhere.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, Self

from pydantic import ValidationError

from crmcore.errors import BackupDamaged, SchemaMismatch, UnreadableFile
from crmcore.model.field import Sensitivity
from crmcore.storage._backup_writing import LONGEST_LINE, MARK, SEAL, header
from crmcore.storage._layout import SCHEMA_VERSION, row_fault
from crmcore.storage._manifest import FORMAT, BackupManifest
from crmcore.storage._rows import KeyRow
from crmcore.storage._values import text_fault

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from types import TracebackType

    from crmcore.storage.codec import Codec

__all__ = ["BackupReader"]

CHUNK = 1024 * 1024
LONGEST_TAIL = 4 * 1024 * 1024
"""Bytes in which the manifest and the seal must fit."""
_SEAL = re.compile(rb'\{"sha256":"([0-9a-f]{64})"\}\n')
_FORMAT = re.compile(rb"([0-9]{1,6})[,}]")


class BackupReader:
    """An open backup whose bytes are the ones that were written."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open and check a file.

        Raises:
            UnreadableFile: it cannot be opened or read.
            BackupDamaged: it is no backup, or altered, or cut short.
            SchemaMismatch: a newer crmcore wrote it.

        """
        self._path = path
        try:
            self._file: BinaryIO = open(path, "rb")  # noqa: SIM115, PTH123 - held open: what was checked is what is read
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        try:
            self.manifest = self._checked()
        except OSError as error:
            self._file.close()
            if isinstance(error, UnreadableFile):
                raise
            raise _unreadable(path, error) from error
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self._size

    def check_kinds(self, codec: Codec) -> None:
        """Refuse what the codec cannot read, before anything is touched: a kind left out would be lost."""
        for kind, version in self.manifest.kinds.items():
            cls = codec.kind(kind)
            if cls is None:
                known = ", ".join(codec.kinds) or "none"
                raise SchemaMismatch(
                    f"{self._path}: it holds records of the kind {kind!r}, which the codec does not know (it knows: "
                    f"{known}); give a codec that has the kind"
                )
            if version > cls.schema_version:
                raise SchemaMismatch(
                    f"{self._path}: it holds {kind!r} records of schema version {version}, this codec reads up to "
                    f"{cls.schema_version}; upgrade the code that has the kind"
                )

    def rows(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield (table, row); at the end, raise BackupDamaged if the file is not what was checked."""
        self._file.seek(0)
        whole = sha256(self._file.readline(LONGEST_LINE))
        left = self.manifest.rows
        while left:
            line = self._file.readline(LONGEST_LINE)
            whole.update(line)
            yield self._row(line)
            left -= 1
        while chunk := self._file.read(min(CHUNK, max(0, self._size - SEAL - self._file.tell()))):
            whole.update(chunk)
        if whole.hexdigest() != self._sha256:
            self._refuse("it was altered while it was read")

    def sealed_from(self) -> Sensitivity | None:
        """Return from which sensitivity on the tenant is sealed, as its own key tells; None where nothing is sealed."""
        for table, row in self.rows():
            if table not in {"unit", "key"}:  # the keys come right after the units
                return None
            if table == "key" and row_fault(table, row) is None and not (key := KeyRow(*row)).subject_kind:
                try:
                    return Sensitivity(key.subject_id)
                except ValueError:
                    self._refuse("it does not tell from which sensitivity on it is sealed")
        return None

    def _row(self, line: bytes) -> tuple[str, tuple[Any, ...]]:
        try:
            table, *row = json.loads(line)
        except (ValueError, TypeError, RecursionError) as error:
            raise BackupDamaged(self._path, f"one of its lines is no row ({error})") from error
        if type(table) is not str:
            self._refuse("one of its lines is no row")
        # Only such an escape can bring in what no store keeps.
        if b"\\u" in line and any(type(value) is str and text_fault(value) for value in row):
            self._refuse("one of its rows holds a text that no store keeps")
        return table, tuple(row)

    def _checked(self) -> BackupManifest:
        first = self._file.readline(LONGEST_TAIL)
        self._check_format(first)
        self._size = self._file.seek(0, 2)
        self._file.seek(max(0, self._size - LONGEST_TAIL))
        tail = self._file.read(LONGEST_TAIL)
        seal = _SEAL.fullmatch(tail[-SEAL:])
        if seal is None:
            self._refuse("its last line is missing: it was cut short, or altered there")
        self._sha256 = seal[1].decode("ascii")
        manifest = self._manifest(tail[:-SEAL])
        if self._hash_of(0, self._size - SEAL) != self._sha256:
            self._refuse(self._damage(manifest, len(first)))
        if manifest is None:
            self._refuse("its manifest cannot be read")
        if manifest.format != FORMAT or manifest.schema_version != SCHEMA_VERSION or first != header():
            raise SchemaMismatch(
                f"{self._path}: its rows are of schema {manifest.schema_version}, this crmcore reads "
                f"{SCHEMA_VERSION}; restore it with crmcore {manifest.crmcore}, then upgrade"
            )
        return manifest

    def _check_format(self, first: bytes) -> None:
        """Look at the first line: what it is, and of which format; a newer one may be otherwise from there on."""
        if not first.startswith(MARK) or (found := _FORMAT.match(first, len(MARK))) is None:
            self._refuse("it is empty" if not first else "it is no backup of crmcore, or altered in its first line")
        if int(found[1]) > FORMAT:
            raise SchemaMismatch(
                f"{self._path}: a newer crmcore wrote it (format {int(found[1])}, this one reads {FORMAT}), or it is "
                "damaged; upgrade crmcore"
            )

    def _manifest(self, tail: bytes) -> BackupManifest | None:
        line = tail[tail.rfind(b"\n", 0, -1) + 1 :]
        try:
            return BackupManifest.model_validate(json.loads(line)["manifest"])
        except (ValidationError, ValueError, KeyError, TypeError, RecursionError):
            return None  # told by the caller, once it knows whether the bytes are those that were written

    def _damage(self, manifest: BackupManifest | None, at: int) -> str:
        """Say where the file is not what was written."""
        for table, section in ({} if manifest is None else manifest.sections).items():
            if self._hash_of(at, at + section.bytes) != section.sha256:
                return f"its {table!r} rows were altered"
            at += section.bytes
        return "it was altered"

    def _hash_of(self, start: int, end: int) -> str:
        digest = sha256()
        self._file.seek(start)
        while start < end and (chunk := self._file.read(min(CHUNK, end - start))):
            digest.update(chunk)
            start += len(chunk)
        return digest.hexdigest()

    def _refuse(self, what: str) -> NoReturn:
        raise BackupDamaged(self._path, what)


def _unreadable(path: object, error: Exception) -> UnreadableFile:
    code = "missing" if isinstance(error, FileNotFoundError) else "not-readable"
    cause = error.strerror if isinstance(error, OSError) and error.strerror else error
    return UnreadableFile(path, code, f"the backup cannot be read ({cause})")
