"""CEL's syntax made into the tree, as far as the tree can say it; whatever does not map is named, where it stands."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from crmcore.errors import InputError, QuerySyntaxError
from crmcore.query._cel.reading import Sort, Syntax
from crmcore.query.moments import Moment, Span, Unit
from crmcore.query.scalars import LARGEST_INTEGER, scalar_of
from crmcore.query.tree import (
    Aggregate,
    And,
    Compare,
    Expression,
    How,
    In,
    Match,
    Missing,
    Not,
    Op,
    Or,
    Some,
    Term,
    TextMatch,
)
from crmcore.query.types import FieldType

if TYPE_CHECKING:
    from crmcore.query.types import Subject

__all__ = ["Mapper", "Scope"]

Node = TypeVar("Node", bound=Expression)

_OPS = {"==": Op.EQ, "<": Op.LT, "<=": Op.LE, ">": Op.GT, ">=": Op.GE}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LETTERS = {"contains": TextMatch.CONTAINS, "startsWith": TextMatch.STARTS, "endsWith": TextMatch.ENDS}
_COMPUTED = frozenset({Sort.CALL, Sort.METHOD, Sort.BINARY})
_MACROS = frozenset({"exists", "all", "exists_one", "existsOne"})
_DURATION = re.compile(r"([+-]?)((?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s|us|µs|ns))+)")
_PIECE = re.compile(r"([0-9]+(?:\.[0-9]+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_UNITS = ((86_400, Unit.DAY), (3_600, Unit.HOUR), (60, Unit.MINUTE), (1, Unit.SECOND))


@attrs.frozen
class Scope:
    """What names stand for.

    Attributes:
        variable: the name of an item, within a macro; "" for the record itself.
        about: its subject, where that is known.

    """

    variable: str = ""
    about: Subject | None = None


class Mapper:
    """Makes the tree of one text, and knows where its parts stand.

    Attributes:
        text: what was read.
        folded: whether letters are looked for as the tree does, whatever their case and accents.
        spans, keys: as :class:`crmcore.query._text.pointing.Read` has them.

    """

    def __init__(self, text: str, *, folded: bool) -> None:
        self.text = text
        self.folded = folded
        self.spans: dict[int, tuple[int, int]] = {}
        self.keys: list[tuple[str, tuple[int, int]]] = []
        self._nodes: list[Expression] = []  # kept alive, so that ids stay theirs

    def question(self, syntax: Syntax, scope: Scope) -> Expression:
        """Return the question that a piece of syntax asks."""
        match syntax:
            case Syntax(Sort.LITERAL, bool() as value):
                return self.noted(And(()) if value else Or(()), syntax)
            case Syntax(Sort.AND, _, parts):
                return self.noted(And([self.question(part, scope) for part in parts]), syntax)
            case Syntax(Sort.OR, _, parts):
                return self.noted(Or([self.question(part, scope) for part in parts]), syntax)
            case Syntax(Sort.NOT, _, (part,)):
                return self.noted(Not(self.question(part, scope)), syntax)
            case Syntax(Sort.NAME | Sort.SELECT):
                return self.noted(Compare(self.key(syntax, scope), Op.EQ, value=True), syntax)
            case Syntax(Sort.BINARY, "in"):
                return self.member_of(syntax, scope)
            case Syntax(Sort.BINARY, sign) if sign in _OPS or sign == "!=":
                return self.compared(syntax, scope)
            case Syntax(Sort.METHOD, name) if name in _MACROS:
                return self.macro(syntax, scope)
            case Syntax(Sort.METHOD, name, (target, argument)) if name in _LETTERS:
                return self.letters(syntax, target, argument, scope)
            case Syntax(Sort.CALL, "has", (argument,)):
                return self.known(argument, syntax, scope)
            case _:
                raise self.refused(syntax, f"{self.named(syntax)} does not map to a question")

    def noted(self, node: Node, syntax: Syntax) -> Node:
        """Return a node after noting where it stands."""
        self._nodes.append(node)
        self.spans[id(node)] = syntax.span
        return node

    def refused(self, syntax: Syntax, message: str) -> QuerySyntaxError:
        """Return the error that names a piece of syntax."""
        return QuerySyntaxError(message, text=self.text, span=syntax.span)

    def named(self, syntax: Syntax) -> str:
        """Return what a message calls a piece of syntax."""
        match syntax.sort:
            case Sort.CALL | Sort.METHOD:
                return f"{syntax.value[:40]}() with {len(syntax.parts) - (syntax.sort is Sort.METHOD)} argument(s)"
            case Sort.LITERAL:
                return "a value by itself"
            case Sort.LIST:
                return "a list by itself"
            case _:
                return f"'{syntax.value}'"[:50]

    def key(self, syntax: Syntax, scope: Scope) -> str:
        """Return the key of the field or relation that a name, or names with dots, stand for."""
        names, first = [], syntax
        while first.sort is Sort.SELECT:
            names.append(first.value)
            first = first.parts[0]
        if first.sort is not Sort.NAME:
            raise self.refused(syntax, f"a field is needed here, and {self.named(first)} is none")
        names.append(first.value)
        names.reverse()
        if scope.variable:
            if names[0] != scope.variable:
                raise self.refused(syntax, f"only {scope.variable!r} can be asked about inside, not {names[0][:40]!r}")
            del names[0]
        if not names:
            raise self.refused(
                syntax, f"{scope.variable!r} is an item; ask about its fields, such as {scope.variable}.name"
            )
        key = ".".join(names)
        self.keys.append((key, syntax.span))
        return key

    def term(self, syntax: Syntax, scope: Scope) -> Term:
        """Return what is compared: a field, or the number of items."""
        match syntax:
            case Syntax(Sort.CALL | Sort.METHOD, "size", (items,)):
                return self.count(items, scope)
            case Syntax(Sort.NAME | Sort.SELECT):
                return self.key(syntax, scope)
            case _:
                raise self.refused(syntax, f"{self.named(syntax)} does not map to what can be compared")

    def count(self, items: Syntax, scope: Scope) -> Aggregate:
        """Return the number of items, all of them or those that a filter leaves."""
        match items:
            case Syntax(Sort.METHOD, "filter", (target, Syntax(Sort.NAME, variable), body)):
                relation = self.key(target, scope)
                where = self.question(body, self.inside(relation, variable, scope))
                return Aggregate(relation=relation, how=How.COUNT, where=where)
            case _:
                return Aggregate(relation=self.key(items, scope), how=How.COUNT)

    def inside(self, relation: str, variable: str, scope: Scope) -> Scope:
        """Return the scope of a macro's body."""
        about = None if scope.about is None else scope.about.relations.get(relation)
        return Scope(variable, about)

    def macro(self, syntax: Syntax, scope: Scope) -> Expression:
        """Return what ``exists``, ``all`` or ``exists_one`` asks of items."""
        match syntax.parts:
            case (target, Syntax(Sort.NAME, variable), body):
                pass
            case _:
                raise self.refused(
                    syntax, f"{syntax.value}() takes a variable and a condition: skills.exists(s, s.level > 3)"
                )
        relation = self.key(target, scope)
        where = self.question(body, self.inside(relation, variable, scope))
        match syntax.value:
            case "exists":
                return self.noted(Some(relation, where), syntax)
            case "all":
                return self.noted(Not(self.noted(Some(relation, self.noted(Not(where), syntax)), syntax)), syntax)
            case _:
                return self.noted(Compare(Aggregate(relation=relation, how=How.COUNT, where=where), Op.EQ, 1), syntax)

    def known(self, argument: Syntax, syntax: Syntax, scope: Scope) -> Expression:
        """Return what ``has`` asks."""
        key = self.key(argument, scope)
        if scope.about is not None and key in scope.about.relations:
            return self.noted(Some(key, And(())), syntax)
        return self.noted(Not(self.noted(Missing(key), syntax)), syntax)

    def letters(self, syntax: Syntax, target: Syntax, argument: Syntax, scope: Scope) -> Expression:
        """Return what ``contains`` and its like ask, where the difference is accepted."""
        if not self.folded:
            raise self.refused(
                syntax,
                f"{syntax.value}() tells small from capital letters and accents in CEL, and a question here does not; "
                "pass folded=True to ask without that difference",
            )
        if argument.sort is not Sort.LITERAL or not isinstance(argument.value, str):
            raise self.refused(argument, f"{syntax.value}() needs a text in quotes")
        return self.noted(Match(self.key(target, scope), _LETTERS[syntax.value], argument.value), syntax)

    def member_of(self, syntax: Syntax, scope: Scope) -> Expression:
        """Return what ``in`` asks: of a list, or of the values of a field."""
        left, right = syntax.parts
        if right.sort is Sort.LIST:
            return self.noted(In(self.term(left, scope), [self.value(part) for part in right.parts]), syntax)
        return self.noted(Compare(self.key(right, scope), Op.EQ, self.value(left)), syntax)

    def compared(self, syntax: Syntax, scope: Scope) -> Expression:
        """Return a comparison of a field with a value, on whichever side it stands."""
        (left, right), sign = syntax.parts, syntax.value
        if _is_value(left):
            left, right, sign = right, left, _FLIPPED.get(sign, sign)
        for side in (left, right):
            if side.sort in _COMPUTED and side.value != "size" and not _is_value(side):
                raise self.refused(side, f"{self.named(side)} does not map")
        if _is_value(left) or not _is_value(right):
            raise self.refused(syntax, "a field is compared with a value")
        if right.sort is Sort.LITERAL and right.value is None:
            return self.null(left, sign, syntax, scope)
        leaf = self.noted(Compare(self.term(left, scope), _OPS.get(sign, Op.EQ), self.value(right)), syntax)
        return self.noted(Not(leaf), syntax) if sign == "!=" else leaf

    def null(self, field: Syntax, sign: str, syntax: Syntax, scope: Scope) -> Expression:
        """Return what a comparison with null asks."""
        missing = self.noted(Missing(self.term(field, scope)), syntax)
        if sign not in {"==", "!="}:
            raise self.refused(syntax, f"null has no order: '{sign}' does not map")
        return self.noted(Not(missing), syntax) if sign == "!=" else missing

    def value(self, syntax: Syntax) -> Any:
        """Return the value that a piece of syntax stands for."""
        match syntax:
            case Syntax(Sort.LITERAL, int() as number) if number > LARGEST_INTEGER:
                raise self.refused(syntax, "a whole number goes to 64 bits")
            case Syntax(Sort.LITERAL, value) if value is not None:
                return value
            case Syntax(Sort.MINUS, _, (Syntax(Sort.LITERAL, int() | float() as number),)) if not isinstance(
                number, bool
            ):
                return -number
            case Syntax(Sort.CALL, "timestamp", (Syntax(Sort.LITERAL, str() as text),)):
                try:
                    return scalar_of(text, FieldType.INSTANT, field="timestamp")
                except InputError as error:
                    raise self.refused(syntax, str(error)) from error
            case Syntax(Sort.NAME, "now"):
                return Moment()
            case Syntax(Sort.BINARY, "+" | "-" as sign, (Syntax(Sort.NAME, "now"), Syntax(Sort.CALL, "duration"))):
                return self.moment(syntax.parts[1], 1 if sign == "+" else -1)
            case _:
                raise self.refused(syntax, f"{self.named(syntax)} does not map to a value")

    def moment(self, duration: Syntax, sign: int) -> Moment:
        """Return now and a duration more or less, in the greatest unit that holds it."""
        match duration.parts:
            case (Syntax(Sort.LITERAL, str() as text),) if len(text) < 60 and (found := _DURATION.fullmatch(text)):
                pass
            case _:
                raise self.refused(duration, 'a duration is a text such as duration("2160h") or duration("1h30m")')
        total = sum(Fraction(number) * _SECONDS[unit] for number, unit in _PIECE.findall(found[2]))
        if total.denominator != 1:
            raise self.refused(duration, "a duration here has whole seconds")
        seconds = int(total) * (-sign if found[1] == "-" else sign)
        size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
        try:
            return Moment(span=Span(seconds // size, unit if seconds else Unit.SECOND))
        except InputError as error:
            raise self.refused(duration, str(error)) from error


def _is_value(syntax: Syntax) -> bool:
    """Say whether a piece of syntax stands for a value, not for a field."""
    match syntax:
        case Syntax(Sort.LITERAL | Sort.MINUS | Sort.LIST):
            return True
        case Syntax(Sort.CALL, "timestamp" | "duration") | Syntax(Sort.NAME, "now"):
            return True
        case Syntax(Sort.BINARY, "+" | "-", (first, _)):
            return _is_value(first) and first.sort is Sort.NAME
        case _:
            return False
