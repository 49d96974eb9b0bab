"""The program: its commands in the order of their use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

import crmcore
from crmcore.cli._backup import backup, restore, verify
from crmcore.cli._db import db
from crmcore.cli._dedupe import dedupe
from crmcore.cli._doctor import doctor
from crmcore.cli._import import import_
from crmcore.cli._inspect import inspect
from crmcore.cli._report import report
from crmcore.cli._sample import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["program", "run"]

program = typer.Typer(
    name="crmcore",
    help="From a messy list of people to one true record each.",
    epilog="Exit codes: 0 done, 1 failed, 2 called wrongly, 3 done but something was left out (with --strict).",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
program.command()(dedupe)
program.command("import")(import_)
program.command()(report)
program.command()(inspect)
program.command()(sample)
program.command()(doctor)
for command in (backup, verify, restore):
    db.command()(command)
program.add_typer(db)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crmcore {crmcore.__version__}")
        raise typer.Exit


@program.callback()
def crmcore_(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """From a messy list of people to one true record each."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a narrow terminal must not stop the job
    try:
        program(args=None if arguments is None else list(arguments), prog_name="crmcore")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
