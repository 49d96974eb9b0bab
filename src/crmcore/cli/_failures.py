"""From an error to one line on standard error and an exit code."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING

import typer
from rich.text import Text

from crmcore.cli._screen import plain
from crmcore.errors import CrmcoreError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.cli._screen import Screen

__all__ = ["ExitCode", "needs", "reporting"]


class ExitCode(IntEnum):
    """What a script can tell from the exit code."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    LEFT_OUT = 3
    INTERRUPTED = 130


@contextmanager
def reporting(screen: Screen) -> Iterator[None]:
    """Turn whatever goes wrong inside into a line and an exit code; with ``--debug`` into its traceback."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter, BrokenPipeError):
        raise  # these are typer's own to answer
    except KeyboardInterrupt as error:
        raise _fail(screen, error, "interrupted", ExitCode.INTERRUPTED) from error
    except MissingExtra as error:
        raise _fail(screen, error, str(error), ExitCode.USAGE) from error
    except CrmcoreError as error:
        raise _fail(screen, error, str(error), ExitCode.FAILED) from error
    except MemoryError as error:
        raise _fail(screen, error, "there is not enough memory for this job", ExitCode.FAILED) from error
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        raise _fail(screen, error, what, ExitCode.FAILED) from error
    except Exception as error:
        what = f"{type(error).__name__}: {error}. This is a mistake in crmcore; run it again with --debug and report it"
        raise _fail(screen, error, what, ExitCode.FAILED) from error


def needs(module: str, *, purpose: str, extra: str) -> None:
    """Raise MissingExtra at once, not after minutes of work, if a module that the end needs is not installed."""
    if find_spec(module) is None:
        raise MissingExtra(purpose, extra)


def _fail(screen: Screen, error: BaseException, what: str, code: ExitCode) -> typer.Exit:
    if screen.debug:
        screen.err.print_exception()
    line = Text("crmcore: ", style="bold red").append(plain(what), style="not bold default")
    screen.err.print(line)
    failure = {"type": type(error).__name__, "message": what, "exit_code": int(code)}
    if isinstance(reason := getattr(error, "code", None), str):
        failure["code"] = reason
    screen.document({"error": failure})
    return typer.Exit(int(code))
