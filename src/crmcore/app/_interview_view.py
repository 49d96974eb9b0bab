"""One interview of a database: its verbs change it in one unit, and say what has to be sent to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._diaries import panel_of, wall_time
from crmcore.app._work import Working
from crmcore.errors import InputError, LawBroken, NotFound
from crmcore.hiring.invitations import Reply, ReplyOutcome, apply_reply, messages_after, read_reply
from crmcore.hiring.slots import Slot
from crmcore.model.hiring import (
    BlindWithin,
    Feedback,
    Interview,
    InterviewStatus,
    Panelist,
    Scorecard,
    ScorecardStatus,
    feedback_of,
    visible_to,
)
from crmcore.query import F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from crmcore.app._work import Work
    from crmcore.hiring.invitations import Invitation, Wording
    from crmcore.model.events import Event
    from crmcore.model.hiring import AttributeRating, Kit, PromptAnswer, Rating, WallTime
    from crmcore.model.occasion import Occasion
    from crmcore.ports import Reader

__all__ = ["InterviewView", "check_free"]


@attrs.frozen(kw_only=True, eq=False)
class InterviewView(Working):
    """One interview, and what one does with it; each verb reads it anew and returns the view of what became of it.

    Attributes:
        before: the interview as it was before the verb that made this view; None of a new one, and of one just read.
        is_told: whether a verb made this view, so that there may be something to send.

    """

    id: str
    before: Interview | None = None
    is_told: bool = False

    @property
    def record(self) -> Interview:
        """The interview as it is now; raise NotFound."""
        return self.store.get(Interview, self.id)

    def __repr__(self) -> str:
        now = self.record
        return f"<InterviewView {self.id}: {now.title}, {now.start}, {now.status.value}>"

    def invitations(
        self, *, candidate: Wording | None = None, panel: Wording | None = None, comment: str = ""
    ) -> tuple[Invitation, ...]:
        """Return the calendar messages that the last verb made necessary; see `hiring.invitations.mail_of`.

        The candidate and the panel get messages of their own, with words of their own; whoever left is told so. A view
        that no verb has made has nothing to send.
        """
        if not self.is_told:
            return ()
        now = self.clock.now()
        return messages_after(self.before, self.record, at=now, candidate=candidate, panel=panel, comment=comment)

    def reschedule(
        self,
        start: WallTime | Slot,
        *,
        actor: str,
        minutes: int | None = None,
        reason: str = "",
        may_clash: bool = False,
        at: datetime | None = None,
    ) -> InterviewView:
        """Hold it at another time, or for longer or shorter; everybody is asked again.

        Args:
            start: when it begins, on the clock of a place; or a slot, such as those of `CRM.find_slots`, which
                says how long and in which room as well.
            actor, reason, at: see the class.
            minutes: how long it lasts, where that changes.
            may_clash: whether somebody, or the room, may be needed elsewhere at that time.

        Raises:
            InputError: the slot names somebody who is not on the panel, see :meth:`with_panel`.
            LawBroken: somebody, or the room, is needed elsewhere at that time, unless it may clash.

        """
        slot = start if isinstance(start, Slot) else None
        begin = slot.on_clock_of(slot.panel[0]) if slot else wall_time(start)
        with self._work(actor, reason, at) as work:
            before = work.unit.get(Interview, self.id)
            if slot is not None:
                panel_of(slot, before.panel)
                minutes = slot.minutes if minutes is None else minutes
            held, events = _in_room_of(slot, before, work)
            changed, told = held.reschedule(begin, on=work.on, minutes=minutes)
            if not may_clash:
                check_free(work.unit, changed)
            work.all_told((changed,), (*events, told))
        return attrs.evolve(self, before=before, is_told=True)

    def relocate(
        self, *, actor: str, reason: str = "", may_clash: bool = False, at: datetime | None = None, **place: Any
    ) -> InterviewView:
        """Hold it elsewhere: `room`, `location`, `video_link`; what is not given is taken away.

        Raises:
            InputError: a place of another name.
            LawBroken: the room is needed for another at that time, unless it may clash.

        """
        if others := place.keys() - {"room", "location", "video_link"}:
            raise InputError(f"{', '.join(sorted(others))}: an interview is held in a room, location or video_link")
        return self._changed(lambda held, on: held.relocate(on=on, **place), actor, reason, at, may_clash=may_clash)

    def with_panel(
        self,
        panel: Iterable[Panelist],
        *,
        actor: str,
        reason: str = "",
        may_clash: bool = False,
        at: datetime | None = None,
    ) -> InterviewView:
        """Have it held by others; who stays keeps their answer.

        Raises:
            InputError: they are no panelists.
            LawBroken: somebody is needed elsewhere at that time, unless it may clash.

        """
        people = tuple(panel)
        if not all(isinstance(each, Panelist) for each in people):
            raise InputError("a panel lists its Panelists")
        return self._changed(lambda held, on: held.with_panel(people, on=on), actor, reason, at, may_clash=may_clash)

    def cancel(self, *, actor: str, reason: str = "", at: datetime | None = None) -> InterviewView:
        """Call it off."""
        return self._changed(lambda held, on: held.cancel(on=on), actor, reason, at)

    def hold(self, *, actor: str, at: datetime | None = None) -> InterviewView:
        """Note that it took place."""
        return self._changed(lambda held, on: held.hold(on=on), actor, "", at)

    def miss(self, *, actor: str, reason: str = "", at: datetime | None = None) -> InterviewView:
        """Note that the candidate did not come."""
        return self._changed(lambda held, on: held.miss(on=on), actor, reason, at)

    def answered(self, reply: Reply | bytes | str, *, actor: str, sender: str = "") -> ReplyOutcome:
        """Note what an attendee's calendar answered; nothing but their own answer changes.

        Args:
            reply: the calendar object that came back, or as it was read.
            actor: who notes it, such as the mailbox.
            sender: where the mail says it is from; given, nobody else's answer counts.

        Raises:
            UnreadableFile: it is no answer.
            ReplyRefused: they are not invited, or answer what has changed since.

        """
        known = read_reply(reply) if isinstance(reply, bytes | str) else reply
        if not isinstance(known, Reply):
            raise InputError(f"a reply is what came back, as bytes or text, or a Reply, not {type(known).__name__}")
        with self._work(actor) as work:
            applied = apply_reply(work.unit.get(Interview, self.id), known, on=work.on, sender=sender)
            if applied.event is not None:
                work.told((applied.interview, applied.event))
            return applied.outcome

    def feedback(
        self,
        interviewer: str,
        overall: Rating | str,
        *,
        actor: str | None = None,
        ratings: Iterable[AttributeRating] | None = None,
        answers: Iterable[PromptAnswer] | None = None,
        notes: str | None = None,
        kit: Kit | None = None,
        at: datetime | None = None,
    ) -> Scorecard:
        """Hand in what an interviewer thought, for good; a draft of theirs is completed.

        Args:
            interviewer: whose it is.
            overall: their recommendation.
            actor: who hands it in, the interviewer by default.
            ratings, answers, notes, kit: see :meth:`Scorecard.write`; what is not given stays as it was drafted.
            at: when it was handed in, where that is not now.

        Raises:
            LawBroken: they are not on the panel.
            IllegalStep: they have handed it in before, or the interview has not begun.

        """
        with self._work(actor or interviewer, at=at) as work:
            held = work.unit.get(Interview, self.id)
            card = _card(work, held, interviewer)
            written = card.write(overall=overall, ratings=ratings, answers=answers, notes=notes, kit=kit)
            return work.told(written.submit(held, on=work.next()))

    def draft_feedback(
        self,
        interviewer: str,
        *,
        actor: str | None = None,
        overall: Rating | str | None = None,
        ratings: Iterable[AttributeRating] | None = None,
        answers: Iterable[PromptAnswer] | None = None,
        notes: str | None = None,
        kit: Kit | None = None,
        at: datetime | None = None,
    ) -> Scorecard:
        """Keep what an interviewer has written so far, in place of what it said; :meth:`feedback` hands it in.

        Args:
            interviewer: whose it is.
            actor: who writes it, the interviewer by default.
            overall, ratings, answers, notes, kit: see :meth:`Scorecard.write`; what is not given stays.
            at: when it was begun, where that is not now.

        Raises:
            LawBroken: they are not on the panel.
            IllegalStep: they have handed it in before.

        """
        with self._work(actor or interviewer, at=at) as work:
            card = _card(work, work.unit.get(Interview, self.id), interviewer)
            return work.unit.put(card.write(overall=overall, ratings=ratings, answers=answers, notes=notes, kit=kit))

    def void_feedback(self, interviewer: str, reason: str, *, actor: str, at: datetime | None = None) -> Scorecard:
        """Have an interviewer's scorecard count no more; it is kept, and they may write another.

        Raises:
            NotFound: they have none.

        """
        with self._work(actor, reason, at) as work:
            held = _held_card(work, self.id, interviewer)
            if held is None:
                raise NotFound(Scorecard.kind, f"{self.id} {interviewer}")
            return work.told(held.void(on=work.on))

    def awaited(self, within: timedelta, *, at: datetime | None = None) -> Feedback:
        """Return whose feedback is in, and whose is not, and who is late.

        Args:
            within: how long after the end it is due, as the interview's definition says.
            at: as of when; now by default.

        """
        cards = self.store.stream(Scorecard, F.interview == self.id)
        return feedback_of(self.record, cards, within=within, at=self._when(at))

    def scorecards(self, *, seen_by: str, blind_within: BlindWithin = BlindWithin.APPLICATION) -> tuple[Scorecard, ...]:
        """Return the scorecards that somebody may read: others' only after handing in their own."""
        application = self.record.application
        interviews = tuple(self.store.stream(Interview, F.application == application))
        cards = self.store.stream(Scorecard, F.interview == self.id)
        return visible_to(seen_by, cards, interviews=interviews, blind_within=blind_within)

    def _changed(
        self,
        verb: Callable[[Interview, Occasion], tuple[Interview, Event]],
        actor: str,
        reason: str,
        at: datetime | None,
        *,
        may_clash: bool = True,
    ) -> InterviewView:
        with self._work(actor, reason, at) as work:
            before = work.unit.get(Interview, self.id)
            changed = verb(before, work.on)
            if not may_clash:
                check_free(work.unit, changed[0])
            work.told(changed)
        return attrs.evolve(self, before=before, is_told=True)


def _in_room_of(slot: Slot | None, held: Interview, work: Work) -> tuple[Interview, tuple[Event, ...]]:
    """Return the interview in the room of a slot that has one, with the event if it was in another."""
    if slot is None or slot.room in {None, held.room}:
        return held, ()
    moved, told = held.relocate(on=work.next(), room=slot.room, location=held.location, video_link=held.video_link)
    return moved, (told,)


def check_free(reader: Reader, interview: Interview) -> None:
    """Refuse an interview at whose time the candidate, an interviewer or the room is needed in another.

    Raises:
        LawBroken: with who, and where they are needed.

    """
    people = F.interviewer.in_([each.user for each in interview.panel]) | (F.contact == interview.contact)
    concerned = people | (F.room == interview.room) if interview.room else people
    meanwhile = (F.starts_at < interview.ends_at) & (F.ends_at > interview.starts_at)
    is_held = F.status.in_([InterviewStatus.SCHEDULED.value, InterviewStatus.AWAITING_FEEDBACK.value])
    clashes = interview.clashes(reader.stream(Interview, is_held & meanwhile & concerned))
    if clashes:
        told = "; ".join(f"{who!r} is needed in interview {other.id!r}, {other.start}" for who, other in clashes[:5])
        raise LawBroken(f"at {interview.start} {told}; take another time, or say that it may clash")


def _card(work: Work, interview: Interview, interviewer: str) -> Scorecard:
    """Return the interviewer's card that is not void, or a new one."""
    held = _held_card(work, interview.id, interviewer)
    if held is not None:
        return held
    return work.told(Scorecard.begin(id=work.new_id(), interview=interview, interviewer=interviewer, on=work.on))


def _held_card(work: Work, interview: str, interviewer: str) -> Scorecard | None:
    cards = work.unit.stream(Scorecard, F.interview == interview)
    mine = (each for each in cards if each.interviewer == interviewer and each.status is not ScorecardStatus.VOID)
    return next(mine, None)
