"""Records could not be read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcore.errors._root import CrmcoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AlreadyDone",
    "BackupDamaged",
    "Conflict",
    "KeyUnavailable",
    "LeaseLost",
    "NotEmpty",
    "NotFound",
    "OutcomeUnknown",
    "Overtaken",
    "SchemaMismatch",
    "SchemaOutdated",
    "StoreClosed",
    "StoreError",
    "StoreUnavailable",
    "Taken",
    "Tampered",
    "UnitMisuse",
]


class StoreError(CrmcoreError, RuntimeError):
    """Records could not be read or written."""


class NotFound(StoreError, LookupError):
    """No record of that kind has the id."""

    def __init__(self, kind: str, id: str) -> None:  # noqa: A002 - the field's own name
        self.kind = kind
        self.id = id
        super().__init__(f"there is no {kind} with id {id!r}")


class Conflict(StoreError):
    """The record changed since it was read.

    Attributes:
        kind, id: the record.
        expected: the version that the writer had seen (0: none).
        actual: the version that is stored now (0: none).
        stored: the record as it is stored now, or None.
        offered: the record that was to be written, or None for a removal.

    """

    def __init__(self, *, kind: str, id: str, expected: int, actual: int, stored: Any, offered: Any) -> None:  # noqa: A002
        self.kind = kind
        self.id = id
        self.expected = expected
        self.actual = actual
        self.stored = stored
        self.offered = offered
        removed = stored is None and actual > 0
        super().__init__(
            f"{kind} {id!r} {'was removed' if removed else 'is'} at version {actual}, "
            f"the write expected version {expected}; "
            + (
                f"to bring it back, put it with version {actual}"
                if removed
                else "read it again, apply the change to what is there now, and write once more"
            )
        )


class Taken(StoreError):
    """Another record holds a value that only one may hold at a time.

    Attributes:
        kind, id: the record that was to be written.
        rule: the name of the unique key.
        holder: the id of the record that holds it.

    """

    def __init__(self, *, kind: str, id: str, rule: str, holder: str) -> None:  # noqa: A002 - the field's own name
        self.kind = kind
        self.id = id
        self.rule = rule
        self.holder = holder
        super().__init__(
            f"{kind} {id!r} cannot have its {rule!r}: {kind} {holder!r} holds it; change or remove that one first"
        )


class Overtaken(StoreError):
    """Later changes concern the values that were to be set back; nothing was written.

    Attributes:
        kind, id: the record.
        version: the version whose change was to be undone.
        paths: the values that were changed since; empty where the record as a whole was.

    """

    def __init__(self, *, kind: str, id: str, version: int, paths: Sequence[str]) -> None:  # noqa: A002
        self.kind = kind
        self.id = id
        self.version = version
        self.paths = tuple(paths)
        fields = dict.fromkeys(path.partition("/")[0] for path in self.paths)  # a key of an item is content
        what = f"{', '.join(fields)} changed" if fields else "it was brought back or changed"
        super().__init__(
            f"version {version} of {kind} {id!r} cannot be undone: {what} since; undo the later changes first, or put "
            "the record as it should be"
        )


class AlreadyDone(StoreError):
    """A unit of work with this key was committed before; nothing was done now.

    Attributes:
        unit: what was committed (a :class:`crmcore.ports.StoredUnit`).

    """

    def __init__(self, unit: Any) -> None:
        self.unit = unit
        super().__init__(f"the unit of work with the key {unit.key!r} was committed before, as number {unit.number}")


class OutcomeUnknown(StoreError, OSError):
    """The connection was lost while a unit was being committed, and the store cannot be asked whether it was."""


class LeaseLost(StoreError):
    """The lease of a delivery ran out, and another worker has it or has settled it."""

    def __init__(self, *, consumer: str, seq: int) -> None:
        self.consumer = consumer
        self.seq = seq
        super().__init__(f"event {seq} is no longer leased to this worker of {consumer!r}; leave it to the other one")


class Tampered(StoreError):
    """The history is not what was written.

    Attributes:
        unit: the number of the first unit at which it shows.

    """

    def __init__(self, unit: int, what: str) -> None:
        self.unit = unit
        self.what = what
        super().__init__(f"unit {unit}: {what}; compare with a backup")


class BackupDamaged(StoreError):
    """A file that is not, or not any more, what a backup wrote; nothing was taken from it.

    Attributes:
        path: the file, as it was given.
        what: what is wrong with it.

    """

    def __init__(self, path: object, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path}: {what}; use another backup")


class NotEmpty(StoreError):
    """A backup goes into an empty tenant only, so that nothing is mixed or lost; nothing was touched.

    Attributes:
        tenant: the one that keeps something already.

    """

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        super().__init__(f"the tenant {tenant!r} keeps records already; name another tenant, or a new database")


class KeyUnavailable(StoreError):
    """A sealed value cannot be opened, or nothing can be sealed: the key is missing, another one, or destroyed.

    It never carries a value or a key.

    Attributes:
        kind, id: the record or event that could not be opened; "" where it is none in particular. A stream may go on
            after the id.
        key: the id of the key, "" where it is not known.

    """

    def __init__(self, message: str, *, kind: str = "", id: str = "", key: str = "") -> None:  # noqa: A002
        self.kind = kind
        self.id = id
        self.key = key
        super().__init__(f"{kind} {id!r}: {message}" if kind else message)


class StoreClosed(StoreError):
    """The store or the unit of work was used after its end."""


class UnitMisuse(StoreError):
    """A unit of work inside another, or a store or unit used by a thread or process that it is not for."""


class StoreUnavailable(StoreError, OSError):
    """The database answered with a failure of its own: locked, full, not writable, damaged."""


class SchemaMismatch(StoreError):
    """The database was written by a newer crmcore, or is not a crmcore database."""


class SchemaOutdated(SchemaMismatch):
    """The database was written by an older crmcore; nothing was touched."""
