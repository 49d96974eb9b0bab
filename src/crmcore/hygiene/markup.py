"""Rich text from outside: only the few tags that mean something in it, and nothing that runs.

Nothing of the input is passed on as it is: tags are written anew from a short list, with no attribute but a link's
address, and all text is escaped. So what is misread here can look wrong, and cannot run. The reader is our own, since
that of the standard library takes minutes over a hundred kilobytes of ``<a <a <a``; this one goes over the text once.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

import attrs

from crmcore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TAGS", "clean_html", "html_of_text", "text_of_html"]

TAGS = frozenset({"a", "b", "br", "em", "h2", "h3", "h4", "i", "li", "ol", "p", "strong", "u", "ul"})
"""The tags that are kept."""
BLOCKS = frozenset({"h2", "h3", "h4", "li", "ol", "p", "ul"})
RENAMED = {"h1": "h2", "h5": "h4", "h6": "h4", "div": "p", "section": "p", "article": "p"}
RAW = frozenset({"script", "style", "iframe", "title", "textarea", "xmp", "noembed", "noframes", "noscript"})
"""Tags whose content is no markup, up to their end."""
SILENT = RAW | {"template", "object", "svg", "math", "head", "select", "audio", "video", "canvas"}
"""Tags whose content goes with them."""
SCHEMES = ("http://", "https://", "mailto:")
DEEPEST = 30
LONGEST = 1_000_000
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]|[\ufdd0-\ufdef\ufffe\uffff]")


def clean_html(raw: str) -> str:
    """Return what is harmless of a piece of HTML; cleaning it again changes nothing.

    Raises:
        InputError: it is longer than a million characters, as it comes or once it is clean.

    >>> clean_html('<p onclick="steal()">Join <b>us</b><script>alert(1)</script>')
    '<p>Join <b>us</b></p>'
    >>> clean_html('<a href="JaVaScript:alert(1)">here</a> <a href="https://example.org/?a=1&b=2">there</a>')
    'here <a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener">there</a>'
    >>> clean_html("1 < 2 & <unknown>3</unknown>")
    '1 &lt; 2 &amp; 3'
    """
    cleaner = _Cleaner()
    cleaner.read(raw)
    return cleaner.written()


def html_of_text(text: str) -> str:
    r"""Return plain text as paragraphs, its lines kept.

    >>> html_of_text("We <3 data.\nYou too?\n\nApply!")
    '<p>We &lt;3 data.<br>You too?</p><p>Apply!</p>'
    """
    paragraphs = re.split(r"\n[ \t]*\n\s*", INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip())
    return "".join(f"<p>{'<br>'.join(map(_escaped, each.split(chr(10))))}</p>" for each in paragraphs if each)


def text_of_html(html: str) -> str:
    r"""Return the words of a piece of HTML, a line for each block.

    >>> text_of_html("<p>Join <b>us</b></p><ul><li>Tea</li><li>R&amp;D</li></ul>")
    'Join us\nTea\nR&D'
    """
    lines = re.sub(r"<(?:br|/?(?:p|ul|ol|li|h[234])\b[^>]*)>", "\n", clean_html(html))
    plain = unescape(re.sub(r"<[^>]*>", "", lines))
    return "\n".join(filter(None, (" ".join(line.split()) for line in plain.split("\n"))))


NAME = re.compile(r"[a-zA-Z][^\s/>]*")
ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>][^\s>]*))?""")


@attrs.frozen
class _Tag:
    """A tag as it was read: its name in small letters, and where a link leads."""

    name: str
    is_end: bool = False
    href: str = ""


def _read(raw: str) -> Iterator[_Tag | str]:
    """Yield tags, and the text between them with its references resolved; comments and declarations are left out.

    What begins like a tag and does not end is text.
    """
    at, last = 0, raw.rfind(">")
    while at < len(raw):
        begin = raw.find("<", at)
        if begin < 0 or begin > last:
            break
        if begin > at:
            yield unescape(raw[at:begin])
        tag, at = _tag_at(raw, begin)
        if tag is None:
            break
        yield tag
        if isinstance(tag, _Tag) and tag.name in RAW and not tag.is_end:
            end = re.compile(rf"</{tag.name}(?=[\s/>])", re.IGNORECASE).search(raw, at)
            at = end.start() if end else len(raw)
    yield unescape(raw[at:])


def _tag_at(raw: str, begin: int) -> tuple[_Tag | str | None, int]:
    """Return what begins there, and where it ends; None for what has no end."""
    if raw.startswith("<!--", begin):
        end = raw.find("-->", begin + 2)
        return "", end + 3 if end >= 0 else len(raw)
    is_end = raw.startswith("</", begin)
    name = NAME.match(raw, begin + 1 + is_end)
    if name is None:
        if raw[begin + 1] in "!?/":
            return "", raw.index(">", begin) + 1
        return "<", begin + 1
    at, href = name.end(), ""
    while found := ATTRIBUTE.match(raw, at):
        at = found.end()
        if found[1].lower() == "href" and not href and found[2]:
            href = unescape(found[2].strip("\"'"))
    rest = BLANKS.match(raw, at)
    at = rest.end() if rest else at
    return (_Tag(name[0].lower(), is_end, href), at + 1) if raw.startswith(">", at) else (None, begin)


BLANKS = re.compile(r"[\s/]*")


class _Cleaner:
    """Writes down what is kept, as it is read."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def read(self, raw: str) -> None:
        _check_length(raw)
        for token in _read(raw):
            if isinstance(token, _Tag):
                self._end_of(token) if token.is_end else self._start_of(token)
            elif not self._silent:
                self._out.append(_escaped(INVISIBLE.sub("", token)))

    def written(self) -> str:
        while self._open:
            self._end()
        text = "".join(self._out)
        while (fewer := EMPTY.sub("", text)) != text:
            text = fewer
        _check_length(text)  # escaped, it can be longer than it came
        return text.strip()

    def _start_of(self, read: _Tag) -> None:
        tag = RENAMED.get(read.name, read.name)
        if tag in SILENT:
            self._silent.append(tag)
        if self._silent or tag not in TAGS:
            return
        if tag == "br":
            self._out.append("<br>")
            return
        self._make_room(tag)
        if tag != "a":
            self._begin(tag)
        elif "a" not in self._open and (address := _address(read.href)):
            self._begin("a", f'<a href="{escape(address)}" rel="nofollow noopener">')

    def _end_of(self, read: _Tag) -> None:
        tag = RENAMED.get(read.name, read.name)
        if self._silent:
            if tag in self._silent:
                while self._silent.pop() != tag:
                    pass
        elif tag in self._open:
            while self._end() != tag:
                pass

    def _make_room(self, tag: str) -> None:
        """End what the new one cannot stand in: a paragraph in no paragraph, an item beside its neighbour."""
        if tag in BLOCKS:
            while self._open and (self._open[-1] not in BLOCKS or self._open[-1] in {"p", "h2", "h3", "h4"}):
                self._end()
        if tag == "li":
            while self._open and self._open[-1] == "li":
                self._end()

    def _begin(self, tag: str, written: str = "") -> None:
        if len(self._open) < DEEPEST:
            self._open.append(tag)
            self._out.append(written or f"<{tag}>")

    def _end(self) -> str:
        tag = self._open.pop()
        self._out.append(f"</{tag}>")
        return tag


EMPTY = re.compile(r"<(p|li|ul|ol|b|i|u|em|strong|h[234])>\s*</\1>|<a [^>]*>\s*</a>")


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise InputError(f"a text of {len(text)} characters is too long; {LONGEST} are the most")


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _address(raw: str) -> str:
    """Return an address that leads to a page or a mailbox, or ""; browsers skip blanks and controls before a scheme."""
    address = re.sub(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]", "", raw)
    return address if address.lower().startswith(SCHEMES) and len(address) <= 2_000 else ""
