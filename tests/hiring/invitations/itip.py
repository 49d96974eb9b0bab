"""A strict reading of calendar messages that shares nothing with the library, and the tables of RFC 5546.

It accepts what RFC 5545 allows to be written, and nothing that readers merely put up with.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

NAME = r"[A-Za-z0-9-]+"
PARAMETER = rf'{NAME}=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)(?:,(?:"[^"\x00-\x1f\x7f]*"|[^";:,\x00-\x1f\x7f]*))*'
LINE = re.compile(rf"({NAME})((?:;{PARAMETER})*):([^\x00-\x08\x0a-\x1f\x7f]*)")
SPLIT = re.compile(rf'({NAME})=((?:"[^"]*"|[^";:])*)')

ANY = (0, 10**9)
OPTIONAL, ONE, NONE, SOME = (0, 1), (1, 1), (0, 0), (1, 10**9)
DESCRIBING = {
    **dict.fromkeys(("ATTACH", "CATEGORIES", "COMMENT", "CONTACT", "EXDATE", "RDATE", "RELATED-TO", "RESOURCES"), ANY),
    **dict.fromkeys(("CLASS", "CREATED", "DESCRIPTION", "DTEND", "DURATION", "GEO", "LAST-MODIFIED"), OPTIONAL),
    **dict.fromkeys(("LOCATION", "PRIORITY", "RECURRENCE-ID", "RRULE", "STATUS", "TRANSP", "URL"), OPTIONAL),
}
TABLES = {
    "REQUEST": {
        **DESCRIBING,
        **dict.fromkeys(("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"), ONE),
        "ATTENDEE": SOME,
        "SEQUENCE": OPTIONAL,
        "REQUEST-STATUS": NONE,
    },
    "REPLY": {
        **DESCRIBING,
        **dict.fromkeys(("ATTENDEE", "DTSTAMP", "ORGANIZER", "UID"), ONE),
        **dict.fromkeys(("DTSTART", "SEQUENCE", "SUMMARY"), OPTIONAL),
        "REQUEST-STATUS": ANY,
    },
    "DECLINECOUNTER": {
        **dict.fromkeys(("DTSTAMP", "ORGANIZER", "UID"), ONE),
        **dict.fromkeys(("RECURRENCE-ID", "SEQUENCE"), OPTIONAL),
        **dict.fromkeys(("COMMENT", "REQUEST-STATUS"), ANY),
    },
    "CANCEL": {
        **DESCRIBING,
        **dict.fromkeys(("DTSTAMP", "ORGANIZER", "SEQUENCE", "UID"), ONE),
        **dict.fromkeys(("DTSTART", "SUMMARY"), OPTIONAL),
        "ATTENDEE": SOME,  # "some or all" of those concerned, and somebody always is
        "REQUEST-STATUS": NONE,
    },
}
"""How often each property may stand in a VEVENT: RFC 5546, 3.2.2, 3.2.3, 3.2.8 and 3.2.5."""
REGISTERED = {"CONFERENCE", "COLOR", "IMAGE"}
"""Properties of RFC 7986, which the tables count as IANA-PROPERTY."""


@attrs.define
class Property:
    name: str
    params: dict[str, str]
    value: str

    def text(self) -> str:
        """Return the value as TEXT; AssertionError where it is none."""
        assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\;,nN]|(?<!\\)(?:\\\\)*[;,]", self.value), self.value
        return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], self.value)


@attrs.define
class Component:
    name: str
    properties: list[Property] = attrs.field(factory=list)
    components: list[Component] = attrs.field(factory=list)

    def all(self, name: str) -> list[Property]:
        return [each for each in self.properties if each.name == name]

    def one(self, name: str) -> Property:
        (found,) = self.all(name)
        return found

    def parts(self, name: str) -> list[Component]:
        return [each for each in self.components if each.name == name]


def parsed(octets: bytes) -> Component:
    """Return the calendar object; AssertionError where a line is not as RFC 5545, 3.1, has it."""
    assert octets.endswith(b"\r\n"), "the last line is not ended"
    raw = octets.removesuffix(b"\r\n").split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in raw), "a bare CR or LF"
    assert all(len(line) <= 75 for line in raw), "a line of more than 75 octets"
    shown = [line.decode("utf-8") for line in raw]  # fails where a letter is split
    unfolded: list[str] = []
    for line in shown:
        if line.startswith((" ", "\t")):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    stack = [Component("")]
    for line in unfolded:
        found = LINE.fullmatch(line)
        assert found, f"no content line: {line!r}"
        name, params, value = found[1].upper(), found[2], found[3]
        if name == "BEGIN":
            stack.append(Component(value))
            stack[-2].components.append(stack[-1])
        elif name == "END":
            assert stack.pop().name == value, f"{value} ends what is another component"
        else:
            stack[-1].properties.append(
                Property(name, {key.upper(): each.strip('"') for key, each in SPLIT.findall(params)}, value)
            )
    assert len(stack) == 1, "a component is not ended"
    assert len(stack[0].components) == 1, "not one calendar"
    return stack[0].components[0]


def violations(octets: bytes, *, ends_all: bool | None = None) -> list[str]:
    """Return what a message breaks; *ends_all* tells of a CANCEL whether the whole event is meant."""
    try:
        calendar = parsed(octets)
    except (AssertionError, UnicodeDecodeError) as error:
        return [f"syntax: {error}"]
    found: list[str] = []
    found += [f"{name}: not once" for name in ("VERSION", "PRODID", "METHOD") if len(calendar.all(name)) != 1]
    methods = [each.value for each in calendar.all("METHOD")]
    if len(methods) != 1 or methods[0] not in TABLES:
        return [*found, f"METHOD: {methods}"]
    events = calendar.parts("VEVENT")
    found += [] if events else ["VEVENT: none"]
    found += [f"{each.name}: not allowed" for each in calendar.components if each.name not in {"VEVENT", "VTIMEZONE"}]
    found += ["UID: several"] if len({each.value for event in events for each in event.all("UID")}) > 1 else []
    for event in events:
        found += _event(event, methods[0], ends_all)
    return found + _zones(calendar)


def _event(event: Component, method: str, ends_all: bool | None) -> list[str]:
    table, found = TABLES[method], []
    for name in {each.name for each in event.properties} | set(table):
        low, high = table.get(name, ANY if name.startswith("X-") or name in REGISTERED else NONE)
        if not low <= len(event.all(name)) <= high:
            found.append(f"{name}: {len(event.all(name))} times")
    found += ["DTEND beside DURATION"] if event.all("DTEND") and event.all("DURATION") else []
    found += ["VALARM: not allowed"] if method != "REQUEST" and event.parts("VALARM") else []
    statuses = [each.value for each in event.all("STATUS")]
    if method == "REQUEST":
        found += [f"STATUS: {each}" for each in statuses if each not in {"TENTATIVE", "CONFIRMED"}]
    if method == "CANCEL":
        found += [f"STATUS: {each}" for each in statuses if each != "CANCELLED"]
        found += ["STATUS: missing"] if ends_all and not statuses else []
        found += ["STATUS: not of those who are uninvited"] if ends_all is False and statuses else []
    found += [
        f"DTSTAMP: {each.value}" for each in event.all("DTSTAMP") if not re.fullmatch(r"\d{8}T\d{6}Z", each.value)
    ]
    found += [f"SEQUENCE: {each.value}" for each in event.all("SEQUENCE") if not re.fullmatch(r"\d{1,10}", each.value)]
    found += [
        f"{each.name}: {each.value}"
        for name in ("ATTENDEE", "ORGANIZER")
        for each in event.all(name)
        if not re.fullmatch(r"(?i:mailto):[^\s@]+@[^\s@]+", each.value)
    ]
    return found


def _zones(calendar: Component) -> list[str]:
    described = [zone.one("TZID").value for zone in calendar.parts("VTIMEZONE")]
    used = {
        each.params["TZID"] for event in calendar.parts("VEVENT") for each in event.properties if "TZID" in each.params
    }
    found = [f"VTIMEZONE: {zone} twice" for zone in set(described) if described.count(zone) > 1]
    found += [f"VTIMEZONE: {zone} missing" for zone in used - set(described)]
    for zone in calendar.parts("VTIMEZONE"):
        found += [] if zone.parts("STANDARD") or zone.parts("DAYLIGHT") else ["VTIMEZONE: says nothing"]
        for part in zone.components:
            found += [
                f"{part.name}: {name} not once"
                for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
                if len(part.all(name)) != 1
            ]
    return found


def instant_of(event: Component, name: str) -> datetime:
    """Return a time of an event, by the rules of the zone as Python knows them."""
    each = event.one(name)
    known = datetime.fromisoformat(each.value.removesuffix("Z"))
    assert each.value.endswith("Z") != ("TZID" in each.params)
    return known.replace(tzinfo=ZoneInfo(each.params.get("TZID", "UTC")))
