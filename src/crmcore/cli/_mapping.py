"""``--columns``: what the user says of the columns, in a line or in a file."""

from __future__ import annotations

import csv
import json
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import typer

from crmcore.hygiene.roles import Role

__all__ = ["read_mapping"]

_HINT = "--columns"


def read_mapping(text: str | None) -> dict[str, Role] | None:
    """Read ``header=role,header=role`` or the name of a JSON or TOML file that maps headers to roles.

    A header that holds a comma stands in quotes, together with its role, as in CSV; the role follows the last ``=``.

    >>> read_mapping('Mail=email,"Name, full=full_name"')
    {'Mail': <Role.EMAIL: 'email'>, 'Name, full': <Role.FULL_NAME: 'full_name'>}
    """
    if text is None:
        return None
    pairs = _read_file(Path(text)) if text.lower().endswith((".json", ".toml")) else _read_line(text)
    mapping: dict[str, Role] = {}
    for header, role in pairs:
        if header in mapping:
            raise typer.BadParameter(f"the column {header!r} is named twice", param_hint=_HINT)
        mapping[header] = _role(header, role)
    return mapping


def _read_line(text: str) -> list[tuple[str, str]]:
    pairs = []
    for item in next(csv.reader([text], skipinitialspace=True), []):
        header, equals, role = item.rpartition("=")
        if not (equals and header.strip() and role.strip()):
            raise typer.BadParameter(f"write header=role, not {item!r}, with commas between", param_hint=_HINT)
        pairs.append((header.strip(), role.strip()))
    return pairs


def _read_file(path: Path) -> list[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        content: Any = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint=_HINT) from error
    except ValueError as error:
        raise typer.BadParameter(f"{path} is not well formed: {error}", param_hint=_HINT) from error
    if isinstance(content, dict) and isinstance(content.get("columns"), dict):
        content = content["columns"]
    if not isinstance(content, dict) or not all(isinstance(role, str) for role in content.values()):
        raise typer.BadParameter(f"{path} has to map headers to roles, each a text", param_hint=_HINT)
    return list(content.items())


def _role(header: str, role: str) -> Role:
    try:
        return Role(role)
    except ValueError as error:
        near = get_close_matches(role, list(Role), n=1)
        hint = f"did you mean {near[0]}?" if near else f"the roles are: {', '.join(Role)}"
        raise typer.BadParameter(f"column {header!r}: there is no role {role!r}; {hint}", param_hint=_HINT) from error
