"""crmcore: the CRM and applicant-tracking core. People's data goes in dirty and double, and comes out clean.

The front door: the names that most programs need. Each is loaded when it is first taken, so that ``import crmcore``
costs nothing. Everything else is reached through the rooms:

    crmcore.app           where rooms meet: one database as an object, one file from end to end
    crmcore.model         what things are: frozen records and their laws; of hiring, in crmcore.model.hiring
    crmcore.query         how to ask: expressions on fields, the same on a record and in SQL
    crmcore.hygiene       how to clean: pure functions on values and columns
    crmcore.matching      who is the same: pairs, clusters, and the evidence
    crmcore.segments      who belongs together: saved questions whose members follow the records
    crmcore.hiring        who is hired, and how: what is worked out over jobs, applications and their steps
    crmcore.sync          what is true: survivorship, golden records, import plans
    crmcore.storage       where records live: memory, SQLite, PostgreSQL
    crmcore.reports       what it came to: measures of hiring, and self-contained HTML files
    crmcore.integrations  other people's systems: files first
    crmcore.ports         every socket that a host may plug something into
    crmcore.errors        everything that crmcore raises, as one tree
    crmcore.testing       for tests: a sample with known truth, suites for adapters, a clock by hand

>>> import crmcore
>>> ada = crmcore.ContactRecord(id="c1", name=crmcore.PersonName(given="Ada", family="Lovelace"))
>>> with crmcore.CRM.open("memory:") as crm:
...     with crm.unit(actor="ada") as unit:
...         _ = unit.put(ada)
...     [contact.name.full for contact in crm.contacts()]
['Ada Lovelace']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.app import CRM
    from crmcore.errors import (
        Conflict,
        CrmcoreError,
        InputError,
        LawBroken,
        MissingExtra,
        NotFound,
        StalePlan,
        StoreError,
        UnknownColumn,
        UnreadableFile,
        UnsupportedData,
    )
    from crmcore.hygiene import PartialDate
    from crmcore.matching import dedupe, link
    from crmcore.model import (
        Activity,
        Affiliation,
        Attachment,
        Candidate,
        Consent,
        ContactRecord,
        ContactRole,
        Education,
        EmailAddress,
        Employment,
        Event,
        ImportRun,
        Language,
        Lead,
        Link,
        Money,
        Note,
        Organisation,
        PersonName,
        PhoneNumber,
        PostalAddress,
        Provenance,
        SalaryExpectation,
        Segment,
        Skill,
        Task,
    )
    from crmcore.query import F
    from crmcore.storage.backup import verify_backup

__version__ = "0.1.0"

__all__ = [
    "CRM",
    "Activity",
    "Affiliation",
    "Attachment",
    "Candidate",
    "Conflict",
    "Consent",
    "ContactRecord",
    "ContactRole",
    "CrmcoreError",
    "Education",
    "EmailAddress",
    "Employment",
    "Event",
    "F",
    "ImportRun",
    "InputError",
    "Language",
    "LawBroken",
    "Lead",
    "Link",
    "MissingExtra",
    "Money",
    "NotFound",
    "Note",
    "Organisation",
    "PartialDate",
    "PersonName",
    "PhoneNumber",
    "PostalAddress",
    "Provenance",
    "SalaryExpectation",
    "Segment",
    "Skill",
    "StalePlan",
    "StoreError",
    "Task",
    "UnknownColumn",
    "UnreadableFile",
    "UnsupportedData",
    "__version__",
    "dedupe",
    "link",
    "verify_backup",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "crmcore.app": "CRM",
            "crmcore.errors": (
                "Conflict CrmcoreError InputError LawBroken MissingExtra NotFound StalePlan StoreError UnknownColumn "
                "UnreadableFile UnsupportedData"
            ),
            "crmcore.hygiene": "PartialDate",
            "crmcore.matching": "dedupe link",
            "crmcore.model": (
                "Activity Affiliation Attachment Candidate Consent ContactRecord ContactRole Education EmailAddress "
                "Employment Event ImportRun Language Lead Link Money Note Organisation PersonName PhoneNumber "
                "PostalAddress Provenance SalaryExpectation Segment Skill Task"
            ),
            "crmcore.query": "F",
            "crmcore.storage.backup": "verify_backup",
        },
    )
