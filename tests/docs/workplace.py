"""Where the examples of one page run: an empty folder of its own, left again when the page is done."""

from __future__ import annotations

import csv
import os
import tempfile
from pathlib import Path
from typing import Any

HOME = "workplace.home"
FOLDER = "workplace.folder"


def enter(namespace: dict[str, Any]) -> None:
    """Make an empty folder and stand in it."""
    namespace[HOME] = Path.cwd()
    namespace[FOLDER] = tempfile.TemporaryDirectory(prefix="crmcore-page-", ignore_cleanup_errors=True)
    os.chdir(namespace[FOLDER].name)


def enter_with_files(namespace: dict[str, Any]) -> None:
    """Stand in a folder that holds the files which a reader of the README is said to have."""
    from crmcore.testing.sample import generate

    enter(namespace)
    columns = generate(people=150, seed=3).columns
    header, rows = list(columns), list(zip(*columns.values(), strict=True))
    board = [row for row in rows if row[0] == rows[-1][0]]
    write_csv(Path("people.csv"), header, rows)
    write_csv(Path("jobs-board.csv"), header, board)
    write_xlsx(Path("people.xlsx"), header, rows)


def leave(namespace: dict[str, Any]) -> None:
    """Go home and take the folder away."""
    os.chdir(namespace.pop(HOME))
    namespace.pop(FOLDER).cleanup()


def write_csv(path: Path, header: list[str], rows: list[tuple[str | None, ...]]) -> None:
    """Write a table as another program would."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_xlsx(path: Path, header: list[str], rows: list[tuple[str | None, ...]]) -> None:
    """Write a table as another program would."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("people")
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, row)
