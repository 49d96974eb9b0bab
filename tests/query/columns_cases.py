"""Records with every sort of value, and questions about them, for the columnar compiler and for frames of them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import attrs

from crmcore.query import FieldType, Subject, scalar_of
from crmcore.query.rows import BEGAN, PAST, UNTIL
from crmcore.query.words import WORDS, searched_text
from crmcore.testing._question_draws import Asker, Seeded
from crmcore.testing._question_values import NOWS, POINTS, VALUES

NOW = NOWS[0]
EXTREMES: dict[str, list[Any]] = {
    FieldType.NUMBER: [5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 0.1, 0.2, 0.3, 1e16, 1.0, -1e16],
    FieldType.INTEGER: [2**63 - 1, 2**63 - 2, -(2**63), 2**53, 2**53 + 1, -1, 0],
}


@attrs.frozen
class Spec:
    """A field as a host may define it."""

    key: str
    type: FieldType
    is_multi: bool = False


def _fields(*specs: Spec) -> dict[str, Spec]:
    return {spec.key: spec for spec in specs}


OWN = _fields(
    Spec("id", FieldType.ID),
    *(Spec(type_.value, type_) for type_ in FieldType if type_ is not FieldType.ID),
    *(Spec(f"{type_.value}s", type_, is_multi=True) for type_ in FieldType if type_ is not FieldType.ID),
    Spec("latitude", FieldType.NUMBER),
    Spec("longitude", FieldType.NUMBER),
)
LEAF = Subject("marks", _fields(Spec("level", FieldType.INTEGER), Spec("label", FieldType.TEXT)))
ITEM = Subject(
    "items",
    _fields(
        Spec("type", FieldType.CHOICE),
        Spec("name", FieldType.TEXT),
        Spec("at", FieldType.INSTANT),
        Spec("day", FieldType.DATE),
        Spec("level", FieldType.INTEGER),
        Spec("pay", FieldType.NUMBER),
        Spec("pays", FieldType.NUMBER, is_multi=True),
        Spec("days", FieldType.DATE, is_multi=True),
        Spec("any", FieldType.ANY),
        Spec("is_current", FieldType.BOOLEAN),
        Spec("latitude", FieldType.NUMBER),
        Spec("longitude", FieldType.NUMBER),
    ),
    {"marks": LEAF},
)
SUBJECT = Subject("record", OWN, {"items": ITEM, "more": LEAF})


def value_of(dice: random.Random, spec: Spec) -> Any:
    """Return one canonical value of a field."""
    drawn = dice.choice([*VALUES.get(spec.key, VALUES[spec.type]), *EXTREMES.get(spec.type, [])])
    return scalar_of(drawn, spec.type, field=spec.key)


def item(dice: random.Random, subject: Subject) -> dict[str, Any]:
    """Return the facts of one record or item, about half of which is known."""
    facts: dict[str, Any] = {}
    density = dice.choice([0.1, 0.5, 0.95])
    for spec in subject.fields.values():
        if dice.random() < density:
            most = 3 if spec.is_multi else 1
            facts[spec.key] = tuple(value_of(dice, spec) for _ in range(dice.randint(0 if spec.is_multi else 1, most)))
    if {"latitude", "longitude"} <= facts.keys() and dice.random() < 0.7:
        latitude, longitude = dice.choice(POINTS)
        facts |= {"latitude": (latitude,), "longitude": (longitude,)}
    for key, inside in subject.relations.items():
        if dice.random() < density:
            facts[key] = tuple(item(dice, inside) for _ in range(dice.randint(0, 4)))
    return facts


def record(dice: random.Random) -> dict[str, Any]:
    """Return the facts of one record, with its past and its words."""
    facts = item(dice, SUBJECT)
    instant = Spec("at", FieldType.INSTANT)
    if dice.random() < 0.8:
        facts[BEGAN] = (value_of(dice, instant),)
        ends = sorted((value_of(dice, instant) for _ in range(dice.randint(0, 3))), reverse=True)
        facts[PAST] = tuple(item(dice, SUBJECT) | {UNTIL: (end,)} for end in ends)
    if dice.random() < 0.7 and (text := searched_text(dice.choices(VALUES[FieldType.TEXT], k=3))):
        facts[WORDS] = (text,)
    return facts


def records(seed: int, count: int) -> list[dict[str, Any]]:
    """Return so many records, the same for the same seed."""
    dice = random.Random(seed)
    return [record(dice) for _ in range(count)]


def asker(seed: int, **settings: Any) -> Asker:
    """Return what draws questions, the same for the same seed."""
    return Asker(Seeded(seed), functions=("length", "none"), places=("Utrecht",), **settings)


def places(name: str) -> tuple[float, float]:
    """Know one place."""
    assert name == "Utrecht"
    return 52.0907, 5.1214


SCORERS: dict[str, Any] = {
    "length": lambda facts, to: len(facts.get("text", ("",))[0]) / (len(to) + 1),
    "none": lambda facts, to: None,
}

PEOPLE: dict[str, list[Any]] = {
    "id": ["p-1", "p-2", "p-3", "p-4"],
    "name": ["Zoë", "ada", None, "Łukasz"],
    "level": [3, -(2**62), None, 2**62 + 1],
    "pay": [48_000.5, None, -0.0, 1e300],
    "is_open": [True, None, False, True],
    "touched_at": [datetime(2026, 3, 7, 9, tzinfo=UTC), None, datetime(1, 1, 1, tzinfo=UTC), NOW],
    "born": [date(1990, 2, 28), None, date(1, 1, 1), date(9999, 12, 31)],
    "tags": [["it", "vip"], [], None, ["IT", None]],
    "skills": [
        [{"name": "Python", "level": 4}, {"name": "SQL", "level": None}],
        [],
        None,
        [{"name": None, "level": 2}],
    ],
}
"""A table of people, as Python's values in columns."""
