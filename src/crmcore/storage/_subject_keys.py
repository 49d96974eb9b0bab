"""The data keys of one tenant: one for each person, wrapped by the keyring, kept in rows beside the data.

To destroy a person's row is to shred what it sealed, in the history too and in every backup made from then on. Older
backups hold the row still, wrapped: there it is shredded when they expire. The row is asked for at every reading, so a
destroyed key is gone at once; what is remembered only saves asking the keyring.
"""

from __future__ import annotations

import hmac
import json
import re
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from crmcore.errors import KeyUnavailable
from crmcore.storage._envelope import SECRET, BlindIndex, DataKey, key_id
from crmcore.storage._rows import KeyRow
from crmcore.storage._sealed_text import head, keyed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmcore.model.field import Sensitivity
    from crmcore.ports import Entropy, Keyring
    from crmcore.storage._rows import Tables, WritableTables

__all__ = ["SubjectKeys"]

REMEMBERED = 10_000
"""Unwrapped keys that a store keeps in memory."""

Subject = tuple[str, str]

_KEY_IDS = re.compile(r'"1\.A256GCM\.([0-9a-f]{32})\.')


class SubjectKeys:
    """Finds, makes and remembers data keys."""

    def __init__(self, *, tenant: str, keyring: Keyring, entropy: Entropy) -> None:
        self._tenant = tenant
        self._keyring = keyring
        self._entropy = entropy
        self._known: OrderedDict[KeyRow, DataKey] = OrderedDict()
        self._lock = Lock()

    def index(self, row: KeyRow) -> BlindIndex:
        """Return the tenant's blind index; raise KeyUnavailable."""
        return BlindIndex(self._opened(row).secret)

    def make_index(self, tables: WritableTables, sensitivity: Sensitivity) -> BlindIndex:
        """Lay down the tenant's own key, and from which sensitivity on everything is sealed."""
        return BlindIndex(self._made(tables, [("", sensitivity.value)])[0].secret)

    def with_keys(self, tables: Tables, payload: Sequence[str | None]) -> Sequence[str | None]:
        """Return payloads together with the keys that they need, fetched at once."""
        named = [frozenset(_KEY_IDS.findall(head(text))) for text in payload]
        wanted = sorted(frozenset[str]().union(*named))
        if not wanted:
            return payload
        rows = tables.data_keys(wanted)
        keys = {id_: self._tried(rows.get(id_)) for id_ in wanted}
        return [
            text if not ids or text is None else keyed(text, keys) for text, ids in zip(payload, named, strict=True)
        ]

    def of(self, tables: WritableTables, subjects: Iterable[Subject]) -> Mapping[Subject, DataKey]:
        """Return the key of each person for new values; it is made where there is none."""
        wanted = list(dict.fromkeys(subjects))
        rows = tables.current_keys(wanted)
        found = {subject: self._opened(row) for subject, row in rows.items() if row.wrapped is not None}
        missing = [subject for subject in wanted if subject not in found]
        numbers = {subject: row.number for subject, row in rows.items()}
        return {**found, **dict(zip(missing, self._made(tables, missing, numbers), strict=True))}

    def _made(
        self, tables: WritableTables, subjects: Sequence[Subject], numbers: Mapping[Subject, int] | None = None
    ) -> Sequence[DataKey]:
        if not subjects:
            return ()
        using = self._keyring.current(self._tenant)
        secrets = [self._entropy(SECRET) for _ in subjects]
        keys = [DataKey(id=key_id(secret), secret=secret) for secret in secrets]
        ids = [key.id for key in keys]
        if len(set(ids)) < len(ids) or tables.data_keys(ids) or any(len(secret) != SECRET for secret in secrets):
            raise KeyUnavailable("the source of randomness repeats itself; nothing was written")
        rows = []
        for (kind, id_), key in zip(subjects, keys, strict=True):
            row = KeyRow(key.id, kind, id_, (numbers or {}).get((kind, id_), 0) + 1, using, None)
            wrapped = self._keyring.wrap(key.secret, tenant=self._tenant, using=using, context=_context(row))
            rows.append(row._replace(wrapped=wrapped.hex()))
            self._remember(rows[-1], key)
        tables.add_keys(rows)
        return keys

    def _tried(self, row: KeyRow | None) -> DataKey | str:
        """Return the key or why there is none: one record that cannot be opened does not hide the others."""
        if row is None or row.wrapped is None:
            return "its key was destroyed, or is not in this database"
        try:
            return self._opened(row)
        except KeyUnavailable as error:
            return str(error)

    def _opened(self, row: KeyRow) -> DataKey:
        with self._lock:
            if (known := self._known.get(row)) is not None:
                self._known.move_to_end(row)
                return known
        try:
            wrapped = bytes.fromhex(row.wrapped or "")
        except ValueError:
            wrapped = b""
        secret = self._keyring.unwrap(wrapped, tenant=self._tenant, using=row.wrapped_by, context=_context(row))
        if len(secret) != SECRET or not hmac.compare_digest(key_id(secret), row.id):
            del secret
            raise KeyUnavailable(
                "the keyring gave another key than it was given; check which keyring it is", key=row.id
            )
        key = DataKey(id=row.id, secret=secret)
        self._remember(row, key)
        return key

    def _remember(self, row: KeyRow, key: DataKey) -> None:
        with self._lock:
            self._known[row] = key
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)


def _context(row: KeyRow) -> bytes:
    """Return what a wrapped key is bound to; the id is made from the key, so no two keys share it."""
    told = ["crmcore data key 1", row.id, row.subject_kind, row.subject_id, row.number]
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode("ascii")
