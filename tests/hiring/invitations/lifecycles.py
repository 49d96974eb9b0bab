"""Random lives of interviews, each message of which is checked; run by itself for as many as are asked for.

``python -m tests.hiring.invitations.lifecycles 5000`` prints what was sent and what broke.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import icalendar

from crmcore.errors import InputError, ReplyRefused
from crmcore.hiring.invitations import (
    Invitation,
    Method,
    ReplyOutcome,
    Side,
    Wording,
    apply_reply,
    decline_counter,
    interview_uid,
    mail_of,
    messages_after,
    read_reply,
)
from crmcore.model.hiring.interview import Attendee, Interview, InterviewStatus, Organiser, Panelist
from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.occasion import Occasion
from tests.hiring.invitations.examples import wall
from tests.hiring.invitations.itip import instant_of, parsed, violations

ZONES = (
    "Europe/Amsterdam America/New_York Asia/Kolkata Australia/Lord_Howe Africa/Casablanca UTC America/St_Johns "
    "Pacific/Apia Asia/Kathmandu Europe/Dublin America/Sao_Paulo Asia/Jerusalem Pacific/Chatham Africa/Cairo"
).split()
NAMES = [
    "Ada",
    "José Núñez",
    '"Bo"; HR',
    "李雷",
    "a\r\nATTENDEE:mailto:eve@evil.example",
    "^n, x:y",
    "",
    "e\u0301" * 60,
]
PANEL_ONLY, CANDIDATE_ONLY = "ask about the gap in 2019", "bring your laptop"
BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@attrs.define
class CalendarOfOne:
    """What the calendar of one recipient shows: of each event, the message that RFC 5546 says counts."""

    events: dict[str, tuple[int, datetime, str, bytes]] = attrs.field(factory=dict)

    def receive(self, message: Invitation) -> None:
        event = parsed(message.ics).parts("VEVENT")[0]
        stamp = datetime.strptime(event.one("DTSTAMP").value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        version = (message.sequence, stamp)
        known = self.events.get(message.uid)
        if known is None or version > known[:2]:
            self.events[message.uid] = (*version, message.method.value, message.ics)


@attrs.define
class Life:
    """One interview from its scheduling to its end, with the calendars of all who were ever invited."""

    chance: random.Random
    calendars: dict[str, CalendarOfOne] = attrs.field(factory=dict)
    sent: Counter[str] = attrs.field(factory=Counter)
    broken: list[str] = attrs.field(factory=list)
    at: datetime = BEGIN
    interview: Interview | None = None
    last: dict[str, tuple[str, int]] = attrs.field(factory=dict)
    stale: list[bytes] = attrs.field(factory=list)

    def on(self) -> Occasion:
        self.at += timedelta(minutes=self.chance.randrange(1, 500))
        return Occasion(event_id=f"e-{self.at:%Y%m%d%H%M}", at=self.at, actor="eva", reason="as it comes")

    def live(self) -> None:
        """Schedule, and then change, answer and cancel at random."""
        self.changed(None, self._scheduled())
        for _ in range(self.chance.randrange(1, 9)):
            step = self.chance.choice(
                [self.move, self.panel, self.place, self.title, self.reply, self.reply, self.reply]
            )
            assert self.interview is not None
            if self.interview.status is InterviewStatus.SCHEDULED:
                step()
        if self.chance.random() < 0.5:
            before = self.interview
            assert before is not None
            self.changed(before, before.cancel(on=self.on())[0])

    def changed(self, before: Interview | None, now: Interview) -> None:
        """Send what is due, check each message, and then that every calendar shows the truth."""
        self.interview = now
        self.at += timedelta(seconds=1)
        messages = messages_after(
            before,
            now,
            at=self.at,
            candidate=Wording(notes=CANDIDATE_ONLY),
            panel=Wording(notes=PANEL_ONLY),
            comment="a\nb;",
        )
        for message in messages:
            self.check(message, now)
            for mailbox, _ in message.recipients:
                if self.chance.random() < 0.05:  # writing a mail takes as long as all the rest
                    mail_of(message, to=mailbox, text="see the calendar", at=self.at).as_bytes()
                self.calendars.setdefault(mailbox.casefold(), CalendarOfOne()).receive(message)
        if before is not None:
            self._expect(before.sequence <= now.sequence <= before.sequence + 1, "the sequence jumps")
            raising = (before.start, before.minutes, _people(before), before.location, before.status) != (
                now.start, now.minutes, _people(now), now.location, now.status
            )  # fmt: skip
            self._expect(raising == (now.sequence > before.sequence), "the sequence rises where it must not, or stays")
        self._calendars_agree(now)

    def check(self, message: Invitation, now: Interview) -> None:
        ends_all = now.status is InterviewStatus.CANCELLED and len(message.recipients) > 0
        if message.method is Method.CANCEL:
            ends_all = b"STATUS:CANCELLED" in message.ics
            still = {each.email.casefold() for each in now.attendees if each.email}
            gone = all(mailbox.casefold() not in still for mailbox, _ in message.recipients)
            self._expect(ends_all != gone, "a cancellation of all that is of one, or the other way round")
        self.broken += violations(message.ics, ends_all=ends_all)
        self.sent[message.method.value] += 1
        event = parsed(message.ics).parts("VEVENT")[0]
        uid, side = interview_uid(event.one("UID").text())
        self._expect((uid, side) == (now.uid, message.side), "another uid")
        self._expect(int(event.one("SEQUENCE").value) == now.sequence, "another sequence")
        for mailbox, _ in message.recipients:
            key = f"{mailbox.casefold()} {message.uid}"
            before = self.last.get(key)
            state = (message.method.value, now.sequence)
            self._expect(before is None or before[1] <= now.sequence, "the sequence falls")
            if before is not None and message.method is Method.CANCEL:
                self._expect(before[1] < now.sequence, "a cancellation without a higher sequence")
            self.last[key] = state
        forbidden = PANEL_ONLY if side is Side.CANDIDATE else CANDIDATE_ONLY
        theirs = [each for each in (now.panel if side is Side.CANDIDATE else [now.candidate]) if each.email]
        shown = message.ics.replace(b"\r\n ", b"").decode()
        self._expect(forbidden not in shown, "the other side's notes")
        self._expect(not any((each.email or "") in shown for each in theirs), "the other side's addresses")
        self._expect("a-1" not in shown and "c-1" not in shown, "an internal id")
        if message.method is Method.REQUEST:
            self._agree_with_a_library(message, now)

    def _agree_with_a_library(self, message: Invitation, now: Interview) -> None:
        """See that another parser, and the zone as the message describes it, come to the same instants."""
        event = icalendar.Calendar.from_ical(message.ics).walk("VEVENT")[0]
        for name, instant in (("DTSTART", now.starts_at), ("DTEND", now.ends_at)):
            self._expect(event[name].dt.astimezone(UTC) == instant, f"{name} is {event[name].dt}, not {instant}")
            mine = instant_of(parsed(message.ics).parts("VEVENT")[0], name)
            self._expect(mine.astimezone(UTC) == instant, f"{name} by the strict parser is {mine}")
        listed = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
        people = [each for each in (now.panel if message.side is Side.PANEL else [now.candidate]) if each.email]
        self._expect(len(listed) == len(people), "other attendees")
        shown = [str(each.params["PARTSTAT"]) for each in listed]
        self._expect(shown == [each.response.value.upper().replace("_", "-") for each in people], "other answers")

    def _calendars_agree(self, now: Interview) -> None:
        """See that each calendar holds the interview exactly where its owner is invited."""
        for mailbox, calendar in self.calendars.items():
            invited = now.status is not InterviewStatus.CANCELLED and now.attendee(mailbox) is not None
            shown = [each for each in calendar.events.values() if each[2] == "REQUEST"]
            self._expect(len(shown) == invited, f"a calendar shows {len(shown)} where {invited} is due")
            for sequence, _, _, ics in shown:
                self._expect(sequence == now.sequence, "a calendar shows an older version")
                start = instant_of(parsed(ics).parts("VEVENT")[0], "DTSTART").astimezone(UTC)
                self._expect(start == now.starts_at, "a calendar shows another time")

    def reply(self) -> None:
        """Let one of those who were ever invited answer what their calendar shows, sometimes twice or too late."""
        now = self.interview
        assert now is not None
        if self.stale and self.chance.random() < 0.3:
            self.receive(self.chance.choice(self.stale))
            return
        mailbox = self.chance.choice(list(self.calendars))
        for _, _, _, ics in self.calendars[mailbox].events.values():
            self.at += timedelta(minutes=1)
            if self.chance.random() < 0.15:
                self.propose(ics, mailbox)
                continue
            answer = self.chance.choice(["ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"])
            octets = answered(ics, mailbox, answer, self.at)
            self.broken += violations(octets)
            self.sent["REPLY"] += 1
            self.stale.append(octets)
            self.receive(octets)

    def propose(self, ics: bytes, mailbox: str) -> None:
        """Let them propose another time, and say no to it."""
        now = self.interview
        assert now is not None
        counter = read_reply(answered(ics, mailbox, "TENTATIVE", self.at, method="COUNTER", start=self.at))
        try:
            applied = apply_reply(now, counter, on=self.on())
        except ReplyRefused:
            self._expect(counter.sequence != now.sequence or now.attendee(mailbox) is None, "a proposal was refused")
            return
        self._expect(
            applied.outcome is ReplyOutcome.PROPOSED and applied.interview is now, "a proposal changes something"
        )
        message = decline_counter(now, counter, at=self.at, comment="no;\r\nsorry")
        self.broken += violations(message.ics)
        self.sent["DECLINECOUNTER"] += 1
        self._expect([each for each, _ in message.recipients] == [now.attendee(mailbox).email], "told to somebody else")  # type: ignore[union-attr]
        self._expect(message.sequence == now.sequence and message.uid == counter.uid, "another event is declined")

    def receive(self, octets: bytes) -> None:
        """Apply an answer, and see that it changes one attendee or nothing."""
        now = self.interview
        assert now is not None
        reply = read_reply(octets)
        self.at += timedelta(seconds=1)
        known = now.attendee(reply.attendee)
        current = reply.sequence == now.sequence and known is not None
        try:
            applied = apply_reply(now, reply, on=self.on())
        except ReplyRefused as refused:
            late = known is not None and known.responded_at is not None and reply.stamped is not None
            late = late and reply.stamped <= known.responded_at  # type: ignore[union-attr, operator]
            self._expect(not current or late, f"refused: {refused}")
            self.sent["refused"] += 1
            return
        self._expect(current, "an old or foreign answer was taken")
        self._expect(applied.interview.sequence == now.sequence, "an answer touches the sequence")
        others = [(a, b) for a, b in zip(now.attendees, applied.interview.attendees, strict=True) if a != b]
        self._expect(
            len(others) == (applied.outcome is not ReplyOutcome.REPEATED), "an answer changes more than itself"
        )
        self._expect(
            all(b.email.casefold() == reply.attendee.casefold() for _, b in others if b.email), "somebody else"
        )
        self.changed(now, applied.interview)

    def move(self) -> None:
        before = self.interview
        assert before is not None
        start, minutes = self._start(), self.chance.randrange(15, 240)
        if (start, minutes) != (before.start, before.minutes):
            self.changed(before, before.reschedule(start, minutes=minutes, on=self.on())[0])

    def panel(self) -> None:
        before = self.interview
        assert before is not None
        self.changed(before, before.with_panel(self._panel(), on=self.on())[0])

    def place(self) -> None:
        before = self.interview
        assert before is not None
        place = f"Room {self.chance.randrange(10**6)}\r\nX-EVIL:1, äöü;\\"
        link = self.chance.choice(["", "https://meet.example.org/a,b;c?d=ü"])
        self.changed(before, before.relocate(location=place, video_link=link, on=self.on())[0])

    def title(self) -> None:
        before = self.interview
        assert before is not None
        self.changed(
            before, before.retitle(f"Talk {self.chance.choice(NAMES)} {self.chance.random()}", on=self.on())[0]
        )

    def _scheduled(self) -> Interview:
        return Interview.schedule(
            id="i-1",
            application="a-1",
            contact="c-1",
            title=self.chance.choice(NAMES) or "Interview",
            start=self._start(),
            minutes=self.chance.randrange(15, 240),
            organiser=Organiser(email="o'eva+hr@example.org", name=self.chance.choice(NAMES)),
            candidate=Attendee(email="Ada.L@example.com", name=self.chance.choice(NAMES)),
            panel=self._panel(),
            uid=self.chance.choice([None, "uid,with;marks\\", "0190-7f@example.org"]),
            on=self.on(),
        )[0]

    def _panel(self) -> list[Panelist]:
        users = self.chance.sample(range(6), k=self.chance.randrange(1, 5))
        roles = ["lead", "required", "optional"]
        return [
            Panelist(
                user=f"u-{user}",
                email=f"u{user}.{'x' * 40}@example.org",
                name=NAMES[user],
                role=self.chance.choice(roles),
            )
            for user in users
        ]

    def _start(self) -> WallTime:
        """Return a time, often one near a change of the clocks."""
        zone = self.chance.choice(ZONES)
        day = self.chance.choice([wall(2026, 3, 29), wall(2026, 10, 25), wall(2026, 3, 8), wall(2026, 11, 1)])
        day = day if self.chance.random() < 0.5 else wall(2026, 1, 1) + timedelta(days=self.chance.randrange(700))
        local = day + timedelta(minutes=15 * self.chance.randrange(96))
        try:
            return WallTime.of(local, zone, fold=self.chance.choice([0, 1]))
        except InputError:
            return WallTime.of(local.replace(hour=12), zone)

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.broken.append(what)


def _people(interview: Interview) -> set[object]:
    return {(each.user, each.email) for each in interview.panel}


def answered(
    ics: bytes, mailbox: str, answer: str, at: datetime, *, method: str = "REPLY", start: datetime | None = None
) -> bytes:
    """Return what a calendar program answers to a message, or proposes: built from it by another library."""
    event = icalendar.Calendar.from_ical(ics).walk("VEVENT")[0]
    reply, inner = icalendar.Calendar(), icalendar.Event()
    for name, value in (("prodid", "-//another//program//EN"), ("version", "2.0"), ("method", method)):
        reply.add(name, value)
    for name in ("UID", "ORGANIZER", "SEQUENCE", "SUMMARY"):
        inner[name] = event[name]
    inner.add("dtstamp", at.astimezone(ZoneInfo("UTC")))
    attendee = icalendar.vCalAddress(f"MAILTO:{mailbox}")
    attendee.params["PARTSTAT"] = answer
    attendee.params |= {"DELEGATED-TO": "mailto:zoe@example.org"} if answer == "DELEGATED" else {}
    inner.add("attendee", attendee)
    if start is not None:
        inner.add("dtstart", start.astimezone(ZoneInfo("America/New_York")))
        inner.add("dtend", (start + timedelta(hours=1)).astimezone(ZoneInfo("America/New_York")))
    reply.add_component(inner)
    return reply.to_ical()


def lived(seed: int) -> Life:
    """Return a life that was lived."""
    life = Life(random.Random(seed))
    life.live()
    return life


def main(count: int) -> int:
    began, sent, broken = time.perf_counter(), Counter[str](), 0
    for seed in range(count):
        life = lived(seed)
        sent += life.sent
        if life.broken:
            broken += 1
            sys.stdout.write(f"seed {seed}: {life.broken[:3]}\n")
    sys.stdout.write(f"{count} lives, {dict(sent)}, {broken} broken, {time.perf_counter() - began:.1f} s\n")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
