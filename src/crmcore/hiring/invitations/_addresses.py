"""Mail addresses as calendars write them: ``mailto:`` URIs (RFC 6068)."""

from __future__ import annotations

from urllib.parse import quote, unquote

__all__ = ["checked", "mailbox_of", "uri_of"]

_SAFE = "!$'()*+,:@~._-"


def uri_of(mailbox: str) -> str:
    """Return the URI of a mail address.

    >>> uri_of("o'hara+jobs@example.org"), uri_of("a%b/c@example.org")
    ("mailto:o'hara+jobs@example.org", 'mailto:a%25b%2Fc@example.org')
    """
    return f"mailto:{quote(mailbox, safe=_SAFE)}"


def mailbox_of(uri: str) -> str:
    """Return the mail address of a URI, or of one whose scheme was left out; "" where it is none.

    >>> mailbox_of("MAILTO:eva@example.org"), mailbox_of("urn:uuid:7"), mailbox_of("mailto:a%25b@example.org?subject=x")
    ('eva@example.org', '', 'a%b@example.org')
    """
    scheme, colon, rest = uri.strip().partition(":")
    if not colon:
        return checked(uri.strip())
    if scheme.lower() != "mailto":
        return ""
    return checked(unquote(rest.partition("?")[0], errors="replace").strip())


def checked(mailbox: str) -> str:
    """Return what may be a mail address; "" for what is none."""
    before, _, after = mailbox.partition("@")
    return mailbox if before and after and "@" not in after and mailbox.isprintable() else ""
