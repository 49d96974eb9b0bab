"""``crmcore sample``: people who do not exist, in the state in which lists of people are."""

from pathlib import Path
from typing import Annotated

import typer

from crmcore.cli import _options as given
from crmcore.cli._drafts import check_outputs, drafts
from crmcore.cli._failures import reporting
from crmcore.cli._screen import Screen

__all__ = ["sample"]


def sample(
    *,
    people: Annotated[int, typer.Option(min=1, help="How many people; each has one row or several.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The file to write: CSV, or TSV by its suffix.")],
    seed: Annotated[int, typer.Option(help="Another number gives other people; the same number the same ones.")] = 0,
    truth: Annotated[
        bool, typer.Option("--truth", help="Write a second file that says which rows are one person.")
    ] = False,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Make a sample of recruiting contacts with the usual flaws, to try things on."""
    screen = Screen(json=json, quiet=quiet, debug=debug)
    from crmcore.testing.sample import truth_path, write_sample

    outputs = {"--out": out} | ({"--truth": truth_path(out)} if truth else {})
    check_outputs(outputs, tables=("--out", "--truth"))
    with reporting(screen):
        with drafts(outputs) as files:
            rows = write_sample(files["--out"], people=people, seed=seed, truth=truth)
        screen.say(f"{out}: {rows:,} rows of {people:,} people")
        if truth:
            screen.say(f"{truth_path(out)}: for each row the number of its person")
        written = {option.removeprefix("--"): str(path) for option, path in outputs.items()}
        screen.document({"command": "sample", "people": people, "rows": rows, "seed": seed, "written": written})
