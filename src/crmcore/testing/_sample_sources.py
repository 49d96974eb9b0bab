"""The seven places that the rows of the sample come from, and the habits of each, as data."""

from __future__ import annotations

import attrs

from crmcore.testing._sample_draw import Weighted

__all__ = ["SOURCES", "Source"]


@attrs.frozen(kw_only=True)
class Source:
    """One place that people's rows come from.

    ``filled`` is how often it holds a column; ``care`` multiplies the rates of mistakes (1 is usual, less is better).
    Phones are written in the styles of `_sample_format.phone`, dates in those of `_sample_format.day`.
    """

    name: str
    share: float
    numbering: str
    filled: dict[str, float]
    care: float
    nicknames: float
    initials: float
    swaps: float
    unsplit: float
    upper: float
    lower: float
    plain: float
    work_first: float
    phones: Weighted[str]
    day: str
    moment: str
    country: str
    skills: str
    scanned: bool = False
    legal_form: float = 0.6
    placeholders: float = 1.0
    via_agency: bool = False


_ATS = Source(
    name="ats", share=30, numbering="C-{:06d}", care=0.6,
    nicknames=0.5, initials=0.3, swaps=0.5, unsplit=0.0, upper=0.01,
    lower=0.01, plain=0.2, work_first=0.15, day="iso", moment="iso-time", country="name", skills=", ",
    phones=Weighted.of((("e164", 5), ("international", 3), ("national", 1), ("zeros", 1))),
    filled={
        "email": 0.93, "email_2": 0.14, "phone": 0.3, "mobile": 0.74, "company": 0.66, "job_title": 0.74, "street": 0.3,
        "city": 0.8, "postcode": 0.5, "country": 0.85, "linkedin": 0.4, "github": 0.4, "skills": 0.6, "tags": 0.35,
        "date_of_birth": 0.1, "updated_at": 1.0, "opt_out": 1.0,
    },
)  # fmt: skip
_BOARD = Source(
    name="job-board", share=22, numbering="{:08d}", care=1.2,
    nicknames=0.8, initials=0.3, swaps=1.2, unsplit=0.03, upper=0.04,
    lower=0.12, plain=0.3, work_first=0.03, day="day-first", moment="iso", country="code", skills=";", legal_form=0.2,
    phones=Weighted.of((("compact", 5), ("national", 4), ("e164", 2), ("international", 2), ("dashed", 1),
        ("zeros", 1))),
    filled={
        "email": 0.96, "email_2": 0.02, "phone": 0.72, "mobile": 0.1, "company": 0.3, "job_title": 0.6, "street": 0.06,
        "city": 0.72, "postcode": 0.35, "country": 0.5, "linkedin": 0.15, "github": 0.2, "skills": 0.5, "tags": 0.0,
        "date_of_birth": 0.02, "updated_at": 1.0, "opt_out": 0.3,
    },
)  # fmt: skip
_CV = Source(
    name="cv-parser", share=16, numbering="cv/{:d}.pdf", care=1.3,
    nicknames=0.3, initials=0.6, swaps=1.8, unsplit=0.1, upper=0.16,
    lower=0.01, plain=0.25, work_first=0.1, day="spelled", moment="iso", country="name", skills=", ", scanned=True,
    phones=Weighted.of((("international", 5), ("national", 4), ("trunk-in-brackets", 3), ("dashed", 2), ("e164", 1))),
    filled={
        "email": 0.86, "email_2": 0.08, "phone": 0.4, "mobile": 0.5, "company": 0.75, "job_title": 0.82, "street": 0.35,
        "city": 0.55, "postcode": 0.4, "country": 0.25, "linkedin": 0.4, "github": 0.7, "skills": 0.92, "tags": 0.0,
        "date_of_birth": 0.14, "updated_at": 0.9, "opt_out": 0.0,
    },
)  # fmt: skip
_SHEET = Source(
    name="spreadsheet", share=13, numbering="row {:d}", care=1.7,
    nicknames=1.6, initials=1.5, swaps=2.0, unsplit=0.08, upper=0.04,
    lower=0.08, plain=0.5, work_first=0.35, day="day-first", moment="day-first", country="name",
    skills=" / ", placeholders=3.0,
    phones=Weighted.of((("no-trunk", 4), ("compact", 4), ("national", 3), ("dashed", 2), ("float", 1),
        ("labelled", 1))),
    filled={
        "email": 0.62, "email_2": 0.05, "phone": 0.3, "mobile": 0.42, "company": 0.7, "job_title": 0.5, "street": 0.05,
        "city": 0.5, "postcode": 0.1, "country": 0.2, "linkedin": 0.06, "github": 0.02, "skills": 0.25, "tags": 0.4,
        "date_of_birth": 0.03, "updated_at": 0.6, "opt_out": 0.15,
    },
)  # fmt: skip
_PHONEBOOK = Source(
    name="phone-book", share=8, numbering="{:d}", care=1.2,
    nicknames=2.4, initials=1.0, swaps=0.6, unsplit=0.16, upper=0.01,
    lower=0.08, plain=0.5, work_first=0.5, day="iso", moment="iso", country="code", skills=", ", legal_form=0.05,
    phones=Weighted.of((("e164", 5), ("compact", 3), ("international", 2))),
    filled={
        "email": 0.3, "email_2": 0.03, "phone": 0.2, "mobile": 0.95, "company": 0.4, "job_title": 0.1, "street": 0.03,
        "city": 0.08, "postcode": 0.02, "country": 0.02, "linkedin": 0.0, "github": 0.0, "skills": 0.0, "tags": 0.05,
        "date_of_birth": 0.02, "updated_at": 0.5, "opt_out": 0.0,
    },
)  # fmt: skip
_NETWORK = Source(
    name="network-export", share=7, numbering="{:d}", care=0.4,
    nicknames=0.8, initials=0.3, swaps=0.4, unsplit=0.0, upper=0.02,
    lower=0.03, plain=0.15, work_first=0.4, day="iso", moment="spelled", country="name", skills=", ", legal_form=0.4,
    phones=Weighted.of((("e164", 1),)),
    filled={
        "email": 0.25, "email_2": 0.0, "phone": 0.0, "mobile": 0.03, "company": 0.96, "job_title": 0.96, "street": 0.0,
        "city": 0.3, "postcode": 0.0, "country": 0.3, "linkedin": 0.95, "github": 0.0, "skills": 0.0, "tags": 0.0,
        "date_of_birth": 0.0, "updated_at": 1.0, "opt_out": 0.0,
    },
)  # fmt: skip
_AGENCY = Source(
    name="agency", share=4, numbering="SUB{:05d}", care=1.2,
    nicknames=0.8, initials=2.5, swaps=1.0, unsplit=0.03, upper=0.05,
    lower=0.02, plain=0.4, work_first=0.1, day="day-first", moment="iso", country="code", skills="; ", via_agency=True,
    phones=Weighted.of((("international", 3), ("national", 3), ("e164", 2))),
    filled={
        "email": 0.95, "email_2": 0.0, "phone": 0.85, "mobile": 0.12, "company": 0.5, "job_title": 0.9, "street": 0.02,
        "city": 0.6, "postcode": 0.1, "country": 0.4, "linkedin": 0.08, "github": 0.05, "skills": 0.7, "tags": 0.2,
        "date_of_birth": 0.08, "updated_at": 0.9, "opt_out": 0.1,
    },
)  # fmt: skip

SOURCES = Weighted.of((source, source.share) for source in (_ATS, _BOARD, _CV, _SHEET, _PHONEBOOK, _NETWORK, _AGENCY))
