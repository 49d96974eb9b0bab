"""What the databases call the same things differently, and the parameters of one statement.

Every value of a question is a parameter, each once; a statement has so many and no more, so whoever needs another asks
whether there is room before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Crowded", "Saying"]

MOST_VALUES = 30_000
"""Parameters of one statement; SQLite takes 32,766, PostgreSQL 65,535."""
MOST_DOUBLES = 500
"""Doubles in one list on SQLite, which rounds some where it reads JSON: each is a parameter of its own."""
FEW = 20
"""Values of a list that are parameters of their own on SQLite."""
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What ends a word, of the signs that folding leaves."""
AT_ONCE = 11
"""How many of them are replaced in one expression."""


class Crowded(Exception):
    """One statement has no room for what a leaf asks."""


class Saying:
    """Writes values and functions in the words of one database."""

    def __init__(self, dialect: str) -> None:
        self.is_sqlite = dialect == "sqlite"
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[type, object], str] = {}

    def value(self, value: object) -> str:
        """Return a parameter that stands for the value."""
        place = (value.__class__, value)
        if place not in self._names:
            self._names[place] = self._one(value)
        return self._names[place]

    def listed(self, values: Sequence[object]) -> str:
        """Return what stands after a value to say that it is one of a list, which is one parameter where it can be."""
        if not self.is_sqlite:
            return f"= ANY({self._one(list(values))})"
        has_doubles = any(isinstance(value, float) for value in values)
        if has_doubles and len(values) > MOST_DOUBLES:
            raise Crowded
        if has_doubles or len(values) <= FEW:  # one by one, they let an index lead to the rows
            return f"IN ({', '.join(map(self.value, values))})"
        given = [int(value) if isinstance(value, bool) else value for value in values]
        return f"IN (SELECT value FROM json_each({self._one(json.dumps(given))}))"  # noqa: S608 - a parameter's name

    def _one(self, value: object) -> str:
        """Return a new parameter, of a value or of a whole list."""
        if len(self.values) >= MOST_VALUES:
            raise Crowded
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def has(self, text: str, letters: str) -> str:
        """Return when a text holds letters."""
        function = "instr" if self.is_sqlite else "strpos"
        return f"{function}({text}, {self.value(letters)}) > 0"

    def ends(self, text: str, letters: str) -> str:
        """Return when a text ends in letters."""
        cut = f"substr({text}, -{len(letters)})" if self.is_sqlite else f"right({text}, {len(letters)})"
        return f"{cut} = {self.value(letters)}"

    def has_word(self, text: str, word: str) -> str:
        """Return when a folded text has a word of ASCII letters and digits as a whole."""
        if self.is_sqlite:
            return f"(' ' || {text} || ' ') GLOB {self.value(f'*[^a-z0-9]{word}[^a-z0-9]*')}"
        return f"(' ' || {text} || ' ') ~ {self.value(f'[^a-z0-9]{word}[^a-z0-9]')}"

    def spaced(self, text: str) -> str:
        """Return a folded text with one blank for each run of signs that end a word, and blanks around it."""
        if not self.is_sqlite:
            return f"(' ' || regexp_replace({text}, '[^a-z0-9]+', ' ', 'g') || ' ')"
        said = ""
        for start in range(0, len(PUNCTUATION), AT_ONCE):  # statement by statement, as its parser nests only so deep
            column = "x" if start else text
            for sign in PUNCTUATION[start : start + AT_ONCE]:
                quoted = sign.replace("'", "''")
                column = f"replace({column}, '{quoted}', ' ')"
            said = f"SELECT {column} AS x FROM ({said})" if start else f"SELECT {column} AS x"  # noqa: S608 - literals
        # No sign is left, so two of them can stand for a blank: of a run, all but the ends go.
        return f"(SELECT ' ' || replace(replace(replace(x, ' ', '<>'), '><', ''), '<>', ' ') || ' ' FROM ({said}))"  # noqa: S608 - as above

    def whole_sum(self, column: str) -> str:
        """Return the exact sum of whole numbers, rounded once to a double; no half of one overflows.

        The halves are of 32 bits; what the lower ones carry goes to the upper, which a double then holds exactly.
        """
        if not self.is_sqlite:
            return f"CAST(SUM({column}) AS double precision)"
        low = f"SUM({column} & 4294967295)"
        return f"(CAST(SUM({column} >> 32) + ({low} >> 32) AS REAL) * 4294967296.0 + ({low} & 4294967295))"
