"""What scoring functions may give: a finite number, or None; everywhere the same. About four seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from crmcore.errors import InputError
from crmcore.model import ContactRecord
from crmcore.query import Asking, asking, checked, holds, resolved, score
from crmcore.query.columns import Table, masks
from crmcore.storage import MemoryStore
from crmcore.storage.sql import SqlStore
from crmcore.testing import ManualClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUBJECT = ContactRecord.askable().subject
PERSON = ContactRecord.model_validate({"id": "c-1", "tags": ["x"]})
ASKED = [score("s", "x") >= 0.5, score("s", "x") != 0.5, score("s", "x").is_known(), score("s", "x").between(0, 1),
         ~score("s", "x").in_([0.5, 0.7])]  # fmt: skip


def plainly(question, given):
    """Return the question with a function that always gives that."""
    return resolved(checked(question, SUBJECT), NOW, scorers={"s": lambda facts, to: given})


def ways(question, given):
    """Yield what asks the question, by every way there is."""
    scorers = {"s": lambda facts, to: given}
    yield lambda: asking(question, ContactRecord, now=NOW, using=Asking(scorers=scorers))(PERSON)
    yield lambda: holds(plainly(question, given), {"id": ("c-1",)}) is True
    yield lambda: bool(question.mask({"id": ["c-1"]}, scorers=scorers)[0])
    for make in (MemoryStore, lambda **named: SqlStore("sqlite://", **named)):
        with make(clock=ManualClock(NOW), asking=Asking(scorers=scorers)) as store:
            with store.unit(actor="suite") as unit:
                unit.put(PERSON)
            yield lambda store=store: store.count(ContactRecord, plainly(question, given)) == 1


@pytest.mark.parametrize("question", ASKED, ids=str)
@pytest.mark.parametrize("nothing", [None, float("nan"), np.float64("nan"), Decimal("NaN"), Decimal("sNaN")], ids=repr)
def test_no_number_is_an_unknown_score(question, nothing):
    """NaN is what arithmetic gives for no answer; of it nothing is so, and nothing is not so."""
    assert {False} == {ask() for ask in ways(question, nothing)}
    assert holds(plainly(score("s", "x").is_missing(), nothing), {}) is True


@pytest.mark.parametrize("given", [0.5, Decimal("0.5"), Fraction(1, 2), np.float64(0.5), np.float32(0.5)], ids=repr)
def test_a_number_of_any_sort_is_a_score(given):
    """It is asked about as a double."""
    assert [True, False, True, True, False] == [all(ask() for ask in ways(question, given)) for question in ASKED]


def test_a_whole_number_is_a_score():
    """Also numpy's."""
    for given in (1, np.int64(1)):
        assert {True} == {ask() for ask in ways(score("s", "x") == 1, given)}


WRONG = [float("inf"), float("-inf"), 10**400, "0.5", True, object(), (1,), [0.5], Decimal("Infinity"), 1j]


@pytest.mark.parametrize("given", WRONG, ids=lambda given: repr(given)[:8])
@pytest.mark.parametrize("question", [ASKED[0], ASKED[2]], ids=str)
def test_what_is_no_number_is_refused_by_the_name_of_the_function(given, question):
    """Typed by every way, and without telling what it gave."""
    for ask in ways(question, given):
        with pytest.raises(InputError, match=r"score s.*finite number") as caught:
            ask()

        assert repr(given) not in str(caught.value)


def test_columns_say_of_each_row_what_rows_say():
    """A score here, none there, and a sign taken off zero."""
    given = {"a": 0.7, "b": float("nan"), "c": None, "d": -0.0, "e": Decimal("0.5")}
    scorers = {"s": lambda facts, to: given[facts["id"][0]]}
    table = Table.of({"id": list(given)})
    asked = resolved(checked(score("s", "x") >= 0.5, table.subject), NOW, scorers=scorers)
    true, false = masks(asked, table)

    assert [True, False, False, False, True] == true.tolist()
    assert [False, False, False, True, False] == false.tolist()
    assert [True, None, None, False, True] == [holds(asked, facts) for facts in table.facts()]
