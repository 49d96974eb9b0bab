"""A hire is handed over once, to whom it concerns, with what they need and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from scim2_models import BulkRequest, EnterpriseUser, PatchOp, User

from crmcore.errors import IllegalStep, InputError, LawBroken, OutcomeUnknown, Taken
from crmcore.hiring import offering
from crmcore.hiring.handover import (
    ENTERPRISE,
    Adopt,
    Hire,
    Keep,
    Make,
    Update,
    employee,
    export_user,
    managers_first,
    plan_user,
    scim_active,
    scim_bulk,
    scim_patch,
    scim_user,
)
from crmcore.model import ContactRecord, EmailAddress, PersonName, PhoneNumber, PostalAddress
from crmcore.model.channels import ChannelStatus
from crmcore.model.hiring import EmploymentType, term
from tests.hiring.handover import scim_schemas
from tests.hiring.handover.fake_directory import FakeDirectory, apply
from tests.hiring.test_offering import JOB, applied, of, on, seat, sent
from tests.model.strategies import contacts

BEFORE, FIRST = date(2026, 4, 30), date(2026, 5, 1)
VALID = {name: Draft202012Validator(getattr(scim_schemas, name)) for name in ("USER", "PATCH", "BULK")}
ADA = ContactRecord(id="c-a-1", name=PersonName(given="Ada", family="Lovelace"))


def hired(**more: object) -> offering.OfferChange:
    """Return somebody who is hired, with offer and seat."""
    change = sent(starts_on=FIRST, employment="full_time", manager="eva", location="Utrecht", **more)
    change = offering.accept(change.offer, **of(change), on=on(4))
    return offering.hire(**of(change), offer=change.offer, on=on(5))


def a_hire(**more: object) -> Hire:
    """Return a hire with all that the organisation adds."""
    change = hired()
    told = {"employee_number": "701984", "department": "Data", "division": "Tech", "cost_centre": "4130"}
    return Hire.of(
        change.application,
        opening=change.opening,
        job=JOB,
        offer=change.offer,
        organisation="Acme",
        **{**told, **more},
    )


def user(hire: Hire | None = None, contact: ContactRecord = ADA, **more: object) -> dict[str, object]:
    """Return the SCIM user of a hire."""
    told = {"user_name": "ada@acme.example", "work_email": "ada@acme.example", "manager": "scim-0", "as_of": BEFORE}
    return scim_user(hire or a_hire(), contact, **{**told, **more})


def leaves(value: object) -> Iterator[tuple[str, object]]:
    """Yield every key and value of a payload, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner if not isinstance(inner, dict | list) else None
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield "", inner if not isinstance(inner, dict | list) else None
            yield from leaves(inner)


def test_a_hire_is_gathered_from_its_records():
    """Offer and seat say most of it; its id is that of the application."""
    hire = a_hire()

    assert ("a-1", "c-a-1", "j-1", "o-1", "f-a-1") == (hire.id, hire.contact, hire.job, hire.opening, hire.offer)
    assert ("Engineer", EmploymentType.FULL_TIME, FIRST, "eva", "Utrecht", on(5).at) == (
        hire.title,
        hire.employment,
        hire.starts_on,
        hire.manager,
        hire.location,
        hire.hired_at,
    )
    assert (False, True) == (hire.starts_by(BEFORE), hire.starts_by(FIRST))


def test_without_an_offer_the_job_says_what_it_can():
    """The title, and who manages it, where that is one person."""
    job = JOB.join("max", "hiring_manager", at=on(1).at)
    change = offering.hire(application=applied(), opening=seat(), on=on(5))
    hire = Hire.of(change.application, opening=change.opening, job=job, starts_on=FIRST)
    two = Hire.of(change.application, opening=change.opening, job=job.join("eva", "hiring_manager", at=on(1).at))

    assert ("Engineer", "max", FIRST, None) == (hire.title, hire.manager, hire.starts_on, hire.offer)
    assert (None, None) == (two.manager, two.starts_on)
    assert not two.starts_by(date(2030, 1, 1))


def test_nobody_who_is_not_hired_is_handed_over():
    """Neither active, nor rejected, nor withdrawn, nor unhired; nor for a seat of somebody else."""
    change = hired()
    undone = offering.unhire(**of(change), offer=change.offer, on=on(6))
    active = applied()
    ended = [active.reject("skills", on=on(1))[0], active.withdraw(on=on(1))[0]]

    for application in (active, *ended, undone.application):
        with pytest.raises(IllegalStep, match="is not to be handed over"):
            Hire.of(application, opening=change.opening, job=JOB)
    with pytest.raises(LawBroken, match="not filled by application 'a-1'"):
        Hire.of(change.application, opening=seat(), job=JOB)
    with pytest.raises(LawBroken, match="is sent, not accepted"):
        Hire.of(change.application, opening=change.opening, job=JOB, offer=sent().offer)
    with pytest.raises(InputError, match="not both of job"):
        Hire.of(change.application, opening=change.opening, job=JOB.evolve(id="j-2"))


def test_a_hire_that_is_undone_and_done_again_is_the_same_one():
    """Elsewhere it stays one user."""
    change = hired()
    undone = offering.unhire(**of(change), offer=change.offer, on=on(6))
    again = offering.hire(**of(undone), offer=undone.offer, on=on(9))

    assert a_hire().id == Hire.of(again.application, opening=again.opening, job=JOB, offer=again.offer).id


def test_the_event_tells_ids_and_days_and_no_more():
    """No name, no pay; told twice it says the same."""
    told = a_hire().tells(on=on(6))

    assert ("application.handed_over", "application", "a-1") == (told.type, told.subject_kind, told.subject_id)
    assert {"starts_on": "2026-05-01", "cost_centre": "4130", "manager": "eva"}.items() <= told.data.items()
    assert told.data == a_hire().tells(on=on(8)).data
    assert not {"pay", "salary", "name"} & set(told.data)
    assert "Lovelace" not in told.model_dump_json()
    assert "70000" not in told.model_dump_json()


def test_a_user_has_what_the_rfc_asks_for():
    """By a schema written from it, and by a library that was written from it by others."""
    rich = ADA.evolve(
        name=PersonName(given="Ada", middle="K", family="Lovelace", prefix="Dr", suffix="PhD", preferred="Addie"),
        locale="en-GB",
        time_zone="Europe/London",
        emails=[EmailAddress(raw="a@h.example", normal="a@h.example")],
        phones=[PhoneNumber(raw="1", normal="+442071234567", type="mobile")],
    )
    address = PostalAddress.of(street="Dorset Street", house_number="1", city="London", postcode="W1U", country="GB")
    made = user(contact=rich, address=address, personal=True, as_of=FIRST)

    VALID["USER"].validate(made)
    read = User[EnterpriseUser].model_validate(made)
    assert ("a-1", "ada@acme.example", True) == (read.external_id, read.user_name, read.active)
    assert ("Data", "scim-0", "701984") == (
        read[EnterpriseUser].department,
        read[EnterpriseUser].manager.value,
        read[EnterpriseUser].employee_number,
    )
    assert [("ada@acme.example", True), ("a@h.example", None)] == [(mail.value, mail.primary) for mail in read.emails]
    assert ("London", "GB", "1 Dorset Street") == (
        read.addresses[0].locality,
        read.addresses[0].country,
        read.addresses[0].street_address,
    )


@settings(max_examples=50)
@given(contacts, st.booleans(), st.dates())
def test_any_contact_makes_a_user_that_is_valid(contact, personal, day):
    """Whatever their name, addresses and telephones are."""
    hire = a_hire().evolve(contact=contact.id)
    made = user(hire, contact, personal=personal, as_of=day)

    VALID["USER"].validate(made)
    assert made["active"] is (day >= FIRST)
    assert made == json.loads(json.dumps(made))


@pytest.mark.parametrize("employment", EmploymentType)
def test_whoever_is_hired_can_be_handed_over(employment):
    """However they are employed: there is a word for each type."""
    words = {"Contractor", "Employee", "Intern", "Temp", "External", "Unknown"}

    assert user(a_hire().evolve(employment=employment))["userType"] in words


def test_a_user_is_not_active_before_the_first_day():
    """Nor where nobody knows the day."""
    assert [False, True] == [user(as_of=day)["active"] for day in (BEFORE, FIRST)]
    assert not user(a_hire().evolve(starts_on=None), as_of=FIRST)["active"]


def test_a_mononym_is_no_family_name():
    """What is not known is not in the user at all."""
    made = user(contact=ContactRecord(id="c-a-1", name=PersonName(given="Sukarno")))

    assert {"formatted": "Sukarno", "givenName": "Sukarno"} == made["name"]


GUARDED = {
    "born": "1815-12-10",
    "birth_place": "Marylebone-guarded",
    "gender": "gender-guarded",
    "national_id": "ssn-guarded",
    "salary": {"minimum": "98765", "currency": "EUR"},
    "headline": "headline-guarded",
    "custom": {"race": "race-guarded", "disability": "disability-guarded", "veteran": True},
    "tags": ["tag-guarded"],
}


@pytest.mark.parametrize("personal", [False, True])
def test_nothing_guarded_is_handed_over(personal):
    """No pay in SCIM, no equal-opportunity data anywhere, and no answer, reason or note of the application."""
    change = hired(more=[term("bonus", "bonus-guarded")])
    ada = ADA.evolve(**GUARDED, emails=[EmailAddress(raw="x", normal="own@home.example")])
    hire = Hire.of(change.application, opening=change.opening, job=JOB, offer=change.offer)
    told = {"manager": "m-1", "as_of": FIRST, "personal": personal}
    payloads = {
        "scim": scim_user(hire, ada, user_name="ada", **told),
        "bulk": scim_bulk([scim_user(hire, ada, user_name="ada", **told)]),
        "event": hire.tells(on=on(6)).data,
        "hris": employee(hire, ada, **told),
        "hris with pay": employee(hire, ada, offer=change.offer, **told),
    }
    guarded = ("guarded", "1815", "98765", *(() if personal else ("own@home.example",)))
    for name, payload in payloads.items():
        found = list(leaves(payload))
        assert len(found) > 8
        for key, value in found:
            assert not {key.lower()} & {
                *("gender", "race", "ethnicity", "disability", "veteran", "veteran_status", "ssn", "national_id"),
                *("date_of_birth", "born", "marital_status", "salary", "custom", "tags", "history", "answers"),
            }, name
            assert not [each for each in guarded if each in str(value)], (name, key)
            if name != "hris with pay":
                assert "pay" not in key.lower(), name
                assert "70000" not in str(value), name
    assert 70_000 in [value for _, value in leaves(payloads["hris with pay"])]  # the walk above would find it


def test_what_the_walk_looks_for_is_there_to_be_found():
    """The negative control: the record that the payloads are made of holds all of it."""
    whole = ADA.evolve(**GUARDED).model_dump_json()

    assert all(each in whole for each in ("ssn-guarded", "gender-guarded", "race-guarded", "1815", "98765"))


def test_a_channel_that_does_not_work_is_not_handed_over():
    """An address that bounced, or where they want no mail."""
    bad = EmailAddress(raw="x", normal="a@old.example", status=ChannelStatus(state="bounced"), is_primary=True)
    good = EmailAddress(raw="y", normal="a@new.example")
    made = user(contact=ADA.evolve(emails=[bad, good]), personal=True, work_email="")

    assert [{"value": "a@new.example", "type": "home", "primary": True}] == made["emails"]
    assert "emails" not in user(contact=ADA.evolve(emails=[bad]), personal=True, work_email="")


def test_who_manages_is_looked_up_first():
    """A manager whose id there is not known is not left out in silence."""
    with pytest.raises(InputError, match="reports to 'eva'; look that user up first"):
        user(manager=None)
    with pytest.raises(InputError, match="reports to 'eva'; look that employee up first"):
        employee(a_hire(), ADA, as_of=FIRST)
    assert "manager" not in user(manager="")[ENTERPRISE]
    assert "manager" not in user(a_hire().evolve(manager=None), manager=None)[ENTERPRISE]


def test_a_hire_is_handed_over_with_its_own_person():
    """Nobody else's name gets into it; and there is something to log in with."""
    other = ContactRecord(id="c-2")

    with pytest.raises(InputError, match="of contact 'c-a-1', not of 'c-2'"):
        user(contact=other)
    with pytest.raises(InputError, match="of contact 'c-a-1', not of 'c-2'"):
        employee(a_hire(), other, as_of=FIRST, manager="")
    with pytest.raises(InputError, match="no user name"):
        user(user_name=" ")


def test_the_same_hire_exported_twice_is_one_user():
    """The second time nothing is sent; a change is."""
    there = FakeDirectory()
    plans = [export_user(user(), to=there).plan for _ in range(2)]
    moved = export_user(user(a_hire(department="Research")), to=there)

    assert [Make, Keep, Update] == [type(plan) for plan in (*plans, moved.plan)]
    assert 1 == len(there.users)
    assert "Research" == there.users[moved.id][ENTERPRISE]["department"]
    assert ["find", "create", "find", "find", "patch"] == there.calls


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_an_answer_that_is_lost_makes_no_second_user(lost):
    """Whoever tries again finds what was made."""
    there = FakeDirectory()
    there.lose = lost
    for department in ("Data", "Research", "Research", "Research"):
        try:
            export_user(user(a_hire(department=department)), to=there)
        except OutcomeUnknown:
            continue

    assert ["Research"] == [one[ENTERPRISE]["department"] for one in there.users.values()]
    assert isinstance(export_user(user(a_hire(department="Research")), to=there).plan, Keep)


def test_two_who_export_at_once_make_one_user():
    """The directory lets one of them; the other finds it."""
    there = FakeDirectory()
    there.meanwhile = [lambda: export_user(user(), to=there)]

    assert Keep("scim-1") == export_user(user(), to=there).plan
    assert 1 == len(there.users)


def test_a_user_name_of_somebody_else_is_not_taken_over():
    """Whatever its case; who has been there before is taken up again when one says so."""
    there = FakeDirectory()
    there.create({"schemas": [], "userName": "ADA@acme.example", "displayName": "Ada L.", "active": True})
    with pytest.raises(LawBroken, match=r"a user 'ADA@acme.example' .* already; pass adopt=True"):
        export_user(user(), to=there)
    taken = export_user(user(), to=there, adopt=True)

    assert isinstance(taken.plan, Adopt)
    assert ("a-1", True, "ADA@acme.example") == tuple(
        there.users["scim-1"][name] for name in ("externalId", "active", "userName")
    )
    assert isinstance(export_user(user(), to=there).plan, Keep)
    with pytest.raises(LawBroken, match="it is that of 'a-1'"):
        export_user(user(a_hire().evolve(id="a-7")), to=there, adopt=True)
    with pytest.raises(LawBroken, match="merge them there"):
        plan_user(user(), [{"id": "1", **user()}, {"id": "2", **user()}])


def test_who_is_hired_for_another_job_keeps_their_user():
    """The user of an earlier hire of the same person becomes that of the later one; that of somebody else does not."""
    there = FakeDirectory()
    first = export_user(user(), to=there)
    later = user(a_hire(title="Lead").evolve(id="a-7"))
    with pytest.raises(LawBroken, match="it is that of 'a-1'"):
        export_user(later, to=there, formerly=["a-2"])
    moved = export_user(later, to=there, formerly=["a-1"])

    assert (first.id, Adopt) == (moved.id, type(moved.plan))
    VALID["PATCH"].validate(moved.plan.request)
    assert [("a-7", "Lead")] == [(one["externalId"], one["title"]) for one in there.users.values()]
    assert isinstance(export_user(later, to=there).plan, Keep)


def test_a_directory_that_refuses_a_name_nobody_has_is_told_of():
    """It is not tried for ever."""

    class Stubborn(FakeDirectory):
        def create(self, user):
            raise Taken(kind="user", id="a-1", rule="userName", holder="?")

    with pytest.raises(Taken):
        export_user(user(), to=Stubborn())


def test_a_patch_names_what_is_different_and_no_more():
    """What others put there stays: a telephone, a photo, whether the user is active, the name to log in with."""
    there = {
        **user(),
        "id": "7",
        "active": True,
        "userName": "ada.lovelace",
        "phoneNumbers": [{"value": "555", "type": "work"}],
        "photos": [{"value": "x"}],
    }
    there[ENTERPRISE] = {**there[ENTERPRISE], "manager": {"value": "scim-0", "displayName": "Eva", "$ref": "x"}}

    assert scim_patch(there, user()) is None
    wanted = user(
        a_hire(title="Lead", cost_centre="99"),
        ADA.evolve(name=PersonName(given="Ada", family="King")),
        work_email="ada.king@acme.example",
        manager="scim-9",
    )
    request = scim_patch(there, wanted)
    VALID["PATCH"].validate(request)
    PatchOp[User[EnterpriseUser]].model_validate(request)
    assert {
        "title": "Lead",
        "displayName": "Ada King",
        "name.familyName": "King",
        "name.formatted": "Ada King",
        f"{ENTERPRISE}:costCenter": "99",
        f"{ENTERPRISE}:manager": {"value": "scim-9"},
        'emails[type eq "work"]': {"value": "ada.king@acme.example", "type": "work", "primary": True},
    } == {operation["path"]: operation["value"] for operation in request["Operations"]}


@settings(max_examples=50)
@given(contacts, contacts, st.booleans(), st.sampled_from(["", "Data", "Ops"]), st.sampled_from(["", "a@x.example"]))
def test_applying_a_patch_brings_the_user_up_to_date(before, after, personal, department, email):
    """Whatever it was before; and then there is nothing more to send."""
    known = user(a_hire().evolve(contact=before.id), before, personal=True)
    hire = a_hire(department=department).evolve(contact=after.id)
    wanted = user(hire, after, personal=personal, work_email=email)
    request = scim_patch(known, wanted)
    if request is not None:
        VALID["PATCH"].validate(request)
        for operation in request["Operations"]:
            apply(known, operation)

    assert scim_patch(known, wanted) is None
    VALID["USER"].validate(known)


@settings(max_examples=40)
@given(contacts, contacts, st.sampled_from(["a@x.example", "b@x.example"]))
def test_others_apply_a_patch_as_it_is_meant(before, after, email):
    """The library that others wrote from the RFC comes to the same user."""
    known = user(a_hire().evolve(contact=before.id), before)
    wanted = user(a_hire(title="Lead").evolve(contact=after.id), after, work_email=email, manager="scim-9")
    request = scim_patch(known, wanted)
    theirs = User[EnterpriseUser].model_validate({**known, "id": "1"})
    PatchOp[User[EnterpriseUser]].model_validate(request).patch(theirs)
    told = theirs.model_dump()

    assert scim_patch(told, wanted) is None


def test_another_primary_address_stays_so():
    """Two would be one too many; servers differ in what they then do."""
    own = ADA.evolve(emails=[EmailAddress(raw="x", normal="own@home.example")])
    there = user(contact=own, personal=True)
    moved = ADA.evolve(emails=[EmailAddress(raw="x", normal="new@home.example")])
    request = scim_patch(there, user(contact=moved, personal=True, work_email=""))

    assert [{"value": "new@home.example", "type": "home"}] == [each["value"] for each in request["Operations"]]


def test_a_user_is_let_in_and_shut_out_by_a_request_of_its_own():
    """On the first day, and where the hire did not come about; no export does it in passing."""
    there = FakeDirectory()
    made = export_user(user(), to=there)
    there.patch(made.id, scim_active(active=True))
    export_user(user(as_of=BEFORE), to=there)
    assert there.users[made.id]["active"]
    there.patch(made.id, scim_active(active=False))
    export_user(user(as_of=FIRST), to=there)

    assert not there.users[made.id]["active"]
    VALID["PATCH"].validate(scim_active(active=True))


def test_those_above_come_first():
    """In whatever order they are given; two who report to each other are refused."""
    low, mid, top, other = (
        a_hire().evolve(id=id_, manager=manager)
        for id_, manager in (("a-1", "a-2"), ("a-2", "a-3"), ("a-3", "eva"), ("a-4", None))
    )

    assert ["a-3", "a-2", "a-1", "a-4"] == [hire.id for hire in managers_first([low, other, mid, top])]
    assert ["a-4", "a-3", "a-2", "a-1"] == [hire.id for hire in managers_first([other, top, mid, low, low])]
    with pytest.raises(LawBroken, match="a circle: a-1 -> a-2 -> a-3 -> a-1"):
        managers_first([low, mid, top.evolve(manager="a-1")])
    with pytest.raises(LawBroken, match="a circle: a-1 -> a-1"):
        managers_first([low.evolve(manager="a-1")])
    with pytest.raises(InputError, match="two hires have the id 'a-1'"):
        managers_first([low, low.evolve(title="Cook")])


@given(st.lists(st.integers(0, 11), max_size=12))
def test_any_tree_is_put_in_order(above):
    """Each comes after its manager, nobody is lost; where there is a circle, it is refused."""
    hires = [a_hire().evolve(id=f"h-{number}", manager=f"h-{over}") for number, over in enumerate(above)]
    try:
        ordered = [hire.id for hire in managers_first(hires)]
    except LawBroken:
        return
    assert sorted(ordered) == sorted(hire.id for hire in hires)
    for hire in hires:
        assert hire.manager not in ordered or ordered.index(hire.manager) < ordered.index(hire.id)


def test_one_request_makes_a_team_and_its_manager():
    """The manager's id is not known yet: it is named by the id of the request."""
    top = a_hire().evolve(id="a-2", manager=None)
    low = a_hire().evolve(manager="a-2")
    ordered = managers_first([low, top])
    request = scim_bulk(
        [user(hire, user_name=hire.id, manager="bulkId:a-2" if hire.manager else "") for hire in ordered],
        fail_on_errors=1,
    )
    there = FakeDirectory()
    there.bulk(request)

    VALID["BULK"].validate(request)
    BulkRequest[User[EnterpriseUser]].model_validate(request)
    assert ["a-2", "a-1"] == [operation["bulkId"] for operation in request["Operations"]]
    assert "scim-1" == there.users["scim-2"][ENTERPRISE]["manager"]["value"]
    with pytest.raises(InputError, match="two users of one request have the userName"):
        scim_bulk([user(top), user(low)])
    with pytest.raises(InputError, match="two users of one request have the externalId"):
        scim_bulk([user(low, user_name="x"), user(low, user_name="y")])


def test_an_employee_has_one_employment():
    """In the words of the unified model; the pay comes with the offer, and with nothing else."""
    change = hired()
    made = employee(a_hire(), ADA, as_of=BEFORE, offer=change.offer, manager="emp-0", work_email="ada@acme.example")

    assert made == {
        "remote_id": "a-1",
        "employee_number": "701984",
        "company": "Acme",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "display_full_name": "Ada Lovelace",
        "work_email": "ada@acme.example",
        "work_location": "Utrecht",
        "manager": "emp-0",
        "team": "Data",
        "groups": ["Data", "Tech", "4130"],
        "start_date": "2026-05-01T00:00:00Z",
        "hire_date": "2026-01-06T00:00:00Z",
        "employment_status": "PENDING",
        "employments": [
            {
                "job_title": "Engineer",
                "effective_date": "2026-05-01T00:00:00Z",
                "employment_type": "FULL_TIME",
                "pay_rate": 70_000,
                "pay_period": "YEAR",
                "pay_currency": "EUR",
            }
        ],
    }
    assert "ACTIVE" == employee(a_hire(), ADA, as_of=FIRST, manager="")["employment_status"]


def test_pay_is_handed_over_exactly_or_not_at_all():
    """An amount that a number of JSON would change is refused; so is the pay of an offer that nobody accepted."""
    change = hired()

    def paid(amount: str) -> object:
        offer = change.offer
        exact = offer.evolve(versions=(offer.terms.evolve(pay={"amount": amount, "currency": "EUR"}),), approval=None)
        return employee(a_hire(), ADA, as_of=FIRST, offer=exact, manager="")["employments"][0]["pay_rate"]

    assert [41.55, 70_000] == [paid("41.55"), paid("70000.00")]
    assert Decimal("41.55") == Decimal(repr(paid("41.55")))
    with pytest.raises(InputError, match="more digits than a number of JSON keeps"):
        paid("0.12345678901234567890")
    with pytest.raises(InputError, match="is not that of hire"):
        employee(a_hire(), ADA, as_of=FIRST, offer=change.offer.evolve(id="f-9"), manager="")
    with pytest.raises(LawBroken, match="is sent, not accepted; its pay is nobody's"):
        employee(a_hire(), ADA, as_of=FIRST, offer=sent().offer, manager="")


def test_a_hire_reads_back_as_it_was_written():
    """It can be kept and exchanged; a time without a zone is none."""
    hire = a_hire()

    assert hire == Hire.model_validate_json(hire.model_dump_json())
    with pytest.raises(ValueError, match="timezone"):
        hire.evolve(hired_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is wrong
    assert datetime(2026, 1, 6, tzinfo=UTC) == hire.hired_at


def test_a_view_is_no_record_and_the_error_says_what_to_pass():
    """Whoever has a database has views of offers, whose records are meant."""

    class OfferView:
        record = None

    for refused, wanted in (
        (
            lambda: employee(a_hire(), ADA, as_of=BEFORE, manager="", offer=OfferView()),
            "offer: an Offer is needed.*record",
        ),
        (lambda: employee(a_hire(), "c-a-1", as_of=BEFORE, manager=""), "contact: a ContactRecord is needed"),
        (lambda: scim_user(ADA, ADA, user_name="ada", as_of=BEFORE, manager=""), "hire: a Hire is needed"),
    ):
        with pytest.raises(InputError, match=wanted):
            refused()
