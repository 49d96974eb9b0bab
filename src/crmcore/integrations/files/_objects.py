"""Decodes one JSON object strictly: what JSON leaves open, or Python lets pass, is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from crmcore.integrations.files._cells import cell_of
from crmcore.integrations.files._encoding import bad_byte, has_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmcore.integrations.files.limits import Limits
    from crmcore.ports import Cell

__all__ = ["Decoder", "Oddity", "cells_of", "oddity_of"]

_DEEPEST = 100


@attrs.frozen
class Oddity:
    """Why an object cannot go in."""

    code: str
    message: str
    column: str | None = None

    @classmethod
    def of_depth(cls, text: str, row: Mapping[str, Any]) -> Oddity | None:
        """Find values so deep that writing them as text again could overrun Python's stack."""
        if text.count("[") + text.count("{") <= _DEEPEST:
            return None
        level: list[Any] = [value for value in row.values() if isinstance(value, (list, dict))]
        for _ in range(_DEEPEST):
            level = [
                inner
                for value in level
                for inner in (value.values() if isinstance(value, dict) else value)
                if isinstance(inner, (list, dict))
            ]
            if not level:
                return None
        return cls("too-deep", f"values are nested more than {_DEEPEST} levels deep")

    @classmethod
    def in_row(cls, row: Mapping[str, Any], limits: Limits) -> Oddity | None:
        """Find NUL, halves of surrogate pairs, undecodable bytes and over-long cells in keys and values."""
        for name, value in row.items():
            if "\0" in name or has_surrogates(name):
                return cls("bad-key", f"the key {name!a} holds a NUL or a broken character")
            cell = cell_of(value) or ""
            for text in cell if isinstance(cell, tuple) else (cell,):
                if "\0" in text:
                    return cls("nul", f"{name!r} holds a NUL character", name)
                if has_surrogates(text):
                    byte = bad_byte(text)
                    what = (
                        "half of a surrogate pair" if byte is None else f"a broken character, code or byte 0x{byte:02X}"
                    )
                    return cls("undecodable", f"{name!r} holds {what}", name)
                if len(text) > limits.cell_chars:
                    return cls("cell-too-long", f"{name!r} holds {len(text):,} characters", name)
        return None


class _RepeatedKey(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class _NotANumber(ValueError):
    pass


class _Exact(float):
    """A number with a fraction that remembers how it was written."""

    __slots__ = ("text",)
    text: str

    def __str__(self) -> str:
        return self.text


def _exact(text: str) -> float:
    value = float(text)
    if value.is_integer() and abs(value) < 2**53:
        return value
    number = _Exact(value)
    number.text = text
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        seen: set[str] = set()
        raise _RepeatedKey(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return record


def _refuse(constant: str) -> NoReturn:
    raise _NotANumber(constant)


class Decoder:
    """Decodes objects; whatever is wrong with one comes back as an :class:`Oddity`.

    >>> Decoder().decode('{"a": 1.50, "b": [NaN]}')
    Oddity(code='not-a-number', message='NaN is not a number that JSON knows', column=None)
    """

    def __init__(self) -> None:
        self._json = json.JSONDecoder(
            object_pairs_hook=_unique, parse_float=_exact, parse_constant=_refuse, strict=False
        )

    def decode(self, text: str) -> Any:
        """Decode one whole text."""
        try:
            return self._json.decode(text)
        except (ValueError, RecursionError) as exc:
            return oddity_of(exc)

    def decode_at(self, text: str, start: int) -> tuple[Any, int]:
        """Decode the value that begins at *start*; return it and where it ends. Errors are raised as they come."""
        return self._json.raw_decode(text, start)


def oddity_of(exc: ValueError | RecursionError) -> Oddity:
    """Say what the failure means."""
    if isinstance(exc, _RepeatedKey):
        return Oddity("duplicate-key", f"the key {exc.key!r} stands there twice", exc.key)
    if isinstance(exc, _NotANumber):
        return Oddity("not-a-number", f"{exc} is not a number that JSON knows")
    if isinstance(exc, RecursionError):
        return Oddity("too-deep", "the objects are nested too deeply")
    return Oddity("bad-json", f"this is not JSON: {exc}")


def cells_of(rows: Iterable[Mapping[str, Any]], name: str) -> list[Cell]:
    """Return one column."""
    values = [row.get(name) for row in rows]
    return [value if type(value) is str and value else _cell(value) for value in values]


def _cell(value: Any) -> Cell:
    if isinstance(value, _Exact):
        return value.text
    if isinstance(value, list) and any(isinstance(item, _Exact) for item in value):
        return cell_of([item.text if isinstance(item, _Exact) else item for item in value])
    return cell_of(value)
