"""``crmcore inspect``: how a file would be read, before anything is done with it."""

from typing import TYPE_CHECKING, Any

import typer

from crmcore.cli import _options as given
from crmcore.cli._failures import ExitCode, reporting
from crmcore.cli._mapping import read_mapping
from crmcore.cli._reading import delimiter_of
from crmcore.cli._screen import Screen, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcore.hygiene.columns import RoleGuess
    from crmcore.integrations.files import FileSource

__all__ = ["inspect"]

_ROWS = 10_000


def inspect(
    file: given.Table,
    *,
    columns: given.Columns = None,
    encoding: given.Encoding = None,
    delimiter: given.Delimiter = None,
    sheet: given.Sheet = None,
    strict: given.Strict = False,
    json: given.Json = False,
    debug: given.Debug = False,
) -> None:
    """Show how a file is read: its format, and what each column is taken for.

    The first 10,000 rows are looked at. Say --columns "header=role" wherever a guess is wrong.
    """
    screen = Screen(json=json, debug=debug)
    roles, parting = read_mapping(columns), delimiter_of(delimiter)
    with reporting(screen):
        from crmcore.hygiene.columns import guess_roles
        from crmcore.integrations.files import open_table

        table = open_table(file, encoding=encoding, delimiter=parting, sheet=sheet)
        first = next(table.batches(_ROWS), None)
        cells = first.columns if first else dict.fromkeys(table.header, ())
        rows = len(first.lines) if first else 0
        guesses = guess_roles(cells, roles=roles)
        _tell(screen, table, guesses, rows)
        screen.rejects(table.rejects)
        screen.document(_document(table, guesses, rows))
        if strict and table.rejects:
            raise typer.Exit(ExitCode.LEFT_OUT)


def _tell(screen: Screen, table: "FileSource", guesses: "Sequence[RoleGuess]", rows: int) -> None:
    screen.say(f"{plain(table.name)}: {plain(table.guesses.manner)}", style="bold")
    for notice in table.guesses.notices:
        screen.warn(f"  {plain(notice.message)} [{notice.code}]")
    screen.say(f"{len(guesses)} columns, judged by the first {rows:,} rows:")
    screen.say("")
    screen.table(("column", "role", "sure", "why"), [(g.column, g.role, f"{g.confidence:.0%}", g.why) for g in guesses])


def _document(table: "FileSource", guesses: "Sequence[RoleGuess]", rows: int) -> dict[str, Any]:
    found = table.guesses
    return {
        "command": "inspect",
        "file": table.name,
        "format": found.format,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "sheet": found.sheet,
        "notices": [{"code": notice.code, "message": notice.message} for notice in found.notices],
        "rows_seen": rows,
        "columns": [{"column": g.column, "role": g.role, "confidence": g.confidence, "why": g.why} for g in guesses],
        "rejects": [{"line": r.line, "column": r.column, "code": r.code, "message": r.message} for r in table.rejects],
    }
