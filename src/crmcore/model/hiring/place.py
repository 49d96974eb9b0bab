"""Departments and locations: two trees of the organisation that hires.

Each knows its parent; the functions here walk a tree that is handed in as id -> record. None of them goes round in
circles: where the records do, as after an import, they say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from pydantic import Field, model_validator

from crmcore.errors import InputError, LawBroken
from crmcore.model.channels import PostalAddress
from crmcore.model.external import ExternalIds
from crmcore.model.field import FieldSpec, RelationSpec, Sensitivity, many, one
from crmcore.model.locales import TimeZone
from crmcore.model.record import Id, Record
from crmcore.model.scalars import Text, label_key
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmcore.model.events import Event
    from crmcore.model.occasion import Occasion

__all__ = [
    "Department",
    "Location",
    "TreeNode",
    "ancestors",
    "check_tree",
    "descendants",
    "path",
    "path_name",
    "zone_of",
]

INTERNAL = Sensitivity.INTERNAL
MOST_NAMED = 20
"""Records of a circle that an error names."""

PLACE_FIELDS = (
    one("name", sensitivity=INTERNAL, is_indexed=True),
    one("parent", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    many("external_id", "external_ids.key", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    one("is_archived", type=FieldType.BOOLEAN, sensitivity=INTERNAL),
)


class TreeNode(Record):
    """What departments and locations have in common: a name, and a place in a tree."""

    searched: ClassVar[tuple[str, ...]] = ("name",)

    name: Text = Field(min_length=1)
    parent: Id | None = None
    external_ids: ExternalIds = ()
    is_archived: bool = Field(default=False, description="Still named by what is old, and offered for nothing new.")

    @model_validator(mode="after")
    def _is_not_its_own_parent(self) -> Self:
        if self.parent == self.id:
            raise ValueError(f"{self.kind} {self.id!r} cannot be its own parent")
        return self

    def under(self, parent: str | None, *, within: Mapping[str, Self], on: Occasion) -> tuple[Self, Event]:
        """Hang it, and all below it, under another one; None makes it a root.

        Args:
            parent: the id of the new parent.
            within: the tree, by id.
            on: when, by whom and why.

        Raises:
            InputError: the parent, or one above it, is not in the tree.
            LawBroken: the parent is itself, or lies below it; or what lies above the parent goes in a circle.

        """
        above = [] if parent is None else [parent, *(each.id for each in ancestors(parent, within=within))]
        if self.id in above:
            way = " -> ".join([self.id, *reversed(above[: above.index(self.id)]), self.id])
            raise LawBroken(f"{self.kind} {self.id!r} cannot lie below itself: {way}")
        return self.evolve(parent=parent), on.tells(f"{self.kind}.relocated", self, before=self.parent, after=parent)


class Department(TreeNode):
    """A part of the organisation.

    >>> tree = {each.id: each for each in (Department(id="d-1", name="Engineering"),
    ...                                    Department(id="d-2", name="Data", parent="d-1"))}
    >>> path_name("d-2", within=tree)
    'Engineering / Data'
    >>> from datetime import UTC, datetime
    >>> from crmcore.model.occasion import Occasion
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> tree["d-1"].under("d-2", within=tree, on=on)
    Traceback (most recent call last):
    crmcore.errors.LawBroken: department 'd-1' cannot lie below itself: d-1 -> d-2 -> d-1
    """

    kind: ClassVar[str] = "department"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *PLACE_FIELDS,
        one("head", type=FieldType.ID, sensitivity=INTERNAL, is_indexed=True),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="parents", kind="department", here="parent"),
        RelationSpec(key="children", kind="department", there="parent"),
        RelationSpec(key="jobs", kind="job", there="department"),
    )

    head: Id | None = Field(default=None, description="The user who leads it.")


class Location(TreeNode):
    """Where work is done: an office, a city, a country, or several of them under one name.

    >>> address = PostalAddress.of(city="Berlin", country="DE")
    >>> Location(id="l-1", name="Mitte", address=address, time_zone="Europe/Berlin").place
    'Berlin, DE'
    """

    kind: ClassVar[str] = "location"
    fields: ClassVar[tuple[FieldSpec, ...]] = (
        *PLACE_FIELDS,
        one("city", "address.city", sensitivity=INTERNAL),
        one("region", "address.region", sensitivity=INTERNAL),
        one("country", "address.country", sensitivity=INTERNAL),
        one("time_zone", sensitivity=INTERNAL),
    )
    relations: ClassVar[tuple[RelationSpec, ...]] = (
        RelationSpec(key="parents", kind="location", here="parent"),
        RelationSpec(key="children", kind="location", there="parent"),
        RelationSpec(key="jobs", kind="job", there="location"),
    )
    sensitivities: ClassVar[Mapping[str, Sensitivity]] = {"address": INTERNAL}

    address: PostalAddress | None = None
    time_zone: TimeZone | None = Field(default=None, description="An IANA zone; of its parent, where it has none.")

    @property
    def place(self) -> str:
        """City, region and country; the name where it has no address."""
        parts = (self.address.city, self.address.region, self.address.country) if self.address else ()
        return ", ".join(filter(None, parts)) or self.name


P = TypeVar("P", bound=TreeNode)


def ancestors(id: str, *, within: Mapping[str, P]) -> tuple[P, ...]:  # noqa: A002
    """Return what lies above one, the nearest first.

    Raises:
        InputError: it, or one above it, is not in the tree.
        LawBroken: the way up goes in a circle.

    """
    return tuple(_upwards(id, within))[1:]


def path(id: str, *, within: Mapping[str, P]) -> tuple[P, ...]:  # noqa: A002
    """Return the way from the root down to one; raise as `ancestors` does."""
    return tuple(_upwards(id, within))[::-1]


def path_name(id: str, *, within: Mapping[str, P]) -> str:  # noqa: A002
    """Return the names on the way from the root, as people read them."""
    return " / ".join(each.name for each in path(id, within=within))


def descendants(id: str, *, within: Mapping[str, P]) -> tuple[P, ...]:  # noqa: A002
    """Return what lies below one: each before what is below it, neighbours in the order of their names.

    Raises:
        InputError: it is not in the tree.
        LawBroken: the way down goes in a circle.

    """
    children: dict[str | None, list[P]] = {}
    for each in sorted(within.values(), key=lambda each: (label_key(each.name), each.id), reverse=True):
        children.setdefault(each.parent, []).append(each)
    found: dict[str, P] = {}
    waiting = list(children.get(_at(id, within).id, ()))
    while waiting:
        each = waiting.pop()
        if each.id == id or each.id in found:
            raise _circle(each, within)
        found[each.id] = each
        waiting += children.get(each.id, ())
    return tuple(found.values())


def check_tree(records: Iterable[P]) -> dict[str, P]:
    """Return the records by id; refuse those that are no tree: a circle, a parent that is missing, an id twice.

    Raises:
        InputError: an id twice, or a parent that is missing.
        LawBroken: a circle.

    """
    within: dict[str, P] = {}
    for each in records:
        if each.id in within:
            raise InputError(f"{each.kind} {each.id!r} is there twice")
        within[each.id] = each
    sound: set[str] = set()
    for id_ in within:
        climbed = []
        for each in _upwards(id_, within):
            if each.id in sound:
                break
            climbed.append(each.id)
        sound.update(climbed)
    return within


def zone_of(id: str, *, within: Mapping[str, Location]) -> str | None:  # noqa: A002
    """Return the IANA zone of a location: its own, or that of the nearest one above it; None where none is known.

    >>> office = Location(id="l-2", name="Room 4", parent="l-1")
    >>> zone_of("l-2", within={"l-1": Location(id="l-1", name="Oslo", time_zone="Europe/Oslo"), "l-2": office})
    'Europe/Oslo'
    """
    return next((each.time_zone for each in _upwards(id, within) if each.time_zone), None)


def _at(id_: str, within: Mapping[str, P], *, child: P | None = None) -> P:
    if id_ not in within:
        whose = f", the parent of {child.kind} {child.id!r}," if child is not None else ""
        raise InputError(f"{id_!r}{whose} is not in the tree")
    return within[id_]


def _upwards(id_: str, within: Mapping[str, P]) -> Iterator[P]:
    """Yield one and all above it, as they are asked for."""
    seen = {id_}
    at = _at(id_, within)
    yield at
    while at.parent is not None:
        at = _at(at.parent, within, child=at)
        if at.id in seen:
            raise _circle(at, within)
        seen.add(at.id)
        yield at


def _circle(at: P, within: Mapping[str, P]) -> LawBroken:
    """Return the error that names the circle in which one lies."""
    way = [at.id]
    while (parent := within[way[-1]].parent) is not None and parent != at.id and len(way) < MOST_NAMED:
        way.append(parent)
    cut = ["..."] if len(way) == MOST_NAMED else []
    return LawBroken(f"the {at.kind}s go in a circle: {' -> '.join([*way, *cut, at.id])}")
