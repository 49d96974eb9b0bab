"""Sealing the rows of one tenant, between the codec above, which sees clear values, and the tables below, which do not.

The payload of a sealed record begins with one more object, ``{"$sealed":{"born":"1.A256GCM...."},...}``, in which its
sealed attributes lie one by one. History keeps payloads as they were, sealed; digests are taken over the sealed text,
so the audit chain is verified without any key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from crmcore.errors import InputError, KeyUnavailable
from crmcore.query import Compare, FieldType, In
from crmcore.storage._envelope import NOISE, DataKey, Place, key_named
from crmcore.storage._rows import Claim
from crmcore.storage._sealed_questions import ONLY_JUDGED, Sealed, check_question, with_leaves
from crmcore.storage._sealed_tables import SealedTables
from crmcore.storage._sealed_text import KeyedText, joined, keyed, parted
from crmcore.storage._subject_keys import SubjectKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from crmcore.model.record import Record
    from crmcore.model.subjects import Askable
    from crmcore.ports import Entropy
    from crmcore.query import Expression, OrderBy, Scalar
    from crmcore.storage._envelope import BlindIndex
    from crmcore.storage._facts import Facts
    from crmcore.storage._outbox_rows import OutboxTables
    from crmcore.storage._rows import EventRow, Head, RecordRow, Tables, WritableTables
    from crmcore.storage.codec import Codec
    from crmcore.storage.sealing import Sealing

__all__ = ["TenantSeals"]

T = TypeVar("T", bound="Tables | OutboxTables")

MARKS: dict[FieldType, Scalar] = {FieldType.NUMBER: 0.0, FieldType.INTEGER: 0, FieldType.BOOLEAN: False}
"""What stands in a column that holds no text where the sealed field has a value."""

_NOT_SEALED = frozenset({"id", "version"})
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class TenantSeals:
    """The guard of a store that seals; its codec seals and opens with it."""

    def __init__(self, sealing: Sealing, *, tenant: str, entropy: Entropy, codec: Codec) -> None:
        self._from = sealing.from_sensitivity
        self._tenant = tenant
        self._entropy = entropy
        self._keys = SubjectKeys(tenant=tenant, keyring=sealing.keyring, entropy=entropy)
        self._index: BlindIndex | None = None
        self._is_draft = False
        self._kinds = {kind: self._described(cls) for kind in codec.kinds if (cls := codec.kind(kind)) is not None}

    def _described(self, cls: type[Record]) -> Sealed:
        attributes = [name for name in cls.model_fields if name not in _NOT_SEALED]
        return Sealed(
            frozenset(name for name in attributes if cls.sensitivity_of(name).reaches(self._from)),
            {
                spec.key: MARKS.get(spec.type)
                for spec in cls.fields
                if spec.key not in _NOT_SEALED and spec.sensitivity.reaches(self._from)
            },
        )

    def attributes(self, kind: str) -> frozenset[str]:
        """Return the attributes of a kind that are sealed."""
        return self._kinds[kind].attributes

    def fields(self, kind: str) -> AbstractSet[str]:
        """Return the fields of a kind that are sealed."""
        return self._kinds[kind].fields.keys()

    def over(self, tables: T) -> T:
        """Return tables that give every payload with its keys, and that are asked by blind indexes."""
        if self._index is None or self._is_draft:  # the unit that made a draft may have been undone
            self._enter(tables, tables.head_now())
        return cast("T", SealedTables(tables, self))

    def loading(self, tables: T) -> T:
        """Let the rows of another store in, which bring their keys."""
        return cast("T", SealedTables(tables, self))

    def within(self, tables: WritableTables, head: Head) -> WritableTables:
        """Let a unit of work write; the first one lays down the tenant's own key."""
        if self._index is None or self._is_draft:
            self._index = None  # the unit that made it may have been undone
            self._enter(tables, head if head.unit else None)
        if self._index is None:
            self._is_draft = True
            self._index = self._keys.make_index(tables, self._from)
        return cast("WritableTables", SealedTables(tables, self))

    def _enter(self, tables: Tables | OutboxTables, head: Head | None) -> None:
        own = tables.tenant_key()
        if own is None:
            if head is not None:
                raise self._in_clear()
            return
        if own.subject_id != self._from.value:
            raise InputError(
                f"the records of tenant {self._tenant!r} are sealed from {own.subject_id!r} on, not from "
                f"{self._from.value!r}; open the store with from_sensitivity={own.subject_id!r}"
            )
        self._index = self._keys.index(own)
        self._is_draft = False

    def _in_clear(self) -> InputError:
        return InputError(
            f"the records of tenant {self._tenant!r} lie in clear, and sealing begins with an empty tenant; "
            "open the store without sealing, or put the records into a new tenant that is opened with it"
        )

    def blind(self, tables: Tables) -> BlindIndex:
        """Return what sealed values are found by; of a tenant that is being filled, it came with the rows."""
        if (index := self.blind_if_any(tables)) is None:
            raise self._in_clear()
        return index

    def blind_if_any(self, tables: Tables) -> BlindIndex | None:
        """Return the same, or None where the tenant keeps nothing yet."""
        if self._index is None:
            self._enter(tables, None)
        return self._index

    def with_keys(self, tables: Tables, payloads: Sequence[str | None]) -> Sequence[str | None]:
        """Return payloads together with the keys that they need."""
        return self._keys.with_keys(tables, payloads)

    def seal_rows(
        self, tables: WritableTables, rows: Sequence[RecordRow], records: Sequence[Record]
    ) -> Sequence[RecordRow]:
        """Return the rows of records with what is sensitive sealed."""
        found = [self._kinds[row.kind].attributes if row.payload is not None else frozenset() for row in rows]
        split = [_split(row.payload, wanted) for row, wanted in zip(rows, found, strict=True)]
        about = [record.about() for record in records]
        keys = self._keys.of(tables, (who for who, (hidden, _) in zip(about, split, strict=True) if hidden))
        return [
            row._replace(payload=self._sealed(keys[who], (row.kind, row.id, row.version), hidden, rest))
            if hidden
            else row
            for row, who, (hidden, rest) in zip(rows, about, split, strict=True)
        ]

    def seal_events(self, tables: WritableTables, rows: Sequence[EventRow]) -> Sequence[EventRow]:
        """Return the rows of events with their data sealed, for whom they tell of."""
        split = [_split(row.payload, _DATA) for row in rows]
        told = zip(rows, split, strict=True)
        keys = self._keys.of(tables, ((row.subject_kind, row.subject_id) for row, (hidden, _) in told if hidden))
        return [
            row._replace(
                payload=self._sealed(keys[row.subject_kind, row.subject_id], ("event", row.id, 0), hidden, rest)
            )
            if hidden
            else row
            for row, (hidden, rest) in zip(rows, split, strict=True)
        ]

    def _sealed(self, key: DataKey, place: tuple[str, str, int], hidden: dict[str, bytes], rest: str) -> str:
        cipher = key.cipher(Place(self._tenant, *place))
        texts = {name: cipher.seal(name, plain, self._entropy(NOISE)) for name, plain in hidden.items()}
        return keyed(joined(texts, rest), {key.id: key})

    def open(self, kind: str, id_: str, version: int, payload: str) -> str:
        """Return a payload in clear; raise KeyUnavailable, which names the record and nothing that it holds."""
        place = Place(self._tenant, kind, id_, version)
        texts, rest = parted(payload, kind=kind, id=id_)
        ciphers = {}
        opened = []
        for name, text in texts.items():
            named = key_named(text, place)
            if named not in ciphers:
                ciphers[named] = self._key(payload, named, place).cipher(place)
            opened.append(f"{json.dumps(name)}:{ciphers[named].open(name, text).decode('utf-8')}")
        return "{" + ",".join(opened) + rest

    def _key(self, payload: str, named: str, place: Place) -> DataKey:
        found = payload.keys.get(named) if isinstance(payload, KeyedText) else None
        if isinstance(found, DataKey):
            return found
        raise KeyUnavailable(
            found or "its key was not looked for; read it through the store", kind=place.kind, id=place.id, key=named
        )

    def check_order(self, kind: str, order: Sequence[OrderBy]) -> None:
        """Refuse an order by sealed fields."""
        for one in order:
            if one.field in self._kinds[kind].fields:
                raise InputError(f"field {one.field!r} of {kind} is sealed, so records have no order by it")

    def check_question(self, askable: Askable, asked: Expression, askable_of: Callable[[str], Askable]) -> None:
        """Refuse what cannot be asked of sealed fields."""
        check_question(self._kinds, askable, asked, askable_of)

    def blind_question(self, kind: str, asked: Expression, index: BlindIndex) -> Expression:
        """Return a question about sealed fields as one about their blind indexes, which know no partial dates."""
        sealed = self._kinds[kind].fields

        def leaf(node: Compare | In) -> Expression:
            if node.field not in sealed:
                return node
            if node.type is FieldType.DATE:
                return ONLY_JUDGED
            if isinstance(node, Compare):
                return Compare(node.field, node.op, index.of(node.field, cast("Scalar", node.value)), type=node.type)
            blind = sorted(index.of(node.field, cast("Scalar", value)) for value in node.values)
            return In(node.field, blind, type=node.type)

        return with_leaves(asked, leaf)

    def blind_facts(self, kind: str, facts: Facts, index: BlindIndex) -> Facts:
        """Return facts with the values of sealed fields as blind indexes."""
        sealed = self._kinds[kind].fields
        if not sealed:
            return facts

        def blinded(keys: Iterable[str], values: Iterable[Scalar | None]) -> tuple[Scalar | None, ...]:
            return tuple(
                value if value is None or key not in sealed else self._mark(sealed[key], key, value, index)
                for key, value in zip(keys, values, strict=True)
            )

        return attrs.evolve(
            facts,
            one=blinded(facts.keys.one, facts.one),
            many={root: [blinded(facts.keys.many[root], item) for item in items] for root, items in facts.many.items()},
        )

    @staticmethod
    def _mark(mark: Scalar | None, key: str, value: Scalar, index: BlindIndex) -> Scalar:
        return index.of(key, value) if mark is None else mark

    def blind_claims(self, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        """Return claims whose values are blind indexes; called inside a unit of work only."""
        index = self._index
        if index is None:
            raise KeyUnavailable("claims are sealed inside a unit of work only")
        return tuple(sorted(Claim(kind, rule, index.of(f"{kind} {rule}", value)) for kind, rule, value in claims))


def _split(payload: str | None, wanted: frozenset[str]) -> tuple[dict[str, bytes], str]:
    """Return the JSON of the attributes that are to be sealed, and the payload without them."""
    if not wanted or payload is None:
        return {}, ""
    content = json.loads(payload)
    hidden = {name: _dump(content.pop(name)).encode("utf-8") for name in sorted(wanted & content.keys())}
    return hidden, _dump(content)


_DATA = frozenset({"data"})
