"""An import from files to records: planned, then committed, then done again."""

from __future__ import annotations

import json
import os
import random

import pytest

from crmcore.app import CRM
from crmcore.app._intakes import source_names
from crmcore.errors import InputError, NotFound, StalePlan, UnknownColumn, UnreadableFile
from crmcore.model import ChannelState, ContactRecord, Event, ImportRun, Note, SourceRecord
from crmcore.query import F
from crmcore.storage import logical_digest
from crmcore.sync.plan import PlannedAction
from crmcore.sync.survivorship import Precedence
from crmcore.testing import ManualClock, SequenceIds
from tests.integrations import workbooks

PEOPLE = """\
id,given name,surname,email,phone,city,notes
a1,Ada,Lovelace,ada@analytical.example,+44 20 7946 0958,London,met at a fair
a2,Ada,Lovelace,ada@analytical.example,+44 20 7946 0958,London,
a3,Grace,Hopper,grace@navy.example,+1 202 555 0143,Arlington,"calls back
on Mondays"
a4,Katherine,Johnson,kj@space.example,+1 757 555 0112,Hampton,
a5,Annie,Easley,annie@lewis.example,+1 216 555 0177,Cleveland,
"""
BOARD = [
    ["Candidate", "E-Mail", "Job title", "Do not contact"],
    ["Hopper, Grace", "GRACE@navy.example", "Rear admiral", "yes"],
    ["Mary Jackson", "mary@langley.example", "Engineer", ""],
]


def imported(crm, *paths, **wishes):
    """Plan and commit; return the plan."""
    plan = crm.plan_import(paths, **wishes)
    crm.commit(plan, actor="ada")
    return plan


def person(crm, address):
    """Return the one contact with that e-mail address."""
    (contact,) = crm.find(ContactRecord, F.email == address)
    return contact


def content(crm):
    """Return what is known of people, without the ids that they happen to have."""
    return sorted(
        json.dumps(contact.model_dump(mode="json", exclude={"id", "version", "provenance"}), sort_keys=True)
        for contact in crm.contacts()
    )


def test_rows_become_people(crm, write):
    """Each person is one contact, however many rows tell of them; every row is kept as evidence."""
    plan = imported(crm, write(PEOPLE))

    assert "4 new from 5 rows" == str(plan.summary)
    assert ["Easley", "Hopper", "Johnson", "Lovelace"] == sorted(contact.name.family for contact in crm.contacts())
    assert {"people.csv/a1", "people.csv/a2"} == {
        f"{known.system}/{known.id}" for known in person(crm, "ada@analytical.example").external_ids
    }
    rows = list(crm.store.stream(SourceRecord))
    assert ["a1", "a2", "a3", "a4", "a5"] == sorted(row.cells["id"] for row in rows)
    assert {contact.id for contact in crm.contacts()} == {row.contact for row in rows}


def test_planning_writes_nothing(crm, write):
    """The store is bit by bit as it was, empty or not."""
    empty = logical_digest(crm.store)
    crm.plan_import(write(PEOPLE))

    assert empty == logical_digest(crm.store)

    imported(crm, write(PEOPLE))
    full = logical_digest(crm.store)
    crm.plan_import(write(PEOPLE.replace("Hampton", "Newport News")))

    assert empty != full == logical_digest(crm.store)


def test_the_same_plan_has_the_same_digest(crm, write):
    """Planning again, from the same file and the same store, says the same."""
    path = write(PEOPLE)

    assert crm.plan_import(path).digest == crm.plan_import([path]).digest
    assert crm.plan_import(path).digest != crm.plan_import(write(PEOPLE.replace("Easley", "Easly"))).digest


def test_the_same_file_again_changes_nothing(crm, write):
    """Every row is known: no contact, row, note or contact event is written a second time."""
    path = write(PEOPLE)
    imported(crm, path)
    before = [*crm.contacts(), *crm.store.stream(SourceRecord), *crm.store.stream(Note)]
    plan = imported(crm, path)

    assert "0 new, 5 unchanged" == str(plan.summary)
    assert before == [*crm.contacts(), *crm.store.stream(SourceRecord), *crm.store.stream(Note)]
    assert ["import.done"] == [told.event.type for told in crm.store.history.events() if told.unit.number == 2]


def test_a_row_that_changed_changes_its_contact(crm, write):
    """The row is known by its id: the contact learns the new value, and what the row no longer says goes."""
    imported(crm, write(PEOPLE))
    before = person(crm, "kj@space.example")
    plan = imported(crm, write(PEOPLE.replace("Katherine,Johnson", "Katherine G,Johnson")))
    after = person(crm, "kj@space.example")

    assert "0 new, 1 merges into 1, 4 unchanged" == str(plan.summary)
    assert (before.id, before.version + 1) == (after.id, after.version)
    assert "Katherine G" == after.name.given
    (row,) = [row for row in crm.store.stream(SourceRecord) if row.external_id == "a4"]
    assert ("Katherine G", 2) == (row.cells["given name"], row.version)
    assert "contact.merged" == crm.history(after).events[-1].event.type


def test_files_of_different_shapes_meet(crm, write, tmp_path):
    """A CSV file and a workbook with other headers tell of one person: one contact, with what both know."""
    board = workbooks.xlsx(tmp_path / "board.xlsx", BOARD)
    lines = write('{"mail": "mary@langley.example", "full name": "Mary Jackson", "town": "Hampton"}\n', "more.jsonl")
    plan = imported(crm, write(PEOPLE), board, lines)
    grace, mary = person(crm, "grace@navy.example"), person(crm, "mary@langley.example")

    assert (5, 8) == (plan.summary.created, plan.summary.created_rows)
    assert ("board.xlsx", "more.jsonl", "people.csv") == plan.sources
    assert ("Grace Hopper", "Rear admiral", "+12025550143") == (
        grace.name.full,
        grace.headline,
        grace.phones[0].normal,
    )
    assert ("Engineer", "Hampton") == (mary.headline, mary.addresses[0].city)


def test_every_value_names_its_files_and_lines(crm, write, tmp_path):
    """`why` tells, for each value of each contact, where it stood; rows keep the line on which they start."""
    imported(crm, write(PEOPLE), workbooks.xlsx(tmp_path / "board.xlsx", BOARD))
    grace = person(crm, "grace@navy.example")

    assert [("board.xlsx", 2), ("people.csv", 4)] == [
        (seen.source, seen.line) for seen in grace.why("emails/grace@navy.example")
    ]
    assert [("board.xlsx", 2)] == [(seen.source, seen.line) for seen in grace.why("headline")]
    for contact in crm.contacts():
        for path, _ in contact.values():
            assert all(seen.source and seen.line and seen.record for seen in contact.why(path)), path
            assert contact.why(path), path
    with pytest.raises(NotFound):
        grace.why("emails/ada@analytical.example")


def test_lines_are_those_of_the_file(crm, write):
    """A cell of two lines moves the rows below it, and provenance follows."""
    imported(crm, write(PEOPLE))
    row = {name: person(crm, f"{name}.example").why("name.family")[0].line for name in ("kj@space", "annie@lewis")}

    assert {"kj@space": 6, "annie@lewis": 7} == row


def test_a_refusal_in_one_file_wins(crm, write, tmp_path):
    """Who said no in any of the files is left alone, whichever comes first; it survives the next import."""
    board = workbooks.xlsx(tmp_path / "board.xlsx", BOARD)
    imported(crm, board, write(PEOPLE))
    imported(crm, write(PEOPLE.replace("Arlington", "New York")))
    grace = person(crm, "grace@navy.example")

    assert grace.do_not_contact is not None
    assert "Do not contact: yes" == grace.do_not_contact.reason
    assert person(crm, "kj@space.example").do_not_contact is None


def test_a_refusal_of_one_channel_closes_that_channel(crm, write):
    """A column that names the e-mail closes the addresses of the row, and nothing else."""
    imported(crm, write("name,email,phone,email opt-out\nAda Lovelace,ada@x.example,+44 20 7946 0958,x\n"))
    ada = person(crm, "ada@x.example")

    assert ChannelState.OPTED_OUT is ada.emails[0].status.state
    assert (ChannelState.ACTIVE, None) == (ada.phones[0].status.state, ada.do_not_contact)


@pytest.mark.parametrize("header", ["Do not call or email", "do_not_email_or_call", "No calls or emails"])
def test_a_refusal_of_several_channels_closes_each(crm, write, header):
    """A header that names two of them speaks of both."""
    imported(crm, write(f"name,email,phone,{header}\nAda Lovelace,ada@analytical.example,+44 20 7946 0958,yes\n"))
    ada = person(crm, "ada@analytical.example")

    assert [ChannelState.OPTED_OUT] * 2 == [one.status.state for one in (*ada.emails, *ada.phones)]


def test_precedence_decides_between_sources(write, tmp_path):
    """The order of trust that the database was opened with chooses the name; the other one stays as evidence."""
    ats, fair = write(PEOPLE.replace("Katherine", "Kathryn"), "ats.csv"), write(PEOPLE, "fair.csv")
    given = {}
    for sources in (("ats.csv", "fair.csv"), ("fair.csv", "ats.csv")):
        with CRM.open("memory:", precedence=Precedence(sources=sources)) as crm:
            plan = imported(crm, ats, fair)
            given[sources[0]] = person(crm, "kj@space.example").name.given
            decided = [one for planned in plan.contacts for one in planned.disagreements if one.field == "name"]
            assert ["most_trusted"] == [one.rule for one in decided]

    assert {"ats.csv": "Kathryn", "fair.csv": "Katherine"} == given


def test_the_source_can_be_named(crm, write):
    """One name for all files: provenance uses it, and a renamed file is still the same source."""
    imported(crm, write(PEOPLE), source="greenhouse")
    plan = imported(crm, write(PEOPLE, "export-2.csv"), source="greenhouse")

    assert "0 new, 5 unchanged" == str(plan.summary)
    assert "greenhouse" == person(crm, "kj@space.example").why("name.family")[0].source


def test_two_files_of_one_name_are_two_sources(crm, write, tmp_path):
    """The same id in both names two people; provenance and notices tell the files apart by their folders."""
    for folder, row in (("d1", "1,Ada,Lovelace,ada@analytical.example"), ("d2", "1,Grace,Hopper,grace@navy.example")):
        (tmp_path / folder).mkdir()
        write(f"id,given name,surname,email\n{row}\n", f"{folder}/e.csv")
    heard: list[str] = []
    plan = imported(crm, tmp_path / "d1/e.csv", tmp_path / "d2/e.csv", notice=heard.append)

    assert "2 new" == str(plan.summary)
    assert ["Hopper", "Lovelace"] == sorted(contact.name.family for contact in crm.contacts())
    assert "d2/e.csv" == person(crm, "grace@navy.example").why("name.family")[0].source
    assert ["d1/e.csv", "d2/e.csv"] == [sentence.partition(":")[0] for sentence in heard]


def test_files_that_share_folders_too_are_told_apart(tmp_path):
    """As much of the path is told as it takes; where nothing is shared, nothing; names that are no text differ still."""
    assert ["a/x/e.csv", "b/x/e.csv", "f.csv"] == source_names(["a/x/e.csv", "b/x/e.csv", "b/x/f.csv"])
    assert ["e.csv", "e.csv"] == source_names(["a/e.csv", "b/../a/e.csv"])
    assert 2 == len(set(source_names([os.fsdecode(b"\xff.csv"), os.fsdecode(b"\xfe.csv")])))


def test_it_is_told_how_each_file_is_read(crm, write):
    """One sentence a file on its form and columns, one for each thing to know about it."""
    heard: list[str] = []
    crm.plan_import(
        [write("E-Mail;\nada@analytical.example;x\n", "a.csv"), write("email\n", "b.csv")], notice=heard.append
    )

    assert [
        "a.csv: CSV, utf-8, delimiter ';'; columns: E-Mail = email, column_2 = empty",
        "a.csv: columns without a name are called 'column_2'",
        "b.csv: CSV, utf-8, delimiter ','; no rows",
    ] == heard


def test_dates_and_pay_are_read_as_told(crm, write):
    """What a file leaves open, the order of day and month and the currency, the caller may say."""
    path = write("email,date of birth,salary\nada@analytical.example,03/04/1990,50000\n")
    plans = [crm.plan_import(path, day_first=first, currency="EUR") for first in (True, False)]
    born = [str(planned.record.born) for plan in plans for planned in plan.contacts]

    assert ["1990-04-03", "1990-03-04"] == born
    assert [(), ()] == [tuple(plan.rejects) for plan in plans]
    assert ["no-currency"] == [r.code for r in crm.plan_import(path, day_first=True).rejects]
    with pytest.raises(InputError, match="three capital letters"):
        crm.plan_import(path, currency="euro")


def test_files_are_read_as_told(crm, write, tmp_path):
    """Encoding, delimiter and sheet go to the reader; each file takes those that it has."""
    path = write("name|email\nZo\xeb Ada|zoe@example.org\n".encode("cp1252"))
    plan = crm.plan_import(path, encoding="cp1252", delimiter="|")

    assert ["Zo\xeb Ada"] == [planned.record.name.full for planned in plan.contacts]
    with pytest.raises(UnreadableFile):
        crm.plan_import(path, encoding="utf-8")

    board = workbooks.xlsx(tmp_path / "board.xlsx", BOARD)
    both = crm.plan_import([path, board], encoding="cp1252", delimiter="|", sheet="People")

    assert 3 == len(both.contacts)
    with pytest.raises(UnreadableFile, match="there is no sheet 'Orders'"):
        crm.plan_import([path, board], encoding="cp1252", sheet="Orders")


def test_columns_can_be_told(crm, write):
    """A wrong guess is put right by the caller; a column that is nowhere is refused, and nearest names are offered."""
    path = write("A,B\nada@x.example,Lovelace\n")
    imported(crm, path, columns={"A": "email", "B": "family_name"})

    assert "Lovelace" == person(crm, "ada@x.example").name.family
    with pytest.raises(UnknownColumn, match="email_adress"):
        crm.plan_import(path, columns={"email_adress": "email"})


def test_a_told_column_may_stand_in_one_file_only(crm, write):
    """What is told holds for the files that have the column."""
    first, second = write("A\nada@x.example\n", "a.csv"), write("name\nGrace Hopper\n", "b.csv")
    plan = imported(crm, first, second, columns={"A": "email"})

    assert 2 == plan.summary.created


def test_local_numbers_need_a_region(crm, write):
    """A region makes local numbers international; none is guessed."""
    path = write("name,phone\nAda Lovelace,020 7946 0958\n")

    (local,) = crm.plan_import(path).contacts
    (told,) = crm.plan_import(path, region="GB").contacts

    assert ("02079460958", "+442079460958") == (local.record.phones[0].normal, told.record.phones[0].normal)


def test_rejects_name_line_column_and_code(crm, write):
    """A cell that cannot be used is left out of its row, a row that cannot be used out of the file; the rest goes in."""
    plan = imported(
        crm,
        write(
            "name,email,phone\nAda Lovelace,ada@,+44 20 7946 0958\n,,\nGrace Hopper,grace@navy.example,call me,4\n"
            "Mary Jackson,mary@langley.example,call me\n-,n/a,-\n"
        ),
    )

    assert [
        (2, "email", True),
        (3, None, True),
        (4, None, True),
        (5, "phone", True),
        (6, None, True),
    ] == sorted((one.line, one.column, bool(one.code and one.message)) for one in plan.rejects)
    assert (2, 3, 2) == (plan.summary.created, plan.summary.rejected_rows, plan.summary.rejected_cells)
    assert "3 rejected (first: line 3: " in str(plan.summary)
    (run,) = crm.store.stream(ImportRun)
    assert (5, 2, 3) == (run.rows, run.created, run.rejected_rows)
    assert 5 == len(run.rejects)


def test_notes_are_kept_once(crm, write):
    """Free text becomes notes of the person, with their line breaks; the same row brings none again."""
    imported(crm, write(PEOPLE))
    imported(crm, write(PEOPLE.replace("Arlington", "New York")))
    notes = {note.body: note.subjects for note in crm.store.stream(Note)}

    assert {
        "met at a fair": (person(crm, "ada@analytical.example").id,),
        "calls back\non Mondays": (person(crm, "grace@navy.example").id,),
    } == notes


def test_a_note_that_comes_back_is_noted_again(crm, write):
    """Neither that nor blanks around a text stop a later import of the row."""
    row = 'id,name,email,notes\n7,Ada Lovelace,ada@analytical.example,"{}"\n'
    for text in ("  at a fair ", "moved", "at a fair", " at a fair"):
        imported(crm, write(row.format(text)))

    assert ["at a fair", "at a fair", "moved"] == sorted(note.body for note in crm.store.stream(Note))


def test_notes_in_a_list_stop_no_later_import(crm, tmp_path):
    """Each text of a cell with several is one note, and is known again."""
    path = tmp_path / "people.json"
    for name in ("Ada Lovelace", "Ada King"):
        row = {"id": "7", "name": name, "email": "ada@analytical.example", "notes": ["a", "b"]}
        path.write_text(json.dumps([row]))
        imported(crm, path)

    assert ["a", "b"] == sorted(note.body for note in crm.store.stream(Note))


def test_a_stale_plan_is_refused_and_writes_nothing(crm, write):
    """Somebody changed a contact between plan and commit: the commit says so, and the store is as before."""
    imported(crm, write(PEOPLE))
    plan = crm.plan_import(write(PEOPLE.replace("Katherine,Johnson", "Katherine G,Johnson")))
    changed = person(crm, "kj@space.example").tagged("mathematician")
    with crm.unit(actor="grace") as unit:
        unit.put(changed)
    before = logical_digest(crm.store)

    with pytest.raises(StalePlan, match="plan again"):
        crm.commit(plan)
    assert before == logical_digest(crm.store)


def test_a_plan_cannot_be_committed_twice(crm, write):
    """The second commit of one plan is stale, so that no person comes twice."""
    plan = imported(crm, write(PEOPLE))
    before = logical_digest(crm.store)

    with pytest.raises(StalePlan):
        crm.commit(plan)
    assert before == logical_digest(crm.store)


def test_two_imports_of_one_file_at_once_do_not_double_people(crm, write):
    """Both plans say new; the rows that both bring let only one of them in."""
    first, second = crm.plan_import(write(PEOPLE)), crm.plan_import(write(PEOPLE))
    crm.commit(first)

    with pytest.raises(StalePlan):
        crm.commit(second)
    assert 4 == len(list(crm.contacts()))


def test_the_order_of_rows_does_not_matter(write):
    """Shuffled rows give the same people."""
    header, *rows = PEOPLE.replace('"calls back\non Mondays"', "calls back").splitlines()
    found = []
    for seed in range(4):
        random.Random(seed).shuffle(rows)
        with CRM.open("memory:") as crm:
            imported(crm, write("\n".join([header, *rows])))
            found.append(content(crm))

    assert 4 == len(found[0])
    assert [found[0]] * 4 == found


def test_memory_and_sqlite_end_up_equal(write, tmp_path):
    """With the same clock and ids, both sorts of store hold the same, to the last byte."""
    digests = set()
    for url in ("memory:", f"sqlite:///{tmp_path / 'same.db'}"):
        with CRM.open(url, clock=ManualClock(), new_id=SequenceIds()) as crm:
            imported(crm, write(PEOPLE), workbooks.xlsx(tmp_path / "board.xlsx", BOARD))
            imported(crm, write(PEOPLE.replace("Hampton", "Newport News")))
            digests.add(logical_digest(crm.store))

    assert 1 == len(digests)


def test_an_existing_contact_takes_new_rows_in(crm, write):
    """A person who is stored already is changed, not doubled, and keeps the id; stored values stay."""
    imported(crm, write(PEOPLE))
    before = person(crm, "grace@navy.example")
    later = "name,email,company\nGrace Hopper,grace@navy.example,Eckert-Mauchly\nGrace Hopper,grace@univac.example,\n"
    plan = imported(crm, write(later, "later.csv"))
    after = person(crm, "grace@navy.example")

    assert PlannedAction.MERGE is plan.contacts[0].action
    assert before.id == after.id
    assert set(before.phones) <= set(after.phones)
    assert "Eckert-Mauchly" == after.affiliations[0].name


def test_each_write_is_told(crm, write):
    """Every new contact has its event, with the rows that made it; the run tells that it is done."""
    imported(crm, write(PEOPLE))
    told = [stored.event for stored in crm.store.history.events()]

    assert ["contact.created"] * 4 + ["import.done"] == [event.type for event in told]
    assert all(isinstance(event, Event) and event.reason.startswith("import ") for event in told)
    assert {"ada"} == {event.actor for event in told}
    assert 5 == sum(len(event.data["rows"]) for event in told if "rows" in event.data)


def test_progress_is_told_phase_by_phase(crm, write):
    """Who watches hears of reading each file, and of the matching."""
    heard = []
    crm.plan_import([write(PEOPLE), write(PEOPLE, "b.csv")], progress=lambda *told: heard.append(told))
    phases = [phase for phase, _, _ in heard]

    assert {"read people.csv", "read b.csv", "compare with the database"} <= set(phases)
    assert all(total is None or done <= total for _, done, total in heard)


def test_no_rows_are_no_import(crm):
    """An import of no files is an empty plan, and may be committed."""
    plan = imported(crm)

    assert ("0 new", ()) == (str(plan.summary), plan.contacts)
    assert [] == list(crm.contacts())


def test_rows_that_share_an_id_stay_who_they_are_when_the_file_is_sorted_anew(tmp_path):
    """Two people under one id keep their own addresses, whichever of them comes first the next time."""
    header, ada, grace = "id,name,email", "9,Ada Lovelace,ada@x.example", "9,Grace Hopper,grace@y.example"
    path = tmp_path / "people.csv"
    with CRM.open("memory:") as crm:
        path.write_text(f"{header}\n{ada}\n{grace}")
        crm.commit(crm.plan_import(path))
        path.write_text(f"{header}\n{grace}\n{ada}")
        plan = crm.plan_import(path)

        assert (0, 0, 2) == (plan.summary.created, plan.summary.merged, plan.summary.unchanged)
        assert {"Ada": ["ada@x.example"], "Grace": ["grace@y.example"]} == {
            contact.name.given: [email.key for email in contact.emails] for contact in crm.contacts()
        }
