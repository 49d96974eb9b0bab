"""Skills and job titles: lists parted safely, and one name for each thing."""

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

__all__ = ["JobTitle", "clean_job_title", "clean_skill", "clean_skills", "split_list"]

_LONGEST = 200
_LONGEST_LIST = 50_000
_MARKS = re.compile(r"[,;|\n\r\t\u2022\u00b7\u25aa\u25cf]+|\s/\s")
_ACRONYMS = {
    "ceo": "chief executive officer",
    "cto": "chief technology officer",
    "cfo": "chief financial officer",
    "coo": "chief operating officer",
    "cio": "chief information officer",
    "cmo": "chief marketing officer",
    "hr": "human resources",
    "it": "it",
    "qa": "quality assurance",
    "vp": "vice president",
    "svp": "senior vice president",
    "evp": "executive vice president",
    "md": "managing director",
    "pm": "project manager",
}
_GENDER_MARK = re.compile(
    r"\s*[(\[]\s*(?:[mwfdxhvng]\s*[/|,*]\s*){1,3}[mwfdxhvng]\s*[)\]]|[:*_/]-?in(?:nen)?\b", re.IGNORECASE
)
_SHORT_WORDS = frozenset("of and the for in at to de du des von und et y di per".split())


@attrs.frozen(kw_only=True)
class JobTitle:
    """A job title as one shows it, and the folded key that its spellings share."""

    title: str
    key: str

    def __str__(self) -> str:
        return self.title


def clean_skill(raw: str | None) -> Cleaned[str]:
    """Give a skill its usual name; one that is not known keeps its own spelling.

    >>> [clean_skill(text).value for text in ("js", "K8S", "c sharp", "node js", "Basket weaving")]
    ['JavaScript', 'Kubernetes', 'C#', 'Node.js', 'Basket weaving']
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a skill has no more than {_LONGEST} characters")
    text = squeeze(unicodedata.normalize("NFC", raw)).strip(" -*\u2022\u00b7;,:")
    if not any(map(str.isalpha, text)):
        return invalid(raw, "not-a-skill", "there is no letter in it")
    usual = _skills().get(fold(text)) or _skills().get(fold(text).rstrip("."))
    if usual is None:
        return found(raw, text)
    remarks = [Reason("synonym", f"{text!r} is usually called {usual!r}")] if usual != text else []
    return found(raw, usual, remarks=remarks)


def clean_skills(raw: str | None) -> tuple[Cleaned[str], ...]:
    r"""Part a list of skills and clean each; later mentions of the same skill are left out.

    >>> [skill.value for skill in clean_skills("C++, C#/.NET; node.js | TCP/IP\nJS, javascript")]
    ['C++', 'C#', '.NET', 'Node.js', 'TCP/IP', 'JavaScript']
    """
    cleaned: dict[str, Cleaned[str]] = {}
    for part in split_list(raw):
        skill = clean_skill(part)
        cleaned.setdefault(fold(skill.value or part[:_LONGEST]), skill)
    return tuple(cleaned.values())


def split_list(raw: str | None) -> list[str]:
    """Part a cell that lists several things, at commas, semicolons, bars, bullets and line breaks.

    A slash parts only what is no name of its own ("Java/Kotlin", not "CI/CD"). Only the first 50,000 characters are
    read.

    >>> split_list("Java/Kotlin, CI/CD; A/B testing")
    ['Java', 'Kotlin', 'CI/CD', 'A/B testing']
    """
    parts = []
    for part in _MARKS.split((raw or "")[:_LONGEST_LIST]):
        parts.extend(_slashed(part))
    return [text for part in parts if (text := squeeze(part).strip(" -*")) and not is_missing(text)]


def _slashed(part: str) -> list[str]:
    if "/" not in part or len(part) > _LONGEST or fold(part) in _skills() or "://" in part:
        return [part]
    pieces = part.split("/")
    known = [fold(piece) in _skills() for piece in pieces]
    return pieces if all(known) or (any(known) and all(len(piece.strip()) > 2 for piece in pieces)) else [part]


def clean_job_title(raw: str | None) -> Cleaned[JobTitle]:
    """Put a job title's case right, and fold it to a key in which "Sr. SW Engineer" meets "Senior Software Engineer".

    >>> title = clean_job_title("SR. SW ENGINEER (m/w/d)").value
    >>> title.title, title.key
    ('Sr. Sw Engineer', 'senior software engineer')
    >>> clean_job_title("Softwareentwickler:in").value.title, clean_job_title("CEO").value.key
    ('Softwareentwickler', 'chief executive officer')
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a job title has no more than {_LONGEST} characters")
    text = squeeze(_GENDER_MARK.sub("", squeeze(unicodedata.normalize("NFC", raw)))).strip(" ,;-")
    if not any(map(str.isalpha, text)):
        return invalid(raw, "not-a-title", "there is no letter in it")
    if re.search(r"\S@\S+\.|https?://", text):
        return invalid(raw, "address-for-title", "an e-mail or web address stands where the title should be")
    cased = text
    if len(text) > 5 and (text.isupper() or text.islower()):
        cased = " ".join(_cased(word, first=not place) for place, word in enumerate(text.split()))
    remarks = [Reason("case-repaired", "capitals and small letters were put right")] if cased != text else []
    return found(raw, JobTitle(title=cased, key=_title_key(text)), remarks=remarks)


def _cased(word: str, *, first: bool) -> str:
    small = word.lower()
    if small.strip("().,") in _ACRONYMS:
        return word.upper()
    if small in _SHORT_WORDS and not first:
        return small
    return "-".join(part[:1].upper() + part[1:] for part in small.split("-"))


def _title_key(text: str) -> str:
    words = [_ACRONYMS.get(word) or _title_words().get(word, word) for word in fold_words(text).split()]
    return " ".join(words) or fold(text)


@cache
def _skills() -> dict[str, str]:
    names: dict[str, str] = {}
    for usual, spellings in read_rows("skills"):
        for spelling in (usual, *spellings.split("; ")):
            names.setdefault(fold(spelling), usual)
    return names


@cache
def _title_words() -> dict[str, str]:
    return {word: folded for folded, listed in read_rows("titles") for word in listed.split("; ")}
