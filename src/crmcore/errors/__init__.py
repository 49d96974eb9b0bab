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
    │   ├── EncodingsDiffer                 two parties' filters, by another schema or with another secret
    │   ├── UnsupportedData (TypeError)     an object that is no table
    │   └── ContradictoryDecisions          people said that records are the same, and that they are different
    ├── LawBroken (ValueError)              a rule of the domain refuses the change
    │   ├── IllegalStep                     a step that the state or the pipeline does not allow; with what it allows
    │   └── ReplyRefused                    an answer to an invitation that does not count; with why
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

A record that is made of wrong values is refused by pydantic, as any model is: its ``ValidationError`` is a ValueError
too, and tells the path of each field. Functions, whatever reads bytes or text, and the verbs of a database raise
InputError for the same, so that ``except ValueError`` takes both.

>>> from crmcore.model.hiring import Job
>>> from crmcore.hiring.invitations import read_calendar
>>> for make in (lambda: Job(id="j-1", title="", pipeline="p-1"), lambda: read_calendar(b"")):
...     try:
...         make()
...     except ValueError as refused:
...         print(type(refused).__name__)
ValidationError
UnreadableFile
>>> try:
...     raise UnknownColumn("emial", ["email", "name"])
... except ValueError as refused:
...     print(type(refused).__name__, refused)
UnknownColumn there is no column 'emial'; did you mean 'email'? The columns are: 'email', 'name'
"""

from __future__ import annotations

from crmcore.errors._input import (
    ContradictoryDecisions,
    EncodingsDiffer,
    InputError,
    QuerySyntaxError,
    UncheckedQuestion,
    UnknownChoice,
    UnknownColumn,
    UnknownField,
    UnreadableFile,
    UnsupportedData,
    UnwritableFile,
)
from crmcore.errors._other import (
    FieldHidden,
    IllegalStep,
    LawBroken,
    MissingExtra,
    ReplyRefused,
    StalePlan,
)
from crmcore.errors._root import (
    CrmcoreError,
)
from crmcore.errors._store import (
    AlreadyDone,
    BackupDamaged,
    Conflict,
    KeyUnavailable,
    LeaseLost,
    NotEmpty,
    NotFound,
    OutcomeUnknown,
    Overtaken,
    SchemaMismatch,
    SchemaOutdated,
    StoreClosed,
    StoreError,
    StoreUnavailable,
    Taken,
    Tampered,
    UnitMisuse,
)

__all__ = [
    "AlreadyDone",
    "BackupDamaged",
    "Conflict",
    "ContradictoryDecisions",
    "CrmcoreError",
    "EncodingsDiffer",
    "FieldHidden",
    "IllegalStep",
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
    "ReplyRefused",
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

for _name in __all__:  # a traceback names the place to import it from
    globals()[_name].__module__ = __name__
