"""The story of one record: its versions, what each changed, and why a value is what it is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from crmcore.errors import NotFound, UnknownField
from crmcore.model.differing import differences, is_empty, parts
from crmcore.model.record import Record, Value
from crmcore.stored import Action

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from crmcore.model.provenance import Provenance
    from crmcore.ports import History
    from crmcore.stored import StoredChange, StoredEvent

__all__ = ["FieldChange", "RecordHistory", "Version", "field_path"]

R = TypeVar("R", bound=Record)


@attrs.frozen(kw_only=True)
class FieldChange:
    """One value before and after one change; who changed it, when, why, and on whose word.

    Attributes:
        path: which value, such as ``salary``, ``name.family`` or ``emails/ada@example.org``.
        before, after: as the record has it; None where it had none.
        change: the change of the record that it is part of.
        provenance: the observations that the change added for this value.

    """

    path: str
    before: Any
    after: Any
    change: StoredChange
    provenance: tuple[Provenance, ...] = ()

    @property
    def field(self) -> str:
        """The field in which the value lies; it names no content."""
        return self.path.partition("/")[0].partition(".")[0]

    @property
    def version(self) -> int:
        """The record's version after it."""
        return self.change.version

    @property
    def actor(self) -> str:
        """Who did it."""
        return self.change.unit.actor

    @property
    def reason(self) -> str:
        """Why, in words."""
        return self.change.unit.reason

    @property
    def source(self) -> str:
        """Where it came from, such as a file or another system."""
        return self.change.unit.source

    @property
    def occurred_at(self) -> datetime:
        """When it was true in the world."""
        return self.change.unit.occurred_at

    @property
    def recorded_at(self) -> datetime:
        """When the store learned of it."""
        return self.change.unit.recorded_at


@attrs.frozen(kw_only=True)
class Version(Generic[R]):
    """One state of a record, and what was changed to reach it.

    Attributes:
        change: who brought it about, when and why.
        before: the record before it; None where it was not there, or was erased since.
        record: the record as it was then; None where it was removed, or erased since.
        fields: what was changed, value by value; empty where that was erased since.

    """

    change: StoredChange
    before: R | None
    record: R | None
    fields: tuple[FieldChange, ...]

    @property
    def number(self) -> int:
        """The record's version."""
        return self.change.version

    @property
    def action(self) -> Action:
        """What was done to the record."""
        return self.change.action

    @property
    def is_erased(self) -> bool:
        """Whether a content that it speaks of was erased since."""
        was_there = self.action in {Action.CHANGED, Action.REMOVED}
        is_there = self.action is not Action.REMOVED
        return (was_there and self.before is None) or (is_there and self.record is None)

    def concerning(self, path: str) -> tuple[FieldChange, ...]:
        """Return what it changed at that path, below it, or of the value in which the path lies."""
        found = tuple(one for one in self.fields if one.path == path or one.path.startswith((f"{path}.", f"{path}/")))
        if found or self.is_erased:
            return found
        before, after = _value_at(self.before, path), _value_at(self.record, path)
        if before == after or (is_empty(before) and is_empty(after) and (self.before is None or self.record is None)):
            return ()
        return (FieldChange(path=path, before=before, after=after, change=self.change),)


@attrs.frozen(kw_only=True)
class RecordHistory(Generic[R]):
    """All that is known of the past of one record; iterating gives its versions, oldest first."""

    kind: type[R]
    id: str
    _history: History = attrs.field(alias="history", repr=False, eq=False)

    @cached_property
    def versions(self) -> Sequence[Version[R]]:
        """Every state that was recorded, oldest first, as of when it is first asked for."""
        versions: list[Version[R]] = []
        before: R | None = None
        for recorded in self._history.versions(self.kind, self.id):
            step = Version(change=recorded.change, before=before, record=recorded.record, fields=())
            versions.append(step if step.is_erased else attrs.evolve(step, fields=tuple(_changes(step))))
            before = recorded.record
        return tuple(versions)

    @property
    def events(self) -> Sequence[StoredEvent]:
        """What happened to the record, oldest first."""
        return tuple(self._history.events(self.kind, self.id))

    def at(self, version: int) -> Version[R]:
        """Return one version; raise NotFound."""
        for one in self.versions:
            if one.number == version:
                return one
        raise NotFound(f"version of {self.kind.kind} {self.id!r}", str(version))

    def why(self, path: str) -> Sequence[FieldChange]:
        """Return every change of a value, newest first.

        Args:
            path: a value (``salary``, ``name.family``, ``emails/ada@example.org``, ``salary.minimum``), a field with
                all its values (``name``, ``emails``), or a key of the catalogue (``salary_minimum``).

        Raises:
            UnknownField: the kind has no such field; the nearest are offered.

        """
        wanted = field_path(self.kind, path)
        return tuple(one for version in reversed(self.versions) for one in version.concerning(wanted))

    def __iter__(self) -> Iterator[Version[R]]:
        return iter(self.versions)

    def __len__(self) -> int:
        return len(self.versions)


def field_path(kind: type[Record], key: str) -> str:
    """Return the path that a path or a key of the catalogue stands for.

    >>> from crmcore.model import ContactRecord
    >>> [field_path(ContactRecord, key) for key in ("name.family", "family_name", "email")]
    ['name.family', 'name.family', 'emails']
    """
    fields = [field for field in kind.model_fields if field not in {"id", "version"}]
    if key.partition("/")[0].partition(".")[0] in fields:
        return key
    specs = {spec.key: spec for spec in kind.fields if spec.key != "id"}
    if key not in specs:
        raise UnknownField(key, sorted({*fields, *specs}), of=kind.kind)
    return specs[key].root if specs[key].is_multi else specs[key].path


def _changes(step: Version[Any]) -> Iterator[FieldChange]:
    known = getattr(step.before, "provenance", {})
    learned = getattr(step.record, "provenance", {})
    for one in differences(step.before, step.record):
        origins = tuple(origin for origin in learned.get(one.path, ()) if origin not in known.get(one.path, ()))
        yield FieldChange(path=one.path, before=one.before, after=one.after, change=step.change, provenance=origins)


def _value_at(record: Record | None, path: str) -> Any:
    """Return the value at a path, which may lead into it; None where there is none."""
    if record is None:
        return None
    field, slash, _ = path.partition("/")
    if not slash:
        return _within(record, path)
    items = parts(field, getattr(record, field, None)) or {}
    if path in items:
        return items[path]
    around = max((item for item in items if path.startswith(f"{item}.")), key=len, default=None)
    return None if around is None else _within(items[around], path[len(around) + 1 :])


def _within(value: Any, names: str) -> Any:
    for name in names.split("."):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, Value) and _is_told(type(value), name):
            value = getattr(value, name)
        else:
            return None
    return value


def _is_told(cls: type[Value], name: str) -> bool:
    return name in cls.model_fields or (not name.startswith("_") and isinstance(getattr(cls, name, None), property))
