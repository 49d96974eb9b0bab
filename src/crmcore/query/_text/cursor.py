"""Tokens looked at and taken, and what could have stood there instead."""

from __future__ import annotations

from collections import deque
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn, TypeVar

from crmcore.errors import InputError, QuerySyntaxError
from crmcore.query._folding import MAX_NODES
from crmcore.query._text.lexing import LONGEST_TEXT, RESERVED, Sort, Token, token_at
from crmcore.query._text.terms import subject_inside, type_of
from crmcore.query.moments import Unit
from crmcore.query.tree import Expression
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmcore.query.tree import Term
    from crmcore.query.types import Subject

__all__ = ["CALENDAR", "CALENDAR_UNITS", "FIELD", "RELATION", "UNIT", "UNITS", "VALUE", "Cursor"]

FIELD, RELATION, VALUE = "a field", "a relation", "a value"
UNIT, CALENDAR = "a unit of time", "a day, week, month, quarter or year"
"""What may stand somewhere and is no word or sign of the language."""

UNITS = {name: unit for unit in Unit for name in (unit.value, f"{unit.value}s")}
CALENDAR_UNITS = {unit.value: unit for unit in (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR)}

T = TypeVar("T")
Node = TypeVar("Node", bound=Expression)


class Cursor:
    """A place in a text; it only goes on.

    Attributes:
        text: the whole text.
        subject: what the question is about, where that is known.
        tried: what was looked for at this place, and would have been taken.
        end: where the last token that was taken ends.
        spans: the place of a leaf, a relation, by the id of its node.
        keys: the places of the keys of fields and relations, in order.
        inside: the relations whose items are being asked about, from the outermost on.
        asked: the term, or the relation, that was read last.

    """

    def __init__(self, text: str, subject: Subject | None = None) -> None:
        self.text = text
        if len(text) > LONGEST_TEXT:
            self.fail(f"a question in text has at most {LONGEST_TEXT:,} characters; send a longer one as JSON", (0, 1))
        self.tried: dict[str, None] = {}
        self.end = 0
        self.spans: dict[int, tuple[int, int]] = {}
        self.keys: list[tuple[str, tuple[int, int]]] = []
        self.subject = subject
        self.inside: list[str] = []
        self.asked: Term | None = None
        self._nodes: list[Expression] = []  # kept alive, so that ids stay theirs
        self._ahead: deque[Token] = deque()
        self._lexed = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return a token without taking it."""
        while len(self._ahead) <= ahead:
            token = token_at(self.text, self._lexed)
            self._lexed = token.end
            self._ahead.append(token)
        return self._ahead[ahead]

    def take(self) -> Token:
        """Take the next token."""
        token = self.peek()
        self._ahead.popleft()
        self.tried.clear()
        self.end = token.end
        return token

    def sees(self, *words: str) -> bool:
        """Say whether such words or signs come next, and note that they could."""
        self.tried[words[0]] = None
        if self.peek().word != words[0]:
            return False
        return all(self.peek(ahead).word == words[ahead] for ahead in range(1, len(words)))

    def sees_sort(self, sort: Sort) -> bool:
        """Say whether a token of that sort comes next, and note that it could."""
        self.tried[sort.value] = None
        return self.peek().sort is sort

    def accept(self, *words: str) -> bool:
        """Take such words or signs if they come next."""
        if not self.sees(*words):
            return False
        for _ in words:
            self.take()
        return True

    def expect(self, *words: str) -> None:
        """Take such words or signs; fail where something else stands."""
        for word in words:
            if not self.accept(word):
                self.fail_here()

    def expect_sort(self, sort: Sort) -> Token:
        """Take a token of that sort; fail where something else stands."""
        if not self.sees_sort(sort):
            self.fail_here()
        return self.take()

    def sees_name(self, ahead: int = 0) -> bool:
        """Say whether a key comes next: a word that is not reserved, or one in backticks."""
        token = self.peek(ahead)
        return token.sort is Sort.KEY or (token.sort is Sort.WORD and token.word not in RESERVED)

    def expect_name(self, what: str) -> str:
        """Take the key of *what*."""
        self.tried[what] = None
        if not self.sees_name():
            self.fail_here()
        token = self.take()
        self.keys.append((token.value, (token.start, token.end)))
        return str(token.value)

    def expect_text(self) -> str:
        """Take a text in quotes."""
        return str(self.expect_sort(Sort.TEXT).value)

    def expect_whole(self, *, signed: bool = False) -> int:
        """Take a whole number."""
        negative = signed and self.accept("-")
        token = self.peek()
        if not self.sees_sort(Sort.NUMBER):
            self.fail_here()
        if token.value.__class__ is not int:
            self.fail("a whole number is needed", (token.start, token.end))
        return -self.take().value if negative else int(self.take().value)

    def asks_for_date(self) -> bool:
        """Say whether it is known that the term that was read last has dates."""
        about = subject_inside(self.subject, self.inside)
        return about is not None and type_of(self.asked, about) is FieldType.DATE

    def noted(self, node: Node, start: int) -> Node:
        """Return a node after noting where it stands: from *start* to the last token."""
        self._nodes.append(node)
        if len(self._nodes) > MAX_NODES:
            self.fail(
                f"the question has more than {MAX_NODES:,} parts; ask for a list of values by 'in (...)'",
                (start, self.end),
            )
        self.spans[id(node)] = (start, self.end)
        return node

    def built(self, make: Callable[[], T], start: int) -> T:
        """Return what is made, which refuses bad parts; shows them from *start* to the last token."""
        try:
            return make()
        except InputError as error:
            raise QuerySyntaxError(str(error), text=self.text, span=(start, self.end)) from error

    def fail_here(self) -> NoReturn:
        """Refuse the next token, which is none of what was tried."""
        token = self.peek()
        wanted = list(self.tried)
        *others, last = map(_shown, wanted)
        needed = f"{', '.join(others)} or {last}" if others else last
        found = "the end" if token.sort is Sort.END else f"'{self.text[token.start : token.end][:40]}'"
        message = f"expected {needed}, not {found}{self._hint(token)}"
        raise QuerySyntaxError(message, text=self.text, span=(token.start, token.end), expected=wanted)

    def _hint(self, token: Token) -> str:
        """Return what may have been meant by a token that does not fit; "" where nothing comes near."""
        if token.sort is not Sort.WORD:
            return ""
        if FIELD in self.tried and token.word in RESERVED:
            return "; a field of that name stands in backticks"
        known = [label for label in self.tried if label.isalpha()]
        if not {UNIT, CALENDAR}.isdisjoint(self.tried):
            known += UNITS
        if token.word not in self.tried and (near := get_close_matches(token.word[:40], known, n=1)):
            return f"; did you mean '{near[0]}'?"
        return "; a text stands in quotes" if VALUE in self.tried else ""

    def fail(self, message: str, span: tuple[int, int]) -> NoReturn:
        """Refuse what stands at a place."""
        raise QuerySyntaxError(message, text=self.text, span=span)


def _shown(label: str) -> str:
    return label if " " in label else f"'{label}'"
