"""``crmcore import``: files into a database, one record a person."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcore.cli import _options as given
from crmcore.cli._failures import ExitCode, needs, reporting
from crmcore.cli._mapping import read_mapping
from crmcore.cli._reading import delimiter_of
from crmcore.cli._screen import Screen

if TYPE_CHECKING:
    from crmcore.sync.plan import ImportPlan

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
    currency: given.Currency = None,
    day_first: given.DayFirst = None,
    encoding: given.Encoding = None,
    delimiter: given.Delimiter = None,
    sheet: given.Sheet = None,
    strict: given.Strict = False,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Bring people from files into a database: new ones are added, known ones completed.

    All of it goes in, or nothing.
    """
    screen = Screen(json=json, quiet=quiet, debug=debug)
    wishes = {
        "source": source,
        "columns": read_mapping(columns),
        "region": region,
        "currency": currency,
        "day_first": day_first,
        "encoding": encoding,
        "delimiter": delimiter_of(delimiter),
        "sheet": sheet,
    }
    with reporting(screen):
        needs("sqlalchemy", purpose="use a database", extra="sql")
        notices: list[str] = []
        plan = _run(screen, files, wishes, db=db, actor=None if dry_run else actor, notices=notices)
        for notice in notices:
            screen.note(notice)
        screen.say(f"{plan.summary}{' (dry run: nothing was written)' if dry_run else ''}", style="bold")
        screen.rejects(plan.rejects)
        screen.document({"command": "import", **plan.to_json(), "notices": notices, "committed": not dry_run})
        if strict and plan.rejects:
            raise typer.Exit(ExitCode.LEFT_OUT)


def _run(
    screen: Screen, files: list[Path], wishes: dict[str, Any], *, db: str, actor: str | None, notices: list[str]
) -> "ImportPlan":
    """Plan, and commit if there is an actor.

    A database that is not there yet is as empty as one in memory: the plan is made against that one, so that the file
    appears with the people in it, or not at all.
    """
    from crmcore.app import CRM

    with screen.progress() as progress, ExitStack() as opened:
        new = _is_new(db)
        crm = opened.enter_context(CRM.open("memory:" if new else db))
        plan = crm.plan_import(files, **wishes, progress=progress, notice=notices.append)
        if actor is not None:
            if new:
                crm = opened.enter_context(CRM.open(db))
            crm.commit(plan, actor=actor)
    return plan


def _is_new(db: str) -> bool:
    """Tell whether the address names a file that could be made, but is not there."""
    from crmcore.storage.urls import sqlite_path

    if db == "memory:" or (name := sqlite_path(db)) is None:
        return False
    return Path(name).parent.is_dir() and not Path(name).exists()
