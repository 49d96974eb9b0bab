"""One scheduled interview: when on whose clock, who takes part, what they answered, and what happened to it.

How an interview is to be held stands in an `InterviewDefinition` of its stage; what an interviewer thought of it in a
`Scorecard`. The record is the organiser's side of an invitation: `uid` never changes, and `sequence` rises by one with
each change that makes an answer worthless, and with nothing else; an attendee's answer never touches it. What can
happen is a table, in :mod:`crmcore.model.hiring.interview_steps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import InputError, LawBroken, ReplyRefused
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.hiring.attendee import Attendee, Organiser, Panelist, PanelRole, Response
from crmcore.model.hiring.interview_steps import INTERVIEWS, RAISING, InterviewStatus, InterviewStep, InterviewVerb
from crmcore.model.hiring.wall_time import WallTime
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Distinct, Text
from crmcore.query.moments import in_utc
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = [
    "INTERVIEWS",
    "RAISING",
    "Attendee",
    "Interview",
    "InterviewStatus",
    "InterviewStep",
    "InterviewVerb",
    "Organiser",
    "PanelRole",
    "Panelist",
    "Response",
]

INTERNAL = Sensitivity.INTERNAL


class Interview(Record):
    """One scheduled interview.

    Its steps stand in the order in which they were made: the sequence counts them, so that one which is told to have
    happened before the last is refused. It lasts so many minutes of real time, also while clocks are changed.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> def on(day):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva")
    >>> interview, told = Interview.schedule(
    ...     id="i-1",
    ...     application="a-1",
    ...     contact="c-1",
    ...     title="Technical interview",
    ...     start=WallTime.of(datetime(2026, 3, 27, 14, 30), "Europe/Amsterdam"),
    ...     minutes=45,
    ...     organiser=Organiser(email="eva@example.org"),
    ...     candidate=Attendee(email="ada@example.com", name="Ada"),
    ...     panel=[Panelist(user="u-1", email="bo@example.org", role="lead")],
    ...     on=on(2),
    ... )
    >>> interview, _ = interview.responded("Bo@example.org", "accepted", sequence=0, at=on(3).at, on=on(3))
    >>> interview, told = interview.reschedule(
    ...     WallTime.of(datetime(2026, 3, 30, 9, 0), "Europe/Amsterdam"), on=on(4)
    ... )
    >>> interview.status.value, interview.sequence, interview.panel[0].response.value, interview.ends_at.isoformat()
    ('scheduled', 1, 'needs_action', '2026-03-30T07:45:00+00:00')
    >>> interview.responded("bo@example.org", "declined", sequence=0, at=on(5).at, on=on(5))
    Traceback (most recent call last):
    crmcore.errors.ReplyRefused: 'bo@example.org' answers interview 'i-1' as it was in version 0; by now it is in ...
    """

    kind: ClassVar[str] = "interview"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("application", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("job", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("definition", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("uid", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("external_id", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("status", type=FieldType.CHOICE, options=InterviewStatus, sensitivity=INTERNAL),
        one("starts_at", type=FieldType.INSTANT, sensitivity=INTERNAL, is_indexed=True),
        one("ends_at", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("minutes", type=FieldType.NUMBER, sensitivity=INTERNAL),
        one("room", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        many("interviewer", "panel.user", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True, item_key="user"),
        many("panel_role", "panel.role", type=FieldType.CHOICE, options=PanelRole, sensitivity=INTERNAL),
        many("response", "panel.response", type=FieldType.CHOICE, options=Response, sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="applications", kind="application", here="application"),
        RelationSpec(key="contacts", kind="contact", here="contact"),
        RelationSpec(key="jobs", kind="job", here="job"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {
        **dict.fromkeys(("title", "start", "panel", "organiser", "history"), INTERNAL),
        **dict.fromkeys(("candidate", "location", "video_link"), Sensitivity.PERSONAL),
    }

    application: Id
    contact: Id = Field(description="Who is interviewed.")
    job: Id | None = None
    definition: Id | None = Field(default=None, description="The interview of the stage that is held by it.")
    title: Text = Field(min_length=1)
    start: WallTime
    minutes: int = Field(ge=1, le=10_080)
    organiser: Organiser
    candidate: Attendee
    panel: Annotated[Distinct[Panelist], Field(min_length=1, max_length=100)]
    room: Id | None = None
    location: Text = Field(default="", description="Where it is held, for people to read.")
    video_link: Annotated[Text, Field(pattern=r"^(?:https?://\S+)?$")] = ""
    uid: Id = Field(description="What calendars know it by; it never changes.")
    external_id: Id | None = Field(default=None, description="What the organiser's calendar calls it.")
    history: Annotated[tuple[InterviewStep, ...], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        before: InterviewStep | None = None
        status: InterviewStatus | None = None
        for step in self.history:
            status = INTERVIEWS.after(status, step.verb)
            if before is not None and step.occurred_at < before.occurred_at:
                raise ValueError("the steps are not in the order in which they occurred")
            if before is not None and step.sequence != before.sequence + (step.verb in RAISING):
                raise ValueError(f"the sequence cannot be {step.sequence} after {step.verb.value!r}")
            before = step
        return self

    @model_validator(mode="after")
    def _invites_each_once(self) -> Self:
        mailboxes = [each.email.casefold() for each in self.attendees if each.email]
        if twice := sorted({each for each in mailboxes if mailboxes.count(each) > 1}):
            raise ValueError(f"invited twice: {', '.join(twice)}")
        return self

    @classmethod
    def schedule(
        cls,
        *,
        id: str,  # noqa: A002
        start: WallTime,
        minutes: int,
        panel: Iterable[Panelist],
        on: Occasion,
        uid: str | None = None,
        sequence: int = 0,
        **more: object,
    ) -> tuple[Self, Event]:
        """Return a new interview.

        Args:
            id: of the record.
            start: when it begins, on the clock of the place.
            minutes: how long it lasts.
            panel: the interviewers.
            on: when, by whom and why it is scheduled.
            uid: what calendars shall know it by; by default its id.
            sequence: where the counting begins, of one that comes from elsewhere.

        """
        step = InterviewStep(verb=InterviewVerb.SCHEDULE, sequence=sequence, **on.told())
        known = {"id": id, "start": start, "minutes": minutes, "panel": tuple(panel), "uid": uid or id}
        new = cls.model_validate({**more, **known, "history": (step,)})
        return new, on.tells("interview.scheduled", new, **_when(new))

    @property
    def status(self) -> InterviewStatus:
        """Where it stands."""
        status: InterviewStatus | None = None
        for step in self.history:
            status = INTERVIEWS.after(status, step.verb)
        assert status is not None  # noqa: S101 - it was scheduled
        return status

    @property
    def sequence(self) -> int:
        """How often it was changed so that answers had to be asked for again."""
        return self.history[-1].sequence

    @property
    def starts_at(self) -> datetime:
        """When it begins, by the rules of the zone as they are known today."""
        return self.start.instant

    @property
    def ends_at(self) -> datetime:
        """When it ends; the first instant that is not part of it."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def attendees(self) -> tuple[Attendee, ...]:
        """The candidate, and then the panel."""
        return (self.candidate, *self.panel)

    @property
    def is_binding(self) -> bool:
        """Whether it takes up the time of those who take part: neither cancelled nor missed."""
        return self.status not in {InterviewStatus.CANCELLED, InterviewStatus.NO_SHOW}

    def about(self) -> tuple[str, str]:
        """Return who is interviewed."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim what calendars know it by, so that an answer belongs to one interview."""
        yield "uid of interview", self.uid

    def attendee(self, who: str) -> Attendee | None:
        """Return who is invited under a mail address, in any case, or an id of a user or the contact."""
        wanted = who.casefold()
        for each in self.attendees:
            known = each.user if isinstance(each, Panelist) else self.contact
            if who == known or (each.email is not None and each.email.casefold() == wanted):
                return each
        return None

    def overlaps(self, other: Interview) -> bool:
        """Whether both take up one minute; those that touch do not."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def clashes(self, others: Iterable[Interview]) -> tuple[tuple[str, Interview], ...]:
        """Return who or what of it is needed elsewhere at that time: an interviewer, the candidate or the room."""
        return tuple(
            (each, other)
            for other in others
            if other.id != self.id and self.is_binding and other.is_binding and self.overlaps(other)
            for _, each in sorted(_needs(self) & _needs(other))
        )

    def reschedule(self, start: WallTime, *, on: Occasion, minutes: int | None = None) -> tuple[Self, Event]:
        """Hold it at another time, or for longer or shorter; everybody is asked again.

        Raises:
            IllegalStep: it cannot be moved any more.
            LawBroken: that is when it is already.

        """
        minutes = self.minutes if minutes is None else minutes
        if (start, minutes) == (self.start, self.minutes) and self.status is InterviewStatus.SCHEDULED:
            raise LawBroken(f"interview {self.id!r} is at {start} already")
        panel = tuple(each.asked_again() for each in self.panel)
        changes = {"start": start, "minutes": minutes, "panel": panel, "candidate": self.candidate.asked_again()}
        before = {"was": self.starts_at.isoformat()}
        new = self._stepped(InterviewVerb.RESCHEDULE, on=on, before=self.start, changes=changes)
        return new, on.tells("interview.rescheduled", new, **before, **_when(new))

    def relocate(
        self, *, on: Occasion, room: str | None = None, location: str = "", video_link: str = ""
    ) -> tuple[Self, Event]:
        """Hold it elsewhere: what is not given is taken away. Answers are kept, as they are about the time.

        Raises LawBroken where it is there already, or cannot be changed any more.
        """
        place = {"room": room, "location": location, "video_link": video_link}
        if all(getattr(self, name) == value for name, value in place.items()):
            raise LawBroken(f"interview {self.id!r} is there already")
        new = self._stepped(InterviewVerb.CHANGE, on=on, changes=place)
        return new, on.tells("interview.relocated", new, sequence=new.sequence, **place)

    def with_panel(self, panel: Iterable[Panelist], *, on: Occasion) -> tuple[Self, Event]:
        """Have it held by others; who stays keeps their answer.

        Who comes or goes raises the sequence, since those who go are sent a cancellation, and a changed address is
        somebody else's calendar; another role or name does not. The event names who came and who went.

        Raises:
            IllegalStep: it cannot be changed any more.

        """
        before = {(each.user, each.email): each for each in self.panel}
        kept = tuple(each.answering_as(before.get((each.user, each.email))) for each in panel)
        after = {(each.user, each.email): each for each in kept}
        came = [user for user, email in after if (user, email) not in before]
        went = [user for user, email in before if (user, email) not in after]
        verb = InterviewVerb.CHANGE if came or went else InterviewVerb.EDIT
        new = self._stepped(verb, on=on, changes={"panel": kept})
        return new, on.tells("interview.panel_changed", new, came=[*came], went=[*went], sequence=new.sequence)

    def retitle(self, title: str, *, on: Occasion) -> tuple[Self, Event]:
        """Call it something else."""
        new = self._stepped(InterviewVerb.EDIT, on=on, changes={"title": title})
        return new, on.tells("interview.retitled", new, before=self.title, after=title)

    def cancel(self, *, on: Occasion) -> tuple[Self, Event]:
        """Call it off."""
        new = self._stepped(InterviewVerb.CANCEL, on=on)
        return new, on.tells("interview.cancelled", new, sequence=new.sequence)

    def hold(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that it took place; LawBroken before it was to begin."""
        return self._passed(InterviewVerb.HOLD, "interview.held", on=on)

    def miss(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that the candidate did not come; LawBroken before it was to begin."""
        return self._passed(InterviewVerb.MISS, "interview.missed", on=on)

    def complete(self, *, on: Occasion) -> tuple[Self, Event]:
        """Note that all feedback is in; see :func:`crmcore.model.hiring.feedback.feedback_of`."""
        return self._stepped(InterviewVerb.COMPLETE, on=on), on.tells("interview.completed", self)

    def reopen(self, *, on: Occasion) -> tuple[Self, Event]:
        """Ask for more feedback after all."""
        return self._stepped(InterviewVerb.REOPEN, on=on), on.tells("interview.reopened", self)

    def responded(
        self, attendee: str, response: Response | str, *, sequence: int, at: datetime, on: Occasion
    ) -> tuple[Self, Event]:
        """Note what an attendee answered; nothing but their own answer changes, and the sequence least of all.

        Args:
            attendee: their mail address, in any case, or user id; of the candidate, also the contact's id.
            response: the answer.
            sequence: of the invitation that they answer.
            at: when they answered.
            on: when and from whom we learned of it.

        Raises:
            InputError: no such answer, or an instant without a time zone.
            ReplyRefused: they are not invited; they answer what has changed since, or what we never sent; a later
                answer of theirs is known; or it is not to be held any more.

        """
        if response not in set(Response) - {Response.NEEDS_ACTION}:
            answers = ", ".join(each.value for each in Response if each is not Response.NEEDS_ACTION)
            raise InputError(f"{str(response)[:60]!r} is no answer; one answers {answers}")
        at, known = in_utc(at), self.attendee(attendee)
        if fault := self._fault(known, sequence=sequence, at=at):
            raise ReplyRefused(attendee, interview=self.id, why=fault, sequence=sequence, current=self.sequence)
        assert known is not None  # noqa: S101 - or there had been a fault
        answer = known.evolve(response=response, responded_at=at)
        if isinstance(answer, Panelist):
            changes: dict[str, object] = {"panel": [answer if each is known else each for each in self.panel]}
        else:
            changes = {"candidate": answer}
        facts = {"attendee": answer.user if isinstance(answer, Panelist) else self.contact}
        return self.evolve(**changes), on.tells(
            "interview.answered", self, response=answer.response.value, sequence=sequence, **facts
        )

    def _fault(self, known: Attendee | None, *, sequence: int, at: datetime) -> str:
        """Return why an answer does not count, as a word; "" where it does."""
        if known is None:
            return "not-invited"
        if sequence != self.sequence:
            return "superseded" if sequence < self.sequence else "never-sent"
        if not self.is_binding:
            return "not-awaited"
        return "out-of-order" if known.responded_at is not None and at <= known.responded_at else ""

    def _passed(self, verb: InterviewVerb, event: str, *, on: Occasion) -> tuple[Self, Event]:
        if on.at < self.starts_at:
            raise INTERVIEWS.refusal(self.status, verb, why=f"it begins at {self.start} only")
        return self._stepped(verb, on=on), on.tells(event, self)

    def _stepped(
        self,
        verb: InterviewVerb,
        *,
        on: Occasion,
        before: WallTime | None = None,
        changes: Mapping[str, object] | None = None,
    ) -> Self:
        INTERVIEWS.after(self.status, verb)  # raises what the table does not list
        last = self.history[-1]
        step = InterviewStep(verb=verb, sequence=last.sequence + (verb in RAISING), before=before, **on.told())
        if step.occurred_at < last.occurred_at:
            why = f"it was last changed at {last.occurred_at.isoformat()}, which is later"
            raise INTERVIEWS.refusal(self.status, verb, why=why)
        return self.evolve(history=(*self.history, step), **(changes or {}))


def _needs(interview: Interview) -> frozenset[tuple[str, str]]:
    """Return whom and what it takes up, by what they are and their ids."""
    users = {("user", each.user) for each in interview.panel}
    room = {("room", interview.room)} if interview.room else set()
    return frozenset({("contact", interview.contact), *users, *room})


def _when(interview: Interview) -> dict[str, str | int]:
    """Return what an event tells of the time."""
    return {
        "starts_at": interview.starts_at.isoformat(),
        "local": interview.start.local.isoformat(),
        "zone": interview.start.zone,
        "minutes": interview.minutes,
        "sequence": interview.sequence,
    }
