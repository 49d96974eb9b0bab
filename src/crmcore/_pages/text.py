"""Values and numbers as a person reads them; the only place where text becomes HTML by hand."""

from __future__ import annotations

import re
from html import escape

import attrs

__all__ = ["Html", "brief", "count", "percent", "plural", "shown", "visible"]

_HIDDEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible, or turning the direction of text
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags
    "\ud800-\udfff\ufffe\uffff"  # not characters; surrogates cannot even be written as UTF-8
    "]"
)
_NAMES = {"\n": "↵", "\r": "␍", "\t": "⇥", "\x00": "␀"}


@attrs.frozen
class Html:
    """Text that is HTML already; templates take it as it is."""

    text: str

    def __html__(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def visible(text: str) -> str:
    """Replace what a reader cannot see, or what would move other text about, with a name in ⟨brackets⟩.

    >>> visible("Ada" + chr(0x202e) + "nimda")
    'Ada⟨U+202E⟩nimda'
    """
    return _HIDDEN.sub(_name, text)


def brief(text: str, *, limit: int = 80) -> str:
    """Return a foreign word for places that hold plain text only, such as titles: cut, invisible characters named.

    >>> brief("abcdef", limit=3)
    'abc …'
    """
    return visible(text[:limit]) + (" …" if len(text) > limit else "")


def shown(text: str | None, *, limit: int = 160) -> Html:
    """Return one foreign value as HTML: isolated, invisible characters named, visibly cut after *limit* characters.

    >>> str(shown("<b>Ada</b>"))
    '<bdi>&lt;b&gt;Ada&lt;/b&gt;</bdi>'
    >>> str(shown("a" * 200_000, limit=3))
    '<bdi>aaa</bdi><span class="cut"> … 199,997 more characters</span>'
    """
    if text is None or not text:
        return Html('<span class="none">empty</span>')
    head = _HIDDEN.sub(lambda found: f'<span class="hid">{_name(found)}</span>', escape(text[:limit]))
    left = len(text) - limit
    cut = f'<span class="cut"> … {count(left)} more character{"s" * (left > 1)}</span>' if left > 0 else ""
    return Html(f"<bdi>{head}</bdi>{cut}")


def count(number: int) -> str:
    """Write a whole number with thousands apart.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,}"


def percent(share: float) -> str:
    """Write a share as per cent, never rounding "almost" to "all" or "few" to "none".

    >>> percent(0.5), percent(0.9999), percent(0.0001), percent(1.0)
    ('50%', '>99.9%', '<0.1%', '100%')
    """
    if not 0 < share < 1:
        return f"{share:.0%}"
    if share > 0.999:
        return ">99.9%"
    if share < 0.001:
        return "<0.1%"
    return f"{share:.1%}".replace(".0%", "%")


def plural(number: int, one: str, many: str) -> str:
    """Count things in words.

    >>> plural(1, "person", "people"), plural(8012, "person", "people")
    ('1 person', '8,012 people')
    """
    return f"{count(number)} {one if number == 1 else many}"


def _name(found: re.Match[str]) -> str:
    character = found.group()
    return _NAMES.get(character) or f"⟨U+{ord(character):04X}⟩"
