"""Places: countries, postcodes, and streets with their house numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import attrs

from crmcore.errors import InputError
from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import fold_words, squeeze
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.verdict import Cleaned, Reason

__all__ = ["Country", "Street", "clean_country", "clean_place", "clean_postcode", "clean_street", "street_key"]

_LONGEST = 300
_AMBIGUOUS = frozenset(("georgia", "jersey", "jordan", "chad"))
_NUMBER_LAST = re.compile(r"(.*?\D)[\s,]+(\d{1,5} ?[a-zA-Z]?(?:\s?[-/+]\s?\d{0,5} ?[a-zA-Z]?)?)")
_NUMBER_FIRST = re.compile(r"(\d{1,5}[a-zA-Z]?(?:\s?[-/]\s?\d{1,5}[a-zA-Z]?)?)(?:,\s*|\s+)(\D.*)")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b", re.IGNORECASE)
_UNIT = re.compile(
    r"[,\s]+((?:apt|apartment|flat|unit|suite|ste|app?t|wohnung|top|bus|piso|esc|bat|etage|#)[\s.]*\w[\w .-]{0,20})$",
    re.IGNORECASE,
)
_UNIT_FIRST = re.compile(r"((?:apt|apartment|flat|unit|suite|ste)[\s.]*\w{1,6})[,\s]+(?=\d)", re.IGNORECASE)
_COUNTRY_LETTERS = re.compile(r"[A-Z]{1,3}[- ](?=\d{3})")
_STREET_TAIL = re.compile(r"(?<=\w{2})str(?:\.|$|(?=\s))", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Country:
    """A country by ISO 3166-1: two letters, three letters, and its English name."""

    alpha2: str
    alpha3: str
    name: str

    def __str__(self) -> str:
        return self.alpha2


@attrs.frozen(kw_only=True)
class Street:
    """A street address: the street, its house number and the unit in the house, as written, and a key to compare by."""

    street: str
    number: str = ""
    unit: str = ""
    key: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.street, self.number, self.unit)))


def clean_country(raw: str | None) -> Cleaned[Country]:
    """Find the country that a name or code means, in English, in its own language and in its neighbours'.

    >>> [str(clean_country(text).value) for text in ("UK", "deu", "España", "U.S.A.", "Атлантида")]
    ['GB', 'DE', 'ES', 'US', 'None']
    """
    raw = raw or ""
    # "NA" is Namibia's code, but nearly always a marker; only the plain capitals are believed, and doubted.
    if is_missing(raw) and raw.strip() != "NA":
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", "no country has so long a name")
    key = fold_words(raw.replace(".", ""))
    country = _countries().get(key)
    if country is None:
        return invalid(raw, "unknown-country", "no country is known by this name or code")
    doubts = []
    if raw.strip() == "NA":
        doubts.append(Reason("marker-or-name", "'NA' is the code of Namibia, or stands for a missing value"))
    if key in _AMBIGUOUS:
        doubts.append(Reason("place-ambiguous", f"{raw.strip()!r} is also the name of something else"))
    return found(raw, country, doubts=doubts)


def clean_postcode(raw: str | None, *, country: str | None = None) -> Cleaned[str]:
    """Write a postcode as its country writes it; without *country* (two letters), only blanks and case are put right.

    A spreadsheet's lost leading zero is put back where the country's codes have one digit more, with a doubt.

    Raises:
        InputError: *country* is not a code of ISO 3166.

    >>> clean_postcode("sw1a1aa", country="GB").value, clean_postcode("1234ab", country="NL").value
    ('SW1A 1AA', '1234 AB')
    >>> clean_postcode("1067", country="DE").value, clean_postcode("ABC", country="DE").verdict.value
    ('01067', 'invalid')
    """
    raw = raw or ""
    shape = _shape_of(country)
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > 20:
        return invalid(raw, "too-long", "no postcode has more than 20 characters")
    text = squeeze(unicodedata.normalize("NFKC", raw)).upper().removesuffix(".0")
    plain = "".join(character for character in text if character.isalnum())
    if not any(map(str.isdigit, plain)) and country != "IE":
        return invalid(raw, "no-digits", "a postcode has digits")
    if shape is None:
        return found(raw, text)
    pattern, written = shape
    if plain[-1:].isdigit() and country not in ("GB", "MT"):
        # "D-10115" and "CH-8001": the letters name the country, not the place.
        plain = _COUNTRY_LETTERS.sub("", text) if _COUNTRY_LETTERS.match(text) else plain.removeprefix(country or "")
        plain = "".join(character for character in plain if character.isalnum())
    doubts = []
    if plain.isdigit() and not pattern.fullmatch(plain) and pattern.fullmatch("0" + plain):
        plain = "0" + plain
        doubts.append(Reason("zero-lost", "a leading zero was put back"))
    match = pattern.fullmatch(plain)
    if match is None:
        return invalid(raw, "wrong-shape", f"postcodes of {country} do not look so")
    parts = [part or "" for part in match.groups()]
    return found(raw, written.format(*parts).strip(" -") if country != "LV" else written.format(*parts), doubts=doubts)


def clean_street(raw: str | None) -> Cleaned[Street]:
    """Part a street address into street, house number and unit, whichever stands first.

    >>> street = clean_street("12b Main St., Apt 4").value
    >>> street.number, street.street, street.unit, street.key
    ('12b', 'Main St.', 'Apt 4', 'main street')
    >>> clean_street("Hauptstr. 5").value.key == clean_street("Hauptstraße 7").value.key
    True
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a street address has no more than {_LONGEST} characters")
    text = squeeze(unicodedata.normalize("NFC", raw)).strip(" ,;")
    if not any(map(str.isalnum, text)):
        return invalid(raw, "not-a-street", "there is no letter or digit in it")
    unit = ""
    if match := _UNIT_FIRST.match(text) or _UNIT.search(text):
        unit, text = match[1].strip(), (text[: match.start()] + text[match.end() :]).strip(" ,")
    street, number = text, ""
    if (match := _NUMBER_FIRST.fullmatch(text)) and not _ORDINAL.match(text):
        number, street = match[1], match[2]
    elif match := _NUMBER_LAST.fullmatch(text):
        street, number = match[1], match[2]
    street = street.strip(" ,")
    return found(raw, Street(street=street, number=number.replace(" ", ""), unit=unit, key=street_key(street)))


def street_key(street: str) -> str:
    """Fold a street's name, with its abbreviations written out: "Oak Rd." and "OAK ROAD" are "oak road"."""
    spelled = _STREET_TAIL.sub("strasse", street[:_LONGEST])
    words = fold_words(spelled).split()
    folded = [_street_words().get(word, word) if place or len(word) > 2 else word for place, word in enumerate(words)]
    return " ".join(folded)


def clean_place(raw: str | None) -> Cleaned[str]:
    """Put right the blanks and the case of a city or region; numbers and addresses are no places.

    >>> clean_place("  NEW   YORK ").value, clean_place("saint-denis").value, clean_place("a@b.org").verdict.value
    ('New York', 'Saint-Denis', 'invalid')
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    text = squeeze(unicodedata.normalize("NFC", raw[: 2 * _LONGEST])).strip(" ,;")
    if len(raw.strip()) > _LONGEST or not any(map(str.isalpha, text)) or re.search(r"\S@\S|https?://", text):
        return invalid(raw, "not-a-place", "no place has such a name")
    if len(text) > 3 and (text.isupper() or text.islower()):
        cased = re.sub(r"[^\W\d_]+", lambda word: word[0][:1].title() + word[0][1:].lower(), text)
        return found(raw, cased, remarks=[Reason("case-repaired", "capitals and small letters were put right")])
    return found(raw, text)


@cache
def _countries() -> dict[str, Country]:
    found_names: dict[str, Country] = {}
    for alpha2, alpha3, name, others in read_rows("countries"):
        country = Country(alpha2=alpha2, alpha3=alpha3, name=name)
        for known in (alpha2, alpha3, name, *others.split("; ")):
            found_names.setdefault(fold_words(known.replace(".", "")), country)
    return found_names


@cache
def _shape_of(country: str | None) -> tuple[re.Pattern[str], str] | None:
    if country is None:
        return None
    if len(country) != 2 or country.lower() not in _countries() or country != country.upper():
        raise InputError(f"{country!r} is no code of ISO 3166; give two capital letters, such as 'GB'")
    for codes, pattern, written in read_rows("postcodes"):
        if country in codes.split():
            return re.compile(pattern, re.ASCII), written
    return None


@cache
def _street_words() -> dict[str, str]:
    return {word: folded for folded, listed in read_rows("street_words") for word in listed.split("; ")}
