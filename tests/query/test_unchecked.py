"""Questions that were not checked, or not resolved: what a compiler answers without knowing types, and what it refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from crmcore.errors import InputError, UncheckedQuestion
from crmcore.hygiene.partial_date import PartialDate
from crmcore.query import (
    F,
    InSegment,
    Near,
    ago,
    checked,
    compiled,
    holds,
    lasting,
    now,
    resolved,
    score,
    selects,
    start_of,
)
from crmcore.query.columns import Table, mask, masks
from crmcore.query.rows import judges
from tests.query.columns_cases import SUBJECT

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = Table.of({"city": ["Delft", None], "level": [4, None], "born": [date(1990, 1, 1), None], "at": [NOW, None]})
DOORS = {
    "holds": lambda question: holds(question, {"city": ("Delft",), "born": ("1990",)}),
    "selects": lambda question: selects(question, {}),
    "compiled": compiled,
    "judges": judges,
    "mask": lambda question: mask(question, COLUMNS),
    "masks": lambda question: masks(question, COLUMNS),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "question",
    [
        F.born < "1990-06",
        F.born == "1990",
        F.born != "1990-06-01",
        F.born.in_(["1990-06", "x"]),
        F.born.between("1990", "1991"),
        F.born.between("a", "1991"),
        F.born >= date(1990, 6, 1),
        F.born == PartialDate(1990, 6),
        F.at >= NOW,
        F.at == "2026-01-01T00:00:00Z",
        F.at >= now(),
        F.born.within(days=3),
        F.born.in_([start_of("day")]),
        F.level >= Decimal("4.5"),
        F.level.in_([None]),
        F.city.is_one_of(["Delft"]),
        F.city.is_("Delft"),
        (F.city == "Delft") & ~(F.born > "1990"),
    ],
    ids=str,
)
def test_what_types_decide_is_refused_unchecked(question, door):
    """A year as a text stands before its months and as a date does not; so no quick answer is given."""
    with pytest.raises(UncheckedQuestion, match=r"checked\(\)") as caught:
        DOORS[door](question)

    assert isinstance(caught.value, (InputError, TypeError))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "question",
    [
        checked(F.born >= now(), COLUMNS.subject),
        checked(F.at.in_([ago(days=3)]), COLUMNS.subject),
        checked(F.at.within(days=3), COLUMNS.subject),
        checked(F.born.recurs(now(), now()), COLUMNS.subject),
        checked(score("s", "x") > 0.5, COLUMNS.subject),
        InSegment("seniors"),
        lasting(F.city == "Delft", days=3),
        Near(km=3, of="Delft"),
    ],
    ids=str,
)
def test_what_the_time_and_the_place_decide_is_refused_unresolved(question, door):
    """As bad input, with what to do; not by an error of Python's when the first record comes."""
    with pytest.raises(UncheckedQuestion, match=r"resolved\(\)"):
        DOORS[door](question)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (F.city == "Delft", [True, None]),
        (F.city != "Delft", [False, None]),
        (F.city.in_(["Delft", "Utrecht"]), [True, None]),
        (F.city > "A", [True, None]),
        (F.city.between("A", "B"), [False, None]),
        (F.level >= 4, [True, None]),
        (F.level.in_([4.0]), [True, None]),
        (F.city.contains("elf"), [True, None]),
        (F.city.is_missing(), [False, True]),
        ((F.level == 4) & (F.city == "Delft"), [True, None]),
    ],
    ids=str,
)
def test_plain_values_are_answered_unchecked(question, expected):
    """As checked, by rows and by columns: texts that read as no date, numbers, truths."""
    true, false = masks(question, COLUMNS)

    assert expected == [holds(question, facts) for facts in COLUMNS.facts()]
    assert expected == [holds(checked(question, COLUMNS.subject), facts) for facts in COLUMNS.facts()]
    assert [(one is True, one is False) for one in expected] == list(zip(true.tolist(), false.tolist(), strict=True))


@pytest.mark.parametrize("question", [F.city < 5, F.city == 4, F.level == "x", F.level > "x", F.level.in_(["x", True])])
def test_values_of_another_sort_are_never_equal_unchecked(question):
    """In rows, as in a field that may hold anything; columns know their types, and say that it cannot be asked."""
    assert False is holds(question, {"city": ("Delft",), "level": (4,)})
    with pytest.raises(InputError, match="is of type"):
        mask(question, COLUMNS)


def test_true_is_no_one_unchecked():
    """To Python True is 1."""
    assert False is holds(F.level == True, {"level": (1,)})  # noqa: E712
    assert True is holds(F.level == 1.0, {"level": (1,)})


def test_once_checked_and_resolved_it_is_answered():
    """Which is what the message says to do."""
    asked = checked(F.date < "1990-06", SUBJECT)

    assert holds(asked, {"date": ("1990",)}) is None
    assert holds(asked, {"date": ("1989",)}) is True
    assert holds(resolved(checked(F.instant < now(), SUBJECT), NOW), {"instant": ("2025-01-01T00:00:00.000000Z",)})
