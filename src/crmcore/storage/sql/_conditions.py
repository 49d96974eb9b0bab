"""A question to SQL: each node becomes a condition, whose text comes from the catalogue's names and from literals.

What SQL cannot say exactly becomes an upper bound (:mod:`~crmcore.storage.sql._bounds`): scores, samples, data of
events, custom fields, how long something has been so, sums and means of doubles, distances beyond a box.

Items are asked for by ``IN (SELECT ...)``, so that an index on their values may lead to the records, or record by
record where a server joins enough tables already. Every statement within the statement names the tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import attrs

from crmcore.query import And, Between, Compare, Expression, FieldType, In, Match, Missing, Not, Or, Recurs
from crmcore.query._folding import nodes_of
from crmcore.query.spheres import box_around
from crmcore.query.tree import Aggregate, InSegment, Lasting, Near, Sample, Scored, Some, Words
from crmcore.query.words import asked_words
from crmcore.storage.sql._aggregates import Totals
from crmcore.storage.sql._bounds import (
    MAYBE,
    UNSAID,
    Bound,
    Condition,
    all_of,
    any_of,
    found,
    none_found,
    unless,
)
from crmcore.storage.sql._leaves import said
from crmcore.storage.sql._places import RecordScope
from crmcore.storage.sql._saying import Crowded
from crmcore.storage.sql._word_index import words_said

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Table

    from crmcore.storage.sql._leaves import Leaf, Said
    from crmcore.storage.sql._places import Link, Place, Scope
    from crmcore.storage.sql._saying import Saying

__all__ = ["Conditions"]


RECORD = "m"
"""The row of the record itself."""
KNOWN = "k"
"""The row of a known value; the same in every statement that asks for one, so that what is asked twice is said once."""


class Conditions:
    """Writes the conditions of one statement."""

    def __init__(self, saying: Saying, *, has_word_index: Callable[[Table], bool]) -> None:
        self._saying = saying
        self._has_word_index = has_word_index
        self._rows = 0
        self.unsaid: list[str] = []
        """What the nodes ask about that SQL does not say exactly."""

    def whole(self, expression: Expression, scope: Scope) -> Condition:
        """Return the condition of a whole expression about a record; refuse one beyond the limits."""
        for _ in nodes_of(expression):
            pass
        return self.of(expression, scope, RECORD)

    def of(self, node: Expression, scope: Scope, row: str) -> Condition:
        """Return the condition of a node about a row, and of all that lies within it."""
        return self._noted(node, lambda: self._of(node, scope, row))

    def _noted(self, node: Expression, say: Callable[[], Condition]) -> Condition:
        """Return what is said of a node; where that is not all of it, take note of what it asks about."""
        try:
            condition = say()
        except Crowded:
            condition = UNSAID
        if not isinstance(node, And | Or | Not | InSegment) and not (
            condition.true.is_exact and condition.false.is_exact
        ):
            self.unsaid.append(_asked_about(node))
        return condition

    def _of(self, node: Expression, scope: Scope, row: str) -> Condition:
        match node:
            case And(parts):
                return _and([self.of(part, scope, row) for part in parts])
            case Or(parts):
                return _or([self.of(part, scope, row) for part in parts])
            case Not(part):
                return _turned(self.of(part, scope, row))
            case Missing(field):
                known = self._known(field, scope, row)
                return Condition(known.false, known.true, possible=known.false)
            case Compare() | Between() | In() | Match() | Recurs():
                return self._leaf(node, scope, row)
            case Some(relation, where):
                return self._some(relation, lambda *item: self.of(where, *item), scope, row)
            case Near():
                return self._near(node, scope, row)
            case Words(text):
                return self._words(text, scope, row)
            case Lasting(where):
                return Condition(attrs.evolve(self.of(where, scope, row).true, is_exact=False), MAYBE)
            case Sample():
                return UNSAID
            case InSegment(asks=asks) if asks is not None:
                return self._plainly(asks, scope, row, so=True)
            case InSegment(segment):
                raise TypeError(f"segment {segment!r} is not resolved; resolved() puts in what it asks")
            case _:
                assert_never(node)

    def row(self) -> str:
        """Return a name for one more table."""
        self._rows += 1
        return f"c{self._rows}"

    def _plainly(self, node: Expression, scope: Scope, row: str, *, so: bool) -> Condition:
        """Return the condition that a node is certainly true, or where not *so* certainly false: itself never unknown.

        It goes into joints, so that what SQL says of one part is not lost where it does not say another exactly, and
        into items, of which a server then looks for one by itself.
        """
        match node:
            case And(parts) | Or(parts):
                every = isinstance(node, And) is so
                return (_and if every else _or)([self._plainly(part, scope, row, so=so) for part in parts])
            case Not(part):
                return self._plainly(part, scope, row, so=not so)
            case InSegment(asks=asks) if asks is not None:
                members = self._plainly(asks, scope, row, so=True)
                return members if so else _turned(members)
            case Some(relation, where) if so:
                return self._noted(
                    node, lambda: self._some(relation, lambda *item: self._plainly(where, *item, so=True), scope, row)
                )
            case _:
                return _known(self.of(node, scope, row), so=so)

    def _leaf(self, node: Leaf, scope: Scope, row: str) -> Condition:
        if not isinstance(node, Match | Recurs) and node.type is FieldType.ANY:
            return UNSAID
        match node.field:
            case str() as key if (place := scope.place(key)) is not None:
                # A question about the record itself brings the hashes of sealed values; one about others does not.
                return UNSAID if place.is_sealed and row != RECORD else self._placed(node, place, row)
            case Aggregate() as term:
                return Totals(self, self._saying).leaf(node, term, scope, row)
            case str() | Scored():
                return UNSAID
            case _:
                assert_never(node.field)

    def _placed(self, node: Leaf, place: Place, row: str) -> Condition:
        """Return the condition of a leaf about a field: true of some value, false of all that are known."""
        if not place.table:
            here = self._said(node, place, row)
            true, false = Bound(here.true, here.is_exact, here.depth), Bound(here.false, here.is_exact, here.depth + 1)
            if not here.is_plain:
                return Condition(true, false)
            return Condition(true, false, true if place.is_there else _or_null(true, place.of(row)))
        item, known = self.row(), self.is_known(place, row)
        there = self._said(node, place, item)
        true = doubtful = Bound(there.true, there.is_exact, there.depth)
        if not there.is_plain:
            doubtful = attrs.evolve(
                true, sql=f"({place.of(item)} IS NOT NULL AND ({there.false}) IS NOT TRUE)", depth=there.depth + 4
            )
        if not there.is_exact:
            return Condition(self._among(place, row, item, true), attrs.evolve(known, is_exact=False))
        return Condition(
            self._among(place, row, item, true),
            all_of([known, self._not_among(place, row, item, doubtful)]),
            any_of([self._among(place, row, item, doubtful), unless(known)]),
        )

    def _said(self, node: Leaf, place: Place, row: str) -> Said:
        value, folded, beginning = place.of(row), place.folded(row), place.begins.format(row)
        return said(node, value, folded, self._saying, beginning, is_item=place.is_item)

    def _among(self, place: Place, row: str, item: str, holds: Bound) -> Bound:
        """Return when some row of the table beside a record holds it."""
        return found(*_beside(place.table, row, item), holds, is_sqlite=self._saying.is_sqlite)

    def _not_among(self, place: Place, row: str, item: str, holds: Bound) -> Bound:
        return none_found(*_beside(place.table, row, item), holds, is_sqlite=self._saying.is_sqlite)

    def is_known(self, place: Place, row: str) -> Bound:
        """Return when a field has a value."""
        if not place.table:
            return Bound(f"({place.of(row)} IS NOT NULL)")
        outer, inner, rows = _beside(place.table, row, KNOWN)
        # Said plainly, SQLite would go through all known values of the tenant by their index, for each record.
        holds = f"({place.of(KNOWN)} IS NULL) IS NOT TRUE"
        sql = f"EXISTS (SELECT 1 FROM {rows} AND {inner} = {outer} AND {holds})"  # noqa: S608 - names of the catalogue
        return Bound(sql) if self._saying.is_sqlite else Bound(sql, joins=1, apart=f"({sql}) IS TRUE")

    def _known(self, field: object, scope: Scope, row: str) -> Condition:
        match field:
            case str() as key if (place := scope.place(key)) is not None:
                known = self.is_known(place, row)
                apart = f"({known.sql}) IS NOT TRUE" if known.joins else ""
                return Condition(known, attrs.evolve(known, sql=f"NOT {known.sql}", apart=apart), known)
            case Aggregate() as term:
                return Totals(self, self._saying).known(term, scope, row)
            case _:
                return UNSAID

    def _some(self, relation: str, where: Callable[[Scope, str], Condition], scope: Scope, row: str) -> Condition:
        link = scope.link(relation)
        if link is None:
            return UNSAID
        item = self.row()
        inner = where(link.scope, item)
        true = self.linked(link, row, item, inner.true)
        if not inner.false.is_exact and inner.false.sql == MAYBE.sql:
            return Condition(true, MAYBE)
        possible = self.linked(link, row, item, inner.possible)
        if possible == MAYBE:
            return Condition(true, MAYBE)
        return Condition(true, self._none(link, row, item, inner.possible), possible)

    def linked(self, link: Link, row: str, item: str, holds: Bound) -> Bound:
        """Return when a row of a relation holds it."""
        return found(link.outer.format(row), *self._joined(link, item), holds, is_sqlite=self._saying.is_sqlite)

    def _none(self, link: Link, row: str, item: str, holds: Bound) -> Bound:
        """Return when no row of a relation holds it."""
        return none_found(link.outer.format(row), *self._joined(link, item), holds, is_sqlite=self._saying.is_sqlite)

    def counted(self, link: Link, row: str, item: str) -> str:
        """Return the rows of a relation of one row, from FROM on: more conditions may follow."""
        inner, joined = self._joined(link, item)
        return f"FROM {joined} AND {inner} = {link.outer.format(row)}"

    def _joined(self, link: Link, item: str) -> tuple[str, str]:
        """Return what links a relation's rows, and the rows with the first of their conditions."""
        told = f" AND {item}.subject_kind = {self._saying.value(link.kind)}" if link.kind else ""
        if not link.bridge:
            return link.inner.format(item), f'"{link.table}" {item} WHERE {item}.tenant = :tenant{told}'
        bridge = f"{item}b"
        return link.inner.format(bridge), (
            f'"{link.bridge}" {bridge} JOIN "{link.table}" {item} ON {link.crossing.format(bridge, item)} '
            f"WHERE {bridge}.tenant = :tenant AND {item}.tenant = :tenant{told}"
        )

    def _near(self, node: Near, scope: Scope, row: str) -> Condition:
        if isinstance(node.of, str):
            raise TypeError(f"place {node.of!r} is not resolved; resolved() looks it up")
        latitude, longitude = scope.place(node.latitude), scope.place(node.longitude)
        if latitude is None or longitude is None or latitude.is_sealed or longitude.is_sealed:
            return UNSAID
        box = box_around(node.of, km=node.km)
        lies = [
            self._lies(latitude, row, ((box.south, box.north),)),
            self._lies(longitude, row, box.longitudes),
        ]
        known = [self.is_known(place, row) for place in (latitude, longitude)]
        return Condition(attrs.evolve(all_of(lies), is_exact=False), attrs.evolve(all_of(known), is_exact=False))

    def _lies(self, place: Place, row: str, ranges: tuple[tuple[float, float], ...]) -> Bound:
        item = self.row() if place.table else row
        value, saying = place.of(item), self._saying
        holds = " OR ".join(f"{value} BETWEEN {saying.value(low)} AND {saying.value(high)}" for low, high in ranges)
        lies = Bound(f"({holds})")
        return self._among(place, row, item, lies) if place.table else lies

    def _words(self, text: str, scope: Scope, row: str) -> Condition:
        if not isinstance(scope, RecordScope) or (table := scope.words) is None:
            return UNSAID
        item, saying = self.row(), self._saying
        holds = Bound(words_said(table, asked_words(text), saying, has_index=self._has_word_index(table), item=item))
        beside = _beside(table.name, row, item)
        has = found(*beside, holds, is_sqlite=saying.is_sqlite)
        return Condition(has, none_found(*beside, holds, is_sqlite=saying.is_sqlite), has)


def _beside(table: str, row: str, item: str) -> tuple[str, str, str]:
    """Return what links the rows of a table beside a record to it, from both sides, and the rows."""
    return f'{row}."id"', f'{item}."id"', f'"{table}" {item} WHERE {item}.tenant = :tenant'


def _or_null(true: Bound, value: str) -> Bound:
    return attrs.evolve(true, sql=f"({true.sql} OR {value} IS NULL)", depth=true.depth + 1)


def _and(parts: list[Condition]) -> Condition:
    true, false = all_of(part.true for part in parts), any_of(part.false for part in parts)
    if not false.is_exact:
        return Condition(true, false)
    return Condition(true, false, all_of(part.possible for part in parts))


def _or(parts: list[Condition]) -> Condition:
    true, false = any_of(part.true for part in parts), all_of(part.false for part in parts)
    if not false.is_exact:
        return Condition(true, false)
    return Condition(true, false, any_of(part.possible for part in parts))


def _known(one: Condition, *, so: bool) -> Condition:
    """Return the condition that a node is known to be so; where only a bound is known, anybody may be otherwise."""
    holds = one.true if so else one.false
    if not holds.is_exact:
        return Condition(holds, MAYBE)
    return Condition(holds, unless(holds), holds)


def _turned(one: Condition) -> Condition:
    """Return the condition of Not; what is not certainly true is possible then."""
    return Condition(one.false, one.true, unless(one.true))


def _asked_about(node: Expression) -> str:
    """Return what a node asks about, without any value."""
    match node:
        case Compare() | Between() | In() | Missing() | Match() | Recurs():
            term = node.field
        case Some(relation):
            return f"items of {relation}"
        case Lasting():
            return "how long it has been so"
        case Near():
            return f"distance of {node.latitude} and {node.longitude}"
        case Sample():
            return "sample"
        case _:
            return type(node).__name__.lower()
    match term:
        case Aggregate():
            return f"{term.how} of {term.relation}{term.field and '.'}{term.field}"
        case Scored(function):
            return f"score {function}"
        case _:
            return term
