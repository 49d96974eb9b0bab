"""Which part of an XLSX file is the sheet of a given name, and which of its cells hold errors."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.parsers import expat

from crmcore.errors import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["errors_of"]

_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


def errors_of(
    path: Path, sheet: str, first_column: int, failed: Mapping[str, Mapping[str, str]]
) -> dict[int, list[tuple[int, str]]]:
    """Return row -> (0-based column of the used area, error) for one sheet; rows are counted from 1."""
    errors: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for reference, value in failed.get(_part_of(path, sheet), {}).items():
        if found := _REFERENCE.fullmatch(reference):
            column = 0
            for letter in found[1]:
                column = column * 26 + ord(letter) - 64
            if column > first_column:
                errors[int(found[2])].append((column - 1 - first_column, value))
    return {row: sorted(cells) for row, cells in errors.items()}


def _part_of(path: Path, sheet: str) -> str:
    """Follow the workbook's relation from the sheet's name to its part; the sizes have been checked before."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def on_sheet(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            ids[attributes.get("name", "")] = relation

    def on_relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    try:
        with zipfile.ZipFile(path) as archive:
            _walk(archive.read("xl/workbook.xml"), on_sheet)
            _walk(archive.read("xl/_rels/workbook.xml.rels"), on_relation)
    except KeyError:
        return ""
    except (zipfile.BadZipFile, expat.ExpatError, OSError, ValueError) as exc:
        raise UnreadableFile(path, "broken-workbook", f"the workbook is damaged: {exc}") from exc
    target = targets.get(ids.get(sheet, ""), "")
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _walk(content: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(content, True)  # noqa: FBT003 - expat takes it by position
