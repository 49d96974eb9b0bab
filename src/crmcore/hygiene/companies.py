"""Company names: the name, its legal form, and a key that two spellings share."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import attrs

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import fold, fold_words, squeeze
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.verdict import Cleaned, Reason

__all__ = ["SMALL_WORDS", "Company", "clean_company", "company_key", "legal_forms"]

_LONGEST = 300
_NATIVE = {
    "\u682a\u5f0f\u4f1a\u793e": "KK",
    "(\u682a)": "KK",
    "\u6709\u9650\u4f1a\u793e": "YK",
    "\u5408\u540c\u4f1a\u793e": "GK",
    "\u6709\u9650\u8d23\u4efb\u516c\u53f8": "Ltd",
    "\u6709\u9650\u516c\u53f8": "Ltd",
    "\uc8fc\uc2dd\ud68c\uc0ac": "KK",
    "\u041e\u041e\u041e": "OOO",
    "\u041f\u0410\u041e": "AO",
    "\u041e\u0410\u041e": "AO",
    "\u0417\u0410\u041e": "AO",
    "\u0410\u041e": "AO",
    "\u0418\u041f": "IP",
    "\u0422\u041e\u0412": "TOV",
}
"""Legal forms in their own scripts; Cyrillic ones count as words, the others also without a blank."""
_LEADING = frozenset(("OOO", "AO", "IP", "TOV", "UAB", "SIA", "PT", "AB", "KK", "GK", "YK"))
"""Forms that may stand before the name."""
_SELF = re.compile(
    r"(?:self[- ]?employed|freelance[rd]?|freiberufl\w*|selbstst?andig\w*|independant|autonomo|zzp|zzp'?er)\b"
)
_NONE = re.compile(r"(?:unemployed|arbeitslos|sans emploi|looking for \w+|between jobs|retired|student|n/a)$")
SMALL_WORDS = frozenset("the and und et y e en & of der die das le la les de".split())
"""Words of a company's name that do not count."""


@attrs.frozen(kw_only=True)
class Company:
    """One company's name.

    Attributes:
        name: without the legal form, in the case that it came.
        legal_form: its usual short form, such as "GmbH", or ''.
        key: folded, without legal form, article and "and": what two spellings of one company share.

    """

    name: str
    legal_form: str = ""
    key: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.name, self.legal_form)))


def clean_company(raw: str | None) -> Cleaned[Company]:
    r"""Part a company's name from its legal form; a name that is only a legal form stays a name.

    >>> acme = clean_company("The ACME & Sons Co., Ltd.").value
    >>> acme.name, acme.legal_form, acme.key
    ('The ACME & Sons', 'Ltd', 'acme sons')
    >>> clean_company("\u041e\u041e\u041e Ромашка").value.legal_form, clean_company("freelancer").verdict.value
    ('OOO', 'doubtful')
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a company's name has no more than {_LONGEST} characters")
    text = squeeze(unicodedata.normalize("NFKC", raw))
    if not any(map(str.isalnum, text)):
        return invalid(raw, "not-a-name", "there is no letter or digit in it")
    if re.search(r"[^\s@]@[^\s@]|https?://", text):
        return invalid(raw, "address-for-name", "an e-mail or web address stands where the company should be")
    folded = fold(text)
    if _NONE.match(folded):
        return missing(raw, "no-employer", "it says that there is no employer")
    name, form = _parted(text)
    company = Company(name=name, legal_form=form, key=_key(name))
    doubts = []
    if _SELF.match(folded):
        doubts.append(Reason("self-employed", "it says how the person works, not where"))
    if text.replace(" ", "").isdigit():
        doubts.append(Reason("number-for-name", "a number stands where the company should be"))
    return found(raw, company, doubts=doubts)


def company_key(raw: str) -> str:
    """Return the key that two spellings of one company share, and '' for none, without looking for what is wrong.

    >>> company_key("The ACME & Sons Co., Ltd."), company_key("Acme Sons"), company_key("self-employed")
    ('acme sons', 'acme sons', '')
    """
    text = squeeze(unicodedata.normalize("NFKC", raw[:_LONGEST]))
    folded = fold(text)
    if not any(map(str.isalnum, text)) or is_missing(text) or _NONE.match(folded) or _SELF.fullmatch(folded):
        return ""
    return _key(_parted(text)[0])


@cache
def legal_forms() -> frozenset[str]:
    """Return the folded spellings of legal forms, of one to six words.

    >>> {"gmbh", "pty ltd", "s p a"} <= legal_forms()
    True
    """
    return frozenset(_forms())


def _parted(text: str) -> tuple[str, str]:
    for native, form in () if text.isascii() else _NATIVE.items():
        rest = _without_native(text, native)
        if rest is not None:
            return rest, form
    words = text.split()
    for length in range(min(6, len(words) - 1), 0, -1):
        if known := _forms().get(_form_key(words[-length:])):
            return _trimmed(" ".join(words[:-length])), known
    first = _forms().get(_form_key(words[:1]), "") if len(words) > 1 and words[0].isupper() else ""
    if first in _LEADING:
        return _trimmed(" ".join(words[1:])), first
    return _trimmed(text), ""


def _without_native(text: str, native: str) -> str | None:
    """Return the text without the native form at one of its ends, or None where it has none."""
    blank = " " if native[0] >= "\u0400" and native[0] < "\u0500" else ""
    if text.startswith(native + blank) and len(text) > len(native):
        return _trimmed(text[len(native) :])
    if text.endswith(blank + native) and len(text) > len(native):
        return _trimmed(text[: -len(native)])
    return None


def _trimmed(text: str) -> str:
    bare = text.strip(" ,;:-/\u00ab\u00bb\u201e\u201c\u201d\"'")
    return bare or text


def _form_key(words: list[str]) -> str:
    return fold_words(" ".join(words))


@cache
def _forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for form, _, spellings in read_rows("legal_forms"):
        for spelling in spellings.split("; "):
            forms.setdefault(spelling, form)
    return forms


def _key(name: str) -> str:
    words = [word for word in fold_words(name.replace("'", "")).split() if word not in SMALL_WORDS]
    return " ".join(words) or fold_words(name) or fold(name)
