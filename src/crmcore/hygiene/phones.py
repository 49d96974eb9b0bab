"""Telephone numbers in E.164, with the country never guessed."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

import attrs
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from crmcore.errors import InputError
from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import squeeze
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.verdict import Cleaned, Reason

__all__ = ["Phone", "PhoneKind", "clean_phone"]

_LONGEST = 100
_FEWEST_DIGITS, _MOST_DIGITS = 6, 15
_COUNTING = ("01234567890123456789", "98765432109876543210")
_ZERO_IN_BRACKETS = re.compile(r"^(\+\d{1,3} ?)\(0\)")
_BETWEEN = re.compile(r"\s*(?:[;,|]|\s/\s|\s(?:or|oder|ou|and|und)\s)\s*")
_EXTENSION = re.compile(r"\s*(?:ext(?:ension|n)?|x|#|durchwahl|dw|poste)[.:]?\s*(\d{1,6})$", re.IGNORECASE)


class PhoneKind(StrEnum):
    """What sort of line a number is, as far as its numbering plan tells."""

    MOBILE = "mobile"
    FIXED = "fixed"
    FIXED_OR_MOBILE = "fixed-or-mobile"
    TOLL_FREE = "toll-free"
    PREMIUM = "premium"
    SHARED_COST = "shared-cost"
    VOIP = "voip"
    PERSONAL = "personal"
    PAGER = "pager"
    COMPANY = "company"
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"


_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: PhoneKind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: PhoneKind.PREMIUM,
    PhoneNumberType.SHARED_COST: PhoneKind.SHARED_COST,
    PhoneNumberType.VOIP: PhoneKind.VOIP,
    PhoneNumberType.PERSONAL_NUMBER: PhoneKind.PERSONAL,
    PhoneNumberType.PAGER: PhoneKind.PAGER,
    PhoneNumberType.UAN: PhoneKind.COMPANY,
    PhoneNumberType.VOICEMAIL: PhoneKind.VOICEMAIL,
    PhoneNumberType.UNKNOWN: PhoneKind.UNKNOWN,
}


@attrs.frozen(kw_only=True)
class Phone:
    """One telephone number.

    Attributes:
        e164: "+442079460018"; '' where the country is not known.
        digits: the digits as dialled, without marks or extension; all there is where the country is not known.
        kind: the sort of line.
        region: two letters of ISO 3166, "001" for international services, or ''.
        extension: its digits, or ''.

    """

    e164: str
    digits: str
    kind: PhoneKind = PhoneKind.UNKNOWN
    region: str = ""
    extension: str = ""

    def __str__(self) -> str:
        return self.e164 or self.digits


def clean_phone(raw: str | None, *, region: str | None = None) -> Cleaned[Phone]:
    """Read one number; *region* (ISO 3166, such as "GB") says whose local numbers are meant, and is never guessed.

    A number with "+" or "00" needs no region. Any other without a region is doubtful and keeps its digits only.
    Letters on keys are read ("1-800-FLOWERS"); of several numbers the first is taken, doubtfully.

    Raises:
        InputError: *region* is not a region that has telephone numbers.

    >>> phone = clean_phone("(020) 7946 0018 ext. 12", region="GB").value
    >>> phone.e164, phone.kind.value, phone.region, phone.extension
    ('+442079460018', 'fixed', 'GB', '12')
    >>> local = clean_phone("020 7946 0018")
    >>> local.verdict.value, local.value.e164, local.value.digits
    ('doubtful', '', '02079460018')
    """
    raw, region = raw or "", _known_region(region)
    if is_missing(raw):
        return missing(raw)
    text = squeeze(raw[: 4 * _LONGEST]).removeprefix("tel:")
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a telephone number has no more than {_LONGEST} characters")
    several = [part for part in _BETWEEN.split(text) if sum(map(str.isdigit, part)) >= _FEWEST_DIGITS]
    doubts = [Reason("several-numbers", "the first of several numbers was taken")] if len(several) > 1 else []
    text = _ZERO_IN_BRACKETS.sub(r"\1", several[0] if len(several) > 1 else text)
    digits = "".join(str(int(character)) for character in _EXTENSION.sub("", text) if character.isdecimal())
    if _is_run(digits) and not text.startswith("+"):
        return invalid(raw, *_RUN)
    return _parsed(raw, text, digits, region, doubts)


def _parsed(raw: str, text: str, digits: str, region: str | None, doubts: list[Reason]) -> Cleaned[Phone]:
    remarks = []
    if region is None and text.startswith("00"):
        text = f"+{text[2:]}"
        remarks.append(Reason("international-prefix", "00 was read as the prefix of an international number"))
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and not text.startswith("+"):
            return _without_country(raw, text, digits, doubts)
        return invalid(raw, "not-a-number", "no telephone number can be read from it")
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible in _REFUSED:
        return invalid(raw, *_REFUSED[possible])
    if _is_run(str(number.national_number)):
        if not phonenumbers.is_valid_number(number):
            return invalid(raw, *_RUN)
        doubts.append(Reason(*_RUN))
    if any(map(str.isalpha, _EXTENSION.sub("", text))):
        remarks.append(Reason("letters-read", "letters were read as the keys that they are on"))
    if possible == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        doubts.append(Reason("area-missing", "the area code is missing"))
        return found(
            raw, Phone(e164="", digits=digits, extension=number.extension or ""), doubts=doubts, remarks=remarks
        )
    if not phonenumbers.is_valid_number(number):
        doubts.append(Reason("unassigned", "the numbering plan assigns no such number"))
    phone = Phone(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        digits=digits,
        kind=_KINDS.get(phonenumbers.number_type(number), PhoneKind.UNKNOWN),
        region=phonenumbers.region_code_for_number(number) or "",
        extension=number.extension or "",
    )
    return found(raw, phone, doubts=doubts, remarks=remarks)


_RUN = ("placeholder", "such a run of digits is typed to get past a form")
_REFUSED = {
    ValidationResult.TOO_LONG: ("too-long", "it has too many digits for its country"),
    ValidationResult.TOO_SHORT: ("too-short", "it has too few digits for its country"),
    ValidationResult.INVALID_LENGTH: ("wrong-length", "its country has no numbers of this length"),
    ValidationResult.INVALID_COUNTRY_CODE: ("no-such-country", "no country has this code"),
}


def _without_country(raw: str, text: str, digits: str, doubts: list[Reason]) -> Cleaned[Phone]:
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return invalid(raw, "not-a-number", f"a telephone number has {_FEWEST_DIGITS} to {_MOST_DIGITS} digits")
    if sum(map(str.isalpha, _EXTENSION.sub("", text))) > len(digits):
        return invalid(raw, "not-a-number", "no telephone number can be read from it")
    extension = match[1] if (match := _EXTENSION.search(text)) else ""
    unknown = Reason("region-unknown", "it does not say its country; give a region to read local numbers")
    return found(raw, Phone(e164="", digits=digits, extension=extension), doubts=[unknown, *doubts])


def _is_run(digits: str) -> bool:
    """One digit again and again, or counting up or down."""
    if len(digits) < _FEWEST_DIGITS:
        return False
    plain = digits.lstrip("0") or "0"
    return len(set(plain)) == 1 or (len(digits) > _FEWEST_DIGITS and any(digits in run for run in _COUNTING))


@cache
def _known_region(region: str | None) -> str | None:
    if not region:
        return None
    if region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise InputError(f"no region {region!r} has telephone numbers; give two letters of ISO 3166, such as 'GB'")
    return region.upper()
