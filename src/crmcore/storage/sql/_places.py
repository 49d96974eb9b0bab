"""Where the tables hold what questions ask about: the values of a record's fields, and the items of its relations.

A scope is what one row of some table stands for: a record, an item of a collection, or an event. It says where a field
of it lies, and how the rows of a relation are linked to it. Names come from the catalogue and the schema only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import attrs

from crmcore.query.types import ACTIVITY
from crmcore.query.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from sqlalchemy import Table

    from crmcore.storage.sql.projection import KindTables, Projection

    Sealed: TypeAlias = Callable[[str], AbstractSet[str]]

__all__ = ["EventScope", "ItemScope", "Link", "Place", "RecordScope", "Scope"]


@attrs.frozen(kw_only=True)
class Place:
    """Where the values of a field lie.

    Attributes:
        value: the text of the value, with ``{0}`` for the row.
        twin: the text of the folded value where that is not the value in small letters; "" where there is none.
        table: the table beside the row that has them, a row for each; "" where the value lies in the row itself.
        begins: the text of the first letters of the folded value, which have an index; "" where there are none.
        is_item: whether it lies in a table of items, which is kept in its primary key and has no index of the value.
        is_whole: whether the values are whole numbers.
        is_there: whether there always is one.
        is_sealed: whether it holds a keyed hash of the value, or a mark that there is one.

    """

    value: str
    twin: str = ""
    table: str = ""
    begins: str = ""
    is_item: bool = False
    is_whole: bool = False
    is_there: bool = False
    is_sealed: bool = False

    def of(self, row: str) -> str:
        """Return the text of the value in a row."""
        return self.value.format(row)

    def folded(self, row: str) -> str:
        """Return the text of the folded value: its twin, or the value in small letters where that is the same.

        Only ASCII has no twin, so that databases agree on what the small letters are.
        """
        value = self.value.format(row)
        return f"COALESCE({self.twin.format(row)}, lower({value}))" if self.twin else f"lower({value})"


@attrs.frozen(kw_only=True)
class Link:
    """How the rows of a relation belong to a row.

    Attributes:
        scope: what each of them stands for.
        table: where they lie.
        outer: the text of what links them, with ``{0}`` for the row that they belong to.
        inner: the text of what equals it, with ``{0}`` for the row of the relation.
        kind: the kind of the subject that they must tell of; "" where there is no such column.
        order: the column by which they stand one after the other.
        bridge: the table in which *inner* lies; "" where it lies in the rows of the relation.
        crossing: the text of what links the bridge, ``{0}``, to the rows of the relation, ``{1}``.

    """

    scope: Scope
    table: str
    outer: str = '{0}."id"'
    inner: str = '{0}."id"'
    kind: str = ""
    order: str = "item"
    bridge: str = ""
    crossing: str = ""


class Scope(Protocol):
    """What one row stands for; a place or a link is None where no table holds it."""

    def place(self, key: str) -> Place | None:
        """Return where the values of a field lie."""
        ...

    def link(self, relation: str) -> Link | None:
        """Return how the items of a relation are reached."""
        ...


@attrs.frozen
class RecordScope:
    """A row of the main table of a kind; *sealed* says which fields of a kind the tenant seals."""

    tables: KindTables
    projection: Projection
    sealed: Sealed

    @property
    def words(self) -> Table | None:
        """The table of the words; None where the records have none."""
        return self.tables.children.get(WORDS)

    def place(self, key: str) -> Place | None:
        """Return where the values of a field lie."""
        table = self.tables.table_of.get(key)
        if table is None or key == WORDS:
            return None
        beside = "" if table is self.tables.main else table.name
        return attrs.evolve(self._column(key), table=beside)

    def link(self, relation: str) -> Link | None:
        """Return how the items of a collection, related records, or events are reached."""
        if relation in self.tables.items:
            root, columns = self.tables.items[relation]
            scope = ItemScope({name: self._column(key) for name, key in columns.items()})
            return Link(scope=scope, table=self.tables.children[root].name)
        if relation == ACTIVITY:
            kind = self.tables.kind
            return Link(scope=EventScope(), table="crm_event", inner='{0}."subject_id"', kind=kind, order="seq")
        return self._related(relation)

    def _column(self, key: str) -> Place:
        twin, begins = self.tables.twins.get(key), self.tables.beginnings.get(key)
        return Place(
            value=f'{{0}}."{key}"',
            twin=f'{{0}}."{twin}"' if twin else "",
            begins=f'{{0}}."{begins}"' if begins else "",
            is_item=self.tables.table_of[key] is not self.tables.main,
            is_whole=key in self.tables.whole,
            is_there=key == "id",
            is_sealed=key in self.sealed(self.tables.kind),
        )

    def _related(self, relation: str) -> Link | None:
        spec = self.tables.related.get(relation)
        if spec is None or spec.kind not in self.projection.kinds:
            return None
        others = self.projection[spec.kind]
        scope = RecordScope(others, self.projection, self.sealed)
        here, there = self.place(spec.here), scope.place(spec.there)
        if here is None or there is None or here.is_sealed or there.is_sealed or (here.table and there.table):
            return None
        table = others.main.name
        if here.table:
            crossing = f"{here.value} = {there.value.replace('{0}', '{1}')}"
            return Link(scope=scope, table=table, order="id", bridge=here.table, crossing=crossing)
        crossing = '{0}."id" = {1}."id"' if there.table else ""
        return Link(
            scope=scope,
            table=table,
            outer=here.value,
            inner=there.value,
            order="id",
            bridge=there.table,
            crossing=crossing,
        )


@attrs.frozen
class ItemScope:
    """A row of the table of a collection."""

    places: Mapping[str, Place]

    def place(self, key: str) -> Place | None:
        """Return the column of a field."""
        return self.places.get(key)

    def link(self, relation: str) -> Link | None:  # noqa: ARG002 - an item has none
        """Return None: what an item holds are its values."""
        return None


@attrs.frozen
class EventScope:
    """A row of the table of events; their data are asked for in their payloads, one by one."""

    def place(self, key: str) -> Place | None:
        """Return the column of a field."""
        return _OF_EVENTS.get(key)

    def link(self, relation: str) -> Link | None:  # noqa: ARG002 - an event has none
        """Return None: an event has no items."""
        return None


_OF_EVENTS = {
    "type": Place(value='{0}."type"', is_there=True),
    "at": Place(value='{0}."occurred_at"', is_there=True),
}
