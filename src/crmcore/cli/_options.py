"""The options that several commands share, each with one wording."""

# Typer reads the annotations of commands while the program runs: no postponed evaluation here and in the commands.

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Columns",
    "Currency",
    "Database",
    "DayFirst",
    "Debug",
    "Delimiter",
    "Encoding",
    "Json",
    "Keyring",
    "Quiet",
    "Region",
    "Sheet",
    "Strict",
    "Table",
]

_READING = "Reading the file"
_PRINTING = "Printing"

Table = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV in any usual form, a workbook, Parquet, JSON or JSON Lines.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        metavar="MAPPING",
        help='What columns mean, where the guess is wrong: "header=role,header=role", or a JSON or TOML file.',
        rich_help_panel=_READING,
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Country of phone numbers without a country code, such as GB.",
        rich_help_panel=_READING,
    ),
]
Currency = Annotated[
    str | None,
    typer.Option(
        metavar="CODE",
        help="Currency of salaries that name none, such as EUR.",
        rich_help_panel=_READING,
    ),
]
DayFirst = Annotated[
    bool | None,
    typer.Option(
        "--day-first/--month-first",
        help="Whether 03/04/2019 is in April or in March, where the column does not tell.",
        rich_help_panel=_READING,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Text encoding, where it is guessed wrong.", rich_help_panel=_READING),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHARACTER",
        help="What parts the cells, where it is guessed wrong; 'tab' for a tab.",
        rich_help_panel=_READING,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which sheet of a workbook; the first by default.", rich_help_panel=_READING),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit with 3 if anything was left out.", rich_help_panel=_PRINTING)
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.", rich_help_panel=_PRINTING)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.", rich_help_panel=_PRINTING)]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.", rich_help_panel=_PRINTING)]
Keyring = Annotated[
    Path | None,
    typer.Option(
        "--keyring", metavar="FILE", help="The keyring that opens what is sealed; where nothing is, it may stay."
    ),
]
Database = Annotated[
    str,
    typer.Option("--db", metavar="URL", envvar="CRMCORE_DB", help="The database, such as sqlite:///crm.db."),
]
