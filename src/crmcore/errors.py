"""Everything that crmcore raises, as one tree.

Each error is also the builtin that one would catch for it, keeps its facts as attributes, and says what went wrong,
where, and what to do next::

    CrmcoreError
    ├── InputError (ValueError)             what came in cannot be used
    │   ├── UnreadableFile (OSError)        a file as a whole: missing, empty, wrong format, broken encoding
    │   ├── UnwritableFile (OSError)        a file that cannot be written, or a value that its format cannot hold
    │   ├── UnknownColumn (KeyError)        a column that the data does not have; the nearest names are offered
    │   ├── UnknownField (KeyError)         a field that nobody can ask about; the nearest names are offered
    │   ├── UnknownChoice                   a word that is no option of a choice; the nearest options are offered
    │   ├── UncheckedQuestion (TypeError)   a question that is asked as it was written: check and resolve it first
    │   ├── QuerySyntaxError                a question in text that does not read as one; a caret shows where
    │   └── UnsupportedData (TypeError)     an object that is no table
    ├── LawBroken (ValueError)              a rule of the domain refuses the change
    ├── StoreError (RuntimeError)           records could not be read or written
    │   ├── NotFound (LookupError)          no record of that kind has the id
    │   ├── Conflict                        the record changed since it was read; both versions are attached
    │   ├── Taken                           another record holds a value that only one may hold
    │   ├── Overtaken                       later changes concern what is to be undone
    │   ├── AlreadyDone                     a unit of work with this key was committed before
    │   ├── OutcomeUnknown                  the connection was lost during the commit; ask again with the key
    │   ├── LeaseLost                       another worker has the delivery by now
    │   ├── Tampered                        the history is not what was written
    │   ├── BackupDamaged                   a backup that is altered, cut short, or none
    │   ├── NotEmpty                        something is kept already where a backup was to go
    │   ├── KeyUnavailable                  what is sealed cannot be opened, or nothing can be sealed
    │   ├── StoreClosed                     used after close, or outside a unit of work
    │   ├── UnitMisuse                      a unit inside a unit, or used by a thread or process that it is not for
    │   ├── StoreUnavailable (OSError)      locked for too long, disk full, not writable, damaged
    │   └── SchemaMismatch                  written by a newer crmcore, or not a crmcore store
    │       └── SchemaOutdated              written by an older crmcore; upgrade it
    ├── FieldHidden (PermissionError)       asked about by somebody who may not see it
    ├── StalePlan (RuntimeError)            the store changed between planning and committing
    └── MissingExtra (ImportError)          an optional dependency is not installed; the pip command is in the message
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from crmcore._messages import offered, pointed_at
from crmcore._reviving import revived

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "AlreadyDone",
    "BackupDamaged",
    "Conflict",
    "CrmcoreError",
    "FieldHidden",
    "InputError",
    "KeyUnavailable",
    "LawBroken",
    "LeaseLost",
    "MissingExtra",
    "NotEmpty",
    "NotFound",
    "OutcomeUnknown",
    "Overtaken",
    "QuerySyntaxError",
    "SchemaMismatch",
    "SchemaOutdated",
    "StalePlan",
    "StoreClosed",
    "StoreError",
    "StoreUnavailable",
    "Taken",
    "Tampered",
    "UncheckedQuestion",
    "UnitMisuse",
    "UnknownChoice",
    "UnknownColumn",
    "UnknownField",
    "UnreadableFile",
    "UnsupportedData",
    "UnwritableFile",
]


class CrmcoreError(Exception):
    """The root: ``except CrmcoreError`` catches whatever crmcore itself refuses.

    Attributes:
        span: where in the text of a question the fault stands, as the first character and the one after the last;
            None where no text was read. A note of the error then shows the line, with a caret.

    """

    span: tuple[int, int] | None = None

    def __reduce__(self) -> tuple[Any, ...]:  # so that it goes from one process to another, whatever it is made of
        return revived, (type(self), self.args), self.__dict__


class InputError(CrmcoreError, ValueError):
    """What came in cannot be used."""


class UnreadableFile(InputError, OSError):
    """A file that cannot be read as a table.

    Attributes:
        path: the file, as it was given.
        code: a stable word for the cause, such as ``empty`` or ``not-a-workbook``.

    """

    def __init__(self, path: object, code: str, message: str) -> None:
        self.path = path
        self.code = code
        self.message = message
        super().__init__(f"{path}: {message}")

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class UnwritableFile(InputError, OSError):
    """A file that cannot be written, or a value that its format cannot hold; what stood there before is untouched.

    Attributes:
        path: the file, as it was given.
        code: a stable word for the cause, such as ``cell-too-long``.
        row: 0-based row of the value at fault, or None.
        column: name of the column of the value at fault, or None.

    """

    def __init__(
        self, path: object, code: str, message: str, *, row: int | None = None, column: str | None = None
    ) -> None:
        self.path = path
        self.code = code
        self.message = message
        self.row = row
        self.column = column
        super().__init__(f"{path}: {message}")

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class UnknownColumn(InputError, KeyError):
    """A column that the data does not have.

    >>> print(UnknownColumn("emial", ["email", "name"]))
    there is no column 'emial'; did you mean 'email'? The columns are: 'email', 'name'
    """

    def __init__(self, column: str, columns: Iterable[str]) -> None:
        self.column = column
        self.columns: Sequence[str] = tuple(columns)
        super().__init__(column)

    def __str__(self) -> str:
        near = get_close_matches(self.column, self.columns, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        listed = ", ".join(repr(name) for name in self.columns[:20]) or "none"
        more = f" and {len(self.columns) - 20} more" if len(self.columns) > 20 else ""
        return f"there is no column {self.column!r}{hint} The columns are: {listed}{more}"


class UnknownField(InputError, KeyError):
    """A field that is asked about and that there is not.

    Attributes:
        field: the key as it was given.
        fields: the keys that there are.
        of: what was asked about, such as ``contact``.
        sort: "field", or "relation".

    >>> print(UnknownField("emial", ["email", "email_state", "name"], of="contact"))
    contact has no field 'emial'; did you mean 'email'?
    """

    def __init__(self, field: str, fields: Iterable[str], *, of: str, sort: str = "field") -> None:
        self.field = field
        self.fields: Sequence[str] = tuple(fields)
        self.of = of
        self.sort = sort
        super().__init__(field)

    def __str__(self) -> str:
        shown = self.field[:100]  # a longer one is no slip of the pen, and costly to compare
        return f"{self.of} has no {self.sort} {shown!r}; {offered(shown, self.fields)}"


class UnknownChoice(InputError):
    """A word that is asked for of a choice, and that is none of its options: nobody would be found.

    Attributes:
        option: the word as it was given.
        options: those that there are.
        field: the key of the field.
        of: what was asked about, such as ``contact``.

    >>> print(UnknownChoice("refered", ["applied", "referred"], field="origin", of="contact"))
    field 'origin' of contact has no option 'refered'; did you mean 'referred'?
    """

    def __init__(self, option: str, options: Iterable[str], *, field: str, of: str) -> None:
        self.option = option
        self.options: Sequence[str] = tuple(options)
        self.field = field
        self.of = of
        shown = option[:100]
        super().__init__(f"field {field!r} of {of} has no option {shown!r}; {offered(shown, self.options)}")


class QuerySyntaxError(InputError):
    """A question in text that does not read as one.

    Attributes:
        message: what is wrong.
        text: what was read.
        span: the characters at fault.
        line, column: where they begin, counted from 1.
        expected: what could have stood there: words and signs of the language, or names of what is missing.

    >>> print(QuerySyntaxError("expected 'between' or 'in', not 'betwen'", text="born betwen 1 and 2", span=(5, 11)))
    line 1, column 6: expected 'between' or 'in', not 'betwen'
      born betwen 1 and 2
           ^^^^^^
    """

    span: tuple[int, int]

    def __init__(self, message: str, *, text: str, span: tuple[int, int], expected: Iterable[str] = ()) -> None:
        self.message = message
        self.text = text
        self.span = span
        self.expected: Sequence[str] = tuple(expected)
        self.line = text.count("\n", 0, span[0]) + 1
        self.column = span[0] - text.rfind("\n", 0, span[0])
        super().__init__(message)

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}\n{pointed_at(self.text, self.span)}"


class FieldHidden(CrmcoreError, PermissionError):
    """A field that is asked about and that whoever asks may not see; the answer would give it away.

    Attributes:
        field: its key; empty where not even that is told.
        of: what was asked about, such as ``contact``.
        by: what would tell of it, such as ``words`` or ``segment 'seniors'``; empty where it was asked about itself.

    """

    def __init__(self, field: str, *, of: str, by: str = "") -> None:
        self.field = field
        self.of = of
        self.by = by
        named = f"field {field[:100]!r}" if field else "a field"
        super().__init__(
            f"{by} of {of} may not be asked for: the answer would tell of {named} that is hidden from whoever asks"
            if by
            else f"{named} of {of} may not be asked about: it is hidden from whoever asks"
        )


class UncheckedQuestion(InputError, TypeError):
    """A question that a compiler was given as it was written, with what only types, the time or a place decide."""


class UnsupportedData(InputError, TypeError):
    """An object that is not a table that crmcore can read."""

    def __init__(self, data: object, *, rows: str = "mappings or records") -> None:
        """Tell the type of *data*, and of what *rows* may be instead."""
        self.type = type(data)
        super().__init__(
            f"cannot read {self.type.__module__}.{self.type.__qualname__} as a table; pass a pandas or polars "
            f"DataFrame, a pyarrow Table, a DuckDB relation, a mapping of columns, or an iterable of {rows}"
        )


class LawBroken(CrmcoreError, ValueError):
    """A rule of the domain refuses the change."""


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


class StalePlan(CrmcoreError, RuntimeError):
    """The store changed between planning and committing; plan again."""


class MissingExtra(CrmcoreError, ImportError):
    """An optional dependency is not installed.

    >>> print(MissingExtra("read spreadsheets", "sheets"))
    to read spreadsheets, install the extra: pip install 'crmcore[sheets]'
    """

    def __init__(self, purpose: str, extra: str) -> None:
        self.purpose = purpose
        self.extra = extra
        super().__init__(f"to {purpose}, install the extra: pip install 'crmcore[{extra}]'")
