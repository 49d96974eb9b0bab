"""Writes content lines (RFC 5545, 3.1): escaped, folded at 75 octets, and safe whatever people call themselves.

Nothing here asks a library: what is emitted is some twenty properties whose bytes have to be the same in every release,
and whose one danger, a line break in a value that begins a property of its own, is best kept where it can be seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["content", "joined", "plain", "text", "uri"]

_OCTETS = 75
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPECIAL = re.compile(r"([\\;,])")
_NEEDS_QUOTES = re.compile(r"[:;,]")
_NOT_IN_URIS = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{|}]")


def text(value: str) -> str:
    r"""Return a text as the value of a property.

    >>> text("Ada\nATTENDEE:mailto:eve@example.org; \\ and, well\x00")
    'Ada\\nATTENDEE:mailto:eve@example.org\\; \\\\ and\\, well'
    """
    lines = (_SPECIAL.sub(r"\\\1", _visible(line)) for line in _BREAKS.split(value))
    return r"\n".join(lines)


def plain(value: str) -> str:
    r"""Return a text as one line without what cannot be seen.

    >>> plain("Ada\r\nBcc: eve@example.org\x07")
    'Ada Bcc: eve@example.org'
    """
    return " ".join(_visible(_BREAKS.sub(" ", value)).split())


def uri(value: str) -> str:
    """Return a URI without what may not stand in one, each octet as ``%XX``."""
    return _NOT_IN_URIS.sub(lambda found: "".join(f"%{octet:02X}" for octet in found[0].encode()), value)


def content(name: str, value: str, params: Mapping[str, str] | None = None) -> str:
    r"""Return one line, not yet folded; *value* is already escaped as its type wants it.

    >>> content("ORGANIZER", "mailto:eva@example.org", {"CN": 'Eva "E" Li; HR'})
    'ORGANIZER;CN="Eva \'E\' Li; HR":mailto:eva@example.org'
    """
    shown = "".join(f";{key}={_parameter(each)}" for key, each in (params or {}).items())
    return f"{name}{shown}:{value}"


def joined(lines: Iterable[str]) -> bytes:
    """Return lines as the octets of a calendar, each folded, each ended by CRLF."""
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _parameter(value: str) -> str:
    """Return the value of a parameter; RFC 5545 has no way to write a double quote, and RFC 6868 minds the caret."""
    shown = plain(value).replace('"', "'").replace("^", "^^")
    return f'"{shown}"' if _NEEDS_QUOTES.search(shown) else shown


def _visible(value: str) -> str:
    """Drop control characters but the tab; lone surrogates, which no UTF-8 can hold, become replacement characters."""
    return "".join(_encodable(letter) for letter in value if letter == "\t" or category(letter) != "Cc")


def _encodable(letter: str) -> str:
    return "\ufffd" if category(letter) == "Cs" else letter


def _folded(line: str) -> bytes:
    """Fold at 75 octets; a letter of several is never split."""
    octets = line.encode()
    pieces: list[bytes] = []
    begin, room = 0, _OCTETS
    while len(octets) - begin > room:
        end = begin + room
        while octets[end] & 0xC0 == 0x80:  # within a letter
            end -= 1
        pieces.append(octets[begin:end])
        begin, room = end, _OCTETS - 1  # the blank that continues a line counts
    return b"\r\n ".join([*pieces, octets[begin:]])
