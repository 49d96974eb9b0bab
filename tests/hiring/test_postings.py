"""Postings as schema.org JobPosting: checked by an independent reading of what Google asks for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcore.errors import InputError, LawBroken
from crmcore.hiring.postings import Employer, advert_of, as_script, job_posting, missing
from crmcore.model.channels import PostalAddress
from crmcore.model.hiring import Band, EmploymentType, Job, Location, Opening, Posting
from crmcore.model.money import PayPeriod
from crmcore.model.occasion import Occasion

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
EMPLOYER = Employer(name="Acme", website="https://acme.example", logo="https://acme.example/logo.png")
BERLIN = PostalAddress.of(street="Torstraße", house_number="1", city="Berlin", postcode="10119")
LOCATIONS = {
    "de": Location(id="de", name="Germany", address=PostalAddress.of(country="Germany")),
    "berlin": Location(id="berlin", name="Berlin", parent="de", address=BERLIN),
    "room": Location(id="room", name="Room 4", parent="berlin"),
    "moon": Location(id="moon", name="Moon base"),
}


def on(day: float) -> Occasion:
    """Return an occasion of a day."""
    return Occasion(event_id=f"e-{day}", at=BEGIN + timedelta(days=day), actor="eva")


JOB = Job(id="j-1", title="Engineer", pipeline="p-1", band=Band.of("EUR", 60_000, 80_000)).step("open", on=on(0))[0]
WHOLE = {
    "id": "x-1",
    "job": "j-1",
    "title": "Data engineer",
    "content": "<p>We build <b>pipelines</b>.</p>",
    "locations": ["berlin"],
    "employment": ["full_time"],
    "shows_band": True,
    "closes_at": on(30).at,
    "direct_apply": True,
    "url": "https://acme.example/jobs/1",
}


def posting(**more: object) -> Posting:
    """Return one that is whole and live."""
    return Posting.model_validate({**WHOLE, **more}).publish(job=JOB, on=on(1))[0]


def shown(held: Posting, **more: object) -> dict[str, object]:
    """Return it as it is shown on the second day."""
    given_ = {"job": JOB, "employer": EMPLOYER, "locations": LOCATIONS, "as_of": on(2).at, **more}
    return job_posting(held, **given_)


def violations(data: dict) -> list[str]:
    """Read the rules anew, from the names and examples of the documentation only."""
    found = []

    def need(holds: object, what: str) -> None:
        if not holds:
            found.append(what)

    def is_instant(text: object) -> bool:
        return isinstance(text, str) and datetime.fromisoformat(text).utcoffset() is not None

    need(data.get("@context") in {"https://schema.org/", "https://schema.org"}, "@context")
    need(data.get("@type") == "JobPosting", "@type")
    need(isinstance(data.get("title"), str) and data["title"].strip(), "title")
    need(isinstance(data.get("description"), str) and data["description"] != data.get("title"), "description")
    need(re.sub(r"<[^>]*>", "", data.get("description", "")).strip(), "description has words")
    need(is_instant(data.get("datePosted")), "datePosted")
    organisation = data.get("hiringOrganization", {})
    need(organisation.get("@type") == "Organization" and organisation.get("name"), "hiringOrganization")
    places = data.get("jobLocation", [])
    for place in places if isinstance(places, list) else [places]:
        address = place.get("address", {})
        need(place.get("@type") == "Place" and address.get("@type") == "PostalAddress", "jobLocation")
        need(re.fullmatch("[A-Z]{2}", address.get("addressCountry", "")), "addressCountry")
    if data.get("jobLocationType") is None:
        need(places, "jobLocation is required unless the work is remote")
        need("applicantLocationRequirements" not in data, "only remote work says where applicants live")
    else:
        need(data["jobLocationType"] == "TELECOMMUTE", "jobLocationType")
        areas = data.get("applicantLocationRequirements") or []
        need(areas and all(each["@type"] in {"Country", "State"} and each["name"] for each in areas), "remote areas")
    if "validThrough" in data:
        need(is_instant(data["validThrough"]), "validThrough")
    if "employmentType" in data:
        words = {"FULL_TIME", "PART_TIME", "CONTRACTOR", "TEMPORARY", "INTERN", "VOLUNTEER", "PER_DIEM", "OTHER"}
        need(data["employmentType"] and set(data["employmentType"]) <= words, "employmentType")
    if "baseSalary" in data:
        salary = data["baseSalary"]
        value = salary.get("value", {})
        need(salary["@type"] == "MonetaryAmount" and re.fullmatch("[A-Z]{3}", salary["currency"]), "baseSalary")
        need(value.get("@type") == "QuantitativeValue", "baseSalary.value")
        need(value.get("unitText") in {"HOUR", "DAY", "WEEK", "MONTH", "YEAR"}, "unitText")
        one, low, high = value.get("value"), value.get("minValue"), value.get("maxValue")
        need((one is not None) != (low is not None and high is not None and low < high), "an amount or a range")
    if "directApply" in data:
        need(isinstance(data["directApply"], bool), "directApply")
    for each in data.get("educationRequirements", []):
        words = {
            "high school",
            "associate degree",
            "bachelor degree",
            "postgraduate degree",
            "professional certificate",
        }
        need(each["@type"] == "EducationalOccupationalCredential" and each["credentialCategory"] in words, "education")
    if "experienceRequirements" in data:
        need(data["experienceRequirements"]["monthsOfExperience"] > 0, "experience")
    need(data.get("identifier", {}).get("@type") == "PropertyValue" and data["identifier"].get("value"), "identifier")
    return found


def test_a_whole_posting_satisfies_every_rule():
    """Each property with the value that it means."""
    seats = [Opening(id=f"o-{at}", job="j-1").open(on=on(0))[0] for at in range(3)]
    data = shown(posting(), code="ENG-7", openings=[*seats[:2], seats[2].fill("a-1", on=on(1))[0]])

    assert [] == violations(data)
    assert {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": "Data engineer",
        "description": "<p>We build <b>pipelines</b>.</p>",
        "datePosted": "2026-01-02T00:00:00+00:00",
        "validThrough": "2026-01-31T00:00:00+00:00",
        "employmentType": ["FULL_TIME"],
        "hiringOrganization": {
            "@type": "Organization",
            "name": "Acme",
            "sameAs": "https://acme.example",
            "logo": "https://acme.example/logo.png",
        },
        "identifier": {"@type": "PropertyValue", "name": "Acme", "value": "ENG-7"},
        "jobLocation": [
            {
                "@type": "Place",
                "address": {
                    "@type": "PostalAddress",
                    "streetAddress": "1 Torstraße",
                    "addressLocality": "Berlin",
                    "postalCode": "10119",
                    "addressCountry": "DE",
                },
            }
        ],
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": "EUR",
            "value": {"@type": "QuantitativeValue", "unitText": "YEAR", "minValue": 60_000, "maxValue": 80_000},
        },
        "totalJobOpenings": 2,
        "url": "https://acme.example/jobs/1",
        "directApply": True,
    } == data


@pytest.mark.parametrize("name", ["title", "description", "datePosted", "hiringOrganization", "jobLocation"])
def test_the_reading_of_the_rules_sees_what_is_missing(name):
    """The negative control of the checker above."""
    data = shown(posting())
    del data[name]

    assert violations(data)


def test_all_that_is_missing_is_told_at_once():
    """With the property that it is about."""
    held = Posting(id="x-1", job="j-1", title=" ", shows_band=True, locations=("moon", "mars"), closes_at=on(1).at)
    blank = {"employer": Employer(name=" "), "job": JOB.evolve(band=None)}
    why = missing(held, **{"locations": LOCATIONS, "as_of": on(2).at, **blank})

    assert [
        "title",
        "description",
        "datePosted",
        "validThrough",
        "hiringOrganization",
        "jobLocation",
        "jobLocation",
        "baseSalary",
    ] == [each.partition(":")[0] for each in why]
    with pytest.raises(InputError) as refused:
        shown(held, **blank)
    assert all(each in str(refused.value) for each in why)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"content": "<p>DATA  engineer</p>", "title": "Data\rengineer"}, "says no more than the title"),
        ({"locations": []}, "jobLocation: name a location"),
        ({"locations": [], "workplace": "hybrid"}, "jobLocation: name a location"),
        ({"workplace": "remote"}, "applicantLocationRequirements: say from which"),
        ({"workplace": "remote", "remote_within": ["QQ"]}, "'QQ' is no country"),
        ({"locations": ["moon"]}, "location 'moon' has no country, nor has any above it"),
        ({"locations": ["nowhere"]}, "'nowhere' is not in the tree"),
    ],
)
def test_one_thing_that_is_missing_is_enough(more, why):
    """Nothing is shown that a search engine would refuse."""
    with pytest.raises(InputError, match=why):
        shown(posting(**more))


def test_a_circle_of_locations_is_told_as_what_is_missing():
    """And does not hang."""
    ring = {key: Location(id=key, name=key, parent=other) for key, other in (("a", "b"), ("b", "a"))}

    with pytest.raises(InputError, match="jobLocation: the locations go in a circle"):
        shown(posting(locations=["a"]), locations=ring)


def test_remote_work_says_from_where():
    """And may be done in an office too; hybrid work is not remote."""
    remote = shown(posting(workplace="remote", locations=[], remote_within=["NL", "DE"]))
    either = shown(posting(workplace="remote", remote_within=["DE"]))
    hybrid = shown(posting(workplace="hybrid"))

    assert [[], [], []] == [violations(each) for each in (remote, either, hybrid)]
    assert ["DE", "NL"] == [each["name"] for each in remote["applicantLocationRequirements"]]
    assert ("TELECOMMUTE", 1) == (either["jobLocationType"], len(either["jobLocation"]))
    assert "jobLocationType" not in hybrid


def test_a_location_without_an_address_has_that_above_it():
    """The nearest; the country may stand higher still."""
    address = shown(posting(locations=["room"]))["jobLocation"][0]["address"]

    assert ("Berlin", "DE") == (address["addressLocality"], address["addressCountry"])


def test_pay_is_shown_only_where_it_is_to_be_shown():
    """The posting's own band before the job's; one amount where there is no range; cents are kept."""
    own = Band.of("USD", "30.50", "30.50", period=PayPeriod.HOUR)

    assert "baseSalary" not in shown(posting(shows_band=False, band=own))
    assert {"@type": "QuantitativeValue", "unitText": "HOUR", "value": 30.5} == (
        shown(posting(band=own))["baseSalary"]["value"]
    )


def test_schooling_and_experience_are_told_where_they_are_asked_for():
    """And whether one counts for the other."""
    asked = {"education": ["bachelor_degree", "professional_certificate"], "months_of_experience": 24}
    data = shown(posting(**asked, experience_counts_for_education=True))

    assert [] == violations(data)
    assert (["bachelor degree", "professional certificate"], 24, True) == (
        [each["credentialCategory"] for each in data["educationRequirements"]],
        data["experienceRequirements"]["monthsOfExperience"],
        data["experienceInPlaceOfEducation"],
    )
    assert not {"educationRequirements", "experienceRequirements", "experienceInPlaceOfEducation"} & set(
        shown(posting())
    )


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"job": JOB.evolve(is_confidential=True)}, "confidential"),
        ({"job": JOB.evolve(id="j-2")}, "not of 'j-2'"),
        ({"job": JOB.step("close", on=on(1))[0]}, "is closed"),
    ],
)
def test_what_may_not_be_shown_is_not_rendered(more, why):
    """However it came to be live; and for the inside either."""
    for render in (job_posting, advert_of):
        with pytest.raises(LawBroken, match=why):
            render(posting(), **{"employer": EMPLOYER, "locations": LOCATIONS, "as_of": on(2).at, "job": JOB, **more})


def test_what_is_for_the_inside_is_not_shown_to_the_public():
    """A board of the inside is given it all the same."""
    held = posting(audience="internal")

    with pytest.raises(LawBroken, match="for the inside"):
        shown(held)
    assert "Data engineer" == advert_of(held, job=JOB, employer=EMPLOYER, locations=LOCATIONS, as_of=on(2).at).title


def test_an_instant_without_a_zone_is_refused():
    """It could be any."""
    with pytest.raises(InputError, match="has no time zone"):
        shown(posting(), as_of=datetime(2026, 1, 3))  # noqa: DTZ001 - the point


def test_an_employer_has_pages_on_the_web():
    """A script is none."""
    with pytest.raises(InputError, match="logo of an employer begins with https://"):
        Employer(name="Acme", logo="javascript:alert(1)")


class Scripts(HTMLParser):
    """Reads the scripts of a page as a browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found.append("")

    def handle_data(self, data):
        self.found[-1] += data


@settings(max_examples=300, deadline=None)
@given(
    title=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20) | st.just("</script><script>x()"),
    content=st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.just("<script>x()</script></p>Hi<!--"),
    employment=st.lists(st.sampled_from(EmploymentType), unique=True),
    pay=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    remote=st.booleans(),
)
def test_whatever_is_rendered_satisfies_the_rules_and_stays_in_its_element(title, content, employment, pay, remote):
    """A page with it has one script, and that is the data."""
    work = {"workplace": "remote", "locations": [], "remote_within": ["NL"]} if remote else {}
    band = Band.of("EUR", pay[0], sum(pay))
    held = posting(title=title, content=content, employment=employment, band=band, **work)
    if missing(held, job=JOB, employer=EMPLOYER, locations=LOCATIONS, as_of=on(2).at):
        with pytest.raises(InputError):
            shown(held)
        return
    data = shown(held)
    page = Scripts()
    page.feed(as_script(data))

    assert [] == violations(data)
    assert ["script"] == page.tags
    assert data == json.loads(page.found[0])
