"""Hostile questions: by every door they are refused, or answered, at once. About 12 seconds.

The limits of time guard against hanging only: each takes milliseconds, and without the limits minutes or for ever.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from crmcore.errors import InputError
from crmcore.query import (
    Aggregate,
    And,
    Between,
    Compare,
    F,
    In,
    Lasting,
    Match,
    Missing,
    Near,
    Not,
    Op,
    Or,
    Sample,
    Scored,
    Some,
    Span,
    Words,
    checked,
    compiled,
    depends_on_time,
    digest,
    expanded,
    fields_of,
    from_json,
    holds,
    resolved,
    rewritten,
    to_json,
)
from crmcore.query.columns import Table, mask, masks
from crmcore.query.text import parsed, printed
from crmcore.storage import MemoryStore
from crmcore.storage.sql import SqlStore
from crmcore.testing import ManualClock
from tests.query.people import ASKING, CODEC, PERSON, Person
from tests.query.questions import NOWS

NOW = NOWS[0]


@contextmanager
def at_once(seconds=10):
    """Fail where the block takes longer than whatever is not hanging."""
    start = time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds


def nested(step, times=100_000):
    """Return a question that holds itself so often."""
    question = F.age.is_known()
    for _ in range(times):
        question = step(question)
    return question


def _by_count(question):
    return Compare(Aggregate(relation="jobs", how="count", where=question), Op.GE, 1)


LONG = "x" * 10_000_001
WIDE = Or((F.age.is_known(),) * 3)
for _ in range(40):
    WIDE = Or((WIDE, WIDE))

HOSTILE = {
    "not of not": nested(Not),
    "items of items": nested(lambda question: Some("jobs", question)),
    "counts in counts": nested(_by_count),
    "for long for long": nested(lambda question: Lasting(question, Span(1, "day"))),
    "and or and or": nested(lambda question: And((Or((question,)),))),
    "all turn by turn": nested(lambda q: Not(Some("jobs", _by_count(Lasting(q, Span(1, "day"))))), 30_000),
    "parts that share their parts": WIDE,
    "shared parts inside a count": _by_count(WIDE),
    "a million counts": Or((_by_count(F.salary >= 1),) * 1_000_000),
    "long letters": Match("name", "contains", LONG),
    "a long pattern": Match("name", "like", "*a" * 5_000_001),
    "long words": Words(LONG),
    "a long salt": Sample(LONG, 0, 1, 2),
    "a long place": Near(km=1, of=LONG),
    "a long function": Missing(Scored(LONG, "")),
    "a long relation": Some(LONG, And(())),
    "a long order": Missing(Aggregate(relation="jobs", how="first", field="title", by=LONG)),
    "long ends": Between("name", LONG, LONG),
    "long letters again and again": Or((Match("name", "is", "y" * 5_000),) * 5_000),
    "a list in a count": _by_count(Or(In("title", map(str, range(100_000))) for _ in range(4))),
    "no node in a count": _by_count("salary"),
    "no node among items": Some("jobs", None),
    "no node for long": Lasting(7, Span(1, "day")),
    "no term": Missing(("age",)),
}


def _fluently(question):
    return ~(question & question) | question


@pytest.fixture(scope="module")
def stores():
    """Lend two stores with one person."""
    clock = ManualClock()
    found = []
    for store in (
        MemoryStore(codec=CODEC, clock=clock, asking=ASKING),
        SqlStore("sqlite://", codec=CODEC, clock=clock, asking=ASKING),
    ):
        with store.unit(actor="suite") as unit:
            unit.put(Person(id="c-1", name="a" * 500, age=3))
        found.append(store)
    yield found
    for store in found:
        store.close()


TABLE = Table.from_facts([{"name": ("a" * 500,)}], PERSON)
DOORS = {
    "checked": lambda question: checked(question, PERSON),
    "compiled": compiled,
    "holds": lambda question: holds(question, {}),
    "masks": lambda question: masks(question, TABLE),
    "mask": lambda question: mask(question, TABLE),
    "to_json": to_json,
    "digest": digest,
    "printed": printed,
    "fields_of": fields_of,
    "resolved": lambda question: resolved(question, NOW),
    "expanded": lambda question: expanded(question, lambda _: F.age.is_known()),
    "depends_on_time": depends_on_time,
    "rewritten": lambda question: rewritten(question, lambda leaf: leaf),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_question_is_refused_at_once_by_every_door(hostile, door):
    """As bad input, and never by running out of stack, memory or patience."""
    with at_once(), pytest.raises(InputError):
        DOORS[door](HOSTILE[hostile])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_store_refuses_it_too(hostile, stores):
    """Found or streamed, in memory or in a database."""
    for store in stores:
        with at_once(), pytest.raises(InputError):
            store.find(Person, HOSTILE[hostile])
        with at_once(), pytest.raises(InputError):
            list(store.stream(Person, HOSTILE[hostile]))


PATTERNS = ["*a" * 30 + "*b", "*a" * 200 + "b", "?*" * 200 + "b", "*" * 5_000 + "b", "*?a" * 120 + "*b", "a?" * 300,
            "*" + "a" * 450 + "*" + "b" * 10, "%a" * 100, "_" * 499, "\\" * 400, "*[a-z]*" * 50, "(a+)+" * 20]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern[:12])
def test_no_pattern_explodes(pattern, stores):
    """Patterns that take ages where each star is tried at each place are answered, and alike, on 500 letters."""
    question = checked(Match("name", "like", pattern), PERSON)
    facts = {"name": ("a" * 500,)}
    with at_once():
        expected = holds(question, facts)
        answers = {bool(mask(question, TABLE)[0])}
        answers |= {bool(store.find(Person, question).records) for store in stores}

    assert {expected} == answers


def test_no_pattern_explodes_on_a_long_text():
    """A row may hold more than columns do: a hundred stars on a hundred thousand letters."""
    question = checked(Match("name", "like", "*ab?" * 100 + "*b"), PERSON)
    with at_once():
        assert holds(question, {"name": ("a" * 100_000,)}) is False
        assert holds(question, {"name": ("ab" * 50_000,)}) is True


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000 + "age > 1" + ")" * 100_000, "not " * 100_000 + "age > 1", "age > 1" + " or age > 1" * 50_000, '"' * 99_999,
     "skills has (" * 50_000, "a." * 100_000, "age in (" + "1," * 300_000 + "1)", "-" * 100_000, "/*" * 50_000, "\\" * 100_000],
    ids=lambda text: text[:10],
)  # fmt: skip
def test_hostile_words_are_refused_at_once(text):
    """Brackets, quotes, signs and lists without end."""
    with at_once(), pytest.raises(InputError):
        compiled(checked(parsed(text), PERSON))


def test_hostile_json_is_refused_at_once():
    """A deep object, and one whose parts are one object over and over."""
    deep = {"op": "missing", "field": "age"}
    for _ in range(50_000):
        deep = {"op": "some", "relation": "jobs", "where": deep}
    wide = {"op": "missing", "field": "age"}
    for _ in range(50):
        wide = {"op": "or", "parts": [wide, wide]}
    inside = {"op": "eq", "value": 1, "field": {"how": "count", "relation": "jobs", "where": wide}}
    for where in (deep, wide, inside):
        with at_once(), pytest.raises(InputError):
            from_json({"version": 2, "where": where})


def test_moments_without_end_are_answered_at_once():
    """A million years from now and a million quarters ago, on any calendar."""
    from crmcore.query import Moment

    with at_once():
        for amount in (1_000_000, -1_000_000):
            for unit in ("second", "day", "week", "month", "quarter", "year"):
                for start_of in (None, "day", "week", "quarter", "year"):
                    moment = Moment(span=Span(amount, unit), start_of=start_of, zone="Pacific/Apia")
                    question = checked((F.born < moment) | (F.seen_at < moment), PERSON)
                    assert holds(resolved(question, NOW + timedelta(days=1)), {"born": ("2000",)}) in (
                        True,
                        False,
                        None,
                    )
