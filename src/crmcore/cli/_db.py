"""``crmcore db``: what keeps a database in order."""

from typing import Annotated

import typer

from crmcore.app import CRM
from crmcore.cli import _options as given
from crmcore.cli._failures import ExitCode, reporting
from crmcore.cli._keys import keyring_of
from crmcore.cli._screen import Screen
from crmcore.errors import Tampered

__all__ = ["check", "db", "upgrade"]

db = typer.Typer(name="db", help="Keep a database in order: upgrade it, check it.", no_args_is_help=True)

Url = Annotated[str, typer.Argument(metavar="URL", help="The database, such as sqlite:///crm.db.")]


@db.command()
def upgrade(
    url: Url,
    *,
    keyring: given.Keyring = None,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Bring a database of an older crmcore up to this one, all of it or nothing."""
    screen = Screen(json=json, quiet=quiet, debug=debug)
    with reporting(screen):
        done = CRM.migrate(url, keyring=keyring_of(keyring))
        if done.before == done.version and not done.kinds:
            screen.say(f"schema {done.version}, as this crmcore writes it: nothing to do")
        elif done.before == 0:
            screen.say(f"it was empty and has its tables now: schema {done.version}")
        elif done.before == done.version:
            screen.say(f"schema {done.version}; what is searched was made again for: {', '.join(done.kinds)}")
        else:
            screen.say(f"schema {done.before} is now schema {done.version}; nothing was lost")
        screen.document(
            {"command": "db upgrade", "before": done.before, "version": done.version, "kinds": list(done.kinds)}
        )


@db.command()
def check(
    url: Url,
    *,
    keyring: given.Keyring = None,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Say whether a database is of this version and all in it is whole; exit with 1 if not."""
    screen = Screen(json=json, quiet=quiet, debug=debug)
    with reporting(screen):
        from crmcore.storage.sql import check as check_database

        found = check_database(url, keyring=keyring_of(keyring))
        if found.version != found.wanted:
            screen.say(f"schema {found.version}, this crmcore writes {found.wanted}: run crmcore db upgrade")
        else:
            screen.say(f"schema {found.version}, as this crmcore writes it")
        if found.outdated:
            screen.say(f"what is searched has changed for {', '.join(found.outdated)}: run crmcore db upgrade")
        rows = [
            (tenant, str(end)) if isinstance(end, Tampered) else (tenant, f"whole, {end.unit:,} units")
            for tenant, end in found.tenants.items()
        ]
        if rows:
            screen.table(("tenant", "history"), rows)
        for fault in found.faults:
            screen.say(f"damaged: {fault}")
        screen.document(
            {
                "command": "db check",
                "version": found.version,
                "wanted": found.wanted,
                "outdated": list(found.outdated),
                "tenants": {
                    tenant: {"whole": False, "unit": end.unit, "fault": end.what}
                    if isinstance(end, Tampered)
                    else {"whole": True, "unit": end.unit, "hash": end.hash}
                    for tenant, end in found.tenants.items()
                },
                "faults": list(found.faults),
            }
        )
        if not found.is_sound:
            raise typer.Exit(int(ExitCode.FAILED))
