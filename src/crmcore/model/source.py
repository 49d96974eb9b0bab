"""The evidence: rows as they came from a source, and the runs that brought them."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import Field

from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.record import Id, Record, Value
from crmcore.model.scalars import Instant, Text
from crmcore.query.types import FieldType

__all__ = ["ImportRun", "ImportStatus", "RejectedCell", "SourceRecord", "row_hash"]

RawText = Annotated[str, Field(max_length=20_000_000)]
RawCell = RawText | tuple[RawText, ...] | None


def row_hash(cells: Mapping[str, str | tuple[str, ...] | None]) -> str:
    """Return the SHA-256 of a row; the order of its columns and its empty cells do not count.

    >>> row_hash({"a": "1", "b": None}) == row_hash({"b": None, "a": "1"}) == row_hash({"a": "1"})
    True
    """
    filled = {column: cell for column, cell in cells.items() if cell is not None}
    text = json.dumps(filled, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class SourceRecord(Record):
    """One row as one source told it. It is never edited: a changed row is a new version of the same record."""

    kind: ClassVar[str] = "source_record"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("contact", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("row_hash", "hash", sensitivity=Sensitivity.SPECIAL, is_indexed=True),  # who guesses a row, can check it
        one("run", type=FieldType.ID, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("source", sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("system", sensitivity=Sensitivity.INTERNAL),
        one("line", type=FieldType.INTEGER, sensitivity=Sensitivity.INTERNAL),
        one("imported_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="import_runs", kind="import_run", here="run"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        "cells": Sensitivity.SPECIAL,
        "external_id": Sensitivity.INTERNAL,
        "observed_at": Sensitivity.INTERNAL,
    }

    source: Text = Field(min_length=1, description="The source as provenance calls it, such as a file's name.")
    system: Text = Field(min_length=1, description="What the ids of its rows belong to; by default the source.")
    line: Annotated[int, Field(ge=1)] | None = None
    cells: dict[RawText, RawCell] = Field(description="Header -> cell, exactly as it came.")
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    external_id: Text = ""
    observed_at: Instant | None = None
    imported_at: Instant | None = None
    contact: Id | None = Field(default=None, description="The contact that the row went into.")
    run: Id | None = None

    def about(self) -> tuple[str, str]:
        """Return the contact that the row went into; until then it stands for itself."""
        return super().about() if self.contact is None else ("contact", self.contact)

    def belongs_to(self, contact: str) -> Self:
        """Say which contact the row went into."""
        return self if self.contact == contact else self.evolve(contact=contact)


class ImportStatus(StrEnum):
    """How an import ended."""

    DONE = "done"
    REVERTED = "reverted"


class RejectedCell(Value):
    """One row or cell that did not go in, and why."""

    line: Annotated[int, Field(ge=1)]
    column: Text | None = None
    code: Text
    message: Text
    raw: Text = ""


class ImportRun(Record):
    """One import: what it read, what it did, and what it left out."""

    kind: ClassVar[str] = "import_run"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("started_at", type=FieldType.INSTANT, sensitivity=Sensitivity.INTERNAL, is_indexed=True),
        one("actor", sensitivity=Sensitivity.INTERNAL),
        one("status", type=FieldType.CHOICE, options=ImportStatus, sensitivity=Sensitivity.INTERNAL),
        many("source", "sources", sensitivity=Sensitivity.INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="source_records", kind="source_record", there="run"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **dict.fromkeys(
            ("plan_digest", "rows", "created", "merged_rows", "updated", "unchanged", "rejected_rows"),
            Sensitivity.INTERNAL,
        ),
        "rejects": Sensitivity.SPECIAL,  # they quote cells
    }

    sources: tuple[Text, ...]
    plan_digest: Text = ""
    started_at: Instant
    actor: Text
    status: ImportStatus = ImportStatus.DONE
    rows: Annotated[int, Field(ge=0)] = 0
    created: Annotated[int, Field(ge=0)] = 0
    merged_rows: Annotated[int, Field(ge=0)] = 0
    updated: Annotated[int, Field(ge=0)] = 0
    unchanged: Annotated[int, Field(ge=0)] = 0
    rejected_rows: Annotated[int, Field(ge=0)] = 0
    rejects: tuple[RejectedCell, ...] = ()
