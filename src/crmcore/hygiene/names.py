"""People's names: taken apart, cased, and doubted where something else stands in their place."""

from __future__ import annotations

import re
import unicodedata

from crmcore.hygiene._name_parts import NameOrder, NameParts, take_apart
from crmcore.hygiene._name_words import key_of, words
from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import fold, fold_words, squeeze
from crmcore.hygiene.nicknames import nickname_groups, same_given_name
from crmcore.hygiene.placeholders import SURNAME_MARKERS, is_missing
from crmcore.hygiene.verdict import Cleaned, Reason

__all__ = ["NameOrder", "NameParts", "clean_name", "nickname_groups", "same_given_name", "title_words"]

_LONGEST = 200
_MOST_WORDS = 15
_NET = re.compile(r"https?://|www\.|[^\s@]@[^\s@]")
_MARKUP = re.compile(r"[<>{}\[\]=|\\$%^~*#;:/]")
_MOJIBAKE = re.compile("[\u00c2\u00c3\u00c5][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]|\u00e2\u20ac|\ufffd|\u00c3\\s")
_SEVERAL = re.compile(r"(?:\s&\s|\s(?:and|und|et|en)\s|\s\+\s)", re.IGNORECASE)
_REMARKS = {
    "birth-name-left-out": "a birth name in brackets was left out",
    "capitals-name-the-family": "the part in capitals was taken as the family name",
    "case-repaired": "capitals and small letters were put right",
}
_DOUBTS = {"several-commas": "there are more commas than a name has"}


def title_words(*, after: bool | None = None, sure: bool = True) -> frozenset[str]:
    """Return the folded words that stand beside a name and are none: titles before it, degrees and the like after it.

    Args:
        after: those after a name only (True), or those before it only (False).
        sure: leave out those that are also names, such as "Prince" and "Ma".

    >>> "reverend" in title_words(after=False), "phd" in title_words(after=True), "ma" in title_words()
    (True, True, False)
    """
    kinds = [kind for kind in ("prefix", "suffix") if after is None or after is (kind == "suffix")]
    listed = frozenset().union(*(words(kind) - (words(f"unsure_{kind}") if sure else frozenset()) for kind in kinds))
    return frozenset(word for word in listed if " " not in word)


def clean_name(raw: str | None, *, order: NameOrder = NameOrder.GIVEN_FIRST) -> Cleaned[NameParts]:
    """Take a person's full name apart; never invent a part that was not written.

    Titles, particles, suffixes, "Family, Given", and nicknames in quotes or brackets are known; a name written all in
    capitals or all small is recased; a word in capitals beside others names the family ("Pierre DUPONT").
    One word stays one name. *order* says how the parts stand where no comma does.

    >>> name = clean_name('Dr. Juan "Johnny" Q. de la Vega III').value
    >>> name.prefix, name.given, name.middle, name.family, name.suffix, name.preferred
    ('Dr.', 'Juan', 'Q.', 'de la Vega', 'III', 'Johnny')
    >>> str(clean_name("MCDONALD, RONALD").value), clean_name("Sukarno").value.family
    ('Ronald McDonald', '')
    >>> clean_name("test").verdict.value, clean_name("Null").verdict.value, clean_name("n/a").verdict.value
    ('invalid', 'doubtful', 'missing')
    """
    raw = raw or ""
    if len(raw) > 20 * _LONGEST:
        return invalid(raw, "too-long", f"a name has no more than {_LONGEST} characters")
    text = squeeze(unicodedata.normalize("NFC", raw)).strip(" ,;")
    if refusal := _refusal(raw, text):
        return refusal
    name, codes = take_apart(text, order=order)
    alone = name.given if not (name.middle or name.family or name.prefix) else ""
    if not (name.given or name.family) or key_of(alone) in words("courtesy"):
        return invalid(raw, "title-only", "there is a title, but no name")
    doubts = [*_doubts(text, raw), *(Reason(code, _DOUBTS[code]) for code in codes if code in _DOUBTS)]
    remarks = [Reason(code, _REMARKS[code]) for code in codes if code in _REMARKS]
    return found(raw, name, doubts=doubts, remarks=remarks)


def _refusal(raw: str, text: str) -> Cleaned[NameParts] | None:
    folded = fold(text)
    if is_missing(raw) and folded not in SURNAME_MARKERS:
        return missing(raw)
    if len(text) > _LONGEST or len(text.split()) > _MOST_WORDS:
        return invalid(raw, "too-long", f"a name has no more than {_LONGEST} characters and {_MOST_WORDS} words")
    if _NET.search(text):
        return invalid(raw, "address-for-name", "an e-mail or web address stands where the name should be")
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    if not letters:
        return invalid(raw, "no-letters", "there is no letter in it")
    if digits >= letters and not any(len(word) > 3 and word.isalpha() for word in text.split()):
        return invalid(raw, "number-for-name", "a number stands where the name should be")
    if len(_MARKUP.findall(text)) > 1:
        return invalid(raw, "not-a-name", "it has characters that no name has")
    if fold_words(text) in words("placeholder"):
        return invalid(raw, "placeholder", f"{text!r} is what people type to get past a form")
    return None


def _doubts(text: str, raw: str) -> list[Reason]:
    doubts = []
    if fold(text) in SURNAME_MARKERS:
        doubts.append(Reason("marker-or-name", f"{text!r} may be a name, or stand for a missing value"))
    if _MOJIBAKE.search(raw):
        doubts.append(Reason("mojibake", f"letters were garbled by a wrong encoding{_unmangled(raw.strip())}"))
    if any(map(str.isdigit, text)):
        doubts.append(Reason("digits", "a name has no digits"))
    if _MARKUP.search(text):
        doubts.append(Reason("odd-characters", "it has characters that names seldom have"))
    if _SEVERAL.search(text):
        doubts.append(Reason("several-people", "it may name more than one person"))
    return doubts


def _unmangled(text: str) -> str:
    try:
        return f"; perhaps {text.encode('cp1252').decode('utf-8')!r}"
    except UnicodeError:
        return ""
