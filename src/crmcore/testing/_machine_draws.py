"""What the state machine draws from: values that stores have been seen to get wrong, and questions made of them.

Each strategy takes few draws, because ten thousand sequences are made of them; and each shrinks to something short.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from crmcore.model.record import ID_FIELD
from crmcore.query import And, Compare, FieldType, In, Missing, Not, Op, Or
from crmcore.query.checking import UNORDERED
from crmcore.testing._question_draws import Asker, Seeded
from crmcore.testing._store_records import SUITE_CODEC, Card, CardSkill, Memo, Seat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from crmcore.model.field import FieldSpec
    from crmcore.model.record import Record
    from crmcore.query import Expression

__all__ = ["CONTENTS", "IDS", "INSTANTS", "KINDS", "LIMITS", "START", "orders", "questions"]

T = TypeVar("T")

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
"""Where the clock stands at first."""
KINDS: tuple[type[Record], ...] = (Card, Seat, Memo)
IDS = ("a", "A", "b-10", "b-9", "B", "c", "~")

INSTANTS = tuple(START + timedelta(seconds=seconds) for seconds in (-90_000, -3_600, -1, 0, 1, 3_600, 7_200, 90_000))
LIMITS = (1, 1, 2, 2, 3, 100)

LONG = "x" * 499
TEXTS = ("", "Ada", "ada", "Ädá", "A\u0308", "ß", "ss", "İ", "ı", "ς", "Σ", "a ", " a", "%", "_a", "\\", "'", "\uffff",
         "\U0001f600", "田中", LONG, LONG + "x", LONG + "xy", LONG + "z")  # fmt: skip
WORDS = ("open", "Open", "closed")
VALUES: dict[FieldType, tuple[Any, ...]] = {
    FieldType.NUMBER: (-0.0, 0.0, 0.1 + 0.2, 0.3, 5e-324, 1.7976931348623157e308, -1.5, 2.0**53, 7.0),
    FieldType.INTEGER: (-(2**63), -1, 0, 1, 7, 2**53, 2**53 + 1, 2**63 - 1),
    FieldType.BOOLEAN: (False, True),
    FieldType.INSTANT: (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        START,
        START + timedelta(microseconds=1),
        START.astimezone(timezone(timedelta(hours=14))),
    ),
    FieldType.DATE: ("2020", "2020-05", "2020-05-07", "0001-01-01", "9999-12-31"),
    FieldType.CHOICE: WORDS,
    FieldType.ID: IDS,
}

_ASKED_FOR: Mapping[str, Sequence[Any]] = {
    **{str(type_): VALUES.get(type_, TEXTS) for type_ in FieldType},
    "type": ("suite.changed", "suite.kept"),
    "actor": ("suite", "ada"),
    "level": (7, -1, 0, 2**63 - 1),
}
"""Type or key of a field -> what is asked for."""

REFUSED: tuple[tuple[str, Any], ...] = (
    ("name", "a\0"),
    ("note", "\ud800"),
    ("age", 2**63),
    ("rating", float("nan")),
    ("extra", {"a": [float("-inf")]}),
    ("name", 5),
)

_CARD: tuple[tuple[str, Any], ...] = (
    *(("name", text) for text in TEXTS),
    *(("rating", value) for value in VALUES[FieldType.NUMBER]),
    *(("age", value) for value in VALUES[FieldType.INTEGER]),
    *(("seen", value) for value in VALUES[FieldType.INSTANT]),
    *(("born", value) for value in VALUES[FieldType.DATE]),
    *(("state", value) for value in WORDS),
    ("is_open", True),
    ("is_open", False),
    ("emails", ("a@x.example",)),
    ("emails", ("b@x.example", "a@x.example", "A@x.example")),
    ("emails", ("", "ß@x.example", "ß@x.example")),
    ("skills", (CardSkill(name="ada", level=7),)),
    ("skills", (CardSkill(level=-1), CardSkill(), CardSkill(name="ada"), CardSkill(name="ß", level=2**63 - 1))),
    ("extra", {"z": -0.0, "one": 1, "also": 1.0, "yes": True, "": [None, {"ü": "İ"}]}),
    ("note", "x" * 3_000),
    *REFUSED,
)


def _among(table: Sequence[T]) -> SearchStrategy[T]:
    """Return a draw from a long table; the name of `sampled_from` would list it all."""

    def pick(place: int) -> T:
        return table[place]

    return st.integers(0, len(table) - 1).map(pick)


_SEAT = (*(("number", number) for number in (1, 2)), *(("person", person) for person in ("", "ada", "Ada", "eve")))
_MEMO = (*(("text", text) for text in TEXTS[:6]), *(("subject", id_) for id_ in IDS))

CONTENTS: dict[type[Record], SearchStrategy[dict[str, Any]]] = {
    Card: st.lists(_among(_CARD), max_size=4).map(dict),
    Seat: st.lists(_among(_SEAT), max_size=2).map(lambda pairs: {"number": 1, **dict(pairs)}),
    Memo: st.lists(_among(_MEMO), max_size=2).map(dict),
}
"""The fields of a record of each kind, some of which no store keeps."""


@cache
def questions(cls: type[Record]) -> SearchStrategy[Expression | None]:
    """Return questions about the fields of any kind of record: every node, every field, every value above.

    One draw is a list of leaves and signs, read as a calculator with a stack reads it; what is on top is asked.
    """
    leaves = [leaf for spec in (ID_FIELD, *cls.fields) for leaf in _leaves(spec)]
    marks: Sequence[Any] = (*(And, Or, Not, Not) * 8, And(()), Or(()), *WRONG)
    tokens = st.one_of(_among(leaves), _among(_of_every_kind(cls)), _among(marks))
    return st.lists(tokens, max_size=5).map(_read)


def _of_every_kind(cls: type[Record]) -> list[Expression]:
    """Return questions with every node, about items, what happened and what was too, the short ones first.

    They are drawn beforehand, always the same, so that each costs one draw.
    """
    asker = Asker(Seeded(1), values=_ASKED_FOR)
    subject = SUITE_CODEC.askable(cls).subject
    return sorted({asker.question(subject, depth=2) for _ in range(1_500)}, key=lambda question: len(repr(question)))


WRONG = (
    Compare("nobody", Op.EQ, "x"),
    Compare("age", Op.EQ, "seven"),
    Compare("is_open", Op.LT, True),  # noqa: FBT003 - a value
    Compare("name", Op.EQ, "a\0"),
    In("id", ["\ud800"]),
)
"""What is refused, in whatever it stands."""


def _leaves(spec: FieldSpec) -> list[Expression]:
    values = VALUES.get(spec.type, (*TEXTS, "a@x.example", "A@x.example"))
    ops = [Op.EQ] if spec.type in UNORDERED else list(Op)
    compared = [Compare(spec.key, op, value) for op in ops for value in values]
    listed = [
        In(spec.key, ()),
        In(spec.key, ()),
        In(spec.key, values),
        In(spec.key, values[:2]),
        In(spec.key, values[-2:] * 2),
    ]
    return [Missing(spec.key), *compared, *listed]


def _read(tokens: list[Any]) -> Expression | None:
    stack: list[Expression] = []
    for token in tokens:
        if token is Not and stack:
            stack.append(Not(stack.pop()))
        elif token is And or token is Or:
            if len(stack) > 1:
                right, left = stack.pop(), stack.pop()
                stack.append(token([left, right]))
        elif token is not Not:
            stack.append(token)
    return stack[-1] if stack else None


@cache
def orders(cls: type[Record]) -> SearchStrategy[tuple[str, ...]]:
    """Return orders by up to three fields, either way; now and then one that is refused."""
    single = [spec.key for spec in (ID_FIELD, *cls.fields) if not spec.is_multi]
    keys = [*single, *(f"-{key}" for key in single)]
    right = st.lists(st.sampled_from(keys), max_size=3, unique_by=lambda key: key.lstrip("-")).map(tuple)
    wrong = st.sampled_from([("nobody",), ("email",), ("id", "-id"), ("",)])
    return st.one_of(*[right] * 15, wrong)
