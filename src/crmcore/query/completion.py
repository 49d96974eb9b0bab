"""What may be typed next in a question in words: data for an editor's list of completions.

>>> from crmcore.model import ContactRecord
>>> from crmcore.model.subjects import Subjects
>>> contact = Subjects()[ContactRecord].subject
>>> [found.label for found in completions("skills has (le", 14, contact)]
['level']
>>> [found.label for found in completions("is_private ", 11, contact)][:6]
['!=', '!==', '=', '==', 'in', 'is known']
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from crmcore.errors import QuerySyntaxError
from crmcore.query._text.cursor import CALENDAR, CALENDAR_UNITS, FIELD, RELATION, UNIT, UNITS, VALUE, Cursor
from crmcore.query._text.lexing import KEYWORDS, LONGEST_TEXT, Sort, is_plain, quoted, token_at
from crmcore.query._text.parsing import read
from crmcore.query._text.terms import subject_inside, type_of
from crmcore.query.checking import TEXTS, UNORDERED
from crmcore.query.tree import How, Term
from crmcore.query.types import ChoiceField, FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcore.query.types import Subject

__all__ = ["Completion", "CompletionKind", "completions"]


class CompletionKind(StrEnum):
    """What a completion is."""

    FIELD = "field"
    RELATION = "relation"
    OPERATOR = "operator"
    KEYWORD = "keyword"
    OPTION = "option"
    UNIT = "unit"


class Completion(NamedTuple):
    """One thing that may stand at a place.

    Attributes:
        label: what is put in.
        kind: what it is.
        detail: of a field, its type; of a relation, what its items are; else "".
        start, end: the characters that it replaces.

    """

    label: str
    kind: CompletionKind
    detail: str
    start: int
    end: int


_ORDERED = frozenset({"<", "<=", ">", ">=", "between"})
_LETTERS = frozenset({"contains", "starts", "ends", "like"})
_OF_VALUES = frozenset({"=", "==", "!=", "!==", "is", "in", *_ORDERED, *_LETTERS})
_TAKEN = frozenset(how.value for how in How if how is not How.COUNT)
_AFTER = {"count": ("of",), "at": ("least", "most"), "anniversary": ("of",)}
_VALUES = {
    FieldType.BOOLEAN: ("true", "false"),
    **dict.fromkeys((FieldType.DATE, FieldType.INSTANT), ("now", "today", "yesterday", "tomorrow", "start of", "in")),
}


def completions(text: str, position: int, subject: Subject) -> list[Completion]:
    """Return what may stand at a place of a text, given what stands before it; nothing where that is wrong already.

    Args:
        text: the question as far as it is typed; what stands after the place does not count.
        position: the place; characters before it.
        subject: what the question is about.

    """
    before = text[: max(position, 0)]
    start = _start_of_typed(before) if len(before) <= LONGEST_TEXT else None
    cursor = None if start is None else _read_up_to(before[:start])
    if start is None or cursor is None:
        return []
    about = subject_inside(subject, cursor.inside)
    if about is None:
        return []
    found = dict.fromkeys(_offered(cursor, about, before[:start]))
    letters = _bare(before[start:])
    fitting = sorted((one for one in found if _bare(one[0]).startswith(letters)), key=_place)
    return [Completion(label, kind, detail, start, len(before)) for label, kind, detail in fitting]


_ORDER = [
    CompletionKind.OPTION,
    CompletionKind.FIELD,
    CompletionKind.RELATION,
    CompletionKind.OPERATOR,
    CompletionKind.UNIT,
    CompletionKind.KEYWORD,
]


def _place(offer: tuple[str, CompletionKind, str]) -> tuple[int, str]:
    return _ORDER.index(offer[1]), offer[0].lower()


def _bare(word: str) -> str:
    return word.lstrip("`\"'").lower()


def _start_of_typed(before: str) -> int | None:
    """Return where the word, key or text begins that is being typed; None where something is wrong before."""
    at = 0
    while True:
        try:
            token = token_at(before, at)
        except QuerySyntaxError as error:
            return error.span[0] if before[error.span[0]] in "\"'`" and error.span[1] == len(before) else None
        if token.sort is Sort.END:
            return len(before)
        if token.end == len(before) and token.sort is not Sort.SIGN:
            return token.start if token.sort is Sort.WORD else None
        at = token.end


def _read_up_to(text: str) -> Cursor | None:
    """Return a cursor that stands at the end, knowing what may follow; None where something is wrong before."""
    cursor = Cursor(text)
    try:
        read(cursor)
    except QuerySyntaxError:
        return cursor if cursor.peek().sort is Sort.END else None
    return cursor


def _offered(cursor: Cursor, about: Subject, before: str) -> Iterator[tuple[str, CompletionKind, str]]:
    tried = cursor.tried
    if FIELD in tried:
        yield from _fields(about)
    if FIELD in tried or RELATION in tried:
        yield from _relations(about)
    if VALUE in tried:
        yield from _values(cursor.asked, about)
    for label, names in ((UNIT, UNITS), (CALENDAR, CALENDAR_UNITS)):
        if label in tried:
            yield from ((name, CompletionKind.UNIT, "") for name in names)
    if "is" in tried:
        yield from _after("".join(before.rsplit(maxsplit=1)[-1:]).lower(), about)
    for word in tried:
        if word in KEYWORDS and VALUE not in tried and word not in _OF_VALUES | {"has", "not", "within"}:
            yield str(word), CompletionKind.KEYWORD, ""
    if "==" in tried:
        yield from _operators(cursor.asked, about)
    elif "not" in tried:
        yield "not", CompletionKind.KEYWORD, ""


def _after(word: str, about: Subject) -> Iterator[tuple[str, CompletionKind, str]]:
    """Yield what follows a word such as ``count`` or ``sum``, which could be a field too."""
    for following in _AFTER.get(word, ()):
        yield following, CompletionKind.KEYWORD, ""
    if word in _TAKEN:
        for items in about.relations.values():
            yield from _fields(items)


def _fields(about: Subject) -> Iterator[tuple[str, CompletionKind, str]]:
    return ((_key(key), CompletionKind.FIELD, field.type.value) for key, field in about.fields.items())


def _relations(about: Subject) -> Iterator[tuple[str, CompletionKind, str]]:
    return ((_key(key), CompletionKind.RELATION, items.name) for key, items in about.relations.items())


def _key(key: str) -> str:
    return key if is_plain(key) else quoted(key, "`")


def _operators(term: Term | None, about: Subject) -> Iterator[tuple[str, CompletionKind, str]]:
    """Yield what can be asked of the term that was read, or of the items of a relation."""
    if isinstance(term, str) and term in about.relations:
        words = ["has", "has any", "has no", "has none"]
        has_point = {"latitude", "longitude"} <= set(about.relations[term].fields)
        yield from (
            (word, CompletionKind.OPERATOR, "") for word in [*words, *(["within", "not within"] if has_point else [])]
        )
        return
    type_ = type_of(term, about)
    if type_ is None:
        return
    words = ["=", "==", "!=", "!==", "in", "not in", "is missing", "is known"]
    if type_ not in UNORDERED:
        words += [*_ORDERED, "not between"]
    if type_ in TEXTS:
        words += ["contains", "starts with", "ends with", "has words", "like", "not contains", "is", "is not"]
    if type_ in {FieldType.DATE, FieldType.INSTANT}:
        words += ["in last", "in next", "in this"]
    yield from ((word, CompletionKind.OPERATOR, "") for word in words)


def _values(term: Term | None, about: Subject) -> Iterator[tuple[str, CompletionKind, str]]:
    type_ = type_of(term, about)
    for word in _VALUES.get(type_, ()) if type_ is not None else ():
        yield word, CompletionKind.KEYWORD, ""
    field = about.fields.get(term) if isinstance(term, str) else None
    if isinstance(field, ChoiceField):
        yield from ((quoted(option), CompletionKind.OPTION, "") for option in field.options)
