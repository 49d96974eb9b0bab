"""Web addresses in one spelling, and whose profile on LinkedIn, GitHub or X they are."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import attrs

from crmcore.hygiene.cleaning import found, invalid, missing
from crmcore.hygiene.folding import squeeze
from crmcore.hygiene.placeholders import is_missing
from crmcore.hygiene.verdict import Cleaned, Reason

__all__ = ["Network", "Url", "clean_url", "reserved_names"]

_LONGEST = 2000
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]{0,30}):(?!\d{1,5}(?:/|$))", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}$)(?:(?!-)[a-z0-9_-]{1,63}(?<!-)\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
_TRACKING = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|igshid|trk|trackingid|original_?referer", re.IGNORECASE)


class Network(StrEnum):
    """A network whose profiles have an id of their own."""

    LINKEDIN = "linkedin"
    GITHUB = "github"
    X = "x"


@attrs.frozen(kw_only=True)
class Url:
    """One web address.

    Attributes:
        url: the normal form; for a profile the one that its network calls canonical.
        network: whose profile it is, or None.
        profile: the id there, in small letters, or ''.

    """

    url: str
    network: Network | None = None
    profile: str = ""

    def __str__(self) -> str:
        return self.url

    @property
    def key(self) -> str:
        """The address for comparing: without scheme, "www." and closing slash."""
        if self.network:
            return f"{self.network.value}/{self.profile}"
        return self.url.split("://", 1)[1].removeprefix("www.").rstrip("/")


@attrs.frozen
class _Rule:
    hosts: re.Pattern[str]
    path: re.Pattern[str]
    handle: re.Pattern[str]
    canonical: str
    reserved: frozenset[str] = frozenset()


_RULES = {
    Network.LINKEDIN: _Rule(
        re.compile(r"(?:[a-z]{1,3}\.)?linkedin\.com"),
        re.compile(r"/(?:in/([^/]+)|pub/([^/]+(?:/[0-9a-f]{1,3}){3}|[^/]+))", re.IGNORECASE),
        re.compile(r"/?(?:(?:in|pub)/)?([\w%-]{3,100})/?", re.IGNORECASE),
        "https://www.linkedin.com/in/{}",
    ),
    Network.GITHUB: _Rule(
        re.compile(r"(?:www\.|gist\.)?github\.com"),
        re.compile(r"/([a-z0-9](?:-?[a-z0-9]){0,38})(?=/|$)", re.IGNORECASE),
        re.compile(r"@?([a-z0-9](?:-?[a-z0-9]){0,38})", re.IGNORECASE),
        "https://github.com/{}",
        frozenset(
            "about features orgs topics search explore settings login join marketplace pricing apps sponsors "
            "enterprise collections trending issues pulls site".split()
        ),
    ),
    Network.X: _Rule(
        re.compile(r"(?:www\.|mobile\.|m\.)?(?:twitter|x)\.com"),
        re.compile(r"/(?:#!/)?@?(\w{1,15})(?=/|$)", re.ASCII),
        re.compile(r"@?(\w{1,15})", re.ASCII),
        "https://x.com/{}",
        frozenset(
            ("home", "search", "i", "intent", "share", "hashtag", "explore", "login", "settings", "tos", "privacy")
        ),
    ),
}


def reserved_names(network: Network) -> frozenset[str]:
    """Return what stands where a profile's name would, and is a page of the network itself.

    >>> "settings" in reserved_names(Network.GITHUB)
    True
    """
    return _RULES[network].reserved


def clean_url(raw: str | None, *, network: Network | None = None) -> Cleaned[Url]:
    """Read one web address; with *network*, a bare handle such as "@ada" or "in/ada" too.

    Host in small letters and IDNA, no default port, no tracking parameters; a missing scheme is read as https, with a
    remark. Only http and https are addresses here: anything that a browser would run or open locally is refused.

    >>> clean_url("http://DE.linkedin.com/in/Ada-Lovelace/?trk=x").value
    Url(url='https://www.linkedin.com/in/ada-lovelace', network=<Network.LINKEDIN: 'linkedin'>, profile='ada-lovelace')
    >>> clean_url("@ada", network=Network.X).value.key, clean_url("javascript:alert(1)").reasons[0].code
    ('x/ada', 'scheme-refused')
    """
    raw = raw or ""
    if is_missing(raw):
        return missing(raw)
    if len(raw.strip()) > _LONGEST:
        return invalid(raw, "too-long", f"a web address has no more than {_LONGEST} characters")
    text = squeeze(raw).strip("<>\"' ")
    if network and "." not in text and (handle := _RULES[network].handle.fullmatch(text)):
        return found(raw, _profile(network, handle[1]), remarks=[Reason("handle", "a handle was read as a profile")])
    remarks = []
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return invalid(raw, "scheme-refused", f"{scheme[1].lower()!r} is no address of a web page")
    if not scheme:
        text = f"https://{text.removeprefix('//')}"
        remarks.append(Reason("scheme-added", "https was added"))
    return _split(raw, text, network, remarks)


def _split(raw: str, text: str, network: Network | None, remarks: list[Reason]) -> Cleaned[Url]:
    try:
        parts = urlsplit(text)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        return invalid(raw, "not-an-address", "no web address can be read from it")
    if not _HOST.fullmatch(host) or " " in parts.netloc:
        return invalid(raw, "not-an-address", "it names no host of the public network")
    doubts = []
    if "@" in parts.netloc:
        doubts.append(Reason("login-dropped", "a name before the host was left out; it may be meant to mislead"))
    for known, rule in _RULES.items():
        if rule.hosts.fullmatch(host):
            match = rule.path.match(unquote(parts.path) + (f"#{parts.fragment}" if parts.fragment[:1] == "!" else ""))
            if match and (name := match[match.lastindex or 1]).lower() not in rule.reserved:
                return found(raw, _profile(known, name), doubts=doubts, remarks=remarks)
    if network:
        doubts.append(Reason("no-profile", f"it is no profile on {network.value}"))
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not _TRACKING.fullmatch(name)]
    if len(kept) < len(query):
        remarks.append(Reason("tracking-dropped", "parameters for tracking were left out"))
    shown_port = f":{port}" if port and (parts.scheme.lower(), port) not in (("http", 80), ("https", 443)) else ""
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._") if parts.path != "/" else ""
    tail = (f"?{urlencode(kept)}" if kept else "") + (
        f"#{quote(parts.fragment, safe='/!=&%')}" if parts.fragment else ""
    )
    return found(
        raw, Url(url=f"{parts.scheme.lower()}://{host}{shown_port}{path}{tail}"), doubts=doubts, remarks=remarks
    )


def _ascii(host: str) -> str:
    host = host.rstrip(".").lower()
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _profile(network: Network, handle: str) -> Url:
    name = unquote(handle).lower()
    if "/" in name:  # LinkedIn's old public addresses: only with all their numbers do they name one person.
        return Url(url=f"https://www.linkedin.com/pub/{quote(name)}", network=network, profile=name)
    return Url(url=_RULES[network].canonical.format(quote(name, safe="-_")), network=network, profile=name)
