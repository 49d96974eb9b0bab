"""Reads the word lists that stand beside the code as tab-separated text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["read_rows"]


@cache
def read_rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the lines of ``data/<name>.tsv`` as cells; lines that begin with ``#`` are remarks."""
    text = files("crmcore.hygiene").joinpath("data", f"{name}.tsv").read_text(encoding="utf-8")
    return tuple(tuple(line.split("\t")) for line in text.splitlines() if line and not line.startswith("#"))
