"""One talent pool of a database: who is in it, who comes in and who leaves, and whom it would hire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmcore.app._each import done_for_each, ids_of
from crmcore.app._edits import check_given, edited
from crmcore.app._entering import taken_in
from crmcore.app._hindering import hindrances_of
from crmcore.app._prospect_view import ProspectView
from crmcore.app._removed import removed_version
from crmcore.app._work import Working, stored
from crmcore.errors import LawBroken, NotFound
from crmcore.hiring.moving import Item, Outcome
from crmcore.model.contact import ContactRecord
from crmcore.model.hiring import Job, PoolMembership, Prospect, TalentPool
from crmcore.model.hiring.pool import MembershipStatus, membership_id
from crmcore.model.pipeline import Pipeline
from crmcore.query import F, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from crmcore.app._work import Work
    from crmcore.hiring.moving import Bulk
    from crmcore.hiring.pools import Courtesy, Hindrance
    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion
    from crmcore.query import Expression

    Change = Callable[[TalentPool, PoolMembership, Occasion], tuple[PoolMembership, Event]]

__all__ = ["PoolView"]


@attrs.frozen(kw_only=True, eq=False)
class PoolView(Working):
    """One talent pool, and what one does with it; each verb is one unit of work.

    A contact is handed in as it was read, or as its id; what counts is what is stored. Every verb takes `actor`, who
    does it, and `at`, when it happened, where that is not now. What cannot be done raises IllegalStep with what can.
    """

    id: str

    @property
    def record(self) -> TalentPool:
        """The pool as it is now; raise NotFound."""
        return self.store.get(TalentPool, self.id)

    def __repr__(self) -> str:
        held = self.store.count(PoolMembership, (F.pool == self.id) & _is_in())
        return f"<PoolView {self.id}: {self.record.name}, {held} members>"

    @property
    def question(self) -> Expression:
        """Who is in it at the time of asking, as a question about contacts: to select by, and to keep as a segment."""
        return F.memberships.any(F.pool == self.id, _is_in())

    def members(self, at: datetime | None = None) -> tuple[PoolMembership, ...]:
        """Return who is in it, each with since when, until when and why; *at*: as of an instant, now by default."""
        when = self._when(at)
        return tuple(one for one in self.store.stream(PoolMembership, F.pool == self.id) if one.is_member(when))

    def edit(self, *, actor: str, reason: str = "", at: datetime | None = None, **changes: Any) -> PoolView:
        """Change fields of the pool, such as `keeps_days`, `pipeline` or `is_archived`; memberships stay as they are.

        Raises:
            InputError: there is no such field, or it cannot be so.

        """
        with self._work(actor, reason, at) as work:
            work.told(edited(work.unit.get(TalentPool, self.id), changes, on=work.on, told="pool.edited"))
        return self

    def admit(
        self,
        contact: ContactRecord | str,
        why: str,
        *,
        actor: str,
        because_of: str | None = None,
        at: datetime | None = None,
    ) -> PoolMembership:
        """Put somebody in, for as long as the pool keeps people; who has left, or whose time is over, comes in again.

        Args:
            contact: who.
            why: such as ``silver-medallist``.
            actor, at: see the class.
            because_of: what led to it: an application, an event, a referral.

        Raises:
            LawBroken: the consent that the pool asks for is not there; or (IllegalStep) they are in it.

        """
        (id_,) = ids_of(ContactRecord, [contact])
        over = self._removed([id_])
        with self._work(actor, why, at) as work:
            made = _admitting(work, self.id, [id_], over, because_of=because_of)(id_)
            assert made.after is not None  # noqa: S101 - it was admitted
            assert made.event is not None  # noqa: S101 - and told
            return work.told((made.after, made.event))

    def admit_all(
        self,
        contacts: Iterable[ContactRecord | str],
        why: str,
        *,
        actor: str,
        because_of: str | None = None,
        all_or_nothing: bool = False,
        at: datetime | None = None,
    ) -> Bulk[PoolMembership]:
        """Put many in, such as `crm.select(question)`; who cannot come in keeps none of the others out.

        The result has what became of each, by the ids of the contacts, and prints as a summary.
        """
        listed = ids_of(ContactRecord, contacts)
        over = self._removed(listed)
        with self._work(actor, why, at) as work:
            one = _admitting(work, self.id, listed, over, because_of=because_of)
            return done_for_each(work, listed, one, all_or_nothing=all_or_nothing)

    def leave(
        self, contact: ContactRecord | str, why: str = "", *, actor: str, at: datetime | None = None
    ) -> PoolMembership:
        """Take somebody out; they stay listed."""
        return self._changed(contact, lambda _, held, on: held.leave(on=on), actor, why, at)

    def renew(
        self,
        contact: ContactRecord | str,
        *,
        actor: str,
        until: datetime | None = None,
        reason: str = "",
        at: datetime | None = None,
    ) -> PoolMembership:
        """Keep somebody until an instant; by default for as long as the pool keeps who comes in now."""
        return self._changed(
            contact, lambda pool, held, on: held.renew(until=until or pool.until(on.at), on=on), actor, reason, at
        )

    def clear_out(self, *, actor: str, at: datetime | None = None) -> Bulk[PoolMembership]:
        """Take out who may not be in it any more: who wants no contact, or has taken the consent back.

        The result has who was taken out, each with why, by the ids of the contacts.
        """
        with self._work(actor, "may not be kept any more", at) as work:
            pool = work.unit.get(TalentPool, self.id)
            is_in = (F.pool == self.id) & (F.status == MembershipStatus.MEMBER.value)
            held = {one.contact: one for one in work.unit.stream(PoolMembership, is_in)}
            people = work.unit.stream(ContactRecord, F.id.in_(sorted(held))) if held else ()
            asked = [(each.id, pool.refusal(each, at=work.on.at)) for each in people]
            refused = {id_: why for id_, why in asked if why}

            def one(id_: str) -> Item[PoolMembership]:
                after, event = held[id_].leave(on=attrs.evolve(work.next(), reason=refused[id_]))
                return Item(id=id_, outcome=Outcome.DONE, before=held[id_], after=after, event=event, why=refused[id_])

            return done_for_each(work, refused, one)

    def hindrances(
        self,
        channel: str,
        *,
        courtesy: Courtesy | None = None,
        job: Job | str | None = None,
        at: datetime | None = None,
    ) -> dict[str, tuple[Hindrance, ...]]:
        """Return for each member, by the id of the contact, every reason not to approach them over a channel now.

        Who may be approached has none. All that bears on it is read at once.

        Args:
            channel: such as email, call or message.
            courtesy: caps and cool-downs; by default none, while consents and wishes hold all the same.
            job: for which they would be approached.
            at: as of when; now by default.

        """
        when = self._when(at)
        ids = [member.contact for member in self.members(when)]
        people = self.store.stream(ContactRecord, F.id.in_(ids)) if ids else ()
        wanted = None if job is None else stored(self.store, Job, job).id
        return hindrances_of(self.store, people, channel=channel, at=when, courtesy=courtesy, job=wanted)

    def court(
        self,
        contact: ContactRecord | str,
        *,
        actor: str,
        stage: str | None = None,
        job: Job | str | None = None,
        reason: str = "",
        at: datetime | None = None,
        **more: Any,
    ) -> ProspectView:
        """Begin to court somebody, in the first stage of the pool's pipeline, or in another.

        Args:
            contact: who.
            actor, reason, at: see the class.
            stage: in which it begins; one that is named has to let them in.
            job: for which, if it is for one already.
            more: other fields of :class:`~crmcore.model.hiring.Prospect`, such as `owner` or `source`.

        Raises:
            NotFound: the contact or the job is not there.
            LawBroken: the pool has no pipeline, or does not take them.
            Taken: they are courted in it already.

        """
        with self._work(actor, reason, at) as work:
            check_given(Prospect, more, itself={"contact", "pool", "pipeline", "history", "went_to"})
            pool = work.unit.get(TalentPool, self.id)
            (id_,) = ids_of(ContactRecord, [contact])
            if pool.pipeline is None:
                raise LawBroken(f"pool {pool.id!r} has no pipeline to court people in; give it one")
            if why := pool.refusal(work.unit.get(ContactRecord, id_), at=work.on.at):
                raise LawBroken(f"contact {id_!r} is not courted for pool {pool.id!r}: {why}")
            within = work.unit.get(Pipeline, pool.pipeline)
            wanted = None if job is None else stored(work.unit, Job, job).id
            begun = Prospect.begin(
                id=self.new_id(), contact=id_, within=within, on=work.on, stage=stage, pool=pool.id, job=wanted, **more
            )
            made = taken_in(work, *begun, within=within, stage=stage)
        return ProspectView(id=made.id, store=self.store, clock=self.clock, new_id=self.new_id)

    def prospects(self) -> tuple[Prospect, ...]:
        """Return whom it courts, and has courted, by id."""
        return tuple(self.store.stream(Prospect, F.pool == self.id))

    def _removed(self, contacts: Iterable[str]) -> dict[str, int]:
        """Return over which version a membership of each contact is put that was removed, as by undoing a merge."""
        ids = {contact: membership_id(self.id, contact) for contact in contacts}
        return {one: removed_version(self.store.history, PoolMembership, id_) for one, id_ in ids.items()}

    def _changed(
        self, contact: ContactRecord | str, change: Change, actor: str, reason: str, at: datetime | None
    ) -> PoolMembership:
        with self._work(actor, reason, at) as work:
            (id_,) = ids_of(ContactRecord, [contact])
            held = _membership(work, self.id, id_)
            if held is None:
                raise NotFound(PoolMembership.kind, f"{self.id}/{id_}")
            return work.told(change(work.unit.get(TalentPool, self.id), held, work.on))


def _is_in() -> Expression:
    """Return whether somebody is in a pool at the time of asking, as a question about a membership."""
    return (F.status == MembershipStatus.MEMBER.value) & (F.until.is_missing() | (F.until > now()))


def _membership(work: Work, pool: str, contact: str) -> PoolMembership | None:
    return next(work.unit.stream(PoolMembership, (F.pool == pool) & (F.contact == contact)), None)


def _admitting(
    work: Work, pool: str, contacts: Iterable[str], over: Mapping[str, int], *, because_of: str | None
) -> Callable[[str], Item[PoolMembership]]:
    """Return what puts one of several contacts in: all that it needs is read at once.

    Args:
        work: the unit.
        pool: which.
        contacts: their ids.
        over: contact -> the version over which a membership that was removed is put anew.
        because_of: what led to it.

    """
    held, ids = work.unit.get(TalentPool, pool), sorted(set(contacts))
    known, people = dict[str, PoolMembership](), dict[str, ContactRecord]()
    if ids:
        mine = (F.pool == pool) & F.contact.in_(ids)
        known = {each.contact: each for each in work.unit.stream(PoolMembership, mine)}
        people = {each.id: each for each in work.unit.stream(ContactRecord, F.id.in_(ids))}

    def admitted(id_: str) -> Item[PoolMembership]:
        if id_ not in people:
            raise NotFound(ContactRecord.kind, id_)
        before = known.get(id_)
        after, event = held.admit(people[id_], on=work.next(), because_of=because_of, known=before)
        if before is None:
            after = after.evolve(version=over.get(id_, 0))
        return Item(id=id_, outcome=Outcome.DONE, before=before, after=after, event=event)

    return admitted
