"""Records with every sort of value in stores of every kind, and their facts as they ought to be read: a small world.

The facts are made beside the records, not read from them, so that what reads records is judged too.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from crmcore.model.events import Event
from crmcore.model.field import FieldSpec, RelationSpec, many, one
from crmcore.model.record import Record, Value
from crmcore.query import Asking, Expression, F, FieldType, InSegment, Subject, ago, scalar_of
from crmcore.query.rows import BEGAN, PAST, UNTIL
from crmcore.query.words import WORDS, searched_text
from crmcore.storage.codec import Codec
from crmcore.testing._question_values import NOWS, POINTS, VALUES
from tests.query.questions import PLACES, SCORERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcore.ports import Store
    from crmcore.testing import ManualClock
    from crmcore.testing._question_draws import Chance

T = FieldType
_LONG = tuple("x" * 500 + end for end in ("", "a", "b"))
"""Texts that are the same by the letters that are asked for."""
ASKED_FOR: Mapping[str, Sequence[Any]] = {**VALUES, T.TEXT: (*VALUES[T.TEXT], *_LONG)}
NOW = NOWS[1]
"""When questions about the world are asked."""


class Mark(Value):
    """An item."""

    name: str = ""
    level: int | None = None
    rate: float | None = None
    since: str = ""
    at: datetime | None = None
    tag: str = ""
    main: bool | None = None
    latitude: float | None = None
    longitude: float | None = None


_MARKS = {"name": T.TEXT, "level": T.INTEGER, "rate": T.NUMBER, "since": T.DATE, "at": T.INSTANT, "tag": T.CHOICE,
          "main": T.BOOLEAN, "latitude": T.NUMBER, "longitude": T.NUMBER}  # fmt: skip
_SEVERAL = {"nicks": T.TEXT, "emails": T.EMAIL, "met": T.DATE, "touched": T.INSTANT, "rates": T.NUMBER,
            "levels": T.INTEGER, "flags": T.BOOLEAN, "states": T.CHOICE}  # fmt: skip
_SINGLE = {"name": T.TEXT, "note": T.LONG_TEXT, "mail": T.EMAIL, "phone": T.PHONE, "url": T.URL, "born": T.DATE,
           "seen_at": T.INSTANT, "salary": T.NUMBER, "age": T.INTEGER, "private": T.BOOLEAN, "stage": T.CHOICE,
           "latitude": T.NUMBER, "longitude": T.NUMBER}  # fmt: skip
_JOB = {"person": T.ID, "title": T.TEXT, "begin": T.DATE, "salary": T.NUMBER}


class Person(Record):
    """Somebody, with one and with several values of every type, items, jobs and a past."""

    kind: ClassVar[str] = "asked_person"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *(one(key, type=type_, is_indexed=key in {"name", "born", "seen_at", "age"}) for key, type_ in _SINGLE.items()),
        *(many(key, key, type=type_, is_indexed=key in {"emails", "met"}) for key, type_ in _SEVERAL.items()),
        *(many(f"mark_{key}", f"marks.{key}", type=type_) for key, type_ in _MARKS.items()),
    )
    searched: ClassVar[tuple[str, ...]] = ("name", "note", "nicks")
    relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="jobs", kind="asked_job", there="person"),)

    name: str = ""
    note: str = ""
    mail: str = ""
    phone: str = ""
    url: str = ""
    born: str = ""
    seen_at: datetime | None = None
    salary: float | None = None
    age: int | None = None
    private: bool | None = None
    stage: str = ""
    latitude: float | None = None
    longitude: float | None = None
    nicks: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    met: tuple[str, ...] = ()
    touched: tuple[datetime, ...] = ()
    rates: tuple[float, ...] = ()
    levels: tuple[int, ...] = ()
    flags: tuple[bool, ...] = ()
    states: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


class Job(Record):
    """Another kind, which belongs to people."""

    kind: ClassVar[str] = "asked_job"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *(one(key, type=type_, is_indexed=key == "person") for key, type_ in _JOB.items()),
        *(many(f"mark_{key}", f"marks.{key}", type=type_) for key, type_ in _MARKS.items()),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (RelationSpec(key="holders", kind="asked_person", here="person"),)

    person: str = ""
    title: str = ""
    begin: str = ""
    salary: float | None = None
    marks: tuple[Mark, ...] = ()


CODEC = Codec([Person, Job])
_ANY = {"data.amount", "data.channel"}


def _subjects() -> Subject:
    """Return what can be asked of a person, with two entries of the activity's data among the fields."""
    person, job = CODEC.askable(Person).subject, CODEC.askable(Job).subject
    activity = person.relations["activity"]
    activity = attrs.evolve(
        activity, fields={**{key: activity.fields[key] for key in (*activity.fields, *sorted(_ANY))}}
    )
    ours: dict[str, Subject] = {"marks": person.relations["marks"], "activity": activity}
    theirs: dict[str, Subject] = {"marks": job.relations["marks"], "activity": activity}
    about = attrs.evolve(person, relations=ours)
    ours["jobs"], theirs["holders"] = attrs.evolve(job, relations=theirs), about
    return about


PERSON = _subjects()
SEGMENTS: dict[str, Expression] = {
    "grown": F.age >= 1,
    "fresh": F.touched > ago(days=90),
    "both": InSegment("grown") | ~InSegment("fresh"),
    "employed": F.jobs.any(salary__ge=0) & F.born.is_known(),
}
ASKING = Asking(places=PLACES.__getitem__, scorers=SCORERS, segments=SEGMENTS.__getitem__)


@attrs.frozen
class World:
    """Some people in some stores, and the facts that ought to be read of each; both are the same in each store."""

    facts: Mapping[str, Mapping[str, Any]]


def populated(stores: Sequence[Store], clock: ManualClock, chance: Chance, *, people: int) -> World:
    """Draw people and jobs, put them in three rounds into each of the stores, and tell what ought to be known of them."""
    past: dict[str, list[tuple[str, dict[str, Any] | None]]] = defaultdict(list)
    jobs: dict[str, dict[str, Any]] = {}
    events: list[Event] = []
    rounds = [NOW - timedelta(days=800), NOW - timedelta(days=90), NOW - timedelta(days=20), NOW - timedelta(seconds=1)]
    for number, at in enumerate(rounds):
        clock.set(at)
        written: list[Record | tuple[type[Record], str]] = []
        for place in range(people):
            id_ = f"c-{place}"
            is_there = bool(past[id_]) and past[id_][-1][1] is not None
            if number == 0 or chance.below(3) == 0:
                if is_there and chance.below(6) == 0 and number < len(rounds) - 1:
                    written.append((Person, id_))
                    past[id_].append((_instant(at), None))
                else:
                    facts = _person(chance, id_)
                    written.append(_record(Person, id_, facts))
                    past[id_].append((_instant(at), _cut(facts)))
        for place in range(people // 2):
            id_ = f"j-{place}"
            if number == 0 or chance.below(4) == 0:
                facts = _job(chance, people, id_)
                written.append(_record(Job, id_, facts))
                jobs[id_] = _cut(facts)
        told = [_event(chance, people, f"e-{number}-{place}", at) for place in range(people)]
        events += told
        for store in stores:
            _write(store, written, told)
    clock.set(NOW)
    return World(facts=_known(past, jobs, events))


def _instant(at: datetime) -> str:
    return str(scalar_of(at, T.INSTANT, field="at"))


def _write(store: Store, written: Iterable[Record | tuple[type[Record], str]], told: Iterable[Event]) -> None:
    trails = {one.id: store.history.versions(type(one), one.id) for one in written if isinstance(one, Record)}
    with store.unit(actor="suite") as unit:
        for step in written:
            if isinstance(step, tuple):
                unit.remove(unit.get(*step))
            else:
                trail = trails[step.id]
                unit.put(step.model_copy(update={"version": trail[-1].change.version if trail else 0}))
        for event in told:
            unit.emit(event)


def _value(chance: Chance, key: str, type_: FieldType) -> Any:
    values = ASKED_FOR.get(key) or ASKED_FOR[type_]
    return scalar_of(values[chance.below(len(values))], type_, field=key)


def _drawn(chance: Chance, types: Mapping[str, FieldType]) -> dict[str, Any]:
    """Return facts with about half of the single values known; an empty text is not."""
    facts: dict[str, Any] = {}
    for key, type_ in types.items():
        if chance.below(2) and (value := _value(chance, key, type_)) != "":
            facts[key] = (value,)
    if "latitude" in types and chance.below(2):
        point = POINTS[chance.below(len(POINTS))]
        facts |= {"latitude": (point[0],), "longitude": (point[1],)}
    return facts


def _cut(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts whose texts end where questions end; the words are those of the whole texts."""
    return {
        key: values
        if key == WORDS
        else tuple(_cut(one) if isinstance(one, dict) else one[:500] if isinstance(one, str) else one for one in values)
        for key, values in facts.items()
    }


def _items(chance: Chance, facts: dict[str, Any]) -> None:
    """Add items, and their values as the record's own; of an item of which nothing is known there is none."""
    items = tuple(filter(None, (_drawn(chance, _MARKS) for _ in range(chance.below(4)))))
    facts["marks"] = items
    for key in _MARKS:
        facts[f"mark_{key}"] = tuple(value for item in items for value in item.get(key, ()))


def _person(chance: Chance, id_: str) -> dict[str, Any]:
    facts = {"id": (id_,), **_drawn(chance, _SINGLE)}
    for key, type_ in _SEVERAL.items():
        several = (_value(chance, key, type_) for _ in range(chance.below(4)))
        facts[key] = tuple(value for value in several if value != "")
    _items(chance, facts)
    texts = [text for key in ("name", "note", "nicks") for text in facts.get(key, ())]
    if text := searched_text(texts):
        facts[WORDS] = (text,)
    return facts


def _job(chance: Chance, people: int, id_: str) -> dict[str, Any]:
    facts = {"id": (id_,), **_drawn(chance, _JOB), "person": (f"c-{chance.below(people)}",)}
    _items(chance, facts)
    return facts


def _record(cls: type[Record], id_: str, facts: Mapping[str, Any]) -> Record:
    """Return the record that has those facts."""
    content: dict[str, Any] = {}
    for key, values in facts.items():
        if key in cls.model_fields and key not in {"id", "marks"}:
            content[key] = values if key in _SEVERAL and cls is Person else values[0]
    marks = tuple(Mark(**{key: value for key, (value,) in item.items()}) for item in facts["marks"])
    return cls.model_validate({"id": id_, **content, "marks": marks})


def _event(chance: Chance, people: int, id_: str, at: datetime) -> Event:
    values = VALUES[T.INSTANT]
    data = {key[5:]: _value(chance, key, T.ANY) for key in sorted(_ANY) if chance.below(3)}
    return Event(
        id=id_,
        type=_value(chance, "type", T.CHOICE),
        subject_kind=Person.kind,
        subject_id=f"c-{chance.below(people)}",
        occurred_at=values[chance.below(len(values))],
        recorded_at=at,
        actor=("ada", "eve")[chance.below(2)],
        reason=_value(chance, "reason", T.TEXT),
        data=data,
    )


def _known(
    past: Mapping[str, list[tuple[str, dict[str, Any] | None]]], jobs: Mapping[str, dict[str, Any]], told: list[Event]
) -> dict[str, dict[str, Any]]:
    """Return the facts of those who are there, with all that belongs to them."""
    people: dict[str, dict[str, Any]] = {}
    for id_, states in past.items():
        if states[-1][1] is None:
            continue
        gaps = [place for place, (_, facts) in enumerate(states) if facts is None]
        since = states[gaps[-1] + 1 :] if gaps else states
        before = [(until, facts) for (_, facts), (until, _) in pairwise(since)]
        people[id_] = {
            **(since[-1][1] or {}),
            BEGAN: (since[0][0],),
            PAST: tuple({**(facts or {}), UNTIL: (until,)} for until, facts in reversed(before)),
        }
    for job in jobs.values():
        job["holders"] = tuple(people[id_] for id_ in job["person"] if id_ in people)
    for id_, person in people.items():
        person["jobs"] = tuple(job for _, job in sorted(jobs.items()) if id_ in job["person"])
        person["activity"] = tuple(_happened(event) for event in told if event.subject_id == id_)
    return people


def _happened(event: Event) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": (event.type,),
        "at": (_instant(event.occurred_at.astimezone(UTC)),),
        "recorded_at": (_instant(event.recorded_at),),
        "actor": (event.actor,),
    }
    texts = {"reason": event.reason, **{f"data.{key}": value for key, value in event.data.items()}}
    return _cut(facts | {key: (value,) for key, value in texts.items() if value != ""})
