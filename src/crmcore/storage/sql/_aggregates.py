"""Values that are made of the items of a relation, as SQL: counts, least and greatest, first and last, sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from crmcore.query.tree import Aggregate, How
from crmcore.storage.sql._bounds import (
    ALWAYS,
    DEEPEST,
    MAYBE,
    NEVER,
    STATEMENT,
    UNSAID,
    Bound,
    Condition,
    all_of,
    unless,
)
from crmcore.storage.sql._leaves import said

if TYPE_CHECKING:
    from crmcore.storage.sql._conditions import Conditions
    from crmcore.storage.sql._leaves import Leaf
    from crmcore.storage.sql._places import Link, Place, Scope
    from crmcore.storage.sql._saying import Saying

__all__ = ["Totals"]


class _Items(NamedTuple):
    """The items of a term, and which of them count."""

    link: Link
    row: str
    item: str
    where: Bound


@attrs.frozen
class Totals:
    """Writes the conditions of leaves that ask about an aggregate.

    The sum of doubles depends on the order in which a database adds them, so nothing is said of it but that it is
    known; that of whole numbers is exact.
    """

    conditions: Conditions
    saying: Saying

    def leaf(self, node: Leaf, term: Aggregate, scope: Scope, row: str) -> Condition:
        """Return the condition of a leaf."""
        items = self._items(term, scope, row)
        if items is None:
            return UNSAID
        values = self._values(term, items) if items.where.is_exact else None
        if values is None:
            some = attrs.evolve(self._some(term, items), is_exact=False)
            return Condition(some, some)
        here = said(node, *values, self.saying)
        depth = items.where.depth + here.depth + STATEMENT
        if depth > DEEPEST:
            return UNSAID
        true, false = Bound(here.true, here.is_exact, depth), Bound(here.false, here.is_exact, depth + 1)
        return Condition(true, false, true) if term.how is How.COUNT and here.is_plain else Condition(true, false)

    def known(self, term: Aggregate, scope: Scope, row: str) -> Condition:
        """Return the condition that there is a value."""
        if term.how is How.COUNT:
            return Condition(ALWAYS, NEVER, ALWAYS)
        items = self._items(term, scope, row)
        if items is None:
            return UNSAID
        some = self._some(term, items)
        if not some.is_exact:
            return Condition(some, MAYBE)
        if term.how in {How.FIRST, How.LAST}:
            values = self._values(term, items)
            if values is None:
                return Condition(attrs.evolve(some, is_exact=False), MAYBE)
            some = Bound(f"({values[0]} IS NOT NULL)", depth=items.where.depth + STATEMENT)
            if some.depth > DEEPEST:
                return UNSAID
        return Condition(some, unless(some), some)

    def _items(self, term: Aggregate, scope: Scope, row: str) -> _Items | None:
        link = scope.link(term.relation)
        if link is None:
            return None
        item = self.conditions.row()
        where = ALWAYS if term.where is None else self.conditions.of(term.where, link.scope, item).true
        return _Items(link, row, item, where)

    def _some(self, term: Aggregate, items: _Items) -> Bound:
        """Return when there is an item with a value, so that sums and the like are known; a bound for all others."""
        if term.how is How.COUNT:
            return MAYBE
        place = items.link.scope.place(term.field)
        if place is None:
            return attrs.evolve(self.conditions.linked(items.link, items.row, items.item, items.where), is_exact=False)
        held = all_of([self.conditions.is_known(place, items.item), items.where])
        return self.conditions.linked(items.link, items.row, items.item, held)

    def _values(self, term: Aggregate, items: _Items) -> tuple[str, str] | None:
        """Return the text of the value and of the folded value; None where SQL has none that is exact."""
        rows = f"{self.conditions.counted(items.link, items.row, items.item)} AND {items.where.sql}"
        if term.how is How.COUNT:
            counted = (
                f'(SELECT COUNT(DISTINCT {items.item}."id") {rows})'
                if items.link.bridge
                else f"(SELECT COUNT(*) {rows})"
            )
            return counted, ""
        place = items.link.scope.place(term.field)
        if place is None or place.table or place.is_sealed or items.link.bridge:
            return None
        match term.how:
            case How.SUM | How.MEAN:
                return self._total(term.how, place, items, rows)
            case How.MIN | How.MAX:
                return self._picked(place, place, items, rows, is_last=term.how is How.MAX)
            case _:
                by = items.link.scope.place(term.by)
                if by is None or by.table or by.is_sealed:
                    return None
                return self._picked(place, by, items, rows, is_last=term.how is How.LAST)

    def _total(self, how: How, place: Place, items: _Items, rows: str) -> tuple[str, str] | None:
        if not place.is_whole:
            return None
        value = place.of(items.item)
        total = self.saying.whole_sum(value)
        return f"(SELECT {f'{total} / COUNT({value})' if how is How.MEAN else total} {rows})", ""

    @staticmethod
    def _picked(place: Place, by: Place, items: _Items, rows: str, *, is_last: bool) -> tuple[str, str]:
        """Return the value of the item that is first or last; of equal ones, as they stand."""
        item, way = items.item, " DESC" if is_last else ""
        order = f'{by.of(item)}{way}, {item}."{items.link.order}"{way}'
        among = f"{rows} AND {by.of(item)} IS NOT NULL ORDER BY {order} LIMIT 1"
        return f"(SELECT {place.of(item)} {among})", f"(SELECT {place.folded(item)} {among})"
