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

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcore.hygiene.cleaning import clean_column
    from crmcore.hygiene.columns import RoleGuess, guess_roles
    from crmcore.hygiene.dates import clean_date, guess_day_first
    from crmcore.hygiene.fold import fold, fold_words
    from crmcore.hygiene.partial_date import PartialDate
    from crmcore.hygiene.placeholders import MISSING_MARKERS, is_missing
    from crmcore.hygiene.roles import Role
    from crmcore.hygiene.verdict import Cleaned, Reason, Verdict

__all__ = [
    "MISSING_MARKERS",
    "Cleaned",
    "PartialDate",
    "Reason",
    "Role",
    "RoleGuess",
    "Verdict",
    "clean_column",
    "clean_date",
    "fold",
    "fold_words",
    "guess_day_first",
    "guess_roles",
    "is_missing",
]

# Lazy (PEP 562), so that the nouns can be typed by hygiene without loading the metadata of phone numbers.
_HOME = {
    "MISSING_MARKERS": "placeholders",
    "Cleaned": "verdict",
    "PartialDate": "partial_date",
    "clean_column": "cleaning",
    "clean_date": "dates",
    "guess_day_first": "dates",
    "Reason": "verdict",
    "Role": "roles",
    "RoleGuess": "columns",
    "Verdict": "verdict",
    "fold": "fold",
    "fold_words": "fold",
    "guess_roles": "columns",
    "is_missing": "placeholders",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
