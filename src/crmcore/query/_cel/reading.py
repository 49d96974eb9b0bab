"""CEL's own syntax: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

import attrs

from crmcore.errors import QuerySyntaxError
from crmcore.query._folding import MAX_DEPTH, MAX_NODES
from crmcore.query._text.lexing import LONGEST_NUMBER, LONGEST_TEXT
from crmcore.query._text.parsing import run
from crmcore.query.scalars import LARGEST_INTEGER

if TYPE_CHECKING:
    from collections.abc import Generator

    Reading: TypeAlias = Generator["Reading", Any, Any]

__all__ = ["Sort", "Syntax", "read"]

MOST_SYNTAX = 5 * MAX_NODES
"""Pieces of syntax, values aside; a leaf of the tree takes two or three."""


class Sort(StrEnum):
    """What a piece of syntax is."""

    LITERAL = "literal"
    NAME = "name"
    SELECT = "select"
    CALL = "call"
    METHOD = "method"
    LIST = "list"
    NOT = "!"
    MINUS = "-"
    AND = "&&"
    OR = "||"
    BINARY = "binary"


@attrs.frozen
class Syntax:
    """One piece of syntax.

    Attributes:
        sort: what it is.
        value: of a literal, what it stands for; of a name, a select, a call or a method, its name; else the sign.
        parts: what it is made of; of a method, its target first.
        span: where it stands.
        depth: how deep it nests.

    """

    sort: Sort
    value: Any
    parts: tuple[Syntax, ...]
    span: tuple[int, int]
    depth: int


class _Token(NamedTuple):
    kind: str
    letters: str
    start: int
    end: int


_BLANK = re.compile(r"(?:\s++|//[^\n]*+)*+")
_TOKEN = re.compile(
    r"""
      (?P<bytes>(?:[bB][rR]?|[rR][bB])["'])
    | (?P<text>[rR]?(?:\"{3}|'{3}|\"|'))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<number>0[xX][0-9a-fA-F]++[uU]?|[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?[uU]?|\.[0-9]++(?:[eE][+-]?[0-9]++)?)
    | (?P<sign>&&|\|\||==|!=|<=|>=|[<>!()\[\]{}.,?:+\-*/%])
    | (?P<end>\Z)
    """,
    re.VERBOSE,
)
_ENDS = {
    '"': re.compile(r'(?:[^"\\\n]++|\\[^\n])*+"'),
    "'": re.compile(r"(?:[^'\\\n]++|\\[^\n])*+'"),
    '"""': re.compile(r'(?:[^"\\]++|\\.|"(?!""))*+"""', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]++|\\.|'(?!''))*+'''", re.DOTALL),
}
_RAW_ENDS = {
    '"': re.compile(r'[^"\n]*+"'),
    "'": re.compile(r"[^'\n]*+'"),
    '"""': re.compile(r'(?:[^"]++|"(?!""))*+"""'),
    "'''": re.compile(r"(?:[^']++|'(?!''))*+'''"),
}
_ESCAPE = re.compile(r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
_ESCAPED = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_WORDS = {"true": True, "false": False, "null": None}
_RELATIONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def read(text: str) -> Syntax:
    """Return the syntax of a text; raise QuerySyntaxError where it has none, or where it is too large or too deep."""
    syntax: Syntax = run(_Reader(text).whole())
    return syntax


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > LONGEST_TEXT:
            self.fail(f"an expression has at most {LONGEST_TEXT:,} characters", (0, 1))
        self.made = 0
        self.open = 0
        self.end = 0
        self.next = self.token_at(0)

    def fail(self, message: str, span: tuple[int, int]) -> NoReturn:
        raise QuerySyntaxError(message, text=self.text, span=span)

    def token_at(self, at: int) -> _Token:
        blank = _BLANK.match(self.text, at)
        start = blank.end() if blank else at
        found = _TOKEN.match(self.text, start)
        if found is None:
            self.fail(f"{self.text[start]!r} means nothing in CEL", (start, start + 1))
        kind, end = found.lastgroup or "", found.end()
        if kind == "bytes":
            self.fail("bytes do not map: no field holds any", found.span())
        if kind == "text":
            end = self.end_of_text(found[0], end, start)
        return _Token(kind, self.text[start:end], start, end)

    def end_of_text(self, opening: str, at: int, start: int) -> int:
        ends = _RAW_ENDS if opening[0] in "rR" else _ENDS
        found = ends[opening.lstrip("rR")].match(self.text, at)
        if found is None:
            self.fail("the text that begins here has no end", (start, at))
        return found.end()

    def take(self) -> _Token:
        token = self.next
        self.end = token.end
        self.next = self.token_at(token.end)
        return token

    def sees(self, *signs: str) -> bool:
        return self.next.letters in signs and self.next.kind in {"sign", "name"}

    def accept(self, sign: str) -> bool:
        if self.sees(sign):
            self.take()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            found = f"'{self.next.letters[:40]}'" if self.next.kind != "end" else "the end"
            self.fail(f"expected '{sign}', not {found}", (self.next.start, self.next.end))

    def made_of(self, sort: Sort, value: Any, parts: tuple[Syntax, ...], start: int) -> Syntax:
        span = (start, self.end)
        self.made += sort is not Sort.LITERAL
        if self.made > MOST_SYNTAX:
            self.fail(f"the expression has more than {MAX_NODES:,} parts", span)
        depth = 1 + max((part.depth for part in parts), default=0)
        if depth > MAX_DEPTH:
            self.fail(f"the expression nests deeper than {MAX_DEPTH}", (start, start + 1))
        return Syntax(sort, value, parts, span, depth)

    def whole(self) -> Reading:
        syntax = yield self.expression()
        if self.next.kind != "end":
            self.fail(f"'{self.next.letters[:40]}' cannot follow here", (self.next.start, self.next.end))
        return syntax

    def nested(self) -> Reading:
        """Read an expression within brackets, of which not too many may be open."""
        self.open += 1
        if self.open > MAX_DEPTH:
            self.fail(f"the expression nests deeper than {MAX_DEPTH}", (self.next.start, self.next.end))
        syntax = yield self.expression()
        self.open -= 1
        return syntax

    def expression(self) -> Reading:
        syntax = yield self.joined(Sort.OR)
        if self.sees("?"):
            self.fail("'a ? b : c' does not map; write (a && b) || (!a && c)", (self.next.start, self.next.end))
        return syntax

    def joined(self, sort: Sort) -> Reading:
        start = self.next.start
        parts: list[Syntax] = []
        while not parts or self.accept(sort.value):
            parts.append((yield (self.joined(Sort.AND) if sort is Sort.OR else self.relation())))
            if len(parts) > MAX_NODES:
                self.fail(f"the expression has more than {MAX_NODES:,} parts", (start, self.end))
        return parts[0] if len(parts) == 1 else self.made_of(sort, sort.value, tuple(parts), start)

    def relation(self) -> Reading:
        start, left = self.next.start, (yield self.sum())
        if not self.sees(*_RELATIONS, "in"):
            return left
        sign = self.take().letters
        syntax = self.made_of(Sort.BINARY, sign, (left, (yield self.sum())), start)
        if self.sees(*_RELATIONS, "in"):
            self.fail("comparisons in a row do not map; join them by &&", (self.next.start, self.next.end))
        return syntax

    def sum(self) -> Reading:
        start, left = self.next.start, (yield self.unary())
        while self.sees("+", "-", "*", "/", "%"):
            sign = self.take()
            if sign.letters in {"*", "/", "%"}:
                self.fail(f"arithmetic ('{sign.letters}') does not map", (sign.start, sign.end))
            left = self.made_of(Sort.BINARY, sign.letters, (left, (yield self.unary())), start)
        return left

    def unary(self) -> Reading:
        starts, sign = [], self.next.letters
        while self.sees("!", "-") and self.next.letters == sign:
            starts.append(self.take().start)
            if len(starts) > MAX_DEPTH:
                self.fail(f"the expression nests deeper than {MAX_DEPTH}", (self.next.start, self.next.end))
        syntax = yield self.member()
        for start in reversed(starts):
            syntax = self.made_of(Sort(sign), sign, (syntax,), start)
        return syntax

    def member(self) -> Reading:
        start, syntax = self.next.start, (yield self.primary())
        while True:
            if self.accept("."):
                name = self.name()
                is_call = self.accept("(")
                parts = (syntax, *(yield self.arguments(")"))) if is_call else (syntax,)
                syntax = self.made_of(Sort.METHOD if is_call else Sort.SELECT, name, parts, start)
            elif self.sees("[", "{"):
                what = "an index" if self.next.letters == "[" else "a message"
                self.fail(f"{what} ('{self.next.letters}') does not map", (self.next.start, self.next.end))
            else:
                return syntax

    def name(self) -> str:
        if self.next.kind != "name":
            self.fail("expected a name", (self.next.start, self.next.end))
        return self.take().letters

    def arguments(self, closing: str) -> Reading:
        found: list[Syntax] = []
        while not self.sees(closing):
            found.append((yield self.nested()))
            if not self.accept(","):
                break
        self.expect(closing)
        return found

    def primary(self) -> Reading:
        token = self.next
        if self.accept("("):
            syntax = yield self.nested()
            self.expect(")")
            return syntax
        if self.accept("["):
            parts = yield self.arguments("]")
            return self.made_of(Sort.LIST, "[", tuple(parts), token.start)
        if token.kind == "name":
            self.take()
            if token.letters in _WORDS:
                return self.made_of(Sort.LITERAL, _WORDS[token.letters], (), token.start)
            if self.accept("("):
                return self.made_of(Sort.CALL, token.letters, tuple((yield self.arguments(")"))), token.start)
            return self.made_of(Sort.NAME, token.letters, (), token.start)
        if token.kind in {"text", "number"}:
            self.take()
            value = self.text_of(token) if token.kind == "text" else self.number_of(token)
            return self.made_of(Sort.LITERAL, value, (), token.start)
        if token.letters == "{":
            self.fail("a map does not map to a question", (token.start, token.end))
        found = "the end" if token.kind == "end" else f"'{token.letters[:40]}'"
        self.fail(f"expected a field, a value or '(', not {found}", (token.start, token.end))

    def number_of(self, token: _Token) -> int | float:
        letters, span = token.letters.lower(), (token.start, token.end)
        if len(letters) > LONGEST_NUMBER:
            self.fail(f"a number of more than {LONGEST_NUMBER} digits", span)
        whole = letters.removesuffix("u")
        if whole.isdigit() or letters.startswith("0x"):
            number = int(whole, 16 if letters.startswith("0x") else 10)
            if number > LARGEST_INTEGER + 1:  # and that one only after a minus
                self.fail("a whole number goes to 64 bits", span)
            return number
        if whole != letters or float(letters) == float("inf"):
            self.fail("that is no number", span)
        return float(letters)

    def text_of(self, token: _Token) -> str:
        letters = token.letters.lstrip("rR")
        width = 3 if letters[:3] in _ENDS and len(letters) >= 6 else 1
        inner = letters[width:-width]
        if token.letters[0] in "rR" or "\\" not in inner:
            return inner

        def meant(found: re.Match[str]) -> str:
            *codes, letter = found.groups()
            code = next((int(code, 8 if place == 3 else 16) for place, code in enumerate(codes) if code), None)
            if code is None and found.group(0)[1:] not in _ESCAPED:
                code = 0 if any(codes) else 0x110000
            if code is not None and code > 0x10FFFF:
                self.fail(f"CEL has no escape {found[0]!r}", (token.start, token.end))
            return _ESCAPED[letter] if code is None else chr(code)

        return _ESCAPE.sub(meant, inner)
