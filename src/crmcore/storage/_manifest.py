"""What a backup says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AwareDatetime, Field

from crmcore.model.record import Value

__all__ = ["FORMAT", "BackupManifest", "Section"]

FORMAT = 1
"""Of the file: which lines there are, and what they hold."""


class Section(Value):
    """The rows of one table: consecutive lines of the file."""

    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class BackupManifest(Value):
    """The line before the last of a backup.

    >>> BackupManifest.model_fields["digest"].description
    'What logical_digest says of the store, and of every store that the backup is restored into.'
    """

    format: int
    crmcore: str = Field(description="The version that wrote it.")
    schema_version: int = Field(description="Of the tables whose rows it holds.")
    tenant: str
    created_at: AwareDatetime
    kinds: Mapping[str, int] = Field(description="Kind of record -> the highest schema version of its payloads.")
    records: Mapping[str, int] = Field(description="Kind of record -> how many there are, removed ones too.")
    sections: Mapping[str, Section] = Field(description="Table -> its rows; in the order of the file.")
    digest: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="What logical_digest says of the store, and of every store that the backup is restored into.",
    )
    last_unit: int = Field(ge=0, description="Where the chain ends: the number of the last unit of work, 0: none.")
    last_hash: str = Field(description="The hash of that unit.")

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(section.rows for section in self.sections.values())
