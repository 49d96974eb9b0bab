"""What is printed, and where: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crmcore.ports import RowReject

__all__ = ["Screen", "plain"]


def plain(text: object) -> str:
    r"""Return foreign text such that it cannot steer a terminal.

    >>> print(plain("Ada" + chr(27) + "[2J"))
    Ada\x1b[2J
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


@attrs.frozen(kw_only=True)
class Screen:
    """One command's voice.

    Attributes:
        json: the result is one JSON document; nothing else goes to standard output.
        quiet: nothing but errors is printed.
        debug: errors come with their traceback.

    """

    json: bool = False
    quiet: bool = False
    debug: bool = False
    out: Console = attrs.field(factory=lambda: Console(highlight=False, soft_wrap=True))
    err: Console = attrs.field(factory=lambda: Console(stderr=True, highlight=False, soft_wrap=True))

    def say(self, text: str, *, style: str = "") -> None:
        """Print one line for people."""
        if not (self.json or self.quiet):
            self.out.print(Text(text, style=style))

    def warn(self, text: str) -> None:
        """Print one line for people that is no result."""
        if not self.quiet:
            self.err.print(Text(text, style="yellow"))

    def note(self, text: str) -> None:
        """Print one line, set back, on how the job is done."""
        if not self.quiet:
            self.err.print(Text(plain(text), style="dim"))

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows under titles, for people."""
        if self.json or self.quiet:
            return
        table = Table(*titles, box=None, pad_edge=False, padding=(0, 3, 0, 0))
        for row in rows:
            table.add_row(*(Text(plain(cell)) for cell in row))
        self.out.print(table, soft_wrap=False)

    def document(self, content: dict[str, Any]) -> None:
        """Print the result for machines: one JSON document, ASCII, so that no encoding can spoil it."""
        if self.json:
            self.out.file.write(json.dumps(content, indent=2, allow_nan=False) + "\n")

    def rejects(self, rejects: Sequence[RowReject], *, first: int = 5) -> None:
        """Say what was left out, the first ones by line and column."""
        if not rejects:
            return
        several = len(rejects) > 1
        self.warn(f"{len(rejects):,} problem{'s' * several} kept rows or cells out:")
        for reject in rejects[:first]:
            where = f"line {reject.line}" + (f", column '{plain(reject.column)}'" if reject.column is not None else "")
            if reject.source:
                where = f"{plain(reject.source)}, {where}"
            self.warn(f"  {where}: {plain(reject.message)} [{reject.code}]")
        if len(rejects) > first:
            self.warn(f"  and {len(rejects) - first:,} more")

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, int, int | None], None] | None]:
        """Yield a callable (phase, done, total) that draws bars, or None where nobody watches."""
        if self.quiet or not self.err.is_terminal:
            yield None
            return
        shape = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*shape, console=self.err, transient=True) as bars:
            tasks: dict[str, Any] = {}

            def show(phase: str, done: int, total: int | None) -> None:
                if phase not in tasks:
                    tasks[phase] = bars.add_task(plain(phase), total=total)
                bars.update(tasks[phase], completed=done, total=total)

            yield show
