"""``crmcore import``: files into a database, one record a person."""

from pathlib import Path
from typing import Annotated

import typer

from crmcore.cli import _options as given
from crmcore.cli._failures import ExitCode, needs, reporting
from crmcore.cli._mapping import read_mapping
from crmcore.cli._screen import Screen

__all__ = ["import_"]


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="One or more tables of people.")],
    *,
    db: given.Database,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What to call where the data is from; the file's name by default."),
    ] = None,
    actor: Annotated[str, typer.Option(metavar="NAME", help="Who does this, for the history.")] = "command line",
    columns: given.Columns = None,
    region: given.Region = None,
    strict: given.Strict = False,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Bring people from files into a database: new ones are added, known ones completed.

    All of it goes in, or nothing.
    """
    screen = Screen(json=json, quiet=quiet, debug=debug)
    roles = read_mapping(columns)
    with reporting(screen):
        needs("sqlalchemy", purpose="use a database", extra="sql")
        from crmcore.app import CRM

        with CRM.open(db) as crm:
            with screen.progress() as progress:
                plan = crm.plan_import(files, source=source, columns=roles, region=region, progress=progress)
                if not dry_run:
                    crm.commit(plan, actor=actor)
            screen.say(f"{plan.summary}{' (dry run: nothing was written)' if dry_run else ''}", style="bold")
            screen.rejects(plan.rejects)
            screen.document({"command": "import", **plan.to_json(), "committed": not dry_run})
            if strict and plan.rejects:
                raise typer.Exit(ExitCode.LEFT_OUT)
