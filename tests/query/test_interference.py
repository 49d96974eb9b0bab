"""Two worlds that differ in nothing but what is hidden: no question that is let through tells one from the other."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import attrs
import pytest

from crmcore.errors import FieldHidden, InputError
from crmcore.model import Affiliation, Candidate, ContactRecord, Event, Organisation, PostalAddress, Skill
from crmcore.model.subjects import DEFAULT_SUBJECTS
from crmcore.query import Asking, F, checked, segment
from crmcore.query.hiding import demand_seen
from crmcore.storage import MemoryStore
from crmcore.testing import ManualClock
from crmcore.testing._question_draws import Asker, Seeded
from crmcore.testing._question_values import NOWS, VALUES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.model.record import Record
    from crmcore.query import Expression, Subject

QUESTIONS = 1_500
WHOLE = DEFAULT_SUBJECTS[ContactRecord].subject
ABOUT = attrs.evolve(
    WHOLE,
    fields={
        key: WHOLE.fields[key] for key in ("id", "headline", "skill", "skill_level", "city", "tag", "organisation")
    },
    relations={
        key: WHOLE.relations[key]
        for key in ("skills", "location", "affiliations", "organisations", "candidates", "activity")
    },
)
"""Little enough for random questions to hit what is hidden, by every way that leads there."""
SEGMENTS = {
    "reds": F.tag == "red",
    "poets": F.headline == "Poet",
    "able": F.skills.any(name="python"),
    "able poets": segment("able") & segment("poets"),
    "steel": F.organisations.any(industry="steel"),
}
SCORERS = {"letters": lambda facts, to: len(repr(sorted(facts["headline"]))) / 100}
ASKED = {
    **VALUES,
    "headline": ("Poet", "Smith"),
    "skill": ("python", "cobol"),
    "name": ("python", "cobol"),
    "level": (1, 3, 5),
    "skill_level": (1, 3, 5),
    "city": ("Utrecht", "Delft"),
    "tag": ("red", "blue"),
    "industry": ("steel", "software"),
    "organisation": ("o1", "o2"),
    "id": ("c1", "o1", "o2"),
    "availability": ("open", "looking"),
    "reason": ("x", "y"),
}


def world(**other: str) -> MemoryStore:
    """Return people, one of whom has something else where it is said."""
    clock = ManualClock(NOWS[1])
    store = MemoryStore(clock=clock, asking=Asking(segments=SEGMENTS.__getitem__, scorers=SCORERS))
    records: list[Record] = [
        Organisation(id="o1", name="Works", industry=other.get("industry", "steel")),
        Organisation(id="o2", name="House", industry="software"),
        Candidate(id="k1", contact="c1", availability=other.get("availability", "open")),
    ]
    for id_, own in (("c1", other), ("c2", {}), ("c3", {"headline": "Smith", "tag": "blue"})):
        city = own.get("city", "Utrecht")
        records.append(
            ContactRecord(
                id=id_,
                headline=own.get("headline", "Poet"),
                tags=(own.get("tag", "red"),),
                skills=(Skill(name=own.get("skill", "python"), level=own.get("level", "expert")),),
                addresses=(PostalAddress(raw="x", normal="x", city=city),),
                affiliations=(Affiliation(organisation=own.get("organisation", "o1")),),
            )
        )
    event = Event(
        id="e1",
        type="call.made",
        subject_kind="contact",
        subject_id="c1",
        occurred_at=clock.now(),
        recorded_at=clock.now(),
        actor="ada",
        reason=other.get("reason", "x"),
    )
    with store.unit(actor="ada") as unit:
        for record in records:
            unit.put(record)
        unit.emit(event)
    return store


HIDDEN = {
    "headline": {"headline": "Smith"},
    "skill": {"skill": "cobol"},
    "skills.name": {"skill": "cobol"},
    "skills.level": {"level": "beginner"},
    "skill_level": {"level": "beginner"},
    "skills": {"skill": "cobol", "level": "beginner"},
    "city": {"city": "Delft"},
    "location": {"city": "Delft"},
    "tag": {"tag": "blue"},
    "organisation": {"organisation": "o2"},
    "affiliations": {"organisation": "o2"},
    "organisations.industry": {"industry": "software"},
    "candidates.availability": {"availability": "looking"},
    "activity.reason": {"reason": "y"},
}


@cache
def drawn() -> tuple[Expression, ...]:
    """Return random questions, of all kinds; those that cannot be asked are left out."""
    asker = Asker(Seeded(7), values=ASKED, segments=tuple(SEGMENTS), functions=tuple(SCORERS))
    found = [checked(F.candidates.any(availability="open"), ABOUT)]  # which random ones seldom come to
    while len(found) < QUESTIONS:
        question = asker.question(ABOUT, depth=3)
        try:
            found.append(checked(question, ABOUT))
        except InputError:
            continue
    return tuple(found)


def told_by(question: Expression) -> Callable[[MemoryStore], list[str]]:
    """Return what asks a world, and answers whom it finds."""
    return lambda store: [one.id for one in store.find(ContactRecord, question)]


def is_let_through(question: Expression, hidden: str, *, about: Subject = WHOLE) -> bool:
    """Say whether somebody may ask who may not see what is hidden."""
    try:
        checked(question, about, hidden={hidden})
        demand_seen(question, about, segments=SEGMENTS.__getitem__, hidden={hidden})
    except FieldHidden:
        return False
    return True


@pytest.mark.parametrize(("hidden", "other"), HIDDEN.items(), ids=HIDDEN)
def test_no_question_tells_what_is_hidden(hidden: str, other: dict[str, str]) -> None:
    """What is let through finds the same people in both; and some of what is refused does not, so it must be."""
    here, there = world(), world(**other)
    telling, kept, free = [], 0, 0
    for question in drawn():
        ask = told_by(question)
        is_told = ask(here) != ask(there)
        is_free = is_let_through(question, hidden)
        free += is_free
        kept += is_told and not is_free
        if is_told and is_free:
            telling.append(question)

    assert [] == telling[:1]
    assert kept
    assert free > QUESTIONS / 5


@pytest.mark.parametrize(
    ("hidden", "fault"),
    [("tag", {"word_fields": frozenset()}), ("organisation", {"links": {}}), ("skill", {"same": {}})],
    ids=["words", "links", "names"],
)
def test_a_way_that_is_forgotten_is_found(hidden: str, fault: dict[str, object]) -> None:
    """The negative control: where a subject does not say that a way leads to the field, some question tells of it."""
    about = attrs.evolve(WHOLE, **fault)
    here, there = world(), world(**HIDDEN[hidden])
    free = [question for question in drawn() if is_let_through(question, hidden, about=about)]

    assert any(told_by(question)(here) != told_by(question)(there) for question in free)
