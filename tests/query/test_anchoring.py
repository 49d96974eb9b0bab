"""Values that a question hangs on: whoever has none of them is not selected. About ten seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from crmcore.query import F, Lasting, Span, ago, checked
from crmcore.query.anchoring import anchor_of, is_anchored, is_ruled_out
from crmcore.query.rows import holds, selects
from tests.query.questions import NOW, SUBJECT, plain, questions, records


def wrongly(question, record, now, *, anchor_of=anchor_of) -> bool:
    """Say whether a record is selected that an anchor leaves out, before and after the question is resolved."""
    resolved = plain(question, now)
    is_out = not is_anchored(anchor_of(question), [record]) or not is_anchored(anchor_of(resolved), [record])
    return is_out and selects(resolved, record)


@given(questions(depth=3), records(), NOW)
@settings(max_examples=600)
def test_nobody_is_selected_without_an_anchor(question, record, now):
    """Whenever one asks."""
    assert not wrongly(question, record, now)


@given(questions(depth=3), records(), NOW)
@settings(max_examples=600)
def test_what_is_ruled_out_is_certainly_false(question, record, now):
    """Not merely unknown."""
    resolved = plain(question, now)
    assert not (is_ruled_out(anchor_of(question), record) and holds(resolved, record) is not False)


def test_an_anchor_of_one_part_of_an_or_would_leave_somebody_out():
    """The law above finds what is anchored wrongly."""
    question = checked((F.state == "a") | (F.level > 3), SUBJECT)
    record = {"level": (4,)}

    assert wrongly(question, record, datetime(2026, 3, 1, tzinfo=UTC), anchor_of=lambda _: {"state": frozenset({"a"})})


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ((F.stage == "a") & (F.age > 3), {"stage": {"a"}}),
        (F.stage.in_(["a", "b"]) & (F.id == "x"), {"id": {"x"}}),
        ((F.stage == "a") | F.stage.in_(["b", "c"]), {"stage": {"a", "b", "c"}}),
        ((F.stage == "a") | ((F.level == 3) & F.name.is_known()), {"stage": {"a"}, "level": {3}}),
        (Lasting(F.stage == "a", Span(3, "day")), {"stage": {"a"}}),
        (F.id.in_([]), {"id": set()}),
    ],
)
def test_the_fewest_values_are_taken(question, expected):
    """Of parts that all must hold one is enough; of those of which one must, every one is needed."""
    assert expected == anchor_of(checked(question, SUBJECT))


@pytest.mark.parametrize(
    "question",
    [
        ~(F.stage == "a"),
        (F.stage == "a") | (F.age > 3),
        F.born == "1990",
        F.extra == 1,
        F.seen_at == ago(days=3),
        F.skills.any(level=3),
        F.skills.count() == 3,
        F.stage.is_missing(),
    ],
)
def test_what_other_values_may_satisfy_has_no_anchor(question):
    """Negations, ranges, partial dates, values of any type, moments, items and numbers of them."""
    assert anchor_of(checked(question, SUBJECT)) is None


def test_only_values_of_the_wanted_fields_are_taken():
    """A store that finds by id looks for ids only, though fewer other values are named."""
    question = checked(F.id.in_(["x", "y"]) & (F.stage == "a"), SUBJECT)

    assert {"id": {"x", "y"}} == anchor_of(question, fields={"id"})
    assert anchor_of(checked(F.stage == "a", SUBJECT), fields={"id"}) is None
