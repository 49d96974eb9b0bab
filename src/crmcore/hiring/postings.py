"""Rendering postings: as schema.org JobPosting, and as what a board is given.

A pure function that refuses what is not complete, with all that is missing at once. Showing it on boards is done by
:mod:`crmcore.hiring.publishing`.

The properties are those that Google asks for of a JobPosting (structured data, "Job posting"), marked required or
recommended there: title, description, datePosted, hiringOrganization, jobLocation or the rules of remote work,
validThrough, baseSalary, employmentType, identifier, directApply; and those that it tries out: educationRequirements,
experienceRequirements, experienceInPlaceOfEducation.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import attrs

from crmcore.errors import InputError, LawBroken
from crmcore.hygiene.places import clean_country
from crmcore.model.hiring.opening import OpeningStatus
from crmcore.model.hiring.place import path
from crmcore.model.hiring.posting import Audience, Workplace
from crmcore.ports import Advert
from crmcore.query.moments import in_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal

    from crmcore.hygiene.places import Country
    from crmcore.model.hiring import Band, Job, Opening
    from crmcore.model.hiring.place import Location
    from crmcore.model.hiring.posting import Posting

__all__ = ["Employer", "advert_of", "as_script", "job_posting", "missing"]

SEATS_TO_TAKE = frozenset({OpeningStatus.OPEN, OpeningStatus.RESERVED})


def _page(_: object, field: attrs.Attribute[str], url: str) -> None:
    if url and not url.startswith(("https://", "http://")):
        raise InputError(f"{field.name} of an employer begins with https://, not like {url[:50]!r}")


@attrs.frozen(kw_only=True)
class Employer:
    """Who hires, as the world is told.

    Attributes:
        name: of the organisation.
        website: its own page.
        logo: the address of a picture.

    """

    name: str
    website: str = attrs.field(default="", validator=_page)
    logo: str = attrs.field(default="", validator=_page)


def missing(
    posting: Posting, *, job: Job, employer: Employer, locations: Mapping[str, Location], as_of: datetime
) -> tuple[str, ...]:
    """Return what keeps a posting from being rendered, each with the property that it is about; none where it is whole.

    Args:
        posting: what is to be shown.
        job: its job.
        employer: who hires.
        locations: by id: those that it names, and all above them.
        as_of: when it is shown; aware.

    """
    as_of = in_utc(as_of)
    return tuple(_faults(posting, job=job, employer=employer, locations=locations, as_of=as_of))


def job_posting(
    posting: Posting,
    *,
    job: Job,
    employer: Employer,
    locations: Mapping[str, Location],
    as_of: datetime,
    openings: Iterable[Opening] = (),
    code: str = "",
) -> dict[str, Any]:
    """Return a posting as schema.org JobPosting, for the public.

    Args:
        posting, job, employer, locations, as_of: see `missing`.
        openings: the job's seats, for how many there are to take; not told of an evergreen job.
        code: under which the employer knows it; the posting's id by default.

    Raises:
        LawBroken: the job is confidential or not open, or the posting is for the inside.
        InputError: something is missing; the message lists all of it.

    >>> from datetime import UTC, datetime
    >>> from crmcore.model import Occasion
    >>> from crmcore.model.hiring import Band, Job
    >>> from crmcore.model.hiring.posting import Posting
    >>> on = Occasion(event_id="e-1", at=datetime(2026, 3, 1, tzinfo=UTC), actor="eva")
    >>> job, _ = Job(id="j-1", title="Engineer", pipeline="p", band=Band.of("EUR", 60_000, 80_000)).step("open", on=on)
    >>> posting = Posting.of_text("Build <things>.", id="x-1", job="j-1", title="Engineer", shows_band=True,
    ...                           workplace="remote")
    >>> posting, _ = posting.publish(job=job, on=on)
    >>> shown = {"job": job, "employer": Employer(name="Acme"), "locations": {}, "as_of": on.at}
    >>> job_posting(posting, **shown)
    Traceback (most recent call last):
    crmcore.errors.InputError: posting 'x-1' cannot be shown yet: applicantLocationRequirements: say from which ...
    >>> data = job_posting(posting.evolve(remote_within=["NL"]), **shown)
    >>> data["description"], data["jobLocationType"], data["baseSalary"]["value"]["unitText"]
    ('<p>Build &lt;things&gt;.</p>', 'TELECOMMUTE', 'YEAR')
    """
    as_of = in_utc(as_of)
    if posting.audience is Audience.INTERNAL:
        raise LawBroken(f"posting {posting.id!r} is for the inside, and not shown to the public")
    return _rendered(
        posting, job=job, employer=employer, locations=locations, as_of=as_of, openings=openings, code=code
    )


def advert_of(
    posting: Posting,
    *,
    job: Job,
    employer: Employer,
    locations: Mapping[str, Location],
    as_of: datetime,
    openings: Iterable[Opening] = (),
    code: str = "",
) -> Advert:
    """Return what a board is given, a board of the inside too; raises as `job_posting` does, but for such a board."""
    as_of = in_utc(as_of)
    data = _rendered(
        posting, job=job, employer=employer, locations=locations, as_of=as_of, openings=openings, code=code
    )
    told = {"title": posting.title, "html": posting.content, "text": posting.text, "url": posting.url, "data": data}
    written = json.dumps(told, sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(written.encode()).hexdigest()
    return Advert(posting=posting.id, digest=digest, **told)  # type: ignore[arg-type]


def as_script(data: Mapping[str, Any]) -> str:
    r"""Return JSON-LD as the element of an HTML page; no text in it can end the element.

    >>> print(as_script({"title": "</script><script>alert(1)"}))
    <script type="application/ld+json">{"title": "\u003c/script\u003e\u003cscript\u003ealert(1)"}</script>
    """
    text = json.dumps(data, ensure_ascii=True)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'


def _rendered(
    posting: Posting,
    *,
    job: Job,
    employer: Employer,
    locations: Mapping[str, Location],
    as_of: datetime,
    openings: Iterable[Opening],
    code: str,
) -> dict[str, Any]:
    posting.check_showable(job)
    if faults := missing(posting, job=job, employer=employer, locations=locations, as_of=as_of):
        raise InputError(f"posting {posting.id!r} cannot be shown yet: {'; '.join(faults)}")
    published = posting.first_published_at
    assert published is not None  # noqa: S101 - it would be missing
    known = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": _line(posting.title),
        "description": posting.content,
        "datePosted": published.isoformat(),
        "validThrough": posting.closes_at.isoformat() if posting.closes_at else None,
        "employmentType": [each.value.upper() for each in posting.employment],
        "hiringOrganization": _told(
            {"@type": "Organization", "name": employer.name, "sameAs": employer.website, "logo": employer.logo}
        ),
        "identifier": {"@type": "PropertyValue", "name": employer.name, "value": code or posting.id},
        "jobLocation": [_place(each, locations) for each in posting.locations],
        **_remote(posting),
        **_asked_for(posting),
        "baseSalary": _salary(_band(posting, job)),
        "totalJobOpenings": None if job.is_evergreen else _seats(openings, job),
        "url": posting.url,
    }
    return _told(known) | ({} if posting.direct_apply is None else {"directApply": posting.direct_apply})


def _line(text: str) -> str:
    return " ".join(text.split())


def _told(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not known."""
    return {name: value for name, value in properties.items() if value}


def _faults(
    posting: Posting, *, job: Job, employer: Employer, locations: Mapping[str, Location], as_of: datetime
) -> Iterator[str]:
    """Yield what is missing, in the order of the properties."""
    title, text = _line(posting.title), posting.text
    if not title:
        yield "title: it is blank"
    if not text:
        yield "description: there are no words in it"
    elif _line(text).casefold() == title.casefold():
        yield "description: it says no more than the title"
    if posting.first_published_at is None or posting.first_published_at > as_of:
        yield "datePosted: it has not been published"
    if posting.expired(as_of):
        yield f"validThrough: it closed at {posting.closes_at}"
    if not employer.name.strip():
        yield "hiringOrganization: its name is blank"
    if posting.workplace is Workplace.REMOTE and not posting.remote_within:
        yield "applicantLocationRequirements: say from which countries the remote work is done, as remote_within"
    if posting.workplace is not Workplace.REMOTE and not posting.locations:
        yield "jobLocation: name a location, or say that the work is remote"
    for each in posting.locations:
        yield from _place_faults(each, locations)
    for code in posting.remote_within:
        if _country(code) is None:
            yield f"applicantLocationRequirements: {code!r} is no country of ISO 3166"
    if posting.shows_band and _band(posting, job) is None:
        yield "baseSalary: neither the posting nor its job has a band to show"


def _place_faults(id_: str, locations: Mapping[str, Location]) -> Iterator[str]:
    try:
        address = _address(id_, locations)
    except (InputError, LawBroken) as error:
        yield f"jobLocation: {error}"
        return
    if _country(address.get("addressCountry", "")) is None:
        yield f"jobLocation: location {id_!r} has no country, nor has any above it"


def _place(id_: str, locations: Mapping[str, Location]) -> dict[str, Any]:
    address = _address(id_, locations)
    return {
        "@type": "Place",
        "address": {
            "@type": "PostalAddress",
            **address,
            "addressCountry": str(_country(address["addressCountry"])),
        },
    }


def _address(id_: str, locations: Mapping[str, Location]) -> dict[str, str]:
    """Return the address of a location, or of the nearest above it that has one; a country may stand higher still."""
    upwards = [each.address for each in reversed(path(id_, within=locations)) if each.address is not None]
    if not upwards:
        return {}
    nearest = upwards[0]
    parts = {
        "streetAddress": " ".join(filter(None, (nearest.house_number, nearest.street))),
        "addressLocality": nearest.city,
        "addressRegion": nearest.region,
        "postalCode": nearest.postcode,
        "addressCountry": next((each.country for each in upwards if each.country.strip()), ""),
    }
    return _told(parts)


def _country(raw: str) -> Country | None:
    return clean_country(raw).value


def _remote(posting: Posting) -> dict[str, Any]:
    if posting.workplace is not Workplace.REMOTE:
        return {}
    countries = [{"@type": "Country", "name": code} for code in posting.remote_within]
    return {"jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": countries}


def _asked_for(posting: Posting) -> dict[str, Any]:
    """Return the schooling and the experience that are asked for; of several credentials one is enough."""
    schooling = [
        {"@type": "EducationalOccupationalCredential", "credentialCategory": each.value.replace("_", " ")}
        for each in posting.education
    ]
    months = posting.months_of_experience
    experience = {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": months} if months else None
    return {
        "educationRequirements": schooling,
        "experienceRequirements": experience,
        "experienceInPlaceOfEducation": posting.experience_counts_for_education,
    }


def _band(posting: Posting, job: Job) -> Band | None:
    return (posting.band or job.band) if posting.shows_band else None


def _salary(band: Band | None) -> dict[str, Any] | None:
    if band is None:
        return None
    value = {"@type": "QuantitativeValue", "unitText": band.period.value.upper()}
    if band.minimum == band.maximum:
        amounts = {"value": _number(band.minimum)}
    else:
        amounts = {"minValue": _number(band.minimum), "maxValue": _number(band.maximum)}
    return {"@type": "MonetaryAmount", "currency": band.currency, "value": {**value, **amounts}}


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _seats(openings: Iterable[Opening], job: Job) -> int:
    return sum(each.job == job.id and each.status in SEATS_TO_TAKE for each in openings)
