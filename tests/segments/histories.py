"""Random lives of a few people, asked about by random segments: for holding memberships against a full evaluation."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from crmcore.errors import NotFound
from crmcore.model import (
    Affiliation,
    Candidate,
    ContactRecord,
    Event,
    Organisation,
    PostalAddress,
    Segment,
    Skill,
    Touch,
)
from crmcore.model.segment import SegmentBuild, Standing
from crmcore.ports import Store
from crmcore.query import F, ago, ahead, lasting, now, resolved, sample, segment, start_of
from crmcore.query.judging import Asking
from crmcore.query.tree import Expression
from crmcore.segments._books import Books
from crmcore.segments.following import Follower
from crmcore.segments.population import Universe
from crmcore.stored import Action
from crmcore.testing import ManualClock

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
PEOPLE = tuple(f"c{number}" for number in range(6))
FIRMS = ("o1", "o2")
CANDIDACIES = ("k1", "k2", "k3")
KEYS = ("s0", "s1", "s2", "s3", "s4")
TYPES = ("email.sent", "call.made")
CITIES = ("Utrecht", "Delft", "")
JUMPS = (0, 0, 0, 1, 60, 3_600, 5 * 3_600, 86_400, 86_400, 3 * 86_400, 20 * 86_400, 100 * 86_400)


def leaf(draw: Random, *, inner: tuple[str, ...]) -> Expression:
    """Return a question of any kind that a record's life can answer."""
    days = draw.choice((1, 2, 7, 30, 90))
    made = [
        lambda: F.city == draw.choice(CITIES[:2]),
        lambda: F.tag.in_(draw.sample(("red", "blue", "Grün"), 2)),
        F.headline.is_missing,
        lambda: F.owner == draw.choice(("u1", "u2")),
        lambda: F.skills.any(name="python", level__ge=draw.choice((1, 3))),
        lambda: F.skills.count() >= draw.choice((1, 2)),
        lambda: F.touched_at.within(days=days),
        lambda: F.touched_at < ago(days=days),
        lambda: F.created_at.between(start_of("month", zone="Europe/Amsterdam"), now()),
        lambda: F.created_at >= start_of("quarter", plus=-1),
        lambda: F.born.recurs(ahead(days=0), ahead(days=days)),
        lambda: F.activity(draw.choice(TYPES)).within(days=days).exists(),
        lambda: F.activity(draw.choice(TYPES)).within(days=days).count() >= 2,
        lambda: F.activity.last("type") == draw.choice(TYPES),
        lambda: F.activity.where(F["data.campaign"] == "spring").exists(),
        lambda: F.activity(TYPES[0]).last("at") < ago(days=days),
        lambda: lasting(F.owner == "u1", days=days),
        lambda: lasting(~(F.city == "Utrecht"), hours=days),
        lambda: F.organisations.any(industry="software"),
        lambda: F.candidates.any(availability="looking"),
        lambda: F.candidates.any(F.snoozed_until <= now()),
        lambda: F.candidates.count() >= 1,
        lambda: sample("spring", percent=50),
    ]
    if inner and draw.random() < 0.25:
        return segment(draw.choice(inner))
    return draw.choice(made)()


def question(draw: Random, *, inner: tuple[str, ...], depth: int = 2) -> Expression:
    """Return a question made of leaves."""
    if depth == 0 or draw.random() < 0.3:
        return leaf(draw, inner=inner)
    left, right = (question(draw, inner=inner, depth=depth - 1) for _ in range(2))
    return draw.choice((lambda: left & right, lambda: left | right, lambda: ~left, lambda: left & ~right))()


class Life:
    """A store in which things happen at random, the same for the same seed."""

    def __init__(self, store: Store, clock: ManualClock, seed: int) -> None:
        self.store = store
        self.clock = clock
        self.draw = Random(seed)
        self.told = 0

    def begin(self) -> None:
        """Put people, firms and segments in; a segment may ask for those before it."""
        with self.store.unit(actor="life") as unit:
            for id_ in PEOPLE[:4]:
                unit.put(self.person(id_, 0))
            for id_ in FIRMS:
                unit.put(self.firm(id_, 0))
            for place, key in enumerate(KEYS):
                unit.put(Segment(key=key, where=question(self.draw, inner=KEYS[:place])))

    def person(self, id_: str, version: int) -> ContactRecord:
        """Return a person as they may be by now."""
        draw = self.draw
        moment = self.clock.now() - timedelta(days=draw.choice((0, 1, 6, 29, 89)), seconds=draw.choice((0, 1, 3_600)))
        day = moment.date().isoformat()
        city = draw.choice(CITIES)
        return ContactRecord(
            id=id_,
            version=version,
            headline=draw.choice(("", "Poet")),
            tags=tuple(draw.sample(("red", "blue", "grün"), draw.randrange(3))),
            owner=draw.choice((None, "u1", "u2")),
            addresses=(PostalAddress(raw=city, normal=city.lower(), city=city),) if city else (),
            skills=tuple(
                Skill(name=name, level=draw.choice((None, "beginner", "expert")))
                for name in draw.sample(("Python", "sql"), draw.randrange(3))
            ),
            touches=(Touch(source="fair", at=moment),) if draw.random() < 0.6 else (),
            created_at=draw.choice((None, day, day[:7], day[:4])),
            born=draw.choice((None, f"19{draw.randrange(60, 99, 4)}-{day[5:]}", "1990-02")),
            affiliations=tuple(Affiliation(organisation=firm) for firm in draw.sample(FIRMS, draw.randrange(2))),
        )

    def firm(self, id_: str, version: int) -> Organisation:
        """Return a firm as it may be by now."""
        return Organisation(id=id_, version=version, name=id_, industry=self.draw.choice(("", "software", "steel")))

    def candidacy(self, id_: str, version: int) -> Candidate:
        """Return the recruiting side of somebody."""
        draw = self.draw
        until = self.clock.now() + timedelta(days=draw.choice((-1, 1, 10)))
        return Candidate(
            id=id_,
            version=version,
            contact=draw.choice(PEOPLE),
            availability=draw.choice(("looking", "open")),
            snoozed_until=draw.choice((None, until)),
        )

    def go_on(self, *, redefines: bool = True, is_steady: bool = False) -> None:
        """Let one thing happen; where it is steady, no two at one instant."""
        draw = self.draw
        self.clock.advance(seconds=draw.choice(JUMPS) + is_steady)
        acts: list[tuple[int, Any]] = [
            (8, lambda: self.put(ContactRecord, draw.choice(PEOPLE), self.person)),
            (2, lambda: self.take_away(ContactRecord, draw.choice(PEOPLE))),
            (6, self.happen),
            (2, lambda: self.put(Organisation, draw.choice(FIRMS), self.firm)),
            (3, lambda: self.put(Candidate, draw.choice(CANDIDACIES), self.candidacy)),
            (1, lambda: self.take_away(Candidate, draw.choice(CANDIDACIES))),
        ]
        if redefines:
            acts += [(1, self.redefine), (1, self.override)]
        draw.choices([act for _, act in acts], [weight for weight, _ in acts])[0]()

    def put(self, kind: type[Any], id_: str, made: Any) -> None:
        """Create, change or bring back a record."""
        versions = self.store.history.versions(kind, id_)
        record = made(id_, versions[-1].change.version if versions else 0)
        with self.store.unit(actor="life") as unit:
            unit.put(record)

    def take_away(self, kind: type[Any], id_: str) -> None:
        """Remove a record that is there."""
        with self.store.unit(actor="life") as unit:
            try:
                unit.remove(unit.get(kind, id_))
            except NotFound:
                return

    def happen(self) -> None:
        """Let something happen to somebody."""
        self.told += 1
        at = self.clock.now()
        event = Event(
            id=f"e{self.told}",
            type=self.draw.choice(TYPES),
            subject_kind="contact",
            subject_id=self.draw.choice(PEOPLE),
            occurred_at=at - timedelta(days=self.draw.choice((0, 0, 5))),
            recorded_at=at,
            actor="life",
            data={"campaign": self.draw.choice(("spring", "autumn"))},
        )
        with self.store.unit(actor="life") as unit:
            unit.emit(event)

    def redefine(self) -> None:
        """Let a segment ask something else, go into the archive or out of it, go away, or come back."""
        place = self.draw.randrange(len(KEYS))
        held, is_gone = self.segment(KEYS[place])
        chance = self.draw.random()
        with self.store.unit(actor="life") as unit:
            if chance < 0.1 and not is_gone:
                unit.remove(held)
            elif chance < 0.1:
                unit.put(held)
            elif chance < 0.3:
                unit.put(held.evolve(is_archived=not held.is_archived))
            else:
                unit.put(held.asking(question(self.draw, inner=KEYS[:place])))

    def override(self) -> None:
        """Put somebody in by hand, or take them out, or neither."""
        who = self.draw.choice(PEOPLE)
        held, is_gone = self.segment(self.draw.choice(KEYS))
        changed = self.draw.choice((held.including, held.excluding, held.leaving_to_itself))(who)
        if not is_gone:
            with self.store.unit(actor="life") as unit:
                unit.put(changed)

    def segment(self, key: str) -> tuple[Segment, bool]:
        """Return a segment as it is, or as it last was and can be put back; and whether it is gone."""
        *_, last = versions = self.store.history.versions(Segment, key)
        held = next(one.record for one in reversed(versions) if one.record is not None)
        return held.model_copy(update={"version": last.change.version}), last.record is None


def follower(store: Store, clock: ManualClock) -> Follower:
    """Return what follows the contacts of a store."""
    return Follower(store, Universe(store, ContactRecord), clock=clock)


def books_of(store: Store) -> Books:
    """Return what reads the definitions, apart from those that are followed."""
    return Books(store, Universe(store, ContactRecord), Asking())


def members(store: Store) -> dict[str, set[str]]:
    """Return who stands in which segment."""
    found: dict[str, set[str]] = defaultdict(set, {key: set() for key in KEYS})
    for standing in store.stream(Standing):
        if standing.is_member:
            found[standing.segment].add(standing.record)
    return found


def evaluated(store: Store, clock: ManualClock, books: Books) -> dict[str, set[str]]:
    """Return whom the store itself finds for each segment now, nobody for one that is in the archive or gone.

    A segment that asks for one that is gone, or in the archive, cannot be asked, and is left out.
    """
    definitions = books.definitions()
    found: dict[str, set[str]] = {key: set() for key in KEYS if key not in definitions.broken}
    for key, definition in definitions.by_key.items():
        question = resolved(definition.asks, clock.now())
        found[key] = {one.id for one in store.find(ContactRecord, question, limit=1_000)}
    told = [str(error) for error in definitions.broken.values()]
    assert all("there is no segment" in one or "is in the archive" in one for one in told)
    return found


def transitions(store: Store) -> list[tuple[str, str, bool, datetime, str]]:
    """Return what was told: segment, record, entered or left, when, why; in the order in which it was told."""
    return [
        (
            str(one.event.data["segment"]),
            one.event.subject_id,
            one.event.type == "segment.entered",
            one.event.occurred_at,
            str(one.event.data["cause"]),
        )
        for one in store.history.events()
        if one.event.type.startswith("segment.")
    ]


def is_removed(store: Store, id_: str) -> bool:
    """Say whether a person was there and is not."""
    versions = store.history.versions(ContactRecord, id_)
    return bool(versions) and versions[-1].change.action is Action.REMOVED


def built(store: Store) -> set[str]:
    """Return the segments that are built."""
    return {one.id for one in store.stream(SegmentBuild) if one.phase == "built" and one.definition}
