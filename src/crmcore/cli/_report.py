"""``crmcore report``: what a database holds, as a page."""

from pathlib import Path
from typing import Annotated

import typer

from crmcore.cli import _options as given
from crmcore.cli._drafts import check_outputs, drafts
from crmcore.cli._failures import needs, reporting
from crmcore.cli._screen import Screen

__all__ = ["report"]


def _files(db: str) -> list[Path]:
    """Return the file of a SQLite database; a page about a database that is not there would create it, so refuse."""
    scheme, _, rest = db.partition(":///")
    name = rest.partition("?")[0]
    if scheme.partition("+")[0] != "sqlite" or name in {"", ":memory:"}:
        return []
    if not Path(name).is_file():
        hint = f"crmcore import FILE --db {db} makes one"
        raise typer.BadParameter(f"there is no database {name}; {hint}", param_hint="--db")
    return [Path(name)]


def report(
    *,
    db: given.Database,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")],
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Write a page on what a database holds: sources, channels, completeness, imports."""
    screen = Screen(json=json, quiet=quiet, debug=debug)
    check_outputs({"--out": out}, inputs=_files(db))
    with reporting(screen):
        needs("jinja2", purpose="write reports", extra="reports")
        needs("sqlalchemy", purpose="use a database", extra="sql")
        from crmcore.app import CRM

        with CRM.open(db) as crm, drafts({"--out": out}) as files:
            files["--out"].write_text(crm.report(), encoding="utf-8", newline="\n")
        screen.say(f"{out}: open it in a browser")
        screen.document({"command": "report", "written": {"out": str(out)}})
