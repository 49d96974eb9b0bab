"""Membership of talent pools: who is in which, since when, until when, by whom and why.

A membership is a link and no copy of the person; somebody may be in many pools. It is asked for by the contact, so that
it follows the contact through every change. Where two contacts turn out to be one person, `repointed` moves the
memberships of the one to the other, and `united` makes one of two in the same pool: every step stays, with the contact
of whom it was told.

The table of a membership, for each contact of whom it was told::

    (none)  --add-->     member    until an instant, or for good
    member  --renew-->   member    with another end
    member  --leave-->   left      with the reason
    left    --add-->     member

Who has not left is a member until the end that was set last; they are one of the pool if any strand says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crmcore.errors import IllegalStep, LawBroken
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, one
from crmcore.model.machine import Machine, Told, in_time
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Instant
from crmcore.query.moments import in_utc, utc_or_none
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = [
    "MEMBERSHIPS",
    "MembershipStatus",
    "MembershipStep",
    "MembershipVerb",
    "PoolMembership",
    "membership_id",
    "repointed",
    "united",
]

INTERNAL = Sensitivity.INTERNAL
LONGEST_ID = 200


class MembershipVerb(StrEnum):
    """What can happen to a membership."""

    ADD = "add"
    RENEW = "renew"
    LEAVE = "leave"


class MembershipStatus(StrEnum):
    """Whether somebody is in the pool, whatever its end."""

    MEMBER = "member"
    LEFT = "left"


MEMBERSHIPS = Machine(
    {
        None: {MembershipVerb.ADD: MembershipStatus.MEMBER},
        MembershipStatus.MEMBER: {
            MembershipVerb.RENEW: MembershipStatus.MEMBER,
            MembershipVerb.LEAVE: MembershipStatus.LEFT,
        },
        MembershipStatus.LEFT: {MembershipVerb.ADD: MembershipStatus.MEMBER},
    }
)
"""What can happen to a membership in each state."""


class MembershipStep(Told):
    """One thing that happened to a membership; `reason` says why, such as ``silver-medallist``."""

    verb: MembershipVerb
    contact: Id = Field(description="Of whom it was told: the contact's id at that time.")
    until: Instant | None = Field(default=None, description="When the membership ends by itself; None for never.")
    because_of: Id | None = Field(default=None, description="What led to it: an application, an event, a referral.")


def membership_id(pool: str, contact: str) -> str:
    """Return under which id it is kept that somebody is in a pool: asking twice finds the first.

    >>> membership_id("data", "c-7")
    'data/c-7'
    """
    plain = f"{pool}/{contact}"
    return plain if len(plain) <= LONGEST_ID else sha256(plain.encode()).hexdigest()


class PoolMembership(Record):
    """That somebody is in a pool, or was: since when, until when, by whom and why.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> def on(day, reason=""):
    ...     return Occasion(event_id=f"e-{day}", at=datetime(2026, 3, day, tzinfo=UTC), actor="eva", reason=reason)
    >>> member, told = PoolMembership.begin("data", "c-7", because_of="a-1", on=on(1, "silver-medallist"))
    >>> member.why, member.is_member(on(2).at), told.type
    (('silver-medallist',), True, 'pool.joined')
    >>> member, _ = member.leave(on=on(9, "took another job"))
    >>> member.is_member(on(8).at), member.is_member(on(9).at)
    (True, False)
    """

    kind: ClassVar[str] = "pool_membership"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("pool", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("contact", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
        one("status", type=FieldType.CHOICE, options=MembershipStatus, sensitivity=INTERNAL),
        one("since", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("until", type=FieldType.INSTANT, sensitivity=INTERNAL),
        one("because", "latest.reason", sensitivity=INTERNAL),
        one("by", "latest.by", sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="pools", kind="talent_pool", here="pool"),
        RelationSpec(key="contacts", kind="contact", here="contact"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {"steps": INTERNAL}

    pool: Id
    contact: Id
    steps: Annotated[tuple[MembershipStep, ...], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _obeys_the_table(self) -> Self:
        if self.steps != in_time(self.steps):
            raise ValueError("the steps are not in the order in which they occurred")
        _strands(self.steps)
        return self

    @classmethod
    def begin(
        cls,
        pool: str,
        contact: str,
        *,
        on: Occasion,
        until: datetime | None = None,
        because_of: str | None = None,
    ) -> tuple[Self, Event]:
        """Put somebody into a pool; `on.reason` says why.

        Raises:
            LawBroken: there is no reason, or the end lies before the beginning.
            InputError: the end has no time zone.

        """
        until = utc_or_none(until)
        step = _step(MembershipVerb.ADD, contact, on=on, until=until, because_of=because_of)
        new = cls(id=membership_id(pool, contact), pool=pool, contact=contact, steps=(step,))
        return new, on.tells("pool.joined", new, because_of=because_of)

    @property
    def status(self) -> MembershipStatus:
        """Whether they are in it, whatever the end."""
        is_in = any(strand[-1].verb is not MembershipVerb.LEAVE for strand in _strands(self.steps))
        return MembershipStatus.MEMBER if is_in else MembershipStatus.LEFT

    @property
    def latest(self) -> MembershipStep:
        """The last step of all; of what has been added to, renewed or left."""
        return self.steps[-1]

    @property
    def since(self) -> datetime:
        """Since when they have been in it without leaving; of who has left, since when they had been."""
        strands = [_last_spell(strand) for strand in _strands(self.steps)]
        open_ = [spell for spell in strands if spell[-1].verb is not MembershipVerb.LEAVE]
        return min(spell[0].occurred_at for spell in open_ or strands)

    @property
    def until(self) -> datetime | None:
        """When it ends or ended; None for never."""
        ends = [strand[-1] for strand in _strands(self.steps)]
        open_ = [step.until for step in ends if step.verb is not MembershipVerb.LEAVE]
        if not open_:
            return max(step.occurred_at for step in ends)
        return None if None in open_ else max(until for until in open_ if until is not None)

    @property
    def why(self) -> tuple[str, ...]:
        """Every reason for which they were added, in the order of time, each once."""
        added = (step.reason for step in self.steps if step.verb is MembershipVerb.ADD)
        return tuple(dict.fromkeys(filter(None, added)))

    def is_member(self, at: datetime) -> bool:
        """Whether they were in it at an instant, as we know it today; not any more from the end on."""
        at = in_utc(at)
        known = [step for step in self.steps if step.occurred_at <= at]
        ends = [strand[-1] for strand in _strands(known)]
        return any(step.verb is not MembershipVerb.LEAVE and (step.until is None or at < step.until) for step in ends)

    def about(self) -> tuple[str, str]:
        """Return the contact: what is noted of the membership is noted of that person."""
        return "contact", self.contact

    def unique_keys(self) -> Iterator[tuple[str, str]]:
        """Claim the place of the contact in the pool; a pool has one membership a person, left or not."""
        yield "place in pool", f"{self.pool} {self.contact}"

    def add(self, *, on: Occasion, until: datetime | None = None, because_of: str | None = None) -> tuple[Self, Event]:
        """Put somebody in again who has left; raise IllegalStep where they have not."""
        until = utc_or_none(until)
        step = _step(MembershipVerb.ADD, self.contact, on=on, until=until, because_of=because_of)
        if self.status is MembershipStatus.MEMBER:
            raise MEMBERSHIPS.refusal(self.status, MembershipVerb.ADD)
        return self._stepped(step, on=on, told="joined", because_of=because_of)

    def renew(self, *, until: datetime | None, on: Occasion) -> tuple[Self, Event]:
        """Set another end, for every strand that has not left; None for never."""
        return self._for_each(MembershipVerb.RENEW, until=utc_or_none(until), on=on, told="renewed")

    def leave(self, *, on: Occasion) -> tuple[Self, Event]:
        """Take somebody out; `on.reason` says why. They stay listed."""
        return self._for_each(MembershipVerb.LEAVE, until=None, on=on, told="left")

    def _for_each(self, verb: MembershipVerb, *, until: datetime | None, on: Occasion, told: str) -> tuple[Self, Event]:
        if self.status is MembershipStatus.LEFT:
            raise MEMBERSHIPS.refusal(self.status, verb)
        of = [strand[-1].contact for strand in _strands(self.steps) if strand[-1].verb is not MembershipVerb.LEAVE]
        new = self
        for contact in of:
            new, _ = new._stepped(_step(verb, contact, on=on, until=until), on=on, told=told)
        return new, on.tells(f"pool.{told}", new)

    def _stepped(
        self, step: MembershipStep, *, on: Occasion, told: str, because_of: str | None = None
    ) -> tuple[Self, Event]:
        steps = in_time((*self.steps, step))
        _strands(steps)  # before the record is made, so that the error is its own
        new = self.evolve(steps=steps)
        return new, on.tells(f"pool.{told}", new, because_of=because_of)


def _step(
    verb: MembershipVerb, contact: str, *, on: Occasion, until: datetime | None = None, because_of: str | None = None
) -> MembershipStep:
    if verb is MembershipVerb.ADD and not on.reason.strip():
        raise LawBroken("nobody is in a pool for no reason; pass it in the occasion")
    if until is not None and until <= on.at:
        raise LawBroken(f"a membership cannot end at {until.isoformat()}, before {on.at.isoformat()}")
    return MembershipStep(verb=verb, contact=contact, until=until, because_of=because_of, **on.told())


def _strands(steps: Iterable[MembershipStep]) -> list[list[MembershipStep]]:
    """Return the steps by the contact of whom they were told; refuse what the table does not list."""
    strands: dict[str, list[MembershipStep]] = {}
    states: dict[str, MembershipStatus | None] = {}
    for step in steps:
        states[step.contact] = MEMBERSHIPS.after(states.get(step.contact), step.verb)
        strands.setdefault(step.contact, []).append(step)
    return [*strands.values()]


def _last_spell(strand: list[MembershipStep]) -> list[MembershipStep]:
    """Return the steps from the last one that put somebody in."""
    begun = max(place for place, step in enumerate(strand) if step.verb is MembershipVerb.ADD)
    return strand[begun:]


def united(one: PoolMembership, other: PoolMembership) -> PoolMembership:
    """Return one membership of two that turned out to be of one person in one pool; the first keeps its id and contact.

    No step is lost, and whoever is in by either is in. Uniting the same two again changes nothing.

    Raises:
        LawBroken: they are of different pools; or both tell of one contact, and not the same.

    """
    if one.pool != other.pool:
        raise LawBroken(f"a membership of pool {other.pool!r} cannot be united with one of pool {one.pool!r}")
    steps = sorted(dict.fromkeys((*one.steps, *other.steps)), key=lambda step: step.contact)
    ordered = in_time(steps)
    try:
        _strands(ordered)
    except IllegalStep as error:
        raise LawBroken(
            f"memberships {one.id!r} and {other.id!r} both tell of one contact, and not the same; remove one of them"
        ) from error
    return one.evolve(steps=ordered)


def repointed(
    memberships: Iterable[PoolMembership], *, survivor: str, absorbed: str, on: Occasion
) -> tuple[tuple[PoolMembership, ...], tuple[PoolMembership, ...], tuple[Event, ...]]:
    """Move memberships from a contact that was merged into another.

    Args:
        memberships: of both contacts, in whatever order; those of others are left alone.
        survivor, absorbed: the contact that stays, and the one that goes.
        on: when, by whom and why; each event gets the occasion's id and the pool.

    Returns:
        The memberships to write, those to remove, and the events. What nothing changes in is not written, so that a
        second time gives nothing.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva", reason="met at a fair")
    >>> old, _ = PoolMembership.begin("data", "c-8", on=on)
    >>> written, removed, told = repointed([old], survivor="c-7", absorbed="c-8", on=on)
    >>> written[0].id, written[0].contact, written[0].steps[0].contact, removed[0].id, told[0].type
    ('data/c-7', 'c-7', 'c-8', 'data/c-8', 'pool.repointed')

    """
    held = [*memberships]
    kept = {member.pool: member for member in held if member.contact == survivor}
    written, removed, told = [], [], []
    for old in (member for member in held if member.contact == absorbed):
        known = kept.get(old.pool)
        if known is None:
            new = old.evolve(id=membership_id(old.pool, survivor), version=0, contact=survivor)
        else:
            new = united(known, old)
        if new != known:
            written.append(new)
        removed.append(old)
        told.append(
            on.about(
                "pool.repointed",
                kind=new.kind,
                id=new.id,
                data={"pool": new.pool, "contact": survivor, "absorbed": absorbed, "occasion": on.event_id},
            )
        )
    events = tuple(event.evolve(id=f"{on.event_id}/{number}") for number, event in enumerate(told, start=1))
    return tuple(written), tuple(removed), events
