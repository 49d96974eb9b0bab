"""Letters cut into tokens: one pattern, in which nothing is tried twice."""

from __future__ import annotations

import math
import re
from enum import StrEnum
from typing import Any, NamedTuple

from crmcore.errors import QuerySyntaxError

__all__ = [
    "KEYWORDS",
    "LONGEST_TEXT",
    "MOST_LISTED",
    "RESERVED",
    "SIGNS",
    "Sort",
    "Token",
    "is_plain",
    "quoted",
    "token_at",
]

LONGEST_TEXT = 1_000_000
"""Characters of a question in text; a longer one goes as JSON."""
LONGEST_NUMBER = 60
"""Digits and signs of a number, far more than any needs."""
MOST_LISTED = 20_000
"""Values of one list in a text; JSON takes more."""

RESERVED = frozenset(
    """
    all and any between contains ends false has in is like no not or starts true
    """.split()
)
"""Words that are never the key of a field, unless in backticks."""

KEYWORDS = RESERVED | frozenset(
    """
    ago anniversary at before by count exactly first for km known last least max mean min missing most next none now
    null of sample score segment since start sum this to today tomorrow with within words yesterday
    second seconds minute minutes hour hours day days week weeks month months quarter quarters year years
    """.split()
)
"""Words that have a meaning where they stand; small and capital letters do not count."""

SIGNS = ("!==", "==", "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "+", "-")


class Sort(StrEnum):
    """What a token is, as messages call it."""

    WORD = "a word"
    KEY = "a key in backticks"
    TEXT = "a text in quotes"
    NUMBER = "a number"
    TIME = "a date"
    SIGN = "a sign"
    END = "the end"


class Token(NamedTuple):
    """One piece of a question.

    Attributes:
        sort: what it is.
        value: the text, number or key that it stands for; of a word or a sign, the letters themselves.
        word: of a word, its small letters; of a sign, the sign; else "".
        start, end: where it stands.

    """

    sort: Sort
    value: Any
    word: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""\s*+(?:
      (?P<WORD>[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z0-9_]++)*+)
    | (?P<TIME>[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:T[0-9:.]{4,20}+(?:Z|[+-][0-9]{2}:[0-9]{2})?+)?+)?+(?![0-9A-Za-z_]))
    | (?P<NUMBER>[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)
    | (?P<TEXT>"(?:[^"\\\n]++|\\[^\n])*+"|'(?:[^'\\\n]++|\\[^\n])*+')
    | (?P<KEY>`(?:[^`\\\n]++|\\[^\n])*+`)
    | (?P<SIGN>!==|==|!=|<>|<=|>=|[=<>(),+\-])
    | (?P<END>\Z)
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"\s*+")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+(?:\.[A-Za-z0-9_]++)*+")
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "`": "`", "\\": "\\"}
_CURLY = {"“", "”", "„", "‘", "’", "«", "»"}


def token_at(text: str, at: int) -> Token:
    """Return the token that begins at, or after the blanks at, a place."""
    found = _TOKEN.match(text, at)
    if found is None:
        raise _unread(text, at)
    name = found.lastgroup or ""
    sort, (start, end) = Sort[name], found.span(name)
    letters = text[start:end]
    match sort:
        case Sort.WORD:
            return Token(sort, letters, letters.lower(), start, end)
        case Sort.SIGN:
            return Token(sort, letters, letters, start, end)
        case Sort.NUMBER:
            return Token(sort, _number(letters, text, start), "", start, end)
        case Sort.TEXT | Sort.KEY:
            return Token(sort, _unescaped(letters[1:-1], text, start + 1), "", start, end)
        case _:
            return Token(sort, letters, "", start, end)


def _unread(text: str, at: int) -> QuerySyntaxError:
    blank = _BLANK.match(text, at)
    start = blank.end() if blank else at
    letter = text[start]
    if letter in "\"'`":
        stop = text.find("\n", start)
        what = "key" if letter == "`" else "text"
        message = f"the {what} that begins here has no end: close it with {letter} on the same line"
        return QuerySyntaxError(message, text=text, span=(start, stop if stop >= 0 else len(text)), expected=(letter,))
    if letter in _CURLY:
        return QuerySyntaxError('quotes are straight here: "', text=text, span=(start, start + 1), expected=('"',))
    hint = "; a key with other letters than a-z, 0-9 and _ stands in backticks" if letter.isalnum() else ""
    return QuerySyntaxError(f"{letter!r} means nothing here{hint}", text=text, span=(start, start + 1))


def _number(letters: str, text: str, start: int) -> int | float:
    span = (start, start + len(letters))
    if len(letters) > LONGEST_NUMBER:
        raise QuerySyntaxError(f"a number of more than {LONGEST_NUMBER} digits", text=text, span=span)
    if letters.isdigit():
        return int(letters)
    number = float(letters)
    if not math.isfinite(number):
        raise QuerySyntaxError("a number beyond the largest double", text=text, span=span)
    return number


def _unescaped(letters: str, text: str, start: int) -> str:
    if "\\" not in letters:
        return letters

    def meant(found: re.Match[str]) -> str:
        code, letter = found.groups()
        if code is not None and int(code, 16) <= 0x10FFFF:
            return chr(int(code, 16))
        if letter in _ESCAPED:
            return _ESCAPED[letter]
        span = (start + found.start(), start + found.end())
        wanted = '\\" \\\\ \\n \\t \\r or \\u{1F600}'
        raise QuerySyntaxError(f"an escape is one of {wanted}", text=text, span=span)

    return _ESCAPE.sub(meant, letters)


def quoted(text: str, quote: str = '"') -> str:
    r"""Return a text as the language writes it, between quotes.

    >>> print(quoted('5" disk\n'), quoted("a`b", "`"))
    "5\" disk\n" `a\`b`
    """
    if text.isprintable() and quote not in text and "\\" not in text:
        return f"{quote}{text}{quote}"
    return quote + "".join(_escaped(letter, quote) for letter in text) + quote


def _escaped(letter: str, quote: str) -> str:
    if letter in {quote, "\\"}:
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(letter, f"\\u{{{ord(letter):x}}}")


def is_plain(key: str) -> bool:
    """Say whether a key may stand without backticks."""
    return _PLAIN.fullmatch(key) is not None and key.lower() not in RESERVED
