"""Contacts with odd values, what belongs to them, and questions that are easy to get wrong in SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from crmcore.model import ContactRecord, Employment, Note, Organisation, PersonName, PostalAddress, Skill
from crmcore.model.events import Event
from crmcore.model.field import FieldSpec, many, one
from crmcore.model.organisation import Affiliation
from crmcore.model.record import Record, Value
from crmcore.query import Aggregate, Compare, F, FieldType, How, In, Match, Not, Op, Or, Some
from crmcore.query.tree import TextMatch
from crmcore.storage import Codec, model_codec

if TYPE_CHECKING:
    from crmcore.ports import Store
    from crmcore.query import Expression

__all__ = ["AT", "HOSTILE", "LETTERS", "NUMBERS", "TEXTS", "Tally", "codec", "filled", "spelt"]

AT = datetime(2026, 5, 20, 9, tzinfo=UTC)
HOSTILE = (
    "'; DROP TABLE crm_contact; --",
    '" OR 1=1 --',
    "%_\\%",
    ":p0 :tenant",
    "%(tenant)s %s",
    "$1 {0} {row}",
    "*[^a-z]?",
    "back\\slash",
    "--",
    "/* */",
)
TEXTS = (
    "Zoë Müller", "ZOE MULLER", "zoe  muller", " zoe muller ", "Zoe-Muller", "STRASSE", "Straße", "İstanbul", "ıstanbul",
    "Łódź", "王小明", "Wang Xiaoming", "O'Brien", "O\u2019Brien", "C++ / C#", "java", "JavaScript", "Java, EE", "java ee",
    "100%", "100", "a_b", "a\\b", "a*b", "a?b", "ﬁne", "fine", "K", "\u212a", "é", "e\u0301", "x" * 700, "é" * 700, "х" * 600,
    "tab\there", "line\nbreak", "\u200bhidden", *HOSTILE,
)  # fmt: skip
"""Names that fold to one another, that hold what SQL and patterns are made of, and that are too long for an index."""
SKILLS = ("java", "Jäva EE", "C++", "python", "Пайтон", "sql")
NUMBERS = ((2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (2**53, 1), (2**62, 2**62, -(2**62)), (3,), (-7, 2), (0,), ())
LETTERS = (
    "zoe muller",
    "muller",
    "zoe",
    "java",
    "java ee",
    "c",
    "strasse",
    "o brien",
    "*m?ller*",
    "a*b",
    "%",
    "_",
    "\\",
)


class Level(Value):
    """An item with a whole number."""

    points: int


class Tally(Record):
    """Whole numbers as large as a database takes."""

    kind: ClassVar[str] = "tally"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        one("title", is_indexed=True),
        many("points", "levels.points", type=FieldType.INTEGER),
    )

    title: str = ""
    levels: tuple[Level, ...] = ()


def codec() -> Codec:
    """Return the codec of the model and the tallies."""
    known = model_codec()
    return Codec([*(cls for name in known.kinds if (cls := known.kind(name)) is not None), Tally])


def filled(store: Store) -> None:
    """Put the cases into a store."""
    with store.unit(actor="suite") as unit:
        for number, text in enumerate(TEXTS):
            unit.put(Tally(id=f"t-{number}", title=text))
        for number, points in enumerate(NUMBERS):
            unit.put(Tally(id=f"n-{number}", levels=tuple(Level(points=one) for one in points)))
        for number in range(6):
            unit.put(Organisation(id=f"o-{number}", name=f"Org {number % 3}"))
        for number in range(24):
            unit.put(_contact(number))
        for number in range(9):
            about = tuple(f"c-{place}" for place in range(number, 24, number + 2))
            unit.put(Note(id=f"n-{number}", body=f"Note {number}", at=AT, author="ada", subjects=about))
        for number in range(40):
            unit.emit(
                Event(
                    id=f"e-{number}",
                    type=("email.sent", "call.made")[number % 2],
                    subject_kind="contact",
                    subject_id=f"c-{number % 17}",
                    occurred_at=datetime(2026, 1 + number % 5, 1 + number % 27, tzinfo=UTC),
                    recorded_at=AT,
                    actor="ada",
                    data={"opened": number % 3 == 0, "link": HOSTILE[number % len(HOSTILE)]},
                )
            )


def _contact(number: int) -> ContactRecord:
    skills = tuple(
        Skill(name=SKILLS[place], level=(None, "expert", "beginner")[place % 3]) for place in range(number % 6)
    )
    jobs = [Employment(company=f"Firm {place}", started=f"20{10 + place}") for place in range(number % 4)]
    if number % 5 == 0:
        jobs.append(Employment(company="Firm 9", started="2019-03-07", ended="2021"))
    return ContactRecord(
        id=f"c-{number}",
        name=PersonName(given=TEXTS[number], family="Muller" if number % 2 else ""),
        born=(None, "1980", "1980-02", "1980-02-29")[number % 4],
        skills=skills,
        employments=tuple(jobs),
        addresses=(_address(("Utrecht", "UTRECHT", "Ütrecht")[number % 3]),) if number % 4 else (),
        affiliations=tuple(
            Affiliation(name=f"at {place}", organisation=f"o-{place % 6}") for place in range(number % 3 * 2)
        ),
    )


def _address(city: str) -> PostalAddress:
    return PostalAddress(raw=city, normal=city, city=city)


def spelt() -> list[Expression]:
    """Return questions about contacts whose answers differ where one of three values, ties or doubles are mistaken."""
    level = Compare("level", Op.GE, 3)
    started = Aggregate(relation="employments", how=How.LAST, field="company", by="started")
    return [
        Some("skills", level),
        Not(Some("skills", level)),
        Not(Some("skills", Not(level))),
        Some("employments", F.started < "2019-06-01"),
        Not(Some("employments", F.started < "2019-06-01")),
        Some("employments", Not(F.started == "2019-03")),
        Compare(Aggregate(relation="skills", how=How.COUNT), Op.EQ, 0),
        Compare(Aggregate(relation="skills", how=How.SUM, field="level"), Op.GE, 4),
        Compare(Aggregate(relation="skills", how=How.MEAN, field="level"), Op.LT, 3.9),
        Compare(started, Op.EQ, "Firm 9"),
        Match(started, TextMatch.STARTS, "firm"),
        F.born < "1980-02-29",
        ~(F.born == "1980-02"),
        F.born.in_(["1980-02-29", "1981"]),
        ~F.born.in_(["1980-02-29", "1981"]),
        In("city", ["Utrecht", "UTRECHT"]),
        Match("city", TextMatch.IS, "utrecht"),
        ~Match("city", TextMatch.IS, "utrecht"),
        Some("organisations", F.name == "Org 1"),
        Not(Some("organisations", F.name == "Org 1")),
        Compare(Aggregate(relation="organisations", how=How.COUNT), Op.GE, 2),
        Some("notes", F.author == "ada"),
        Compare(Aggregate(relation="notes", how=How.COUNT), Op.EQ, 3),
        Some("organisations", Some("people", Some("activity", F.type == "call.made"))),
        Some("activity", (F.type == "email.sent") & (F.at >= datetime(2026, 3, 1, tzinfo=UTC))),
        Not(Some("activity", F.type == "email.sent")),
        Some("activity", Compare("data.opened", Op.EQ, value=True)),
        Or([Some("activity", Compare("data.link", Op.EQ, one)) for one in HOSTILE[:3]]),
    ]
