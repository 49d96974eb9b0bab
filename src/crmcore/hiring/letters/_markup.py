"""Which HTML a letter may be made of, and where in it a field may stand.

Escaping makes a value harmless between tags; within a tag, a script or a style it does not. So fields stand between
tags only, and a letter has no scripts: what it may have is listed here, and everything else is refused.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from crmcore.errors import InputError
from crmcore.hiring.letters._merge import TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_markup", "escaped", "page_of"]

TAGS = frozenset(
    """
    html head body meta title style p br hr div span h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption colgroup col
    thead tbody tfoot tr td th strong em b i u s small sub sup a img blockquote q address pre code header footer main
    section article figure figcaption time abbr mark
    """.split()
)
LINKS = frozenset({"href", "src", "cite", "background"})
END = "end of letter"
SAFE = ("https:", "http:", "mailto:", "tel:", "cid:", "#", "/")


def escaped(value: str) -> str:
    """Return a value as text of HTML; its line breaks stay."""
    return html.escape(value).replace("\r\n", "\n").replace("\n", "<br>\n")


def page_of(text: str, *, title: str) -> str:
    """Return a text as a page: a paragraph for each, with the line breaks that it has."""
    paragraphs = "\n".join(f"<p>{escaped(part)}</p>" for part in _paragraphs(text))
    head = f'<head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
    return f"<!DOCTYPE html>\n<html>{head}\n<body>\n{paragraphs}\n</body></html>\n"


def _paragraphs(text: str) -> list[str]:
    parts: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return ["\n".join(part) for part in parts if part]


def check_markup(text: str) -> None:
    """Refuse a template of HTML that could run something, or that has a field where escaping does not make it safe.

    Raises:
        InputError: with what is wrong, and where.

    """
    mark = next(letter for letter in map(chr, range(0xE000, 0xF8FF)) if letter not in text)
    marked, watch = TAG.sub(mark, text), _Watch(mark)
    if re.search(f"<[/!?]?{mark}", marked):
        raise InputError("the HTML of the letter has a field right after a <; write &lt;")
    try:
        watch.feed(f"{marked}<!--{END}-->")
    except AssertionError as error:  # what the parser of Python 3.11 makes of a broken <![
        raise InputError(f"the HTML of the letter has a declaration that is none: {error}") from error
    if not watch.has_ended:  # the last remark was taken for part of something else
        raise InputError("the HTML of the letter ends within a tag or a remark")


class _Watch(HTMLParser):
    """Reads the template with a mark in place of each field."""

    def __init__(self, mark: str) -> None:
        super().__init__(convert_charrefs=True)
        self.mark = mark
        self.inside = ""
        self.has_ended = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._check_free(
            "".join((tag, *(part or "" for pair in attrs for part in pair))),
            f"within the tag <{tag.replace(self.mark, '...')}>",
        )
        if tag not in TAGS:
            raise self._refused(f"has a tag <{tag}>, which no letter needs")
        for name, value in attrs:
            self._check_attribute(tag, name, value or "")
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._check_free(tag, "within a closing tag")
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self._check_free(data, "within a style")

    def handle_comment(self, data: str) -> None:
        self._check_free(data, "within a remark of HTML; write {{! ... }}")
        self.has_ended = data == END

    def handle_decl(self, decl: str) -> None:
        self._check_free(decl, "within a declaration")

    def handle_pi(self, data: str) -> None:
        raise self._refused(f"has an instruction <?{data[:20]}>, which no letter needs")

    def unknown_decl(self, data: str) -> None:
        raise self._refused(f"has a declaration <![{data[:20]}, which no letter needs")

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or (tag == "meta" and name == "http-equiv"):
            raise self._refused(f"has an attribute {name!r} in <{tag}>, which would do something")
        link = "".join(value.split()).lower()
        if name in LINKS and link and not link.startswith(SAFE):
            raise self._refused(f"links to {value[:60]!r}; a letter links to {', '.join(SAFE)}")

    def _check_free(self, text: str, where: str) -> None:
        if self.mark in text:
            raise self._refused(f"has a field {where}; a field may stand between tags only")

    def _refused(self, why: str) -> InputError:
        line, column = self.getpos()
        return InputError(f"the HTML of the letter, line {line}, column {column + 1}, {why}")
