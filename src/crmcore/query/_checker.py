"""Every node of a question held against its subject; the rules behind :func:`~crmcore.query.checking.checked`."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import attrs

from crmcore._messages import kind_of
from crmcore.errors import FieldHidden, InputError, UnknownField
from crmcore.query._choices import has_one_spelling, spelled
from crmcore.query._days import demand_instants, demand_open_end, whole_day_said
from crmcore.query._folding import nodes_of, term_of
from crmcore.query._operands import month_and_day, place_of, span_of
from crmcore.query.moments import Moment
from crmcore.query.resolving import is_timed
from crmcore.query.scalars import scalar_of
from crmcore.query.texts import folded_text
from crmcore.query.tree import (
    Aggregate,
    And,
    Between,
    Compare,
    Expression,
    How,
    In,
    InSegment,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Or,
    Recurs,
    Sample,
    Scored,
    Some,
    Term,
    TextMatch,
    Words,
)
from crmcore.query.types import Field, FieldType, Subject
from crmcore.query.words import asked_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcore.query._unseen import Unseen

__all__ = ["TEXTS", "UNORDERED", "Checker", "field_named"]

UNORDERED = frozenset({FieldType.ID, FieldType.BOOLEAN, FieldType.CHOICE})
"""Types whose values are not asked for by ``<``, ``<=``, ``>``, ``>=`` and between.

The options of a choice have an order of their own that is not the alphabet's, an id is opaque ("99" comes after "100"),
and a boolean has two values: the answer would seldom be what was meant.
"""

TEXTS = frozenset(
    {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.CHOICE}
)
"""Types in whose values letters are looked for."""

_NUMBERS = frozenset({FieldType.NUMBER, FieldType.INTEGER})
AT = "at"
"""The field by which items are first and last where none is named."""
_TIMES = frozenset({FieldType.DATE, FieldType.INSTANT})
FARTHEST_KM = 20_040
"""Half the way round the Earth."""
MOST_BUCKETS = 1_000_000
MOST_STEPS = 3
"""How often a question may go from a record to others: each time it may reach every record that there is."""


def field_named(key: str, fields: Mapping[str, Field], *, of: str) -> Field:
    """Return the field of that key; raise UnknownField with the nearest names."""
    try:
        return fields[key]
    except KeyError:
        raise UnknownField(key, fields, of=of) from None


@attrs.frozen
class Checker:
    """Checks the nodes that ask about one subject."""

    subject: Subject
    unseen: Unseen
    path: str = ""
    """What leads to the subject, such as "skills."."""
    steps: int = 0
    """How often it went from one record to others."""

    def node(self, node: Expression) -> Expression:
        match node:
            case And():
                return And(map(self.node, node.parts))
            case Or():
                return Or(map(self.node, node.parts))
            case Not():
                return Not(self.node(node.part))
            case Some(relation, where):
                return Some(relation, self.inside(relation).node(where))
            case Lasting(where, span):
                return Lasting(self.within_the_record(_without_moments(self.node(where))), span_of(span))
            case Compare():
                return self.compare(node)
            case Between():
                return self.between(node)
            case In():
                return self.in_list(node)
            case Missing():
                return attrs.evolve(node, field=self.term(node.field)[0])
            case Match():
                return self.match(node)
            case Recurs():
                return self.recurs(node)
            case Near():
                return self.near(node)
            case Sample():
                return self.sample(node)
            case Words(text):
                if not self.subject.has_words:
                    raise InputError(f"{self.subject.name} has no texts that are searched by words; ask for its fields")
                self.demand_seen_words()
                asked_words(str(scalar_of(text, FieldType.TEXT, field="words")))
                return node
            case InSegment(segment, asks=asks):
                key = str(scalar_of(segment, FieldType.ID, field="segment"))
                return InSegment(key, asks=None if asks is None else self.inside_segment(key, asks))
            case _:
                assert_never(node)

    def compare(self, node: Compare) -> Expression:
        term, type_ = self.term(node.field)
        if node.op is Op.IS and self.folds(node.field, type_):
            return self.match(Match(node.field, TextMatch.IS, node.value))
        if node.op is Op.IS:
            return self.compare(Compare(node.field, Op.EQ, node.value))
        if node.op is not Op.EQ:
            self.demand_order(node.field, type_)
        elif type_ is FieldType.INSTANT:
            demand_instants((node.value,), node.field)
        return Compare(term, node.op, self.value(node.value, type_, node.field), type=type_)

    def between(self, node: Between) -> Expression:
        term, type_ = self.term(node.field)
        self.demand_order(node.field, type_)
        first, last = (self.value(value, type_, node.field) for value in (node.first, node.last))
        if type_ is FieldType.ANY and isinstance(first, str) is not isinstance(last, str):
            raise InputError(f"field {_shown(node.field)}: a text and a number have nothing between them")
        between = Between(term, first, last, node.includes_last, type=type_)
        if type_ is FieldType.INSTANT:
            demand_open_end(between)
        return between

    def in_list(self, node: In) -> Expression:
        term, type_ = self.term(node.field)
        values = {
            (value.__class__.__name__, value) for value in (self.value(v, type_, node.field) for v in node.values)
        }
        if type_ is FieldType.INSTANT:
            demand_instants(node.values, node.field)
        folds = node.folds and self.folds(node.field, type_)
        if folds:
            for _, text in values:
                folded_text(TextMatch.IS, str(text))
        moments = [value for _, value in values if isinstance(value, Moment)]
        plain = sorted(pair for pair in values if not isinstance(pair[1], Moment))
        return In(term, [*(value for _, value in plain), *sorted(moments, key=repr)], folds=folds, type=type_)

    def match(self, node: Match) -> Expression:
        term, type_ = self.term(node.field)
        if type_ not in TEXTS:
            raise InputError(
                f"field {_shown(node.field)} of {self.subject.name} is of type {type_}, and has no letters to look for"
            )
        if node.how is TextMatch.IS and not self.folds(node.field, type_):
            return self.compare(Compare(node.field, Op.EQ, node.text))
        folded_text(node.how, str(self.scalar(node.text, FieldType.TEXT, node.field)))
        return Match(term, node.how, node.text)

    def recurs(self, node: Recurs) -> Expression:
        term, type_ = self.term(node.field)
        if type_ is not FieldType.DATE:
            raise InputError(f"field {_shown(node.field)} is of type {type_}; only dates have anniversaries")
        first, last = (month_and_day(day) for day in (node.first, node.last))
        if isinstance(first, Moment) is not isinstance(last, Moment):
            raise InputError("anniversaries are asked for between two days of any year, or between two moments")
        return Recurs(term, first, last)

    def near(self, node: Near) -> Expression:
        for key in (node.latitude, node.longitude):
            field = self.field(key)
            if field.type is not FieldType.NUMBER:
                raise InputError(f"field {key!r} is of type {field.type}; degrees are numbers")
        km = float(scalar_of(node.km, FieldType.NUMBER, field="km"))
        if not 0 < km <= FARTHEST_KM:
            raise InputError(f"a radius is more than 0 and at most {FARTHEST_KM:,} km")
        return attrs.evolve(node, km=km, of=place_of(node.of))

    def sample(self, node: Sample) -> Expression:
        self.field("id")
        numbers = (node.first, node.end, node.of)
        if any(number.__class__ is not int for number in numbers):
            raise InputError("buckets are counted in whole numbers")
        if not 0 <= node.first <= node.end <= node.of <= MOST_BUCKETS or node.of == 0:
            raise InputError(f"buckets go from 0 up to their number, which is at most {MOST_BUCKETS:,}")
        scalar_of(node.salt, FieldType.TEXT, field="salt")
        return node

    def term(self, term: Term) -> tuple[Term, FieldType]:
        """Return a checked term and the type of its values."""
        match term:
            case str():
                return term, self.field(term).type
            case Scored(function, to):
                for text in (function, to):
                    scalar_of(text, FieldType.TEXT, field="score")
                if self.unseen:
                    raise FieldHidden("", of=self.subject.name, by=f"score {function[:80]!r}")
                return term, FieldType.NUMBER
            case Aggregate():
                return self.aggregate(term)
            case _:
                raise InputError(f"the key of a field is a text, not {kind_of(term)}")

    def aggregate(self, term: Aggregate) -> tuple[Term, FieldType]:
        items = self.inside(term.relation)
        where = None if term.where is None else items.node(term.where)
        term = attrs.evolve(term, where=where)
        if bool(term.field) is (term.how is How.COUNT) or bool(term.by) is (term.how not in {How.FIRST, How.LAST}):
            raise InputError(
                f"{term.how} of {term.relation!r}: a count has no field, and only first and last have a 'by'"
            )
        if term.how is How.COUNT:
            return term, FieldType.INTEGER
        type_ = items.field(term.field).type
        if term.by == AT and AT not in items.subject.fields:
            times = sorted(key for key, field in items.subject.fields.items() if field.type in _TIMES)
            such = f", such as by {times[0]}" if times else ""
            raise InputError(
                f"{_shown(term)}: the items have no time {AT!r} to stand in order by; say by which field{such}"
            )
        if term.by:
            items.demand_one_order(term.by, items.field(term.by).type)
        elif term.how in {How.SUM, How.MEAN}:
            if type_ not in _NUMBERS:
                raise InputError(f"field {term.field!r} of {items.subject.name} is of type {type_}, and no number")
            return term, FieldType.NUMBER
        else:
            items.demand_one_order(term.field, type_)
        return term, type_

    def field(self, key: str) -> Field:
        """Return a field that may be seen."""
        self.demand_seen(key)
        return field_named(key, self.subject.fields, of=self.subject.name)

    def holder(self, term: Term) -> Field | None:
        """Return the field whose values a term has; None of what is computed."""
        match term:
            case str():
                return self.field(term)
            case Aggregate(relation=relation, field=key) if key:
                return self.inside(relation).field(key)
            case _:
                return None

    def folds(self, term: Term, type_: FieldType) -> bool:
        """Say whether values of a term are the same to a reader whatever their case, accents or script."""
        if type_ is not FieldType.CHOICE:
            return type_ in TEXTS
        holder = self.holder(term)
        return holder is None or not has_one_spelling(holder)

    def inside_segment(self, key: str, asks: Expression) -> Expression:
        """Return what a segment asks, checked; an error about what may not be seen names the segment alone."""
        try:
            return self.node(asks)
        except FieldHidden:
            told = FieldHidden("", of=self.subject.name, by=f"segment {key[:100]!r}")
        raise told

    def inside(self, relation: str) -> Checker:
        """Return the checker for the items of a relation."""
        if not isinstance(relation, str):
            raise InputError(f"the key of a relation is a text, not {kind_of(relation)}")
        self.demand_seen(relation)
        items = self.subject.relations.get(relation)
        if items is None:
            raise UnknownField(relation, self.subject.relations, of=self.subject.name, sort="relation")
        self.demand_seen_link(relation, items)
        steps = self.steps + (relation in self.subject.outside)
        if steps > MOST_STEPS:
            raise InputError(
                f"{self.path}{relation}: a question goes from record to record at most {MOST_STEPS} times: each time "
                "it may reach all of them"
            )
        return Checker(items, self.unseen, f"{self.path}{relation}.", steps)

    def demand_seen(self, key: str, *, by: str = "") -> None:
        """Refuse a field or a relation that may not be seen, and what would tell *by* its answer of such a one."""
        if not self.unseen:
            return
        whole = key.partition(".")[0]  # such as "data", of "data.amount"
        if not self.unseen.isdisjoint({(self.subject.name, key), (self.subject.name, whole)}):
            raise FieldHidden(f"{self.path}{key}", of=self.subject.name, by=by)

    def demand_seen_link(self, relation: str, items: Subject) -> None:
        """Refuse a relation that goes by a field which may not be seen: whom it leads to tells of the values."""
        for subject, key in zip((self.subject, items), self.subject.links.get(relation, ()), strict=False):
            if (subject.name, key) in self.unseen and key != "id":
                raise FieldHidden(key, of=subject.name, by=f"relation {relation!r}")

    def demand_seen_words(self) -> None:
        """Refuse words where they are read from what may not be seen, or where nobody says from what they are read."""
        if self.unseen and self.subject.word_fields is None:
            raise FieldHidden("", of=self.subject.name, by="words")
        for key in sorted(self.subject.word_fields or ()):
            self.demand_seen(key, by="words")

    def within_the_record(self, where: Expression) -> Expression:
        """Refuse what has lasted outside the record, of which its own history does not tell."""
        for node in nodes_of(where):
            relation = node.relation if isinstance(node, Some) else getattr(term_of(node), "relation", "")
            if relation in self.subject.outside:
                raise InputError(
                    f"relation {relation!r} of {self.subject.name} lies outside the record, whose history does not "
                    "tell how long it has been so; ask for its fields and its own items"
                )
        return where

    def demand_order(self, term: Term, type_: FieldType) -> None:
        if type_ in UNORDERED:
            raise InputError(
                f"field {_shown(term)} of {self.subject.name} is of type {type_}, whose values have no order to ask "
                "for; use ==, != or in_([...])"
            )
        if type_ is FieldType.ANY and isinstance(term, Aggregate):
            raise InputError(f"field {_shown(term)} may hold anything, which has no order to go by")

    def demand_one_order(self, key: str, type_: FieldType) -> None:
        """Refuse a field by which items cannot be put in one order: of texts, numbers and truths none comes first."""
        self.demand_order(key, type_)
        if type_ is FieldType.ANY:
            raise InputError(f"field {_shown(key)} of {self.subject.name} may hold anything, which has no one order")

    def value(self, value: object, type_: FieldType, term: Term) -> object:
        if not isinstance(value, Moment):
            scalar = self.scalar(value, type_, term)
            holder = self.holder(term) if type_ is FieldType.CHOICE else None
            return scalar if holder is None else spelled(str(scalar), holder, of=self.subject.name)
        if type_ not in _TIMES:
            raise InputError(f"field {_shown(term)} of {self.subject.name} is of type {type_}, and no time")
        return value

    @staticmethod
    def scalar(value: object, type_: FieldType, term: Term) -> object:
        try:
            return scalar_of(value, type_, field=_shown(term).strip("'"))
        except InputError as error:
            if type_ is not FieldType.INSTANT or not (said := whole_day_said(value)):
                raise
            raise InputError(f"{error}{said}") from error


def _shown(term: Term) -> str:
    match term:
        case str():
            return repr(term[:80])
        case Aggregate():
            return repr(f"{term.how} of {term.relation}{'.' if term.field else ''}{term.field}"[:160])
        case Scored():
            return repr(f"score {term.function}"[:80])


def _without_moments(where: Expression) -> Expression:
    """Refuse what changes by itself: that it was so at an earlier time cannot be told by asking now."""
    for node in nodes_of(where):
        if isinstance(node, Lasting | InSegment | Sample | Words) or is_timed(node) or _compares_score(node):
            raise InputError(
                "what has been so for some time is asked about fields and items; it cannot itself depend on the time, "
                "on a segment, on words or on a sample"
            )
    return where


def _compares_score(node: Expression) -> bool:
    return isinstance(node, Compare | Between | In) and isinstance(node.field, Scored)
