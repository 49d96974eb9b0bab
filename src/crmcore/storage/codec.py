"""Records to text and back: an explicit registry of kinds, their schema versions, and the upcasts of older ones.

A value that is the default of its field is not written: it halves the text. So the default of a field belongs to the
schema version; who changes one, raises the version and upcasts.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from crmcore.errors import InputError, KeyUnavailable, SchemaMismatch
from crmcore.model.events import Event
from crmcore.model.record import ID_FIELD, Record
from crmcore.model.subjects import Subjects
from crmcore.query import checked, ordering
from crmcore.query.shortening import shortened
from crmcore.query.words import asked_words
from crmcore.storage._facts import Extractor, Facts, Keys
from crmcore.storage._rows import Claim, EventRow, RecordRow
from crmcore.storage._sealed_text import SEALED, event_id
from crmcore.storage._values import canonical_json, check_text, check_value, text_fault

if TYPE_CHECKING:
    from datetime import datetime

    from crmcore.model.custom import CustomField
    from crmcore.model.field import FieldSpec
    from crmcore.model.subjects import Askable
    from crmcore.query import Asking, Expression, OrderBy
    from crmcore.storage._rows import Tables, WritableTables
    from crmcore.storage._tenant_seals import TenantSeals

__all__ = ["Codec", "Upcast"]

R = TypeVar("R", bound=Record)

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the payload of one schema version, returns that of the next."""

_KIND = re.compile(r"[a-z][a-z0-9_.]{0,99}")

LONGEST_NAME = 100
"""Letters of a unique key's rule, and of the kind that an event tells about."""
LONGEST_CLAIM = 500
"""Letters of a unique key's value."""

_CONTENT = {"id", "version"}
"""What has columns of its own, and is no part of the payload."""


class Codec:
    r"""Which records a store keeps, and how each is written down.

    A payload is the JSON of everything but id and version, which have columns of their own, and of defaults.

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
        self._seals: TenantSeals | None = None
        self._kinds: dict[str, type[Record]] = {}
        for cls in kinds:
            if not _KIND.fullmatch(cls.kind):
                raise InputError(f"{cls.__name__}: a kind is 1 to 100 of a-z, 0-9, '_' and '.', not {cls.kind!a}")
            if self._kinds.setdefault(cls.kind, cls) is not cls:
                other = self._kinds[cls.kind].__name__
                raise InputError(f"two classes are called {cls.kind!r}: {other} and {cls.__name__}")
        self._fields = {cls: {spec.key: spec for spec in (ID_FIELD, *cls.fields)} for cls in self._kinds.values()}
        self._extract = {
            cls: Extractor(list(specs.values()), cls.searched, cls.relation_names)
            for cls, specs in self._fields.items()
        }
        self._definitions: tuple[CustomField, ...] = ()
        self._askable = Subjects(self._kinds)
        self._origin = self
        self._trims = {cls: not _tells_by_default(cls) for cls in self._kinds.values()}
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

    @property
    def claiming(self) -> frozenset[str]:
        """The kinds whose records may have unique keys."""
        return frozenset(kind for kind, cls in self._kinds.items() if cls.unique_keys is not Record.unique_keys)

    def kind(self, name: str) -> type[Record] | None:
        """Return the class of a kind, or None."""
        return self._kinds.get(name)

    def fields(self, cls: type[Record]) -> Mapping[str, FieldSpec]:
        """Return what records of the class can be asked by, by key."""
        self.check_kind(cls)
        return self._fields[cls]

    def askable(self, cls: type[Record]) -> Askable:
        """Return all that can be asked of records of the class, custom fields and relations included."""
        self.check_kind(cls)
        return self._askable[cls]

    def with_custom(self, definitions: Iterable[CustomField]) -> Codec:
        """Return the same codec whose records can also be asked by those custom fields, as ``custom.<key>``.

        They are in no column, so the tables of a database stay as they are when a definition changes.
        """
        other = copy.copy(self)
        other._definitions = tuple(definitions)  # noqa: SLF001 - a copy of itself
        other._askable = Subjects(self._kinds, other._definitions)  # noqa: SLF001
        return other

    @property
    def origin(self) -> Codec:
        """The codec as it was made, before custom fields and keys came in; the tables of a database go by it."""
        return self._origin

    def class_of(self, kind: str) -> type[Record]:
        """Return the class of a registered kind."""
        return self._kinds[kind]

    def asked(self, cls: type[Record], where: Expression | None) -> Expression | None:
        """Return a question held against the fields of the class, its texts as short as those of facts."""
        if where is None:
            self.check_kind(cls)
            return None
        asked = shortened(checked(where, self.askable(cls).subject))
        self.check_sealed(cls, asked)
        return asked

    def put(self, cls: type[Record], asked: Expression, *, asking: Asking, now: datetime) -> Expression:
        """Return a checked question with plain values for all that it names, as of an instant."""
        plain = asking.put(asked, self.askable(cls).subject, now=now)
        self.check_sealed(cls, plain)  # a segment may ask for more
        return plain

    def check_sealed(self, cls: type[Record], asked: Expression) -> None:
        """Refuse a question about what is sealed that the store could only answer wrongly."""
        if self._seals is not None:
            self._seals.check_question(self.askable(cls), asked, self.askable_kind)

    def askable_kind(self, kind: str) -> Askable:
        """Return all that can be asked of the records of a kind."""
        return self._askable[self._kinds[kind]]

    def ordered(self, cls: type[Record], keys: Iterable[str]) -> tuple[OrderBy, ...]:
        """Return an order held against the fields of the class."""
        order = ordering(keys, self.fields(cls), of=cls.kind)
        if self._seals is not None:
            self._seals.check_order(cls.kind, order)
        return order

    def words(self, cls: type[Record], text: str) -> tuple[str, ...]:
        """Return the folded words of a search; none where nothing is searched for."""
        if not text:
            return ()
        if not cls.searched:
            raise InputError(f"{cls.kind} records have no texts that are searched by words; ask for their fields")
        if self._seals is not None and self._seals.attributes(cls.kind).issuperset(
            p.split(".")[0] for p in cls.searched
        ):
            raise InputError(f"the texts of {cls.kind} records are sealed, so their words cannot be searched")
        return asked_words(text)

    def facts(self, record: Record) -> Facts:
        """Return what the record is found by."""
        return self._extract[type(record)](record)

    def keys(self, cls: type[Record]) -> Keys:
        """Return the order of the facts of a class."""
        return self._extract[cls].keys

    def claims(self, record: Record) -> tuple[Claim, ...]:
        """Return the record's unique keys, each once, sorted."""
        if type(record).unique_keys is Record.unique_keys:
            return ()
        claims = {Claim(record.kind, rule, value) for rule, value in record.unique_keys()}
        for _, rule, value in claims:
            if fault := _name_fault(rule) or text_fault(value) or _length_fault(value):
                raise InputError(f"{record.kind} {record.id!r}, unique key {rule!a}: {fault}")
        return tuple(sorted(claims)) if self._seals is None else self._seals.blind_claims(claims)

    def encode(self, record: Record, *, version: int) -> RecordRow:
        """Return the row of a record under its new version; its salt is the store's business."""
        cls = type(record)
        self.check_kind(cls)
        named = f"{cls.kind} {record.id!r}"
        try:
            payload = record.__pydantic_serializer__.to_json(
                record, exclude=_CONTENT, exclude_defaults=self._trims[cls], warnings="error"
            )
        except (PydanticSerializationError, UnicodeEncodeError, ValueError, RecursionError) as error:
            check_value(_plain(record), of=named)
            raise InputError(f"{named} cannot be written as its class says: {error}") from error
        text = check_text(payload, of=named, plain=lambda: record.model_dump(exclude=_CONTENT))
        return RecordRow(cls.kind, record.id, version, cls.schema_version, text, "")

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
        opened = self._opened(row)
        payload = opened.payload if row.schema_version == cls.schema_version else self._upcast(cls, opened)
        payload = payload or "{}"
        head = f'{{"id":{json.dumps(row.id)},"version":{row.version}'
        try:
            return cls.model_validate_json(head + ("," if len(payload) > 2 else "") + payload[1:])
        except ValidationError as error:
            named = f"{row.kind} {row.id!r} as stored is no {cls.__name__}"
            if opened is not row:  # what was sealed is not told in an error
                raise SchemaMismatch(f"{named}: {_without_values(error)}") from None
            raise SchemaMismatch(f"{named}: {error}") from error

    def content(self, cls: type[Record], row: RecordRow) -> dict[str, Any]:
        """Return the payload of a row as plain data of the present schema version."""
        row = self._opened(row)
        payload = row.payload if row.schema_version == cls.schema_version else self._upcast(cls, row)
        content: dict[str, Any] = json.loads(payload or "{}")
        return content

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

    def bound(self, seals: TenantSeals) -> Codec:
        """Return the same codec for a store that seals."""
        sealing = copy.copy(self)
        sealing._seals = seals  # noqa: SLF001 - a copy of itself
        sealing._askable = Subjects(  # noqa: SLF001
            self._kinds,
            self._definitions,
            searched=lambda cls: [p for p in cls.searched if p.partition(".")[0] not in seals.attributes(cls.kind)],
        )
        sealing._extract = {  # noqa: SLF001
            cls: extractor.without(seals.attributes(cls.kind)) for cls, extractor in self._extract.items()
        }
        return sealing

    def sealed(
        self, tables: WritableTables, rows: Sequence[RecordRow], records: Sequence[Record]
    ) -> Sequence[RecordRow]:
        """Return the rows of records as they go into the tables."""
        return rows if self._seals is None else self._seals.seal_rows(tables, rows, records)

    def sealed_events(self, tables: WritableTables, rows: Sequence[EventRow]) -> Sequence[EventRow]:
        """Return the rows of events as they go into the tables."""
        return rows if self._seals is None else self._seals.seal_events(tables, rows)

    def with_keys(self, tables: Tables, rows: Sequence[RecordRow]) -> Sequence[RecordRow]:
        """Return rows that did not come out of the tables so that they can be decoded."""
        if self._seals is None:
            return rows
        texts = self._seals.with_keys(tables, [row.payload for row in rows])
        return [row._replace(payload=text) for row, text in zip(rows, texts, strict=True)]

    def _opened(self, row: RecordRow) -> RecordRow:
        if row.payload is None or not row.payload.startswith(SEALED):
            return row
        return row._replace(payload=self._unsealed(row.kind, row.id, row.version, row.payload))

    def _unsealed(self, kind: str, id_: str, version: int, payload: str) -> str:
        if self._seals is None:
            message = "it is sealed, and this store was opened without sealing; open it with sealing=Sealing(keyring)"
            raise KeyUnavailable(message, kind=kind, id=id_)
        return self._seals.open(kind, id_, version, payload)

    def encode_event(self, event: Event, *, salt: str) -> EventRow:
        """Return the row of an event, not numbered yet."""
        named = f"event {event.id!r}"
        try:
            content = event.model_dump(mode="json", warnings="error")
        except (PydanticSerializationError, UnicodeEncodeError, ValueError, RecursionError) as error:
            raise InputError(f"{named} cannot be written as its class says: {error}") from error
        payload = canonical_json(content, of=named, plain=event.model_dump)
        for field, name in (("type", event.type), ("subject_kind", event.subject_kind)):
            if fault := _name_fault(name):
                raise InputError(f"{named}, field {field!r}: {fault}")
        return EventRow(0, 0, event.id, event.type, event.subject_kind, event.subject_id, payload, salt, "")

    def decode_event(self, payload: str) -> Event:
        """Return the event of a payload."""
        if payload.startswith(SEALED):
            payload = self._unsealed("event", event_id(payload), 0, payload)
        try:
            return Event.model_validate_json(payload)
        except ValidationError as error:
            raise SchemaMismatch(f"an event as stored cannot be read: {error}") from error


def _plain(record: Record) -> dict[str, Any]:
    """Return the content as Python holds it, without a walk of pydantic's, which may be what failed."""
    return {name: value for name, value in record.__dict__.items() if name not in _CONTENT}


def _without_values(error: ValidationError) -> str:
    """Return where a validation failed and on what rule, but nothing of what stood there."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'][:1]))}: {fault['type']}" for fault in faults)


def _name_fault(name: str) -> str | None:
    return f"it is longer than {LONGEST_NAME} letters" if len(name) > LONGEST_NAME else text_fault(name)


def _length_fault(value: str) -> str | None:
    return f"its value is longer than {LONGEST_CLAIM} letters" if len(value) > LONGEST_CLAIM else None


def _tells_by_default(cls: type[Record]) -> bool:
    """Say whether some part of the class may be one of several models, which a field with a default may tell apart.

    Such a class is written in full, because the default that tells which model it is must be there to be read.
    """
    found = [cls.__pydantic_core_schema__]
    seen: set[int] = set()
    while found:
        node: Any = found.pop()
        if id(node) in seen or not isinstance(node, (dict, list, tuple)):
            continue
        seen.add(id(node))
        if isinstance(node, dict):
            if node.get("type") == "tagged-union":
                return True
            if node.get("type") == "union" and sum(_is_model(choice) for choice in node["choices"]) > 1:
                return True
        found.extend(node.values() if isinstance(node, dict) else node)
    return False


def _is_model(choice: Any) -> bool:
    schema = choice[0] if isinstance(choice, tuple) else choice
    return isinstance(schema, dict) and schema.get("type") in {"model", "definition-ref", "dataclass", "typed-dict"}
