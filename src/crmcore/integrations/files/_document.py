"""Walks the objects of a JSON document that is in memory as text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crmcore.errors import UnreadableFile
from crmcore.integrations.files._objects import Decoder, Oddity, oddity_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

__all__ = ["Document"]

_BLANK = re.compile(r"[ \t\r\n]*")


class Document:
    """An array of objects, an object that holds one such array, or a single object."""

    def __init__(self, path: Path, text: str, decoder: Decoder) -> None:
        self._path = path
        self._text = text
        self._decoder = decoder
        self._lax = json.JSONDecoder(strict=False)
        self._counted = (0, 1)
        self.others: list[str] = []
        """Names of further arrays of objects, known once all objects have been walked."""

    def line(self, at: int) -> int:
        """Return the 1-based line of a position; positions have to be asked for in order."""
        before, line = self._counted
        self._counted = (at, line + self._text.count("\n", before, at))
        return self._counted[1]

    def objects(self) -> Iterator[tuple[int, Any, str]]:
        """Yield position, object (or what is wrong with it) and text of each element.

        Raises:
            UnreadableFile: the document is not JSON; what stood before the place has been yielded.

        """
        at = self._skip(0)
        if self._text.startswith("{", at):
            inner = self._array_inside(at)
            if inner is None:
                record, end = self._value(at)
                yield at, record, self._text[at:end]
                self._end(end)
                return
            self._end(self._rest((yield from self._elements(inner))))
        elif self._text.startswith("[", at):
            self._end((yield from self._elements(at)))
        else:
            raise self._broken(at, "an array of objects is expected")

    def _elements(self, at: int) -> Generator[tuple[int, Any, str], None, int]:
        """Yield the elements of the array at *at*; return where it ends."""
        at = self._skip(at + 1)
        while not self._text.startswith("]", at):
            record, end = self._value(at)
            yield at, record, self._text[at:end]
            at = self._skip(end)
            if self._text.startswith(",", at):
                at = self._skip(at + 1)
            elif not self._text.startswith("]", at):
                raise self._broken(at, "a comma or the end of the array is expected")
        return at + 1

    def _rest(self, at: int) -> int:
        """Walk the members behind the array that is read, so that another array is not passed over in silence."""
        at = self._skip(at)
        while self._text.startswith(",", at):
            key, at = self._key(self._skip(at + 1))
            value, at = self._value(at)
            if isinstance(value, list) and value and isinstance(value[0], dict):
                self.others.append(str(key))
            at = self._skip(at)
        if not self._text.startswith("}", at):
            raise self._broken(at, "a comma or the end of the object is expected")
        return at + 1

    def _key(self, at: int) -> tuple[Any, int]:
        key, at = self._value(at)
        at = self._skip(at)
        if not self._text.startswith(":", at):
            raise self._broken(at, "a colon is expected")
        return key, self._skip(at + 1)

    def _end(self, at: int) -> None:
        at = self._skip(at)
        if at < len(self._text):
            raise self._broken(at, "there is more behind the end")

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def _value(self, at: int) -> tuple[Any, int]:
        """Decode an element; one that is JSON but cannot go in is an oddity, and its end is found all the same."""
        try:
            return self._decoder.decode_at(self._text, at)
        except json.JSONDecodeError as exc:
            raise self._broken(exc.pos, exc.msg) from exc
        except RecursionError as exc:
            raise self._broken(at, "the values are nested too deeply") from exc
        except ValueError as exc:
            return self._oddity(at, oddity_of(exc))

    def _oddity(self, at: int, oddity: Oddity) -> tuple[Oddity, int]:
        try:
            _, end = self._lax.raw_decode(self._text, at)
        except json.JSONDecodeError as exc:
            raise self._broken(exc.pos, exc.msg) from exc
        except (ValueError, RecursionError) as exc:
            raise self._broken(at, str(exc)) from exc
        return oddity, end

    def _array_inside(self, at: int) -> int | None:
        """Find the first member of the outer object that is an array of objects."""
        at = self._skip(at + 1)
        while not self._text.startswith("}", at):
            _, at = self._key(at)
            if self._text.startswith("[", at) and self._text.startswith("{", self._skip(at + 1)):
                return at
            _, at = self._value(at)
            at = self._skip(at)
            if self._text.startswith(",", at):
                at = self._skip(at + 1)
            elif not self._text.startswith("}", at):
                raise self._broken(at, "a comma or the end of the object is expected")
        return None

    def _broken(self, at: int, why: str) -> UnreadableFile:
        line = self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        message = f"this is not JSON: {why} on line {line}, character {column}"
        return UnreadableFile(self._path, "bad-json", message)
