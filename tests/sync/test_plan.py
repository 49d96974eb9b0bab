"""A plan says what an import will do, and does exactly that."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError
from crmcore.model import (
    ContactRecord,
    EmailAddress,
    Event,
    ImportRun,
    Note,
    PersonName,
    Provenance,
    SourceRecord,
    row_hash,
)
from crmcore.ports import RowReject
from crmcore.sync import Draft, PlannedAction, RowIds, build_plan
from tests.model.strategies import contacts

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


def draft(number, *, external_id="", notes=(), line=None, **facts):
    """A row of people.csv that says these things."""
    cells = {"id": external_id or None, **{key: str(value) for key, value in facts.items()}, "notes": "|".join(notes)}
    ids = RowIds("people.csv")
    record = ids.next(external_id=external_id, row_hash=row_hash(cells))
    source = SourceRecord(
        id=record, source="people.csv", system="people.csv", line=line, cells=cells, hash=row_hash(cells)
    )
    contact = ContactRecord(id=f"new{number}", **facts).observed(Provenance(source="people.csv", record=record))
    return Draft(contact=contact, source=source, notes=tuple(notes))


def email(local):
    """An address."""
    return EmailAddress(raw=local, normal=f"{local}@x.example")


def counter():
    """Ids in sequence."""
    numbers = iter(range(10_000))
    return lambda: f"e{next(numbers)}"


def written(plan):
    """Everything that the plan writes."""
    return list(plan.writes(run_id="r1", at=NOW, actor="importer", new_id=counter()))


def stored(plan):
    """Contacts and source records as a store would have them after the import."""
    records = [record.evolve(version=record.version + 1) for record in written(plan) if not isinstance(record, Event)]
    people = [record for record in records if isinstance(record, ContactRecord)]
    rows = {record.id: record for record in records if isinstance(record, SourceRecord)}
    return people, rows


ADA = ContactRecord(id="ada", version=3, name=PersonName(given="Ada"), emails=(email("ada"),))
EVE = ContactRecord(id="eve", version=1, name=PersonName(given="Eve"), emails=(email("eve"),))


def test_rows_about_nobody_known_make_one_new_contact_a_cluster():
    """Two rows about one person are one contact, a row in no cluster is its own."""
    rows = [draft(i, headline=f"h{i}") for i in range(3)]
    plan = build_plan([], rows, [[0, 2]])

    assert [PlannedAction.CREATE] * 2 == [planned.action for planned in plan.contacts]
    assert [(rows[0], rows[2]), (rows[1],)] == [planned.drafts for planned in plan.contacts]
    assert "2 new from 3 rows" == str(plan.summary)


def test_rows_merge_into_the_stored_contact_at_the_version_that_was_seen():
    """The write states the version; the stored values are not lost."""
    plan = build_plan([ADA], [draft(0, emails=(email("ada2"),))], [[0, 1]])
    (planned,) = plan.contacts

    assert (PlannedAction.MERGE, "ada", 3) == (planned.action, planned.record.id, planned.record.version)
    assert ["ada2@x.example", "ada@x.example"] == sorted(one.key for one in planned.record.emails)
    assert "0 new, 1 merges into 1" == str(plan.summary)


def test_two_stored_contacts_are_never_merged_silently():
    """The row goes to the one that it fits best; the two are listed for somebody to decide."""
    row = draft(0, emails=(email("eve"),), line=7)
    plan = build_plan([ADA, EVE], [row], [[0, 1, 2]])

    assert ["eve"] == [planned.record.id for planned in plan.contacts]
    assert [("eve", "ada", (7,))] == [(pair.kept, pair.other, pair.lines) for pair in plan.possible_duplicates]
    assert not any(isinstance(record, ContactRecord) and record.id == "ada" for record in written(plan))


def test_stored_contacts_alone_in_a_cluster_are_listed_and_left_alone():
    """A cluster without any row writes nothing."""
    plan = build_plan([ADA, EVE], [], [[1, 0]])

    assert () == plan.contacts
    assert 1 == len(plan.possible_duplicates)


@settings(max_examples=30, deadline=None)
@given(st.lists(contacts, min_size=1, max_size=4))
def test_importing_the_same_twice_changes_nothing(some):
    """The second import finds every row unchanged and writes no contact and no row."""
    rows = [draft(i, external_id=f"x{i}", headline=one.headline, name=one.name) for i, one in enumerate(some)]
    people, known = stored(build_plan([], rows, []))
    again = build_plan(people, rows, [], imported=known)

    assert () == again.contacts
    assert len(rows) == again.summary.unchanged
    assert ["import_run"] == [record.kind for record in written(again) if not isinstance(record, Event)]


def test_a_changed_row_replaces_what_it_said_before():
    """The old single value goes, the old address stays, and the row is written over its earlier version."""
    first = draft(0, external_id="7", headline="Senior Wizard of Words", emails=(email("a"),))
    people, known = stored(build_plan([], [first], []))
    second = draft(1, external_id="7", headline="Poet", emails=(email("b"),))
    plan = build_plan(people, [second], [], imported=known)
    (planned,) = plan.contacts

    assert ("new0", "Poet", 1) == (planned.record.id, planned.record.headline, planned.record.version)
    assert ["a@x.example", "b@x.example"] == sorted(one.key for one in planned.record.emails)
    assert [1] == [record.version for record in written(plan) if isinstance(record, SourceRecord)]


def test_a_changed_row_does_not_take_away_what_another_source_says():
    """What two sources held is still held by one."""
    first = draft(0, external_id="7", headline="Senior Wizard of Words")
    people, known = stored(build_plan([], [first], []))
    people = [people[0].observed(Provenance(source="ats"))]
    plan = build_plan(people, [draft(1, external_id="7", headline="Poet")], [], imported=known)
    golden = plan.contacts[0].record

    assert "Senior Wizard of Words" == golden.headline
    assert ["ats"] == [one.source for one in golden.why("headline")]


def test_a_row_that_was_imported_ties_its_cluster_to_its_contact():
    """A new row about the same person goes where the old row went."""
    first = draft(0, external_id="7", headline="Poet")
    people, known = stored(build_plan([], [first], []))
    plan = build_plan(people, [first, draft(1, external_id="8", gender="f")], [[1, 2]], imported=known)

    assert ["new0"] == [planned.record.id for planned in plan.contacts]
    assert (1, 1) == (plan.summary.unchanged, plan.summary.merged_rows)


def test_notes_are_written_once():
    """A note of a row that comes again in a changed row is not written again."""
    first = draft(0, external_id="7", notes=("met in Rome",))
    people, known = stored(build_plan([], [first], []))
    again = build_plan(people, [draft(0, external_id="7", headline="x", notes=("met in Rome",))], [], imported=known)

    assert ["met in Rome"] == [
        record.body for record in written(build_plan([], [first], [])) if isinstance(record, Note)
    ]
    assert [] == [record for record in written(again) if isinstance(record, Note)]


def test_writes_point_only_to_what_was_written_before():
    """The run comes first, then a contact before its rows and notes; every event is about something written."""
    plan = build_plan([], [draft(0, headline="Poet", notes=("n",))], [])

    assert ["import_run", "contact", "source_record", "note", "contact.created", "import.done"] == [
        record.type if isinstance(record, Event) else record.kind for record in written(plan)
    ]
    row = next(record for record in written(plan) if isinstance(record, SourceRecord))
    assert ("new0", "r1", NOW) == (row.contact, row.run, row.imported_at)


def test_summary_names_the_first_reject():
    """One sees where to look without opening anything."""
    rejects = [
        RowReject(line=12, column="e-mail", code="no-at", message="there is no @"),
        RowReject(line=17, column=None, code="too-many-cells", message="9 cells for 3 columns"),
    ]
    plan = build_plan([], [], [], rejects=rejects)
    run = next(record for record in written(plan) if isinstance(record, ImportRun))

    assert "0 new, 1 rejected (first: line 17: 9 cells for 3 columns), 1 cell left out" == str(plan.summary)
    assert (1, 1, plan.digest) == tuple(plan.to_json()[key] for key in ("rejected_rows", "rejected_cells", "digest"))
    assert [(12, "e-mail"), (17, None)] == [(reject.line, reject.column) for reject in run.rejects]


def test_digest_does_not_depend_on_the_ids_of_new_contacts():
    """Planning again gives the same digest; another value gives another one."""
    digests = {build_plan([], [draft(number, headline="Poet")], []).digest for number in range(3)}

    assert 1 == len(digests)
    assert build_plan([], [draft(0, headline="Bard")], []).digest not in digests


@pytest.mark.parametrize("clusters", [[[0, 5]], [[-1]], [[0], [0]], [[0, 0]]])
def test_clusters_that_do_not_fit_are_refused(clusters):
    """An index that is not there, or is there twice, is an error before anything is planned."""
    with pytest.raises(InputError, match="record"):
        build_plan([ADA], [], clusters)


def test_same_rows_of_one_file_are_told_apart():
    """Two identical rows are two rows, with the same two ids the next time."""
    first, second = RowIds("f"), RowIds("f")
    ids = [first.next(external_id="", row_hash="h") for _ in range(2)]

    assert 2 == len(set(ids))
    assert ids == [second.next(external_id="", row_hash="h") for _ in range(2)]
    assert ids[0] != RowIds("g").next(external_id="", row_hash="h")


def test_two_versions_of_one_row_go_to_one_contact():
    """Two exports of one system that name the same id are one person; the later version is kept as evidence."""
    first = draft(0, external_id="7", headline="Poet", notes=("n",), line=2)
    second = draft(1, external_id="7", emails=(email("a"),), notes=("n", "m"), line=3)
    other = draft(2, external_id="8", gender="f")
    plan = build_plan([], [first, other, second], [[0, 1]])
    records = [record for record in written(plan) if not isinstance(record, Event)]
    keys = [(record.kind, record.id) for record in records]

    assert [(first, other, second)] == [planned.drafts for planned in plan.contacts]
    assert len(set(keys)) == len(keys)
    assert {second.source.hash, other.source.hash} == {
        record.hash for record in records if isinstance(record, SourceRecord)
    }
    assert ["m", "n"] == sorted(record.body for record in records if isinstance(record, Note))


def test_summary_names_the_source_of_the_first_reject_among_several():
    """A line number alone does not tell in which of two files it is; with one file it does."""
    bad = RowReject(line=7, column="mail", code="no-at", message="there is no @", source="b.csv")
    other = RowReject(line=9, column="mail", code="no-at", message="there is no @", source="a.csv")

    assert "(first: line 7 of b.csv, mail: there is no @)" in str(build_plan([], [], [], rejects=[other, bad]).summary)
    assert "(first: line 7, mail: there is no @)" in str(build_plan([], [], [], rejects=[bad]).summary)
