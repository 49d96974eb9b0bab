"""What came in cannot be used."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from crmcore._messages import offered, pointed_at
from crmcore.errors._root import CrmcoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ContradictoryDecisions",
    "EncodingsDiffer",
    "InputError",
    "QuerySyntaxError",
    "UncheckedQuestion",
    "UnknownChoice",
    "UnknownColumn",
    "UnknownField",
    "UnreadableFile",
    "UnsupportedData",
    "UnwritableFile",
]


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
        near = get_close_matches(str(self.column), map(str, self.columns), n=1)
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


class UncheckedQuestion(InputError, TypeError):
    """A question that a compiler was given as it was written, with what only types, the time or a place decide."""


class EncodingsDiffer(InputError):
    """Encodings of two parties that cannot be compared, for they were not made in the same way.

    Attributes:
        what: "schema" or "secret".
        left, right: by what either is told from the other; nothing in it is secret.

    >>> print(EncodingsDiffer("secret", "1f", "2e"))
    the encodings were made with different secrets (1f and 2e); encode again, both with the same one
    """

    def __init__(self, what: str, left: str, right: str) -> None:
        self.what = what
        self.left = left
        self.right = right
        how = "by" if what == "schema" else "with"
        super().__init__(
            f"the encodings were made {how} different {what}s ({left} and {right}); encode again, both {how} the same "
            "one"
        )


class UnsupportedData(InputError, TypeError):
    """An object that is not a table that crmcore can read."""

    def __init__(self, data: object, *, rows: str = "mappings or records") -> None:
        """Tell the type of *data*, and of what *rows* may be instead."""
        self.type = type(data)
        super().__init__(
            f"cannot read {self.type.__module__}.{self.type.__qualname__} as a table; pass a pandas or polars "
            f"DataFrame, a pyarrow Table, a DuckDB relation, a mapping of columns, or an iterable of {rows}"
        )


class ContradictoryDecisions(InputError):
    """Decisions that cannot all be obeyed.

    Attributes:
        chain: keys of records, each said to be the same as the next, the first and the last to be different.

    """

    def __init__(self, chain: Sequence[str]) -> None:
        self.chain = tuple(chain)
        first, *rest = map(repr, self.chain)
        super().__init__(
            f"{first} is the same as {', which is the same as '.join(rest)}, but {first} and {rest[-1]} are said to be"
            " different; withdraw one of these decisions"
        )
