"""What no screening may ask for: what the law protects, and what tells of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from crmcore.errors import LawBroken
from crmcore.hygiene.folding import fold_words
from crmcore.model.field import Sensitivity
from crmcore.model.fields import CONTACT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PROTECTED_FIELDS", "PROTECTED_WORDS", "check_unprotected", "is_protected"]

NAMES = frozenset(
    ("full_name", "given_name", "middle_name", "family_name", "name_prefix", "name_suffix", "preferred_name")
)
PROTECTED_FIELDS = NAMES | {spec.key for spec in CONTACT_FIELDS if spec.sensitivity is Sensitivity.SPECIAL}
"""Fields of a contact that no rule may ask for: the special ones of the catalogue, and names, which tell of origin."""

PROTECTED_WORDS = frozenset(
    """
    age birthday birthdate birthplace birth dob born citizenship nationality nationalities ethnicity ethnicities ethnic
    race racial caste ancestry religion religions religious gender genders sex sexual orientation transgender pronoun
    pronouns pregnant pregnancy maternity paternity marital married spouse disability disabilities disabled handicap
    genetic biometric political politics veteran photo photos photograph photographs picture headshot selfie salutation
    surname forename firstname lastname geburtsdatum geburtsort geburtstag geschlecht staatsangehorigkeit nationalitat
    familienstand konfession schwangerschaft naissance nationalite sexe nacimiento nacionalidad sexo geslacht
    geboortedatum nationaliteit alter geboren geburt geburtsland geburtsname staatsburgerschaft herkunft ethnie rasse
    hautfarbe religionszugehorigkeit behinderung schwerbehinderung schwerbehindert gewerkschaft schwanger ehepartner
    citoyennete ethnique grossesse enceinte conjoint edad etnia raza ciudadania discapacidad embarazo genero sesso
    nazionalita cittadinanza nascita razza disabilita gravidanza idade nascimento nacionalidade deficiencia leeftijd
    geboorteplaats godsdienst zwanger zwangerschap wiek plec narodowosc urodzenia
    """.split()
)
"""A custom field with one of these words in its key is protected; ``work_permit`` is not, ``nationality`` is."""

PROTECTED_PHRASES = tuple(
    f" {phrase} "
    for phrase in (
        *("date of birth", "place of birth", "year of birth", "country of birth", "birth date", "birth place"),
        *("first name", "last name", "full name", "family name", "given name", "middle name", "maiden name"),
        *("preferred name", "your name", "mother tongue", "native language", "native speaker", "skin colour"),
        *("skin color", "country of origin", "national origin", "trade union", "labour union", "labor union"),
        *("union member", "union membership", "family status", "civil status", "number of children", "have children"),
        *("your age", "how old", "your race", "your photo", "your picture", "photo of you", "picture of you"),
        *("you born", "your sex", "have a disability", "you disabled", "your disability", "a veteran"),
        *("your political", "national id", "etat civil", "situation familiale", "estado civil", "stato civile"),
        *("burgerlijke staat", "wie alt", "quel age", "que edad", "hoe oud", "stan cywilny"),
    )
)
"""The same, as words in a row; in the words of a question, too."""

AMBIGUOUS = frozenset(
    """
    age race sex sexual orientation disability disabilities disabled genetic biometric political politics veteran photo
    photos photograph photographs picture born birth alter geboren geburt herkunft handicap gewerkschaft genero
    deficiencia
    """.split()
)
"""What a sentence may say of the work: a race condition, care at a birth, the editing of photographs."""
SHORT = 4
"""So many words name something; more are a sentence."""


def is_protected(key: str, text: str = "") -> bool:
    """Say whether a field may not be asked for: one of a contact by its key, or a custom one by the words in it.

    *text* is what people read: the label of a custom field, or the question that was asked. In a sentence, words
    that may mean the work as well count only together with others, such as "your age".

    >>> [is_protected(key) for key in ("gender", "custom.marital-status", "custom.language", "custom.work_permit")]
    [True, True, False, False]
    >>> is_protected("custom.q1", "What is your date of birth?"), is_protected("custom.q2", "How do you avoid a race?")
    (True, False)
    """
    plain = key.removeprefix("custom.")
    return plain in PROTECTED_FIELDS or _tells(plain, is_name=True) or _tells(text, is_name=False)


@lru_cache(maxsize=4_096)  # a search asks for the same few keys once for each person
def _tells(text: str, *, is_name: bool) -> bool:
    words = fold_words(text)
    known = words.split()
    telling = PROTECTED_WORDS if is_name or len(known) <= SHORT else PROTECTED_WORDS - AMBIGUOUS
    return not telling.isdisjoint(known) or any(phrase in f" {words} " for phrase in PROTECTED_PHRASES)


def check_unprotected(
    keys: Iterable[str], *, criterion: str, labels: Mapping[str, Iterable[str]] | None = None
) -> None:
    """Refuse a criterion that asks for what the law protects; *labels* are what people read of each key, if known.

    Raises:
        LawBroken: with the field.

    """
    for key in sorted(keys):
        if any(is_protected(key, label) for label in ("", *(labels or {}).get(key, ()))):
            raise LawBroken(
                f"criterion {criterion!r} asks for {key!r}, which no screening may use: it is, or tells of, what the "
                "law protects; ask for what the work needs, such as a work permission"
            )
