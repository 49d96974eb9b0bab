"""What no screening may ask for: what the law protects, and what tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmcore.errors import LawBroken
from crmcore.hygiene.folding import fold_words
from crmcore.model.field import Sensitivity
from crmcore.model.fields import CONTACT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PROTECTED_FIELDS", "PROTECTED_WORDS", "check_unprotected", "is_protected"]

NAMES = frozenset(
    ("full_name", "given_name", "middle_name", "family_name", "name_prefix", "name_suffix", "preferred_name")
)
PROTECTED_FIELDS = NAMES | {spec.key for spec in CONTACT_FIELDS if spec.sensitivity is Sensitivity.SPECIAL}
"""Fields of a contact that no rule may ask for: the special ones of the catalogue, and names, which tell of origin."""

PROTECTED_WORDS = frozenset(
    """
    age birthday birthdate birthplace born citizenship nationality ethnicity ethnic race racial caste religion religious
    gender sex sexual orientation transgender pronoun pronouns pregnant pregnancy maternity paternity marital married
    disability disabled genetic biometric union political politics veteran photo picture headshot salutation
    """.split()
)
"""A custom field with one of these words in its key is protected; ``work_permit`` is not, ``nationality`` is."""


def is_protected(key: str) -> bool:
    """Say whether a field may not be asked for: one of a contact by its key, or a custom one by the words in it.

    >>> [is_protected(key) for key in ("gender", "custom.marital-status", "custom.language", "custom.work_permit")]
    [True, True, False, False]
    """
    plain = key.removeprefix("custom.")
    return key in PROTECTED_FIELDS or not PROTECTED_WORDS.isdisjoint(fold_words(plain).split())


def check_unprotected(keys: Iterable[str], *, criterion: str) -> None:
    """Refuse a criterion that asks for what the law protects.

    Raises:
        LawBroken: with the field.

    """
    for key in sorted(keys):
        if is_protected(key):
            raise LawBroken(
                f"criterion {criterion!r} asks for {key!r}, which no screening may use: it is, or tells of, what the "
                "law protects; ask for what the work needs, such as a work permission"
            )
