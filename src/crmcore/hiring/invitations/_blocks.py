"""Takes a calendar apart into its components, before any value is read.

The library that reads the values parses a whole calendar or none of it: one month that does not exist, anywhere, and
every event is lost. Here each component stands for itself, so that it is read, or listed as unread, alone. What is of
no interest, such as descriptions and attachments, is dropped on the way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from crmcore._messages import kind_of
from crmcore.errors import InputError, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.hiring.invitations.limits import CalendarLimits

__all__ = ["ZONE", "Block", "blocks_of"]

ZONE = "X-ZONE"
"""The parameter that names the zone of a time, once a component is handed to the library."""
_DEPTH = 8
_LINE, _LINES = 100_000, 10_000
_KEPT = frozenset(
    """METHOD X-WR-TIMEZONE UID DTSTAMP DTSTART DTEND DURATION RRULE RDATE EXDATE EXRULE RECURRENCE-ID SEQUENCE STATUS
    TRANSP X-MICROSOFT-CDO-BUSYSTATUS FREEBUSY ATTENDEE ORGANIZER COMMENT REQUEST-STATUS TZID TZOFFSETFROM TZOFFSETTO
    """.split()
)
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ZONE_NAMED = re.compile(r";[ \t]*TZID[ \t]*=", re.IGNORECASE)
_NAME_ENDS = re.compile(r"[:;]")


@attrs.define(kw_only=True)
class Block:
    """One component: its name, the line where it begins, the properties that matter, and the components in it.

    `is_excessive` says that there are more properties, or longer ones, than any calendar has.
    """

    name: str
    number: int
    lines: list[str] = attrs.field(factory=list)
    parts: list[Block] = attrs.field(factory=list)
    is_closed: bool = False
    is_excessive: bool = False

    def text(self) -> str:
        """Return it alone, without what is in it: unfolded lines, CRLF.

        Names of zones are put aside as `ZONE`, so that the library does not look for files of that name, nor for what
        other calendars called so.
        """
        inner = "".join(f"{_ZONE_NAMED.sub(rf';{ZONE}=', line, count=1)}\r\n" for line in self.lines)
        return f"BEGIN:{self.name}\r\n{inner}END:{self.name}\r\n"

    def values(self, name: str) -> list[str]:
        """Return what stands after the first colon of each property of a name; for plain texts only."""
        return [line.partition(":")[2].strip() for line in self.lines if _name(line) == name]


def blocks_of(data: bytes | str, *, source: str, limits: CalendarLimits) -> tuple[list[Block], list[int]]:
    """Return the outermost components, and the numbers of the lines that end what never began.

    Raises:
        UnreadableFile: empty, too large, no calendar at all, or nested as no calendar is.

    """
    root, strays = Block(name="", number=0), []
    stack, count = [root], 0
    for number, line in _lines(_octets(data, source=source, limits=limits)):
        name = _name(line)
        if name == "BEGIN":
            count += 1
            _refuse_excess(count, len(stack), source=source, limits=limits)
            block = Block(name=line.partition(":")[2].strip().upper()[:100], number=number)
            stack[-1].parts.append(block)
            stack.append(block)
        elif name == "END":
            if not _close(stack, line.partition(":")[2].strip().upper()[:100]):
                strays.append(number)
                _refuse_excess(count + len(strays), 0, source=source, limits=limits)
        elif name in _KEPT:
            _keep(stack[-1], line)
    if not root.parts:
        raise UnreadableFile(source, "not-a-calendar", "nothing in it begins with BEGIN:; is it an iCalendar file?")
    return root.parts, strays


def _keep(block: Block, line: str) -> None:
    """Add a property, unless it, or all of them, would keep the library busy for seconds."""
    if len(line) > _LINE or len(block.lines) >= _LINES:
        block.is_excessive = True
    else:
        block.lines.append(line)


def _name(line: str) -> str:
    """Return the name of a property: what stands before its parameters and its value."""
    return _NAME_ENDS.split(line[:200], maxsplit=1)[0].strip().upper()


def _close(stack: list[Block], name: str) -> bool:
    """Close the innermost component of a name; what is open within it stays unclosed."""
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth].name == name:
            stack[depth].is_closed = True
            del stack[depth:]
            return True
    return False


def _refuse_excess(count: int, depth: int, *, source: str, limits: CalendarLimits) -> None:
    if count > limits.components:
        raise UnreadableFile(
            source, "too-many", f"it has more than {limits.components:,} components; CalendarLimits allows more"
        )
    if depth > _DEPTH:
        raise UnreadableFile(source, "too-deep", f"its components are nested more than {_DEPTH} deep")


def _octets(data: bytes | str, *, source: str, limits: CalendarLimits) -> bytes:
    if not isinstance(data, str | bytes | bytearray | memoryview):
        raise InputError(f"{source}: bytes or a text are needed, not {kind_of(data)}")
    octets = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    octets = octets.removeprefix(b"\xef\xbb\xbf")
    if len(octets) > limits.document_bytes:
        raise UnreadableFile(
            source, "too-large", f"it has more than {limits.document_bytes:,} bytes; CalendarLimits allows more"
        )
    for mark, encoding in _BOMS:
        if octets.startswith(mark):
            octets = octets.decode(encoding, "replace").encode()
    if not octets.strip():
        raise UnreadableFile(source, "empty", "there is nothing in it")
    return octets if b"\n" in octets else octets.replace(b"\r", b"\n")


def _lines(octets: bytes) -> Iterator[tuple[int, str]]:
    """Yield unfolded lines with the number of their first; octets are joined before they are read as letters."""
    pieces: list[bytes] = []
    begun = 0
    for number, raw in enumerate(octets.split(b"\n"), start=1):
        line = raw.removesuffix(b"\r")
        if line[:1] in {b" ", b"\t"} and pieces:
            pieces.append(line[1:])
            continue
        if pieces:
            yield begun, b"".join(pieces).decode("utf-8", "replace")
        pieces, begun = ([line], number) if line.strip() else ([], number)
    if pieces:
        yield begun, b"".join(pieces).decode("utf-8", "replace")
