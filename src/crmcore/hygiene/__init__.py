"""How to clean: say what a value means, and how far it can be trusted.

Pure functions on single values and on columns of values. Nothing here knows a person, a table or a file.

Nouns:
    :class:`Cleaned` is one value after cleaning: the raw text, the normal form, a :class:`Verdict`, and each
    :class:`Reason` for it. A :class:`Role` is the meaning of a column, a :class:`RoleGuess` an opinion about it.

Laws:
    A cleaner never raises on text, however hostile, and never drops it: ``raw`` is what came in.
    It never invents: no country for a phone number, no family name, no day of a month, no century without saying so.
    The normal form of a normal form is the same. A column call cleans each distinct value once.

>>> from crmcore.hygiene import guess_roles
>>> [guess.role.value for guess in guess_roles({"e-mail": ["ada@example.org"], "Nachname": ["Lovelace"]})]
['email', 'family_name']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore._lazy import lazily

if TYPE_CHECKING:
    from crmcore.hygiene.cleaning import clean_column
    from crmcore.hygiene.columns import RoleGuess, guess_roles
    from crmcore.hygiene.companies import Company, clean_company
    from crmcore.hygiene.dates import clean_date, guess_day_first
    from crmcore.hygiene.emails import Email, clean_email, mailbox_key
    from crmcore.hygiene.folding import fold, fold_words
    from crmcore.hygiene.gazetteer import Gazetteer, Place, PlaceFinder
    from crmcore.hygiene.names import NameOrder, NameParts, clean_name
    from crmcore.hygiene.nicknames import nickname_groups, same_given_name
    from crmcore.hygiene.partial_date import PartialDate
    from crmcore.hygiene.phones import Phone, PhoneKind, clean_phone
    from crmcore.hygiene.placeholders import MISSING_MARKERS, is_missing
    from crmcore.hygiene.places import (
        Country,
        Street,
        clean_country,
        clean_place,
        clean_postcode,
        clean_street,
        street_key,
    )
    from crmcore.hygiene.quality import ColumnQuality, FileQuality, Mend, clean_cells, score_columns, score_record
    from crmcore.hygiene.roles import Role
    from crmcore.hygiene.skills import JobTitle, clean_job_title, clean_skill, clean_skills, split_list
    from crmcore.hygiene.urls import Network, Url, clean_url
    from crmcore.hygiene.verdict import Cleaned, Reason, Verdict

__all__ = [
    "MISSING_MARKERS",
    "Cleaned",
    "ColumnQuality",
    "Company",
    "Country",
    "Email",
    "FileQuality",
    "Gazetteer",
    "JobTitle",
    "Mend",
    "NameOrder",
    "NameParts",
    "Network",
    "PartialDate",
    "Phone",
    "PhoneKind",
    "Place",
    "PlaceFinder",
    "Reason",
    "Role",
    "RoleGuess",
    "Street",
    "Url",
    "Verdict",
    "clean_cells",
    "clean_column",
    "clean_company",
    "clean_country",
    "clean_date",
    "clean_email",
    "clean_job_title",
    "clean_name",
    "clean_phone",
    "clean_place",
    "clean_postcode",
    "clean_skill",
    "clean_skills",
    "clean_street",
    "clean_url",
    "fold",
    "fold_words",
    "guess_day_first",
    "guess_roles",
    "is_missing",
    "mailbox_key",
    "nickname_groups",
    "same_given_name",
    "score_columns",
    "score_record",
    "split_list",
    "street_key",
]

# Lazy (PEP 562), so that the nouns can be typed by hygiene without loading the metadata of phone numbers.
if not TYPE_CHECKING:
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "cleaning": "clean_column",
            "columns": "RoleGuess guess_roles",
            "companies": "Company clean_company",
            "dates": "clean_date guess_day_first",
            "emails": "Email clean_email mailbox_key",
            "folding": "fold fold_words",
            "gazetteer": "Gazetteer Place PlaceFinder",
            "names": "NameOrder NameParts clean_name",
            "nicknames": "nickname_groups same_given_name",
            "partial_date": "PartialDate",
            "phones": "Phone PhoneKind clean_phone",
            "places": "Country Street clean_country clean_place clean_postcode clean_street street_key",
            "placeholders": "MISSING_MARKERS is_missing",
            "quality": "ColumnQuality FileQuality Mend clean_cells score_columns score_record",
            "roles": "Role",
            "skills": "JobTitle clean_job_title clean_skill clean_skills split_list",
            "urls": "Network Url clean_url",
            "verdict": "Cleaned Reason Verdict",
        },
    )
