"""The hour that a clock shows twice in autumn: two instants, though Python calls them equal within one zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crmcore.model import ContactRecord
from crmcore.query import F, FieldType, asking, checked, next_flip, now, resolved, scalar_of
from crmcore.query.columns import Table

FIRST_TIME = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
SECOND_TIME = FIRST_TIME.replace(fold=1)
TOUCHED = ContactRecord.model_validate({"id": "c", "touches": [{"source": "l", "at": "2026-10-25T00:45:00Z"}]})


def test_python_calls_the_two_instants_equal():
    """The danger itself: what goes by ``==`` or by a hash takes one for the other."""
    assert FIRST_TIME == SECOND_TIME
    assert hash(FIRST_TIME) == hash(SECOND_TIME)
    assert FIRST_TIME.astimezone(UTC) < SECOND_TIME.astimezone(UTC)


@pytest.mark.parametrize("order", [(FIRST_TIME, SECOND_TIME), (SECOND_TIME, FIRST_TIME)])
def test_a_question_asked_again_an_hour_later_is_put_again(order):
    """What was touched at 02:45 before the clock went back is past at the second 02:30, and was not at the first."""
    question = F.touched_at <= now()
    answers = {at.fold: question(TOUCHED, now=at) for at in order}

    assert answers == {0: False, 1: True}


@pytest.mark.parametrize(("at", "expected"), [(FIRST_TIME, False), (SECOND_TIME, True)])
def test_a_question_compiled_for_the_instant_says_the_same(at, expected):
    """The kept question and a fresh one agree."""
    assert expected is asking(F.touched_at <= now(), ContactRecord, now=at)(TOUCHED)


def test_the_two_instants_make_two_scalars():
    """Values of facts and of questions are told apart by their instants in UTC."""
    subject = Table.of({"at": [FIRST_TIME]}).subject
    asked = F.at.in_([FIRST_TIME, SECOND_TIME])

    assert ["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"] == [
        scalar_of(at, FieldType.INSTANT, field="at") for at in (FIRST_TIME, SECOND_TIME)
    ]
    assert len(resolved(asked, FIRST_TIME).values) == 2
    assert [True, False] == (F.at == FIRST_TIME).mask({"at": [FIRST_TIME, SECOND_TIME]}, subject=subject).tolist()


def test_a_column_of_datetimes_keeps_both():
    """A column of Python's datetimes is converted value by value of UTC, not once for both."""
    table = Table.of({"at": [FIRST_TIME, SECOND_TIME, SECOND_TIME, FIRST_TIME]})
    touched = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)

    assert [True, False, False, True] == (F.at < touched).mask(table).tolist()
    assert [False, True, True, False] == (F.at == SECOND_TIME).mask(table).tolist()


def test_an_answer_turns_between_the_two():
    """From the first 02:30 on, the next change is at 02:45, a quarter of an hour later; from the second on, none is."""
    question = F.at <= now()
    checked_facts = {"at": ("2026-10-25T00:45:00.000000Z",)}
    subject = Table.of({"at": [FIRST_TIME]}).subject
    asked = checked(question, subject)

    assert datetime(2026, 10, 25, 0, 45, tzinfo=UTC) == next_flip(asked, checked_facts, FIRST_TIME)
    assert next_flip(asked, checked_facts, SECOND_TIME) is None
