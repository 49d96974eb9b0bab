"""Tokens made into the tree.

What can hold a question is a generator that yields the productions inside it and gets back their nodes, so that
:func:`read` can keep the open ones on a list: no depth of brackets uses up Python's stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from crmcore.query._folding import MAX_DEPTH
from crmcore.query._text.cursor import FIELD, RELATION, Cursor
from crmcore.query._text.leaves import AT, anniversary, compared, instant, near, own_leaf, window
from crmcore.query._text.lexing import KEYWORDS, Sort
from crmcore.query._text.values import sees_period, span
from crmcore.query.tree import Aggregate, And, Compare, Expression, How, Lasting, Not, Op, Or, Scored, Some
from crmcore.query.types import ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Generator

    Reading: TypeAlias = Generator["Reading", Any, Any]
    """A production that is being read."""

__all__ = ["COUNTS", "TYPE", "is_event", "read", "run"]

TYPE = "type"
"""The field of an event that says what happened."""

_HOWS = frozenset(how.value for how in How)
COUNTS = {"at least": Op.GE, "at most": Op.LE, "exactly": Op.EQ}


def read(cursor: Cursor) -> Expression:
    """Read a whole text as one question."""
    node: Expression = run(_Reader(cursor).question())
    if not cursor.sees_sort(Sort.END):
        cursor.fail_here()
    return node


def run(reading: Reading) -> Any:
    """Read a production and all within it; the open ones are on a list, not on Python's stack."""
    opened, result = [reading], None
    while opened:
        try:
            opened.append(opened[-1].send(result))
            result = None
        except StopIteration as done:
            opened.pop()
            result = done.value
    return result


def is_event(key: str) -> bool:
    """Say whether a bare word is the type of an event, such as ``email.sent``; fields with a dot are custom or data."""
    first, dot, _ = key.partition(".")
    return bool(dot) and first not in {"custom", "data"}


class _Reader:
    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.depth = 0

    def question(self) -> Reading:
        start = self.cursor.peek().start
        parts = [(yield self.conjunction())]
        while self.cursor.accept("or"):
            parts.append((yield self.conjunction()))
        return parts[0] if len(parts) == 1 else self.cursor.noted(Or(parts), start)

    def conjunction(self) -> Reading:
        start = self.cursor.peek().start
        parts = [(yield self.negation())]
        while self.cursor.accept("and"):
            parts.append((yield self.negation()))
        return parts[0] if len(parts) == 1 else self.cursor.noted(And(parts), start)

    def negation(self) -> Reading:
        starts = []
        while self.cursor.sees("not"):
            starts.append(self.cursor.take().start)
            self.limit(len(starts), starts[-1])
        node = yield self.lasting()
        for start in reversed(starts):
            node = self.cursor.noted(Not(node), start)
        return node

    def lasting(self) -> Reading:
        start = self.cursor.peek().start
        node = yield self.predicate()
        depth = 0
        while True:
            depth += 1
            if self.cursor.accept("for"):
                self.cursor.expect("at", "least")
                node = self.cursor.noted(Lasting(node, span(self.cursor, signed=True)), start)
            elif self.cursor.sees("since"):
                self.cursor.take()
                node = self.cursor.noted(Lasting(node, instant(self.cursor)), start)
            else:
                return node
            self.limit(depth, start)

    def limit(self, depth: int, start: int) -> None:
        if depth > MAX_DEPTH:
            self.cursor.fail(f"the question nests deeper than {MAX_DEPTH}", (start, start + 1))

    def group(self, *inside: str) -> Reading:
        """Read ``( question )``, which may be about the items of a relation."""
        start = self.cursor.peek().start
        self.cursor.expect("(")
        self.depth += 1
        self.limit(self.depth, start)
        self.cursor.inside += inside
        node = yield self.question()
        del self.cursor.inside[len(self.cursor.inside) - len(inside) :]
        self.depth -= 1
        self.cursor.expect(")")
        return node

    def predicate(self) -> Reading:
        cursor, token = self.cursor, self.cursor.peek()
        start = token.start
        if token.sort is Sort.WORD and token.word not in KEYWORDS:
            return (yield self.about(start))
        if cursor.sees("("):
            return (yield self.group())
        for word, many in (("true", And), ("false", Or)):
            if cursor.accept(word):
                return cursor.noted(many(()), start)
        if cursor.accept("all"):
            return (yield (self.every(start) if cursor.accept("of") else self.several(And, start)))
        if cursor.sees("any") and cursor.peek(1).word == "(":
            cursor.take()
            return (yield self.several(Or, start))
        if (quantity := self.quantity()) is not None:
            return (yield self.quantified(*quantity, start))
        if (leaf := own_leaf(cursor, start)) is not None:
            return leaf
        return (yield self.about(start))

    def several(self, many: type[And | Or], start: int) -> Reading:
        """Read ``(question, question)`` after ``all`` or ``any``."""
        self.cursor.expect("(")
        self.depth += 1
        self.limit(self.depth, start)
        parts = []
        while not self.cursor.sees(")"):
            parts.append((yield self.question()))
            if not self.cursor.accept(","):
                break
        self.depth -= 1
        self.cursor.expect(")")
        return self.cursor.noted(many(parts), start)

    def every(self, start: int) -> Reading:
        """Read ``relation (question)`` after ``all of``."""
        relation = self.cursor.expect_name(RELATION)
        where = self.cursor.noted(Not((yield self.group(relation))), start)
        return self.cursor.noted(Not(self.cursor.noted(Some(relation, where), start)), start)

    def quantity(self) -> tuple[str, int] | None:
        """Read ``any``, ``no``, ``at least 3``, ``at most 3`` or ``exactly 3``, where one of them stands."""
        cursor = self.cursor
        for word in ("any", "no"):
            if cursor.accept(word):
                return word, 0
        for words in COUNTS:
            if cursor.sees(*words.split()) and (words != "exactly" or cursor.peek(1).sort is Sort.NUMBER):
                cursor.accept(*words.split())
                return words, cursor.expect_whole()
        return None

    def quantified(self, how: str, number: int, start: int) -> Reading:
        token = self.cursor.peek()
        if token.sort is Sort.WORD and is_event(token.value):
            relation, where = ACTIVITY, (yield self.events(str(self.cursor.take().value), token.start))
        else:
            relation = self.cursor.expect_name(RELATION)
            where = yield self.items(relation)
        if how in COUNTS:
            count = Aggregate(relation=relation, how=How.COUNT, where=where)
            return self.cursor.noted(Compare(count, COUNTS[how], number), start)
        some = self.cursor.noted(Some(relation, And(()) if where is None else where), start)
        return some if how == "any" else self.cursor.noted(Not(some), start)

    def events(self, kind: str, start: int) -> Reading:
        """Read ``(question) in last 90 days`` after the type of events; either may be left out."""
        cursor = self.cursor
        parts: list[Expression] = [cursor.noted(Compare(TYPE, Op.EQ, kind), start)]
        if cursor.sees("("):
            parts.append((yield self.group(ACTIVITY)))
        if (when := window(cursor)) is not None:
            parts.append(when)
        return parts[0] if len(parts) == 1 else cursor.noted(And(parts), start)

    def items(self, relation: str) -> Reading:
        """Read which items are meant, where it is said; those of the activity may be told by when they happened."""
        start = self.cursor.peek().start
        parts = [(yield self.group(relation))] if self.cursor.sees("(") else []
        if relation == ACTIVITY and (when := window(self.cursor)) is not None:
            parts.append(when)
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else self.cursor.noted(And(parts), start)

    def about(self, start: int) -> Reading:
        """Read what begins with a term or a relation."""
        cursor = self.cursor
        if cursor.sees("anniversary", "of"):
            cursor.accept("anniversary", "of")
            return anniversary(cursor, (yield self.term()), start)
        token = cursor.peek()
        is_bare = token.sort is Sort.WORD
        term = cursor.asked = yield self.term()
        if is_bare and term == token.value and is_event(term) and (cursor.sees("(") or sees_period(cursor)):
            return cursor.noted(Some(ACTIVITY, (yield self.events(term, start))), start)
        if isinstance(term, str):
            if cursor.sees("has") and cursor.peek(1).word != "words":
                return (yield self.having(term, start))
            is_negated = cursor.sees("not", "within")
            if is_negated or cursor.sees("within"):
                is_negated = is_negated and cursor.accept("not")
                some = cursor.noted(Some(term, near(self.cursor, start)), start)
                return cursor.noted(Not(some), start) if is_negated else some
        return compared(self.cursor, term, start)

    def having(self, relation: str, start: int) -> Reading:
        """Read ``has (question)``, ``has no (question)``, ``has any`` or ``has none`` after a relation."""
        cursor = self.cursor
        cursor.expect("has")
        for word, is_negated in (("any", False), ("none", True)):
            if cursor.accept(word):
                some = cursor.noted(Some(relation, And(())), start)
                return cursor.noted(Not(some), start) if is_negated else some
        cursor.sees("words")
        is_negated = cursor.accept("no")
        some = cursor.noted(Some(relation, (yield self.group(relation))), start)
        return cursor.noted(Not(some), start) if is_negated else some

    def term(self) -> Reading:
        """Read the key of a field, an aggregate or a score."""
        cursor, token = self.cursor, self.cursor.peek()
        if token.word in _HOWS:
            has_field = cursor.sees_name(1) and (
                cursor.peek(2).word == "of" or cursor.peek(1).word not in {"of", "within"}
            )
            if cursor.peek(1).word == "of" or has_field:
                return (yield self.aggregate(has_field=has_field))
        if token.word == "score" and cursor.sees_name(1) and cursor.peek(2).sort is Sort.TEXT:
            cursor.take()
            return Scored(str(cursor.take().value), cursor.expect_text())
        for word in (*How, "score"):
            cursor.tried[word] = None
        return cursor.expect_name(FIELD)

    def aggregate(self, *, has_field: bool) -> Reading:
        cursor, how = self.cursor, How(self.cursor.take().word)
        field = cursor.expect_name(FIELD) if has_field else ""
        cursor.expect("of")
        relation = cursor.expect_name(RELATION)
        where = (yield self.group(relation)) if cursor.sees("(") else None
        by = AT if how in {How.FIRST, How.LAST} else ""
        if cursor.accept("by"):
            by = cursor.expect_name(FIELD)
        return Aggregate(relation=relation, how=how, field=field, by=by, where=where)
