"""Records to text and back: an explicit registry of kinds, their schema versions, and the upcasts of older ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from crmcore.errors import InputError, SchemaMismatch
from crmcore.model.events import Event
from crmcore.model.record import Record
from crmcore.storage._rows import EventRow, RecordRow
from crmcore.storage._values import canonical_json, text_fault

__all__ = ["Codec", "Upcast"]

R = TypeVar("R", bound=Record)

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the payload of one schema version, returns that of the next."""

_KIND = re.compile(r"[a-z][a-z0-9_.]{0,99}")

LONGEST_NAME = 100
"""Letters of a lookup key's field, and of the kind that an event tells about."""
LONGEST_KEY = 200
"""Letters of a lookup value that are indexed as they are; a longer one is indexed by its SHA-256."""


class Codec:
    r"""Which records a store keeps, and how each is written down.

    A payload is canonical JSON of everything but id and version, which have columns of their own.

    >>> from typing import ClassVar
    >>> class Tag(Record):
    ...     kind: ClassVar[str] = "tag"
    ...     label: str
    >>> codec = Codec([Tag])
    >>> row = codec.encode(Tag(id="t-1", label="Köln"), version=1)
    >>> row.payload
    '{"label":"Köln"}'
    >>> codec.decode(Tag, row)
    Tag(id='t-1', version=1, label='Köln')
    >>> codec.encode(Tag(id="t-1", label="a\0b"), version=1)
    Traceback (most recent call last):
    crmcore.errors.InputError: tag 't-1', field 'label': it holds a NUL character; take it out before storing
    """

    def __init__(
        self, kinds: Iterable[type[Record]], *, upcasts: Mapping[tuple[str, int], Upcast] | None = None
    ) -> None:
        """Register the kinds.

        Args:
            kinds: the classes; each has its own `kind`.
            upcasts: (kind, schema version) -> the function to the next version; needed for every version before
                the present one.

        Raises:
            InputError: two classes of one kind, or an upcast that is missing or for nothing.

        """
        self._kinds: dict[str, type[Record]] = {}
        for cls in kinds:
            if not _KIND.fullmatch(cls.kind):
                raise InputError(f"{cls.__name__}: a kind is 1 to 100 of a-z, 0-9, '_' and '.', not {cls.kind!a}")
            if self._kinds.setdefault(cls.kind, cls) is not cls:
                other = self._kinds[cls.kind].__name__
                raise InputError(f"two classes are called {cls.kind!r}: {other} and {cls.__name__}")
        self._upcasts = dict(upcasts or {})
        needed = {(kind, old) for kind, cls in self._kinds.items() for old in range(1, cls.schema_version)}
        if missing := sorted(needed - self._upcasts.keys()):
            kind, old = missing[0]
            raise InputError(f"there is no upcast from {kind!r} version {old}; such records could not be read")
        if extra := sorted(self._upcasts.keys() - needed):
            kind, old = extra[0]
            raise InputError(f"the upcast from {kind!r} version {old} leads to no registered version")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The registered kinds, sorted."""
        return tuple(sorted(self._kinds))

    def check_kind(self, cls: type[Record]) -> None:
        """Refuse a class that is not the registered one of its kind."""
        if self._kinds.get(cls.kind) is not cls:
            known = ", ".join(self.kinds) or "none"
            raise InputError(f"{cls.__name__} (kind {cls.kind!r}) is not registered with the codec; it knows: {known}")

    def encode(self, record: Record, *, version: int) -> RecordRow:
        """Return the row of a record under its new version."""
        cls = type(record)
        self.check_kind(cls)
        named = f"{cls.kind} {record.id!r}"
        try:
            content = record.model_dump(mode="json", exclude={"id", "version"}, warnings="error")
        except (PydanticSerializationError, UnicodeEncodeError, ValueError, RecursionError) as error:
            raise InputError(f"{named} cannot be written as its class says: {error}") from error
        payload = canonical_json(content, of=named, plain=lambda: record.model_dump(exclude={"id", "version"}))
        return RecordRow(cls.kind, record.id, version, cls.schema_version, payload)

    def decode(self, cls: type[R], row: RecordRow) -> R:
        """Return the record of a row, brought to the present schema version.

        Raises:
            SchemaMismatch: written by a newer crmcore, or not what the class allows.

        """
        if row.payload is None:
            raise SchemaMismatch(f"{row.kind} {row.id!r} was removed; there is nothing to read")
        if row.schema_version > cls.schema_version:
            raise SchemaMismatch(
                f"{row.kind} {row.id!r} has schema version {row.schema_version}, this crmcore reads up to "
                f"{cls.schema_version}; upgrade crmcore"
            )
        payload = row.payload if row.schema_version == cls.schema_version else self._upcast(cls, row)
        head = f'{{"id":{json.dumps(row.id)},"version":{row.version}'
        try:
            return cls.model_validate_json(head + ("," if len(payload) > 2 else "") + payload[1:])
        except ValidationError as error:
            raise SchemaMismatch(f"{row.kind} {row.id!r} as stored is no {cls.__name__}: {error}") from error

    def _upcast(self, cls: type[Record], row: RecordRow) -> str:
        try:
            content = json.loads(row.payload or "{}")
            for version in range(row.schema_version, cls.schema_version):
                content = self._upcasts[row.kind, version](content)
        except (ValueError, KeyError, TypeError) as error:
            raise SchemaMismatch(
                f"{row.kind} {row.id!r} of schema version {row.schema_version} could not be brought up: {error!r}"
            ) from error
        return canonical_json(content, of=f"{row.kind} {row.id!r}")

    def keys(self, record: Record) -> tuple[tuple[str, str], ...]:
        """Return the record's lookup keys as they are indexed, each once, sorted."""
        folded = set()
        for field, value in record.lookup_keys():
            if fault := _name_fault(field) or text_fault(value):
                raise InputError(f"{record.kind} {record.id!r}, lookup key {field!a}: {fault}")
            folded.add((field, self.key_value(value)))
        return tuple(sorted(folded))

    def key_value(self, value: str) -> str:
        """Return what is indexed for a lookup value: itself, or its digest where it is long."""
        if len(value) <= LONGEST_KEY:
            return value
        return f"{value[:100]}#sha256:{sha256(value.encode('utf-8')).hexdigest()}"

    def encode_event(self, event: Event, *, seq: int, unit: int) -> EventRow:
        """Return the row of an event."""
        named = f"event {event.id!r}"
        try:
            content = event.model_dump(mode="json", warnings="error")
        except (PydanticSerializationError, UnicodeEncodeError, ValueError, RecursionError) as error:
            raise InputError(f"{named} cannot be written as its class says: {error}") from error
        payload = canonical_json(content, of=named, plain=event.model_dump)
        for field, name in (("type", event.type), ("subject_kind", event.subject_kind)):
            if fault := _name_fault(name):
                raise InputError(f"{named}, field {field!r}: {fault}")
        return EventRow(seq, unit, event.id, event.type, event.subject_kind, event.subject_id, payload)

    def decode_event(self, payload: str) -> Event:
        """Return the event of a payload."""
        try:
            return Event.model_validate_json(payload)
        except ValidationError as error:
            raise SchemaMismatch(f"an event as stored cannot be read: {error}") from error


def _name_fault(name: str) -> str | None:
    return f"it is longer than {LONGEST_NAME} letters" if len(name) > LONGEST_NAME else text_fault(name)
