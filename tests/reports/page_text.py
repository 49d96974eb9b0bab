"""Reads a page as a browser would: which elements it has, and the text in them."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "input", "col", "hr", "img"}


class Page(HTMLParser):
    """The elements, attributes and texts of one page; unbalanced tags are a mistake."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.values: list[str] = []
        self.texts: list[str] = []
        self.unbalanced: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.unbalanced += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "bdi":
            self.values.append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if "bdi" in self._open:
            self.values[-1] += data
        if not {"script", "style"} & set(self._open):
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text that a reader sees, blanks collapsed."""
        return " ".join(" ".join(self.texts).split())

    def having(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements of that tag that have these attributes."""
        return [found for name, found in self.elements if name == tag and attributes.items() <= found.items()]

    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return tags with the names of their attributes, which no foreign value may change."""
        return [(tag, tuple(sorted(attributes))) for tag, attributes in self.elements]
