"""The story of a record, taking changes back, and the audit, as a user of the CRM sees them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crmcore.app import CRM
from crmcore.errors import InputError, LawBroken, NotFound, Overtaken, StoreUnavailable, Tampered, UnknownField
from crmcore.model import ContactRecord, EmailAddress, Organisation
from crmcore.model.money import SalaryExpectation
from crmcore.model.names import PersonName
from crmcore.model.provenance import Provenance
from crmcore.ports import Checkpoint
from crmcore.storage import logical_digest
from crmcore.storage._faults import at_faults
from crmcore.testing import ManualClock, SequenceIds

NEEDLE = "Zwetschgendatschi"


def put(crm: CRM, record: Any, **unit: Any) -> Any:
    """Store a record in a unit of its own."""
    with crm.unit(**{"actor": "ada", **unit}) as work:
        return work.put(record)


def mail(address: str, *, is_primary: bool = False) -> EmailAddress:
    """Return an e-mail address."""
    return EmailAddress(raw=address, normal=address, is_primary=is_primary)


def pay(amount: int) -> SalaryExpectation:
    """Return a wish."""
    return SalaryExpectation(minimum=Decimal(amount), currency="EUR")


@pytest.fixture
def ada(crm: CRM) -> ContactRecord:
    """Return a contact with three versions: made, paid more, named anew."""
    first = ContactRecord(id="c1", name=PersonName(given="Ada", family="Byron"), salary=pay(50_000))
    ada = put(crm, first.observed(Provenance(source="people.csv", line=2)), source="people.csv", reason="import")
    crm.clock.advance(days=30)
    noted = ada.evolve(salary=pay(60_000)).observed(Provenance(source="phone"))
    ada = put(crm, noted, actor="bob", reason="phone screen", occurred_at=datetime(2026, 1, 20, tzinfo=UTC))
    crm.clock.advance(days=30)
    return put(crm, ada.evolve(name=PersonName(given="Ada", family="Lovelace")).add(mail("ada@x.org")), actor="eve")


def test_why_tells_who_when_why_and_from_where(crm: CRM, ada: ContactRecord) -> None:
    """Newest first, with the value before and after, both times, and the observations that the change added."""
    latest, first = crm.history(ada).why("salary")

    assert (pay(50_000), pay(60_000)) == (latest.before, latest.after)
    assert ("bob", "phone screen", 2) == (latest.actor, latest.reason, latest.version)
    assert (date(2026, 1, 20), date(2026, 1, 31)) == (latest.occurred_at.date(), latest.recorded_at.date())
    assert ["phone"] == [origin.source for origin in latest.provenance]
    assert (None, "people.csv", 2) == (first.before, first.source, first.provenance[0].line)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("name.family", [("Byron", "Lovelace"), (None, "Byron")]),
        ("family_name", [("Byron", "Lovelace"), (None, "Byron")]),
        ("name.full", [("Ada Byron", "Ada Lovelace"), (None, "Ada Byron")]),
        ("salary.minimum", [(Decimal(50_000), Decimal(60_000)), (None, Decimal(50_000))]),
        ("salary_minimum", [(Decimal(50_000), Decimal(60_000)), (None, Decimal(50_000))]),
        ("email", [(None, mail("ada@x.org", is_primary=True))]),
        ("emails", [(None, mail("ada@x.org", is_primary=True))]),
        ("emails/ada@x.org", [(None, mail("ada@x.org", is_primary=True))]),
        ("emails/ada@x.org.is_primary", [(None, True)]),
        ("emails/bob@x.org", []),
        ("headline", []),
        ("custom.shoe_size", []),
        ("salary._abc_impl", []),
    ],
)
def test_a_value_may_be_named_in_every_usual_way(crm: CRM, ada: ContactRecord, path: str, told: list[Any]) -> None:
    """By path, by key of the catalogue, by a field with all its values, or by a part of a value."""
    assert told == [(change.before, change.after) for change in crm.history(ada).why(path)]


@pytest.mark.parametrize("path", ["salary_expectation", "", "__class__", "nme.family", "x" * 10_000])
def test_a_field_that_there_is_not_is_refused(crm: CRM, ada: ContactRecord, path: str) -> None:
    """With the nearest that there are."""
    with pytest.raises(UnknownField):
        crm.history(ada).why(path)


def test_a_story_is_told_version_by_version(crm: CRM, ada: ContactRecord) -> None:
    """Oldest first, each with the record as it was; also of a record that is removed, by kind and id."""
    with crm.unit(actor="zoe") as unit:
        unit.remove(ada)
    story = crm.history(ContactRecord, "c1")

    assert [1, 2, 3, 4] == [version.number for version in story]
    assert ["created", "changed", "changed", "removed"] == [version.action for version in story]
    assert ada == story.at(3).record
    assert None is story.at(4).record
    assert ["name.family", "emails/ada@x.org"] == [change.path for change in story.at(3).fields]
    assert (pay(60_000), None) == (story.why("salary")[0].before, story.why("salary")[0].after)
    with pytest.raises(NotFound):
        story.at(5)
    with pytest.raises(InputError):
        crm.history(ContactRecord)
    assert 0 == len(crm.history(ContactRecord, "never"))


def test_a_date_means_its_end(crm: CRM, ada: ContactRecord) -> None:
    """A day counts to its last microsecond in UTC; in hindsight the back-dated fact counts from when it was true."""
    assert pay(50_000) == crm.as_of(date(2026, 1, 30)).get(ContactRecord, "c1").salary
    assert pay(60_000) == crm.as_of(date(2026, 1, 31)).get(ContactRecord, "c1").salary
    assert pay(60_000) == crm.as_of(date(2026, 1, 21), in_hindsight=True).get(ContactRecord, "c1").salary
    with pytest.raises(NotFound):
        crm.as_of(date(2025, 12, 31)).get(ContactRecord, "c1")


def test_undo_takes_back_one_change_and_leaves_the_later_ones(crm: CRM, ada: ContactRecord) -> None:
    """The salary goes back, with where it came from; the name and the address of later stay; it is a change itself."""
    now = crm.undo(ada, version=2, actor="zoe", reason="misheard")

    assert (pay(50_000), "Lovelace", 4) == (now.salary, now.name.family, now.version)
    assert ["people.csv"] == [origin.source for origin in now.why("salary")]
    assert ("zoe", "misheard") == (crm.history(now).why("salary")[0].actor, crm.history(now).why("salary")[0].reason)
    assert now == crm.get(ContactRecord, "c1")
    assert "record.undone" == crm.history(now).events[-1].event.type
    assert pay(60_000) == crm.undo(now, version=4, actor="zoe").salary


def test_undo_does_not_touch_what_was_changed_since(crm: CRM, ada: ContactRecord) -> None:
    """It names the values, writes nothing, and its text holds no content."""
    put(crm, ada.evolve(salary=pay(70_000), emails=()))
    before = logical_digest(crm.store)

    with pytest.raises(Overtaken) as caught:
        crm.undo(ada, version=2, actor="zoe")
    assert ("salary",) == caught.value.paths
    with pytest.raises(Overtaken) as caught:
        crm.undo(ada, version=1, actor="zoe")
    assert {"name.family", "salary"} <= set(caught.value.paths)
    assert "Lovelace" not in str(caught.value)
    assert before == logical_digest(crm.store)


def test_undoing_a_removal_brings_back_and_undoing_a_creation_removes(crm: CRM) -> None:
    """And each of them can be undone in turn; a removed record can be brought back without naming a version."""
    org = put(crm, Organisation(id="o1", name="Acme"))
    crm.undo(org, version=1, actor="zoe")

    with pytest.raises(NotFound):
        crm.get(Organisation, "o1")
    assert "Acme" == crm.undo(org, version=2, actor="zoe").name
    crm.undo(org, version=3, actor="zoe")
    assert ("Acme", 5) == (crm.bring_back(Organisation, "o1", actor="zoe").name, crm.get(Organisation, "o1").version)
    with pytest.raises(LawBroken, match="not removed"):
        crm.bring_back(Organisation, "o1", actor="zoe")
    with pytest.raises(Overtaken):
        crm.undo(org, version=2, actor="zoe")
    with pytest.raises(NotFound):
        crm.bring_back(Organisation, "o9", actor="zoe")


EDITS = {
    "headline": lambda c, v: c.evolve(headline=v),
    "given": lambda c, v: c.evolve(name=c.name.evolve(given=v)),
    "family": lambda c, v: c.evolve(name=c.name.evolve(family=v)),
    "custom": lambda c, v: c.evolve(custom={**c.custom, f"k{v}": v}),
    "salary": lambda c, v: c.evolve(salary=pay(len(v) + ord(v[0]))),
    "tag": lambda c, v: c.untagged(v) if v in c.tags else c.tagged(v),
    "email": lambda c, v: (
        c.evolve(emails=tuple(e for e in c.emails if e.key != f"{v}@x.org"))
        if any(e.key == f"{v}@x.org" for e in c.emails)
        else c.add(mail(f"{v}@x.org"))
    ),
}
EDIT = st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from("abc"))


def edited(record: ContactRecord, edits: list[tuple[str, str]]) -> ContactRecord:
    """Return the record after some edits."""
    for name, value in edits:
        record = EDITS[name](record, value)
    return record


def same(one: ContactRecord, other: ContactRecord) -> bool:
    """Say whether two states hold the same, whatever their version."""
    return one.evolve(version=0) == other.evolve(version=0)


@settings(max_examples=60)
@given(base=st.lists(EDIT, max_size=5), edits=st.lists(EDIT, min_size=1, max_size=4))
def test_undo_of_the_last_change_is_the_version_before_and_twice_is_redo(base: Any, edits: Any) -> None:
    """Whatever the change was, in every field and in the order of every collection."""
    with CRM.open("memory:", clock=ManualClock(), new_id=SequenceIds()) as crm:
        first = put(crm, edited(ContactRecord(id="c1"), base))
        second = put(crm, edited(first, edits))
        undone = crm.undo(second, version=2, actor="zoe")
        redone = crm.undo(second, version=3, actor="zoe")

        assert same(first, undone)
        assert same(second, redone)
        assert [2, 3, 4] == [second.version, undone.version, redone.version]


@settings(max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(base=st.lists(EDIT, max_size=5), middle=EDIT, later=st.lists(EDIT, min_size=1, max_size=3))
def test_undo_of_a_middle_change_is_as_if_it_had_never_been(base: Any, middle: Any, later: Any) -> None:
    """Later changes of other values stay: the outcome is that of the later edits alone."""
    assume(middle not in later and middle[0] not in {name for name, _ in later if name not in {"tag", "custom"}})
    with CRM.open("memory:", clock=ManualClock(), new_id=SequenceIds()) as crm:
        first = put(crm, edited(ContactRecord(id="c1"), base))
        second = put(crm, EDITS[middle[0]](first, middle[1]))
        third = put(crm, edited(second, later))
        undone = crm.undo(third, version=2, actor="zoe")

        assert same(edited(first, later), undone)


def test_an_address_that_comes_back_does_not_push_the_later_primary_aside(crm: CRM) -> None:
    """Undoing the removal of a former primary address keeps the one that took its place."""
    ada = put(crm, ContactRecord(id="c1").add(mail("old@x.org")))
    ada = put(crm, ada.evolve(emails=()))
    put(crm, ada.add(mail("new@x.org")))
    now = crm.undo(ada, version=2, actor="zoe")

    assert {"old@x.org": False, "new@x.org": True} == {email.key: email.is_primary for email in now.emails}


def test_reading_is_noted_before_anything_is_shown(crm: CRM, ada: ContactRecord) -> None:
    """Who read which fields and what for; where the note cannot be written, nothing is read and nothing changed."""
    assert ada == crm.read(ContactRecord, "c1", actor="bob", fields=["salary_minimum", "born"], purpose="offer")
    crm.note_denied(ContactRecord, "c1", actor="mallory", fields=["salary"], reason="not on the team")
    read, denied = list(crm.audit_log())[-2:]

    assert ("record.read", "bob", ("salary_minimum", "born"), "offer") == (
        read.action, read.actor, read.fields, read.purpose,
    )  # fmt: skip
    assert ("access.denied", "mallory", ("salary",), "not on the team") == (
        denied.action, denied.actor, denied.fields, denied.reason,
    )  # fmt: skip
    before = logical_digest(crm.store)
    for fault in ("unit.before_tell", "unit.after_tell", "unit.before_commit"):
        with at_faults(refuse_at(fault)), pytest.raises(StoreUnavailable):
            crm.read(ContactRecord, "c1", actor="bob", fields=["salary"])
    with pytest.raises(NotFound):
        crm.read(ContactRecord, "c9", actor="bob", fields=["salary"])
    assert before == logical_digest(crm.store)


def refuse_at(fault: str) -> Any:
    """Return a hook that fails at one place, as a full disk does."""

    def refuse(name: str) -> None:
        if name == fault:
            raise StoreUnavailable("no space left")

    return refuse


@pytest.mark.parametrize(
    "fault", ["unit.before_write", "unit.after_write", "unit.before_tell", "unit.after_tell", "unit.before_commit"]
)
def test_nothing_is_done_without_its_audit(crm: CRM, ada: ContactRecord, fault: str) -> None:
    """Where the audit cannot be written, neither is the change: the digest stays, the chain is whole."""
    before = logical_digest(crm.store)

    with at_faults(refuse_at(fault)), pytest.raises(StoreUnavailable):
        put(crm, ada.evolve(headline="Countess"))
    assert before == logical_digest(crm.store)
    assert 3 == crm.verify().unit
    assert "Countess" == put(crm, ada.evolve(headline="Countess")).headline


@pytest.mark.parametrize(
    "note", [{"purpose": "for Ada's offer"}, {"purpose": "x" * 65}, {"fields": ["emails/ada@x.org"]}, {"fields": ["name\n"]}]
)  # fmt: skip
def test_a_note_has_no_room_for_content(crm: CRM, ada: ContactRecord, note: Any) -> None:
    """A purpose is a plain word, a field is one of the catalogue; an id is one that a record can have."""
    with pytest.raises(InputError):
        crm.read(ContactRecord, "c1", **{"actor": "bob", "fields": [], **note})
    with pytest.raises(InputError):
        crm.note_denied(ContactRecord, "c 1\n", actor="bob")


HOSTILE = 'a\r\nb\u2028c\u2029d\x1b[31m{"e"}\x85\v\f'


def test_the_audit_holds_no_content_and_one_row_is_one_line(crm: CRM) -> None:
    """Values stand in no row and in no unit; whatever an actor or a reason holds starts no second line."""
    full = ContactRecord(
        id="c1", name=PersonName(given=NEEDLE, family=NEEDLE), headline=NEEDLE, birth_place=NEEDLE, gender=NEEDLE,
        national_id=NEEDLE, tags=(NEEDLE,), custom={"k": NEEDLE}, salary=pay(76_543),
    ).add(mail(f"{NEEDLE.lower()}@x.org"))  # fmt: skip
    kept = put(crm, full, actor=HOSTILE, reason=HOSTILE)
    kept = put(crm, kept.evolve(headline="", tags=(), emails=()), source=HOSTILE)
    crm.undo(kept, version=2, actor="zoe")
    with crm.unit(actor="zoe") as unit:
        unit.remove(crm_get(unit))
    crm.bring_back(ContactRecord, "c1", actor="zoe")
    crm.read(ContactRecord, "c1", actor="zoe", fields=["salary"])
    rows = list(crm.audit_log())
    lines = [row.line() for row in rows]
    stored = list(crm.store.state())
    units = repr([row for table, row in stored if table == "unit"]).lower()

    for needle in (NEEDLE.lower(), "76543"):
        assert needle not in units
        assert needle not in "".join(lines).lower()
        assert needle in repr(stored).lower()
    assert [1] * len(lines) == [len(line.splitlines()) for line in lines]
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert (HOSTILE, HOSTILE) == (json.loads(lines[0])["actor"], json.loads(lines[0])["reason"])
    assert ("headline", "emails", "tags") == tuple(sorted(rows[1].fields, key=["headline", "emails", "tags"].index))


def crm_get(unit: Any) -> ContactRecord:
    """Return the contact as a unit sees it."""
    return unit.get(ContactRecord, "c1")


@pytest.mark.parametrize("units", [0, 1, 2, 3, 7, 8, 9, 33])
def test_a_checkpoint_is_where_the_history_ends(crm: CRM, units: int) -> None:
    """It is found without reading the units, equals what verification returns, and travels as text."""
    for number in range(units):
        put(crm, Organisation(id=f"o{number}", name="Acme"))
    kept = crm.checkpoint()

    assert (units, kept) == (kept.unit, crm.verify(since=Checkpoint.of(str(kept))))
    for after in {0, units // 2, units}:
        assert list(range(after + 1, units + 1)) == [row.unit for row in crm.audit_log(after=after)]


def test_another_history_does_not_meet_the_checkpoint(crm: CRM) -> None:
    """Two stores with equal contents have histories of their own."""
    with CRM.open("memory:", clock=ManualClock()) as other:
        for one in (crm, other):
            put(one, Organisation(id="o1", name="Acme"))

        with pytest.raises(Tampered):
            crm.verify(since=other.checkpoint())
