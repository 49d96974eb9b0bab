"""Two records of one candidate become one: what either knows is kept, and the person's peace is the longer one."""

from __future__ import annotations

from datetime import UTC, date, datetime

from crmcore.model import Candidate
from crmcore.model.references import references_to, renamed
from crmcore.model.timeline import Note

AT = datetime(2026, 3, 1, tzinfo=UTC)
ONE = Candidate(
    id="k-1", contact="c-7", notice="a month", wanted_titles=("Analyst",), custom={"team": "data"}, snoozed_until=AT
)
TWO = Candidate(
    id="k-2",
    contact="c-8",
    notice="none",
    availability="open",
    available_from=date(2026, 5, 1).isoformat(),
    wanted_titles=("Engineer", "Analyst"),
    custom={"team": "ops", "size": "xl"},
    snoozed_until=AT.replace(day=9),
)


def test_what_one_leaves_open_the_other_fills():
    """What both say is as the first has it; lists are united; nothing is lost of what only one says."""
    both = ONE.filled_from(TWO)

    assert ("k-1", "c-7", "a month", "open") == (both.id, both.contact, both.notice, both.availability)
    assert ("Analyst", "Engineer") == both.wanted_titles
    assert {"team": "data", "size": "xl"} == both.custom
    assert both.snoozed_until == TWO.filled_from(ONE).snoozed_until == AT.replace(day=9)


def test_filling_again_changes_nothing():
    """Nor does filling from oneself, or from one of whom nothing is known."""
    both = ONE.filled_from(TWO)

    assert both == both.filled_from(TWO)
    assert ONE == ONE.filled_from(ONE) == ONE.filled_from(Candidate(id="k-3", contact="c-7"))


def test_a_record_names_another_only_where_it_named_the_one():
    """Of several it names, each is named once; whom it does not name is no matter."""
    note = Note(id="n-1", subjects=("c-1", "c-7", "c-8"), at=AT, author="eva")

    assert ("c-1", "c-7") == renamed(note, "subjects", before="c-8", after="c-7").subjects
    assert note == renamed(note, "subjects", before="c-9", after="c-7")
    assert ONE == renamed(ONE, "contact", before="c-9", after="c-1")
    assert "c-1" == renamed(ONE, "contact", before="c-7", after="c-1").contact


def test_a_reference_is_asked_by_a_field_and_stands_in_an_attribute():
    """Of every kind that names a contact or a candidate, by the catalogue."""
    found = [*references_to("contact"), *references_to("candidate")]

    assert all(each.key in {spec.key for spec in each.kind.fields} for each in found)
    assert all(each.path.partition(".")[0] in each.kind.model_fields for each in found)
    assert () == references_to("nothing")
