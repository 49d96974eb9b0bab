"""A subject with everything in it, and strategies for its facts and for questions of every kind about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import strategies as st

from crmcore.query import (
    And,
    Compare,
    Expression,
    F,
    FieldType,
    In,
    InSegment,
    Missing,
    Not,
    Op,
    Or,
    Scalar,
    Subject,
    ago,
    checked,
    resolved,
    scalar_of,
)
from crmcore.query.checking import UNORDERED
from crmcore.query.rows import BEGAN, PAST, UNTIL
from crmcore.query.words import WORDS, searched_text
from crmcore.testing._question_draws import Asker, Chance
from crmcore.testing._question_values import CENTRES, NOWS, POINTS, VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Facts = dict[str, Any]


@attrs.frozen
class Spec:
    """A field as a host may define it."""

    key: str
    type: FieldType
    is_multi: bool = False


def _subject(name: str, fields: str, **relations: Subject) -> Subject:
    """Return the subject of fields written as "key:type", with a star where there are several values."""
    specs = {}
    for written in fields.split():
        key, type_ = written.rstrip("*").split(":")
        specs[key] = Spec(key, FieldType(type_), written.endswith("*"))
    return Subject(name=name, fields=specs, relations=relations)


SUBJECT = _subject(
    "person",
    "id:id name:text note:long_text nick:text* email:email* phone:phone* url:url* born:date met:date* seen_at:instant "
    "touched_at:instant* salary:number rate:number* age:integer level:integer* private:boolean flag:boolean* "
    "stage:choice state:choice* extra:any any:any* latitude:number longitude:number",
    skills=_subject("skills", "name:text level:integer rate:number* since:date at:instant tag:choice* main:boolean"),
    jobs=_subject(
        "jobs",
        "id:id title:text begin:date* salary:number latitude:number longitude:number",
        projects=_subject("projects", "name:text hours:integer at:instant"),
    ),
    activity=_subject(
        "activity", "type:choice at:instant recorded_at:instant actor:id reason:text data.amount:any data.channel:any"
    ),
)
"""One field of every type, single and multi, and relations, one of which has another."""

# What lies outside of a record, and is put in when a question is resolved.
PLACES = {"Utrecht": CENTRES[0], "Nulpunt": (0.0, 0.0)}
SCORERS = {
    "length": lambda facts, to: min(1.0, len("".join(facts.get("name", ()))) / 10 + len(to) / 100),
    "seldom": lambda facts, to: 0.5 if to in facts.get("id", ()) else None,
}
SEGMENTS: dict[str, Expression] = {
    key: checked(question, SUBJECT)
    for key, question in {
        "adults": F.age >= 1,
        "fresh": F.touched_at > ago(days=90),
        "both": InSegment("adults") & ~InSegment("fresh"),
        "skilled": F.skills.any(level__ge=1) & F.born.is_known(),
    }.items()
}


def plain(question: Expression, now: datetime = NOWS[0]) -> Expression:
    """Return a checked question resolved at an instant, with the segments, places and functions of these tests."""
    return resolved(question, now, segments=SEGMENTS.__getitem__, places=PLACES.__getitem__, scorers=SCORERS)


class _ByHypothesis:
    """Chance that shrinks."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def below(self, count: int, /) -> int:
        """Return a number from 0 up to before *count*."""
        return self._draw(st.integers(0, count - 1))


def asker(chance: Chance, *, without: frozenset[type] = frozenset()) -> Asker:
    """Return what draws questions that know the segments, places and functions of these tests."""
    return Asker(chance, segments=tuple(SEGMENTS), places=tuple(PLACES), functions=tuple(SCORERS), without=without)


@st.composite
def asked(draw: st.DrawFn, *, subject: Subject = SUBJECT, depth: int = 3, without: frozenset[type] = frozenset()) -> Expression:  # fmt: skip
    """Return questions of every kind as a user writes them: not yet checked, nor resolved.

    Args:
        draw: given by Hypothesis.
        subject: what they are about.
        depth: how deep they nest.
        without: nodes, terms and Moment that are left out.

    """
    return asker(_ByHypothesis(draw), without=without).question(subject, depth=depth)


def questions(*, depth: int = 3, without: frozenset[type] = frozenset()) -> st.SearchStrategy[Expression]:
    """Return checked questions of every kind about the subject; :func:`plain` resolves them."""
    return asked(depth=depth, without=without).map(lambda question: checked(question, SUBJECT))


NOW = st.sampled_from(NOWS)


@st.composite
def records(draw: st.DrawFn, *, subject: Subject = SUBJECT) -> Facts:
    """Return records with all that belongs to them: items, words, and earlier states."""
    return drawn_record(_ByHypothesis(draw), subject)


def drawn_record(chance: Chance, subject: Subject = SUBJECT) -> Facts:
    """Return one record with its past."""
    record = _drawn(chance, subject)
    if chance.below(2):
        instants = VALUES[FieldType.INSTANT]
        times = sorted({_scalar(instants[chance.below(len(instants))], FieldType.INSTANT) for _ in range(3)})
        record[BEGAN] = (times[0],)
        record[PAST] = tuple({**_drawn(chance, subject), UNTIL: (until,)} for until in reversed(times[1:]))
    return record


def _drawn(chance: Chance, subject: Subject, depth: int = 0) -> Facts:
    """Return facts of a record, or of an item: any field known, known to be empty, or left out."""
    facts: Facts = {}
    for key, field in subject.fields.items():
        values = VALUES.get(key) or VALUES[field.type]
        if count := chance.below(4 if field.is_multi else 3):
            several = [values[chance.below(len(values))] for _ in range(count if field.is_multi else count - 1)]
            facts[key] = tuple(dict.fromkeys(_scalar(value, field.type) for value in several))
    if chance.below(2) and "latitude" in facts:
        point = POINTS[chance.below(len(POINTS))]
        facts |= {"latitude": (point[0],), "longitude": (point[1],)}
    for key, items in subject.relations.items():
        if chance.below(3):
            facts[key] = tuple(_drawn(chance, items, depth + 1) for _ in range(chance.below(4)))
    if depth == 0 and chance.below(3):
        facts[WORDS] = (searched_text([*facts.get("name", ()), *facts.get("note", ())]),)
    return facts


def _scalar(value: object, type_: FieldType) -> Scalar:
    return scalar_of(value, type_, field="drawn")


# The plain part: fields without items, and comparisons only.

FIELDS: Mapping[str, Spec] = {
    spec.key: spec
    for spec in (
        Spec("id", FieldType.ID),
        Spec("name", FieldType.TEXT),
        Spec("note", FieldType.LONG_TEXT),
        Spec("email", FieldType.EMAIL, is_multi=True),
        Spec("phone", FieldType.PHONE, is_multi=True),
        Spec("url", FieldType.URL, is_multi=True),
        Spec("born", FieldType.DATE),
        Spec("touched_at", FieldType.INSTANT, is_multi=True),
        Spec("salary", FieldType.NUMBER),
        Spec("level", FieldType.INTEGER, is_multi=True),
        Spec("private", FieldType.BOOLEAN),
        Spec("state", FieldType.CHOICE, is_multi=True),
    )
}
FLAT = Subject(name="contact", fields=FIELDS)


def _canonical(type_: FieldType) -> st.SearchStrategy[Scalar]:
    return st.sampled_from(list(dict.fromkeys(_scalar(value, type_) for value in VALUES[type_])))


def facts() -> st.SearchStrategy[Facts]:
    """Return records without items: any field known, known to be empty, or left out."""
    return st.fixed_dictionaries(
        {},
        optional={
            spec.key: st.lists(_canonical(spec.type), max_size=3 if spec.is_multi else 1).map(tuple)
            for spec in FIELDS.values()
        },
    )


def _leaves(spec: Spec) -> st.SearchStrategy[Expression]:
    ops = [Op.EQ] if spec.type in UNORDERED else [op for op in Op if op is not Op.IS]
    value = _canonical(spec.type)
    return st.one_of(
        st.builds(Compare, st.just(spec.key), st.sampled_from(ops), value),
        st.builds(In, st.just(spec.key), st.lists(value, max_size=3)),
        st.just(Missing(spec.key)),
    )


def expressions(leaves: int = 12) -> st.SearchStrategy[Expression]:
    """Return questions of comparisons, lists, joins and Missing about the plain part, with canonical values."""
    return st.recursive(
        st.sampled_from(list(FIELDS.values())).flatmap(_leaves),
        lambda inner: st.one_of(
            st.builds(And, st.lists(inner, max_size=3)),
            st.builds(Or, st.lists(inner, max_size=3)),
            st.builds(Not, inner),
        ),
        max_leaves=leaves,
    )
