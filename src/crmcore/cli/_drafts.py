"""Output files that appear whole or not at all."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from crmcore.errors import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

__all__ = ["check_outputs", "drafts"]


def check_outputs(outputs: Mapping[str, Path], *, inputs: Sequence[Path] = (), tables: Collection[str] = ()) -> None:
    """Refuse, before any work, output files that cannot be written or that would overwrite an input or each other.

    Args:
        outputs: option, such as ``--out`` -> the file that it names.
        inputs: the files that the job reads.
        tables: the options whose files are tables, in a format that their names tell.

    """
    taken = {path.resolve(): f"the input {path}" for path in inputs}
    for option, path in outputs.items():
        place = path.resolve()
        if place.is_dir():
            raise typer.BadParameter(f"{path} is a folder; name a file in it", param_hint=option)
        if not place.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {place.parent}; make it first", param_hint=option)
        if place in taken and not _is_device(place):
            raise typer.BadParameter(f"{path} would overwrite {taken[place]}; choose another name", param_hint=option)
        taken[place] = f"what {option} writes"
        if option in tables:
            _check_format(option, path)


def _check_format(option: str, path: Path) -> None:
    from crmcore.integrations.files import format_to_write

    try:
        format_to_write(path)
    except UnwritableFile as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


@contextmanager
def drafts(outputs: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Yield a draft file for each output; at the end of the block they take their places, after an error they vanish.

    Drafts have the names of their outputs and lie together in a hidden folder beside them, so that putting one in its
    place is one step and its format can be told from its name. A device such as ``/dev/null`` gets the bytes written
    instead.
    """
    with ExitStack() as folders:
        hidden: dict[Path | None, Path] = {}
        made = {}
        for option, path in outputs.items():
            place = path.resolve()
            beside = None if _is_device(place) else place.parent
            if beside not in hidden:
                hidden[beside] = Path(folders.enter_context(TemporaryDirectory(prefix=".crmcore-", dir=beside)))
            made[option] = hidden[beside] / (place.name if beside else f"{option.strip('-')}{place.suffix}")
        yield dict(made)
        for option, path in outputs.items():
            _put(made[option], path.resolve())


def _put(draft: Path, place: Path) -> None:
    if _is_device(place):
        with draft.open("rb") as source, place.open("wb") as sink:
            shutil.copyfileobj(source, sink)
        return
    if place.exists():
        shutil.copymode(place, draft)
    draft.replace(place)


def _is_device(place: Path) -> bool:
    return place.exists() and not place.is_file() and not place.is_dir()
