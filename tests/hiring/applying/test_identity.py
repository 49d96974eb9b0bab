"""Who applies: guards against strangers, and ambiguity that is said."""

import pytest

from crmcore.errors import InputError
from crmcore.hiring.applying import Ambiguous, ApplicationForm, Guards, read_form, who
from crmcore.model import ContactRecord, EmailAddress, Link, PersonName, PhoneNumber

PHONE = "+31612345678"


def contact(id_: str, given: str = "Ada", family: str = "Lovelace", **more: object) -> ContactRecord:
    """Return a contact with an e-mail, a phone or a link."""
    held = {
        "emails": [EmailAddress(raw=each, normal=each) for each in more.get("emails", ())],
        "phones": [PhoneNumber(raw=each, normal=each) for each in more.get("phones", ())],
        "links": [Link(raw=each, normal=each, site="linkedin", handle=each) for each in more.get("links", ())],
    }
    return ContactRecord(id=id_, name=PersonName(given=given, family=family), **held)


def form(name: str = "Ada Lovelace", **more: object):
    """Return what was read of a form."""
    return read_form(ApplicationForm(name=name, **more))


MAIL = "ada@home.dev"


def test_the_same_mail_is_the_same_person():
    """Whatever its case; what led there is said."""
    found = who(form(emails=["ADA@Home.dev"]), [contact("c-1", emails=[MAIL])])

    assert "c-1" == found.contact.id
    assert ((("email", MAIL),), True) == (found.claim.identifiers, found.claim.has_same_name)


@pytest.mark.parametrize("mail", ["jobs@acme.dev", "info@acme.dev", "none@none.com", "test@test.com", "x", "n/a"])
def test_functions_and_stand_ins_find_nobody(mail):
    """Two strangers who typed the same stay two."""
    read = form(emails=[mail])
    found = who(read, [contact("c-1", given="Ada", emails=["jobs@acme.dev", "info@acme.dev", "none@none.com"])])

    assert (None, ()) == (found.contact, read.identifiers)


def test_what_many_hold_joins_no_strangers():
    """As far as it was handed in, or as the store counts it."""
    held = [contact(f"c-{number}", emails=[MAIL]) for number in range(4)]
    counted = who(form(emails=[MAIL]), held[:1], holders={("email", MAIL): 90})

    assert "held-by-many" == who(form(emails=[MAIL]), held).doubts[0].code
    assert (None, "90 contacts hold it, so that it tells of none of them") == (
        counted.contact,
        counted.doubts[0].message,
    )


def test_the_mail_says_one_and_the_phone_another():
    """Neither wins: somebody has to say."""
    found = who(form(emails=[MAIL], phones=[PHONE]), [contact("c-1", emails=[MAIL]), contact("c-2", phones=[PHONE])])

    assert isinstance(found, Ambiguous)
    assert ["c-1", "c-2"] == [claim.contact for claim in found.claims]
    assert "email leads to 'c-1', phone to 'c-2'; say who it is" == found.why


def test_one_whom_all_identifiers_lead_to_is_meant():
    """The other, who has only the phone, is named as perhaps the same person."""
    both, one = contact("c-1", emails=[MAIL], phones=[PHONE]), contact("c-2", phones=[PHONE])
    found = who(form(emails=[MAIL], phones=[PHONE]), [one, both])

    assert ("c-1", ("c-2",)) == (found.contact.id, found.others)


def test_two_whom_the_same_mail_leads_to_are_ambiguous():
    """They are perhaps one person stored twice; merging them is a decision of its own."""
    found = who(form(emails=[MAIL]), [contact("c-1", emails=[MAIL]), contact("c-2", emails=[MAIL])])

    assert isinstance(found, Ambiguous)


@pytest.mark.parametrize(
    ("given", "family", "joined"),
    [("Ada", "Lovelace", True), ("A.", "Lovelace", True), ("Charles", "Lovelace", False), ("", "", False)],
)
def test_a_phone_alone_joins_only_the_same_name(given, family, joined):
    """A household shares it, and so does whoever gets the number next."""
    found = who(form(phones=[PHONE]), [contact("c-1", given, family, phones=[PHONE])])

    assert joined is (found.contact is not None)
    assert [] == [doubt for doubt in found.doubts if joined]


def test_a_mail_of_somebody_with_another_name_is_ambiguous():
    """A couple shares a mailbox, or somebody applies for somebody else."""
    found = who(form("Charles Babbage", emails=[MAIL]), [contact("c-1", emails=[MAIL])])

    assert isinstance(found, Ambiguous)
    assert "email leads to 'c-1', who has another name; say who it is" == found.why


def test_who_married_is_still_known():
    """The same given name and mail, another family name."""
    assert "c-1" == who(form("Ada King", emails=[MAIL]), [contact("c-1", emails=[MAIL])]).contact.id


def test_a_profile_leads_to_its_owner():
    """By its handle, however the link was written."""
    found = who(form(links=["https://nl.linkedin.com/in/ada-l/?x=1"]), [contact("c-1", links=["ada-l"])])

    assert "c-1" == found.contact.id


def test_the_agency_s_own_number_is_nobody():
    """Where the host says so."""
    guards = Guards(nobody=[("phone", PHONE)])

    assert who(form(phones=[PHONE]), [contact("c-1", phones=[PHONE])], guards=guards).contact is None
    with pytest.raises(InputError, match="at least 1"):
        Guards(most_holders=0)


def test_without_the_guard_strangers_are_joined():
    """The negative control: what four hold leads to somebody once ten may hold it."""
    held = [contact(f"c-{number}", emails=[MAIL]) for number in range(4)]

    assert isinstance(who(form(emails=[MAIL]), held, guards=Guards(most_holders=10)), Ambiguous)


def test_hostile_forms_are_refused_or_read_without_harm():
    """Far too much, things that are no texts, signs that no text can hold."""
    with pytest.raises(InputError, match="at most 20"):
        form(emails=[f"a{number}@b.dev" for number in range(21)])
    for wrong in ("one@text.dev", [1], [None]):
        with pytest.raises(InputError, match="lists of texts"):
            form(emails=wrong)
    with pytest.raises(InputError, match="a name is a text"):
        form(7)
    with pytest.raises(InputError, match="is no origin; did you mean 'referred'"):
        ApplicationForm(origin="refered")
    read = form("\ud800\0", emails=["a\ud800@b.dev", "x" * 100_000], phones=["\0", "1" * 9_999], links=["javascript:x"])

    assert (("email", "a@b.dev"),) == read.identifiers
    assert {"missing", "too-long", "scheme-refused"} <= {doubt.code for doubt in read.doubts} | {"missing"}
