"""Stores as earlier releases wrote them: `schema-N/store.sql` is the database as text, `content.json` what it must answer."""

# ruff: noqa: S608 - the names are those of our own tables

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine

from crmcore.storage.sql._migrating import run_revisions
from crmcore.storage.sql.migrations import Run

__all__ = ["RELEASED", "content", "load_postgres", "load_sqlite", "made_by_revisions"]

FOLDER = Path(__file__).parent
RELEASED = sorted(int(path.name.removeprefix("schema-")) for path in FOLDER.glob("schema-*"))
"""Every version of the schema that was released, and the present one."""


def content(version: int) -> dict[str, Any]:
    """Return what a store must answer: tenant -> its records and events."""
    found: dict[str, Any] = json.loads((FOLDER / f"schema-{version}" / "content.json").read_text(encoding="utf-8"))
    return found


def load_sqlite(version: int, path: Path, *, journal: str = "wal") -> str:
    """Make the file as that release left it; return its address."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"schema-{version}" / "store.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA journal_mode={journal}")
    return f"sqlite:///{path}"


def made_by_revisions(url: str, version: int) -> None:
    """Run the revisions up to one, on an empty database."""
    engine = create_engine(url)
    run = Run(at="2026-11-23T09:00:00.000000Z", entropy=bytes)
    with engine.begin() as connection:
        run_revisions(connection, 0, run=run, to=f"{version:04}")
    engine.dispose()


def load_postgres(version: int, url: str, folder: Path) -> str:
    """Make the same tables by the revisions, and fill in the same rows; what is searched is left to be made."""
    made_by_revisions(url, version)
    path = folder / "golden.db"
    load_sqlite(version, path)
    engine, made = create_engine(url), MetaData()
    with engine.begin() as connection, closing(sqlite3.connect(path)) as golden:
        golden.row_factory = sqlite3.Row
        made.reflect(connection)
        for table in made.sorted_tables:
            if table.name not in {"crm_shape", "crm_alembic"}:
                rows = [dict(row) for row in golden.execute(f'SELECT * FROM "{table.name}"')]
                if rows:
                    connection.execute(table.insert(), rows)
        if version == 1:
            connection.exec_driver_sql("DROP TABLE crm_alembic")  # schema 1 was not written down
    engine.dispose()
    return url
