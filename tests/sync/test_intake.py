"""What can be used goes in; what cannot is named by line, column and code; nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.hygiene.roles import Role
from crmcore.model import ChannelState, ContactRecord
from crmcore.ports import Batch
from crmcore.sync import Intake, build_plan

ROLES = {
    "Id": Role.RECORD_ID,
    "Name": Role.FULL_NAME,
    "Mail": Role.EMAIL,
    "Phone": Role.PHONE,
    "Born": Role.DATE_OF_BIRTH,
    "Skills": Role.SKILLS,
    "Company": Role.COMPANY,
    "Title": Role.JOB_TITLE,
    "City": Role.CITY,
    "Pay": Role.SALARY,
    "Notes": Role.NOTES,
    "Email opt out": Role.OPT_OUT,
    "Do not contact": Role.OPT_OUT,
    "Updated": Role.UPDATED_AT,
    "LinkedIn": Role.LINKEDIN,
    "Zone": Role.TIME_ZONE,
    "Country": Role.COUNTRY,
    "Tags": Role.TAGS,
    "Languages": Role.LANGUAGES,
}
GIVEN = datetime(2024, 5, 1, tzinfo=UTC)


def taken(*rows, roles=ROLES, **facts):
    """What the intake makes of rows given as mappings."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    numbers = count(1)
    intake = Intake(source="people.csv", roles=roles, new_id=lambda: f"c{next(numbers)}", observed_at=GIVEN, **facts)
    batch = Batch(columns={h: [row.get(h) for row in rows] for h in headers}, lines=[i + 2 for i in range(len(rows))])
    return intake.take(batch)


def one(**cells):
    """The contact of a row that goes in without any reject."""
    (draft,), rejects = taken({header.replace("_", " "): cell for header, cell in cells.items()})
    assert [] == rejects
    return draft.contact


def test_a_full_row_becomes_a_contact():
    """Each role fills its place, in normal form, with what was written beside it."""
    contact = one(
        Id="17",
        Name="LOVELACE, Ada",
        Mail="Ada@Example.org; ada@work.example",
        Phone="+44 20 7946 0018",
        Born="1815-12",
        Company="Acme Ltd.",
        Title="Analyst",
        City="LONDON",
        Country="UK",
        Pay="£60k",
        LinkedIn="in/ada-lovelace",
        Zone="Europe/London",
        Tags="Maths, maths; poetry",
        Languages="French (C1), en",
    )

    assert ("Ada", "Lovelace", "1815-12") == (contact.name.given, contact.name.family, str(contact.born))
    assert [("ada@example.org", True), ("ada@work.example", False)] == [(e.key, e.is_primary) for e in contact.emails]
    assert "Ada@Example.org" == contact.emails[0].raw
    assert ["+442079460018"] == [phone.key for phone in contact.phones]
    assert ("Acme Ltd.", "acme", "Analyst") == (
        contact.affiliations[0].name,
        contact.affiliations[0].normal,
        contact.affiliations[0].title,
    )
    assert ("London", "GB") == (contact.addresses[0].city, contact.addresses[0].country)
    assert ("60000", "GBP") == (str(contact.salary.maximum), contact.salary.currency)
    assert ("linkedin", "ada-lovelace") == (contact.links[0].site, contact.links[0].handle)
    assert ("Maths", "poetry") == contact.tags
    assert {"en", "french"} == {language.key for language in contact.languages}
    assert "people.csv//contact/17" == contact.external_ids[0].key


def test_every_value_says_where_it_came_from():
    """Source, line and row, and when it was true: the row's own date, else the date of the source."""
    (first, second), _ = taken(
        {"Name": "Ada Lovelace", "Updated": "2023-01-02T03:04:05Z"}, {"Name": "Mary Somerville", "Updated": None}
    )
    seen = first.contact.why("name.given")[0]

    assert ("people.csv", 2, first.source.id) == (seen.source, seen.line, seen.record)
    assert datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC) == seen.observed_at
    assert GIVEN == second.contact.why("name.given")[0].observed_at
    assert [] == [path for path, _ in first.contact.values() if not first.contact.why(path)]


def test_a_bad_cell_is_reported_and_the_rest_goes_in():
    """The reject names line, column and code; the row as it came keeps the cell."""
    (draft,), (reject,) = taken({"Name": "Ada Lovelace", "Mail": "ada@@example"})

    assert (2, "Mail", "ada@@example") == (reject.line, reject.column, reject.raw)
    assert reject.code
    assert reject.message
    assert () == draft.contact.emails
    assert "ada@@example" == draft.source.cells["Mail"]


def test_one_bad_value_of_several_is_reported_alone():
    """The good address of the cell goes in."""
    (draft,), (reject,) = taken({"Name": "Ada", "Mail": "ada@example.org; nonsense"})

    assert ["ada@example.org"] == [email.key for email in draft.contact.emails]
    assert "nonsense" == reject.raw


def test_a_row_that_is_nobody_is_left_out():
    """A city is not a person; the reject is for the whole row."""
    drafts, (reject,) = taken({"Name": "n/a", "City": "London"})

    assert [] == drafts
    assert (2, None, "nobody") == (reject.line, reject.column, reject.code)
    assert "London" in reject.raw


def test_a_row_with_only_bad_cells_names_each_and_is_left_out():
    """Both the cells and the row are reported."""
    drafts, rejects = taken({"Name": "12345", "Mail": "x"})

    assert [] == drafts
    assert [None] == [reject.column for reject in rejects if reject.code == "nobody"]
    assert "Name" in [reject.column for reject in rejects]


@pytest.mark.parametrize("word", ["yes", "1", "x", "TRUE", "2023-04-01", "maybe"])
def test_an_opt_out_closes_what_its_header_names(word):
    """A column about e-mail closes the e-mails; what is unclear counts as a refusal."""
    contact = one(Name="Ada", Mail="ada@example.org", Email_opt_out=word)

    assert ChannelState.OPTED_OUT == contact.emails[0].status.state
    assert contact.do_not_contact is None


@pytest.mark.parametrize("word", ["no", "0", "False", "n/a", "subscribed", None])
def test_no_opt_out_is_made_up(word):
    """A plain no is no refusal; the test above would pass with everything closed."""
    contact = one(Name="Ada", Mail="ada@example.org", Email_opt_out=word, Do_not_contact=word)

    assert ChannelState.ACTIVE == contact.emails[0].status.state
    assert contact.do_not_contact is None


def test_a_refusal_without_its_channel_closes_all_contact():
    """Somebody who refuses e-mail and has none is not written to by other ways found later."""
    assert one(Name="Ada", Email_opt_out="yes").do_not_contact
    assert one(Name="Ada", Do_not_contact="yes").do_not_contact


def test_phones_are_read_in_the_region_that_is_said():
    """Without a region a local number keeps its digits and is trusted less; with one it is E.164."""
    (loose,), _ = taken({"Name": "Ada", "Phone": "020 7946 0018"})
    (exact,), _ = taken({"Name": "Ada", "Phone": "020 7946 0018"}, region="GB")

    assert ["02079460018"] == [phone.key for phone in loose.contact.phones]
    assert 0.5 == loose.contact.why("phones/02079460018")[0].trust
    assert ["+442079460018"] == [phone.key for phone in exact.contact.phones]


def test_a_column_shows_how_its_dates_are_written():
    """One date with a day above twelve settles the others of its column."""
    (first, _), _ = taken({"Name": "A B", "Born": "03/04/1985"}, {"Name": "C D", "Born": "25/12/1984"})

    assert "1985-04-03" == str(first.contact.born)


def test_given_and_family_columns_are_taken_as_they_are():
    """What a column says is the given name is not taken apart; capitals are put right."""
    roles = {"First": Role.GIVEN_NAME, "Last": Role.FAMILY_NAME}
    (small,), _ = taken({"First": "gerald", "Last": "burn"}, roles=roles)
    (draft,), _ = taken({"First": "Maria Luisa", "Last": "DE LA VEGA"}, roles=roles)

    assert ("Gerald", "Burn") == (small.contact.name.given, small.contact.name.family)
    assert "Maria Luisa" == draft.contact.name.given
    assert "de la vega" == draft.contact.name.family.casefold()
    assert "DE LA VEGA" != draft.contact.name.family


def test_pay_without_a_currency_is_refused_unless_the_usual_one_is_known():
    """A number alone is no salary."""
    _, (reject,) = taken({"Name": "Ada", "Pay": "60000"})
    (draft,), _ = taken({"Name": "Ada", "Pay": "60,000-70,000 per month"}, currency="EUR")

    assert "no-currency" == reject.code
    assert ("60000", "70000", "month") == (
        str(draft.contact.salary.minimum),
        str(draft.contact.salary.maximum),
        draft.contact.salary.period,
    )


def test_hostile_cells_are_refused_not_fatal():
    """Long cells, NUL bytes and lone surrogates leave the other rows alone."""
    rows = [
        {"Name": "Ada Lovelace", "Company": "x" * 200_000},
        {"Name": "Mary\0Somerville", "Mail": "m@example.org"},
        {"Name": "Bad \ud800 Bytes", "Mail": "b@example.org"},
        {"Name": "Grace Hopper", "Notes": "=cmd|' /C calc'!A0"},
    ]
    drafts, rejects = taken(*rows)

    assert {2, 5} <= {draft.source.line for draft in drafts}
    assert 4 in {reject.line for reject in rejects}
    assert "x" * 200_000 == drafts[0].source.cells["Company"]
    assert ("=cmd|' /C calc'!A0",) == drafts[-1].notes


@pytest.mark.parametrize("row", [["x" * 4_000_001, "y" * 4_000_000], ["\U0001f600" * 4_100_000, None]])
def test_a_row_that_no_store_has_room_for_is_left_out_by_itself(row):
    """By characters or by bytes: the other rows go in, and so does a long row that fits."""
    drafts, (reject,) = taken({"Name": "Ada", "Free": row[0], "More": row[1]}, {"Name": "Eve", "Free": "x" * 7_000_000})

    assert (2, None, "too-long", True) == (reject.line, reject.column, reject.code, reject.whole_row)
    assert ["Eve"] == [draft.contact.name.given for draft in drafts]


PARTS = {"First": Role.GIVEN_NAME, "Middle": Role.MIDDLE_NAME, "Last": Role.FAMILY_NAME, "Mail": Role.EMAIL}


@pytest.mark.parametrize("surname", ["Null", "None", "Na"])
def test_a_surname_that_looks_like_a_marker_is_kept_and_trusted_less(surname):
    """Ms Null is somebody, alone in her column or after a given name; "n/a" is not."""
    (draft,), _ = taken({"First": "Ada", "Middle": "NA", "Last": surname}, roles=PARTS)
    (blank,), _ = taken({"First": "Ada", "Last": "n/a"}, roles=PARTS)
    (whole,), _ = taken({"Name": surname, "Mail": "ada@example.org"})

    assert ("Ada", "", surname) == (draft.contact.name.given, draft.contact.name.middle, draft.contact.name.family)
    assert 0.5 == draft.contact.why("name.family")[0].trust
    assert draft.contact.why("name.given")[0].trust is None
    assert ("Ada", "") == (blank.contact.name.given, blank.contact.name.family)
    assert surname == whole.contact.name.full


def test_the_same_marker_in_both_columns_of_a_name_is_none():
    """A program wrote NULL wherever there was nothing."""
    (draft,), rejects = taken({"First": "NULL", "Last": "NULL", "Mail": "ada@example.org"}, roles=PARTS)

    assert [] == rejects
    assert draft.contact.name.is_empty


cells = (
    st.none() | st.text(max_size=30) | st.sampled_from(["ada@example.org", "n/a", "yes", "1815", "+44 20 7946 0018"])
)
rows = st.lists(st.fixed_dictionaries(dict.fromkeys(ROLES, cells)), max_size=4)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_every_row_is_either_a_draft_or_a_reject(table):
    """Whatever stands in the cells: each line comes out once, and what goes in can be written and read."""
    drafts, rejects = taken(*table)
    lines = [draft.source.line for draft in drafts] + [reject.line for reject in rejects if reject.column is None]

    assert [i + 2 for i in range(len(table))] == sorted(lines)
    for draft in drafts:
        assert draft.contact == ContactRecord.model_validate_json(draft.contact.model_dump_json())


@settings(max_examples=25, deadline=None)
@given(rows)
def test_the_same_file_twice_is_unchanged(table):
    """The rows have the ids that they had, so that a second import finds them."""
    first, second = taken(*table)[0], taken(*table)[0]
    people = [draft.contact for draft in first]
    imported = {draft.source.id: draft.source.belongs_to(draft.contact.id) for draft in first}
    plan = build_plan(people, second, [], imported=imported)

    assert len(imported) == len(first) == plan.summary.unchanged
    assert () == plan.contacts
