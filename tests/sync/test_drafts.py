"""A row has the same id whenever it comes again, wherever it stands in its file."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.ports import Batch
from crmcore.sync import Intake, build_plan, settle_ids

ROWS = [
    ("9", "ada@lovelace.example"),
    ("9", "eve@lovelace.example"),
    ("9", "ada@lovelace.example"),
    ("4", "mary@lovelace.example"),
]


def read(*rows):
    """What one file of the system says, row by row."""
    numbers = count(1)
    intake = Intake(
        source="f.csv", roles={"Id": Role.RECORD_ID, "Mail": Role.EMAIL}, new_id=lambda: f"c{next(numbers)}"
    )
    ids, mails = zip(*rows, strict=True)
    drafts, rejects = intake.take(Batch(columns={"Id": ids, "Mail": mails}, lines=range(2, len(rows) + 2)))
    assert [] == rejects
    return drafts


def table(drafts):
    """Id -> external id and address."""
    return {draft.source.id: (draft.source.external_id, draft.contact.emails[0].key) for draft in drafts}


def store(drafts):
    """The rows as a store has them after their import."""
    return {draft.source.id: draft.source.belongs_to(draft.contact.id) for draft in drafts}


@given(st.permutations(ROWS))
def test_order_within_a_file_does_not_show(rows):
    """Rows with one external id keep their ids however the file is sorted; by number alone they would swap."""
    first, second = settle_ids(read(*ROWS)), settle_ids(read(*rows))
    plan = build_plan([draft.contact for draft in first], second, [], imported=store(first))

    assert 4 == len(table(first))
    assert table(first) == table(second)
    assert 4 == plan.summary.unchanged


def test_numbers_alone_would_swap_two_people():
    """What is to be prevented: without settling, the re-sorted rows have each other's ids."""
    first, second = table(read(*ROWS[:2])), table(read(ROWS[1], ROWS[0]))

    assert set(first) == set(second)
    assert first != second


def test_a_changed_row_with_an_id_of_its_own_is_a_new_version():
    """Content does not count where the id tells; nor do two files of a system, each with the id once."""
    (old,), (new,) = read(("9", "ann@lovelace.example")), read(("9", "ben@lovelace.example"))
    one, other = settle_ids([old, new])

    assert old.source.id == one.source.id == other.source.id


def test_values_name_their_row_by_its_settled_id():
    """Provenance still leads to the evidence."""
    for draft in settle_ids(read(*ROWS)):
        assert {draft.source.id} == {one.record for told in draft.contact.provenance.values() for one in told}


@pytest.mark.parametrize("again", [ROWS[:2], ROWS[1::-1]])
def test_a_row_stored_before_its_id_came_twice_keeps_its_id(again):
    """The second import finds it unchanged, and the newcomer is a row of its own."""
    known = store(settle_ids(read(ROWS[0])))
    drafts = settle_ids(read(*again), stored=known.get)

    assert [ROWS[0]] == [row for id_, row in table(drafts).items() if id_ in known]
    assert 2 == len(table(drafts))


@pytest.mark.parametrize("left", ROWS[:2])
def test_a_row_that_is_left_alone_with_its_id_is_found_again(left):
    """The other row of its external id is gone from the file; it is itself unchanged."""
    known = store(settle_ids(read(*ROWS[:2])))
    (draft,) = settle_ids(read(left), stored=known.get)

    assert draft.source.hash == known[draft.source.id].hash


def test_the_same_rows_in_a_second_file_of_the_import_are_the_same_rows():
    """Numbers count within a file."""
    drafts = settle_ids([*read(*ROWS), *read(*reversed(ROWS))])

    assert table(drafts[:4]) == table(drafts[4:])
