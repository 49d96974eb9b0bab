"""``crmcore dedupe``: who is double in one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcore._pages.text import plural
from crmcore.cli import _options as given
from crmcore.cli._drafts import check_outputs, drafts
from crmcore.cli._failures import ExitCode, needs, reporting
from crmcore.cli._mapping import read_mapping
from crmcore.cli._reading import delimiter_of
from crmcore.cli._screen import Screen

if TYPE_CHECKING:
    from crmcore.app import DedupeRun

__all__ = ["dedupe"]

_WRITING = "Writing"


def _between(threshold: float | None) -> float | None:
    if threshold is not None and not 0 < threshold < 1:
        raise typer.BadParameter(f"a probability between 0 and 1, neither of them, not {threshold}")
    return threshold


Golden = Annotated[
    Path | None, typer.Option(metavar="FILE", help="One line a person, put together.", rich_help_panel=_WRITING)
]
Clusters = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="For each input row the number of its person.", rich_help_panel=_WRITING),
]
Report = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A page to open in a browser.", rich_help_panel=_WRITING)
]
Ignored = Annotated[
    list[str] | None, typer.Option(metavar="COLUMN", help="Leave this column out of the comparison; repeatable.")
]
Threshold = Annotated[
    float | None,
    typer.Option(
        callback=_between, help="From which probability on two rows are one person; between 0 and 1, neither of them."
    ),
]
IdColumn = Annotated[
    str | None,
    typer.Option("--id", metavar="COLUMN", help="The column that names a row; it is not compared, but reported."),
]


def dedupe(
    file: given.Table,
    *,
    out: Golden = None,
    clusters: Clusters = None,
    report: Report = None,
    ignore: Ignored = None,
    columns: given.Columns = None,
    threshold: Threshold = None,
    id_column: IdColumn = None,
    region: given.Region = None,
    encoding: given.Encoding = None,
    delimiter: given.Delimiter = None,
    sheet: given.Sheet = None,
    strict: given.Strict = False,
    json: given.Json = False,
    quiet: given.Quiet = False,
    debug: given.Debug = False,
) -> None:
    """Find the people that a file holds more than once.

    Without any output file only the summary is printed; the input is never changed.
    """
    screen = Screen(json=json, quiet=quiet, debug=debug)
    wanted = {"--out": out, "--clusters": clusters, "--report": report}
    outputs = {option: path for option, path in wanted.items() if path is not None}
    check_outputs(outputs, inputs=[file], tables=("--out", "--clusters"))
    settings = {
        "ignore": tuple(ignore or ()),
        "columns": read_mapping(columns),
        "threshold": threshold,
        "id_column": id_column,
        "region": region,
        "encoding": encoding,
        "delimiter": delimiter_of(delimiter),
        "sheet": sheet,
    }
    with reporting(screen):
        if report is not None:
            needs("jinja2", purpose="write reports", extra="reports")
        run = _run(screen, file, settings, outputs)
        _tell(screen, run, outputs)
        if strict and run.rejects:
            raise typer.Exit(ExitCode.LEFT_OUT)


def _run(screen: Screen, file: Path, settings: dict[str, Any], outputs: dict[str, Path]) -> "DedupeRun":
    from crmcore.app import dedupe_file

    with screen.progress() as progress:
        run = dedupe_file(file, **settings, progress=progress)
        writers = {"--out": run.write_golden, "--clusters": run.write_clusters, "--report": run.write_report}
        with drafts(outputs) as files:
            for option, draft in files.items():
                writers[option](draft)
    return run


def _tell(screen: Screen, run: "DedupeRun", outputs: dict[str, Path]) -> None:
    people = plural(run.clusters, "person", "people")
    contents = {
        "--out": f"{people}, one line each",
        "--clusters": f"{plural(run.rows, 'row', 'rows')}, each with the number of its person",
        "--report": "the evidence; open it in a browser",
    }
    again = plural(run.duplicates, "repeats", "repeat")
    repeated = f"{again} somebody who is already there" if run.duplicates else "nobody appears twice"
    rows = plural(run.rows, "row is", "rows are")
    screen.say(f"{rows} {people}: {repeated} ({run.seconds:.1f} s).", style="bold")
    for option, path in outputs.items():
        screen.say(f"  {path}: {contents[option]}")
    screen.rejects(run.rejects)
    written = {option.removeprefix("--"): str(path) for option, path in outputs.items()}
    screen.document({"command": "dedupe", **run.to_json(), "written": written})
