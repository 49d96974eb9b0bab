"""Reads JSON Lines, line by line, and JSON documents, object by object.

A document has to be in memory as text, since no rule says where its lines end; its objects are still decoded one at a
time. Of JSON Lines only one block is in memory; the keys of all lines are collected in a first pass, because a key may
appear for the first time on the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._cells import flat
from crmcore.integrations.files._document import Document
from crmcore.integrations.files._encoding import decoded, has_surrogates
from crmcore.integrations.files._header import column_names
from crmcore.integrations.files._objects import Decoder, Oddity, cells_of
from crmcore.integrations.files.guesses import Format, Guesses, Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.integrations.files._bytes import Bytes
    from crmcore.integrations.files._encoding import Encoding
    from crmcore.integrations.files._part import Part, Wishes
    from crmcore.integrations.files._rejects import RejectLog
    from crmcore.integrations.files.guesses import Progress
    from crmcore.integrations.files.limits import Limits

__all__ = ["JsonReader"]

_ROWS = 2_000


@attrs.frozen(kw_only=True)
class JsonReader:
    """One JSON table and how it is read."""

    source: Bytes
    limits: Limits
    codec: str
    keys: tuple[str, ...]
    header: tuple[str, ...]
    guesses: Guesses

    @classmethod
    def open(
        cls, source: Bytes, encoding: Encoding, kind: Format, wishes: Wishes, notices: tuple[Notice, ...]
    ) -> JsonReader:
        """Collect the keys of all objects, in the order in which they appear."""
        guesses = Guesses(format=kind, encoding=encoding.codec, confidence=encoding.confidence, notices=notices)
        reader = cls(source=source, limits=wishes.limits, codec=encoding.codec, keys=(), header=(), guesses=guesses)
        keys, others = reader._collect()
        header, renamed = column_names(keys)
        if others:
            listed = ", ".join(map(repr, others[:10]))
            more = Notice("other-arrays", f"only the first array of objects is read; there is more under {listed}")
            renamed = (more, *renamed)
        guesses = attrs.evolve(guesses, notices=(*notices, *renamed))
        return attrs.evolve(reader, keys=keys, header=header, guesses=guesses)

    def _collect(self) -> tuple[tuple[str, ...], list[str]]:
        """Return the keys, and the names of arrays that are not read."""
        names: dict[str, None] = {}
        objects = 0
        others: list[str] = []
        for _, record, _ in self._records(None, others):
            if not isinstance(record, dict):
                continue
            objects += 1
            if record.keys() <= names.keys() and not any(isinstance(value, dict) for value in record.values()):
                continue
            names.update((name, None) for name, _ in flat(record) if not ("\0" in name or has_surrogates(name)))
            if len(names) > self.limits.columns:
                message = f"the objects have more than {self.limits.columns:,} different keys"
                raise UnreadableFile(self.source.path, "too-many-columns", message)
        if not objects:
            message = "there are no objects; a table is an array of objects, or one object a line"
            raise UnreadableFile(self.source.path, "not-objects", message)
        if not names:
            raise UnreadableFile(self.source.path, "empty", "the objects have no keys")
        return tuple(names), others

    def _records(self, progress: Progress | None, others: list[str]) -> Iterator[tuple[int, Any, str]]:
        """Yield the line, the decoded object (or what is wrong with it) and its text; add arrays passed over."""
        decoder = Decoder()
        if self.guesses.format is Format.JSONL:
            for line, text in self._lines(progress):
                yield line, decoder.decode(text), text
            return
        raw = self.source.whole(
            self.limits.document_bytes,
            "document-too-large",
            "a JSON document has to fit in memory; write it as JSON Lines, or allow more with "
            "Limits(document_bytes=...)",
        )
        document = Document(self.source.path, "".join(decoded([raw], self.codec)), decoder)
        for start, record, text in document.objects():
            if progress is not None:
                progress.bytes_read = min(progress.bytes_total, start)
            yield document.line(start), record, text
        others += document.others

    def _lines(self, progress: Progress | None) -> Iterator[tuple[int, str]]:
        carry, number = "", 0
        for block in decoded(self.source.blocks(progress), self.codec):
            *whole, carry = (carry + block).split("\n")
            for line in whole:
                number += 1
                if line.strip():
                    yield number, line
            if len(carry) > self.limits.line_chars:
                message = f"line {number + 1} is longer than {self.limits.line_chars:,} characters"
                raise UnreadableFile(self.source.path, "line-too-long", message)
        if carry.strip():
            yield number + 1, carry

    def parts(self, log: RejectLog, progress: Progress) -> Iterator[Part]:
        """Yield the columns of some rows at a time, with the line of each row."""
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        for number, (line, record, text) in enumerate(self._records(progress, [])):
            row = self._row(line, record, text, log, number)
            if row is None:
                continue
            rows.append(row)
            lines.append(line)
            if len(rows) >= _ROWS:
                yield [cells_of(rows, name) for name in self.keys], lines
                rows, lines = [], []
        if rows:
            yield [cells_of(rows, name) for name in self.keys], lines

    def _row(self, line: int, record: Any, text: str, log: RejectLog, number: int) -> dict[str, Any] | None:
        """Flatten one object; reject it if something in it cannot go in."""
        oddity = record if isinstance(record, Oddity) else None
        if oddity is None and not isinstance(record, dict):
            oddity = Oddity("not-an-object", f"an object is expected, not {type(record).__name__}")
        if oddity is None:
            row: dict[str, Any] = record
            if any(isinstance(value, dict) for value in record.values()):
                pairs = flat(record)
                row = dict(pairs)
                if len(row) < len(pairs):
                    oddity = Oddity("duplicate-key", "a nested key has the name of another key of the same object")
            oddity = oddity or Oddity.of_depth(text, row)
            suspect = "\\u" in text or has_surrogates(text) or len(text) > self.limits.cell_chars
            oddity = oddity or (Oddity.in_row(row, self.limits) if suspect else None)
            if oddity is None:
                return row
        column = oddity.column
        if column in self.keys:
            column = self.header[self.keys.index(column)]
        log.add(line, oddity.code, oddity.message, column=column, raw=text, row=number)
        return None
