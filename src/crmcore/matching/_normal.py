"""The short normal forms that are compared: cheaper than cleaning, and made for likeness rather than for display.

Each takes one text and returns its normal form, or None where nothing is left to compare. They run on distinct values.
"""

from __future__ import annotations

import re
from functools import cache

from crmcore.hygiene.companies import SMALL_WORDS, legal_forms
from crmcore.hygiene.companies import company_key as company_name_key
from crmcore.hygiene.dates import clean_date
from crmcore.hygiene.folding import fold
from crmcore.hygiene.names import title_words
from crmcore.hygiene.placeholders import MISSING_MARKERS
from crmcore.hygiene.places import clean_country
from crmcore.hygiene.urls import Network, clean_url

__all__ = [
    "LONGEST_NATIONAL",
    "MISSING",
    "NO_NAMES",
    "PARTICLES",
    "PLACEHOLDER_EMAILS",
    "TITLES",
    "UNUSUAL",
    "code_key",
    "company_key",
    "country_key",
    "date_key",
    "email_key",
    "github_key",
    "linkedin_key",
    "local_name",
    "name_key",
    "name_tokens",
    "phone_key",
    "plain_key",
    "skills_key",
    "split_name",
    "text_key",
    "thorough_company_key",
    "url_key",
    "without_country",
    "without_form",
]

LONGEST = 200
"""Characters of a value that are compared; likeness of longer texts is no evidence about people."""

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_BETWEEN_SKILLS = re.compile(r"[,;|\n\r\t•]|(?<=\s)/(?=\s)")
_NO_SKILL = re.compile(r"[^a-z0-9+#]+")
_NOT_ALNUM = re.compile(r"[^a-z0-9]")
_NOT_DIGIT = re.compile(r"[^0-9]")
MISSING = frozenset({_NOT_WORD.sub(" ", marker).strip() for marker in MISSING_MARKERS} | {"test"})
"""Here a surname such as Null counts as missing: where it is real, the other columns have to tell."""
TITLES = title_words() | frozenset(
    "sir dame lord lady fr frau hr ing dipl mag bt bart baronet baroness viscount viscountess ii iii iv md mba".split()
)
"""What is no name beside one."""
NO_NAMES = frozenset(
    "mr mrs ms mx dr prof professor sir dame lady rev reverend herr frau mme mlle monsieur madame sra srta dhr mevr"
    " bt baronet jr jnr snr phd mba esq".split()
)
"""What is no name by itself either: none of it is anybody's only name."""
_BEHIND = TITLES | title_words(after=True, sure=False)
_PRONOUNS = re.compile(r" (?:he him|she her|they them|er ihm|sie ihr)(?: his| hers| theirs)?$")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
PARTICLES = frozenset(
    "van von der den de del della di da dos das du la le el al bin ibn ben ter ten te zu zur of the".split()
)


def plain_key(text: str) -> str | None:
    """Fold case, accents and scripts; squeeze everything but letters and digits to single blanks.

    >>> plain_key("  Łódź-Górna ")
    'lodz gorna'
    """
    text = text[:LONGEST]
    folded = (text if text.isascii() else fold(text)).lower()
    squeezed = _NOT_WORD.sub(" ", folded).strip()
    if squeezed == "n":
        return None if "\\" in text else squeezed  # \N is what databases write for nothing, N. is an initial
    return None if squeezed in MISSING else squeezed


def name_key(text: str) -> str | None:
    """Fold a name; apostrophes join (O'Brien is obrien), everything else separates; titles go.

    >>> name_key("Dr. Seán O'Brien-Smith")
    'sean obrien smith'
    """
    key = plain_key(text.replace("'", "").replace("’", ""))
    if key is None or key.isdigit():
        return None
    if " " not in key:
        return None if key in NO_NAMES or (key[0].isdigit() and _ORDINAL.fullmatch(key)) else key
    tokens = _PRONOUNS.sub("", key).split()
    names = [token for token in tokens if token not in TITLES and not _ORDINAL.fullmatch(token)]
    left = names or [token for token in tokens if token not in NO_NAMES and not _ORDINAL.fullmatch(token)]
    return " ".join(left) or None


def name_tokens(text: str) -> list[str]:
    """Return the telling parts of a name: no titles, particles or initials' dots."""
    return _telling(name_key(text))


def _telling(key: str | None) -> list[str]:
    return [] if key is None else [token for token in key.split() if token not in PARTICLES]


def split_name(text: str) -> tuple[str | None, str | None, str | None]:
    """Split a written-out name into (given, other, family) normal forms; advisory, as every such split is.

    >>> split_name("Hopper, Grace Brewster"), split_name("Grace B. Hopper"), split_name("Pelé")
    (('grace', 'brewster', 'hopper'), ('grace', 'b', 'hopper'), ('pele', None, None))
    """
    before, comma, after = text.partition(",")
    return split_keys(name_key(text), *((name_key(before), name_key(after)) if comma else (None, None)))


def split_keys(key: str | None, before: str | None, after: str | None) -> tuple[str | None, str | None, str | None]:
    """Do the same by the normal forms of a name, and of what stands before and after its first comma."""
    tokens = _telling(key)
    if not tokens:
        return None, None, None
    given = [token for token in _telling(after) if token not in _BEHIND]  # not those of "Grace Hopper, PhD"
    if given and (family := _telling(before)):
        return given[0], " ".join(given[1:]) or None, " ".join(family)
    if len(tokens) == 1:
        return tokens[0], None, None
    return tokens[0], " ".join(tokens[1:-1]) or None, tokens[-1]


def text_key(text: str) -> str | None:
    """Fold a text and sort its words, so that their order does not matter.

    >>> text_key("Main Street 12") == text_key("12, main street")
    True
    """
    key = plain_key(text)
    return key if key is None or " " not in key else " ".join(sorted(key.split()))


def skills_key(text: str) -> str | None:
    """Return the skills that a text lists, each once and as one word, in the order of the alphabet.

    A stroke between blanks stands between two skills, and one without is a part of its skill.

    >>> skills_key("Node.js; C#, UI/UX, account management, C#"), skills_key("CI/CD / Git")
    ('account_management c# node_js ui_ux', 'ci_cd git')
    """
    if plain_key(text) is None:
        return None
    folded = (text if text.isascii() else fold(text)).lower()
    pieces = {_NO_SKILL.sub("_", piece).strip("_") for piece in _BETWEEN_SKILLS.split(folded)}
    return " ".join(sorted(pieces - {""})) or None


def country_key(text: str) -> str | None:
    """Return a country's code, in lower case, and the folded text where none is known by that name.

    >>> country_key("Deutschland"), country_key("Utopia"), country_key("n/a")
    ('de', 'utopia', None)
    """
    country = clean_country(text).value
    return plain_key(text) if country is None else country.alpha2.lower()


def company_key(text: str) -> str | None:
    """Fold a company's name without its legal form, article and "and"; None for none, and for the self-employed.

    >>> company_key("Müller & Söhne GmbH & Co. KG"), company_key("freelance")
    ('muller sohne', None)
    """
    text = text[:LONGEST]
    words = _NOT_WORD.sub(" ", text.lower().replace("'", "")).split()
    if not text.isascii() or not words or UNUSUAL.match(words[0]):
        return thorough_company_key(text)
    while (fewer := without_form([word for word in words if word not in SMALL_WORDS] or words)) != words:
        words = fewer
    key = " ".join(words)
    odd = key in MISSING or words[0] in SMALL_WORDS or words[-1] in _form_ends() or UNUSUAL.match(key)
    return thorough_company_key(text) if odd else key


def thorough_company_key(text: str) -> str | None:
    """Do the same for any script and for what is no company, which takes five times as long."""
    key, before = company_name_key(text), ""
    while key != before:  # Acme AG Ltd.
        key, before = company_name_key(key), key
    return (plain_key(key) or None) if key else None


def without_form(words: list[str]) -> list[str]:
    """Take the legal form of several words off at the end."""
    if words[-1] not in _form_ends():
        return words
    lengths = range(min(6, len(words) - 1), 0, -1)
    return next((words[:-length] for length in lengths if " ".join(words[-length:]) in legal_forms()), words)


@cache
def _form_ends() -> frozenset[str]:
    return frozenset(form.split()[-1] for form in legal_forms())


UNUSUAL = re.compile(
    r"(?:self|freel|freib|selbst|indep|auton|zzp|unemp|arbeits|sans|look|betw|retired|student|n\b|"
    r"(?:ooo|ao|ip|tov|uab|sia|pt|ab|kk|gk|yk)\b)"
)
"""How that begins which says that there is no employer, and legal forms that may stand before the name."""


def code_key(text: str) -> str | None:
    """Return letters and digits only, for identifiers, postcodes and the like; None for runs of one sign.

    >>> code_key("TQ13 8DF"), code_key("000-000")
    ('tq138df', None)
    """
    text = text[:LONGEST]
    key = _NOT_ALNUM.sub("", (text if text.isascii() else fold(text)).lower())
    return None if key in MISSING or (len(key) > 2 and key == key[0] * len(key)) else key


def phone_key(text: str) -> str | None:
    """Return the national number, its last nine digits at most, which is the same with and without country code.

    Without "+" or "00" nothing tells a country code from an area code: nine digits are as many as most countries have
    behind it. A number that a spreadsheet took for a quantity is one still ("6173322469.0"), unless digits are gone.

    >>> phone_key("+44 20 7946 0018") == phone_key("020 7946 0018"), phone_key("+47 22 70 85 86")
    (True, '22708586')
    """
    text = text[:LONGEST]
    number = _EXTENSION.split(text if text.isascii() else fold(text), maxsplit=1)[0]
    if found := _QUANTITY.fullmatch(number):
        number = found[1]
    elif found := _SCIENTIFIC.fullmatch(number):
        number = found[1] + found[2] if len(found[2]) >= int(found[3]) else ""
    digits = _NOT_DIGIT.sub("", number)
    if _INTERNATIONAL.match(number) or digits.startswith("00"):
        digits = without_country(digits.lstrip("0"))
    elif digits.startswith("011") and len(digits) > LONGEST_NATIONAL:
        digits = without_country(digits[3:])
    digits = digits.lstrip("0")[-9:].lstrip("0")
    return None if len(digits) < 5 or len(set(digits)) < 3 or digits in "01234567890123456789" else digits


_EXTENSION = re.compile(r"(?i)\s*(?:ext|x|#)\.?\s*\d")
_QUANTITY = re.compile(r"\s*(\d+)\.0+\s*")
_SCIENTIFIC = re.compile(r"\s*(\d)[.,](\d+)[eE]\+?(\d{1,2})\s*")
_INTERNATIONAL = re.compile(r"[^\d+]*\+")
LONGEST_NATIONAL = 12
"""Digits that a number for use within a country has at most, with a trunk zero; North America dials 011 abroad."""


@cache
def _country_codes() -> frozenset[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return frozenset(map(str, COUNTRY_CODE_TO_REGION_CODE))


def without_country(digits: str) -> str:
    """Take the country code off; none begins with another."""
    return next((digits[width:] for width in (1, 2, 3) if digits[:width] in _country_codes()), digits)


def email_key(text: str) -> str | None:
    """Lower case, without display name, mailto: and +tag; None where no address is left.

    >>> email_key("Ada <ADA+jobs@Example.org>")
    'ada@example.org'
    """
    text = text[-LONGEST:].strip().lower().rstrip(".,;>")
    text = text[max(text.rfind("<"), text.rfind(":"), text.rfind(" ")) + 1 :]
    local, _, domain = text.rpartition("@")
    if not local or not domain or text in PLACEHOLDER_EMAILS:
        return None
    plus = local.find("+", 1)
    return f"{local[:plus] if plus > 0 else local}@{domain}"


def local_name(text: str) -> str | None:
    """Return what stands before the @ of an address, folded: it often holds a name.

    >>> local_name("Ada.Lovelace@example.org")
    'ada.lovelace'
    """
    address = email_key(text)
    return None if address is None else fold(address.rpartition("@")[0])


PLACEHOLDER_EMAILS = frozenset(
    {"none@none.com", "test@test.com", "x@x", "a@a.com", "no@email.com", "noemail@noemail.com", "na@na.com"}
)

_LINKEDIN = re.compile(r"(?:https?://)?(?:www\.)?linkedin\.com/in/([\w-]+)/?(?:\?\S*)?", re.ASCII | re.IGNORECASE)
_NETWORK_ITSELF = re.compile(
    r"(?:https?://)?(?:www\.)?(?:linkedin|github)\.com(?:/(?:feed|login|home)?)?/?(?:[?#]\S*)?"
)


def linkedin_key(text: str) -> str | None:
    """Return the handle of a LinkedIn profile, which is the same however its address is written.

    >>> linkedin_key("https://www.linkedin.com/in/Ada-Lovelace/?trk=x"), linkedin_key("in/ada-lovelace")
    ('ada lovelace', 'ada lovelace')
    """
    found = _LINKEDIN.fullmatch(text[:LONGEST].strip())  # as nearly all of them are written
    return plain_key(found[1]) if found else _handle(text, Network.LINKEDIN)


def github_key(text: str) -> str | None:
    """Return the handle of a GitHub account.

    >>> github_key("https://github.com/Ada?tab=repositories"), github_key("@ada")
    ('ada', 'ada')
    """
    return _handle(text, Network.GITHUB)


def url_key(text: str) -> str | None:
    """Return the words of a web address, without scheme, "www." and what only tracks visitors.

    >>> url_key("https://www.ada.example/cv/?utm_source=x")
    'ada example cv'
    """
    return _handle(text, None)


def _handle(text: str, network: Network | None) -> str | None:
    text = text[:LONGEST]
    if network and _NETWORK_ITSELF.fullmatch(text.strip().lower()):
        return None
    page = clean_url(text, network=network).value
    if page is None:
        return plain_key(text)
    return plain_key(page.profile if page.network is network and network else page.key)


_ISO = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?$")
_YEAR = re.compile(r"(\d{4})$")


def date_key(text: str, *, day_first: bool | None = None) -> str | None:
    """Return a written date as YYYYMMDD, with 00 for the parts that are not known.

    >>> date_key("10 December 1815"), date_key("1815-12"), date_key("soon")
    ('18151210', '18151200', None)
    """
    if found := _ISO.match(text.strip()):
        return "".join(found.groups())
    date = clean_date(text, day_first=day_first).value
    return None if date is None else f"{date.year:04}{date.month or 0:02}{date.day or 0:02}"
