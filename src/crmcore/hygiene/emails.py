"""E-mail addresses: syntax, international domains, and addresses that are nobody's own."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

import attrs
from email_validator import EmailNotValidError, validate_email

from crmcore.hygiene._tables import read_rows
from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import squeeze
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.verdict import Cleaned, Reason

__all__ = ["Email", "clean_email", "mailbox_key"]

_LONGEST = 320
_SHOWN = re.compile(r"[^<>]{0,200}<\s*(?:mailto:)?([^<>]+)>", re.IGNORECASE)
_AT = re.compile(r"\s*[\[({]\s*(?:at|@)\s*[\])}]\s*|\s+at\s+(?=\S+\s*(?:\.|dot\b|[\[(]dot))", re.IGNORECASE)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|\.)\s*[\])}]\s*|\s+dot\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"[;,|\s]+|/(?=[^/\s]+@)")
_RESERVED = re.compile(r"(?:^|\.)(?:example|test|invalid|localhost|local)(?:\.(?:com|org|net))?$")


@attrs.frozen(kw_only=True)
class Email:
    """One address.

    Attributes:
        address: as it is written to: the domain in small letters and its own script, the local part as it came.
        local, domain: its two parts.
        ascii_domain: the domain as the network writes it (IDNA).
        is_role: it belongs to a function ("jobs@"), not to a person.
        is_disposable: its mailbox is made to be thrown away.

    """

    address: str
    local: str
    domain: str
    ascii_domain: str
    is_role: bool = False
    is_disposable: bool = False

    def __str__(self) -> str:
        return self.address

    @property
    def key(self) -> str:
        """The address in one case, for comparing: no provider in use tells "Ada@" from "ada@"."""
        return f"{self.local.casefold()}@{self.ascii_domain}"


def clean_email(raw: str | None) -> Cleaned[Email]:
    """Read one address, without asking the network.

    What stands around it is taken off with a remark: "mailto:", a shown name, quotes, closing punctuation. Addresses
    of functions, throw-away mailboxes and mistyped providers are doubtful; stand-ins such as none@none.com are invalid.

    >>> email = clean_email("Ada Lovelace <Ada@Büro.Example.ORG>;").value
    >>> email.address, email.ascii_domain, email.key
    ('Ada@büro.example.org', 'xn--bro-hoa.example.org', 'ada@xn--bro-hoa.example.org')
    >>> [reason.message for reason in clean_email("ada@gmial.com").reasons]
    ["'gmial.com' is perhaps 'gmail.com'"]
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > 2 * _LONGEST:
        return invalid(raw, "too-long", f"an address has no more than {_LONGEST} characters")
    text, remarks, doubts = _bare(squeeze(raw))
    try:
        checked = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        return invalid(raw, "not-an-address", str(error).splitlines()[0][:300])
    email = Email(
        address=checked.normalized,
        local=checked.local_part,
        domain=checked.domain,
        ascii_domain=checked.ascii_domain,
        is_role=checked.local_part.lower() in _words("role"),
        is_disposable=_is_disposable(checked.ascii_domain),
    )
    if _is_placeholder(email):
        return invalid(raw, "placeholder", f"{email.address!r} is typed to get past a form")
    return found(raw, email, doubts=[*doubts, *_doubts(email)], remarks=remarks)


def mailbox_key(email: Email | str) -> str:
    """Return the mailbox that the address reaches, by the rules of the providers that are known to have such.

    Opt in to it where two addresses of one mailbox shall count as one: Gmail knows no dots, and several know "+tag".

    >>> mailbox_key("Ada.Love+jobs@GoogleMail.com"), mailbox_key("a.b+c@example.org")
    ('adalove@gmail.com', 'a.b+c@example.org')
    """
    key = email.key if isinstance(email, Email) else email.strip().casefold()
    local, _, domain = key.rpartition("@")
    if domain in _TAGGED:
        local = local.split("+", 1)[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}"


_DOTLESS = frozenset(("gmail.com", "googlemail.com"))
_TAGGED = _DOTLESS | {
    *("outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com"),
    *("fastmail.com", "protonmail.com", "proton.me", "pm.me"),
}


def _bare(text: str) -> tuple[str, list[Reason], list[Reason]]:
    """Take off what stands around the address; say so."""
    bare = match[1].strip() if (match := _SHOWN.match(text)) else text
    bare = bare[7:] if bare[:7].lower() == "mailto:" else bare
    bare = bare.split("?", 1)[0] if bare != text else bare
    if "@" not in bare:
        bare = _DOT.sub(".", _AT.sub("@", bare))
    bare = re.sub(r"\s*@\s*", "@", bare.strip(" \t<>()[]'`\u2018\u2019\u201c\u201d,;:.!|"))
    remarks = [Reason("repaired", "what stood around the address was taken off")] if bare != text else []
    several = [part for part in _BETWEEN.split(bare) if "@" in part]
    if len(several) > 1 and not bare.startswith('"'):
        return several[0].strip(".'<>"), remarks, [Reason("several-addresses", "the first of several was taken")]
    return bare, remarks, []


def _doubts(email: Email) -> list[Reason]:
    doubts = []
    if email.is_role:
        doubts.append(Reason("role-address", f"{email.local!r} belongs to a function, not to a person"))
    if email.is_disposable:
        doubts.append(Reason("disposable", f"{email.domain!r} gives mailboxes to be thrown away"))
    if meant := _typos().get(email.ascii_domain):
        doubts.append(Reason("domain-typo", f"{email.domain!r} is perhaps {meant!r}"))
    elif email.ascii_domain.endswith((".con", ".cmo", ".comm", ".ocm", ".vom")):
        doubts.append(Reason("domain-typo", f"{email.domain!r} is perhaps {email.domain.rpartition('.')[0]}.com"))
    elif "." not in email.ascii_domain:
        doubts.append(Reason("no-top-level", f"{email.domain!r} is no domain of the public network"))
    return doubts


def _is_placeholder(email: Email) -> bool:
    local, name = email.local.lower(), email.ascii_domain.split(".", 1)[0]
    if local not in _words("placeholder"):
        return len(set(local)) == 1 and len(local) > 2 and set(name) == set(local)
    return name in _words("placeholder") or bool(_RESERVED.search(email.ascii_domain))


def _is_disposable(domain: str) -> bool:
    parts = domain.split(".")
    endings = {".".join(parts[start:]) for start in range(max(1, len(parts) - 1))}
    return not endings.isdisjoint(_words("disposable")) or not endings.isdisjoint(_published_disposables())


@cache
def _published_disposables() -> frozenset[str]:
    """Return the list of the package ``disposable-email-domains``, where it is installed."""
    try:
        return frozenset(import_module("disposable_email_domains").blocklist)
    except ModuleNotFoundError:
        return frozenset()


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(
        word for row_kind, words in read_rows("email_words") if row_kind == kind for word in words.split("; ")
    )


@cache
def _typos() -> dict[str, str]:
    rows = read_rows("email_words")
    return {typed: kind[5:] for kind, words in rows if kind.startswith("typo:") for typed in words.split("; ")}
